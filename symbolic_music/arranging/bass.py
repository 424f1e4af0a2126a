"""The bass line: roots on chord downbeats, patterns by genre, passing notes into the next chord."""

from __future__ import annotations

from itertools import pairwise

from symbolic_music.arranging.accompaniment import BASS_LINES, find_patterns
from symbolic_music.arranging.bars import BandBar, ChordSpan, draw_loop, section_rng
from symbolic_music.arranging.patterns import Stroke, place_pattern
from symbolic_music.song.plan import SongPlan
from symbolic_music.theory.chord import QUALITIES, Chord
from symbolic_music.theory.key import Key

BASS_LOW, BASS_HIGH = 28, 52
# Roots stay in the lower octave and a half, so that fifth and octave fit above.
ROOT_LOW, ROOT_HIGH = 28, 43
FIRST_ROOT = 36
VELOCITY = 84

Row = tuple[int, int, int, int]


def write_bass(plan: SongPlan, bars: list[BandBar], spans: list[ChordSpan], seed: int) -> list[Row]:
    """Write the bass notes of a song."""
    rows: list[Row] = []
    for section in plan.sections:
        if "bass" not in section.roles:
            continue
        mine = [bar for bar in bars if bar.section is section]
        strokes = _place_section(plan, mine, spans, seed)
        rows.extend(_pitch_strokes(strokes, spans, mine[0].key, plan))
    return rows


def _place_section(plan: SongPlan, bars: list[BandBar], spans: list[ChordSpan], seed: int) -> list[Stroke]:
    """Lay the section's loop of patterns over its chords; the last bar is held."""
    patterns = find_patterns(BASS_LINES, plan.genre, plan.meter, bars[0].level)
    loop = draw_loop(section_rng(seed, bars[0].section.name, "bass"), len(patterns))
    strokes: list[Stroke] = []
    for bar in bars:
        inside = [span for span in spans if span.onset_tick < bar.end_tick and span.end_tick > bar.onset_tick]
        pattern = patterns[loop[bar.index % 4]]
        if bar.is_final:
            pattern = "R".ljust(len(pattern), "-")
        strokes.extend(place_pattern(pattern, bar.onset_tick, inside, "R", always=True))
    return strokes


def _pitch_strokes(strokes: list[Stroke], spans: list[ChordSpan], key: Key, plan: SongPlan) -> list[Row]:
    """Choose a pitch for every stroke, near the one before."""
    following = dict(pairwise(spans))
    meter = plan.parsed_meter
    rows: list[Row] = []
    root = FIRST_ROOT
    for index, stroke in enumerate(strokes):
        root = _nearest(stroke.span.chord.bass, root, ROOT_LOW, ROOT_HIGH)
        after = following.get(stroke.span)
        last = index + 1 == len(strokes) or strokes[index + 1].onset_tick >= stroke.span.end_tick
        strong = stroke.onset_tick % meter.bar_ticks in meter.strong_ticks
        token = stroke.token
        if token == "a" and not (last and after and after.chord.bass != stroke.span.chord.bass and not strong):
            token = "3" if index and strokes[index - 1].token == "5" else "5"
        if token == "a" and after is not None:
            target = _nearest(after.chord.bass, root, ROOT_LOW, ROOT_HIGH)
            pitch = _approach(target, root, key)
        else:
            pitch = _degree(token, stroke.span.chord, root)
        rows.append((stroke.onset_tick, stroke.end_tick - stroke.onset_tick, pitch, VELOCITY))
    return rows


def _nearest(pitch_class: int, pitch: int, low: int, high: int) -> int:
    """The pitch of a class in a range that is nearest to another (the lower one of two)."""
    return min((p for p in range(low, high + 1) if p % 12 == pitch_class % 12), key=lambda p: (abs(p - pitch), p))


def _degree(token: str, chord: Chord, root: int) -> int:
    """The pitch of a chord step above (or, out of room, below) the root in use."""
    if chord.bass != chord.root and token != "O":
        # Over a slash bass the line keeps to that bass: its fifth may not be a chord tone.
        return root
    steps = QUALITIES[chord.quality][0]
    third = next((step for step in steps if step in (3, 4)), 0)
    fifth = next((step for step in steps if step in (6, 7, 8)), 7)
    sixth = 9 if 4 in steps and 6 not in steps and 8 not in steps else fifth
    step = {"R": 0, "O": 12, "3": third, "5": fifth, "6": sixth}[token]
    pitch = root + step
    return pitch if pitch <= BASS_HIGH else max(pitch - 12, BASS_LOW) if pitch - 12 >= BASS_LOW else root


def _approach(target: int, root: int, key: Key) -> int:
    """A passing note a step from the next root: from the side we come from, in the key if possible."""
    below, above = (target - 1, target - 2), (target + 2, target + 1)
    sides = (*below, *above) if root < target else (*above, *below)
    legal = [p for p in sides if BASS_LOW <= p <= BASS_HIGH and p != root]
    in_key = [p for p in legal if p % 12 in key.pitch_classes]
    return (in_key or legal)[0]
