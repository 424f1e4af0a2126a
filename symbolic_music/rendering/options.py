"""What can be asked of the renderer: soundfont, effects, style, level, limits; checked when made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from symbolic_music.errors import InputError

SAMPLE_RATES = (22050, 32000, 44100, 48000, 88200, 96000)


@dataclass(frozen=True)
class Reverb:
    """A room: ``level`` 0 to 1, ``room`` its size 0 to 1, ``damping`` 0 to 1, ``width`` 0 to 100."""

    level: float = 0.35
    room: float = 0.5
    damping: float = 0.3
    width: float = 0.8


@dataclass(frozen=True)
class Chorus:
    """``level`` 0 to 10, ``voices`` 0 to 99, ``speed_hz`` 0.1 to 5, ``depth_ms`` 0 to 256."""

    level: float = 0.6
    voices: int = 3
    speed_hz: float = 0.3
    depth_ms: float = 8.0


@dataclass(frozen=True)
class Band:
    """One filter of an equaliser: ``kind`` low_shelf, high_shelf, peaking or high_pass."""

    kind: str
    frequency_hz: float
    gain_db: float = 0.0
    q: float = 0.7


@dataclass(frozen=True)
class Style:
    """How a style sounds: filters over the mix, and dB for groups of instruments (see `GROUPS`)."""

    bands: tuple[Band, ...] = ()
    balance_db: tuple[tuple[str, float], ...] = ()


REVERBS = {
    "off": Reverb(0.0),
    "room": Reverb(0.35, 0.4, 0.5, 0.6),
    "chamber": Reverb(),
    "plate": Reverb(0.4, 0.6, 0.1, 1.0),
    "hall": Reverb(0.55, 0.75, 0.3, 1.0),
    "church": Reverb(0.7, 0.95, 0.4, 1.0),
}
CHORUSES = {
    "off": Chorus(0.0),
    "light": Chorus(),
    "wide": Chorus(1.5, 4, 0.4, 10.0),
    "ensemble": Chorus(2.5, 6, 0.6, 14.0),
}

# General MIDI programs by group; drums are those of a drum channel.
GROUPS = {
    "drums": range(0), "keys": range(0, 24), "guitar": range(24, 32), "bass": range(32, 40), "strings": range(40, 56),
    "winds": range(56, 80), "lead": range(80, 88), "pad": range(88, 104), "other": range(104, 128),
}  # fmt: skip

# Small corrections that mixing engineers' tables agree on: air and a firm bottom for pop, drums and bass forward for
# dance music, the middle for guitars, nothing pressed in classical music. Not measured; judge by ear.
STYLES = {
    "flat": Style(),
    "pop": Style(
        (Band("low_shelf", 90, 1.0), Band("peaking", 300, -1.0, 0.8), Band("high_shelf", 9000, 1.5)),
        (("drums", 1.0), ("bass", 0.5), ("pad", -1.5)),
    ),
    "rock": Style(
        (Band("low_shelf", 100, 1.5), Band("peaking", 400, -1.5, 0.9), Band("peaking", 2800, 1.5, 0.9)),
        (("drums", 2.0), ("bass", 1.0), ("guitar", 1.0), ("pad", -2.0)),
    ),
    "electronic": Style(
        (Band("low_shelf", 80, 2.5), Band("peaking", 350, -1.5, 0.8), Band("high_shelf", 8000, 2.0)),
        (("drums", 2.0), ("bass", 2.0), ("strings", -1.0)),
    ),
    "jazz": Style(
        (Band("peaking", 250, 0.8, 0.8), Band("high_shelf", 9000, -1.0)),
        (("drums", -2.0), ("bass", 1.5), ("keys", 0.5)),
    ),
    "classical": Style(
        (Band("high_pass", 30), Band("high_shelf", 10000, 0.5)),
        (("drums", -3.0), ("strings", 1.0)),
    ),
    "acoustic": Style(
        (Band("high_pass", 40), Band("peaking", 250, -0.8, 0.8), Band("high_shelf", 7000, 1.0)),
        (("drums", -1.5), ("guitar", 1.0), ("pad", -1.0)),
    ),
    "warm": Style((Band("low_shelf", 180, 1.5), Band("high_shelf", 5000, -2.5))),
    "bright": Style((Band("low_shelf", 150, -1.0), Band("high_shelf", 5000, 2.5))),
    "lofi": Style(
        (Band("high_pass", 90), Band("peaking", 700, 1.5, 0.6), Band("high_shelf", 3500, -9.0)),
        (("drums", 1.0),),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class RenderOptions:
    """How to make sound.

    ``gain`` is the synthesizer's own, before the level is set. ``reverb`` and
    ``chorus`` are levels, or settings (`REVERBS`, `CHORUSES` have some).
    ``style`` is a name of `STYLES`. ``loudness_lufs`` is the integrated
    loudness wanted (EBU R 128), ``None`` to set only the peak; ``peak_dbfs``
    is the true peak that is never passed, ``None`` to leave the level as it
    comes. ``fade_out_sec`` fades the end; ``tail_sec`` bounds the dying away
    after the last bar, which ends when it is silent. Longer music than
    ``max_duration_sec`` is refused.
    """

    soundfont: str | Path | None = None
    sample_rate: int = 44100
    gain: float = 0.5
    reverb: float | Reverb = 0.35
    chorus: float | Chorus = 0.6
    tail_sec: float = 6.0
    peak_dbfs: float | None = -1.0
    loudness_lufs: float | None = -14.0
    style: str = "flat"
    fade_out_sec: float = 0.0
    max_duration_sec: float = 6 * 3600.0

    def __post_init__(self) -> None:
        """Refuse what the synthesizer cannot do."""
        if self.sample_rate not in SAMPLE_RATES:
            rates = ", ".join(map(str, SAMPLE_RATES))
            raise InputError(f"sample rate {self.sample_rate} is not possible; use one of {rates}")
        if self.style not in STYLES:
            raise InputError(f"style {self.style!r} is not known; use one of {', '.join(STYLES)}")
        reverb, chorus = self.reverb_settings, self.chorus_settings
        for name, value, low, high in (
            ("loudness", self.loudness_lufs, -40.0, -5.0), ("true peak", self.peak_dbfs, -30.0, 0.0),
            ("tail", self.tail_sec, 0.0, 60.0), ("fade-out", self.fade_out_sec, 0.0, 600.0),
            ("gain", self.gain, 0.01, 5.0), ("reverb level", reverb.level, 0.0, 1.0),
            ("reverb room", reverb.room, 0.0, 1.0), ("chorus level", chorus.level, 0.0, 10.0),
        ):  # fmt: skip
            if value is not None and not low <= value <= high:
                raise InputError(f"{name} {value:g} is out of range; use {low:g} to {high:g}")
        if self.peak_dbfs is None and self.loudness_lufs is not None:
            raise InputError("a loudness needs a true peak that is not passed; give both or leave both out")

    @property
    def reverb_settings(self) -> Reverb:
        """The room, from a level or as given."""
        return self.reverb if isinstance(self.reverb, Reverb) else Reverb(float(self.reverb))

    @property
    def chorus_settings(self) -> Chorus:
        """The chorus, from a level or as given."""
        return self.chorus if isinstance(self.chorus, Chorus) else Chorus(float(self.chorus))
