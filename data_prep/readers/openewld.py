"""OpenEWLD: lead sheets (melody, chord symbols, lyrics) in MusicXML, played order.

Rules: repeats are written out (``data_prep.musicxml``); 2/2 is read as 4/4; only files in one
of ``COMMON_METERS`` with at least 16 notes; without a key's mode the last note decides between major
and relative minor; a lyric's verse is the pass it is sung in, or else the first.
"""

from __future__ import annotations

import csv
from collections import Counter
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

from data_prep.labels import genre_of
from data_prep.musicxml import PlayedBar, XmlBar, mend_endings, place_bars, play_order, read_bars, read_lyrics
from data_prep.songs import equal_phrases, merge_chords, monophonic, split_of
from symbolic_music.errors import FileFormatError, NotationError
from symbolic_music.formats.musicxml_file import parse_score
from symbolic_music.theory.chord import QUALITIES, parse_quality
from symbolic_music.theory.key import key_of
from symbolic_music.theory.meter import parse_meter, snap_to_grid
from symbolic_music.theory.pitch import parse_pitch_class

FOLDERS = ("openewld",)
MIN_NOTES = 16
_KINDS = {row[2]: quality for quality, row in reversed(QUALITIES.items())}


def list_items(data: Path) -> list[str]:
    """List the lead sheets' paths, from the source's folder."""
    root = data / "openewld"
    return [str(path.relative_to(root)) for path in sorted((root / "dataset").rglob("*.mxl"))]


def read_item(data: Path, item: str) -> tuple[dict, Counter[str]]:
    """Read one lead sheet.

    Raises
    ------
    FileFormatError, NotationError
        If the file is broken, in a meter that is not ours, or has too few notes.
    """
    path = data / "openewld" / item
    part = parse_score(path).find("part")
    if part is None:
        raise FileFormatError("no part")
    bars = read_bars(part)
    problems: Counter[str] = Counter({"bars with wrong endings mended": mend_endings(bars)})
    written = next((bar.time for bar in bars if bar.time), None)
    if written is None:
        problems["no time signature, read as 4/4"] += 1
    meter = parse_meter("4/4" if written in ("2/2", None) else written)
    played, n_bars = place_bars(bars, play_order(bars), meter.bar_ticks)
    end = n_bars * meter.bar_ticks
    melody = monophonic([(on, min(off, end), pitch) for on, off, pitch in _sung(bars, played) if on < end])
    if len(melody) < MIN_NOTES:
        raise FileFormatError(f"{len(melody)} notes, fewer than {MIN_NOTES}")
    chords = [
        (snap_to_grid(bar.onset + at), *chord)
        for bar in played
        for at, item in bars[bar.index].harmonies
        if (chord := read_harmony(item)) is not None and bar.onset + at < end
    ]
    key = _key(bars, melody)
    ident = "openewld/" + "/".join(path.parts[-3:-1])
    return {
        "id": ident, "source": "openewld", "meter": str(meter), "tempo_qpm": 0.0, "key": key, "n_bars": n_bars,
        "melody": melody, "chords": merge_chords(chords), "doubled": False, "split": split_of(ident),
        "phrases": equal_phrases(n_bars, melody, meter.bar_ticks, key), "title": path.parts[-2].replace("_", " "),
        "artist": path.parts[-3].replace("_", " "), "genre": _genres(data / "openewld").get(ident[9:], "standard"),
        "lyrics": [row for row in read_lyrics(bars, played) if row[0] < end], "split_group": ident,
    }, problems  # fmt: skip


@lru_cache(maxsize=2)
def _genres(folder: Path) -> dict[str, str]:
    """Read the first genre voted for, by composers/title; empty without the index."""
    path = folder / "openewld_index.csv"
    if not path.exists():
        return {}
    with path.open(encoding="utf-8") as file:
        rows = {row["key"]: row["genres"].split("|")[0].rpartition(":")[0] for row in csv.DictReader(file)}
    return {key: genre_of(genre.split(",")[0]) if genre else "standard" for key, genre in rows.items()}


def _sung(bars: list[XmlBar], played: list[PlayedBar]) -> list[tuple[float, float, int]]:
    """Collect (onset, end, pitch), tied notes joined."""
    notes: list[tuple[float, float, int]] = []
    for place in played:
        for note in bars[place.index].notes:
            onset = place.onset + note.onset
            if note.continues and notes and notes[-1][2] == note.pitch:
                notes[-1] = (notes[-1][0], onset + note.duration, note.pitch)
            else:
                notes.append((onset, onset + note.duration, note.pitch))
    return notes


def read_harmony(item: ElementTree.Element) -> tuple[int, str, int] | None:
    """Read a harmony element as root, quality, bass; none if it has no root."""
    step = item.findtext("root/root-step")
    if step is None:
        return None
    root = (parse_pitch_class(step) + int(float(item.findtext("root/root-alter", "0")))) % 12
    kind = item.findtext("kind", "major")
    quality = _KINDS.get(kind) or _quality_or(kind)
    bass_step = item.findtext("bass/bass-step")
    if bass_step is None:
        return root, quality, root
    return root, quality, (parse_pitch_class(bass_step) + int(float(item.findtext("bass/bass-alter", "0")))) % 12


def _quality_or(kind: str) -> str:
    """Map MusicXML kinds outside our table to the nearest quality we have."""
    try:
        return parse_quality(kind)
    except NotationError:
        return {"dominant-11th": "7sus4", "dominant-13th": "9", "minor-11th": "min9"}.get(
            kind, "min" if "minor" in kind else "7" if "dominant" in kind else "maj"
        )


def _key(bars: list[XmlBar], melody: list[tuple[int, int, int]]) -> str:
    """Name the key of the first signature."""
    fifths, mode = next(((bar.fifths, bar.mode) for bar in bars if bar.fifths is not None), (0, None))
    major = fifths * 7 % 12
    minor = (major + 9) % 12
    is_minor = mode == "minor" or (mode is None and melody[-1][2] % 12 == minor)
    return str(key_of(minor, "minor") if is_minor else key_of(major, "major"))
