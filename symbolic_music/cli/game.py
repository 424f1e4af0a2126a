"""The `game` command, and what `export --game` calls: a song as music for a game."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from symbolic_music.cli.commands import AsJson, Force, Quiet
from symbolic_music.cli.display import Display
from symbolic_music.cli.listing import app
from symbolic_music.cli.options import Given, options_of
from symbolic_music.pipeline.requests import GameRequest
from symbolic_music.pipeline.written import keeping


@app.command(epilog="Example: symbolic-music game song/ -o game/ --max-kb 2000 --cut-soundfont")
@options_of(GameRequest)
def game(
    given: Given[GameRequest],
    source: Annotated[Path, typer.Argument(help="A song folder, or any MIDI file.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to fill.")] = Path("game"),
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Make a song fit for a game: loop, sections, layers, transitions, stingers, music.json."""
    with Display(quiet, as_json) as display, keeping(force):
        data, lines = export_for_game(source, output, given.document(), display)
    display.result(data, lines)


def export_for_game(
    source: Path, folder: Path, request: GameRequest, display: Display
) -> tuple[dict[str, Any], list[str]]:
    """Export a song folder or MIDI file for a game; give what to print, as data and as lines."""
    from symbolic_music.games import export_game

    made = export_game(source, folder, request.options(display.progress))
    return _describe(folder, dict(made.cue_sheet))


def cut_for_song(source: Path, target: Path, soundfont: Path | None) -> tuple[dict[str, Any], list[str]]:
    """Cut a soundfont down to what a song folder or MIDI file uses; give what to print."""
    from symbolic_music.games.export import cut_song_soundfont

    made = cut_song_soundfont(source, target, soundfont)
    presets = [f"{bank}:{program} {name}" for bank, program, name in made.presets]
    lines = [f"Written: {target}, {made.n_bytes // 1024} kB, {made.n_samples} samples", f"  {', '.join(presets)}"]
    return {"file": str(target), "bytes": made.n_bytes, "samples": made.n_samples, "presets": presets}, lines


def _describe(folder: Path, sheet: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Say what was made."""
    loop, audio = sheet["loop"], sheet["audio"]
    counts = {name: len(sheet[name]) for name in ("sections", "layers", "stingers", "transitions")}
    data = {
        "folder": str(folder), "cue_sheet": str(folder / "music.json"), "key": sheet["key"],
        "tempo_qpm": sheet["tempo_qpm"], "loop_sections": loop["sections"], "loop_bars": loop["n_bars"],
        "loop_samples": loop["samples"], "loop_seconds": loop["seconds"], "audio": audio,
        "soundfont": sheet["soundfont"], **counts,
    }  # fmt: skip
    lines = [
        f"{sheet['title']}: loop of {loop['n_bars']} bars, {loop['seconds']:.2f} s, {', '.join(loop['sections'])}",
        "  " + ", ".join(f"{number} {name}" for name, number in counts.items()),
    ]
    if audio["left_out"]:
        lines.append(f"  left out, too large: {', '.join(audio['left_out'])}")
    return data, [*lines, f"The music for your game is in {folder}; music.json says how to play it"]
