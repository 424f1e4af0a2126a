from __future__ import annotations

import json
import math

import numpy as np
import pytest

from data_prep.reference import make_reference, read_songs
from symbolic_music.errors import FileFormatError, InputError
from symbolic_music.evaluation import report
from symbolic_music.evaluation.melody import PhraseSpan
from tests.evaluation.songs import make_sheet, quarters

VERSE, CHORUS = quarters(60, 62, 64, 65), quarters(67, 69, 71, 72)
SPANS = [PhraseSpan("A", 0, 1), PhraseSpan("B", 1, 1), PhraseSpan("A", 2, 1), PhraseSpan("B", 3, 1)]


def make_song():
    return make_sheet([VERSE, CHORUS, VERSE, CHORUS], chords="C G C G"), SPANS


def test_measures_average_songs_that_have_them():
    silent = (make_sheet([[]]), [])
    measures = report.measure_songs([make_song(), silent])
    assert measures["n_songs"] == 2
    assert measures["scalars"]["same_letter"] == 1.0
    assert measures["scalars"]["different_letter"] == 0.0
    assert measures["scalars"]["repeated_bar_share"] == 0.5
    assert measures["scalars"]["empty_bar_share"] == 0.5
    assert sum(measures["histograms"]["pitch_class"].values()) == 16


def test_songs_equal_to_the_human_ones_pass():
    measures = report.measure_songs([make_song()])
    rows = report.compare(measures, measures)
    assert not any(row.passed is False for row in rows)
    assert sum(row.passed is True for row in rows) == 7
    assert all(row.generated == 0 for row in rows if row.measure.startswith("distance"))


def test_every_bar_can_be_missed():
    human = report.measure_songs([make_song()])
    other = make_sheet([[(6, 6, 61), (24, 6, 61)], [(6, 6, 61), (24, 6, 61)]], chords="C C")
    rows = report.compare(report.measure_songs([(other, [PhraseSpan("A", 0, 1), PhraseSpan("B", 1, 1)])]), human)
    assert [row.measure for row in rows if row.passed is False] == [row.measure for row in rows if row.bar]


def test_chord_tones_may_be_ten_points_off():
    human = report.measure_songs([make_song()])
    for share, passed in ((0.6, True), (0.59, False), (0.8, True), (0.81, False), (math.nan, False)):
        ours = {**human, "scalars": {**human["scalars"], "chord_tone_share": share}}
        theirs = {**human, "scalars": {**human["scalars"], "chord_tone_share": 0.7}}
        verdicts = {row.measure: row.passed for row in report.compare(ours, theirs)}
        assert verdicts["chord_tone_share"] is passed


def test_rows_have_the_baseline_and_overlaps_where_the_reference_has_them():
    human = report.measure_songs([make_song(), (make_sheet([CHORUS, VERSE]), [])])
    rows = {row.measure: row for row in report.compare(human, {**human, "markov": human})}
    assert rows["distance: interval"].markov == 0
    assert rows["notes_per_bar"].markov == rows["notes_per_bar"].generated == 4
    assert 0 < rows["repeated_bar_share"].overlap == rows["repeated_bar_share"].markov_overlap <= 1
    assert all(math.isnan(row.markov) for row in report.compare(human, human))


def test_json_round_trip_keeps_counts_and_unknowns():
    measures = report.measure_songs([(make_sheet([VERSE]), [])])
    again = report.measures_from_json(json.loads(json.dumps(report.measures_to_json(measures))), "here")
    assert again["histograms"] == measures["histograms"]
    assert math.isnan(again["scalars"]["same_letter"])


def test_the_shipped_reference_is_people():
    human = report.load_reference()
    assert human["meter"] == "4/4" and human["n_songs"] >= 50
    assert human["scalars"]["same_letter"] == pytest.approx(0.79, abs=0.05)
    assert human["scalars"]["different_letter"] == pytest.approx(0.08, abs=0.05)
    assert max(human["sample"]["distances"].values()) < 0.15
    assert not set(human) & {"melody", "songs", "notes"}
    assert human["markov"]["scalars"]["mean_interval"] > human["scalars"]["mean_interval"]


def test_the_shipped_controls_show_a_strong_test():
    controls = report.load_reference()["two_sample"]
    assert controls["people"] < 0.65
    assert controls["shuffled_bars"] > 0.88
    assert controls["markov"] > 0.97


def test_the_shipped_runs_are_those_of_different_songs():
    runs = report.load_reference()["longest_runs"]
    assert runs["two_validation_songs"]["one"] != runs["two_validation_songs"]["other"]
    assert 6 <= runs["two_validation_pop_songs"]["n_notes"] <= runs["two_validation_songs"]["n_notes"] < 30


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"n_songs": 1, "histograms": {"interval": 3}}', "\x00"])
def test_a_broken_reference_is_named(tmp_path, text):
    path = tmp_path / "broken.json"
    path.write_text(text)
    with pytest.raises(FileFormatError, match=r"broken\.json: not a human reference"):
        report.load_reference(path)


def test_other_meters_are_left_out():
    waltz = (make_sheet([quarters(60, 62, 64)], meter="3/4"), [])
    assert report.keep_meter([waltz, make_song()], "4/4")[0][0].n_bars == 4
    with pytest.raises(InputError, match="no song is in 4/4"):
        report.keep_meter([waltz], "4/4")


def make_record(**changes):
    record = {"id": "x/1", "source": "pop909", "meter": "4/4", "tempo_qpm": 100, "key": "C major", "n_bars": 2,
              "melody": [[0, 12, 60], [48, 12, 62]], "chords": [[0, 0, "maj", 0]],
              "phrases": [["A", 0, 1, True, "verse", "C major"], ["A", 1, 1, True, "chorus", "D major"]]}  # fmt: skip
    return json.dumps(record | changes)


def test_reference_songs_are_read_by_source_and_meter(tmp_path):
    lines = [
        make_record(),
        make_record(source="openewld"),
        make_record(meter="3/4"),
        make_record(n_bars=1),
        make_record(split="train"),
        "{",
    ]
    (tmp_path / "songs.jsonl").write_text("\n".join(lines))
    songs, problems = read_songs(tmp_path / "songs.jsonl", "pop909", "4/4")
    assert len(songs) == 1 and len(problems) == 2
    sheet, spans = songs[0]
    assert spans[1] == PhraseSpan("A", 1, 1, True)
    assert [str(sheet.key_at(bar)) for bar in (0, 1)] == ["C major", "D major"]


def test_a_reference_says_what_people_get_against_each_other():
    reference = make_reference([make_song()] * 6, np.random.default_rng(0))
    assert reference["halves"]["n_songs"] == 3
    assert all(value == 0 for value in reference["halves"]["distances"].values())
    assert json.loads(json.dumps(reference))
    with pytest.raises(InputError, match="too few"):
        make_reference([make_song()], np.random.default_rng(0))
