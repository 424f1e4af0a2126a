"""Properties of every arrangement, over all genres and meters."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from symbolic_music.arranging import ArrangeOptions, arrange
from symbolic_music.arranging.grooves import DRUM_PITCHES
from symbolic_music.errors import InputError, LeadSheetError
from symbolic_music.song.brief import GENRES
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet
from symbolic_music.song.notes import make_notes, rows_of
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import Score, Track
from symbolic_music.theory.chord import QUALITIES, Chord
from symbolic_music.theory.meter import GRID_TICKS, METERS, TPQ
from tests.arranging.band_songs import make_plan, make_sheet

EVERYWHERE = [(genre, meter) for genre in GENRES for meter in METERS]
CRASH, KICK = DRUM_PITCHES["C"], DRUM_PITCHES["K"]
VERSE, CHORUS = (4, 12), (12, 20)


@cache
def arranged(genre: str, meter: str) -> tuple[SongPlan, LeadSheet, Score]:
    plan = make_plan(genre, meter)
    sheet = make_sheet(plan)
    return plan, sheet, arrange(plan, sheet)


def track_of(score: Score, role: str) -> Track:
    return next(track for track in score.tracks if track.role == role)


def between(track: Track, sheet: LeadSheet, bars: tuple[int, int]) -> np.ndarray:
    start, end = (bar * sheet.meter.bar_ticks for bar in bars)
    return track.notes[(track.notes["onset_tick"] >= start) & (track.notes["onset_tick"] < end)]


@pytest.mark.parametrize(("genre", "meter"), EVERYWHERE)
def test_notes_are_on_the_grid_inside_the_song_and_never_overlap(genre: str, meter: str) -> None:
    _, _, score = arranged(genre, meter)
    assert score.tpq == TPQ
    assert [track.role for track in score.tracks] == ["melody", "chords", "bass", "drums", "pad"]
    for track in score.tracks:
        notes = track.notes
        assert (notes["duration_tick"] > 0).all() and (notes["velocity"] > 0).all()
        assert set(np.unique(notes["onset_tick"] % TPQ)) <= set(GRID_TICKS)
        assert (notes["onset_tick"] + notes["duration_tick"]).max() <= score.end_tick
        for pitch in np.unique(notes["pitch"]):
            same = notes[notes["pitch"] == pitch]
            assert (same["onset_tick"][1:] >= (same["onset_tick"] + same["duration_tick"])[:-1]).all()


@pytest.mark.parametrize(("genre", "meter"), EVERYWHERE)
def test_strong_beats_carry_chord_tones_and_registers_hold(genre: str, meter: str) -> None:
    _, sheet, score = arranged(genre, meter)
    for role, low, high in (("chords", 48, 76), ("bass", 28, 52), ("pad", 48, 76)):
        for onset, _, pitch, _ in rows_of(track_of(score, role).notes):
            assert low <= pitch <= high
            chord = sheet.chord_at(onset)
            assert chord is not None
            if onset % sheet.meter.bar_ticks in sheet.meter.strong_ticks:
                assert pitch % 12 in chord.pitch_classes | {chord.bass}, (role, onset)


@pytest.mark.parametrize(("genre", "meter"), EVERYWHERE)
def test_bass_plays_the_root_where_a_chord_begins(genre: str, meter: str) -> None:
    _, sheet, score = arranged(genre, meter)
    played = {row[0]: row[2] for row in rows_of(track_of(score, "bass").notes)}
    for event in sheet.chords:
        assert played[event.onset_tick] % 12 == event.chord.bass


@pytest.mark.parametrize(("genre", "meter"), EVERYWHERE)
def test_every_chord_is_heard_in_the_piano_below_the_melody(genre: str, meter: str) -> None:
    _, sheet, score = arranged(genre, meter)
    piano = track_of(score, "chords").notes
    lead = track_of(score, "melody").notes
    ends = [event.onset_tick for event in sheet.chords[1:]] + [sheet.end_tick]
    for event, end in zip(sheet.chords, ends, strict=True):
        heard = piano[(piano["onset_tick"] >= event.onset_tick) & (piano["onset_tick"] < end)]
        above = lead[(lead["onset_tick"] >= event.onset_tick) & (lead["onset_tick"] < end)]
        assert len(heard)
        if len(above):
            assert heard["pitch"].max() < max(65, above["pitch"].min())


@pytest.mark.parametrize(("genre", "meter"), EVERYWHERE)
def test_choruses_are_denser_than_verses(genre: str, meter: str) -> None:
    _, sheet, score = arranged(genre, meter)
    band = [track for track in score.tracks if track.role != "melody"]
    counts = [sum(len(between(track, sheet, bars)) for track in band) for bars in (VERSE, CHORUS)]
    assert counts[1] > counts[0]


@pytest.mark.parametrize(("genre", "meter"), EVERYWHERE)
def test_drums_crash_into_sections_after_a_fill(genre: str, meter: str) -> None:
    _, sheet, score = arranged(genre, meter)
    drums = track_of(score, "drums")
    assert not len(between(drums, sheet, (0, 4)))
    for bar in (4, 12, 20, 28, 36):
        downbeat = drums.notes[drums.notes["onset_tick"] == bar * sheet.meter.bar_ticks]
        assert {CRASH, KICK} <= set(downbeat["pitch"].tolist())
    for bar in (11, 19, 27, 35):
        rows = [_pattern(drums, sheet, at) for at in (bar - 3, bar - 2, bar)]
        assert rows[2] not in rows[:2]


def _pattern(drums: Track, sheet: LeadSheet, bar: int) -> list[tuple[int, int]]:
    start = bar * sheet.meter.bar_ticks
    return [(row[0] - start, row[2]) for row in rows_of(between(drums, sheet, (bar, bar + 1)))]


@pytest.mark.parametrize(("genre", "meter"), EVERYWHERE)
def test_all_stop_together_on_a_held_last_chord(genre: str, meter: str) -> None:
    _, sheet, score = arranged(genre, meter)
    for role in ("melody", "chords", "bass", "drums"):
        last = track_of(score, role).notes[-1]
        assert last["onset_tick"] + last["duration_tick"] == score.end_tick
    bass = track_of(score, "bass").notes[-1]
    assert bass["pitch"] % 12 == 0 and bass["duration_tick"] == sheet.meter.bar_ticks
    assert len(between(track_of(score, "drums"), sheet, (39, 40))) == 2


def test_same_seed_same_notes_and_another_seed_others() -> None:
    plan, sheet, score = arranged("soul", "4/4")
    again = arrange(plan, sheet)
    other = arrange(plan, sheet, ArrangeOptions(seed=99))
    assert all((a.notes == b.notes).all() for a, b in zip(score.tracks, again.tracks, strict=True))
    assert any(rows_of(a.notes) != rows_of(b.notes) for a, b in zip(score.tracks, other.tracks, strict=True))


def test_a_section_that_returns_varies_a_little() -> None:
    same = []
    for genre in GENRES:
        _, sheet, score = arranged(genre, "4/4")
        drums, shift = track_of(score, "drums"), 16 * sheet.meter.bar_ticks
        first = {(row[0], row[2]) for row in rows_of(between(drums, sheet, CHORUS))}
        second = {(row[0] - shift, row[2]) for row in rows_of(between(drums, sheet, (28, 36)))}
        same.append(len(first & second) / len(first | second))
    assert 0.6 < np.mean(same) < 0.999


def test_markers_chords_and_maps() -> None:
    _, sheet, score = arranged("waltz", "3/4")
    texts = [(marker.text, marker.tick // sheet.meter.bar_ticks) for marker in score.markers]
    assert texts == [
        ("Intro 1", 0), ("Verse 1", 4), ("Chorus 1", 12), ("Verse 2", 20), ("Chorus 2", 28), ("Outro 1", 36),
    ]  # fmt: skip
    assert score.chord_symbols[5].text == "G/B"
    assert str(score.meters[0].meter) == "3/4" and score.tempos[0].qpm == 110.0
    assert [str(change.key) for change in score.keys] == ["C major"]


def test_chords_are_spelled_for_the_key_of_their_section() -> None:
    plan = make_plan()
    flat = plan.sections[0].model_copy(update={"key": "Eb major"})
    plan = plan.model_copy(update={"sections": (flat, *plan.sections[1:])})
    sheet = make_sheet(plan)
    assert [str(change.key) for change in arrange(plan, sheet).keys] == ["Eb major", "C major"]


def test_the_melody_is_kept_and_moved_into_range_by_octaves() -> None:
    _, sheet, score = arranged("lullaby", "4/4")
    lead = track_of(score, "melody").notes
    assert lead["pitch"].min() >= 60
    assert (lead["onset_tick"] == sheet.melody["onset_tick"]).all()
    assert ((lead["pitch"].astype(int) - sheet.melody["pitch"]) % 12 == 0).all()


def test_a_named_band_plays_and_nobody_else() -> None:
    plan = make_plan(band=("violin", "guitar"))
    score = arrange(plan, make_sheet(plan))
    assert [(track.role, track.program) for track in score.tracks] == [("melody", 40), ("chords", 25)]
    # Without a bass player the chord instrument reaches lower than usual.
    usual = arrange(make_plan(), make_sheet(make_plan()))
    assert track_of(score, "chords").notes["pitch"].mean() != track_of(usual, "chords").notes["pitch"].mean()


def test_an_unknown_instrument_is_refused() -> None:
    plan = make_plan(band=("xyzzy",))
    with pytest.raises(InputError, match="xyzzy"):
        arrange(plan, make_sheet(plan))


def test_a_given_piano_is_used_where_the_plan_has_chords() -> None:
    plan = make_plan()
    sections = tuple(
        section.model_copy(update={"roles": tuple(role for role in section.roles if role != "chords")})
        if section.name == "intro"
        else section
        for section in plan.sections
    )
    plan = plan.model_copy(update={"sections": sections})

    def write(plan: SongPlan, sheet: LeadSheet) -> np.ndarray:
        return make_notes((bar * 48, 60, 60, 70) for bar in range(sheet.n_bars))

    piano = track_of(arrange(plan, make_sheet(plan), ArrangeOptions(piano=write)), "chords").notes
    assert piano["onset_tick"].tolist() == [bar * 48 for bar in range(4, 40)]
    # Notes longer than the way to the next one are cut.
    assert set(piano["duration_tick"].tolist()) == {48}


def test_plan_and_lead_sheet_must_agree() -> None:
    with pytest.raises(LeadSheetError, match="both must agree"):
        arrange(make_plan(meter="3/4"), make_sheet(make_plan(meter="4/4")))


def test_bars_before_the_first_chord_have_no_bass() -> None:
    plan = make_plan()
    sheet = make_sheet(plan)
    late = LeadSheet("Late", 110.0, sheet.meter, sheet.n_bars, sheet.melody, sheet.chords[2:], sheet.sections)
    assert track_of(arrange(plan, late), "bass").notes["onset_tick"].min() == 96
    silent = LeadSheet("None", 110.0, sheet.meter, sheet.n_bars, sheet.melody, (), sheet.sections)
    assert [track.role for track in arrange(plan, silent).tracks] == ["melody", "drums"]


@pytest.mark.parametrize("quality", list(QUALITIES))
def test_every_quality_is_voiced_under_a_low_and_a_high_melody(quality: str) -> None:
    plan = make_plan()
    sheet = make_sheet(plan)
    chords = tuple(ChordEvent(bar * 48, Chord(bar % 12, quality, bar % 12)) for bar in range(40))
    for pitch in (50, 88):
        melody = make_notes((bar * 48, 48, pitch, 90) for bar in range(40))
        score = arrange(plan, LeadSheet("Q", 110.0, sheet.meter, 40, melody, chords, sheet.sections))
        for role in ("chords", "bass"):
            for onset, _, played, _ in rows_of(track_of(score, role).notes):
                strong = onset % 48 in sheet.meter.strong_ticks
                assert not strong or played % 12 in chords[onset // 48].chord.pitch_classes
        assert track_of(score, "chords").notes["pitch"].max() <= (64 if pitch == 50 else 76)


@pytest.mark.parametrize(
    ("band", "expected"),
    [
        (("piano", "guitar", "bass", "drums"), {"chords": 0, "melody": 25, "bass": 33, "drums": 0}),
        (("guitar", "piano", "violin"), {"chords": 25, "melody": 40, "pad": 0}),
        (("piano",), {"chords": 0, "melody": 0}),
        (("flute", "oboe", "violin", "piano"), {"melody": 73, "pad": 68, "chords": 0, "countermelody": 40}),
        (("flute", "strings"), {"melody": 73, "pad": 48}),
    ],
)
def test_bands_share_out_the_roles(band: tuple[str, ...], expected: dict[str, int]) -> None:
    plan = make_plan(band=band)
    score = arrange(plan, make_sheet(plan))
    assert {track.role: track.program for track in score.tracks} == expected
    assert all(len(track.notes) for track in score.tracks)
    assert len({track.name for track in score.tracks}) == len(score.tracks)
