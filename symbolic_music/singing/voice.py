"""A spoken line becomes a sung one: its spectrum stretched in time, its pitch that of the tune (WORLD)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from symbolic_music.errors import MissingExtraError
from symbolic_music.singing.phones import Spoken
from symbolic_music.singing.placing import Placed, Sung

_FRAME_SEC = 0.005
# What keeps its length at the start and end of a stretched vowel, and at the end of a diphthong, in seconds and at
# most as a share of the vowel: only the middle is drawn out.
_HEAD, _TAIL, _GLIDE = (0.05, 0.35), (0.03, 0.25), (0.07, 0.45)
_SLIDE_SEC = 0.075
_VIBRATO_AFTER_SEC, _VIBRATO_GROWS_SEC, _VIBRATO_HZ = 0.25, 0.3, 5.5
_SILENT = 1e-16
_MIDDLE = 60
_MOST_NOISE = 0.9
_LEAD_IN_SEC = 0.1


class SungBy(BaseModel):
    """Who sings.

    ``size`` scales the formants: below 1 a larger throat, above 1 a smaller one. ``breath`` 0 to 1 mixes air into the
    voice; ``vibrato`` is its depth in cents. ``octave`` moves the tune for the voice alone; left out, the tune is sung
    in the octave that lies nearest to middle C, where words are understood best.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: float = Field(default=1.0, ge=0.8, le=1.25)
    breath: float = Field(default=0.0, ge=0, le=1)
    vibrato: float = Field(default=35.0, ge=0, le=100)
    octave: int | None = Field(default=None, ge=-2, le=2)


def in_octave(pitch: float, sung_by: SungBy) -> int:
    """The octave that a tune around ``pitch`` (a MIDI number) is moved by.

    Examples
    --------
    >>> in_octave(73, SungBy()), in_octave(62, SungBy()), in_octave(73, SungBy(octave=0))
    (-1, 0, 0)
    """
    return round((_MIDDLE - pitch) / 12) if sung_by.octave is None else sung_by.octave


def resynthesise(
    spoken: Spoken, placed: Sequence[Placed], notes: Sequence[Sung], sung_by: SungBy
) -> tuple[np.ndarray, float]:
    """Sing a line.

    Parameters
    ----------
    spoken : Spoken
        The line as spoken.
    placed : sequence of Placed
        Its sounds in the song's time (`symbolic_music.singing.placing.place`).
    notes : sequence of Sung
        The tune, in the octave that it is sung in.
    sung_by : SungBy
        Who sings.

    Returns
    -------
    tuple of float array and float
        Samples, shape (n_samples,), at the spoken line's rate, and the song's second at which they begin, which may
        be before 0.

    Raises
    ------
    MissingExtraError
        If pyworld is not installed.
    """
    world = _world()
    begin = min(one.start for one in placed) - _LEAD_IN_SEC
    n_frames = int((max(one.end for one in placed) + _LEAD_IN_SEC - begin) / _FRAME_SEC) + 1
    times = begin + _FRAME_SEC * np.arange(n_frames)
    source, is_sound, is_voiced = _source_times(placed, times)
    envelope, noise = _analyse(world, spoken)
    spectrum = np.exp(_at(np.log(envelope + _SILENT), source))
    air = _at(noise, source)
    spectrum[~is_sound] = _SILENT
    # Voiced or not by what is said, never by a tracker, which hears holes in held notes.
    air[~is_voiced] = 1.0
    air[is_voiced] = np.minimum(air[is_voiced], _MOST_NOISE)
    air = np.clip(air + sung_by.breath * (1 - air) * _airy(air.shape[1]), 0, 1)
    pitch = np.where(is_voiced, _pitches(times, notes, sung_by), 0.0)
    sung = world.synthesize(
        pitch, np.ascontiguousarray(_sized(spectrum, sung_by.size)), np.ascontiguousarray(air), spoken.sample_rate,
        _FRAME_SEC * 1000,
    )  # fmt: skip
    return np.asarray(sung, dtype=np.float64), begin


def _world() -> Any:
    """The vocoder."""
    try:
        import pyworld
    except ImportError:
        raise MissingExtraError("a sung voice needs pyworld", hint="pip install 'symbolic-music[sing]'") from None
    return pyworld


def _analyse(world: Any, spoken: Spoken) -> tuple[np.ndarray, np.ndarray]:
    """Spectral envelope and aperiodicity of the spoken line, shape (n_frames, n_bins) each."""
    samples = np.ascontiguousarray(spoken.samples, dtype=np.float64)
    rough, times = world.dio(samples, spoken.sample_rate, frame_period=_FRAME_SEC * 1000)
    pitch = world.stonemask(samples, rough, times, spoken.sample_rate)
    return (
        world.cheaptrick(samples, pitch, times, spoken.sample_rate),
        world.d4c(samples, pitch, times, spoken.sample_rate),
    )


def _source_times(placed: Sequence[Placed], times: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each frame of the song: the spoken second it is made of, whether there is sound, and whether it is voiced."""
    source = np.zeros(len(times))
    is_sound, is_voiced = np.zeros((2, len(times)), dtype=bool)
    for one in placed:
        first, last = np.searchsorted(times, (one.start, one.end))
        since = times[first:last] - one.start
        source[first:last] = one.phone.start + _drawn_out(one, since)
        is_sound[first:last] = True
        is_voiced[first:last] = one.phone.is_voiced
    return source, is_sound, is_voiced


def _drawn_out(one: Placed, since: np.ndarray) -> np.ndarray:
    """Seconds into the spoken sound, for seconds into the sung one."""
    spoken, sung = one.phone.seconds, one.end - one.start
    if not one.phone.is_vowel or sung <= spoken:
        return since * spoken / max(sung, 1e-9)
    head = min(_HEAD[0], spoken * _HEAD[1])
    end_sec, end_share = _GLIDE if one.phone.is_glide else _TAIL
    tail = min(end_sec, spoken * end_share)
    return np.interp(since, (0, head, sung - tail, sung), (0, head, spoken - tail, spoken))


def _at(frames: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Frames between frames."""
    places = np.clip(seconds / _FRAME_SEC, 0, len(frames) - 1.001)
    before = places.astype(int)
    share = (places - before)[:, None]
    return frames[before] * (1 - share) + frames[before + 1] * share


def _airy(n_bins: int) -> np.ndarray:
    """How much of each frequency breath fills: the high ones."""
    return np.linspace(0, 1, n_bins) ** 0.5


def _sized(spectrum: np.ndarray, size: float) -> np.ndarray:
    """Move the formants up or down."""
    if size == 1.0:
        return spectrum
    bins = np.arange(spectrum.shape[1])
    return np.array([np.exp(np.interp(bins / size, bins, row)) for row in np.log(spectrum)])


def _pitches(times: np.ndarray, notes: Sequence[Sung], sung_by: SungBy) -> np.ndarray:
    """Hertz at each time: the notes, joined by short slides, with vibrato on what is held."""
    onsets = np.array([note.start for note in notes])
    pitches = np.array([note.pitch for note in notes], dtype=float)
    # A slide lies around the beat, so that the consonant before it already leaves the old note.
    coming = np.searchsorted(onsets, times + _SLIDE_SEC / 2, side="right") - 1
    window = np.hanning(round(_SLIDE_SEC / _FRAME_SEC) + 2)[1:-1]
    margin = len(window) // 2
    steps = np.pad(pitches[np.clip(coming, 0, None)], margin, mode="edge")
    semitones = np.convolve(steps, window / window.sum(), mode="valid")[: len(times)]
    since = times - onsets[np.clip(np.searchsorted(onsets, times, side="right") - 1, 0, None)]
    depth = np.clip((since - _VIBRATO_AFTER_SEC) / _VIBRATO_GROWS_SEC, 0, 1) * sung_by.vibrato / 100
    semitones = semitones + depth * np.sin(2 * np.pi * _VIBRATO_HZ * since)
    return np.asarray(440.0 * 2 ** ((semitones - 69) / 12))
