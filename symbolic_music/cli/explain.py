"""The `explain` command: why a song is as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symbolic_music.cli.commands import AsJson, Quiet
from symbolic_music.cli.display import Display
from symbolic_music.cli.listing import app


@app.command(epilog="Example: symbolic-music explain song/")
def explain(
    source: Annotated[Path, typer.Argument(help="A song folder, or any file that import reads.")],
    quiet: Quiet = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Explain a song: numerals, cadences, each note of the tune, motifs, form, tension, players and why."""
    with Display(quiet, as_json) as display:
        display.say(f"Reading {source} ...")
        from symbolic_music.pipeline.explaining import explain as explain_song

        said = explain_song(source)
    display.result(said.as_data(), str(said).splitlines())
