"""Songs of voices, rock melodies and progressions, on made-up miniatures."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from data_prep.chunks import reader_of
from data_prep.duplicates import read_known_pairs
from data_prep.keyfinding import key_of_signature
from data_prep.readers.rs200 import choose_chords, sung_ticks
from data_prep.songs import from_row, sung_syllables, to_row
from data_prep.voices import read_voices, top_line
from symbolic_music.errors import FileFormatError
from symbolic_music.training.examples import examples_of
from symbolic_music.training.phrases import Stretch, cut_phrases, whole_song
from tests.data_prep.voices_data import chorale, rock_song, write_rs200, write_score, write_voices

SOURCES = ("rs200", "pd_songs", "open_hymnal", "mutopia_free", "progressions")
BAR = 48


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("voices")
    write_voices(root)
    return root


def read(data: Path, source: str, item: str) -> dict:
    """Read one song."""
    return reader_of(source).read_item(data, item)[0]


@pytest.mark.parametrize("source", SOURCES)
def test_every_song_holds_together_and_gives_examples(data: Path, source: str) -> None:
    made: Counter[str] = Counter()
    for item in reader_of(source).list_items(data):
        song = from_row(json.loads(json.dumps(to_row(read(data, source, item), "CC0"))))
        spans = song["phrases"]
        assert spans[0][1] == 0 and spans[-1][1] + spans[-1][2] == song["n_bars"]
        assert all(a[1] + a[2] == b[1] for a, b in pairwise(spans))
        assert all(a[0] + a[1] <= b[0] for a, b in pairwise(song["melody"]))
        made.update(example.job for example in examples_of(song, np.random.default_rng(0)))
    assert made["new"] > 0


def test_the_first_voice_is_the_melody_and_its_upbeat_ends_a_bar_of_its_own(data: Path) -> None:
    song = read(data, "pd_songs", "ly/Tune")
    assert (song["meter"], song["n_bars"], song["key"], song["tempo_qpm"]) == ("4/4", 5, "C major", 100.0)
    assert song["melody"][:2] == [(36, 12, 67), (48, 12, 72)]
    assert [row[1:4] for row in song["phrases"]] == [[0, 1, True], [1, 4, True]]
    assert [part["part"] for part in song["parts"]] == ["alto", "tenor", "bass voice"]


def test_four_voices_tell_their_chords(data: Path) -> None:
    song = read(data, "pd_songs", "ly/Tune")
    assert song["chords"] == [(0, 0, "maj", 0), (96, 5, "maj", 5), (144, 7, "maj", 7), (192, 0, "maj", 0)]
    assert song["chords_from"] == "estimate"


def test_one_voice_alone_gets_no_chords(tmp_path: Path) -> None:
    write_voices(tmp_path)
    write_score(tmp_path / "pd_songs" / "midi" / "ly" / "Tune.mid", {"sopranos": chorale()["sopranos"]}, {})
    song, problems = reader_of("pd_songs").read_item(tmp_path, "ly/Tune")
    assert song["chords"] == [] and problems["no chords: too few voices"] == 1


def test_a_signature_written_as_major_becomes_minor_where_the_song_ends_there(data: Path) -> None:
    assert read(data, "pd_songs", "ly/Dark")["key"] == "A minor"
    assert key_of_signature(1, np.zeros(12), last_bass=43) == "G major"
    assert key_of_signature(0, np.array([1, 0, 0, 0, 1, 0, 0, 0, 0, 3, 0, 0.0])) == "A minor"


def test_every_verse_is_kept_and_the_fullest_is_sung(data: Path) -> None:
    song = read(data, "pd_songs", "ly/Tune")
    first = [row[1:3] for row in song["lyrics"] if row[3] == 1]
    assert first == [("Oh", "single"), ("hap", "begin"), ("py", "end"), ("day", "single")]
    assert [row[1] for row in song["lyrics"] if row[3] == 2] == ["Ah", "me"]
    exported = from_row(to_row(song, "CC0"))["syllables"]
    assert exported == [[36, "Oh", True], [48, "hap", False], [60, "py", True], [72, "day", True]]


def test_words_of_another_voice_are_not_the_melodys(tmp_path: Path) -> None:
    voices = {"altos": [(at + 0.5, 0.5, 60) for at in range(20)], "sopranos": [(at, 1, 67) for at in range(20)]}
    write_score(tmp_path / "a.mid", voices, {"lyrics altos 1": ["la"] * 20})
    piece = read_voices(tmp_path / "a.mid", 0, Counter())
    from data_prep.voices import read_verses

    assert read_verses(piece, top_line(piece.voices[1].notes)) == []
    assert len(read_verses(piece, top_line(piece.voices[0].notes))) == 20


def test_syllables_of_passes_that_follow_each_other_are_all_kept() -> None:
    rows = [{"onset_tick": 12 * n, "syllable": "la", "syllabic": "middle", "verse": 1 + n // 2} for n in range(4)]
    assert sung_syllables(rows) == [[12 * n, "la", False] for n in range(4)]


def test_hymns_without_meter_or_matched_words_are_not_read(data: Path) -> None:
    assert reader_of("open_hymnal").list_items(data) == ["001_tune"]
    song = read(data, "open_hymnal", "001_tune")
    assert song["key"] == "F major" and song["melody"][0] == (36, 12, 72)
    assert song["chords"][1:] == [(96, 10, "maj", 10), (144, 0, "maj", 0), (192, 5, "maj", 5)]


def test_a_meter_that_is_not_ours_is_refused_and_the_longest_stretch_is_read(tmp_path: Path) -> None:
    write_score(tmp_path / "five.mid", chorale(), {}, meter=(5, 4))
    with pytest.raises(FileFormatError, match="no 4 bars in one of our meters: 5/4"):
        read_voices(tmp_path / "five.mid", 0, Counter())
    write_score(tmp_path / "three.mid", {"a": [(3 * at, 3, 60) for at in range(16)]}, {}, meter=(3, 2))
    piece = read_voices(tmp_path / "three.mid", 0, Counter())
    assert (str(piece.meter), piece.factor, piece.n_bars, piece.tempo_qpm) == ("3/4", 0.5, 8, 50.0)


def test_a_song_takes_the_voice_with_the_words_and_the_piano_without_it(data: Path) -> None:
    song = read(data, "mutopia_free", "A/song")
    assert song["melody"][:2] == [(0, 12, 60), (12, 12, 61)] and song["licence"] == "public domain"
    assert (0, 12, 48) in song["piano"] and not {(0, 12, 60), (12, 12, 61)} & set(song["piano"])
    assert [row[1:3] for row in song["lyrics"]] == [("hap", "begin"), ("py", "end"), ("day", "single")]


def test_a_dance_gives_its_highest_line_in_doubled_values(data: Path) -> None:
    song = read(data, "mutopia_free", "A/dance")
    assert (song["meter"], song["doubled"], song["tempo_qpm"], song["licence"]) == ("3/4", True, 200.0, "CC-BY-2.5")
    assert song["melody"][:3] == [(0, 12, 72), (12, 12, 73), (24, 12, 74)] and (0, 12, 64) in song["piano"]


def test_chords_that_are_written_are_taken(data: Path) -> None:
    song = read(data, "mutopia_free", "A/hymn")
    assert song["chords"] == [(0, 0, "maj", 0), (144, 7, "maj", 7), (192, 0, "maj", 0)]
    assert song["chords_from"] == "source" and song["piano"] == []


def test_a_held_highest_note_is_the_melody_while_others_move() -> None:
    held = [(0.0, 24.0, 72), (0.0, 12.0, 64), (12.0, 24.0, 65), (24.0, 36.0, 71)]
    assert top_line(held) == [(0, 24, 72), (24, 12, 71)]


def test_a_rock_song_loses_the_bars_of_another_meter(data: Path) -> None:
    song, problems = reader_of("rs200").read_item(data, "hill")
    assert (song["meter"], song["n_bars"], song["key"], song["tempo_qpm"]) == ("4/4", 8, "E major", 120.0)
    assert problems["bars in other meters cut out"] == 1
    assert song["chords"][3:5] == [(144, 4, "maj", 4), (192, 9, "maj", 9)]
    assert [(row["kind"], row["start_bar"], row["n_bars"]) for row in song["sections"]] == [
        ("verse", 0, 4), ("chorus", 4, 4),
    ]  # fmt: skip
    assert [row[4] for row in song["phrases"]] == ["verse", "chorus"]


def test_low_voices_are_written_an_octave_higher_and_notes_end_before_long_rests(data: Path) -> None:
    song = read(data, "rs200", "hill")
    assert song["melody"][:3] == [(0, 12, 64), (12, 12, 68), (24, 18, 71)]
    assert [sung_ticks(wait) for wait in (3, 12, 15, 48, 480)] == [3, 12, 12, 36, 36]


def test_the_analysis_that_fits_the_melody_is_taken() -> None:
    melody = [(48 * bar, 36, (64, 69, 71)[bar % 3]) for bar in range(6)]
    good = [(48 * bar, (4, 9, 11)[bar % 3], "maj", (4, 9, 11)[bar % 3]) for bar in range(6)]
    coarse = [(0, 4, "maj", 4), (144, 2, "maj", 2)]
    assert choose_chords([coarse, good], melody, 6) is good
    busy = [(3 * at, (4, 9)[at % 2], "maj", 0) for at in range(90)]
    assert choose_chords([busy, coarse], [], 6) is coarse


def test_a_song_mostly_in_other_meters_is_refused(tmp_path: Path) -> None:
    write_rs200(tmp_path / "rs200", [rock_song() | {"metre": [[0, "9/8"], [6, "4/4"]]}])
    with pytest.raises(FileFormatError, match="3 of 9 bars in one of our meters"):
        reader_of("rs200").read_item(tmp_path, "hill")


def test_a_progression_is_a_song_of_chords_with_its_moods(data: Path) -> None:
    song = read(data, "progressions", "minor_001")
    assert song["chords"] == [(0, 9, "min", 9), (48, 5, "maj", 5), (96, 0, "maj", 0), (144, 7, "7", 7)]
    assert (song["key"], song["moods"], song["phrases"][0][4]) == ("A minor", ["dark", "hopeful"], "any")
    assert read(data, "progressions", "modal_001")["key"] == "C major"
    assert from_row(to_row(song, "MIT"))["moods"] == ["dark", "hopeful"]


def test_phrases_end_where_the_melody_waits() -> None:
    tune = [(start + 12 * beat, 12, 60 + beat) for start in (0, 240, 480) for beat in range(16)]
    rows = cut_phrases(tune, whole_song(15, 0), BAR, [(0, "C major")])
    assert [row[2] for row in rows] == [5, 5, 5]
    assert len({row[0] for row in rows}) == 1  # the same music


def test_phrases_keep_to_sections_and_sections_share_letters_by_place() -> None:
    stretches = [Stretch(0, 6, "verse", "Vr"), Stretch(6, 8, "chorus", "Ch"), Stretch(14, 6, "verse", "Vr")]
    rows = cut_phrases([], stretches, BAR, [(0, "C major"), (14 * BAR, "D major")])
    assert {row[1] for row in rows} >= {0, 6, 14} and rows[-1][5] == "D major"
    letters = [row[0] for row in rows]
    n_verse = sum(row[1] < 6 for row in rows)
    assert letters[:n_verse] == letters[-n_verse:] and not any(row[3] for row in rows)


def test_known_pairs_count_where_both_songs_are_here(data: Path) -> None:
    songs = {"pd_songs/ly/Tune", "open_hymnal/001_tune"}
    assert read_known_pairs(data, songs) == {("pd_songs/ly/Tune", "open_hymnal/001_tune"): "known"}
    assert read_known_pairs(data, {"pd_songs/ly/Tune"}) == {} == read_known_pairs(data / "nowhere", songs)
