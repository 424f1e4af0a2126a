"""From a plan to a lead sheet, with untrained weights."""

from __future__ import annotations

from dataclasses import replace

import pytest

from symbolic_music.filling import ComposeOptions, FillOptions, compose
from symbolic_music.filling.compose import closed, is_of_mode
from symbolic_music.filling.given_chords import GivenHarmony
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.notes import rows_of
from symbolic_music.song.plan import PlannedPhrase, SongPlan
from symbolic_music.song.spans import slots_of
from symbolic_music.theory.chord import Chord, parse_chord
from symbolic_music.theory.meter import METERS
from symbolic_music.tokens.phrase import ChordRow, PhraseMusic
from tests.builders import make_plan

pytestmark = pytest.mark.usefixtures("small_model")
IN_C = ("C major", "C major", "C major")
ONE = FillOptions(n_candidates=1)


def composed(plan: SongPlan) -> LeadSheet:
    """Compose with one candidate a phrase."""
    return compose(plan, ComposeOptions(ONE))


def notes_in(sheet: LeadSheet, start_bar: int, n_bars: int, shift: int = 0) -> list[tuple[int, int, int]]:
    """Notes that begin in some bars, relative to the first, moved by semitones."""
    start = start_bar * sheet.meter.bar_ticks
    end = start + n_bars * sheet.meter.bar_ticks
    return [(on - start, length, pitch + shift) for on, length, pitch, _ in rows_of(sheet.melody) if start <= on < end]


def body_of(sheet: LeadSheet, start_bar: int, n_bars: int, shift: int = 0) -> list[tuple[int, int, int]]:
    """Notes of a phrase without its last half bar, where the next one's upbeat may begin."""
    end = n_bars * sheet.meter.bar_ticks - sheet.meter.bar_ticks // 2
    notes = notes_in(sheet, start_bar, n_bars, shift)
    return [(on, min(length, end - on), pitch) for on, length, pitch in notes if on < end]


def chords_in(sheet: LeadSheet, start_bar: int, n_bars: int, shift: int = 0) -> list[Chord | None]:
    """The chord at every tick of some bars, moved by semitones."""
    start = start_bar * sheet.meter.bar_ticks
    sounding = [sheet.chord_at(start + tick) for tick in range(n_bars * sheet.meter.bar_ticks)]
    return [chord.transpose(shift) if chord else None for chord in sounding]


@pytest.mark.parametrize("meter", METERS)
def test_repeats_are_exact_copies_in_every_meter(meter: str) -> None:
    sheet = composed(make_plan(meter))
    assert str(sheet.meter) == meter and sheet.n_bars == 18
    assert body_of(sheet, 2, 4)
    assert body_of(sheet, 2, 4) == body_of(sheet, 6, 4) == body_of(sheet, 10, 4)
    assert chords_in(sheet, 2, 4) == chords_in(sheet, 6, 4) == chords_in(sheet, 10, 4)
    assert body_of(sheet, 2, 4) != body_of(sheet, 14, 4)


def test_a_repeat_in_another_key_is_transposed() -> None:
    sheet = composed(make_plan(keys=("C major", "C major", "Eb major")))
    assert body_of(sheet, 10, 4) == body_of(sheet, 2, 4, 3)
    assert chords_in(sheet, 10, 4) == chords_in(sheet, 2, 4, 3)
    assert str(sheet.key_at(9)) == "C major" and str(sheet.key_at(10)) == "Eb major"


def test_phrases_that_are_not_sung_are_silent() -> None:
    sheet = composed(make_plan())
    assert not body_of(sheet, 0, 2)
    assert sheet.chords[0].onset_tick == 0


@pytest.mark.parametrize("meter", ["4/4", "3/4", "6/8"])
def test_given_chords_stand_one_a_bar(meter: str) -> None:
    sheet = composed(make_plan(meter, ("C major", "A minor", "D major"), chords="C G/B Am F"))
    symbols = ["C", "G/B", "Am", "F"]
    bar = sheet.meter.bar_ticks
    section_starts = {0: 2, 2: 8, 10: 8}
    expected = [symbols[at % 4] for n_bars in section_starts.values() for at in range(n_bars)]
    heard = [sheet.chord_at(number * bar) for number in range(sheet.n_bars)]
    assert [chord.symbol() for chord in heard if chord] == expected
    assert all(event.onset_tick % bar == 0 for event in sheet.chords)


@pytest.mark.parametrize("meter", METERS)
@pytest.mark.parametrize("key", ["C major", "F# minor"])
@pytest.mark.parametrize("cadence", ["authentic", "plagal"])
def test_a_song_that_closes_ends_on_its_tonic(meter: str, key: str, cadence: str) -> None:
    plan = make_plan(meter, keys=(key, key, key))
    last = plan.sections[-1]
    phrases = (*last.phrases[:-1], last.phrases[-1].model_copy(update={"cadence": cadence}))
    plan = plan.model_copy(update={"sections": (*plan.sections[:-1], last.model_copy(update={"phrases": phrases}))})
    chord = composed(plan).chords[-1].chord
    assert chord.root == chord.bass == parse_chord(key.split()[0]).root


def test_the_seed_decides() -> None:
    first, again, other = composed(make_plan()), composed(make_plan()), composed(make_plan(seed=4))
    assert rows_of(first.melody) == rows_of(again.melody) and first.chords == again.chords
    assert first.sections == again.sections
    assert rows_of(first.melody) != rows_of(other.melody)


@pytest.mark.parametrize(("tonic", "shift"), [("D", 2), ("F", 5), ("F#", -6), ("B", -1)])
def test_a_plan_in_another_key_gives_the_same_song_transposed(tonic: str, shift: int) -> None:
    plain = composed(make_plan())
    moved = composed(make_plan(keys=(f"{tonic} major",) * 3))
    assert notes_in(moved, 0, 18) == notes_in(plain, 0, 18, shift)
    assert chords_in(moved, 0, 18) == chords_in(plain, 0, 18, shift)


def test_sections_are_those_of_the_plan() -> None:
    plan = make_plan()
    spans = composed(plan).sections
    assert [(span.name, span.start_bar, span.n_bars) for span in spans] == [
        ("intro", 0, 2), ("verse", 2, 8), ("again", 10, 8)
    ]  # fmt: skip


def test_progress_is_told_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    compose(make_plan(), ComposeOptions(ONE, lambda done, total: told.append((done, total))))
    assert told == sorted(told) and told[-1] == (10, 10)


@pytest.mark.parametrize(
    ("quality", "mode", "rests"),
    [("maj", "major", True), ("maj7", "major", True), ("7", "major", False), ("min", "major", False),
     ("aug", "major", False), ("min", "minor", True), ("min7", "minor", True), ("dim", "minor", False),
     ("sus4", "major", False)],
)  # fmt: skip
def test_songs_rest_on_chords_of_the_mode_without_a_tritone(quality: str, mode: str, rests: bool) -> None:
    assert is_of_mode(quality, mode) == rests


def _ended(chords: tuple[ChordRow, ...], mode: str = "major", n_bars: int = 4) -> list[tuple[int, str]]:
    """Roots and kinds of the last two chords when a song ends with these, one or two a bar of 4/4."""
    plan = make_plan(keys=(f"{'C' if mode == 'major' else 'A'} {mode}",) * 3)
    phrase = PlannedPhrase(name="last", letter="A", n_bars=n_bars, cadence="authentic")
    last = replace(list(slots_of(plan))[-1], phrase=phrase)
    music = PhraseMusic(n_bars, 48, chords)
    return [(row[1], row[2]) for row in closed(last, {"last": music}, GivenHarmony())["last"].chords[-2:]]


def test_a_song_does_not_end_on_a_seventh_that_leads_on_or_in_the_other_mode() -> None:
    plain, fifth = (0, 0, "maj", 0), (96, 7, "7", 7)
    assert _ended((plain, fifth, (144, 0, "7", 0))) == [(7, "7"), (0, "maj")]
    assert _ended((plain, fifth, (144, 0, "aug", 0))) == [(7, "7"), (0, "maj")]
    minor = (0, 9, "min7", 9)
    assert _ended((minor, (96, 4, "7", 4), (144, 9, "7", 9)), "minor") == [(4, "7"), (9, "min7")]
    assert _ended((minor, (96, 4, "7", 4), (144, 9, "maj", 9)), "minor") == [(4, "7"), (9, "min7")]


def test_a_blues_ends_on_its_seventh_and_a_power_chord_stays() -> None:
    blues = tuple((48 * bar, root, "7", root) for bar, root in enumerate((0, 5, 0, 0)))
    assert _ended(blues)[-1] == (0, "7")
    assert _ended(((0, 9, "min", 9), (96, 4, "5", 4), (144, 9, "5", 9)), "minor")[-1] == (9, "5")


def test_an_outro_that_repeats_a_half_cadence_still_comes_from_the_dominant() -> None:
    half = (
        (0, 2, "min", 2),
        (48, 9, "min", 9),
        (96, 4, "min", 4),
        (120, 9, "maj", 9),
        (144, 2, "maj", 2),
        (168, 7, "maj", 7),
    )
    assert _ended(half) == [(7, "maj"), (0, "maj")]
    assert _ended(((0, 0, "maj", 0), (96, 5, "maj", 5), (144, 7, "maj", 7))) == [(5, "maj"), (0, "maj")]
