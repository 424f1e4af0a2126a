"""Drummers' takes to training examples."""

from __future__ import annotations

import numpy as np
import pytest

from data_prep.groove_examples import STYLE_OF, groove_examples_of, has_fill, hits_of, is_usable, stands_of, style_of
from symbolic_music.tokens import vocabulary as v
from symbolic_music.tokens.codec import decode_target
from symbolic_music.tokens.phrase import ANY, Conditions, PhraseJob, PhraseMusic
from tests.builders import make_song

# Two bars of rock: (tick in two bars, drum).
ROCK = [(tick, 42) for tick in range(0, 96, 6)] + [(0, 36), (24, 36), (48, 36), (66, 36), (12, 38), (36, 38), (84, 38)]
FILL = [(72, 38), (75, 38), (78, 48), (81, 48), (84, 45), (90, 43)]


def make_take(
    n_bars: int = 16, genre: str = "rock", late_480: int = 12, split: str = "train", kind: str = "beat"
) -> dict:
    """A take of a drummer who plays ``late_480`` behind the grid and fills in the last bar of every eight."""
    rows = []
    for start in range(0, n_bars, 2):
        pattern = [row for row in ROCK if row[0] < 72] + FILL if start % 8 == 6 else ROCK
        # A crash on the section's downbeat, other places of the kick from eight bars to eight bars.
        extra = [(0, 55), (54 + 3 * (start // 8), 36)] if start % 8 == 0 else []
        rows += [(start * 48 + tick, drum) for tick, drum in [*pattern, *extra]]
    rows = sorted(set(rows))
    part = {
        "part": "drums", "onset_tick": [row[0] for row in rows], "pitch": [row[1] for row in rows],
        "offset_tick480": [late_480] * len(rows), "velocity": [90] * len(rows),
    }  # fmt: skip
    return {
        "id": "groove/drummer/1", "source": "groove", "genre": genre, "meter": "4/4", "tempo_qpm": 100.0,
        "n_bars": n_bars, "split": split, "sections": [{"kind": kind}], "parts": [part],
    }  # fmt: skip


def examples(take: dict, seed: int = 0) -> list:
    """Examples of a take over a made-up song."""
    song = make_song()
    song["phrases"] += [["C", start, 8, True, "verse", "C major"] for start in (0, 8)]
    return list(groove_examples_of(take, stands_of(iter([song])), np.random.default_rng(seed)))


def test_a_late_drummer_stays_on_sixteenths_and_a_swinging_one_on_triplets() -> None:
    straight = hits_of(make_take(late_480=25))
    assert {tick % 12 for tick, _, _ in straight} <= {0, 3, 6, 9}
    take = make_take(n_bars=4)
    part = take["parts"][0]
    part["onset_tick"] = [tick - tick % 12 + (8 if tick % 12 else 0) for tick in part["onset_tick"]]
    assert {tick % 12 for tick, _, _ in hits_of(take)} == {0, 8}


def test_ghosts_are_soft_snare_strokes_and_the_kit_is_general_midi() -> None:
    take = make_take()
    part = take["parts"][0]
    part["velocity"] = [30 if drum == 38 else 90 for drum in part["pitch"]]
    drums = {drum for _, _, drum in hits_of(take)}
    assert 40 in drums and 36 in drums and 49 in drums and 55 not in drums
    assert all(v.LOWEST_DRUM <= drum <= v.HIGHEST_DRUM for drum in drums)


def test_the_last_bar_of_a_phrase_tells_a_fill() -> None:
    hits = hits_of(make_take(n_bars=8))
    phrase = PhraseMusic(8, 48, (), tuple(hits))
    assert has_fill(phrase)
    assert not has_fill(PhraseMusic(4, 48, (), tuple(hit for hit in hits if hit[0] < 192)))


def test_examples_are_phrases_of_the_take_over_a_song() -> None:
    made = examples(make_take(n_bars=48))
    words = [[v.TOKENS[index] for index in example.ids] for example in made]
    assert {"Bars_8", "Bars_4"} <= {token for row in words for token in row}
    assert all("Style_rock" in row and "Source_live" in row and "Part_drums" in row for row in words)
    assert all(row.count("Fill_yes") == 1 for row in words if "Bars_8" in row)
    assert {example.job for example in made} == {"band"} and {example.source for example in made} == {"groove"}
    assert any("Relation_variation" in row for row in words) and not all("Relation_variation" in row for row in words)
    assert any("Beside_melody" in row for row in words) and not all("Beside_melody" in row for row in words)


def test_a_target_decodes_to_what_was_played() -> None:
    take = make_take(n_bars=96)
    heard = (v.ID_OF["Relation_variation"], v.EXEMPLAR)
    alone = [e for e in examples(take) if not set(heard) & set(e.ids)]
    example = next(e for e in alone if v.ID_OF["Bars_8"] in e.ids)
    target = example.ids[example.ids.index(v.TARGET) + 1 :]
    music = decode_target(PhraseJob(Conditions("drums", "major", "4/4", 8), 48), target)
    played = hits_of(take)
    phrases = [tuple((on - at, *rest) for on, *rest in played if at <= on < at + 384) for at in range(0, 96 * 48, 384)]
    assert music.notes in phrases


def test_fills_on_their_own_and_short_takes_are_no_phrases() -> None:
    assert not is_usable(make_take(kind="fill")) and not is_usable(make_take(n_bars=2))
    assert examples(make_take(kind="fill")) == []


def test_validation_stays_validation_and_is_paired_with_training_songs_only() -> None:
    assert {example.split for example in examples(make_take(split="validation"))} == {"validation"}
    assert not stands_of(iter([make_song(split="validation")]))


@pytest.mark.parametrize("genre", sorted(STYLE_OF))
def test_every_style_is_one_of_ours(genre: str) -> None:
    assert STYLE_OF[genre] in (*v.STYLES, ANY)
    assert style_of(make_take(genre=genre)) in (STYLE_OF[genre], ANY)
