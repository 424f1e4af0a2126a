"""A fill in the drums before every boundary: bars are drawn from the phrase model until one is a fill.

The model is asked for a fill (condition ``Fill=yes``) and obliges often, not always. Where the bar before
a boundary goes on with the groove, the phrase's last bars are drawn anew, several takes in one batch, and the
first last bar that is a fill by the measure of ``evaluation.band`` takes its place; all bars before it stay. Where
no take of the style is one (some styles have no fills), takes of no style are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from symbolic_music.evaluation.band import fill_strokes, is_fill
from symbolic_music.filling.fill import FillOptions, PhraseTask, fill_phrases
from symbolic_music.filling.jobs import Done
from symbolic_music.model.sampling import SamplingOptions
from symbolic_music.theory.meter import METER_OF
from symbolic_music.tokens.phrase import PhraseMusic

# The last bars of a phrase that are drawn anew, so that the fill comes out of the groove.
FILL_BARS = 4
N_TAKES = 8
# Freer than the groove: a fill is an idea.
TAKE_OPTIONS = FillOptions(n_candidates=1, sampling=SamplingOptions(temperature=0.9, top_p=0.95))


@dataclass(frozen=True)
class FillPlace:
    """A drum phrase before a boundary: the task of its last bars, and all drum phrases of its section."""

    phrase: str
    task: PhraseTask
    section: Sequence[PhraseMusic]


def with_fills(places: Sequence[FillPlace], beat: Done, seed: int) -> dict[tuple[str, str], PhraseMusic]:
    """Give every place a fill, as far as one of the takes has one.

    Parameters
    ----------
    beat : mapping of (part, phrase name) to PhraseMusic
        The drums of the whole song.

    Returns
    -------
    dict
        The same, with new last bars where they were not fills.
    """
    filled = dict(beat)
    for in_style in (True, False):
        lacking = [place for place in places if not ends_with_fill(filled["drums", place.phrase], place)]
        tasks = [_take(place, number, in_style) for place in lacking for number in range(N_TAKES)]
        takes = fill_phrases(tasks, seed, TAKE_OPTIONS)
        for index, place in enumerate(lacking):
            base = filled["drums", place.phrase]
            own = (with_last_bar(base, take) for take in takes[index * N_TAKES : (index + 1) * N_TAKES])
            filled["drums", place.phrase] = next((music for music in own if ends_with_fill(music, place)), base)
    return filled


def _take(place: FillPlace, number: int, in_style: bool) -> PhraseTask:
    """The task of one take; not every style has fills, so the style may be left open."""
    job, name = place.task.job, f"{place.phrase}/fill {number}{'' if in_style else ' in any style'}"
    conditions = job.conditions if in_style else replace(job.conditions, style="any")
    return replace(place.task, name=name, job=replace(job, conditions=conditions))


def ends_with_fill(music: PhraseMusic, place: FillPlace) -> bool:
    """Whether the last bar of a phrase is a fill beside the other bars of its section."""
    before = [_strokes(other, place) for other in place.section[:-1]]
    own = _strokes(music, place)
    return is_fill(own[-1], np.concatenate([*before, own[:-1]]))


def with_last_bar(base: PhraseMusic, other: PhraseMusic) -> PhraseMusic:
    """A phrase with the last bar of another."""
    start = (base.n_bars - 1) * base.bar_ticks
    shift = start - (other.n_bars - 1) * other.bar_ticks
    kept = tuple(note for note in base.notes if note[0] < start)
    new = tuple((onset + shift, *rest) for onset, *rest in other.notes if onset + shift >= start)
    return replace(base, notes=(*kept, *new))  # type: ignore[arg-type]


def _strokes(music: PhraseMusic, place: FillPlace) -> np.ndarray:
    """Where fills are played, by bar and drum."""
    notes = np.array(music.notes, dtype=np.int64).reshape(-1, 3)
    meter = METER_OF[place.task.job.conditions.meter]
    return fill_strokes(notes[:, 0], notes[:, 2], meter, music.n_bars)
