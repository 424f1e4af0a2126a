"""The styles command: a table for people, JSON for scripts, a line when nothing fits."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from symbolic_music.cli import main
from symbolic_music.styles.style import style_names

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command; gives exit code, stdout, stderr."""

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ending:
            main(["styles", *arguments])
        captured = capsys.readouterr()
        return int(ending.value.code or 0), captured.out, captured.err

    return call


def test_lists_every_style_with_its_band(run: Run) -> None:
    code, out, err = run()
    lines = out.strip().splitlines()
    assert (code, err) == (0, "")
    assert lines[0].split() == ["style", "family", "meters", "tempo", "band"]
    assert len(lines) == len(style_names()) + 2
    assert lines[-1] == f"{len(style_names())} styles"
    bossa = next(line for line in lines if line.startswith("bossa nova"))
    assert "4/4" in bossa and "guitar nylon guitar" in bossa


def test_meter_and_tempo_narrow_the_list(run: Run) -> None:
    found = json.loads(run("--meter", "3/4", "--tempo", "150", "--json")[1])["styles"]
    assert {"viennese waltz", "jazz waltz"} <= {style["name"] for style in found}
    for style in found:
        assert "3/4" in style["meters"] and style["tempo_qpm"][0] <= 150 <= style["tempo_qpm"][1]


def test_one_style_as_data(run: Run) -> None:
    (style,) = json.loads(run("R&B", "--json")[1])["styles"]
    assert style["name"] == "rnb"
    assert style["programs"]["bass"] == 33


def test_quiet_prints_nothing(run: Run) -> None:
    assert run("--quiet") == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--meter", "11/8"), "'11/8' is not a supported meter"),
        (("--tempo", "5"), "out of range"),
        (("waltz", "--meter", "4/4"), "style 'waltz' is played in 3/4"),
        (("walz",), "did you mean"),
    ],
)
def test_refusals_are_one_line(run: Run, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert said in err and "Traceback" not in err
    assert len(err.strip().splitlines()) == 1
