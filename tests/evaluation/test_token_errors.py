from __future__ import annotations

import math

import pytest

from symbolic_music.errors import InputError
from symbolic_music.evaluation.markov_songs import phrase_ids
from symbolic_music.evaluation.melody import PhraseSpan
from symbolic_music.evaluation.token_errors import token_syntax_error
from symbolic_music.tokens import vocabulary as v
from symbolic_music.tokens.codec import encode_target
from symbolic_music.tokens.phrase import Conditions, PhraseJob, PhraseMusic
from tests.evaluation.songs import make_sheet, quarters


def ids_of(*names):
    return [v.ID_OF[name if "_" in name else f"{name}_None"] for name in names]


NOTE = ("Position_0", "Pitch_60", "Duration_12")


def test_an_encoded_phrase_has_no_error():
    sheet = make_sheet([quarters(60, 62, 64, 65), [], quarters(67)])
    assert token_syntax_error(phrase_ids(sheet, PhraseSpan("A", 0, 3))) == 0


def test_given_chords_are_no_error():
    chords = ((0, 0, "maj", 0), (24, 7, "maj", 11))
    music = PhraseMusic(1, 48, chords, ((0, 12, 60), (24, 12, 62)))
    for part in ("melody", "chords"):
        job = PhraseJob(Conditions(part, "major", "4/4", 1), 48, chords=chords)
        assert token_syntax_error(encode_target(job, music)[0], part) == 0


@pytest.mark.parametrize(
    ("names", "n_errors"),
    [
        (("Bar_plain", *NOTE, "Pitch_62", "Duration_12"), 1),  # a chord in a melody
        (("Bar_plain", "Pitch_60", "Duration_12"), 1),  # no position
        (("Bar_plain", *NOTE, *NOTE), 1),  # the position does not ascend
        (("Bar_plain", *NOTE, "Position_6", "Pitch_62", "Duration_6"), 1),  # the note before still sounds
        ((*NOTE,), 1),  # does not begin with a bar
        (("Bar_plain", "EOS", "Bar_plain"), 1),  # goes on after the end
    ],
)
def test_each_kind_of_error_is_one(names, n_errors):
    assert token_syntax_error(ids_of(*names)) == pytest.approx(n_errors / len(names))


def test_a_piano_may_strike_two_notes_together():
    ids = ids_of("Bar_plain", *NOTE, "Pitch_64", "Duration_24", "Position_6", "Pitch_60", "Duration_6")
    assert token_syntax_error(ids, "piano") == 0


def test_bad_input_is_refused():
    assert math.isnan(token_syntax_error([]))
    with pytest.raises(InputError, match="'choir' is not one of"):
        token_syntax_error([v.PLAIN_BAR], "choir")
    with pytest.raises(InputError, match="outside 0"):
        token_syntax_error([99999])
