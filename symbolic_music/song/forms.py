"""Changes of a plan alone: phrases that no longer repeat others, sections split, joined and numbered anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from symbolic_music.song.places import Span
from symbolic_music.song.plan import PlannedPhrase, PlannedSection, SongPlan
from symbolic_music.song.spans import Slot, section_bars, slots_of

_USUAL_PHRASE = 4
_ALWAYS_NUMBERED = ("verse", "chorus")


def with_sections(plan: SongPlan, sections: Iterable[PlannedSection]) -> SongPlan:
    """A plan with other sections, checked; phrases whose source is gone or later are new ones.

    Raises
    ------
    PlanError
        If it does not add up.
    """
    known: dict[str, int] = {}
    kept = []
    for section in sections:
        phrases = []
        for phrase in section.phrases:
            is_lost = phrase.source is not None and (
                phrase.source not in known or (phrase.relation == "repeat" and known[phrase.source] != phrase.n_bars)
            )
            if is_lost:
                phrase = as_new(phrase)
            phrases.append(phrase)
            known[phrase.name] = phrase.n_bars
        kept.append(section.model_copy(update={"phrases": tuple(phrases)}))
    fields = {name: getattr(plan, name) for name in type(plan).model_fields}
    return SongPlan(**{**fields, "sections": tuple(kept), "n_bars": sum(section.n_bars for section in kept)})


def as_new(phrase: PlannedPhrase) -> PlannedPhrase:
    """A phrase that comes from no other."""
    return phrase.model_copy(update={"relation": "new", "source": None})


def map_sections(plan: SongPlan, change: Callable[[int, PlannedSection], PlannedSection]) -> SongPlan:
    """A plan with each section changed."""
    return with_sections(plan, [change(index, section) for index, section in enumerate(plan.sections)])


def detached(plan: SongPlan, span: Span, take: int | None = None) -> SongPlan:
    """A plan in which a span's phrases can be written anew while all others stay what they are.

    Phrases in the span keep a source that is in it too. Of others that repeated or varied one of them, the first
    becomes new, and the rest come from that one.

    Parameters
    ----------
    take : int, optional
        The number of the version that the span's phrases are from now on.
    """
    changed = {slot.phrase.name for slot in slots_of(plan) if _slot_span(slot).meets(span)}
    heirs: dict[str, tuple[str, int]] = {}

    def settle(phrase: PlannedPhrase) -> PlannedPhrase:
        if phrase.name in changed:
            inside = phrase if phrase.source in changed else as_new(phrase)
            return inside if take is None else inside.model_copy(update={"take": take})
        if phrase.source not in changed:
            return phrase
        heir = heirs.get(phrase.source or "")
        if heir is None or (phrase.relation == "repeat" and heir[1] != phrase.n_bars):
            if phrase.relation == "repeat":
                heirs.setdefault(phrase.source or "", (phrase.name, phrase.n_bars))
            return as_new(phrase)
        return phrase.model_copy(update={"source": heir[0]})

    return map_sections(
        plan, lambda _, section: section.model_copy(update={"phrases": tuple(map(settle, section.phrases))})
    )


def _slot_span(slot: Slot) -> Span:
    """A slot's bars."""
    return Span(slot.start_bar, slot.start_bar + slot.phrase.n_bars)


def split_at(plan: SongPlan, bars: Iterable[int]) -> SongPlan:
    """A plan in which sections, and phrases, end at some bars too; the pieces' names end in ``/`` and a number."""
    cuts = sorted(set(bars))
    sections: list[PlannedSection] = []
    for section, first in zip(plan.sections, section_bars(plan), strict=True):
        inside = [bar - first for bar in cuts if first < bar < first + section.n_bars]
        edges = [0, *inside, section.n_bars]
        for number, (start, end) in enumerate(pairwise(edges)):
            phrases = _phrases_between(section, start, end)
            name = section.name if not number else f"{section.name}/{number}"
            update = {"name": name, "n_bars": end - start, "phrases": phrases}
            sections.append(section if not inside else section.model_copy(update=update))
    return with_sections(plan, sections)


def _phrases_between(section: PlannedSection, start: int, end: int) -> tuple[PlannedPhrase, ...]:
    """A section's phrases in some of its bars, cut where they reach over."""
    found, at = [], 0
    for phrase in section.phrases:
        first, last = max(at, start), min(at + phrase.n_bars, end)
        if last > first:
            is_whole = last - first == phrase.n_bars
            name = phrase.name if is_whole or first == at else f"{phrase.name}/{first - at}"
            piece = as_new(phrase).model_copy(update={"name": name, "n_bars": last - first})
            found.append(phrase if is_whole else piece)
        at += phrase.n_bars
    return tuple(found)


def join_pieces(sections: Sequence[PlannedSection]) -> PlannedSection:
    """Several sections that follow each other as one, called as the first."""
    first = sections[0]
    phrases = tuple(phrase for section in sections for phrase in section.phrases)
    return first.model_copy(update={"n_bars": sum(section.n_bars for section in sections), "phrases": phrases})


def copy_of(section: PlannedSection, taken: Iterable[str], as_repeat: bool = True) -> PlannedSection:
    """The same section under other names; its phrases repeat the first ones."""
    names = set(taken)
    phrases = []
    for phrase in section.phrases:
        name = _free(phrase.name, names)
        names.add(name)
        update = {"name": name} | ({"relation": "repeat", "source": phrase.name} if as_repeat else {})
        phrases.append(phrase.model_copy(update=update))
    return section.model_copy(update={"name": _free(section.name, names), "phrases": tuple(phrases)})


def _free(name: str, taken: set[str]) -> str:
    """A name like another that nobody has."""
    number = 2
    while f"{name}+{number}" in taken:
        number += 1
    return f"{name}+{number}"


def new_section(plan: SongPlan, kind: str, n_bars: int, like: PlannedSection, sung: bool) -> PlannedSection:
    """A section of a kind with new phrases, in the key of a neighbour and as intense as others of its kind."""
    alike = [section for section in plan.sections if section.kind == kind]
    intensity = alike[-1].intensity if alike else _INTENSITY.get(kind, like.intensity)
    letters = {phrase.letter for section in plan.sections for phrase in section.phrases}
    letter = next((sign for sign in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if sign not in letters), "Z")
    lengths = [_USUAL_PHRASE] * (n_bars // _USUAL_PHRASE) + ([n_bars % _USUAL_PHRASE] if n_bars % _USUAL_PHRASE else [])
    phrases = tuple(
        PlannedPhrase(
            name=f"{kind}+new.{number}", letter=letter, n_bars=length, sung=sung,
            cadence="authentic" if number == len(lengths) else "half" if number % 2 else "open",
        )
        for number, length in enumerate(lengths, start=1)
    )  # fmt: skip
    return PlannedSection(
        name=f"{kind}+new", kind=kind, n_bars=n_bars, key=like.key, meter=like.meter, tempo_qpm=like.tempo_qpm,
        intensity=intensity, phrases=phrases,
        reason="Put in by an edit.",
    )  # fmt: skip


_INTENSITY = {"intro": 0.3, "outro": 0.35, "bridge": 0.55, "interlude": 0.4, "solo": 0.6}


def numbered(plan: SongPlan) -> tuple[SongPlan, dict[str, str]]:
    """Number sections and phrases in order, as people count them.

    Returns
    -------
    SongPlan
        Sections are called as they were and numbered, the only one of its name without a number,
        but for verse and chorus.
    dict
        Old names of sections to new ones.
    """
    totals: dict[str, int] = {}
    for section in plan.sections:
        totals[_label(section)] = totals.get(_label(section), 0) + 1
    counts: dict[str, int] = {}
    names: dict[str, str] = {}
    phrase_names: dict[str, str] = {}
    sections = []
    for section in plan.sections:
        label = _label(section)
        counts[label] = number = counts.get(label, 0) + 1
        names[section.name] = f"{label} {number}" if label in _ALWAYS_NUMBERED or totals[label] > 1 else label
        for place, phrase in enumerate(section.phrases):
            phrase_names[phrase.name] = f"{label}.{number}.{_letter(place)}"
        sections.append(section)
    renamed = [
        section.model_copy(
            update={
                "name": names[section.name],
                "phrases": tuple(
                    phrase.model_copy(
                        update={
                            "name": phrase_names[phrase.name],
                            "source": phrase_names.get(phrase.source) if phrase.source else None,
                        }
                    )
                    for phrase in section.phrases
                ),
            }
        )
        for section in sections
    ]
    return with_sections(plan, renamed), names


def _label(section: PlannedSection) -> str:
    """What a section is called without its number."""
    return re.sub(r"[+/].*$", "", re.sub(r"[ .]?\d+(?=$|[+/])", "", section.name)) or section.kind


def _letter(place: int) -> str:
    """a, b, … z, then a1, b1 …"""
    letter = "abcdefghijklmnopqrstuvwxyz"[place % 26]
    return letter if place < 26 else f"{letter}{place // 26}"
