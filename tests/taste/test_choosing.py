"""Of several versions of a phrase the better one is taken, and what the user says about drawing them counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from symbolic_music.cli import main
from symbolic_music.evaluation.melody_critic import MelodyCritic, melody_odds
from symbolic_music.evaluation.windows import Window
from symbolic_music.filling import FillOptions, PhraseTask, fill_phrases
from symbolic_music.filling.fill import critic_for
from symbolic_music.formats.musicxml import read_lead_sheet
from symbolic_music.model.sampling import SamplingOptions
from symbolic_music.song.document import dump_document
from symbolic_music.song.notes import rows_of
from symbolic_music.tokens.phrase import PhraseJob, PhraseMusic
from tests.builders import make_job
from tests.taste.songs import phrase_of, plan_of, section_of

# The first of these versions is the one that is made when a single one is asked for.
MANY = 8


def versions(network: object, job: PhraseJob, options: FillOptions, n_phrases: int = 4) -> list[PhraseMusic]:
    """Fill a job under several names, each with a chance of its own."""
    return fill_phrases([PhraseTask(f"phrase.{number}", job) for number in range(n_phrases)], 0, options, network)


def pop_melody() -> PhraseJob:
    """A phrase that the learnt critic can judge: a pop melody of eight bars in 4/4."""
    job = make_job(n_bars=8)
    return replace(job, conditions=replace(job.conditions, source="pop"))


def odds(music: PhraseMusic) -> float:
    """The learnt critic's log odds that people wrote a melody."""
    return melody_odds(list(music.notes), music.n_bars, music.bar_ticks)


@pytest.mark.parametrize("part", ["chords", "melody", "piano"])
def test_the_more_versions_of_a_phrase_the_better_the_one_that_is_taken(small_network: object, part: str) -> None:
    job = make_job(part, n_bars=2)
    quality = critic_for(job)
    single = [quality(music) for music in versions(small_network, job, FillOptions(1))]
    chosen = [quality(music) for music in versions(small_network, job, FillOptions(MANY))]
    assert all(better >= one for better, one in zip(chosen, single, strict=True))
    assert sum(chosen) > sum(single)


def test_the_tune_that_people_would_rather_have_written_is_likelier_to_be_taken(small_network: object) -> None:
    by_odds = FillOptions(MANY, quality_weight=0.0)
    single = [odds(music) for music in versions(small_network, pop_melody(), FillOptions(1))]
    chosen = [odds(music) for music in versions(small_network, pop_melody(), by_odds)]
    assert np.mean(chosen) > np.mean(single)


def test_where_the_learnt_critic_judges_the_musical_measures_still_count(small_network: object) -> None:
    job, by_quality = pop_melody(), FillOptions(MANY, quality_weight=60.0)
    quality = critic_for(job)
    single = [quality(music) for music in versions(small_network, job, FillOptions(1))]
    assert np.mean([quality(music) for music in versions(small_network, job, by_quality)]) > np.mean(single)


def test_a_critic_that_believes_in_people_gives_odds_above_even() -> None:
    ones = np.ones(421)
    tune = Window(np.arange(0, 384, 12), np.full(32, 12), np.arange(32) % 5)
    believing, doubting = (MelodyCritic(0 * ones, ones, 0 * ones, sign * 1.5) for sign in (1, -1))
    assert believing.log_odds(tune) > 0 > doubting.log_odds(tune)


def test_with_a_nucleus_of_the_likeliest_token_alone_nothing_is_left_to_chance(small_network: object) -> None:
    task = PhraseTask("verse.1", make_job(n_bars=2))
    narrow = FillOptions(1, SamplingOptions(top_p=1e-6))
    assert len({fill_phrases([task], seed, narrow, small_network)[0] for seed in range(4)}) == 1
    assert len({fill_phrases([task], seed, FillOptions(1), small_network)[0] for seed in range(4)}) > 1


@pytest.fixture
def lead_sheet(tmp_path: Path, small_model: None) -> Callable[..., list[tuple[int, ...]]]:
    """Compose one plan from the command line with some options; gives the melody."""
    (tmp_path / "plan.yaml").write_text(dump_document(plan_of(section_of("verse", phrase_of("a"), phrase_of("b")))))

    def call(*options: str) -> list[tuple[int, ...]]:
        with pytest.raises(SystemExit) as ending:
            main(["compose", str(tmp_path / "plan.yaml"), "-o", str(tmp_path / "lead.musicxml"), "-q", *options])
        assert not ending.value.code
        return [row[:3] for row in rows_of(read_lead_sheet(tmp_path / "lead.musicxml").melody)]

    return call


def test_asking_for_more_candidates_gives_another_choice(lead_sheet: Callable[..., list[tuple[int, ...]]]) -> None:
    single, usual = lead_sheet("--candidates", "1"), lead_sheet()
    assert single != usual
    assert lead_sheet("--candidates", str(FillOptions().n_candidates)) == usual
