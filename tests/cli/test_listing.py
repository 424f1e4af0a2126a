"""The list of commands, and what is loaded before the first line."""

from __future__ import annotations

import subprocess
import sys

import typer

from symbolic_music.cli.listing import COMMANDS, program_for

# What no song needs, or what only sound, pictures or training need.
HEAVY = {"torch", "transformers", "safetensors", "music21", "onnx", "miditok", "ray", "sklearn", "matplotlib"}


def modules_after(code: str) -> set[str]:
    """Names of the packages that a fresh Python has loaded after running code."""
    shown = "; import sys; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code + shown], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_the_list_says_what_the_commands_say() -> None:
    full = typer.main.get_command(program_for(["no such command"]))
    commands = full.commands  # type: ignore[attr-defined]
    assert set(commands) == set(COMMANDS)
    for name, (_, line) in COMMANDS.items():
        assert " ".join(commands[name].help.split("\n\n")[0].split()) == line, name


def test_help_loads_no_command() -> None:
    code = (
        "from symbolic_music.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "pass"
    )  # fmt: skip
    assert not modules_after(code) & (HEAVY | {"numpy", "pydantic", "yaml", "onnxruntime", "rich"})


def test_a_song_is_made_without_torch_transformers_and_music21(tmp_path) -> None:  # type: ignore[no-untyped-def]
    code = (
        "from symbolic_music import CreateOptions, create\n"
        f"create('pop song, 8 bars', {str(tmp_path / 'song')!r}, CreateOptions(audio='none'))"
    )
    loaded = modules_after(code)
    assert "onnxruntime" in loaded and not loaded & HEAVY
