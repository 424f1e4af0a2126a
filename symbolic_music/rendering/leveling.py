"""Find the gain that brings sound to its loudness, with a limiter that keeps the true peak down.

The limiter works on the meter's segments, not on samples: it looks ahead, is
smooth, and lets go by a fixed number of decibels a second. As its gain is known
for every segment, so is the loudness after it, and the gain before it is turned
up until the target is met.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from symbolic_music.rendering.loudness import Loudness, from_db, segment_samples, to_db

# For what lies between the oversampled points: up to 0.08 dB in twenty songs.
MARGIN_DB = 0.15
_LOOK_AHEAD_SEC = 0.006
_RELEASE_DB_PER_SEC = 40.0
_MOST_LIMITING_DB = 24.0
_TOLERANCE_LU = 0.02
_MOST_ROUNDS = 40
_HUM = 1e-4  # the reverb hums at -150 dB even without notes; that must not be made loud


@dataclass(frozen=True, eq=False)
class Levels:
    """A gain for every segment, and what comes of it: loudness in LUFS, true peak in dBTP.

    ``limited_db`` is how much the limiter takes off at most; ``note`` says why
    the target is missed, if it is.
    """

    gains: np.ndarray
    size: int
    gain_db: float
    limited_db: float
    loudness_lufs: float
    true_peak_dbtp: float
    note: str = ""

    def apply(self, samples: np.ndarray, start: int) -> np.ndarray:
        """Apply to a block, shape (2, n), that starts at sample ``start``, a whole segment; smooth in between."""
        n, first = samples.shape[1], start // self.size
        last = first + -(-n // self.size)
        around = self.gains[np.clip(np.arange(first - 1, last + 1), 0, len(self.gains) - 1)]
        if around.min() == around.max():
            return np.multiply(samples, around[0], dtype=np.float32)
        # From each segment's middle to the next one's.
        along = (np.arange(self.size, dtype=np.float32) + 0.5) / self.size
        lines = around[:-1, None] + np.diff(around)[:, None] * along
        half = self.size - self.size // 2
        return np.multiply(samples, lines.reshape(-1)[half : half + n], dtype=np.float32)


def find_levels(sound: Loudness, target_lufs: float | None, peak_dbfs: float | None, fade_out_sec: float) -> Levels:
    """Find the gains for a loudness and a highest true peak.

    Parameters
    ----------
    sound : Loudness
        What the meter measured.
    target_lufs : float or None
        Integrated loudness; ``None`` to bring only the peak to ``peak_dbfs``.
    peak_dbfs : float or None
        True peak never to be passed; ``None`` to leave the level as it is.
    fade_out_sec : float
        Length of the fade-out.
    """
    fade = _fade_out(sound, fade_out_sec)
    faded_peak = float((sound.peaks * fade).max(initial=0.0))
    loudness = sound.integrated(fade)
    if faded_peak <= _HUM:
        gains = fade * np.float32(0.0 if peak_dbfs is not None else 1.0)
        return _describe(sound, gains, 0.0, 0.0, "it is silent")
    if peak_dbfs is None:
        return _describe(sound, fade, 0.0, 0.0)
    ceiling_db = peak_dbfs - MARGIN_DB
    if target_lufs is None or loudness == float("-inf"):
        gain_db = ceiling_db - to_db(faded_peak)
        note = "" if target_lufs is None else "it is too short or too quiet to have a loudness; the peak was set"
        return _describe(sound, fade * np.float32(from_db(gain_db)), gain_db, 0.0, note)
    return _find_limited(sound, fade, target_lufs, ceiling_db)


def _find_limited(sound: Loudness, fade: np.ndarray, target: float, ceiling_db: float) -> Levels:
    """Turn the gain up until the loudness after the limiter is the target, or limiting would be absurd."""
    most_db = ceiling_db - to_db(float((sound.peaks * fade).max())) + _MOST_LIMITING_DB
    gain_db = min(target - sound.integrated(fade), most_db)
    gains, short = fade, 0.0
    for _ in range(_MOST_ROUNDS):
        gains = _limit(sound, fade * np.float32(from_db(gain_db)), ceiling_db)
        short = target - sound.integrated(gains)
        if abs(short) < _TOLERANCE_LU or (short > 0 and gain_db >= most_db):
            break
        # Under a limiter more than a decibel of gain is needed for a decibel of loudness.
        gain_db = min(gain_db + short * (1.4 if short > 0 else 1.0), most_db)
    crushed = f"its loudness stays {short:.1f} LU below the target: the limiter would crush its peaks"
    before = fade * np.float32(from_db(gain_db))
    audible = before > 0
    limited_db = 0.0 - to_db(float((gains[audible] / before[audible]).min(initial=1.0)))
    return _describe(sound, gains, gain_db, limited_db, crushed if short > 0.2 else "")


def _limit(sound: Loudness, gains: np.ndarray, ceiling_db: float) -> np.ndarray:
    """Take gains back where peaks would pass the ceiling: at once for the peak, smoothly around it."""
    levels = sound.peaks * gains
    if levels.max(initial=0.0) <= from_db(ceiling_db):
        return gains
    segment_sec = segment_samples(sound.sample_rate) / sound.sample_rate
    ahead = round(_LOOK_AHEAD_SEC / segment_sec)
    needed_db = np.minimum(ceiling_db - 20 * np.log10(np.maximum(levels, 1e-9)), 0.0)
    lowest = _around(needed_db, ahead, np.minimum)
    # After a peak the reduction goes back by a fixed slope: the lowest of all lines that start before.
    slope = np.arange(len(lowest)) * (_RELEASE_DB_PER_SEC * segment_sec)
    released = np.minimum.accumulate(lowest - slope) + slope
    # The mean of values each at most the one needed here is at most that too.
    smooth = _around(released, ahead, np.add) / (2 * ahead + 1)
    limited: np.ndarray = gains * (10 ** (smooth / 20)).astype(np.float32)
    return limited


def _around(values: np.ndarray, reach: int, join: np.ufunc) -> np.ndarray:
    """Join every value with its neighbours up to ``reach`` away on both sides."""
    wide = np.pad(values, reach, mode="edge")
    joined = wide[: len(values)].copy()
    for shift in range(1, 2 * reach + 1):
        join(joined, wide[shift : shift + len(values)], out=joined)
    return joined


def _fade_out(sound: Loudness, seconds: float) -> np.ndarray:
    """Make gains of one that fall to zero at the end, as a quarter of a cosine squared."""
    gains = np.ones(len(sound.peaks), dtype=np.float32)
    n = min(round(seconds * sound.sample_rate / segment_samples(sound.sample_rate)), len(gains))
    if n > 0:
        gains[len(gains) - n :] = np.cos(np.linspace(0, np.pi / 2, n)) ** 2
    return gains


def _describe(sound: Loudness, gains: np.ndarray, gain_db: float, limited_db: float, note: str = "") -> Levels:
    """Put gains together with what comes of them."""
    peak = float((sound.peaks * gains).max(initial=0.0))
    loudness = sound.integrated(gains)
    size = segment_samples(sound.sample_rate)
    return Levels(gains, size, gain_db, limited_db, loudness, to_db(peak), note)
