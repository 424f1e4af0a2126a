"""Songs to training examples."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from data_prep.band_examples import band_examples_of
from data_prep.examples import write_shard
from symbolic_music.theory.key import parse_key
from symbolic_music.tokens import vocabulary as v
from symbolic_music.training.batches import load_shard
from symbolic_music.training.cutting import Span, cut, kept_share
from symbolic_music.training.examples import MAX_TOKENS, examples_of
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


def test_every_job_is_made() -> None:
    rng = np.random.default_rng(0)
    jobs = {(e.part, e.job) for seed in range(3) for e in examples_of(make_song(n_phrases=5 + seed), rng)}
    assert jobs >= {("chords", "new"), ("chords", "harmonise"), ("chords", "infill"), ("melody", "continuation")}
    assert jobs >= {("melody", "new"), ("melody", "infill"), ("piano", "new"), ("piano", "infill")}


def test_harmonising_gives_the_melody_and_asks_for_chords_alone() -> None:
    examples = examples_of(make_song(), np.random.default_rng(0))
    example = next(e for e in examples if e.job == "harmonise")
    kinds = [v.TYPE_OF[index] for index, counts in zip(example.ids, example.mask, strict=True) if counts]
    given = [v.TYPE_OF[index] for index, counts in zip(example.ids, example.mask, strict=True) if not counts]
    assert "Root" in kinds and "Pitch" not in kinds and "Own" in given and "Pitch" in given


def test_infill_shows_what_comes_after() -> None:
    examples = examples_of(make_song(), np.random.default_rng(0))
    assert all(v.FOLLOWING in e.ids for e in examples if e.job == "infill")


def test_exact_repeats_are_left_out() -> None:
    song = make_song(n_phrases=1)
    once = len(list(examples_of(song, np.random.default_rng(0))))
    song["phrases"].append(["A", 4, 4, True, "verse", "C major"])
    song["n_bars"] = 8
    for name in ("melody", "chords", "piano"):
        song[name] += [[row[0] + 192, *row[1:]] for row in song[name]]
    twice = [e for e in examples_of(song, np.random.default_rng(0)) if e.job in ("new", "variation")]
    assert len(twice) == 3 <= once


def test_a_band_part_states_its_style_and_what_it_hears() -> None:
    song = make_song()
    bars = range(song["n_bars"])
    parts = {
        "drums": [[bar * 48 + at, 3, drum, 90] for bar in bars for at, drum in ((0, 36), (0, 42), (13, 38), (24, 38))],
        "bass": [[bar * 48, 24, 36 + bar % 5, 80] for bar in bars],
    }
    row = {"song": song["id"], "style": "rock", "n_bars": song["n_bars"], "fills": [3], "parts": parts}
    examples = list(band_examples_of(song, row, np.random.default_rng(0)))
    assert {e.part for e in examples} == {"drums", "bass"}
    words = {e.part: {v.TOKENS[index] for index in e.ids} for e in examples}
    assert "Style_rock" in words["bass"] and "Drum_36" in words["drums"] and "Position_13" not in words["drums"]
    hearing = [e for e in examples if e.part == "bass" and v.ID_OF["Beside_drums"] in e.ids]
    assert hearing and all(v.ID_OF["Drum_42"] not in e.ids for e in hearing)


def test_the_share_of_kept_bars_grades_a_variation() -> None:
    song = make_song()
    span = Span("A", 0, 4, "verse", parse_key("C major"))
    music = cut(song, span, "melody")
    assert kept_share(music, music, "melody") == 1.0
    assert kept_share(cut(song, Span("B", 4, 4, "verse", parse_key("C major")), "melody"), music, "melody") == 0.0


def test_a_shard_holds_what_was_written(tmp_path: Path) -> None:
    examples = list(examples_of(make_song(split="validation"), np.random.default_rng(0)))
    write_shard(examples, tmp_path / "shard.npz")
    shard = load_shard(tmp_path / "shard.npz")
    assert shard.lengths.tolist() == [len(example.ids) for example in examples]
    at = int(shard.starts[1])
    assert shard.ids[at : at + int(shard.lengths[1])].tolist() == examples[1].ids
    assert shard.is_validation.all() and shard.part[0] == examples[0].part
