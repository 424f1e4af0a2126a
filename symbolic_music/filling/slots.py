"""A plan's phrases, filled as they become free.

The hook comes first: the first phrase of the first chorus. It is shown to all other phrases as their relative, so
that verse and chorus belong together. Beside it a phrase waits only for the one before it in its section and for
the one it varies; all that wait for nothing are written in one running batch. A repeat is copied without asking the
model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from symbolic_music.errors import ConstraintError
from symbolic_music.filling.describe import conditions_for, limits_for
from symbolic_music.filling.fill import Filler, FillOptions, PhraseTask
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.spans import Slot
from symbolic_music.tokens.phrase import PhraseJob, PhraseMusic
from symbolic_music.tokens.vocabulary import BREATHING

CONTEXT_BARS = {"chords": 4, "melody": 4, "piano": 2, "line": 2}
# How many bars of the hook the other phrases are shown.
RELATIVE_BARS = 4
# Tunes are written in sixteenths.
GRID_TICK = 3

# Gives a phrase's music without asking the model, or None: (plan, slot, phrases done) → music.
Shortcut = Callable[["SongPlan", "Slot", Mapping[str, PhraseMusic]], PhraseMusic | None]


def hook_of(slots: Sequence[Slot]) -> Slot | None:
    """Find the phrase that a song is remembered by: the first of its first chorus, else of its most intense section."""
    sung = [slot for slot in slots if slot.phrase.sung and slot.phrase.source is None]
    choruses = [slot for slot in sung if slot.section.kind == "chorus"]
    if choruses:
        return choruses[0]
    return max(sung, key=lambda slot: slot.section.intensity, default=None)


@dataclass(frozen=True)
class Piece:
    """One part of one phrase: what is filled at a time."""

    part: str
    slot: Slot


# The music of the pieces done, by (part, phrase name).
Done = Mapping[tuple[str, str], PhraseMusic]
# What is to be done for a piece: a task for the model, its music if no model is needed, None if it must wait.
Next = Callable[[Piece, Done], PhraseTask | PhraseMusic | None]

# The last phrase's chords as the song ends with them: (slot, all chords by phrase name) → all chords.
Close = Callable[[Slot, dict[str, PhraseMusic]], dict[str, PhraseMusic]]


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
        key, answer = (piece.part, piece.slot.phrase.name), next_of(piece, done)
        if answer is None:
            still.append(piece)
        elif isinstance(answer, PhraseMusic):
            done[key] = answer
            is_free = True
        else:
            filler.add(key, answer)
    return _start(still, next_of, done, filler) if is_free and still else still


def fill_lead_sheet(
    plan: SongPlan,
    slots: Sequence[Slot],
    given: Mapping[str, PhraseMusic] | None,
    close: Close,
    options: FillOptions,
    report: Callable[[int], None] = lambda done: None,
    shortcut: Shortcut | None = None,
) -> tuple[dict[str, PhraseMusic], dict[str, PhraseMusic]]:
    """Fill chords and melody of all phrases; a tune begins as soon as its chords are there.

    ``given`` are chords that need no filling; ``close`` changes the last phrase's once all are known.

    Returns
    -------
    (dict, dict)
        Chords and melody by phrase name.

    Raises
    ------
    ConstraintError, CheckpointError
        As ``fill_phrases``.
    """
    sung = [slot for slot in slots if slot.phrase.sung]
    next_chords = _next_of(plan, slots, "chords", lambda slot, done: {}, shortcut)

    def harmony_of(slot: Slot, done: Done) -> dict[str, PhraseMusic] | None:
        """The chords that a tune is written over, once they are final."""
        if given is not None:
            return dict(given)
        own = done.get(("chords", slot.phrase.name))
        if slot is not slots[-1]:
            return None if own is None else {slot.phrase.name: own}
        all_ = _of_part(done, "chords")
        return close(slot, all_) if len(all_) == len(slots) else None

    next_tune = _next_of(plan, sung, "melody", harmony_of, None)
    pieces = [] if given is not None else [Piece("chords", slot) for slot in slots]
    pieces += [Piece("melody", slot) for slot in sung]
    filled = fill_pieces(
        pieces,
        lambda piece, done: (next_chords if piece.part == "chords" else next_tune)(piece, done),
        plan.chance_seed,
        options,
        report,
    )
    harmony = dict(given) if given is not None else close(slots[-1], _of_part(filled, "chords"))
    return harmony, _of_part(filled, "melody")


def _next_of(
    plan: SongPlan,
    slots: Sequence[Slot],
    part: str,
    harmony_of: Callable[[Slot, Done], Mapping[str, PhraseMusic] | None],
    shortcut: Shortcut | None,
) -> Next:
    """What is to be done for a piece of one part: the hook first, then who has what it waits for."""
    by_name = {slot.phrase.name: slot for slot in slots}
    hook = hook_of(slots)

    def next_of(piece: Piece, filled: Done) -> PhraseTask | PhraseMusic | None:
        done, harmony = _of_part(filled, part), harmony_of(piece.slot, filled)
        is_hook = hook is not None and piece.slot.phrase.name == hook.phrase.name
        if harmony is None:
            return None
        if not is_hook and (not _is_ready(piece.slot, by_name, done) or (hook and hook.phrase.name not in done)):
            return None
        copied = _copied(plan, piece.slot, done, shortcut) if not is_hook else None
        if copied is not None:
            return copied
        relative = done.get(hook.phrase.name) if hook is not None and not is_hook else None
        return _task(plan, piece.slot, part, harmony, done, relative)

    return next_of


def _of_part(done: Done, part: str) -> dict[str, PhraseMusic]:
    """One part's music by phrase name."""
    return {name: music for (own, name), music in done.items() if own == part}


def _is_ready(slot: Slot, by_name: Mapping[str, Slot], done: Mapping[str, PhraseMusic]) -> bool:
    """Whether all that a phrase needs is there."""
    needed = slot.phrase.source or slot.before
    return needed is None or needed not in by_name or needed in done


def _copied(
    plan: SongPlan, slot: Slot, done: Mapping[str, PhraseMusic], shortcut: Shortcut | None
) -> PhraseMusic | None:
    """Copy an exact repeat, or ask the shortcut."""
    source = done.get(slot.phrase.source) if slot.phrase.source else None
    if slot.phrase.relation == "repeat" and source is not None:
        return source
    return shortcut(plan, slot, done) if shortcut is not None else None


def _task(
    plan: SongPlan,
    slot: Slot,
    part: str,
    harmony: Mapping[str, PhraseMusic],
    done: Mapping[str, PhraseMusic],
    hook: PhraseMusic | None,
) -> PhraseTask:
    """State the job of one phrase."""
    phrase = slot.phrase
    original = done.get(phrase.source) if phrase.source else None
    before = done.get(slot.before) if slot.before else None
    context = tail_of(before, CONTEXT_BARS[part]) if original is None and before is not None else None
    chords = harmony[phrase.name].chords if harmony else ()
    relative = head_of(hook, RELATIVE_BARS) if hook is not None and original is None else None
    conditions = conditions_for(plan, slot.section, phrase, slot.start_bar, part)
    if original is not None:
        conditions = replace(conditions, relation="variation")
    bar_ticks = plan.parsed_meter.bar_ticks
    job = PhraseJob(conditions, bar_ticks, context, original, chords, relative=relative)
    limits = limits_for(plan, slot.section, part)
    if part in BREATHING and slot.start_bar:
        limits = replace(limits, upbeat_ticks=_room_before(before, bar_ticks))
    return PhraseTask(phrase.name, job, limits)


def _room_before(before: PhraseMusic | None, bar_ticks: int) -> int:
    """How long an upbeat may be: half a bar, less where the phrase before still sings."""
    most = bar_ticks // 2
    if before is None or not before.notes:
        return most
    onset, length, _ = before.notes[-1]
    free = before.n_bars * bar_ticks - (onset + length)
    return min(most, free // GRID_TICK * GRID_TICK)


def head_of(music: PhraseMusic, most_bars: int) -> PhraseMusic:
    """The first bars of a phrase, its upbeat too."""
    n_bars = min(most_bars, music.n_bars)
    end = n_bars * music.bar_ticks
    chords = tuple(chord for chord in music.chords if chord[0] < end)
    return PhraseMusic(n_bars, music.bar_ticks, chords, tuple(note for note in music.notes if note[0] < end))


def tail_of(music: PhraseMusic, most_bars: int) -> PhraseMusic:
    """The last bars of a phrase, as context for the next."""
    n_bars = min(most_bars, music.n_bars)
    start = (music.n_bars - n_bars) * music.bar_ticks
    sounding = [chord for chord in music.chords if chord[0] <= start][-1:]
    later = [chord for chord in music.chords if chord[0] > start]
    chords = tuple((max(chord[0] - start, 0), *chord[1:]) for chord in [*sounding, *later])
    notes = tuple((onset - start, length, pitch) for onset, length, pitch in music.notes if onset >= start)
    return PhraseMusic(n_bars, music.bar_ticks, chords, notes)
