"""The `arrange` and `perform` commands: a lead sheet becomes a band's score, a score is played."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symbolic_music.cli.asking import load_plan
from symbolic_music.cli.commands import AsJson, Force, PlanBeside, Quiet, check_ending
from symbolic_music.cli.display import Display
from symbolic_music.cli.listing import app
from symbolic_music.cli.options import Given, options_of
from symbolic_music.errors import BriefError, FileFormatError
from symbolic_music.pipeline.creation import check_band
from symbolic_music.pipeline.requests import ArrangeRequest, PerformRequest
from symbolic_music.pipeline.written import keeping
from symbolic_music.song.folder import PLAN_FILE, SONG_MIDI
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import SongPlan

_EXAMPLES = """Examples:

\b
  symbolic-music arrange song/lead.musicxml -o band.mid             # its plan.yaml lies beside it
  symbolic-music arrange tune.mxl --style "bossa nova" -o song.mid --perform
  symbolic-music arrange tunes.abc --tune 12 --style waltz -o song.mid
  symbolic-music arrange melody.mid --chords "C | Am F | G7" -o song.mid
"""


@app.command(epilog=_EXAMPLES)
@options_of(ArrangeRequest)
def arrange(
    given: Given[ArrangeRequest],
    lead_sheet: Annotated[Path, typer.Argument(help="The lead sheet: .musicxml, .mxl, .abc, or .mid with a melody.")],
    plan: PlanBeside = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The score.")] = Path("band.mid"),
    save_plan: Annotated[Path | None, typer.Option(help="Also write the plan that was used (YAML).")] = None,
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write the band's parts under a lead sheet, ours or another program's.

    A sheet without a plan is planned by what stands in it: sections from its marks, else from
    what returns; key by analysis; a pickup bar is one. Unknown chords are named, not skipped.
    """
    check_ending(output, ".mid", ".midi")
    request = given.document()
    check_band(request.band, "options")
    with Display(quiet, as_json) as display, keeping(force, output, save_plan):
        display.say("Reading the lead sheet ...")
        _say_which_tune(display, lead_sheet, request.tune)
        from symbolic_music.formats.midi import write_midi
        from symbolic_music.pipeline.creation import run_arrange, run_perform

        made, sheet = _plan_and_sheet(lead_sheet, plan, request)
        options = request.options(display.progress)
        score = run_arrange(sheet, made, options)
        if request.perform:
            score = run_perform(score, made, options)
        if save_plan is not None:
            _write_plan(made, save_plan)
        write_midi(score, output)
        from symbolic_music.styles.style import style_of

        played = style_of(made)
    names = [track.name for track in score.tracks]
    data = {
        "file": str(output), "tracks": names, "n_bars": made.n_bars, "key": str(made.sections[0].key),
        "genre": made.genre, "style": played.name, "tempo_qpm": made.tempo_qpm,
        "sections": [section.name for section in made.sections],
    }  # fmt: skip
    form = " | ".join(f"{section.name} {section.n_bars}" for section in made.sections)
    setting = f"{made.sections[-1].key}, {made.meter}, {made.tempo_qpm:g} quarters a minute"
    head = f"{made.title}: {played.name}, {setting}; {form}"
    display.result(data, [head, f"The score is in {output}: {', '.join(names)}"])


@app.command(epilog="Example: symbolic-music perform band.mid --plan plan.yaml -o song.mid")
@options_of(PerformRequest)
def perform(
    given: Given[PerformRequest],
    score: Annotated[Path, typer.Argument(help="The score (MIDI).")],
    plan: PlanBeside = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The performed score.")] = Path(SONG_MIDI),
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Give a score its dynamics and timing."""
    request = given.document()
    made = _in_style(load_plan(plan or score.parent / PLAN_FILE), request.style)
    check_ending(output, ".mid", ".midi")
    with Display(quiet, as_json) as display, keeping(force, output):
        from symbolic_music.formats.midi import read_midi, write_midi
        from symbolic_music.pipeline.creation import run_perform
        from symbolic_music.song.resampling import to_engine_ticks

        written = to_engine_ticks(read_midi(score))
        write_midi(run_perform(written, made, request.options(display.progress)), output)
    display.result({"file": str(output)}, [f"The performed score is in {output}"])


def _say_which_tune(display: Display, path: Path, tune: int | None) -> None:
    """Say which tune of a collection is taken where nobody chose one."""
    if path.suffix.lower() != ".abc" or tune is not None:
        return
    from symbolic_music.formats.abc_reader import tune_numbers

    numbers = tune_numbers(path)
    if len(numbers) > 1:
        display.say(f"{path} has {len(numbers)} tunes; this is X:{numbers[0]}, --tune takes another")


def _plan_and_sheet(path: Path, plan: Path | None, request: ArrangeRequest) -> tuple[SongPlan, LeadSheet]:
    """Take the plan given or the one beside a sheet of ours; plan any other sheet from what it holds."""
    from symbolic_music.pipeline.leadsheets import SheetWish, check_same_length, plan_of_sheet

    seed = request.seed or 0
    wish = SheetWish(request.style, request.chords, request.tune, request.band, request.tempo_qpm, seed)
    beside = path.parent / PLAN_FILE
    is_ours = wish == SheetWish(style=wish.style, band=wish.band, seed=wish.seed)
    if plan is None and not (beside.is_file() and is_ours and path.suffix.lower() in (".musicxml", ".xml")):
        return plan_of_sheet(path, wish)
    if not is_ours:
        raise BriefError("--plan says all that --chords, --tune and --tempo would; leave these out")
    from symbolic_music.formats.musicxml import read_lead_sheet

    made, sheet = load_plan(plan or beside), read_lead_sheet(path)
    check_same_length(sheet, made, str(path))
    changes: dict[str, object] = {} if wish.band is None else {"band": wish.band}
    changes |= {} if request.seed is None else {"seed": request.seed}
    return _in_style(made.model_copy(update=changes), wish.style, changes), sheet


def _in_style(plan: SongPlan, style: str | None, changes: dict[str, object] | None = None) -> SongPlan:
    """Take another style than the plan's; with it, or with another band, those play whom the style has."""
    from symbolic_music.styles.style import check_fits

    if style is not None:
        plan = plan.model_copy(update={"style": check_fits(style, str(plan.meter)).name})
    if style is None and "band" not in (changes or {}):
        return plan
    sections = tuple(section.model_copy(update={"roles": None}) for section in plan.sections)
    return plan.model_copy(update={"sections": sections})


def _write_plan(plan: SongPlan, path: Path) -> None:
    """Write the plan that was used."""
    from symbolic_music.formats.atomic import atomic_path
    from symbolic_music.song.document import dump_document

    if path.suffix.lower() not in (".yaml", ".yml"):
        raise FileFormatError(f"{path}: the plan's name must end in .yaml")
    with atomic_path(path) as unfinished:
        unfinished.write_text(dump_document(plan), encoding="utf-8")
