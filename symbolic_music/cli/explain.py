"""The `explain` command: why a song is as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symbolic_music.cli.commands import AsJson, Force, Quiet
from symbolic_music.cli.display import Display
from symbolic_music.cli.listing import app
from symbolic_music.pipeline.written import keeping


@app.command(epilog="Example: symbolic-music explain song/ -o why.svg -o why.musicxml")
def explain(
    source: Annotated[Path, typer.Argument(help="A song folder, or any file that import reads.")],
    output: Annotated[
        list[Path] | None,
        typer.Option("--output", "-o", help="A .txt, .json, .svg or .musicxml file (the last two in colour); repeat."),
    ] = None,
    force: Force = False, quiet: Quiet = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Explain a song: numerals, cadences, each note of the tune, motifs, form, tension, players and why."""
    with Display(quiet, as_json) as display, keeping(force, *(output or [])):
        display.say(f"Reading {source} ...")
        from symbolic_music.pipeline.explaining import write_explanation

        said = write_explanation(source, output or [])
    files = [str(path) for path in output or []]
    lines = [f"The explanation is in {path}" for path in files] or str(said).splitlines()
    display.result({**said.as_data(), "files": files}, lines)
