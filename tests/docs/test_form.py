"""Documents have one form: lines wrapped by mdformat, decisions alike, files that are named are there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import mdformat
import pytest

from tests.docs.documents import DOCUMENTS, ROOT

DECISIONS = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
# In this order; the first two in every decision.
HEADINGS = ("Decision", "Why", "Measured", "Limits", "Consequences", "Not taken")
STATUS = re.compile(r"Status: (?:accepted|superseded(?: in part)? by \[\d{4}\]\((\S+)\).*)\.")


def wrapped(text: str) -> str:
    """A document as ``make docs`` writes it."""
    options = tomllib.loads((ROOT / ".mdformat.toml").read_text(encoding="utf-8"))
    return mdformat.text(text, options=options, extensions={"gfm", "tables"})


@pytest.mark.parametrize("document", [*DOCUMENTS, "CHANGELOG.md"])
def test_lines_are_wrapped_by_the_tool(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    assert text == wrapped(text), f"{document}: run make docs, which wraps all documents"


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_what_and_why_under_the_same_headings(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"# {path.name[:4]}. ")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings[:2] == ["Decision", "Why"]
    assert headings == [heading for heading in HEADINGS if heading in headings]


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_whether_it_still_holds_and_what_took_its_place(path: Path) -> None:
    paragraphs = path.read_text(encoding="utf-8").split("\n\n")
    status = STATUS.fullmatch(paragraphs[1].replace("\n", " "))
    assert status is not None
    assert status[1] is None or (path.parent / status[1]).exists()


def test_every_decision_is_in_the_index_with_its_title() -> None:
    index = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
    for path in DECISIONS:
        title = path.read_text(encoding="utf-8").splitlines()[0].partition(". ")[2]
        assert f"| [{path.name[:4]}]({path.name}) | {title} |" in index


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_that_a_document_names_are_there(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    named = re.findall(r"`((?:\w+/)+\w+\.(?:py|yaml|toml))`", text)
    assert [name for name in named if not any((ROOT / at / name).exists() for at in ("", "symbolic_music"))] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_between_documents_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    assert [link for link in links if not ((ROOT / document).parent / link).exists()] == []
