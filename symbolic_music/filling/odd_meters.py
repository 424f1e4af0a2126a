"""Figures for meters that a style has none in: those of its usual meter, cut and joined to the length of the bar.

A drummer who is asked for 5/4 plays three beats of the usual bar and its last two; 9/8 is a bar of 6/8 and its second
half again; 7/8 is 4/4 without its last eighth.
"""

from __future__ import annotations

from functools import lru_cache

from symbolic_music.styles.figures import Bar, FigureMusic
from symbolic_music.theory.meter import TPQ, Meter

HALF = TPQ // 2
# Which stretches [start, end) of a bar of which meter make a bar, in ticks; the first meter that a style has counts.
PIECES: dict[str, tuple[tuple[str, tuple[tuple[int, int], ...]], ...]] = {
    "5/4": (("4/4", ((0, 3 * TPQ), (2 * TPQ, 4 * TPQ))), ("3/4", ((0, 3 * TPQ), (TPQ, 3 * TPQ)))),
    "7/8": (("4/4", ((0, 7 * HALF),)), ("6/8", ((0, 4 * HALF), (3 * HALF, 6 * HALF)))),
    "9/8": (("6/8", ((0, 6 * HALF), (3 * HALF, 6 * HALF))), ("12/8", ((0, 9 * HALF),))),
    "12/8": (("6/8", ((0, 6 * HALF), (0, 6 * HALF))),),
    "6/8": (("12/8", ((0, 3 * HALF), (9 * HALF, 12 * HALF))),),
    "3/4": (("4/4", ((0, 2 * TPQ), (3 * TPQ, 4 * TPQ))),),
    "2/4": (("4/4", ((0, 2 * TPQ),)),),
    "4/4": (("2/4", ((0, 2 * TPQ), (0, 2 * TPQ))),),
}  # fmt: skip


def bases_of(meter: str) -> tuple[str, ...]:
    """The meters whose figures can be fitted to a meter, the nearest first.

    Examples
    --------
    >>> bases_of("5/4")
    ('4/4', '3/4')
    """
    return tuple(base for base, _ in PIECES.get(meter, ()))


@lru_cache(maxsize=4096)
def fit_figure(music: FigureMusic, meter: Meter) -> FigureMusic:
    """Fit a figure to another meter.

    Parameters
    ----------
    music : FigureMusic
        In one of ``bases_of`` the meter.
    meter : Meter
        The one that is wanted.

    Returns
    -------
    FigureMusic
        As many bars, each of the meter's length; what leads into the next bar is kept at the bar's end alone.
    """
    pieces = dict(PIECES[str(meter)])[str(music.meter)]
    bars = [*music.bars, *([music.turnaround] if music.turnaround is not None else [])]
    fitted: list[Bar] = []
    marks: dict[str, set[tuple[int, int]]] = {"approach": set(), "ahead": set()}
    for number, bar in enumerate(bars):
        notes, begin = [], 0
        for place, (start, end) in enumerate(pieces):
            is_last = place == len(pieces) - 1 and end == music.meter.bar_ticks
            for note in bar:
                here = (number, note.onset_tick)
                leads = here in music.approach or here in music.ahead
                if not start <= note.onset_tick < end or (leads and not is_last):
                    continue
                onset = begin + note.onset_tick - start
                length = note.duration_tick if is_last else min(note.duration_tick, end - note.onset_tick)
                notes.append(note._replace(onset_tick=onset, duration_tick=length))
                for name, own in marks.items():
                    if here in getattr(music, name):
                        own.add((number, onset))
            begin += end - start
        fitted.append(tuple(sorted(notes)))
    n_bars = len(music.bars)
    turnaround = fitted[n_bars] if music.turnaround is not None else None
    return FigureMusic(
        music.part, meter, tuple(fitted[:n_bars]), turnaround, frozenset(marks["approach"]), frozenset(marks["ahead"])
    )
