"""Every notebook runs from its first cell to its last."""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    cells = [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    names: dict[str, object] = {"__name__": "__main__"}
    for cell in cells:
        assert not cell["outputs"], f"{path.name}: clear the outputs before committing"
        exec(compile("".join(cell["source"]), str(path), "exec"), names)
    printed = capsys.readouterr().out
    assert "chorus" in printed and "(I)" in printed


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS
