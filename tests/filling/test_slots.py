"""What a phrase is told about its place."""

from __future__ import annotations

import pytest

from symbolic_music.errors import ConstraintError
from symbolic_music.filling import FillOptions
from symbolic_music.filling.describe import PITCH_RANGE, band_conditions_for, conditions_for, limits_for
from symbolic_music.filling.fill import PhraseTask
from symbolic_music.filling.jobs import Done, Piece
from symbolic_music.filling.slots import fill_lead_sheet, fill_pieces
from symbolic_music.model.engine import Engine
from symbolic_music.song.plan import CADENCES, PlannedPhrase, PlannedSection, SongPlan
from symbolic_music.song.spans import slots_of
from symbolic_music.tokens.codec import encode_conditions
from symbolic_music.tokens.phrase import Conditions, PhraseMusic
from symbolic_music.tokens.vocabulary import CONDITION_ORDER, CONDITION_VALUES
from tests.builders import make_job, make_plan, scale_phrase


def test_slots_follow_one_another() -> None:
    slots = list(slots_of(make_plan()))
    assert [(slot.phrase.name, slot.start_bar, slot.before) for slot in slots] == [
        ("intro.1", 0, None), ("verse.1", 2, None), ("verse.2", 6, "verse.1"),
        ("again.1", 10, None), ("again.2", 14, "again.1"),
    ]  # fmt: skip


@pytest.mark.parametrize("meter", ["4/4", "3/4", "2/4", "6/8", "12/8"])
@pytest.mark.parametrize("part", ["chords", "melody", "piano"])
def test_conditions_of_every_slot_are_in_the_vocabulary(meter: str, part: str) -> None:
    plan = make_plan(meter)
    for slot in slots_of(plan):
        conditions = conditions_for(plan, slot.section, slot.phrase, slot.start_bar, part)
        said = [word for word in vars(conditions).values() if word != "any"]
        assert len(encode_conditions(conditions)) == len(said) <= len(CONDITION_ORDER)
        assert conditions.part == part and conditions.meter == meter and conditions.n_bars == slot.phrase.n_bars


def test_chords_change_on_beats_that_divide_the_bar() -> None:
    ticks = {}
    for meter in ("4/4", "3/4", "6/8"):
        plan = make_plan(meter)
        ticks[meter] = limits_for(plan, next(iter(slots_of(plan))), "chords").chord_change_tick
    assert ticks == {"4/4": 24, "3/4": 12, "6/8": 18}


@pytest.mark.usefixtures("small_model")
def test_repeats_are_copies_and_progress_is_told() -> None:
    plan = make_plan()
    told: list[int] = []
    slots = list(slots_of(plan))
    chords, tune = fill_lead_sheet(plan, slots, {}, lambda last, all_: all_, FillOptions(1), told.append)
    for done in (chords, tune):
        assert done["verse.2"] == done["again.1"] == done["verse.1"]
    assert told[-1] == len(chords) + len(tune) and told == sorted(told)


def styled_plan(style: str, mood: str = "neutral", seed: int = 3) -> SongPlan:
    return make_plan(seed=seed).model_copy(update={"style": style, "mood": mood, "tempo_qpm": 80.0})


def asked(plan: SongPlan, part: str) -> list[Conditions]:
    return [conditions_for(plan, slot.section, slot.phrase, slot.start_bar, part) for slot in slots_of(plan)]


def test_a_plans_cadences_are_asked_of_the_chords_by_their_last_two_roots() -> None:
    plan = make_plan()
    for cadence in CADENCES:
        phrase = PlannedPhrase(name="x", letter="A", n_bars=4, cadence=cadence)
        word = conditions_for(plan, plan.sections[1], phrase, 0, "chords").cadence
        assert word in CONDITION_VALUES["Cadence"]
        assert conditions_for(plan, plan.sections[1], phrase, 0, "melody").cadence == "any"
        expected = {"authentic": "V-I", "plagal": "IV-I", "half": "other-V", "deceptive": "V-vi", "open": "open"}
        assert word == expected[cadence]


def test_style_and_mood_are_asked_of_tune_and_chords() -> None:
    reggae, ballad = asked(styled_plan("reggae"), "melody"), asked(styled_plan("piano ballad", "sad"), "melody")
    for one, other in zip(reggae, ballad, strict=True):
        assert one.syncopation > other.syncopation and other.length in ("long", "sung") != one.length
    power, rich = asked(styled_plan("metal"), "chords"), asked(styled_plan("bossa nova"), "chords")
    assert {phrase.colour for phrase in power} == {"power"} and {phrase.colour for phrase in rich} == {"extended"}


def test_equal_letters_are_asked_alike_and_the_top_can_be_sung() -> None:
    for seed in range(8):
        _, first, second, again, _ = asked(styled_plan("hard rock", "epic", seed), "melody")
        assert first.density == second.density == again.density and first.top == again.top
        assert int(first.top) <= PITCH_RANGE["melody"][1]


def test_intensity_is_the_plans_number() -> None:
    assert [conditions.intensity for conditions in asked(make_plan(), "chords")] == ["2", "4", "4", "4", "4"]
    assert band_conditions_for(make_plan(), *_place(make_plan()), "bass").intensity == "2"


def _place(plan: SongPlan) -> tuple[PlannedSection, PlannedPhrase, int]:
    slot = next(slots_of(plan))
    return slot.section, slot.phrase, slot.start_bar


def test_swung_tunes_are_written_straight_for_the_players_to_swing() -> None:
    assert {conditions.swing for conditions in asked(styled_plan("swing"), "melody")} == {"straight"}


def test_a_phrase_begins_when_what_it_waits_for_is_done(small_network: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symbolic_music.filling.fill.load_phrase_model", lambda *folder: small_network)
    slots = list(slots_of(make_plan()))
    pieces = [Piece("chords", slot) for slot in slots]
    short, long, last = "intro.1", "verse.1", "verse.2"
    begun: list[tuple[str, set[str]]] = []

    def next_of(piece: Piece, done: Done) -> PhraseTask | PhraseMusic | None:
        name = piece.slot.phrase.name
        if name == last and ("chords", short) not in done:
            return None
        begun.append((name, {phrase for _, phrase in done}))
        job = make_job("chords", n_bars={short: 1, long: 16}.get(name, 1))
        return PhraseTask(name, job) if name in (short, long, last) else scale_phrase()

    filled = fill_pieces(pieces, next_of, 0, FillOptions(1))
    assert {name for _, name in filled} == {slot.phrase.name for slot in slots}
    before_last = dict(begun)[last]
    assert short in before_last and long not in before_last


def test_pieces_that_wait_for_nothing_that_comes_are_named() -> None:
    pieces = [Piece("chords", slot) for slot in slots_of(make_plan())]
    with pytest.raises(ConstraintError, match=r"'intro\.1' waits for one that is never filled"):
        fill_pieces(pieces, lambda piece, done: None, 0, FillOptions(1))
