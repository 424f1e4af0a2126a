"""The `originality` command: the longest run a song shares with a training melody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symbolic_music.cli.commands import AsJson, Quiet
from symbolic_music.cli.display import Display
from symbolic_music.cli.listing import app
from symbolic_music.cli.options import Weights

if TYPE_CHECKING:
    from symbolic_music.analysis.originality import SharedRun


@app.command(epilog="Example: symbolic-music originality song/")
def originality(
    song: Annotated[Path, typer.Argument(help="A song folder, a .musicxml or a .mid file.")],
    weights: Weights = None, quiet: Quiet = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Find the longest run of notes that a song's melody shares with any training melody."""
    with Display(quiet, as_json) as display:
        display.say(f"Reading {song} ...")
        from symbolic_music.analysis.originality import GRAM_NOTES, known_index, longest_shared_run
        from symbolic_music.evaluation.reading import read_song
        from symbolic_music.evaluation.report import load_reference

        sheet = read_song(song).sheet
        index = known_index()
        run = longest_shared_run(sheet, index)
        human = load_reference()["longest_runs"]
    data = {
        "song": str(song), "n_notes": run.n_notes, "n_bars": run.n_bars, "start_bar": run.start_bar,
        "first_note": run.first_note, "tune": run.tune or None, "n_tunes": len(index.tunes),
        "shortest_run_looked_for": GRAM_NOTES, "human": human,
    }  # fmt: skip
    display.result(data, _lines(run, len(index.tunes), human))


def _lines(run: SharedRun, n_tunes: int, human: dict[str, dict[str, object]]) -> list[str]:
    """Say the result and the control."""
    two, train = human["two_validation_songs"], human["validation_songs_and_training"]
    control = [
        f"Two different human songs share at most {two['n_notes']} notes ({two['one']} and {two['other']});",
        f"human pop songs share at most {train['n_notes']} with a training melody, {train['median']} at the median.",
    ]
    if not run.n_notes:
        return [f"No run of notes is shared with any of {n_tunes} training melodies.", *control]
    return [
        f"Longest run shared with any of {n_tunes} training melodies: {run.n_notes} notes over {run.n_bars:g} bars, "
        f"from bar {run.start_bar + 1}, also in {run.tune}.",
        "Intervals and relative durations agree; key and speed may differ.",
        *control,
    ]
