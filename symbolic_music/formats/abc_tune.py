"""Bars of an ABC tune, as written, to a lead sheet: repeats written out, bars placed, all put on the grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from symbolic_music.errors import FileFormatError
from symbolic_music.formats.abc_parts import order_parts
from symbolic_music.limits import SIGNS
from symbolic_music.remarks import tell
from symbolic_music.song.bars import BarLines, bars_of
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet, SectionSpan, split_symbols
from symbolic_music.song.lyrics import Syllable, join_extenders, settle
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import MeterChange, TempoChange
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.key import Key
from symbolic_music.theory.meter import TPQ, Meter, snap_to_grid
from symbolic_music.theory.repeats import RepeatMarks

VELOCITY = 90


@dataclass
class Bar:
    """One bar as written: notes [onset, length, pitch, tied to the next], chords (``None``: no chord), in quarters."""

    notes: list[list[Fraction | int | bool]] = field(default_factory=list)
    chords: list[tuple[Fraction, Chord | None]] = field(default_factory=list)
    # By the note's number and the verse: syllable, and whether its word goes on.
    words: dict[tuple[int, int], tuple[str, bool]] = field(default_factory=dict)
    length: Fraction = Fraction(0)
    starts: bool = False
    ends: bool = False
    endings: frozenset[int] = frozenset()
    jumps: frozenset[str] = frozenset()
    # An ending begins inside the written bar, where this one stops.
    is_cut: bool = False
    section: str | None = None
    key: Key | None = None
    # Where they change; `make_lead_sheet` carries them on.
    meter: Meter | None = None
    qpm: float | None = None


@dataclass(frozen=True)
class Heading:
    """What holds for the whole tune."""

    where: str
    title: str
    meter: Meter
    tempo_qpm: float
    remarks: tuple[str, ...]
    # Parts in the order that the header wants; nothing for the order in which they are written.
    order: tuple[str, ...] = ()


def make_lead_sheet(bars: Sequence[Bar], heading: Heading) -> LeadSheet:
    """Write the repeats out, place the bars one after another, and put it all together.

    Raises
    ------
    FileFormatError
        If a bar is longer than its meter, or the whole than `symbolic_music.limits` allow.
    """
    meter, where = heading.meter, heading.where
    after_pickups = _starts_after_pickups(bars, meter)
    marks = [
        RepeatMarks(b.starts or number in after_pickups, b.ends, b.endings, jumps=b.jumps)
        for number, b in enumerate(bars)
    ]
    order, of_parts = order_parts(marks, [bar.section for bar in bars], heading.order, where)
    if not order:
        raise FileFormatError(f"{where}: no bar is played: the endings are for passes that never come")
    here: tuple[Meter, float] = (meter, heading.tempo_qpm)
    holding = [here := (bar.meter or here[0], bar.qpm or here[1]) for bar in bars]
    meters, tempos = [holding[index][0] for index in order], [holding[index][1] for index in order]
    played = [bars[index] for index in order]
    SIGNS.check(sum(len(bar.notes) for bar in played), where)
    starts, changes = _place_bars(played, meters, where)
    end = starts[-1] + played[-1].length * TPQ
    lines = BarLines(bars_of(changes, int(-(-end // 1))))
    n_bars = len(lines.bars)
    chords, no_chords = _chords(played, starts, lines.end_tick)
    rows = _melody(played, starts)
    melody = make_notes(rows)
    seen: dict[int, int] = {}
    turns = []
    for index in order:
        seen[index] = seen.get(index, 0) + 1
        turns.append(seen[index])
    once = {index for index in seen if seen[index] == 1}
    lyrics = [
        word
        for bar, start, turn, index in zip(played, starts, turns, order, strict=True)
        for word in _sung(bar, start, turn, index in once)
    ]
    counts = {
        "onsets moved to the grid of sixteenths and eighth triplets": _count_moved(played, starts),
        "notes too short for the grid left out": _count_lost(played, rows),
    }
    said = [f"{count} {what}" for what, count in counts.items() if count]
    return LeadSheet(
        title=heading.title, tempo_qpm=tempos[0], meter=meters[0], n_bars=n_bars, melody=melody, chords=chords,
        sections=_sections(played, starts, lines), lyrics=settle(join_extenders(lyrics), melody["onset_tick"], 0),
        remarks=tell(where, (*heading.remarks, *of_parts, *said)), no_chords=no_chords,
        meter_changes=tuple(changes[1:]), tempo_changes=_tempo_changes(tempos, starts, lines),
    )  # fmt: skip


def _starts_after_pickups(bars: Sequence[Bar], meter: Meter) -> set[int]:
    """Find the bars that a repeat without a sign for its start goes back to, where not to the first bar.

    Where the last bar is full, it has in it what leads back, so the short bar at the beginning is played once.
    """
    after: set[int] = set()
    first, is_signed = 0, False
    for index, bar in enumerate(bars):
        if bar.starts:
            first, is_signed = index, True
        is_short = not bars[first].is_cut and bars[first].length * TPQ < meter.bar_ticks
        if bar.ends and not is_signed and first < index and is_short and bar.length * TPQ == meter.bar_ticks:
            after.add(first + 1)
        if bar.ends or (bar.endings and (index + 1 == len(bars) or not bars[index + 1].endings)):
            first, is_signed = index + 1, False
    return after


def _chords(
    bars: Sequence[Bar], starts: Sequence[Fraction], end_tick: int
) -> tuple[tuple[ChordEvent, ...], tuple[int, ...]]:
    """Place the chord symbols and the signs for no chord; what restates the one before is left out."""
    found: dict[int, Chord | None] = {}
    for bar, start in zip(bars, starts, strict=True):
        for onset, chord in bar.chords:
            found[min(snap_to_grid(float(start + onset * TPQ)), end_tick - 1)] = chord
    return split_symbols(found)


def _count_lost(bars: Sequence[Bar], melody: Sequence[tuple[int, int, int, int]]) -> int:
    """Count the notes that are too short for the grid: neither in the melody nor tied to what is."""
    n_tied = sum(bool(note[3]) for bar in bars for note in bar.notes)
    return max(0, sum(len(bar.notes) for bar in bars) - len(melody) - n_tied)


def _count_moved(bars: Sequence[Bar], starts: Sequence[Fraction]) -> int:
    """Count the onsets that the engine's grid does not have."""
    places = [start + note[0] * TPQ for bar, start in zip(bars, starts, strict=True) for note in bar.notes]
    return sum(place != snap_to_grid(float(place)) for place in places)


def _sung(bar: Bar, start: Fraction, turn: int, once: bool) -> list[Syllable]:
    """List a bar's words: all verses of one played once, else that of this turn or the last one that the bar has."""
    verses = {verse for _, verse in bar.words}
    sung = max((verse for verse in verses if verse <= turn), default=min(verses, default=1))
    return [
        Syllable(
            snap_to_grid(float(start + bar.notes[number][0] * TPQ)), text, goes_on, verse=verse if once else 1
        )
        for (number, verse), (text, goes_on) in bar.words.items() if once or verse == sung
    ]  # fmt: skip


def _tempo_changes(
    tempos: Sequence[float], starts: Sequence[Fraction], lines: BarLines
) -> tuple[TempoChange, ...]:  # fmt: skip
    """Where the tempo changes; a pickup's begins with its bar."""
    changes: dict[int, float] = {}
    qpm = tempos[0]
    for tempo, start in zip(tempos, starts, strict=True):
        tick = lines.at(int(start)).start
        if tempo != qpm and tick:
            changes[tick] = tempo
        qpm = tempo
    return tuple(TempoChange(tick, tempo) for tick, tempo in changes.items())


def _place_bars(bars: Sequence[Bar], meters: Sequence[Meter], where: str) -> tuple[list[Fraction], list[MeterChange]]:
    """Start of every bar in ticks, and where the meter changes.

    A short first bar is a pickup, short bars at repeat signs make one together.
    """
    starts: list[Fraction] = []
    changes: list[MeterChange] = []
    now = since = Fraction(0)
    for number, (bar, meter) in enumerate(zip(bars, meters, strict=True), 1):
        if not changes or changes[-1].meter != meter:
            if changes:
                now += (since - now) % changes[-1].meter.bar_ticks
            since = now
            changes.append(MeterChange(int(now), meter))
        whole = Fraction(meter.bar_ticks)
        length = bar.length * TPQ
        if length > whole:
            raise FileFormatError(
                f"{where}: bar {number} (as played) lasts {float(length / TPQ):g} quarters;"
                f" {meter} has {meter.bar_ticks / TPQ:g}"
            )
        inside = (now - since) % whole
        if number == 1 and length < whole and not bar.is_cut:
            now = whole - length
        elif inside and inside + length > whole:
            now += whole - inside
        elif inside == 0 and length < whole and number < len(bars) and starts and bar.starts:
            now += whole - length  # a pickup of its own before a section
        starts.append(now)
        now += length
    return starts, changes


def _melody(bars: Sequence[Bar], starts: Sequence[Fraction]) -> list[tuple[int, int, int, int]]:
    """All notes on the grid, tied ones joined."""
    rows: list[list[int]] = []
    tied = False
    for bar, start in zip(bars, starts, strict=True):
        for onset, length, pitch, goes_on in bar.notes:
            begin = snap_to_grid(float(start + onset * TPQ))
            end = snap_to_grid(float(start + (onset + length) * TPQ))
            if tied and rows and rows[-1][2] == pitch and rows[-1][1] == begin:
                rows[-1][1] = end
            elif end > begin:
                rows.append([begin, end, int(pitch), VELOCITY])
            tied = bool(goes_on)
    return [(begin, end - begin, pitch, velocity) for begin, end, pitch, velocity in rows]


def _sections(bars: Sequence[Bar], starts: Sequence[Fraction], lines: BarLines) -> tuple[SectionSpan, ...]:
    """A section from every part mark and key change."""
    spans: list[tuple[int, str, Key]] = []
    n_bars = len(lines.bars)
    name, key = "song", Key("C", "major")
    for bar, start in zip(bars, starts, strict=True):
        # A section whose first bar is a pickup begins at the bar line after it.
        inside = start > lines.at(int(start)).start
        here = lines.bar_at(int(start)) + inside if spans else 0
        changed = bar.section is not None or (bar.key is not None and bar.key != key)
        name, key = bar.section or name, bar.key or key
        if changed and spans and spans[-1][0] == here:
            spans[-1] = (here, name, key)
        elif (changed or not spans) and here < n_bars:
            spans.append((here, name, key))
    ends = [*(here for here, _, _ in spans[1:]), n_bars]
    return tuple(SectionSpan(name, here, end - here, key) for (here, name, key), end in zip(spans, ends, strict=True))
