"""Cutting soundfonts: what is kept sounds the same in FluidSynth, all else is gone, broken files are refused."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from symbolic_music.errors import FileFormatError, InputError
from symbolic_music.formats.soundfont_cut import cut_soundfont, list_presets
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import MeterChange, Score, TempoChange, Track
from symbolic_music.theory.meter import Meter

USES = {(0, 0): (60, 64, 67), (0, 48): (55, 72), (0, 33): (36, 40), (128, 0): (36, 38, 42, 49)}


@pytest.fixture(scope="module")
def font() -> Path:
    """The small soundfont that pretty_midi installs."""
    package = importlib.util.find_spec("pretty_midi")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).with_name("TimGM6mb.sf2")


def make_score(shift: int = 0) -> Score:
    """Every use, one note after the other."""
    tracks = []
    for (bank, program), pitches in USES.items():
        notes = make_notes((beat * 12, 10, pitch + shift, 90) for beat, pitch in enumerate(pitches))
        tracks.append(Track(f"{bank} {program}", "chords", program, notes, is_drum=bank == 128))
    return Score("t", 12, 96, tuple(tracks), (TempoChange(0, 120.0),), (MeterChange(0, Meter(4, 4)),))


def test_only_what_is_used_is_kept(tmp_path: Path, font: Path) -> None:
    result = cut_soundfont(font, tmp_path / "cut.sf2", USES)
    assert result.n_bytes == (tmp_path / "cut.sf2").stat().st_size < font.stat().st_size / 5
    assert [(bank, program) for bank, program, _ in list_presets(tmp_path / "cut.sf2")] == sorted(USES)
    names = {(bank, program): name for bank, program, name in list_presets(font)}
    assert all(names[bank, program] == name for bank, program, name in result.presets)
    assert result.replaced == {}


def test_cutting_again_changes_nothing(tmp_path: Path, font: Path) -> None:
    cut_soundfont(font, tmp_path / "once.sf2", USES)
    cut_soundfont(tmp_path / "once.sf2", tmp_path / "twice.sf2", USES)
    assert (tmp_path / "once.sf2").read_bytes() == (tmp_path / "twice.sf2").read_bytes()


@pytest.mark.render
def test_it_sounds_the_same_in_fluidsynth(tmp_path: Path, font: Path) -> None:
    pytest.importorskip("fluidsynth", exc_type=ImportError)
    from symbolic_music.rendering import RenderOptions, render

    cut_soundfont(font, tmp_path / "cut.sf2", USES)
    whole = render(make_score(), RenderOptions(soundfont=font)).samples
    cut = render(make_score(), RenderOptions(soundfont=tmp_path / "cut.sf2")).samples
    assert np.abs(whole).max() > 0.1
    assert np.array_equal(whole, cut)


def test_a_missing_preset_is_replaced_by_its_family(tmp_path: Path, font: Path) -> None:
    cut_soundfont(font, tmp_path / "few.sf2", {(0, 1): (60,), (0, 5): (60,), (128, 0): (36,)})
    result = cut_soundfont(tmp_path / "few.sf2", tmp_path / "less.sf2", {(0, 2): (60,), (128, 25): (36,)})
    assert result.replaced == {(0, 2): (0, 1), (128, 25): (128, 0)}
    assert [row[:2] for row in list_presets(tmp_path / "less.sf2")] == [(0, 2), (128, 25)]
    with pytest.raises(InputError, match="has no preset 0:73 and no other program of the family 72 to 79"):
        cut_soundfont(tmp_path / "few.sf2", tmp_path / "none.sf2", {(0, 73): (60,)})
    with pytest.raises(InputError, match="no preset is used"):
        cut_soundfont(font, tmp_path / "none.sf2", {})
    assert not (tmp_path / "none.sf2").exists()


def test_broken_soundfonts_are_refused(tmp_path: Path, font: Path) -> None:
    cut_soundfont(font, tmp_path / "small.sf2", {(0, 33): (36,)})
    whole = (tmp_path / "small.sf2").read_bytes()
    target = tmp_path / "out.sf2"
    without_table = whole.replace(b"shdr", b"xxxx")
    for data in (b"", b"\xff\xd8\xff\xe0", whole[:100], whole[:-10], without_table, b"RIFF\4\0\0\0sfbk"):
        (tmp_path / "broken.sf2").write_bytes(data)
        with pytest.raises(FileFormatError):
            cut_soundfont(tmp_path / "broken.sf2", target, {(0, 33): (36,)})
    with pytest.raises(FileFormatError, match="no such file"):
        cut_soundfont(tmp_path / "missing.sf2", target, {(0, 33): (36,)})
    assert not target.exists()


def test_turned_bytes_never_crash(tmp_path: Path, font: Path) -> None:
    cut_soundfont(font, tmp_path / "small.sf2", {(0, 33): (36,), (128, 0): (36,)})
    whole = (tmp_path / "small.sf2").read_bytes()
    tables = whole.index(b"pdta")
    rng = np.random.default_rng(1)
    outcomes = set()
    for _ in range(60):
        data = bytearray(whole)
        for place in rng.integers(tables, len(data), size=6):
            data[place] = int(rng.integers(256))
        (tmp_path / "turned.sf2").write_bytes(data)
        try:
            cut_soundfont(tmp_path / "turned.sf2", tmp_path / "out.sf2", {(0, 33): (36,)})
            outcomes.add("cut")
        except (InputError, FileFormatError):
            outcomes.add("refused")
    assert outcomes == {"cut", "refused"}
