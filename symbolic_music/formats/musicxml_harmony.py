"""Chord symbols of MusicXML: a root, a kind, a bass and altered degrees, as a chord of ours."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass

from symbolic_music.errors import NotationError
from symbolic_music.formats.musicxml_file import read_number
from symbolic_music.theory.chord import QUALITIES, Chord, parse_quality, quality_of
from symbolic_music.theory.pitch import NATURAL_PITCH_CLASS, name_pitch_class

_MAJOR_STEPS = (0, 2, 4, 5, 7, 9, 11)
# Kinds that other programs write: their tones, from which the nearest quality follows.
_OTHER_KINDS: dict[str, tuple[int, ...]] = {
    "dominant-11th": (0, 2, 4, 5, 7, 10), "major-11th": (0, 2, 4, 5, 7, 11), "minor-13th": (0, 2, 3, 7, 9, 10),
    "Neapolitan": (0, 4, 7), "Italian": (0, 4, 10), "French": (0, 4, 6, 10), "German": (0, 4, 7, 10), "pedal": (0, 7),
    "Tristan": (0, 3, 6, 10),
}  # fmt: skip
_NO_CHORD = ("none",)


@dataclass(frozen=True)
class Harmony:
    """A chord symbol read: the chord (``None``: no chord sounds), and what was changed, if anything was."""

    chord: Chord | None
    remark: str | None = None


def read_harmony(harmony: ET.Element, transpose: int = 0) -> Harmony | None:
    """Read a chord symbol.

    Parameters
    ----------
    harmony : Element
        A ``harmony`` element.
    transpose : int
        Semitones from written to sounding.

    Returns
    -------
    Harmony or None
        ``None`` where it has no root, as degrees of a scale have not.

    Raises
    ------
    NotationError
        If root, bass, kind or degrees cannot be read.
    """
    root, kind = harmony.find("root"), harmony.find("kind")
    if kind is not None and (kind.text or "").strip() in _NO_CHORD:
        return Harmony(None)
    if root is None or kind is None:
        return None
    root_class = (read_step(root, "root-step", "root-alter") + transpose) % 12
    bass = harmony.find("bass")
    bass_class = root_class
    if bass is not None:
        bass_class = (read_step(bass, "bass-step", "bass-alter") + transpose) % 12
    quality, tones = _quality(harmony, kind)
    chord = Chord(root_class, quality, bass_class)
    if tones is None or frozenset(tones) == frozenset(QUALITIES[quality][0]):
        return Harmony(chord)
    text = kind.get("text") or (kind.text or "").strip()
    written = f"{name_pitch_class(root_class)}{text}"
    lost = _names(tones - set(QUALITIES[quality][0]))
    added = _names(set(QUALITIES[quality][0]) - tones)
    changes = [f"without its {lost}" if lost else "", f"with a {added}" if added else ""]
    return Harmony(chord, f"{written} read as {chord.symbol()} ({', '.join(change for change in changes if change)})")


_DEGREE_NAMES = ("root", "b9", "9", "b3", "3", "11", "#11", "5", "b13", "13", "7", "major 7")


def _names(tones: set[int]) -> str:
    """Name tones by their degree of the chord."""
    return " and ".join(_DEGREE_NAMES[tone] for tone in sorted(tones))


def read_step(element: ET.Element, step_tag: str, alter_tag: str) -> int:
    """Read a step and its alteration as semitones above C.

    Raises
    ------
    NotationError
        If either cannot be read.
    """
    step = (element.findtext(step_tag) or "").strip()
    if step not in NATURAL_PITCH_CLASS:
        raise NotationError(f"step {step!r} is not a letter A to G")
    return NATURAL_PITCH_CLASS[step] + _whole(element.findtext(alter_tag) or "0", "alteration")


def _whole(text: str, what: str) -> int:
    """Read a small whole number."""
    number = read_number(text)
    if number is None or abs(number) > 99:
        raise NotationError(f"{what} {text[:20]!r} is not possible; use a whole number")
    return int(number)


def _quality(harmony: ET.Element, kind: ET.Element) -> tuple[str, set[int] | None]:
    """Find the quality from a kind, its text if that agrees, and altered degrees; and the tones it is written with.

    The tones are left out where the text alone says the quality.
    """
    name = (kind.text or "").strip()
    fitting = [quality for quality, row in QUALITIES.items() if row[2] == name]
    text = kind.get("text")
    try:
        written = parse_quality(text) if text is not None else ""
    except NotationError:
        written = ""
    if not fitting and name not in _OTHER_KINDS:
        if written and text:
            return written, None
        shown = name if name != "other" else text or harmony.findtext("function") or name
        raise NotationError(f"chord {shown[:40]!r} is not known; known are {', '.join(QUALITIES)}")
    tones = set(QUALITIES[fitting[0]][0] if fitting else _OTHER_KINDS[name])
    degrees = harmony.findall("degree")
    for degree in degrees:
        _apply_degree(degree, tones)
    if fitting and not degrees:
        return (written if written in fitting else fitting[0]), None
    return quality_of(frozenset(tones)), tones


def _apply_degree(degree: ET.Element, tones: set[int]) -> None:
    """Add, alter or take away one tone of a chord."""
    value = _whole(degree.findtext("degree-value") or "1", "degree")
    alteration = _whole(degree.findtext("degree-alter") or "0", "degree alteration")
    kind = (degree.findtext("degree-type") or "add").strip()
    step = _MAJOR_STEPS[(value - 1) % 7] - (1 if value % 7 == 0 else 0)  # a seventh is minor, as in a dominant chord
    if kind == "add":
        tones.add((step + alteration) % 12)
        return
    near = {(step + shift) % 12 for shift in (-1, 0, 1)} & tones
    present = min(near, key=lambda tone: abs(tone - step), default=None)
    if present is not None:
        tones.discard(present)
        if kind == "alter":
            tones.add((present + alteration) % 12)
