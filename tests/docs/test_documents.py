"""Every code block and command of README and docs runs; what takes hours or gigabytes is checked by its help."""

from __future__ import annotations

import contextlib
import glob
import io
import re
import runpy
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from symbolic_music.cli import main
from tests.docs.documents import DOCUMENTS, ROOT, Step, command_of, steps_of, unknown_blocks

# Programs that are not run, and why. Their options are checked where they can be.
NOT_RUN = {
    "make": "sets up a machine, trains for hours or runs these very tests; targets and variables are checked",
    "accelerate": "needs several GPUs; the module it starts is checked by its help",
    "python -m data_prep": "reads gigabytes of sources that are not in the repository; checked by its help",
    "python -m symbolic_music": "trains for hours, or measures many songs; checked by its help",
    "python -m tests": "reads folders of files from elsewhere, or draws what is there already; checked by its help",
    "python examples": "opens a window and plays; tests/games/test_export.py and test_stream_player.py do without one",
}

# Songs are made shorter than the documents ask, so that the tests stay quick; options win over the prompt.
SHORT = ["--bars", "16", "--candidates", "1"]


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.filterwarnings("ignore")
def test_everything_in_a_document_runs(document: str, place: Path) -> None:
    names: dict[str, object] = {"__name__": "__main__"}
    for step in steps_of(document, subcommands()):
        try:
            run(step, names)
        except Exception as failure:
            raise AssertionError(f"{step.text}: {type(failure).__name__}: {failure}") from failure


def test_documents_have_much_to_run_and_no_block_is_passed_over() -> None:
    assert sum(len(steps_of(document)) for document in DOCUMENTS) > 50
    assert [line for document in DOCUMENTS for line in unknown_blocks(document)] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("symbolic-music show song/ -o song.png  # draw", ("symbolic-music", "show", "song/", "-o", "song.png")),
        ('make song PROMPT="a tune"', ("make", "song", "PROMPT=a tune")),
        ("python -m data_prep build --out SONG [--limit N]", ("python", "-m", "data_prep", "build", "--out", "song/")),
        ("makes it better", ()), ("arranging/seams.py", ()),
    ],
)  # fmt: skip
def test_commands_are_told_from_prose(text: str, words: tuple[str, ...]) -> None:
    assert command_of(text) == words


@cache
def subcommands() -> frozenset[str]:
    """The names in the help of the program."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        main(["--help"])
    return frozenset(re.findall(r"^  ([a-z]+)  ", said.getvalue(), re.MULTILINE))


def run(step: Step, names: dict[str, object]) -> None:
    """Run Python, a command of ours, or check what is not run."""
    if step.code:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(step.code, step.text, "exec"), names)
        return
    program, *arguments = step.words
    if program == "symbolic-music" and step.is_mention:
        assert arguments[0] in subcommands() or arguments[0].startswith("--")
    elif program == "symbolic-music":
        if arguments[0] == "create" and not {"--plan", "--brief", "--help"} & set(arguments):
            arguments += SHORT
            if "--n" in arguments:  # a hundred songs are tests/pipeline/test_many.py's
                arguments[arguments.index("--n") + 1] = "1"
        run_ours([match for word in arguments for match in sorted(glob.glob(word)) or [word]])
    elif program == "make":
        check_make(arguments)
    elif "-m" in arguments:
        check_module(arguments[arguments.index("-m") + 1 :])
    elif program == "python":
        assert (ROOT / arguments[0]).exists()
    assert program == "symbolic-music" or any(step.text.split(": ", 1)[1].startswith(name) for name in NOT_RUN)


def run_ours(arguments: Sequence[str]) -> None:
    """Run the command line; it must end well."""
    errors = io.StringIO()
    quiet = contextlib.redirect_stdout(io.StringIO())
    with quiet, contextlib.redirect_stderr(errors), pytest.raises(SystemExit) as ending:
        main(list(arguments))
    assert not ending.value.code, errors.getvalue()


def check_make(arguments: Sequence[str]) -> None:
    """Targets and variables are in the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for word in arguments:
        pattern = rf"^{word.partition('=')[0]} \?=" if "=" in word else rf"^{word}:"
        assert re.search(pattern, makefile, re.MULTILINE), f"the Makefile has no {word}"


def check_module(words: Sequence[str]) -> None:
    """The module starts, and its help knows the options that are used."""
    module, *arguments = words
    said = io.StringIO()
    subcommand = arguments[:1] if module == "data_prep" else []
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(said):
        patch.setattr(sys, "argv", [module, *subcommand, "--help"])
        with contextlib.suppress(SystemExit):
            runpy.run_module(module, run_name="__main__", alter_sys=False)
    for option in (word for word in arguments if word.startswith("--")):
        assert option.partition("=")[0] in said.getvalue(), f"{module} has no option {option}"
