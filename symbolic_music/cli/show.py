"""The `show` command: pictures of a song."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symbolic_music.cli.commands import AsJson, Force, Quiet
from symbolic_music.cli.display import Display
from symbolic_music.cli.listing import app
from symbolic_music.pipeline.written import keeping


@app.command(epilog="Example: symbolic-music show song/ -o song.png")
def show(
    source: Annotated[Path, typer.Argument(help="A song folder, any MIDI file, or a DAWproject.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A .png, .svg or .pdf file.")] = Path("song.png"),
    pages: Annotated[bool, typer.Option("--score/--no-score", help="Also the score, beside it.")] = True,
    force: Force = False, quiet: Quiet = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Draw a song: a piano roll by track with sections, chords and intensity, and its score."""
    with Display(quiet, as_json) as display, keeping(force, output):
        display.say(f"Drawing {source} ...")
        from symbolic_music.pipeline.showing import show_song

        files = show_song(source, output, pages)
    display.result({"file": str(output), "files": [str(path) for path in files]},
                   [f"The picture is in {output}", *(f"The score is in {path}" for path in files[1:])])  # fmt: skip
