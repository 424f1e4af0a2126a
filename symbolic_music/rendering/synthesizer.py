"""Play a performance with FluidSynth, block by block.

The synthesizer is driven event by event rather than by its own file player, so
that memory is bounded, progress can be shown, the tail is as long as it sounds,
and the same music gives the same samples, bit for bit. Two synthesizers share
the channels (see ``shares``) and their sounds are added, on two threads or one
after the other. Samples are floats: nothing clips before the level is set.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import re
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from symbolic_music.budget import count_threads
from symbolic_music.errors import RenderError
from symbolic_music.formats.soundfont_file import DRUM_BANK, Preset, read_soundfont
from symbolic_music.rendering.library import ENVIRONMENT_VARIABLE, INSTALL_HINTS, choose_library, found
from symbolic_music.rendering.options import GROUPS, STYLES, RenderOptions
from symbolic_music.rendering.performance import (
    BANK,
    BANK_FINE,
    BEND,
    CONTROL,
    DRUMS,
    KEY_PRESSURE,
    OFF,
    ON,
    PRESSURE,
    PROGRAM,
    RELEASE,
    XG,
    Event,
    Performance,
)  # fmt: skip
from symbolic_music.rendering.shares import share_out
from symbolic_music.rendering.soundfont import find_soundfont

Progress = Callable[[float, float], None]

SILENCE = 1e-4  # of full scale: -80 dB
_FADE_SEC = 0.25
_POLYPHONY = 256
# So many blocks one synthesizer may be ahead of the other: their players are busy at different times.
_BLOCKS_AHEAD = 4
_SUSTAIN, _RESET_CONTROLLERS = 64, 121
_ATTENUATION = 48  # a soundfont's generator, in centibels
_HEADROOM_DB = 6.0  # attenuation cannot go below zero, so a balance starts from less
_GRAIN = 64  # FluidSynth calculates so many samples at once, and heeds events only between
_GM2_DRUMS, _XG_DRUMS = 120, (126, 127)


def block_samples(sample_rate: int) -> int:
    """How many samples come at once: half a second."""
    return sample_rate // 2


def synthesize(
    performance: Performance,
    options: RenderOptions,
    on_progress: Progress | None = None,
    length: int | None = None,
    notes: list[str] | None = None,
) -> Iterator[np.ndarray]:
    """Play a performance and let it die away.

    Parameters
    ----------
    performance : Performance
        What to play.
    options : RenderOptions
        Soundfont, effects, balance, tail.
    on_progress : callable, optional
        Called with the seconds done and the seconds in all.
    length : int, optional
        Samples to make in all, instead of listening for silence.
    notes : list of str, optional
        Gets a line for every preset that the soundfont lacks.

    Yields
    ------
    np.ndarray
        float32, shape (2, n), n half a second but in the last block.

    Raises
    ------
    RenderError
        If libfluidsynth or a usable soundfont is missing.
    """
    rate = options.sample_rate
    longest = length if length is not None else performance.n_samples + round(options.tail_sec * rate)
    with contextlib.ExitStack() as stack:
        shares = share_out(performance, rate)
        synthesizers = [stack.enter_context(Synthesizer(share, options)) for share in shares]
        blocks = [_blocks(own, share, rate, longest) for own, share in zip(synthesizers, shares, strict=True)]
        if count_threads(len(shares)) > 1:
            blocks = [stack.enter_context(_ahead(own)) for own in blocks]
        done = 0
        for samples in _ending(map(_added, zip(*blocks, strict=True)), performance, options, length):
            done += samples.shape[1]
            yield samples
            if on_progress is not None:
                on_progress(done / rate, longest / rate)
        if on_progress is not None:
            on_progress(longest / rate, longest / rate)
        if notes is not None:
            notes += dict.fromkeys(line for synthesizer in synthesizers for line in synthesizer.notes)


@contextlib.contextmanager
def _ahead(blocks: Iterator[np.ndarray]) -> Iterator[Iterator[np.ndarray]]:
    """Play some blocks ahead on a thread of its own: the library's calls let other threads work."""
    with ThreadPoolExecutor(1) as player:

        def played() -> Iterator[np.ndarray]:
            coming = deque(player.submit(next, blocks, None) for _ in range(_BLOCKS_AHEAD))
            while (samples := coming.popleft().result()) is not None:
                coming.append(player.submit(next, blocks, None))
                yield samples

        try:
            yield played()
        finally:
            player.shutdown(cancel_futures=True)


def _blocks(synthesizer: Synthesizer, performance: Performance, rate: int, longest: int) -> Iterator[np.ndarray]:
    """Play so many samples block by block."""
    events = [*performance.events, Event(performance.n_samples, RELEASE, 0, 0, 0)]
    now, upcoming = 0, 0
    while now < longest:
        samples = np.zeros((2, min(block_samples(rate), longest - now)), dtype=np.float32)
        upcoming = _play_block(synthesizer, events, upcoming, samples, now)
        now += samples.shape[1]
        yield samples


def _added(blocks: Sequence[np.ndarray]) -> np.ndarray:
    """Add what the synthesizers made at one time, always in the same order."""
    first, *others = blocks
    for other in others:
        first += other
    return first


def _ending(
    blocks: Iterator[np.ndarray], performance: Performance, options: RenderOptions, length: int | None
) -> Iterator[np.ndarray]:
    """Stop where all is silent after the last note, unless a length is asked for; fade where a tail is cut off."""
    bound = performance.n_samples + round(options.tail_sec * options.sample_rate)
    now = 0
    for samples in blocks:
        rings_only = now >= performance.n_samples
        now += samples.shape[1]
        is_silent = rings_only and np.abs(samples).max() < SILENCE
        if now == bound:  # cut off while it sounds; a stem is cut as the whole is
            _fade(samples, options.sample_rate)
        yield samples
        if is_silent and length is None:
            return


def _play_block(synthesizer: Synthesizer, events: list[Event], upcoming: int, samples: np.ndarray, now: int) -> int:
    """Fill one block that starts at sample ``now``; return the number of the next event."""
    end = now + samples.shape[1]
    written = now
    while upcoming < len(events) and events[upcoming].sample < end:
        due = -(-events[upcoming].sample // _GRAIN) * _GRAIN
        if due > written:
            stop = min(due, end)
            synthesizer.write(samples, written - now, stop - now)
            written = stop
        while upcoming < len(events) and events[upcoming].sample <= written:
            synthesizer.tell(events[upcoming])
            upcoming += 1
    synthesizer.write(samples, written - now, end - now)
    return upcoming


def _fade(samples: np.ndarray, rate: int) -> None:
    """Fade the end of the last block, where a tail is cut off."""
    n = min(round(_FADE_SEC * rate), samples.shape[1])
    samples[:, samples.shape[1] - n :] *= np.linspace(1, 0, n, dtype=np.float32)


class Synthesizer:
    """One FluidSynth with a soundfont loaded, closed at the end of a ``with``.

    ``notes`` says which presets were missing and what plays instead.
    """

    def __init__(self, performance: Performance, options: RenderOptions) -> None:
        path = find_soundfont(options.soundfont)
        self._presets = {(preset.bank, preset.program): preset for preset in read_soundfont(path).presets}
        self._path = path
        self.notes: list[str] = []
        self._balance = dict(STYLES[options.style].balance_db)
        self._drums = set(performance.drum_channels)
        self._banks: dict[int, tuple[int, int]] = {}
        self._groups: dict[int, str] = {}
        self._xg = False
        self._library = load_fluidsynth()
        self._calls = self._library._fl
        self._n_channels = performance.n_channels
        self._open(performance.n_channels, options)
        for channel in range(performance.n_channels):
            self._select(channel, 0, quiet=True)

    def _open(self, n_channels: int, options: RenderOptions) -> None:
        """Start the synthesizer and load the soundfont."""
        reverb, chorus = options.reverb_settings, options.chorus_settings
        # Only the samples of presets in use are loaded: a second and a hundred megabytes less with a large soundfont.
        self._synth = self._library.Synth(
            gain=float(options.gain), samplerate=float(options.sample_rate), channels=n_channels,
            **{
                "synth.threadsafe-api": 0, "synth.cpu-cores": 1,
                "synth.polyphony": _POLYPHONY,
                "synth.dynamic-sample-loading": 1,
                "synth.reverb.active": int(reverb.level > 0), "synth.chorus.active": int(chorus.level > 0),
            },
        )  # fmt: skip
        self._pointer = ctypes.c_void_p(self._synth.synth)
        self._synth.set_reverb(
            roomsize=float(reverb.room), damping=float(reverb.damping), width=float(reverb.width),
            level=float(reverb.level),
        )  # fmt: skip
        self._synth.set_chorus(
            nr=int(chorus.voices), level=float(chorus.level), speed=float(chorus.speed_hz),
            depth=float(chorus.depth_ms), type=0,
        )  # fmt: skip
        self._font = self._synth.sfload(str(self._path))
        if self._font < 0:
            self._synth.delete()
            raise RenderError(f"soundfont {self._path}: libfluidsynth cannot load it; it is broken or of another kind")

    def __enter__(self) -> Synthesizer:
        return self

    def __exit__(self, *_: object) -> None:
        self._synth.delete()

    def tell(self, event: Event) -> None:
        """Hand one event over."""
        _, kind, channel, first, second = event
        if kind == ON:
            self._calls.fluid_synth_noteon(self._pointer, channel, first, second)
        elif kind == OFF:
            self._calls.fluid_synth_noteoff(self._pointer, channel, first)
        elif kind == CONTROL and first in (BANK, BANK_FINE):
            coarse, fine = self._banks.get(channel, (0, 0))
            self._banks[channel] = (second, fine) if first == BANK else (coarse, second)
        elif kind == CONTROL:
            self._calls.fluid_synth_cc(self._pointer, channel, first, second)
            if first == _RESET_CONTROLLERS:
                self._set_balance(channel)
        elif kind == PROGRAM:
            self._select(channel, first)
        elif kind == BEND:
            self._calls.fluid_synth_pitch_bend(self._pointer, channel, first + (second << 7))
        elif kind == PRESSURE:
            self._calls.fluid_synth_channel_pressure(self._pointer, channel, first)
        elif kind == KEY_PRESSURE:
            self._calls.fluid_synth_key_pressure(self._pointer, channel, first, second)
        elif kind == RELEASE:
            self._release()
        elif kind == XG:
            self._xg = True
        elif kind == DRUMS:
            (self._drums.add if first else self._drums.discard)(channel)
            self._select(channel, 0)

    def _select(self, channel: int, program: int, quiet: bool = False) -> None:
        """Choose a channel's preset: the one asked for, or the nearest that the soundfont has."""
        coarse, fine = self._banks.get(channel, (0, 0))
        is_drum = channel in self._drums or coarse == _GM2_DRUMS or (self._xg and coarse in _XG_DRUMS)
        preset = find_preset(self._presets, program, is_drum, (coarse, fine))
        wanted = (DRUM_BANK if is_drum else 0, program)
        if not quiet and (preset.bank, preset.program) != wanted and wanted not in self._presets:
            line = f"{self._path.name} has no {'drum kit' if is_drum else 'program'} {program + 1}; " \
                f"{preset.name or 'unnamed'} ({preset.bank}:{preset.program + 1}) plays instead"  # fmt: skip
            if line not in self.notes:
                self.notes.append(line)
        self._synth.program_select(channel, self._font, preset.bank, preset.program)
        self._groups[channel] = _group(program, is_drum)
        self._set_balance(channel)

    def _set_balance(self, channel: int) -> None:
        """Make a channel as loud as the style wants its group of instruments."""
        if self._balance:
            centibels = 10 * (_HEADROOM_DB - self._balance.get(self._groups[channel], 0.0))
            self._calls.fluid_synth_set_gen(self._pointer, channel, _ATTENUATION, ctypes.c_float(centibels))

    def write(self, samples: np.ndarray, start: int, end: int) -> None:
        """Fill ``samples[:, start:end]``."""
        if end > start:
            # pyfluidsynth's get_samples has 16 bits, which clip before the level is set; same call in floats.
            left, right = (ctypes.c_void_p(channel.ctypes.data) for channel in samples)
            self._calls.fluid_synth_write_float(self._pointer, end - start, left, start, 1, right, start, 1)

    def _release(self) -> None:
        """Let go of all notes and pedals."""
        for channel in range(self._n_channels):
            self._synth.cc(channel, _SUSTAIN, 0)
            self._synth.all_notes_off(channel)


def _group(program: int, is_drum: bool) -> str:
    """Find a program's group of instruments."""
    return "drums" if is_drum else next(name for name, programs in GROUPS.items() if program in programs)


def find_preset(
    presets: dict[tuple[int, int], Preset], program: int, is_drum: bool, bank: tuple[int, int] = (0, 0)
) -> Preset:
    """Find the preset to play: the variation asked for, else the GM program, else one of its family.

    Parameters
    ----------
    presets : dict
        By bank and program, at least one.
    program : int
        0 to 127.
    is_drum : bool
        Whether a kit is wanted: the standard kit stands in for kits that are missing.
    bank : (int, int)
        Values of bank select coarse and fine: GS uses the first, XG the second.
    """
    family = sorted(range(program // 8 * 8, program // 8 * 8 + 8), key=lambda other: (abs(other - program), other))
    if is_drum:
        tried = [(DRUM_BANK, other) for other in (program, program // 8 * 8, 0)]
    else:
        tried = [(number, program) for number in (*bank, 0)] + [(0, other) for other in family]
    for key in tried:
        if key in presets:
            return presets[key]
    same_kind = [key for key in sorted(presets) if (key[0] == DRUM_BANK) == is_drum]
    return presets[(same_kind or sorted(presets))[0]]


def load_fluidsynth() -> Any:
    """Import pyfluidsynth without its chatter; say how to install the library if it is missing.

    Raises
    ------
    RenderError
        If libfluidsynth is missing; the hint says how this system installs it.
    """
    try:
        file = None if "fluidsynth" in sys.modules else choose_library()
        # It prints where the library is when CI is set.
        with contextlib.redirect_stdout(io.StringIO()), found(file):
            import fluidsynth
    except (ImportError, OSError, AttributeError) as failure:
        why = f" ({failure})" if ENVIRONMENT_VARIABLE in str(failure) else ""
        install = INSTALL_HINTS.get(sys.platform, INSTALL_HINTS["linux"])
        raise RenderError(
            f"libfluidsynth is missing, so no audio can be made{why}",
            hint=f"install it: {install}; or name its file in {ENVIRONMENT_VARIABLE}",
        ) from None
    for level in range(5):  # panic to debug: what fails is reported as our own errors
        fluidsynth._fl.fluid_set_log_function(level, None, None)
    return fluidsynth


@dataclass(frozen=True)
class Fault:
    """A fault of the library that files can use.

    ``what`` it is, its ``number`` where it is published, the version it is ``mended_in``, and ``is_severe`` if a file
    alone is known to end or take over the program.
    """

    what: str
    number: str
    mended_in: str
    is_severe: bool


# From the library's release notes and advisories, those alone that reach us: soundfonts of the kinds SF2 and SF3, and
# events that come one by one. Its MIDI player, its command line and its DLS reader (CVE-2025-68617, CVE-2026-58264 and
# four of the six advisories of 2.5.6) are never called: `read_soundfont` refuses what is not SF2 or SF3.
_FAULTS = (
    Fault("a soundfont made for it can end or take over the program", "CVE-2021-21417, issue 808", "2.1.8", True),
    Fault("a soundfont's list of modulators can be read past its end", "GHSA-rmc4-c8hw-455w", "2.5.6", False),
    Fault("events made for it can write past a block", "CVE-2026-111123, GHSA-g4r7-g73m-843m", "2.6.3", False),
)


def known_faults(version: str) -> tuple[Fault, ...]:
    """List the known faults of a version that soundfonts or MIDI files can use.

    Distributions mend faults without changing the version, so only a severe one is a reason to refuse.

    Examples
    --------
    >>> [fault.mended_in for fault in known_faults("2.1.7")], known_faults("2.6.3")
    (['2.1.8', '2.5.6', '2.6.3'], ())
    """
    own = _numbers(version)
    return tuple(fault for fault in _FAULTS if own < _numbers(fault.mended_in))


def _numbers(version: str) -> tuple[int, ...]:
    """Read a version's numbers."""
    return tuple(int(number) for number in re.findall(r"[0-9]+", version)[:3])


def synthesizer_version() -> str:
    """Say which libfluidsynth is installed, such as ``"2.3.1"``."""
    call = load_fluidsynth()._fl.fluid_version_str
    call.restype = ctypes.c_char_p
    return str(call().decode())
