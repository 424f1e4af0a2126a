"""Sustained strings: two or three upper voices held through each chord in the intense sections."""

from __future__ import annotations

import numpy as np

from symbolic_music.arranging.bars import BandBar, ChordSpan
from symbolic_music.arranging.piano import PIANO_LOW, lead_voices
from symbolic_music.song.plan import SongPlan

# A pad thickens from this intensity on; below it the texture stays open.
PAD_INTENSITY = 0.6
VELOCITY = 62

Row = tuple[int, int, int, int]


def write_pad(
    plan: SongPlan,
    bars: list[BandBar],
    spans: list[ChordSpan],
    melody: np.ndarray,
    role: str = "pad",
    from_intensity: float = PAD_INTENSITY,
) -> list[Row]:
    """Write the pad of all sections that have the role and are intense enough."""
    rows: list[Row] = []
    for section in plan.sections:
        if role not in section.roles or section.intensity < from_intensity:
            continue
        mine = [bar for bar in bars if bar.section is section]
        start, end = mine[0].onset_tick, mine[-1].end_tick
        inside = [span for span in spans if span.onset_tick < end and span.end_tick > start]
        voicings = lead_voices(inside, melody, mine)
        rows.extend(_hold(inside, voicings, start, end))
    return rows


def _hold(spans: list[ChordSpan], voicings: dict[ChordSpan, tuple[int, ...]], start: int, end: int) -> list[Row]:
    """Hold the upper voices; a tone that the next chord shares sounds on through it."""
    rows: list[Row] = []
    sounding: dict[int, int] = {}
    for span in spans:
        onset = max(span.onset_tick, start)
        wanted = set(_open_position(voicings[span][-3:]))
        for pitch in [p for p in sounding if p not in wanted]:
            since = sounding.pop(pitch)
            rows.append((since, onset - since, pitch, VELOCITY))
        for pitch in wanted:
            sounding.setdefault(pitch, onset)
    rows.extend((since, end - since, pitch, VELOCITY) for pitch, since in sounding.items())
    return rows


def _open_position(voicing: tuple[int, ...]) -> tuple[int, ...]:
    """Put the middle voice an octave lower, where there is room: wider than the piano's close position."""
    if len(voicing) < 3 or voicing[1] - 12 < PIANO_LOW:
        return voicing
    return (voicing[1] - 12, voicing[0], voicing[2])
