"""What a style's figures must be: complete for its levels, and playable by people.

Rules of the drum set: two hands, one foot on the kick and one on the hi-hat, one state of the
hi-hat and one sound of the snare at a time. Percussion beside the kit is a second player with two
hands. Electronic kits are programmed: they keep the hi-hat's rule only.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from symbolic_music.errors import NotationError
from symbolic_music.styles.figures import Figure, FigureMusic, figure_music
from symbolic_music.theory.meter import parse_meter

ELECTRONIC_KITS = ("electronic drums", "808 drums")
MAX_HANDS = 2
_FEET = (35, 36, 44)
_HATS = (42, 44, 46)
_SNARES = (37, 38, 40)
_PERCUSSION = (39, 54, 56, 58, *range(60, 83))


def check_figures(
    figures: Sequence[Figure], meters: Sequence[str], level_parts: Sequence[Sequence[str]], kit: str | None
) -> None:
    """Check a style's figures against its meters, levels and kit.

    Parameters
    ----------
    figures : sequence of Figure
    meters : sequence of str
        The style's meters; a figure without one is in the first.
    level_parts : sequence of sequences of str
        Who plays at each level, from 0.
    kit : str or None
        The drums' instrument by its name.

    Raises
    ------
    NotationError
        If a figure cannot be read or played, or a part has none at a level where it plays.
    """
    read = {text: parse_meter(text) for text in meters}
    for number, figure in enumerate(figures):
        if figure.meter is not None and figure.meter not in meters:
            raise NotationError(f"figures.{number}: meter {figure.meter} is none of the style's {', '.join(meters)}")
        for part in figure.parts:
            try:
                music = figure_music(figure, part, read[figure.meter or meters[0]])
                if part == "drums":
                    check_drums(music, electronic=kit in ELECTRONIC_KITS)
            except NotationError as failure:
                raise NotationError(f"figures.{number}: {failure}") from None
    for meter in meters:
        for level, parts in enumerate(level_parts):
            _check_complete([f for f in figures if (f.meter or meters[0]) == meter], parts, level, meter)


def check_drums(music: FigureMusic, electronic: bool = False) -> None:
    """Check that people can play a figure's drums.

    Raises
    ------
    NotationError
        If they cannot; the message says bar, place and drums.
    """
    bars = [*music.bars, *([music.turnaround] if music.turnaround is not None else [])]
    for number, bar in enumerate(bars):
        for tick, strokes in groupby(bar, key=lambda note: note.onset_tick):
            fault = _fault({note.pitch for note in strokes}, electronic)
            if fault:
                name = f"bar {number + 1}" if number < len(music.bars) else "turnaround"
                raise NotationError(f"drums {name} at tick {tick}: {fault}")


def _fault(drums: set[int], electronic: bool) -> str | None:
    """What is wrong with drums struck together."""
    if len(drums.intersection(_HATS)) > 1:
        return "two states of the hi-hat at once; write one of x, o and PH"
    if electronic:
        return None
    if len(drums.intersection(_SNARES)) > 1:
        return "two sounds of the snare at once; write one of SN and SS"
    kit = drums.difference(_FEET, _PERCUSSION)
    if len(kit) > MAX_HANDS or len(drums.intersection(_PERCUSSION)) > MAX_HANDS:
        return f"more than two hands for drums {sorted(drums)}; leave one out"
    return None


def _check_complete(figures: Sequence[Figure], parts: Sequence[str], level: int, meter: str) -> None:
    """Check that every part that plays at a level has a figure for it in any section."""
    for part in parts:
        if not any(part in figure.parts and level in figure.levels and not figure.sections for figure in figures):
            raise NotationError(f"figures: {part} plays at level {level} in {meter} and has no figure there; write one")


def find_figure(figures: Sequence[Figure], part: str, level: int, section_kind: str | None) -> Figure | None:
    """Find a part's figure: one for the kind of section first, then for the level, then for the nearest level."""
    fitting = [f for f in figures if part in f.parts and (not f.sections or section_kind in f.sections)]
    return min(fitting, key=lambda f: (not f.sections, min(abs(level - own) for own in f.levels)), default=None)
