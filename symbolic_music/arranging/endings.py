"""An ending that ends: the band strikes the last chord together and holds it, or cuts it short."""

from __future__ import annotations

from collections.abc import Sequence

from symbolic_music.arranging.seams import CRASH, CRASH_FAMILIES, KICKS, nearest_octave
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.styles.style import Style
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.meter import TPQ

Row = tuple[int, int, int, int]
# Who struck nothing within this many bars of the end has left the stage before it.
LAST_BARS = 2


def last_chord_tick(sheet: LeadSheet) -> int:
    """Where the last chord is struck: at the last change in the last bar, else at its bar line."""
    bar_line = sheet.lines.bars[-1].start
    return max([bar_line, *(event.onset_tick for event in sheet.chords)])


def end_part(rows: Sequence[Row], part: str, style: Style, sheet: LeadSheet, low: int, high: int) -> list[Row]:
    """Let a part end with the song.

    Parameters
    ----------
    rows : sequence of (onset, duration, pitch, velocity)
        The whole part, in ticks.
    part : str
        One of ``PARTS``.
    low, high : int
        The instrument's range.

    Returns
    -------
    list of rows
        Nothing begins after the last chord; what is struck there are its tones (the bass: its bass),
        held to the last bar line, or for a beat where the style cuts its songs off.
    """
    last = last_chord_tick(sheet)
    before = [(row[0], min(row[1], last - row[0]), *row[2:]) for row in sorted(rows) if row[0] < last]
    recent = [row for row in rows if row[0] >= last - LAST_BARS * sheet.lines.bars[-1].meter.bar_ticks]
    if not recent:
        return before
    length = min(TPQ, sheet.end_tick - last) if style.ending == "cut" else sheet.end_tick - last
    if part == "drums":
        return before + _last_stroke(rows, last, style)
    velocity = max(row[3] for row in recent)
    pitches = _last_pitches(sorted(recent), last, part, sheet.chord_at(last), (low, high))
    return before + [(last, length, pitch, velocity) for pitch in pitches]


def _last_pitches(
    recent: Sequence[Row], last: int, part: str, chord: Chord | None, limits: tuple[int, int]
) -> list[int]:
    """What a part strikes last: what it wrote there, else its strike before that, as tones of the chord."""
    reached = [row[0] for row in recent if row[0] <= last]
    anchor = max(reached) if reached else recent[0][0]
    pitches = [row[2] for row in recent if row[0] == anchor]
    if chord is None:
        return sorted(set(pitches))
    if part == "bass":
        return [nearest_octave(chord.bass, min(pitches), *limits)]
    return sorted({_nearest_tone(pitch, chord, limits) for pitch in pitches})


def _nearest_tone(pitch: int, chord: Chord, limits: tuple[int, int]) -> int:
    """The chord's tone nearest to a pitch."""
    tones = [nearest_octave(tone, pitch, *limits) for tone in sorted(chord.pitch_classes)]
    return min(tones, key=lambda tone: (abs(tone - pitch), tone))


def _last_stroke(rows: Sequence[Row], last: int, style: Style) -> list[Row]:
    """Kick and cymbal on the last chord."""
    kit = {row[2] for row in rows}
    there = [row for row in rows if row[0] == last]
    strokes = {pitch: (last, TPQ, pitch, velocity) for _, _, pitch, velocity in there}
    kick = next((pitch for pitch in KICKS[::-1] if pitch in kit), None)
    if kick is not None and not set(KICKS) & set(strokes):
        strokes[kick] = (last, TPQ, kick, 96)
    if kick is not None and style.family in CRASH_FAMILIES:
        strokes[CRASH] = (last, TPQ, CRASH, 104)
    if not strokes and kit:
        usual = max(kit, key=lambda pitch: sum(row[2] == pitch for row in rows))
        strokes[usual] = (last, TPQ, usual, 90)
    return list(strokes.values())
