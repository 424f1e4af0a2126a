"""Every notebook runs from its first cell to its last, and what its text says is so.

Cells of text carry ``claims`` in their metadata, Python that must hold where they stand; every numeral in code signs
and every cadence that the text names must occur in them. Cells that ``solve`` an exercise hold the solution: the
checker refuses what stands in the exercise and accepts it.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

import symbolic_music

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
LESSONS = ["arrangement", "form", "harmony", "how_the_machine_composes", "melody", "rhythm_and_groove"]
NUMERAL = re.compile(r"`([#b]*(?:[iv]+|[IV]+)[a-z0-9+°ø]*(?:/[#b]*[ivIV]+)?)`")
CADENCE = re.compile(r"(im)?(perfect authentic|half|plagal|deceptive|Phrygian half)\W+cadence", re.IGNORECASE)


class Lesson:
    """A notebook being run."""

    def __init__(self, path: Path) -> None:
        self.path, self.names = path, {"__name__": "__main__"}
        self.cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]

    def run(self, source: str) -> None:
        """Run a cell, and show what its last line gives as a notebook would."""
        tree = ast.parse(source, str(self.path))
        shown = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, str(self.path), "exec"), self.names)
        if isinstance(shown, ast.Expr):
            show(eval(compile(ast.Expression(shown.value), str(self.path), "eval"), self.names))

    def holds(self, claim: str) -> bool:
        """Whether what the text says is so."""
        return bool(eval(claim, self.names))


def show(*things: object, **others: object) -> None:
    """Draw things as a notebook does."""
    for thing in things:
        for name in ("_repr_html_", "_repr_svg_"):
            drawn = getattr(thing, name, None)
            if drawn is not None and type(thing).__module__.startswith("symbolic_music"):
                assert drawn()


def silence(score: symbolic_music.Score) -> symbolic_music.Audio:
    """Stands for rendering, which tests of its own are for."""
    assert any(len(track.notes) for track in score.tracks)
    return symbolic_music.Audio(np.zeros((2, 441), dtype=np.float32))


def text_of(cell: dict[str, Any]) -> str:
    """A cell's source."""
    return "".join(cell["source"])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_says_what_is_so(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("IPython.display.display", show)
    monkeypatch.setattr(symbolic_music, "render", silence)
    lesson = Lesson(path)
    for cell in lesson.cells:
        source, notes = text_of(cell), cell["metadata"]
        if cell["cell_type"] == "code":
            assert not cell["outputs"] and cell["execution_count"] is None, f"{path.name}: clear the outputs"
            lesson.run(source)
            continue
        for claim in notes.get("claims", ()):
            assert lesson.holds(claim), f"{path.name}: the text says {claim}"
        if "solves" in notes:
            assert lesson.names and not lesson.holds(f"{notes['solves']}.startswith('right')")
            lesson.run(re.findall(r"```python\n(.*?)```", source, re.DOTALL)[0])
            assert lesson.holds(f"{notes['solves']} == 'right'"), notes["solves"]
    plt.close("all")
    assert "Traceback" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_numerals_and_cadences_that_a_notebook_names_are_among_its_claims(path: Path) -> None:
    for cell in Lesson(path).cells:
        if cell["cell_type"] == "code" or "solves" in cell["metadata"]:
            continue
        claims, source = " ".join(cell["metadata"].get("claims", ())), text_of(cell).replace("\n", " ")
        cadences = {"".join(found).lower() for found in CADENCE.findall(source)}
        assert [numeral for numeral in NUMERAL.findall(source) if f'"{numeral}"' not in claims] == []
        assert [cadence for cadence in cadences if f'"{cadence}"' not in claims.lower()] == []


def test_a_notebook_goes_on_where_no_sound_can_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*arguments: object) -> None:
        raise symbolic_music.SymbolicMusicError("no synthesizer is installed")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(symbolic_music, "render", missing)
    lesson = Lesson(next(path for path in NOTEBOOKS if path.stem == "melody"))
    sources = [text_of(cell) for cell in lesson.cells if cell["cell_type"] == "code"]
    for source in sources[:3]:
        lesson.run(source)
    assert lesson.holds("listen(ode).startswith('No sound here')")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_uses_public_names_and_has_goals_sliders_and_exercises(path: Path) -> None:
    cells = Lesson(path).cells
    code = "\n".join(text_of(cell) for cell in cells if cell["cell_type"] == "code")
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom):
            assert not str(node.module).startswith("symbolic_music")
        elif isinstance(node, ast.Import):
            assert all(not alias.name.startswith("symbolic_music.") for alias in node.names)
    assert "**Goals.**" in text_of(cells[0]) and "widgets.interact(" in code
    n_solutions = sum("solves" in cell["metadata"] for cell in cells)
    assert 2 <= n_solutions == sum("## Exercise" in text_of(cell) for cell in cells) <= 3


@pytest.mark.slow
def test_jupyter_runs_all_notebooks_in_less_than_eight_minutes(tmp_path: Path) -> None:
    import resource  # not on Windows

    for path in NOTEBOOKS:
        shutil.copy(path, tmp_path)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "pytest", "--nbmake", "-q", "-p", "no:cacheprovider", "--durations=0", "."]
    where = os.pathsep.join([str(Path(symbolic_music.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": where}, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(done.stdout, f"{spent:.0f} s of processor time")
    assert done.returncode == 0, done.stdout
    assert spent < 480


def test_there_are_six_lessons() -> None:
    assert [path.stem for path in NOTEBOOKS] == LESSONS
