"""Fill a plan's phrases: chords first, then the melody over them.

Phrases are filled in waves: a phrase waits only for the one before it in its
section and for the one it varies, so everything else is decoded in one batch. A
repeat is copied without asking the model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from symbolic_music.composing.describe import conditions_for, limits_for
from symbolic_music.phrases import FillOptions, PhraseTask, fill_phrases
from symbolic_music.phrases.fill import phrase_rng
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet, SectionSpan
from symbolic_music.song.notes import make_notes
from symbolic_music.song.plan import PlannedPhrase, PlannedSection, SongPlan
from symbolic_music.theory.chord import Chord, parse_chord
from symbolic_music.theory.meter import Meter
from symbolic_music.tokens.phrase import ChordRow, PhraseJob, PhraseMusic

CONTEXT_BARS = 4
MELODY_VELOCITY = 90
# How often a section's next phrase takes the harmony of its first one: pop progressions return
# after 8 bars in 0.30 of cases, and models alone do it too rarely.
SHARED_HARMONY = 0.5


@dataclass(frozen=True)
class ComposeOptions:
    """How the lead sheet is filled; ``on_progress`` is told (phrases done, all)."""

    fill: FillOptions = field(default_factory=FillOptions)
    on_progress: Callable[[int, int], None] | None = None


@dataclass(frozen=True)
class Slot:
    """A phrase in its place: its section, first bar and the phrase before it in the section."""

    phrase: PlannedPhrase
    section: PlannedSection
    start_bar: int
    before: str | None


def compose(plan: SongPlan, options: ComposeOptions | None = None) -> LeadSheet:
    """Compose a plan's chords and melody.

    Raises
    ------
    CheckpointError
        If the phrase model's weights cannot be used.
    ConstraintError
        If a phrase has no legal continuation.
    """
    options = options or ComposeOptions()
    slots = list(_slots(plan))
    total = 2 * len(slots)
    report = options.on_progress or (lambda done, all_: None)
    harmony = _given_harmony(plan, slots) or _fill_part(plan, slots, "chords", {}, options, lambda n: report(n, total))
    sung = [slot for slot in slots if slot.phrase.sung]
    melody = _fill_part(plan, sung, "melody", harmony, options, lambda n: report(len(slots) + n, total))
    report(total, total)
    return _join(plan, slots, harmony, melody)


def _slots(plan: SongPlan) -> Iterator[Slot]:
    """List the phrases in order."""
    start = 0
    for section in plan.sections:
        before = None
        for phrase in section.phrases:
            yield Slot(phrase, section, start, before)
            start += phrase.n_bars
            before = phrase.name


def _given_harmony(plan: SongPlan, slots: list[Slot]) -> dict[str, PhraseMusic] | None:
    """Loop the chords that the user gave, one a bar, through every section."""
    if not plan.chords:
        return None
    meter = plan.parsed_meter
    symbols = [parse_chord(text) for text in plan.chords.replace("|", " ").split()]
    harmony = {}
    for slot in slots:
        section_start = slot.start_bar - _bars_before(slot)
        rows: list[ChordRow] = []
        for bar in range(slot.phrase.n_bars):
            chord = symbols[(slot.start_bar - section_start + bar) % len(symbols)]
            chord = chord.transpose(-slot.section.parsed_key.tonic_shift)
            row = (bar * meter.bar_ticks, chord.root, chord.quality, chord.bass)
            if not rows or rows[-1][1:] != row[1:]:
                rows.append(row)
        harmony[slot.phrase.name] = PhraseMusic(slot.phrase.n_bars, meter.bar_ticks, tuple(rows))
    return harmony


def _bars_before(slot: Slot) -> int:
    """Bars of the section before this phrase."""
    names = [phrase.name for phrase in slot.section.phrases]
    return sum(phrase.n_bars for phrase in slot.section.phrases[: names.index(slot.phrase.name)])


def _fill_part(
    plan: SongPlan,
    slots: list[Slot],
    part: str,
    harmony: dict[str, PhraseMusic],
    options: ComposeOptions,
    report: Callable[[int], None],
) -> dict[str, PhraseMusic]:
    """Fill one part of all phrases, wave by wave."""
    by_name = {slot.phrase.name: slot for slot in slots}
    done: dict[str, PhraseMusic] = {}
    while len(done) < len(slots):
        wave: list[tuple[Slot, PhraseTask]] = []
        for slot in slots:
            if slot.phrase.name in done or not _is_ready(slot, by_name, done):
                continue
            copied = _copied(plan, slot, part, done)
            if copied is not None:
                done[slot.phrase.name] = copied
            else:
                wave.append((slot, _task(plan, slot, part, harmony, done)))
        filled = fill_phrases([task for _, task in wave], plan.seed, options.fill)
        done |= {slot.phrase.name: music for (slot, _), music in zip(wave, filled, strict=True)}
        report(len(done))
    return done


def _is_ready(slot: Slot, by_name: dict[str, Slot], done: dict[str, PhraseMusic]) -> bool:
    """Whether all that a phrase needs is there."""
    needed = slot.phrase.source or slot.before
    return needed is None or needed not in by_name or needed in done


def _copied(plan: SongPlan, slot: Slot, part: str, done: dict[str, PhraseMusic]) -> PhraseMusic | None:
    """Copy a repeat, the harmony of a variation half the time, and shared harmony within a section."""
    phrase = slot.phrase
    source = done.get(phrase.source) if phrase.source else None
    if phrase.relation == "repeat" and source is not None:
        return source
    if part != "chords":
        return None
    chance = phrase_rng(plan.seed, phrase.name, "shared harmony").random()
    if source is not None:
        return source if source.n_bars == phrase.n_bars and chance < 0.7 else None
    first = done.get(slot.section.phrases[0].name) if slot.before else None
    fits = first is not None and first.n_bars == phrase.n_bars and phrase.cadence == slot.section.phrases[0].cadence
    return first if fits and chance < SHARED_HARMONY else None


def _task(
    plan: SongPlan, slot: Slot, part: str, harmony: dict[str, PhraseMusic], done: dict[str, PhraseMusic]
) -> PhraseTask:
    """State the job of one phrase."""
    phrase, meter = slot.phrase, plan.parsed_meter
    original = done.get(phrase.source) if phrase.source else None
    context = None
    if original is None and slot.before in done:
        context = _tail(done[slot.before])
    chords = harmony[phrase.name].chords if harmony else ()
    relation = "variation" if original is not None else "new"
    conditions = replace(conditions_for(plan, slot.section, phrase, slot.start_bar, part), relation=relation)
    job = PhraseJob(conditions, meter.bar_ticks, context, original, chords)
    return PhraseTask(phrase.name, job, limits_for(plan, slot.section, part))


def _tail(music: PhraseMusic) -> PhraseMusic:
    """The last bars of a phrase, as context for the next."""
    n_bars = min(CONTEXT_BARS, music.n_bars)
    start = (music.n_bars - n_bars) * music.bar_ticks
    sounding = [c for c in music.chords if c[0] <= start][-1:]
    later = [c for c in music.chords if c[0] > start]
    chords = tuple((max(c[0] - start, 0), *c[1:]) for c in [*sounding, *later])
    notes = tuple((on - start, length, pitch) for on, length, pitch in music.notes if on >= start)
    return PhraseMusic(n_bars, music.bar_ticks, chords, notes)


def _join(
    plan: SongPlan, slots: list[Slot], harmony: dict[str, PhraseMusic], melody: dict[str, PhraseMusic]
) -> LeadSheet:
    """Put phrases in their places and keys."""
    meter: Meter = plan.parsed_meter
    notes, chords = [], []
    for slot in slots:
        start, shift = slot.start_bar * meter.bar_ticks, slot.section.parsed_key.tonic_shift
        for tick, root, quality, bass in harmony[slot.phrase.name].chords:
            chord = Chord(root, quality, bass).transpose(shift)
            if not chords or chords[-1].chord != chord:
                chords.append(ChordEvent(start + tick, chord))
        if slot.phrase.name in melody:
            for on, length, pitch in melody[slot.phrase.name].notes:
                notes.append((start + on, length, pitch + shift, MELODY_VELOCITY))
    return LeadSheet(plan.title, plan.tempo_qpm, meter, plan.n_bars, make_notes(notes), tuple(chords), _spans(plan))


def _spans(plan: SongPlan) -> tuple[SectionSpan, ...]:
    """Where each section lies."""
    spans, start = [], 0
    for section in plan.sections:
        spans.append(SectionSpan(section.name, start, section.n_bars, section.parsed_key))
        start += section.n_bars
    return tuple(spans)
