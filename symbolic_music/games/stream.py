"""An endless song, bar by bar, with a dial for mood and intensity: the part that knows time and repetition.

A stream is made of *movements* (sixteen bars that belong together) of four phrases. The dial takes effect at a phrase:
another intensity has the same tune played by the band at that level, another mood begins a new movement. A bar that was
heard in the last two minutes comes again only as a planned return, and says so. Who makes the movements is given to the
stream (`symbolic_music.pipeline.stream` does); it is a plain iterator, made a phrase at a time when somebody asks for
the next bar.

Bars that were given but have not begun may be *taken back* for a turn of the dial: the stream goes on from there with
the same number. Where there is no time to write them anew, the band reacts with what is written (`is_reaction`).
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

import numpy as np

from symbolic_music.games.bars import Dial, Effect, StreamBar, StreamNote, StreamPart, leveled
from symbolic_music.games.cutting import ANTICIPATION_TICKS, TPQ_GAME
from symbolic_music.games.reaction import reacting
from symbolic_music.song.chance import phrase_rng
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import KeyChange, Marker, MeterChange, Score, TempoChange, Track
from symbolic_music.theory.key import Key, key_of, parse_key
from symbolic_music.theory.meter import TPQ, parse_meter

# Within this time a bar comes again only as a planned return.
MEMORY_SEC = 120.0
_MOST_TRIES = 4
# So many phrases that were given can be taken back.
_MOST_BACK = 32
# Where a movement's key may go: steps on the circle of fifths and how often; the mode is the mood's.
_STEPS, _WEIGHTS = (0, 1, -1), (0.5, 0.25, 0.25)


@dataclass(frozen=True, eq=False)
class Movement:
    """Sixteen bars or so, written and played: ``written`` on the engine's grid, ``played`` at 480 ticks a quarter.

    ``phrase_bars`` are the phrases' lengths; ``is_return`` says which of them take up an earlier one. What comes after
    the last phrase in the scores is not heard: it is there so that the band plays on towards it. ``source`` is what
    its maker plays it on from.
    """

    key: Key
    tempo_qpm: float
    meter: str
    written: Score
    played: Score
    phrase_bars: tuple[int, ...]
    is_return: tuple[bool, ...]
    source: object = None


class Maker(Protocol):
    """Who makes movements."""

    def begin(self, number: int, take: int, key: Key, dial: Dial) -> Movement:
        """Write a movement."""
        ...

    def play_on(self, movement: Movement, phrase: int, dial: Dial) -> Movement:
        """Play a movement from a phrase on at another intensity; its tune stays."""
        ...

    def mode_of(self, dial: Dial, rng: np.random.Generator) -> str:
        """Draw a mode that the mood has."""
        ...


class Work(Enum):
    """What a phrase was made by."""

    BEGUN = "a movement was begun"
    PLAYED_ON = "a movement was played on"
    CUT = "a movement went on"


@dataclass(frozen=True, eq=False)
class _State:
    """Where a stream stands between two phrases."""

    movement: Movement | None
    number: int  # of the movement
    phrase: int  # in it
    key: Key
    is_first: bool
    bar: int
    quarter: float
    made_for: Dial
    heard: tuple[StreamBar, ...]


@dataclass(frozen=True, eq=False)
class _Made:
    """A phrase that was made: how the stream stood before and after, and its bars."""

    before: _State
    after: _State
    bars: tuple[StreamBar, ...]


class Stream(Iterator[StreamBar]):
    """An endless source of bars.

    Parameters
    ----------
    maker : Maker
        Writes movements.
    dial : Dial
        Where it stands at first.
    seed : int
        The same seed and the same turns at the same bars give the same notes.
    key : str, optional
        Of the first movement; drawn if left out.
    """

    def __init__(self, maker: Maker, dial: Dial, seed: int = 0, key: str | None = None) -> None:
        self._maker, self.dial, self._seed = maker, dial, seed
        rng = phrase_rng(seed, "stream", "key")
        self._key = parse_key(key) if key else key_of(int(rng.integers(12)), maker.mode_of(dial, rng))
        self._is_first = True
        self.parts: list[StreamPart] = []
        self._movement: Movement | None = None
        self._number = self._phrase = 0  # of the movement, and of the phrase in it
        self._bar, self._quarter = 0, 0.0
        self._made_for = dial
        self._bars: deque[StreamBar] = deque()
        self._heard: deque[StreamBar] = deque()
        self._made: deque[_Made] = deque(maxlen=_MOST_BACK)
        self.work = Work.CUT  # for the phrase made last

    def __next__(self) -> StreamBar:
        """Give the next bar; a phrase is made when its first bar is asked for."""
        if not self._bars:
            self._make_phrase()
        return self._bars.popleft()

    def set(self, mood: str | None = None, intensity: float | None = None) -> Effect:
        """Turn the dial; tell when it will be heard: at the next phrase of which no bar was given.

        Raises
        ------
        InputError
            If the mood is not known or the intensity out of range.
        """
        self.dial = Dial(self.dial.mood if mood is None else mood,
                         self.dial.intensity if intensity is None else intensity)  # fmt: skip
        return Effect(self._bar, self._quarter, self._bar)

    def phrase_from(self, quarter: float) -> tuple[int, float]:
        """Find the first phrase that begins at a place or after it: its first bar, and where that is."""
        for made in self._made:
            if made.before.quarter >= quarter:
                return made.before.bar, made.before.quarter
        return self._bar, self._quarter

    def work_for(self, bar: int) -> Work:
        """Say what making the phrase that begins with a bar anew takes at least."""
        before = self._state() if bar == self._bar else self._find(bar).before
        return Work.BEGUN if self._needs_movement(before) else Work.PLAYED_ON

    def _needs_movement(self, state: _State) -> bool:
        """Whether the dial asks for a new movement where a stream stands so."""
        movement = state.movement
        return movement is None or state.phrase == len(movement.phrase_bars) or self.dial.mood != state.made_for.mood

    def take_back(self, bar: int) -> None:
        """Take back the phrase that begins with a bar, and all after it: they are made anew for the dial.

        Raises
        ------
        ValueError
            If no phrase begins there, or it was made too long ago.
        """
        if bar == self._bar:
            return
        self._restore(self._find(bar).before)
        self._bars.clear()
        while self._made and self._made[-1].before.bar >= bar:
            self._made.pop()

    def react(self, bar: int) -> Effect:
        """Have the band react to the dial from a bar on, to the end of that bar's phrase, with what is written.

        What comes after that phrase is taken back.

        Raises
        ------
        ValueError
            If the bar's phrase was made too long ago, or not yet.
        """
        made = next((made for made in self._made if made.before.bar <= bar < made.after.bar), None)
        if made is None:
            raise ValueError(f"bar {bar} is in no phrase that is remembered")
        early = [one for one in self._bars if one.number < bar]
        self.take_back(made.after.bar)
        bars = reacting([one for one in made.bars if one.number >= bar], self.dial, self.parts)
        self._bars = deque((*early, *bars))
        return Effect(bar, bars[0].quarter, made.after.bar)

    def _find(self, bar: int) -> _Made:
        """Find the phrase that begins with a bar."""
        found = next((made for made in self._made if made.before.bar == bar), None)
        if found is None:
            raise ValueError(f"no phrase that is remembered begins at bar {bar}")
        return found

    def _state(self) -> _State:
        """Say how it stands."""
        return _State(
            self._movement, self._number, self._phrase, self._key, self._is_first, self._bar, self._quarter,
            self._made_for, tuple(self._heard),
        )  # fmt: skip

    def _restore(self, state: _State) -> None:
        """Stand as it stood."""
        self._movement, self._number, self._phrase = state.movement, state.number, state.phrase
        self._key, self._is_first, self._made_for = state.key, state.is_first, state.made_for
        self._bar, self._quarter = state.bar, state.quarter
        self._heard = deque(state.heard)

    @property
    def quarters_a_sec(self) -> float:
        """How fast it goes; nothing before the first bar."""
        return 0.0 if self._movement is None else self._movement.tempo_qpm / 60

    @property
    def is_made(self) -> bool:
        """Whether the next bar is made already."""
        return bool(self._bars)

    def has_more_of(self, section: str) -> bool:
        """Whether the next bar is made already and belongs to a phrase that has begun."""
        return bool(self._bars) and self._bars[0].section == section

    def _make_phrase(self) -> None:
        """Make the next phrase's bars and remember them."""
        before = self._state()
        movement = self._movement
        if movement is None or self._needs_movement(before):
            bars = self._begin_movement()
        else:
            self.work = Work.CUT
            if self.dial != self._made_for:
                self.work = Work.PLAYED_ON
                movement = self._maker.play_on(movement, self._phrase, self.dial)
            bars = self._cut(movement, self._phrase)
            if self._repeats(movement, self._phrase, bars):
                bars = self._begin_movement()
            else:
                self._movement = movement
        self._made_for = self.dial
        self._phrase += 1
        assert self._movement is not None
        if self._movement.is_return[self._phrase - 1]:
            bars = self._with_returns(bars)
        self._bars.extend(bars)
        self._bar += len(bars)
        self._quarter += sum(bar.n_quarters for bar in bars)
        self._heard.extend(bars)
        self._forget()
        self._made.append(_Made(before, self._state(), tuple(bars)))

    def _begin_movement(self) -> list[StreamBar]:
        """Begin a movement, in another take if its first phrase was just heard."""
        self.work = Work.BEGUN
        if not self._is_first:
            self._key = self._next_key()
        self._is_first = False
        best: tuple[int, Movement, list[StreamBar]] | None = None
        for take in range(_MOST_TRIES):
            movement = self._maker.begin(self._number, take, self._key, self.dial)
            bars = self._cut(movement, 0)
            again = self._n_heard(bars)
            if best is None or again < best[0]:
                best = (again, movement, bars)
            if again == 0:
                break
        assert best is not None
        self._number += 1
        self._phrase = 0
        self._movement = best[1]
        return best[2]

    def _next_key(self) -> Key:
        """Go to a near key: the same, or one sharp or flat away, in a mode of the mood."""
        rng = phrase_rng(self._seed, "stream", "key", self._number)
        mode = self._maker.mode_of(self.dial, rng)
        near = self._key.tonic_pitch_class if mode == self._key.mode else _relative(self._key)
        step = int(rng.choice(_STEPS, p=_WEIGHTS))
        return key_of((near + 7 * step) % 12, mode)

    def _repeats(self, movement: Movement, phrase: int, bars: Sequence[StreamBar]) -> bool:
        """Whether a phrase that is no return was heard just now."""
        return not movement.is_return[phrase] and self._n_heard(bars) > 0

    def _n_heard(self, bars: Sequence[StreamBar]) -> int:
        """How many of some bars were heard just now, or come twice among them."""
        known = {bar.signature for bar in self._heard}
        return sum(bar.signature in known for bar in bars) + len(bars) - len({bar.signature for bar in bars})

    def _with_returns(self, bars: list[StreamBar]) -> list[StreamBar]:
        """Say of bars that were heard just now which ones they bring back."""
        known = {bar.signature: bar.number for bar in self._heard}
        marked = []
        for bar in bars:
            marked.append(replace(bar, returns_to=known.get(bar.signature)))
            known.setdefault(bar.signature, bar.number)
        return marked

    def _forget(self) -> None:
        """Forget what was heard long ago."""
        seconds = sum(bar.seconds for bar in self._heard)
        while self._heard and seconds - self._heard[0].seconds > MEMORY_SEC:
            seconds -= self._heard.popleft().seconds

    def _cut(self, movement: Movement, phrase: int) -> list[StreamBar]:
        """Cut one phrase of a movement into bars of one level."""
        first = sum(movement.phrase_bars[:phrase])
        bars = [self._cut_bar(movement, phrase, first, bar) for bar in range(movement.phrase_bars[phrase])]
        return leveled(bars, self.dial.intensity, {n for n, part in enumerate(self.parts) if part.is_drum})

    def _cut_bar(self, movement: Movement, phrase: int, first: int, bar: int) -> StreamBar:
        """Cut one bar."""
        meter = parse_meter(movement.meter)
        ticks = meter.bar_ticks * TPQ_GAME // TPQ
        start, end = (first + bar) * ticks, (first + movement.phrase_bars[phrase]) * ticks
        notes = []
        for track in movement.played.tracks:
            part = self._part_of(track)
            # A pushed downbeat sounds before its bar line and belongs to its bar.
            early = ANTICIPATION_TICKS if first + bar > 0 else 0
            for onset, length, pitch, velocity in track.notes.tolist():
                if start - early <= onset < start + ticks - ANTICIPATION_TICKS:
                    length = min(length, end - onset)
                    notes.append(StreamNote(part, (onset - start) / TPQ_GAME, length / TPQ_GAME, pitch, velocity))
        n_quarters = meter.bar_ticks / TPQ
        number = self._bar + bar
        chords = tuple(
            ((symbol.tick - start) / TPQ_GAME, symbol.text)
            for symbol in movement.played.chord_symbols if start <= symbol.tick < start + ticks
        )  # fmt: skip
        return StreamBar(
            number, self._quarter + bar * n_quarters, n_quarters, movement.tempo_qpm, movement.meter, str(movement.key),
            f"{self._number - (phrase > 0)}.{phrase + 1}", self.dial.mood, self.dial.intensity, chords, tuple(sorted(
                notes, key=lambda note: (note.start, note.part, note.pitch))), _signature(movement, first + bar),
        )  # fmt: skip

    def _part_of(self, track: Track) -> int:
        """Find a track's player, or add one."""
        part = StreamPart(track.name, track.role, track.program, track.is_drum, track.volume, track.pan)
        if part not in self.parts:
            self.parts.append(part)
        return self.parts.index(part)


def score_of_bars(bars: Sequence[StreamBar], parts: Sequence[StreamPart], title: str = "Stream") -> Score:
    """Write bars one after the other as a score of 480 ticks a quarter.

    Parameters
    ----------
    bars : sequence of StreamBar
        In order, at least one; the first begins at tick 0.
    parts : sequence of StreamPart
        The stream's players.

    Returns
    -------
    Score
        With meters, tempi, keys, chords, and a marker where a section begins.
    """
    rows: list[list[tuple[int, int, int, int]]] = [[] for _ in parts]
    origin = bars[0].quarter
    tempos, meters, keys = list[TempoChange](), list[MeterChange](), list[KeyChange]()
    markers, chords = list[Marker](), list[Marker]()
    for bar in bars:
        tick = round((bar.quarter - origin) * TPQ_GAME)
        for note in bar.notes:
            onset = max(0, tick + round(note.start * TPQ_GAME))
            rows[note.part].append((onset, max(1, round(note.length * TPQ_GAME)), note.pitch, note.velocity))
        if not tempos or tempos[-1].qpm != bar.tempo_qpm:
            tempos.append(TempoChange(tick, bar.tempo_qpm))
        if not meters or str(meters[-1].meter) != bar.meter:
            meters.append(MeterChange(tick, parse_meter(bar.meter)))
        if not keys or str(keys[-1].key) != bar.key:
            keys.append(KeyChange(tick, parse_key(bar.key)))
        if not markers or markers[-1].text != bar.section:
            markers.append(Marker(tick, bar.section))
        chords += [Marker(tick + round(at * TPQ_GAME), text) for at, text in bar.chords]
    tracks = tuple(
        Track(part.name, part.role, part.program, make_notes(sorted(own)), part.is_drum, part.volume, part.pan)
        for part, own in zip(parts, rows, strict=True) if own
    )  # fmt: skip
    end = round((bars[-1].quarter + bars[-1].n_quarters - origin) * TPQ_GAME)
    return Score(title, TPQ_GAME, end, tracks, tuple(tempos), tuple(meters), tuple(keys), tuple(markers), tuple(chords))


def _relative(key: Key) -> int:
    """The tonic of the key with the same signature in the other mode."""
    return (key.tonic_pitch_class + (9 if key.mode == "major" else 3)) % 12


def _signature(movement: Movement, bar: int) -> str:
    """Say what is heard in a bar, however high: its written notes from the tonic, held ones too, without the drums."""
    ticks = parse_meter(movement.meter).bar_ticks
    start, tonic = bar * ticks, movement.key.tonic_pitch_class
    rows = sorted(
        (track.role, onset - start, (pitch - tonic) % 12, length)
        for track in movement.written.tracks if not track.is_drum
        for onset, length, pitch, _ in track.notes.tolist() if onset < start + ticks and onset + length > start
    )  # fmt: skip
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:16]
