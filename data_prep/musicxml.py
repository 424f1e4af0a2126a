"""Bars of a MusicXML part, all its notes, in the order they are played.

Rules
-----
- Repeats, endings, *D.C.*, *D.S.*, *Fine* and coda are written out as ``symbolic_music.theory.repeats`` says.
- Wrong endings are mended and counted as ``symbolic_music.theory.repeats.mend_endings`` does.
- Two incomplete neighbouring bars that together fill one bar share it (a pickup and the bar cut
  for it, a repeat sign inside a bar). An incomplete first bar stands at its bar's end; any other at its beginning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.etree import ElementTree

from symbolic_music.formats.musicxml_repeats import read_jumps
from symbolic_music.theory import repeats
from symbolic_music.theory.meter import TPQ, snap_to_grid
from symbolic_music.theory.pitch import parse_pitch_class


@dataclass
class XmlNote:
    """A note of a bar, times in ticks from the bar's start; ``lyrics`` by verse number."""

    onset: float
    duration: float
    pitch: int
    voice: str
    staff: str
    continues: bool = False  # a tie from the note before ends here
    lyrics: dict[str, tuple[str, str]] = field(default_factory=dict)  # verse -> (text, syllabic)


@dataclass
class XmlBar:
    """One written bar."""

    notes: list[XmlNote] = field(default_factory=list)
    harmonies: list[tuple[float, ElementTree.Element]] = field(default_factory=list)
    length: float = 0.0
    time: str | None = None  # a time signature that begins here
    fifths: int | None = None
    mode: str | None = None
    tempo: float | None = None
    is_forward: bool = False
    backward: int | None = None  # times
    endings: tuple[int, ...] = ()
    marks: frozenset[str] = frozenset()  # dacapo, dalsegno, fine, tocoda, segno, coda


@dataclass(frozen=True)
class PlayedBar:
    """A written bar at its place: ``verse`` counts the passes from 1, ``onset`` is in ticks."""

    index: int
    verse: int
    onset: float


def read_bars(part: ElementTree.Element) -> list[XmlBar]:
    """Read a part's written bars."""
    bars, divisions, endings = [], 1.0, ()
    for measure in part.findall("measure"):
        bar = XmlBar()
        divisions = _walk(measure, bar, divisions)
        for barline in measure.findall("barline"):
            repeat, ending = barline.find("repeat"), barline.find("ending")
            if ending is not None and ending.get("type") == "start":
                endings = tuple(int(n) for n in re.findall(r"\d+", ending.get("number", "1"))) or (1,)
            if repeat is not None and repeat.get("direction") == "forward":
                bar.is_forward = True
            elif repeat is not None:
                bar.backward = int(repeat.get("times", "2"))
        bar.endings = endings
        is_closed = any(e.get("type") in ("stop", "discontinue") for e in measure.findall("barline/ending"))
        if is_closed or bar.backward is not None:
            endings = ()
        bar.marks = read_jumps(measure)
        bars.append(bar)
    return bars


def mend_endings(bars: list[XmlBar]) -> int:
    """Put wrong endings right, in place (rule above); returns how many bars were changed."""
    before = _marks(bars)
    mended = repeats.mend_endings(before)
    for bar, mark in zip(bars, mended, strict=True):
        bar.endings = tuple(sorted(mark.endings))
        bar.backward = (bar.backward or mark.times) if mark.ends else None
    return sum(old != new for old, new in zip(before, mended, strict=True))


def play_order(bars: list[XmlBar]) -> list[tuple[int, int]]:
    """Give the written bars' numbers in playing order, each with the pass it is played in.

    Raises
    ------
    FileFormatError
        If the signs make an endless loop.
    """
    return repeats.play_order(_marks(bars))


def _marks(bars: list[XmlBar]) -> list[repeats.RepeatMarks]:
    """The bars' signs."""
    return [
        repeats.RepeatMarks(
            bar.is_forward, bar.backward is not None, frozenset(bar.endings), max(2, bar.backward or 2), bar.marks
        )
        for bar in bars
    ]


def place_bars(bars: list[XmlBar], order: list[tuple[int, int]], bar_ticks: int) -> tuple[list[PlayedBar], int]:
    """Put played bars on the bar grid (rule above); returns them and the number of bars."""
    played: list[PlayedBar] = []
    n_bars, room = 0, 0.0
    for number, (index, verse) in enumerate(order):
        length = bars[index].length
        if number and 0 < length < bar_ticks and abs(length - room) < 0.5:
            played.append(PlayedBar(index, verse, n_bars * bar_ticks - room))
            room = 0.0
            continue
        is_pickup = number == 0 and 0 < length < bar_ticks
        played.append(PlayedBar(index, verse, n_bars * bar_ticks + (bar_ticks - length if is_pickup else 0.0)))
        n_bars += max(1, -(-round(length) // bar_ticks))
        room = 0.0 if is_pickup else max(0.0, bar_ticks * max(1, -(-round(length) // bar_ticks)) - length)
    return played, n_bars


def read_lyrics(bars: list[XmlBar], played: list[PlayedBar], factor: int = 1) -> list[tuple[int, str, str, int]]:
    """Collect (onset tick, syllable, syllabic, verse): of every pass its own verse, else the first one.

    Parameters
    ----------
    bars : list of XmlBar
        Written bars of the voice.
    played : list of PlayedBar
        Their places.
    factor : int
        2 where every value is doubled.
    """
    rows = []
    for place in played:
        for note in bars[place.index].notes:
            verse = str(place.verse) if str(place.verse) in note.lyrics else min(note.lyrics, default="")
            if verse:
                text, syllabic = note.lyrics[verse]
                number = int(verse) if verse.isdigit() else 1
                rows.append((snap_to_grid((place.onset + note.onset) * factor), text, syllabic, number))
    return rows


def _walk(measure: ElementTree.Element, bar: XmlBar, divisions: float) -> float:
    """Read one bar's notes, harmonies and attributes; returns the divisions in force."""
    cursor, last = 0.0, 0.0
    for item in measure:
        if item.tag == "attributes":
            divisions = float(item.findtext("divisions", str(divisions)))
            _read_attributes(item, bar)
        length = float(item.findtext("duration", "0")) * TPQ / divisions
        if item.tag == "harmony":
            offset = float(item.findtext("offset", "0")) * TPQ / divisions
            bar.harmonies.append((max(0.0, cursor + offset), item))
        elif item.tag in ("backup", "forward"):
            cursor += length if item.tag == "forward" else -length
        elif item.tag == "note" and item.find("grace") is None and item.find("cue") is None:
            is_chord = item.find("chord") is not None
            _add_note(bar, item, last if is_chord else cursor, length)
            if not is_chord:
                last, cursor = cursor, cursor + length
        elif item.tag == "direction" and bar.tempo is None:
            sound = item.find("sound")
            bar.tempo = float(sound.get("tempo", "0")) or None if sound is not None else None
        bar.length = max(bar.length, cursor)
    return divisions


def _read_attributes(item: ElementTree.Element, bar: XmlBar) -> None:
    """Read time and key signature."""
    if item.find("time/beats") is not None:
        bar.time = f"{item.findtext('time/beats')}/{item.findtext('time/beat-type')}"
    if item.find("key/fifths") is not None:
        bar.fifths, bar.mode = int(item.findtext("key/fifths", "0")), item.findtext("key/mode")


def _add_note(bar: XmlBar, item: ElementTree.Element, onset: float, length: float) -> None:
    """Append a sounding note."""
    step = item.findtext("pitch/step")
    if step is None:
        return
    alter, octave = int(float(item.findtext("pitch/alter", "0"))), int(item.findtext("pitch/octave", "4"))
    lyrics = {
        lyric.get("number", "1"): (lyric.findtext("text", ""), lyric.findtext("syllabic", "single"))
        for lyric in item.findall("lyric")
        if lyric.find("text") is not None
    }
    bar.notes.append(XmlNote(
        onset, length, parse_pitch_class(step) + alter + 12 * (octave + 1), item.findtext("voice", "1"),
        item.findtext("staff", "1"), any(tie.get("type") == "stop" for tie in item.findall("tie")), lyrics,
    ))  # fmt: skip
