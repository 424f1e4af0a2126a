"""What is made over chords that a user gives: a tune, and ideas of how the chords could go on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from symbolic_music.errors import InputError
from symbolic_music.filling.around import music_of
from symbolic_music.filling.chord_ideas import ChordIdea, find_chord_ideas
from symbolic_music.importing.charts import ENDINGS, ChartOptions, chart_key, plan_of_chart
from symbolic_music.importing.reimport import brief_of_plan
from symbolic_music.limits import name_of, read_text_file
from symbolic_music.pipeline.creation import CreateOptions, Song, run_compose
from symbolic_music.pipeline.own_music import play_by_hand
from symbolic_music.pipeline.reimport import load_music
from symbolic_music.pipeline.requests import ChordsRequest, MelodyRequest
from symbolic_music.song.leadsheet import LeadSheet, SectionSpan, score_of_lead_sheet, split_symbols
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import Marker, Score
from symbolic_music.theory.chart import parse_chart, place_chords, say_german
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.key import Key
from symbolic_music.theory.meter import Meter, parse_meter
from symbolic_music.theory.roman import function_of, write_roman
from symbolic_music.tokens.phrase import Note

IDEAS_QPM = 100.0


def melody_over(request: MelodyRequest) -> Song:
    """Write a tune over a chart.

    Parameters
    ----------
    request : MelodyRequest
        The chart, and what it does not say.

    Returns
    -------
    Song
        Tune and block chords; its plan has the chart by section.

    Raises
    ------
    InputError
        If the chart cannot be read.
    """
    text, title = request.chords, "Melody"
    if text.lower().endswith(ENDINGS):
        text, title = read_text_file(text), name_of(text)
    if not text.strip():
        raise InputError('--chords: write e.g. "C | Am F | G7", or name a file')
    say_german(text, "chords")
    options = ChartOptions(
        title, request.key, request.meter, request.tempo_qpm, request.n_bars, request.style, request.seed or 0
    )
    plan = plan_of_chart(text, "chords", options)
    sheet = run_compose(plan, CreateOptions("none", candidates=request.candidates))
    score = score_of_lead_sheet(sheet)
    score = replace(score, tracks=(*score.tracks, play_by_hand(sheet, score.tpq)))
    return Song(brief_of_plan(plan, None), plan, sheet, score, {"made_by": "melody", "seed": plan.seed})


@dataclass(frozen=True)
class ChordIdeas:
    """Ideas found: the key, the chords so far by bar, and the continuations."""

    key: Key
    meter: Meter
    after: tuple[tuple[int, Chord | None], ...]
    n_after: int
    ideas: tuple[ChordIdea, ...]

    @property
    def after_symbols(self) -> list[str]:
        """The chords so far as texts."""
        return [chord.symbol(self.key.fifths) for _, chord in self.after if chord is not None]

    @property
    def rows(self) -> list[dict[str, object]]:
        """A row for each idea: chords, degrees, functions, bits."""
        return [
            {
                "chords": " | ".join(" ".join(c.symbol(self.key.fifths) for c in bar) for bar in idea.bars),
                "degrees": " | ".join(" ".join(write_roman(c, self.key) for c in bar) for bar in idea.bars),
                "functions": ", ".join(function_of(c, self.key) for c in idea.chords),
                "bits": round(idea.bits, 2),
            }
            for idea in self.ideas
        ]


def ideas_for(request: ChordsRequest, under: Path | None = None) -> ChordIdeas:
    """Find ideas of how chords could go on.

    Parameters
    ----------
    request : ChordsRequest
        The chords so far, the key, how many ideas.
    under : Path, optional
        A tune; its bars after the chords so far are what the ideas carry, in its key and meter.

    Raises
    ------
    InputError
        If the chords cannot be read, or the tune has no bars left.
    """
    meter = parse_meter(request.meter)
    sheet = None if under is None else load_music(under).lead_sheet
    if sheet is not None:
        meter = sheet.meter
    key = chart_key(request.after, request.key) if sheet is None or request.key else sheet.key_at(0)
    say_german(request.after, "chords")
    chart = parse_chart(request.after, "--after", key) if request.after.strip() else []
    after = {bar * meter.bar_ticks + tick: c for bar, own in enumerate(chart) for tick, c in place_chords(own, meter)}
    before = None
    if any(chord is not None for chord in after.values()):
        before = music_of(_sheet(after, len(chart), meter, key), max(0, len(chart) - 4), min(4, len(chart)))
    tune = _tune(sheet, len(chart), request.n_bars, under)
    ideas = find_chord_ideas(
        before, key, meter, request.n_bars, request.number, request.seed or 0, tune, 2 if request.halves else 1
    )
    return ChordIdeas(key, meter, tuple(sorted(after.items(), key=lambda row: row[0])), len(chart), tuple(ideas))


def _tune(sheet: LeadSheet | None, start_bar: int, n_bars: int, under: Path | None) -> tuple[Note, ...]:
    """The notes that ideas go under."""
    if sheet is None:
        return ()
    if start_bar + n_bars > sheet.n_bars:
        wanted = f"bars {start_bar + 1} to {start_bar + n_bars}"
        raise InputError(f"{under}: the ideas would go under {wanted}, but the tune has {sheet.n_bars} bars")
    return music_of(replace(sheet, chords=(), no_chords=()), start_bar, n_bars).notes


def _sheet(symbols: dict[int, Chord | None], n_bars: int, meter: Meter, key: Key) -> LeadSheet:
    """Chords alone as a lead sheet."""
    chords, no_chords = split_symbols(symbols, keep_restated=True)
    span = (SectionSpan("ideas", 0, n_bars, key),)
    return LeadSheet("Chord ideas", IDEAS_QPM, meter, n_bars, make_notes([]), chords, span, no_chords=no_chords)


def score_of_ideas(found: ChordIdeas) -> Score:
    """All ideas one after another, each after the chords so far, with a marker and a bar of rest between.

    Parameters
    ----------
    found : ChordIdeas
        By `ideas_for`.
    """
    bar = found.meter.bar_ticks
    symbols: dict[int, Chord | None] = {}
    marks: list[tuple[int, str]] = []
    now = 0
    for number, idea in enumerate(found.ideas, 1):
        marks.append((now * bar, f"idea {number}: {idea.bits:.1f} bits"))
        symbols |= {now * bar + tick: chord for tick, chord in found.after}
        now += found.n_after
        for own in idea.bars:
            symbols |= {now * bar + place * bar // len(own): chord for place, chord in enumerate(own)}
            now += 1
        symbols[now * bar] = None
        now += 1
    sheet = _sheet(symbols, max(1, now), found.meter, found.key)
    score = score_of_lead_sheet(sheet)
    return replace(
        score, tracks=(play_by_hand(sheet, score.tpq),), markers=tuple(Marker(tick, text) for tick, text in marks)
    )
