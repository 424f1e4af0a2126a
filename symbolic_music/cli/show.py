"""The `show` command: pictures of a song."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symbolic_music.cli.commands import AsJson, Quiet, app
from symbolic_music.cli.display import Display


@app.command(epilog="Example: symbolic-music show song/song.mid -o song.png")
def show(
    score: Annotated[Path, typer.Argument(help="Any MIDI file, or a song folder.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A .png, .svg or .pdf file.")] = Path("song.png"),
    quiet: Quiet = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Draw a score as a piano roll, by track, with its sections."""
    with Display(quiet, as_json) as display:
        display.say(f"Drawing {score} ...")
        from symbolic_music.formats.midi import read_midi
        from symbolic_music.pipeline.creation import SONG_MIDI
        from symbolic_music.pipeline.picture import draw_score

        draw_score(read_midi(score / SONG_MIDI if score.is_dir() else score), output)
    display.result({"file": str(output)}, [f"The picture is in {output}"])
