"""What can be asked of a game export."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from symbolic_music.budget import Progress
from symbolic_music.errors import InputError
from symbolic_music.games.dialects import check_dialects

# Called as (stage, done, total), like the progress of `create`.

SAMPLE_RATES = (44100, 48000)
AUDIO_FORMATS = ("ogg", "wav")


@dataclass(frozen=True)
class GameOptions:
    """How to export for a game.

    ``dialects`` are the ways in which the loop is marked in MIDI files (see
    `symbolic_music.games.dialects`). ``loop_from`` and ``loop_to`` name the loop's
    first and last section; without them it runs from the first section after the intro to
    the last one before the outro. ``max_kb`` (1 kB = 1024 bytes) bounds every file.
    ``audio`` are the kinds of sound files; empty means MIDI and cue sheet only.
    ``cut_soundfont`` writes the used part of the soundfont too.
    """

    dialects: tuple[str, ...] = ("markers", "cc111")
    loop_from: str | None = None
    loop_to: str | None = None
    max_kb: float | None = None
    audio: tuple[str, ...] = AUDIO_FORMATS
    sample_rate: int = 44100
    transition_bars: int = 1
    soundfont: Path | None = None
    cut_soundfont: bool = False
    on_progress: Progress | None = None

    def __post_init__(self) -> None:
        check_dialects(self.dialects)
        if self.max_kb is not None and self.max_kb <= 0:
            raise InputError(f"the size limit is {self.max_kb:g} kB; give more than 0")
        if self.sample_rate not in SAMPLE_RATES:
            raise InputError(f"sample rate {self.sample_rate} is not possible; use 44100 or 48000")
        if self.transition_bars not in (1, 2):
            raise InputError(f"transitions of {self.transition_bars} bars are not possible; use 1 or 2")
        unknown = [kind for kind in self.audio if kind not in AUDIO_FORMATS]
        if unknown:
            raise InputError(f"audio {unknown[0]!r} is not known; use {', '.join(AUDIO_FORMATS)} or none")

    def report(self, stage: str, done: int, total: int) -> None:
        """Tell the caller how far a stage is."""
        if self.on_progress is not None:
            self.on_progress(stage, done, total)
