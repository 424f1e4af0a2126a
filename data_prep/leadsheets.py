"""Lead sheets from POP909, OpenEWLD and Nottingham as plain songs.

``python -m data_prep.leadsheets --data DIR --out FILE`` writes one JSON song a line:
``id, source, meter, tempo_qpm, key, n_bars, melody [[onset, duration, pitch]],
chords [[onset, root, quality, bass]], phrases [[letter, start_bar, n_bars, sung,
section, key]], split``; times are ticks, 12 to the quarter.

The beat level: POP909's tempo is often half the felt one. A song is written at
double its tempo (every value doubled) when more than ``SIXTEENTHS_SHARE`` of its
melody onsets fall on odd sixteenths and its tempo is below ``HALF_TEMPO_QPM``:
sung pop moves in eighths at the felt level.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from data_prep.piano import read_piano
from symbolic_music.errors import NotationError
from symbolic_music.theory.chord import QUALITIES, parse_quality, quality_of
from symbolic_music.theory.key import key_of, parse_key
from symbolic_music.theory.meter import TPQ, snap_to_grid
from symbolic_music.theory.pitch import parse_pitch_class

SIXTEENTHS_SHARE = 0.2
HALF_TEMPO_QPM = 100
VALIDATION_SHARE = 0.08
# Versions of one song in POP909 stay on one side of the split.
SAME_SONGS = {"103": "101", "805": "262", "666": "492"}


def split_of(name: str) -> str:
    """Assign a song to train or validation by the hash of its name."""
    digest = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
    return "validation" if digest < VALIDATION_SHARE else "train"


def read_pop909(root: Path, problems: Counter[str]) -> Iterator[dict]:
    """Read POP909's structure text: quantised melody, chords, human phrase labels."""
    for folder in sorted(path for path in root.glob("*") if path.is_dir()):
        try:
            song = _pop909_song(folder)
        except (ValueError, OSError, IndexError) as failure:
            problems[f"pop909: {type(failure).__name__}: {str(failure)[:60]}"] += 1
            continue
        if song is None:
            problems["pop909: no label fits the chords within a bar"] += 1
            continue
        yield song


def _pop909_song(folder: Path) -> dict | None:
    """Read one song, at the felt beat level."""
    chords, end_quarter = _pop909_chords(folder / "finalized_chord.txt")
    melody = _pop909_melody(folder / "melody.txt")
    tempo = float((folder / "tempo.txt").read_text().split()[0])
    keys = [parse_key(line.replace(":", " ")) for line in (folder / "analyzed_key.txt").read_text().split()]
    for beats in (4, 3):
        n_bars = round(end_quarter / beats)
        labels = [_parse_label((folder / f"human_label{n}.txt").read_text()) for n in (1, 2)]
        fitting = [label for label in labels if abs(sum(n for _, n in label) - end_quarter / beats) <= 1]
        if fitting:
            break
    else:
        return None
    label = fitting[0]
    n_bars = sum(n for _, n in label)
    bar = beats * TPQ
    melody = [(on, min(length, n_bars * bar - on), pitch) for on, length, pitch in melody if on < n_bars * bar]
    chords = [chord for chord in chords if chord[0] < n_bars * bar]
    double = tempo < HALF_TEMPO_QPM and _odd_sixteenths(melody) > SIXTEENTHS_SHARE
    song = {
        "id": f"pop909/{folder.name}", "source": "pop909", "meter": f"{beats}/4", "tempo_qpm": tempo,
        "key": str(keys[0]), "n_bars": n_bars, "melody": melody, "chords": chords,
        "phrases": _phrase_rows(label, melody, chords, bar, keys), "doubled": False,
        "split": split_of(SAME_SONGS.get(folder.name, folder.name)),
    }  # fmt: skip
    song = double_beat_level(song) if double else song
    midi = folder.parents[2] / "pop909" / "POP909" / folder.name / f"{folder.name}.mid"
    return song | {"piano": read_piano(midi, song["melody"], 2 if double else 1) if midi.exists() else []}


def double_beat_level(song: dict) -> dict:
    """Write a song at twice its tempo with every value doubled: each bar becomes two."""
    return song | {
        "tempo_qpm": song["tempo_qpm"] * 2, "n_bars": song["n_bars"] * 2, "doubled": True,
        "melody": [(on * 2, length * 2, pitch) for on, length, pitch in song["melody"]],
        "chords": [(chord[0] * 2, *chord[1:]) for chord in song["chords"]],
        "phrases": [[p[0], p[1] * 2, p[2] * 2, *p[3:]] for p in song["phrases"]],
    }  # fmt: skip


def _odd_sixteenths(melody: list[tuple[int, int, int]]) -> float:
    """Share of onsets on odd sixteenths."""
    return float(np.mean([on % 6 == 3 for on, _, _ in melody])) if melody else 0.0


def _parse_label(text: str) -> list[tuple[str, int]]:
    """Read a label such as ``i4A4B8`` into letters and lengths."""
    return [(letter, int(length)) for letter, length in re.findall(r"([A-Za-z])(\d+)", text)]


def _pop909_melody(path: Path) -> list[tuple[int, int, int]]:
    """Read ``pitch duration`` rows (sixteenths; pitch 0 rests)."""
    notes, tick = [], 0
    for line in path.read_text().splitlines():
        if line.strip():
            pitch, length = (int(x) for x in line.split()[:2])
            if pitch:
                notes.append((tick, length * 3, pitch))
            tick += length * 3
    return notes


def _pop909_chords(path: Path) -> tuple[list[tuple[int, int, str, int]], float]:
    """Read ``name [tones] root duration`` rows; returns chords and the length in quarters."""
    chords, tick = [], 0
    for line in path.read_text(errors="replace").splitlines():
        match = re.match(r"(\S+)\s*.*?\[([\d, ]*)\]\s*(.*)$", line)
        if match is None:
            continue
        numbers = match[3].split()
        tones = [int(x) for x in match[2].replace(",", " ").split()]
        if match[1] != "N" and tones and len(numbers) >= 2:
            root = int(numbers[0])
            bass = _bass_of(match[1], root)
            quality = quality_of(frozenset((tone - root) % 12 for tone in tones))
            row = (tick, root, quality, bass)
            if not chords or chords[-1][1:] != row[1:]:
                chords.append(row)
        tick += round(float(numbers[-1]) * TPQ) if numbers else 0
    return chords, tick / TPQ


_DEGREES = {"1": 0, "2": 2, "b3": 3, "3": 4, "4": 5, "b5": 6, "5": 7, "#5": 8, "6": 9, "b7": 10, "7": 11, "9": 2}


def _bass_of(name: str, root: int) -> int:
    """Find the bass of ``B:maj/3``."""
    degree = name.rpartition("/")[2] if "/" in name else "1"
    return (root + _DEGREES.get(degree, 0)) % 12


def _phrase_rows(label: list[tuple[str, int]], melody: list, chords: list, bar: int, keys: list) -> list[list]:
    """Turn a label into phrase rows with section kinds and keys."""
    spans, start = [], 0
    for letter, n_bars in label:
        spans.append((letter, start, n_bars))
        start += n_bars
    kinds = infer_sections(spans, melody, bar)
    return [
        [letter, at, n, letter.isupper(), kind, str(_best_key(keys, melody, chords, at * bar, (at + n) * bar))]
        for (letter, at, n), kind in zip(spans, kinds, strict=True)
    ]


def infer_sections(spans: list[tuple[str, int, int]], melody: list, bar: int) -> list[str]:
    """Name each labelled phrase a verse, chorus, bridge …

    The rule: of the sung letters that occur at least twice, the chorus is the one
    with the highest sum of mean pitch (in units of 3 semitones), density (notes a
    bar) / 2, and share of the occurrences / 0.3, unless it opens the song; X and
    letters heard once after the first chorus are bridges; all other sung letters
    are verses; i, o and other lower case are intro, outro, interlude.
    """
    letters = Counter(letter for letter, _, _ in spans if letter.isupper() and letter != "X")
    first_sung = next((letter for letter, _, _ in spans if letter.isupper()), "")

    def lift(letter: str) -> float:
        inside = [
            note
            for other, at, n_bars in spans
            if other == letter
            for note in melody
            if at * bar <= note[0] < (at + n_bars) * bar
        ]
        bars = sum(n for other, _, n in spans if other == letter)
        pitch = float(np.mean([n[2] for n in inside])) if inside else 0.0
        return pitch / 3 + len(inside) / bars / 2 + letters[letter] / sum(letters.values()) / 0.3

    returning = [letter for letter in letters if letters[letter] > 1 and letter != first_sung]
    chorus = max(returning, key=lift) if returning else None
    kinds, chorus_seen = [], False
    for index, (letter, _, _) in enumerate(spans):
        chorus_seen = chorus_seen or letter == chorus
        if letter == "i" or (index == 0 and letter.islower()):
            kinds.append("intro" if index < 2 else "interlude")
        elif letter == "o":
            kinds.append("outro")
        elif letter.islower():
            kinds.append("interlude")
        elif letter == chorus:
            kinds.append("chorus")
        elif letter == "X" or (letters[letter] == 1 and chorus_seen):
            kinds.append("bridge")
        else:
            kinds.append("verse")
    return kinds


def _best_key(keys: list, melody: list, chords: list, start: int, end: int) -> object:
    """Choose among a song's keys the one whose scale holds most of a span's notes and roots."""
    if len(keys) == 1:
        return keys[0]
    heard = [n[2] % 12 for n in melody if start <= n[0] < end] + [c[1] for c in chords if start <= c[0] < end]
    return max(keys, key=lambda key: sum(pc in key.pitch_classes for pc in heard))


def read_nottingham(root: Path, problems: Counter[str]) -> Iterator[dict]:
    """Read Nottingham's MIDI (repeats written out); meter and key come from the ABC."""
    import symusic

    for meter, key, name in _nottingham_tunes(root):
        path = root / "MIDI" / f"{name}.mid"
        if meter not in ("4/4", "3/4", "6/8", "2/4") or not path.exists():
            problems[f"nottingham: left out, meter {meter}" if path.exists() else "nottingham: no MIDI"] += 1
            continue
        score = symusic.Score(str(path))
        if len(score.tracks) < 2 or not len(score.tracks[0].notes):
            problems["nottingham: no chord track"] += 1
            continue
        yield _nottingham_song(score, meter, key, name)


def _nottingham_tunes(root: Path) -> Iterator[tuple[str, str, str]]:
    """List (meter, key, id) from the ABC headers; the meter in force last in the header counts."""
    for path in sorted((root / "ABC_cleaned").glob("*.abc")):
        for tune in re.split(r"\n(?=X:)", path.read_text(errors="replace")):
            number = re.search(r"^X:\s*(\d+)", tune, re.M)
            header = tune.split("|")[0]
            meters, keys = re.findall(r"^M:\s*(\S+)", header, re.M), re.findall(r"^K:\s*(\S+)", header, re.M)
            if number and meters and keys:
                yield meters[-1].replace("C|", "4/4").replace("C", "4/4"), keys[0], path.stem + number[1]


def _nottingham_song(score: object, meter: str, key_text: str, name: str) -> dict:
    """Quantise one tune; the bar line is where most chords begin (tunes start with pickups)."""
    scale = TPQ / score.ticks_per_quarter  # type: ignore[attr-defined]
    beats, unit = (int(x) for x in meter.split("/"))
    bar = beats * TPQ * 4 // unit
    raw = [(n.time * scale, n.end * scale, n.pitch) for n in score.tracks[0].notes]  # type: ignore[attr-defined]
    by_onset: dict[int, list[int]] = {}
    for note in score.tracks[1].notes:  # type: ignore[attr-defined]
        by_onset.setdefault(snap_to_grid(note.time * scale), []).append(note.pitch)
    offset = Counter(tick % bar for tick in by_onset).most_common(1)[0][0] if by_onset else 0
    shift = (bar - offset) % bar
    chords = [(tick + shift, *_chord_from_pitches(pitches)) for tick, pitches in sorted(by_onset.items())]
    melody = _monophonic([(start + shift, end + shift, pitch) for start, end, pitch in raw])
    n_bars = max(1, -(-max(on + length for on, length, _ in melody) // bar))
    key = _abc_key(key_text)
    phrases = _equal_phrases(n_bars, melody, chords, bar, str(key))
    return {
        "id": f"nottingham/{name}", "source": "nottingham", "meter": meter, "tempo_qpm": 0.0, "key": str(key),
        "n_bars": n_bars, "melody": melody, "chords": _merge_chords(chords), "phrases": phrases,
        "doubled": False, "split": split_of("nottingham" + re.sub(r"\d+$", "", name) + name),
    }  # fmt: skip


def _abc_key(text: str) -> object:
    """Read an ABC key (modes other than minor become their relative major's)."""
    match = re.match(r"([A-G][#b]?)\s*(m|min|dor|mix)?", text)
    if match is None:
        return parse_key("C")
    return key_of(parse_pitch_class(match[1]), "minor" if match[2] in ("m", "min", "dor") else "major")


def _chord_from_pitches(pitches: list[int]) -> tuple[int, str, int]:
    """Name a block chord: the root that gives the plainest quality, the lowest note as bass."""
    classes = {pitch % 12 for pitch in pitches}
    bass = min(pitches) % 12
    order = {quality: index for index, quality in enumerate(QUALITIES)}

    def cost(root: int) -> tuple[int, int]:
        intervals = frozenset((pc - root) % 12 for pc in classes)
        quality = quality_of(intervals)
        return len(frozenset(QUALITIES[quality][0]) ^ intervals) * 4 + (root != bass), order[quality]

    root = min(classes, key=cost)
    return root, quality_of(frozenset((pc - root) % 12 for pc in classes)), bass


def _monophonic(raw: list[tuple[float, float, int]]) -> list[tuple[int, int, int]]:
    """Quantise notes to the grid; of notes that begin together the highest stays, overlaps are cut."""
    top: dict[int, tuple[int, int]] = {}
    for start, end, pitch in raw:
        on, off = snap_to_grid(start), snap_to_grid(end)
        if off > on and (on not in top or pitch > top[on][1]):
            top[on] = (off, pitch)
    onsets = sorted(top)
    following = [*onsets[1:], 1 << 30]
    return [(on, min(top[on][0], nxt) - on, top[on][1]) for on, nxt in zip(onsets, following, strict=True)]


def _merge_chords(chords: list[tuple[int, int, str, int]]) -> list[tuple[int, int, str, int]]:
    """Drop chords that only restate the one before, and later ones at the same tick."""
    merged: list[tuple[int, int, str, int]] = []
    for row in sorted(chords, key=lambda c: c[0]):
        if merged and (merged[-1][1:] == row[1:] or merged[-1][0] == row[0]):
            continue
        merged.append(row)
    return merged


def _equal_phrases(n_bars: int, melody: list, chords: list, bar: int, key: str) -> list[list]:
    """Cut a tune without labels into 8-bar phrases; equal music (3 of 4 notes) gets equal letters."""
    rows: list[list] = []
    seen: list[tuple[str, frozenset]] = []
    for start in range(0, n_bars, 8):
        length = min(8, n_bars - start)
        inside = frozenset((n[0] - start * bar, n[2]) for n in melody if start * bar <= n[0] < (start + length) * bar)
        letter = next((name for name, notes in seen if len(notes & inside) >= 0.75 * max(1, len(notes | inside))), None)
        if letter is None:
            letter = chr(ord("A") + min(len(seen), 25))
            seen.append((letter, inside))
        rows.append([letter, start, length, bool(inside), "any", key])
    return rows


def read_openewld(root: Path, problems: Counter[str]) -> Iterator[dict]:
    """Read OpenEWLD's lead sheets as written (repeats not expanded)."""
    for path in sorted((root / "dataset").rglob("*.mxl")):
        try:
            song = _mxl_song(path)
        except (ElementTree.ParseError, zipfile.BadZipFile, NotationError, ValueError, KeyError) as failure:
            problems[f"openewld: {type(failure).__name__}"] += 1
            continue
        if song is None:
            problems["openewld: left out, meter or too few notes"] += 1
            continue
        yield song


def _mxl_song(path: Path) -> dict | None:
    """Read one compressed MusicXML lead sheet."""
    with zipfile.ZipFile(path) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".xml") and "META" not in n)
        root = ElementTree.fromstring(archive.read(name))
    part = root.find("part")
    if part is None:
        return None
    meter, fifths, mode = _mxl_signature(part)
    if meter not in ("4/4", "3/4", "2/4", "6/8", "12/8"):
        return None
    beats, unit = (int(x) for x in meter.split("/"))
    bar = beats * TPQ * 4 // unit
    melody, chords, n_bars = _mxl_bars(part, bar)
    if len(melody) < 16:
        return None
    melody = _monophonic([(float(on), float(on + length), pitch) for on, length, pitch in melody])
    melody = [(on, min(length, n_bars * bar - on), pitch) for on, length, pitch in melody if on < n_bars * bar]
    key = _key_from_fifths(fifths, mode, melody)
    ident = "openewld/" + "/".join(path.parts[-3:-1])
    return {
        "id": ident, "source": "openewld", "meter": meter, "tempo_qpm": 0.0, "key": key, "n_bars": n_bars,
        "melody": melody, "chords": _merge_chords(chords), "doubled": False, "split": split_of(ident),
        "phrases": _equal_phrases(n_bars, melody, chords, bar, key),
    }  # fmt: skip


def _mxl_signature(part: ElementTree.Element) -> tuple[str, int, str | None]:
    """Find the first meter (2/2 is read as 4/4) and key signature."""
    beats, unit = part.findtext(".//time/beats", "4"), part.findtext(".//time/beat-type", "4")
    meter = "4/4" if (beats, unit) == ("2", "2") else f"{beats}/{unit}"
    return meter, int(part.findtext(".//key/fifths", "0")), part.findtext(".//key/mode")


def _mxl_bars(part: ElementTree.Element, bar: int) -> tuple[list, list, int]:
    """Walk through the bars; a first bar that is too short is a pickup and stands at its bar's end."""
    divisions, notes, chords = 1, [], []
    bars = part.findall("measure")
    for number, measure in enumerate(bars):
        divisions = int(measure.findtext("attributes/divisions", str(divisions)))
        ticks = TPQ / divisions
        lengths = [int(n.findtext("duration", "0")) for n in measure.findall("note") if n.find("chord") is None]
        full = sum(lengths) * ticks
        cursor = number * bar + (bar - full if number == 0 and full < bar else 0.0)
        for item in measure:
            if item.tag == "harmony":
                chord = _mxl_harmony(item)
                if chord is not None:
                    chords.append((snap_to_grid(cursor), *chord))
            elif item.tag in ("backup", "forward"):
                cursor += int(item.findtext("duration", "0")) * ticks * (1 if item.tag == "forward" else -1)
            elif item.tag == "note" and item.find("grace") is None:
                length = int(item.findtext("duration", "0")) * ticks
                _add_mxl_note(notes, item, cursor, length)
                cursor += 0 if item.find("chord") is not None else length
    return notes, chords, len(bars)


def _add_mxl_note(notes: list, item: ElementTree.Element, cursor: float, length: float) -> None:
    """Append a note, or lengthen the last one if this continues its tie."""
    step = item.findtext("pitch/step")
    if step is None or item.find("chord") is not None:
        return
    alter, octave = int(float(item.findtext("pitch/alter", "0"))), int(item.findtext("pitch/octave", "4"))
    pitch = parse_pitch_class(step) + alter + 12 * (octave + 1)
    tied = any(tie.get("type") == "stop" for tie in item.findall("tie"))
    if tied and notes and notes[-1][2] == pitch:
        notes[-1] = (notes[-1][0], notes[-1][1] + length, pitch)
    else:
        notes.append((cursor, length, pitch))


_KINDS = {row[2]: quality for quality, row in reversed(QUALITIES.items())}


def _mxl_harmony(item: ElementTree.Element) -> tuple[int, str, int] | None:
    """Read a harmony element."""
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


def _key_from_fifths(fifths: int, mode: str | None, melody: list) -> str:
    """Name the key of a signature; without a mode, the last note decides between major and relative minor."""
    major = fifths * 7 % 12
    minor = (major + 9) % 12
    last = melody[-1][2] % 12
    is_minor = mode == "minor" or (mode is None and last == minor)
    return str(key_of(minor, "minor") if is_minor else key_of(major, "major"))


READERS = {
    "pop909": ("pop909_structure/POP909", read_pop909),
    "openewld": ("openewld", read_openewld),
    "nottingham": ("nottingham", read_nottingham),
}


def build(data: Path, out: Path, sources: list[str]) -> Counter[str]:
    """Read the sources and write one song a line; returns what was left out and why."""
    problems: Counter[str] = Counter()
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8") as file:
        for source in sources:
            folder, reader = READERS[source]
            count = 0
            for song in reader(data / folder, problems):
                file.write(json.dumps(song) + "\n")
                count += 1
            problems[f"{source}: songs read"] = count
    return problems


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with the unpacked sources")
    parser.add_argument("--out", type=Path, default=Path("shards/songs.jsonl"))
    parser.add_argument("--sources", nargs="+", choices=sorted(READERS), default=sorted(READERS))
    arguments = parser.parse_args()
    for problem, count in sorted(build(arguments.data, arguments.out, arguments.sources).items()):
        print(f"{count:6d}  {problem}")


if __name__ == "__main__":
    main()
