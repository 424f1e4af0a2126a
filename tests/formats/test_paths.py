"""Names of files fit every system, and no name from a stranger leads out of its folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symbolic_music.errors import OutputError
from symbolic_music.formats.paths import file_name, inside

RESERVED = ["con", "PRN", "aux", "NUL", "com1", "LPT9", "nul.txt", "COM¹"]


@given(st.text(max_size=300))
def test_a_name_made_of_any_text_fits_every_system(text: str) -> None:
    name = file_name(text)
    assert name and len(name.encode("utf-8")) <= 121
    assert not set(name) & set('<>:"/\\|?*\0\n\t') and name == name.strip(" .")
    assert name.split(".")[0].lower() not in {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(10))}
    assert file_name(name) in (name, f"{name}_")


@pytest.mark.parametrize("text", RESERVED)
def test_devices_are_no_names(text: str) -> None:
    assert file_name(text).lower() not in {name.lower() for name in RESERVED}


def test_names_that_are_no_text_or_nothing() -> None:
    assert file_name("\udcff") == "part"
    assert file_name("...", "track") == "track"
    assert len(file_name("歌" * 200).encode()) <= 120


@pytest.mark.parametrize("name", [
    "..", "../x", "a/../../x", "/etc/passwd", "C:\\x", "c:x", "a\0b", "", ".", "a//b", "..\\x", "\\\\server\\x", "nul",
    "x.", "a /b", "link/x",
])  # fmt: skip
def test_names_that_lead_out_of_a_folder_are_refused(tmp_path: Path, name: str) -> None:
    if name.startswith("link"):
        try:
            os.symlink(tmp_path.parent, tmp_path / "link")
        except OSError:
            pytest.skip("links are not allowed here")
    with pytest.raises(OutputError, match="leads out"):
        inside(tmp_path, name)


def test_names_inside_are_given(tmp_path: Path) -> None:
    assert inside(tmp_path, "song.mid") == tmp_path / "song.mid"
    assert inside(tmp_path, "stems/01 Lead.wav") == tmp_path / "stems" / "01 Lead.wav"


@given(st.text("./\\a:~ \0", max_size=12))
def test_whatever_is_given_is_inside(name: str) -> None:
    folder = Path(__file__).resolve().parent
    try:
        place = inside(folder, name)
    except OutputError:
        return
    assert Path(os.path.realpath(place)).is_relative_to(folder) and place != folder
