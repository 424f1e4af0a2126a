"""The style of a reference: what its band plays, how dense and high its tune is, its harmonic rhythm and its form.

Its players' most typical two bars become figures (chord-relative, as a style's own are), so that the new song is played
in its groove over other chords; nothing of its tune or its progression is taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symbolic_music.analysis.texture import part_of_voice, texture_of
from symbolic_music.errors import InputError
from symbolic_music.filling.around import music_of
from symbolic_music.formats.written import write_down
from symbolic_music.song.bars import most_of
from symbolic_music.song.brief import Brief
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import Score, Track
from symbolic_music.styles.figure_checks import check_figures
from symbolic_music.styles.figures import BASE_PITCH, DRUM_CODES, Figure, figure_music
from symbolic_music.styles.style import load_style, styles_fitting
from symbolic_music.theory.instruments import instrument_of_program
from symbolic_music.theory.meter import Meter
from symbolic_music.tokens.describe import traits_of
from symbolic_music.tokens.phrase import ANY

# Bars of a figure; who plays it at which levels: the quieter half of the sections gives the lower two.
FIGURE_BARS = 2
LOW, HIGH = (0, 1), (2, 3)
# What of a reference's tune and chords a new song is asked for.
TUNE_TRAITS = ("density", "syncopation", "length", "leaps")
CHORD_TRAITS = ("colour", "changes")
PHRASE_BARS = 8
LONGEST_FORM = 200
_SYMBOLS = {0: "R", 1: "b2", 2: "2", 5: "4", 9: "6"}
_CODE_OF_DRUM = {pitch: code for code, pitch in reversed(DRUM_CODES.items())}
# What is left of drums that no two hands could strike together.
_CORE = {35: "KK", 36: "KK", 38: "SN", 40: "SN", 42: "HH", 44: "HH", 46: "HH", 51: "HH"}
_ACCENTED, _GHOST = 108, 45


@dataclass(frozen=True)
class Likeness:
    """What a reference asks for: fields of a brief, and of a plan its players' figures and the traits of its tune."""

    title: str
    fields: Mapping[str, object] = field(default_factory=dict)
    figures: tuple[dict[str, Any], ...] = ()
    traits: Mapping[str, str] = field(default_factory=dict)

    def brief(self, brief: Brief) -> Brief:
        """A brief with what it leaves open filled from the reference; a style, form or band that is named stays.

        Parameters
        ----------
        brief : Brief
            What is asked besides.
        """
        open_fields = {name: value for name, value in self.fields.items() if getattr(brief, name) is None}
        if brief.n_bars is not None or brief.duration_sec is not None:
            open_fields.pop("form", None)
        if brief.style is not None:
            open_fields = {name: value for name, value in open_fields.items() if name not in ("tempo_qpm", "meter")}
        return brief.model_copy(update=open_fields)

    def plan(self, plan: SongPlan) -> SongPlan:
        """A plan whose players have the reference's figures, in its meter.

        Parameters
        ----------
        plan : SongPlan
            Of the brief.
        """
        fits = plan.meter == self.fields.get("meter")
        return plan.model_copy(
            update={"figures": (self.figures if fits else None) or None, "traits": dict(self.traits)}
        )


def read_likeness(score: Score, sheet: LeadSheet, plan: SongPlan) -> Likeness:
    """Hear what a song is like.

    Parameters
    ----------
    score : Score
        The reference's, its roles known.
    sheet, plan : LeadSheet, SongPlan
        Its chords and form.
    """
    written = write_down(score)
    meter = most_of(sheet.lines)
    parts = _parts(written)
    # Figures are bars of one length; of music whose meter changes there are none, and the style is the nearest.
    heard = parts if len(sheet.lines.changes()) == 1 else {}
    figures = [figure for part, track in heard.items() for figure in _figures(part, track, sheet, plan)]
    style = _nearest_style(figures, str(meter), plan.tempo_qpm)
    form = " ".join(f"{section.kind}{section.n_bars}" for section in plan.sections)
    fields: dict[str, object] = {"meter": meter, "tempo_qpm": float(round(plan.tempo_qpm))}
    if style is not None:
        fields["style"] = style
        band = _band(score, parts)
        fields |= {"band": band} if band else {}
    if plan.n_bars <= LONGEST_FORM and len(plan.sections) > 2:
        fields["form"] = form
    rows = tuple(figure.model_dump(exclude_none=True, exclude={"schema_version"}) for figure in figures)
    return Likeness(sheet.title, fields, rows, _traits(sheet))


def _parts(written: Score) -> dict[str, Track]:
    """Who plays which part: of several the one with the most notes; the tune is left out."""
    bar = written.meters[0].meter.bar_ticks
    found: dict[str, Track] = {}
    for track in written.tracks:
        if not len(track.notes) or track.role in ("melody", "line"):
            continue
        texture = texture_of([tuple(row) for row in track.notes.tolist()], 0, written.end_tick, bar)  # type: ignore[misc]
        part = "bass" if track.role == "bass" else part_of_voice(track, texture)
        if part is not None and (part not in found or len(found[part].notes) < len(track.notes)):
            found[part] = track
    return found


def _band(score: Score, parts: Mapping[str, Track]) -> tuple[str, ...]:
    """The reference's instruments by name, the tune's first."""
    names = []
    lead = next((track for track in score.tracks if track.role == "melody" and len(track.notes)), None)
    if lead is not None:
        names.append(f"{instrument_of_program(lead.program).name} lead")
    names += [instrument_of_program(track.program, track.is_drum).name for track in parts.values()]
    return tuple(dict.fromkeys(names)) if parts else ()


def _figures(part: str, track: Track, sheet: LeadSheet, plan: SongPlan) -> list[Figure]:
    """A part's typical bars in the quieter and in the louder sections."""
    middle = float(np.median([section.intensity for section in plan.sections]))
    bars: dict[tuple[int, ...], list[int]] = {LOW: [], HIGH: []}
    start = 0
    for section in plan.sections:
        levels = LOW if section.intensity < middle else HIGH
        bars[levels] += range(start, start + section.n_bars - FIGURE_BARS + 1, FIGURE_BARS)
        start += section.n_bars
    made = {levels: _figure(part, track, sheet, places, levels) for levels, places in bars.items()}
    found = [figure for figure in made.values() if figure is not None]
    # One figure alone is for all levels.
    return found if len(found) != 1 else [found[0].model_copy(update={"levels": (*LOW, *HIGH)})]


def _figure(
    part: str, track: Track, sheet: LeadSheet, places: Sequence[int], levels: tuple[int, ...]
) -> Figure | None:  # fmt: skip
    """The two bars that are most like all others, as a figure that can be played; ``None`` for silence."""
    bar = sheet.meter.bar_ticks
    units = {place: _unit(track, place * bar, FIGURE_BARS * bar) for place in places}
    signs = {place: frozenset((on, pitch % 12) for on, _, pitch, _ in unit) for place, unit in units.items() if unit}
    if not signs:
        return None
    counts = Counter(sign for unit in signs.values() for sign in unit)
    typical = max(signs, key=lambda place: (sum(counts[sign] for sign in signs[place]) / len(signs[place]), -place))
    step = 3 if sum(row[0] % 3 == 0 for row in units[typical]) >= sum(row[0] % 4 == 0 for row in units[typical]) else 4
    steps = bar // step
    if part == "drums":
        return _drum_figure(units[typical], sheet.meter, step, levels)
    text = " | ".join(
        _bar_text(part, [row for row in units[typical] if number * bar <= row[0] < (number + 1) * bar],
                  sheet, typical * bar, number * bar, step)
        for number in range(FIGURE_BARS)
    )  # fmt: skip
    return _playable({"levels": levels, "meter": str(sheet.meter), "steps": steps, part: text}, part, sheet.meter)


def _unit(track: Track, start: int, length: int) -> list[tuple[int, int, int, int]]:
    """Notes of some bars, from their first bar line."""
    return [
        (on - start, duration, pitch, velocity)
        for on, duration, pitch, velocity in track.notes.tolist()
        if start <= on < start + length
    ]


def _drum_figure(
    unit: Sequence[tuple[int, int, int, int]], meter: Meter, step: int, levels: tuple[int, ...]
) -> Figure | None:
    """Drums as rows of steps; what two hands cannot strike is brought down to kick, snare and hi-hat."""
    steps = meter.bar_ticks // step
    for codes in (_CODE_OF_DRUM, _CORE):
        rows: dict[str, list[str]] = {}
        for onset, _, pitch, velocity in unit:
            if pitch in codes:
                sign = "X" if velocity >= _ACCENTED else "g" if velocity <= _GHOST else "x"
                row = rows.setdefault(codes[pitch], ["."] * (FIGURE_BARS * steps))
                row[min(onset // step, len(row) - 1)] = sign
        drums = {code: f"{''.join(row[:steps])} {''.join(row[steps:])}" for code, row in rows.items()}
        fields: dict[str, Any] = {"levels": levels, "meter": str(meter), "steps": steps, "drums": drums}
        figure = _playable(fields, "drums", meter) if drums else None
        if figure is not None:
            return figure
    return None


def _bar_text(
    part: str, rows: Sequence[tuple[int, int, int, int]], sheet: LeadSheet, start: int, bar_start: int, step: int
) -> str:
    """One bar of a pitched part in chord functions."""
    steps = sheet.meter.bar_ticks // step
    struck: dict[int, dict[str, int]] = {}
    for onset, duration, pitch, _ in rows:
        chord = sheet.chord_at(start + onset) or (sheet.chords[0].chord if sheet.chords else None)
        if chord is None:
            continue
        place = min((onset - bar_start) // step, steps - 1)
        length = int(np.clip(round(duration / step), 1, 2 * steps - place))
        struck.setdefault(place, {})[_symbol(part, pitch, chord.root, chord.pitch_classes)] = length
    if not struck:
        return "-"
    return " ".join(
        f"{symbols[0] if len(symbols) == 1 else '[' + ' '.join(symbols) + ']'}@{place}:{max(lengths.values())}"
        for place, lengths in sorted(struck.items())
        for symbols in [list(lengths)]
    )


def _symbol(part: str, pitch: int, root: int, tones: frozenset[int]) -> str:
    """A pitch as the function of its chord, with the octaves above or below the part's own."""
    step = (pitch - root) % 12
    own = (root + step) % 12 in tones
    name = _SYMBOLS.get(step)
    if name is None or (own and step == 9):
        name = "3" if step in (3, 4) else "5" if step in (6, 7, 8) else "7"
    base = BASE_PITCH[part] + (root - BASE_PITCH[part] + 6) % 12 - 6
    octave = int(np.clip((pitch - base - step) // 12, -1, 2))
    return ("'" * octave if octave > 0 else "," * -octave) + name


def _playable(fields: dict[str, Any], part: str, meter: Meter) -> Figure | None:
    """A figure, if people can play it."""
    try:
        figure = Figure(**fields)
        figure_music(figure, part, meter)
        if part == "drums":
            check_figures([figure], [str(meter)], [], None)
    except InputError:
        return None
    return figure


def _nearest_style(figures: Sequence[Figure], meter: str, tempo_qpm: float) -> str | None:
    """The style whose own figures strike at the same times; ``None`` where no style has the meter and tempo."""
    names = styles_fitting(meter, tempo_qpm)
    if not names:
        return None
    own = {part: _strikes(figure, part, meter) for figure in reversed(figures) for part in figure.parts}

    def alike(name: str) -> float:
        style = load_style(name)
        scores = []
        for part, strikes in own.items():
            music = style.figure_for(part, 2, None, meter)
            other = {(note.onset_tick, _kind(part, note.pitch)) for note in music.bars[0]} if music else set()
            scores.append(len(strikes & other) / max(1, len(strikes | other)) * (2 if part == "drums" else 1))
        if "drums" in style.levels[1].parts and "drums" not in own:
            scores.append(-1.0)
        # A waltz in four is nobody's idea of a style.
        return sum(scores) + 0.3 * (style.usual > 0) - (style.genre == "waltz" and meter != "3/4")

    return max(names, key=lambda name: (alike(name), name))


def _strikes(figure: Figure, part: str, meter: str) -> set[tuple[int, str]]:
    """When a figure's first bar is struck, drums by kind."""
    return {(note.onset_tick, _kind(part, note.pitch)) for note in figure_music(figure, part, meter).bars[0]}


def _kind(part: str, pitch: int) -> str:
    """Drums by what they do, pitched parts alike."""
    return _CORE.get(pitch, "other") if part == "drums" else "any"


def _traits(sheet: LeadSheet) -> dict[str, str]:
    """What most phrases of a tune and its chords are like."""
    counts: dict[str, Counter[str]] = {}
    for start in range(0, sheet.n_bars - PHRASE_BARS + 1, PHRASE_BARS):
        music, mode = music_of(sheet, start, PHRASE_BARS), sheet.key_at(start).mode
        found = traits_of(music, "melody", mode, sheet.meter) if len(music.notes) > PHRASE_BARS else {}
        wanted = {name: found.get(name, ANY) for name in TUNE_TRAITS}
        chords = traits_of(music, "chords", mode, sheet.meter) if music.chords else {}
        for name, value in (wanted | {name: chords.get(name, ANY) for name in CHORD_TRAITS}).items():
            if value != ANY:
                counts.setdefault(name, Counter())[value] += 1
    return {name: values.most_common(1)[0][0] for name, values in counts.items()}
