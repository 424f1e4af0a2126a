"""How tense a song is bar by bar: harmony, tones outside the chords, height, busyness, players.

The features are those that listeners' curves of tension follow (Farbood, "A parametric, temporal model of musical
tension", 2012): harmony, height of the tune, how often notes begin, and loudness, here how many play.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from symbolic_music.analysis.harmony import chord_tension, chords_sounding
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.score import TPQ, Score

# How much each feature says; they add up to one.
WEIGHTS = {"harmony": 0.35, "tones": 0.15, "height": 0.2, "busyness": 0.15, "players": 0.15}
_AT_REST = frozenset({"chord tone", "no chord"})


@dataclass(frozen=True)
class Tension:
    """One bar's tension, 0 to 1, and the features that it is the weighted mean of, each 0 to 1."""

    total: float
    harmony: float
    tones: float
    height: float
    busyness: float
    players: float


def tension_curve(sheet: LeadSheet, score: Score, classes: Sequence[str]) -> list[Tension]:
    """Measure the tension of every bar.

    Parameters
    ----------
    sheet : LeadSheet
        Tune and chords.
    score : Score
        The whole band; height is relative to the tune's range, busyness and players to the song's fullest bar.
    classes : sequence of str
        Of the tune's notes, from `classify_notes`.

    Returns
    -------
    list of Tension
        One a bar.
    """
    n_bars = sheet.n_bars
    features = {
        "harmony": np.array([_harmony(sheet, bar) for bar in range(n_bars)]),
        "tones": _tune(sheet, np.array([name not in _AT_REST for name in classes], float)),
        "height": _height(sheet),
        "busyness": _share(np.array([_onsets(sheet, score, bar) for bar in range(n_bars)], float)),
        "players": _share(np.array([_players(sheet, score, bar) for bar in range(n_bars)], float)),
    }
    total = sum((WEIGHTS[name] * row for name, row in features.items()), np.zeros(n_bars))
    return [
        Tension(round(float(total[bar]), 3), **{name: round(float(row[bar]), 3) for name, row in features.items()})
        for bar in range(n_bars)
    ]


def _harmony(sheet: LeadSheet, bar: int) -> float:
    """The tension of a bar's chords, by the time that each sounds."""
    low, high, key = sheet.lines.tick_of(bar), sheet.lines.tick_of(bar + 1), sheet.key_at(bar)
    inside = [(max(event.onset_tick, low), event.chord) for event in chords_sounding(sheet, low, high)]
    ends = [*(start for start, _ in inside[1:]), high]
    spans = [(end - start, chord_tension(chord, key)) for (start, chord), end in zip(inside, ends, strict=True)]
    return sum(length * value for length, value in spans) / max(1, sum(length for length, _ in spans))


def _tune(sheet: LeadSheet, values: np.ndarray) -> np.ndarray:
    """A value of the tune's notes as a mean a bar, 0 where it rests."""
    means = np.zeros(sheet.n_bars)
    bars = np.array([sheet.lines.bar_at(int(tick)) for tick in sheet.melody["onset_tick"]], int)
    for bar in set(bars.tolist()):
        means[bar] = values[bars == bar].mean()
    return means


def _height(sheet: LeadSheet) -> np.ndarray:
    """How high each bar of the tune lies in its range."""
    pitches = sheet.melody["pitch"].astype(float)
    if not len(pitches):
        return np.zeros(sheet.n_bars)
    return _tune(sheet, (pitches - pitches.min()) / max(1.0, float(np.ptp(pitches))))


def _inside(sheet: LeadSheet, score: Score, bar: int) -> list[int]:
    """How many notes each track begins in a bar."""
    scale = score.tpq / TPQ
    # Players come a little early or late: an onset counts for the bar that it is nearest to by a sixteenth.
    early = score.tpq / 8
    low, high = (sheet.lines.tick_of(number) * scale - early for number in (bar, bar + 1))
    return [int(((t.notes["onset_tick"] >= low) & (t.notes["onset_tick"] < high)).sum()) for t in score.tracks]


def _onsets(sheet: LeadSheet, score: Score, bar: int) -> float:
    """Notes a quarter that begin in a bar."""
    return sum(_inside(sheet, score, bar)) * TPQ / sheet.lines.bars[bar].meter.bar_ticks


def _players(sheet: LeadSheet, score: Score, bar: int) -> int:
    """How many play in a bar."""
    return sum(count > 0 for count in _inside(sheet, score, bar))


def _share(values: np.ndarray) -> np.ndarray:
    """As a share of the greatest."""
    return values / values.max() if len(values) and values.max() > 0 else values
