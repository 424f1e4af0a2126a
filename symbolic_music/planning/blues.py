"""The changes of the blues: what a blues is made of is no progression to be drawn, but a round of twelve bars.

A section of another length has the round's shorter form, one of four bars the round's end ("from the five"). The last
bar turns around to the dominant where another round follows, and rests where the song ends.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symbolic_music.planning.phrase_layout import NamedSection
from symbolic_music.song.plan import PlannedPhrase

# A round of twelve bars: the plain one, and with a quick change to the fourth degree; as jazz bands play it.
ROUNDS = {
    "major": ("I7 I7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7 I7", "I7 IV7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7 I7"),
    "minor": ("i7 i7 i7 i7 iv7 iv7 i7 i7 VI7 V7 i7 i7", "i7 iv7 i7 i7 iv7 iv7 i7 i7 VI7 V7 i7 i7"),
}
JAZZ_ROUNDS = {"major": ("I7 IV7 I7 I7 IV7 IV7 I7 VI7 ii7 V7 I7 I7",), "minor": ROUNDS["minor"]}
# What shorter sections play, by their bars.
SHORTER = {
    "major": {2: "V7 I7", 4: "V7 IV7 I7 I7", 8: "I7 V7 IV7 IV7 I7 V7 I7 I7"},
    "minor": {2: "V7 i7", 4: "VI7 V7 i7 i7", 8: "i7 i7 iv7 iv7 i7 V7 i7 i7"},
}
# Sections that leave the round.
ELSEWHERE = ("bridge", "pre-chorus")
_DEGREES = {"I7": "tonic", "i7": "tonic", "IV7": "fourth", "iv7": "fourth", "V7": "fifth"}
_CADENCES = {("fifth", "tonic"): "authentic", ("fourth", "tonic"): "plagal"}


def blues_charts(
    sections: Sequence[NamedSection], mode: str, rng: np.random.Generator, is_jazz: bool = False
) -> dict[str, str]:
    """Give sections the changes of the blues.

    Parameters
    ----------
    sections : sequence of NamedSection
        The form.
    mode : {"major", "minor"}
    rng : numpy Generator
        Draws the round, one for the whole song.
    is_jazz : bool
        Whether a jazz band plays, which comes home from the second degree.

    Returns
    -------
    dict of str to str
        A chart in degrees by the section's name; a section that leaves the round, or has a length that no round has,
        is left out.
    """
    rounds = (JAZZ_ROUNDS if is_jazz else ROUNDS)[mode]
    whole = rounds[int(rng.integers(len(rounds)))]
    charts: dict[str, str] = {}
    for section, after in zip(sections, [*sections[1:], None], strict=True):
        text = {**SHORTER[mode], 12: whole}.get(section.form.n_bars)
        if text is None or section.form.kind in ELSEWHERE:
            continue
        bars = text.split()
        goes_on = after is not None and after.form.kind != "outro"
        charts[section.name] = " | ".join([*bars[:-1], f"{bars[-1]} V7" if goes_on else bars[-1]])
    return charts


def with_cadences(phrases: tuple[PlannedPhrase, ...], chart: str) -> tuple[PlannedPhrase, ...]:
    """Let phrases end as their chart does."""
    bars = [bar.split() for bar in chart.split(" | ")]
    made, start = [], 0
    for phrase in phrases:
        heard = [_DEGREES.get(symbol, "") for bar in bars[start : start + phrase.n_bars] for symbol in bar]
        turns = [degree for place, degree in enumerate(heard) if not place or degree != heard[place - 1]]
        cadence = "half" if turns[-1] == "fifth" else _CADENCES.get((turns[-2] if turns[1:] else "", turns[-1]), "open")
        made.append(phrase.model_copy(update={"cadence": cadence}))
        start += phrase.n_bars
    return tuple(made)


def vary_other_ends(phrases: Sequence[tuple[PlannedPhrase, ...]]) -> list[tuple[PlannedPhrase, ...]]:
    """Let a repeat that ends otherwise than its source be a variation of it."""
    cadences = {phrase.name: phrase.cadence for own in phrases for phrase in own}

    def varied(phrase: PlannedPhrase) -> PlannedPhrase:
        is_other = phrase.relation == "repeat" and phrase.cadence != cadences.get(phrase.source or "", phrase.cadence)
        return phrase.model_copy(update={"relation": "variation"}) if is_other else phrase

    return [tuple(map(varied, own)) for own in phrases]
