"""Phrases to token ids and back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings

from symbolic_music.errors import InputError
from symbolic_music.tokens import vocabulary as v
from symbolic_music.tokens.codec import decode_target, encode_conditions, encode_prefix, encode_target, split_bars
from symbolic_music.tokens.grammar import Grammar, Limits
from symbolic_music.tokens.phrase import PhraseJob, PhraseMusic
from tests.builders import make_conditions, make_job, scale_phrase
from tests.tokens.phrase_strategies import jobs

ANYTHING = Limits(v.LOWEST_PITCH, v.HIGHEST_PITCH, finest_tick=1, chord_change_tick=1)


def words(ids: list[int]) -> list[str]:
    """Tokens by name, those without a value by their type."""
    return [v.TOKENS[index].removesuffix("_None") for index in ids]


def walk(grammar: Grammar, ids: list[int]) -> None:
    """Push ids, each of which must be allowed."""
    for place, index in enumerate(ids):
        allowed = grammar.allowed()
        fits = allowed[index] if isinstance(allowed, np.ndarray) else allowed == index
        assert fits, f"{v.TOKENS[index]} is not allowed at step {place} of {words(ids)}"
        grammar.push(index)


@settings(max_examples=80, deadline=None)
@given(jobs())
def test_targets_come_back_exactly(pair: tuple[PhraseJob, PhraseMusic]) -> None:
    job, music = pair
    ids, mask = encode_target(job, music)
    assert len(ids) == len(mask)
    assert decode_target(job, ids) == music


@settings(max_examples=50, deadline=None)
@given(jobs())
def test_the_grammar_accepts_every_encoded_target(pair: tuple[PhraseJob, PhraseMusic]) -> None:
    job, music = pair
    ids = encode_target(job, music)[0]
    assume(not all(v.REF in bar for bar in split_bars(ids)))  # no example is an exact repeat, and none is composed
    grammar = Grammar(job, ANYTHING)
    walk(grammar, ids)
    assert grammar.done
    assert decode_target(job, grammar.ids) == music


def test_a_melody_bar_reads_as_given_chords_then_notes() -> None:
    music = PhraseMusic(2, 48, ((0, 0, "maj", 0), (24, 7, "7", 11)), ((0, 24, 60), (24, 12, 64)))
    ids, mask = encode_target(make_job(n_bars=2, chords=music.chords), music)
    assert words(ids) == [
        "Bar_2", "Position_0", "Root_0", "Quality_maj", "Position_24", "Root_7", "Quality_7", "Bass_11",
        "Position_0", "Pitch_60", "Duration_24", "Position_24", "Pitch_64", "Duration_12",
        "Bar_1", "Position_0", "Root_7", "Quality_7", "Bass_11", "EOS",
    ]  # fmt: skip
    assert mask == [False] * 8 + [True] * 6 + [True] + [False] * 4 + [True]


def test_repeated_bars_become_ref_and_same() -> None:
    music = scale_phrase(6)
    ids, _ = encode_target(make_job(n_bars=6, chords=music.chords), music)
    assert [word for word in words(ids) if word.startswith(("Ref", "Same"))] == ["Same_2"] * 4
    varied = replace(music, notes=(*music.notes[:-1], (music.notes[-1][0], 12, 79)))
    job = replace(make_job(n_bars=6, chords=music.chords), original=music)
    ids, _ = encode_target(job, varied)
    assert words(ids).count("Ref") == 5
    assert decode_target(job, ids) == varied


def test_the_prefix_holds_conditions_then_context_or_original() -> None:
    music = scale_phrase(2)
    plain = encode_prefix(make_job(n_bars=2, chords=music.chords))
    assert words(plain)[0] == "BOS" and words(plain)[-1] == "Target" and len(plain) == 2 + len(v.CONDITION_ORDER)
    with_context = encode_prefix(replace(make_job(n_bars=2), context=music))
    assert words(with_context)[1 + len(v.CONDITION_ORDER) :][:2] == ["Context", "Bar_plain"]
    with_original = encode_prefix(replace(make_job(n_bars=2), original=music))
    assert words(with_original)[1 + len(v.CONDITION_ORDER) :][:2] == ["Original", "Bar_plain"]
    assert words(with_original).count("Bar_plain") == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [("section", "prelude"), ("n_bars", 17), ("meter", "5/4"), ("part", "kazoo"), ("mode", "dorian")],
)
def test_an_unknown_condition_is_refused(field: str, value: object) -> None:
    with pytest.raises(InputError, match=f"phrase condition {field}: {value!r} is not one of .*, "):
        encode_conditions(replace(make_conditions(), **{field: value}))


def test_references_to_bars_that_are_not_there_are_refused() -> None:
    job = make_job(n_bars=2)
    with pytest.raises(InputError, match="bar 1: Same_1 points before the phrase"):
        decode_target(job, [v.PLAIN_BAR, v.token_id("Same", 1), v.EOS])
    with pytest.raises(InputError, match="bar 1: Ref, but the original has no such bar"):
        decode_target(job, [v.PLAIN_BAR, v.REF, v.EOS])
    with pytest.raises(InputError, match="bar 2: Ref"):
        decode_target(replace(job, original=scale_phrase(1)), [v.PLAIN_BAR, v.REF, v.PLAIN_BAR, v.REF, v.EOS])


def test_ids_stand_for_one_token_each() -> None:
    assert len(set(v.TOKENS)) == len(v.TOKENS)
    assert (v.PAD, v.BOS, v.EOS) == (0, 1, 2)
    for kind, ids in v.IDS_OF_TYPE.items():
        assert {v.TYPE_OF[index] for index in ids} == {kind}


@pytest.mark.parametrize(("ticks", "expected"), [(0, 1), (12, 12), (13, 12), (17, 16), (1000, 144)])
def test_durations_are_rounded_down(ticks: int, expected: int) -> None:
    assert v.nearest_duration(ticks) == expected
