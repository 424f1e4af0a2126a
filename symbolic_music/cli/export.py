"""The `export` command: a song folder into the formats of other programs, or one file into another format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symbolic_music.cli.commands import AsJson, Quiet, Soundfont, app
from symbolic_music.cli.display import Display


@app.command(epilog="Example: symbolic-music export song/lead.musicxml melody.mid")
def export(
    source: Annotated[Path, typer.Argument(help="A .mid, .musicxml, .yaml or .json file of a song.")],
    target: Annotated[Path, typer.Argument(help="The file to write; its ending says the format.")],
    soundfont: Soundfont = None, quiet: Quiet = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Turn one file of a song into another format: .mid to .wav, .musicxml to .mid, .yaml to .json."""
    with Display(quiet, as_json) as display:
        display.say(f"Exporting {source} ...")
        from symbolic_music.pipeline import export as export_file

        export_file(source, target, soundfont)
    display.result({"file": str(target)}, [f"Written: {target}"])
