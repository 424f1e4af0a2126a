"""Songs to training examples."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from data_prep.examples import MAX_TOKENS, Span, cut, examples_of, write_shard
from symbolic_music.theory.key import parse_key
from symbolic_music.tokens import vocabulary as v
from symbolic_music.training.batches import load_shard
from tests.builders import make_song


def test_every_part_of_every_phrase_becomes_an_example() -> None:
    examples = list(examples_of(make_song(), np.random.default_rng(0)))
    assert {example.part for example in examples} == {"chords", "melody", "piano"}
    for example in examples:
        assert len(example.ids) == len(example.mask) <= MAX_TOKENS
        assert example.ids[0] == v.BOS and example.ids[-1] == v.EOS
        assert not any(example.mask[: example.ids.index(v.TARGET) + 1])
        assert v.VALUE_OF[example.ids[1]] == example.part


def test_a_phrase_is_cut_out_relative_to_its_key() -> None:
    song = make_song()
    music = cut(song, Span("A", 4, 4, "verse", parse_key("D major")), "melody")
    assert music.n_bars == 4 and music.chords[0] == (0, (20 + 1 - 2) % 12, "maj", (20 + 1 - 2) % 12)
    heard = [note for note in song["melody"] if 192 <= note[0] < 384]
    assert music.notes == tuple((on - 192, length, pitch - 2) for on, length, pitch in heard)


def test_exact_repeats_are_left_out() -> None:
    song = make_song(n_phrases=1)
    song["phrases"].append(["A", 4, 4, True, "verse", "C major"])
    song["n_bars"] = 8
    for name in ("melody", "chords", "piano"):
        song[name] += [[row[0] + 192, *row[1:]] for row in song[name]]
    assert len(list(examples_of(song, np.random.default_rng(0)))) == 3


def test_a_shard_holds_what_was_written(tmp_path: Path) -> None:
    examples = list(examples_of(make_song(split="validation"), np.random.default_rng(0)))
    write_shard(examples, tmp_path / "shard.npz")
    shard = load_shard(tmp_path / "shard.npz")
    assert shard.lengths.tolist() == [len(example.ids) for example in examples]
    at = int(shard.starts[1])
    assert shard.ids[at : at + int(shard.lengths[1])].tolist() == examples[1].ids
    assert shard.is_validation.all() and shard.part[0] == examples[0].part
