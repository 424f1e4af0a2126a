"""People's multi-track pieces as songs and as arrangements.

``python -m data_prep.pieces --dataset dataset --songs shards/bands.jsonl
--arrangements shards/pieces_arrangements.jsonl``

``read_piece`` turns a MIDI file into a song of the dataset: tracks on bars (``data_prep.piece_tracks``), phrases
and keys (``data_prep.piece_form``), a part for each role (``data_prep.piece_roles``), chords estimated from all pitched
tracks, changing at half bars at the earliest (``data_prep.harmony``). Its melody and line make it a song like others;
its band's parts, a piano among them, make it an arrangement as ``data_prep.mma`` writes them, so that
``data_prep.band_examples`` reads both.

Rules
-----
- *One voice.* Melody and line are their track's highest voice, the bass its lowest.
- *Style.* By the instruments, from a table (``style_of``); what fits none of its rows is played as ``any``.
- *Fills.* The bars before a phrase whose second half has ``FILL_STROKES`` full strokes on snare and toms, and
  ``FILL_EXCESS`` more than the phrase's other bars have in the median.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from data_prep.dataset import iter_rows, iter_songs
from data_prep.harmony import HALF_BAR_CHANGES, estimate_chords
from data_prep.piece_form import keys_of, letters_of, phrase_starts, sections_of
from data_prep.piece_roles import assign_roles
from data_prep.piece_tracks import Row, Tracks, read_tracks
from data_prep.songs import NoteRow, top_line
from symbolic_music.errors import FileFormatError
from symbolic_music.styles.style import load_style
from symbolic_music.theory.drumming import SNARE, TOMS, ghost_limit, mark_ghosts
from symbolic_music.theory.meter import Meter, parse_meter

PIECE_SOURCES = ("freedoom", "th_free_music", "game_music")
# What a piece is read with, for the fingerprint of a build.
PIECE_CODE = ("piece*.py", "harmony.py")
MIN_BARS, MIN_NOTES = 16, 64
FILL_STROKES, FILL_EXCESS = 4, 2
# Share of the struck notes that a group of instruments must have to make the style.
LOUD_GUITARS, SINGLE_SYNTHS, ORCHESTRAL = 0.15, 0.5, 0.5
METAL_QPM = 140
LEAD_PARTS = ("melody", "line")


def read_piece(
    score: Any,
    problems: Counter[str],
    min_bars: int = MIN_BARS,
    min_notes: int = MIN_NOTES,
    ticks_per_quarter: float | None = None,
    qpm: float | None = None,
) -> dict:
    """Turn a symusic score into the musical columns of a song.

    Parameters
    ----------
    score : symusic.core.ScoreTick
    problems : Counter
        What was assumed or left out is counted here.
    min_bars, min_notes : int
        What is shorter is refused.
    ticks_per_quarter, qpm : float, optional
        The real beat and tempo where the file does not hold them.

    Returns
    -------
    dict
        ``meter, tempo_qpm, key, n_bars, doubled, phrases, chords, chords_from, parts``.

    Raises
    ------
    FileFormatError
        If the piece is too short, in no meter of ours, or off the grid.
    """
    tracks = read_tracks(score, problems, ticks_per_quarter, qpm)
    n_notes = sum(len(voice.rows) for voice in tracks.voices)
    if tracks.n_bars < min_bars or n_notes < min_notes:
        raise FileFormatError(f"{tracks.n_bars} bars and {n_notes} notes; {min_bars} and {min_notes} are needed")
    starts = phrase_starts(tracks)
    roles = assign_roles(tracks, starts)
    keys = keys_of(tracks, starts)
    sung = ["melody" in part for part in roles]
    phrases = [
        [letter, start, end - start, has_melody, section, key]
        for letter, start, end, has_melody, section, key in zip(
            letters_of(tracks, starts), starts, starts[1:], sung, sections_of(sung), keys, strict=False
        )
    ]
    parts = [_part(tracks, starts, roles, name) for name in sorted({name for phrase in roles for name in phrase})]
    song = {"meter": str(tracks.meter), "n_bars": tracks.n_bars, "phrases": phrases}
    return song | {
        "tempo_qpm": tracks.tempo_qpm, "key": Counter(keys).most_common(1)[0][0], "doubled": tracks.is_doubled,
        "chords": _chords(song, tracks), "chords_from": "estimate", "parts": parts,
    }  # fmt: skip


def _chords(song: dict, tracks: Tracks) -> list:
    """Estimate the chords from all pitched tracks."""
    pitched = [row[:3] for voice in tracks.voices if not voice.is_drum for row in voice.rows]
    return estimate_chords(song | {"melody": [], "piano": pitched}, HALF_BAR_CHANGES)


def _part(tracks: Tracks, starts: Sequence[int], roles: Sequence[dict[str, int]], name: str) -> dict:
    """Join what the tracks of a part play in their phrases; the program is that of the busiest."""
    bar = tracks.meter.bar_ticks
    rows: list[Row] = []
    busy: Counter[int] = Counter()
    for start, end, phrase in zip(starts, starts[1:], roles, strict=False):
        if name in phrase:
            voice = tracks.voices[phrase[name]]
            own = [(on, min(length, tracks.n_bars * bar - on), *rest)
                   for on, length, *rest in voice.between(start * bar, end * bar)]  # fmt: skip
            rows += _one_voice(own, name)
            busy[voice.program] += len(own)
    columns = [list(column) for column in zip(*rows, strict=True)]
    return {
        "part": name, "role": name, "program": busy.most_common(1)[0][0], "is_drum": name == "drums",
        "onset_tick": columns[0], "duration_tick": columns[1], "pitch": columns[2], "velocity": columns[3],
        "offset_tick480": [],
    }  # fmt: skip


def _one_voice(rows: list, name: str) -> list[Row]:
    """Take a lead's highest voice, a bass's lowest; other parts keep all notes."""
    if name not in (*LEAD_PARTS, "bass"):
        return rows
    sign = -1 if name == "bass" else 1
    velocity = {(on, pitch): loud for on, _, pitch, loud in rows}
    voice: list[NoteRow] = top_line([(on, length, sign * pitch) for on, length, pitch, _ in rows])
    return [(on, length, sign * pitch, velocity[on, sign * pitch]) for on, length, pitch in voice]


def arrangement_of(row: dict) -> dict:
    """Make the arrangement of a dataset row of one of ``PIECE_SOURCES``.

    Returns
    -------
    dict
        As ``data_prep.mma`` writes them, and its source: ``song, source, style, family, split, meter, tempo_qpm,
        n_bars, sections, fills, programs, parts``; parts without melody and line, which the song itself holds.
    """
    parts = {
        part["part"]: [list(note) for note in zip(
            part["onset_tick"], part["duration_tick"], part["pitch"], part["velocity"], strict=True)]
        for part in row["parts"] if part["part"] not in LEAD_PARTS
    }  # fmt: skip
    style = style_of(row)
    meter = parse_meter(row["meter"])
    return {
        "song": row["id"], "source": row["source"], "style": style,
        "family": load_style(style).family if style != "any" else "any", "split": row["split"], "meter": row["meter"],
        "tempo_qpm": row["tempo_qpm"], "n_bars": row["n_bars"],
        "sections": [[phrase["section"], phrase["start_bar"], phrase["n_bars"], style] for phrase in row["phrases"]],
        "fills": fill_bars(parts.get("drums", []), row["phrases"], meter),
        "programs": {part["part"]: part["program"] for part in row["parts"] if part["part"] in parts}, "parts": parts,
    }  # fmt: skip


def fill_bars(drums: Sequence, phrases: Sequence[dict], meter: Meter) -> list[int]:
    """List the last bars of phrases in which the drums fill."""
    half = meter.bar_ticks // 2
    strokes: Counter[int] = Counter()
    for on, _, drum, _ in mark_ghosts(drums, ghost_limit(drums)):
        strokes[on // meter.bar_ticks] += on % meter.bar_ticks >= half and drum in (SNARE, *TOMS)
    fills = []
    for phrase in phrases:
        last = phrase["start_bar"] + phrase["n_bars"] - 1
        others = [strokes[bar] for bar in range(phrase["start_bar"], last)]
        if others and strokes[last] >= FILL_STROKES and strokes[last] >= median(others) + FILL_EXCESS:
            fills.append(last)
    return fills


def style_of(row: dict) -> str:
    """Name a piece's style among ours by its instruments; ``any`` where the table below has no row for them.

    In this order: distorted guitars with drums are metal from ``METAL_QPM`` on, else hard rock; orchestral
    instruments are cinematic, as a march if the title says so; lead synthesizers alone are chiptune, with pads and
    synthesizer basses and drums synthwave; a piano called honky-tonk plays ragtime.
    """
    counts: Counter[str] = Counter()
    for part in row["parts"]:
        counts[_sound(part["program"], part["is_drum"])] += len(part["pitch"])
    pitched = max(1, sum(counts.values()) - counts["drums"])
    share = {name: count / pitched for name, count in counts.items()}
    synths = share.get("square", 0) + share.get("synth", 0)
    if share.get("loud guitar", 0) >= LOUD_GUITARS and counts["drums"]:
        style = "metal" if row["tempo_qpm"] >= METAL_QPM else "hard rock"
    elif "march" in row["title"].lower():
        style = "march"
    elif share.get("orchestra", 0) >= ORCHESTRAL:
        style = "cinematic"
    elif share.get("square", 0) >= SINGLE_SYNTHS:
        style = "chiptune"
    elif synths >= SINGLE_SYNTHS and counts["drums"]:
        style = "synthwave"
    else:
        style = "ragtime" if share.get("honky-tonk", 0) > 0.5 else "any"
    return style if style != "any" and load_style(style).fits(row["meter"]) else "any"


def _sound(program: int, is_drum: bool) -> str:
    """Name the group of sounds that a program belongs to."""
    if is_drum:
        return "drums"
    groups = ((3, 4, "honky-tonk"), (29, 32, "loud guitar"), (38, 40, "synth"), (50, 52, "synth"),
              (40, 56, "orchestra"), (56, 62, "orchestra"), (62, 64, "synth"), (68, 80, "orchestra"),
              (80, 81, "square"), (81, 104, "synth"))  # fmt: skip
    return next((name for first, last, name in groups if first <= program < last), "other")


def write_pieces(dataset: Path, songs: Path, arrangements: Path) -> Counter[str]:
    """Write all pieces of a dataset as songs and as arrangements, one a line; returns how many of which style."""
    for path in (songs, arrangements):
        path.parent.mkdir(parents=True, exist_ok=True)
    _write_lines(songs, iter_songs(dataset, PIECE_SOURCES))
    rows = [arrangement_of(row) for source in PIECE_SOURCES for row in iter_rows(dataset, source)]
    _write_lines(arrangements, iter(rows))
    return Counter(row["style"] for row in rows)


def _write_lines(path: Path, rows: Iterator[dict]) -> None:
    """Write JSON lines atomically."""
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, separators=(",", ":")) + "\n")
    temporary.replace(path)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--dataset", type=Path, default=Path("dataset"))
    parser.add_argument("--songs", type=Path, default=Path("shards/bands.jsonl"))
    parser.add_argument("--arrangements", type=Path, default=Path("shards/pieces_arrangements.jsonl"))
    arguments = parser.parse_args()
    counts = write_pieces(arguments.dataset, arguments.songs, arguments.arrangements)
    print(f"{counts.total()} pieces: " + ", ".join(f"{style} {count}" for style, count in counts.most_common()))


if __name__ == "__main__":
    main()
