"""Chords that follow each other as people's do are less surprising than others."""

from __future__ import annotations

import math
from statistics import mean

from symbolic_music.evaluation.successions import N_SYMBOLS, count_successions, surprises, symbols_of


def bits(*roots: str) -> float:
    """Mean surprise of a progression in C, written as "C Am F"."""
    places = {"C": 0, "Dm": 2, "Em": 4, "F": 5, "G": 7, "Am": 9, "F#": 6, "Eb": 3}
    names = symbols_of((places[name], "min" if name.endswith("m") else "maj") for name in roots)
    return mean(surprises(names))


def test_the_turnaround_is_usual_and_a_tritone_is_not() -> None:
    turnaround = bits(*("C", "Am", "F", "G") * 4)
    assert turnaround < 3
    assert turnaround < bits(*("C", "F#", "F", "Eb") * 4) - 2
    assert turnaround < bits(*("Em", "Dm", "Am", "Em") * 4)


def test_colours_and_restatements_are_no_successions() -> None:
    assert symbols_of([(0, "maj"), (0, "sus4"), (0, "maj7"), (9, "min7"), (9, "min")]) == ["0", "9m"]
    assert list(surprises(["0", "9m"])) == []
    assert count_successions([["0", "9m", "5", "7"], ["0", "9m", "5"]]) == {"0 9m 5": 2, "9m 5 7": 1}


def test_shares_after_any_two_chords_add_up() -> None:
    symbols = [f"{root}{third}" for root in range(12) for third in ("", "m")]
    for before in (["0", "9m"], ["6", "3m"]):
        shares = [2 ** -next(surprises([*before, symbol])) for symbol in symbols]
        assert len(shares) == N_SYMBOLS and math.isclose(sum(shares), 1, abs_tol=0.01)
