"""The `soundfonts` commands: what the machine has, what is in a file, and whether it can be played."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symbolic_music.cli.commands import AsJson, Quiet
from symbolic_music.cli.display import Display
from symbolic_music.cli.listing import app
from symbolic_music.errors import RenderError
from symbolic_music.formats.soundfont_file import (
    DRUM_BANK,
    SoundfontInfo,
    SoundfontProblemError,
    read_soundfont,
)
from symbolic_music.rendering.soundfont import find_soundfont, installed_soundfonts
from symbolic_music.rendering.soundfont_licences import find_licence
from symbolic_music.theory.instruments import instrument_of_program

soundfonts = typer.Typer(rich_markup_mode=None)
app.add_typer(soundfonts, name="soundfonts", help="Find and check the soundfonts that render plays with.")

Name = Annotated[Path, typer.Argument(help="A file, or the name of an installed one such as FluidR3_GM.")]


@soundfonts.callback(invoke_without_command=True)
def _soundfonts(context: typer.Context, quiet: Quiet = False, as_json: AsJson = False) -> None:
    """Find and check the soundfonts that render plays with; without a command, list them."""
    if context.invoked_subcommand is None:
        list_installed(quiet, as_json)


@soundfonts.command("list", epilog="Example: symbolic-music soundfonts list")
def list_installed(quiet: Quiet = False, as_json: AsJson = False) -> None:
    """List the soundfonts found, in the order in which they are taken."""
    rows: list[dict[str, object]] = []
    lines, seen = [], dict[Path, Path]()
    with Display(quiet, as_json) as display:
        default = _default()
        for path in installed_soundfonts():
            if (first := seen.setdefault(path.resolve(), path)) != path:
                rows.append({"file": str(path), "same_as": str(first)})
                lines.append(f"  {path}: the same file as {first}")
                continue
            try:
                info = read_soundfont(path)
            except SoundfontProblemError as problem:
                rows.append({"file": str(path), "problem": str(problem)})
                lines.append(f"  {path}: {problem}")
                continue
            rows.append(_data(info) | {"default": path == default})
            lines.append(f"{'*' if path == default else ' '} {_line(info)}")
        if not rows:
            hint = "soundfonts/README.md says where to get one and where to put it"
            raise RenderError("no soundfont found", hint)
        display.result({"soundfonts": rows}, [*lines, "* plays unless you name another (--soundfont)"])


@soundfonts.command("info", epilog="Example: symbolic-music soundfonts info FluidR3_GM --presets")
def info(
    name: Name,
    presets: Annotated[bool, typer.Option("--presets", help="List every preset.")] = False,
    quiet: Quiet = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Say what a soundfont holds."""
    with Display(quiet, as_json) as display:
        found = read_soundfont(find_soundfont(name))
        rows = [{"bank": preset.bank, "program": preset.program, "name": preset.name} for preset in found.presets]
        lines = [
            f"{found.path}: {found.name or 'without a name'}",
            f"  {found.kind}, version {found.version or 'unknown'}, {_size(found)}, {len(found.presets)} presets, "
            f"{found.n_instruments} instruments, {found.n_samples} samples",
            f"  by {found.author or 'unknown'}; copyright: {found.copyright or 'not stated'}",
            f"  licence: {_licence(found)}",
            f"  {_gaps_line(found)}",
        ]
        if presets:
            lines += [f"  {row['bank']:>5}:{row['program']:<3} {row['name']}" for row in rows]
        display.result(_data(found) | {"preset_list": rows, "comment": found.comment}, lines)


@soundfonts.command("check", epilog="Example: symbolic-music soundfonts check my.sf2")
def check(
    names: Annotated[list[Path], typer.Argument(help="Files, or names of installed ones.", metavar="NAME...")],
    quiet: Quiet = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Check that soundfonts are whole and can be played."""
    from symbolic_music.rendering import RenderOptions, check_sound

    rows, lines = [], []
    with Display(quiet, as_json) as display:
        for name in names:
            found = read_soundfont(find_soundfont(name))
            check_sound(RenderOptions(soundfont=found.path))
            rows.append(_data(found))
            lines.append(f"{found.path}: good, {_size(found)}, {len(found.presets)} presets; {_gaps_line(found)}")
        display.result({"soundfonts": rows}, lines)


def _default() -> Path | None:
    """Find the soundfont that plays if none is named."""
    try:
        return find_soundfont()
    except RenderError:
        return None


def _line(info: SoundfontInfo) -> str:
    """Say a soundfont in a line."""
    return f"{info.path}: {info.name}, {_size(info)}, {len(info.presets)} presets, licence {_licence(info)}"


def _size(info: SoundfontInfo) -> str:
    """Say a file's size."""
    return f"{info.n_bytes / 1e6:.1f} MB"


def _licence(info: SoundfontInfo) -> str:
    """Say a licence and how it is known."""
    licence, source = find_licence(info)
    return f"{licence} (as its texts say)" if source == "its texts" else licence


def _gaps(info: SoundfontInfo) -> list[int]:
    """List the General MIDI programs, 0 to 127, that are missing."""
    there = {preset.program for preset in info.presets if preset.bank == 0}
    return [program for program in range(128) if program not in there]


def _gaps_line(info: SoundfontInfo) -> str:
    """Say what of General MIDI is missing."""
    gaps = _gaps(info)
    kits = sum(preset.bank == DRUM_BANK for preset in info.presets)
    drums = f"{kits} drum kits" if kits else "no drum kit"
    if not gaps:
        return f"all 128 General MIDI programs, {drums}"
    names = ", ".join(instrument_of_program(program).name for program in gaps[:8])
    more = f" and {len(gaps) - 8} more" if len(gaps) > 8 else ""
    return f"{drums}; missing (others of their family play instead): {names}{more}"


def _data(info: SoundfontInfo) -> dict[str, object]:
    """Say a soundfont as data for scripts."""
    licence, source = find_licence(info)
    return {
        "file": str(info.path), "name": info.name, "kind": info.kind, "bytes": info.n_bytes,
        "author": info.author, "copyright": info.copyright, "licence": licence, "licence_source": source,
        "presets": len(info.presets), "missing_programs": _gaps(info),
        "drum_kits": sum(preset.bank == DRUM_BANK for preset in info.presets),
    }  # fmt: skip
