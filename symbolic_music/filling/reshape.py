"""A tune reshaped by rules: simpler, busier, smoother, with more leaps, syncopated, straighter, catchier.

Its notes are counted and compared afterwards, so that what was asked is what came: a simpler tune has fewer notes and
no larger leaps. Ticks are the engine's, of the song.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.theory.meter import TPQ

Row = tuple[int, int, int, int]

# An eighth, the step of anticipations and of notes that are put in.
_EIGHTH = TPQ // 2
# A simpler bar keeps this share of its notes.
_KEPT = 0.6
# An interval of more semitones is a leap.
LEAP = 5
# How far a note may be moved to make a leap smaller, or larger, in semitones.
_NEAR, _FAR = 4, 7
# Bars that a hook is taken from, where the stretch is long enough.
_HOOK_BARS = 2


@dataclass(frozen=True, eq=False)
class Stretch:
    """Where a tune is reshaped: ticks ``[start, end)`` of a lead sheet, and the notes beside them, which stay."""

    sheet: LeadSheet
    start: int
    end: int
    before: Row | None = None
    after: Row | None = None

    def strength(self, tick: int) -> float:
        """How strong a place of its bar is: 3 the bar line, 2 a strong beat, 1 a beat, 0.5 between two, 0."""
        bar = self.sheet.lines.at(tick)
        at, meter = tick - bar.start, bar.meter
        if at == 0:
            return 3
        if at in meter.strong_ticks:
            return 2
        if at % meter.beat_ticks == 0:
            return 1
        return 0.5 if at % _EIGHTH == 0 else 0

    def tones(self, tick: int) -> frozenset[int]:
        """The pitch classes of the chord that sounds, none where nobody says."""
        chord = self.sheet.chord_at(tick)
        return frozenset() if chord is None else chord.pitch_classes

    def scale(self, tick: int) -> frozenset[int]:
        """The pitch classes of the key, with those of the chord."""
        key = self.sheet.key_at(self.sheet.lines.bar_at(tick))
        return frozenset(key.pitch_classes) | self.tones(tick)


def reshape(rows: Sequence[Row], stretch: Stretch, shape: str) -> list[Row]:
    """Reshape a tune.

    Parameters
    ----------
    rows : sequence of Row
        The notes of the stretch, in order.
    shape : str
        A key of ``SHAPES``.

    Returns
    -------
    list of Row
        The same notes where there is nothing to do.
    """
    return SHAPES[shape](list(rows), stretch)


def mean_leap(rows: Sequence[Row]) -> float:
    """The mean interval between notes that follow each other, in semitones."""
    steps = [abs(b[2] - a[2]) for a, b in pairwise(rows)]
    return sum(steps) / len(steps) if steps else 0.0


# --- notes less and more --------------------------------------------------------------------------------------------


def _simpler(rows: list[Row], stretch: Stretch) -> list[Row]:
    """Leave out what only leads on, and make leaps smaller."""
    bars: dict[int, list[int]] = {}
    for index, row in enumerate(rows):
        bars.setdefault(stretch.sheet.lines.bar_at(row[0]), []).append(index)
    gone: set[int] = set()
    for own in bars.values():
        most = len(own) - ceil(_KEPT * len(own))
        ranked = sorted(own, key=lambda index: (_weight(rows, index, stretch), index))
        gone |= set(ranked[:most])
    kept: list[Row] = []
    for index, row in enumerate(rows):
        if index not in gone:
            kept.append(row)
        elif kept and _ends(kept[-1]) >= row[0] - _EIGHTH // 2:
            # The note before lasts through the one that is left out.
            last = kept[-1]
            kept[-1] = (last[0], _ends(row) - last[0], last[2], last[3])
    return _smoother(kept, stretch)


def _weight(rows: Sequence[Row], index: int, stretch: Stretch) -> float:
    """How much a note matters: where it stands, how long it is, whether a breath is beside it."""
    onset, length, pitch, _ = rows[index]
    begins = index == 0 or onset - _ends(rows[index - 1]) >= _EIGHTH
    closes = index + 1 == len(rows) or rows[index + 1][0] - _ends(rows[index]) >= _EIGHTH
    belongs = pitch % 12 in stretch.tones(onset)
    return stretch.strength(onset) + length / TPQ + 1.5 * begins + 2.0 * closes + 0.5 * belongs


def _busier(rows: list[Row], stretch: Stretch) -> list[Row]:
    """Put notes into long ones that lead to the next: passing ones, neighbours."""
    made: list[Row] = []
    for index, row in enumerate(rows):
        onset, length, pitch, velocity = row
        following = rows[index + 1] if index + 1 < len(rows) else stretch.after
        leads_on = following is not None and following[0] - _ends(row) < _EIGHTH
        if length < 2 * _EIGHTH or not leads_on or following is None:
            made.append(row)
            continue
        n_new = 2 if length >= 4 * _EIGHTH else 1
        first = length - n_new * _EIGHTH
        made.append((onset, first, pitch, velocity))
        places = [onset + first + number * _EIGHTH for number in range(n_new)]
        between = _way(pitch, following[2], n_new, stretch.scale(onset))
        made += [(tick, _EIGHTH, tone, velocity) for tick, tone in zip(places, between, strict=True)]
    return made


def _way(pitch: int, goal: int, n_new: int, scale: frozenset[int]) -> list[int]:
    """So many tones of a scale that lead from a pitch to another."""
    up = 1 if goal >= pitch else -1
    steps = [tone for tone in range(min(pitch, goal) + 1, max(pitch, goal)) if tone % 12 in scale][::up]
    if len(steps) >= n_new:
        return [steps[(place + 1) * len(steps) // (n_new + 1)] for place in range(n_new)]
    if n_new == 1:
        # To a note beside it, or the same again: the neighbour on the other side of where it goes.
        return [_beside(pitch, -up if goal != pitch else 1, scale)]
    return [_beside(pitch, -up if goal != pitch else 1, scale), pitch] if not steps else [pitch, steps[0]]


def _beside(pitch: int, side: int, scale: frozenset[int]) -> int:
    """The next tone of a scale above or below."""
    return next(pitch + side * by for by in range(1, 13) if (pitch + side * by) % 12 in scale)


# --- leaps ----------------------------------------------------------------------------------------------------------


def _smoother(rows: list[Row], stretch: Stretch) -> list[Row]:
    """Make leaps smaller: notes move by an octave or to a tone near them; the rhythm stays."""
    return _moved(rows, stretch, _small_price, _near)


def _leapier(rows: list[Row], stretch: Stretch) -> list[Row]:
    """Make steps larger: notes on beats move to other tones of their chords; the rhythm stays."""
    made = _moved(rows, stretch, _large_price, _far)
    return made if mean_leap(made) > mean_leap(rows) else list(rows)


def _small_price(step: int) -> float:
    """What an interval costs where leaps are to be small."""
    return 0.0 if step <= LEAP - 1 else 0.4 if step == LEAP else float(step - LEAP + 1)


def _large_price(step: int) -> float:
    """What an interval costs where leaps are wanted: a fourth to a sixth costs nothing."""
    return 2.0 if step < LEAP else 0.0 if step <= 9 else float(step - 9)


def _near(row: Row, stretch: Stretch) -> dict[int, float]:
    """What a note may become, each with its price: itself, an octave away, a tone near it."""
    onset, length, pitch, _ = row
    rests = stretch.strength(onset) >= 1 or length >= TPQ
    allowed = (stretch.tones(onset) if rests else None) or stretch.scale(onset)
    near = {pitch + by: 0.6 + 0.25 * abs(by) for by in range(-_NEAR, _NEAR + 1) if (pitch + by) % 12 in allowed}
    return {**near, pitch - 12: 1.5, pitch + 12: 1.5, pitch: 0.0}


def _far(row: Row, stretch: Stretch) -> dict[int, float]:
    """What a note may become where leaps are wanted: other tones of its chord, on a strong beat or held."""
    onset, length, pitch, _ = row
    if stretch.strength(onset) < 2 and length < 2 * TPQ:
        return {pitch: 0.0}
    tones = stretch.tones(onset)
    others = {pitch + by: 0.3 + 0.1 * abs(by) for by in range(-_FAR, _FAR + 1) if (pitch + by) % 12 in tones}
    return {**others, pitch: 0.0}


def _moved(
    rows: list[Row], stretch: Stretch, price: Callable[[int], float],
    choices: Callable[[Row, Stretch], dict[int, float]],
) -> list[Row]:  # fmt: skip
    """Choose for every note the pitch with which all intervals together cost least; the range stays."""
    if not rows:
        return rows
    low, high = min(row[2] for row in rows), max(row[2] for row in rows)
    # Of the notes so far, by the last one's pitch: what they cost, and which pitches they have.
    paths: dict[int, tuple[float, list[int]]] = {}
    for index, row in enumerate(rows):
        own = {pitch: cost for pitch, cost in choices(row, stretch).items() if low <= pitch <= high}
        grown: dict[int, tuple[float, list[int]]] = {}
        for pitch, cost in own.items():
            if not index:
                lead = price(abs(pitch - stretch.before[2])) if stretch.before else 0.0
                grown[pitch] = (cost + lead, [pitch])
                continue
            repeats = 0.0 if rows[index - 1][2] == row[2] else 0.3
            best, last = min(
                (spent + price(abs(pitch - old)) + (repeats if pitch == old else 0.0), old)
                for old, (spent, _) in paths.items()
            )
            grown[pitch] = (best + cost, [*paths[last][1], pitch])
        paths = grown
    after = stretch.after
    total = {pitch: (cost + (price(abs(after[2] - pitch)) if after else 0.0)) for pitch, (cost, _) in paths.items()}
    chosen = paths[min(total, key=lambda pitch: (total[pitch], pitch))][1]
    return [(on, n, pitch, v) for (on, n, _, v), pitch in zip(rows, chosen, strict=True)]


# --- against the beat -----------------------------------------------------------------------------------------------


def _syncopated(rows: list[Row], stretch: Stretch) -> list[Row]:
    """Let notes on a beat come an eighth early, where there is room before them; every second one of those."""
    made = list(rows)
    may = True
    for index, (onset, length, pitch, velocity) in enumerate(rows):
        if stretch.strength(onset) < 1 or onset - _EIGHTH < stretch.start:
            continue
        before = made[index - 1] if index else None
        if before is not None and before[0] > onset - 2 * _EIGHTH:
            continue
        if may:
            made[index] = (onset - _EIGHTH, length + _EIGHTH, pitch, velocity)
            if before is not None and _ends(before) > onset - _EIGHTH:
                made[index - 1] = (before[0], onset - _EIGHTH - before[0], before[2], before[3])
        may = not may
    return made


def _straighter(rows: list[Row], stretch: Stretch) -> list[Row]:
    """Let notes that come before a beat and are held over it wait for it."""
    made = list(rows)
    for index, (onset, length, pitch, velocity) in enumerate(rows):
        beat = onset + _EIGHTH
        is_early = stretch.strength(onset) < 1 and stretch.strength(beat) >= 1 and length > _EIGHTH
        if not is_early or beat >= stretch.end:
            continue
        if index and _ends(made[index - 1]) == onset:
            last = made[index - 1]
            made[index - 1] = (last[0], last[1] + _EIGHTH, last[2], last[3])
        made[index] = (beat, length - _EIGHTH, pitch, velocity)
    return made


# --- a hook that returns --------------------------------------------------------------------------------------------


def _catchier(rows: list[Row], stretch: Stretch) -> list[Row]:
    """Let the first bars return, over other chords: of four units the third is the first, or the second where the
    tune comes to rest in the third.
    """
    lines = stretch.sheet.lines
    first, last = lines.bar_at(stretch.start), lines.bar_at(stretch.end - 1) + 1
    made, at = list(rows), first
    while last - at >= 4:
        unit = _HOOK_BARS if last - at >= 4 * _HOOK_BARS else 1
        ticks = [lines.tick_of(at + unit * number) for number in range(5)]
        third, fourth = (sum(ticks[n] <= row[0] < ticks[n + 1] for row in rows) for n in (2, 3))
        place = 2 if 2 * fourth >= third else 1
        made = _returned(made, stretch, ticks[:2], ticks[place : place + 2])
        at += 4 * unit
    return made


def _returned(rows: list[Row], stretch: Stretch, hook: Sequence[int], place: Sequence[int]) -> list[Row]:
    """Put the notes of the ticks of a hook into another place of its length."""
    start, end = place[0], min(place[1], stretch.end)
    by = start - hook[0]
    own = [row for row in rows if hook[0] <= row[0] < hook[1]]
    if not own or hook[1] - hook[0] != place[1] - place[0]:
        return rows
    before = [(on, min(n, start - on), p, v) for on, n, p, v in rows if on < start]
    after = [row for row in rows if row[0] >= end]
    again = [
        (on + by, min(n, end - on - by), _fitted(p, on + by, n, stretch), v) for on, n, p, v in own if on + by < end
    ]
    return [*before, *again, *after]


def _fitted(pitch: int, tick: int, length: int, stretch: Stretch) -> int:
    """A pitch as it is, or, where it would rub against its chord on a beat, the chord's tone nearest to it."""
    tones = stretch.tones(tick)
    if not tones or pitch % 12 in tones or (stretch.strength(tick) < 1 and length < TPQ):
        return pitch
    return min((tone for tone in range(pitch - 6, pitch + 7) if tone % 12 in tones), key=lambda t: (abs(t - pitch), t))


def _ends(row: Row) -> int:
    """Where a note ends."""
    return row[0] + row[1]


SHAPES: dict[str, Callable[[list[Row], Stretch], list[Row]]] = {
    "simpler": _simpler, "busier": _busier, "smoother": _smoother, "leapier": _leapier, "syncopated": _syncopated,
    "straighter": _straighter, "catchier": _catchier,
}  # fmt: skip
