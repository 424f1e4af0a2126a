"""Held tones, fills and busier choruses: what the arranger sees to after the model."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolic_music.filling.drum_fills import FillPlace, ends_with_fill, with_last_bar
from symbolic_music.filling.fill import PhraseTask
from symbolic_music.filling.held_tones import fit_held
from symbolic_music.filling.lift import Rates
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.meter import parse_meter
from symbolic_music.tokens.phrase import Conditions, Note, PhraseJob, PhraseMusic

BAR = 48
METER = parse_meter("4/4")
HARMONY = PhraseMusic(2, BAR, ((0, 0, "maj", 0), (24, 5, "maj", 5), (BAR, 7, "7", 7)))
NOTES = st.lists(
    st.tuples(st.integers(0, 30).map(lambda n: n * 3), st.integers(1, 60), st.integers(40, 80)), max_size=8
)


def chord_at(tick: int) -> Chord:
    _, root, quality, bass = [row for row in HARMONY.chords if row[0] <= tick][-1]
    return Chord(root, quality, bass)


@settings(deadline=None)
@given(NOTES)
def test_nothing_foreign_is_held_into_a_strong_beat_or_a_chord(notes: list[Note]) -> None:
    inside = [(on, min(length, 2 * BAR - on), pitch) for on, length, pitch in notes if on < 2 * BAR]
    fitted = fit_held(inside, HARMONY, METER)
    for onset, length, pitch in fitted:
        for stop in (24, BAR, BAR + 24):
            assert not onset < stop < onset + length or pitch % 12 in chord_at(stop).pitch_classes
    # Nothing is lost: whatever began still begins, at the same pitch.
    assert {(on, pitch) for on, _, pitch in inside} <= {(on, pitch) for on, _, pitch in fitted}
    assert all(length > 0 and onset + length <= 2 * BAR for onset, length, _ in fitted)


def test_a_long_note_moves_to_the_nearest_chord_tone_and_a_short_rest_of_it_ends() -> None:
    assert fit_held([(0, BAR, 67)], HARMONY, METER) == ((0, 24, 67), (24, 24, 65))  # G of C goes to F of F
    assert fit_held([(0, 30, 67)], HARMONY, METER) == ((0, 24, 67),)
    assert fit_held([(0, BAR, 60)], HARMONY, METER) == ((0, BAR, 60),)  # C is in both chords


def groove(n_bars: int) -> tuple[Note, ...]:
    return tuple((bar * BAR + at, 3, drum) for bar in range(n_bars) for at, drum in ((0, 36), (12, 38), (36, 38)))


def test_a_last_bar_is_taken_over_and_is_a_fill_beside_the_section() -> None:
    base = PhraseMusic(4, BAR, notes=groove(4))
    fill = PhraseMusic(2, BAR, notes=(*groove(1), *((BAR + at, 3, 45) for at in range(24, 48, 3))))
    joined = with_last_bar(base, fill)
    assert joined.notes[: len(groove(3))] == groove(3) and joined.n_bars == 4
    assert [note[0] for note in joined.notes[len(groove(3)) :]] == list(range(3 * BAR + 24, 4 * BAR, 3))
    job = PhraseJob(Conditions("drums", "major", "4/4", 2), BAR)
    place = FillPlace("verse.b", PhraseTask("verse.b", job), [base, base])
    assert ends_with_fill(joined, place) and not ends_with_fill(base, place)


def test_the_thin_parts_of_a_chorus_are_asked_to_grow() -> None:
    rates = Rates(
        {"piano": 9.5, "guitar": 6.0, "drums": 16.0}, {"piano": 5.0, "guitar": 8.0, "drums": 12.0, "pad": 3.0}
    )
    assert not rates.is_lifted and rates.thin_parts() == ["piano"]
    assert int(rates.wanted_density("piano", 0)) < int(rates.wanted_density("piano", 1)) <= 5
    full = Rates({"piano": 5.0}, {"piano": 9.0, "pad": 3.0})
    assert full.is_lifted and full.thin_parts() == ["piano"]
    assert np.isclose(sum(full.chorus.values()), 12.0)
