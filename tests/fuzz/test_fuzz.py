"""A short form of `make fuzz`, the same mutants each time; and every small case that ever broke something."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import pytest

from tests.fuzz.mutations import mutate
from tests.fuzz.readers import MOST_SEC, READERS, corpus_of, survives

CASES = Path(__file__).resolve().parents[1] / "cases"
N_MUTANTS = 60
_KINDS = {
    ".mid": ("midi", "melody"), ".musicxml": ("musicxml",), ".mxl": ("mxl",), ".abc": ("abc",), ".txt": ("chart",),
    ".yaml": ("brief", "plan"), ".dawproject": ("dawproject",), ".sf2": ("soundfont",), ".prompt": ("prompt",),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(READERS))
def test_good_files_are_read(name: str, tmp_path: Path) -> None:
    assert all([survives(READERS[name], data, tmp_path) for data in corpus_of(name)])


@pytest.mark.parametrize("name", sorted(READERS))
def test_mutants_are_read_or_refused_in_one_line_in_time(name: str, tmp_path: Path) -> None:
    chance, good = random.Random(name), corpus_of(name)
    for _ in range(N_MUTANTS):
        data = mutate(chance, good, READERS[name].words)
        start = time.process_time()
        survives(READERS[name], data, tmp_path)
        assert time.process_time() - start < MOST_SEC


@pytest.mark.parametrize("path", sorted(CASES.iterdir()), ids=lambda path: path.name)
def test_cases_that_broke_something_are_read_or_refused(path: Path, tmp_path: Path) -> None:
    for name in _KINDS[path.suffix]:
        start = time.process_time()
        survives(READERS[name], path.read_bytes(), tmp_path)
        assert time.process_time() - start < MOST_SEC


def test_mutants_are_the_same_each_time() -> None:
    good = corpus_of("abc")
    first, second = (
        [mutate(chance, good, (b"|:",)) for _ in range(20)] for chance in (random.Random(1), random.Random(1))
    )
    assert first == second and len(set(first)) > 15


def test_every_fault_and_every_case_has_a_test_that_is_there() -> None:
    root = CASES.parents[1]
    text = (root / "docs" / "formats.md").read_text(encoding="utf-8").partition("What once went wrong")[2]
    named = set(re.findall(r"`(test_[a-z0-9_]+)`", text))
    written = {name for path in (root / "tests").rglob("test_*.py")
               for name in re.findall(r"def (test_[a-z0-9_]+)", path.read_text(encoding="utf-8"))}  # fmt: skip
    assert len(named) > 25 and named <= written, named - written
    assert {row[2] for row in text.split("\n") if row[:2] == "| " and row[2].isdigit()} == set("123456")
    assert [path.name for path in CASES.iterdir() if "doubled" not in path.name and "pickup" not in path.name
            and f"`{path.name}`" not in text] == []  # fmt: skip
