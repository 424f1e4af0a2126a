"""A song that was imported stays the same: import, write as MIDI, import again."""

from __future__ import annotations

from pathlib import Path

import mido
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symbolic_music.errors import InputError
from symbolic_music.formats.midi import read_midi, write_midi
from symbolic_music.song.lyrics import Syllable
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import ControlChange, KeyChange, Marker, MeterChange, Score, TempoChange, Track
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import parse_meter
from tests.wild.identity import compare, import_twice

CASES = Path(__file__).resolve().parents[1] / "cases"


@st.composite
def scores(draw: st.DrawFn) -> Score:
    """Scores as other programs have them: off the grid, overlapping, with maps that change."""
    tpq = draw(st.sampled_from([24, 96, 480, 960]))
    meter = parse_meter(draw(st.sampled_from(["4/4", "3/4", "6/8"])))
    bar = meter.beats * tpq * 4 // meter.unit
    end = draw(st.integers(2, 12)) * bar
    place = st.integers(0, end - 1)
    note = st.tuples(place, st.integers(1, bar), st.integers(20, 100), st.integers(1, 127))
    melody = draw(st.lists(note, min_size=1, max_size=30))
    notes = st.lists(note, max_size=20).map(make_notes)
    others = [Track(name, role, draw(st.integers(0, 127)), draw(notes), role == "drums")
              for name, role in (("Keys", "chords"), ("Low", "bass"), ("Kit", "drums"))]  # fmt: skip
    controls = tuple(ControlChange(draw(place), 64, draw(st.integers(0, 127))) for _ in range(draw(st.integers(0, 3))))
    lead = Track("Lead", "melody", 73, make_notes(melody), controls=controls)
    markers = {draw(place): draw(st.sampled_from(["Verse", "Chorus", "x"])) for _ in range(draw(st.integers(0, 3)))}
    symbols = {
        draw(place): draw(st.sampled_from(["C", "G7/B", "N.C.", "Am", "?"])) for _ in range(draw(st.integers(0, 4)))
    }
    keys = (KeyChange(0, parse_key(draw(st.sampled_from(["C major", "F# minor", "Eb major"])))),)
    return Score(
        "Tune", tpq, end, (lead, *others), (TempoChange(0, draw(st.sampled_from([60.0, 97.3, 240.0]))),),
        (MeterChange(0, meter),), keys if draw(st.booleans()) else (),
        tuple(Marker(tick, markers[tick]) for tick in sorted(markers)),
        tuple(Marker(tick, symbols[tick]) for tick in sorted(symbols)),
        tuple(Syllable(row[0], "la", draw(st.booleans())) for row in sorted({r[0]: r for r in melody}.values())[:5]),
    )  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(score=scores())
def test_import_then_export_then_import_changes_nothing(tmp_path_factory: pytest.TempPathFactory, score: Score) -> None:
    folder = tmp_path_factory.mktemp("twice")
    write_midi(score, folder / "foreign.mid")
    try:
        first, second = import_twice(folder / "foreign.mid", folder)
    except InputError as refusal:
        assert "\n" not in str(refusal)
        return
    assert compare(first, second) == []


def test_a_tune_whose_notes_overlap_stays_in_its_own_track(tmp_path: Path) -> None:
    notes = make_notes([(46, 96, 61, 80), (141, 24, 60, 80)])  # the first is held a tick into the second
    lead = Track("Lead", "melody", 73, notes)
    write_midi(Score("Tune", 24, 192, (lead,), (TempoChange(0, 60.0),), (MeterChange(0, parse_meter("4/4")),)),
               tmp_path / "foreign.mid")  # fmt: skip
    first, second = import_twice(tmp_path / "foreign.mid", tmp_path)
    assert compare(first, second) == []
    assert [track.name for track in first.score.tracks] == ["Lead"]


def test_the_last_word_of_a_song_ends(tmp_path: Path) -> None:
    # Two notes nearer to each other than MIDI's ticks: of a word's two syllables only the first has one.
    lead = Track("Lead", "melody", 73, make_notes([(0, 1, 60, 80), (1, 1, 60, 80)]))
    words = (Syllable(0, "hap", True), Syllable(1, "py"))
    score = Score(
        "Tune", 960, 7680, (lead,), (TempoChange(0, 60.0),), (MeterChange(0, parse_meter("4/4")),), lyrics=words
    )
    write_midi(score, tmp_path / "foreign.mid")
    first, second = import_twice(tmp_path / "foreign.mid", tmp_path)
    assert compare(first, second) == []
    assert not first.lead_sheet.lyrics[-1].goes_on


def test_karaoke_words_survive_both_ways(tmp_path: Path) -> None:
    first, second = import_twice(CASES / "kar.mid", tmp_path)
    assert compare(first, second) == []
    assert [word.text for word in second.lead_sheet.lyrics] == ["Hel", "lo", "world"]
    assert [word.text for word in read_midi(tmp_path / "exported.mid").lyrics] == ["Hel", "lo", "world"]


def test_karaoke_of_one_track_has_its_words_under_the_tune(tmp_path: Path) -> None:
    # Type 0: words, tune, bass and drums are all in one track, told apart by their channels.
    events = [(0, mido.MetaMessage("text", text=text)) for text in ("@KMIDI KARAOKE FILE", "@TOne Track")]
    tune = [72, 74, 76, 77, 79, 77, 76, 74, 72]
    texts = ["\\Sing ", "a ", "lit", "tle ", "/song ", "for ", "me, ", "my ", "dear"]
    for beat, (text, pitch) in enumerate(zip(texts * 2, tune * 2, strict=True)):
        notes = [(3, pitch), (1, 36 + pitch % 12), (9, 36)]
        events += [(beat * 480, mido.MetaMessage("text", text=text))]
        for channel, key in notes:
            events += [(beat * 480, mido.Message("note_on", channel=channel, note=key, velocity=90)),
                       (beat * 480 + 400, mido.Message("note_off", channel=channel, note=key))]  # fmt: skip
    song, track, now = mido.MidiFile(type=0, ticks_per_beat=480), mido.MidiTrack(), 0
    for tick, message in sorted(events, key=lambda event: event[0]):
        track.append(message.copy(time=tick - now))
        now = tick
    song.tracks.append(track)
    song.save(str(tmp_path / "one.kar"))
    first, second = import_twice(tmp_path / "one.kar", tmp_path)
    assert compare(first, second) == []
    words = ["Sing", "a", "lit", "tle", "song", "for", "me,", "my", "dear"] * 2
    for made in (first, second):
        assert [word.text for word in made.lead_sheet.lyrics] == words
        assert made.lead_sheet.melody["pitch"].tolist() == tune * 2
        assert made.plan.title == "One Track"
    assert first.lead_sheet.lyrics[2].goes_on and not first.lead_sheet.lyrics[3].goes_on
