"""The chord instrument: voicings led by the nearest way, textures by genre and level."""

from __future__ import annotations

import numpy as np

from symbolic_music.arranging.accompaniment import PIANO_TEXTURES, find_patterns
from symbolic_music.arranging.bars import BandBar, ChordSpan, draw_loop, section_rng
from symbolic_music.arranging.patterns import Stroke, place_pattern
from symbolic_music.song.plan import SongPlan
from symbolic_music.theory.chord import QUALITIES, Chord

PIANO_LOW, PIANO_HIGH = 48, 76
# Below this top voice no close voicing of four tones has room, wherever the melody is.
LOWEST_CEILING = 64
# Where voicings gather under the lowest ceiling; they rise by a share of the room that a high melody leaves.
CENTRE, CENTRE_RISE = 57.0, 0.45
VELOCITY = 76
# Cost in semitones of all voices moving one way: enough to prefer contrary motion by a step or two.
PARALLEL_COST = 5.0

Row = tuple[int, int, int, int]
Voicing = tuple[int, ...]


def write_piano(
    plan: SongPlan, bars: list[BandBar], spans: list[ChordSpan], melody: np.ndarray, seed: int
) -> list[Row]:
    """Write the chord part of a song by rule."""
    rows: list[Row] = []
    for section in plan.sections:
        if "chords" not in section.roles:
            continue
        mine = [bar for bar in bars if bar.section is section]
        with_root = "bass" not in section.roles
        strokes = _place_section(plan, mine, spans, seed)
        voicings = lead_voices(_used_spans(strokes), melody, mine, with_root)
        for stroke in strokes:
            duration = stroke.end_tick - stroke.onset_tick
            pitches = _pick(stroke.token, voicings[stroke.span], melody_ceiling(melody, stroke.span, mine))
            rows.extend((stroke.onset_tick, duration, pitch, VELOCITY) for pitch in pitches)
    return rows


def lead_voices(
    spans: list[ChordSpan], melody: np.ndarray, bars: list[BandBar], with_root: bool = False
) -> dict[ChordSpan, Voicing]:
    """Choose a close voicing for each chord, moving the voices as little as possible under the melody.

    Each section starts afresh from the centre, so that one section can be
    written again without moving the next.
    """
    voicings: dict[ChordSpan, Voicing] = {}
    previous: Voicing | None = None
    for span in spans:
        ceiling = melody_ceiling(melody, span, bars)
        voicing = _nearest_voicing(span.chord, previous, ceiling)
        previous = voicing
        voicings[span] = _with_low_bass(voicing, span.chord) if with_root else voicing
    return voicings


def melody_ceiling(melody: np.ndarray, span: ChordSpan, bars: list[BandBar]) -> int:
    """The highest pitch an accompaniment may use under the melody of a chord (or else of its section)."""
    ends = melody["onset_tick"] + melody["duration_tick"]
    over = melody[(melody["onset_tick"] < span.end_tick) & (ends > span.onset_tick)]
    if not len(over):
        inside = (melody["onset_tick"] >= bars[0].onset_tick) & (melody["onset_tick"] < bars[-1].end_tick)
        over = melody[inside]
    if not len(over):
        return 72
    return int(np.clip(int(over["pitch"].min()) - 1, LOWEST_CEILING, PIANO_HIGH))


def chord_tones(chord: Chord, n_max: int = 4) -> list[int]:
    """A chord's tones to be voiced; of five, the root is left to the bass."""
    tones = [(chord.root + step) % 12 for step in QUALITIES[chord.quality][0]]
    return tones[1:] if len(tones) > n_max else tones


def _nearest_voicing(chord: Chord, previous: Voicing | None, ceiling: int) -> Voicing:
    """Of all close positions in range, the one whose voices move least."""
    tones = chord_tones(chord)
    centre = CENTRE + CENTRE_RISE * (ceiling - LOWEST_CEILING)

    def cost(voicing: Voicing) -> tuple[float, int]:
        drift = 0.15 * len(voicing) * abs(float(np.mean(voicing)) - centre)
        if previous is None:
            return drift, voicing[0]
        moves = sum(min(abs(p - q) for q in previous) for p in voicing)
        moves += sum(min(abs(p - q) for p in voicing) for q in previous)
        return moves + drift + 0.5 * abs(voicing[-1] - previous[-1]) + _parallel_cost(previous, voicing), voicing[0]

    options = [
        voicing
        for bottom in range(PIANO_LOW, ceiling + 1)
        if bottom % 12 in tones and (voicing := _stack(bottom, tones))[-1] <= ceiling
    ]
    return min(options, key=cost)


def _parallel_cost(previous: Voicing, voicing: Voicing) -> float:
    """Blocks that slide as a whole (parallel fifths, octaves) cost; a repeated chord does not."""
    steps = {p - q for p, q in zip(voicing, previous, strict=False)}
    same_way = all(step > 0 for step in steps) or all(step < 0 for step in steps)
    return PARALLEL_COST if same_way and len(voicing) == len(previous) else 0.0


def _stack(bottom: int, tones: list[int]) -> Voicing:
    """Close position from a bottom pitch upwards."""
    return tuple(sorted(bottom + (tone - bottom) % 12 for tone in tones))


def _with_low_bass(voicing: Voicing, chord: Chord) -> Voicing:
    """Add the chord's bass below a voicing where there is room: nobody else plays it."""
    low = PIANO_LOW + (chord.bass - PIANO_LOW) % 12
    return voicing if low >= voicing[0] else (low, *voicing)


def _place_section(plan: SongPlan, bars: list[BandBar], spans: list[ChordSpan], seed: int) -> list[Stroke]:
    """Lay the section's texture over its chords; the last bar is held chords."""
    patterns = find_patterns(PIANO_TEXTURES, plan.genre, plan.meter, bars[0].level)
    loop = draw_loop(section_rng(seed, bars[0].section.name, "chords"), len(patterns))
    strokes: list[Stroke] = []
    for bar in bars:
        inside = [span for span in spans if span.onset_tick < bar.end_tick and span.end_tick > bar.onset_tick]
        # A texture stays for the section; only its last bar may turn to another.
        pattern = patterns[loop[3] if bar.ends_section else loop[0]]
        if bar.is_final:
            pattern = "C".ljust(len(pattern), "-")
        change = "C" if any(token in pattern for token in "CT") else "1"
        strokes.extend(place_pattern(pattern, bar.onset_tick, inside, change, always=bar.is_final))
    return strokes


def _used_spans(strokes: list[Stroke]) -> list[ChordSpan]:
    """The chords that are struck, in order, each once."""
    return list(dict.fromkeys(stroke.span for stroke in strokes))


def _pick(token: str, voicing: Voicing, ceiling: int) -> Voicing:
    """The pitches that a token stands for; a triad's fourth voice is its lowest one an octave up, if it fits."""
    if token == "C":
        return voicing
    if token == "L":
        return voicing[:1]
    if token == "T":
        return voicing[1:]
    if int(token) <= len(voicing):
        return (voicing[int(token) - 1],)
    octave = voicing[0] + 12
    return (octave,) if octave <= ceiling else voicing[1:2] or voicing
