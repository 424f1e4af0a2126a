"""Music to picture: hits fall on beats, the tempo bends little, intensity follows, the end ends."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolic_music.errors import BriefError, FileFormatError
from symbolic_music.formats.midi import read_midi
from symbolic_music.pipeline import CreateOptions, create
from symbolic_music.pipeline.picture import plan_to_picture
from symbolic_music.planning.picture import MOST_BEND, NEAR_SEC, fit_to_picture, sections_for
from symbolic_music.song.brief import Brief
from symbolic_music.song.cues import Cue, CueList, read_cues
from symbolic_music.song.score import ticks_to_seconds
from symbolic_music.theory.meter import METERS, parse_meter

TABLE = """time,what,strength
0,titles,0.3
7.4,door slams,0.9
12.93,chase begins,1.0
24.1,silence,10%
40,end,1
"""


def _cues(*rows: tuple[float, str, float]) -> CueList:
    return CueList(cues=tuple(Cue(at_sec=at, what=what, strength=strength) for at, what, strength in rows))


@given(
    gaps=st.lists(st.floats(0.2, 20), min_size=1, max_size=12), strength=st.floats(0, 1), meter=st.sampled_from(METERS),
    low=st.integers(60, 150),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_every_hit_is_on_its_beat_and_the_tempo_bends_little(
    gaps: list[float], strength: float, meter: str, low: int
) -> None:
    times = np.cumsum([3.0, *gaps])
    cues = _cues(*((float(at), "hit", strength) for at in times), (float(times[-1]) + 15, "end", 1))
    timing = fit_to_picture(cues, parse_meter(meter), (low, low * 1.3))
    beat_quarters = parse_meter(meter).beat_ticks / 12
    for hit in timing.hits:
        heard = 0.0
        edges = [stretch.beat for stretch in timing.stretches] + [timing.n_beats]
        for stretch, end in zip(timing.stretches, edges[1:], strict=True):
            heard += max(0, min(end, hit.beat) - stretch.beat) * beat_quarters * 60 / stretch.qpm
        assert abs(heard - hit.cue.at_sec) <= NEAR_SEC
    assert timing.hits[-1].cue.is_end and timing.hits[-1].beat == timing.n_beats
    assert timing.n_beats % parse_meter(meter).n_beats == 0
    assert len(timing.hits) + len(timing.missed) == len(cues.cues)
    bends = [abs(math.log(stretch.qpm / timing.tempo_qpm)) for stretch in timing.stretches[:-1]]
    assert max(bends, default=0) <= math.log(1 + MOST_BEND) + 1e-3  # the way to the end may bend more: it must end
    bars = sum(n_bars for n_bars, _, _ in sections_for(timing, parse_meter(meter)))
    assert bars * parse_meter(meter).n_beats == timing.n_beats


def test_of_two_cues_that_are_too_near_the_stronger_is_hit() -> None:
    cues = _cues((8.0, "shot", 1.0), (8.15, "echo", 0.2), (20.0, "end", 1))
    timing = fit_to_picture(cues, parse_meter("4/4"), (90, 110))
    assert [cue.what for cue in timing.missed] == ["echo"] and "shot" in [hit.cue.what for hit in timing.hits]
    both = fit_to_picture(_cues((8.0, "one", 0.9), (8.7, "two", 0.8), (20.0, "end", 1)), parse_meter("4/4"), (70, 110))
    assert not both.missed


@pytest.mark.usefixtures("small_model")
def test_a_song_to_picture_lands_in_its_file(tmp_path: Path) -> None:
    (tmp_path / "cues.csv").write_text(TABLE, encoding="utf-8")
    cues = read_cues(tmp_path / "cues.csv", "01:00:00:00", 25.0)
    create(Brief(style="cinematic", seed=3), tmp_path / "song", CreateOptions(audio="none", candidates=1, cues=cues))
    score = read_midi(tmp_path / "song" / "song.mid")
    beat = score.tpq
    heard = {point.text: ticks_to_seconds(point.tick, score.tempos, score.tpq) for point in score.cue_points}
    for cue in cues.cues:
        assert abs(heard[cue.what] - cue.at_sec) <= NEAR_SEC, cue
    assert all(point.tick % beat == 0 for point in score.cue_points)
    slam = next(point.tick for point in score.cue_points if point.text == "door slams")
    struck = [note for track in score.tracks for note in track.notes.tolist() if note[0] == slam]
    assert struck and max(velocity for *_, velocity in struck) >= 90
    ends = [int((track.notes["onset_tick"] + track.notes["duration_tick"]).max()) for track in score.tracks]
    assert ticks_to_seconds(score.end_tick, score.tempos, score.tpq) == pytest.approx(40, abs=NEAR_SEC)
    assert max(ends) < score.end_tick
    assert score.smpte is not None and (score.smpte.time_code, score.smpte.frame_rate) == ("01:00:00:00", 25.0)


def test_intensity_follows_the_cues() -> None:
    cues = _cues((10.0, "calm", 0.1), (20.0, "storm", 1.0), (30.0, "calm", 0.2), (40.0, "end", 1))
    meter = parse_meter("4/4")
    levels = [level for _, level, _ in sections_for(fit_to_picture(cues, meter, (90, 120)), meter)]
    assert len(levels) == 4 and levels[2] > levels[1] + 0.5 and levels[2] > levels[3] + 0.4


def test_a_long_chase_is_more_than_a_short_slam_again_and_again() -> None:
    cues = _cues((0.0, "titles", 0.3), (7.4, "door slams", 0.9), (12.93, "chase", 1.0), (40.0, "end", 1))
    plan, _ = plan_to_picture(Brief(style="cinematic", mood="tense", seed=381532161), cues)
    slam, chase = plan.sections[-2:]
    assert slam.n_bars < 5 and chase.n_bars > 9
    assert not {phrase.source for phrase in chase.phrases} & {phrase.name for phrase in slam.phrases}
    assert max(phrase.n_bars for phrase in chase.phrases) > slam.n_bars


@pytest.mark.parametrize(
    ("table", "said"),
    [("", "no cue in it"), ("1,a\nlater,b", "line 2: 'later' is no time"), ("5,a\n3,b", "in order"),
     ("5,end\n9,b", "the last cue"), ("5,a,loud", "strength 'loud' is no number"), ("5,a,3", "less than or equal")],
)  # fmt: skip
def test_a_table_that_cannot_be_read_is_refused(tmp_path: Path, table: str, said: str) -> None:
    (tmp_path / "cues.csv").write_text(table, encoding="utf-8")
    with pytest.raises((FileFormatError, BriefError), match=said):
        read_cues(tmp_path / "cues.csv")


def test_times_are_seconds_clocks_or_time_code(tmp_path: Path) -> None:
    (tmp_path / "cues.csv").write_text("12.5;a\n1:02.5;b\n01:02:00:12;c", encoding="utf-8")
    times = [cue.at_sec for cue in read_cues(tmp_path / "cues.csv", "01:00:00:00", 25.0).cues]
    assert times == pytest.approx([12.5, 62.5, 120.48])
    # 29.97 frames a second leave out two numbers a minute, so that the code keeps to the clock.
    (tmp_path / "cues.csv").write_text("00:10:00:00;a", encoding="utf-8")
    assert read_cues(tmp_path / "cues.csv", frame_rate=29.97).cues[0].at_sec == pytest.approx(600, abs=0.05)
