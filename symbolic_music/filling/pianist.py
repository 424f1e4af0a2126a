"""Free pianists: what a pianist plays who was given a lead sheet, written phrase by phrase by the phrase model.

It is learnt from POP909's pianists. A phrase hears its chords, the tune, and what the pianist played before; one that
returns in a section of the same kind is a variation of what it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from symbolic_music.filling.describe import conditions_for, limits_for
from symbolic_music.filling.fill import FillOptions, PhraseTask
from symbolic_music.filling.harmony import harmony_of, tune_of
from symbolic_music.filling.held_tones import fit_held
from symbolic_music.filling.jobs import Done, Piece, tail_of
from symbolic_music.filling.slots import fill_pieces
from symbolic_music.model.sampling import SamplingOptions
from symbolic_music.song.chance import phrase_rng
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.spans import Slot, slots_of
from symbolic_music.theory.meter import Meter
from symbolic_music.tokens.grammar import Limits
from symbolic_music.tokens.phrase import ANY, PhraseJob, PhraseMusic
from symbolic_music.tokens.vocabulary import CONDITION_VALUES

Row = tuple[int, int, int, int]
PART, VELOCITY = "piano", 84
CONTEXT_BARS = 2
# Grades of density: a song's own around the people's mean, and what a section's intensity adds.
GRADE, OWN_DEVIATION, GRADES_OF_INTENSITY = 3.2, 1.2, 2.0
# In C major / A minor: below A#1 POP909's pianists have .01 of their notes, from C5 up .02 in all keys; other keys lie
# up to half an octave higher.
LOWEST, HIGHEST = 34, 69
# How many sections, and which bars of these, take up the bar four bars before where the chords return: people have .24
# of their notes from there, some nearly all.
FOUR_BARS, FAITHFUL, RETURNS = 4, 0.8, 0.9
# So often a note rings on to the next chord, or to where a note a step away or its own pitch begins: POP909's pianists
# hold .29 of their notes for 1.4 beats and more, the model .20.
RINGS, STEP, LONGEST = 0.1, 2, 48
# A little warmer than the model's own odds: the grammar's masks and the best of three takes make playing evener.
PIANIST_OPTIONS = FillOptions(n_candidates=3, sampling=SamplingOptions(temperature=1.06, top_p=0.99))


@dataclass(frozen=True)
class _Heard:
    """What the pianist knows: plan, chords and tune by phrase, and the phrase that each returns to."""

    plan: SongPlan
    harmony: Mapping[str, PhraseMusic]
    tune: Mapping[str, PhraseMusic]
    first: Mapping[tuple[str, str, int, Meter], Slot]


def write_pianist(
    plan: SongPlan, sheet: LeadSheet, playing: Sequence[str], options: FillOptions = PIANIST_OPTIONS
) -> list[Row]:
    """Write a pianist's part over a lead sheet.

    Parameters
    ----------
    playing : sequence of str
        Names of the sections in which the pianist plays.

    Returns
    -------
    list of (onset, duration, pitch, velocity)
        In ticks from the song's start, in the sheet's keys.

    Raises
    ------
    ConstraintError, CheckpointError
        As ``fill_phrases``.
    """
    slots = [slot for slot in slots_of(plan) if slot.section.name in playing]
    harmony = {slot.phrase.name: harmony_of(sheet, slot) for slot in slots}
    slots = [slot for slot in slots if harmony[slot.phrase.name].chords]
    tune = {slot.phrase.name: tune_of(sheet, slot, harmony[slot.phrase.name]) for slot in slots}
    heard = _Heard(plan, harmony, tune, {_place(slot): slot for slot in reversed(slots)})
    pieces = [Piece(PART, slot) for slot in slots]
    names = {slot.phrase.name for slot in slots}
    written = fill_pieces(pieces, lambda piece, done: _next(heard, piece.slot, done, names), plan.chance_seed, options)
    rows: list[Row] = []
    for _, group in groupby(slots, key=lambda slot: (slot.section.name, slot.meter)):
        own = list(group)
        music = _rung(_taken_up(_section_of(own, written, harmony), plan, own[0]), plan, own[0])
        start, shift = own[0].start_tick, own[0].section.key.tonic_shift
        notes = fit_held(music.notes, music, own[0].meter)
        rows += [(start + on, length, pitch + shift, VELOCITY) for on, length, pitch in notes]
    return rows


def _section_of(slots: Sequence[Slot], written: Done, harmony: Mapping[str, PhraseMusic]) -> PhraseMusic:
    """Join the phrases of a section, with their chords."""
    first, last = slots[0], slots[-1]
    bar_ticks = harmony[first.phrase.name].bar_ticks
    chords, notes = [], []
    for slot in slots:
        at = (slot.start_bar - first.start_bar) * bar_ticks
        chords += [(at + row[0], *row[1:]) for row in harmony[slot.phrase.name].chords]
        notes += [(at + on, length, pitch) for on, length, pitch in written[PART, slot.phrase.name].notes]
    n_bars = last.start_bar + last.phrase.n_bars - first.start_bar
    return PhraseMusic(n_bars, bar_ticks, tuple(chords), tuple(notes))


def _taken_up(music: PhraseMusic, plan: SongPlan, slot: Slot) -> PhraseMusic:
    """Take up bars again four bars later, over the same chords; sections of a kind alike."""
    rng = phrase_rng(plan.chance_seed, slot.section.kind, "pianist returns")
    if rng.random() >= FAITHFUL:
        return music
    bars = [music.notes_of_bar(bar) for bar in range(music.n_bars)]
    for bar in range(FOUR_BARS, music.n_bars):
        again = rng.random() < RETURNS
        if again and music.chords_of_bar(bar) == music.chords_of_bar(bar - FOUR_BARS):
            bars[bar] = bars[bar - FOUR_BARS]
    end = music.n_bars * music.bar_ticks
    notes = [
        (bar * music.bar_ticks + on, min(length, end - bar * music.bar_ticks - on), pitch)
        for bar, own in enumerate(bars)
        for on, length, pitch in own
    ]
    return replace(music, notes=tuple(notes))


def _rung(music: PhraseMusic, plan: SongPlan, slot: Slot) -> PhraseMusic:
    """Let some notes ring; sections of a kind alike."""
    rng = phrase_rng(plan.chance_seed, slot.section.kind, "pianist rings")
    changes = [*(row[0] for row in music.chords), music.n_bars * music.bar_ticks]
    notes = []
    for onset, length, pitch in music.notes:
        if rng.random() < RINGS:
            stops = [row[0] for row in music.notes if row[0] > onset and abs(row[2] - pitch) <= STEP]
            stop = min([*stops[:1], onset + LONGEST, *(tick for tick in changes if tick > onset)])
            length = max(length, stop - onset)
        notes.append((onset, length, pitch))
    return replace(music, notes=tuple(notes))


def _place(slot: Slot) -> tuple[str, str, int, Meter]:
    """What is meant to sound alike: kind of section, letter, length and meter."""
    return slot.section.kind, slot.phrase.letter, slot.phrase.n_bars, slot.meter


def _next(heard: _Heard, slot: Slot, done: Done, names: set[str]) -> PhraseTask | None:
    """State the job of one phrase, or say that it must wait."""
    phrase, model = slot.phrase, heard.first[_place(slot)]
    is_first = model.phrase.name == phrase.name
    before = slot.before if is_first and slot.before in names else None
    if any((PART, needed) not in done for needed in (before, None if is_first else model.phrase.name) if needed):
        return None
    original = None if is_first else done[PART, model.phrase.name]
    context = done.get((PART, before)) if before else None
    context = context if context is not None and context.bar_ticks == slot.meter.bar_ticks else None
    beside = heard.tune[phrase.name].notes
    conditions = replace(
        conditions_for(heard.plan, slot.section, phrase, slot.start_bar, PART),
        source="pop",
        section=slot.section.kind if slot.section.kind in CONDITION_VALUES["Section"] else ANY,
        density=_density(heard.plan, slot),
        beside="melody" if beside else ANY,
        relation="variation" if original is not None else ANY,
    )
    job = PhraseJob(
        conditions,
        slot.meter.bar_ticks,
        context=tail_of(context, CONTEXT_BARS) if context and context.notes else None,
        original=original,
        chords=heard.harmony[phrase.name].chords,
        beside=beside,
    )
    return PhraseTask(f"{phrase.name}/piano", job, _limits(heard.plan, slot))


def _limits(plan: SongPlan, slot: Slot) -> Limits:
    """As for any piano, with room for a left hand, and chord tones on every beat."""
    meter = slot.meter
    beats = tuple(range(0, meter.bar_ticks, meter.beat_ticks))
    return replace(limits_for(plan, slot, PART), lowest=LOWEST, highest=HIGHEST, strong_ticks=beats)


def _density(plan: SongPlan, slot: Slot) -> str:
    """Grade of density: a song's own, more in intense sections."""
    own = OWN_DEVIATION * phrase_rng(plan.chance_seed, "pianist").standard_normal()
    grade = GRADE + own + GRADES_OF_INTENSITY * (slot.section.intensity - 0.5)
    return str(min(5, max(1, round(grade))))
