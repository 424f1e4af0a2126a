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

ANYTHING = Limits(v.LOWEST_PITCH, v.HIGHEST_PITCH, finest_tick=1, chord_change_tick=1, upbeat_ticks=12)


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
    # The first bar line is predicted too: an upbeat might have stood before it.
    assert mask == [True] + [False] * 7 + [True] * 6 + [True] + [False] * 4 + [True]


def test_repeated_bars_become_ref_and_same() -> None:
    music = scale_phrase(6)
    ids, _ = encode_target(make_job(n_bars=6, chords=music.chords), music)
    assert [word for word in words(ids) if word.startswith(("Ref", "Same"))] == ["Same_2"] * 4
    varied = replace(music, notes=(*music.notes[:-1], (music.notes[-1][0], 12, 79)))
    job = replace(make_job(n_bars=6, chords=music.chords), original=music)
    ids, _ = encode_target(job, varied)
    assert words(ids).count("Ref") == 5
    assert decode_target(job, ids) == varied


def test_the_prefix_holds_what_is_known_and_nothing_else() -> None:
    music = scale_phrase(2)
    job = make_job(n_bars=2, chords=music.chords)
    known = words(encode_prefix(job))
    assert known[0] == "BOS" and known[-1] == "Target" and {"Part_melody", "Mode_major", "Bars_2"} <= set(known)
    assert not any("any" in word for word in known)
    asked = replace(job, conditions=replace(job.conditions, top="72", notes="9"))
    assert set(words(encode_prefix(asked))) - set(known) == {"Top_72", "Notes_9"}


@pytest.mark.parametrize("name", ["relative", "context", "following", "original"])
def test_what_is_heard_stands_in_the_prefix_with_its_chords(name: str) -> None:
    music, job = scale_phrase(2), make_job(n_bars=2)
    ids = words(encode_prefix(replace(job, **{name: music})))
    at = len(encode_prefix(job)) - 1
    assert ids[at : at + 3] == [name.capitalize(), "Bar_plain", "Position_0"] and ids.count("Bar_plain") == 2


def test_an_upbeat_belongs_to_the_phrase_that_it_opens() -> None:
    music = PhraseMusic(1, 48, ((0, 0, "maj", 0),), ((-12, 6, 67), (-6, 6, 69), (0, 48, 72)))
    job = make_job(n_bars=1, chords=music.chords)
    ids, mask = encode_target(job, music)
    assert words(ids)[:7] == [
        "Upbeat", "Position_36", "Pitch_67", "Duration_6", "Position_42", "Pitch_69", "Duration_6",
    ]  # fmt: skip
    assert all(mask[:8]) and decode_target(job, ids) == music


def test_a_bar_of_the_exemplar_is_one_token_over_any_chords() -> None:
    exemplar = PhraseMusic(1, 48, ((0, 0, "maj", 0),), ((0, 24, 36), (24, 12, 43), (36, 12, 40)))
    chords = ((0, 9, "min", 9), (48, 5, "maj", 5))
    played = ((0, 24, 33), (24, 12, 40), (36, 12, 36), (48, 24, 41), (72, 12, 48), (84, 12, 45))
    job = replace(make_job("bass", n_bars=2, chords=chords), exemplar=exemplar)
    ids, _ = encode_target(job, PhraseMusic(2, 48, chords, played))
    assert [word for word in words(ids) if word.startswith("Figure")] == ["Figure_1", "Figure_1"]
    assert decode_target(job, ids).notes == played
    with pytest.raises(InputError, match="Figure_2, but the exemplar has no such bar"):
        decode_target(job, [v.PLAIN_BAR, v.token_id("Figure", 2), v.EOS])


@pytest.mark.parametrize(
    ("field", "value"),
    [("section", "prelude"), ("n_bars", 17), ("meter", "11/8"), ("part", "kazoo"), ("mode", "dorian")],
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
