"""The `brief` and `describe` commands: from words to what is asked, and from a song to words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symbolic_music.cli.commands import AsJson, Quiet
from symbolic_music.cli.display import Display
from symbolic_music.cli.listing import app
from symbolic_music.errors import BriefError


@app.command(epilog='Example: symbolic-music brief "sad waltz in D minor, no intro, ends with a fade"')
def brief(
    prompt: Annotated[str, typer.Argument(help="What you want, in words, in any of twelve languages.")],
    strict: Annotated[bool, typer.Option("--strict", help="Words without effect are an error.")] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Show what a prompt is understood as, word by word, and what is not."""
    with Display(quiet, as_json) as display:
        from symbolic_music.importing import read_prompt
        from symbolic_music.pipeline.creation import brief_of_prompt

        reading = read_prompt(prompt)
        if strict and reading.not_understood:
            raise BriefError(
                f"the prompt has words without effect: {', '.join(reading.not_understood)}",
                "leave them out, or say them otherwise; without --strict they are only listed",
            )
        asked = brief_of_prompt(prompt)
    fields = asked.model_dump(mode="json", exclude_unset=True, exclude={"prompt", "seed"})
    reasons = [
        {"field": name, "reason": line} for name, line in zip(reading.understood_as, reading.understood, strict=True)
    ]
    lines = [f"{name}: {_shown(value)}" for name, value in fields.items()]
    lines += ["", "because", *(f"  {line}" for line in reading.understood)] if reading.understood else ["nothing asked"]
    lines += ["", f"without effect: {', '.join(reading.not_understood)}"] if reading.not_understood else []
    display.result({"brief": fields, "reasons": reasons, "not_understood": list(reading.not_understood)}, lines)


@app.command(epilog="Example: symbolic-music describe song/")
def describe(
    song: Annotated[Path, typer.Argument(help="A song folder.")],
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Say a song in words: a caption that reads back as its brief, and what happens where."""
    with Display(quiet, as_json) as display:
        from symbolic_music.pipeline.captions import caption
        from symbolic_music.pipeline.creation import load_song

        loaded = load_song(song)
        text = caption(loaded.plan, loaded.lead_sheet)
    display.result({"song": str(song), "caption": text}, text.splitlines())


def _shown(value: object) -> str:
    """A value as a line."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
