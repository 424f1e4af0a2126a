"""Near-duplicates: the same tune in another key or at another beat level is found, another tune is not."""

from __future__ import annotations

import numpy as np

from data_prep.duplicates import assign_splits, find_pairs, make_profile
from data_prep.songs import to_row
from tests.builders import make_song


def tune(seed: int, n_notes: int = 60) -> list[tuple[int, int, int]]:
    """A random tune: (onset, duration, pitch)."""
    rng = np.random.default_rng(seed)
    onsets = np.cumsum(rng.choice([3, 6, 9, 12], n_notes))
    return [(int(on), 3, int(pitch)) for on, pitch in zip(onsets, 60 + rng.integers(0, 12, n_notes), strict=True)]


def profile(name: str, melody: list, split: str = "train", title: str = "", shift: int = 0) -> object:
    """Profile a song with a melody and the builder's chords, moved by semitones."""
    song = make_song(name, split) | {"melody": melody, "title": title, "split_group": name}
    song["chords"] = [
        [on, (root + shift) % 12, quality, (bass + shift) % 12] for on, root, quality, bass in song["chords"]
    ]
    return make_profile(to_row(song, "MIT"))


def test_a_transposed_and_slower_tune_is_found_across_sources() -> None:
    original = tune(1)
    slower = [(2 * on, 2 * length, pitch + 5) for on, length, pitch in original[:40]]
    profiles = [profile("pop909/1", original), profile("openewld/1", slower), profile("nottingham/1", tune(2))]
    assert find_pairs(profiles) == {("pop909/1", "openewld/1"): "melody"}


def test_equal_titles_need_equal_chords() -> None:
    same = [profile("pop909/1", tune(1), title="Hill"), profile("billboard/1", [], title="the hill"[4:], shift=3)]
    assert find_pairs(same) == {("pop909/1", "billboard/1"): "title and chords"}
    other = make_song("billboard/2") | {"melody": [], "title": "Hill", "split_group": "x"}
    other["chords"] = [[48 * i, (i * i) % 12, "min", (i * i) % 12] for i in range(16)]
    assert find_pairs([same[0], make_profile(to_row(other, "CC0"))]) == {}


def test_a_group_is_held_out_if_one_of_its_songs_is() -> None:
    profiles = [profile(f"pop909/{n}", tune(n), "validation" if n == 3 else "train") for n in range(6)]
    pairs = {("pop909/1", "pop909/2"): "melody", ("pop909/2", "pop909/3"): "melody"}
    splits = assign_splits(profiles, pairs)
    assert [splits[f"pop909/{n}"] for n in range(6)] == ["train", *["validation"] * 3, "train", "train"]
