"""The list of mutants fits the code: every snippet stands once where it is said to stand, every test is there."""

from __future__ import annotations

import ast
import re

import pytest

from tests.mutants.listing import ROOT, Mutant, load_mutants

MUTANTS = load_mutants()
# What reviews found unnoticed once; each has one mutant or several.
KINDS = (
    "worst candidate chosen", "critic's sign flipped", "sad = fast", "slash bass dropped", "drums transposed",
    "original of a variation", "context of the phrase before", "top_p ignored", "--candidates ignored",
    "returns that vary the same way", "lift one section late", "doubling at the unison", "two strong beats in 3/4",
    "POP909's doubling rule", "shared harmony never used", "density word ignored", "chord symbols not rescaled",
    "ArrangeOptions.seed ignored",
)  # fmt: skip


def where(snippet: str) -> list[str]:
    """The files of the code in which a snippet stands."""
    files = [path for folder in ("symbolic_music", "data_prep") for path in (ROOT / folder).rglob("*.py")]
    return [str(path.relative_to(ROOT)) for path in files if snippet in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_can_be_made_and_is_still_code(mutant: Mutant) -> None:
    path = ROOT / mutant.file
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    assert text.count(mutant.replace) == 1, f"{mutant.replace!r} now stands in {where(mutant.replace) or 'no file'}"
    ast.parse(mutant.apply(text))
    assert mutant.by != mutant.replace and mutant.promise.endswith(".")


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_test_that_must_notice_is_there_and_runs_every_time(mutant: Mutant) -> None:
    file, _, name = mutant.test.partition("::")
    text = (ROOT / file).read_text(encoding="utf-8")
    function = re.search(rf"((?:^@.*\n)*)^def {name.partition('[')[0]}\(", text, re.MULTILINE)
    assert function is not None and "mark.slow" not in function[1] and "skip" not in function[1]


def test_names_are_different_and_every_kind_of_fault_is_listed() -> None:
    names = [mutant.name for mutant in MUTANTS]
    assert len(set(names)) == len(names)
    assert [kind for kind in KINDS if not any(name.startswith(kind) for name in names)] == []
