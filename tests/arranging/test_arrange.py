"""Properties of every arrangement, in styles of all meters."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from symbolic_music.arranging import ArrangeOptions, arrange
from symbolic_music.arranging.hands import playable_with, strikes_of
from symbolic_music.arranging.registers import below_bass, sits_on
from symbolic_music.errors import InputError, LeadSheetError
from symbolic_music.evaluation.arrangement import return_similarity, section_table, voice_movement
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.notes import make_notes, rows_of
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import Score, Track
from symbolic_music.styles.style import style_of
from symbolic_music.theory.meter import GRID_TICKS, TPQ
from tests.arranging.band_songs import make_plan, make_sheet

# One style of every meter, the first with the plan's own roles left to the style.
SONGS = (("pop", "4/4"), ("waltz", "3/4"), ("polka", "2/4"), ("jig", "6/8"), ("blues 12/8", "12/8"))


def open_plan(style: str, meter: str = "4/4", **changes: object) -> SongPlan:
    """A plan that leaves to the style who plays."""
    plan = make_plan(meter=meter, style=style, **changes)
    sections = tuple(section.model_copy(update={"roles": None}) for section in plan.sections)
    return plan.model_copy(update={"sections": sections})


@cache
def arranged(style: str, meter: str) -> tuple[SongPlan, LeadSheet, Score]:
    plan = open_plan(style, meter)
    sheet = make_sheet(plan)
    return plan, sheet, arrange(sheet, plan)


def track_of(score: Score, role: str) -> Track:
    return next(track for track in score.tracks if track.role == role)


def onsets_by_section(plan: SongPlan, track: Track) -> list[int]:
    ticks = [*plan.section_ticks, plan.n_bars * plan.meter.bar_ticks]
    return np.histogram(track.notes["onset_tick"], ticks)[0].tolist()


def without_pickups(plan: SongPlan, track: Track) -> Track:
    """A track without what leads into a section: the half bar before each boundary."""
    half = plan.meter.bar_ticks // 2
    onsets = track.notes["onset_tick"]
    leads = np.any([(onsets >= tick - half) & (onsets < tick) for tick in plan.section_ticks], axis=0)
    return replace(track, notes=track.notes[~leads])


@pytest.mark.parametrize(("style", "meter"), SONGS)
def test_notes_are_on_the_grid_inside_the_song_and_never_overlap(style: str, meter: str) -> None:
    _, _, score = arranged(style, meter)
    assert score.tpq == TPQ and score.tracks[0].role == "melody" and len(score.tracks) > 2
    for track in score.tracks:
        notes = track.notes
        assert (notes["duration_tick"] > 0).all() and (notes["velocity"] > 0).all()
        assert set(np.unique(notes["onset_tick"] % TPQ)) <= set(GRID_TICKS)
        assert (notes["onset_tick"] + notes["duration_tick"]).max() <= score.end_tick
        for pitch in np.unique(notes["pitch"]):
            same = notes[notes["pitch"] == pitch]
            assert (same["onset_tick"][1:] >= (same["onset_tick"] + same["duration_tick"])[:-1]).all()


@pytest.mark.parametrize(("style", "meter"), SONGS)
def test_strong_beats_carry_chord_tones_and_no_tone_that_rubs_with_one(style: str, meter: str) -> None:
    _, sheet, score = arranged(style, meter)
    heard = []
    for track in score.tracks:
        if track.role not in ("chords", "pad"):
            continue
        for onset, _, pitch, _ in rows_of(track.notes):
            if onset % sheet.meter.bar_ticks in sheet.meter.strong_ticks:
                chord = sheet.chord_at(onset)
                assert chord is not None
                tones = chord.pitch_classes | {chord.bass}
                heard.append(pitch % 12 in tones)
                # A ninth, sixth or seventh may colour the chord; a minor ninth above one of its tones may not.
                is_dominant = chord.quality in ("7", "9") or style.startswith("blues")
                assert heard[-1] or is_dominant or (pitch - 1) % 12 not in tones, (track.name, onset, pitch)
    assert len(heard) > 20 and np.mean(heard) > (0.6 if style.startswith("blues") else 0.8)


@pytest.mark.parametrize(("style", "meter"), SONGS)
def test_bass_grounds_sections_and_the_end(style: str, meter: str) -> None:
    plan, sheet, score = arranged(style, meter)
    played = {row[0]: row[2] for row in rows_of(track_of(score, "bass").notes)}
    for tick, count in zip(plan.section_ticks, onsets_by_section(plan, track_of(score, "bass")), strict=True):
        chord = sheet.chord_at(tick)
        assert not count or (chord is not None and played[tick] % 12 == chord.bass)
    assert played[max(played)] % 12 == 0 and max(played) >= sheet.end_tick - sheet.meter.bar_ticks


def test_the_plans_roles_are_obeyed() -> None:
    plan = make_plan(style="pop")
    sections = tuple(
        section.model_copy(update={"roles": ("melody", "chords") if section.name == "chorus" else ("melody", "drums")})
        for section in plan.sections
    )
    plan = plan.model_copy(update={"sections": sections})
    score = arrange(make_sheet(plan), plan)
    for track in score.tracks[1:]:
        expected = [track.role == ("chords" if section.name == "chorus" else "drums") for section in plan.sections]
        assert [count > 0 for count in onsets_by_section(plan, without_pickups(plan, track))] == expected, track.name
    assert {track.role for track in score.tracks} == {"melody", "chords", "drums"}


def test_same_seed_same_notes_and_another_seed_others() -> None:
    plan, sheet, score = arranged("waltz", "3/4")
    again, other = arrange(sheet, plan), arrange(sheet, plan, ArrangeOptions(seed=99))
    assert all((a.notes == b.notes).all() for a, b in zip(score.tracks, again.tracks, strict=True))
    assert any(rows_of(a.notes) != rows_of(b.notes) for a, b in zip(score.tracks, other.tracks, strict=True))


@pytest.mark.parametrize(("style", "meter"), SONGS)
def test_the_tune_is_clear_the_bass_is_lowest_and_hands_reach(style: str, meter: str) -> None:
    plan, _, score = arranged(style, meter)
    tune, bass = rows_of(track_of(score, "melody").notes), rows_of(track_of(score, "bass").notes)
    checked = 0
    for track in score.tracks:
        if track.role in ("melody", "bass", "drums") or track.name.endswith("Double"):
            continue
        rows = rows_of(track.notes)
        assert not sits_on(rows, tune, plan.meter.beat_ticks), track.name
        assert not below_bass(rows, bass), track.name
        fits = playable_with(track.program)
        if fits is not None:
            assert all(fits(tuple(sorted({row[2] for row in strike}))) for strike in strikes_of(rows)), track.name
        checked += 1
    assert checked


# Semitones a voice between chords: the 95th percentile of mma's arrangements of the training songs.
MOST_MOVEMENT = 5.9
# One player's basses and chords in turn, as a picking guitarist plays them, are two voices in one track.
LEAPING = ("jig Acoustic Guitar", "jig Accordion", "pop Piano")


def test_voices_of_chord_parts_move_no_further_than_where_they_were_learnt() -> None:
    moves = {
        f"{style} {track.name}": voice_movement(track.notes)
        for style, meter in SONGS
        for track in arranged(style, meter)[2].tracks
        if track.role in ("chords", "pad") and f"{style} {track.name}" not in LEAPING
    }
    found = {name: move for name, move in moves.items() if not np.isnan(move)}
    assert len(found) > 6 and max(found.values()) <= MOST_MOVEMENT, found


@pytest.mark.parametrize(("style", "meter"), SONGS)
def test_the_song_opens_thin_and_its_last_chorus_is_the_biggest(style: str, meter: str) -> None:
    _, _, score = arranged(style, meter)
    table = {name: (set(parts), density) for name, parts, density in section_table(score)}
    assert len(table["Intro 1"][0] - {"Drums"}) < len(table["Chorus 2"][0] - {"Drums"})
    assert table["Chorus 1"][0] <= table["Chorus 2"][0] and table["Chorus 1"][0] != table["Chorus 2"][0]
    assert table["Chorus 2"][1] == max(density for _, density in table.values())
    assert table["Intro 1"][1] < table["Chorus 1"][1]


@pytest.mark.parametrize(("style", "meter"), SONGS)
def test_choruses_are_alike_and_not_the_same(style: str, meter: str) -> None:
    plan = open_plan(style, meter)
    first = next(section for section in plan.sections if section.kind == "chorus")
    again = tuple(
        phrase.model_copy(update={"relation": "repeat", "source": source.name})
        for phrase, source in zip(plan.sections[4].phrases, first.phrases, strict=True)
    )
    sections = (*plan.sections[:4], plan.sections[4].model_copy(update={"phrases": again}), *plan.sections[5:])
    plan = plan.model_copy(update={"sections": sections})
    score = arrange(make_sheet(plan), plan)
    alike = return_similarity(score, "Chorus")
    assert 0.6 <= np.mean(list(alike.values())) < 1, alike


def test_markers_chords_and_maps() -> None:
    _, sheet, score = arranged("waltz", "3/4")
    texts = [(marker.text, marker.tick // sheet.meter.bar_ticks) for marker in score.markers]
    assert texts == [
        ("Intro 1", 0), ("Verse 1", 4), ("Chorus 1", 12), ("Verse 2", 20), ("Chorus 2", 28), ("Outro 1", 36),
    ]  # fmt: skip
    assert score.chord_symbols[5].text == "G/B"
    assert str(score.meters[0].meter) == "3/4" and score.tempos[0].qpm == 110.0
    assert [str(change.key) for change in score.keys] == ["C major"]


def test_keys_and_chord_names_follow_the_sections() -> None:
    plan = open_plan("pop", band=("flute",))
    flat = plan.sections[0].model_copy(update={"key": "Eb major"})
    plan = plan.model_copy(update={"sections": (flat, *plan.sections[1:])})
    assert [str(change.key) for change in arrange(make_sheet(plan), plan).keys] == ["Eb major", "C major"]


def test_the_melody_is_kept_and_moved_into_range_by_octaves() -> None:
    plan = make_plan("lullaby", style="lullaby", band=("flute",))
    sheet = make_sheet(plan)
    lead = track_of(arrange(sheet, plan), "melody").notes
    assert lead["pitch"].min() >= 60
    assert (lead["onset_tick"] == sheet.melody["onset_tick"]).all()
    assert ((lead["pitch"].astype(int) - sheet.melody["pitch"]) % 12 == 0).all()


def test_a_named_band_plays_and_nobody_else() -> None:
    plan = open_plan("pop", band=("violin", "guitar", "oboe lead", "trumpet lead"))
    score = arrange(make_sheet(plan), plan)
    assert [(track.role, track.program) for track in score.tracks] == [
        ("melody", 68), ("chords", 25), ("countermelody", 40), ("countermelody", 56),
    ]  # fmt: skip
    assert len({track.name for track in score.tracks}) == 4 and all(len(track.notes) for track in score.tracks)


def test_an_unknown_instrument_is_refused() -> None:
    plan = make_plan(band=("xyzzy",))
    with pytest.raises(InputError, match="xyzzy"):
        arrange(make_sheet(plan), plan)


def test_a_plan_without_a_style_gets_a_usual_one() -> None:
    assert style_of(make_plan("jazz", "3/4")).name == "jazz waltz"
    assert style_of(make_plan("blues", "4/4", style="tango")).name == "tango"


def test_plan_and_lead_sheet_must_agree() -> None:
    with pytest.raises(LeadSheetError, match="both must agree"):
        arrange(make_sheet(make_plan(meter="4/4")), make_plan(meter="3/4"))


def test_the_band_rests_where_no_chord_is_and_the_drums_play_on() -> None:
    plan = open_plan("pop")
    sheet = make_sheet(plan)
    start, end = 16 * 48, 17 * 48
    chords = tuple(event for event in sheet.chords if not start <= event.onset_tick < end)
    score = arrange(replace(sheet, chords=chords, no_chords=(start,)), plan)
    for track in score.tracks:
        heard = [row for row in rows_of(track.notes) if row[0] < end and row[0] + row[1] > start]
        assert bool(heard) == (track.role in ("melody", "drums")), track.name


def test_without_chords_only_the_tune_is_left() -> None:
    plan = open_plan("pop")
    sheet = make_sheet(plan)
    tune = make_notes(rows_of(sheet.melody))
    silent = LeadSheet("None", 110.0, sheet.meter, sheet.n_bars, tune, (), sheet.sections)
    assert [track.role for track in arrange(silent, plan).tracks] == ["melody"]
