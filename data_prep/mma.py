"""The lead sheets played by a band in many styles: arrangement data made with ``mma``.

``python -m data_prep.mma --songs shards/songs.jsonl --out shards/arrangements.jsonl`` writes one
arrangement a line: ``song, style, family, split, meter, tempo_qpm, n_bars, sections [[kind, first
bar, bars, groove]], fills [bars], programs {part: program}, parts {part: [[onset, duration, pitch,
velocity]]}``; times are ticks, 12 to the quarter, pitches sound in the song's own key.

mma (Musical MIDI Accompaniment, Bob van der Poel, GPL) is a tool that runs here and nowhere in the
product; what a program puts out is not covered by its licence, so the arrangements are ours to use.
It is a Debian package: ``apt-get install mma``, or ``--install`` as root.

No lead sheet with a melody is in 12/8; the chords of Billboard serve the band there:
``--sources billboard --meters 12/8``. The run can be stopped and started again: what the output
has already is left as it is. A song that mma refuses costs that one arrangement and is counted in
the report.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from data_prep.mma_boundaries import finish_parts, ground_bass
from data_prep.mma_grooves import grooves_of, track_parts
from data_prep.mma_input import layout_song, mma_text
from data_prep.mma_reader import read_parts
from symbolic_music.styles.style import Style, all_styles, load_style
from symbolic_music.theory.meter import COMMON_METERS, parse_meter

STYLES_PER_SONG = 3
# No style needs more than this many songs while others are short of them.
MOST_SONGS_PER_STYLE = 60
MMA_SECONDS = 60
# Songs handed to the workers at a time.
BATCH = 32
# Lead sheets with a melody.
SOURCES = ("pop909", "openewld", "nottingham")


class MmaError(Exception):
    """mma refused a song; the message is what it said."""


def find_mma(install: bool = False) -> str:
    """Find the mma program.

    Raises
    ------
    FileNotFoundError
        If it is not there; the message says how to get it.
    """
    if install and shutil.which("mma") is None:
        subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", "mma"], check=True)
    program = shutil.which("mma")
    if program is None:
        raise FileNotFoundError("mma is not installed; run: apt-get install mma (or give --install as root)")
    return program


def choose_styles(songs: list[dict], seed: int = 0, per_song: int = STYLES_PER_SONG) -> list[tuple[int, str, float]]:
    """List (song index, style, tempo) in an order whose every beginning is balanced over the styles.

    A song gets the styles of its meter that have the fewest songs so far; a style whose range holds
    the song's own tempo goes before one that does not. A tempo outside a style's range (or unknown)
    is drawn from the range.
    """
    rng = np.random.default_rng(seed)
    counts: Counter[str] = Counter()
    jobs = []
    for index in rng.permutation(len(songs)):
        song = songs[index]
        styles = [s for s in all_styles() if s.fits(song["meter"]) and counts[s.name] < MOST_SONGS_PER_STYLE]
        tempo = song["tempo_qpm"]
        rank = {s.name: counts[s.name] + (0 if s.fits(None, tempo or None) else 2) + rng.random() for s in styles}
        for style in sorted(styles, key=lambda s: rank[s.name])[:per_song]:
            counts[style.name] += 1
            low, high = style.tempo_qpm
            fits = tempo and style.fits(None, tempo)
            jobs.append((int(index), style.name, float(tempo if fits else round(rng.uniform(low, high)))))
    return jobs


def arrange_song(song: dict, style: Style, tempo_qpm: float, folder: Path, program: str = "mma") -> dict:
    """Let mma play one song in one style.

    Parameters
    ----------
    song : a line of songs.jsonl
    style : one that fits the song's meter
    folder : for mma's files

    Raises
    ------
    MmaError
        If mma refuses the song.
    """
    grooves = grooves_of(style.name, song["meter"])
    layout = layout_song(song, grooves)
    source, midi = folder / "song.mma", folder / "song.mid"
    seed = zlib.crc32(f"{song['id']} {style.name}".encode())
    source.write_text(mma_text(song, layout, grooves, seed), encoding="utf-8")
    _run(program, source, midi)
    meter = parse_meter(song["meter"])
    played = parse_meter("4/4") if song["meter"] == "2/4" else meter
    band = style.instruments
    parts = read_parts(midi, played, grooves.beats, track_parts(style.name), band)
    if "bass" in parts:
        parts["bass"] = ground_bass(parts["bass"], song["chords"], meter, band["bass"])
    parts = finish_parts(parts, style, meter, layout.n_bars, layout.fills)
    return {
        "song": song["id"], "style": style.name, "family": style.family, "split": song["split"],
        "meter": song["meter"], "tempo_qpm": tempo_qpm, "n_bars": layout.n_bars,
        "sections": layout.sections, "fills": layout.fills if parts.get("drums") else [],
        "programs": {part: band[part].program for part in parts}, "parts": parts,
    }  # fmt: skip


def _run(program: str, source: Path, midi: Path) -> None:
    """Run mma on one file."""
    midi.unlink(missing_ok=True)
    command = [program, "-w", "-f", str(midi), str(source)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=MMA_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise MmaError(f"no end after {MMA_SECONDS} s") from None
    if not midi.exists():
        said = " ".join((done.stdout + done.stderr).split())
        raise MmaError(said[said.find("ERROR") if "ERROR" in said else 0 :][:160])


def build(out: Path, jobs: list[tuple[int, str, float]], songs: list[dict], program: str, workers: int = 1) -> Counter:
    """Write the arrangements that ``out`` lacks; returns how many, and what failed and why.

    The file is the same whatever the number of workers: threads, each of which waits for its own mma.
    """
    report: Counter[str] = Counter()
    done = set(_present(out))
    out.parent.mkdir(parents=True, exist_ok=True)
    missing = [job for job in jobs if (songs[job[0]]["id"], job[1]) not in done]
    report["already there"] = len(jobs) - len(missing)

    def play(job: tuple[int, str, float]) -> dict | str:
        index, name, tempo = job
        try:
            with tempfile.TemporaryDirectory() as folder:
                return arrange_song(songs[index], load_style(name), tempo, Path(folder), program)
        except (MmaError, KeyError, ValueError, IndexError) as failure:
            return f"failed: {songs[index]['id']} in {name}: {type(failure).__name__} {failure}"

    with out.open("a", encoding="utf-8") as file, ThreadPoolExecutor(workers) as pool:
        # In batches, so that a run stopped early does not first play all that were handed out.
        for start in range(0, len(missing), BATCH):
            for played in pool.map(play, missing[start : start + BATCH]):
                if isinstance(played, str):
                    report[played] += 1
                    continue
                file.write(json.dumps(played, separators=(",", ":")) + "\n")
                file.flush()
                report["written"] += 1
            if sys.stderr.isatty():
                print(f"\r{start + BATCH} of {len(missing)}", end="", file=sys.stderr, flush=True)
    return report


def _present(out: Path) -> Iterator[tuple[str, str]]:
    """List the (song, style) that are written; a last line broken off by a kill is removed first."""
    if not out.exists():
        return
    with out.open("rb+") as file:
        whole = 0
        for line in file:
            if not line.endswith(b"\n"):
                break
            whole += len(line)
            row = json.loads(line)
            yield row["song"], row["style"]
        file.truncate(whole)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--songs", type=Path, default=Path("shards/songs.jsonl"))
    parser.add_argument("--out", type=Path, default=Path("shards/arrangements.jsonl"))
    parser.add_argument("--sources", nargs="+", default=list(SOURCES), help="songs of these sources")
    parser.add_argument("--meters", nargs="+", default=[*COMMON_METERS], choices=COMMON_METERS, help="songs in these")
    parser.add_argument("--styles-per-song", type=int, default=STYLES_PER_SONG, choices=range(1, 9))
    parser.add_argument("--limit", type=int, help="stop after so many arrangements")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="mma programs at a time")
    parser.add_argument("--install", action="store_true", help="install mma with apt-get if it is missing")
    arguments = parser.parse_args()
    try:
        program = find_mma(arguments.install)
    except FileNotFoundError as failure:
        raise SystemExit(str(failure)) from None
    songs = [json.loads(line) for line in arguments.songs.open(encoding="utf-8")]
    songs = [s for s in songs if s["source"] in arguments.sources and s["meter"] in arguments.meters]
    jobs = choose_styles(songs, arguments.seed, arguments.styles_per_song)[: arguments.limit]
    for line, count in sorted(build(arguments.out, jobs, songs, program, arguments.workers).items()):
        print(f"{count:6d}  {line}")


if __name__ == "__main__":
    main()
