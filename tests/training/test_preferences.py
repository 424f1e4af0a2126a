"""What choosing prefers goes back into the weights: a tiny network, a few candidates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from symbolic_music.errors import FileFormatError, InputError
from symbolic_music.filling.fill import PhraseTask
from symbolic_music.model.network_config import NetworkConfig
from symbolic_music.model.transformer import Network, load_network
from symbolic_music.tokens.phrase import Conditions, PhraseJob, PhraseMusic
from symbolic_music.tokens.vocabulary import TOKENS
from symbolic_music.training.candidates import Choice, append_choices, load_choices
from symbolic_music.training.checkpoint import Progress
from symbolic_music.training.preference_steps import (
    PreferenceOptions,
    make_groups,
    make_steps,
    preference_loss,
    reward_of,
)
from symbolic_music.training.preferences import learn, learn_preferences
from symbolic_music.training.shards import Shard
from symbolic_music.training.train import save_best
from tests.training.conftest import make_shard

C_MAJOR = ((0, 0, "maj", 0),)
JOB = PhraseJob(Conditions("melody", "major", "4/4", 4, source="folk", degree="0"), 48, chords=C_MAJOR)
HOME = (60, 62, 64, 65, 67, 65, 64, 62)


def tune(*pitches: int) -> PhraseMusic:
    """Quarters over four bars, the last one a half."""
    notes = [(12 * place, 12, pitch) for place, pitch in enumerate(pitches)]
    return PhraseMusic(4, 48, C_MAJOR, (*notes[:-1], (notes[-1][0], 24, pitches[-1])))


def choice(song: int = 1) -> Choice:
    """Four candidates: one that comes home by steps, and ones that leap about ever more."""
    tunes = [(*HOME, 64, 62, 64, 62, 60)] + [(*HOME, 60 + leap, 61, 60 + leap, 61, 66) for leap in (10, 14, 18)]
    return Choice(song, PhraseTask("verse.1.a", JOB), tuple(tune(*pitches) for pitches in tunes))


@pytest.fixture
def network() -> Network:
    torch.manual_seed(0)
    return Network(NetworkConfig(len(TOKENS), 64, 128, 2, 4)).eval()


def test_a_tune_that_comes_home_and_is_easily_sung_is_worth_more() -> None:
    home, leaping = choice().candidates[0], choice().candidates[-1]
    better, worse = reward_of(JOB, home), reward_of(JOB, leaping)
    assert better.obedience > worse.obedience  # it ends on the degree that was asked for
    assert better.singing > worse.singing and better.musicality > worse.musicality


def test_choices_come_back_from_a_file(tmp_path: Path) -> None:
    append_choices([choice(1)], tmp_path / "choices.jsonl")
    append_choices([choice(2)], tmp_path / "choices.jsonl")
    assert load_choices([tmp_path / "choices.jsonl"]) == [choice(1), choice(2)]
    (tmp_path / "choices.jsonl").write_text('{"song": 1}\n')
    with pytest.raises(FileFormatError, match="line 1: not a choice"):
        load_choices([tmp_path / "choices.jsonl"])


def test_what_is_preferred_becomes_likelier(network: Network, shard: Shard) -> None:
    options = PreferenceOptions(learning_rate=3e-3, epochs=30, tokens_per_batch=512, n_candidates=4)
    (step,) = make_steps(make_groups([choice()], options), network, options)
    first = float(preference_loss(network, step, options.beta).detach())
    assert first == pytest.approx(0.693, abs=1e-3)
    learn(network, [step], shard, options, minutes=1)
    assert float(preference_loss(network, step, options.beta).detach()) < first - 0.1


def test_candidates_that_are_all_alike_teach_nothing() -> None:
    one = choice().candidates[0]
    assert not make_groups([replace(choice(), candidates=(one,) * 8)], PreferenceOptions())


def test_impossible_options_are_refused() -> None:
    with pytest.raises(InputError, match="2 or more can be kept"):
        PreferenceOptions(n_candidates=3, n_kept=4)
    with pytest.raises(InputError, match="minutes"):
        PreferenceOptions(minutes=0)


@pytest.mark.slow
def test_new_weights_stay_near_the_old_ones_on_songs_held_out(network: Network, tmp_path: Path) -> None:
    save_best(network, tmp_path / "start", Progress())
    append_choices([choice(song) for song in range(1, 13)], tmp_path / "earlier.jsonl")
    options = PreferenceOptions(minutes=0.3, n_songs=0, n_candidates=4, tokens_per_batch=512, n_examples=20)
    report = learn_preferences(
        tmp_path / "start", tmp_path / "out", make_shard(80), options, [tmp_path / "earlier.jsonl"]
    )
    assert report["worst cell"] <= 0.01 and (tmp_path / "out" / "report.json").exists()
    assert load_network(tmp_path / "out" / "best").config == network.config
