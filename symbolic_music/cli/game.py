"""The `game` command, and what `export --game` calls: a song as music for a game."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from symbolic_music.cli.commands import AsJson, Quiet, Soundfont, app
from symbolic_music.cli.display import Display

LoopDialects = Annotated[str, typer.Option("--loop-dialect", help=(
    "MIDI loop marks, comma between: markers, cc111 (RPG Maker), emidi, touhou, descent; or none."))]  # fmt: skip
LoopSections = Annotated[str | None, typer.Option("--loop", help=(
    'First and last section of the loop: "verse 1:chorus 2". If left out, all between intro and outro.'))]  # fmt: skip
MaxKb = Annotated[float | None, typer.Option(help="No file may be larger than this many kB (1024 bytes).")]
AudioKinds = Annotated[str, typer.Option("--audio", help="ogg, wav, both with a comma between, or none.")]
TransitionBars = Annotated[int, typer.Option(help="Length of transitions: 1 or 2 bars.")]
SampleRate = Annotated[int, typer.Option(help="44100 or 48000.")]
CutSoundfont = Annotated[bool, typer.Option("--cut-soundfont", help=(
    "Also write soundfont.sf2: only what the music uses of the soundfont."))]  # fmt: skip


@dataclass(frozen=True)
class GameWish:
    """What was asked for on the command line, as text."""

    loop_dialect: str = "markers,cc111"
    loop: str | None = None
    max_kb: float | None = None
    audio: str = "ogg,wav"
    transition_bars: int = 1
    sample_rate: int = 44100
    soundfont: Path | None = None
    cut_soundfont: bool = False


@app.command(epilog="Example: symbolic-music game song/ -o game/ --max-kb 2000 --cut-soundfont")
def game(
    source: Annotated[Path, typer.Argument(help="A song folder, or any MIDI file.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to fill.")] = Path("game"),
    loop_dialect: LoopDialects = "markers,cc111", loop: LoopSections = None, max_kb: MaxKb = None,
    audio: AudioKinds = "ogg,wav", transition_bars: TransitionBars = 1, sample_rate: SampleRate = 44100,
    soundfont: Soundfont = None, cut_soundfont: CutSoundfont = False, quiet: Quiet = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Make a song fit for a game: loop, sections, layers, transitions, stingers, music.json."""
    wish = GameWish(loop_dialect, loop, max_kb, audio, transition_bars, sample_rate, soundfont, cut_soundfont)
    with Display(quiet, as_json) as display:
        data, lines = export_for_game(source, output, wish, display)
    display.result(data, lines)


def export_for_game(source: Path, folder: Path, wish: GameWish, display: Display) -> tuple[dict[str, Any], list[str]]:
    """Export a song folder or MIDI file for a game; give what to print, as data and as lines."""
    from symbolic_music.games import GameOptions, export_game

    first, _, last = (wish.loop or "").partition(":")
    options = GameOptions(
        dialects=_names(wish.loop_dialect), loop_from=first.strip() or None, loop_to=(last or first).strip() or None,
        max_kb=wish.max_kb, audio=_names(wish.audio), sample_rate=wish.sample_rate,
        transition_bars=wish.transition_bars, soundfont=wish.soundfont, cut_soundfont=wish.cut_soundfont,
        on_progress=display.progress,
    )  # fmt: skip
    made = export_game(source, folder, options)
    return _describe(folder, dict(made.cue_sheet))


def cut_for_song(source: Path, target: Path, soundfont: Path | None) -> tuple[dict[str, Any], list[str]]:
    """Cut a soundfont down to what a song folder or MIDI file uses; give what to print."""
    from symbolic_music.games.export import cut_song_soundfont

    made = cut_song_soundfont(source, target, soundfont)
    presets = [f"{bank}:{program} {name}" for bank, program, name in made.presets]
    lines = [f"Written: {target}, {made.n_bytes // 1024} kB, {made.n_samples} samples", f"  {', '.join(presets)}"]
    return {"file": str(target), "bytes": made.n_bytes, "samples": made.n_samples, "presets": presets}, lines


def _names(text: str) -> tuple[str, ...]:
    """Split a list of names; ``none`` is an empty one."""
    names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    return () if names == ("none",) else names


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
