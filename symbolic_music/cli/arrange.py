"""The `arrange` and `perform` commands: a lead sheet becomes a band's score, a score is played."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symbolic_music.cli.asking import load_plan
from symbolic_music.cli.commands import AsJson, Humanize, PlanBeside, Quiet, Straight, app, check_ending
from symbolic_music.cli.display import Display
from symbolic_music.errors import InputError
from symbolic_music.pipeline.creation import DEFAULT_HUMANIZE, PLAN_FILE, CreateOptions


@app.command(epilog="Example: symbolic-music arrange lead.musicxml --plan plan.yaml -o band.mid")
def arrange(
    lead_sheet: Annotated[Path, typer.Argument(help="The lead sheet (MusicXML).")],
    plan: PlanBeside = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The score.")] = Path("band.mid"),
    quiet: Quiet = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Write the band's parts under a lead sheet."""
    made = load_plan(plan or lead_sheet.parent / PLAN_FILE)
    check_ending(output, ".mid", ".midi")
    with Display(quiet, as_json) as display:
        display.say("Reading the lead sheet ...")
        from symbolic_music.formats.midi import write_midi
        from symbolic_music.formats.musicxml import read_lead_sheet
        from symbolic_music.pipeline.creation import run_arrange

        sheet = read_lead_sheet(lead_sheet)
        _check_fit(sheet.n_bars, made.n_bars, lead_sheet)
        score = run_arrange(made, sheet, CreateOptions(on_progress=display.progress))
        write_midi(score, output)
    names = [track.name for track in score.tracks]
    display.result({"file": str(output), "tracks": names}, [f"The score is in {output}: {', '.join(names)}"])


@app.command(epilog="Example: symbolic-music perform band.mid --plan plan.yaml -o song.mid")
def perform(
    score: Annotated[Path, typer.Argument(help="The score (MIDI).")],
    plan: PlanBeside = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The performed score.")] = Path("song.mid"),
    humanize: Humanize = DEFAULT_HUMANIZE, straight: Straight = False,
    quiet: Quiet = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Give a score its dynamics and timing."""
    made = load_plan(plan or score.parent / PLAN_FILE)
    check_ending(output, ".mid", ".midi")
    with Display(quiet, as_json) as display:
        from symbolic_music.formats.midi import read_midi, write_midi
        from symbolic_music.pipeline.creation import run_perform
        from symbolic_music.pipeline.exporting import to_engine_ticks

        written = to_engine_ticks(read_midi(score))
        options = CreateOptions(on_progress=display.progress, humanize=humanize, straight=straight)
        write_midi(run_perform(written, made, options), output)
    display.result({"file": str(output)}, [f"The performed score is in {output}"])


def _check_fit(n_bars: int, planned: int, path: Path) -> None:
    """Refuse a lead sheet and a plan of different lengths."""
    if n_bars != planned:
        raise InputError(f"{path}: the lead sheet has {n_bars} bars, but the plan has {planned}")
