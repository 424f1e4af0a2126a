"""A multi-track MIDI file on bars: which stretch, which beat level, how well the grid fits.

Rules
-----
- *Stretch.* The longest run of bars in one of our meters is read (2/2 as 4/4, 6/4 as bars of 3/4); without a time
  signature the whole file as 4/4. Empty bars before and after the music go.
- *Beat level.* Where thirty-seconds are common and the tempo is not fast, every value is doubled (as POP909's).
- *Grid.* Onsets go to the nearest sixteenth or eighth triplet. A file in which fewer than ``MIN_FIT`` of the
  onsets lie within half a tick of it is refused.
- *Tempo*: the one that holds longest in the stretch.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from symbolic_music.errors import FileFormatError
from symbolic_music.theory.meter import COMMON_METERS, TPQ, Meter, parse_meter, snap_to_grid

MIN_FIT = 0.8
HALF_TICK = 0.5
READ_AS = {"2/2": "4/4", "6/4": "3/4"}
# Share of onsets on thirty-seconds (or sixteenth triplets) from which, and tempo below which, values are doubled.
THIRTY_SECONDS, HALF_TEMPO_QPM = 0.1, 125
Row = tuple[int, int, int, int]  # onset, duration, pitch, velocity


@dataclass(frozen=True)
class Voice:
    """One track's notes in ticks from the piece's first bar line, by onset and pitch."""

    name: str
    program: int
    is_drum: bool
    rows: tuple[Row, ...]

    def between(self, start: int, end: int) -> tuple[Row, ...]:
        """The notes that begin in a span of ticks."""
        return tuple(row for row in self.rows if start <= row[0] < end)


@dataclass(frozen=True)
class Tracks:
    """A piece's voices on bars; ``fit`` is the share of onsets that lay on the grid."""

    voices: tuple[Voice, ...]
    meter: Meter
    tempo_qpm: float
    n_bars: int
    is_doubled: bool
    fit: float


def read_tracks(
    score: Any, problems: Counter[str], ticks_per_quarter: float | None = None, qpm: float | None = None
) -> Tracks:
    """Read a symusic score.

    Parameters
    ----------
    score : symusic.core.ScoreTick
    problems : Counter
        What was assumed or left out is counted here.
    ticks_per_quarter, qpm : float, optional
        The real beat and tempo where the file does not hold them.

    Raises
    ------
    FileFormatError
        If no stretch is in one of our meters, or the notes do not lie on the grid.
    """
    unit = ticks_per_quarter or score.ticks_per_quarter
    played = [[(n.time / unit, n.end / unit, n.pitch, n.velocity) for n in track.notes] for track in score.tracks]
    last = max((row[1] for rows in played for row in rows), default=0.0)
    start, end, meter = _stretch(score, unit, last, problems)
    played = [[row for row in rows if start <= row[0] < end] for rows in played]
    onsets = np.array([row[0] - start for rows in played for row in rows])
    if not len(onsets):
        raise FileFormatError("no notes")
    tempo = qpm or _tempo(score, unit, start, end, problems)
    factor = 2 if _is_half_level(onsets, tempo) else 1
    fit = grid_fit(onsets * factor)
    if fit < MIN_FIT:
        raise FileFormatError(
            f"only {fit:.2f} of the onsets lie on sixteenths or eighth triplets; {MIN_FIT} are needed"
        )
    voices = [
        Voice(track.name.strip(), track.program, track.is_drum, _rows(rows, start, factor, (end - start) * factor))
        for track, rows in zip(score.tracks, played, strict=True)
        if rows
    ]
    tracks = Tracks(tuple(voices), meter, round(tempo * factor, 2), 0, factor == 2, fit)
    return _without_silence(tracks)


def grid_fit(quarters: np.ndarray) -> float:
    """Measure the share of onsets within half a tick of a sixteenth or an eighth triplet; chance gives 0.5."""
    distance = np.minimum(*(np.abs(quarters * n - np.rint(quarters * n)) / n for n in (4, 3)))
    return float(np.mean(distance * TPQ <= HALF_TICK))


def _is_half_level(onsets: np.ndarray, tempo: float) -> bool:
    """Whether the beat is written as an eighth."""
    coarse, fine = (
        np.minimum(*(np.abs(onsets * n - np.rint(onsets * n)) / n for n in grid)) * TPQ <= HALF_TICK / 2
        for grid in ((4, 3), (8, 6))
    )
    return tempo < HALF_TEMPO_QPM and float(np.mean(fine & ~coarse)) > THIRTY_SECONDS


def _stretch(score: Any, unit: float, last: float, problems: Counter[str]) -> tuple[float, float, Meter]:
    """Find the longest run of bars in one of our meters; start and end in quarters."""
    marks = [(t.time / unit, f"{t.numerator}/{t.denominator}")
             for t in sorted(score.time_signatures, key=lambda t: t.time)]  # fmt: skip
    if not marks:
        problems["no time signature, read as 4/4"] += 1
        marks = [(0.0, "4/4")]
    runs: list[tuple[float, str]] = []
    for at, text in marks:
        if not runs or runs[-1][1] != text:
            runs.append((at, text))
    problems["meter changes: longest stretch read"] += int(len(runs) > 1)
    spans = [(at, end, READ_AS.get(text, text)) for (at, text), (end, _) in pairwise([*runs, (last + 1, "")])]
    readable = [span for span in spans if span[2] in COMMON_METERS and span[1] > span[0]]
    if not readable:
        raise FileFormatError(f"no bars in one of our meters: {', '.join(sorted({text for _, text in runs}))}")
    start, end, text = max(readable, key=lambda span: span[1] - span[0])
    return start, end, parse_meter(text)


def _tempo(score: Any, unit: float, start: float, end: float, problems: Counter[str]) -> float:
    """Find the tempo that holds longest between two quarters; 120 where none is written."""
    marks = sorted((tempo.time / unit, round(tempo.qpm, 2)) for tempo in score.tempos) or [(0.0, 120.0)]
    lasting: Counter[float] = Counter()
    for (at, qpm), (until, _) in pairwise([*marks, (end, 0.0)]):
        lasting[qpm] += max(0.0, min(until, end) - max(at, start)) / qpm
    problems["tempo changes inside"] += int(len({round(qpm) for qpm in lasting}) > 1)
    return max(lasting, key=lambda qpm: lasting[qpm])


def _rows(rows: list[tuple[float, float, int, int]], start: float, factor: int, length: float) -> tuple[Row, ...]:
    """Put a track on the grid, each pitch once at an onset, the longest and loudest."""
    scale, found = TPQ * factor, dict[tuple[int, int], tuple[int, int]]()
    for on, off, pitch, velocity in rows:
        onset = snap_to_grid((on - start) * scale)
        duration = max(1, round((min(off - start, length / factor)) * scale) - onset)
        if onset < round(length * TPQ):
            longest, loudest = found.get((onset, pitch), (0, 0))
            found[onset, pitch] = (max(duration, longest), max(velocity, loudest))
    return tuple((onset, *found[onset, pitch][:1], pitch, found[onset, pitch][1]) for onset, pitch in sorted(found))


def _without_silence(tracks: Tracks) -> Tracks:
    """Leave out the empty bars around the music."""
    bar = tracks.meter.bar_ticks
    onsets = [row[0] for voice in tracks.voices for row in voice.rows]
    empty, end = min(onsets) // bar * bar, max(onsets) // bar + 1
    voices = [replace(voice, rows=tuple((on - empty, *rest) for on, *rest in voice.rows)) for voice in tracks.voices]
    return replace(tracks, voices=tuple(voices), n_bars=end - empty // bar)
