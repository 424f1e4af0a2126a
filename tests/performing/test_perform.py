"""Properties of every performance, over all genres and meters."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from importlib.resources import files

import numpy as np
import pytest

from symbolic_music.analysis.strokes import measure_drums
from symbolic_music.errors import InputError
from symbolic_music.performing import PerformOptions, perform
from symbolic_music.performing.drummers import DRUM_NAMES, FAMILY_OF, load_drummers
from symbolic_music.performing.manner import choose_manner, choose_swing
from symbolic_music.performing.perform import DEFAULT_OPTIONS
from symbolic_music.performing.pianists import load_pianists
from symbolic_music.performing.room import place_in_room
from symbolic_music.performing.table import chorus_over_verse, strokes_of
from symbolic_music.performing.timing import swing_tick
from symbolic_music.song.brief import GENRES
from symbolic_music.song.notes import make_notes, rows_of
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import ControlChange, Score, Track
from symbolic_music.styles.style import all_styles, load_style
from symbolic_music.theory.meter import METERS
from tests.arranging.band_songs import make_plan
from tests.performing.written import write_score

EVERYWHERE = [(genre, meter) for genre in GENRES for meter in METERS]
MAX_SWING = 80


@cache
def written(genre: str, meter: str) -> tuple[SongPlan, Score]:
    plan = make_plan(genre, meter)
    return plan, write_score(plan)


@cache
def played(genre: str, meter: str, options: PerformOptions = DEFAULT_OPTIONS) -> Score:
    plan, score = written(genre, meter)
    return perform(score, plan, options)


def track_of(score: Score, role: str) -> Track:
    return next(track for track in score.tracks if track.role == role)


def loudness(track: Track, bar_ticks: int, bars: tuple[int, int]) -> float:
    onsets = track.notes["onset_tick"] + 40
    inside = (onsets >= bars[0] * bar_ticks) & (onsets < bars[1] * bar_ticks)
    return float(track.notes["velocity"][inside].mean())


@pytest.mark.parametrize(("genre", "meter"), EVERYWHERE)
@pytest.mark.parametrize("humanize", [0.0, 0.5, 1.0])
def test_a_performance_keeps_every_note_and_stays_in_bounds(genre: str, meter: str, humanize: float) -> None:
    _, score = written(genre, meter)
    result = played(genre, meter, PerformOptions(humanize=humanize))
    assert result.tpq == 480 and result.end_tick == score.end_tick * 40
    for before, after in zip(score.tracks, result.tracks, strict=True):
        notes = after.notes
        assert len(notes) == len(before.notes)
        assert sorted(notes["pitch"].tolist()) == sorted(before.notes["pitch"].tolist())
        assert notes["velocity"].min() >= 1 and notes["velocity"].max() <= 127
        assert notes["onset_tick"].min() >= 0 and notes["duration_tick"].min() > 0
        assert (notes["onset_tick"] + notes["duration_tick"]).max() <= result.end_tick
        for pitch in np.unique(notes["pitch"]):
            same, grid = notes[notes["pitch"] == pitch], before.notes[before.notes["pitch"] == pitch]
            assert (same["onset_tick"][1:] >= (same["onset_tick"] + same["duration_tick"])[:-1]).all()
            assert np.abs(same["onset_tick"] - grid["onset_tick"] * 40).max() <= 40 + MAX_SWING
    ends = [int((t.notes["onset_tick"] + t.notes["duration_tick"]).max()) for t in result.tracks]
    assert set(ends) == {result.end_tick}


@pytest.mark.parametrize(("genre", "meter"), EVERYWHERE)
def test_choruses_are_louder_than_verses(genre: str, meter: str) -> None:
    plan, _ = written(genre, meter)
    bar_ticks = plan.meter.bar_ticks * 40
    for role in ("melody", "chords", "bass"):
        track = track_of(played(genre, meter), role)
        assert loudness(track, bar_ticks, (12, 20)) > loudness(track, bar_ticks, (4, 12)) + 4
        # The verse's last two bars rise towards the chorus; unevenness would hide it in single bars.
        even = track_of(played(genre, meter, PerformOptions(humanize=0.0)), role)
        assert loudness(even, bar_ticks, (10, 12)) > loudness(even, bar_ticks, (4, 10))


def test_same_seed_same_performance_and_another_seed_another() -> None:
    plan, score = written("pop", "4/4")
    again, other = perform(score, plan), perform(score, plan, PerformOptions(seed=7))
    for a, b, c in zip(played("pop", "4/4").tracks, again.tracks, other.tracks, strict=True):
        assert rows_of(a.notes) == rows_of(b.notes) != rows_of(c.notes)


def test_one_section_can_change_without_moving_the_others() -> None:
    plan, score = written("pop", "4/4")
    end = 12 * 48
    tracks = tuple(
        Track(t.name, t.role, t.program, t.notes[(t.notes["onset_tick"] >= end)], t.is_drum) for t in score.tracks
    )
    cut = perform(Score(score.title, 12, score.end_tick, tracks, score.tempos, score.meters), plan)
    whole, part = track_of(played("pop", "4/4"), "chords"), track_of(cut, "chords")
    assert rows_of(part.notes[-50:]) == rows_of(whole.notes[-50:])


@pytest.mark.parametrize("genre", GENRES)
def test_straight_is_exactly_what_is_written(genre: str) -> None:
    _, score = written(genre, "4/4")
    result = played(genre, "4/4", PerformOptions(straight=True))
    assert len(result.tempos) == 1
    for before, after in zip(score.tracks, result.tracks, strict=True):
        scaled = [(on * 40, length * 40, pitch, velocity) for on, length, pitch, velocity in rows_of(before.notes)]
        assert rows_of(after.notes) == sorted(scaled, key=lambda row: (row[0], row[2]))
        assert after.controls == before.controls


def test_swing_and_blues_swing_and_bossa_nova_does_not() -> None:
    _, score = written("jazz", "4/4")
    for style, late in (("swing", 80), ("blues", 80), ("bossa nova", 0)):
        plan = make_plan("jazz", "4/4", style=style)
        notes = track_of(perform(score, plan, PerformOptions(humanize=0.0)), "melody").notes
        assert {int(tick) % 480 for tick in notes["onset_tick"]} == {0, 240 + late}, style


def test_a_score_is_played_as_its_plans_style_plays_unless_told_otherwise() -> None:
    told = cut = 0
    for style in all_styles():
        plan = make_plan(style.genre, style.meters[0], style=style.name)
        manner = choose_manner(plan, DEFAULT_OPTIONS)
        assert manner.family == style.family and manner.slows_down == (style.ending == "ritardando"), style.name
        assert (manner.swing > 0.5) == (style.swing > 0.5 and not plan.meter.is_compound), style.name
        assert choose_manner(plan, PerformOptions(family="folk", swing=0.6, ritardando=True)).family == "folk"
        told += manner.swing > 0.5
        cut += not manner.slows_down
    assert told > 20 and cut > 20
    # A style in the options goes before the plan's, as it does in ArrangeOptions.
    swung = choose_manner(make_plan("pop", "4/4"), PerformOptions(style=load_style("swing")))
    assert swung.family == "jazz" and swung.swing > 0.6


def test_triplets_and_beats_are_not_swung() -> None:
    moved = [swing_tick(tick, 2 / 3) for tick in (0, 120, 160, 240, 320, 360, 480)]
    assert moved == [0, 160, 160, 320, 320, 400, 480]


def test_offbeats_written_as_triplets_swing_with_those_of_the_tune() -> None:
    for share in (0.567, 0.62, 2 / 3):
        assert swing_tick(320, share) == swing_tick(240, share) == round(share * 480)
    assert swing_tick(320, 0.5) == 320 and swing_tick(160, 0.62) == 160


def test_tune_and_band_swing_alike_in_every_style_that_swings() -> None:
    swung = [style for style in all_styles() if style.swing > 0.6 and "4/4" in style.meters]
    assert len(swung) > 10
    for style in swung:
        plan, score = written("pop", "4/4")
        plan = plan.model_copy(update={"tempo_qpm": style.tempo_qpm[1]})
        ride = make_notes([(quarter * 12 + inside, 4, 51, 84) for quarter in range(156) for inside in (0, 8)])
        band = replace(track_of(score, "drums"), notes=ride)
        options = PerformOptions(humanize=0.0, swing=style.swing, family=style.family)
        both = perform(replace(score, tracks=(track_of(score, "melody"), band)), plan, options)
        late = [{int(tick) % 480 for tick in track.notes["onset_tick"]} - {0} for track in both.tracks]
        assert late[0] == late[1] and len(late[0]) == 1, style.name


def test_a_swing_band_that_is_told_to_play_straight_leaves_its_triplets() -> None:
    _, score = written("pop", "4/4")
    ride = make_notes([(quarter * 12 + inside, 4, 51, 84) for quarter in range(156) for inside in (0, 4, 8)])
    band = replace(score, tracks=(track_of(score, "melody"), replace(track_of(score, "drums"), notes=ride)))
    for style, places in (("swing", {0, 120, 240}), ("pop", {0, 160, 320})):
        plan = make_plan("pop", "4/4", style=style)
        even = perform(band, plan, PerformOptions(humanize=0.0, swing=0.5))
        tune, drums = ({int(tick) % 480 for tick in track.notes["onset_tick"]} for track in even.tracks)
        assert tune == {0, 240} and drums == places, style


def test_players_stand_in_a_room_by_their_role_and_the_style() -> None:
    def sends(genre: str) -> dict[str, int]:
        tracks = played(genre, "4/4").tracks
        return {t.role: c.value for t in tracks for c in t.controls if c.controller == 91 and c.tick == 0}

    jazz, pop = sends("jazz"), sends("pop")
    assert set(pop) == {track.role for track in played("pop", "4/4").tracks}
    assert pop["bass"] < pop["drums"] < pop["chords"] < pop["melody"] < pop["pad"]
    assert all(jazz[role] <= pop[role] for role in pop)
    told = replace(written("pop", "4/4")[1].tracks[0], controls=(ControlChange(0, 91, 100),))
    assert place_in_room(told, "pop", 100.0) == ()


def spread_ms(humanize: float) -> dict[str, float]:
    """How far from the grid each track's notes lie, in ticks (root of the mean square)."""
    score = played("pop", "4/4", PerformOptions(humanize=humanize))
    _, grid = written("pop", "4/4")
    found = {}
    for track, before in zip(score.tracks, grid.tracks, strict=True):
        ours, theirs = (np.sort(notes, order=["pitch", "onset_tick"]) for notes in (track.notes, before.notes))
        found[track.name] = float(np.sqrt(np.mean((ours["onset_tick"] - theirs["onset_tick"] * 40.0) ** 2)))
    return found


def test_humanize_0_is_on_the_grid_and_1_is_looser_than_a_half() -> None:
    none, half, full = (spread_ms(humanize) for humanize in (0.0, 0.5, 1.0))
    assert set(none.values()) == {0.0}
    for name in half:
        assert 0 < half[name] < full[name], name

    def unevenness(humanize: float) -> float:
        """Spread of the velocities of equal strokes: the hats of one section's downbeats."""
        notes = track_of(played("pop", "4/4", PerformOptions(humanize=humanize)), "drums").notes
        hats = notes[(notes["pitch"] == 42) & (notes["onset_tick"] > 5 * 1920) & (notes["onset_tick"] < 9.5 * 1920)]
        beats = np.abs((hats["onset_tick"] + 960) % 1920 - 960) < 60
        return float(hats["velocity"][beats].astype(float).std())

    assert unevenness(0.0) == 0 < unevenness(0.5) < unevenness(1.0)


def test_a_guitar_is_strummed_down_on_beats_and_up_between() -> None:
    plan, score = written("pop", "4/4")
    chord = [
        (quarter * 12 + inside, 6, pitch, 84) for quarter in range(156) for inside in (0, 6) for pitch in (52, 59, 64)
    ]
    guitar = Track("Guitar", "chords", 25, make_notes(chord))
    notes = perform(replace(score, tracks=(guitar,)), plan, PerformOptions(humanize=1.0)).tracks[0].notes
    beat = (notes["onset_tick"] + 60) % 480 < 180
    low, high = (notes["onset_tick"][(notes["pitch"] == pitch) & beat].astype(int) for pitch in (52, 64))
    assert np.mean(high[:150] - low[:150]) > 5
    low, high = (notes["onset_tick"][(notes["pitch"] == pitch) & ~beat].astype(int) for pitch in (52, 64))
    assert np.mean(low[:150] - high[:150]) > 5


def test_a_style_says_how_it_swings_and_ends() -> None:
    swung = played("pop", "4/4", PerformOptions(humanize=0.0, swing=0.6, ritardando=True))
    assert {int(tick) % 480 for tick in track_of(swung, "melody").notes["onset_tick"]} == {0, 288}
    assert len(swung.tempos) > 1
    assert len(played("lullaby", "3/4", PerformOptions(ritardando=False)).tempos) == 1
    even = played("jazz", "3/4", PerformOptions(humanize=0.0, swing=0.5))
    assert {int(tick) % 240 for tick in track_of(even, "melody").notes["onset_tick"]} == {0}


def test_jazz_evens_out_when_fast_and_shuffles_do_not() -> None:
    def share(style: str, qpm: float) -> float:
        own = load_style(style)
        return choose_swing(make_plan("jazz", own.meters[0], tempo_qpm=qpm), own.swing, own.family)

    assert share("swing", 110) > share("swing", 180) > share("swing", 240) > 0.55
    assert share("shuffle", 110) == share("shuffle", 220) == pytest.approx(2 / 3, abs=0.01)
    assert choose_swing(make_plan("blues", "12/8"), 2 / 3, "blues") == 0.5


def test_songs_end_slower_where_their_style_does() -> None:
    tempos = played("lullaby", "3/4").tempos
    assert [change.qpm for change in tempos] == sorted((change.qpm for change in tempos), reverse=True)
    assert tempos[-1].qpm < 0.75 * tempos[0].qpm
    assert tempos[1].tick >= played("lullaby", "3/4").end_tick - 2 * 3 * 480
    assert len(played("rock", "4/4").tempos) == 1


def test_a_song_that_fades_dies_away_in_time() -> None:
    plan, score = written("lullaby", "3/4")
    faded = perform(score, plan.model_copy(update={"ending": "fade"}))
    bar, end = 3 * 480, faded.end_tick
    for role in ("chords", "bass"):
        notes = track_of(faded, role).notes
        first = notes["velocity"][notes["onset_tick"] < 4 * bar].mean()
        last = notes["velocity"][notes["onset_tick"] >= end - 2 * bar].mean()
        assert last < 0.6 * first, role
    assert len(faded.tempos) == 1


def test_the_pedal_is_renewed_at_every_chord() -> None:
    result = played("pop", "4/4")
    controls = [control for control in track_of(result, "chords").controls if control.controller == 64]
    ups = [control.tick for control in controls if control.value == 0]
    starts = [marker.tick for marker in result.chord_symbols]
    assert ups == [*starts[1:], result.end_tick]
    assert [control.value for control in controls] == [127, 0] * len(starts)
    assert 64 not in {control.controller for control in track_of(played("jazz", "4/4"), "chords").controls}


def test_the_melody_breathes_at_phrase_ends_and_binds_inside() -> None:
    _, score = written("pop", "4/4")
    notes = track_of(played("pop", "4/4", PerformOptions(humanize=0.0)), "melody").notes
    grid = track_of(score, "melody").notes["duration_tick"] * 40
    last_of_bar = (notes["onset_tick"] % 1920 == 12 * 120)[:-1]
    assert (notes["duration_tick"][:-1][last_of_bar] < grid[:-1][last_of_bar]).all()
    gaps = notes["onset_tick"][1:] - (notes["onset_tick"] + notes["duration_tick"])[:-1]
    assert (gaps[~last_of_bar] <= 20).all()


def test_downbeats_are_accented() -> None:
    bass = track_of(played("pop", "4/4", PerformOptions(humanize=0.0)), "bass").notes
    verse = bass[(bass["onset_tick"] >= 4 * 1920) & (bass["onset_tick"] < 8 * 1920)]
    down = verse["onset_tick"] % 1920 == 0
    assert verse["velocity"][down].min() > verse["velocity"][verse["onset_tick"] % 480 != 0].max()


@pytest.mark.parametrize("family", [*FAMILY_OF, "no such family"])
def test_every_family_has_drummers_for_every_drum(family: str) -> None:
    people = load_drummers(family)
    for cells in (4, 3):
        assert set(DRUM_NAMES.values()) <= set(people.habits[cells])
        assert all(len(row) == 4 * cells for row in people.habits[cells].values())
    assert 0 < people.timing_memory < 1 and 0 < people.common < 1
    assert people.ghost_velocity < 45


def test_people_weigh_the_backbeat_and_the_half_bar() -> None:
    snare = load_drummers("rock").habits[4]["snare"]
    assert min(snare[4].velocity, snare[12].velocity) > max(snare[5].velocity, snare[7].velocity) + 15
    # The backbeat is what a drummer plays most evenly.
    assert snare[4].velocity_spread < min(snare[place].velocity_spread for place in (5, 7, 9))
    keys = load_pianists().cells
    assert keys[8] > keys[2] and keys[0] > keys[1]


def test_ghosts_stay_below_the_backbeat() -> None:
    _, score = written("soul", "4/4")
    result = track_of(played("soul", "4/4", PerformOptions(humanize=1.0)), "drums").notes
    before = track_of(score, "drums").notes
    soft = before["velocity"] <= 48
    assert soft.any() and len(before) == len(result)
    snare = result[result["pitch"] == 38]["velocity"].astype(int)
    assert abs(int((snare <= 52).sum()) - int((soft & (before["pitch"] == 38)).sum())) <= 3


def test_pads_swell_and_rise_with_the_song() -> None:
    result = played("pop", "4/4")
    controls = [c for c in track_of(result, "pad").controls if c.controller == 11]
    assert controls[0].tick == 0 and all(1 <= c.value <= 127 for c in controls)

    def mean(bars: tuple[int, int]) -> float:
        return float(np.mean([c.value for c in controls if bars[0] * 1920 <= c.tick < bars[1] * 1920]))

    assert mean((12, 20)) > mean((4, 12)) + 8
    phrase = [c.value for c in controls if 12 * 1920 <= c.tick < 16 * 1920]
    assert max(phrase) > phrase[0] + 10 and max(phrase) > phrase[-1] + 5
    held = {t.name for t in result.tracks if any(c.controller == 11 for c in t.controls)}
    assert held == {"Strings", "Cello"}


def test_drums_written_evenly_get_the_levels_of_their_kit() -> None:
    plan, score = written("pop", "4/4")
    drums = track_of(score, "drums")
    even = replace(drums, notes=make_notes((*row[:3], 84) for row in rows_of(drums.notes)))

    def mean(pitch: int, family: str) -> float:
        options = PerformOptions(humanize=0.0, family=family)
        notes = perform(replace(score, tracks=(even,)), plan, options).tracks[0].notes
        return float(notes["velocity"][notes["pitch"] == pitch].mean())

    for family in ("rock", "pop", "jazz", "latin"):
        assert mean(38, family) > mean(42, family) + 15, "hats below the backbeat"
    assert mean(36, "electronic") > mean(36, "pop") + 10, "a machine's kick is not a foot's"


def test_fills_grow_towards_the_new_section() -> None:
    plan, score = written("pop", "4/4")
    bar = 11 * 48
    notes = make_notes([(bar + 24 + 3 * step, 3, 50 if step < 4 else 43, 90) for step in range(8)])
    drums = replace(track_of(score, "drums"), notes=notes)
    alone = replace(score, tracks=(drums,))
    takes = [perform(alone, plan, PerformOptions(humanize=1.0, seed=seed)).tracks[0].notes for seed in range(40)]
    mean = np.mean([take["velocity"] for take in takes], axis=0)
    assert all(len(take) == 8 for take in takes)
    assert mean[4:].mean() > mean[:4].mean() + 6


@pytest.mark.parametrize("genre", GENRES)
def test_people_would_play_so(genre: str) -> None:
    people = json.loads(files("symbolic_music.performing").joinpath("groove.json").read_text())["validation"]
    score = played(genre, "4/4", PerformOptions(humanize=1.0))
    track = track_of(score, "drums")
    strokes = strokes_of(track, score)
    drums = np.array([DRUM_NAMES[pitch] for pitch in track.notes["pitch"][: len(strokes.quarters)].tolist()])
    ours = measure_drums(strokes, drums)
    for name in ("velocity SD of one drum", "micro-timing SD (ms)"):
        low, *_, high = people["measures"][name]
        assert low * 0.8 <= ours[name] <= high


def test_choruses_are_louder_over_a_hundred_performances() -> None:
    louder = 0
    for genre in GENRES:
        plan, score = written(genre, "4/4")
        for seed in range(10):
            higher, both = chorus_over_verse([perform(score, plan, PerformOptions(humanize=1.0, seed=seed))])
            assert both == 1
            louder += higher
    assert louder >= 95


def test_wrong_scores_and_options_are_refused() -> None:
    plan, score = written("pop", "4/4")
    with pytest.raises(InputError, match="480 ticks"):
        perform(played("pop", "4/4"), plan)
    with pytest.raises(InputError, match="arrange the score from this plan"):
        perform(score, make_plan("pop", "3/4"))
    with pytest.raises(InputError, match="humanize is 2"):
        PerformOptions(humanize=2)
    with pytest.raises(InputError, match="swing is 2"):
        PerformOptions(swing=2)


@pytest.mark.parametrize("genre", ["pop", "jazz"])
def test_repeated_notes_on_neighbouring_grid_lines_all_sound(genre: str) -> None:
    plan, score = written(genre, "4/4")
    grid = [quarter * 12 + inside for quarter in range(159) for inside in (0, 3, 4, 6, 8, 9)]
    ends = [*grid[1:], 159 * 12]
    notes = make_notes((onset, end - onset, 72, 90) for onset, end in zip(grid, ends, strict=True))
    dense = replace(score, tracks=(replace(score.tracks[0], notes=notes),))
    result = perform(dense, plan, PerformOptions(humanize=1.0)).tracks[0].notes
    assert len(result) == len(notes)
    assert (result["onset_tick"][1:] >= (result["onset_tick"] + result["duration_tick"])[:-1]).all()
