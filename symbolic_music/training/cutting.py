"""Phrases cut out of songs, relative to their first bar line and to C major / A minor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from symbolic_music.analysis.upbeats import upbeat_start
from symbolic_music.theory.key import Key, parse_key
from symbolic_music.theory.meter import GRID_TICKS, TPQ, parse_meter
from symbolic_music.tokens.phrase import ChordRow, Note, PhraseMusic
from symbolic_music.tokens.vocabulary import (
    BREATHING,
    HIGHEST_DRUM,
    HIGHEST_PITCH,
    HIT_TICKS,
    LONGEST_PHRASE,
    LOWEST_DRUM,
    LOWEST_PITCH,
    SINGLE_VOICED,
    nearest_duration,
)


@dataclass(frozen=True)
class Span:
    """Bars of a song; ``letter`` is equal where the same music is meant to return."""

    letter: str
    start_bar: int
    n_bars: int
    section: str
    key: Key

    @property
    def end_bar(self) -> int:
        return self.start_bar + self.n_bars


def spans_of(song: dict[str, Any]) -> list[Span]:
    """A song's phrases, those longer than 16 bars in eights, those of 12 to 16 in halves too."""
    return [piece for row in song["phrases"] for piece in _pieces(row)]


def _pieces(row: Sequence[Any]) -> Iterator[Span]:
    letter, start, n_bars, _, section, key = row
    step = n_bars if n_bars <= LONGEST_PHRASE else 8
    for at in range(0, n_bars, step):
        length = min(step, n_bars - at)
        yield Span(f"{letter}{at}" if at else letter, start + at, length, section, parse_key(key))
    if 12 <= n_bars <= LONGEST_PHRASE:
        for at in (0, 8):
            yield Span(f"{letter}.{at}", start + at, min(8, n_bars - at), section, parse_key(key))


def cut(
    song: dict[str, Any],
    span: Span,
    part: str,
    rows: Sequence[Any] | None = None,
    is_phrase: tuple[bool, bool] = (False, False),
) -> PhraseMusic:
    """Cut a span of a part out of a song; notes end by its last bar line.

    ``rows`` are the part's notes (onset, duration, pitch …) where the song does not hold them itself.
    ``is_phrase`` says whether a phrase begins at the span's first bar line, and whether another one does at its
    end: a part that breathes then takes its own upbeat with it and leaves the other phrase's.
    """
    bar = parse_meter(song["meter"]).bar_ticks
    start, end = span.start_bar * bar, span.end_bar * bar
    shift = span.key.tonic_shift
    before = [c for c in song["chords"] if c[0] <= start][-1:]
    inside = [c for c in song["chords"] if start < c[0] < end]
    chords = [(max(c[0] - start, 0), (c[1] - shift) % 12, c[2], (c[3] - shift) % 12) for c in [*before, *inside]]
    if rows is None:
        rows = [] if part == "chords" else song[part]
    first, last = (
        upbeat_start(rows, tick, bar) if own and part in BREATHING else tick
        for tick, own in zip((start, end), is_phrase, strict=True)
    )
    # A handful of grace hits lie between the lines of the grid; they are left out.
    heard = [(row[0] - start, min(row[1], last - row[0]), row[2]) for row in rows
             if first <= row[0] < last and row[0] % TPQ in GRID_TICKS]  # fmt: skip
    notes = _hits(heard) if part == "drums" else _notes(heard, shift, part in SINGLE_VOICED)
    return PhraseMusic(span.n_bars, bar, chords_on_beats(chords), notes)


def _notes(heard: list[Note], shift: int, is_single_voice: bool) -> tuple[Note, ...]:
    """Notes in the vocabulary's range and lengths, each pitch once at an onset."""
    moved = sorted({(on, pitch - shift): length for on, length, pitch in heard}.items())
    kept = [(on, length, pitch) for (on, pitch), length in moved if LOWEST_PITCH <= pitch <= HIGHEST_PITCH]
    if is_single_voice:
        kept = _one_voice(kept)
    return tuple((on, nearest_duration(length), pitch) for on, length, pitch in kept)


def _one_voice(notes: list[Note]) -> list[Note]:
    """Of notes that begin together the first (lowest) stays; a note ends where the next begins."""
    first = list({on: (on, length, pitch) for on, length, pitch in reversed(notes)}.values())[::-1]
    ends = [*(on for on, _, _ in first), 1 << 30][1:]
    return [(on, min(length, end - on), pitch) for (on, length, pitch), end in zip(first, ends, strict=True)]


def _hits(heard: list[Note]) -> tuple[Note, ...]:
    """Drum hits: each drum once at an onset, without a length."""
    places = sorted({(on, pitch) for on, _, pitch in heard if LOWEST_DRUM <= pitch <= HIGHEST_DRUM})
    return tuple((on, HIT_TICKS, pitch) for on, pitch in places)


def chords_on_beats(chords: Sequence[ChordRow]) -> tuple[ChordRow, ...]:
    """Put chord changes on eighths; of two on one the later stays, restatements go."""
    by_tick = {round(c[0] / 6) * 6: c for c in chords}
    rows: list[ChordRow] = []
    for tick, chord in sorted(by_tick.items()):
        if not rows or rows[-1][1:] != tuple(chord[1:]):
            rows.append((tick, *chord[1:]))
    return tuple(rows)


def same_music(a: PhraseMusic, b: PhraseMusic, part: str) -> bool:
    """Whether two phrases hold the same music of a part."""
    return a.chords == b.chords if part == "chords" else a.notes == b.notes and a.chords == b.chords


def kept_share(original: PhraseMusic, music: PhraseMusic, part: str) -> float:
    """Share of a variation's bars that are exactly the original's."""

    def content(phrase: PhraseMusic, bar: int) -> tuple[Any, ...]:
        return phrase.chords_of_bar(bar) if part == "chords" else phrase.notes_of_bar(bar)

    shared = min(original.n_bars, music.n_bars)
    return sum(content(original, bar) == content(music, bar) for bar in range(shared)) / music.n_bars
