"""The `export` command: a song folder into the formats of other programs, or one file into another format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symbolic_music.cli.commands import AsJson, Force, Quiet
from symbolic_music.cli.display import Display
from symbolic_music.cli.game import cut_for_song, export_for_game
from symbolic_music.cli.listing import app
from symbolic_music.cli.options import Given, options_of
from symbolic_music.errors import InputError
from symbolic_music.pipeline.requests import ExportRequest
from symbolic_music.pipeline.written import keeping

_FORMATS = "stems, rpp, dawproject, midi, musicxml, score, abc, kar, lrc, pdf, svg, png"
_EPILOG = """Examples:

\b
  symbolic-music export song/ --to stems,rpp,dawproject -o daw/    # stems, REAPER, DAWproject
  symbolic-music export song/ --to musicxml,score,pdf,abc -o sheets/
  symbolic-music export song/ --stems -o stems/
  symbolic-music export song/ --game game/ --max-kb 2000           # loop, sections, layers, stingers, music.json
  symbolic-music export song/ song.sf2                             # the soundfont, cut to what the song uses
  symbolic-music export song/lead.musicxml melody.mid              # one file into another format
"""


@app.command(epilog=_EPILOG)
@options_of(ExportRequest)
def export(
    given: Given[ExportRequest],
    source: Annotated[
        Path, typer.Argument(help="A song folder, or a .mid, .dawproject, .musicxml, .yaml or .json file.")
    ],
    target: Annotated[
        Path | None, typer.Argument(help="One file to write; its ending says the format.", show_default=False)
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", help=f"Formats, comma between: {_FORMATS}; or all that the song can have.")
    ] = None,
    game: Annotated[
        Path | None,
        typer.Option(
            "--game", help="Folder for a game's music: loop, sections, layers ...; more options: symbolic-music game."
        ),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder for --to.")] = Path("export"),
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Hand a song to other programs: stems, DAW projects, notation, games; or turn one file into another format."""
    request = given.document()
    names = [name.strip().lower() for name in (to or "").split(",") if name.strip()]
    names += ["stems"] if request.stems else []
    if game is None and (request.max_kb is not None or request.cut_soundfont):
        raise InputError("--max-kb and --cut-soundfont are for --game; name its folder")
    if target is not None and (names or game):
        raise InputError(f"{target}: name either a file to write or formats with --to, whose folder is given by -o")
    if target is None and not (names or game):
        raise InputError(f"say what to write: a file's name, or --to with {_FORMATS}")
    with Display(quiet, as_json) as display, keeping(force, target):
        display.say(f"Exporting {source} ...")
        if target is not None:
            data, lines = _export_file(source, target, request.soundfont)
        else:
            data, lines = _export_formats(source, names, output, request, display) if names else ({}, [])
            if game:
                made, said = export_for_game(source, game, request.game(), display)
                data, lines = {**data, **made}, lines + said
    display.result(data, lines)


_Said = tuple[dict[str, object], list[str]]


def _export_file(source: Path, target: Path, soundfont: Path | None) -> _Said:
    """One file into another; a soundfont is cut to what the music uses."""
    if target.suffix.lower() == ".sf2":
        return cut_for_song(source, target, soundfont)
    from symbolic_music.pipeline import export as export_file

    export_file(source, target, soundfont)
    return {"file": str(target)}, [f"Written: {target}"]


def _export_formats(source: Path, names: list[str], output: Path, request: ExportRequest, display: Display) -> _Said:
    """A song into a folder of formats."""
    from symbolic_music.pipeline.song_export import SongExportOptions, export_song, formats_for

    formats = formats_for(source) if names == ["all"] else names
    options = SongExportOptions(request.audio, request.soundfont, display.progress)
    files = export_song(source, formats, output, options)
    lines = [f"Written to {output}:", *(f"  {path.relative_to(output)}" for path in files)]
    return {"folder": str(output), "files": [str(path) for path in files]}, lines
