"""``python -m symbolic_music.evaluation --songs FOLDER``: generated songs beside people's, with pass and fail."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from symbolic_music.errors import SymbolicMusicError
from symbolic_music.evaluation import report


def main(arguments: list[str] | None = None) -> int:
    """Print the table; return 0, 1 if a bar is missed under ``--strict``, 2 for bad input."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except SymbolicMusicError as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 2


def _run(options: argparse.Namespace) -> int:
    """Read, compare, print."""
    from rich.console import Console

    human = report.load_reference(options.reference)
    songs = [report.read_song_folder(folder) for folder in report.find_song_folders(options.songs)]
    kept = report.keep_meter(songs, human.get("meter", "4/4"))
    measures = report.measure_songs(kept)
    rows = report.compare(measures, human)
    if options.json:
        print(json.dumps([row._asdict() for row in rows], indent=1).replace("NaN", "null"))
    else:
        other = f", {len(songs) - len(kept)} in other meters left out" if len(kept) < len(songs) else ""
        title = f"{len(kept)} songs{other}; people: {human['n_songs']} songs of {human.get('source', '?')}"
        Console(width=100).print(report.make_table(rows, title))
        if options.bins:
            _print_gaps(report.largest_gaps(measures, human))
    return 1 if options.strict and not report.all_passed(rows) else 0


def _print_gaps(gaps: dict[str, list[tuple[int, float, float]]]) -> None:
    """Print the bins that make each distance."""
    for name, rows in gaps.items():
        print(f"{name}: " + ", ".join(f"{bin_}: {ours:.3f} (people {theirs:.3f})" for bin_, ours, theirs in rows))


def _parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(prog="python -m symbolic_music.evaluation", description=__doc__)
    parser.add_argument("--songs", type=Path, required=True, help="a folder of songs saved by create, or one song")
    parser.add_argument("--reference", type=Path, help="human reference JSON (default: the one shipped)")
    parser.add_argument("--bins", action="store_true", help="also say in which bins the histograms differ most")
    parser.add_argument("--json", action="store_true", help="print rows as JSON")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a bar is missed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
