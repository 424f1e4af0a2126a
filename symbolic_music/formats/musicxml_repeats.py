"""A MusicXML part as it is played: repeats written out, split bars joined, cut time as 4/4.

Done on the parsed XML before the lead sheet is read, so that the reader sees plain bars. Of several
verses each turn keeps its own.
D.C., D.S., coda and fine are followed, whether they are signs, sounds or words.
"""

from __future__ import annotations

import copy
import re
import xml.etree.ElementTree as ET
from collections import Counter
from fractions import Fraction

from symbolic_music.errors import FileFormatError
from symbolic_music.formats.musicxml_file import read_number
from symbolic_music.limits import ELEMENTS
from symbolic_music.theory.meter import TPQ
from symbolic_music.theory.repeats import JUMPS, RepeatMarks, jumps_of_words, order_bars

_SAME_LENGTH = {("2", "2"): ("4", "4")}


def play_through(part: ET.Element, where: str) -> Fraction:
    """Rewrite a part in place, bar after bar as played; return the commonest length of its bars, in ticks.

    Raises
    ------
    FileFormatError
        If it has endings without a number, or signs that lead round and round.
    """
    measures = part.findall("measure")
    marks = _marks(measures, where)
    lengths = _lengths(measures, where)
    played = order_bars(marks, where)
    sizes = [sum(1 for _ in measure.iter()) for measure in measures]
    ELEMENTS.check(sum(sizes[index] for index in played), where)
    for measure in measures:
        part.remove(measure)
    whole = _nominal(measures)
    joined: list[tuple[ET.Element, Fraction, Fraction]] = []
    turns, n_times = Counter[int](), Counter(played)
    for place, index in enumerate(played):
        turns[index] += 1
        bar = measures[index] if n_times[index] == 1 else copy.deepcopy(measures[index])
        if n_times[index] > 1:
            _keep_verse(bar, turns[index])
        full = whole[index]
        if place and index != played[place - 1] + 1:
            _drop_repeated_texts(bar)
        if joined and 0 < joined[-1][1] < joined[-1][2] and len(joined) > 1 and joined[-1][1] + lengths[index] == full:
            # Two halves of one bar on both sides of a repeat sign.
            joined[-1][0].extend(list(bar))
            joined[-1] = (joined[-1][0], full, full)
        else:
            joined.append((bar, lengths[index], full))
    if joined and 0 < joined[0][1] < joined[0][2]:
        joined[0][0].set("implicit", "yes")
    for bar, _, _ in joined:
        _drop_signs(bar)
        part.append(bar)
    return Counter(lengths).most_common(1)[0][0]


def _marks(measures: list[ET.Element], where: str) -> list[RepeatMarks]:
    """Read each bar's repeat signs; an ending lasts from its start to its stop."""
    marks: list[RepeatMarks] = []
    ending: frozenset[int] = frozenset()
    for number, measure in enumerate(measures, 1):
        starts = ends = stops = False
        times = 2
        for barline in measure.findall("barline"):
            repeat = barline.find("repeat")
            starts |= repeat is not None and repeat.get("direction") == "forward"
            if repeat is not None and repeat.get("direction") == "backward":
                ends, times = True, int(_positive(repeat.get("times") or "2", "a repeat's times", where, number))
            for sign in barline.findall("ending"):
                if sign.get("type") == "start":
                    ending = frozenset(int(n[:9]) for n in re.findall(r"[0-9]+", sign.get("number") or ""))
                    if not ending:
                        raise FileFormatError(f"{where}: bar {number}: an ending without a number")
                else:
                    stops = True
        marks.append(RepeatMarks(starts, ends, ending, times, read_jumps(measure)))
        # Some programs never close a bracket: a repeat's end does.
        ending = frozenset() if stops or ends else ending
    return marks


def read_jumps(measure: ET.Element) -> frozenset[str]:
    """Find a bar's jumps and their targets, those of ``repeats.JUMPS``: signs, sounds, and words."""
    found = {name for sound in measure.iter("sound") for name in JUMPS if sound.get(name)}
    for kind in measure.iterfind("direction/direction-type"):
        found |= {name for name in ("segno", "coda") if kind.find(name) is not None}
        for words in kind.findall("words"):
            found |= jumps_of_words(words.text or "")
    return frozenset(found)


def _positive(text: str, what: str, where: str, bar: int) -> Fraction:
    """Read a number above 0; ``bar`` counts from 1."""
    number = read_number(text)
    if number is None or number <= 0:
        raise FileFormatError(f"{where}: bar {bar}: {what}: {text[:20]!r} is not possible", "use a number above 0")
    return number


def _lengths(measures: list[ET.Element], where: str) -> list[Fraction]:
    """How long each bar's notes last, in ticks."""
    divisions = Fraction(1)
    lengths = []
    for number, measure in enumerate(measures, 1):
        now = furthest = Fraction(0)
        for element in measure:
            if element.tag == "attributes" and (text := element.findtext("divisions")) is not None:
                divisions = _positive(text, "divisions", where, number)
            is_counted = element.tag == "note" and element.find("chord") is None and element.find("grace") is None
            if not (is_counted or element.tag in ("forward", "backup")):
                continue
            duration = read_number(element.findtext("duration") or "0")
            if duration is None or duration < 0:
                given = (element.findtext("duration") or "")[:20]
                raise FileFormatError(f"{where}: bar {number}: duration {given!r} is not a number", "use 0 or more")
            now += duration * TPQ / divisions * (-1 if element.tag == "backup" else 1)
            furthest = max(furthest, now)
        lengths.append(furthest)
    return lengths


def _nominal(measures: list[ET.Element]) -> list[Fraction]:
    """How long each bar should be by its time signature, in ticks; writes cut time as 4/4 on the way."""
    whole = Fraction(4 * TPQ)
    nominal = []
    for measure in measures:
        for time in measure.iter("time"):
            beats, unit = time.find("beats"), time.find("beat-type")
            if beats is None or unit is None or not (beats.text and unit.text):
                continue
            beats.text, unit.text = _SAME_LENGTH.get((beats.text.strip(), unit.text.strip()), (beats.text, unit.text))
            counted, length = read_number(beats.text), read_number(unit.text)
            if counted and length:
                whole = counted * 4 * TPQ / length
        nominal.append(whole)
    return nominal


def _drop_repeated_texts(bar: ET.Element) -> None:
    """A tempo or key restated at a repeat's start says nothing new; section names do."""
    for attributes in bar.findall("attributes"):
        for key in attributes.findall("key"):
            attributes.remove(key)


def _keep_verse(bar: ET.Element, turn: int) -> None:
    """Keep the words of the verse that is sung in this turn: its own, else the last one that the bar has."""
    lyrics = [(note, lyric, verse_number(lyric)) for note in bar.findall("note") for lyric in note.findall("lyric")]
    verses = {verse for _, _, verse in lyrics}
    sung = max((verse for verse in verses if verse <= turn), default=min(verses, default=1))
    for note, lyric, verse in lyrics:
        if verse != sung:
            note.remove(lyric)
        else:
            lyric.set("number", "1")


def verse_number(lyric: ET.Element) -> int:
    """Read the number of a lyric's verse; some programs write ``part1verse2``."""
    digits = re.findall(r"[0-9]+", lyric.get("number") or "1")
    return int(digits[-1][:9]) if digits else 1


def _drop_signs(bar: ET.Element) -> None:
    """Take repeat signs and endings away, now that they are written out."""
    for barline in bar.findall("barline"):
        for tag in ("repeat", "ending"):
            for sign in barline.findall(tag):
                barline.remove(sign)
