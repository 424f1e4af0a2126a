"""Which token may follow which: the state machine of a phrase's target.

``Grammar`` walks one target. It forces what is given (bar lines, the chords
beside the notes, the end after the last bar) and masks what would break the
phrase: bars add up, notes stay inside the phrase and the range, a melody has one
voice. Even untrained weights produce well-formed phrases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from symbolic_music.song.scansion import Scansion
from symbolic_music.theory.chord import Chord
from symbolic_music.tokens import vocabulary as v
from symbolic_music.tokens.codec import POINTERS, decode_bar, encode_given, figure_of, on_rhythm, own_content
from symbolic_music.tokens.phrase import ChordRow, Note, PhraseJob, PhraseMusic, row_at

# What may follow each token type inside a bar; "End" is the bar line or the end of the phrase.
FOLLOWERS: dict[str, dict[str, tuple[str, ...]]] = {
    "chords": {
        "Bar": ("Position", "Same", "Ref"),
        "Position": ("Root",),
        "Root": ("Quality",),
        "Quality": ("Bass", "Position", "End"),
        "Bass": ("Position", "End"),
        "Same": ("End",),
        "Ref": ("End",),
    },
    "melody": {
        "Target": ("Upbeat", "End"),
        "Upbeat": ("Position",),
        "Bar": ("Position", "Same", "Ref", "Figure", "Rhythm", "End"),
        "Rhythm": ("Pitch",),
        "Position": ("Pitch",),
        "Pitch": ("Duration",),
        "Duration": ("Position", "End"),
        "Same": ("End",),
        "Ref": ("End",),
        "Figure": ("End",),
    },
    "piano": {
        "Bar": ("Position", "Same", "Ref", "Figure", "End"),
        "Position": ("Pitch",),
        "Pitch": ("Duration",),
        "Duration": ("Pitch", "Position", "End"),
        "Same": ("End",),
        "Ref": ("End",),
        "Figure": ("End",),
    },
    "drums": {
        "Bar": ("Position", "Same", "Ref", "Figure", "End"),
        "Position": ("Drum",),
        "Drum": ("Drum", "Position", "End"),
        "Same": ("End",),
        "Ref": ("End",),
        "Figure": ("End",),
    },
}
FOLLOWERS |= {part: FOLLOWERS["melody"] for part in v.SINGLE_VOICED}
FOLLOWERS |= {part: FOLLOWERS["piano"] for part in v.PARTS if part not in FOLLOWERS}
_POSITION_TICKS = np.array(v.POSITIONS)
_DURATION_TICKS = np.array(v.DURATIONS)
_PITCHES = np.arange(v.LOWEST_PITCH, v.HIGHEST_PITCH + 1)
_IS_TONE = np.arange(12)[:, None] == _PITCHES % 12
_DRUMS = np.arange(v.LOWEST_DRUM, v.HIGHEST_DRUM + 1)


# A phrase ends within so many tokens: a network that repeats itself is brought to the next bar line. The training
# examples have at most 512 with their conditions.
MOST_TOKENS = 600
# Basses that are no tone of the chord: second, fourth, sixth, minor seventh; below a major third the major seventh.
PASSING_BASSES = frozenset({2, 5, 9, 10})
MINOR_THIRD, MAJOR_THIRD, MAJOR_SEVENTH = 3, 4, 11
ALL_TONES = frozenset(range(12))


@dataclass(frozen=True)
class Limits:
    """What the plan fixes about a phrase's notes.

    ``lowest`` and ``highest`` are pitches in C major / A minor; ``finest_tick``
    is the grid of onsets; ``strong_ticks`` (of the bar) admit chord tones only,
    in bars that are copied too; with ``thirds_agree`` no note is the other third than that of
    its chord (people's tunes: 3 in 1 000). ``upbeat_ticks`` says how long before the first bar line a
    part that breathes may begin, and ``end_tick`` where its last note must have ended, so that the
    next phrase has room for its own upbeat (default: the last bar line). ``spans`` are first and last ticks of
    where notes may sound, in order (default: everywhere). ``keep`` says what stays of the
    notes ``kept``, their ``rhythm`` or their ``pitches`` (see `symbolic_music.tokens.kept`); ``words`` are those that
    a tune sings (see `symbolic_music.tokens.sung`).
    """

    lowest: int = 52
    highest: int = 84
    finest_tick: int = 3
    strong_ticks: tuple[int, ...] = ()
    thirds_agree: bool = False
    chord_change_tick: int = 12
    upbeat_ticks: int = 0
    end_tick: int | None = None
    spans: tuple[tuple[int, int], ...] | None = None
    keep: str = ""
    kept: tuple[Note, ...] = ()
    words: Scansion | None = None


def is_usual_bass(quality: str, step: int) -> bool:
    """Whether a bass so many semitones above the root is written: in all but 1 of 2 000 chords of people's songs."""
    tones = Chord(0, quality, 0).pitch_classes
    return step % 12 in tones | PASSING_BASSES or (step % 12 == MAJOR_SEVENTH and MAJOR_THIRD in tones)


class Grammar:
    """The legal next tokens of one target, step by step."""

    def __init__(self, job: PhraseJob, limits: Limits) -> None:
        self.job, self.limits = job, limits
        part = job.conditions.part
        self.followers = FOLLOWERS[part]
        self.is_chords, self.is_single_voice, self.is_drums = part == "chords", part in v.SINGLE_VOICED, part == "drums"
        self.harmony = PhraseMusic(job.conditions.n_bars, job.bar_ticks, job.chords)
        self.given = encode_given(job)
        self._tones: dict[tuple[int, int], frozenset[int]] = {}
        self._contents: dict[int, tuple[tuple[ChordRow, ...], tuple[Note, ...]]] = {}
        self.bars: list[list[int]] = []
        self.forced: list[int] = []
        self.ids: list[int] = []
        self.last_tick, self.last_pitch, self.root, self.busy_until = -1, -1, -1, -job.bar_ticks
        self.quality = "maj"
        # The notes of the bar whose rhythm this bar takes, those still to come; none elsewhere.
        self.rhythm: list[Note] | None = None
        self.end_tick = job.conditions.n_bars * job.bar_ticks if limits.end_tick is None else limits.end_tick
        self.upbeat: list[int] | None = [] if part in v.BREATHING and limits.upbeat_ticks else None
        self.kind = "Target"
        self.done = self.has_notes = False
        self.bar_begin = 0
        if self.upbeat is None:
            self._begin_bar()

    def allowed(self) -> int | np.ndarray:
        """Return the one token that must come, or the mask (vocabulary,) of those that may."""
        if self.forced:
            return self.forced[0]
        mask = np.zeros(len(v.TOKENS), dtype=bool)
        for kind in self._kinds():
            getattr(self, f"_allow_{kind.lower()}")(mask)
        if not mask.any():
            return self._end_token()
        return mask

    def _kinds(self) -> tuple[str, ...]:
        """The token types that may follow."""
        if self.rhythm is None:
            followers = self.followers[self.kind]
            return ("End",) if "End" in followers and self._is_full() else followers
        return ("Pitch",) if self.rhythm else ("End",)

    def _is_full(self) -> bool:
        """Whether a bar has used half of the tokens that are left beside what later bars are given."""
        later = sum(len(given) + 1 for given in self.given[len(self.bars) :])
        return 2 * (len(self.ids) - self.bar_begin) >= MOST_TOKENS - later - self.bar_begin

    def push(self, index: int) -> None:
        """Take the token that was chosen."""
        self.ids.append(index)
        if self.forced:
            self.forced.pop(0)
            if v.TYPE_OF[index] != "Bar":
                self.bars[-1].append(index)
            self.kind = "Bar"
            return
        if index == v.EOS:
            self.done = True
            return
        if v.TYPE_OF[index] == "Bar":
            self._begin_bar(pushed=True)
            return
        if self.bars:
            self.bars[-1].append(index)
        self._advance(index)

    def _begin_bar(self, pushed: bool = False) -> None:
        """Open the next bar and queue what is given in it."""
        number = len(self.bars)
        self.bars.append([])
        self.bar_begin = len(self.ids)
        self.last_tick, self.last_pitch, self.kind, self.rhythm = -1, -1, "Bar", None
        self.forced = [] if pushed else [v.bar_id(self.job.conditions.n_bars)]
        self.forced += self.given[number]

    def _advance(self, index: int) -> None:
        """Update the state inside a bar."""
        kind, value = v.TYPE_OF[index], v.VALUE_OF[index]
        if kind == "Position":
            self.last_tick, self.last_pitch = int(value), -1
        elif kind == "Root":
            self.root = int(value)
        elif kind == "Quality":
            self.quality = str(value)
        elif kind in ("Pitch", "Drum"):
            self.last_pitch, self.has_notes = int(value), True
            self._take_rhythm()
        elif kind == "Duration":
            self.busy_until = self._bar_start() + self.last_tick + int(value)
        elif kind in ("Same", "Ref", "Figure"):
            self.has_notes = True
            self._sound(self._copied(index)[1])
        elif kind == "Rhythm":
            self.rhythm = list(self._copied(index)[1])
            self._sound(self.rhythm)
            self.last_tick = self.rhythm[0][0]
        self.kind = kind

    def _take_rhythm(self) -> None:
        """A pitch was put on the next note of a borrowed rhythm."""
        if self.rhythm:
            self.rhythm.pop(0)
            self.last_tick = self.rhythm[0][0] if self.rhythm else self.last_tick

    def _sound(self, notes: Sequence[Note]) -> None:
        """Notes of this bar keep the voice busy until they end."""
        self.busy_until = max([self.busy_until, *(self._bar_start() + n[0] + n[1] for n in notes)])

    def _bar_start(self) -> int:
        """Tick of the bar line of the bar that is being written; the upbeat stands in the bar before the first."""
        return (len(self.bars) - 1) * self.job.bar_ticks

    def _end_of_span(self, tick: int) -> int:
        """How long a note at a tick of the phrase may sound; the tick itself where none may begin."""
        if self.limits.spans is None:
            return self.end_tick
        return next((end for start, end in self.limits.spans if start <= tick < end), tick)

    def _end_token(self) -> int:
        n_left = self.job.conditions.n_bars - len(self.bars)
        return v.bar_id(n_left) if n_left else v.EOS

    def _allow_end(self, mask: np.ndarray) -> None:
        mask[self._end_token()] = not self._must_sound()

    def _must_sound(self) -> bool:
        """Whether a phrase with spans for its notes comes to the last bar that has one with nothing said yet."""
        if not self.limits.spans or self.has_notes or self.kind != "Bar":
            return False
        following = self._bar_start() + self.job.bar_ticks
        return all(end < max(start, following) + self.limits.finest_tick for start, end in self.limits.spans)

    def _allow_position(self, mask: np.ndarray) -> None:
        """Later positions on the grid; a single voice waits for its note to end; bars begin with a chord."""
        grid = self.limits.chord_change_tick if self.is_chords else self.limits.finest_tick
        fits = (self.last_tick < _POSITION_TICKS) & (self.job.bar_ticks > _POSITION_TICKS)
        fits &= _POSITION_TICKS % grid == 0
        if self.is_chords and self.kind == "Bar":
            fits &= _POSITION_TICKS == 0
        if self.is_single_voice:
            fits &= _POSITION_TICKS + self._bar_start() >= self.busy_until
        if not self.bars:
            fits &= self.job.bar_ticks - self.limits.upbeat_ticks <= _POSITION_TICKS
        fits &= _POSITION_TICKS + self._bar_start() < self.end_tick
        if self.limits.spans is not None:
            shortest = self.limits.finest_tick
            fits &= [self._end_of_span(tick + self._bar_start()) >= tick + self._bar_start() + shortest
                     for tick in v.POSITIONS]  # fmt: skip
        mask[v.slice_of("Position")] = fits

    def _allow_upbeat(self, mask: np.ndarray) -> None:
        mask[v.UPBEAT] = True

    def _allow_root(self, mask: np.ndarray) -> None:
        mask[v.slice_of("Root")] = True

    def _allow_quality(self, mask: np.ndarray) -> None:
        mask[v.slice_of("Quality")] = True
        mask[v.ID_OF["Quality_none"]] = False

    def _allow_bass(self, mask: np.ndarray) -> None:
        mask[v.slice_of("Bass")] = [
            bass != self.root and is_usual_bass(self.quality, bass - self.root) for bass in range(12)
        ]

    def _allow_pitch(self, mask: np.ndarray) -> None:
        """Pitches in range, above the last one of the same onset, chord tones where asked."""
        fits = (self.limits.lowest <= _PITCHES) & (self.limits.highest >= _PITCHES)
        if self.kind == "Duration":  # several notes at one onset ascend
            fits &= self.last_pitch < _PITCHES
        tones = self._tones_at(self.last_tick)
        if len(tones) < 12:
            fits &= _IS_TONE[list(tones)].any(axis=0)
        mask[v.slice_of("Pitch")] = fits

    def _tones_at(self, tick: int) -> frozenset[int]:
        """The pitch classes that a note at a tick of this bar must be one of."""
        if not self.bars:
            return ALL_TONES
        place = (len(self.bars), tick)
        tones = self._tones.get(place)
        if tones is None:
            tones = self._tones[place] = self._find_tones(tick)
        return tones

    def _find_tones(self, tick: int) -> frozenset[int]:
        """As ``_tones_at``, found anew; a copy of a bar is asked about note by note, candidate by candidate."""
        if tick in self.limits.strong_ticks:
            return chord_tones(self.harmony.chords_of_bar(len(self.bars) - 1), tick) or ALL_TONES
        if not self.limits.thirds_agree:
            return ALL_TONES
        return ALL_TONES - other_third(self.harmony.chords_of_bar(len(self.bars) - 1), tick)

    def _allow_drum(self, mask: np.ndarray) -> None:
        """Hits in ascending order, each once at an onset."""
        mask[v.slice_of("Drum")] = self.last_pitch < _DRUMS

    def _allow_duration(self, mask: np.ndarray) -> None:
        """Durations that end on the grid and inside the phrase."""
        onset = self._bar_start() + self.last_tick
        left = min(self.end_tick, self._end_of_span(onset)) - onset
        fits = (left >= _DURATION_TICKS) & ((self.last_tick + _DURATION_TICKS) % self.limits.finest_tick == 0)
        mask[v.slice_of("Duration")] = fits

    def _allow_same(self, mask: np.ndarray) -> None:
        for distance in v.SAME_BARS:
            if distance < len(self.bars):
                index = v.token_id("Same", distance)
                mask[index] = self._may_copy(index)

    def _allow_figure(self, mask: np.ndarray) -> None:
        for number in range(self.job.exemplar.n_bars if self.job.exemplar is not None else 0):
            index = v.token_id("Figure", number + 1)
            mask[index] = self._may_copy(index)

    def _allow_rhythm(self, mask: np.ndarray) -> None:
        for value in ("ref", *v.SAME_BARS):
            index = v.token_id("Rhythm", value)
            there = self._original_has_bar() if value == "ref" else int(value) < len(self.bars)
            mask[index] = there and len(self._copied(index)[1]) > 1 and self._may_copy(index)

    def _original_has_bar(self) -> bool:
        return self.job.original is not None and len(self.bars) <= self.job.original.n_bars

    def _allow_ref(self, mask: np.ndarray) -> None:
        if self._original_has_bar() and not self._would_repeat_all():
            mask[v.REF] = self._may_copy(v.REF)

    def _would_repeat_all(self) -> bool:
        """Whether a variation comes to its last bar with nothing varied yet."""
        if self.job.conditions.relation != "variation" or len(self.bars) < self.job.conditions.n_bars:
            return False
        return all(v.REF in bar for bar in self.bars[:-1])

    def _may_copy(self, index: int) -> bool:
        """A copy must hold something, begin after the sounding note and end inside the phrase."""
        chords, notes = self._copied(index)
        if self.is_chords:
            return bool(chords)
        if not notes or any(note[2] % 12 not in self._tones_at(note[0]) for note in notes):
            return False
        if self.is_single_voice and self._bar_start() + notes[0][0] < self.busy_until:
            return False
        if not self.is_drums and not all(self.limits.lowest <= note[2] <= self.limits.highest for note in notes):
            return v.TYPE_OF[index] != "Figure"
        if self.limits.spans is not None and not all(self._is_in_span(onset, length) for onset, length, _ in notes):
            return False
        # How long a stroke on a drum lasts is no part of it.
        return self.is_drums or all(self._bar_start() + onset + length <= self.end_tick for onset, length, _ in notes)

    def _is_in_span(self, onset: int, length: int) -> bool:
        """Whether a note of this bar sounds where notes may."""
        begin = self._bar_start() + onset
        return begin < begin + length <= self._end_of_span(begin)

    def _copied(self, index: int) -> tuple[tuple[ChordRow, ...], tuple[Note, ...]]:
        """Content of the bar that a repetition token points to."""
        number = len(self.bars) - 1
        original = self.job.original
        if v.TYPE_OF[index] == "Figure":
            return (), figure_of(self.job, index, self.harmony, number)
        if v.VALUE_OF[index] in ("None", "ref") and original is not None:
            return original.chords_of_bar(number), original.notes_of_bar(number)
        return self._content(number - int(v.VALUE_OF[index]))

    def _content(self, number: int) -> tuple[tuple[ChordRow, ...], tuple[Note, ...]]:
        """Chords and notes of an earlier bar, repetitions resolved."""
        if number not in self._contents:
            self._contents[number] = self._resolve(number)
        return self._contents[number]

    def _resolve(self, number: int) -> tuple[tuple[ChordRow, ...], tuple[Note, ...]]:
        """As ``_content``, for the first time."""
        content = own_content(self.bars[number])
        for index in content:
            kind = v.TYPE_OF[index]
            if kind not in POINTERS:
                continue
            if kind == "Figure":
                return (), figure_of(self.job, index, self.harmony, number)
            if v.VALUE_OF[index] in ("None", "ref") and self.job.original is not None:
                copied = self.job.original.chords_of_bar(number), self.job.original.notes_of_bar(number)
            else:
                copied = self._content(number - int(v.VALUE_OF[index]))
            return ((), on_rhythm(copied[1], content)) if kind == "Rhythm" else copied
        return decode_bar(content)


def other_third(chords: Sequence[ChordRow], tick: int) -> frozenset[int]:
    """The minor third over a chord with a major one alone, the major third over one with a minor one alone."""
    sounding = row_at(chords, tick)
    if sounding is None:
        return frozenset()
    _, root, quality, _ = sounding
    tones = Chord(0, quality, 0).pitch_classes
    thirds = {MINOR_THIRD, MAJOR_THIRD}
    return frozenset((root + third) % 12 for third in thirds - tones) if len(thirds & tones) == 1 else frozenset()


def chord_tones(chords: tuple[ChordRow, ...], tick: int) -> frozenset[int]:
    """Pitch classes of the chord that sounds at a tick of a bar."""
    sounding = row_at(chords, tick)
    return Chord(*sounding[1:]).pitch_classes if sounding is not None else frozenset()
