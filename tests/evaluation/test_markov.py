from __future__ import annotations

import math

import numpy as np
import pytest

from symbolic_music.errors import InputError
from symbolic_music.evaluation.markov import SMOOTHINGS, MarkovModel, baseline_losses


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@pytest.mark.parametrize("context", [[], [0], [0, 1], [3, 3, 3]])
def test_probabilities_sum_to_one(smoothing, context):
    rng = np.random.default_rng(0)
    model = MarkovModel(order=2, n_vocab=5, smoothing=smoothing)
    model.fit([rng.integers(0, 4, 50).tolist() for _ in range(6)])
    mask = [False] * len(context) + [True]
    total = sum(model.probabilities([[*context, token]], [mask])[0] for token in range(5))
    assert total == pytest.approx(1)


def test_witten_bell_by_hand():
    # After 0 came 1 twice and 2 once: total 3, types 2. Order 0: 0 x3, 1 x2, 2 x1: total 6, types 3.
    model = MarkovModel(order=1, n_vocab=4, smoothing="witten-bell")
    model.fit([[0, 1], [0, 1], [0, 2]])
    lower = (2 + 3 / 4) / 9
    expected = (2 + 2 * lower) / 5
    assert model.probabilities([[0, 1]], [[False, True]])[0] == pytest.approx(expected)
    assert model.loss([[0, 1]], [[False, True]]) == pytest.approx(-math.log(expected))


def test_a_cycle_is_learned_and_unseen_tokens_are_possible():
    model = MarkovModel(order=3, n_vocab=10)
    model.fit([[0, 1, 2, 3] * 50])
    assert model.loss([[0, 1, 2, 3] * 5]) < 0.2
    assert 2 < model.loss([[9, 8, 7]]) < 20


def test_masks_choose_the_targets_but_context_stays():
    model = MarkovModel(order=1, n_vocab=4)
    model.fit([[0, 1, 2, 3]] * 9, [[False, True, False, True]] * 9)
    after_0, after_2 = model.probabilities([[0, 1, 2, 3]], [[False, True, False, True]])
    assert min(after_0, after_2) > 0.8
    assert math.isnan(model.loss([[0, 1]], [[False, False]]))


def test_longer_contexts_help_where_they_should():
    rng = np.random.default_rng(1)
    songs = [np.repeat(rng.integers(0, 6, 40), 3).tolist() for _ in range(40)]
    losses = []
    for order in (0, 1, 3):
        model = MarkovModel(order, 6)
        model.fit(songs[:30])
        losses.append(model.loss(songs[30:]))
    assert losses[0] > losses[1] > losses[2]
    assert losses[0] == pytest.approx(math.log(6), abs=0.05)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((-1, 4), "at least"), ((2, 0), "at least"), ((9, 1000), "too large"), ((1, 4, "laplace"), "kneser-ney")],
)
def test_bad_settings_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        MarkovModel(*arguments)


def test_bad_data_is_refused():
    model = MarkovModel(1, 4)
    with pytest.raises(InputError, match="fit first"):
        model.loss([[0]])
    with pytest.raises(InputError, match="outside 0 to 3"):
        model.fit([[0, 4]])
    with pytest.raises(InputError, match="mask has 1 values for 2"):
        model.fit([[0, 1]], [[True]])
    with pytest.raises(InputError, match="nothing to fit"):
        model.fit([])


def test_baseline_losses_by_part(tmp_path):
    rows = [[1, 5, 6, 5, 6], [1, 7, 7, 7, 7], [1, 5, 6, 5, 6], [1, 7, 7, 7, 7]]
    np.savez(
        tmp_path / "phrases.npz",
        ids=np.array(rows, dtype=np.uint16).ravel(),
        mask=np.array([[False, True, True, True, True]] * 4).ravel(),
        lengths=np.full(4, 5),
        is_validation=np.array([False, False, True, True]),
        part=np.array(["melody", "chords", "melody", "chords"]),
    )
    losses = baseline_losses(tmp_path / "phrases.npz")
    assert set(losses) == {"melody", "chords", "all"}
    assert losses["all"] == pytest.approx((losses["melody"] + losses["chords"]) / 2)
    assert losses["melody"] < math.log(300)
