"""Chords as text made a plan, and a lead sheet that has no tune yet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from symbolic_music.analysis.key import find_key_of_chords
from symbolic_music.errors import InputError
from symbolic_music.filling.given_chords import given_harmony
from symbolic_music.importing.sheet_plan import INTENSITY, kind_of, name_letters
from symbolic_music.song.leadsheet import LeadSheet, split_symbols
from symbolic_music.song.notes import make_notes
from symbolic_music.song.plan import PlannedPhrase, PlannedSection, SongPlan
from symbolic_music.song.spans import section_spans, slots_of
from symbolic_music.theory.chart import chart_sections, mode_of_numerals, parse_chart
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.chordpro import is_chordpro, key_of_chordpro, said_by_chordpro
from symbolic_music.theory.key import Key, parse_key
from symbolic_music.theory.meter import parse_meter

ENDINGS = (".txt", ".cho", ".crd", ".chopro", ".chordpro", ".pro")
PHRASE_BARS = 8
SLOWEST_QPM, FASTEST_QPM = 30, 260


@dataclass(frozen=True)
class ChartOptions:
    """What a chart does not say; its length is the chart's, once, if ``n_bars`` is left out."""

    title: str = "Chords"
    key: str | None = None
    meter: str = "4/4"
    tempo_qpm: float = 110.0
    n_bars: int | None = None
    style: str | None = None
    seed: int = 0


def options_of_chart(text: str, where: str, title: str) -> ChartOptions:
    """Take title, meter and tempo from a ChordPro sheet that says them.

    Raises
    ------
    InputError
        If the tempo is no number of quarters a minute, or the meter none that a song has.
    """
    said = said_by_chordpro(text) if is_chordpro(text) else {}
    meter = str(parse_meter(said["time"])) if "time" in said else ChartOptions.meter
    tempo = re.match(r"\d+(?:\.\d+)?", said.get("tempo", ""))
    if "tempo" in said and (tempo is None or not SLOWEST_QPM <= float(tempo[0]) <= FASTEST_QPM):
        raise InputError(
            f"{where}: tempo {said['tempo']!r} is not {SLOWEST_QPM} to {FASTEST_QPM} quarters a minute",
            "write e.g. {tempo: 92}, or leave it out",
        )
    return ChartOptions(
        said.get("title", title), meter=meter, tempo_qpm=float(tempo[0]) if tempo else ChartOptions.tempo_qpm
    )


def plan_of_chart(text: str, where: str, options: ChartOptions | None = None) -> SongPlan:
    """Plan a song over a chart: its sections, each with its chords.

    Parameters
    ----------
    text : str
        A chart (`theory.chart`), or ChordPro.
    where : str
        What errors call it.
    options : ChartOptions, optional
        Key, meter, tempo, length.

    Raises
    ------
    InputError
        If the chart cannot be read.
    """
    options = options or ChartOptions()
    key = chart_key(text, options.key)
    parts = {name: part for name, part in chart_sections(text).items()}
    lengths = {name: len(parse_chart(part, where, key)) for name, part in parts.items()}
    if len(parts) == 1:
        (name,) = parts
        lengths[name] = options.n_bars or lengths[name]
    elif options.n_bars not in (None, sum(lengths.values())):
        raise InputError(f"{where}: its sections have {sum(lengths.values())} bars; leave --bars out")
    labels = [name or "verse" for name in parts]
    guessed = name_letters(labels, [True] * len(labels))
    kinds = [kind_of(label) or guess.split()[0] for label, guess in zip(labels, guessed, strict=True)]
    names = _different([label.lower() if kind_of(label) else kind for label, kind in zip(labels, kinds, strict=True)])
    sections = tuple(
        PlannedSection(
            name=name, kind=kind, n_bars=lengths[part], key=key, intensity=INTENSITY[kind], chords=parts[part],
            phrases=_phrases(name, lengths[part]), reason="As the chart has it.",
        )
        for name, kind, part in zip(names, kinds, parts, strict=True)
    )  # fmt: skip
    return SongPlan(
        title=options.title, style=options.style, tempo_qpm=options.tempo_qpm, meter=parse_meter(options.meter),
        n_bars=sum(lengths.values()), seed=options.seed, sections=sections,
    )  # fmt: skip


def chart_key(text: str, said: str | None) -> Key:
    """The key of a chart: the one said, ChordPro's own, C or A minor for degrees, else the likeliest."""
    written = key_of_chordpro(text) if is_chordpro(text) else None
    if said or written:
        return parse_key(said or written or "")
    mode = mode_of_numerals(text)
    if mode is not None:
        return Key("A", "minor") if mode == "minor" else Key("C", "major")
    chords = [chord for bar in parse_chart(text) for chord in bar.chords if isinstance(chord, Chord)]
    return find_key_of_chords(chords) if chords else Key("C", "major")


def sheet_of_chart(plan: SongPlan) -> LeadSheet:
    """The lead sheet of a plan whose chords are all given, without a tune."""
    given = given_harmony(plan, list(slots_of(plan)))
    symbols: dict[int, Chord | None] = {}
    for own in given.symbols.values():
        symbols |= own
    chords, no_chords = split_symbols(symbols)
    return LeadSheet(
        plan.title, plan.tempo_qpm, plan.meter, plan.n_bars, make_notes([]), chords, section_spans(plan),
        no_chords=no_chords,
    )  # fmt: skip


def _phrases(name: str, n_bars: int) -> tuple[PlannedPhrase, ...]:
    """Phrases of eight bars; what is left joins the last where it is short."""
    starts = list(range(0, n_bars, PHRASE_BARS))
    if len(starts) > 1 and n_bars - starts[-1] < 3:
        starts.pop()
    lengths = [end - start for start, end in zip(starts, [*starts[1:], n_bars], strict=True)]
    stem = name.replace(" ", ".")
    return tuple(
        PlannedPhrase(name=f"{stem}.{n}", letter=chr(64 + min(n, 26)), n_bars=length)
        for n, length in enumerate(lengths, 1)
    )  # fmt: skip


def _different(names: Sequence[str]) -> list[str]:
    """Number names that come several times."""
    found: list[str] = []
    for name in names:
        free = (name, *(f"{name} {number}" for number in range(2, len(names) + 2)))
        found.append(next(candidate for candidate in free if candidate not in found))
    return found
