"""Are lead sheets written as a copyist writes them? What a reader would mark on the page, counted.

``python -m data_prep.page_rules songs/`` reads ``lead.musicxml`` of every song folder in a folder and prints a line a
fault: a rest shorter than an eighth between two notes of a bar; a beam over a beat of its bar (in eighths of 4/4: over
the middle of the bar); a chord symbol that stands already, or two at one place. ``--png`` engraves the first page of
each beside its song, for the eye.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

from symbolic_music.song.folder import LEAD_SHEET

SHORT_REST, BEAM, CHORD = "rest shorter than an eighth", "beam over a beat", "chord symbol again"
RULES = (SHORT_REST, BEAM, CHORD)
SHORT_TYPES = ("16th", "32nd", "64th")


class PageFault(NamedTuple):
    """What is wrong, in which bar (from 1)."""

    rule: str
    bar: str


def read_page(text: str) -> list[PageFault]:
    """Mark what a copyist would not have written.

    Parameters
    ----------
    text : str
        A lead sheet in MusicXML, one part.

    Returns
    -------
    list of PageFault
        In the order of the page.
    """
    faults: list[PageFault] = []
    divisions, beats, beat_type, chord = 1, 4, 4, ""
    for measure in ET.fromstring(text).iterfind("part/measure"):
        number = measure.get("number", "?")
        divisions = int(measure.findtext("attributes/divisions") or divisions)
        beats = int(measure.findtext("attributes/time/beats") or beats)
        beat_type = int(measure.findtext("attributes/time/beat-type") or beat_type)
        is_compound = beat_type == 8 and beats % 3 == 0
        beat = divisions * 4 // beat_type * (3 if is_compound else 1)
        notes = list(_notes(measure))
        faults += [PageFault(SHORT_REST, number)] * _short_rests(notes)
        faults += [PageFault(BEAM, number)] * _beams_over_beats(notes, beat, divisions, (beats, beat_type) == (4, 4))
        places: set[int] = set()
        if measure.find("direction/direction-type/rehearsal") is not None:
            # A new section says its chord anew.
            chord = ""
        for at, symbol in _symbols(measure):
            if symbol == chord or at in places:
                faults.append(PageFault(CHORD, number))
            chord = symbol
            places.add(at)
    return faults


class _Note(NamedTuple):
    """One note or rest of a bar: where it begins, its written value, its beam."""

    at: int
    is_rest: bool
    value: str
    beam: str


def _notes(measure: ET.Element) -> Iterator[_Note]:
    """The notes and rests of a bar; grace notes and further tones of a chord are left out."""
    at = 0
    for note in measure.iterfind("note"):
        if note.find("grace") is not None or note.find("chord") is not None:
            continue
        beam = next((beam.text or "" for beam in note.iterfind("beam") if beam.get("number", "1") == "1"), "")
        yield _Note(at, note.find("rest") is not None, note.findtext("type") or "", beam)
        at += int(note.findtext("duration") or 0)


def _short_rests(notes: list[_Note]) -> int:
    """Rests shorter than an eighth between two notes; what completes a longer rest is heard as one."""
    threes = zip(notes, notes[1:], notes[2:], strict=False)
    return sum(b.is_rest and b.value in SHORT_TYPES and not a.is_rest and not c.is_rest for a, b, c in threes)


def _beams_over_beats(notes: list[_Note], beat: int, divisions: int, is_common: bool) -> int:
    """Beams that hold notes of several beats; eighths alone may share half a bar of 4/4."""
    groups: list[list[_Note]] = []
    for note in notes:
        if note.beam == "begin":
            groups.append([note])
        elif note.beam and groups:
            groups[-1].append(note)
    wide = 2 * divisions if is_common else beat
    return sum(
        len({note.at // (wide if all(note.value == "eighth" for note in group) else beat) for note in group}) > 1
        for group in groups
    )


def _symbols(measure: ET.Element) -> Iterator[tuple[int, str]]:
    """Place and text of the chord symbols of a bar."""
    at = 0
    for element in measure:
        if element.tag == "harmony":
            parts = [f"{part.tag}={(part.text or '').strip()}{sorted(part.attrib.items())}" for part in element.iter()]
            offset = int(element.findtext("offset") or 0)
            yield at + offset, " ".join(part for part in parts if not part.startswith(("offset", "harmony")))
        elif element.tag == "note" and element.find("chord") is None and element.find("grace") is None:
            at += int(element.findtext("duration") or 0)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--png", action="store_true", help="engrave the pages too")
    arguments = parser.parse_args()
    counts = dict.fromkeys(RULES, 0)
    pages = sorted(arguments.folder.glob(f"*/{LEAD_SHEET}"))
    for path in pages:
        text = path.read_text(encoding="utf-8")
        for fault in read_page(text):
            counts[fault.rule] += 1
            print(f"{path.parent.name}, bar {fault.bar}: {fault.rule}")
        if arguments.png:
            from symbolic_music.drawing.engraving import write_engraving

            write_engraving(text, path.with_suffix(".png"))
    print(f"{len(pages)} lead sheets: " + ", ".join(f"{rule} {count}" for rule, count in counts.items()))


if __name__ == "__main__":
    main()
