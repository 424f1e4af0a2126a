"""Hypothesis strategies for phrases of every part and meter."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from symbolic_music.theory.chord import QUALITIES
from symbolic_music.theory.meter import METERS, parse_meter
from symbolic_music.tokens.grammar import is_usual_bass
from symbolic_music.tokens.phrase import ChordRow, Conditions, Note, PhraseJob, PhraseMusic
from symbolic_music.tokens.vocabulary import (
    BREATHING,
    DURATIONS,
    HIGHEST_DRUM,
    HIT_TICKS,
    LOWEST_DRUM,
    POSITIONS,
    nearest_duration,
)

_PITCHES = st.integers(21, 108)


@st.composite
def bars_of(draw: st.DrawFn, n_bars: int, fresh: st.SearchStrategy[list]) -> list[list]:
    """Content of each bar: new, or the same as an earlier bar."""
    bars: list[list] = []
    for number in range(n_bars):
        copied = draw(st.integers(0, number)) if number else number
        bars.append(bars[copied] if copied < number and draw(st.booleans()) else draw(fresh))
    return bars


@st.composite
def chord_rows(draw: st.DrawFn, n_bars: int, bar_ticks: int) -> tuple[ChordRow, ...]:
    """Chords from tick 0 on, none a restatement of the one before."""
    any_chord = st.tuples(st.integers(0, 11), st.sampled_from(sorted(QUALITIES)), st.integers(0, 11))
    chord = any_chord.filter(lambda row: is_usual_bass(row[1], row[2] - row[0]))
    ticks = [tick for tick in POSITIONS if tick < bar_ticks and tick % 6 == 0]
    changes = st.dictionaries(st.sampled_from(ticks), chord, max_size=3).map(lambda rows: sorted(rows.items()))
    rows: list[ChordRow] = [(0, *draw(chord))]
    for bar, content in enumerate(draw(bars_of(n_bars, changes))):
        for tick, row in content:
            if (bar, tick) != (0, 0) and rows[-1][1:] != row:
                rows.append((bar * bar_ticks + tick, *row))
    return tuple(rows)


@st.composite
def melody_notes(draw: st.DrawFn, n_bars: int, bar_ticks: int) -> tuple[Note, ...]:
    """One voice: a note ends at the latest where the next begins or the phrase ends."""
    ticks = [tick for tick in POSITIONS if tick < bar_ticks]
    row = st.tuples(_PITCHES, st.sampled_from(DURATIONS))
    content = st.dictionaries(st.sampled_from(ticks), row, max_size=6).map(lambda rows: sorted(rows.items()))
    found = [(bar * bar_ticks + tick, length, pitch)
             for bar, rows in enumerate(draw(bars_of(n_bars, content))) for tick, (pitch, length) in rows]  # fmt: skip
    ends = [*(on for on, _, _ in found), n_bars * bar_ticks][1:]
    return tuple((on, nearest_duration(min(length, end - on)), pitch)
                 for (on, length, pitch), end in zip(found, ends, strict=True))  # fmt: skip


@st.composite
def piano_notes(draw: st.DrawFn, n_bars: int, bar_ticks: int) -> tuple[Note, ...]:
    """Any notes inside the phrase, at one onset each pitch once."""
    ticks = [tick for tick in POSITIONS if tick < bar_ticks]
    place = st.tuples(st.sampled_from(ticks), _PITCHES)
    content = st.dictionaries(place, st.sampled_from(DURATIONS), max_size=8).map(lambda rows: sorted(rows.items()))
    end = n_bars * bar_ticks
    return tuple((bar * bar_ticks + tick, nearest_duration(min(length, end - bar * bar_ticks - tick)), pitch)
                 for bar, rows in enumerate(draw(bars_of(n_bars, content)))
                 for (tick, pitch), length in rows)  # fmt: skip


@st.composite
def drum_hits(draw: st.DrawFn, n_bars: int, bar_ticks: int) -> tuple[Note, ...]:
    """Hits inside the phrase, at one onset each drum once."""
    ticks = [tick for tick in POSITIONS if tick < bar_ticks]
    place = st.tuples(st.sampled_from(ticks), st.integers(LOWEST_DRUM, HIGHEST_DRUM))
    bars = draw(bars_of(n_bars, st.sets(place, max_size=8).map(sorted)))
    return tuple((bar * bar_ticks + tick, HIT_TICKS, drum) for bar, rows in enumerate(bars) for tick, drum in rows)


NOTES_OF = {"melody": melody_notes, "line": melody_notes,
            "bass": melody_notes, "piano": piano_notes, "pad": piano_notes,
            "drums": drum_hits}  # fmt: skip


@st.composite
def jobs(draw: st.DrawFn) -> tuple[PhraseJob, PhraseMusic]:
    """A job and a phrase that answers it, with and without an original that shares bars with it."""
    part, meter = draw(st.sampled_from(["chords", *NOTES_OF])), draw(st.sampled_from(METERS))
    n_bars = draw(st.integers(1, 6))
    bar = parse_meter(meter).bar_ticks
    chords = draw(chord_rows(n_bars, bar))
    notes = () if part == "chords" else draw(NOTES_OF[part](n_bars, bar))
    if part in BREATHING and draw(st.booleans()):
        notes = (*draw(upbeats()), *notes)
    music = PhraseMusic(n_bars, bar, chords, notes)
    original = draw(st.sampled_from([None, _cut(music, max(1, n_bars - 1)), _without_last_bar(music)]))
    beside = draw(st.sampled_from(["any", *NOTES_OF]))
    conditions = Conditions(part, draw(st.sampled_from(["major", "minor"])), meter, n_bars,
                            relation="any" if original is None else "variation", beside=beside)  # fmt: skip
    context, following = draw(st.sampled_from([(None, None), (_cut(music, 1), None), (_cut(music, 1), music)]))
    given_chords = () if part == "chords" else chords
    given_notes = () if beside == "any" else draw(NOTES_OF[beside](n_bars, bar))
    plays_figures = part not in ("chords", "melody", "line")
    exemplar = draw(st.sampled_from([None, _cut(music, min(2, n_bars))])) if plays_figures else None
    relative = draw(st.sampled_from([None, _cut(music, 1)]))
    job = PhraseJob(conditions, bar, context, original, given_chords, following, given_notes, relative, exemplar)
    return job, music


@st.composite
def upbeats(draw: st.DrawFn) -> tuple[Note, ...]:
    """One or two sixteenths or eighths before the first bar line."""
    ticks = draw(st.sampled_from([(-6,), (-3,), (-12, -6), (-6, -3)]))
    ends = [*ticks[1:], 0]
    return tuple((tick, end - tick, draw(_PITCHES)) for tick, end in zip(ticks, ends, strict=True))


def _cut(music: PhraseMusic, n_bars: int) -> PhraseMusic:
    """The first bars."""
    end = n_bars * music.bar_ticks
    return PhraseMusic(n_bars, music.bar_ticks, tuple(c for c in music.chords if c[0] < end),
                       tuple(n for n in music.notes if n[0] < end))  # fmt: skip


def _without_last_bar(music: PhraseMusic) -> PhraseMusic:
    """The same length with nothing new in the last bar."""
    start = (music.n_bars - 1) * music.bar_ticks
    chords = tuple(c for c in music.chords if c[0] < start or c[0] == 0)
    return replace(music, chords=chords, notes=tuple(n for n in music.notes if n[0] < start))
