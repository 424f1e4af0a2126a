"""What happens in an arrangement: stops, breaks, breakdowns, builds and drops, who opens and who has the last word.

Arrangers keep a listener by one event a section at most, and each has its place: a band stops or drums and bass drop
out in the bar before a chorus that is known already; where music is built of layers the beat is taken away,
built up again and dropped. What is told here stands in the plan with its reason, and the arrangement obeys it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symbolic_music.song.plan import PlannedEvent
from symbolic_music.styles.orchestration import LAYERED, LINE, LINE_PARTS, Part, breakdown_of
from symbolic_music.styles.style import Style

# Families whose bands stop together before a chorus; the others leave a bar to those who play chords.
STOPPING = ("rock", "soul", "blues", "jazz", "caribbean", "country", "african")
# Families that do neither: their drums, if any, are no beat to be missed.
FLOWING = ("waltz", "cinematic")
LEAST_BARS = 4
BUILD_BARS, RISER_BARS = 4, 2
# Songs in which the band stops or breaks before the last chorus only, and those in which it does so twice.
TWICE = 0.4
# How often an opening without voice has the line, and an ending: people's intros have one in 0.94 of songs.
OPENS, ENDS = 0.95, 0.9
# How often a song's choruses are answered in the tune's rests, its later verses and bridge, and its first verse: what
# is said in one chorus is said in all, and a song grows from verse to verse. People answer 0.48 of the rests.
ANSWERED_CHORUSES, ANSWERED_VERSES, ANSWERED_FIRST = 0.7, 0.75, 0.3


def tell(
    sections: Sequence[Part], style: Style, roles: Sequence[Sequence[str]], rng: np.random.Generator
) -> list[tuple[PlannedEvent, ...]]:
    """Say what happens in every section.

    Parameters
    ----------
    sections : sequence of Part
    style : Style
        With its players seated.
    roles : sequence of sequences of str
        Who plays in each section, as ``orchestrate`` gives them.
    rng : numpy.random.Generator

    Returns
    -------
    list of tuple of PlannedEvent
        By section.
    """
    told: list[list[PlannedEvent]] = [[] for _ in sections]
    rest = breakdown_of(sections, style)
    if rest is not None:
        told[rest].append(PlannedEvent(kind="breakdown", reason="The beat rests, so that its return counts."))
    chances = rng.random(5)
    for index in _before_choruses(sections, twice=bool(chances[0] < TWICE)):
        told[index] += _into_chorus(sections[index], style, roles[index], index == rest)
        if style.family in LAYERED:
            reason = "Everybody comes in at once: what was taken away is back."
            told[index + 1].append(PlannedEvent(kind="drop", reason=reason))
    if any(part in style.band for part in LINE_PARTS):
        _tell_line(told, sections, chances[1] < OPENS, chances[2] < ENDS)
        _tell_answers(told, sections, chances[3], chances[4])
    return [tuple(own) for own in told]


def _before_choruses(sections: Sequence[Part], twice: bool) -> list[int]:
    """The sections that lead to the last chorus, and to the one before it if that is known already."""
    choruses = [index for index, section in enumerate(sections) if section.kind == "chorus" and index]
    known = choruses[1:][-2:] if twice else choruses[1:][-1:]
    return [index - 1 for index in known if sections[index - 1].n_bars >= LEAST_BARS]


def _into_chorus(section: Part, style: Style, roles: Sequence[str], rests: bool) -> list[PlannedEvent]:
    """What happens in the last bars before a chorus."""
    if style.family in LAYERED and "drums" in style.band:
        build = min(BUILD_BARS, section.n_bars // 2)
        riser = min(RISER_BARS, build)
        return [
            PlannedEvent(kind="build", n_bars=build, reason="The snare rolls ever faster towards the drop."),
            PlannedEvent(kind="riser", n_bars=riser, reason="A line climbs under the roll: something is coming."),
        ]
    if rests or style.family in FLOWING or not {"drums", "bass"} & set(roles):
        return []
    if style.family in STOPPING:
        return [
            PlannedEvent(kind="stop", n_bars=1, reason="The band strikes once and stops; the chorus falls into it.")
        ]
    return [PlannedEvent(kind="break", n_bars=1, reason="Drums and bass leave a bar, so that the chorus lands.")]


def _tell_line(told: list[list[PlannedEvent]], sections: Sequence[Part], opens: bool, ends: bool) -> None:
    """Say where the line plays before the tune and after it."""
    for own, section in zip(told, sections, strict=True):
        if section.kind == "intro" and opens:
            own.append(PlannedEvent(kind="opening line", reason=f"The {LINE} plays the hook before it is sung."))
        elif section.kind == "outro" and ends:
            own.append(PlannedEvent(kind="last word", reason="The tune's last word is taken up once more."))


def _tell_answers(told: list[list[PlannedEvent]], sections: Sequence[Part], chorus: float, verse: float) -> None:
    """Say in which sections the line answers the tune, by two numbers drawn from 0 to 1."""
    first = next((index for index, section in enumerate(sections) if section.kind == "verse"), None)
    for index, section in enumerate(sections):
        is_answered = {
            "chorus": chorus < ANSWERED_CHORUSES,
            "verse": verse < (ANSWERED_FIRST if index == first else ANSWERED_VERSES),
            "bridge": verse < ANSWERED_VERSES,
        }.get(section.kind, False)
        if is_answered:
            reason = f"The {LINE} answers where the tune rests for two beats."
            told[index].append(PlannedEvent(kind="answers", reason=reason))
