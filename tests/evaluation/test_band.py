"""Measures of bands on small songs whose answers are known, and on songs that the model plays."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from symbolic_music.cli import main
from symbolic_music.errors import FileFormatError
from symbolic_music.evaluation.band import (
    BAND_MEASURES,
    band_density,
    bass_on_downbeat,
    bass_root_on_downbeat,
    boundaries,
    chorus_over_verse,
    drum_groove_similarity,
    drum_pattern_similarity,
    wrong_tones,
)
from symbolic_music.evaluation.band_song import BandSong, band_song_of_rows, on_sixteenths, read_band_song
from symbolic_music.evaluation.band_table import compare_bands, load_band_reference, promises
from symbolic_music.pipeline.creation import CreateOptions, create
from symbolic_music.song.brief import Brief
from symbolic_music.song.notes import make_notes
from symbolic_music.theory.chord import parse_chord

BAR = 48
SECTIONS = (("verse", 0, 4), ("chorus", 4, 4))
KICK, SNARE, HAT, TOM = 36, 38, 42, 45
Row = tuple[int, int, int, int]


def groove(n_bars: int = 8) -> list[Row]:
    """Eighths on the hat, kick and snare in turn."""
    rows = []
    for bar in range(n_bars):
        rows += [(bar * BAR + at, 3, HAT, 80) for at in range(0, BAR, 6)]
        rows += [(bar * BAR, 3, KICK, 90), (bar * BAR + 12, 3, SNARE, 90)]
        rows += [(bar * BAR + 24, 3, KICK, 90), (bar * BAR + 36, 3, SNARE, 90)]
    return rows


def song_of(parts: dict[str, list[Row]], chords: str = "C") -> BandSong:
    """Eight bars of 4/4, verse and chorus, chords in turn bar by bar."""
    names = chords.split()
    events = [(bar * BAR, parse_chord(names[bar % len(names)])) for bar in range(8)]
    return band_song_of_rows("test", "4/4", 8, SECTIONS, events, parts)


def test_a_groove_that_repeats_is_like_itself_and_a_changing_one_is_not() -> None:
    steady = song_of({"drums": groove()})
    assert drum_groove_similarity(steady) == drum_pattern_similarity(steady) == 1.0
    rng = np.random.default_rng(0)
    wild = [(bar * BAR + int(at) * 3, 3, SNARE, 90) for bar in range(8) for at in rng.permutation(16)[:6]]
    assert drum_groove_similarity(song_of({"drums": wild})) < 0.8
    assert drum_pattern_similarity(song_of({"drums": wild})) < 0.5
    assert np.isnan(drum_groove_similarity(song_of({"bass": [(0, 12, 36, 80)]})))


def test_the_bass_is_measured_on_downbeats() -> None:
    root = [(bar * BAR, 12, 36 if bar % 2 == 0 else 43, 80) for bar in range(8)]
    assert bass_root_on_downbeat(song_of({"bass": root}, "C G")) == 1.0
    assert bass_root_on_downbeat(song_of({"bass": root}, "C F")) == 0.5
    assert bass_root_on_downbeat(song_of({"bass": root}, "C C/G")) == 1.0  # a written bass is as good
    late = [(bar * BAR + (12 if bar < 2 else 0), 12, 36, 80) for bar in range(8)]
    assert bass_on_downbeat(song_of({"bass": late})) == 0.75


def test_density_and_lift_are_counted_by_section() -> None:
    piano = [
        (bar * BAR + at, 6, 60, 70 + 20 * (bar >= 4)) for bar in range(8) for at in range(0, BAR, 24 >> (bar >= 4))
    ]
    song = song_of({"piano": piano, "melody": [(0, 12, 72, 70)]})
    assert band_density(song, "verse") == 2.0 and band_density(song, "chorus") == 4.0
    lift = chorus_over_verse(song)
    assert lift is not None and lift[0] == pytest.approx(4 - 9 / 4) and lift[1] == pytest.approx(20)
    assert np.isnan(band_density(song, "bridge"))
    assert chorus_over_verse(song_of({"piano": piano[:4]})) is None


def test_a_fill_is_more_strokes_than_usual_before_the_boundary() -> None:
    assert [b.has_fill for b in boundaries(song_of({"drums": groove()}))] == [False]
    start = 3 * BAR + 24
    fill = [(start + at, 3, drum, 90) for at, drum in ((0, SNARE), (6, SNARE), (12, TOM), (18, TOM), (21, TOM))]
    kept = [row for row in groove() if not (row[0] >= start and row[0] < 4 * BAR and row[2] != KICK)]
    assert [b.has_fill for b in boundaries(song_of({"drums": kept + fill}))] == [True]
    early = [(at, 3, TOM, 90) for at in (3 * BAR, 3 * BAR + 3, 3 * BAR + 6)]  # the bar's first half tells no fill
    assert [b.has_fill for b in boundaries(song_of({"drums": groove() + early}))] == [False]
    hats = [(start + at, 3, HAT, 90) for at in range(0, 24, 3)]  # busier hats keep time
    assert [b.has_fill for b in boundaries(song_of({"drums": groove() + hats}))] == [False]
    assert boundaries(song_of({"piano": [(0, 12, 60, 80)]})) == []  # nobody drums


def test_foreign_tones_count_on_strong_beats_struck_or_held() -> None:
    right = [(bar * BAR + at, 6, pitch, 80) for bar in range(8) for at in (0, 24) for pitch in (60, 64, 67)]
    assert [(w.n_wrong, w.n_beats) for w in wrong_tones(song_of({"piano": right}))] == [(0, 16)]
    struck = [*right, (BAR, 6, 61, 80)]
    held = [*right, (BAR - 6, 12, 61, 80)]
    between = [*right, (BAR + 6, 6, 61, 80), (BAR - 6, 8, 61, 80)]  # passing, and gone within a sixteenth
    counts = [wrong_tones(song_of({"piano": rows}))[0].n_wrong for rows in (struck, held, between)]
    assert counts == [1, 1, 0]
    assert wrong_tones(song_of({"drums": groove(), "bass": [(0, 12, 37, 80)]})) == []


def test_human_timing_is_rounded_away() -> None:
    notes = make_notes([(480 * n + d, 100, 60, 80) for n, d in enumerate((0, 12, -11, 20, -20))][1:])
    assert on_sixteenths(notes, 480)["onset_tick"].tolist() == [12, 24, 36, 48]
    assert len(on_sixteenths(make_notes([]), 480)) == 0


def test_the_reference_of_the_package_has_every_measure_and_others_are_refused(tmp_path: Path) -> None:
    reference = load_band_reference()
    assert set(reference["measures"]) == set(BAND_MEASURES)
    assert all(low <= high for low, *_, high in reference["measures"].values())
    del reference["measures"]["bass on downbeat"]
    (tmp_path / "old.json").write_text(json.dumps(reference))
    with pytest.raises(FileFormatError, match="bass on downbeat"):
        load_band_reference(tmp_path / "old.json")
    with pytest.raises(FileFormatError, match="not a band reference"):
        load_band_reference(tmp_path / "none.json")


FORM = "intro4 verse8 chorus8 verse8 chorus8 outro4"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three songs in styles of different families and meters."""
    folder = tmp_path_factory.mktemp("bands")
    for seed, style in enumerate(("pop", "bossa nova", "country waltz")):
        create(Brief(style=style, form=FORM, seed=seed), folder / style, CreateOptions(audio="none", candidates=1))
    return folder


def test_songs_keep_what_is_promised(played: Path) -> None:
    songs = [read_band_song(path) for path in sorted(played.iterdir())]
    kept = {row.name: row for row in promises(songs)}
    lifted = kept["choruses denser and louder than verses"]
    assert (lifted.n_kept, lifted.n_all) == (3, 3), lifted
    for name, row in kept.items():
        if name.startswith("strong beats"):
            assert row.share >= 0.98, row
    assert kept["drum fill before a section"].share >= 0.6, kept  # of 15 boundaries


def test_songs_lie_where_the_arrangements_do(played: Path) -> None:
    songs = [read_band_song(path) for path in sorted(played.iterdir())]
    rows = {row.measure: row for row in compare_bands(songs)}
    assert rows["bass root on downbeat"].passed and rows["drum groove similarity"].passed
    assert rows["chorus, notes a 4/4"].passed


def test_the_command_prints_ranges_hands_and_promises(played: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ending:
        main(["evaluate", str(played), "--band", "--json"])
    assert not ending.value.code
    data = json.loads(capsys.readouterr().out)
    assert data["n_songs"] == 3 and {row["measure"] for row in data["rows"]} <= set(BAND_MEASURES)
    assert {row["player"] for row in data["hands"]} <= {"drums", "keys"} and len(data["promises"]) >= 3


def test_a_folder_without_songs_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ending:
        main(["evaluate", str(tmp_path), "--band"])
    assert ending.value.code == 2 and "no song folder" in capsys.readouterr().err
