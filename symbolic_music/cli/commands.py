"""The subcommands, one per verb. Heavy parts load inside, after the first line is shown."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from symbolic_music.cli.asking import load_plan, make_wish
from symbolic_music.cli.display import Display, plan_lines
from symbolic_music.cli.listing import app
from symbolic_music.cli.options import Given, options_of
from symbolic_music.errors import FileFormatError
from symbolic_music.formats.atomic import atomic_path
from symbolic_music.pipeline.creation import CreateOptions
from symbolic_music.pipeline.likeness import likeness_lines
from symbolic_music.pipeline.requests import ComposeRequest, CreateRequest, PlanRequest
from symbolic_music.pipeline.summary import picture_lines, plan_data
from symbolic_music.pipeline.wishes import Wish
from symbolic_music.pipeline.written import keeping
from symbolic_music.song.brief import Brief
from symbolic_music.song.cues import read_cues
from symbolic_music.song.folder import BRIEF_FILE, LEAD_SHEET, PLAN_FILE, PROVENANCE_FILE, SONG_AUDIO, SONG_MIDI

BriefFile = Annotated[Path | None, typer.Option("--brief", help="A brief to start from (YAML or JSON).")]
PlanFile = Annotated[Path | None, typer.Option("--plan", help="A plan to use as it is (YAML or JSON).")]
PlanBeside = Annotated[Path | None, typer.Option(
    "--plan", help=f"The song's plan; if left out, {PLAN_FILE} beside the input.")]  # fmt: skip
Force = Annotated[bool, typer.Option(
    "--force", help="Replace files there that this program did not write, or that were changed since.")]  # fmt: skip
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON, nothing else.")]


@app.command(epilog='Example: symbolic-music create "happy pop song about summer" --bars 64 -o song/')
@options_of(CreateRequest)
def create(
    given: Given[CreateRequest],
    output: Annotated[Path, typer.Option("--output", "-o", help="The song's folder.")] = Path("song"),
    brief: BriefFile = None,
    plan: PlanFile = None,
    cues: Annotated[
        Path | None, typer.Option(help="Music to picture: a table of time, what happens, how strong (CSV).")
    ] = None,
    start: Annotated[str, typer.Option(help="Time code of the picture's first frame.")] = "00:00:00:00",
    frame_rate: Annotated[float, typer.Option(help="Frames a second: 24, 25, 29.97, 30.")] = 25.0,
    n: Annotated[
        int, typer.Option("--n", min=1, help="How many songs, each with its own seed, in numbered folders.")
    ] = 1,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes for --n; one a core if left out.")] = None,
    ray_address: Annotated[
        str | None, typer.Option(help="Make the songs of --n on a Ray cluster: auto, local or ray://host:10001.")
    ] = None,
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Make a song folder: MIDI, lead sheet, plan, brief, sound, provenance; with --n a folder of song folders."""
    with Display(quiet, as_json) as display:
        wish = make_wish(given.of(Brief), brief, plan)
        request = given.of(CreateRequest).document()
        picture = None if cues is None else read_cues(cues, start, frame_rate)
        if n > 1 or ray_address is not None:
            options = replace(request.options(wish.plan), force=force, cues=picture)
            _create_many(display, wish, options, output, n, workers, ray_address)
            return
        options = replace(request.options(wish.plan, display.progress), force=force, cues=picture)
        _say_reading(display, wish)
        from symbolic_music.pipeline import create as create_song

        song = create_song(wish.brief, output, options)
    files = sorted(path.name for path in output.iterdir() if path.name in _song_files(request.audio))
    data = plan_data(song.plan) | _reading_data(wish) | {
        "folder": str(output), "files": files, "seconds": display.seconds,
    }  # fmt: skip
    if picture is not None:
        data["picture"] = song.provenance["picture"]
    if "reference" in song.provenance:
        data["reference"] = song.provenance["reference"]
    lines = [*plan_lines(song.plan), *picture_lines(song.provenance), *likeness_lines(song.provenance)]
    display.result(data, [*lines, f"Your song is in {output}: {', '.join(files)}"])


def _create_many(
    display: Display, wish: Wish, options: CreateOptions, output: Path, n: int, workers: int | None, ray: str | None
) -> None:
    """Make many songs and count them."""
    from symbolic_music.pipeline.many import create_many

    _say_reading(display, wish)
    began, made, there = time.monotonic(), 0, 0
    for song in create_many(wish.brief, output, n, options, workers=workers, ray_address=ray):
        there += song.was_there
        made += not song.was_there
        display.progress("songs", made + there, n)
        if not song.was_there:
            display.say(f"{made + there} of {n}: {song.folder}")
    seconds = time.monotonic() - began
    data = {"folder": str(output), "made": made, "were_there": there, "seconds": round(seconds, 2)}
    display.result(data, [f"{made} songs made in {seconds:.1f} s, {there} were there; they are in {output}"])


@app.command(epilog='Example: symbolic-music plan "sad folk song in G" --bars 48 -o plan.yaml')
@options_of(PlanRequest)
def plan(
    given: Given[PlanRequest],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The plan to write; else it is shown.")] = None,
    brief: BriefFile = None,
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Plan the form of a song: sections, phrases, keys, and why."""
    with Display(quiet, as_json) as display, keeping(force, output):
        wish = make_wish(given.of(Brief), brief)
        _say_reading(display, wish)
        from symbolic_music.pipeline.creation import run_plan
        from symbolic_music.song.document import dump_document

        made = run_plan(wish.brief, CreateOptions(on_progress=display.progress))
        text = dump_document(made)
        if output is not None:
            with atomic_path(output) as unfinished:
                unfinished.write_text(text, encoding="utf-8")
    shown = [text] if output is None else [*plan_lines(made), f"The plan is in {output}"]
    display.result(plan_data(made) | _reading_data(wish) | {"file": output and str(output)}, shown)


@app.command(epilog="Example: symbolic-music compose plan.yaml -o lead.musicxml")
@options_of(ComposeRequest)
def compose(
    given: Given[ComposeRequest],
    plan: Annotated[Path, typer.Argument(help="The song plan (YAML or JSON).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The lead sheet.")] = Path(LEAD_SHEET),
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write melody and chords over a plan."""
    request, made = given.document(), load_plan(plan)
    if request.seed is not None:
        made = made.model_copy(update={"seed": request.seed})
    check_ending(output, ".musicxml", ".xml")
    # The output is opened before the work, so that a folder that cannot be written shows at once.
    with Display(quiet, as_json) as display, keeping(force), atomic_path(output) as unfinished:
        from symbolic_music.pipeline.creation import run_compose

        sheet = run_compose(made, request.options(display.progress))
        from symbolic_music.formats.musicxml import write_lead_sheet
        from symbolic_music.performing.manner import swing_of

        write_lead_sheet(sheet, unfinished, swing_of(made))
    data = {"file": str(output), "seed": made.seed, "n_bars": sheet.n_bars, "n_notes": len(sheet.melody)}
    display.result(data, [f"The lead sheet is in {output}: {sheet.n_bars} bars, {len(sheet.melody)} notes"])


def _say_reading(display: Display, wish: Wish) -> None:
    """Say what was understood of the prompt, what was not, and the seed."""
    if wish.reading.understood:
        display.say("Understood: " + "; ".join(wish.reading.understood))
    if wish.reading.not_understood:
        display.say("Not understood, so without effect: " + ", ".join(wish.reading.not_understood))
    for remark in _word_remarks(wish):
        display.say(f"Lyrics: {remark}")
    display.say(f"Seed: {wish.brief.seed}")


def _word_remarks(wish: Wish) -> tuple[str, ...]:
    """What the text of the song says that is not sung, and what is not known of its language."""
    if wish.brief.lyrics is None:
        return ()
    from symbolic_music.prosody.text import read_lyrics

    return read_lyrics(wish.brief.lyrics, wish.brief.language).remarks


def _reading_data(wish: Wish) -> dict[str, object]:
    """How the prompt was read, for scripts."""
    return {
        "prompt": wish.brief.prompt,
        "understood": list(wish.reading.understood),
        "not_understood": list(wish.reading.not_understood),
    }


def _song_files(audio: str) -> set[str]:
    """The files that a run writes."""
    files = {SONG_MIDI, LEAD_SHEET, PLAN_FILE, BRIEF_FILE, PROVENANCE_FILE}
    return files if audio == "none" else files | {SONG_AUDIO}


def check_ending(path: Path, *endings: str) -> None:
    """Refuse an output whose name says another format."""
    if path.suffix.lower() not in endings:
        raise FileFormatError(f"{path}: the output's name must end in {' or '.join(endings)}")
