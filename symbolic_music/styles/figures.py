"""Figures: the exemplar bars of a style, written once for each player, over any chord.

A *figure* is a few bars of music per part. Pitched parts are written in *chord functions*
(``R 3 5 7 9``: the chord's own root, third, fifth …), drums in rows of *steps*; a bar has as
many steps as the rows have signs (16 in 4/4, 12 where triplets are played). The *turnaround* is
the bar that leads back: the fourth of every four. The class ``Figure`` says how they are written.

`figure_music` reads a part's figure as notes over a C chord with a minor seventh, in engine ticks.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, NamedTuple

from pydantic import Field, field_validator, model_validator

from symbolic_music.errors import NotationError
from symbolic_music.song.document import Document
from symbolic_music.theory.meter import Meter, parse_meter

FigureLevel = Annotated[int, Field(ge=0, le=3)]
PITCHED_PARTS = ("bass", "piano", "guitar", "pad", "arpeggio", "countermelody")

# Codes of the General MIDI percussion sounds; OH is the sign o in the row HH.
DRUM_CODES: dict[str, int] = {
    "K2": 35, "KK": 36, "SS": 37, "SN": 38, "CL": 39, "S2": 40, "TF": 41, "HH": 42, "TL": 43, "PH": 44,
    "T2": 45, "TM": 47, "T1": 48, "CR": 49, "TH": 50, "RD": 51, "CH": 52, "BL": 53, "TB": 54, "SP": 55,
    "CB": 56, "C2": 57, "VS": 58, "R2": 59, "BOH": 60, "BOL": 61, "CM": 62, "CG": 63, "CGL": 64, "TIH": 65,
    "TIL": 66, "AGH": 67, "AGL": 68, "CA": 69, "SH": 70, "MA": 70, "WHS": 71, "WHL": 72, "GUS": 73, "GUL": 74,
    "CV": 75, "WBH": 76, "WBL": 77, "CUM": 78, "CUO": 79, "TRM": 80, "TRI": 81,
}  # fmt: skip
DRUM_SIGNS = "Xxgof."
SNARE, SOFT_SNARE, CLOSED_HAT, OPEN_HAT = 38, 40, 42, 46
DRUM_DURATION_TICK = 3

# Semitones above the root over a C chord with a minor seventh.
SEMITONES: dict[str, int] = {
    "R": 0, "3": 4, "5": 7, "7": 10, "2": 2, "4": 5, "6": 9, "9": 14, "11": 17, "13": 21,
    "b2": 1, "#2": 3, "b3": 3, "M3": 4, "#4": 6, "b5": 6, "#5": 8, "b6": 8, "b7": 10, "M7": 11,
    "b9": 13, "#9": 15, "#11": 18, "b13": 20, "~": -1,
}  # fmt: skip
# Functions that take the chord's own quality (over a triad 7 is the root an octave up, over a suspended
# chord 3 is the fourth or second), steps that take the key's scale; all others are fixed distances from the root.
OWN_FUNCTIONS = ("R", "3", "5", "7")
SCALE_FUNCTIONS = ("2", "4", "6", "9", "11", "13")
APPROACH = "~"
# Pitch of the root over a C chord: the bass's lies in E1 to D#2, keys' in C3 to B3, the guitar's in E2 to D#3.
BASE_PITCH = {"bass": 36, "piano": 48, "pad": 48, "countermelody": 48, "guitar": 48, "arpeggio": 60}

STEP_TICKS = (3, 4, 6, 12)
USUAL_STEPS = {"4/4": 16, "3/4": 12, "2/4": 8, "6/8": 12, "12/8": 24, "5/4": 20, "7/8": 14, "9/8": 18}
MAX_BARS = 4
_STRUCK = re.compile(r"(\[[^\[\]]*\]|[^\s@\[\]]+)@(\d+)(?::(\d+))?(?=\s|$)")
_FUNCTION = re.compile(r"([',]*)(.+)")


class FigureNote(NamedTuple):
    """One note of a figure's bar, over a C chord.

    ``accent`` is ``X`` (accented), ``x`` or ``g`` (ghost). ``function`` is the symbol without its
    octave signs (``"b7"``), and ``octave`` how many octaves these add; drums have ``""`` and 0.
    """

    onset_tick: int
    duration_tick: int
    pitch: int
    accent: str = "x"
    function: str = ""
    octave: int = 0


Bar = tuple[FigureNote, ...]


class FigureMusic(NamedTuple):
    """A part's figure as bars of notes, onsets counted from the start of their bar.

    ``turnaround`` is the fourth bar of every four, if one is written. ``approach`` holds the
    (bar, tick) of approach notes, placed a semitone under the root here; ``ahead`` those of notes
    that ring over the bar line, which belong to the next bar's chord. The turnaround counts as
    the bar after the last.
    """

    part: str
    meter: Meter
    bars: tuple[Bar, ...]
    turnaround: Bar | None = None
    approach: frozenset[tuple[int, int]] = frozenset()
    ahead: frozenset[tuple[int, int]] = frozenset()


class Figure(Document):
    """Exemplar bars for some levels of a style.

    ``levels`` are the intensities 0 to 3 it is for; ``meter`` where a style has several (none: the
    style's first); ``sections`` where it is for some kinds of section only; ``steps`` in a bar
    where the drums' rows do not say it. ``drums`` has a row of steps per drum, bars set apart by
    blanks; the other parts are ``symbol@step:length``, bars set apart by ``|``. What follows
    ``||`` is the turnaround bar.
    """

    levels: tuple[FigureLevel, ...] = Field(min_length=1)
    meter: str | None = None
    sections: tuple[str, ...] = ()
    steps: Annotated[int, Field(ge=2, le=24)] | None = None
    drums: dict[str, str] | None = None
    bass: str | None = None
    piano: str | None = None
    guitar: str | None = None
    pad: str | None = None
    arpeggio: str | None = None
    countermelody: str | None = None

    @field_validator("meter")
    @classmethod
    def _meter_known(cls, meter: str | None) -> str | None:
        """The meter is one the engine has."""
        if meter is not None:
            parse_meter(meter)
        return meter

    @model_validator(mode="after")
    def _somebody_plays(self) -> Figure:
        """A figure is music."""
        if not self.parts:
            raise ValueError(f"no part has music; write drums, {', '.join(PITCHED_PARTS[:-1])} or countermelody")
        return self

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that have music in it."""
        return tuple(part for part in ("drums", *PITCHED_PARTS) if getattr(self, part) is not None)


def figure_music(figure: Figure, part: str, meter: Meter | str) -> FigureMusic:
    """Read a part of a figure as notes over a C chord with a minor seventh.

    Parameters
    ----------
    figure : Figure
    part : str
        ``drums`` or a pitched part that the figure has.
    meter : Meter or str
        The bars' meter.

    Returns
    -------
    FigureMusic
        Onsets and durations in engine ticks (12 to the quarter), pitches in the part's base
        octave; drums as GM pitches, 3 ticks long, ghosts on the snare as pitch 40.

    Raises
    ------
    NotationError
        If the figure has no such part, a row or a note does not fit the bar, or a sign or symbol
        is unknown; the message says part, row, bar and what is allowed.

    Examples
    --------
    >>> music = figure_music(Figure(levels=(1,), bass="R@0:6 5@6:2 ~@14"), "bass", "4/4")
    >>> [(note.onset_tick, note.duration_tick, note.pitch) for note in music.bars[0]]
    [(0, 18, 36), (18, 6, 43), (42, 6, 35)]
    >>> sorted(music.approach)
    [(0, 42)]
    """
    meter = parse_meter(meter) if isinstance(meter, str) else meter
    if part not in figure.parts:
        raise NotationError(f"the figure has no {part}; it has {', '.join(figure.parts)}")
    if part == "drums":
        return _drum_music(tuple((figure.drums or {}).items()), figure.steps, meter)
    return _pitched_music(part, getattr(figure, part), steps_of(figure, meter), meter)


def steps_of(figure: Figure, meter: Meter) -> int:
    """Count the steps of a figure's bar: as it says, as its drums' rows have, or as is usual in the meter.

    Raises
    ------
    NotationError
        If the bar cannot be parted so on the engine's grid.
    """
    steps = figure.steps
    if steps is None and figure.drums:
        steps = len(next(iter(figure.drums.values())).replace("||", " ").split()[0])
    steps = steps or USUAL_STEPS[str(meter)]
    _step_ticks(steps, meter, "steps")
    return steps


def _step_ticks(steps: int, meter: Meter, where: str) -> int:
    """The length of a step, refused where the grid has no such place."""
    if meter.bar_ticks % steps or meter.bar_ticks // steps not in STEP_TICKS:
        allowed = [str(meter.bar_ticks // ticks) for ticks in STEP_TICKS if meter.bar_ticks % ticks == 0]
        raise NotationError(f"{where}: {steps} steps do not make a bar of {meter}; write {', '.join(allowed)}")
    return meter.bar_ticks // steps


# Drums.


@lru_cache(maxsize=4096)
def _drum_music(rows: tuple[tuple[str, str], ...], steps: int | None, meter: Meter) -> FigureMusic:
    """Read drum rows; a row of fewer bars repeats, one without a turnaround goes on as in its last bar."""
    split = {code: _split_row(code, text) for code, text in rows}
    n_bars = max((len(bars) for bars, _ in split.values()), default=0)
    steps = steps or len(next(iter(split.values()))[0][0]) if split else steps
    if not split or steps is None:
        raise NotationError('drums: no row; write e.g. KK: "X...x...X...x..."')
    ticks = _step_ticks(steps, meter, "drums")
    turns = any(turn is not None for _, turn in split.values())
    bars: list[list[FigureNote]] = [[] for _ in range(n_bars + turns)]
    for code, (row, turn) in split.items():
        if n_bars % len(row):
            raise NotationError(f"drums {code}: {len(row)} bars do not repeat in {n_bars}; write 1, 2 or all")
        played = [row[bar % len(row)] for bar in range(n_bars)] + ([turn or row[-1]] if turns else [])
        for number, signs in enumerate(played):
            where = f"drums {code} {_bar_name(number, n_bars)}"
            if len(signs) != steps:
                raise NotationError(f"{where}: {signs!r} has {len(signs)} steps; the figure's bars have {steps}")
            bars[number] += _drum_notes(DRUM_CODES[code], signs, ticks, where)
    done = tuple(tuple(sorted(bar)) for bar in bars)
    return FigureMusic("drums", meter, done[:n_bars], done[n_bars] if turns else None)


def _split_row(code: str, text: str) -> tuple[list[str], str | None]:
    """Part a row into its bars and its turnaround."""
    if code not in DRUM_CODES:
        raise NotationError(f"drums: {code!r} is no drum; write {', '.join(DRUM_CODES)}")
    head, _, tail = text.partition("||")
    bars, turn = head.split(), tail.split()
    if not 1 <= len(bars) <= MAX_BARS or len(bars) == 3 or len(turn) > 1 or ("||" in text and not turn):
        raise NotationError(f"drums {code}: {len(bars)} bars and {len(turn)} after ||; write 1, 2 or 4 and at most 1")
    return bars, turn[0] if turn else None


def _drum_notes(drum: int, signs: str, ticks: int, where: str) -> list[FigureNote]:
    """The strokes of one drum in one bar."""
    notes = []
    for step, sign in enumerate(signs):
        if sign not in DRUM_SIGNS or (sign == "o" and drum != CLOSED_HAT):
            raise NotationError(f"{where} step {step}: {sign!r} is no sign; write X x g f . (and o in the row HH)")
        if sign != ".":
            pitch = {"o": OPEN_HAT, "g": SOFT_SNARE if drum == SNARE else drum}.get(sign, drum)
            accent = sign if sign in "Xg" else "x"
            notes.append(FigureNote(step * ticks, DRUM_DURATION_TICK, pitch, accent))
    return notes


def _bar_name(number: int, n_bars: int) -> str:
    """How people count a bar of a figure."""
    return f"bar {number + 1}" if number < n_bars else "turnaround"


# Pitched parts.


@lru_cache(maxsize=16384)
def _pitched_music(part: str, text: str, steps: int, meter: Meter) -> FigureMusic:
    """Read a part's bars and find its approach notes and those that ring over the bar line."""
    head, double, tail = text.partition("||")
    texts = [bar.strip() for bar in head.split("|")]
    if len(texts) not in (1, 2, MAX_BARS) or "|" in tail or (double and not tail.strip()):
        raise NotationError(f"{part}: {len(texts)} bars; write 1, 2 or 4, and one bar after ||")
    n_bars = len(texts)
    ticks = _step_ticks(steps, meter, part)
    texts += [tail.strip()] if double else []
    bars = [_pitched_bar(part, bar, steps, ticks, _bar_name(number, n_bars)) for number, bar in enumerate(texts)]
    places = [(number, note) for number, bar in enumerate(bars) for note in bar]
    return FigureMusic(
        part, meter, tuple(bars[:n_bars]), bars[n_bars] if double else None,
        frozenset((number, note.onset_tick) for number, note in places if note.function == APPROACH),
        frozenset(
            (number, note.onset_tick) for number, note in places
            if note.onset_tick + note.duration_tick > meter.bar_ticks
        ),
    )  # fmt: skip


def _pitched_bar(part: str, text: str, steps: int, ticks: int, bar: str) -> Bar:
    """The notes of one bar; ``-`` is a silent one."""
    where = f"{part} {bar}"
    if text == "-":
        return ()
    struck = [(found[1], int(found[2]), found[3]) for found in _STRUCK.finditer(text)]
    rest = _STRUCK.sub("", text).strip()
    if rest or not struck:
        raise NotationError(f"{where}: {rest or text!r} is no note; write symbol@step:length (R@0:4) or - for none")
    onsets = [step for _, step, _ in struck]
    if onsets != sorted(onsets):
        raise NotationError(f"{where}: notes out of order at step {onsets}; write them from left to right")
    notes: list[FigureNote] = []
    for symbols, step, length in struck:
        following = next((later for later in onsets if later > step), steps)
        duration = int(length) if length else following - step
        if step >= steps or not 1 <= duration <= 2 * steps - step:
            raise NotationError(f"{where}: {symbols}@{step}:{duration} leaves the bar; it has steps 0 to {steps - 1}")
        for symbol in symbols.strip("[]").split():
            function, octave = _function(symbol, where)
            pitch = BASE_PITCH[part] + SEMITONES[function] + 12 * octave
            notes.append(FigureNote(step * ticks, duration * ticks, pitch, "x", function, octave))
    return tuple(sorted(notes))


def _function(symbol: str, where: str) -> tuple[str, int]:
    """Part a symbol into its function and the octaves that its signs add."""
    found = _FUNCTION.fullmatch(symbol)
    if found is None or found[2] not in SEMITONES:
        raise NotationError(f"{where}: {symbol!r} is no chord function; write {' '.join(SEMITONES)}, before it ' or ,")
    return found[2], found[1].count("'") - found[1].count(",")
