"""Lead sheets of one's own as the songs that training examples are made of.

A sheet whose meter changes gives a song for every stretch of one meter. Phrases are cut where its sections end, and
inside them where the tune waits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from symbolic_music.song.collection import OwnSong
from symbolic_music.song.notes import rows_of
from symbolic_music.theory.meter import METERS, Meter, snap_to_grid
from symbolic_music.tokens.vocabulary import CONDITION_VALUES
from symbolic_music.training.examples import Example, examples_of
from symbolic_music.training.phrases import Stretch, cut_phrases

FEWEST_BARS = 4
_KINDS = CONDITION_VALUES["Section"]


def examples_of_songs(
    songs: Sequence[OwnSong], source: str, validation: frozenset[str], seed: int = 0
) -> list[Example]:
    """Make the examples of songs.

    Parameters
    ----------
    songs : sequence of OwnSong
        Of different names.
    source : str
        The source word under which they are learnt, one of the vocabulary's, or ``any``.
    validation : frozenset of str
        Names of songs that are held out.
    seed : int
        Of the chance by which contexts and holes are drawn.
    """
    made = []
    for number, song in enumerate(songs):
        rng = np.random.default_rng([seed, number])
        split = "validation" if song.name in validation else "train"
        for piece in songs_of_sheet(song, split):
            made += list(examples_of(piece | {"source": source}, rng))
    return made


def songs_of_sheet(song: OwnSong, split: str) -> Iterator[dict[str, Any]]:
    """Turn a lead sheet into songs of one meter each, as `training.examples` describes them.

    Parameters
    ----------
    song : OwnSong
        With chords, or nothing is learnt from it.
    split : str
        ``train`` or ``validation``.
    """
    bars = song.sheet.lines.bars
    starts = [bar for bar in range(len(bars)) if not bar or bars[bar].meter != bars[bar - 1].meter]
    for start, end in zip(starts, [*starts[1:], len(bars)], strict=True):
        meter = bars[start].meter
        if str(meter) in METERS and end - start >= FEWEST_BARS:
            yield _piece(song, start, end, meter, split)


def _piece(song: OwnSong, start: int, end: int, meter: Meter, split: str) -> dict[str, Any]:
    """Cut bars of one meter out of a sheet."""
    sheet, bars = song.sheet, song.sheet.lines.bars
    first, last = bars[start].start, bars[end - 1].end
    melody = [
        [snap_to_grid(on - first), max(1, length), pitch]
        for on, length, pitch, _ in rows_of(sheet.melody)
        if first <= on < last
    ]
    chords: list[list[Any]] = [
        [event.onset_tick - first, event.chord.root, event.chord.quality, event.chord.bass]
        for event in sheet.chords
        if first <= event.onset_tick < last
    ]
    before = sheet.chord_at(first)
    if before is not None and (not chords or chords[0][0] > 0):
        chords.insert(0, [0, before.root, before.quality, before.bass])
    stretches, keys = _stretches(song, start, end, meter.bar_ticks)
    rows = [(on, length, pitch) for on, length, pitch in melody]
    return {
        "id": song.name, "meter": str(meter), "tempo_qpm": sheet.tempo_qpm, "n_bars": end - start, "melody": melody,
        "piano": [], "line": [], "chords": chords, "split": split,
        "phrases": cut_phrases(rows, stretches, meter.bar_ticks, keys),
    }  # fmt: skip


def _stretches(song: OwnSong, start: int, end: int, bar: int) -> tuple[list[Stretch], list[tuple[int, str]]]:
    """Sections inside the bars, with their kinds where they are known, and the keys."""
    sheet = song.sheet
    stretches, keys = [], []
    kinds = song.kinds if len(song.kinds) == len(sheet.sections) > 1 else ("any",) * len(sheet.sections)
    at = start
    for span, kind in zip(sheet.sections, kinds, strict=True):
        begin, stop = max(span.start_bar, at), min(span.start_bar + span.n_bars, end)
        if stop > begin:
            if begin > at:
                stretches.append(Stretch(at - start, begin - at))
            stretches.append(Stretch(begin - start, stop - begin, kind if kind in _KINDS else "any"))
            keys.append(((begin - start) * bar, str(span.key)))
            at = stop
    if at < end:
        stretches.append(Stretch(at - start, end - at))
    keys = keys or [(0, str(sheet.key_at(start)))]
    return stretches, [(0, keys[0][1]), *keys[1:]]
