"""Songs with Markov melodies: the weak baseline beside generated and human songs.

Each keeps a person's form, chords, key and tempo; every sung phrase is sung to notes drawn from an
order-3 Markov model over the tokens of people's phrases (bar, position, pitch, duration).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from symbolic_music.evaluation.markov import MarkovModel
from symbolic_music.evaluation.melody import PhraseSpan
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.notes import make_notes
from symbolic_music.tokens import vocabulary as v
from symbolic_music.tokens.codec import decode_bar, encode_notes, split_bars

ORDER = 3
MELODY_VELOCITY = 90
SongWithSpans = tuple[LeadSheet, Sequence[PhraseSpan]]


def fit_melodies(songs: Sequence[SongWithSpans], order: int = ORDER) -> MarkovModel:
    """Fit a Markov model on the tokens of the sung phrases of songs.

    Parameters
    ----------
    songs : Sequence[SongWithSpans]
        With the spans of their phrases.
    order : int, optional
        How many tokens back the model looks, 1 or more.
    """
    model = MarkovModel(order, len(v.TOKENS), "witten-bell")
    model.fit(phrase_ids(sheet, span) for sheet, spans in songs for span in spans if span.sung)
    return model


def phrase_ids(sheet: LeadSheet, span: PhraseSpan) -> list[int]:
    """Encode a phrase's melody as tokens, bar by bar, in C major or A minor, closed by ``EOS``.

    Parameters
    ----------
    sheet : LeadSheet
        The song.
    span : PhraseSpan
        The phrase's bars and key.

    Returns
    -------
    list[int]
        Ids of ``tokens.vocabulary.TOKENS``.
    """
    shift, bar_ticks = sheet.key_at(span.start_bar).tonic_shift, sheet.meter.bar_ticks
    first, last = np.searchsorted(
        sheet.melody["onset_tick"], np.array([0, span.n_bars]) * bar_ticks + span.start_bar * bar_ticks
    )
    bars: list[list[tuple[int, int, int]]] = [[] for _ in range(span.n_bars)]
    for onset, duration, pitch, _ in sheet.melody[first:last].tolist():
        bar, inside = divmod(onset, bar_ticks)
        if inside in v.POSITIONS and v.LOWEST_PITCH <= pitch - shift <= v.HIGHEST_PITCH:
            bars[bar - span.start_bar].append((inside, v.nearest_duration(duration), pitch - shift))
    return [index for notes in bars for index in (v.PLAIN_BAR, *encode_notes(notes))] + [v.EOS]


def sing_markov(
    model: MarkovModel, sheet: LeadSheet, spans: Sequence[PhraseSpan], rng: np.random.Generator
) -> LeadSheet:
    """Replace the melody of a song's sung phrases by drawn ones; the rest is silent.

    Parameters
    ----------
    model : MarkovModel
        As ``fit_melodies`` gives it.
    sheet : LeadSheet
        Whose melody is replaced.
    spans : Sequence[PhraseSpan]
        The song's phrases.
    rng : np.random.Generator
        All chance comes from it.

    Returns
    -------
    LeadSheet
        With the form, chords and keys of ``sheet``.
    """
    rows: list[tuple[int, int, int, int]] = []
    for span in spans:
        if span.sung:
            rows += _draw_phrase(model, sheet, span, rng)
    rows = [row for row in rows if row[0] < sheet.end_tick]
    ends = [row[0] for row in rows[1:]] + [sheet.end_tick]
    rows = [(on, min(length, end - on), pitch, vel) for (on, length, pitch, vel), end in zip(rows, ends, strict=True)]
    return replace(sheet, melody=make_notes(row for row in rows if row[1] > 0))


def _draw_phrase(
    model: MarkovModel, sheet: LeadSheet, span: PhraseSpan, rng: np.random.Generator
) -> list[tuple[int, int, int, int]]:
    """Draw phrases until the span's bars are full."""
    bars: list[list[int]] = []
    while len(bars) < span.n_bars:
        bars += split_bars(model.sample(rng, 400, v.EOS))
    shift, bar_ticks = sheet.key_at(span.start_bar).tonic_shift, sheet.meter.bar_ticks
    rows = []
    for number, ids in enumerate(bars[: span.n_bars]):
        start, last = (span.start_bar + number) * bar_ticks, -1
        for onset, length, pitch in decode_bar(ids)[1]:
            if last < onset < bar_ticks:
                rows.append((start + onset, length, pitch + shift, MELODY_VELOCITY))
                last = onset
    return rows
