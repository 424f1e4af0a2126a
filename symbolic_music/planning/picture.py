"""Music to picture: tempo, beats and sections chosen so that what happens falls on beats.

Between two cues lies a whole number of beats, and the tempo there is what makes them fit: a little faster or slower
than the piece's own. The piece's tempo is searched so that these changes are small; where even the best would be heard
(two cues nearer to each other than a beat), the weaker cue is let go, and said.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from symbolic_music.errors import BriefError
from symbolic_music.song.cues import Cue, CueList
from symbolic_music.theory.meter import TPQ, Meter

# A hit is on its beat within this; a tempo may bend so far from the piece's own before that is heard as a fault.
NEAR_SEC = 0.040
MOST_BEND = 0.12
# What follows the last cue if the list has no end.
_TAIL_BARS = 2
_LEAST_SECTION_BARS = 2
_STRONG = 0.5
# Weights of the search: bending, strong cues off the bar line, distance from the tempo wished for.
_BEND_COST, _LINE_COST, _WISH_COST = 40.0, 0.15, 0.4
_STEP_QPM = 0.5


@dataclass(frozen=True)
class Hit:
    """A cue and the beat that it falls on, counted from 0; ``at_sec`` is when that beat is heard."""

    cue: Cue
    beat: int
    at_sec: float

    @property
    def error_sec(self) -> float:
        """How far the beat is from the cue."""
        return self.at_sec - self.cue.at_sec


@dataclass(frozen=True)
class Stretch:
    """Beats at one tempo: ``qpm`` quarters a minute from ``beat`` on."""

    beat: int
    qpm: float


@dataclass(frozen=True)
class PictureTiming:
    """The whole: the piece's own tempo, its length in beats, tempo changes, hits, and cues that could not be hit."""

    tempo_qpm: float
    n_beats: int
    stretches: tuple[Stretch, ...]
    hits: tuple[Hit, ...]
    missed: tuple[Cue, ...]


def fit_to_picture(cues: CueList, meter: Meter, tempo_qpm: tuple[float, float]) -> PictureTiming:
    """Choose tempo and beats for cues.

    Parameters
    ----------
    cues : CueList
        In order.
    meter : Meter
        Whose felt beats count.
    tempo_qpm : tuple of float
        Least and greatest tempo that the style is played at, in quarters a minute.

    Returns
    -------
    PictureTiming
        Every hit within `NEAR_SEC` of its cue.

    Raises
    ------
    BriefError
        If there is not room for a bar.
    """
    points = [cue for cue in cues.cues if cue.at_sec > NEAR_SEC]
    opening = tuple(Hit(cue, 0, 0.0) for cue in cues.cues if cue.at_sec <= NEAR_SEC)
    quarters = meter.beat_ticks / TPQ
    if cues.cues[-1].at_sec * tempo_qpm[1] / 60 < meter.n_beats * quarters:
        raise BriefError("the cues leave no room for a bar", "the last cue must be later, or the end")
    low, high = tempo_qpm
    steps = max(1, int((high - low) / _STEP_QPM))
    wish = (low + high) / 2
    best: tuple[float, PictureTiming] | None = None
    for step in range(steps + 1):
        qpm = low + (high - low) * step / steps
        timing, cost = _try(points, opening, meter, qpm / quarters)
        cost += _WISH_COST * abs(math.log(qpm / wish))
        if best is None or cost < best[0]:
            best = cost, timing
    assert best is not None
    return best[1]


def sections_for(timing: PictureTiming, meter: Meter) -> list[tuple[int, float, str]]:
    """Choose sections that begin where something happens: length in bars, intensity, what happens.

    A section begins at the bar line at or before its cue, at least two bars after the one before.
    """
    n_bars = timing.n_beats // meter.n_beats
    starts: list[tuple[int, float, str]] = [(0, 0.35, "")]
    for hit in timing.hits:
        bar = hit.beat // meter.n_beats
        if hit.cue.is_end or bar >= n_bars:
            continue
        level = round(0.2 + 0.75 * hit.cue.strength, 3)
        if bar == 0:
            starts[0] = (0, level, hit.cue.what)
        elif bar - starts[-1][0] >= _LEAST_SECTION_BARS and n_bars - bar >= 1:
            starts.append((bar, level, hit.cue.what))
        elif level > starts[-1][1] and len(starts) > 1:
            starts[-1] = (starts[-1][0], level, hit.cue.what)
    ends = [start for start, _, _ in starts[1:]] + [n_bars]
    return [(end - start, level, what) for (start, level, what), end in zip(starts, ends, strict=True)]


def _try(
    cues: Sequence[Cue], opening: tuple[Hit, ...], meter: Meter, beats_a_minute: float
) -> tuple[PictureTiming, float]:
    """Lay the cues out at one tempo of felt beats; what cannot be hit is let go, the weakest first."""
    kept, missed = list(cues), list[Cue]()
    while True:
        laid = _lay(kept, meter, beats_a_minute)
        worst = max(range(len(laid)), key=lambda n: abs(laid[n][1])) if laid else 0
        if not laid or abs(laid[worst][1]) <= math.log(1 + MOST_BEND):
            break
        # Of the two cues that the stretch lies between, the weaker goes; never the end.
        pair = [n for n in (worst - 1, worst) if 0 <= n < len(kept) and not kept[n].is_end]
        if not pair:
            break
        missed.append(kept.pop(min(pair, key=lambda n: kept[n].strength)))
    return _timing(kept, laid, opening, missed, meter, beats_a_minute), _cost(kept, laid, missed, meter)


def _lay(cues: Sequence[Cue], meter: Meter, beats_a_minute: float) -> list[tuple[int, float]]:
    """Give each cue its beat, and how far the tempo bends (as a logarithm) on the way to it."""
    laid: list[tuple[int, float]] = []
    beat, now = 0, 0.0
    for cue in cues:
        seconds = cue.at_sec - now
        exact = seconds * beats_a_minute / 60
        count = max(1, round(exact))
        if cue.is_end:  # the music ends with a whole bar
            bars = max(1, round((beat + exact) / meter.n_beats))
            count = max(1, bars * meter.n_beats - beat)
        bend = math.log(count / exact) if exact > 0 else math.inf
        beat, now = beat + count, cue.at_sec
        laid.append((beat, bend))
    return laid


def _cost(cues: Sequence[Cue], laid: Sequence[tuple[int, float]], missed: Sequence[Cue], meter: Meter) -> float:
    """Say how bad a layout is: bends, strong cues off the bar line, cues that are missed."""
    bends = sum(_BEND_COST * bend**2 for _, bend in laid) / max(1, len(laid))
    lines = sum(_LINE_COST * cue.strength for cue, (beat, _) in zip(cues, laid, strict=True)
                if cue.strength >= _STRONG and beat % meter.n_beats)  # fmt: skip
    return bends + lines / max(1, len(laid)) + sum(1 + 4 * cue.strength for cue in missed)


def _timing(
    cues: Sequence[Cue], laid: Sequence[tuple[int, float]], opening: tuple[Hit, ...], missed: Sequence[Cue],
    meter: Meter, beats_a_minute: float,
) -> PictureTiming:  # fmt: skip
    """Write a layout down."""
    quarters = meter.beat_ticks / TPQ
    stretches, hits, beat, now = list[Stretch](), list(opening), 0, 0.0
    for cue, (at_beat, _) in zip(cues, laid, strict=True):
        stretches.append(Stretch(beat, (at_beat - beat) * quarters * 60 / (cue.at_sec - now)))
        hits.append(Hit(cue, at_beat, cue.at_sec))
        beat, now = at_beat, cue.at_sec
    own = beats_a_minute * quarters
    n_beats = beat
    if not cues or not cues[-1].is_end:
        stretches.append(Stretch(beat, own))
        n_beats = (math.ceil(beat / meter.n_beats) + _TAIL_BARS) * meter.n_beats
    return PictureTiming(
        round(own, 2), n_beats, tuple(stretches), tuple(hits), tuple(sorted(missed, key=lambda cue: cue.at_sec))
    )
