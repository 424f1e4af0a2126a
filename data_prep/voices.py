"""Pieces whose MIDI has a track for every voice or staff, exactly on the grid: meter, bars, keys, lines, words.

Rules
-----
- *Meter.* The longest stretch in one of our meters is read. ``READ_AS`` names meters that are written otherwise with
  every value kept, doubled or halved (2/2 as 4/4, 3/8 as 3/4 doubled, 3/2 as 3/4 halved).
- *Bars.* The first bar line stands where the upbeat ends; the upbeat has a bar of its own, which ends with it.
- *Keys.* A signature's mode is the one written where it is minor, else as ``data_prep.keyfinding`` says.
- *Line.* Of a staff the highest voice: notes that begin while a higher one goes on are other voices'.
- *Words.* A verse counts if ``ON_NOTES`` of its syllables begin with notes of the melody; the others are
  another voice's.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from data_prep.harmony import VOICES_CHANGES, estimate_chords
from data_prep.keyfinding import key_of_signature
from data_prep.songs import ChordRow, NoteRow, monophonic
from symbolic_music.errors import FileFormatError
from symbolic_music.theory.key import key_of
from symbolic_music.theory.meter import COMMON_METERS, TPQ, Meter, parse_meter, snap_to_grid

READ_AS = {"2/2": ("4/4", 1.0), "3/8": ("3/4", 2.0), "4/8": ("4/4", 2.0), "3/2": ("3/4", 0.5), "4/2": ("4/4", 0.5),
           "6/4": ("6/8", 0.5), "8/4": ("4/4", 1.0)}  # fmt: skip
MIN_BARS = 4
ON_NOTES = 0.9
FULL_VOICES, HARMONISED_SHARE = 3, 0.6
RawNote = tuple[float, float, int]  # onset, end (ticks), pitch
LyricRow = tuple[int, str, str, int]
SYLLABIC = {(True, True): "single", (True, False): "begin", (False, False): "middle", (False, True): "end"}


@dataclass(frozen=True)
class Voice:
    """A track's notes in ticks from the first bar line, by onset."""

    name: str
    notes: tuple[RawNote, ...]

    @property
    def mean_pitch(self) -> float:
        """Mean of all pitches."""
        return sum(pitch for _, _, pitch in self.notes) / len(self.notes)


@dataclass(frozen=True)
class VoicePiece:
    """A piece, or its longest stretch in one meter."""

    meter: Meter
    factor: float  # what every written value is multiplied by
    tempo_qpm: float
    n_bars: int
    upbeat_bars: int
    voices: tuple[Voice, ...]
    verses: tuple[tuple[tuple[int, str], ...], ...]  # (tick, text) of each lyric track
    keys: tuple[tuple[int, str], ...]

    @property
    def end_tick(self) -> int:
        """End of the last bar."""
        return self.n_bars * self.meter.bar_ticks


@dataclass(frozen=True)
class _Stretch:
    """Part of a file in one meter, in its own ticks; ``origin`` is a bar line."""

    start: int
    end: int
    origin: int
    written: str


def read_voices(path: Path, upbeat_ticks: int, problems: Counter[str]) -> VoicePiece:
    """Read a file by the rules above.

    Parameters
    ----------
    path : Path
        MIDI file.
    upbeat_ticks : int
        Where the first bar line stands, in the file's ticks (0: at the beginning).
    problems : Counter
        What was odd is counted here.

    Raises
    ------
    FileFormatError
        If there are no notes, or not ``MIN_BARS`` bars in one of our meters.
    """
    import symusic

    score = symusic.Score(str(path))
    if not any(len(track.notes) for track in score.tracks):
        raise FileFormatError(f"{path.name}: no notes")
    stretch = _longest(score, upbeat_ticks, problems)
    name, factor = READ_AS.get(stretch.written, (stretch.written, 1.0))
    meter = parse_meter(name)
    scale = TPQ / score.ticks_per_quarter * factor
    upbeat_bars = math.ceil((stretch.origin - stretch.start) * scale / meter.bar_ticks)
    offset = upbeat_bars * meter.bar_ticks

    def tick(time: int) -> float:
        return (time - stretch.origin) * scale + offset

    voices = [
        Voice(track.name.split(":")[0], tuple(sorted((tick(n.time), tick(min(n.end, stretch.end)), n.pitch)
              for n in track.notes if stretch.start <= n.time < stretch.end)))
        for track in score.tracks
    ]  # fmt: skip
    voices = [voice for voice in voices if voice.notes]
    verses = [[(snap_to_grid(tick(lyric.time)), lyric.text) for lyric in sorted(track.lyrics, key=lambda x: x.time)
               if stretch.start <= lyric.time < stretch.end] for track in score.tracks]  # fmt: skip
    last = max(snap_to_grid(end) for voice in voices for _, end, _ in voice.notes)
    tempo = score.tempos[0].qpm if len(score.tempos) else 0.0
    return VoicePiece(
        meter, factor, round(tempo * factor, 2), -(-last // meter.bar_ticks), upbeat_bars, tuple(voices),
        tuple(tuple(verse) for verse in verses if verse), tuple(_keys(score, voices, stretch, tick)),
    )  # fmt: skip


def _longest(score: Any, upbeat_ticks: int, problems: Counter[str]) -> _Stretch:
    """Find the stretch with most bars in one of our meters."""
    end = max(note.end for track in score.tracks for note in track.notes)
    changes: list[tuple[int, str]] = []
    for sign in sorted(score.time_signatures, key=lambda sign: sign.time):
        text = f"{sign.numerator}/{sign.denominator}"
        if not changes or changes[-1][1] != text:
            changes.append((sign.time, text))
    if not changes:
        raise FileFormatError("no time signature")
    stretches = []
    for number, ((start, text), (stop, _)) in enumerate(pairwise([*changes, (end, "")])):
        origin = start + upbeat_ticks if number == 0 else start
        if READ_AS.get(text, (text, 1))[0] in COMMON_METERS and origin < stop:
            stretches.append((_n_bars(text, stop - start, score.ticks_per_quarter),
                              _Stretch(start, stop, origin, text)))  # fmt: skip
    if not stretches or max(stretches, key=lambda pair: pair[0])[0] < MIN_BARS:
        raise FileFormatError(f"no {MIN_BARS} bars in one of our meters: {', '.join(text for _, text in changes)}")
    problems["meter changes: longest stretch read"] += int(len(changes) > 1)
    return max(stretches, key=lambda pair: pair[0])[1]


def _n_bars(written: str, ticks: int, ticks_per_quarter: int) -> float:
    """How many written bars a time has."""
    beats, unit = (int(number) for number in written.split("/"))
    return ticks / (ticks_per_quarter * 4 * beats / unit)


def _keys(score: Any, voices: list[Voice], stretch: _Stretch, tick: Any) -> list[tuple[int, str]]:
    """Name the keys as (first tick, key), the first one at 0."""
    signs = {max(sign.time, stretch.start): sign for sign in sorted(score.key_signatures, key=lambda s: s.time)
             if sign.time < stretch.end} or {stretch.start: None}  # fmt: skip
    starts = [0, *(max(0, round(tick(time))) for time in sorted(signs)[1:])]
    rows: list[tuple[int, str]] = []
    for number, (start, (_, sign)) in enumerate(zip(starts, sorted(signs.items(), key=lambda p: p[0]), strict=True)):
        end = starts[number + 1] if number + 1 < len(starts) else 1 << 30
        fifths = sign.key if sign is not None else 0
        if sign is not None and sign.tonality == 1:
            key = str(key_of((fifths * 7 + 9) % 12, "minor"))
        else:
            key = key_of_signature(fifths, _heard(voices, start, end), last_bass(voices, end))
        if not rows or rows[-1][1] != key:
            rows.append((start, key))
    return rows


def _heard(voices: Sequence[Voice], start: int, end: int) -> np.ndarray:
    """How long each pitch class begins to sound between two ticks, shape (12,)."""
    heard = np.zeros(12)
    for voice in voices:
        for onset, stop, pitch in voice.notes:
            if start <= onset < end:
                heard[pitch % 12] += stop - onset
    return heard


def last_bass(voices: Sequence[Voice], end: int = 1 << 30) -> int | None:
    """Lowest pitch that sounds when the last chord before a tick begins; none where nothing does."""
    before = [note for voice in voices for note in voice.notes if note[0] < end]
    if not before:
        return None
    onset = max(note[0] for note in before)
    return min(pitch for on, stop, pitch in before if on <= onset < stop)


def top_line(notes: Sequence[RawNote]) -> list[NoteRow]:
    """Take the highest voice of a staff as a melody (rule above)."""
    line: list[RawNote] = []
    for onset, end, pitch in sorted(notes, key=lambda note: (note[0], -note[2])):
        if not line or onset >= line[-1][1] - 0.5 or (pitch > line[-1][2] and onset > line[-1][0]):
            line.append((onset, end, pitch))
    return monophonic(line)


def note_rows(notes: Sequence[RawNote], end_tick: int) -> list[NoteRow]:
    """Quantise notes of several voices; of equal onsets and pitches the longest stays."""
    rows: dict[tuple[int, int], int] = {}
    for start, stop, pitch in notes:
        onset = snap_to_grid(start)
        length = min(max(snap_to_grid(stop) - onset, 3), end_tick - onset)
        if length > 0:
            rows[onset, pitch] = max(rows.get((onset, pitch), 0), length)
    return [(onset, length, pitch) for (onset, pitch), length in sorted(rows.items())]


def voice_part(name: str, rows: list[NoteRow]) -> dict:
    """Make a voice's part of the dataset; velocities and offsets are not known."""
    onsets, lengths, pitches = (list(column) for column in zip(*rows, strict=True))
    return {"part": name, "role": "voice", "program": 52, "is_drum": False, "onset_tick": onsets,
            "duration_tick": lengths, "pitch": pitches, "velocity": [], "offset_tick480": []}  # fmt: skip


def harmonise(
    piece: VoicePiece,
    notes: list[NoteRow],
    phrases: list[list],
    changes: tuple[float, float, float] = VOICES_CHANGES,
) -> list[ChordRow]:
    """Estimate chords from all voices, the melody's notes counted as any voice's.

    Parameters
    ----------
    piece : VoicePiece
        Says the meter and the bars.
    notes : list of NoteRow
        Of all voices.
    phrases : list of list
        They say the keys.
    changes : tuple of float
        See ``data_prep.harmony.estimate_chords``.

    Returns
    -------
    list of ChordRow
        Empty where less than ``HARMONISED_SHARE`` of the beats that sound has ``FULL_VOICES`` notes.
    """
    beat = piece.meter.beat_ticks
    sounding = Counter(number for on, length, _ in notes for number in range(on // beat, -(-(on + length) // beat)))
    full = sum(count >= FULL_VOICES for count in sounding.values())
    if not sounding or full < HARMONISED_SHARE * len(sounding):
        return []
    song = {"meter": str(piece.meter), "n_bars": piece.n_bars, "melody": [], "piano": notes, "phrases": phrases}
    return estimate_chords(song, changes)


def read_verses(
    piece: VoicePiece, melody: list[NoteRow], joined: frozenset[tuple[str, str]] | None = None
) -> list[LyricRow]:
    """Give the verses that are sung to the melody, as rows of ``schema.LYRIC``, numbered from 1.

    Parameters
    ----------
    piece : VoicePiece
        Holds the lyric tracks.
    melody : list of NoteRow
        The voice that sings.
    joined : frozenset of tuple, optional
        Neighbouring syllables of one word, where the file does not say so by a hyphen.
    """
    onsets = {note[0] for note in melody}
    rows: list[LyricRow] = []
    number = 0
    for verse in piece.verses:
        words = [(tick, text.strip()) for tick, text in verse if text.strip(" _-")]
        if words and sum(tick in onsets for tick, _ in words) >= ON_NOTES * len(words):
            number += 1
            rows += _verse_rows([word for word in words if word[0] in onsets], number, joined)
    return sorted(rows, key=lambda row: (row[0], row[3]))


def _verse_rows(words: list[tuple[int, str]], number: int, joined: frozenset[tuple[str, str]] | None) -> list[LyricRow]:
    """Say of every syllable where in its word it stands."""
    rows: list[LyricRow] = []
    starts = True
    for (tick, text), (_, following) in pairwise([*words, (0, "")]):
        ends = not text.endswith("-") if joined is None else (text, following) not in joined
        rows.append((tick, text.rstrip("-") or text, SYLLABIC[starts, ends], number))
        starts = ends
    return rows
