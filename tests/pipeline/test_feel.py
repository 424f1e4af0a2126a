"""Half-time, double-time, laid back, pushed: asked in words, planned, played, and heard in the file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from symbolic_music.arranging import arrange
from symbolic_music.filling import compose
from symbolic_music.importing import read_prompt
from symbolic_music.performing import perform
from symbolic_music.pipeline.captions import caption
from symbolic_music.pipeline.checking import check_song
from symbolic_music.pipeline.creation import create, save_song
from symbolic_music.planning import plan
from symbolic_music.song.brief import Brief
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import Score

SNARES, KICKS = (38, 39, 40), (35, 36)


def _played(**asked: object) -> tuple[SongPlan, Score]:
    made = plan(Brief(seed=5, n_bars=16, key="C major", **asked))  # type: ignore[arg-type]
    return made, arrange(compose(made), made)


def _share(score: Score, drums: tuple[int, ...], *eighths: int) -> float:
    """The share of loud strokes of some drums that stand on these eighths of the bar."""
    [kit] = [track.notes for track in score.tracks if track.is_drum]
    own = kit[np.isin(kit["pitch"], drums) & (kit["velocity"] >= 56)]["onset_tick"] % 48
    return float(np.isin(own, [6 * eighth for eighth in eighths]).mean())


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("dubstep, half time drums", "drum_feel", "half-time"),
        ("trap beat, half-time feel", "drum_feel", "half-time"),
        ("punk in double-time", "drum_feel", "double-time"),
        ("laid back soul", "lay_back_ms", 18.0),
        ("funk played slightly behind the beat", "lay_back_ms", 18.0),
        ("ska, pushed, ahead of the beat", "lay_back_ms", -10.0),
        ("lo-fi, 12 ms behind the beat", "lay_back_ms", 12.0),
        ("schleppender Hip-Hop", "lay_back_ms", 18.0),
        ("funk, derrière le temps", "lay_back_ms", 18.0),
    ],
)
def test_feel_is_read(words: str, field: str, value: object) -> None:
    assert read_prompt(words).fields.get(field) == value


def test_half_time_has_its_backbeat_on_three_and_double_time_on_every_and() -> None:
    plain, half, double = (_played(style="rock", drum_feel=feel)[1] for feel in (None, "half-time", "double-time"))

    assert _share(plain, SNARES, 2, 6) > 0.6
    assert _share(half, SNARES, 4) > 3 * _share(half, SNARES, 2, 6)  # fills are as they were
    assert _share(half, KICKS, 4) < 0.1  # the kick makes room
    assert _share(double, SNARES, 1, 3, 5, 7) > 0.5


def test_laid_back_moves_backbeat_and_tune_and_nobody_else() -> None:
    made, score = _played(style="soul")
    on_time, late = (perform(score, made.model_copy(update={"lay_back_ms": ms})) for ms in (None, 18.0))

    ms = 60_000 / 480 / made.tempo_qpm
    moved = {
        one.role: float((np.sort(two.notes["onset_tick"]) - np.sort(one.notes["onset_tick"])).mean() * ms)
        for one, two in zip(on_time.tracks, late.tracks, strict=True)
        if not one.is_drum
    }
    assert moved["melody"] == pytest.approx(18, abs=1.5)
    assert moved["bass"] == 0
    [first], [second] = ([t.notes for t in score.tracks if t.is_drum] for score in (on_time, late))
    for drums, wanted in ((SNARES, 18), (KICKS, 0)):
        one, two = (np.sort(notes["onset_tick"][np.isin(notes["pitch"], drums)]) for notes in (first, second))
        assert (two - one).mean() * ms == pytest.approx(wanted, abs=1.5)


def test_the_song_says_and_holds_its_feel(tmp_path: Path) -> None:
    asked = Brief(prompt="x", style="rock", n_bars=16, tempo_qpm=100, drum_feel="half-time", lay_back_ms=18, seed=3)
    song = create(asked)
    save_song(song, tmp_path / "song")

    found = {one.what: one.ok for one in check_song(tmp_path / "song")}
    assert found["half-time drums"] and found["backbeat and tune"]
    again = read_prompt(caption(song.plan)).fields
    assert (again["drum_feel"], again["lay_back_ms"]) == ("half-time", 18)


def test_check_hears_a_plan_that_is_not_kept(tmp_path: Path) -> None:
    song = create(Brief(prompt="x", style="rock", n_bars=16, tempo_qpm=100, seed=3))
    claimed = song.plan.model_copy(update={"drum_feel": "half-time", "lay_back_ms": 25.0})
    save_song(replace(song, plan=claimed), tmp_path / "song")

    found = {one.what: one.ok for one in check_song(tmp_path / "song")}
    assert not found["half-time drums"] and not found["backbeat and tune"]
