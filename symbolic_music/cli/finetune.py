"""The `finetune` command: the phrase model tuned on songs of one's own."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symbolic_music.cli.commands import AsJson, Force, Quiet
from symbolic_music.cli.display import Display
from symbolic_music.cli.listing import app
from symbolic_music.errors import MissingExtraError
from symbolic_music.pipeline.written import keeping

if TYPE_CHECKING:
    from symbolic_music.training.finetune import Tuned

_EXAMPLES = """Examples:

\b
  symbolic-music finetune my-tunes/ -o my-weights/
  symbolic-music create "a song" --weights my-weights/ -o song/
"""


@app.command(epilog=_EXAMPLES)
def finetune(
    folder: Annotated[Path, typer.Argument(help="A folder of MIDI, MusicXML, ABC files or song folders.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder of weights to write.")] = Path(
        "my-weights"
    ),
    minutes: Annotated[float, typer.Option(min=0.01, max=1440, help="Time for all of it.")] = 15.0,
    epochs: Annotated[float, typer.Option(min=0.01, max=100, help="Most times through the songs.")] = 8.0,
    source: Annotated[
        str | None,
        typer.Option(help="What the songs are like: pop, folk, standard, rock, art, hymn, game; found if left out."),
    ] = None,
    start: Annotated[
        str | None, typer.Option("--start", help="Weights to begin with; the package's if left out.")
    ] = None,
    licence: Annotated[
        str, typer.Option(help="Under which licence you have the songs; stands in the card.")
    ] = "not stated",
    seed: Annotated[int, typer.Option(help="Of all chance.")] = 0,
    threads: Annotated[int, typer.Option(min=1, max=64, help="Cores to use.")] = 2,
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Tune the phrase model on your own songs, on a CPU in minutes.

    Whole songs are held out and say when to stop; what the model could before is kept. Ctrl-C ends
    early and keeps the best so far. Nothing leaves this machine.
    """
    with Display(quiet, as_json) as display, keeping(force):
        try:
            from symbolic_music.training.finetune import TuneOptions
            from symbolic_music.training.finetune import finetune as tune_songs
        except ModuleNotFoundError as failure:
            raise MissingExtraError(
                f"finetune needs {failure.name}; install it: pip install 'symbolic-music[train]'"
            ) from None
        from symbolic_music.model.chosen import find_weights, weights_folder
        from symbolic_music.pipeline.collection import read_collection

        begin = weights_folder() if start is None else find_weights(start)
        options = TuneOptions(source, minutes, epochs, seed, licence=licence, threads=threads, start=begin)
        songs, problems = read_collection(folder, lambda done, total: display.progress("Reading", done, total))
        for problem in problems:
            display.say(f"Left out: {problem}")
        tuned = tune_songs(songs, output, options, display.progress)
    data = asdict(tuned) | {
        "folder": str(output),
        "left_out": problems,
        "gain": tuned.gain,
        "forgotten": tuned.forgotten,
    }
    display.result(data, _lines(tuned, output))


def _lines(tuned: Tuned, output: Path) -> list[str]:
    """Say what came of it."""
    return [
        f"{tuned.n_songs} songs, {tuned.n_validation} of them held out; learnt as {tuned.source}; {tuned.stopped}",
        f"Held-out songs: {tuned.style_before:.3f} nats a token before, {tuned.style_after:.3f} after "
        f"({-100 * tuned.gain:+.1f} %)",
        f"What it wrote before: {tuned.kept_before:.3f}, {tuned.kept_after:.3f} ({100 * tuned.forgotten:+.1f} %)",
        f'The weights are in {output}: symbolic-music create "a song" --weights {output}',
    ]
