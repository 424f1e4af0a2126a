"""The song's sections as a game sees them, and which of them make the loop."""

from __future__ import annotations

import re
from dataclasses import dataclass

from symbolic_music.analysis.key import find_key_of_score
from symbolic_music.errors import InputError
from symbolic_music.games.cutting import list_bars
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import Score, in_force
from symbolic_music.song.spans import section_bars, starts_of
from symbolic_music.theory.key import Key

OPENINGS, CLOSINGS = ("intro",), ("outro", "ending", "coda")


@dataclass(frozen=True)
class GameSection:
    """One section: its name in the score, its name in files, its bars and what is known of it.

    ``phrase_bars`` are the bars, counted from the section's first, after which a phrase ends.
    """

    name: str
    slug: str
    start_tick: int
    end_tick: int
    start_bar: int
    n_bars: int
    key: Key
    intensity: float
    phrase_bars: tuple[int, ...]

    @property
    def kind(self) -> str:
        """The name without its number: ``verse`` of ``Verse 2``."""
        return re.sub(r"[\s\d.]+$", "", self.name).lower()


def list_sections(score: Score, plan: SongPlan | None = None) -> tuple[GameSection, ...]:
    """List the sections that a score's markers begin; a score without markers is one section.

    Intensity and phrases come from the plan, where it has the same sections; otherwise
    intensity is 0.5 and a phrase four bars. Markers off the bar lines begin nothing.
    """
    bars = list_bars(score)
    lines = {bar.start_tick: number for number, bar in enumerate(bars)}
    marks = {lines[marker.tick]: marker.text for marker in score.markers if marker.tick in lines}
    if 0 not in marks:
        marks[0] = "Intro 1" if marks else "Song"
    starts = sorted(marks)
    planned = _planned_facts(plan, starts, len(bars))
    sections: list[GameSection] = []
    for index, start in enumerate(starts):
        end = starts[index + 1] if index + 1 < len(starts) else len(bars)
        intensity, phrases = planned.get(start, (0.5, (*range(4, end - start, 4), end - start)))
        sections.append(GameSection(
            marks[start], _slug(marks[start], [section.slug for section in sections]), bars[start].start_tick,
            bars[end - 1].end_tick, start, end - start, key_at(score, bars[start].start_tick), intensity, phrases,
        ))  # fmt: skip
    return tuple(sections)


def choose_loop(
    sections: tuple[GameSection, ...], first: str | None = None, last: str | None = None
) -> tuple[int, int]:
    """Choose the loop's first and last section, as places in the list.

    Without names, it runs from the first section that is no intro to the last that is no outro.

    Raises
    ------
    InputError
        If a section named is not there, or the last comes before the first.
    """
    start, end = 0, len(sections) - 1
    while start < end and sections[start].kind in OPENINGS:
        start += 1
    while end > start and sections[end].kind in CLOSINGS:
        end -= 1
    start = start if first is None else _find(sections, first)
    end = end if last is None else _find(sections, last)
    if end < start:
        names = f"{sections[start].name!r} to {sections[end].name!r}"
        raise InputError(f"loop from {names}: the last section comes before the first")
    return start, end


def key_at(score: Score, tick: int) -> Key:
    """The key in force at a tick; without a key signature, the one that is heard."""
    stated = in_force(score.keys, tick, None)
    return stated.key if stated is not None else find_key_of_score(score)


def _planned_facts(plan: SongPlan | None, starts: list[int], n_bars: int) -> dict[int, tuple[float, tuple[int, ...]]]:
    """Intensity and phrase ends by first bar, if the plan has these very sections."""
    if plan is None or plan.n_bars != n_bars:
        return {}
    facts = {}
    for section, bar in zip(plan.sections, section_bars(plan), strict=True):
        own = starts_of(phrase.n_bars for phrase in section.phrases)
        facts[bar] = (section.intensity, (*own[1:], section.n_bars))
    return facts if sorted(facts) == starts else {}


def _find(sections: tuple[GameSection, ...], name: str) -> int:
    """Find a section by its name or file name."""
    wanted = _slug(name, [])
    for number, section in enumerate(sections):
        if section.slug == wanted:
            return number
    known = ", ".join(section.name for section in sections)
    raise InputError(f"section {name!r} is not in the song; it has {known}")


def _slug(name: str, taken: list[str]) -> str:
    """Make a file name that no other section has."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "section"
    slug, number = plain, 2
    while slug in taken:
        slug, number = f"{plain}-{number}", number + 1
    return slug
