"""Breath: whoever blows or sings stops for air, whoever bows or strikes need not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from symbolic_music.performing import perform
from symbolic_music.performing.breath import LONGEST, TAKEN
from symbolic_music.performing.moments import TPQ_PERFORMED
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import Score, Track
from symbolic_music.theory.meter import TPQ
from tests.arranging.band_songs import make_plan
from tests.performing.written import write_score

FLUTE, VIOLIN = 73, 40


def longest_sec(track: Track, qpm: float) -> float:
    """The longest stretch without a gap in which one could breathe."""
    second = TPQ_PERFORMED * qpm / 60
    onsets = track.notes["onset_tick"] / second
    ends = onsets + track.notes["duration_tick"] / second
    starts = onsets[np.concatenate(([True], onsets[1:] - ends[:-1] >= 0.8 * TAKEN))]
    return float(max(ends[(onsets >= start)][: int((onsets < after).sum() - (onsets < start).sum())].max() - start
                     for start, after in zip(starts, [*starts[1:], np.inf], strict=True)))  # fmt: skip


def tune_without_end(program: int) -> tuple[Score, Score, float]:
    """A tune of quarters without a rest, a half note in every second bar; as written and as played."""
    plan = make_plan("pop", "4/4").model_copy(update={"tempo_qpm": 72.0})
    score = write_score(plan)
    rows, tick = [], 0
    while tick < score.end_tick:
        length = TPQ * (2 if (tick // TPQ) % 8 == 6 else 1)
        rows.append((tick, min(length, score.end_tick - tick), 72 + (tick // TPQ) % 5, 80))
        tick += length
    tune = Track("Melody", "melody", program, make_notes(rows))
    written = replace(score, tracks=(tune, *score.tracks[1:]))
    return written, perform(written, plan), plan.tempo_qpm


@pytest.mark.parametrize(("program", "breathes"), [(FLUTE, True), (53, True), (VIOLIN, False)])
def test_no_flute_and_no_voice_goes_on_for_longer_than_lungs_last(program: int, breathes: bool) -> None:
    written, played, qpm = tune_without_end(program)
    assert (longest_sec(played.tracks[0], qpm) <= LONGEST + 1.0) == breathes
    assert len(played.tracks[0].notes) == len(written.tracks[0].notes)


def test_breath_is_taken_after_a_long_note_and_moves_none() -> None:
    written, flute, qpm = tune_without_end(FLUTE)
    _, violin, _ = tune_without_end(VIOLIN)
    blown, bowed = flute.tracks[0].notes, violin.tracks[0].notes
    assert (blown["onset_tick"] == bowed["onset_tick"]).all() and (blown["pitch"] == bowed["pitch"]).all()
    cut = (bowed["duration_tick"] - blown["duration_tick"]) > 0.5 * TAKEN * TPQ_PERFORMED * qpm / 60
    halves = written.tracks[0].notes["duration_tick"] == 2 * TPQ
    assert cut.any() and (halves[cut]).mean() > 0.6
