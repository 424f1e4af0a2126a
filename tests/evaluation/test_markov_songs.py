from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from symbolic_music.errors import InputError
from symbolic_music.evaluation.markov import MarkovModel
from symbolic_music.evaluation.markov_songs import fit_melodies, phrase_ids, sing_markov
from symbolic_music.evaluation.melody import PhraseSpan
from symbolic_music.tokens import vocabulary as v
from symbolic_music.tokens.codec import decode_bar, split_bars
from tests.evaluation.songs import make_sheet, quarters

BARS = [quarters(60, 62, 64, 65), quarters(67, 65, 64), [(6, 18, 62), (30, 6, 64)], [(0, 36, 60)]] * 4
SPANS = [PhraseSpan("i", 0, 4, False), PhraseSpan("A", 4, 4), PhraseSpan("A", 8, 8)]


def test_a_chain_draws_only_what_it_saw():
    model = MarkovModel(2, 4)
    model.fit([[0, 1, 2, 0, 1, 2, 3]] * 3)
    rng = np.random.default_rng(0)
    for _ in range(20):
        ids = model.sample(rng, 50, end=3)
        assert ids[:3] == [0, 1, 2] and set(pairwise(ids)) <= {(0, 1), (1, 2), (2, 0)}
    assert len(model.sample(rng, 5)) <= 5


def test_draws_follow_the_counts():
    model = MarkovModel(0, 2, "witten-bell")
    model.fit([[0, 0, 0, 1]])
    drawn = model.sample(np.random.default_rng(0), 2000)
    assert np.mean(drawn) == pytest.approx(0.25, abs=0.04)


def test_nothing_is_drawn_before_fitting():
    with pytest.raises(InputError, match="fit first"):
        MarkovModel(1, 4).sample(np.random.default_rng(0), 3)


def test_phrases_are_encoded_bar_by_bar_from_their_tonic():
    ids = phrase_ids(make_sheet(BARS, key="D major"), PhraseSpan("A", 1, 2))
    assert ids[-1] == v.EOS
    bars = [decode_bar(bar)[1] for bar in split_bars(ids)]
    assert bars == [tuple((on, length, pitch - 2) for on, length, pitch in bar) for bar in BARS[1:3]]


def test_a_markov_song_keeps_form_and_chords_and_sings_where_people_sing():
    sheet = make_sheet(BARS, chords="C G " * 8)
    model = fit_melodies([(sheet, SPANS)])
    sung = sing_markov(model, sheet, SPANS, np.random.default_rng(1))
    assert sung.chords == sheet.chords and sung.n_bars == sheet.n_bars
    assert sung.melody["onset_tick"].min() >= 4 * 48, "the intro is silent"
    assert set(sung.melody["pitch"].tolist()) <= set(sheet.melody["pitch"].tolist())
    again = sing_markov(model, sheet, SPANS, np.random.default_rng(1))
    assert (again.melody == sung.melody).all()
