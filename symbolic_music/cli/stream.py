"""The `stream` command: an endless song, hold music, ambience."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from symbolic_music.cli.commands import AsJson, Force, Quiet
from symbolic_music.cli.display import Display
from symbolic_music.cli.listing import app
from symbolic_music.cli.options import Given, options_of
from symbolic_music.errors import InputError, MissingExtraError
from symbolic_music.pipeline.requests import StreamRequest
from symbolic_music.pipeline.wishes import draw_seed
from symbolic_music.pipeline.written import keeping


@app.command(epilog="Example: symbolic-music stream --style ambient --mood dreamy --duration 10:00 -o hold.ogg")
@options_of(StreamRequest)
def stream(
    given: Given[StreamRequest],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The file: .mid, .ogg, .wav, .flac or .mp3.")
    ] = Path("stream.ogg"),
    osc: Annotated[
        str | None, typer.Option(help="Play live to HOST:PORT instead of writing a file, until Ctrl-C.")
    ] = None,
    listen: Annotated[int | None, typer.Option(help="Port of this machine that takes /sm/dial messages.")] = None,
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Play an endless song of a mood: into a file of any length, or live over OSC."""
    request = given.document()
    seed = draw_seed() if request.seed is None else request.seed
    with Display(quiet, as_json) as display:
        display.say(f"Seed: {seed}")
        if osc is not None:
            _play_live(request, seed, _place(osc), listen)
            return
        from symbolic_music.pipeline.stream import write_stream

        with keeping(force, output):
            score = write_stream(request.options(seed), request.duration_sec, output, display.progress)
    data = {
        "file": str(output), "seed": seed, "duration_sec": round(_seconds(score), 2),
        "parts": [track.name for track in score.tracks],
    }  # fmt: skip
    display.result(data, [f"{score.title}, {data['duration_sec']:g} s, is in {output}"])


def _seconds(score: object) -> float:
    """How long a score is."""
    from symbolic_music.song.score import Score, tick_to_seconds

    assert isinstance(score, Score)
    return tick_to_seconds(score, score.end_tick)


def _place(text: str) -> tuple[str, int]:
    """Read HOST:PORT."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise InputError(f"--osc: {text!r} is no place", "write HOST:PORT, such as 127.0.0.1:9000")
    return host, int(port)


def _play_live(request: StreamRequest, seed: int, target: tuple[str, int], listen: int | None) -> None:
    """Play until Ctrl-C."""
    try:
        from symbolic_music.server.live import play_over_osc
    except ImportError as failure:
        raise MissingExtraError(f"OSC needs {failure.name}", "pip install 'symbolic-music[server]'") from None
    own = None if listen is None else ("127.0.0.1", listen)
    asyncio.run(play_over_osc(request.options(seed), target, own))
