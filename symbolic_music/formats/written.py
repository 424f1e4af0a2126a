"""From a performed score to what a player reads: the grid, and the voices of a staff.

Onsets move to sixteenths or eighth triplets, beat by beat whichever fits; what is
played a little short is written full; notes that sound together become chords, in
at most two voices a staff, the later note cutting the earlier where there would be
three. No note is lost but the doubled one: same pitch, same onset.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from symbolic_music.formats.midi import clean_notes
from symbolic_music.formats.notation import cut_span
from symbolic_music.song.bars import Bar, bars_of
from symbolic_music.song.lyrics import Syllable, settle
from symbolic_music.song.notes import make_notes
from symbolic_music.song.resampling import move_events
from symbolic_music.song.score import TPQ, Score, Track, singer

_STRAIGHT, _TRIPLET = np.array([0, 3, 6, 9, 12]), np.array([0, 4, 8, 12])
# A beat is written in triplets only if that fits each onset better by this many ticks.
_TRIPLET_MARGIN = 0.4
# The shortest rest inside a tune: an eighth; it is a breath if it takes no more than this part of the way.
_EIGHTH_TICKS = TPQ // 2
REST_TICKS, BREATH_PART = _EIGHTH_TICKS, 4
# What the pedal lets ring is written as held from a half note on.
HELD_TICKS = 2 * TPQ
STRAIGHT = 0.5
# A first triplet is played so near to its place.
_TRIPLET_REACH = 0.6
# Gaps up to a sixteenth are articulation, not rests.
_ARTICULATION_TICKS = 3


@dataclass
class Chord:
    """Notes that start and end together in one voice."""

    start: int
    end: int
    pitches: tuple[int, ...]
    velocity: int


class Staff(NamedTuple):
    """The chords of a staff by voice."""

    voices: tuple[tuple[Chord, ...], ...]


def write_down(score: Score, swing: float = STRAIGHT) -> Score:
    """Bring a score to the engine's grid of 12 ticks a quarter.

    Parameters
    ----------
    score : Score
        Any ``tpq``, performed or not.
    swing : float
        Where the second of two eighths was played, as a share of the quarter: swung eighths are written straight.
        Quarters with a first triplet stay triplets.

    Returns
    -------
    Score
        ``tpq`` 12; onsets on sixteenths or eighth triplets, controls left out,
        tempo, keys, markers and chord symbols on the nearest tick.
    """
    factor = TPQ / score.tpq
    meters = move_events(score.meters, factor)
    bars = bars_of(meters, max(1, round(score.end_tick * factor)))
    end, quarters = bars[-1].end, _Quarters(bars)
    tracks = tuple(_write_track(track, factor, quarters, swing) for track in score.tracks)
    written = replace(score, tracks=tracks)
    return replace(
        written, tpq=TPQ, end_tick=end, meters=meters, lyrics=_write_lyrics(written, factor),
        tempos=move_events(score.tempos, factor), keys=move_events(score.keys, factor),
        markers=move_events(score.markers, factor), chord_symbols=move_events(score.chord_symbols, factor),
    )  # fmt: skip


def _write_lyrics(written: Score, factor: float) -> tuple[Syllable, ...]:
    """Put the syllables under the singer's notes, which are on the grid already."""
    track = singer(written)
    if track is None:
        return ()
    return settle(move_events(written.lyrics, factor), track.notes["onset_tick"], _ARTICULATION_TICKS)


class _Quarters:
    """Counts ticks so that every bar begins on a quarter, also after one that ends inside of one (7/8)."""

    def __init__(self, bars: Sequence[Bar]) -> None:
        self.end = bars[-1].end
        self._starts = np.array([bar.start for bar in bars])
        self._full = np.array([bar.meter.bar_ticks // TPQ * TPQ for bar in bars])
        rooms = [-(-bar.meter.bar_ticks // TPQ) * TPQ for bar in bars]
        self._shifts = np.cumsum([0, *rooms[:-1]]) - self._starts

    def _bar(self, ticks: np.ndarray) -> np.ndarray:
        found: np.ndarray = np.maximum(np.searchsorted(self._starts, ticks, "right") - 1, 0)
        return found

    def count(self, ticks: np.ndarray) -> np.ndarray:
        """Ticks, shape (n,), counted so."""
        counted: np.ndarray = ticks + self._shifts[self._bar(ticks)]
        return counted

    def snap(self, ticks: np.ndarray, is_triplet: np.ndarray) -> np.ndarray:
        """Move ticks to the grid of the quarter that they lie in."""
        shifts = self._shifts[self._bar(ticks)]
        snapped: np.ndarray = _snap(ticks + shifts, is_triplet) - shifts
        return snapped

    def unswung(self, ticks: np.ndarray, swing: float, triplets: np.ndarray) -> np.ndarray:
        """Move swung eighths back, but in quarters of triplets, and in half a quarter at the end of a bar."""
        bar = self._bar(ticks)
        counted = ticks + self._shifts[bar]
        straight = _unswung(counted, swing, triplets) - self._shifts[bar]
        moved: np.ndarray = np.where(ticks - self._starts[bar] < self._full[bar], straight, ticks)
        return moved


def _write_track(track: Track, factor: float, quarters: _Quarters, swing: float) -> Track:
    """Snap one track's notes."""
    notes, end = track.notes, quarters.end
    onsets = notes["onset_tick"] * factor
    ends = onsets + notes["duration_tick"] * factor
    if swing > STRAIGHT:
        counted = quarters.count(onsets)
        triplets = np.unique(counted[np.abs(counted % TPQ - TPQ / 3) < _TRIPLET_REACH] // TPQ)
        onsets, ends = (quarters.unswung(ticks, swing, triplets) for ticks in (onsets, ends))
    is_triplet = _triplet_beats(quarters.count(onsets))
    starts = quarters.snap(onsets, is_triplet)
    # Who comes late to the last place of all still plays there.
    is_last = (starts >= end) & (onsets < end)
    last = np.where(is_triplet.take(quarters.count(np.array([end - 1])) // TPQ, mode="clip"), 4, 3)
    starts = np.where(is_last, end - last, starts)
    shortest = np.where(is_triplet.take(quarters.count(starts) // TPQ, mode="clip"), 2, 3)
    stops = np.maximum(quarters.snap(ends, is_triplet), starts + shortest)
    rows = zip(starts.tolist(), (stops - starts).tolist(), notes["pitch"].tolist(), notes["velocity"].tolist(),
               strict=True)  # fmt: skip
    snapped = make_notes(row for row in rows if row[0] < end)
    return replace(track, notes=clean_notes(snapped, end), controls=())


def _unswung(ticks: np.ndarray, swing: float, triplets: np.ndarray) -> np.ndarray:
    """Move swung eighths back to the half of their quarter, but not in the quarters that hold real triplets."""
    quarters, late = ticks // TPQ, swing * TPQ
    inside = ticks - quarters * TPQ
    half = TPQ / 2
    straight = np.where(inside <= late, inside * half / late, half + (inside - late) * half / (TPQ - late))
    moved: np.ndarray = np.where(np.isin(quarters, triplets), ticks, quarters * TPQ + straight)
    return moved


def _triplet_beats(onsets: np.ndarray) -> np.ndarray:
    """Tell for every quarter whether its onsets, shape (n_notes,), lie nearer to triplets."""
    n_beats = int(onsets.max() // TPQ) + 2 if len(onsets) else 1
    beats = (onsets // TPQ).astype(int)
    gain = _distance(onsets, _STRAIGHT) - _distance(onsets, _TRIPLET) - _TRIPLET_MARGIN
    # On the beat both fit: such an onset has no say.
    gain = np.where(_distance(onsets, np.array([0, TPQ])) < 1.5, 0.0, gain)
    totals: np.ndarray = np.bincount(beats, weights=gain, minlength=n_beats) > 0
    return totals


def _distance(ticks: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Distance of each tick to the nearest place of a quarter's grid."""
    nearest: np.ndarray = np.abs((ticks % TPQ)[:, None] - grid[None, :]).min(axis=1)
    return nearest


def _snap(ticks: np.ndarray, is_triplet: np.ndarray) -> np.ndarray:
    """Move ticks, shape (n,), to the grid of the quarter that they lie in."""
    beats = (ticks // TPQ).astype(int)
    rest = (ticks - beats * TPQ)[:, None]
    straight = _STRAIGHT[np.abs(rest - _STRAIGHT).argmin(axis=1)]
    triplet = _TRIPLET[np.abs(rest - _TRIPLET).argmin(axis=1)]
    snapped: np.ndarray = beats * TPQ + np.where(is_triplet.take(beats, mode="clip"), triplet, straight)
    return snapped


def written_ends(spans: Sequence[tuple[int, int]], end_tick: int) -> list[int]:
    """Say where the notes of a tune end on paper: nobody writes a rest shorter than an eighth between sung notes.

    A note is written to the next one where less than an eighth is between them, or an eighth that is no more than a
    quarter of the way. What is followed by a longer rest ends on an eighth, what begins on a triplet on a quarter.

    Parameters
    ----------
    spans : sequence of (onset, end)
        Sung notes in order, one voice, in engine ticks.
    end_tick : int
        The last bar line.

    Examples
    --------
    >>> written_ends([(0, 3), (6, 9), (12, 21), (36, 44)], 48)
    [6, 12, 24, 48]
    """
    ends = []
    following = [*(onset for onset, _ in spans), end_tick][1:]
    for (onset, end), limit in zip(spans, following, strict=False):
        is_triplet = onset % 3 != 0
        written = end + -end % (TPQ if is_triplet else REST_TICKS)
        is_breath = limit - end <= REST_TICKS and (limit - end) * BREATH_PART <= limit - onset
        ends.append(limit if limit - written < REST_TICKS or is_breath else written)
    return ends


def under_pedal(notes: np.ndarray) -> np.ndarray:
    """Write a piano's staff as pianists read it: what the pedal holds ends with the next note, a half or longer stays.

    Parameters
    ----------
    notes : NOTE_DTYPE array
        One staff's notes on the grid, in order of onset.
    """
    onsets = np.unique(notes["onset_tick"])
    following = np.append(onsets, np.iinfo(np.int32).max)[np.searchsorted(onsets, notes["onset_tick"]) + 1]
    room = following - notes["onset_tick"]
    is_ringing = (notes["duration_tick"] > room) & (notes["duration_tick"] < HELD_TICKS)
    written = notes.copy()
    written["duration_tick"] = np.where(is_ringing, room, notes["duration_tick"])
    return written


def voices_of(notes: np.ndarray) -> Staff:
    """Write one staff's notes, on the grid, as chords in at most two voices."""
    onsets = sorted(set(notes["onset_tick"].tolist()))
    following = dict(pairwise(onsets))
    voices: tuple[list[Chord], list[Chord]] = ([], [])
    for onset in onsets:
        rows = notes[notes["onset_tick"] == onset]
        groups = [_chord(group, following.get(onset)) for group in _by_length(rows)]
        # The higher of two chords goes to the upper voice.
        for chord in sorted(groups, key=lambda group: -max(group.pitches)):
            _free_voice(voices, chord).append(chord)
    return Staff(tuple(tuple(voice) for voice in voices if voice))


def _by_length(rows: np.ndarray) -> list[np.ndarray]:
    """Split the notes of one onset in two where some are more than twice as long as others."""
    long = rows["duration_tick"] * 2 >= rows["duration_tick"].max()
    return [rows] if long.all() else [rows[long], rows[~long]]


def _chord(rows: np.ndarray, following: int | None) -> Chord:
    """Join notes of one onset; their end closes small gaps before the next onset, and small overlaps."""
    start = int(rows["onset_tick"][0])
    end = _readable_end(start, start + int(rows["duration_tick"].max()), following)
    if following is not None and abs(end - following) <= max(_ARTICULATION_TICKS, (following - start) // 4):
        end = following
    return Chord(start, end, tuple(sorted(rows["pitch"].tolist())), int(rows["velocity"].max()))


def _readable_end(start: int, end: int, following: int | None) -> int:
    """Round a long note's end to an eighth, a very long one's to a quarter if that is near."""
    step = TPQ if end - start >= 2 * TPQ - _ARTICULATION_TICKS else TPQ // 2
    over = end % step
    if end - start < TPQ:
        # A sixteenth and its rest of a sixteenth are read as an eighth.
        is_short = start % 3 == 0 and end % REST_TICKS == 3 and (following is None or end + 3 <= following)
        return end + 3 if is_short else end
    if not over:
        return end
    if over <= _ARTICULATION_TICKS:
        return end - over
    longer = end + step - over
    is_near = step - over <= _ARTICULATION_TICKS and (following is None or longer <= following)
    return longer if is_near else end


def _free_voice(voices: tuple[list[Chord], list[Chord]], chord: Chord) -> list[Chord]:
    """Find a voice that is silent, or cut the one whose chord began earlier."""
    for voice in voices:
        # A pitch that is struck again ends first: held in the other voice it would sound twice.
        if voice and voice[-1].end > chord.start > voice[-1].start and set(voice[-1].pitches) & set(chord.pitches):
            voice[-1].end = chord.start
    for voice in voices:
        if not voice or voice[-1].end <= chord.start:
            return voice
    busy = min(voices, key=lambda voice: voice[-1].start)
    busy[-1].end = chord.start
    return busy


def drum_staff(notes: np.ndarray, bars: Sequence[Bar]) -> Staff:
    """Write drums, on the grid, as one voice, where every stroke is one sign: a drum tied on is counted twice.

    A stroke lasts until the next one or the end of its quarter, in 6/8 and the like of its dotted quarter, counted
    from the bar line; what no single note value can say so ends sooner, with a rest.

    One voice for hands and feet, as in simple charts: MuseScore 3 takes one
    instrument at a time in a part, which two voices would break.

    Parameters
    ----------
    notes : NOTE_DTYPE array
        Strokes on the engine's grid.
    bars : sequence of Bar
        All bars of the song, without gaps.
    """
    chords = _strokes(notes, bars)
    return Staff((chords,) if chords else ())


def _strokes(notes: np.ndarray, bars: Sequence[Bar]) -> tuple[Chord, ...]:
    """Join drums that are struck together."""
    onsets = sorted(set(notes["onset_tick"].tolist()))
    chords = []
    for onset, following in pairwise([*onsets, bars[-1].end]):
        rows = notes[notes["onset_tick"] == onset]
        end = _stroke_end(onset, following, bars)
        chords.append(Chord(onset, end, tuple(sorted(rows["pitch"].tolist())), int(rows["velocity"].max())))
    return tuple(chords)


def _stroke_end(onset: int, following: int, bars: Sequence[Bar]) -> int:
    """Say where the sign of a stroke ends."""
    bar = bars[bisect_right(bars, onset, key=lambda bar: bar.start) - 1]
    inside = onset - bar.start
    beat = TPQ
    if bar.meter.is_compound:
        # A stroke between the eighths of a dotted beat lasts to the next of them: so it is seen where that is.
        beat = _EIGHTH_TICKS if inside % _EIGHTH_TICKS else bar.meter.beat_ticks
    beat_end = onset - inside % beat + beat
    _, end, _ = next(cut_span(onset, min(beat_end, following), bars, is_rest=False))
    return end


def rows_of_staves(staves: Iterable[Staff]) -> list[tuple[int, int, int]]:
    """List what staves say as (onset, duration, pitch) in engine ticks, sorted: the notes a reader finds."""
    return sorted(
        (chord.start, chord.end - chord.start, pitch)
        for staff in staves for voice in staff.voices for chord in voice for pitch in chord.pitches
    )  # fmt: skip
