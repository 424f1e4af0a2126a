"""The `evaluate` command: songs beside people's songs and a Markov baseline."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symbolic_music.cli.commands import AsJson, Force, Quiet, check_ending
from symbolic_music.cli.display import Display
from symbolic_music.cli.listing import app
from symbolic_music.formats.atomic import atomic_path
from symbolic_music.pipeline.written import keeping

if TYPE_CHECKING:
    from rich.table import Table

    from symbolic_music.evaluation.evaluate import Evaluation


@app.command(epilog="Example: symbolic-music evaluate songs/ --out evaluation.html")
def evaluate(
    folder: Annotated[Path, typer.Argument(help="A folder of song folders, .musicxml or .mid files; or one song.")],
    output: Annotated[Path, typer.Option("--out", "-o", help="The page to write.")] = Path("evaluation.html"),
    reference: Annotated[Path | None, typer.Option(help="Another human reference (JSON).")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 if a bar is missed.")] = False,
    band: Annotated[bool, typer.Option("--band", help="Measure the bands of song folders instead; no page.")] = False,
    force: Force = False, quiet: Quiet = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Measure songs beside people's songs and a Markov baseline: a table and a page with plots.

    With --band: what the band does beside the arrangements that it learnt from and people's hands, and what is
    promised of every song (docs/band.md).
    """
    if band:
        _evaluate_bands(folder, strict, Display(quiet, as_json))
        return
    check_ending(output, ".html", ".htm")
    # The output is opened before the work, so that a folder that cannot be written shows at once.
    with Display(quiet, as_json) as display, keeping(force), atomic_path(output) as unfinished:
        from symbolic_music.evaluation.evaluate import evaluate_songs
        from symbolic_music.evaluation.page import write_page
        from symbolic_music.evaluation.reading import read_songs

        songs, problems = read_songs(folder, lambda done, total: display.progress("Reading the songs", done, total))
        for problem in problems:
            display.say(f"Left out: {problem}")
        result = evaluate_songs(songs, reference, display.progress)
        display.progress("Drawing the page", 0, 1)
        write_page(result, unfinished, problems)
        display.progress("Drawing the page", 1, 1)
    _show(result, output, problems, display)
    if strict and any(row.passed is False for row in result.rows):
        raise typer.Exit(1)


def _evaluate_bands(folder: Path, strict: bool, display: Display) -> None:
    """Measure the bands of a folder of songs."""
    with display:
        from symbolic_music.evaluation.band_song import find_band_songs, read_band_song
        from symbolic_music.evaluation.band_table import compare_bands, promise_table, promises, range_table
        from symbolic_music.performing.table import compare, find_scores, hands_table

        paths = find_band_songs(folder)
        songs = []
        for number, path in enumerate(paths, start=1):
            songs.append(read_band_song(path))
            display.progress("Reading the songs", number, len(paths))
        rows, kept, hands = compare_bands(songs), promises(songs), compare(find_scores(folder))
    tables = [
        range_table(rows, f"{len(songs)} songs; reference: validation arrangements, 5th to 95th percentile"),
        hands_table(hands, "people: Groove and POP909, validation side, 5th to 95th percentile"),
        promise_table(kept, "promised"),
    ]
    data = {"n_songs": len(songs), "rows": [row._asdict() for row in rows], "hands": [row._asdict() for row in hands],
            "promises": [row._asdict() for row in kept]}  # fmt: skip
    display.result(data, [line for table in tables for line in _lines_of(table)])
    if strict and not all([*(r.passed for r in rows), *(r.passed for r in hands), *(r.passed for r in kept)]):
        raise typer.Exit(1)


def _show(result: Evaluation, output: Path, problems: list[str], display: Display) -> None:
    """Print the table, or everything as JSON."""
    if display.quiet and not display.as_json:
        return
    lines = [*_table_lines(result), *result.notes, f"The page is in {output}"]
    display.result(_as_data(result, output, problems), lines)


def _table_lines(result: Evaluation) -> list[str]:
    """Draw the table as text."""
    from symbolic_music.evaluation.report import make_table

    title = f"{result.generated['n_songs']} songs; people: {result.human['n_songs']} of {result.human['source']}"
    return _lines_of(make_table(result.rows, title))


def _lines_of(table: Table) -> list[str]:
    """Draw a table as text."""
    from rich.console import Console

    console = Console(width=110)
    with console.capture() as capture:
        console.print(table)
    return capture.get().rstrip().splitlines()


def _as_data(result: Evaluation, output: Path, problems: list[str]) -> dict[str, object]:
    """Say the result as data for scripts; unknown numbers are null."""

    def known(value: object) -> object:
        return None if isinstance(value, float) and math.isnan(value) else value

    rows = [{name: known(value) for name, value in row._asdict().items()} for row in result.rows]
    test = result.two_sample
    return {
        "file": str(output),
        "n_songs": result.generated["n_songs"],
        "rows": rows,
        "two_sample": None if test is None else {
            "auc": test.auc, "classifier": test.classifier, "aucs": test.aucs, "folds": list(test.folds),
            "telling": [row._asdict() for row in test.telling], "controls": result.human.get("two_sample", {}),
        },
        "longest_borrowed_runs": [{"song": name} | run._asdict() for name, run in result.runs[:10]],
        "human_runs": result.human.get("longest_runs", {}),
        "notes": result.notes,
        "left_out": problems,
    }  # fmt: skip
