"""Pieces filled as they become free, and the lead sheet of a whole plan.

The hook comes first: the first phrase of the first chorus. What waits for what is said in ``filling.jobs``; all that
wait for nothing are written in one running batch. A repeat is copied without asking the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from symbolic_music.errors import ConstraintError
from symbolic_music.filling.fill import Filler, FillOptions, PhraseTask
from symbolic_music.filling.jobs import Done, Next, Piece, Shortcut, SongJobs, hook_of
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.spans import Slot
from symbolic_music.tokens.phrase import PhraseMusic

# The last phrase's chords as the song ends with them: (slot, all chords by phrase name) → all chords.
Close = Callable[[Slot, dict[str, PhraseMusic]], dict[str, PhraseMusic]]


@dataclass(frozen=True)
class Opening:
    """The first bars, wanted before the others, and the chords of a few more.

    ``take`` is called with chords and melody by phrase name.
    """

    n_bars: int
    n_chord_bars: int
    take: Callable[[dict[str, PhraseMusic], dict[str, PhraseMusic]], None]


def fill_pieces(
    pieces: Sequence[Piece],
    next_of: Next,
    seed: int,
    options: FillOptions,
    report: Callable[[int], None] = lambda done: None,
    before: Done | None = None,
) -> dict[tuple[str, str], PhraseMusic]:
    """Fill pieces in one running batch: each begins as soon as what it waits for is done.

    ``before`` are pieces that were filled before; they are in the result too.

    Raises
    ------
    ConstraintError, CheckpointError
        As ``fill_phrases``.
    """
    done = dict(before or {})
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


def fill_lead_sheet(
    plan: SongPlan,
    slots: Sequence[Slot],
    given: Mapping[str, PhraseMusic],
    close: Close,
    options: FillOptions,
    report: Callable[[int], None] = lambda done: None,
    shortcut: Shortcut | None = None,
    opening: Opening | None = None,
) -> tuple[dict[str, PhraseMusic], dict[str, PhraseMusic]]:
    """Fill chords and melody of all phrases; a tune begins as soon as its chords are there.

    ``given`` are chords that need no filling, by phrase name; ``close`` changes the last phrase's once all are known.
    What an ``opening`` needs is filled first: what a phrase becomes does not depend on when it is filled.

    Returns
    -------
    (dict, dict)
        Chords and melody by phrase name.

    Raises
    ------
    ConstraintError, CheckpointError
        As ``fill_phrases``.
    """
    harmony = [Piece("chords", slot) for slot in slots]
    sung = [slot for slot in slots if slot.phrase.sung]
    tunes = [Piece("melody", slot) for slot in sung]
    chord_jobs = SongJobs(plan, slots, _keys(harmony), hook=hook_of(slots, plan.title), shortcut=shortcut, given=given)
    tune_jobs = SongJobs(plan, sung, _keys(tunes), hook=hook_of(sung, plan.title))

    def next_of(piece: Piece, done: Done) -> PhraseTask | PhraseMusic | None:
        """Chords as they come; a tune once the chords that it is written over are final."""
        if piece.part == "chords":
            return chord_jobs.job_of(piece, done)
        final = _final_chords(done, slots, close)
        if piece.slot.phrase.name not in final:
            return None
        return replace(tune_jobs, harmony=final).job_of(piece, done)

    pieces, early = [*harmony, *tunes], dict[tuple[str, str], PhraseMusic]()
    if opening is not None:
        needed = needed_for(slots, opening)
        first = [piece for piece in pieces if piece.key in needed]
        early = fill_pieces(first, next_of, plan.chance_seed, options, report)
        opening.take(_final_chords(early, slots, close), _of_part(early, "melody"))
    left = [piece for piece in pieces if piece.key not in early]
    filled = fill_pieces(left, next_of, plan.chance_seed, options, report, early)
    return _final_chords(filled, slots, close), _of_part(filled, "melody")


def needed_for(slots: Sequence[Slot], opening: Opening) -> frozenset[tuple[str, str]]:
    """Name the pieces of the first bars, and all that these wait for."""
    tunes = _with_waited([slot for slot in slots if slot.phrase.sung], opening.n_bars)
    chords = _with_waited(slots, opening.n_chord_bars) | tunes
    return frozenset([*(("melody", name) for name in tunes), *(("chords", name) for name in chords)])


def _with_waited(slots: Sequence[Slot], n_bars: int) -> frozenset[str]:
    """The phrases of the first bars, what they go on from, and the hook."""
    by_name = {slot.phrase.name: slot for slot in slots}
    asked = [slot.phrase.name for slot in slots if slot.start_bar < n_bars]
    hook = hook_of(slots)
    if asked and hook is not None:
        asked.append(hook.phrase.name)
    found: set[str] = set()
    while asked:
        name = asked.pop()
        if name in by_name and name not in found:
            found.add(name)
            asked += [other for other in (by_name[name].before, by_name[name].phrase.source) if other]
    return frozenset(found)


def _keys(pieces: Sequence[Piece]) -> frozenset[tuple[str, str]]:
    """What pieces are called."""
    return frozenset(piece.key for piece in pieces)


def _of_part(done: Done, part: str) -> dict[str, PhraseMusic]:
    """The music of one part by phrase name."""
    return {name: music for (own, name), music in done.items() if own == part}


def _final_chords(done: Done, slots: Sequence[Slot], close: Close) -> dict[str, PhraseMusic]:
    """The chords that will not change any more; the last phrase's are known when all are."""
    known = _of_part(done, "chords")
    if len(known) == len(slots):
        return close(slots[-1], known)
    return {name: music for name, music in known.items() if name != slots[-1].phrase.name}
