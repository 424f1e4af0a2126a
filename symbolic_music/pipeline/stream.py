"""An endless song: movements made by the verbs for `symbolic_music.games.stream`, live or into a file.

>>> from symbolic_music.pipeline.stream import StreamOptions, open_stream
>>> stream = open_stream(StreamOptions(style="bossa nova", mood="calm", seed=1))
>>> bar = next(stream)  # doctest: +SKIP
>>> stream.set(mood="tense", intensity=0.9)  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from symbolic_music.budget import Progress
from symbolic_music.errors import FileFormatError, InputError
from symbolic_music.games.bars import Dial, StreamBar
from symbolic_music.games.stream import Movement, Stream, score_of_bars
from symbolic_music.limits import SECONDS
from symbolic_music.pipeline.creation import CreateOptions, check_band, run_arrange, run_compose, run_perform
from symbolic_music.song.chance import phrase_rng
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import PlannedPhrase, PlannedSection, SongPlan
from symbolic_music.song.score import Score
from symbolic_music.song.style_names import find_style_name
from symbolic_music.styles.style import Style, check_fits, load_style
from symbolic_music.styles.traits import find_mood, minor_share
from symbolic_music.theory.key import Key
from symbolic_music.theory.meter import parse_meter

PHRASE_BARS = 4
# A movement's phrases: what each is to those before, and how it ends; the last one is not heard, but played towards.
_FORM = (
    ("a", "new", None, "half"),
    ("b", "variation", "a", "authentic"),
    ("c", "new", None, "half"),
    ("d", "new", None, "authentic"),
    ("e", "repeat", "a", "half"),
)
_N_HEARD = 4
_LOUD = 0.6
DEFAULT_STYLE = "ambient"


@dataclass(frozen=True)
class StreamOptions:
    """What an endless song is like: style, meter and tempo stay, mood and intensity are its dial's first place."""

    style: str = DEFAULT_STYLE
    mood: str = "calm"
    intensity: float = 0.4
    key: str | None = None
    tempo_qpm: float | None = None
    band: tuple[str, ...] | None = None
    candidates: int = 4
    seed: int = 0


@dataclass(frozen=True, eq=False)
class _Written:
    """A movement with what it is played from."""

    plan: SongPlan
    sheet: LeadSheet


class _Maker:
    """Writes movements by plan, compose, arrange and perform."""

    def __init__(self, options: StreamOptions) -> None:
        self._options = options
        self._style: Style = load_style(find_style_name(options.style))
        self._meter = parse_meter(self._style.meters[0])
        low, high = self._style.tempo_qpm
        mood = find_mood(options.mood)
        place = min(1.0, max(0.0, 0.5 * mood.tempo))
        self._tempo = options.tempo_qpm or round(low + (high - low) * place)
        check_fits(self._style, str(self._meter), self._tempo)
        check_band(options.band, "stream")
        self._how = CreateOptions(audio="none", candidates=options.candidates)

    def begin(self, number: int, take: int, key: Key, dial: Dial) -> Movement:
        """Write a movement."""
        rng = phrase_rng(self._options.seed, "stream", "movement", number, take)
        plan = self._plan(key, dial, int(rng.integers(2**31)))
        return self._play(_Written(plan, run_compose(plan, self._how)))

    def play_on(self, movement: Movement, phrase: int, dial: Dial) -> Movement:
        """Play a movement at another intensity from a phrase on."""
        written = movement.source
        assert isinstance(written, _Written)
        sections = tuple(
            section if index < phrase else section.model_copy(update={"intensity": dial.intensity})
            for index, section in enumerate(written.plan.sections)
        )
        return self._play(replace(written, plan=written.plan.model_copy(update={"sections": sections})))

    def mode_of(self, dial: Dial, rng: np.random.Generator) -> str:
        """Draw a mode by style and mood."""
        return "minor" if rng.random() < minor_share(self._style, dial.mood) else "major"

    def _plan(self, key: Key, dial: Dial, seed: int) -> SongPlan:
        """Plan a movement."""
        kind = "chorus" if dial.intensity >= _LOUD else "verse"
        sections = [
            PlannedSection(
                name=f"{kind} {number + 1}", kind=kind, n_bars=PHRASE_BARS, key=key, intensity=dial.intensity,
                phrases=(PlannedPhrase(
                    name=name, letter=(source or name).upper(), n_bars=PHRASE_BARS, cadence=cadence, relation=relation,
                    source=source,
                ),),
            )
            for number, (name, relation, source, cadence) in enumerate(_FORM)
        ]  # fmt: skip
        return SongPlan(
            title="Stream", genre=self._style.genre, mood=dial.mood, style=self._style.name, tempo_qpm=self._tempo,
            meter=self._meter, n_bars=PHRASE_BARS * len(_FORM), band=self._options.band, seed=seed,
            sections=tuple(sections),
        )  # fmt: skip

    def _play(self, written: _Written) -> Movement:
        """Arrange and perform a movement."""
        arranged = run_arrange(written.sheet, written.plan, self._how)
        played = run_perform(arranged, written.plan, self._how)
        key = written.plan.sections[0].key
        return Movement(
            key, self._tempo, str(self._meter), arranged, played, (PHRASE_BARS,) * _N_HEARD,
            tuple(relation != "new" for _, relation, _, _ in _FORM[:_N_HEARD]), written,
        )  # fmt: skip


def open_stream(options: StreamOptions | None = None) -> Stream:
    """Begin an endless song: a plain iterator of bars, with ``set(mood=, intensity=)``.

    Raises
    ------
    InputError
        If style, mood, key or band are not known, or the style is not played at the tempo.
    """
    options = options or StreamOptions()
    dial = Dial(options.mood, options.intensity)
    return Stream(_Maker(options), dial, options.seed, options.key)


def play_for(stream: Stream, seconds: float) -> Iterator[StreamBar]:
    """Take bars from a stream until a time is filled, to the end of the phrase."""
    played = 0.0
    while played < seconds:
        bar = next(stream)
        played += bar.seconds
        yield bar
    phrase = bar.section
    while stream.has_more_of(phrase):
        yield next(stream)


def stream_score(options: StreamOptions, seconds: float, on_progress: Progress | None = None) -> Score:
    """Make a piece of any length of an endless song, to the end of a phrase.

    Raises
    ------
    InputError
        If it is longer than two hours.
    """
    if not 1 <= seconds <= SECONDS.most:
        raise InputError(f"{seconds:g} seconds are not possible", f"use 1 to {SECONDS.most}")
    stream = open_stream(options)
    bars = []
    for bar in play_for(stream, seconds):
        bars.append(bar)
        if on_progress is not None:
            done = bar.quarter * 60 / bar.tempo_qpm
            on_progress("compose", min(int(done), int(seconds) - 1), int(seconds))
    if on_progress is not None:
        on_progress("compose", int(seconds), int(seconds))
    title = f"{options.mood} {options.style}".title()
    return score_of_bars(bars, stream.parts, title)


def write_stream(
    options: StreamOptions,
    seconds: float,
    target: str | Path,
    on_progress: Progress | None = None,
) -> Score:
    """Write a piece of any length: ``.mid``, or sound (``.ogg``, ``.wav``, ``.flac``, ``.mp3``).

    Raises
    ------
    InputError
        As `stream_score`; or for another ending.
    RenderError
        If there is no synthesizer or soundfont.
    """
    target = Path(target)
    endings = (".mid", ".ogg", ".wav", ".flac", ".mp3")
    if target.suffix.lower() not in endings:
        raise FileFormatError(f"{target}: the output's name must end in one of {', '.join(endings)}")
    score = stream_score(options, seconds, on_progress)
    if target.suffix.lower() == ".mid":
        from symbolic_music.formats.midi import write_midi

        write_midi(score, target)
    else:
        from symbolic_music.rendering import RenderOptions, render_file

        def rendered(done: float, total: float) -> None:
            if on_progress is not None:
                on_progress("render", int(done), int(total))

        render_file(score, target, RenderOptions(fade_out_sec=3.0), on_progress=rendered)
    return score
