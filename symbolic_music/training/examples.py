"""Songs to training examples of the lead-sheet jobs, as token ids with a loss mask.

A song is a dict of plain values, times in ticks: ``id, source, meter, tempo_qpm, n_bars, split``, rows of ``melody``,
``piano`` and ``line`` (onset, duration, pitch), ``chords`` (onset, root, quality, bass) and ``phrases`` (letter, first
bar, number of bars, whether it is sung, section, key).

Jobs (column ``job``): ``new`` and ``variation`` (chords, melody over chords, piano over
both), ``harmonise`` (chords under a melody), ``infill`` (bars between what stands left
and right), ``continuation`` (what follows some bars, without a plan).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symbolic_music.theory.meter import parse_meter
from symbolic_music.tokens.codec import encode_prefix, encode_target
from symbolic_music.tokens.describe import (
    TEMPO_SPREAD,
    describe_intensity,
    describe_place,
    describe_strength,
    describe_tempo,
    traits_of,
)
from symbolic_music.tokens.phrase import Conditions, PhraseJob, PhraseMusic
from symbolic_music.training.cutting import Span, cut, kept_share, same_music, spans_of

MAX_TOKENS = 512
# How many bars of what precedes and of a relative are shown.
CONTEXT_BARS = {"chords": 4, "melody": 4, "piano": 2, "line": 2}
RELATIVE_BARS = 4
SOURCE_WORDS = {
    "pop909": "pop", "nottingham": "folk", "openewld": "standard", "billboard": "rock", "lieder": "art",
    "rs200": "rock", "pd_songs": "folk", "open_hymnal": "hymn", "mutopia_free": "folk", "progressions": "pop",
    "freedoom": "game", "th_free_music": "game", "game_music": "game",
}  # fmt: skip
# How often the pianist is shown the melody and the line the tune that it answers, a variation is asked for without its
# original, a context or a relative is given.
MELODY_BESIDE, TUNE_BESIDE, FORGOTTEN_ORIGINAL, WITH_CONTEXT, WITH_RELATIVE = 0.5, 0.95, 0.15, 0.7, 0.5
LEAD_PARTS = ("chords", "melody", "line", "piano")
# Sources that know when notes begin, not how long they sound.
WITHOUT_LENGTHS = ("rs200",)
# Fewest notes a bar of a phrase that teaches; a line is silent most of the time.
FEWEST_NOTES = {"line": 0.25}


def source_word(song: dict[str, Any]) -> str:
    """Say of which kind a song's source is; a song that names a kind itself, or ``any``, keeps it."""
    return SOURCE_WORDS.get(song["source"], song["source"])


@dataclass(frozen=True)
class Example:
    """Token ids and whether each counts in the loss."""

    ids: list[int]
    mask: list[bool]
    song: str
    part: str
    job: str
    source: str
    split: str


def examples_of(song: dict[str, Any], rng: np.random.Generator, share: float = 1.0) -> Iterator[Example]:
    """Make every lead-sheet job's examples of one song, of a ``share`` of its phrases' parts drawn by chance."""
    spans = spans_of(song)
    grades = intensities_of(song, spans)
    first: dict[tuple[str, int], Span] = {}
    for index, span in enumerate(spans):
        before = spans[index - 1] if index else None
        original = first.setdefault((span.letter, span.n_bars), span)
        place = _Place(span, before, None if original is span else original, relatives_of(spans, span), grades)
        for part in LEAD_PARTS:
            if (part == "chords" or song.get(part)) and (share >= 1 or rng.random() < share):
                yield from _examples_of_part(song, place, part, rng)


@dataclass(frozen=True)
class _Place:
    """A phrase among the others of its song."""

    span: Span
    before: Span | None
    original: Span | None
    relatives: tuple[Span, ...]
    intensities: dict[int, float]  # by first bar, 0 to 1


def relatives_of(spans: list[Span], span: Span) -> tuple[Span, ...]:
    """Phrases of other music in the same song, of the tune's choruses if it has some."""
    others = [
        other
        for other in spans
        if other.letter != span.letter
        and other.n_bars >= 2
        and (other.end_bar <= span.start_bar or other.start_bar >= span.end_bar)
    ]
    choruses = [other for other in others if other.section == "chorus"]
    return tuple(choruses if span.section != "chorus" and choruses else others)


def intensities_of(song: dict[str, Any], spans: list[Span]) -> dict[int, float]:
    """How intense each sung phrase is among those of its song, 0 to 1: the mean rank of its pace and its height."""
    heard = {}
    for span in spans:
        notes = cut(song, span, "melody").notes if song["melody"] else ()
        if len(notes) >= span.n_bars:
            heard[span.start_bar] = (len(notes) / span.n_bars, sum(note[2] for note in notes) / len(notes))
    if len(heard) < 3:
        return {}
    columns = [sorted(values) for values in zip(*heard.values(), strict=True)]
    ranks = {
        start: [
            np.searchsorted(column, value) / (len(column) - 1) for column, value in zip(columns, values, strict=True)
        ]
        for start, values in heard.items()
    }
    return {start: float(np.mean(own)) for start, own in ranks.items()}


def _examples_of_part(song: dict[str, Any], place: _Place, part: str, rng: np.random.Generator) -> Iterator[Example]:
    """The jobs that one phrase of one part gives."""
    span = place.span
    music = cut(song, span, part, is_phrase=(True, True))
    if not music.chords or (part != "chords" and len(music.notes) < music.n_bars * FEWEST_NOTES.get(part, 0.5)):
        return
    source = cut(song, place.original, part, is_phrase=(True, True)) if place.original is not None else None
    if source is not None and same_music(source, music, part):
        return
    made = [_planned(song, place, music, source, part, rng), _infill(song, span, part, rng)]
    if part == "chords":
        made.append(_harmonise(song, place, music, rng))
    if part in ("chords", "melody"):
        made.append(_continuation(song, span, music, part, rng))
    yield from (example for example in made if example is not None)


def _planned(
    song: dict[str, Any],
    place: _Place,
    music: PhraseMusic,
    source: PhraseMusic | None,
    part: str,
    rng: np.random.Generator,
) -> Example | None:
    """A phrase as a plan asks for it: new after what precedes, or a variation of what was."""
    span = place.span
    if source is not None and ((not source.notes and part != "chords") or rng.random() < FORGOTTEN_ORIGINAL):
        source = None
    context = relative = None
    if source is None:
        context = _before(song, span, place.before, part, rng) if rng.random() < WITH_CONTEXT else None
        relative = _relative(song, span, place, part, rng) if rng.random() < WITH_RELATIVE else None
    conditions = conditions_of(song, span, music, part, rng)
    if span.start_bar in place.intensities:
        conditions = replace(conditions, intensity=describe_intensity(place.intensities[span.start_bar]))
    if source is not None:
        strength = describe_strength(kept_share(source, music, part))
        conditions = replace(conditions, relation="variation", strength=strength)
    beside: tuple[Any, ...] = ()
    wish = {"piano": MELODY_BESIDE, "line": TUNE_BESIDE}.get(part, 0.0)
    if song["melody"] and rng.random() < wish:
        beside = cut(song, span, "melody").notes
        conditions = replace(conditions, beside="melody" if beside else "any")
    job = PhraseJob(conditions, music.bar_ticks, context, source, music.chords, beside=beside, relative=relative)
    return make_example(song, job, music, "new" if source is None else "variation")


def _relative(
    song: dict[str, Any], span: Span, place: _Place, part: str, rng: np.random.Generator
) -> PhraseMusic | None:
    """The first bars of another phrase of the song; for a line they are the tune's, so that it can quote the hook."""
    if not place.relatives or part == "piano":
        return None
    other = place.relatives[int(rng.integers(len(place.relatives)))]
    heard = "melody" if part == "line" else part
    # Heard in the key of the phrase that is written, as one hears a song through a change of key.
    head = replace(other, n_bars=min(RELATIVE_BARS, other.n_bars), key=span.key)
    music = cut(song, head, heard, is_phrase=(True, False))
    return music if music.chords and (part == "chords" or music.notes) else None


def _before(
    song: dict[str, Any], span: Span, before: Span | None, part: str, rng: np.random.Generator
) -> PhraseMusic | None:
    """The last bars of the phrase before, all that may be shown or half of them, if it stands right before."""
    if before is None or before.end_bar != span.start_bar:
        return None
    most = CONTEXT_BARS[part] // int(rng.integers(1, 3))
    return _bars(song, span, span.start_bar - min(before.n_bars, most), span.start_bar, part, ends=True)


def _bars(song: dict[str, Any], span: Span, start: int, end: int, part: str, ends: bool = False) -> PhraseMusic | None:
    """Bars ``start`` to ``end`` of a part in the key of a span, or none where no chord sounds."""
    start, end = max(start, 0), min(end, song["n_bars"])
    if end <= start:
        return None
    music = cut(song, replace(span, start_bar=start, n_bars=end - start), part, is_phrase=(False, ends))
    return music if music.chords else None


def _harmonise(song: dict[str, Any], place: _Place, music: PhraseMusic, rng: np.random.Generator) -> Example | None:
    """Chords under a melody."""
    span = place.span
    melody = cut(song, span, "melody").notes if song["melody"] else ()
    if len(melody) < music.n_bars:
        return None
    context = _before(song, span, place.before, "chords", rng) if rng.random() < WITH_CONTEXT else None
    conditions = replace(conditions_of(song, span, music, "chords", rng), beside="melody")
    return make_example(song, PhraseJob(conditions, music.bar_ticks, context, beside=melody), music, "harmonise")


def _infill(song: dict[str, Any], span: Span, part: str, rng: np.random.Generator) -> Example | None:
    """A hole of one to four bars anywhere in a phrase, with the bars left and right of it."""
    length = int(rng.integers(1, 5))
    start = span.start_bar + int(rng.integers(0, max(1, span.n_bars - length + 1)))
    hole = replace(span, start_bar=start, n_bars=min(length, span.end_bar - start))
    music = cut(song, hole, part)
    reach = CONTEXT_BARS[part]
    left = _bars(song, span, start - reach, start, part)
    right = _bars(song, span, hole.end_bar, hole.end_bar + reach // 2, part)
    if right is None or not music.chords or (part != "chords" and not music.notes):
        return None
    conditions = conditions_of(song, hole, music, part, rng)
    job = PhraseJob(conditions, music.bar_ticks, left, None, music.chords, following=right)
    return make_example(song, job, music, "infill")


def _continuation(
    song: dict[str, Any], span: Span, music: PhraseMusic, part: str, rng: np.random.Generator
) -> Example | None:
    """What follows up to eight bars, with nothing else known than mode, meter and source."""
    context = _bars(song, span, span.start_bar - int(rng.integers(4, 9)), span.start_bar, part, ends=True)
    if context is None:
        return None
    known = Conditions(part, span.key.mode, song["meter"], span.n_bars, source=source_word(song))
    return make_example(song, PhraseJob(known, music.bar_ticks, context, None, music.chords), music, "continuation")


def conditions_of(
    song: dict[str, Any], span: Span, music: PhraseMusic, part: str, rng: np.random.Generator
) -> Conditions:
    """Describe a phrase as a plan would ask for it."""
    meter = parse_meter(song["meter"])
    tempo = song["tempo_qpm"] * rng.uniform(*TEMPO_SPREAD)
    traits = traits_of(music, part, span.key.mode, meter)
    if song["source"] in WITHOUT_LENGTHS:
        traits = {name: word for name, word in traits.items() if name not in ("length", "close")}
    return Conditions(
        part=part,
        mode=span.key.mode,
        meter=song["meter"],
        n_bars=span.n_bars,
        source=source_word(song),
        tempo=describe_tempo(tempo) if tempo else "any",
        section=span.section,
        place=describe_place(span.start_bar, span.n_bars, song["n_bars"]),
        **traits,
    )


def make_example(song: dict[str, Any], job: PhraseJob, music: PhraseMusic, name: str) -> Example | None:
    """Encode an example, or none where it is too long."""
    prefix = encode_prefix(job)
    target, mask = encode_target(job, music)
    if len(prefix) + len(target) > MAX_TOKENS:
        return None
    part = job.conditions.part
    return Example(prefix + target, [False] * len(prefix) + mask, song["id"], part, name, song["source"], song["split"])
