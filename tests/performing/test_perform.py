"""Properties of every performance, over all genres and meters."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from symbolic_music.arranging import arrange
from symbolic_music.errors import InputError
from symbolic_music.performing import PerformOptions, perform
from symbolic_music.performing.drummers import DRUM_NAMES, load_habits
from symbolic_music.performing.perform import DEFAULT_OPTIONS
from symbolic_music.performing.timing import swing_tick
from symbolic_music.song.brief import GENRES
from symbolic_music.song.notes import make_notes, rows_of
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import Score, Track
from symbolic_music.theory.meter import METERS
from tests.arranging.band_songs import make_plan, make_sheet

EVERYWHERE = [(genre, meter) for genre in GENRES for meter in METERS]
MAX_SWING = 80


@cache
def written(genre: str, meter: str) -> tuple[SongPlan, Score]:
    plan = make_plan(genre, meter)
    return plan, arrange(plan, make_sheet(plan))


@cache
def played(genre: str, meter: str, options: PerformOptions = DEFAULT_OPTIONS) -> Score:
    plan, score = written(genre, meter)
    return perform(score, plan, options)


def track_of(score: Score, role: str) -> Track:
    return next(track for track in score.tracks if track.role == role)


def loudness(track: Track, bar_ticks: int, bars: tuple[int, int]) -> float:
    onsets = track.notes["onset_tick"] + 40
    inside = (onsets >= bars[0] * bar_ticks) & (onsets < bars[1] * bar_ticks)
    return float(track.notes["velocity"][inside].mean())


@pytest.mark.parametrize(("genre", "meter"), EVERYWHERE)
@pytest.mark.parametrize("humanize", [0.0, 0.5, 1.0])
def test_a_performance_keeps_every_note_and_stays_in_bounds(genre: str, meter: str, humanize: float) -> None:
    _, score = written(genre, meter)
    result = played(genre, meter, PerformOptions(humanize=humanize))
    assert result.tpq == 480 and result.end_tick == score.end_tick * 40
    for before, after in zip(score.tracks, result.tracks, strict=True):
        notes = after.notes
        assert len(notes) == len(before.notes)
        assert sorted(notes["pitch"].tolist()) == sorted(before.notes["pitch"].tolist())
        assert notes["velocity"].min() >= 1 and notes["velocity"].max() <= 127
        assert notes["onset_tick"].min() >= 0 and notes["duration_tick"].min() > 0
        assert (notes["onset_tick"] + notes["duration_tick"]).max() <= result.end_tick
        for pitch in np.unique(notes["pitch"]):
            same, grid = notes[notes["pitch"] == pitch], before.notes[before.notes["pitch"] == pitch]
            assert (same["onset_tick"][1:] >= (same["onset_tick"] + same["duration_tick"])[:-1]).all()
            assert np.abs(same["onset_tick"] - grid["onset_tick"] * 40).max() <= 40 + MAX_SWING
    ends = [int((t.notes["onset_tick"] + t.notes["duration_tick"]).max()) for t in result.tracks if t.role != "pad"]
    assert set(ends) == {result.end_tick}


@pytest.mark.parametrize(("genre", "meter"), EVERYWHERE)
def test_choruses_are_louder_than_verses(genre: str, meter: str) -> None:
    plan, _ = written(genre, meter)
    bar_ticks = plan.parsed_meter.bar_ticks * 40
    for role in ("melody", "chords", "bass"):
        track = track_of(played(genre, meter), role)
        assert loudness(track, bar_ticks, (12, 20)) > loudness(track, bar_ticks, (4, 12)) + 4
        # The verse's last two bars rise towards the chorus.
        assert loudness(track, bar_ticks, (10, 12)) > loudness(track, bar_ticks, (4, 10))


def test_same_seed_same_performance_and_another_seed_another() -> None:
    plan, score = written("pop", "4/4")
    again, other = perform(score, plan), perform(score, plan, PerformOptions(seed=7))
    for a, b, c in zip(played("pop", "4/4").tracks, again.tracks, other.tracks, strict=True):
        assert rows_of(a.notes) == rows_of(b.notes) != rows_of(c.notes)


def test_one_section_can_change_without_moving_the_others() -> None:
    plan, score = written("pop", "4/4")
    end = 12 * 48
    tracks = tuple(
        Track(t.name, t.role, t.program, t.notes[(t.notes["onset_tick"] >= end)], t.is_drum) for t in score.tracks
    )
    cut = perform(Score(score.title, 12, score.end_tick, tracks, score.tempos, score.meters), plan)
    whole, part = track_of(played("pop", "4/4"), "chords"), track_of(cut, "chords")
    assert rows_of(part.notes[-50:]) == rows_of(whole.notes[-50:])


@pytest.mark.parametrize("genre", GENRES)
def test_straight_keeps_the_grid_and_the_tempo(genre: str) -> None:
    _, score = written(genre, "4/4")
    result = played(genre, "4/4", PerformOptions(straight=True))
    assert len(result.tempos) == 1
    for before, after in zip(score.tracks, result.tracks, strict=True):
        assert sorted(after.notes["onset_tick"].tolist()) == sorted((before.notes["onset_tick"] * 40).tolist())


def test_jazz_and_blues_swing_and_pop_does_not() -> None:
    for genre, late in (("jazz", 76), ("blues", 80), ("pop", 0)):
        notes = track_of(played(genre, "4/4", PerformOptions(humanize=0.0)), "melody").notes
        assert {int(tick) % 480 for tick in notes["onset_tick"]} == {0, 240 + late}


def test_triplets_and_beats_are_not_swung() -> None:
    assert [swing_tick(tick, 1.0) for tick in (0, 120, 160, 240, 320, 360, 480)] == [0, 160, 160, 320, 320, 400, 480]


def test_slow_genres_and_ballads_end_slower() -> None:
    tempos = played("waltz", "3/4").tempos
    assert [change.qpm for change in tempos] == sorted((change.qpm for change in tempos), reverse=True)
    assert tempos[-1].qpm < 0.75 * tempos[0].qpm
    assert tempos[1].tick >= played("waltz", "3/4").end_tick - 2 * 3 * 480
    assert len(played("rock", "4/4").tempos) == 1
    ballad = make_plan("pop", "4/4", tempo_qpm=70.0)
    assert len(perform(arrange(ballad, make_sheet(ballad)), ballad).tempos) > 1


def test_the_pedal_is_renewed_at_every_chord() -> None:
    result = played("pop", "4/4")
    controls = track_of(result, "chords").controls
    ups = [control.tick for control in controls if control.value == 0]
    starts = [marker.tick for marker in result.chord_symbols]
    assert ups == [*starts[1:], result.end_tick]
    assert [control.value for control in controls] == [127, 0] * len(starts)
    assert not track_of(played("jazz", "4/4"), "chords").controls


def test_the_melody_breathes_at_phrase_ends_and_binds_inside() -> None:
    _, score = written("pop", "4/4")
    notes = track_of(played("pop", "4/4", PerformOptions(humanize=0.0)), "melody").notes
    grid = track_of(score, "melody").notes["duration_tick"] * 40
    last_of_bar = (notes["onset_tick"] % 1920 == 12 * 120)[:-1]
    assert (notes["duration_tick"][:-1][last_of_bar] < grid[:-1][last_of_bar]).all()
    gaps = notes["onset_tick"][1:] - (notes["onset_tick"] + notes["duration_tick"])[:-1]
    assert (gaps[~last_of_bar] <= 20).all()


def test_downbeats_are_accented() -> None:
    bass = track_of(played("pop", "4/4", PerformOptions(humanize=0.0)), "bass").notes
    verse = bass[(bass["onset_tick"] >= 4 * 1920) & (bass["onset_tick"] < 8 * 1920)]
    down = verse["onset_tick"] % 1920 == 0
    assert verse["velocity"][down].min() > verse["velocity"][verse["onset_tick"] % 480 != 0].max()


def test_the_drum_table_is_measured_credited_and_centred() -> None:
    habits = load_habits()
    assert set(DRUM_NAMES.values()) <= set(habits)
    assert all(len(row) == 16 for row in habits.values())
    # People hit the backbeat's snare harder than the ghost notes around it.
    assert habits["snare"][4].velocity > habits["snare"][5].velocity + 20


def test_wrong_scores_and_options_are_refused() -> None:
    plan, score = written("pop", "4/4")
    with pytest.raises(InputError, match="480 ticks"):
        perform(played("pop", "4/4"), plan)
    with pytest.raises(InputError, match="arrange the score from this plan"):
        perform(score, make_plan("pop", "3/4"))
    with pytest.raises(InputError, match="humanize is 2"):
        PerformOptions(humanize=2)


@pytest.mark.parametrize("genre", ["pop", "jazz"])
def test_repeated_notes_on_neighbouring_grid_lines_all_sound(genre: str) -> None:
    plan, score = written(genre, "4/4")
    grid = [quarter * 12 + inside for quarter in range(159) for inside in (0, 3, 4, 6, 8, 9)]
    ends = [*grid[1:], 159 * 12]
    notes = make_notes((onset, end - onset, 72, 90) for onset, end in zip(grid, ends, strict=True))
    dense = replace(score, tracks=(replace(score.tracks[0], notes=notes),))
    result = perform(dense, plan, PerformOptions(humanize=1.0)).tracks[0].notes
    assert len(result) == len(notes)
    assert (result["onset_tick"][1:] >= (result["onset_tick"] + result["duration_tick"])[:-1]).all()
