"""Who plays in which section: an opening, full choruses, a breakdown, a last chorus with everybody.

A style says who plays at an intensity. Over the whole song more is wanted, after the practice of
pop arrangers: soft songs and film music open with the style's quietest level, others with its second,
so that the beat is there; a chorus has at least the players of the third level;
choruses before the last keep somebody back for it, where they are fuller than the verses all the same;
between the first chorus and the last the beat rests once; and in the last chorus of several a
countermelody comes in, or somebody doubles the tune.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symbolic_music.song.plan import PlannedSection, SongPlan
from symbolic_music.styles.style import Style
from symbolic_music.styles.traits import find_mood

CHORUS_INTENSITY = 0.5
# Who plays from the fourth level on waits for the last chorus.
HELD_BACK_FROM = 0.74
# Intensity of an opening: in the first level or the second. Arousal up to which moods open softly, and families that do
# so whatever the mood.
SOFT_OPENING, OPENING = 0.0, 0.25
SOFT_UP_TO = -0.5
SOFT_FAMILIES = ("cinematic",)
COUNTERMELODY, LINE = "countermelody", "line"
# Who of a band plays the line that opens the song and answers the tune, the likeliest first.
LINE_PARTS = ("countermelody", "arpeggio", "guitar", "piano", "pad")
# From this arousal of the mood on (-1 still to 1 excited) the beat is there from the first bar.
DRIVING_AROUSAL = 0.4
# Families whose music is built of layers: in a breakdown their whole beat rests.
LAYERED = ("electronic",)
# What rests in a breakdown, the first of these that plays there.
BEAT = ("drums", "bass")
# Kinds that may be the breakdown, the likeliest first, and how long and loud it may be.
BREAKDOWN_KINDS = ("bridge", "interlude", "verse")
BREAKDOWN_BARS, BREAKDOWN_INTENSITY = 8, 0.6


@dataclass(frozen=True)
class Part:
    """What matters of a section here: its kind, length in bars and intensity (0 to 1)."""

    kind: str
    n_bars: int
    intensity: float


def orchestrate(sections: Sequence[Part], style: Style, mood: str = "neutral") -> list[tuple[str, ...]]:
    """Give every section the roles of those who play in it, without the melody.

    In energetic songs the beat plays from the first bar on, drums if the band has any, else the bass.

    Examples
    --------
    >>> from symbolic_music.styles.style import load_style
    >>> song = [Part("intro", 4, 0.3), Part("verse", 8, 0.45), Part("chorus", 8, 0.75), Part("chorus", 8, 0.9)]
    >>> [len(roles) for roles in orchestrate(song, load_style("pop"))]
    [4, 4, 5, 6]
    """
    soft = style.family in SOFT_FAMILIES or find_mood(mood).arousal <= SOFT_UP_TO
    roles = [_roles(section, index, style, soft) for index, section in enumerate(sections)]
    roles = _held_back(roles, sections, style)
    beat = next((role for role in BEAT if role in style.band), None)
    if beat is not None and find_mood(mood).arousal >= DRIVING_AROUSAL:
        roles = [tuple(dict.fromkeys((beat, *own))) for own in roles]
    index = breakdown_of(sections, style)
    if index is not None:
        playing = [role for role in BEAT if role in roles[index]]
        resting = playing if style.family in LAYERED and set(roles[index]) - set(playing) else playing[:1]
        roles[index] = tuple(role for role in roles[index] if role not in resting)
    choruses = _choruses(sections)
    if len(choruses) > 1:
        last = choruses[-1]
        roles[last] = tuple(dict.fromkeys((*roles[last], COUNTERMELODY)))
    if any(part in style.band for part in LINE_PARTS):
        roles = [(*own, LINE) for own in roles]
    return roles


def breakdown_of(sections: Sequence[Part], style: Style) -> int | None:
    """Find the section in which the beat rests, between the first chorus and the last; ``None`` if there is none."""
    choruses = _choruses(sections)
    if len(choruses) < 2:
        return None
    between = range(choruses[0] + 1, choruses[-1])
    fitting = [index for index in between if _may_rest(sections[index], index, style)]
    by_kind = [[index for index in fitting if sections[index].kind == kind] for kind in BREAKDOWN_KINDS]
    # The last of its kind: the closer to the last chorus, the more the return counts.
    return next((found[-1] for found in by_kind if found), None)


def with_roles(plan: SongPlan, style: Style) -> SongPlan:
    """Fill in who plays in the sections of a plan that do not say so."""
    parts = [Part(section.kind, section.n_bars, section.intensity) for section in plan.sections]
    sections = tuple(
        section if section.roles is not None else section.model_copy(update={"roles": (*_voice(section), *roles)})
        for section, roles in zip(plan.sections, orchestrate(parts, style, plan.mood), strict=True)
    )
    return plan.model_copy(update={"sections": sections})


def _voice(section: PlannedSection) -> tuple[str, ...]:
    """The melody's role, where anything is sung."""
    return ("melody",) if any(phrase.sung for phrase in section.phrases) else ()


def _held_back(roles: Sequence[tuple[str, ...]], sections: Sequence[Part], style: Style) -> list[tuple[str, ...]]:
    """Let choruses before the last keep players back, as long as somebody is new beside the verses."""
    in_verses = {role for own, section in zip(roles, sections, strict=True) if section.kind == "verse" for role in own}
    held = list(roles)
    for index in _choruses(sections)[:-1]:
        fewer = style.roles_at(min(HELD_BACK_FROM, max(sections[index].intensity, CHORUS_INTENSITY)))
        if set(fewer) - in_verses:
            held[index] = fewer
    return held


def _roles(section: Part, index: int, style: Style, soft: bool = True) -> tuple[str, ...]:
    """Who plays as a section's kind and intensity want it; an opening may be soft."""
    if section.kind == "intro" and index == 0:
        return style.roles_at(SOFT_OPENING if soft else OPENING)
    if section.kind == "chorus":
        return style.roles_at(max(section.intensity, CHORUS_INTENSITY))
    return style.roles_at(section.intensity)


def _may_rest(section: Part, index: int, style: Style) -> bool:
    """Whether a section may be the breakdown: short and quiet enough, with a beat and somebody besides it."""
    if section.kind not in BREAKDOWN_KINDS or section.n_bars > BREAKDOWN_BARS:
        return False
    roles = _roles(section, index, style)
    return section.intensity < BREAKDOWN_INTENSITY and len(roles) > 1 and any(role in roles for role in BEAT)


def _choruses(sections: Sequence[Part]) -> list[int]:
    """Indexes of the choruses."""
    return [index for index, section in enumerate(sections) if section.kind == "chorus"]
