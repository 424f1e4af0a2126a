"""Pieces filled as they become free, and one part of a whole plan.

The hook comes first: the first phrase of the first chorus. What waits for what is said in ``filling.jobs``; all that
wait for nothing are written in one running batch. A repeat is copied without asking the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from symbolic_music.errors import ConstraintError
from symbolic_music.filling.fill import Filler, FillOptions
from symbolic_music.filling.jobs import Next, Piece, Shortcut, SongJobs, hook_of
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.spans import Slot
from symbolic_music.tokens.phrase import PhraseMusic


def fill_pieces(
    pieces: Sequence[Piece],
    next_of: Next,
    seed: int,
    options: FillOptions,
    report: Callable[[int], None] = lambda done: None,
) -> dict[tuple[str, str], PhraseMusic]:
    """Fill pieces in one running batch: each begins as soon as what it waits for is done.

    Raises
    ------
    ConstraintError, CheckpointError
        As ``fill_phrases``.
    """
    done: dict[tuple[str, str], PhraseMusic] = {}
    filler = Filler[tuple[str, str]](seed, options)
    waiting = list(pieces)
    while waiting or filler.is_busy:
        waiting = _start(waiting, next_of, done, filler)
        if waiting and not filler.is_busy:
            raise ConstraintError(f"phrase {waiting[0].slot.phrase.name!r} waits for one that is never filled")
        done |= filler.advance()
        report(len(done))
    return done


def _start(
    waiting: Sequence[Piece],
    next_of: Next,
    done: dict[tuple[str, str], PhraseMusic],
    filler: Filler[tuple[str, str]],
) -> list[Piece]:
    """Begin what can begin; what needs no model is done at once and may set others free. Returns who still waits."""
    still: list[Piece] = []
    is_free = False
    for piece in waiting:
        answer = next_of(piece, done)
        if answer is None:
            still.append(piece)
        elif isinstance(answer, PhraseMusic):
            done[piece.key] = answer
            is_free = True
        else:
            filler.add(piece.key, answer)
    return _start(still, next_of, done, filler) if is_free and still else still


def fill_part(
    plan: SongPlan,
    slots: Sequence[Slot],
    part: str,
    harmony: Mapping[str, PhraseMusic],
    options: FillOptions,
    report: Callable[[int], None] = lambda done: None,
    shortcut: Shortcut | None = None,
    given: Mapping[str, PhraseMusic] | None = None,
) -> dict[str, PhraseMusic]:
    """Fill one part of all phrases; ``harmony`` gives the chords by phrase name, ``given`` what is written already.

    Raises
    ------
    ConstraintError, CheckpointError
        As ``fill_phrases``.
    """
    pieces = [Piece(part, slot) for slot in slots]
    jobs = SongJobs(
        plan,
        slots,
        frozenset(piece.key for piece in pieces),
        harmony,
        hook=hook_of(slots),
        shortcut=shortcut,
        given=given or {},
    )
    filled = fill_pieces(pieces, jobs.job_of, plan.chance_seed, options, report)
    return {name: music for (_, name), music in filled.items()}
