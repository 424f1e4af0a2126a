"""What a phrase is told about its place."""

from __future__ import annotations

import pytest

from symbolic_music.errors import ConstraintError
from symbolic_music.filling import FillOptions
from symbolic_music.filling.describe import conditions_for, limits_for
from symbolic_music.filling.fill import PhraseTask
from symbolic_music.filling.slots import Done, Piece, fill_part, fill_pieces
from symbolic_music.model.engine import Engine
from symbolic_music.song.spans import slots_of
from symbolic_music.tokens.codec import encode_conditions
from symbolic_music.tokens.phrase import PhraseMusic
from symbolic_music.tokens.vocabulary import CONDITION_ORDER
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
        assert len(encode_conditions(conditions)) == len(CONDITION_ORDER)
        assert conditions.part == part and conditions.meter == meter and conditions.n_bars == slot.phrase.n_bars


def test_chords_change_on_beats_that_divide_the_bar() -> None:
    ticks = {}
    for meter in ("4/4", "3/4", "6/8"):
        plan = make_plan(meter)
        ticks[meter] = limits_for(plan, plan.sections[0], "chords").chord_change_tick
    assert ticks == {"4/4": 24, "3/4": 12, "6/8": 18}


@pytest.mark.usefixtures("small_model")
def test_repeats_are_copies_and_progress_is_told() -> None:
    plan = make_plan()
    told: list[int] = []
    done = fill_part(plan, list(slots_of(plan)), "chords", {}, FillOptions(1), told.append)
    assert done["verse.2"] == done["again.1"] == done["verse.1"]
    assert told[-1] == 5 and told == sorted(told)


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
