"""A song plan for a lead sheet that was not made from one.

Sections are those marked in the sheet; without marks the song is cut into 8-bar phrases
whose material is compared, and letters, kinds and intensities follow from what returns:
the first material is the verse, what returns most beside it the chorus.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise

from symbolic_music.analysis.similarity import phrase_similarity
from symbolic_music.importing.leadsheets import WHOLE_SONG, has_pickup
from symbolic_music.remarks import tell
from symbolic_music.song.bars import lasting_changes, meter_runs, most_of
from symbolic_music.song.leadsheet import LeadSheet, SectionSpan
from symbolic_music.song.plan import SECTION_KINDS, PlannedPhrase, PlannedSection, SongPlan
from symbolic_music.song.score import in_force

PHRASE_BARS = 8
SLOWEST_QPM, FASTEST_QPM = 30.0, 260.0
# Phrases that share this much of their notes are the same material.
SAME_MATERIAL = 0.6
_KIND_WORDS = (
    ("intro", "intro"), ("pre", "pre-chorus"), ("chorus", "chorus"), ("refrain", "chorus"), ("hook", "chorus"),
    ("verse", "verse"), ("strophe", "verse"), ("couplet", "verse"), ("bridge", "bridge"), ("middle", "bridge"),
    ("solo", "solo"), ("inter", "interlude"), ("instrumental", "interlude"), ("break", "interlude"),
    ("outro", "outro"), ("coda", "outro"), ("ending", "outro"),
)  # fmt: skip
INTENSITY = {
    "intro": 0.3, "verse": 0.5, "pre-chorus": 0.6, "chorus": 0.85, "bridge": 0.6, "solo": 0.7, "interlude": 0.45,
    "outro": 0.45,
}  # fmt: skip
MOST_BRIDGES = 2
# Every return of a kind is a little more intense.
GROWTH, MOST = 0.04, 1.0


@dataclass(frozen=True)
class SheetPlanOptions:
    """How the sheet is to be played; the tempo of the sheet goes before none."""

    genre: str = "pop"
    style: str | None = None
    band: tuple[str, ...] | None = None
    seed: int = 0
    tempo_qpm: float | None = None


@dataclass(frozen=True)
class _Stretch:
    """Bars ``[start, start + n_bars)`` of one section with its kind."""

    start: int
    n_bars: int
    kind: str


def plan_lead_sheet(sheet: LeadSheet, options: SheetPlanOptions | None = None) -> tuple[SongPlan, LeadSheet]:
    """Make the plan that a lead sheet follows.

    Returns
    -------
    (SongPlan, LeadSheet)
        A plan of the sheet's bars, and the sheet with the plan's tempo and section
        names (a pickup bar is an intro of its own); a tempo that no song has is brought
        into range, and its ``remarks`` say so.
    """
    options = options or SheetPlanOptions()
    stretches = _cut_at_changes(sheet, _marked(sheet) if len(sheet.sections) > 1 else _inferred(sheet))
    names = _names([stretch.kind for stretch in stretches])
    seen: dict[tuple[object, ...], str] = {}
    letters: list[tuple[frozenset[tuple[int, int]], str]] = []
    sections = tuple(
        _section(sheet, stretch, name, _turn(stretches, index), (seen, letters))
        for index, (stretch, name) in enumerate(zip(stretches, names, strict=True))
    )
    asked = options.tempo_qpm or sheet.tempo_qpm
    tempo = min(FASTEST_QPM, max(SLOWEST_QPM, asked))
    said = [f"tempo {asked:g} made {tempo:g}: a song has {SLOWEST_QPM:g} to {FASTEST_QPM:g} quarters a minute"]
    spans = tuple(
        SectionSpan(name, stretch.start, stretch.n_bars, sheet.key_at(stretch.start))
        for stretch, name in zip(stretches, names, strict=True)
    )
    plan = SongPlan(
        title=sheet.title, genre=options.genre, style=options.style,
        tempo_qpm=tempo, meter=most_of(sheet.lines), n_bars=sheet.n_bars, band=options.band,
        seed=options.seed, sections=sections,
    )  # fmt: skip
    remarks = (*sheet.remarks, *tell(sheet.title, said if tempo != asked else []))
    return plan, replace(sheet, tempo_qpm=plan.tempo_qpm, sections=spans, remarks=remarks)


def _cut_at_changes(sheet: LeadSheet, stretches: list[_Stretch]) -> list[_Stretch]:
    """Begin a section wherever the tempo changes, or the meter for more than some bars."""
    bars = {sheet.lines.bar_at(change.tick) for change in sheet.tempo_changes} | lasting_changes(sheet.lines)
    cut: list[_Stretch] = []
    for stretch in stretches:
        end = stretch.start + stretch.n_bars
        edges = sorted({stretch.start, *(bar for bar in bars if stretch.start < bar < end), end})
        cut += [_Stretch(start, stop - start, stretch.kind) for start, stop in pairwise(edges)]
    return cut


def _tempo_at(sheet: LeadSheet, bar: int) -> float:
    """The tempo of a bar."""
    return in_force(sheet.tempos, sheet.lines.tick_of(bar), sheet.tempos[0]).qpm


def kind_of(name: str) -> str | None:
    """The kind of section that a name means, ``None`` for names such as ``A``."""
    lowered = name.lower()
    return next((kind for word, kind in _KIND_WORDS if word in lowered), None)


def _marked(sheet: LeadSheet) -> list[_Stretch]:
    """Sections as marked; letters and unknown names are verses, choruses and bridges by how they return."""
    spans = list(sheet.sections)
    stretches: list[_Stretch] = []
    if has_pickup(sheet):
        # The pickup's bar stands alone, before or inside the first section.
        stretches.append(_Stretch(0, 1, "intro"))
        first = spans.pop(0)
        spans[:0] = [replace(first, start_bar=1, n_bars=first.n_bars - 1)] if first.n_bars > 1 else []
    if spans and spans[0].name == WHOLE_SONG and not _material(sheet, spans[0].start_bar, spans[0].n_bars):
        # What stands unsung before the first mark is an introduction.
        stretches.append(_Stretch(spans[0].start_bar, spans[0].n_bars, "intro"))
        spans.pop(0)
    labels = [re.sub(r"[\s\d'’.]+$", "", span.name).strip().upper() for span in spans]
    guessed = _kinds_of_letters(
        [label for label, span in zip(labels, spans, strict=True) if kind_of(span.name) is None]
    )
    return stretches + [
        _Stretch(span.start_bar, span.n_bars, kind_of(span.name) or guessed[label])
        for label, span in zip(labels, spans, strict=True)
    ]


def _inferred(sheet: LeadSheet) -> list[_Stretch]:
    """Sections from the music: unsung bars before and after, a pickup, and phrases of eight bars between."""
    bar_at = sheet.lines.bar_at
    first = bar_at(int(sheet.melody["onset_tick"][0]))
    last = bar_at(int((sheet.melody["onset_tick"] + sheet.melody["duration_tick"]).max() - 1))
    start = 1 if has_pickup(sheet) and last > 0 else first
    end = last + 1 if sheet.n_bars - last - 1 >= 2 else sheet.n_bars
    cuts = list(range(start, end, PHRASE_BARS))
    if len(cuts) > 1 and end - cuts[-1] < 3:
        cuts.pop()  # too short for a section of its own
    lengths = [after - before for before, after in zip(cuts, [*cuts[1:], end], strict=True)]
    materials: list[frozenset[tuple[int, int]]] = []
    letters = [_letter(_material(sheet, cut, n), materials) for cut, n in zip(cuts, lengths, strict=True)]
    kinds = _kinds_of_letters(letters)
    stretches = [_Stretch(0, start, "intro")] if start else []
    stretches += [_Stretch(cut, n, kinds[letter]) for cut, n, letter in zip(cuts, lengths, letters, strict=True)]
    return stretches + ([_Stretch(end, sheet.n_bars - end, "outro")] if end < sheet.n_bars else [])


def _letter(material: frozenset[tuple[int, int]], known: list[frozenset[tuple[int, int]]]) -> str:
    """Name material by a letter; what shares most of its notes with something earlier has that one's."""
    for index, other in enumerate(known):
        if phrase_similarity(material, other) >= SAME_MATERIAL:
            return chr(ord("A") + index % 26)
    known.append(material)
    return chr(ord("A") + (len(known) - 1) % 26)


def _material(sheet: LeadSheet, start_bar: int, n_bars: int) -> frozenset[tuple[int, int]]:
    """The notes of some bars, counted from their first bar line."""
    begin, end = sheet.lines.tick_of(start_bar), sheet.lines.tick_of(start_bar + n_bars)
    return frozenset((on - begin, pitch) for on, _, pitch, _ in sheet.melody.tolist() if begin <= on < end)


def name_letters(letters: list[str], sung: list[bool]) -> list[str]:
    """Name sections by what they hold: unsung ones are intro, interlude and outro, the others by how they return.

    Examples
    --------
    >>> name_letters(["I", "A", "B", "A", "B"], [False, True, True, True, True])
    ['intro', 'verse 1', 'chorus 1', 'verse 2', 'chorus 2']
    """
    heard = [letter for letter, is_sung in zip(letters, sung, strict=True) if is_sung] or letters
    guessed = _kinds_of_letters(heard)
    # One bridge is one; of many sections that come once, most are verses that nobody could match.
    singles = [letter for letter in guessed if guessed[letter] == "bridge"]
    guessed |= dict.fromkeys(singles if len(singles) > MOST_BRIDGES else (), "verse")
    first = sung.index(True) if any(sung) else 0
    last = len(sung) - 1 - sung[::-1].index(True) if any(sung) else len(sung)
    kinds = []
    for place, (letter, is_sung) in enumerate(zip(letters, sung, strict=True)):
        unsung = "intro" if place < first else "outro" if place > last else "interlude"
        kinds.append(guessed[letter] if is_sung or not any(sung) else unsung)
    return _names(kinds)


def _kinds_of_letters(letters: list[str]) -> dict[str, str]:
    """The first letter is the verse, the one that returns most beside it the chorus, single ones bridges.

    Where nothing returns, the first half is verse and the second chorus.
    """
    counts = Counter(letters)
    others = [letter for letter in counts if letter != letters[0]]
    if len(others) > 1 and max(counts.values()) == 1:
        half = (len(letters) + 1) // 2
        return dict.fromkeys(letters[:half], "verse") | dict.fromkeys(letters[half:], "chorus")
    kinds = dict.fromkeys(letters[:1], "verse")
    chorus = max(others, key=lambda letter: counts[letter], default=None)
    # A A B A: what comes once between returns of the first is a bridge.
    is_bridge = chorus is not None and counts[chorus] == 1 and letters[-1] == letters[0] and len(letters) > 2
    for letter in others:
        if letter == chorus and not is_bridge:
            kinds[letter] = "chorus"
        else:
            kinds[letter] = "bridge" if counts[letter] == 1 else "verse"
    return kinds


def _names(kinds: list[str]) -> list[str]:
    """Number kinds that come several times."""
    seen: Counter[str] = Counter()
    names = []
    for kind in kinds:
        seen[kind] += 1
        names.append(f"{kind} {seen[kind]}" if kinds.count(kind) > 1 else kind)
    return names


def _turn(stretches: list[_Stretch], index: int) -> int:
    """How often a section's kind has been heard before it."""
    return sum(stretch.kind == stretches[index].kind for stretch in stretches[:index])


def _section(
    sheet: LeadSheet, stretch: _Stretch, name: str, turn: int,
    memory: tuple[dict[tuple[object, ...], str], list[tuple[frozenset[tuple[int, int]], str]]],
) -> PlannedSection:  # fmt: skip
    """Plan one section: its phrases, which repeat earlier ones where the notes do, and its players."""
    assert stretch.kind in SECTION_KINDS
    seen, letters = memory
    is_pickup = stretch.start == 0 and stretch.n_bars == 1 and stretch.kind == "intro"
    intensity = min(MOST, INTENSITY[stretch.kind] + GROWTH * turn)
    phrases: list[PlannedPhrase] = []
    meter, qpm = most_of(sheet.lines, stretch.start, stretch.n_bars), _tempo_at(sheet, stretch.start)
    starts = _phrase_starts(stretch, sheet)
    for start in starts:
        following = [later for later in starts if later > start]
        n_bars = (following[0] if following else stretch.start + stretch.n_bars) - start
        material = _material(sheet, start, n_bars)
        exact = (n_bars, sheet.lines.bars[start].meter, material, _chords(sheet, start, n_bars))
        phrase = f"{name.replace(' ', '.')}.{len(phrases) + 1}"
        source = seen.get(exact) if material else None
        seen.setdefault(exact, phrase)
        letter = _letter_of(material, letters)
        own = sheet.lines.bars[start].meter
        phrases.append(PlannedPhrase(
            name=phrase, letter=letter, n_bars=n_bars, cadence="open" if following else "authentic",
            relation="repeat" if source else "new", source=source, sung=bool(material),
            meter=None if own == meter else own,
        ))  # fmt: skip
    return PlannedSection(
        name=name, kind=stretch.kind, n_bars=stretch.n_bars, key=sheet.key_at(stretch.start),
        meter=None if meter == most_of(sheet.lines) else meter,
        tempo_qpm=None if qpm == sheet.tempo_qpm else min(FASTEST_QPM, max(SLOWEST_QPM, qpm)),
        intensity=intensity, roles=("melody",) if is_pickup else None, phrases=tuple(phrases),
        reason="the pickup" if is_pickup else f"as the lead sheet has it, heard {turn + 1} times so far",
    )  # fmt: skip


def _phrase_starts(stretch: _Stretch, sheet: LeadSheet) -> list[int]:
    """First bars of a section's phrases: of eight bars, cut where the meter changes; short rests join the last."""
    end = stretch.start + stretch.n_bars
    changes = [run.start_bar for run in meter_runs(sheet.lines) if stretch.start < run.start_bar < end]
    starts: list[int] = []
    for first, last in pairwise([stretch.start, *changes, end]):
        own = list(range(first, last, PHRASE_BARS))
        if len(own) > 1 and last - own[-1] < 3:
            own.pop()
        starts += own
    return starts


def _chords(sheet: LeadSheet, start_bar: int, n_bars: int) -> tuple[object, ...]:
    """The chords of some bars, counted from their first bar line."""
    begin, end = sheet.lines.tick_of(start_bar), sheet.lines.tick_of(start_bar + n_bars)
    inside = [(event.onset_tick - begin, event.chord) for event in sheet.chords if begin < event.onset_tick < end]
    return (sheet.chord_at(begin), *inside)


def _letter_of(material: frozenset[tuple[int, int]], letters: list[tuple[frozenset[tuple[int, int]], str]]) -> str:
    """Name a phrase's material over the whole song."""
    known = [notes for notes, _ in letters]
    letter = _letter(material, known)
    if len(known) > len(letters):
        letters.append((material, letter))
    return letter
