"""The `chords` command: how a progression could go on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symbolic_music.cli.commands import AsJson, Force, Quiet
from symbolic_music.cli.display import Display
from symbolic_music.cli.listing import app
from symbolic_music.cli.options import Given, options_of
from symbolic_music.pipeline.requests import ChordsRequest
from symbolic_music.pipeline.written import keeping

_EXAMPLES = """Examples:

\b
  symbolic-music chords --key "A minor" --after "Am F" -n 8
  symbolic-music chords --key "A minor" --after "Am F" --under tune.mid -o ideas.mid
  symbolic-music chords --after "I vi" --key D --bars 4 --sound ideas.wav
"""


@app.command(epilog=_EXAMPLES)
@options_of(ChordsRequest)
def chords(
    given: Given[ChordsRequest],
    under: Annotated[
        Path | None, typer.Option("--under", help="A tune: its bars after those chords are what the ideas go under.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="MIDI: all ideas, a marker each.")] = None,
    sound: Annotated[Path | None, typer.Option("--sound", help="Sound of all ideas: .wav, .flac, .ogg, .mp3.")] = None,
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Find how a progression could go on, from the expected to the surprising.

    Each idea has its degrees, what each chord does in the key, and its surprise: the bits a chord that the phrase
    model needs for it.
    """
    request = given.document()
    with Display(quiet, as_json) as display, keeping(force, output, sound):
        from symbolic_music.pipeline.over_chords import ideas_for, score_of_ideas

        found = ideas_for(request, under)
        if output is not None:
            from symbolic_music.formats.midi import write_midi

            write_midi(score_of_ideas(found), output)
        if sound is not None:
            from symbolic_music.rendering import RenderOptions, render, write_audio

            write_audio(render(score_of_ideas(found), RenderOptions(soundfont=request.soundfont)), sound)
    data = {"key": str(found.key), "after": found.after_symbols, "ideas": found.rows}
    lines = [f"{found.key}, after {' '.join(found.after_symbols) or 'nothing'}:"]
    lines += [
        f"{row['bits']:5.1f} bits  {row['chords']:24} {row['degrees']:24} {row['functions']}" for row in found.rows
    ]
    lines += [f"They are in {path}" for path in (output, sound) if path is not None]
    display.result(data, lines)
