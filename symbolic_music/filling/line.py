"""The line: the second voice that opens the song, answers the tune in its rests and has the last word.

It is learnt from the second melody of people's songs (POP909's BRIDGE) and from lead-like second parts of pieces for a
band. Where nothing is sung it carries the music, with the hook as its relative; where the tune sings it waits for a
rest of two beats or more and ends before the tune returns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from symbolic_music.analysis.rests import rests_of
from symbolic_music.filling.describe import conditions_for, limits_for
from symbolic_music.filling.fill import FillOptions, PhraseTask
from symbolic_music.filling.harmony import harmony_of, tune_of
from symbolic_music.filling.jobs import RELATIVE_BARS, Done, Piece, head_of, hook_of, tail_of
from symbolic_music.filling.slots import fill_pieces
from symbolic_music.model.sampling import SamplingOptions
from symbolic_music.song.chance import phrase_rng
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.spans import Slot, slots_of
from symbolic_music.theory.meter import Meter
from symbolic_music.tokens.phrase import ANY, Note, PhraseJob, PhraseMusic
from symbolic_music.tokens.vocabulary import nearest_duration

Row = tuple[int, int, int, int]
LINE, VELOCITY = "line", 80
# How often a phrase whose tune rests is answered, where a plan tells nothing: people answer 0.48 of the rests of 2 to 8
# beats (80 songs of POP909, ``evaluation.listening``).
ANSWERED = 0.47
# How often a passage without a tune has a line: people's intros have one in 0.94 of songs.
UNSUNG = {"intro": 0.95, "interlude": 0.95, "solo": 0.95, "outro": 0.85}
USUALLY = 0.7
# Where a plan that tells what happens has to say so.
PLANNED, ANSWERS = {"intro": "opening line", "outro": "last word"}, "answers"
# Of answers to a tune, of a few notes each, three are enough to choose from; all of them read the whole tune.
ANSWER_CANDIDATES = 3
LINE_OPTIONS = FillOptions(n_candidates=5, sampling=SamplingOptions(temperature=0.9, top_p=0.95))


def write_line(
    plan: SongPlan,
    slots: Sequence[Slot],
    harmony: Mapping[str, PhraseMusic],
    tune: Mapping[str, PhraseMusic],
    options: FillOptions = LINE_OPTIONS,
) -> dict[str, PhraseMusic]:
    """Write the line of a song.

    Parameters
    ----------
    plan : SongPlan
    slots : sequence of Slot
        The song's phrases in order.
    harmony, tune : mapping of phrase name to PhraseMusic
        Chords of every phrase, and the tune of those that have one.

    Returns
    -------
    dict
        The line of the phrases in which it plays, relative to C major / A minor like the tune.

    Raises
    ------
    ConstraintError, CheckpointError
        As ``fill_phrases``.
    """
    hook = hook_of(slots, plan.title)
    relative = tune.get(hook.phrase.name) if hook is not None else None
    playing = [slot for slot in slots if harmony[slot.phrase.name].chords and _plays(plan, slot, tune)]
    first = {_sort(slot): slot for slot in reversed(playing)}
    models = frozenset(slot.phrase.name for slot in first.values())

    def next_of(piece: Piece, done: Done) -> PhraseTask | None:
        """A phrase that others are varied from is written at once, these others when it is there."""
        slot = piece.slot
        if slot.phrase.name in models:
            return _task(plan, slot, harmony, tune, relative, {}, first)
        model = first[_sort(slot)]
        needed = [model.phrase.name, *([slot.before] if slot.before in models else [])]
        if any((LINE, name) not in done for name in needed):
            return None
        heard = {name: kept for name in needed if (kept := _kept(by_name[name], done[LINE, name], tune, harmony))}
        return _task(plan, slot, harmony, tune, relative, heard, first)

    by_name = {slot.phrase.name: slot for slot in playing}
    filled = fill_pieces([Piece(LINE, slot) for slot in playing], next_of, plan.chance_seed, options)
    kept = {slot.phrase.name: _kept(slot, filled[LINE, slot.phrase.name], tune, harmony) for slot in playing}
    return {name: music for name, music in kept.items() if music is not None}


def _kept(
    slot: Slot,
    music: PhraseMusic,
    tune: Mapping[str, PhraseMusic],
    harmony: Mapping[str, PhraseMusic],
) -> PhraseMusic | None:
    """What is left of a line beside the tune."""
    sung = tune.get(slot.phrase.name)
    notes = music.notes if sung is None or not sung.notes else answers(music.notes, sung.notes, slot, slot.meter)
    return replace(music, notes=notes, chords=harmony[slot.phrase.name].chords) if notes else None


def line_of_sheet(plan: SongPlan, sheet: LeadSheet, options: FillOptions = LINE_OPTIONS) -> dict[str, list[Row]]:
    """Write the line over a lead sheet, by phrase.

    Returns
    -------
    dict
        Rows (onset, duration, pitch, velocity) in ticks from the song's start, in the sheet's keys, of each phrase in
        which the line plays.

    Raises
    ------
    ConstraintError, CheckpointError
        As ``fill_phrases``.
    """
    slots = list(slots_of(plan))
    harmony = {slot.phrase.name: harmony_of(sheet, slot) for slot in slots}
    tune = {slot.phrase.name: tune_of(sheet, slot, harmony[slot.phrase.name]) for slot in slots}
    written = write_line(plan, slots, harmony, tune, options)
    rows: dict[str, list[Row]] = {}
    for slot in slots:
        music = written.get(slot.phrase.name)
        if music is not None:
            start, shift = slot.start_tick, slot.section.key.tonic_shift
            placed = [(start + on, length, pitch + shift, VELOCITY) for on, length, pitch in music.notes]
            rows[slot.phrase.name] = placed
    return rows


def answers(line: Sequence[Note], tune: Sequence[Note], slot: Slot, meter: Meter) -> tuple[Note, ...]:
    """Keep what a line says while the tune rests; it ends before the tune returns."""
    kept = []
    for rest in rests_of(tune, slot.phrase.n_bars, meter):
        inside = [note for note in line if rest.start <= note[0] < rest.end]
        kept += [(on, nearest_duration(min(length, rest.end - on)), pitch) for on, length, pitch in inside]
    return tuple(kept)


def _plays(plan: SongPlan, slot: Slot, tune: Mapping[str, PhraseMusic]) -> bool:
    """Whether the line plays in a phrase: where nothing is sung, or the tune leaves room and is to be answered."""
    if LINE not in (slot.section.roles or ()):
        return False
    chance = phrase_rng(plan.chance_seed, slot.section.name, slot.phrase.letter, LINE).random()
    sung = tune.get(slot.phrase.name)
    tells = any(section.events for section in plan.sections)
    happens = {event.kind for event in slot.section.events}
    planned = PLANNED.get(slot.section.kind)
    if planned is not None and tells:
        return planned in happens
    if sung is None or not sung.notes:
        return chance < UNSUNG.get(slot.section.kind, USUALLY)
    is_answered = ANSWERS in happens if tells else chance < ANSWERED
    return is_answered and bool(rests_of(sung.notes, slot.phrase.n_bars, slot.meter))


def _sort(slot: Slot) -> tuple[str, str, int, Meter]:
    """What phrases of one line have in common."""
    return slot.section.kind, slot.phrase.letter, slot.phrase.n_bars, slot.meter


def _is_heard(hook: PhraseMusic | None, slot: Slot) -> bool:
    """Whether the hook has notes in the phrase's meter."""
    return hook is not None and bool(hook.notes) and hook.bar_ticks == slot.meter.bar_ticks


def _task(
    plan: SongPlan,
    slot: Slot,
    harmony: Mapping[str, PhraseMusic],
    tune: Mapping[str, PhraseMusic],
    hook: PhraseMusic | None,
    written: Mapping[str, PhraseMusic],
    first: Mapping[tuple[str, str, int, Meter], Slot],
) -> PhraseTask:
    """State the job of one phrase's line."""
    phrase = slot.phrase
    sung = tune.get(phrase.name)
    beside = sung.notes if sung is not None else ()
    model = written.get(first[_sort(slot)].phrase.name)
    before = written.get(slot.before) if slot.before else None
    conditions = replace(
        conditions_for(plan, slot.section, phrase, slot.start_bar, LINE),
        beside="melody" if beside else ANY,
        relation="variation" if model is not None else ANY,
    )
    job = PhraseJob(
        conditions,
        slot.meter.bar_ticks,
        context=tail_of(before, 2) if before is not None and before.notes and model is None else None,
        original=model,
        chords=harmony[phrase.name].chords,
        beside=beside,
        relative=head_of(hook, RELATIVE_BARS) if _is_heard(hook, slot) and hook is not None and model is None else None,
    )
    limits = limits_for(plan, slot, LINE)
    if beside:  # what it would say while the tune sings is not kept, so it is not written
        rests = rests_of(beside, phrase.n_bars, slot.meter)
        limits = replace(limits, spans=tuple((rest.start, rest.end) for rest in rests))
    return PhraseTask(f"{phrase.name}/line", job, limits, ANSWER_CANDIDATES if beside else None)
