"""Every reader on the sample folder: what comes out, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from data_prep.chunks import reader_of
from data_prep.sources import READERS
from tests.data_prep.sample_data import write_sample


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(tmp_path_factory.mktemp("sample") / "data")


def read(data: Path, source: str, item: str) -> dict:
    """Read one song."""
    return reader_of(source).read_item(data, item)[0]


def test_every_source_lists_its_songs(data: Path) -> None:
    items = {source: reader_of(source).list_items(data) for source in READERS}
    assert items["pop909"] == ["001"] and items["billboard"] == ["0001", "0003"] and items["salami"] == ["7", "8"]
    assert items["nottingham"] == ["reels1", "reels2"] and items["freedoom"] == ["d_broken.mid", "d_e1m1.mid"]
    assert [len(items[source]) for source in ("openewld", "groove", "lieder")] == [2, 2, 1]
    voices = ("rs200", "pd_songs", "open_hymnal", "mutopia_free", "progressions")
    assert [len(items[source]) for source in voices] == [1, 2, 1, 3, 2]


def test_billboard_gives_chords_sections_and_keys(data: Path) -> None:
    song, problems = reader_of("billboard").read_item(data, "0001")
    assert (song["meter"], song["n_bars"], song["key"], song["melody"]) == ("4/4", 18, "A minor", [])
    assert [row[1:5] for row in song["phrases"]] == [
        [0, 2, False, "intro"], [2, 8, True, "verse"], [10, 8, True, "chorus"],
    ]  # fmt: skip
    assert [row[5] for row in song["phrases"]] == ["A minor", "A minor", "C major"]
    assert song["chords"][:6] == [(0, 9, "min", 9), (48, 4, "min", 4), (72, 4, "7", 8), (96, 9, "min", 9),
                                  (144, 2, "min7", 2), (192, 9, "min7", 9)]  # fmt: skip
    assert song["chords"][8:11] == [(336, 0, "5", 0), (360, 7, "7#9", 7), (372, 4, "maj", 11)]
    assert problems["bar of another meter filled up"] == 1 and problems["free pause left out"] == 0
    assert song["tempo_qpm"] == 120.0 and song["genre"] == "country"
    assert [(row["kind"], row["n_bars"]) for row in song["sections"]] == [("intro", 2), ("verse", 8), ("chorus", 8)]


def test_billboard_refuses_a_meter_that_is_not_ours(data: Path) -> None:
    with pytest.raises(ValueError, match="'7/4' is not a supported meter"):
        read(data, "billboard", "0003")


def test_salami_gives_sections_in_seconds(data: Path) -> None:
    song, problems = reader_of("salami").read_item(data, "7")
    rows = [(row["kind"], row["letter"], row["start_sec"], row["end_sec"]) for row in song["sections"]]
    assert rows[1:4] == [("intro", "A", 1.0, 5.0), ("verse", "B", 5.0, 21.0), ("", "C", 21.0, 39.0)]
    assert problems["section without length"] == 1 and song["title"] == "The Hill"
    with pytest.raises(ValueError, match="no functions and no letters"):
        read(data, "salami", "8")


def test_groove_keeps_timing_and_velocity(data: Path) -> None:
    first, second = reader_of("groove").list_items(data)
    (part,) = read(data, "groove", first)["parts"]
    assert part["is_drum"] and part["onset_tick"][:4] == [0, 6, 12, 18] and part["velocity"][0] == 80
    played = [tick * 40 + offset for tick, offset in zip(part["onset_tick"], part["offset_tick480"], strict=True)]
    assert played[:4] == [0, 247, 477, 727]
    with pytest.raises(ValueError, match="3 hits, fewer than 4"):
        read(data, "groove", second)


def test_multi_track_music_gives_parts_and_names(data: Path) -> None:
    song, problems = reader_of("freedoom").read_item(data, "d_e1m1.mid")
    assert [(part["role"], part["program"], part["is_drum"]) for part in song["parts"]] == [
        ("bass", 33, False), ("drums", 0, True),
    ]  # fmt: skip
    assert (song["title"], song["artist"], song["n_bars"]) == ("Steel", "A. Author and B. Other", 16)
    assert problems["no time signature, read as 4/4"] == 1
    assert read(data, "th_free_music", "Faith.mid")["artist"] == "Tanner Helland"
    assert read(data, "game_music", "easyrpg_rtp/Town.mid")["artist"] == "A. Author"


def test_pop909_gives_the_second_melody_as_one_voice(data: Path) -> None:
    assert read(data, "pop909", "001")["line"] == [(0, 12, 76), (12, 4, 79), (16, 4, 77), (20, 4, 76), (84, 6, 72)]


def test_openewld_writes_repeats_out_with_their_words(data: Path) -> None:
    item = next(item for item in reader_of("openewld").list_items(data) if "Tune" in item)
    song = read(data, "openewld", item)
    assert song["n_bars"] == 11 and song["melody"][0] == (36, 12, 67)
    assert [row[1] for row in song["lyrics"]] == ["one"] * 4 + ["two"] * 4
    assert [row[0] for row in song["chords"]] == [96]  # the second G7 only restates the first
    assert song["melody"][-1] == (10 * 48 + 24, 24, 60) and song["genre"] == "folk"


def test_lieder_gives_voice_piano_and_words_in_doubled_values(data: Path) -> None:
    song = read(data, "lieder", "scores/Someone/_/Song/lc11.mxl")
    assert (song["meter"], song["n_bars"], song["doubled"], song["chords"]) == ("3/4", 9, True, [])
    assert song["melody"][:4] == [(0, 12, 64), (12, 12, 62), (24, 12, 60), (36, 12, 64)]
    assert song["piano"][:2] == [(0, 36, 48), (0, 36, 67)] and len(song["lyrics"]) == 9
    assert song["key"] == "C major" and song["artist"] == "Someone"


def test_nottingham_takes_the_bar_line_from_midi_and_checks_it_by_the_abc(data: Path) -> None:
    song, problems = reader_of("nottingham").read_item(data, "reels1")
    assert song["melody"][:2] == [(36, 12, 74), (48, 24, 71)] and not problems.total()
    assert song["chords"] == [(48, 7, "maj", 7), (96, 0, "maj", 0), (144, 2, "7", 6), (192, 7, "maj", 7)]


def test_pop909_prefers_corrected_chords_that_are_aligned(data: Path) -> None:
    song = read(data, "pop909", "001")
    assert song["chords_from"] == "CL" and song["title"] == "Tune"
    assert song["chords"][:2] == [(0, 0, "maj", 0), (48, 7, "maj", 11)] and song["chords"][-1] == (192, 5, "maj7", 5)
    assert song["text_chords"] == [(0, 0, "maj", 0), (48, 7, "maj", 11), (144, 9, "min", 9), (192, 5, "maj7", 5)]
    assert song["piano"] == [(0, 24, 48), (48, 12, 52)]


def test_pop909_without_its_other_archives(data: Path, tmp_path: Path) -> None:
    shutil.copytree(data / "pop909_structure", tmp_path / "pop909_structure")
    song, problems = reader_of("pop909").read_item(tmp_path, "001")
    assert song["chords_from"] == "text" and song["chords"] == song["text_chords"] and song["piano"] == []
    assert problems["corrected chords: no constant alignment"] == 1
