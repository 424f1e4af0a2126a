"""Half-time and double-time: the same groove with its backbeat half or twice as often, over chords that do not move."""

from __future__ import annotations

from collections.abc import Sequence

from symbolic_music.theory.meter import Meter

Stroke = tuple[int, int, int]  # onset in the bar, drum, velocity

KICKS, BACKBEAT_DRUMS = (35, 36), (37, 38, 39, 40)
# What a stroke of the backbeat has at least; softer ones are ghosts.
LOUD = 56
# Grids that strokes lie on: sixteenths and triplets.
_GRIDS = (3, 4)


def in_time_feel(strokes: Sequence[Stroke], feel: str | None, meter: Meter, place: int) -> list[Stroke]:
    """Play a bar's strokes in half or double time.

    Parameters
    ----------
    strokes : sequence of (onset, drum, velocity)
        In ticks from the bar line.
    feel : str or None
        ``half-time``, ``double-time`` or neither.
    meter : Meter
    place : int
        The bar's number in its unit, from 0: where a bar has no third beat, half time takes two bars.

    Returns
    -------
    list of (onset, drum, velocity)

    Examples
    --------
    >>> beat = [(0, 36, 96), (12, 38, 110), (24, 36, 96), (36, 38, 110)]
    >>> in_time_feel(beat, "half-time", Meter(4, 4), 0)
    [(0, 36, 96), (24, 38, 110)]
    >>> [tick for tick, drum, _ in in_time_feel(beat, "double-time", Meter(4, 4), 0) if drum == 38]
    [6, 18, 30, 42]
    """
    if feel == "half-time":
        return _halved(strokes, meter, place)
    return _doubled(strokes, meter) if feel == "double-time" else list(strokes)


def _halved(strokes: Sequence[Stroke], meter: Meter, place: int) -> list[Stroke]:
    """One backbeat where two were, and the kick that stood there silent; hands and ghosts go on."""
    loud = [stroke for stroke in strokes if stroke[1] in BACKBEAT_DRUMS and stroke[2] >= LOUD]
    if not loud:
        return list(strokes)
    is_four = meter.n_beats == 4
    back = 2 * meter.beat_ticks if is_four else 0
    sounds = is_four or place % 2 == 1
    beats = {beat * meter.beat_ticks for beat in range(1, meter.n_beats)}
    # Where every beat has a kick, only the first keeps it; elsewhere those between the beats stay.
    kept = [
        stroke for stroke in strokes
        if stroke not in loud and not (stroke[1] in KICKS and (stroke[0] in beats or (sounds and stroke[0] == back)))
    ]  # fmt: skip
    drum, velocity = max(((one[1], one[2]) for one in loud), key=lambda pair: pair[1])
    return sorted([*kept, (back, drum, velocity)] if sounds else kept)


def _doubled(strokes: Sequence[Stroke], meter: Meter) -> list[Stroke]:
    """The bar twice in half its length; what falls between the strokes of a grid is left out."""
    half = meter.bar_ticks // 2
    if meter.bar_ticks % 2 or half % meter.beat_ticks:
        return list(strokes)
    once = [
        (tick // 2, drum, velocity) for tick, drum, velocity in strokes
        if tick % 2 == 0 and any((tick // 2) % grid == 0 for grid in _GRIDS)
    ]  # fmt: skip
    return sorted([*once, *((tick + half, drum, velocity) for tick, drum, velocity in once)])
