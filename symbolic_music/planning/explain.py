"""A song plan as a table for people; bars count from 1 here."""

from __future__ import annotations

from symbolic_music.song.plan import PlannedPhrase, PlannedSection, SongPlan
from symbolic_music.song.spans import section_bars

_RELATION_MARK = {"new": "", "repeat": "=", "variation": "'"}


def explain(plan: SongPlan) -> str:
    """Write a plan as a table: bars, section, key, intensity, phrases, players, reason.

    In the phrases ``=`` marks a repeat and ``'`` a variation: ``A4 A4'`` is
    four bars of material A and a variation of them.
    """
    minutes, seconds = divmod(round(plan.duration_sec), 60)
    lines = [
        f"{plan.title}: {plan.style or plan.genre}, {plan.mood}, {plan.sections[0].key}, {plan.meter}, "
        f"{plan.tempo_qpm:g} quarters a minute, {plan.n_bars} bars, {minutes}:{seconds:02d}",
        "",
    ]
    rows: list[tuple[str, ...]] = [("bars", "section", "key", "intensity", "phrases", "players", "why")]
    # Bars count from 1 for people.
    rows += [_row(section, bar + 1) for section, bar in zip(plan.sections, section_bars(plan), strict=True)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        lines.append("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return "\n".join(lines) + "\n"


def _row(section: PlannedSection, start: int) -> tuple[str, ...]:
    """Write one section as cells."""
    bars = f"{start}-{start + section.n_bars - 1}" if section.n_bars > 1 else str(start)
    level = "#" * round(section.intensity * 10)
    phrases = " ".join(_phrase_text(phrase) for phrase in section.phrases)
    return (bars, section.name, str(section.key), level, phrases, " ".join(section.roles or ()), _why(section))


def _why(section: PlannedSection) -> str:
    """Say why a section stands where it does, and what happens in it."""
    told = []
    for event in section.events:
        where = f", last {event.n_bars}" if event.n_bars else ""
        told.append(f"[{event.kind}{where}: {event.reason}]")
    return " ".join((section.reason, *told))


def _phrase_text(phrase: PlannedPhrase) -> str:
    """Write one phrase as letter, bars and mark."""
    return f"{phrase.letter}{phrase.n_bars}{_RELATION_MARK[phrase.relation]}"
