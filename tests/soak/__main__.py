"""Song after song in one process: `python -m tests.soak --briefs 2000`.

Each brief, drawn by chance, is made into a song, checked against what it asked for, exported in every format and
loaded again by the libraries that read these, imported from its MIDI file, and exported again. The memory that is
held must not grow, and no song may take longer than others of its length.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from symbolic_music.errors import SymbolicMusicError
from symbolic_music.formats.midi import read_midi, write_midi
from symbolic_music.pipeline.creation import CreateOptions, Song, create, load_song
from symbolic_music.pipeline.reimport import import_song
from symbolic_music.pipeline.song_export import FORMATS, SongExportOptions, export_song
from symbolic_music.song.brief import Brief
from symbolic_music.song.notes import rows_of
from tests.pipeline import programs
from tests.soak.briefs import broken_promises, draw_brief
from tests.wild.identity import differences

MOST_GROWTH_MB = 96
# Songs that fill the caches: style files, verovio's fonts.
WARM_UP = 20
EXPORTED = tuple(name for name in FORMATS if name not in ("pdf", "png", "wav", "mp3", "kar", "lrc"))


def soak_one(number: int, seed: int, folder: Path) -> str:
    """Take one brief through everything; say ``"song"`` or why it was refused.

    Raises
    ------
    AssertionError
        If a promise is broken.
    """
    try:
        brief = Brief(**draw_brief(number, seed))  # type: ignore[arg-type]
        song = create(brief, folder / "song", CreateOptions(audio="none", candidates=1))
    except SymbolicMusicError as refusal:
        assert str(refusal).strip() and "\n" not in str(refusal), refusal
        return type(refusal).__name__
    broken = broken_promises(brief, song)
    assert not broken, broken
    _check_exports(song, folder)
    found = differences(folder / "song" / "song.mid", folder)
    assert not found, found
    return "song"


def _check_exports(song: Song, folder: Path) -> None:
    """Check what is saved, exported, imported and exported again: always the same notes."""
    saved = load_song(folder / "song")
    assert saved.plan == song.plan
    # Bars of other formats hold what was written; the MIDI file holds all.
    export_song(folder / "song", EXPORTED, folder / "out", SongExportOptions(audio="none"))
    counts = programs.check_all(folder / "song", folder / "out")
    assert counts["midi"] == counts["stems"] == counts["rpp"] == counts["dawproject"], counts
    assert counts["abc"] == counts["musicxml"] == counts["svg"] == len(saved.lead_sheet.melody), counts
    again = import_song(folder / "out" / "song.mid", folder / "again")
    write_midi(again.score, folder / "again.mid")
    read = read_midi(folder / "again.mid")
    assert [rows_of(track.notes) for track in read.tracks] == [rows_of(track.notes) for track in saved.score.tracks]


def held_mb() -> float:
    """The memory that this process holds now, in units of 2**20 bytes; 0 where the system does not say."""
    gc.collect()
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            import resource

            return int(file.read().split()[1]) * resource.getpagesize() / 2**20
    except OSError:
        return 0.0


def main() -> int:
    """Soak; the exit code says whether anything broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--briefs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first brief, to see one again")
    options = parser.parse_args()
    outcomes, start, memory = Counter[str](), time.monotonic(), []
    for number in range(options.first, options.first + options.briefs):
        with TemporaryDirectory() as folder:
            try:
                outcomes[soak_one(number, options.seed, Path(folder))] += 1
            except Exception as failure:
                outcomes["broken"] += 1
                frame = traceback.extract_tb(failure.__traceback__)[-1]
                what = " ".join(str(failure).split())[:400]
                print(f"brief {number} {draw_brief(number, options.seed)}: {type(failure).__name__} at "
                      f"{Path(frame.filename).name}:{frame.lineno}: {what}", flush=True)  # fmt: skip
        memory.append(held_mb())
        if len(memory) % 50 == 0:
            spent = f"{time.monotonic() - start:.0f} s, {time.process_time():.0f} s of the processor"
            print(f"{len(memory)} briefs, {spent}, {memory[-1]:.0f} MB", flush=True)
    first, last = memory[min(WARM_UP, len(memory) - 1)], memory[-1]
    print(f"{dict(outcomes)}; memory {first:.0f} MB after {min(WARM_UP, len(memory))} briefs, {last:.0f} MB at the end")
    return int(outcomes["broken"] > 0 or last > first + MOST_GROWTH_MB)


if __name__ == "__main__":
    sys.exit(main())
