"""Songs exported in every format load in the programs named, with every note in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from symbolic_music.formats.midi import read_midi
from symbolic_music.formats.musicxml import read_lead_sheet
from symbolic_music.pipeline.creation import CreateOptions, create
from symbolic_music.pipeline.song_export import FORMATS, SongExportOptions, export_song
from symbolic_music.song.brief import Brief
from tests.pipeline import programs

NOTATION_AND_DAW = [name for name in FORMATS if name not in ("pdf", "png", "wav", "mp3", "kar", "lrc")]
NO_SOUND = SongExportOptions(audio="none")
needs_musescore = pytest.mark.skipif(not programs.MUSESCORE, reason="MuseScore is not installed")


@pytest.fixture(scope="module")
def small_songs(tmp_path_factory: pytest.TempPathFactory, small_network: object) -> list[Path]:
    """Two songs by the tiny network: pop in 4/4 with two keys' worth of bars, a waltz."""
    folders = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("symbolic_music.filling.fill.load_phrase_model", lambda *folder: small_network)
        for genre, key in (("pop", "Eb major"), ("waltz", "F# minor")):
            folder = tmp_path_factory.mktemp("songs") / genre
            brief = Brief(genre=genre, key=key, n_bars=20, seed=5)
            create(brief, folder, CreateOptions(audio="none", candidates=1))
            folders.append(folder)
    return folders


@pytest.mark.parametrize("number", [0, 1])
def test_every_format_holds_every_note(small_songs: list[Path], tmp_path: Path, number: int) -> None:
    song = small_songs[number]
    export_song(song, NOTATION_AND_DAW, tmp_path / "out", NO_SOUND)
    counts = programs.check_all(song, tmp_path / "out")
    score, sheet = read_midi(song / "song.mid"), read_lead_sheet(song / "lead.musicxml")
    whole, melody = programs.n_notes(score), len(sheet.melody)
    assert melody >= 10
    assert counts == {
        "midi": whole, "stems": whole, "rpp": whole, "dawproject": whole, "score": counts["score"],
        "abc": melody, "musicxml": melody, "svg": melody,
    }  # fmt: skip
    # On paper, a note struck twice within a sixteenth is one.
    assert 0.97 * whole <= counts["score"] <= whole


@needs_musescore
def test_musescore_takes_lead_sheet_and_score(small_songs: list[Path], tmp_path: Path) -> None:
    song = small_songs[0]
    export_song(song, ["musicxml", "score"], tmp_path, NO_SOUND)
    score, sheet = read_midi(song / "song.mid"), read_lead_sheet(song / "lead.musicxml")
    assert programs.check_musescore(score, sheet, tmp_path) > 100


GENRES = ("pop", "rock", "folk", "country", "soul", "jazz", "blues", "electronic", "waltz", "lullaby")


@pytest.mark.slow
@pytest.mark.parametrize("number", range(20))
def test_twenty_songs_over_ten_styles(tmp_path: Path, number: int) -> None:
    import torch

    song, out = tmp_path / "song", tmp_path / "out"
    torch.set_num_threads(1)
    create(Brief(genre=GENRES[number % 10], seed=100 + number, n_bars=16), song, CreateOptions(audio="none"))
    export_song(song, NOTATION_AND_DAW, out, NO_SOUND)
    counts = programs.check_all(song, out)
    score, sheet = read_midi(song / "song.mid"), read_lead_sheet(song / "lead.musicxml")
    assert counts["midi"] == counts["stems"] == counts["rpp"] == counts["dawproject"] == programs.n_notes(score)
    assert counts["abc"] == counts["musicxml"] == len(sheet.melody)
    if programs.MUSESCORE:
        assert programs.check_musescore(score, sheet, out) == counts["score"]
    print(GENRES[number % 10], counts)
