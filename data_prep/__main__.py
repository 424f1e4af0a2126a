"""``python -m data_prep build`` makes the dataset; ``export`` writes its songs as JSON lines.

    python -m data_prep build --data DIR --out dataset/ [--workers N] [--ray-address A] [--limit N]
    python -m data_prep export --dataset dataset/ --out shards/songs.jsonl

``--data`` may come from the environment variable SYMBOLIC_MUSIC_DATA.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from data_prep.build import BuildOptions, BuildReport, build
from data_prep.dataset import SONG_SOURCES, write_songs
from data_prep.sources import READERS
from symbolic_music.errors import SymbolicMusicError

DATA_VARIABLE = "SYMBOLIC_MUSIC_DATA"


def main() -> int:
    """Run a command; returns the exit code: 2 for an error."""
    arguments = _parser().parse_args()
    try:
        return _build(arguments) if arguments.command == "build" else _export(arguments)
    except (SymbolicMusicError, OSError) as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(prog="python -m data_prep", description=(__doc__ or "").split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("build", help="sources to one typed dataset in Parquet")
    make.add_argument("--data", type=Path, default=os.environ.get(DATA_VARIABLE), help="the unpacked sources")
    make.add_argument("--out", type=Path, default=Path("dataset"))
    make.add_argument("--workers", type=int, default=0, help="processes that read; 0: all processors")
    make.add_argument("--ray-address", help="a running Ray cluster that sees both folders")
    make.add_argument("--limit", type=int, help="so many songs per source (for a trial)")
    make.add_argument("--sources", nargs="+", choices=READERS, default=READERS)
    make.add_argument("--without", nargs="+", choices=READERS, default=())
    make.add_argument("--quiet", action="store_true", help="print nothing but errors")
    export = commands.add_parser("export", help="the songs as JSON lines")
    export.add_argument("--dataset", type=Path, default=Path("dataset"))
    export.add_argument("--out", type=Path, default=Path("shards/songs.jsonl"))
    export.add_argument("--sources", nargs="+", choices=SONG_SOURCES, default=SONG_SOURCES)
    return parser


def _build(arguments: argparse.Namespace) -> int:
    """Build and print what came of it."""
    from rich.console import Console
    from rich.progress import Progress

    if arguments.data is None:
        print(f"error: no data folder; give --data DIR or set {DATA_VARIABLE}", file=sys.stderr)
        return 2
    sources = tuple(source for source in arguments.sources if source not in arguments.without)
    options = BuildOptions(sources, arguments.workers, arguments.ray_address, arguments.limit)
    with Progress(console=Console(stderr=True), disable=arguments.quiet, transient=True) as bar:
        task = bar.add_task("reading", total=None)
        result = build(Path(arguments.data), arguments.out, options,
                       lambda done, total: bar.update(task, completed=done, total=total))  # fmt: skip
    if not arguments.quiet:
        _print_report(result)
    return 0


def _print_report(result: BuildReport) -> None:
    """Print counts, problems and speed."""
    report: dict[str, Any] = result.report
    for sentence in report["missing_sources"]:
        print(f"missing: {sentence}")
    for source, entry in report["sources"].items():
        print(f"{source}: {entry['songs']} songs of {entry['items']}, {entry['validation']} for validation")
        for what, count in sorted(entry["problems"].items()):
            print(f"  {count:6d}  {what}")
        for item, why in sorted(entry["left_out"].items())[:5]:
            print(f"  left out: {item}: {why}")
        if len(entry["left_out"]) > 5:
            print(f"  left out: {len(entry['left_out']) - 5} more (report.json)")
    duplicates = report["duplicates"]
    print(f"near-duplicates: {duplicates['pairs']} pairs ({duplicates['across_sources']} across sources), "
          f"{duplicates['songs_moved_to_validation']} songs moved to validation with them")  # fmt: skip
    if result.n_read:
        print(f"read {result.n_read} songs in {result.seconds:.0f} s: {result.n_read / result.seconds:.1f} songs/s")


def _export(arguments: argparse.Namespace) -> int:
    """Write the songs as JSON lines."""
    count = write_songs(arguments.dataset, arguments.out, tuple(arguments.sources))
    print(f"{arguments.out}: {count} songs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
