from __future__ import annotations

import numpy as np
import pytest

from symbolic_music.errors import FileFormatError, InputError
from symbolic_music.evaluation.evaluate import load_human_windows, save_windows, window_set
from symbolic_music.evaluation.features import describe_window, feature_names, window_features
from symbolic_music.evaluation.melody import PhraseSpan
from symbolic_music.evaluation.two_sample import WindowSet, two_sample_auc
from symbolic_music.evaluation.windows import BAR_TICKS, Window, cut_windows, shuffle_bars, window_at
from tests.evaluation.songs import make_sheet, quarters

pytest.importorskip("sklearn")


def tune(seed, n_bars=32):
    """Make a song that walks by steps; its odd and even bars have two rhythms, as a person's might."""
    rng = np.random.default_rng(seed)
    rhythms = [sorted(rng.permutation(8)[:4].tolist()) for _ in range(2)]
    pitch, bars = 67, []
    for bar in range(n_bars):
        notes = []
        for step in rhythms[bar % 2]:
            pitch = int(np.clip(pitch + rng.integers(-2, 3), 55, 79))
            notes.append((6 * step, 6, pitch))
        bars.append(notes)
    return make_sheet(bars), [PhraseSpan("A", start, 8) for start in range(0, n_bars, 8)]


SONGS = [tune(seed) for seed in range(24)]
REAL = window_set(SONGS)


def test_people_s_windows_cannot_be_told_from_other_people_s():
    one, other = window_set(SONGS[:12]), window_set(SONGS[12:])
    result = two_sample_auc(one, WindowSet(other.features, other.song + 100), seed=1)
    assert 0.25 < result.auc < 0.75


def test_shuffled_bars_are_told_and_the_features_say_why():
    rng = np.random.default_rng(0)
    rows = [(window_features(shuffle_bars(window, rng)), number)
            for number, song in enumerate(SONGS) for window in cut_windows(*song)]  # fmt: skip
    shuffled = WindowSet(np.array([row for row, _ in rows]), np.array([number for _, number in rows]))
    result = two_sample_auc(REAL, shuffled, names=feature_names())
    assert result.auc > 0.9
    assert result.auc == max(result.aucs.values()) == result.aucs[result.classifier]
    assert len(result.folds) == 5 and len(result.telling) == 15
    assert any("likeness" in row.name or "over the bar line" in row.name for row in result.telling)


def test_the_same_seed_gives_the_same_auc():
    one, other = window_set(SONGS[:6]), window_set(SONGS[6:12])
    apart = WindowSet(other.features, other.song + 100)
    assert two_sample_auc(one, apart, 3, 4) == two_sample_auc(one, apart, 3, 4)


def test_one_song_is_too_few():
    with pytest.raises(InputError, match="1 generated songs"):
        two_sample_auc(REAL, window_set(SONGS[:1]))


def test_windows_begin_at_sung_phrases_and_do_not_overlap():
    sheet, _ = tune(0)
    spans = [PhraseSpan("i", 0, 4, False), PhraseSpan("A", 4, 4), PhraseSpan("B", 8, 4), PhraseSpan("C", 12, 20)]
    windows = cut_windows(sheet, spans)
    assert len(windows) == 2
    assert [int(window.onset[0]) for window in windows] == [
        int(sheet.melody["onset_tick"][sheet.melody["onset_tick"] >= bar * BAR_TICKS][0]) - bar * BAR_TICKS
        for bar in (4, 12)
    ]


def test_a_repeated_window_counts_once_and_an_empty_one_not_at_all():
    bars = [quarters(60, 62, 64, 65), quarters(67, 65, 64, 62)] * 4
    assert len(cut_windows(make_sheet(bars * 2))) == 1
    assert cut_windows(make_sheet([[]] * 8)) == []
    assert cut_windows(make_sheet(bars[:7])) == []
    assert cut_windows(make_sheet([quarters(60, 62, 64)] * 8, meter="3/4")) == []


def test_a_window_is_the_same_in_every_key_and_octave():
    notes = [quarters(60, 62, 64, 65)] * 8
    higher = [quarters(*[pitch + 14 for pitch in (60, 62, 64, 65)])] * 8
    one, other = window_at(make_sheet(notes), 0), window_at(make_sheet(higher, key="D major"), 0)
    assert np.array_equal(one.pitch, other.pitch)
    assert (one.pitch % 12 == np.array([0, 2, 4, 5] * 8)).all()


def test_shuffling_keeps_every_bar():
    window = cut_windows(*SONGS[0])[0]
    shuffled = shuffle_bars(window, np.random.default_rng(3))

    def bars(of):
        rows = np.column_stack([of.onset // BAR_TICKS, of.onset % BAR_TICKS, of.pitch])
        return [rows[rows[:, 0] == bar][:, 1:].tolist() for bar in range(8)]

    assert bars(shuffled) != bars(window)
    assert sorted(bars(shuffled)) == sorted(bars(window))
    assert (np.diff(shuffled.onset) > 0).all()


def test_features_say_what_a_window_is_like():
    two_bars = [quarters(60, 62, 64, 65), quarters(67, 67, 67)]
    values = describe_window(window_at(make_sheet(two_bars * 4), 0))
    assert values["notes"] == 28
    assert values["notes in bar 2"] == 3
    assert values["rhythm likeness 2"] == 1 and values["rhythm likeness 1"] == 0.75
    assert values["range"] == 7
    assert values["interval over the bar line"] == pytest.approx((4 * 2 + 3 * 7) / 7)
    assert values["last pitch class 7"] == 1
    assert values["rests at the bar line"] == pytest.approx(3 / 7)


def test_a_window_of_one_note_has_finite_features():
    values = window_features(Window(np.array([0]), np.array([12]), np.array([60])))
    assert len(values) == len(feature_names()) and np.isfinite(values).all()


def test_windows_come_back_from_their_file(tmp_path):
    save_windows(REAL, tmp_path / "windows.npz")
    again = load_human_windows(tmp_path / "windows.npz")
    assert np.array_equal(again.features, REAL.features) and np.array_equal(again.song, REAL.song)
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04")
    with pytest.raises(FileFormatError, match=r"broken\.npz: not features"):
        load_human_windows(tmp_path / "broken.npz")
    np.savez(tmp_path / "old.npz", features=REAL.features, song=REAL.song, names=np.array(["a"]))
    with pytest.raises(FileFormatError, match="made with other features"):
        load_human_windows(tmp_path / "old.npz")


def test_the_shipped_windows_are_small_and_many():
    from importlib import resources

    people = load_human_windows()
    assert people.n_songs >= 50 and len(people.features) > 200
    assert resources.files("symbolic_music").joinpath("weights", "human_windows.npz").stat().st_size < 1_000_000
