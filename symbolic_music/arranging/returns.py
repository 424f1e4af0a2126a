"""Returning sections vary a little: a bar in four is played as players play what they have played before.

An exact repeat of the plan repeats the band's notes. Here a later section of a kind gets other
details at the ends of its four bars: an open hat or one more kick, a bass note that leads to the
next root, a chord that comes early, two notes of an arpeggio that change places. Which bars, and
who, is drawn from the song's seed and the section's name, so that other sections stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from symbolic_music.arranging.seams import KICK, KICKS, is_in_triplets
from symbolic_music.song.chance import stage_rng
from symbolic_music.song.plan import PlannedSection, SongPlan
from symbolic_music.styles.style import Style
from symbolic_music.theory.meter import TPQ

Row = tuple[int, int, int, int]

# Bars end a group of four; a second bar in each group is varied at this chance.
GROUP_BARS = 4
SECOND_BAR_CHANCE = 0.5
CLOSED_HAT, OPEN_HAT, SOFTER = 42, 46, 10
BASS_STEP = 2


@dataclass(frozen=True)
class _Bar:
    """A bar to vary: its first tick, its end, where the last off-beat lies, and the scale."""

    start: int
    end: int
    offbeat: int
    scale: tuple[int, ...]


def vary_returns(
    rows: Sequence[Row],
    part: str,
    plan: SongPlan,
    style: Style,
    accept: Callable[[Sequence[Row]], bool] = lambda rows: True,
) -> list[Row]:
    """Vary a part's bars in sections of a kind that was heard before.

    Parameters
    ----------
    rows : sequence of (onset, duration, pitch, velocity)
        The whole part.
    accept : callable
        Asked about the part with each bar varied; where it says no, the bar stays as it is.

    Returns
    -------
    list of rows
        In order. Pads and countermelodies, and first times, stay as they are.
    """
    vary = _VARIATIONS.get(part)
    varied = sorted(rows)
    if vary is None:
        return varied
    for section, start in _returning(plan):
        rng = stage_rng(plan.chance_seed, section.name, f"vary {part}")
        for bar in _chosen_bars(section, start, plan, style, rng):
            other = sorted(vary(list(varied), bar, rng))
            varied = other if accept(other) else varied
    return varied


def _returning(plan: SongPlan) -> list[tuple[PlannedSection, int]]:
    """Sections whose kind was heard before, with their first ticks."""
    seen: set[str] = set()
    found = []
    for section, tick in zip(plan.sections, plan.section_ticks, strict=True):
        if section.kind in seen:
            found.append((section, tick))
        seen.add(section.kind)
    return found


def _chosen_bars(
    section: PlannedSection, start: int, plan: SongPlan, style: Style, rng: np.random.Generator
) -> list[_Bar]:
    """The last bar of every four and sometimes the second; not the section's last, which has its fill."""
    lines = plan.lines
    first_bar, bars = lines.bar_at(start), []
    for number in range(section.n_bars - 1):
        also = number % GROUP_BARS == 1 and rng.random() < SECOND_BAR_CHANCE
        is_short = section.n_bars <= GROUP_BARS and number == section.n_bars - 2
        if number % GROUP_BARS == GROUP_BARS - 1 or also or is_short:
            line = lines.bars[first_bar + number]
            beat = line.meter.beat_ticks
            offbeat = line.end - (beat // 3 if is_in_triplets(style, line.meter) else beat // 2)
            bars.append(_Bar(line.start, line.end, offbeat, section.key.pitch_classes))
    return bars


def _vary_drums(rows: list[Row], bar: _Bar, rng: np.random.Generator) -> list[Row]:
    """Open the last hat of the bar, or add a kick before the next bar line."""
    at = [index for index, row in enumerate(rows) if bar.start <= row[0] < bar.end]
    hats = [index for index in at if rows[index][2] == CLOSED_HAT and rows[index][0] >= bar.end - TPQ]
    if hats and rng.random() < 0.5:
        onset, _, _, velocity = rows[hats[-1]]
        rows[hats[-1]] = (onset, bar.end - onset, OPEN_HAT, velocity)
        return rows
    kick = next((rows[index][2] for index in at if rows[index][2] in KICKS), KICK)
    has_kick = any(rows[index][2] in KICKS for index in at)
    if has_kick and all(rows[index][:1] != (bar.offbeat,) or rows[index][2] != kick for index in at):
        rows.append((bar.offbeat, 3, kick, rows[at[-1]][3] - SOFTER))
    return rows


def _vary_bass(rows: list[Row], bar: _Bar, rng: np.random.Generator) -> list[Row]:
    """Lead to the next bar's first note by a step of the scale, where a long note leaves room for it."""
    following = next((row for row in rows if bar.end <= row[0] < bar.end + TPQ), None)
    index = max((i for i, row in enumerate(rows) if bar.start <= row[0] < bar.end), default=None)
    if following is None or index is None:
        return rows
    onset, length, pitch, velocity = rows[index]
    if onset >= bar.offbeat or (following[2] == pitch and length <= TPQ):
        return rows
    side = 1 if pitch > following[2] else -1
    steps = [following[2] + side * step for step in (1, BASS_STEP, 3)]
    leading = next((step for step in steps if step % 12 in bar.scale and step != pitch), steps[0])
    rows[index] = (onset, min(length, bar.offbeat - onset), pitch, velocity)
    rows.append((bar.offbeat, bar.end - bar.offbeat, leading, velocity - SOFTER))
    return rows


def _vary_chords(rows: list[Row], bar: _Bar, rng: np.random.Generator) -> list[Row]:
    """Strike the bar's last chord once more on its last off-beat, or leave that stroke out if it is there."""
    inside = [row for row in rows if bar.start <= row[0] < bar.end]
    late = [row for row in inside if row[0] == bar.offbeat]
    onsets = sorted({row[0] for row in inside})
    if late and len(onsets) > 2:
        return [row for row in rows if row not in late]
    if late or not onsets or onsets[-1] > bar.offbeat:
        return rows
    last = [row for row in inside if row[0] == onsets[-1]]
    kept = [row for row in rows if row not in last]
    cut = [(on, min(length, bar.offbeat - on), pitch, v) for on, length, pitch, v in last]
    return kept + cut + [(bar.offbeat, bar.end - bar.offbeat, pitch, v - SOFTER) for _, _, pitch, v in last]


def _vary_arpeggio(rows: list[Row], bar: _Bar, rng: np.random.Generator) -> list[Row]:
    """Let the bar's last two single notes change places."""
    counts: dict[int, int] = {}
    for row in rows:
        counts[row[0]] = counts.get(row[0], 0) + 1
    single = [i for i, row in enumerate(rows) if bar.start < row[0] < bar.end and counts[row[0]] == 1]
    if len(single) < 2 or rows[single[-1]][2] == rows[single[-2]][2]:
        return rows
    one, other = rows[single[-2]], rows[single[-1]]
    rows[single[-2]] = (*one[:2], other[2], one[3])
    rows[single[-1]] = (*other[:2], one[2], other[3])
    return rows


_VARIATIONS: dict[str, Callable[[list[Row], _Bar, np.random.Generator], list[Row]]] = {
    "drums": _vary_drums, "bass": _vary_bass, "piano": _vary_chords, "guitar": _vary_chords,
    "arpeggio": _vary_arpeggio,
}  # fmt: skip
