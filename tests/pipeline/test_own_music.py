"""Your own music: read from anywhere, gone on with; what was given stays."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from symbolic_music.errors import ConstraintError, FileFormatError, InputError, MissingExtraError
from symbolic_music.formats.midi import read_midi, write_midi
from symbolic_music.pipeline import variations
from symbolic_music.pipeline.creation import CreateOptions, Song, load_song
from symbolic_music.pipeline.over_chords import ideas_for, melody_over, score_of_ideas
from symbolic_music.pipeline.own_music import (
    WriteOptions,
    accompany_song,
    continue_song,
    harmonize_song,
    infill_song,
    with_band,
)
from symbolic_music.pipeline.reimport import import_song, load_music
from symbolic_music.pipeline.requests import ChordsRequest, InfillRequest, MelodyRequest
from symbolic_music.pipeline.variations import save_variations, vary_sheet
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import MeterChange, Score, TempoChange, Track
from symbolic_music.theory.meter import Meter

BAR = 48
ONE = WriteOptions(seed=3, candidates=1)
TUNE = (67, 71, 74, 72, 71, 69, 67, 64, 62, 67, 66, 69, 71, 72, 69, 67)
ROOTS = (43, 40, 48, 50)
TRIADS = ((67, 71, 74), (67, 71, 76), (67, 72, 76), (66, 69, 74))


def band(n_bars: int = 16, named: bool = False) -> Score:
    """A tune in quarters over a bass and a piano in G major, tracks without telling names."""
    tune = [(quarter * 12, 12, TUNE[quarter % 16] + 12, 90) for quarter in range(4 * n_bars) if quarter % 8 != 7]
    bass = [(bar * BAR, BAR, ROOTS[bar % 4], 80) for bar in range(n_bars)]
    piano = [(bar * BAR + beat * 12, 11, pitch - 12, 70)
             for bar in range(n_bars) for beat in (1, 3) for pitch in TRIADS[bar % 4]]  # fmt: skip
    tracks = (
        Track("a", "chords", 0, make_notes(piano)),
        Track("Melody" if named else "b", "chords", 73, make_notes(tune)),
        Track("c", "chords", 33, make_notes(bass)),
    )
    return Score("Test", 12, n_bars * BAR, tracks, (TempoChange(0, 100.0),), (MeterChange(0, Meter(4, 4)),))


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Song:
    path = tmp_path_factory.mktemp("own") / "band.mid"
    write_midi(band(), path)
    return import_song(path)


def note_rows(score: Score, name: str) -> list[tuple[int, ...]]:
    """A track's notes."""
    return [tuple(row) for track in score.tracks if track.name == name for row in track.notes.tolist()]


def test_a_band_without_telling_names_is_heard(song: Song) -> None:
    assert {track.name: track.role for track in song.score.tracks} == {"a": "chords", "b": "melody", "c": "bass"}
    assert str(song.plan.sections[0].key) == "G major"
    symbols = [song.lead_sheet.chord_at(bar * BAR).symbol() for bar in range(8)]  # type: ignore[union-attr]
    assert symbols == ["G", "Em", "C", "D"] * 2
    assert sum(section.n_bars for section in song.plan.sections) == 16


def test_a_piano_alone_has_a_tune_on_top_and_loses_no_note(tmp_path: Path) -> None:
    rows = [tuple(row) for track in band().tracks for row in track.notes.tolist()]
    piano = replace(band(), tracks=(Track("Piano", "chords", 0, make_notes(rows)),))
    write_midi(piano, tmp_path / "piano.mid")
    made = import_song(tmp_path / "piano.mid")
    written = sorted(tuple(row) for track in made.score.tracks for row in track.notes.tolist())
    given = sorted(tuple(row) for track in read_midi(tmp_path / "piano.mid").tracks for row in track.notes.tolist())
    assert written == given
    tune = {(row[0], row[2]) for row in band().tracks[1].notes.tolist()}
    found = {(row[0], row[2]) for row in made.lead_sheet.melody.tolist()}
    assert len(tune & found) > 0.9 * len(tune)


def test_a_performance_without_a_click_gets_beats(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    factor = 960 * 60 / 93 / 12  # 93 beats a minute in a file that says 120
    played = []
    for track in band(24).tracks:
        rows = [(max(0, round(on * factor + rng.normal(0, 12))), max(20, round(length * factor)), pitch, velocity)
                for on, length, pitch, velocity in track.notes.tolist()]  # fmt: skip
        played.append(replace(track, notes=make_notes(rows)))
    end = round(24 * BAR * factor) + 960
    free = replace(band(24), tpq=480, tracks=tuple(played), end_tick=end, tempos=(TempoChange(0, 120.0),))
    write_midi(free, tmp_path / "free.mid")
    made = import_song(tmp_path / "free.mid")
    assert any("played without a click" in remark for remark in made.lead_sheet.remarks)
    assert 88 < made.plan.tempo_qpm < 98
    onsets = made.lead_sheet.melody["onset_tick"]
    assert np.mean(onsets % 12 == 0) > 0.85  # quarters on the beat


def test_what_follows_leaves_everything_before_as_it_was(song: Song) -> None:
    made = continue_song(song, 8, replace(ONE, kind="chorus"))
    start = round(16 * BAR * song.score.tpq / 12)
    assert made.plan.n_bars == 24 and made.plan.sections[-1].kind == "chorus"
    for track in song.score.tracks:
        before = [row for row in note_rows(made.score, track.name) if row[0] < start]
        assert before == note_rows(song.score, track.name)
    new = [row for row in made.lead_sheet.melody.tolist() if row[0] >= 16 * BAR]
    assert len(new) >= 8 and all(a[0] + a[1] <= b[0] for a, b in pairwise(new))
    both = with_band(made, 16)
    assert [row for row in note_rows(both.score, "c") if row[0] < start] == note_rows(song.score, "c")
    assert any(row[0] >= start for track in both.score.tracks for row in track.notes.tolist() if track.is_drum)


def test_given_chords_stand_under_what_follows(song: Song) -> None:
    made = continue_song(song, 4, replace(ONE, chords="vi IV I V"))
    symbols = [made.lead_sheet.chord_at((16 + bar) * BAR).symbol() for bar in range(4)]  # type: ignore[union-attr]
    assert symbols == ["Em", "C", "G", "D"]


def test_infill_changes_its_bars_alone(song: Song) -> None:
    made = infill_song(song, 4, 4, ONE)
    low, high = (round(bar * BAR * song.score.tpq / 12) for bar in (4, 8))
    outside = lambda score: [row for row in note_rows(score, "b") if not low <= row[0] < high]  # noqa: E731
    assert outside(made.score) == outside(song.score)
    assert note_rows(made.score, "b") != note_rows(song.score, "b")
    assert note_rows(made.score, "a") == note_rows(song.score, "a")
    assert made.lead_sheet.chords == song.lead_sheet.chords
    with pytest.raises(InputError, match="bars 15-18 are not in the song; it has 1 to 16"):
        infill_song(song, 14, 4, ONE)
    assert InfillRequest(bars="9-12").span() == (8, 4)


def test_chords_under_a_tune_carry_it(tmp_path: Path) -> None:
    write_midi(replace(band(), tracks=band().tracks[1:2]), tmp_path / "tune.mid")
    song = import_song(tmp_path / "tune.mid")
    made = harmonize_song(song, WriteOptions(seed=3))
    assert note_rows(made.score, "b") == note_rows(song.score, "b")
    strong = [row for row in made.lead_sheet.melody.tolist() if row[0] % BAR == 0]
    inside = [row[2] % 12 in made.lead_sheet.chord_at(row[0]).pitch_classes for row in strong]  # type: ignore[union-attr]
    assert np.mean(inside) > 0.7
    assert made.lead_sheet.chords and any(track.role == "chords" for track in made.score.tracks)


def test_a_bass_joins_a_piano(song: Song) -> None:
    duo = replace(song, score=replace(song.score, tracks=song.score.tracks[:2]))
    made = accompany_song(duo, ("bass",))
    assert [track.role for track in made.score.tracks] == ["chords", "melody", "bass"]
    assert note_rows(made.score, "a") == note_rows(song.score, "a")
    with pytest.raises(InputError, match="part 'flute' is not known; use one of"):
        accompany_song(duo, ("flute",))


def test_a_tune_is_written_over_a_chart() -> None:
    made = melody_over(MelodyRequest(chords="verse: vi IV | I V/7; chorus: C D7 | G", key="G", seed=1, candidates=1))
    assert [(section.name, section.n_bars) for section in made.plan.sections] == [("verse", 2), ("chorus", 2)]
    symbols = [(event.onset_tick / BAR, event.chord.symbol()) for event in made.lead_sheet.chords]
    assert symbols == [(0, "Em"), (0.5, "C"), (1, "G"), (1.5, "D/F#"), (2, "C"), (2.5, "D7"), (3, "G")]
    assert len(made.lead_sheet.melody) > 4


def test_variations_come_near_to_far_and_never_twice(song: Song, tmp_path: Path) -> None:
    rows = save_variations(song.lead_sheet, tmp_path / "varied", 12, seed=2)
    distances = [row["distance"] for row in rows]
    assert distances == sorted(distances) and 0 < distances[0] < 0.4 < distances[-1] <= 1  # type: ignore[operator]
    tunes = {read_midi(tmp_path / "varied" / str(row["file"])).tracks[0].notes.tobytes() for row in rows}
    assert len(tunes) == 12
    assert json.loads((tmp_path / "varied" / "variations.json").read_text())["variations"] == rows
    first = [variation.sheet.melody.tobytes() for variation in vary_sheet(song.lead_sheet, 3, seed=2)]
    again = [variation.sheet.melody.tobytes() for variation in vary_sheet(song.lead_sheet, 5, seed=2)]
    assert again[:3] == first


def test_a_tune_whose_notes_are_only_shorter_is_no_other_variation(song: Song, monkeypatch: pytest.MonkeyPatch) -> None:
    first = next(iter(vary_sheet(song.lead_sheet, 1, seed=2))).sheet
    shorter = first.melody.copy()
    shorter["duration_tick"] = 1
    alike = [first, *([replace(first, melody=shorter)] * variations.PATIENCE)]
    monkeypatch.setattr(variations, "_written", lambda *_: iter(alike))
    with pytest.raises(ConstraintError, match="only 1 different"):
        list(vary_sheet(song.lead_sheet, 2, seed=2))


def test_ideas_go_from_the_expected_to_the_surprising() -> None:
    found = ideas_for(ChordsRequest(key="A minor", after="Am F", number=8, seed=1))
    bits = [row["bits"] for row in found.rows]
    assert len(bits) == 8 and bits == sorted(bits) and bits[-1] > bits[0] + 2  # type: ignore[call-overload,operator]
    assert len({row["chords"] for row in found.rows}) == 8
    assert all(row["degrees"] and row["functions"] for row in found.rows)
    assert ideas_for(ChordsRequest(key="A minor", after="Am F", number=8, seed=1)).rows == found.rows
    assert len(score_of_ideas(found).markers) == 8


def test_text_with_chords_becomes_a_song_folder(tmp_path: Path) -> None:
    says = "{title: Hello you}\n{time: 3/4}\n{tempo: 92}\n{key: C}\n"
    sheet = f"{says}[Verse]\n[C]Hello [Am]you\n{{soc}}\n[F]la [G7]la\n{{eoc}}\n"
    (tmp_path / "song.cho").write_text(sheet)
    import_song(tmp_path / "song.cho", tmp_path / "song")
    made = load_song(tmp_path / "song")
    assert [(section.name, section.chords) for section in made.plan.sections] == [
        ("verse", "| C | Am |"), ("chorus", "| F | G7 |"),
    ]  # fmt: skip
    assert (made.plan.title, str(made.plan.meter), made.plan.tempo_qpm) == ("Hello you", "3/4", 92)
    assert load_music(tmp_path / "song").plan == made.plan


def test_what_cannot_be_read_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symbolic_music.importing.musescore.find_musescore", lambda: None)
    (tmp_path / "score.mscz").write_bytes(b"PK")
    with pytest.raises(MissingExtraError, match="MuseScore reads this, and is not installed"):
        import_song(tmp_path / "score.mscz")
    drums = Track("Drums", "drums", 0, make_notes([(0, 3, 36, 90)]), is_drum=True)
    write_midi(replace(band(), tracks=(drums,)), tmp_path / "drums.mid")
    with pytest.raises(InputError, match="only drums sound in it"):
        import_song(tmp_path / "drums.mid", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(FileFormatError, match="not music that can be read"):
        import_song(Path(__file__))


@pytest.mark.render
def test_a_rendered_tune_is_heard_again(tmp_path: Path) -> None:
    from symbolic_music.importing.audio import read_recording
    from symbolic_music.rendering import Audio, render, write_audio

    tune = replace(band(), tracks=band().tracks[1:2])
    sound = render(tune)
    write_audio(sound, tmp_path / "tune.wav")
    heard = {
        (round(row[0] / 960 / 0.6), row[2]) for row in read_recording(tmp_path / "tune.wav").tracks[0].notes.tolist()
    }
    given = {(row[0] // 12, row[2]) for row in tune.tracks[0].notes.tolist()}
    assert 2 * len(heard & given) / (len(heard) + len(given)) > 0.9
    song = import_song(tmp_path / "tune.wav")
    assert 95 < song.plan.tempo_qpm < 105 and str(song.plan.sections[0].key) == "G major"
    write_audio(Audio(sound.samples[:, : 2 * sound.sample_rate], sound.sample_rate), tmp_path / "short.wav")
    with pytest.raises(InputError, match=r"2\.0 s of sound is too little to hear beats and key; use 10 s or more"):
        import_song(tmp_path / "short.wav")


def test_a_song_like_another_has_its_groove_and_not_its_tune(song: Song, tmp_path: Path) -> None:
    from symbolic_music.pipeline.creation import CreateOptions, create, save_song
    from symbolic_music.song.brief import Brief

    save_song(song, tmp_path / "reference")
    brief = Brief(key="D minor", seed=4, form="verse8 chorus8")
    made = create(brief, None, CreateOptions("none", candidates=1, like=tmp_path / "reference"))
    assert (made.plan.tempo_qpm, str(made.plan.meter)) == (100, "4/4")
    figures = {part: figure[part] for figure in made.plan.figures or () for part in ("bass", "piano") if part in figure}
    assert figures["bass"].replace("'", "") == "R@0:16 | R@0:16"
    assert figures["piano"].startswith("[") and "@4:" in figures["piano"] and "@12:" in figures["piano"]
    bass = next(track for track in made.score.tracks if track.role == "bass")
    starts = np.round(bass.notes["onset_tick"] * 12 / made.score.tpq) % BAR
    assert np.mean((starts < 3) | (starts > BAR - 3)) > 0.7  # one long note a bar, as the reference has it
    assert made.provenance["reference"]["longest_shared_run"] < 8  # type: ignore[index]


def test_a_song_that_keeps_sharing_a_long_run_with_its_reference_is_refused(
    song: Song, monkeypatch: pytest.MonkeyPatch
) -> None:
    from symbolic_music.analysis.originality import SharedRun
    from symbolic_music.pipeline import likeness

    plan = song.plan.model_copy(update={"title": "other"})
    monkeypatch.setattr(likeness, "run_compose", lambda plan, options: song.lead_sheet)
    runs = iter([9, 7, *[8] * likeness.ATTEMPTS])
    monkeypatch.setattr(likeness, "longest_shared_run", lambda *given: SharedRun(next(runs), 2.0, 0, 0, ""))
    _, _, said = likeness.compose_apart(plan, song.lead_sheet, CreateOptions("none"))
    assert likeness.likeness_lines(said)[0].endswith("7 notes running are the most that both tunes share (less than 8)")
    with pytest.raises(ConstraintError, match="less than 8 notes running"):
        likeness.compose_apart(plan, song.lead_sheet, CreateOptions("none"))
