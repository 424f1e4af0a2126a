"""What happens in an arrangement: the plan tells it, the band plays it."""

from __future__ import annotations

from functools import cache

import pytest

from symbolic_music.analysis.rests import rests_of
from symbolic_music.arranging import arrange
from symbolic_music.arranging.story import Event, close_line, events_of
from symbolic_music.filling import compose
from symbolic_music.filling.harmony import harmony_of, tune_of
from symbolic_music.filling.line import line_of_sheet
from symbolic_music.planning.planner import plan as plan_song
from symbolic_music.song.brief import MOODS, Brief
from symbolic_music.song.notes import rows_of
from symbolic_music.song.plan import PlannedEvent, SongPlan
from symbolic_music.song.score import Score
from symbolic_music.song.spans import slots_of
from symbolic_music.styles.orchestration import DRIVING_AROUSAL
from symbolic_music.styles.story import OPENS
from symbolic_music.styles.style import all_styles, load_style
from symbolic_music.styles.traits import find_mood
from symbolic_music.theory.meter import TPQ
from tests.arranging.band_songs import make_plan, make_sheet
from tests.arranging.test_arrange import open_plan

BAR = 48
Row = tuple[int, int, int, int]
DRIVING = tuple(mood for mood in MOODS if find_mood(mood).arousal >= DRIVING_AROUSAL)


@cache
def told(style: str, *kinds: str) -> tuple[SongPlan, Score]:
    """A song whose second verse, before its last chorus, ends with events of some kinds."""
    plan = open_plan(style)
    events = tuple(
        PlannedEvent(kind=kind, n_bars=4 if kind == "build" else 2 if kind == "riser" else 1) for kind in kinds
    )
    sections = list(plan.sections)
    sections[3] = sections[3].model_copy(update={"events": events})
    plan = plan.model_copy(update={"sections": tuple(sections)})
    return plan, arrange(make_sheet(plan), plan)


def part(score: Score, role: str, start: int, end: int) -> list[Row]:
    rows = [row for track in score.tracks if track.role == role for row in rows_of(track.notes)]
    return sorted(row for row in rows if start <= row[0] < end)


@pytest.mark.parametrize("style", ["funk", "rock"])
def test_a_stop_is_one_stroke_of_everybody_and_silence_but_for_the_tune(style: str) -> None:
    plan, score = told(style, "stop")
    (event,) = events_of(plan)
    assert (event.start, event.end) == (27 * BAR, 28 * BAR)
    for role in ("bass", "chords", "pad"):
        struck = part(score, role, event.start, event.end)
        assert {row[0] for row in struck} <= {event.start} and all(row[1] <= TPQ for row in struck)
    assert part(score, "bass", event.start, event.end) and part(score, "chords", event.start, event.end)
    assert part(score, "melody", event.start + 1, event.end)
    assert not part(score, "drums", event.start + 1, event.end - TPQ)


def test_in_a_break_drums_and_bass_rest_and_the_others_go_on() -> None:
    _, score = told("pop", "break")
    assert not part(score, "bass", 27 * BAR, 28 * BAR)
    assert not part(score, "drums", 27 * BAR, 28 * BAR - TPQ)
    assert part(score, "chords", 27 * BAR, 28 * BAR)


def test_a_build_rolls_faster_and_louder_and_a_riser_climbs_with_it() -> None:
    _, score = told("house", "build", "riser")
    snares = [row for row in part(score, "drums", 24 * BAR, 28 * BAR) if row[2] == 38]
    by_bar = [[row for row in snares if row[0] // BAR == bar] for bar in range(24, 28)]
    assert len(by_bar[0]) < len(by_bar[2]) < len(by_bar[3])
    velocities = [row[3] for row in snares]
    assert velocities == sorted(velocities) and velocities[-1] - velocities[0] > 40
    assert not any(row[2] in (35, 36) for row in part(score, "drums", 27 * BAR, 28 * BAR))
    climbing = [row for role in ("pad", "chords") for row in part(score, role, 27 * BAR, 28 * BAR) if row[1] == 3]
    assert climbing and climbing[-1][2] > climbing[0][2]


def test_the_line_has_the_last_word_on_a_tone_of_the_last_chord() -> None:
    plan = make_plan()
    ending = plan.sections[-1].model_copy(update={"events": (PlannedEvent(kind="last word"),)})
    plan = plan.model_copy(update={"sections": (*plan.sections[:-1], ending)})
    sheet = make_sheet(plan)
    end = sheet.end_tick
    (_, closing) = close_line([(end - 60, 12, 67, 80), (end - 24, 6, 66, 80)], plan, sheet, 55, 80)
    chord = sheet.chord_at(end - 1)
    assert chord is not None and closing[2] % 12 in chord.pitch_classes and closing[0] + closing[1] == end
    # Not a tone that its player does not have.
    low, high = closing[2] + 1, closing[2] + 13
    (_, other) = close_line([(end - 60, 12, low, 80), (end - 24, 6, low, 80)], plan, sheet, low, high)
    assert low <= other[2] <= high and other[2] % 12 in chord.pitch_classes


@pytest.mark.parametrize("style", ["pop", "rock", "house", "trance", "swing", "lullaby"])
def test_plans_tell_what_happens_and_why(style: str) -> None:
    plans = [plan_song(Brief(style=style, seed=seed)) for seed in range(4)]
    for plan in plans:
        events = [(section, event) for section in plan.sections for event in section.events]
        assert events and all(event.reason.endswith(".") for _, event in events)
        assert all(event.n_bars is None or event.n_bars <= section.n_bars for section, event in events)
        for section, event in events:
            if event.kind == "breakdown":
                assert "drums" not in (section.roles or ())
    kinds = {event.kind for plan in plans for section in plan.sections for event in section.events}
    wanted = {"house": "drop", "trance": "build", "rock": "stop", "swing": "stop", "pop": "break"}.get(style)
    assert wanted is None or wanted in kinds
    assert "opening line" in kinds or OPENS < 1


def first_beat_sec(plan: SongPlan) -> float:
    """When the beat is planned to come in: drums, in bands without them the bass, else anybody."""
    style = load_style(plan.style or "pop")
    beat = next((role for role in ("drums", "bass") if role in style.band), None)
    bars = 0
    for section in plan.sections:
        if beat is None or beat in (section.roles or ()):
            break
        bars += section.n_bars
    return bars * plan.meter.bar_ticks / TPQ * 60 / plan.tempo_qpm


def test_in_energetic_moods_the_beat_is_there_within_twenty_seconds() -> None:
    for style in ("lullaby", "folk", "piano ballad", "cinematic", "pop"):
        for mood in ("energetic", "epic", "happy"):
            assert first_beat_sec(plan_song(Brief(style=style, mood=mood, seed=1))) < 20, (style, mood)


@pytest.mark.slow
@pytest.mark.parametrize("style", all_styles(), ids=lambda style: style.name)
def test_in_every_style_energetic_moods_have_their_beat_within_twenty_seconds(style) -> None:  # type: ignore[no-untyped-def]
    for mood in DRIVING:
        for seed in range(2):
            assert first_beat_sec(plan_song(Brief(style=style.name, mood=mood, seed=seed))) < 20, mood


def test_events_take_no_more_than_their_section() -> None:
    plan = make_plan()
    opening = plan.sections[0].model_copy(update={"events": (PlannedEvent(kind="stop", n_bars=9),)})
    plan = plan.model_copy(update={"sections": (opening, *plan.sections[1:])})
    assert events_of(plan) == [Event("stop", 0, 4 * BAR)]


def test_the_line_answers_the_tune_where_the_plan_says_so_and_nowhere_else() -> None:
    seen = set()
    for seed in range(4):
        plan = plan_song(Brief(genre="pop", n_bars=32, seed=seed))
        sheet = compose(plan)
        line = line_of_sheet(plan, sheet)
        for slot in (slot for slot in slots_of(plan) if slot.phrase.sung):
            tune = tune_of(sheet, slot, harmony_of(sheet, slot)).notes
            rests = rests_of(tune, slot.phrase.n_bars, slot.meter) if tune else []
            is_told = any(event.kind == "answers" for event in slot.section.events)
            assert (slot.phrase.name in line) == (is_told and bool(rests)), (seed, slot.phrase.name)
            seen.add((is_told, bool(rests)))
    assert {(True, True), (False, True)} <= seen
