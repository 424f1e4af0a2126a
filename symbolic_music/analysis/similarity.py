"""How alike two stretches of music are: notes at equal places, shared over all."""

from __future__ import annotations

from collections.abc import Collection

from symbolic_music.song.leadsheet import LeadSheet

# (onset from the stretch's first bar line in ticks, pitch or pitch class)
PlacedNotes = frozenset[tuple[int, int]]


def phrase_similarity(one: Collection[tuple[int, int]], other: Collection[tuple[int, int]]) -> float:
    """Compare two phrases note by note at equal positions: shared notes over all notes.

    The Jaccard index (Jaccard 1912) of {(onset in the phrase, pitch class)}, bars aligned: the
    position-aligned similarity with which the reading of POP909's phrase labels (Dai, Zhang &
    Dannenberg, "Automatic analysis and influence of hierarchical structure on melody, rhythm and
    harmony in popular music", 2020) was checked.

    Returns
    -------
    float
        0 to 1; ``nan`` if both phrases are empty.

    Examples
    --------
    >>> phrase_similarity({(0, 0), (12, 4)}, {(0, 0), (12, 5)})
    0.3333333333333333
    """
    mine, theirs = frozenset(one), frozenset(other)
    union = len(mine | theirs)
    return len(mine & theirs) / union if union else float("nan")


def placed_notes(sheet: LeadSheet, start_bar: int, n_bars: int) -> PlacedNotes:
    """Collect (onset, pitch class relative to the tonic) of some bars, from their first bar line.

    The tonic is that of the section they stand in: a last chorus a tone higher is still the chorus.
    """
    start, end = sheet.lines.tick_of(start_bar), sheet.lines.tick_of(start_bar + n_bars)
    onsets = sheet.melody["onset_tick"] - start
    inside = (onsets >= 0) & (onsets < end - start)
    classes = (sheet.melody["pitch"][inside].astype(int) - sheet.key_at(start_bar).tonic_shift) % 12
    return frozenset(zip(onsets[inside].tolist(), classes.tolist(), strict=True))
