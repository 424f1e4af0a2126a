"""Bars of a MusicXML part in the order they are played: repeats, endings, da capo and dal segno written out.

Rules
-----
- A repeated stretch starts at the last forward repeat, else after the last finished repeat, else
  at the beginning. It is played as often as ``times`` says, or its endings ask for, else twice.
- *D.C.* and *D.S.* (``<sound>`` or words) are followed once; after that repeats are not taken
  and the last ending is; *Fine* ends the song, the first coda sign then jumps to the last one.
- Wrong endings are mended and counted (``mend_endings``): one that stops short of its repeat sign goes on
  to it, numbers that do not count up from 1 are replaced by the order, and every ending but the last goes back.
- Two incomplete neighbouring bars that together fill one bar share it (a pickup and the bar cut
  for it, a repeat sign inside a bar). An incomplete first bar stands at its bar's end; any other at its beginning.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from symbolic_music.errors import FileFormatError
from symbolic_music.theory.meter import TPQ, snap_to_grid
from symbolic_music.theory.pitch import parse_pitch_class

MAX_PLAYED = 2000


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
    starts_ending: bool = False
    marks: frozenset[str] = frozenset()  # dacapo, dalsegno, fine, tocoda, segno, coda


@dataclass(frozen=True)
class PlayedBar:
    """A written bar at its place: ``verse`` counts the passes from 1, ``onset`` is in ticks."""

    index: int
    verse: int
    onset: float


def read_mxl(path: Path) -> ElementTree.Element:
    """Read the score of a compressed MusicXML file.

    Raises
    ------
    FileFormatError
        If the archive or the XML is broken, or it holds no score.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = [n for n in archive.namelist() if n.endswith((".xml", ".musicxml")) and "META-INF" not in n]
            if not names:
                raise FileFormatError(f"{path.name}: the archive holds no score")
            return ElementTree.fromstring(archive.read(names[0]))
    except (zipfile.BadZipFile, ElementTree.ParseError) as failure:
        raise FileFormatError(f"{path.name}: {failure}") from None


def read_bars(part: ElementTree.Element) -> list[XmlBar]:
    """Read a part's written bars."""
    bars, divisions, endings = [], 1.0, ()
    for measure in part.findall("measure"):
        bar = XmlBar()
        divisions = _walk(measure, bar, divisions)
        marks: set[str] = set()
        for barline in measure.findall("barline"):
            repeat, ending = barline.find("repeat"), barline.find("ending")
            if ending is not None and ending.get("type") == "start":
                endings = tuple(int(n) for n in re.findall(r"\d+", ending.get("number", "1"))) or (1,)
                bar.starts_ending = True
            if repeat is not None and repeat.get("direction") == "forward":
                bar.is_forward = True
            elif repeat is not None:
                bar.backward = int(repeat.get("times", "2"))
        bar.endings = endings
        if any(e.get("type") in ("stop", "discontinue") for e in measure.findall("barline/ending")):
            endings = ()
        for direction in measure.findall("direction"):
            marks |= _marks(direction)
        for sound in measure.findall("sound"):
            marks |= {name for name in ("dacapo", "dalsegno", "fine", "tocoda", "segno", "coda") if sound.get(name)}
        bar.marks = frozenset(marks)
        bars.append(bar)
    return bars


def mend_endings(bars: list[XmlBar]) -> int:
    """Put wrong endings right, in place (rule above); returns how many bars were changed."""
    before = [(bar.endings, bar.backward) for bar in bars]
    for at in range(1, len(bars) - 1):
        if not bars[at].endings and bars[at - 1].endings and bars[at].backward and bars[at + 1].starts_ending:
            bars[at].endings = bars[at - 1].endings
    at = 0
    while at < len(bars):
        if not bars[at].endings:
            at += 1
            continue
        end = next((i for i in range(at, len(bars)) if not bars[i].endings), len(bars))
        _mend_chain(bars[at:end])
        at = end
    return sum(old != (bar.endings, bar.backward) for old, bar in zip(before, bars, strict=True))


def _mend_chain(chain: list[XmlBar]) -> None:
    """Number a repeat's endings, and let all but the last go back."""
    starts = [i for i, bar in enumerate(chain) if bar.starts_ending or i == 0]
    spans = [chain[a:b] for a, b in zip(starts, [*starts[1:], len(chain)], strict=True)]
    numbers = [n for span in spans for n in span[0].endings]
    if numbers != list(range(1, len(numbers) + 1)):
        for number, span in enumerate(spans, start=1):
            for bar in span:
                bar.endings = (number,)
    for span in spans[:-1]:
        span[-1].backward = span[-1].backward or 2


def play_order(bars: list[XmlBar]) -> list[tuple[int, int]]:
    """Give the written bars' numbers in playing order, each with the pass it is played in.

    Raises
    ------
    FileFormatError
        If the signs make an endless loop.
    """
    order: list[tuple[int, int]] = []
    codas = [i for i, bar in enumerate(bars) if bar.marks & {"coda", "tocoda"}]
    at, start, count, jumped = 0, 0, 1, False
    while at < len(bars):
        bar = bars[at]
        if len(order) > MAX_PLAYED:
            raise FileFormatError(f"more than {MAX_PLAYED} bars are played; the repeat signs make no sense")
        if bar.is_forward and at != start:
            start, count = at, 1
        if bar.endings and (_has_later_ending(bars, at) if jumped else count not in bar.endings):
            at += 1
            continue
        order.append((at, count))
        if jumped and "fine" in bar.marks:
            break
        if jumped and len(codas) > 1 and at == codas[0]:
            at, start, count = codas[-1], codas[-1], 1
            continue
        if bar.backward is not None and not jumped and count < _passes(bars, at):
            at, count = start, count + 1
            continue
        ends_volta = bool(bar.endings) and (at + 1 == len(bars) or bars[at + 1].endings != bar.endings)
        if bar.backward is not None or ends_volta:
            start, count = at + 1, 1
        if not jumped and bar.marks & {"dacapo", "dalsegno"}:
            segno = [i for i, other in enumerate(bars) if "segno" in other.marks]
            at, jumped = (segno[0] if "dalsegno" in bar.marks and segno else 0), True
            start, count = at, 1
            continue
        at += 1
    return order


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


def _marks(direction: ElementTree.Element) -> set[str]:
    """Find jumps and their targets in a direction."""
    found = {name for name in ("segno", "coda") if direction.find(f"direction-type/{name}") is not None}
    sound = direction.find("sound")
    if sound is not None:
        found |= {name for name in ("dacapo", "dalsegno", "fine", "tocoda", "segno", "coda") if sound.get(name)}
    for words in direction.findall("direction-type/words"):
        text = (words.text or "").lower()
        if re.search(r"d\. ?c\.|da capo", text):
            found.add("dacapo")
        elif re.search(r"d\. ?s\.|dal segno", text):
            found.add("dalsegno")
        elif text.strip() in ("fine", "fine."):
            found.add("fine")
        elif "to coda" in text:
            found.add("tocoda")
    return found


def _passes(bars: list[XmlBar], at: int) -> int:
    """How often the stretch that ends at a backward repeat is played."""
    times = max(2, bars[at].backward or 2)
    if not bars[at].endings:
        return times
    more = at + 1 < len(bars) and bars[at + 1].starts_ending
    return max(bars[at].endings) + 1 if more else max(bars[at].endings)


def _has_later_ending(bars: list[XmlBar], at: int) -> bool:
    """Whether the ending that a bar is in gives way to a later one: not if it holds the Fine."""
    after = next((i for i in range(at, len(bars)) if bars[i].endings != bars[at].endings), len(bars))
    holds_fine = any("fine" in bar.marks for bar in bars[at:after])
    return after < len(bars) and bool(bars[after].endings) and not holds_fine
