from __future__ import annotations

import numpy as np
import pytest

from symbolic_music.analysis.originality import (
    GRAM_NOTES,
    build_index,
    hash_grams,
    join_indexes,
    longest_shared_run,
    read_index,
    save_index,
    shared_runs,
    shipped_index,
)
from symbolic_music.errors import FileFormatError
from symbolic_music.song.notes import make_notes
from tests.evaluation.songs import make_sheet


def melody_of(pitches, distances, start=0):
    onsets = start + np.concatenate([[0], np.cumsum(distances[:-1])])
    return make_notes((int(on), int(length), int(pitch), 80) for on, length, pitch in zip(onsets, distances, pitches,
                                                                                          strict=True))  # fmt: skip


def random_tune(seed, n_notes=200):
    rng = np.random.default_rng(seed)
    return rng.integers(55, 80, n_notes), rng.choice([3, 6, 9, 12, 18, 24], n_notes)


def sheet_of(melody):
    from dataclasses import replace

    end = int(melody["onset_tick"][-1] + melody["duration_tick"][-1])
    return replace(make_sheet([[]] * (-(-end // 48))), melody=melody)


INDEX = build_index([(f"tune {seed}", melody_of(*random_tune(seed))) for seed in range(20)])


@pytest.mark.parametrize("speed", [1, 2])
def test_a_planted_quote_is_found_at_any_pitch_and_speed(speed):
    pitches, distances = random_tune(100)
    quoted, lengths = random_tune(7)
    pitches[50:62], distances[50:62] = quoted[30:42] + 5, lengths[30:42] * speed
    sheet = sheet_of(melody_of(pitches, distances))
    run = longest_shared_run(sheet, INDEX)
    assert run.tune == "tune 7"
    assert run.n_notes == 12
    assert run.first_note == 50 and run.tune_note == 30
    assert run.start_bar == sheet.melody["onset_tick"][50] // 48
    assert run.n_bars == pytest.approx((distances[50:62].sum()) / 48, abs=0.01)


def test_a_scale_of_fresh_notes_is_nobody_s():
    scale = [60, 62, 64, 65, 67, 69, 71, 72, 74, 76, 77, 79]
    run = longest_shared_run(sheet_of(melody_of(scale, [12] * 12)), INDEX)
    assert (run.n_notes, run.n_bars, run.tune) == (0, 0.0, "")


def test_the_nearest_tunes_come_longest_run_first_and_one_run_each():
    pitches, distances = random_tune(100)
    for at, seed, length in ((10, 4, 9), (50, 7, 14), (90, 7, 8)):
        quoted, lengths = random_tune(seed)
        pitches[at : at + length], distances[at : at + length] = quoted[20 : 20 + length], lengths[20 : 20 + length]
    runs = shared_runs(sheet_of(melody_of(pitches, distances)), INDEX)
    assert [(run.tune, run.first_note, run.tune_note) for run in runs[:2]] == [("tune 7", 50, 20), ("tune 4", 10, 20)]
    assert runs[0].n_notes >= 14 and 14 > runs[1].n_notes >= 9
    assert len({run.tune for run in runs}) == len(runs)


def test_tunes_of_two_indexes_are_found_in_the_joined_one():
    own = build_index([("mine", melody_of(*random_tune(50))), ("mine too", melody_of(*random_tune(51)))])
    joined = join_indexes([own, INDEX])
    assert joined.tunes == (*own.tunes, *INDEX.tunes)
    for seed, name in ((50, "mine"), (51, "mine too"), (0, "tune 0"), (19, "tune 19")):
        run = longest_shared_run(sheet_of(melody_of(*random_tune(seed))), joined)
        assert (run.tune, run.n_notes, run.tune_note) == (name, 200, 0)


def test_the_same_pitches_in_another_rhythm_are_no_run():
    pitches, _ = random_tune(3)
    _, distances = random_tune(300)
    assert longest_shared_run(sheet_of(melody_of(pitches, distances)), INDEX).n_notes <= GRAM_NOTES


def test_a_tune_is_itself_unless_left_out():
    sheet = sheet_of(melody_of(*random_tune(5)))
    assert longest_shared_run(sheet, INDEX).n_notes == 200
    assert longest_shared_run(sheet, INDEX, "tune 5").n_notes == 0


def test_a_run_does_not_go_on_into_the_next_tune():
    first, second = melody_of(*random_tune(0)), melody_of(*random_tune(1))
    joined = [np.concatenate(parts) for parts in zip(random_tune(0), random_tune(1), strict=True)]
    run = longest_shared_run(sheet_of(melody_of(*joined)), build_index([("a", first), ("b", second)]))
    assert run.n_notes == 200 and run.tune == "a"


def test_short_and_silent_songs_share_nothing():
    assert longest_shared_run(make_sheet([[]]), INDEX).n_notes == 0
    short = sheet_of(melody_of(*[part[: GRAM_NOTES - 1] for part in random_tune(5)]))
    assert len(hash_grams(short.melody)) == 0
    assert longest_shared_run(short, INDEX).n_notes == 0
    assert longest_shared_run(sheet_of(melody_of(*random_tune(5))), build_index([])).n_notes == 0


def test_an_index_comes_back_from_its_file(tmp_path):
    save_index(INDEX, tmp_path / "index.npz")
    again = read_index(tmp_path / "index.npz")
    assert again.tunes == INDEX.tunes
    sheet = sheet_of(melody_of(*random_tune(19)))
    assert longest_shared_run(sheet, again) == longest_shared_run(sheet, INDEX)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"not an index"])
def test_a_broken_index_is_named(tmp_path, data):
    path = tmp_path / "broken.npz"
    path.write_bytes(data)
    with pytest.raises(FileFormatError, match=r"broken\.npz: not an index"):
        read_index(path)
    with pytest.raises(FileFormatError, match="no such file"):
        read_index(tmp_path / "no.npz")


def test_the_shipped_index_names_many_tunes_and_is_small():
    from importlib import resources

    index = shipped_index()
    assert len(index.tunes) > 1000 and len(index.hashes) > 100_000
    assert resources.files("symbolic_music").joinpath("weights", "originality.npz").stat().st_size < 10_000_000
