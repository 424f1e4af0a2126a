"""Drawing tokens."""

from __future__ import annotations

import numpy as np
import pytest

from symbolic_music.model.sampling import draw_tokens, guide_away

N_IDS = 30


def draw(
    logits: np.ndarray, allowed: list[int], chance: float, temperature: float = 1.0, top_p: float = 1.0
) -> tuple[int, float]:
    """Draw one token of one row."""
    mask = np.zeros((1, N_IDS), dtype=bool)
    mask[0, allowed] = True
    tokens, shares = draw_tokens(logits[None], mask, *(np.array([value]) for value in (chance, temperature, top_p)))
    return int(tokens[0]), float(shares[0])


def test_only_allowed_tokens_are_drawn() -> None:
    logits = np.linspace(0, 50, N_IDS)  # the best by far is not allowed
    drawn = {draw(logits / 50, [4, 7, 11], chance)[0] for chance in np.linspace(0, 1, 50, endpoint=False)}
    assert drawn == {4, 7, 11}
    assert draw(logits, [4, 7, 11], 0.0, top_p=0.01)[0] == 11


def test_shares_lie_in_the_order_of_the_vocabulary() -> None:
    logits = np.zeros(N_IDS)
    logits[[3, 8, 20]] = np.log([0.2, 0.5, 0.3])
    chances = [0.0, 0.19, 0.21, 0.69, 0.71, np.nextafter(1.0, 0.0)]
    assert [draw(logits, [3, 8, 20], chance)[0] for chance in chances] == [3, 3, 8, 8, 20, 20]


def test_likelihood_is_over_the_allowed_tokens_at_temperature_one() -> None:
    assert draw(np.zeros(N_IDS), [4, 7], 0.3, temperature=0.5)[1] == pytest.approx(np.log(0.5))
    logits = np.zeros(N_IDS)
    logits[4] = np.log(3)
    assert draw(logits, [4, 7], 0.5, temperature=0.1) == (4, pytest.approx(np.log(0.75)))


def test_a_low_temperature_takes_the_likeliest() -> None:
    logits = np.random.default_rng(0).normal(size=N_IDS)
    assert draw(logits, list(range(N_IDS)), 0.9, temperature=1e-3)[0] == int(np.argmax(logits))


def test_the_nucleus_is_the_fewest_tokens_that_make_up_the_share() -> None:
    logits = np.full(N_IDS, -20.0)
    logits[[3, 8, 20]] = np.log([0.2, 0.5, 0.3])
    kept = {
        top_p: {draw(logits, [3, 8, 20], chance, top_p=top_p)[0] for chance in np.linspace(0, 1, 60, endpoint=False)}
        for top_p in (0.45, 0.6, 0.85)
    }
    assert kept == {0.45: {8}, 0.6: {8, 20}, 0.85: {3, 8, 20}}


def test_rows_are_drawn_as_each_alone() -> None:
    rng = np.random.default_rng(2)
    logits, allowed = rng.normal(size=(40, N_IDS)).astype(np.float32), rng.random((40, N_IDS)) < 0.3
    allowed[:, 5] = True
    options = rng.random(40), rng.uniform(0.2, 1.5, 40), np.where(rng.random(40) < 0.5, 1.0, 0.7)
    tokens, shares = draw_tokens(logits, allowed, *options)
    assert allowed[np.arange(40), tokens].all() and (shares < 0).any()
    for row in range(40):
        alone, share = draw_tokens(logits[[row]], allowed[[row]], *(option[[row]] for option in options))
        assert (alone[0], share[0]) == (tokens[row], pytest.approx(shares[row]))


def test_draws_follow_the_shares() -> None:
    logits = np.log([0.1, 0.2, 0.7])[None].repeat(4000, axis=0)
    chances = np.random.default_rng(3).random(4000)
    tokens, _ = draw_tokens(logits, np.ones_like(logits, dtype=bool), chances, np.ones(4000), np.ones(4000))
    assert np.bincount(tokens) / 4000 == pytest.approx([0.1, 0.2, 0.7], abs=0.03)


def test_guidance_moves_log_odds_away() -> None:
    said, left_open = np.array([[0.0, 1.0]]), np.array([[0.0, 0.0]])
    moved = guide_away(said, left_open, np.array([2.0]))
    assert moved[0, 1] - moved[0, 0] == pytest.approx(3.0)
