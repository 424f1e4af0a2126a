"""Nottingham: folk tunes with chords, from MIDI (repeats written out) and ABC (meter, key, pickup).

Rules
-----
- *Bar line.* The MIDI begins on a bar line of the ABC, a pickup after a rest. Checked against the
  length of the ABC's first bar: tunes whose first note does not stand that far before a bar line are counted.
- *Key.* Dorian tunes count as minor, mixolydian ones as major on the same tonic.
- Meter and key are those of the header; tunes that change them later are counted.
- Chords are named from the block chords of the MIDI's second track.
"""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from data_prep.songs import chord_from_pitches, equal_phrases, merge_chords, monophonic, split_of
from symbolic_music.errors import FileFormatError
from symbolic_music.theory.key import Key, key_of, parse_key
from symbolic_music.theory.meter import TPQ, parse_meter, snap_to_grid
from symbolic_music.theory.pitch import parse_pitch_class

FOLDERS = ("nottingham",)
Tune = dict[str, str]  # meter, key, title, unit note length, text after the header


def list_items(data: Path) -> list[str]:
    """List the tunes, named by ABC file and number (``jigs12``)."""
    return list(_tunes(data / "nottingham"))


def read_item(data: Path, item: str) -> tuple[dict, Counter[str]]:
    """Read one tune.

    Raises
    ------
    FileFormatError, NotationError
        If the meter is not one of ours, or the MIDI is missing or has no chords.
    """
    import symusic

    tune = _tunes(data / "nottingham")[item]
    bar = parse_meter(tune["meter"]).bar_ticks
    path = data / "nottingham" / "MIDI" / f"{item}.mid"
    if not path.exists():
        raise FileFormatError("no MIDI file")
    score = symusic.Score(str(path))
    if len(score.tracks) < 2 or not len(score.tracks[0].notes):
        raise FileFormatError("no chord track")
    problems: Counter[str] = Counter()
    problems["meter or key changes inside"] += int(len(re.findall(r"^[MK]:", tune["text"], re.M)) > 0)
    scale = TPQ / score.ticks_per_quarter
    by_onset: dict[int, list[int]] = {}
    for note in score.tracks[1].notes:
        by_onset.setdefault(snap_to_grid(note.time * scale), []).append(note.pitch)
    chords = [(tick, *chord_from_pitches(pitches)) for tick, pitches in sorted(by_onset.items())]
    melody = monophonic([(n.time * scale, n.end * scale, n.pitch) for n in score.tracks[0].notes])
    pickup = first_bar_quarters(tune["text"], tune["unit"])
    problems["bar line could not be checked"] += int(pickup is None)
    problems["first bar of ABC and MIDI differ"] += int(
        pickup is not None and round(melody[0][0] + pickup * TPQ) % bar != 0
    )
    n_bars = max(1, -(-max(on + length for on, length, _ in melody) // bar))
    key = str(_abc_key(tune["key"]))
    return {
        "id": f"nottingham/{item}", "source": "nottingham", "meter": tune["meter"], "tempo_qpm": 0.0, "key": key,
        "n_bars": n_bars, "melody": melody, "chords": merge_chords(chords), "doubled": False,
        "phrases": equal_phrases(n_bars, melody, bar, key), "title": tune["title"], "genre": "folk",
        "split": split_of("nottingham" + re.sub(r"\d+$", "", item) + item), "split_group": f"nottingham/{item}",
    }, problems  # fmt: skip


@lru_cache(maxsize=2)
def _tunes(root: Path) -> dict[str, Tune]:
    """Read the ABC headers; the meter that is in force last in the header counts."""
    tunes: dict[str, Tune] = {}
    for path in sorted((root / "ABC_cleaned").glob("*.abc")):
        for text in re.split(r"\n(?=X:)", path.read_text(errors="replace")):
            number = re.search(r"^X:\s*(\d+)", text, re.M)
            header = text.split("|")[0]
            meters, keys = re.findall(r"^M:\s*(\S+)", header, re.M), re.findall(r"^K:\s*(\S+)", header, re.M)
            if number and meters and keys:
                fields = {name: re.search(rf"^{name}:\s*(.*)", text, re.M) for name in ("T", "L")}
                tunes[path.stem + number[1]] = {
                    "meter": meters[-1].replace("C|", "4/4").replace("C", "4/4"), "key": keys[0],
                    "title": fields["T"][1].strip() if fields["T"] else "",
                    "unit": fields["L"][1].strip() if fields["L"] else "1/8",
                    "text": re.split(r"^K:.*$", text, maxsplit=1, flags=re.M)[1],
                }  # fmt: skip
    return tunes


def first_bar_quarters(text: str, unit: str) -> Fraction | None:
    """Add up the quarters before the first bar line of an ABC tune; ``None`` if it cannot be read.

    Examples
    --------
    >>> first_bar_quarters('d/2c/2|"G"B2 A2|', "1/4"), first_bar_quarters('|:"D"af gf|', "1/4")
    (Fraction(1, 1), Fraction(4, 1))
    """
    lines = [line for line in text.splitlines() if line.strip() and not re.match(r"[A-Za-z]:|%", line)]
    music = re.sub(r'"[^"]*"|![^!]*!|\{[^}]*\}|\\|\s', "", "".join(lines)).lstrip("|:[")
    first = music.split("|")[0]
    total, tuplet = Fraction(0), 0
    for match in re.finditer(r"\((\d)|([\^_=]*[A-Ga-gzx][,']*)(\d*)(/*)(\d*)|([<>\[\]])", first):
        if match[6]:
            return None  # broken rhythms and chords do not occur before the first bar line of a clean tune
        if match[1]:
            if match[1] != "3":
                return None
            tuplet = 3
            continue
        length = Fraction(int(match[3] or 1), int(match[5]) if match[5] else 2 ** len(match[4]))
        total += length * (Fraction(2, 3) if tuplet else 1)
        tuplet = max(0, tuplet - 1)
    return total * Fraction(unit) * 4 if total else None


def _abc_key(text: str) -> Key:
    """Read an ABC key."""
    match = re.match(r"([A-G][#b]?)\s*(m|min|dor|mix)?", text)
    if match is None:
        return parse_key("C")
    return key_of(parse_pitch_class(match[1]), "minor" if match[2] in ("m", "min", "dor") else "major")
