"""The public names are exactly those listed, and load on first use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import symbolic_music
from symbolic_music.errors import BriefError, NotationError, RenderError
from symbolic_music.pipeline.creation import CreateOptions
from symbolic_music.theory.instruments import INSTRUMENTS, find_instrument, instrument_of_program

PUBLIC = [
    "Brief", "CreateOptions", "LeadSheet", "PlannedPhrase", "PlannedSection", "PromptReading", "Score", "Song",
    "SongPlan", "SymbolicMusicError", "Track", "__version__", "arrange", "compose", "create", "export", "load_song",
    "perform", "plan", "read_prompt", "render", "save_song",
]  # fmt: skip


def test_public_names() -> None:
    assert symbolic_music.__all__ == PUBLIC
    assert dir(symbolic_music) == sorted(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_each_name_is_there(name: str) -> None:
    assert getattr(symbolic_music, name) is not None


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'sing'"):
        symbolic_music.sing  # noqa: B018


def test_import_is_light() -> None:
    code = "import sys, symbolic_music; print(sum(name in sys.modules for name in ('numpy', 'pydantic', 'torch')))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "0"


def test_all_gm_programs_have_one_instrument() -> None:
    programs = [instrument.program for instrument in INSTRUMENTS.values() if not instrument.is_drum]
    assert programs == list(range(128))
    assert all(0 <= instrument.low < instrument.high <= 127 for instrument in INSTRUMENTS.values())


@pytest.mark.parametrize(
    ("name", "program", "is_drum"),
    [("piano", 0, False), ("Rhodes", 4, False), ("acoustic  guitar", 25, False), ("strings", 48, False),
     ("upright bass", 32, False), ("synth bass", 38, False), ("brushes", 40, True), ("Drums", 0, True),
     ("electric guitars", 27, False), ("tin whistle", 78, False)],
)  # fmt: skip
def test_instrument_names(name: str, program: int, is_drum: bool) -> None:
    found = find_instrument(name)
    assert (found.program, found.is_drum) == (program, is_drum)


def test_unknown_instrument_gets_suggestions() -> None:
    with pytest.raises(NotationError, match=r"'pianno' is not an instrument that is known; did you mean piano"):
        find_instrument("pianno")
    assert instrument_of_program(200, is_drum=True).name == "drums"


def test_options_are_checked() -> None:
    with pytest.raises(BriefError, match="use one of wav, none"):
        CreateOptions(audio="mp3")
    with pytest.raises(BriefError, match="1 or more"):
        CreateOptions(candidates=0)


def test_bad_band_is_refused_before_any_work() -> None:
    with pytest.raises(BriefError, match="brief: band: 'kazoo'"):
        symbolic_music.create(symbolic_music.Brief(band=("kazoo",)))


def test_missing_soundfont_is_refused_before_any_work(tmp_path: Path) -> None:
    stages: list[str] = []
    missing = tmp_path / "none.sf2"
    options = CreateOptions(soundfont=missing, on_progress=lambda stage, done, total: stages.append(stage))
    with pytest.raises(RenderError, match="no such file"):
        symbolic_music.create("pop song", tmp_path / "song", options)
    assert stages == []
    assert not (tmp_path / "song").exists()
