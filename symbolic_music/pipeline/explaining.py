"""A song explained: what each bar, note and section does, joined from what `analysis` says and what the plan means."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

from symbolic_music.analysis.harmony import (
    KeyStep,
    borrowed_from,
    cadence_at,
    chord_after,
    chords_sounding,
    function_before,
    key_steps,
    leads_on,
    resting_bars,
    write_numeral,
)
from symbolic_music.analysis.motifs import MotifLink, find_motifs
from symbolic_music.analysis.note_classes import classify_notes
from symbolic_music.analysis.tension import Tension, tension_curve
from symbolic_music.drawing.explained import Labels, coloured_lead_sheet, draw_explained
from symbolic_music.errors import InputError
from symbolic_music.filling.expectation import Surprise, surprise_of
from symbolic_music.formats.atomic import atomic_path
from symbolic_music.formats.musicxml import xml_text
from symbolic_music.pipeline.creation import Song
from symbolic_music.pipeline.reimport import load_music
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet
from symbolic_music.song.notes import rows_of
from symbolic_music.song.plan import PlannedSection, SongPlan
from symbolic_music.song.score import TPQ, Score
from symbolic_music.song.spans import section_bars, slots_of
from symbolic_music.theory.key import Key
from symbolic_music.theory.pitch import name_pitch

ENDINGS = (".txt", ".json", ".musicxml", ".svg")
# How many notes, and how many chords, are named as surprising.
SURPRISES = 3
_RELATION_MARK = {"new": "", "repeat": "=", "variation": "'"}


@dataclass(frozen=True)
class ExplainedChord:
    """A chord: ``beat`` counts from 1; ``borrowed_from`` names the parallel key where it comes from there.

    ``held`` is one that began in a bar before. ``bits`` says how it surprised the phrase model; None where that cannot
    be asked.
    """

    beat: float
    held: bool
    symbol: str
    numeral: str
    function: str
    borrowed_from: str | None
    bits: float | None


@dataclass(frozen=True)
class ExplainedNote:
    """A note of the tune: ``beat`` counts from 1, ``beats`` is its length; one of `NOTE_CLASSES`; ``bits`` as above."""

    beat: float
    beats: float
    pitch: str
    note_class: str
    bits: float | None


@dataclass(frozen=True)
class ExplainedBar:
    """A bar, counted from 1; ``chords`` are those that sound in it, ``cadence`` that of a phrase that ends in it."""

    bar: int
    section: str
    key: str
    chords: tuple[ExplainedChord, ...]
    notes: tuple[ExplainedNote, ...]
    cadence: str | None
    motif: str | None
    tension: Tension


@dataclass(frozen=True)
class ExplainedSection:
    """A section: its first and last bar, counted from 1, its phrases, who plays in it, and why it is so."""

    name: str
    first_bar: int
    last_bar: int
    key: str
    intensity: float
    phrases: str
    players: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Explanation:
    """What `explain` says of a song. ``str()`` is the text, ``as_data()`` the same for JSON."""

    title: str
    form: str
    sections: tuple[ExplainedSection, ...]
    key_changes: tuple[str, ...]
    motifs: tuple[str, ...]
    bars: tuple[ExplainedBar, ...]
    surprises: tuple[str, ...]

    def as_data(self) -> dict[str, object]:
        """As plain data, ready for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        """As text."""
        lines = [self.title, "", f"Form: {self.form}"]
        for section in self.sections:
            lines += _section_lines(section)
        lines += ["", *(f"Key: {change}" for change in self.key_changes)] if self.key_changes else []
        lines += ["", "Motifs", *(f"  {motif}" for motif in self.motifs)] if self.motifs else []
        lines += ["", "Surprising to the model", *(f"  {one}" for one in self.surprises)] if self.surprises else []
        lines += ["", "Bars"]
        for bar in self.bars:
            lines += _bar_lines(bar)
        return "\n".join(lines)


def explain(song: Song | str | Path) -> Explanation:
    """Explain a song: harmony, each note of the tune, motifs, form, tension, surprise, players and why.

    Parameters
    ----------
    song : Song, str or Path
        A song, its folder, or any file that ``import`` reads.

    Returns
    -------
    Explanation
        Nothing is drawn by chance and nothing fetched.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    loaded = song if isinstance(song, Song) else load_music(song)
    plan, sheet, score = loaded.plan, loaded.lead_sheet, loaded.score
    classes = classify_notes(sheet)
    motifs, curve, cadences = find_motifs(sheet), tension_curve(sheet, score, classes), _cadences(plan, sheet)
    heard = _Heard(classes, surprise_of(sheet, plan))
    bars = tuple(_bar(sheet, heard, bar, motifs, curve[bar], cadences.get(bar)) for bar in range(sheet.n_bars))
    return Explanation(
        title=plan.title,
        form=" ".join(f"{section.name} {section.n_bars}" for section in plan.sections),
        sections=_sections(plan, sheet, score),
        key_changes=tuple(_key_step(step) for step in key_steps(sheet)),
        motifs=tuple(str(link) for link in motifs),
        bars=bars,
        surprises=_surprises(bars),
    )


def write_explanation(song: Song | str | Path, targets: Sequence[str | Path]) -> Explanation:
    """Explain a song into files, each in the form that its ending says.

    Parameters
    ----------
    song : Song, str or Path
        As for `explain`.
    targets : sequence of str or Path
        ``.txt`` and ``.json`` hold the explanation, ``.musicxml`` the lead sheet in colours, ``.svg`` the tune as a
        coloured piano roll with sections, numerals, cadences, motifs, tension and surprise.

    Returns
    -------
    Explanation
        What was written.

    Raises
    ------
    InputError
        If an ending is of no known form; then nothing is written.
    """
    for target in targets:
        if Path(target).suffix.lower() not in ENDINGS:
            raise InputError(f"{Path(target).name}: an explanation ends in {', '.join(ENDINGS)}")
    loaded = song if isinstance(song, Song) else load_music(song)
    said = explain(loaded)
    for target in targets:
        with atomic_path(target) as unfinished:
            unfinished.write_text(_as_file(loaded, said, Path(target).suffix.lower()), encoding="utf-8", newline="\n")
    return said


def _as_file(song: Song, said: Explanation, ending: str) -> str:
    """An explanation as the text of a file."""
    sheet = song.lead_sheet
    if ending == ".txt":
        return f"{said}\n"
    if ending == ".json":
        return json.dumps(said.as_data(), indent=2, ensure_ascii=False) + "\n"
    classes = [note.note_class for bar in said.bars for note in bar.notes]
    if ending == ".musicxml":
        return xml_text(coloured_lead_sheet(sheet, classes))
    numerals = [(event.onset_tick, _numeral(sheet, event)) for event in sheet.chords]
    # A motif is written where it begins.
    motifs = {link.bar: str(link) for link in find_motifs(sheet)}
    cadences = {bar.bar - 1: bar.cadence for bar in said.bars if bar.cadence and bar.cadence != "open"}
    tension = [bar.tension.total for bar in said.bars]
    bits = [note.bits for bar in said.bars for note in bar.notes]
    return draw_explained(sheet, Labels(classes, numerals, tension, cadences, motifs, bits))


@dataclass(frozen=True)
class _Heard:
    """What each note of the tune is, and how notes and chords surprise."""

    classes: Sequence[str]
    surprise: Surprise


def _bar(
    sheet: LeadSheet, heard: _Heard, bar: int, motifs: list[MotifLink], tension: Tension, cadence: str | None
) -> ExplainedBar:
    """Explain one bar."""
    here, key = sheet.lines.bars[bar], sheet.key_at(bar)
    beat = here.meter.beat_ticks
    chords = tuple(
        _chord(sheet, event, key, (event.onset_tick - here.start) / beat, heard.surprise)
        for event in chords_sounding(sheet, here.start, here.end)
    )
    notes = [
        ExplainedNote(
            _beat(onset - here.start, beat), round(length / beat, 3), name_pitch(pitch, key.fifths), name, bits
        )
        for (onset, length, pitch, _), name, bits in zip(
            rows_of(sheet.melody), heard.classes, heard.surprise.notes, strict=True
        )
        if here.start <= onset < here.end
    ]
    link = next((str(link) for link in motifs if link.bar <= bar < link.bar + link.n_bars), None)
    section = next((span.name for span in sheet.sections if span.start_bar <= bar < span.start_bar + span.n_bars), "")
    return ExplainedBar(bar + 1, section, str(key), chords, tuple(notes), cadence, link, tension)


def _chord(sheet: LeadSheet, event: ChordEvent, key: Key, beats: float, surprise: Surprise) -> ExplainedChord:
    """Explain one chord, so many beats after the bar line; one that was held over it began before."""
    chord, following, held = event.chord, chord_after(sheet, event.onset_tick), beats < 0
    loan = None if leads_on(chord, key, following) else borrowed_from(chord, key)
    return ExplainedChord(
        _beat(max(0.0, beats), 1), held, chord.symbol(key.fifths), write_numeral(chord, key, following),
        function_before(chord, key, following), str(loan) if loan else None,
        None if held else surprise.chords.get(event.onset_tick),
    )  # fmt: skip


def _numeral(sheet: LeadSheet, event: ChordEvent) -> str:
    """The numeral of a chord where it stands."""
    key = sheet.key_at(sheet.lines.bar_at(event.onset_tick))
    return write_numeral(event.chord, key, chord_after(sheet, event.onset_tick))


def _surprises(bars: Sequence[ExplainedBar]) -> tuple[str, ...]:
    """Say what the model found most surprising: three notes and three chords, beside the usual."""
    notes = [(n.bits, bar.bar, n.beat, n.pitch) for bar in bars for n in bar.notes if n.bits is not None]
    chords = [
        (chord.bits, bar.bar, chord.beat, f"{chord.symbol} ({chord.numeral})")
        for bar in bars for chord in bar.chords if chord.bits is not None
    ]  # fmt: skip
    said = []
    for kind, rows in (("note", notes), ("chord", chords)):
        usual = fmean(row[0] for row in rows) if rows else 0.0
        most = sorted(rows, key=lambda row: (-row[0], row[1:]))[:SURPRISES]
        said += [
            f"bar {bar}, beat {beat:g}: the {kind} {what}, {bits:.1f} bits ({kind}s here have {usual:.1f} on average)"
            for bits, bar, beat, what in most if bits > usual
        ]  # fmt: skip
    return tuple(said)


def _beat(ticks: float, beat: float) -> float:
    """A place in a bar for people, from 1."""
    return round(1 + ticks / beat, 3)


def _cadences(plan: SongPlan, sheet: LeadSheet) -> dict[int, str]:
    """The cadence of each phrase, by its last bar."""
    found = {}
    for slot in slots_of(plan):
        start = slot.start_bar
        for last in resting_bars(sheet, start, slot.phrase.n_bars):
            if last < sheet.n_bars:
                begin = _begin_of_end(sheet, slot.start_bar, start, last)
                found[last] = cadence_at(sheet, sheet.lines.tick_of(begin), sheet.lines.tick_of(last + 1))
            start = last + 1
    return found


def _begin_of_end(sheet: LeadSheet, phrase: int, start: int, last: int) -> int:
    """The bar from which the end of a phrase is heard: one or two bars after a rest go on from what was before it."""
    low, high = sheet.lines.tick_of(start), sheet.lines.tick_of(last + 1)
    is_sung = ((sheet.melody["onset_tick"] >= low) & (sheet.melody["onset_tick"] < high)).any()
    return max(phrase, min(start, last - 3)) if is_sung else start


def _sections(plan: SongPlan, sheet: LeadSheet, score: Score) -> tuple[ExplainedSection, ...]:
    """Explain the sections."""
    scale, sections = score.tpq / TPQ, []
    for section, start in zip(plan.sections, section_bars(plan), strict=True):
        low, high = (sheet.lines.tick_of(bar) * scale for bar in (start, start + section.n_bars))
        players = tuple(
            f"{track.name} ({track.role})"
            for track in score.tracks
            if ((track.notes["onset_tick"] >= low) & (track.notes["onset_tick"] < high)).any()
        )
        phrases = " ".join(f"{p.letter}{p.n_bars}{_RELATION_MARK[p.relation]}" for p in section.phrases)
        sections.append(ExplainedSection(
            section.name, start + 1, start + section.n_bars, str(section.key), section.intensity, phrases, players,
            _reasons(section),
        ))  # fmt: skip
    return tuple(sections)


def _reasons(section: PlannedSection) -> tuple[str, ...]:
    """What the plan says about why."""
    events = [f"{event.kind}: {event.reason}" if event.reason else event.kind for event in section.events]
    return tuple(reason for reason in (section.reason, *events) if reason)


def _key_step(step: KeyStep) -> str:
    """Say a change of key."""
    by = (step.after.tonic_pitch_class - step.before.tonic_pitch_class) % 12
    how = "without a chord that both have"
    if step.pivot is not None:
        one, other = write_numeral(step.pivot, step.before), write_numeral(step.pivot, step.after)
        how = f"through {step.pivot.symbol(step.before.fifths)}, {one} before and {other} after"
    size = f"{by} semitones up" if by <= 6 else f"{12 - by} semitones down"
    return f"bar {step.bar + 1} goes from {step.before} to {step.after} ({size if by else 'same tonic'}), {how}"


def _section_lines(section: ExplainedSection) -> list[str]:
    """Say a section."""
    head = f"  {section.first_bar}-{section.last_bar} {section.name}: {section.key}, intensity {section.intensity:g}"
    lines = [f"{head}, phrases {section.phrases}", f"      plays: {', '.join(section.players) or 'nobody'}"]
    return [*lines, *(f"      why: {reason}" for reason in section.reasons)]


def _bar_lines(bar: ExplainedBar) -> list[str]:
    """Say a bar."""
    chords = ", ".join(_chord_text(chord) for chord in bar.chords) or "no chord"
    meter = "#" * round(bar.tension.total * 10)
    lines = [f"  {bar.bar} [{bar.key}] {chords}; tension {bar.tension.total:.2f} {meter}".rstrip()]
    notes = ", ".join(f"{note.pitch} {note.note_class}" for note in bar.notes)
    lines += [f"      tune: {notes}"] if notes else []
    return lines + ([f"      cadence: {bar.cadence}"] if bar.cadence else [])


def _chord_text(chord: ExplainedChord) -> str:
    """Say a chord."""
    held = ", held" if chord.held else ""
    loan = f", borrowed from {chord.borrowed_from}" if chord.borrowed_from else ""
    return f"{chord.symbol} {chord.numeral} ({chord.function}{loan}{held})"
