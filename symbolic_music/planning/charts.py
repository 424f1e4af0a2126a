"""Chords that a brief gives, told to the sections that they are for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from symbolic_music.errors import BriefError
from symbolic_music.planning.phrase_layout import NamedSection
from symbolic_music.song.plan import PlannedSection
from symbolic_music.theory.chart import chart_sections

# A chart's name for all sections that it does not name.
OTHERS = ("song", "all", "others", "rest")


@dataclass(frozen=True)
class Charts:
    """The chart of the whole song, and those of single sections by their names."""

    whole: str | None = None
    by_section: Mapping[str, str] = field(default_factory=dict)

    def give(self, sections: tuple[PlannedSection, ...]) -> tuple[PlannedSection, ...]:
        """Write into each section the chart that is for it."""
        return tuple(
            section.model_copy(update={"chords": self.by_section[section.name]})
            if section.name in self.by_section
            else section
            for section in sections
        )


def chart_of_sections(chords: str | None, sections: Sequence[NamedSection]) -> Charts:
    """Find the sections that a brief's chords are for.

    Parameters
    ----------
    chords : str or None
        A chart; one that names no section is for all.
    sections : sequence of NamedSection
        The form. A chart's name means the section so called, else all of that kind or label ("verse", "A").

    Raises
    ------
    BriefError
        If the form has no such section; the message says which it has.
    """
    parts = chart_sections(chords) if chords else {}
    if not any(name is not None for name in parts):
        return Charts(chords)
    whole = parts.pop(None, None)
    found: dict[str, str] = {}
    # The exact names go before those of kinds.
    for name, text in sorted(parts.items(), key=lambda part: _is_exact(str(part[0]), sections)):
        if str(name).lower() in OTHERS:
            whole = text
            continue
        meant = [section.name for section in sections if _means(str(name), section)]
        if not meant:
            has = ", ".join(section.name for section in sections)
            raise BriefError(f"chords: the form has no {name!r}; it has {has}", "say the form too: --form 'verse8 ...'")
        found |= dict.fromkeys(meant, text)
    return Charts(whole, found)


def _plain(name: str) -> str:
    return re.sub(r"[\s.-]+", "", name.lower())


def _is_exact(name: str, sections: Sequence[NamedSection]) -> bool:
    """Whether a name is that of one section."""
    return any(_plain(name) == _plain(section.name) for section in sections)


def _means(name: str, section: NamedSection) -> bool:
    """Whether a chart's name means a section: its own name (with its number or without), its kind or its label."""
    plain, own = _plain(name), _plain(section.name)
    if plain == own or plain.removesuffix("1") == own or plain == f"{own}1":
        return True
    return plain in (re.sub(r"\d+$", "", own), _plain(section.form.kind))
