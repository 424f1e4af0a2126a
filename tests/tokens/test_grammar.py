"""What the grammar lets through and what it stops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from symbolic_music.model.sampling import SamplingOptions
from symbolic_music.tokens import vocabulary as v
from symbolic_music.tokens.codec import decode_target
from symbolic_music.tokens.grammar import Grammar, Limits
from symbolic_music.tokens.phrase import PhraseMusic
from tests.builders import make_job, scale_phrase


def allowed_words(grammar: Grammar) -> set[str]:
    """Names of the tokens that may come now."""
    allowed = grammar.allowed()
    ids = np.flatnonzero(allowed) if isinstance(allowed, np.ndarray) else [allowed]
    return {v.TOKENS[index] for index in ids}


def push(grammar: Grammar, *tokens: str) -> None:
    """Push tokens by name; given ones are pushed by themselves."""
    for token in tokens:
        push_given(grammar)
        assert token in allowed_words(grammar)
        grammar.push(v.ID_OF[token])
    push_given(grammar)


def push_given(grammar: Grammar) -> None:
    """Push what is forced inside a bar."""
    while grammar.forced:
        grammar.push(grammar.forced[0])


def of_type(words: set[str], kind: str) -> set[int]:
    """Values of the allowed tokens of a type."""
    return {int(word.split("_")[1]) for word in words if word.startswith(kind + "_")}


def test_a_melody_has_one_voice() -> None:
    grammar = Grammar(make_job(n_bars=2), Limits())
    push(grammar, "Position_0", "Pitch_60", "Duration_24")
    words = allowed_words(grammar)
    assert min(of_type(words, "Position")) == 24 and not of_type(words, "Pitch")


def test_a_note_that_sounds_over_the_bar_line_delays_the_next() -> None:
    grammar = Grammar(make_job(n_bars=2), Limits())
    push(grammar, "Position_24", "Pitch_60", "Duration_36", "Bar_1")
    assert min(of_type(allowed_words(grammar), "Position")) == 12


def test_notes_end_inside_the_phrase() -> None:
    grammar = Grammar(make_job(n_bars=1), Limits())
    push(grammar, "Position_36", "Pitch_60")
    assert max(of_type(allowed_words(grammar), "Duration")) == 12


def test_pitches_stay_in_range() -> None:
    grammar = Grammar(make_job(), Limits(60, 65))
    push(grammar, "Position_0")
    assert of_type(allowed_words(grammar), "Pitch") == set(range(60, 66))


def test_strong_ticks_admit_chord_tones_only() -> None:
    grammar = Grammar(make_job(), Limits(60, 72, strong_ticks=(0,)))
    push(grammar, "Position_0")
    assert of_type(allowed_words(grammar), "Pitch") == {60, 64, 67, 72}
    push(grammar, "Pitch_60", "Duration_12", "Position_12")
    assert 62 in of_type(allowed_words(grammar), "Pitch")


def test_pitches_of_one_onset_ascend() -> None:
    grammar = Grammar(make_job("piano"), Limits(60, 72))
    push(grammar, "Position_0", "Pitch_64", "Duration_12")
    assert min(of_type(allowed_words(grammar), "Pitch")) == 65


def test_every_bar_of_chords_begins_with_one() -> None:
    grammar = Grammar(make_job("chords", n_bars=2), Limits(chord_change_tick=24))
    push_given(grammar)
    assert allowed_words(grammar) == {"Position_0"}
    push(grammar, "Position_0", "Root_0")
    assert "Quality_none" not in allowed_words(grammar)
    push(grammar, "Quality_maj")
    words = allowed_words(grammar)
    # A major chord may stand on its tones, its sevenths, second, fourth and sixth; not on its minor third.
    assert of_type(words, "Position") == {24} and of_type(words, "Bass") == {2, 4, 5, 7, 9, 10, 11}
    assert "Bar_1" in words


def test_the_end_comes_after_the_last_bar_only() -> None:
    grammar = Grammar(make_job(n_bars=2), Limits())
    push_given(grammar)
    assert "EOS_None" not in allowed_words(grammar)
    push(grammar, "Bar_1")
    assert "Bar_1" not in allowed_words(grammar)
    push(grammar, "EOS_None")
    assert grammar.done


@pytest.mark.parametrize("part", ["melody", "chords"])
def test_ref_needs_an_original_that_long(part: str) -> None:
    grammar = Grammar(make_job(part, n_bars=2), Limits())
    push_given(grammar)
    assert "Ref_None" not in allowed_words(grammar)
    grammar = Grammar(replace(make_job(part, n_bars=2), original=scale_phrase(1)), Limits())
    push(grammar, "Ref_None", "Bar_1")
    assert "Ref_None" not in allowed_words(grammar) and "Same_1" in allowed_words(grammar)


def test_a_variation_varies_at_least_one_bar() -> None:
    job = replace(make_job(n_bars=2), original=scale_phrase(2))
    grammar = Grammar(replace(job, conditions=replace(job.conditions, relation="variation")), Limits())
    push(grammar, "Ref_None", "Bar_1")
    assert "Ref_None" not in allowed_words(grammar)


def test_silence_and_overhanging_bars_are_not_copied() -> None:
    long_note = PhraseMusic(2, 48, (), ((48, 96, 60),))
    grammar = Grammar(replace(make_job(n_bars=2), original=long_note), Limits())
    push_given(grammar)
    assert "Ref_None" not in allowed_words(grammar)
    push(grammar, "Bar_1")
    assert not {"Ref_None", "Same_1"} & allowed_words(grammar)


@pytest.mark.parametrize("part", ["melody", "chords", "piano", "drums"])
@pytest.mark.parametrize("n_bars", [1, 8, 16])
def test_a_network_that_never_ends_a_bar_is_brought_to_the_end(part: str, n_bars: int) -> None:
    grammar = Grammar(make_job(part, n_bars=n_bars), Limits(finest_tick=1, chord_change_tick=1))
    while not grammar.done:
        allowed = grammar.allowed()
        ids = np.flatnonzero(allowed) if isinstance(allowed, np.ndarray) else np.array([allowed])
        # The smallest step forward, and the end only where nothing else may come.
        ends = [index for index in ids if v.TYPE_OF[index] in ("Bar", "EOS", "Same", "Ref", "Figure", "Rhythm")]
        going = [index for index in ids if index not in ends]
        grammar.push(int((going or ends)[0]))
        assert len(grammar.ids) <= SamplingOptions().max_steps
    assert len(grammar.bars) == n_bars


def test_an_upbeat_is_short_and_only_where_it_is_allowed() -> None:
    assert allowed_words(Grammar(make_job(n_bars=1), Limits())) == {"Bar_1"}
    grammar = Grammar(make_job(n_bars=1), Limits(upbeat_ticks=12))
    assert allowed_words(grammar) == {"Upbeat_None", "Bar_1"}
    push(grammar, "Upbeat_None")
    assert of_type(allowed_words(grammar), "Position") == {36, 39, 42, 45}
    push(grammar, "Position_42", "Pitch_67", "Duration_6")
    words = allowed_words(grammar)
    assert "Bar_1" in words and of_type(words, "Position") <= {48, 51}
    push(grammar, "Bar_1", "Position_0", "Pitch_72", "Duration_24", "EOS_None")
    assert grammar.done and decode_target(grammar.job, grammar.ids).notes == ((-6, 6, 67), (0, 24, 72))


def test_a_phrase_leaves_room_for_the_upbeat_of_the_next() -> None:
    grammar = Grammar(make_job(n_bars=1), Limits(end_tick=36))
    push_given(grammar)
    assert max(of_type(allowed_words(grammar), "Position")) == 33
    push(grammar, "Position_24", "Pitch_72")
    assert max(of_type(allowed_words(grammar), "Duration")) == 12


def test_a_figure_that_leaves_the_range_is_not_played() -> None:
    exemplar = PhraseMusic(1, 48, ((0, 0, "maj", 0),), ((0, 48, 60),))
    job = replace(make_job("piano", n_bars=1), exemplar=exemplar)
    for lowest, is_played in ((55, True), (65, False)):
        grammar = Grammar(job, Limits(lowest=lowest))
        push_given(grammar)
        assert ("Figure_1" in allowed_words(grammar)) == is_played


@pytest.mark.parametrize("seed", range(20))
def test_a_line_sounds_in_its_spans_and_is_not_silent(seed: int) -> None:
    rng, spans = np.random.default_rng(seed), ((30, 48), (72, 96))
    job = make_job("line", n_bars=3)
    grammar = Grammar(job, Limits(spans=spans))
    while not grammar.done:
        allowed = grammar.allowed()
        grammar.push(int(rng.choice(np.flatnonzero(allowed)) if isinstance(allowed, np.ndarray) else allowed))
    notes = decode_target(job, grammar.ids).notes
    assert notes
    assert all(any(start <= onset < onset + length <= end for start, end in spans) for onset, length, _ in notes)
