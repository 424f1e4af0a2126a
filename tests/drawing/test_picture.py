"""show: every track, section and chord is in the picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from symbolic_music.drawing.picture import draw_figure, draw_score
from symbolic_music.errors import InputError
from symbolic_music.formats.midi import write_midi
from symbolic_music.pipeline.showing import show_song
from symbolic_music.song.notes import make_notes
from tests.formats.test_midi import make_score


def test_lanes_have_tracks_sections_chords_and_intensity() -> None:
    score = make_score(480)
    axes = draw_figure(score).axes
    assert [each.get_ylabel() for each in axes] == [
        "sections", "chords", "intensity", "Melody", "Piano", "Bass", "Drums",
    ]  # fmt: skip
    assert [text.get_text() for text in axes[0].texts] == ["Verse 1", "Chorus 1"]
    assert [text.get_text() for text in axes[1].texts] == ["B♭m", "F7/A"]
    for lane, track in zip(axes[3:], score.tracks, strict=True):
        assert len(lane.patches) == len(track.notes)
    # Bars of the melody stand where its notes are, counted in bars.
    assert [bar.get_x() for bar in axes[3].patches[:3]] == pytest.approx([0, 1 / 8, 2 / 8])
    assert [text.get_text() for text in axes[6].get_yticklabels()] == ["Closed hi-hat"]


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_files_of_every_kind(tmp_path: Path, ending: str) -> None:
    draw_score(make_score(), tmp_path / f"song.{ending}")
    assert (tmp_path / f"song.{ending}").read_bytes()[:5] in (b"\x89PNG\r", b"<?xml", b"%PDF-")


def test_the_score_stands_beside_the_picture(tmp_path: Path) -> None:
    write_midi(make_score(480, n_bars=4), tmp_path / "tune.mid")
    files = show_song(tmp_path / "tune.mid", tmp_path / "tune.svg")
    assert [file.name for file in files] == ["tune.svg", "tune-score.svg"]
    assert 'class="staff"' in files[1].read_text(encoding="utf-8")
    assert show_song(tmp_path / "tune.mid", tmp_path / "tune.svg", with_score=False) == files[:1]


def test_silent_tracks_and_dollar_signs(tmp_path: Path) -> None:
    score = make_score()
    odd = replace(score, title="$x$", tracks=(replace(score.tracks[0], name="a$b", notes=make_notes([])),))
    figure = draw_figure(odd)
    assert figure.axes[3].get_ylabel() == r"a\$b"
    assert np.isfinite(figure.axes[2].lines[0].get_ydata()).all()


def test_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"song\.bmp: a picture ends in \.png, \.svg, \.pdf"):
        draw_score(make_score(), tmp_path / "song.bmp")
