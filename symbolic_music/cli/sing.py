"""The `sing` command: a demo of a song's words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symbolic_music.cli.commands import AsJson, Force, Quiet
from symbolic_music.cli.display import Display
from symbolic_music.cli.listing import app
from symbolic_music.cli.options import Given, options_of
from symbolic_music.pipeline.requests import SingRequest
from symbolic_music.pipeline.written import keeping
from symbolic_music.rendering.audio import check_format

_EXAMPLES = """Examples:

\b
  symbolic-music create "folk song" --lyrics words.txt -o song/
  symbolic-music sing song/ -o sung.wav
  symbolic-music sing song/ --octave -1 --size 0.9 --breath 0.2
"""


@app.command(epilog=_EXAMPLES)
@options_of(SingRequest)
def sing(
    given: Given[SingRequest],
    song: Annotated[Path, typer.Argument(help="A song folder, or a MIDI file with words.", metavar="SONG")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The mix; NAME-vocals and NAME-backing lie beside it. NAME-sung.wav if "
                     "left out."),
    ] = None,
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Sing a song's words over its band: the mix, the voice and the band as sound."""
    from symbolic_music.pipeline.singing import sing_files, sing_song

    request = given.document()
    target = output or Path(f"{song.resolve().name if song.is_dir() else song.stem}-sung.wav")
    check_format(target, None, request.sample_rate)
    with Display(quiet, as_json) as display, keeping(force, *sing_files(target)) as keeper:
        sung = sing_song(song, target, request.sung_by(), request.options(), request.level_db, display.progress)
        for path in (sung.mix, sung.vocals, sung.backing):
            keeper.wrote(path)
    data = {
        "mix": str(sung.mix), "vocals": str(sung.vocals), "backing": str(sung.backing), "remarks": list(sung.remarks),
    }  # fmt: skip
    lines = [f"The song is sung in {sung.mix}; the voice alone is in {sung.vocals}, the band in {sung.backing}"]
    display.result(data, lines + [f"  note: {remark}" for remark in sung.remarks])
