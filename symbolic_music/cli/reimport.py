"""The `import` command: a file edited in a DAW back as a song folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symbolic_music.cli.commands import AsJson, Force, Quiet
from symbolic_music.cli.display import Display, plan_lines
from symbolic_music.cli.listing import app
from symbolic_music.cli.options import Given, options_of
from symbolic_music.pipeline.requests import ImportRequest
from symbolic_music.pipeline.summary import plan_data


@app.command("import", epilog="Example: symbolic-music import edited.mid --like song/ -o song2/")
@options_of(ImportRequest)
def import_(
    given: Given[ImportRequest],
    source: Annotated[Path, typer.Argument(help="MIDI, MusicXML, ABC, DAWproject, chords in text, MuseScore, sound.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The song's folder.")] = Path("song"),
    like: Annotated[
        Path | None,
        typer.Option("--like", help="The song folder it came from: its plan is kept where it still holds."),
    ] = None,
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Read music as a song: MIDI, MusicXML, ABC, chords as text, DAWproject, sound."""
    request = given.document()
    with Display(quiet, as_json) as display:
        display.say(f"Reading {source} ...")
        from symbolic_music.pipeline.reimport import ImportOptions, import_song

        options = ImportOptions(like, request.audio, request.soundfont, display.progress, force)
        song = import_song(source, output, options)
    data = plan_data(song.plan) | {"folder": str(output), "tracks": [track.name for track in song.score.tracks]}
    display.result(data, [*plan_lines(song.plan), f"Your song is in {output}"])
