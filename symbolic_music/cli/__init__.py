"""The command line: one subcommand per verb; parses, calls, prints; no music in it.

Exit codes: 0 done, 2 something asked for cannot be done (one line on stderr says
what), 130 interrupted, 1 a fault of ours.
"""

from __future__ import annotations

import os
import sys

from symbolic_music.cli.interrupt import watched
from symbolic_music.errors import SymbolicMusicError

EXIT_BAD_INPUT, EXIT_INTERRUPTED, EXIT_FAULT = 2, 130, 1
DEBUG_VARIABLE = "SYMBOLIC_MUSIC_DEBUG"


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code; errors are one line, never a traceback."""
    # Nothing is ever fetched: the weights are in the package.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    # One thread is enough for numpy's products, which are small; two that wait for each other on a busy machine
    # took minutes for what one does in two seconds. The phrase model's engine counts its own threads.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        with watched():
            code = run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        code = _fail("interrupted; nothing was written", EXIT_INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output went away (``| head``); keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = EXIT_FAULT
    except SymbolicMusicError as failure:
        code = _fail(str(failure), EXIT_BAD_INPUT)
    except MemoryError:
        code = _fail("out of memory", EXIT_FAULT)
    except Exception as failure:
        if os.environ.get(DEBUG_VARIABLE):
            raise
        text = f"{type(failure).__name__}: {failure}"
        code = _fail(f"a fault of the program: {text} (set {DEBUG_VARIABLE}=1 to see where)", EXIT_FAULT)
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command; return its exit code, raise what goes wrong inside."""
    import typer

    from symbolic_music.cli.listing import program_for

    command = typer.main.get_command(program_for(arguments))
    # The root of the parser's own errors, wherever this version of typer keeps it.
    usage_error: type[Exception] = typer.BadParameter.__mro__[2]
    try:
        code = command.main(args=arguments, prog_name="symbolic-music", standalone_mode=False)
    except usage_error as failure:
        text = failure.format_message() if hasattr(failure, "format_message") else str(failure)
        return _fail(f"{text} (see symbolic-music --help)" if text else "see symbolic-music --help", EXIT_BAD_INPUT)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except typer.Exit as ending:
        code = ending.exit_code
    if code == EXIT_INTERRUPTED:  # newer typer turns Ctrl-C into this code by itself
        raise KeyboardInterrupt
    return code if isinstance(code, int) else 0


def _fail(message: str, code: int) -> int:
    """Say what went wrong in one line."""
    line = " ".join(message.split())
    print(f"symbolic-music: {line}", file=sys.stderr)
    return code
