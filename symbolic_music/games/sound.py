"""The sound of pieces: once with its tail, or as a loop whose end sounds on at its start.

A loop is played to its end and on into its second pass until all that rang at the end has died
away; from there on the second pass sounds like the first. So the start of the second pass takes the
place of the start of the first, and the last milliseconds before the place where they meet are blended:
there the wave goes on exactly, however the synthesizer's chorus and reverb happen to stand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from symbolic_music.formats.loop_tags import Loop
from symbolic_music.games.clock import BlockClock
from symbolic_music.games.cutting import cut_score, join_scores, list_bars
from symbolic_music.rendering import RenderOptions, render
from symbolic_music.rendering.loudness import LoudnessMeter, segment_samples
from symbolic_music.song.score import Score

SEAM_SEC = 0.005
# A longer tail is faded out by the renderer; a loop's second pass is played for at least as long.
TAIL_SEC = 4.0
LOUDNESS_LUFS, PEAK_DBTP = -16.0, -2.0
_SHORTEST_LOUDNESS_SEC = 0.5


@dataclass(frozen=True, eq=False)
class Take:
    """Samples of shape (2, samples); ``n_samples`` of them are music, the rest goes on after it.

    ``loop`` is what may be played again and again; a take that is all loop has no tail.
    """

    samples: np.ndarray
    n_samples: int
    loop: Loop | None = None


@dataclass(frozen=True)
class Level:
    """What a take measures: LUFS, ``None`` if it is too short or silent, and true peak in full scale."""

    loudness_lufs: float | None
    true_peak: float


def play_once(score: Score, options: RenderOptions) -> Take:
    """Play a piece with its tail."""
    clock = BlockClock(score, options.sample_rate)
    return Take(_render(clock.score, options), clock.n_samples)


def play_loop(score: Score, options: RenderOptions) -> Take:
    """Play a loop: exactly its length, what rings at its end sounds on at its start."""
    return play_with_intro(None, score, options)[1]


def play_with_intro(intro: Score | None, loop: Score, options: RenderOptions) -> tuple[Take, Take]:
    """Play an introduction and a loop in one go.

    Returns
    -------
    (Take, Take)
        The introduction, the loop and the first bars of its second pass, with the loop
        point after those bars, so that the first and every later pass sound right; and
        the loop alone. Without an introduction both are the loop.
    """
    clock = BlockClock(loop, options.sample_rate)
    lead, head_end = _lead(clock)
    head = cut_score(clock.score, 0, head_end, loop.title)
    pieces = [clock.score, head]
    before = 0
    if intro is not None:
        introducing = BlockClock(intro, options.sample_rate)
        pieces, before = [introducing.score, *pieces], introducing.n_samples
    turn, end = before + clock.n_samples, before + clock.n_samples + lead
    played = _render(join_scores(pieces, loop.title), replace(options, tail_sec=0.5))
    samples = seal(played, before + lead, end, options.sample_rate)
    alone = Take(
        np.concatenate([samples[:, turn:], samples[:, before + lead : turn]], axis=1),
        clock.n_samples, Loop(0, clock.n_samples),
    )  # fmt: skip
    return (alone if intro is None else Take(samples, turn, Loop(before + lead, clock.n_samples))), alone


def _lead(clock: BlockClock) -> tuple[int, int]:
    """How far the second pass counts, in samples, and the tick of the bar line after that."""
    wanted = TAIL_SEC * clock.sample_rate
    ends = [bar.end_tick for bar in list_bars(clock.score)]
    place = next((number for number, tick in enumerate(ends) if clock.sample(tick) >= wanted), len(ends) - 1)
    return clock.sample(ends[place]), ends[min(place + 1, len(ends) - 1)]


def seal(samples: np.ndarray, start: int, end: int, sample_rate: int) -> np.ndarray:
    """Blend the last samples before ``end`` into those before ``start``, where the loop goes on."""
    width = min(round(SEAM_SEC * sample_rate), start, end - start)
    fade = np.linspace(0, 1, width, endpoint=True, dtype=np.float32)
    sealed = np.array(samples[:, :end], dtype=np.float32)
    sealed[:, end - width :] *= 1 - fade
    sealed[:, end - width :] += samples[:, start - width : start] * fade
    return sealed


def _render(score: Score, options: RenderOptions) -> np.ndarray:
    """Render at the synthesizer's own level: all files of a game share one gain."""
    return render(score, replace(options, loudness_lufs=None, peak_dbfs=None)).samples


def common_gain(levels: Iterable[Level], loop: Level) -> float:
    """The factor that brings the loop to its loudness without any file's peak being too high."""
    peak = max((level.true_peak for level in levels), default=0.0)
    if peak == 0:
        return 1.0
    allowed = 10 ** (PEAK_DBTP / 20) / peak
    return float(min(allowed, 10 ** ((LOUDNESS_LUFS - (loop.loudness_lufs or LOUDNESS_LUFS)) / 20)))


def measure(take: Take, sample_rate: int) -> Level:
    """Measure a take's loudness and true peak."""
    meter = LoudnessMeter(sample_rate)
    block = segment_samples(sample_rate) * 1024
    for start in range(0, take.samples.shape[1], block):
        meter.feed(np.ascontiguousarray(take.samples[:, start : start + block]))
    found = meter.result()
    loudness = found.integrated()
    has_loudness = np.isfinite(loudness) and take.samples.shape[1] >= _SHORTEST_LOUDNESS_SEC * sample_rate
    return Level(loudness if has_loudness else None, found.true_peak)


def at_lower_rate(take: Take, divisor: int) -> Take:
    """Make a take with a half or a quarter of the samples; a loop's ends are filtered as neighbours."""
    if divisor == 1:
        return take
    from scipy.signal import resample_poly

    margin = min(64 * divisor, take.samples.shape[1] // divisor * divisor)
    silence = np.zeros((take.samples.shape[0], margin), dtype=np.float32)
    before = after = silence
    if take.loop is not None:
        after = take.samples[:, take.loop.start : take.loop.start + margin]
        before = take.samples[:, -margin:] if take.loop.start == 0 else silence
    longer = np.concatenate([before, take.samples, after], axis=1)
    lower = resample_poly(longer, 1, divisor, axis=1).astype(np.float32)
    kept = lower[:, margin // divisor : margin // divisor + -(-take.samples.shape[1] // divisor)]
    loop = take.loop and Loop(take.loop.start // divisor, take.loop.length // divisor)
    return Take(kept, take.n_samples // divisor, loop)
