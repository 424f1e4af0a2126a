"""Play a score with FluidSynth, event by event, into an array of samples.

The synthesizer is driven block by block rather than by its own file player, so
that progress can be shown, the tail is as long as it sounds, and the same score
gives the same samples. Samples are floats until the level is set: nothing clips.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from symbolic_music.errors import RenderError
from symbolic_music.formats.midi import PAN, VOLUME, assign_channels, clean_notes, read_midi
from symbolic_music.rendering.audio import Audio
from symbolic_music.rendering.soundfont import find_soundfont
from symbolic_music.song.score import Score, Track, tick_to_seconds

Progress = Callable[[float, float], None]

_BLOCK_SEC = 0.5
_SILENCE = 1e-4  # of full scale: -80 dB
_FADE_SEC = 0.25
_SUSTAIN = 64
# (sample, rank at that sample, channel, kind, first value, second value)
_Event = tuple[int, int, int, str, int, int]


@dataclass(frozen=True)
class RenderOptions:
    """How to make sound.

    ``gain`` and the effects' levels are the synthesizer's own; ``peak_dbfs`` is
    the loudest sample's level in the end; ``tail_sec`` bounds the fading out
    after the last bar.
    """

    soundfont: str | Path | None = None
    sample_rate: int = 44100
    gain: float = 0.5
    reverb: float = 0.35
    chorus: float = 0.6
    tail_sec: float = 3.0
    peak_dbfs: float = -1.0


def render(
    score: Score | str | Path, options: RenderOptions | None = None, on_progress: Progress | None = None
) -> Audio:
    """Make the sound of a score.

    Parameters
    ----------
    score : Score or path
        A score, or a MIDI file to read.
    options : RenderOptions, optional
        Soundfont, levels, effects.
    on_progress : callable, optional
        Called with the seconds done and the seconds in all, about twice for
        every second of music.

    Returns
    -------
    Audio
        float32, shape (2, samples), peak at ``options.peak_dbfs``.

    Raises
    ------
    RenderError
        If libfluidsynth or a usable soundfont is missing.
    InputError
        If the score has more tracks than MIDI has channels.
    FileFormatError
        If the MIDI file cannot be read.
    """
    options = options or RenderOptions()
    music = score if isinstance(score, Score) else read_midi(score)
    events = list(_events(music, options.sample_rate))
    n_samples = round(tick_to_seconds(music, music.end_tick) * options.sample_rate)
    with _Synthesizer(options) as synthesizer:
        samples = _play(synthesizer, events, n_samples, options, on_progress)
    return Audio(_normalise(samples, options.peak_dbfs), options.sample_rate)


def _events(score: Score, sample_rate: int) -> Iterator[_Event]:
    """List what the synthesizer is told and at which sample, in order."""
    events: list[_Event] = []
    for track, channel in zip(score.tracks, assign_channels(score.tracks), strict=True):
        events += _setup(track, channel)
        times = _Clock(score, sample_rate)
        for control in track.controls:
            events.append((times.sample(control.tick), 2, channel, "control", control.controller, control.value))
        notes = clean_notes(np.array(track.notes), score.end_tick)
        ends = notes["onset_tick"] + notes["duration_tick"]
        starts_at, ends_at = times.samples(notes["onset_tick"]), times.samples(ends)
        for note, start, end in zip(notes.tolist(), starts_at.tolist(), ends_at.tolist(), strict=True):
            events.append((start, 3, channel, "on", note[2], note[3]))
            events.append((end, 1, channel, "off", note[2], 0))
    return iter(sorted(events))


def _setup(track: Track, channel: int) -> list[_Event]:
    """Say at the start which program a channel plays, how loud and where."""
    return [
        (0, 0, channel, "bank", 128 if track.is_drum else 0, track.program),
        (0, 0, channel, "control", VOLUME, track.volume),
        (0, 0, channel, "control", PAN, track.pan),
    ]


class _Clock:
    """Ticks to samples through the tempo map."""

    def __init__(self, score: Score, sample_rate: int) -> None:
        changes = sorted(score.tempos, key=lambda change: change.tick)
        self._ticks = np.array([change.tick for change in changes], dtype=np.float64)
        self._starts = np.array([tick_to_seconds(score, change.tick) for change in changes]) * sample_rate
        self._per_tick = np.array([60 / change.qpm / score.tpq for change in changes]) * sample_rate

    def samples(self, ticks: np.ndarray) -> np.ndarray:
        """Convert ticks, shape (n,), to sample numbers, shape (n,)."""
        spans = np.maximum(np.searchsorted(self._ticks, ticks, side="right") - 1, 0)
        exact = self._starts[spans] + (ticks - self._ticks[spans]) * self._per_tick[spans]
        rounded: np.ndarray = np.rint(exact).astype(np.int64)
        return rounded

    def sample(self, tick: int) -> int:
        """Convert one tick to a sample number."""
        return int(self.samples(np.array([tick]))[0])


def _play(
    synthesizer: _Synthesizer,
    events: list[_Event],
    n_samples: int,
    options: RenderOptions,
    on_progress: Progress | None,
) -> np.ndarray:
    """Play all events, then let the sound die away; shape (2, samples)."""
    rate = options.sample_rate
    block = max(1, round(_BLOCK_SEC * rate))
    samples = np.zeros((2, n_samples + round(options.tail_sec * rate)), dtype=np.float32)
    total_sec = samples.shape[1] / rate
    now, upcoming = 0, 0
    while now < n_samples:
        block_end = min(now + block, n_samples)
        while upcoming < len(events) and events[upcoming][0] < block_end:
            now = synthesizer.write(samples, now, max(now, events[upcoming][0]))
            synthesizer.tell(events[upcoming])
            upcoming += 1
        now = synthesizer.write(samples, now, block_end)
        if on_progress is not None:
            on_progress(now / rate, total_sec)
    synthesizer.release()
    end = _let_ring(synthesizer, samples, now, block)
    if on_progress is not None:
        on_progress(total_sec, total_sec)
    return samples[:, :end]


def _let_ring(synthesizer: _Synthesizer, samples: np.ndarray, now: int, block: int) -> int:
    """Go on until it is silent or the room is used up, then fade; return the end."""
    while now < samples.shape[1]:
        start, now = now, synthesizer.write(samples, now, min(now + block, samples.shape[1]))
        if np.abs(samples[:, start:now]).max() < _SILENCE:
            return now
    fade = min(round(_FADE_SEC / _BLOCK_SEC * block), now)
    samples[:, now - fade : now] *= np.linspace(1, 0, fade, dtype=np.float32)
    return now


def _normalise(samples: np.ndarray, peak_dbfs: float) -> np.ndarray:
    """Set the loudest sample's level; silence stays silent."""
    peak = float(np.abs(samples).max(initial=0.0))
    # The reverb hums at -150 dB even without notes; that must not be made loud.
    samples *= np.float32(10 ** (peak_dbfs / 20) / peak if peak > _SILENCE else 0.0)
    return samples


class _Synthesizer:
    """One FluidSynth with a soundfont loaded, closed at the end of a ``with``."""

    def __init__(self, options: RenderOptions) -> None:
        path = find_soundfont(options.soundfont)
        self._library = _load_fluidsynth()
        self._synth = self._library.Synth(
            gain=float(options.gain), samplerate=float(options.sample_rate), channels=16,
            **{"synth.threadsafe-api": 0, "synth.cpu-cores": 1, "synth.polyphony": 192},
        )  # fmt: skip
        self._write_float = self._library._fl.fluid_synth_write_float
        self._synth.set_reverb(roomsize=0.5, damping=0.3, width=0.8, level=float(options.reverb))
        self._synth.set_chorus(nr=3, level=float(options.chorus), speed=0.3, depth=8.0, type=0)
        self._font = self._synth.sfload(str(path))
        if self._font < 0:
            self._synth.delete()
            raise RenderError(f"soundfont {path}: libfluidsynth cannot load it; the file is broken or of another kind")

    def __enter__(self) -> _Synthesizer:
        return self

    def __exit__(self, *_: object) -> None:
        self._synth.delete()

    def tell(self, event: _Event) -> None:
        """Hand one event over."""
        _, _, channel, kind, first, second = event
        if kind == "on":
            self._synth.noteon(channel, first, second)
        elif kind == "off":
            self._synth.noteoff(channel, first)
        elif kind == "control":
            self._synth.cc(channel, first, second)
        # A soundfont without this drum kit or program gets its first one.
        elif self._synth.program_select(channel, self._font, first, second) != 0:
            self._synth.program_select(channel, self._font, first, 0)

    def write(self, samples: np.ndarray, start: int, end: int) -> int:
        """Fill ``samples[:, start:end]``; return the end."""
        if end > start:
            # pyfluidsynth's get_samples has 16 bits, which clip before the level is set; same call in floats.
            left, right = samples[0].ctypes.data, samples[1].ctypes.data
            pointer = self._library.c_void_p
            self._write_float(
                pointer(self._synth.synth), end - start,
                pointer(left), start, 1, pointer(right), start, 1,
            )  # fmt: skip
        return end

    def release(self) -> None:
        """Let go of all notes and pedals."""
        for channel in range(16):
            self._synth.cc(channel, _SUSTAIN, 0)
            self._synth.all_notes_off(channel)


def _load_fluidsynth() -> Any:
    """Import pyfluidsynth without its chatter; say how to install the library if it is missing."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # it prints where the library is when CI is set
            import fluidsynth
    except (ImportError, OSError, AttributeError):
        raise RenderError(
            "libfluidsynth is missing, so no audio can be made; install it: "
            "apt-get install libfluidsynth3 (Debian, Ubuntu) or brew install fluid-synth (macOS)"
        ) from None
    for level in range(5):  # panic to debug: what fails is reported as our own errors
        fluidsynth._fl.fluid_set_log_function(level, None, None)
    return fluidsynth
