"""The `rights` command: the page of what a song is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symbolic_music.cli.commands import AsJson, Force, Quiet, check_ending
from symbolic_music.cli.display import Display
from symbolic_music.cli.listing import app
from symbolic_music.cli.options import Weights
from symbolic_music.pipeline.written import keeping


@app.command(epilog="Example: symbolic-music rights song/ -o rights.html")
def rights(
    song: Annotated[Path, typer.Argument(help="A song folder, or any file that import reads.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The page, .html or .md; without it Markdown is shown.")
    ] = None,
    tunes: Annotated[
        Path | None, typer.Option(help="A folder with files that were learnt from, to show near tunes in notation.")
    ] = None,
    weights: Weights = None,
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Make the page of a song's rights: weights, sources, licences, nearest tunes in notation."""
    if output is not None:
        check_ending(output, ".html", ".htm", ".md")
    with Display(quiet, as_json) as display, keeping(force, output):
        display.say(f"Reading {song} ...")
        from symbolic_music.pipeline.rights import describe_rights, rights_text, write_rights

        said = describe_rights(song, tunes)
        if output is not None:
            write_rights(said, output)
    lines = rights_text(said).splitlines() if output is None else [f"The page is in {output}"]
    display.result({**said.as_data(), "file": output and str(output)}, lines)
