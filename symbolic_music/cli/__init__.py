"""The command line: one subcommand per verb; parses, calls, prints; no music in it.

Exit codes: 0 done, 2 something asked for cannot be done (one line on stderr says
what), 130 interrupted, 1 a fault of ours.
"""

from __future__ import annotations

import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from symbolic_music.cli.interrupt import was_seen, watched
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
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        # A terminal without our letters, or a name that is no text, must not end the run.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        with watched(), _quiet_libraries():
            code = run(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = _fail("interrupted; nothing was written", EXIT_INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output went away (``| head``).
        _let_go_of_output()
        code = EXIT_FAULT
    except SymbolicMusicError as failure:
        code = _fail(str(failure), EXIT_BAD_INPUT)
    except OSError as failure:
        if failure.filename is not None:
            # A name that the system refuses even to look at, such as one of 300 letters.
            code = _fail(f"{failure.filename}: {(failure.strerror or 'cannot be used').lower()}", EXIT_BAD_INPUT)
            sys.exit(code)
        _let_go_of_output()
        code = _fail(f"the output cannot be written: {failure.strerror or failure}", EXIT_FAULT)
    except MemoryError:
        code = _fail("out of memory", EXIT_FAULT)
    except Exception as failure:  # nobody who types a command shall read a traceback
        if os.environ.get(DEBUG_VARIABLE):
            raise
        if was_seen():
            code = _fail("interrupted; nothing was written", EXIT_INTERRUPTED)
        else:
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


@contextmanager
def _quiet_libraries() -> Iterator[None]:
    """Keep libraries from writing warnings among our lines, unless somebody looks for faults."""
    if os.environ.get(DEBUG_VARIABLE):
        yield
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger().addHandler(silent := logging.NullHandler())
        logging.lastResort, last_resort = None, logging.lastResort
        try:
            yield
        finally:
            logging.lastResort = last_resort
            logging.getLogger().removeHandler(silent)


def _open_closed_streams() -> None:
    """Let what is said go nowhere where our output was closed (``>&-``), lest the next open file be taken for it."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))  # noqa: SIM115


def _let_go_of_output() -> None:
    """Send what is still in Python's hands nowhere, so that it does not complain at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str, code: int) -> int:
    """Say what went wrong in one line."""
    line = " ".join(message.split())
    with suppress(OSError):
        print(f"symbolic-music: {line}", file=sys.stderr, flush=True)
    return code
