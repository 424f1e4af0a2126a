"""A band from the figures of its style: every part of every section, over the sheet's chords.

Who plays in a section follows from its intensity and roles; which figure, from the section's kind and
level. A part that a style has no figure for is played as in the nearest style that has one
(``styles.band.figure_style``); where there is none, or a pianist plays freely, it is left to the phrase model.
"""

from __future__ import annotations

from collections.abc import Sequence

from symbolic_music.filling.basslines import play_bass
from symbolic_music.filling.comping import Comping, play_chords
from symbolic_music.filling.given_chords import bars_of_given_chords
from symbolic_music.filling.grooves import play_groove
from symbolic_music.filling.harmony import Harmony
from symbolic_music.filling.units import FigureOf, SongBar, figures_of, song_bars
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import SongPlan
from symbolic_music.styles.band import plays_freely
from symbolic_music.styles.figure_checks import ELECTRONIC_KITS
from symbolic_music.styles.functions import colour_of
from symbolic_music.styles.style import Style
from symbolic_music.theory.drumming import playable_drums

Row = tuple[int, int, int, int]


def play_figures(plan: SongPlan, sheet: LeadSheet, style: Style) -> dict[str, list[Row]]:
    """Play every part of a band that has figures.

    Parameters
    ----------
    plan : SongPlan
        Its sections say who plays and how intensely.
    sheet : LeadSheet
        Chords and tune over the plan's bars.
    style : Style
        With the players seated.

    Returns
    -------
    dict
        Rows (onset, duration, pitch, velocity) by part, in ticks and in the sheet's keys; a part that
        has figures and never plays has an empty list.
    """
    harmony = Harmony(sheet, bars_of_given_chords(plan))
    bars = [bar for bar in song_bars(plan) if harmony.chord_at(bar.end - 1) is not None]
    played: dict[str, list[Row]] = {}
    for part in style.band:
        is_free = all(plays_freely(style, part, str(meter)) for meter in plan.meters)
        figure_of = None if is_free else figures_of(part, style, plan)
        if figure_of is not None:
            own = [bar for bar in bars if part in style.parts_at(bar.section.intensity, bar.section.roles)]
            played[part] = _play(part, own, style, figure_of, harmony, plan)
    return played


def _play(
    part: str, bars: Sequence[SongBar], style: Style, figure_of: FigureOf, harmony: Harmony, plan: SongPlan
) -> list[Row]:
    """Play one part's bars."""
    colour = colour_of(style.name, style.family)
    if part == "drums":
        is_machine = style.band["drums"] in ELECTRONIC_KITS
        rows = play_groove(bars, figure_of, style.family, plan.seed, is_machine, plan.drum_feel)
        return playable_drums(rows, is_machine=is_machine)
    if part == "bass":
        return play_bass(bars, figure_of, harmony, colour)
    without = frozenset(
        section.name for section in plan.sections if "bass" not in style.parts_at(section.intensity, section.roles)
    )
    return play_chords(bars, figure_of, harmony, Comping(part, colour, without))
