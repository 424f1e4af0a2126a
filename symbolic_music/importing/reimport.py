"""A file edited in a DAW back as a song's documents: score, lead sheet, plan, brief.

Notes stay exactly as they are in the file. The lead sheet is the melody track
brought to the grid; sections are the markers; chords are the "Chords" track, or
heard from the band where there is none. With the song that the file came from
(``like``), sections that are still there keep their phrases and reasons, and the song its style, band and
chords; where the file does not say the keys, those of sections that are still there hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from symbolic_music.analysis.chords import find_chords_of_score
from symbolic_music.analysis.key import find_key_of_score
from symbolic_music.errors import FileFormatError, InputError, NotationError
from symbolic_music.formats.written import write_down
from symbolic_music.importing.settle import main_tempo
from symbolic_music.importing.sheet_plan import FASTEST_QPM, SLOWEST_QPM
from symbolic_music.remarks import tell
from symbolic_music.song.bars import PASSING_BARS, Bar, BarLines, bars_of, lasting_changes, meter_runs, most_of
from symbolic_music.song.brief import Brief
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet, SectionSpan, score_of_lead_sheet, split_symbols
from symbolic_music.song.lyrics import settle
from symbolic_music.song.notes import make_notes
from symbolic_music.song.plan import ROLES, SECTION_KINDS, PlannedPhrase, PlannedSection, SongPlan
from symbolic_music.song.score import KeyChange, Marker, Score, TempoChange, free_name, in_force
from symbolic_music.theory.chord import Chord, means_no_chord, parse_chord
from symbolic_music.theory.meter import Meter

ENDINGS = (".mid", ".midi", ".kar", ".rmi", ".dawproject")
_PHRASE_BARS = 8
# What an edited file cannot say of the plan that it was made from.
_KEPT_FIELDS = ("genre", "mood", "style", "band", "chords", "seed", "heard")
# A gap up to a sixteenth before the next note is articulation.
_ARTICULATION_TICKS = 3
# A section has a tempo of its own where that is another by this share; files with more changes are performances.
OTHER_TEMPO, MOST_TEMPOS = 0.03, 16
# A ritardando goes down from the tempo that held in so many steps or more.
SAME_TEMPO, SLOWING_STEPS = 0.005, 2


def read_score(path: Path) -> Score:
    """Read a score from a MIDI file or a DAWproject, by the name's ending.

    Raises
    ------
    FileFormatError
        If the ending is another, or the file cannot be read.
    """
    if path.suffix.lower() not in ENDINGS:
        raise FileFormatError(f"{path}: a song is read back from {', '.join(ENDINGS)}")
    if path.suffix.lower() == ".dawproject":
        from symbolic_music.formats.dawproject_reader import read_dawproject

        return read_dawproject(path)
    from symbolic_music.formats.midi import read_midi

    return read_midi(path)


def lead_sheet_of_score(score: Score, where: str = "the score", like: SongPlan | None = None) -> LeadSheet:
    """Make the lead sheet of a score: melody on the grid, chords, sections.

    Parameters
    ----------
    score : Score
        As `settle_score` gives it, any ``tpq``.
    where : str
        What errors call it.
    like : SongPlan, optional
        The plan of the song that was edited; where the score has no keys, its sections' keys hold.

    Raises
    ------
    InputError
        If there is no melody track.
    """
    written = write_down(score)
    bars = bars_of(written.meters, written.end_tick)
    lines = BarLines(bars)
    chords, no_chords, said = _chord_symbols(written, bars)
    sections = _sections(written, bars, chords or find_chords_of_score(written), like)
    melody = _melody(written, where)
    tempos = _tempos(written, sections, lines, main_tempo(score))
    return LeadSheet(
        title=score.title or "Untitled",
        tempo_qpm=tempos[0].qpm,
        meter=bars[0].meter,
        n_bars=len(bars),
        melody=melody,
        # Heard again, now that the keys are known.
        chords=chords or find_chords_of_score(written, [(s.start_bar, s.n_bars, s.key) for s in sections]),
        sections=sections,
        lyrics=settle(written.lyrics, melody["onset_tick"], _ARTICULATION_TICKS),
        remarks=(*score.remarks, *tell(where, (*said, *_remarks(score, melody, written, len(tempos))))),
        no_chords=no_chords,
        meter_changes=lines.changes()[1:],
        tempo_changes=tempos[1:],
    )


def _tempos(
    written: Score, sections: Sequence[SectionSpan], lines: BarLines, song: float
) -> tuple[TempoChange, ...]:  # fmt: skip
    """The tempo of each section: the song's, or its own where it is clearly another; not one that it slows down to."""
    changes: list[TempoChange] = []
    for span in sections:
        start, end = lines.tick_of(span.start_bar), lines.tick_of(span.start_bar + span.n_bars)
        inside = [
            TempoChange(change.tick - start, change.qpm) for change in written.tempos if start < change.tick < end
        ]
        first = replace(in_force(written.tempos, start, written.tempos[0]), tick=0)
        own = main_tempo(replace(written, tempos=(first, *inside), end_tick=end - start))
        own = round(min(FASTEST_QPM, max(SLOWEST_QPM, own)), 2)
        qpm = own if abs(own - song) > OTHER_TEMPO * song else song
        running = changes[-1].qpm if changes else first.qpm
        if _slows(written, running, start, end):
            qpm = running
        if not changes or changes[-1].qpm != qpm:
            changes.append(TempoChange(start, qpm))
    return tuple(changes)


def _slows(written: Score, qpm: float, start: int, end: int) -> bool:
    """Whether a section is where a tempo gets slower step by step, from before it or from its beginning on."""
    passed = [change.qpm for change in written.tempos if change.tick < end]
    inside = sum(start < change.tick < end for change in written.tempos)
    held = max((place for place, own in enumerate(passed) if abs(own - qpm) <= SAME_TEMPO * qpm), default=None)
    if held is None or inside < SLOWING_STEPS:
        return False
    steps = passed[held:]
    return len(steps) > inside and all(later < earlier for earlier, later in pairwise(steps))


def _melody(written: Score, where: str) -> np.ndarray:
    """Take the melody track as one voice: the highest of notes that begin together, each until the next."""
    tracks = [track for track in written.tracks if track.role == "melody" and len(track.notes)]
    if not tracks:
        names = ", ".join(track.name for track in written.tracks) or "none"
        raise InputError(f"{where}: no track is a melody (there are: {names}); name one of them 'Melody'")
    highest = {onset: (duration, pitch, velocity) for onset, duration, pitch, velocity in tracks[0].notes.tolist()}
    onsets = sorted(highest)
    rows = []
    for onset, following in zip(onsets, [*onsets[1:], written.end_tick], strict=True):
        duration, pitch, velocity = highest[onset]
        gap = following - onset - duration
        is_short = 0 < gap <= _ARTICULATION_TICKS and onset != onsets[-1]
        # Played notes end early, so one that ends between two eighths lasts to the later.
        is_between = gap >= _ARTICULATION_TICKS and duration > 2 * _ARTICULATION_TICKS and (onset + duration) % 6 == 3
        end = following if is_short else onset + duration + (_ARTICULATION_TICKS if is_between else 0)
        rows.append((onset, min(end, following) - onset, pitch, velocity))
    return make_notes(rows)


def _sections(
    written: Score, bars: Sequence[Bar], chords: Sequence[ChordEvent], like: SongPlan | None
) -> tuple[SectionSpan, ...]:
    """Make a section from each marker, moved to the nearest bar line; names are made different."""
    starts: dict[int, str] = {}
    lines_at = np.array([bar.start for bar in bars])
    for marker in written.markers:
        if marker.text.strip():
            after = min(int(np.searchsorted(lines_at, marker.tick)), len(bars) - 1)
            is_before = after > 0 and marker.tick - lines_at[after - 1] <= lines_at[after] - marker.tick
            starts[after - int(is_before)] = " ".join(marker.text.split())
    if 0 not in starts:
        starts[0] = "Intro" if starts else "Song"
    for bar in sorted(_other_bars(written, BarLines(bars))):
        # Another meter, or another tempo that lasts, begins a section.
        starts.setdefault(bar, starts[max(start for start in starts if start < bar)])
    lines = [*sorted(starts), len(bars)]
    planned = {} if like is None else {_plain(section.name): section.key for section in like.sections}
    heard = None if written.keys else find_key_of_score(written, chords)
    spans: list[SectionSpan] = []
    for start, end in pairwise(lines):
        name = _other_name(starts[start], spans)
        key = (
            in_force(written.keys, bars[start].start, written.keys[0]).key
            if heard is None
            else planned.get(_plain(name), heard)
        )
        spans.append(SectionSpan(name, start, end - start, key))
    names = {span.name for span in spans}
    return tuple(replace(span, name=_alone(span.name, names)) for span in spans)


def _other_bars(written: Score, lines: BarLines) -> set[int]:
    """The bars from which on another meter holds, or another tempo for some bars."""
    bars = lasting_changes(lines)
    if len(written.tempos) <= MOST_TEMPOS:
        ends = [*(change.tick for change in written.tempos[1:]), lines.end_tick]
        held = [lines.bar_at(change.tick) for change in written.tempos]
        for place, (change, end) in enumerate(zip(written.tempos, ends, strict=True)):
            at, before = held[place], written.tempos[place - 1].qpm
            lasts = lines.bar_at(max(0, end - 1)) - at + 1 >= PASSING_BARS
            is_other = abs(change.qpm - before) > OTHER_TEMPO * before
            if place and lasts and is_other and change.tick == lines.tick_of(at) and at:
                bars.add(at)
    return bars


def _alone(name: str, names: set[str]) -> str:
    """Take the number off the only section of its kind: "intro 1" becomes "intro"."""
    base = name.removesuffix(" 1")
    return base if base not in names and f"{base} 2" not in names else name


def _other_name(name: str, spans: Sequence[SectionSpan]) -> str:
    """Number a name that is taken: "verse" becomes "verse 2"."""
    return free_name(name.lower(), {span.name for span in spans})


def _chord_symbols(
    written: Score, bars: Sequence[Bar]
) -> tuple[tuple[ChordEvent, ...], tuple[int, ...], list[str]]:  # fmt: skip
    """Read the chord symbols, where no chord sounds, and say what is not understood."""
    read: dict[int, Chord | None] = {}
    unknown: list[str] = []
    for symbol in written.chord_symbols:
        try:
            if symbol.tick < bars[-1].end:
                read[symbol.tick] = None if means_no_chord(symbol.text) else parse_chord(symbol.text)
        except NotationError:
            unknown.append(symbol.text[:20])  # a DAW's own text on that track
    said = [f"{len(unknown)} chord texts not understood ({', '.join(dict.fromkeys(unknown[:3]))} …)"] if unknown else []
    if not any(chord is not None for chord in read.values()):
        return (), (), [*said, "chords heard from the notes"]
    return *split_symbols(read, keep_restated=True), said


def _remarks(score: Score, melody: np.ndarray, written: Score, n_tempos: int) -> list[str]:
    """Say what a lead sheet does not have of its score."""
    # As it was played: of two strokes that come to one place on paper one is left.
    track = next(track for track in score.tracks if track.role == "melody" and len(track.notes))
    counts = {
        "changes of tempo left out of the lead sheet": len({change.qpm for change in score.tempos}) - n_tempos,
        f"notes of {track.name} below another left out of the lead sheet": len(track.notes) - len(melody),
        "words without a melody note left out": len(written.lyrics)
        - len(settle(written.lyrics, melody["onset_tick"], _ARTICULATION_TICKS)),
    }
    return [f"{count} {what}" for what, count in counts.items() if count > 0]


def plan_of_score(sheet: LeadSheet, score: Score, like: SongPlan | None = None) -> SongPlan:
    """Plan what is there.

    Parameters
    ----------
    sheet : LeadSheet
        The score's, by `lead_sheet_of_score`.
    score : Score
        As it was read.
    like : SongPlan, optional
        The plan of the song that was edited: its genre, mood, style, band, chords and seed stay, and sections
        that still have their length keep their phrases.
    """
    written = write_down(score)
    earlier = {} if like is None else {_plain(section.name): section for section in like.sections}
    activity = [_activity(written, sheet, span) for span in sheet.sections]
    loudest = max([*activity, 1e-9])
    taken: set[str] = set()
    sections = []
    for span, busy in zip(sheet.sections, activity, strict=True):
        intensity = round(0.15 + 0.8 * busy / loudest, 2)
        section = _kept_section(earlier.get(_plain(span.name)), span, taken, (like, sheet))
        section = section or _new_section(span, intensity, sheet)
        section = _with_tempo(section, sheet, span)
        taken |= {phrase.name for phrase in section.phrases}
        sections.append(section.model_copy(update={"roles": _roles(written, sheet, span)}))
    kept = {} if like is None else {name: getattr(like, name) for name in _KEPT_FIELDS}
    return SongPlan(
        title=sheet.title,
        tempo_qpm=sheet.tempo_qpm,
        meter=most_of(sheet.lines),
        n_bars=sheet.n_bars,
        sections=tuple(sections),
        **kept,
    )


def _plain(name: str) -> str:
    """Compare names without case and a number 1: a marker says "Intro 1" of the only intro."""
    return name.lower().removesuffix(" 1").strip()


def _with_tempo(section: PlannedSection, sheet: LeadSheet, span: SectionSpan) -> PlannedSection:
    """A section with its tempo, where that is not the song's."""
    tick = sheet.lines.tick_of(span.start_bar)
    qpm = in_force(sheet.tempos, tick, sheet.tempos[0]).qpm
    return section.model_copy(update={"tempo_qpm": None if qpm == sheet.tempo_qpm else qpm})


def _kept_section(
    earlier: PlannedSection | None, span: SectionSpan, taken: set[str], songs: tuple[SongPlan | None, LeadSheet]
) -> PlannedSection | None:
    """Keep an earlier section that has its length and meters still, and whose sources are still there."""
    plan, sheet = songs
    if earlier is None or plan is None or earlier.n_bars != span.n_bars:
        return None
    there = [bar.meter for bar in sheet.lines.bars[span.start_bar : span.start_bar + span.n_bars]]
    if there != [plan.meter_of(earlier, phrase) for phrase in earlier.phrases for _ in range(phrase.n_bars)]:
        return None
    if plan.meter != most_of(sheet.lines):
        earlier = earlier.model_copy(update={"meter": plan.meter_of(earlier)})
    names = taken | {phrase.name for phrase in earlier.phrases}
    if any(phrase.source is not None and phrase.source not in names for phrase in earlier.phrases):
        return None
    return earlier.model_copy(update={"key": span.key})


def _new_section(span: SectionSpan, intensity: float, sheet: LeadSheet) -> PlannedSection:
    """Plan a section of new phrases of eight bars, cut where the meter changes."""
    kind = next((kind for kind in SECTION_KINDS if span.name.startswith(kind)), "verse")
    letter = "ABCDEFGHIJ"[SECTION_KINDS.index(kind)]
    meter, end = most_of(sheet.lines, span.start_bar, span.n_bars), span.start_bar + span.n_bars
    changes = [run.start_bar for run in meter_runs(sheet.lines) if span.start_bar < run.start_bar < end]
    lengths: list[tuple[int, Meter]] = []
    for first, last in pairwise([span.start_bar, *changes, end]):
        own = sheet.lines.bars[first].meter
        lengths += [(min(_PHRASE_BARS, last - start), own) for start in range(first, last, _PHRASE_BARS)]
    phrases = tuple(
        PlannedPhrase(
            name=f"{span.name}.{number}", letter=letter, n_bars=length, meter=None if own == meter else own
        )
        for number, (length, own) in enumerate(lengths, start=1)
    )  # fmt: skip
    return PlannedSection(
        name=span.name, kind=kind, n_bars=span.n_bars, key=span.key, intensity=intensity, phrases=phrases,
        meter=None if meter == most_of(sheet.lines) else meter,
        reason="Read from an edited file.",
    )  # fmt: skip


def brief_of_plan(plan: SongPlan, like: Brief | None) -> Brief:
    """Write the brief that a song read back answers: that of the song it came from, with what has changed."""
    n_bars = plan.n_bars if 4 <= plan.n_bars <= 400 else None
    if like is not None:
        changes = {"title": plan.title, "tempo_qpm": plan.tempo_qpm, "n_bars": n_bars, "duration_sec": None,
                   "form": None, "key": plan.sections[0].key, "meter": plan.meter}  # fmt: skip
        return like.model_copy(update=changes)
    return Brief(title=plan.title, key=plan.sections[0].key, tempo_qpm=plan.tempo_qpm, meter=plan.meter, n_bars=n_bars)


def _notes_in(written: Score, sheet: LeadSheet, span: SectionSpan) -> list[tuple[str, np.ndarray]]:
    """List each role's velocities in a section."""
    start, end = sheet.lines.tick_of(span.start_bar), sheet.lines.tick_of(span.start_bar + span.n_bars)
    inside = []
    for track in written.tracks:
        onsets = track.notes["onset_tick"]
        inside.append((track.role, track.notes["velocity"][(onsets >= start) & (onsets < end)].astype(float)))
    return inside


def _activity(written: Score, sheet: LeadSheet, span: SectionSpan) -> float:
    """Measure how much is played: velocities summed, by the bar."""
    return float(sum(velocities.sum() for _, velocities in _notes_in(written, sheet, span)) / span.n_bars)


def _roles(written: Score, sheet: LeadSheet, span: SectionSpan) -> tuple[str, ...]:
    """List the roles that play in a section."""
    playing = {role for role, velocities in _notes_in(written, sheet, span) if len(velocities)}
    return tuple(role for role in ROLES if role in playing)


def with_symbols(score: Score, sheet: LeadSheet) -> Score:
    """Add the chord symbols and keys that were heard, where the file has none."""
    drawn = score_of_lead_sheet(sheet)
    factor = score.tpq / drawn.tpq
    if not score.chord_symbols:
        symbols = tuple(Marker(round(symbol.tick * factor), symbol.text) for symbol in drawn.chord_symbols)
        score = replace(score, chord_symbols=symbols)
    if not score.keys:
        score = replace(score, keys=(KeyChange(0, drawn.keys[0].key),))
    return score
