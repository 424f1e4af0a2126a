"""Bars of an exemplar over other chords."""

from __future__ import annotations

from symbolic_music.theory.chord import Chord
from symbolic_music.tokens.figures import distinct_bars, play_figure
from symbolic_music.tokens.phrase import PhraseMusic

C, A_MINOR, G7, C_OVER_E = (0, 0, "maj", 0), (0, 9, "min", 9), (0, 7, "7", 7), (0, 0, "maj", 4)
WALK = PhraseMusic(1, 48, (C,), ((0, 12, 36), (12, 12, 40), (24, 12, 43), (36, 12, 40)))
BLOCK = PhraseMusic(1, 48, (C,), ((0, 24, 60), (0, 24, 64), (0, 24, 67), (24, 24, 64), (24, 24, 67)))


def test_thirds_stay_thirds_over_a_minor_chord() -> None:
    assert [pitch for _, _, pitch in play_figure(WALK, 0, [A_MINOR], "bass")] == [33, 36, 40, 36]


def test_every_note_of_a_chord_stays_in_the_chord_and_keeps_its_rhythm() -> None:
    for chord in (A_MINOR, G7, (0, 2, "dim", 2), (0, 5, "sus4", 5), (0, 10, "5", 10)):
        notes = play_figure(BLOCK, 0, [chord], "piano")
        assert {note[2] % 12 for note in notes} <= Chord(*chord[1:]).pitch_classes
        assert {note[:2] for note in notes} == {(0, 24), (24, 24)}


def test_two_chords_in_a_bar_do_not_break_the_figure() -> None:
    notes = play_figure(BLOCK, 0, [C, (24, 5, "maj", 5)], "piano")
    assert [note[2] for note in notes if note[0] == 0] == [60, 64, 67]
    assert {note[2] % 12 for note in notes if note[0] == 24} == {9, 0}


def test_the_bass_plays_the_bass_of_a_slash_chord() -> None:
    assert play_figure(WALK, 0, [C_OVER_E], "bass")[0][2] % 12 == 4


def test_figures_stay_in_the_register_of_their_part() -> None:
    low = PhraseMusic(1, 48, (C,), ((0, 48, 28),))
    for root in range(12):
        assert 26 <= play_figure(low, 0, [(0, root, "maj", root)], "bass")[0][2] <= 58


def test_drums_are_played_as_they_are() -> None:
    beat = PhraseMusic(1, 48, (), ((0, 3, 36), (24, 3, 38)))
    assert play_figure(beat, 0, [G7], "drums") == beat.notes


def test_bars_that_another_bar_says_over_other_chords_are_left_out() -> None:
    lower = ((48, 12, 33), (60, 12, 36), (72, 12, 40), (84, 12, 36))
    two = PhraseMusic(2, 48, (C, (48, 9, "min", 9)), (*WALK.notes, *lower))
    assert distinct_bars(two, "bass", 4).n_bars == 1
    other = PhraseMusic(2, 48, (C,), (*WALK.notes, (48, 48, 36)))
    assert distinct_bars(other, "bass", 4).n_bars == 2 and distinct_bars(other, "bass", 1).n_bars == 1
