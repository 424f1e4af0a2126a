"""The subcommands, one per verb. Heavy parts load inside, after the first line is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from symbolic_music.cli.asking import Asked, Wish, load_plan, make_wish
from symbolic_music.cli.display import Display, plan_data, plan_lines
from symbolic_music.errors import FileFormatError
from symbolic_music.formats.atomic import atomic_path
from symbolic_music.pipeline.creation import DEFAULT_HUMANIZE, CreateOptions
from symbolic_music.song.folder import BRIEF_FILE, LEAD_SHEET, PLAN_FILE, PROVENANCE_FILE, SONG_AUDIO, SONG_MIDI

app = typer.Typer(
    name="symbolic-music",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

_EXAMPLES = """Examples:

\b
  symbolic-music create "happy pop song about summer" -o song/
  symbolic-music create "slow waltz in D minor, 2 minutes" --seed 7
  symbolic-music plan "rock song" --form "intro4 verse8 chorus8 verse8 chorus8" -o plan.yaml
  symbolic-music create --plan plan.yaml -o song/        # after editing the plan
"""


def _between(low: int, high: int) -> Callable[[float | None], float | None]:
    """Make a check that a number lies in a range; the message says the range."""

    def check(value: float | None) -> float | None:
        if value is not None and not low <= value <= high:
            raise typer.BadParameter(f"{value:g} is out of range; use {low} to {high}")
        return value

    return check


Prompt = Annotated[str, typer.Argument(help='What you want, in words: "slow sad waltz in D minor, 2 minutes".')]
Title = Annotated[str | None, typer.Option(help="The song's name.")]
Genre = Annotated[str | None, typer.Option(
    help="pop, rock, folk, country, soul, jazz, blues, electronic, waltz or lullaby.")]  # fmt: skip
Mood = Annotated[str | None, typer.Option(help="neutral, happy, sad, calm, energetic, romantic or dark.")]
KeyName = Annotated[str | None, typer.Option("--key", help='Such as "D minor", "Bb" or "F#m".')]
Tempo = Annotated[float | None, typer.Option(callback=_between(30, 260), help="Quarter notes a minute, 30 to 260.")]
MeterName = Annotated[str | None, typer.Option("--meter", help="4/4, 3/4, 2/4, 6/8 or 12/8.")]
Bars = Annotated[int | None, typer.Option(callback=_between(4, 400), help="Length in bars, 4 to 400.")]
Duration = Annotated[str | None, typer.Option(help="Length in time: 2:30, 150 (seconds) or 2.5min.")]
Form = Annotated[str | None, typer.Option(help='Such as "intro4 verse8 chorus8 outro4" or "A8 A8 B8 A8".')]
Chords = Annotated[str | None, typer.Option(help='A progression that loops, one chord a bar: "C G Am F".')]
Band = Annotated[str | None, typer.Option(help='Instruments, comma between: "piano, upright bass, brushes".')]
StyleName = Annotated[str | None, typer.Option("--style", help='Of the band: "bossa nova"; see symbolic-music styles.')]
Seed = Annotated[int | None, typer.Option(
    callback=_between(0, 2**63 - 1),
    help="The same seed gives the same notes. Random (and shown) if left out.")]  # fmt: skip
BriefFile = Annotated[Path | None, typer.Option("--brief", help="A brief to start from (YAML or JSON).")]
PlanFile = Annotated[Path | None, typer.Option("--plan", help="A plan to use as it is (YAML or JSON).")]
PlanBeside = Annotated[Path | None, typer.Option(
    "--plan", help=f"The song's plan; if left out, {PLAN_FILE} beside the input.")]  # fmt: skip
AudioKind = Annotated[str, typer.Option("--audio", help="wav or none.")]
Soundfont = Annotated[Path | None, typer.Option(
    help="SF2 or SF3 file; if left out, the first found in soundfonts/ or on the system.")]  # fmt: skip
Candidates = Annotated[int | None, typer.Option(
    callback=_between(1, 64), help="Versions of each phrase to choose from, 1 to 64.")]  # fmt: skip
Humanize = Annotated[float, typer.Option(
    callback=_between(0, 1), help="How loose the players are: 0 (even) to 1 (as people play).")]  # fmt: skip
Straight = Annotated[bool, typer.Option(
    "--straight", help="Exactly as written: on the grid, no swing, only the written velocities.")]  # fmt: skip
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON, nothing else.")]


def _show_version(wanted: bool) -> None:
    """Print the version and stop."""
    if wanted:
        from symbolic_music import __version__

        print(f"symbolic-music {__version__}")
        raise typer.Exit


@app.callback(epilog=_EXAMPLES)
def _symbolic_music(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")] = False,
) -> None:
    """Make whole songs as editable MIDI, from a line of text or a plan of your own.

    create does it all; plan, compose, arrange, perform and render do one step each, from file
    to file, so that you can stop, edit and go on. No network is used.
    """


@app.command(epilog='Example: symbolic-music create "happy pop song about summer" --bars 64 -o song/')
def create(
    prompt: Prompt = "",
    output: Annotated[Path, typer.Option("--output", "-o", help="The song's folder.")] = Path("song"),
    title: Title = None, genre: Genre = None, mood: Mood = None, style: StyleName = None, key: KeyName = None,
    tempo: Tempo = None, meter: MeterName = None, bars: Bars = None, duration: Duration = None, form: Form = None,
    chords: Chords = None, band: Band = None, seed: Seed = None, brief: BriefFile = None, plan: PlanFile = None,
    audio: AudioKind = "wav",
    soundfont: Soundfont = None, candidates: Candidates = None, humanize: Humanize = DEFAULT_HUMANIZE,
    straight: Straight = False, quiet: Quiet = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Make a song folder: MIDI, lead sheet, plan, brief, sound, provenance."""
    asked = Asked(title, genre, mood, style, key, tempo, meter, bars, duration, form, chords, band)
    with Display(quiet, as_json) as display:
        wish = make_wish(prompt, asked, seed, brief, plan)
        options = CreateOptions(
            audio, soundfont, wish.plan, candidates, display.progress, humanize=humanize, straight=straight
        )
        _say_reading(display, wish)
        from symbolic_music.pipeline import create as create_song

        song = create_song(wish.brief, output, options)
    files = sorted(path.name for path in output.iterdir() if path.name in _song_files(audio))
    data = plan_data(song.plan) | _reading_data(wish) | {
        "folder": str(output), "files": files, "seconds": display.seconds,
    }  # fmt: skip
    display.result(data, [*plan_lines(song.plan), f"Your song is in {output}: {', '.join(files)}"])


@app.command(epilog='Example: symbolic-music plan "sad folk song in G" --bars 48 -o plan.yaml')
def plan(
    prompt: Prompt = "",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The plan to write; else it is shown.")] = None,
    title: Title = None, genre: Genre = None, mood: Mood = None, style: StyleName = None, key: KeyName = None,
    tempo: Tempo = None, meter: MeterName = None, bars: Bars = None, duration: Duration = None, form: Form = None,
    chords: Chords = None, band: Band = None, seed: Seed = None, brief: BriefFile = None,
    quiet: Quiet = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Plan the form of a song: sections, phrases, keys, and why."""
    asked = Asked(title, genre, mood, style, key, tempo, meter, bars, duration, form, chords, band)
    with Display(quiet, as_json) as display:
        wish = make_wish(prompt, asked, seed, brief)
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
def compose(
    plan: Annotated[Path, typer.Argument(help="The song plan (YAML or JSON).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The lead sheet.")] = Path(LEAD_SHEET),
    seed: Seed = None, candidates: Candidates = None, quiet: Quiet = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Write melody and chords over a plan."""
    made = load_plan(plan)
    if seed is not None:
        made = made.model_copy(update={"seed": seed})
    check_ending(output, ".musicxml", ".xml")
    # The output is opened before the work, so that a folder that cannot be written shows at once.
    with Display(quiet, as_json) as display, atomic_path(output) as unfinished:
        from symbolic_music.pipeline.creation import run_compose

        sheet = run_compose(made, CreateOptions(candidates=candidates, on_progress=display.progress))
        from symbolic_music.formats.musicxml import write_lead_sheet

        write_lead_sheet(sheet, unfinished)
    data = {"file": str(output), "seed": made.seed, "n_bars": sheet.n_bars, "n_notes": len(sheet.melody)}
    display.result(data, [f"The lead sheet is in {output}: {sheet.n_bars} bars, {len(sheet.melody)} notes"])


def _say_reading(display: Display, wish: Wish) -> None:
    """Say what was understood of the prompt, what was not, and the seed."""
    if wish.reading.understood:
        display.say("Understood: " + "; ".join(wish.reading.understood))
    if wish.reading.not_understood:
        display.say("Not understood, so without effect: " + ", ".join(wish.reading.not_understood))
    display.say(f"Seed: {wish.brief.seed}")


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
