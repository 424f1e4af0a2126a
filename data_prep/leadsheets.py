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
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np

from data_prep.piano import read_piano
from data_prep.readers import billboard, openewld
from data_prep.songs import chord_from_pitches, equal_phrases, merge_chords, monophonic, split_of
from symbolic_music.errors import SymbolicMusicError
from symbolic_music.theory.chord import quality_of
from symbolic_music.theory.key import key_of, parse_key
from symbolic_music.theory.meter import TPQ, snap_to_grid
from symbolic_music.theory.pitch import parse_pitch_class

SIXTEENTHS_SHARE = 0.2
HALF_TEMPO_QPM = 100
# Versions of one song in POP909 stay on one side of the split.
SAME_SONGS = {"103": "101", "805": "262", "666": "492"}


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
    chords = [(tick + shift, *chord_from_pitches(pitches)) for tick, pitches in sorted(by_onset.items())]
    melody = monophonic([(start + shift, end + shift, pitch) for start, end, pitch in raw])
    n_bars = max(1, -(-max(on + length for on, length, _ in melody) // bar))
    key = _abc_key(key_text)
    phrases = equal_phrases(n_bars, melody, bar, str(key))
    return {
        "id": f"nottingham/{name}", "source": "nottingham", "meter": meter, "tempo_qpm": 0.0, "key": str(key),
        "n_bars": n_bars, "melody": melody, "chords": merge_chords(chords), "phrases": phrases,
        "doubled": False, "split": split_of("nottingham" + re.sub(r"\d+$", "", name) + name),
    }  # fmt: skip


def _abc_key(text: str) -> object:
    """Read an ABC key (modes other than minor become their relative major's)."""
    match = re.match(r"([A-G][#b]?)\s*(m|min|dor|mix)?", text)
    if match is None:
        return parse_key("C")
    return key_of(parse_pitch_class(match[1]), "minor" if match[2] in ("m", "min", "dor") else "major")


def _reader(module: ModuleType) -> Callable[[Path, Counter[str]], Iterator[dict]]:
    """Read all songs of a source module, problems counted."""

    def read(root: Path, problems: Counter[str]) -> Iterator[dict]:
        for item in module.list_items(root.parent):
            try:
                song, found = module.read_item(root.parent, item)
            except (SymbolicMusicError, ValueError, KeyError, OSError) as failure:
                problems[f"{root.name}: {item}: {failure}"] += 1
                continue
            problems.update({f"{root.name}: {what}": count for what, count in found.items()})
            yield song

    return read


read_openewld = _reader(openewld)
read_billboard = _reader(billboard)
READERS = {
    "pop909": ("pop909_structure/POP909", read_pop909),
    "openewld": ("openewld", read_openewld),
    "nottingham": ("nottingham", read_nottingham),
    "billboard": ("billboard", read_billboard),
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
