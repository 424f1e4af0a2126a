"""Sound heard as notes: a hummed tune, a guitar, a record of ten seconds or more.

The network is that of basic-pitch (Bittner et al., "A Lightweight Instrument-Agnostic Model for Polyphonic Note
Transcription and Multipitch Estimation", ICASSP 2022; Apache 2.0, in ``weights/pitch`` with its licence and notice),
run by onnxruntime. It says for each frame of 12 ms which pitches sound and which begin; notes are picked from both. It
knows no drums and no instruments: all that it hears is one track. Beats, key, chords and tune are found afterwards, as
for any score that was played freely.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from symbolic_music.errors import CheckpointError, FileFormatError, InputError
from symbolic_music.formats.paths import for_libraries
from symbolic_music.limits import FILE_BYTES, SECONDS, name_of
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import MeterChange, Score, TempoChange, Track
from symbolic_music.theory.meter import Meter

WEIGHTS = Path(__file__).parent.parent / "weights" / "pitch" / "nmp.onnx"
SAMPLE_RATE, HOP, WINDOW = 22050, 256, 43844
# Windows overlap by so many frames; half of them is cut at each side.
OVERLAP_FRAMES = 30
LOWEST_PITCH = 21
# What begins a note, what lets it sound on, how long it may be interrupted, and the shortest note, in frames.
ONSET, SOUNDING, INTERRUPTED, SHORTEST = 0.6, 0.35, 9, 8
SHORTEST_SEC = 10.0
# The network hears a beginning so much late (median over rendered tunes).
LATE_SEC = 0.02
TPQ, QPM = 480, 120.0
_TICKS_A_SECOND = TPQ * QPM / 60

# (onset, length in seconds, pitch, velocity)
HeardNote = tuple[float, float, int, int]


def read_recording(path: str | Path) -> Score:
    """Hear a sound file as a score of one track, its ticks counting time (120 quarters a minute).

    Parameters
    ----------
    path : str or Path
        WAV, FLAC, OGG, MP3 or AIFF, 10 s or longer.

    Raises
    ------
    FileFormatError
        If it is no sound.
    InputError
        If it is too short, or nothing pitched is heard in it.
    """
    path = Path(path)
    samples = _samples(path)
    seconds = len(samples) / SAMPLE_RATE
    if seconds < SHORTEST_SEC:
        raise InputError(f"{path}: {seconds:.1f} s of sound is too little to hear beats and key; use 10 s or more")
    notes = hear_notes(samples)
    if not notes:
        raise InputError(f"{path}: no note is heard in it")
    rows = [
        (round(on * _TICKS_A_SECOND), max(1, round(length * _TICKS_A_SECOND)), pitch, velocity)
        for on, length, pitch, velocity in notes
    ]
    bar = 4 * TPQ
    end = -(-math.ceil(seconds * _TICKS_A_SECOND) // bar) * bar
    track = Track("Heard", "chords", 0, make_notes(rows))
    return Score(name_of(path), TPQ, end, (track,), (TempoChange(0, QPM),), (MeterChange(0, Meter(4, 4)),))


def hear_notes(samples: np.ndarray) -> list[HeardNote]:
    """Hear the notes of sound.

    Parameters
    ----------
    samples : float array, shape (n,)
        One channel at 22050 samples a second.

    Returns
    -------
    list of (onset, length, pitch, velocity)
        In seconds and MIDI numbers, by onset.
    """
    sounding, begins, times = _activity(samples)
    return _pick(sounding, begins, times)


def _samples(path: Path) -> np.ndarray:
    """A file's sound as one channel at the network's rate."""
    import soundfile
    from scipy.signal import resample_poly

    if not path.is_file():
        raise FileFormatError(f"{path}: no such file")
    FILE_BYTES.check(path.stat().st_size / 8, str(path))
    try:
        samples, rate = soundfile.read(for_libraries(path), dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError, OSError) as failure:
        raise FileFormatError(f"{path}: not sound that can be read: {failure}") from None
    SECONDS.check(len(samples) / rate, str(path))
    mono = samples.mean(axis=1)
    common = math.gcd(SAMPLE_RATE, int(rate))
    heard: np.ndarray = resample_poly(mono, SAMPLE_RATE // common, int(rate) // common)
    loudest = float(np.abs(heard).max()) if len(heard) else 0.0
    return np.nan_to_num(heard / loudest if loudest else heard).astype(np.float32)


@cache
def _session() -> Any:
    """The network, read once."""
    import onnxruntime

    try:
        return onnxruntime.InferenceSession(str(WEIGHTS), providers=["CPUExecutionProvider"])
    except Exception as failure:  # onnxruntime's errors have no common root
        raise CheckpointError(f"{WEIGHTS}: the weights for sound cannot be used: {failure}") from None


def _activity(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How much each pitch sounds and begins in each frame, both (frames, 88), and the frames' times in seconds."""
    overlap = OVERLAP_FRAMES * HOP
    step = WINDOW - overlap
    padded = np.concatenate([np.zeros(overlap // 2, np.float32), samples, np.zeros(WINDOW, np.float32)])
    half = OVERLAP_FRAMES // 2
    sounding, begins, times = [], [], []
    session = _session()
    entry = session.get_inputs()[0].name
    names = ["StatefulPartitionedCall:1", "StatefulPartitionedCall:2"]
    for start in range(0, len(samples) + overlap // 2, step):
        window = padded[start : start + WINDOW]
        window = np.pad(window, (0, WINDOW - len(window)))
        notes, onsets = session.run(names, {entry: window[None, :, None]})
        kept = slice(half, notes.shape[1] - half)
        sounding.append(notes[0, kept])
        begins.append(onsets[0, kept])
        times.append((start + np.arange(notes.shape[1] - 2 * half) * HOP) / SAMPLE_RATE)
    return np.concatenate(sounding), np.concatenate(begins), np.concatenate(times)


def _pick(sounding: np.ndarray, begins: np.ndarray, times: np.ndarray) -> list[HeardNote]:
    """Pick notes: from each beginning on for as long as the pitch sounds; later ones first, each frame once."""
    free = sounding.copy()
    peaks = (begins[1:-1] >= ONSET) & (begins[1:-1] > begins[:-2]) & (begins[1:-1] >= begins[2:])
    found: list[HeardNote] = []
    places = np.argwhere(peaks)
    for frame, pitch in places[np.argsort(-places[:, 0])].tolist():
        start = end = frame + 1
        gap = 0
        while end < len(free) - 1 and gap < INTERRUPTED:
            gap = gap + 1 if free[end, pitch] < SOUNDING else 0
            end += 1
        end -= gap
        if end - start < SHORTEST:
            continue
        level = float(sounding[start:end, pitch].mean())
        free[start:end, max(0, pitch - 1) : pitch + 2] = 0
        velocity = int(np.clip(round(127 * level), 20, 127))
        onset = max(0.0, float(times[start]) - LATE_SEC)
        found.append((onset, float(times[end] - times[start]), pitch + LOWEST_PITCH, velocity))
    return sorted(found)
