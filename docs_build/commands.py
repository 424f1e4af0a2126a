"""The reference of the command line, written from the commands themselves, so that it cannot drift from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from symbolic_music.cli.listing import COMMANDS, program_for

# No command's name, so that the program loads them all.
ALL = "--all"


def write_commands() -> str:
    """Write every command with its usage, arguments and options, as Markdown."""
    program: Any = get_command(program_for([ALL]))
    context = program.make_context("symbolic-music", [], resilient_parsing=True)
    lines: list[str] = []
    for name in COMMANDS:
        command = program.get_command(context, name)
        if command is not None and not command.hidden:
            lines += _command(name, command, context)
    return "\n".join(lines)


def _command(name: str, command: Any, above: Any) -> Iterator[str]:
    """One command; those below it follow."""
    context = type(above)(command, info_name=name, parent=above)
    yield from (f"## `{name}`" if above.parent is None else f"### `{name}`", "", *_paragraphs(command.help or ""), "")
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield from ("```text", usage, "```", "")
    shown = [parameter for parameter in command.params if not getattr(parameter, "hidden", False)]
    shown.sort(key=lambda parameter: parameter.param_type_name != "argument")
    if rows := [row for parameter in shown if (row := _row(parameter, context)) is not None]:
        yield from ("| | |", "| -- | -- |", *rows, "")
    if command.epilog:
        yield from (*_paragraphs(command.epilog), "")
    for below in getattr(command, "commands", {}).values():
        yield from _command(f"{name} {below.name}", below, context)


def _row(parameter: Any, context: Any) -> str | None:
    """A parameter as a row of a table: how it is written, and what it does."""
    if parameter.param_type_name == "argument":
        return f"| `{(parameter.metavar or parameter.name).upper()}` | {_cell(getattr(parameter, 'help', '') or '')} |"
    record = parameter.get_help_record(context)
    return None if record is None else f"| `{record[0]}` | {_cell(record[1])} |"


def _paragraphs(text: str) -> list[str]:
    """Help as paragraphs; a sign that keeps lines as they are is for terminals."""
    return [line.strip() for line in text.replace("\b", "").strip().splitlines()]


def _cell(text: str) -> str:
    """A text in a table."""
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
