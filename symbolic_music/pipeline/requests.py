"""What can be asked of each verb, as one document: the command line makes its options of these fields.

A request holds what is said about *how*; what a verb is done to (a plan, a lead sheet, a file) comes beside it.
Each field's description is its help, its range the range that is checked. Lists are lists here, and names with a
comma between on the command line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

from pydantic import Field

from symbolic_music.budget import Progress
from symbolic_music.errors import InputError
from symbolic_music.pipeline.creation import DEFAULT_HUMANIZE, CreateOptions
from symbolic_music.song.brief import Brief
from symbolic_music.song.document import Document
from symbolic_music.song.edit import MOST_CHOICES, Lock, Operation
from symbolic_music.song.plan import SECTION_KINDS, SongPlan

if TYPE_CHECKING:
    from symbolic_music.games import GameOptions
    from symbolic_music.pipeline.own_music import WriteOptions
    from symbolic_music.pipeline.songs import EditOptions
    from symbolic_music.pipeline.stream import StreamOptions
    from symbolic_music.rendering import FileOptions, RenderOptions
    from symbolic_music.singing import SungBy

_Setting = TypeVar("_Setting")

_KINDS = ", ".join(SECTION_KINDS)
Seed = Annotated[int | None, Field(ge=0, lt=2**63, description="The same seed gives the same notes.")]
StyleName = Annotated[str | None, Field(description='Of the band: "bossa nova"; symbolic-music styles lists them.')]
Candidates = Annotated[int | None, Field(ge=1, le=64, description="Versions of each phrase to choose from, 1 to 64.")]
Humanize = Annotated[float, Field(ge=0, le=1, description="How loose the players are: 0 (even) to 1 (as people play).")]
Straight = Annotated[bool, Field(description="Exactly as written: on the grid, no swing, only the written velocities.")]
Soundfont = Annotated[
    Path | None, Field(description="SF2 or SF3 file; if left out, the first found in soundfonts/ or on the system.")
]
SongAudio = Annotated[str, Field(description="wav or none.")]
LoopDialects = Annotated[
    tuple[str, ...],
    Field(description="MIDI loop marks, comma between: markers, cc111 (RPG Maker), emidi, touhou, descent; or none."),
]
MaxKb = Annotated[float | None, Field(description="No file may be larger than this many kB (1024 bytes).")]
CutSoundfont = Annotated[
    bool, Field(description="Also write soundfont.sf2: only what the music uses of the soundfont.")
]


class PlanRequest(Document):
    """`plan`: a brief."""

    brief: Brief = Brief()


class ComposeRequest(Document):
    """`compose` a plan."""

    seed: Seed = None
    candidates: Candidates = None

    def options(self, on_progress: Progress | None = None) -> CreateOptions:
        """What the stage takes."""
        return CreateOptions(candidates=self.candidates, on_progress=on_progress)


class PerformRequest(Document):
    """`perform` a score, in another style than its plan's if one is named."""

    style: StyleName = None
    humanize: Humanize = DEFAULT_HUMANIZE
    straight: Straight = False

    def options(self, on_progress: Progress | None = None) -> CreateOptions:
        """What the stage takes."""
        return CreateOptions(on_progress=on_progress, humanize=self.humanize, straight=self.straight)


class ArrangeRequest(PerformRequest):
    """`arrange` a lead sheet, and perform it too if that is wished."""

    chords: str | None = Field(
        default=None,
        description='A chord chart, "C | Am F | G7", or a .txt file with one; it goes before the file\'s own.',
    )
    tune: int | None = Field(default=None, description="Which tune of an ABC file, by its X: number.")
    band: tuple[str, ...] | None = Field(
        default=None, description='Instruments, comma between: "piano, upright bass, brushes".'
    )
    tempo_qpm: float | None = Field(default=None, ge=30, le=260, description="Quarter notes a minute, 30 to 260.")
    seed: Seed = None
    perform: bool = Field(default=False, description="Also give it dynamics and timing.")


class CreateRequest(Document):
    """`create` a song from a brief."""

    brief: Brief = Brief()
    like: Path | None = Field(
        default=None,
        description="A reference whose style is followed: MIDI, a song's folder, or sound of 10 s or more.",
    )
    audio: SongAudio = "wav"
    soundfont: Soundfont = None
    candidates: Candidates = None
    humanize: Humanize = DEFAULT_HUMANIZE
    straight: Straight = False

    def options(self, plan: SongPlan | None = None, on_progress: Progress | None = None) -> CreateOptions:
        """What `create` takes; with a plan, which is used as it is."""
        return CreateOptions(
            self.audio, self.soundfont, plan, self.candidates, on_progress, self.humanize, self.straight, like=self.like
        )


class EditRequest(Document):
    """`edit` a song: an operation, or words, or a document of several operations."""

    words: str = Field(default="", description='What you want, in words: "make the last chorus bigger".')
    # None: nothing is said but words or a file. Its fields are options of their own.
    operation: Operation = Field(default=None)  # type: ignore[assignment]
    seed: Seed = None
    choices: int | None = Field(
        default=None, ge=2, le=MOST_CHOICES, description="Write so many versions into takes/ to choose from."
    )
    audio: str = Field(default="auto", description="wav, none, or auto: sound if the song has it.")
    soundfont: Soundfont = None

    def options(self, on_progress: Progress | None = None) -> EditOptions:
        """What an edit of a folder takes."""
        from symbolic_music.pipeline.songs import EditOptions

        return EditOptions(self.audio, self.soundfont, self.choices, on_progress)


class LockRequest(Document):
    """`lock` and `unlock`: what, where."""

    lock: Lock = Lock()


class RenderRequest(Document):
    """`render` a score: effects and levels by name or number."""

    soundfont: Soundfont = None
    format: str | None = Field(default=None, description="wav, flac, ogg, mp3.")
    bits: str | None = Field(default=None, description="16 or 24; 32f (float) in WAV.")
    sample_rate: int = Field(default=44100, description="Samples a second: 44100 or 48000.")
    stems: bool = Field(
        default=False, description="Each part alone as well, into NAME-stems; they add up to the whole."
    )
    reverb: str = Field(default="chamber", description="off, room, chamber, plate, hall, church, or a level 0 to 1.")
    chorus: str = Field(default="light", description="off, light, wide, ensemble, or a level 0 to 10.")
    loudness: str = Field(
        default="-14",
        description='Integrated loudness in LUFS (EBU R 128), such as -14; "off" brings only the peak to --peak.',
    )
    peak_dbtp: float = Field(default=-1.0, description="True peak that is never passed, in dBTP.")
    preset: str = Field(
        default="flat",
        description="Equaliser, balance: flat, pop, rock, electronic, jazz, classical, acoustic, warm, bright, lofi.",
    )
    fade_out_sec: float = Field(default=0.0, description="Seconds of fading at the end.")
    tail_sec: float = Field(default=10.0, description="Seconds of dying away at most; it ends when it is silent.")

    def options(self) -> RenderOptions:
        """What the renderer takes.

        Raises
        ------
        InputError
            If a name is not known or a number out of range.
        """
        from symbolic_music.rendering.options import CHORUSES, REVERBS, STYLES, RenderOptions

        if self.preset not in STYLES:
            raise InputError(f"--preset: {self.preset!r} is not known; use one of {', '.join(STYLES)}")
        return RenderOptions(
            soundfont=self.soundfont,
            sample_rate=self.sample_rate,
            reverb=_setting("reverb", self.reverb, REVERBS),
            chorus=_setting("chorus", self.chorus, CHORUSES),
            tail_sec=self.tail_sec,
            peak_dbfs=self.peak_dbtp,
            loudness_lufs=_lufs(self.loudness),
            style=self.preset,
            fade_out_sec=self.fade_out_sec,
        )

    def files(self) -> FileOptions:
        """What the writer of files takes."""
        from symbolic_music.rendering import FileOptions

        return FileOptions(self.bits, self.stems)


class SingRequest(Document):
    """`sing` a song's words over its band."""

    size: float = Field(
        default=1.0, ge=0.8, le=1.25, description="Of the throat: below 1 larger (deeper), above 1 smaller (brighter)."
    )
    breath: float = Field(default=0.0, ge=0, le=1, description="Air in the voice, 0 to 1.")
    vibrato: float = Field(default=35.0, ge=0, le=100, description="Depth on held notes, in cents.")
    octave: int | None = Field(
        default=None, ge=-2, le=2, description="Octaves that the voice alone is moved by; near middle C if left out."
    )
    level_db: float = Field(default=0.0, ge=-24, le=24, description="How much louder than the band the voice is.")
    soundfont: Soundfont = None
    sample_rate: int = Field(default=44100, description="Samples a second: 44100 or 48000.")

    def sung_by(self) -> SungBy:
        """Who sings."""
        from symbolic_music.singing import SungBy

        return SungBy(size=self.size, breath=self.breath, vibrato=self.vibrato, octave=self.octave)

    def options(self) -> RenderOptions:
        """How the band is rendered."""
        return RenderRequest(soundfont=self.soundfont, sample_rate=self.sample_rate).options()


class StreamRequest(Document):
    """`stream`: an endless song, live or for a time."""

    style: str = Field(default="ambient", description='Of the band: "bossa nova"; symbolic-music styles lists them.')
    mood: str = Field(default="calm", description="Where the dial stands: calm, happy, tense, dark ...")
    intensity: float = Field(default=0.4, ge=0, le=1, description="Where the dial stands: 0 (hardly there) to 1.")
    key: str | None = Field(default=None, description='To begin in, such as "D minor"; drawn if left out.')
    tempo_qpm: float | None = Field(default=None, ge=30, le=260, description="Quarter notes a minute, 30 to 260.")
    band: tuple[str, ...] | None = Field(
        default=None, description='Instruments, comma between: "piano, upright bass, brushes".'
    )
    duration_sec: float = Field(default=180.0, ge=1, le=7200, description="Length of a file: 10:00, 150 (seconds).")
    seed: Seed = None

    def options(self, seed: int) -> StreamOptions:
        """What the stream takes."""
        from symbolic_music.pipeline.stream import StreamOptions

        return StreamOptions(self.style, self.mood, self.intensity, self.key, self.tempo_qpm, self.band, seed=seed)


class ImportRequest(Document):
    """`import` an edited file."""

    audio: SongAudio = "none"
    soundfont: Soundfont = None


GivenChords = Annotated[
    str | None, Field(description='A chart, letters or degrees: "C | Am F", "vi IV I V"; it repeats to the end.')
]


class WritingRequest(Document):
    """What every verb that writes around given music takes."""

    seed: Seed = None
    candidates: Candidates = None

    def writing(self, chords: str | None = None, kind: str | None = None) -> WriteOptions:
        """What the verb takes."""
        from symbolic_music.pipeline.own_music import WriteOptions

        return WriteOptions(self.seed or 0, self.candidates, chords, kind)


class ContinueRequest(WritingRequest):
    """`continue` a song."""

    n_bars: int = Field(default=8, ge=1, le=64, description="How many bars to write, 1 to 64.")
    section: str | None = Field(
        default=None, description=f"What they are, such as chorus; the last section's kind if left out ({_KINDS})."
    )
    chords: GivenChords = None
    band: bool = Field(default=False, description="Let a band play the new bars too.")


class InfillRequest(WritingRequest):
    """`infill` some bars of a song."""

    bars: str = Field(default="", description="Which bars, counted from 1: 9-12, or 9.")
    chords: GivenChords = None

    def span(self) -> tuple[int, int]:
        """First bar, counted from 0, and how many.

        Raises
        ------
        InputError
            If it is no span of bars.
        """
        match = re.fullmatch(r"\s*(\d{1,6})\s*(?:[-–]\s*(\d{1,6}))?\s*", self.bars)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= first <= last:
            raise InputError(f"--bars: {self.bars!r} is not a span of bars; write 9-12, or 9")
        return first - 1, last - first + 1


class HarmonizeRequest(WritingRequest):
    """`harmonize` a tune."""


class MelodyRequest(Document):
    """`melody`: a tune over chords."""

    chords: str = Field(
        default="", description='A chart or a file with one: "C | Am F", "verse: vi IV; chorus: I V", song.cho.'
    )
    key: str | None = Field(default=None, description="Such as A minor; heard from the chords if left out.")
    meter: str = Field(default="4/4", description="Of all bars.")
    tempo_qpm: float = Field(default=110, ge=30, le=260, description="Quarter notes a minute, 30 to 260.")
    n_bars: int | None = Field(default=None, ge=1, le=400, description="Length; the chart once if left out.")
    style: StyleName = None
    seed: Seed = None
    candidates: Candidates = None


class AccompanyRequest(Document):
    """`accompany` music with players."""

    parts: tuple[str, ...] = Field(
        default=("bass",), min_length=1, description="Who is to play, comma between: bass, drums, chords, pad, line."
    )
    style: StyleName = None


class VaryRequest(Document):
    """`vary` a tune."""

    number: int = Field(default=10, ge=1, le=1_000_000, description="How many variations.")
    seed: Seed = None


class ChordsRequest(Document):
    """`chords`: how a progression could go on."""

    key: str | None = Field(default=None, description='Such as "A minor"; heard from the chords if left out.')
    after: str = Field(default="", description='The chords so far, a bar each or between bar lines: "Am F", "i VI".')
    number: int = Field(default=8, ge=1, le=64, description="How many ideas, 1 to 64.")
    n_bars: int = Field(default=2, ge=1, le=8, description="How long each is, 1 to 8 bars.")
    meter: str = Field(default="4/4", description="Of all bars.")
    halves: bool = Field(default=False, description="Let chords change at the half bar too.")
    seed: Seed = None
    soundfont: Soundfont = None


class GameRequest(Document):
    """`game`: a song as music for a game."""

    loop_dialect: LoopDialects = ("markers", "cc111")
    loop: str | None = Field(
        default=None,
        description='First and last section of the loop: "verse 1:chorus 2". If left out, all between intro and outro.',
    )
    max_kb: MaxKb = None
    audio: tuple[str, ...] = Field(default=("ogg", "wav"), description="ogg, wav, both with a comma between, or none.")
    transition_bars: int = Field(default=1, description="Length of transitions: 1 or 2 bars.")
    sample_rate: int = Field(default=44100, description="44100 or 48000.")
    soundfont: Soundfont = None
    cut_soundfont: CutSoundfont = False

    def options(self, on_progress: Progress | None = None) -> GameOptions:
        """What the export takes."""
        from symbolic_music.games import GameOptions

        first, _, last = (self.loop or "").partition(":")
        return GameOptions(
            dialects=_names(self.loop_dialect),
            loop_from=first.strip() or None,
            loop_to=(last or first).strip() or None,
            max_kb=self.max_kb,
            audio=_names(self.audio),
            sample_rate=self.sample_rate,
            transition_bars=self.transition_bars,
            soundfont=self.soundfont,
            cut_soundfont=self.cut_soundfont,
            on_progress=on_progress,
        )


class ExportRequest(Document):
    """`export` a song: sound of its stems; a game's music beside it."""

    stems: bool = Field(default=False, description="Same as --to stems.")
    audio: str = Field(default="wav", description="Sound of stems: wav, flac, ogg or none.")
    soundfont: Soundfont = None
    loop_dialect: LoopDialects = ("markers", "cc111")
    max_kb: MaxKb = None
    cut_soundfont: CutSoundfont = False

    def game(self) -> GameRequest:
        """What is asked of the game's music."""
        return GameRequest(
            loop_dialect=self.loop_dialect,
            max_kb=self.max_kb,
            soundfont=self.soundfont,
            cut_soundfont=self.cut_soundfont,
        )


def _names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Compare names without case; ``none`` alone is no name."""
    lowered = tuple(name.lower() for name in names)
    return () if lowered == ("none",) else lowered


def _setting(name: str, text: str, named: Mapping[str, _Setting]) -> _Setting | float:
    """Read an effect's name or level."""
    if text in named:
        return named[text]
    try:
        return float(text)
    except ValueError:
        raise InputError(f"--{name}: {text!r} is not known; use {', '.join(named)} or a number") from None


def _lufs(text: str) -> float | None:
    """Read a loudness or ``off``."""
    if text.lower() == "off":
        return None
    try:
        return float(text)
    except ValueError:
        raise InputError(f"--loudness: {text!r} is not a number of LUFS such as -14, nor off") from None
