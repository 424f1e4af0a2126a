"""Engraved pages: verovio draws every note, and the pages are not empty."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from symbolic_music.drawing.engraving import EngraveOptions, engrave, write_engraving
from symbolic_music.drawing.svg import parse_path
from symbolic_music.errors import FileFormatError, InputError
from symbolic_music.formats.fullscore import full_score_to_xml
from symbolic_music.formats.musicxml import lead_sheet_to_xml, xml_text
from tests.formats.test_midi import make_score
from tests.formats.test_musicxml import make_sheet


@pytest.fixture(scope="module")
def lead() -> str:
    return xml_text(lead_sheet_to_xml(make_sheet(n_bars=120)))


def test_pages_have_every_section_and_bar(lead: str) -> None:
    pages = engrave(lead)
    assert len(pages) > 1
    text = "".join(pages)
    assert text.count('class="reh"') == 2
    assert text.count('class="measure"') == 120


def test_a_server_engraves_in_any_of_its_threads(lead: str) -> None:
    here = engrave(lead)
    with ThreadPoolExecutor(1) as elsewhere:
        assert len(elsewhere.submit(engrave, lead).result()) == len(here)


def test_a_score_has_all_its_staves() -> None:
    (page,) = engrave(xml_text(full_score_to_xml(make_score())), EngraveOptions(scale=40))
    assert all(f">{name}<" in page for name in ("Melody", "Piano", "Bass", "Drums"))


def test_pdf_has_a_page_for_each(lead: str, tmp_path: Path) -> None:
    assert write_engraving(lead, tmp_path / "lead.pdf") == [tmp_path / "lead.pdf"]
    content = (tmp_path / "lead.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert content.count(b"/Type /Page\n") + content.count(b"/Type /Page ") == len(engrave(lead))
    first = content
    write_engraving(lead, tmp_path / "lead.pdf")
    assert len((tmp_path / "lead.pdf").read_bytes()) == pytest.approx(len(first), rel=0.01)


def test_png_shows_staves_from_side_to_side(tmp_path: Path) -> None:
    from matplotlib.image import imread

    files = write_engraving(xml_text(lead_sheet_to_xml(make_sheet())), tmp_path / "lead.png", EngraveOptions(dpi=60))
    assert files == [tmp_path / "lead.png"]
    dark = imread(files[0])[..., 0] < 0.97
    height, width = dark.shape
    assert height / width == pytest.approx(297 / 210, rel=0.01)
    # Staff lines: rows that are dark over most of the width.
    assert (dark.mean(axis=1) > 0.5).sum() >= 5
    assert not dark[:, : width // 50].any()


def test_what_cannot_be_engraved_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"lead\.txt: an engraved score ends in"):
        write_engraving("", tmp_path / "lead.txt")
    with pytest.raises(FileFormatError, match="cannot be engraved"):
        engrave("no music")
    assert list(tmp_path.iterdir()) == []


def test_paths_of_all_commands() -> None:
    path = parse_path("M1 2h3v-1l-1 1c0 1 1 1 1 0s1 -1 1 0q1 1 2 0zM0 0L5-5")
    assert path.codes.tolist() == [1, 2, 2, 2, 4, 4, 4, 4, 4, 4, 3, 3, 79, 1, 2]
    assert np.allclose(path.vertices[3], (3, 2))
    # The smooth curve's first control point mirrors the last one.
    assert np.allclose(path.vertices[7], (4, 1))
    assert np.allclose(path.vertices[-1], (5, -5))


def test_texts_of_spaces_alone_are_drawn(tmp_path: Path) -> None:
    # A dotted metronome mark in 12/8 has one.
    pages = write_engraving(xml_text(lead_sheet_to_xml(make_sheet("12/8"))), tmp_path / "lead.png")
    assert all(page.stat().st_size > 5000 for page in pages)
