"""The form that words make: a section of the text is a section of the song, a line a phrase.

How many bars a line takes follows from its syllables and the tempo: about two notes a second, and a strong beat for
most of its stresses. What a text says again has the same music; later verses take the first one's, line by line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from symbolic_music.errors import BriefError
from symbolic_music.planning.phrase_layout import (
    CHORUS_PATTERNS,
    PATTERNS,
    VERSE_CHANGE_SHARE,
    NamedSection,
    end_cadence,
    fresh_letters,
    inner_cadence,
    phrase_name,
)
from symbolic_music.planning.plan_tokens import FormSection, letters_by_appearance
from symbolic_music.planning.setting import Setting, bar_seconds
from symbolic_music.prosody.text import LyricText, TextLine, TextSection, plain_text
from symbolic_music.song.brief import Brief
from symbolic_music.song.plan import PlannedPhrase
from symbolic_music.song.scansion import chord_slots
from symbolic_music.song.words import MAIN_STRESS, SungLine, is_unspaced
from symbolic_music.styles.traits import StyleTraits
from symbolic_music.theory.meter import Meter

# Notes a second that a line is sung at, as people's sung phrases have them: POP909's 3 a bar at 116 quarters a minute.
USUAL_RATE = 1.9
# Lengths that a line may have, and what the rarer ones cost beside a rate that is a half too high or too low (0.17).
LINE_BARS = {1: 0.5, 2: 0.0, 3: 0.35, 4: 0.0, 6: 0.3, 8: 0.1}
# What each stress costs that finds no strong beat; more where a bar has one alone, as in 3/4.
_CROWDED, _CROWDED_ALONE = 0.3, 0.6
# Notes to a felt beat above which a line cannot be sung well.
_DENSEST = 2.6
# Bars of what is played without words, where the text does not say.
PLAYED_BARS = {"intro": 4, "solo": 8, "interlude": 4, "outro": 4, "verse": 8, "chorus": 8, "bridge": 8, "pre-chorus": 4}
# From so many seconds a bar on, half of that.
_SLOW_BAR = 2.6
# Lines whose notes differ by no more share music inside a section.
_ALIKE = 1
# Durations asked for are met by the tempo within this range of the one drawn.
_STRETCH = (0.72, 1.4)
MOST_TITLE_WORDS = 6


@dataclass(frozen=True)
class SungForm:
    """The sections of a text with the bars of each line; sections without lines have one length."""

    sections: tuple[TextSection, ...]
    line_bars: tuple[tuple[int, ...], ...]
    setting: Setting

    @property
    def form(self) -> list[FormSection]:
        """The form as the planner names it."""
        letters = letters_by_appearance([_material(section) for section in self.sections])
        return [
            FormSection(section.kind, letter, sum(bars))
            for section, letter, bars in zip(self.sections, letters, self.line_bars, strict=True)
        ]

    @property
    def n_bars(self) -> int:
        """All bars."""
        return sum(sum(bars) for bars in self.line_bars)


def _material(section: TextSection) -> str:
    """What sections that share music have in common."""
    return section.kind if section.lines else f"{section.kind}, played"


def draw_sung_form(brief: Brief, text: LyricText, setting: Setting) -> SungForm:
    """Lay a text out in bars.

    Parameters
    ----------
    brief : Brief
        Its length, if it asks for one, is met: bars by what is played before and after, a duration by the tempo.
    text : LyricText
    setting : Setting
        Meter and tempo.

    Raises
    ------
    BriefError
        If the words need more bars than are asked for.
    """
    sections = _with_frame(brief, text)
    bars = tuple(_bars_of(section, setting, sections) for section in sections)
    form = SungForm(sections, bars, setting)
    if brief.n_bars is not None:
        return _lengthened(form, brief.n_bars)
    if brief.duration_sec is not None and brief.tempo_qpm is None:
        return _at_duration(form, brief.duration_sec)
    return form


def _with_frame(brief: Brief, text: LyricText) -> tuple[TextSection, ...]:
    """The text's sections, with an intro and an outro where it has none and nobody left them out."""
    sections = [one for one in text.sections if one.lines or one.kind not in (brief.leave_out or ())]
    left_out = brief.leave_out or ()
    if sections[0].kind != "intro" and "intro" not in left_out:
        sections.insert(0, TextSection("intro", "intro"))
    if sections[-1].kind != "outro" and "outro" not in left_out:
        sections.append(TextSection("outro", "outro"))
    return tuple(sections)


def _bars_of(section: TextSection, setting: Setting, sections: Sequence[TextSection]) -> tuple[int, ...]:
    """Bars of each line, those at the same place in other sections of the kind in mind."""
    bar = bar_seconds(setting.tempo_qpm, setting.meter)
    if not section.lines:
        usual = max(len(section.chords), PLAYED_BARS[section.kind] // (2 if bar >= _SLOW_BAR else 1), 2)
        return (usual,)
    alike = [one for one in sections if one.kind == section.kind and one.lines]
    usual = usual_bars([line.words for one in alike for line in one.lines], setting.meter, bar)
    bars = []
    for place, line in enumerate(section.lines):
        there = [one.lines[place].words for one in alike if place < len(one.lines)]
        longest = max(there, key=lambda words: words.n_notes)
        bars.append(line_bars(longest if _are_near(line.words, longest) else line.words, setting.meter, bar, usual))
    if sum(bars) % 4 == 2 and len(bars) % 2 and bars[-1] == 2 and setting.meter.n_beats > 2:
        bars[-1] = 4  # the last of three short lines is given time, so that the section closes with four bars
    if section.kind in ("intro", "outro"):
        bars[-1] = max(bars[-1], PLAYED_BARS[section.kind] - sum(bars[:-1]))
    return tuple(bars)


def _are_near(one: SungLine, other: SungLine) -> bool:
    """Whether two lines can share a length."""
    return one.n_notes * 3 >= other.n_notes * 2


def usual_bars(lines: Sequence[SungLine], meter: Meter, bar_sec: float) -> int:
    """The length that suits most lines of a section."""
    return min(LINE_BARS, key=lambda bars: sum(_bars_cost(line, bars, meter, bar_sec) for line in lines))


def line_bars(line: SungLine, meter: Meter, bar_sec: float, usual: int) -> int:
    """Choose a line's bars: the usual ones of its section unless its notes do not fit them.

    Examples
    --------
    >>> from symbolic_music.song.words import parse_line
    >>> line_bars(parse_line("ˈTwin·kle, ˈtwin·kle, ˈlit·tle ˈstar"), Meter(4, 4), 2.0, 2)
    2
    """
    return min(
        LINE_BARS,
        key=lambda bars: _bars_cost(line, bars, meter, bar_sec) + (0.0 if bars == usual else 0.25),
    )


def _bars_cost(line: SungLine, bars: int, meter: Meter, bar_sec: float) -> float:
    """How badly so many bars suit a line."""
    rate = line.n_notes / (bars * bar_sec)
    n_strong = bars * len(meter.strong_ticks)
    n_stressed = sum(one.stress == MAIN_STRESS for one in line.syllables)
    too_dense = max(0.0, line.n_notes / (bars * meter.n_beats) - _DENSEST)
    crowded = max(0, n_stressed - n_strong) * (_CROWDED_ALONE if len(meter.strong_ticks) == 1 else _CROWDED)
    return float(np.log(rate / USUAL_RATE) ** 2) + LINE_BARS[bars] + crowded + 10 * too_dense


def _lengthened(form: SungForm, n_bars: int) -> SungForm:
    """Reach a length that is asked for by what is played without words."""
    played = [place for place, section in enumerate(form.sections) if not section.lines]
    missing = n_bars - form.n_bars
    room = sum(sum(form.line_bars[place]) - 1 for place in played)
    if missing < -room or (missing and not played):
        least = form.n_bars - room
        raise BriefError(
            f"the words need {'at least ' if played else ''}{least} bars, but n_bars asks for {n_bars}",
            "leave the length open, or give fewer words",
        )
    lengths = {place: sum(form.line_bars[place]) for place in played}
    while missing:
        longest = max(lengths, key=lambda place: (lengths[place], place))
        shortest = min(lengths, key=lambda place: (lengths[place], -place))
        step = 1 if missing > 0 else -1
        lengths[shortest if missing > 0 else longest] += step
        missing -= step
    bars = tuple((lengths[place],) if place in lengths else own for place, own in enumerate(form.line_bars))
    return replace(form, line_bars=bars)


def _at_duration(form: SungForm, duration_sec: float) -> SungForm:
    """Reach a duration by the tempo, or by longer and shorter interludes where that is too far away."""
    setting = form.setting
    bar = setting.meter.bar_ticks / 12 * 60
    tempo = form.n_bars * bar / duration_sec
    low, high = (share * setting.tempo_qpm for share in _STRETCH)
    if low <= tempo <= high:
        return replace(form, setting=replace(setting, tempo_qpm=round(tempo, 2)))
    tempo = round(min(max(tempo, low), high), 2)
    n_bars = max(1, round(duration_sec * tempo / bar))
    try:
        longer = _lengthened(form, n_bars)
    except BriefError:
        raise BriefError(
            f"the words last {form.n_bars * bar / tempo:.0f} s at tempo {tempo:g}, but duration_sec asks for"
            f" {duration_sec:g}",
            "leave the duration open, say a tempo, or give fewer words",
        ) from None
    return replace(longer, setting=replace(setting, tempo_qpm=tempo))


def title_of_words(text: LyricText) -> str:
    """Find what a song is remembered by: what its choruses, else all of its lines, say most often.

    Examples
    --------
    >>> from symbolic_music.prosody.text import read_lyrics
    >>> title_of_words(read_lyrics("[Verse]\\nOne day\\n[Chorus]\\nLet it be, let it be\\nWhisper words\\nLet it be"))
    'Let It Be'
    """
    if text.title:
        return text.title
    sung = [section for section in text.sections if section.kind == "chorus" and section.lines]
    sung = sung or [section for section in text.sections if section.lines]
    parts = [part for section in sung for line in section.lines for part in _clauses(line.text)]
    counts = Counter(plain_text(part) for part in parts)
    best = max(parts, key=lambda part: (_is_telling(part), counts[plain_text(part)], -parts.index(part)))
    words = [word.strip("\"'“”„«»()*¿¡ ") for word in best.split()[:MOST_TITLE_WORDS]]
    return " ".join(word[:1].upper() + word[1:] for word in words if word) or "Untitled"


def _is_telling(text: str) -> bool:
    """Whether a clause is long enough for a title: two words, or one of six letters, or four signs of Han or kana."""
    return len(text.split()) > 1 or len(text) > (3 if is_unspaced(text) else 5)


def _clauses(line: str) -> list[str]:
    """A line's parts between its signs, those of two letters and more."""
    parts = [part.strip() for part in re.split(r"[,;:.!?—–()（），。！？、…]+", line)]
    return [part for part in parts if len(part) > 1] or [line]


def lay_out_lines(
    sung: SungForm, sections: list[NamedSection], rng: np.random.Generator, traits: StyleTraits
) -> list[tuple[PlannedPhrase, ...]]:
    """Make a phrase of every line: what is said again has the same music.

    Parameters
    ----------
    sung : SungForm
    sections : list of NamedSection
        Its sections with their names.
    rng : numpy Generator
        Chance.
    traits : StyleTraits
        How the style's sections come home.
    """
    layout = _Layout(sung, sections, rng, traits)
    return [layout.section(index) for index in range(len(sections))]


class _Layout:
    """Phrases made so far: by their words, and by the place in the first section of a kind."""

    def __init__(
        self, sung: SungForm, sections: list[NamedSection], rng: np.random.Generator, traits: StyleTraits
    ) -> None:
        self._sung, self._sections, self._rng, self._traits = sung, sections, rng, traits
        self._letters = fresh_letters()
        self._draws: dict[str, float] = {}
        self._by_words: dict[tuple[str, int], PlannedPhrase] = {}
        self._first: dict[str, tuple[PlannedPhrase, ...]] = {}

    def section(self, index: int) -> tuple[PlannedPhrase, ...]:
        """The phrases of a section."""
        named, text, bars = self._sections[index], self._sung.sections[index], self._sung.line_bars[index]
        draw = self._draws.setdefault(named.form.letter, self._rng.random())
        end = end_cadence(self._sections, index, draw, self._traits)
        rng = self._rng.spawn(1)[0]
        material = self._first.get(_material(text), ())
        if not text.lines:
            phrases = self._played(named, bars[0], end, material)
        else:
            phrases = self._lines(named, text, bars, end, material, rng)
        self._first.setdefault(_material(text), phrases)
        return phrases

    def _played(
        self, named: NamedSection, n_bars: int, end: str, material: tuple[PlannedPhrase, ...]
    ) -> tuple[PlannedPhrase, ...]:
        """A section without words, in phrases of at most eight bars; a solo has a tune."""
        lengths = [8] * (n_bars // 8) + ([n_bars % 8] if n_bars % 8 else [])
        phrases = []
        for place, length in enumerate(lengths):
            is_last = place == len(lengths) - 1
            source = material[place] if place < len(material) and material[place].n_bars == length else None
            phrases.append(PlannedPhrase(
                name=phrase_name(named, place), letter=source.letter if source else next(self._letters),
                n_bars=length, cadence=end if is_last else "open", relation="variation" if source else "new",
                source=source.name if source else None, sung=named.form.kind == "solo",
            ))  # fmt: skip
        return tuple(phrases)

    def _lines(
        self, named: NamedSection, text: TextSection, bars: Sequence[int], end: str,
        material: tuple[PlannedPhrase, ...], rng: np.random.Generator,
    ) -> tuple[PlannedPhrase, ...]:  # fmt: skip
        """A phrase of every line."""
        marks = self._marks(text, rng)
        change_last = rng.random() < VERSE_CHANGE_SHARE and text.kind == "verse"
        phrases: list[PlannedPhrase] = []
        by_mark: dict[str, PlannedPhrase] = {}
        for place, (line, n_bars) in enumerate(zip(text.lines, bars, strict=True)):
            is_last = place == len(text.lines) - 1
            cadence = end if is_last else self._inner(line, place, len(text.lines), text.kind, rng)
            plain = marks[place].rstrip("'")
            source, relation = self._by_words.get((line.same, n_bars)), "repeat"
            if source is None and place < len(material) and material[place].n_bars == n_bars:
                source = material[place]
                relation = "variation" if is_last and change_last else "repeat"
            elif source is None and plain in by_mark and by_mark[plain].n_bars == n_bars:
                source = by_mark[plain]
                is_near = abs(line.words.n_notes - (source.words.n_notes if source.words else 0)) <= _ALIKE
                relation = "variation" if marks[place].endswith("'") or is_last or not is_near else "repeat"
            phrase = PlannedPhrase(
                name=phrase_name(named, place), letter=source.letter if source else next(self._letters),
                n_bars=n_bars, cadence=source.cadence if source and relation == "repeat" else cadence,
                relation=relation if source else "new", source=source.name if source else None, words=line.words,
            )  # fmt: skip
            phrases.append(phrase)
            by_mark.setdefault(plain, phrase)
            self._by_words.setdefault((line.same, n_bars), phrase)
        return tuple(phrases)

    def _marks(self, text: TextSection, rng: np.random.Generator) -> list[str]:
        """The letters of a section's lines; lines without a fellow of their length have one of their own."""
        n_lines = len(text.lines)
        table = (CHORUS_PATTERNS if text.kind == "chorus" else PATTERNS).get(n_lines) or PATTERNS.get(n_lines)
        if table is None:
            marks = [mark for _ in range(-(-n_lines // 4)) for mark in ("a", "b", "a'", "b'")][:n_lines]
        else:
            weights = np.array(list(table.values()), dtype=float)
            marks = str(rng.choice(list(table), p=weights / weights.sum())).split()
        if n_lines == 2 and marks == ["a", "a"]:
            return ["a", "a'"]
        return marks

    def _inner(self, line: TextLine, place: int, n_lines: int, kind: str, rng: np.random.Generator) -> str:
        """How a line inside a section ends; a question stays open."""
        cadence = inner_cadence(place, n_lines, kind, rng)
        return "half" if line.words.is_question else cadence


def charts_of_words(sung: SungForm, sections: list[NamedSection], meter: Meter) -> dict[str, str]:
    """Write the chords of a text as charts, by section name; sections without any have none."""
    return {
        named.name: chart
        for named, text, bars in zip(sections, sung.sections, sung.line_bars, strict=True)
        if (chart := _chart(text, bars, meter))
    }


def _chart(text: TextSection, bars: Sequence[int], meter: Meter) -> str:
    """The chart of one section; a line without chords holds the last one."""
    if text.chords:
        n_bars = sum(bars)
        return " | ".join(text.chords[min(bar, len(text.chords) - 1)] for bar in range(n_bars))
    first = next((one.chord for line in text.lines for one in line.words.syllables if one.chord), "")
    if not first:
        return ""
    written, holding = [], first
    for line, n_bars in zip(text.lines, bars, strict=True):
        halves = 2 if meter.n_beats % 2 == 0 else 1
        symbols = [one.chord for one in line.words.syllables if one.chord]
        placed = dict(zip(chord_slots(line.words, n_bars * halves), symbols, strict=False))
        for bar in range(n_bars):
            start = placed.get(bar * halves, holding)
            inside = [placed[slot] for slot in range(bar * halves + 1, (bar + 1) * halves) if slot in placed]
            written.append(" ".join([start, *inside]))
            holding = inside[-1] if inside else start
    return " | ".join(written)
