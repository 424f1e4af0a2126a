from __future__ import annotations

import json
import re

import mido
import pytest

from symbolic_music.cli import main
from symbolic_music.errors import FileFormatError
from symbolic_music.evaluation import reading
from symbolic_music.evaluation.melody import PhraseSpan
from symbolic_music.formats.musicxml import write_lead_sheet
from symbolic_music.song.score import KeyChange, Marker, MeterChange, Score, TempoChange, Track
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import Meter
from tests.evaluation.songs import make_sheet, quarters

WALTZ = make_sheet([quarters(60, 62, 64)] * 8, meter="3/4")
VERSE = [quarters(60, 62, 64, 65), quarters(67, 65, 64), quarters(60, 64, 67, 72), [(0, 36, 71)]] * 2
CHORUS = [quarters(67, 69, 71, 72), [(6, 18, 72), (30, 12, 71)], quarters(69, 67, 65, 64), [(0, 48, 60)]] * 2


def make_folder(path, bars=None, letters="AB"):
    """Save a song as ``create`` does: lead sheet and plan."""
    sheet = make_sheet(VERSE + CHORUS if bars is None else bars, chords="C G Am F " * 4)
    phrases = [{"name": f"p{i}", "letter": letter, "n_bars": 8} for i, letter in enumerate(letters)]
    section = {"name": "verse", "kind": "verse", "n_bars": 16, "key": "C major", "intensity": 0.5, "phrases": phrases}
    path.mkdir(parents=True)
    write_lead_sheet(sheet, path / "lead.musicxml")
    (path / "plan.yaml").write_text(json.dumps({"tempo_qpm": 120, "n_bars": 16, "sections": [section]}))
    return sheet


def run(*arguments):
    with pytest.raises(SystemExit) as ending:
        main([str(argument) for argument in arguments])
    return ending.value.code


# --- reading ---------------------------------------------------------------------------------


def test_a_song_folder_is_read_with_its_plan(tmp_path):
    sheet = make_folder(tmp_path / "song")
    song = reading.read_song(tmp_path / "song")
    assert (song.sheet.melody == sheet.melody).all()
    assert song.spans == [PhraseSpan("A", 0, 8), PhraseSpan("B", 8, 8)]
    assert reading.find_songs(tmp_path) == reading.find_songs(tmp_path / "song") == [tmp_path / "song"]


def test_a_plan_of_another_length_is_refused(tmp_path):
    make_folder(tmp_path / "song")
    write_lead_sheet(make_sheet(VERSE), tmp_path / "song" / "lead.musicxml")
    with pytest.raises(FileFormatError, match=r"has 8 bars and plan\.yaml 16"):
        reading.read_song(tmp_path / "song")


def test_a_lead_sheet_alone_has_no_phrases(tmp_path):
    write_lead_sheet(make_sheet(VERSE, key="D minor"), tmp_path / "tune.musicxml")
    song = reading.read_song(tmp_path / "tune.musicxml")
    assert song.spans == [] and song.sheet.n_bars == 8
    assert str(song.sheet.key_at(0)) == "D minor"


def make_score(tpq=480, keys=True):
    scale = tpq // 12
    melody = make_sheet(VERSE).melody.copy()
    for name in ("onset_tick", "duration_tick"):
        melody[name] *= scale
    melody["onset_tick"][1:] += 7  # played a little late
    bass = melody[:3].copy()
    bass["pitch"] = 36
    high = melody[:3].copy()
    high["pitch"] = 100
    tracks = (Track("Bass", "bass", 33, bass), Track("Bells", "pad", 9, high), Track("Vocals", "other", 53, melody))
    return Score("tune", tpq, 8 * 48 * scale, tracks, (TempoChange(0, 100),), (MeterChange(0, Meter(4, 4)),),
                 (KeyChange(0, parse_key("C major")),) if keys else (),
                 chord_symbols=(Marker(0, "C"), Marker(48 * scale, "nonsense"), Marker(96 * scale, "Am7")))  # fmt: skip


def test_the_melody_of_a_score_is_found_and_put_on_the_grid(tmp_path):
    sheet = reading.melody_of_score(make_score(), tmp_path / "x.mid")
    assert sheet.melody["pitch"].tolist() == make_sheet(VERSE).melody["pitch"].tolist()
    assert sheet.melody["onset_tick"].tolist() == make_sheet(VERSE).melody["onset_tick"].tolist()
    assert [event.chord.root for event in sheet.chords] == [0, 9], "a symbol that cannot be read is left out"


def test_a_score_without_a_key_gets_the_best_one(tmp_path):
    from dataclasses import replace

    score = make_score(keys=False)
    higher = score.tracks[2].notes.copy()
    higher["pitch"] += 7
    score = replace(score, tracks=(replace(score.tracks[2], notes=higher),), chord_symbols=())
    assert str(reading.melody_of_score(score, tmp_path).key_at(0)) == "G major"


def test_a_score_of_drums_has_no_melody(tmp_path):
    from dataclasses import replace

    score = make_score()
    score = replace(score, tracks=(replace(score.tracks[0], is_drum=True),))
    with pytest.raises(FileFormatError, match="no track with a melody"):
        reading.melody_of_score(score, tmp_path / "drums.mid")


def test_what_is_no_song_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("la la la")
    with pytest.raises(FileFormatError, match="no song here"):
        reading.find_songs(tmp_path)
    with pytest.raises(FileFormatError, match="no such folder"):
        reading.find_songs(tmp_path / "missing")
    with pytest.raises(FileFormatError, match="not a song"):
        reading.read_song(tmp_path / "notes.txt")


# --- commands --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two_songs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("songs")
    make_folder(folder / "one")
    make_folder(folder / "two", CHORUS + VERSE, "AA")
    (folder / "broken.mid").write_bytes(b"MThd nothing")
    return folder


def test_evaluate_writes_a_page_that_needs_nothing_else(two_songs, tmp_path, capsys):
    assert run("evaluate", two_songs, "--out", tmp_path / "page.html") == 0
    shown = capsys.readouterr()
    assert "two-sample AUC" in shown.out and "structureness_mid" in shown.out and "Markov" in shown.out
    assert "2 songs are few" in shown.out
    assert "Left out" in shown.err and "broken.mid" in shown.err
    page = (tmp_path / "page.html").read_text()
    assert page.count("<svg") == 2 and "People" not in page.split("<svg")[0][:20]
    # Names of XML namespaces are no links; nothing else points out of the page.
    assert not re.search(r'(src|href)="(?!#)', page)
    assert "<script" not in page and "url(http" not in page
    for name in ("generated", "people", "Markov", "empty_beat_rate", "broken.mid"):
        assert name in page


def test_evaluate_as_json_and_strict(two_songs, tmp_path, capsys):
    assert run("evaluate", two_songs, "--out", tmp_path / "page.html", "--json", "--strict") == 1
    data = json.loads(capsys.readouterr().out)
    rows = {row["measure"]: row for row in data["rows"]}
    assert data["n_songs"] == 2 and len(data["left_out"]) == 1
    assert rows["chord_tone_share"]["human"] == pytest.approx(0.74, abs=0.05)
    assert rows["longest borrowed run, notes"]["human"] == data["human_runs"]["two_validation_songs"]["n_notes"]
    assert rows["token_syntax_error"]["generated"] == 0
    assert rows["distance: interval"]["passed"] is False


def test_songs_in_another_meter_are_measured_but_not_judged(tmp_path, capsys):
    write_lead_sheet(WALTZ, tmp_path / "waltz.musicxml")
    assert run("evaluate", tmp_path, "--out", tmp_path / "page.html", "--json") == 0
    data = json.loads(capsys.readouterr().out)
    rows = {row["measure"]: row for row in data["rows"]}
    assert data["n_songs"] == 1 and data["two_sample"] is None
    assert "measured, not judged: people's songs are in 4/4, these in 3/4" in data["notes"]
    assert rows["distance: interval"]["generated"] is not None
    assert {row["passed"] for name, row in rows.items() if name != "longest borrowed run, notes"} == {None}


def test_quiet_prints_nothing(two_songs, tmp_path, capsys):
    assert run("evaluate", two_songs / "one", "--out", tmp_path / "page.html", "--quiet") == 0
    assert capsys.readouterr() == ("", "")
    assert (tmp_path / "page.html").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("make", "arguments", "message"),
    [
        (lambda folder: None, ["--out", "x.pdf"], "must end in .html"),
        (lambda folder: None, [], "no song here"),
        (lambda folder: make_folder(folder / "a"), ["--reference", "missing.json"], "no such file"),
        (lambda folder: (folder / "a.mid").write_bytes(b""), [], "a.mid"),
    ],
)  # fmt: skip
def test_evaluate_refuses_in_one_line_and_leaves_no_page(tmp_path, monkeypatch, capsys, make, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "songs").mkdir()
    make(tmp_path / "songs")
    assert run("evaluate", "songs", "--quiet", *arguments) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["songs"]


def test_originality_says_the_run_the_tune_and_the_control(two_songs, capsys):
    assert run("originality", two_songs / "one") == 0
    said = capsys.readouterr().out
    assert re.search(r"Longest run shared with any of \d+ training melodies: \d+ notes|No run of notes", said)
    assert "Two different human songs share at most" in said


def test_originality_as_json(two_songs, capsys):
    assert run("originality", two_songs / "one" / "lead.musicxml", "--json") == 0
    data = json.loads(capsys.readouterr().out)
    assert data["n_tunes"] > 1000 and data["human"]["two_validation_songs"]["n_notes"] >= 6
    assert (data["tune"] is None) == (data["n_notes"] == 0)


def test_originality_reads_midi(tmp_path, capsys):
    song = mido.MidiFile(ticks_per_beat=96)
    track = mido.MidiTrack()
    for pitch in (60, 60, 67, 67, 69, 69, 67, 65, 65, 64, 64, 62, 62, 60):  # Twinkle, twinkle
        track += [mido.Message("note_on", note=pitch, velocity=80), mido.Message("note_off", note=pitch, time=96)]
    song.tracks.append(track)
    song.save(tmp_path / "tune.mid")
    assert run("originality", tmp_path / "tune.mid", "--json") == 0
    assert json.loads(capsys.readouterr().out)["song"].endswith("tune.mid")


def test_originality_refuses_what_is_no_song(tmp_path, capsys):
    (tmp_path / "x.mid").write_bytes(b"\x00")
    assert run("originality", tmp_path / "x.mid", "--quiet") == 2
    assert "x.mid" in capsys.readouterr().err
    assert run("originality", tmp_path / "missing", "--quiet") == 2
