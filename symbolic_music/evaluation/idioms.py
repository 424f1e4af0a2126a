"""Whether a band plays the idiom of its style: what a player of it listens for first, each as one number a song.

For scores on the engine's grid with their plans. ``IDIOMS`` has the checks of a dozen styles: the share or
count that is measured, and between what it must lie. Bars in which the groove does not stand (a section's
last, stops, breaks and builds) are left out. The numbers' sources stand in ``docs/styles.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from symbolic_music.song.notes import rows_of
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import Score, in_force
from symbolic_music.theory.chord import Chord, parse_chord
from symbolic_music.theory.drumming import CLOSED_HAT, CRASHES, FOOT_HAT, OPEN_HAT, RIDES, SIDE_STICK, SNARE, TOMS
from symbolic_music.theory.meter import TPQ

Row = tuple[int, int, int, int]
HATS, KICKS, BACKBEATS = (CLOSED_HAT, OPEN_HAT), (35, 36), (SNARE, SIDE_STICK, 39)
GHOST = 48
GUITARS, KEYS = range(24, 32), range(0, 24)
NAN = float("nan")


@dataclass(frozen=True, eq=False)
class Band:
    """A song's parts, bar by bar."""

    score: Score
    plan: SongPlan

    @cached_property
    def bar(self) -> int:
        """Length of a bar in ticks."""
        return self.plan.meter.bar_ticks

    @cached_property
    def drums(self) -> list[Row]:
        """All drum strokes."""
        return sorted(row for track in self.score.tracks if track.is_drum for row in rows_of(track.notes))

    @cached_property
    def bass(self) -> list[Row]:
        """The bass's notes."""
        return self.of(lambda role, program: role == "bass")

    @cached_property
    def guitar(self) -> list[Row]:
        """The notes of guitars that play chords."""
        return self.of(lambda role, program: role == "chords" and program in GUITARS)

    @cached_property
    def keys(self) -> list[Row]:
        """The notes of keyboards that play chords."""
        return self.of(lambda role, program: role == "chords" and program in KEYS)

    def of(self, wanted: Callable[[str, int], bool]) -> list[Row]:
        """The notes of all tracks of a role and program."""
        tracks = (track for track in self.score.tracks if not track.is_drum and wanted(track.role, track.program))
        return sorted(row for track in tracks for row in rows_of(track.notes))

    def bars(self, *kinds: str) -> list[int]:
        """Bars in which a groove stands, of all kinds of section or of some."""
        found: list[int] = []
        start = 0
        for section in self.plan.sections:
            last = max([1, *(event.n_bars or 0 for event in section.events)])
            if not kinds or section.kind in kinds:
                found += range(start, start + section.n_bars - min(last, section.n_bars))
            start += section.n_bars
        return found

    def played(self, rows: Sequence[Row], *kinds: str) -> list[list[Row]]:
        """A part's bars of groove in which it plays, ticks counted from the bar line."""
        by_bar: dict[int, list[Row]] = {}
        for onset, length, pitch, velocity in rows:
            by_bar.setdefault(onset // self.bar, []).append((onset % self.bar, length, pitch, velocity))
        return [by_bar[bar] for bar in self.bars(*kinds) if bar in by_bar]

    def chord_at(self, tick: int) -> Chord | None:
        """The chord symbol that sounds."""
        symbol = in_force(self.score.chord_symbols, tick, None)
        return parse_chord(symbol.text) if symbol is not None else None


class Idiom(NamedTuple):
    """A check: what is measured, and between which values it must lie."""

    name: str
    measure: Callable[[Band], float]
    low: float
    high: float = 1.0


class Heard(NamedTuple):
    """One check of one song."""

    idiom: str
    value: float
    holds: bool


def hear(score: Score, plan: SongPlan) -> list[Heard]:
    """Check a song for the idiom of its style; nothing for styles of which none is written down.

    Parameters
    ----------
    score : Score
        As arranged, on the engine's grid.
    plan : SongPlan
        Its plan, with a style.

    Returns
    -------
    list of Heard
        Empty for styles that are not in ``IDIOMS``.
    """
    band, checks = Band(score, plan), IDIOMS.get(plan.style or "", ())
    values = [(check, check.measure(band)) for check in checks]
    return [Heard(check.name, value, bool(check.low <= value <= check.high)) for check, value in values]


# What is measured.


def _share(hits: Iterable[bool]) -> float:
    """Share of true values; nan without any."""
    values = list(hits)
    return float(np.mean(values)) if values else NAN


def _ticks(rows: Iterable[Row], *pitches: int) -> set[int]:
    """Where in a bar something begins."""
    return {row[0] for row in rows if not pitches or row[2] in pitches}


def _drum_bars(wanted: Callable[[list[Row]], bool], *kinds: str) -> Callable[[Band], float]:
    """Share of the drums' bars of which something holds."""
    return lambda band: _share(wanted(own) for own in band.played(band.drums, *kinds))


def _bass_bars(wanted: Callable[[list[Row]], bool], *kinds: str) -> Callable[[Band], float]:
    """Share of the bass's bars of which something holds."""
    return lambda band: _share(wanted(own) for own in band.played(band.bass, *kinds))


def _strikes_on(*ticks: int, pitches: tuple[int, ...]) -> Callable[[list[Row]], bool]:
    """Whether a bar has strokes on all of some places."""
    return lambda own: set(ticks) <= _ticks(own, *pitches)


def roots_on_changes(band: Band) -> float:
    """Share of bars with bass on whose first beat it has the chord's bass or root."""
    hits = []
    for row in band.bass:
        chord = band.chord_at(row[0])
        if row[0] % band.bar == 0 and chord is not None:
            hits.append(row[2] % 12 in (chord.bass, chord.root))
    return _share(hits)


def walking(band: Band) -> float:
    """Share of the bass's bars in choruses and solos with a note on every beat."""
    return _bass_bars(lambda own: {0, 12, 24, 36} <= _ticks(own), "chorus", "solo")(band)


def steps_and_tones(band: Band) -> float:
    """Share of bass notes that are tones of the chord (sixth and sevenths too) or a step from the next note."""
    hits = []
    for one, other in pairwise(band.bass):
        chord = band.chord_at(one[0])
        if chord is not None:
            tones = chord.pitch_classes | {(chord.root + step) % 12 for step in (9, 10, 11)}
            hits.append(one[2] % 12 in tones or abs(one[2] - other[2]) in (1, 2))
    return _share(hits)


def ghosts(band: Band) -> float:
    """Soft strokes on the snare a bar."""
    bars = band.played(band.drums)
    n_ghosts = sum(row[2] == SNARE and row[3] < GHOST for own in bars for row in own)
    return n_ghosts / len(bars) if bars else NAN


def power_chords(band: Band) -> float:
    """Share of the distorted guitars' low strikes that are single notes, fifths and octaves."""
    strikes: list[set[int]] = []
    for track in band.score.tracks:
        if track.role == "chords" and track.program in (29, 30):
            struck: dict[int, set[int]] = {}
            for onset, _, pitch, _ in rows_of(track.notes):
                struck.setdefault(onset, set()).add(pitch)
            strikes += struck.values()
    low = [own for own in strikes if min(own) < 55]
    return _share({(pitch - min(own)) % 12 for pitch in own} <= {0, 5, 7} for own in low)


def bass_with_guitar(band: Band) -> float:
    """Share of the guitar's strikes in verses with a bass note at the same time."""
    struck = {row[0] for row in band.bass}
    bars = set(band.bars("verse")) & {tick // band.bar for tick in struck}
    return _share(tick in struck for tick in sorted(_ticks(band.guitar)) if tick // band.bar in bars)


def kick_with_guitar(band: Band) -> float:
    """Share of kicks in verses that a guitar strikes with."""
    struck = _ticks(band.guitar)
    bars = set(band.bars("verse")) & {tick // band.bar for tick in struck}
    return _share(tick in struck for tick in sorted(_ticks(band.drums, *KICKS)) if tick // band.bar in bars)


def syncopated_bass(band: Band) -> float:
    """Share of bass notes on the second or fourth sixteenth of a beat."""
    return _share(row[0] % 6 == 3 for own in band.played(band.bass) for row in own)


def shuffled(band: Band) -> float:
    """Share of the cymbal hand's strokes on beats and thirds of beats."""
    hands = [row for own in band.played(band.drums) for row in own if row[2] in (*HATS, *RIDES)]
    return _share(row[0] % TPQ in (0, 4, 8) for row in hands)


def ninth_chords(band: Band) -> float:
    """Share of chord bars in which keys or guitar play a seventh above the root."""
    hits = []
    rows = sorted([*band.keys, *band.guitar])
    for bar in band.bars():
        chord = band.chord_at(bar * band.bar)
        own = {row[2] % 12 for row in rows if row[0] // band.bar == bar}
        if chord is not None and own:
            hits.append(bool({(chord.root + 10) % 12, (chord.root + 11) % 12, (chord.root + 9) % 12} & own))
    return _share(hits)


def offbeat_chords(band: Band) -> float:
    """Share of the guitar's (else the keys') strikes between the beats."""
    rows = band.guitar or band.keys
    return _share(tick % TPQ != 0 for own in band.played(rows) for tick in _ticks(own))


def ostinato(band: Band) -> float:
    """Share of chorus bars in which one part keeps eight notes and more going."""
    tracks = [rows_of(track.notes) for track in band.score.tracks if track.role == "chords"]
    bars = band.bars("chorus")
    return _share(any(sum(row[0] // band.bar == bar for row in rows) >= 8 for rows in tracks) for bar in bars)


def after_beats(band: Band) -> float:
    """Share of the guitar's bars in verses with strokes on two and three and none on one."""
    return _share({12, 24} <= _ticks(own) and 0 not in _ticks(own) for own in band.played(band.guitar, "verse"))


def above_c3(band: Band) -> float:
    """Share of the guitar's and keys' notes at C3 and above."""
    return _share(row[2] >= 48 for row in (*band.guitar, *band.keys))


def anticipated_bass(band: Band) -> float:
    """Share of the bass's bars with a note on the fourth beat that is held over the bar line."""
    return _share(any(row[0] == 36 and row[0] + row[1] >= 46 for row in own) for own in band.played(band.bass))


def two_bars_of_guitar(band: Band) -> float:
    """Share of neighbouring bars of guitar whose rhythms differ: the figure takes two."""
    bars = [_ticks(own) for own in band.played(band.guitar, "verse", "chorus")]
    return _share(one != other for one, other in pairwise(bars))


def low_brass(band: Band) -> float:
    """Share of choruses' bars in which horns, trombones, cellos or basses sound below middle C."""
    low = band.of(lambda role, program: program in (*range(56, 62), 42, 43) and role != "melody")
    return _share(any(row[0] // band.bar == bar and row[2] < 60 for row in low) for bar in band.bars("chorus"))


_ON_TWO_AND_FOUR = _strikes_on(12, 36, pitches=BACKBEATS)
_BACKBEAT = Idiom("snare or stick on two and four", _drum_bars(_ON_TWO_AND_FOUR, "verse", "chorus"), 0.8)
_ROOTS = Idiom("the bass has the chord's bass on the first beat", roots_on_changes, 0.85)
_EIGHTHS = Idiom(
    "eighths on hat or ride",
    _drum_bars(lambda own: len({0, 6, 12, 18, 24, 30, 36, 42} & _ticks(own, *HATS, *RIDES, *CRASHES)) >= 6, "verse"),
    0.7,
)
_NO_HATS = Idiom("no hat, no backbeat", _drum_bars(lambda own: bool(_ticks(own, *HATS, FOOT_HAT, 37, 39))), 0.0, 0.0)
_LOW_DRUMS = Idiom("low drums in choruses", _drum_bars(lambda own: bool(_ticks(own, *KICKS, *TOMS)), "chorus"), 0.95)

IDIOMS: dict[str, tuple[Idiom, ...]] = {
    "metal": (
        Idiom("power chords and single notes on distortion", power_chords, 0.95),
        Idiom("the bass plays the guitar's riff", bass_with_guitar, 0.75),
        Idiom("the kick plays the riff", kick_with_guitar, 0.55),
    ),
    "funk": (
        Idiom("sixteenths on the hat", _drum_bars(lambda own: len(_ticks(own, *HATS)) >= 9), 0.7),
        Idiom("kick on the one", _drum_bars(lambda own: 0 in _ticks(own, *KICKS)), 0.95),
        Idiom("bass on the one", _bass_bars(lambda own: 0 in _ticks(own)), 0.9),
        Idiom("bass between the eighths", syncopated_bass, 0.25, 0.75),
        Idiom("ghost notes a bar", ghosts, 1.5, 7),
    ),
    "blues": (
        Idiom("long and short on the cymbal", shuffled, 0.98),
        Idiom("a backbeat", _drum_bars(_ON_TWO_AND_FOUR), 0.6),
        Idiom("sevenths and sixths on every chord", ninth_chords, 0.8),
        _ROOTS,
    ),
    "cinematic": (_NO_HATS, _LOW_DRUMS, Idiom("an ostinato in choruses", ostinato, 0.9),
                  Idiom("low brass or strings in choruses", low_brass, 0.9)),
    "swing": (
        Idiom("the ride keeps the beats", _drum_bars(
            lambda own: len({0, 12, 24, 36} & _ticks(own, *RIDES, *CRASHES)) >= 3, "chorus", "solo"), 0.75),
        Idiom("the foot closes the hat on two and four", _drum_bars(
            _strikes_on(12, 36, pitches=(FOOT_HAT,)), "chorus", "solo"), 0.6),
        Idiom("the bass walks in quarters", walking, 0.85),
        Idiom("chord tones and steps in the bass", steps_and_tones, 0.9),
        Idiom("sevenths and sixths on every chord", ninth_chords, 0.75),
    ),
    "rock": (_BACKBEAT, _EIGHTHS, _ROOTS, Idiom("power chords", power_chords, 0.6)),
    "pop": (_BACKBEAT, _EIGHTHS, _ROOTS),
    "bossa nova": (
        Idiom("bass on one and three", _bass_bars(lambda own: {0, 24} <= _ticks(own)), 0.85),
        Idiom("a guitar figure of two bars", two_bars_of_guitar, 0.7),
        Idiom("the guitar strikes between the beats", offbeat_chords, 0.35, 0.95),
        Idiom("sevenths and sixths on every chord", ninth_chords, 0.8),
        Idiom("stick or brush, no backbeat", _drum_bars(_strikes_on(12, 36, pitches=(SNARE,))), 0.0, 0.1),
    ),
    "country waltz": (
        Idiom("bass on the one", _bass_bars(lambda own: 0 in _ticks(own)), 0.9),
        Idiom("guitar on two and three, not on one", after_beats, 0.7),
        Idiom("nothing but the bass below C3", above_c3, 0.97),
    ),
    "salsa": (
        Idiom("the bass is ahead: on the fourth beat, over the bar line", anticipated_bass, 0.6),
        Idiom("the bass leaves the one", _bass_bars(lambda own: 0 not in _ticks(own)), 0.6),
        Idiom("the piano's montuno between the beats", lambda band: _share(
            tick % TPQ != 0 for own in band.played(band.keys) for tick in _ticks(own)), 0.5),
        Idiom("bell, shell or clave", _drum_bars(lambda own: bool(_ticks(own, 56, 75, 76, 77, *RIDES, *TOMS))), 0.9),
    ),
    "reggae": (
        Idiom("chords between the beats", offbeat_chords, 0.85),
        Idiom("no kick on the one", _drum_bars(lambda own: 0 not in _ticks(own, *KICKS)), 0.8),
        Idiom("the drop on two and four", _drum_bars(_ON_TWO_AND_FOUR, "verse", "chorus"), 0.7),
    ),
}  # fmt: skip
# A boss battle is the cinematic style in an energetic mood: its drums and ostinato are there from the first bar.
BOSS = (*IDIOMS["cinematic"], Idiom("drums in the first bar", lambda band: float(bool(
    band.drums and band.drums[0][0] < band.bar)), 1.0))  # fmt: skip
