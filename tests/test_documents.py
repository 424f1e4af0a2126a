"""What the documents say of fields and numbers is what the program has."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from symbolic_music.filling import FillOptions
from symbolic_music.song.brief import GENRES, MOODS, Brief
from symbolic_music.song.document import Document
from symbolic_music.song.plan import (
    CADENCES,
    EVENTS,
    RELATIONS,
    ROLES,
    SECTION_KINDS,
    PlannedEvent,
    PlannedPhrase,
    PlannedSection,
    SongPlan,
)

ROOT = Path(__file__).resolve().parents[1]
FORMATS = (ROOT / "docs/formats.md").read_text(encoding="utf-8")


def chapter(name: str) -> str:
    """The text under a heading of docs/formats.md."""
    return FORMATS.partition(f"## {name}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("Brief", Brief),
        ("Song plan", SongPlan),
        ("Song plan", PlannedSection),
        ("Song plan", PlannedPhrase),
        ("Song plan", PlannedEvent),
    ],
)
def test_every_field_of_a_document_is_described(name: str, document: type[Document]) -> None:
    text = chapter(name)
    missing = [field for field in document.model_fields if f"`{field}`" not in text and field != "schema_version"]
    assert missing == []


@pytest.mark.parametrize("words", [GENRES, MOODS], ids=["genres", "moods"])
def test_every_word_of_a_brief_is_listed(words: tuple[str, ...]) -> None:
    assert ", ".join(words) in chapter("Brief")


@pytest.mark.parametrize("words", [ROLES, SECTION_KINDS, CADENCES, RELATIONS, EVENTS])
def test_every_word_of_a_plan_is_listed(words: tuple[str, ...]) -> None:
    assert ", ".join(words) in " ".join(chapter("Song plan").split())


def test_decisions_give_the_numbers_that_are_shipped() -> None:
    reference = json.loads((ROOT / "symbolic_music/evaluation/human_reference.json").read_text(encoding="utf-8"))
    measures = (ROOT / "docs/decisions/0003-measures.md").read_text(encoding="utf-8")
    runs = reference["longest_runs"]
    assert f"{runs['two_validation_songs']['n_notes']} between two validation songs" in measures
    assert f"two pop songs {runs['two_validation_pop_songs']['n_notes']}" in measures
    assert f"up to {runs['validation_songs_and_training']['n_notes']} with a training melody" in measures
    candidates = (ROOT / "docs/decisions/0004-choosing-candidates.md").read_text(encoding="utf-8")
    numbers = {8: "eight", 16: "sixteen", 32: "32"}
    assert re.search(rf"default (is|became) {numbers[FillOptions().n_candidates]} candidates", candidates)
