"""Phrases filled by untrained weights are well formed: the grammar sees to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from symbolic_music.errors import CheckpointError, ConstraintError
from symbolic_music.filling import FillOptions, PhraseTask, fill_phrases, load_phrase_model
from symbolic_music.model.engine import Engine
from symbolic_music.model.sampling import SamplingOptions
from symbolic_music.theory.meter import METERS
from symbolic_music.tokens.grammar import Limits
from symbolic_music.tokens.phrase import PhraseMusic
from tests.builders import make_job, scale_phrase

TWO = FillOptions(n_candidates=2)


def fill(network: Engine, *tasks: PhraseTask, seed: int = 0, options: FillOptions = TWO) -> list[PhraseMusic]:
    """Fill tasks with the network given."""
    return fill_phrases(tasks, seed, options, network)


@pytest.mark.parametrize("meter", METERS)
def test_phrases_of_every_part_are_well_formed(small_network: Engine, meter: str) -> None:
    limits = Limits(57, 79, chord_change_tick=6)
    tasks = [PhraseTask(part, make_job(part, meter, 3), limits) for part in ("chords", "melody", "piano")]
    chords, melody, piano = fill(small_network, *tasks)
    bar = tasks[0].job.bar_ticks
    for music in (chords, melody, piano):
        assert (music.n_bars, music.bar_ticks) == (3, bar)
        for onset, length, pitch in music.notes:
            assert onset >= 0 and onset + length <= 3 * bar and onset % 3 == 0 and 57 <= pitch <= 79
    assert chords.chords[0][0] == 0 and not chords.notes
    assert all(0 <= tick < 3 * bar and tick % bar % 6 == 0 for tick, *_ in chords.chords)
    assert all(a[0] + a[1] <= b[0] for a, b in zip(melody.notes, melody.notes[1:], strict=False))
    assert len({(onset, pitch) for onset, _, pitch in piano.notes}) == len(piano.notes)


def test_given_chords_come_back_unchanged(small_network: Engine) -> None:
    given = ((0, 9, "min7", 9), (30, 2, "7sus4", 7), (96, 2, "7", 2), (120, 0, "maj9", 4))
    for part in ("melody", "piano"):
        (music,) = fill(small_network, PhraseTask("a", make_job(part, n_bars=4, chords=given)))
        assert music.chords == given


def test_the_seed_and_the_name_decide(small_network: Engine) -> None:
    task = PhraseTask("verse.1", make_job())
    (first,) = fill(small_network, task)
    assert fill(small_network, task) == [first]
    assert fill(small_network, task, seed=1) != [first]
    assert fill(small_network, replace(task, name="verse.2")) != [first]


def test_other_phrases_in_the_batch_change_nothing(small_network: Engine) -> None:
    short = PhraseTask("short", make_job(n_bars=2))
    long = PhraseTask("long", replace(make_job(n_bars=2), original=scale_phrase(2)))
    assert fill(small_network, short, long) == [*fill(small_network, short), *fill(small_network, long)]


def test_no_tasks_need_no_model() -> None:
    assert fill_phrases([], 0) == []


def test_a_phrase_that_does_not_end_is_named(small_network: Engine) -> None:
    options = FillOptions(1, SamplingOptions(max_steps=5))
    with pytest.raises(ConstraintError, match=r"phrase 'verse\.1': no candidate ended within 5 tokens"):
        fill(small_network, PhraseTask("verse.1", make_job()), options=options)


def test_missing_weights_are_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CheckpointError, match="no usable weights"):
        load_phrase_model(tmp_path / "none")
