"""Songs with bars straight from the sources as JSON lines, without the tables of ``python -m data_prep build``.

``python -m data_prep.leadsheets --data DIR --out FILE`` writes one song of ``data_prep.songs`` a line.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from data_prep.chunks import reader_of

SOURCES = ("billboard", "nottingham", "openewld", "pop909")


def read_source(data: Path, source: str, problems: Counter[str]) -> Iterator[dict]:
    """Read all songs of a source; what is wrong is counted."""
    for item in reader_of(source).list_items(data):
        try:
            song, found = reader_of(source).read_item(data, item)
        except Exception as failure:  # whatever a broken file makes a parser raise costs that file alone
            problems[f"{source}: {item}: {failure}"] += 1
            continue
        problems.update({f"{source}: {what}": count for what, count in found.items()})
        problems[f"{source}: songs read"] += 1
        yield song


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with the unpacked sources")
    parser.add_argument("--out", type=Path, default=Path("shards/songs.jsonl"))
    parser.add_argument("--sources", nargs="+", choices=SOURCES, default=SOURCES)
    arguments = parser.parse_args()
    problems: Counter[str] = Counter()
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    with arguments.out.open("w", encoding="utf-8") as file:
        for source in arguments.sources:
            for song in read_source(arguments.data, source, problems):
                file.write(json.dumps(song) + "\n")
    for problem, count in sorted(problems.items()):
        print(f"{count:6d}  {problem}")


if __name__ == "__main__":
    main()
