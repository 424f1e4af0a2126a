"""What the phrase model expects of a song that is there: odds of every token, and the bits of every note and chord.

A phrase is heard as a listener hears it: up to eight bars before it are known, a tune's chords too, and of the phrase
itself its mode, its meter, its length and the family of its style. Nothing is said of how it should go, so that a
song and a file from elsewhere are asked the same. What varies a phrase is heard beside that phrase; what repeats one
exactly has been heard, and surprises by nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from symbolic_music.analysis.upbeats import upbeat_start
from symbolic_music.errors import CheckpointError, InputError
from symbolic_music.filling.describe import limits_for
from symbolic_music.filling.fill import load_phrase_model
from symbolic_music.filling.harmony import harmony_of
from symbolic_music.filling.jobs import GRID_TICK, tail_of
from symbolic_music.model.engine import Engine
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.notes import rows_of
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.spans import Slot, slots_of
from symbolic_music.styles.style import style_of
from symbolic_music.styles.traits import traits_of_style
from symbolic_music.theory.meter import snap_to_grid
from symbolic_music.tokens.codec import POINTERS, encode_given, encode_prefix, encode_target
from symbolic_music.tokens.grammar import Grammar
from symbolic_music.tokens.phrase import Conditions, PhraseJob, PhraseMusic
from symbolic_music.tokens.vocabulary import LONGEST_PHRASE, TOKENS, TYPE_OF, VALUE_OF, nearest_duration

PARTS = ("chords", "melody")
HEARD_BARS = 8


@dataclass(frozen=True, eq=False)
class PhraseExpectation:
    """One part of one phrase, token by token, beside what the model expected.

    Attributes
    ----------
    phrase, part : str
        The phrase's name in the plan; ``chords`` or ``melody``.
    first_bar, n_bars : int
        Where it lies; bars count from 1.
    tokens : tuple of str
        What is written, as ``Type_value``: ``Pitch_60``. Pitches and roots are relative to C major or A minor.
    is_given : bool array, shape (tokens,)
        Which of them the model is told and does not write: chords under a tune.
    probabilities : float array, shape (tokens, vocabulary)
        For every place the odds of each token, 0 to 1, before any mask.
    allowed : bool array, shape (tokens, vocabulary)
        What the grammar lets through there: the mask that composing puts over the odds.
    vocabulary : tuple of str
        The tokens that the columns stand for.
    """

    phrase: str
    part: str
    first_bar: int
    n_bars: int
    tokens: tuple[str, ...]
    is_given: np.ndarray
    probabilities: np.ndarray
    allowed: np.ndarray
    vocabulary: tuple[str, ...] = TOKENS

    @property
    def bits(self) -> np.ndarray:
        """The surprise of each token in bits, shape (tokens,); 1 bit is a coin's toss, what is given has none."""
        places = [self.vocabulary.index(token) for token in self.tokens]
        shares = self.probabilities[np.arange(len(places)), places].astype(np.float64)
        return np.where(self.is_given, 0.0, -np.log2(np.maximum(shares, 1e-12)))

    def __repr__(self) -> str:
        """Say what it is in a line."""
        told = f"{self.part} of {self.phrase!r}, bars {self.first_bar}-{self.first_bar + self.n_bars - 1}"
        return f"PhraseExpectation({told}, {len(self.tokens)} tokens, {self.bits.sum():.0f} bits)"


@dataclass(frozen=True)
class Surprise:
    """Bits of every note of a tune, and of every chord by its tick; None where the model cannot be asked."""

    notes: tuple[float | None, ...]
    chords: Mapping[int, float]


@dataclass(frozen=True)
class _Question:
    """A job, and the music that is held against what the model expects."""

    slot: Slot
    job: PhraseJob
    music: PhraseMusic


def expect(
    sheet: LeadSheet, plan: SongPlan, phrase: str, part: str = "melody", engine: Engine | None = None
) -> PhraseExpectation:
    """Say what the phrase model expected at every token of a phrase.

    Parameters
    ----------
    sheet : LeadSheet
        The song's chords and tune.
    plan : SongPlan
        Where its phrases lie.
    phrase : str
        A phrase's name in the plan.
    part : str, optional
        ``melody`` or ``chords``.
    engine : Engine, optional
        The phrase model; the package's own if left out.

    Returns
    -------
    PhraseExpectation
        Nothing is drawn by chance.

    Raises
    ------
    InputError
        If there is no such phrase or part, or the phrase cannot be asked about: longer than 16 bars, or in a meter
        that the model does not know.
    """
    slots = list(slots_of(plan))
    names = [slot.phrase.name for slot in slots]
    if phrase not in names:
        raise InputError(f"phrase {phrase!r} is not in the plan; it has {', '.join(names)}")
    if part not in PARTS:
        raise InputError(f"part {part!r} is not one of {', '.join(PARTS)}")
    question = _question(sheet, plan, slots, names.index(phrase), part)
    ids, is_asked = encode_target(question.job, question.music)
    return PhraseExpectation(
        phrase, part, question.slot.start_bar + 1, question.slot.phrase.n_bars,
        tuple(TOKENS[index] for index in ids), ~np.array(is_asked), _odds(question.job, ids, engine),
        _masks(question, plan, ids),
    )  # fmt: skip


def surprise_of(sheet: LeadSheet, plan: SongPlan, engine: Engine | None = None) -> Surprise:
    """Say by how many bits each note and chord of a song surprises the model, in one pass over its phrases.

    Parameters
    ----------
    sheet : LeadSheet
        The song's chords and tune.
    plan : SongPlan
        Where its phrases lie.
    engine : Engine, optional
        The phrase model; the package's own if left out.

    Returns
    -------
    Surprise
        A note's bits are those of its place, pitch and length together; where a bar takes up another, those of saying
        so, shared by its notes.
    """
    slots = list(slots_of(plan))
    notes: list[float | None] = [None] * len(sheet.melody)
    chords: dict[int, float] = {}
    for number, slot in enumerate(slots):
        own = range(*tune_span(sheet, slot))
        for row, bits in zip(own, _bits(sheet, plan, slots, number, "melody", engine), strict=False):
            notes[row] = bits
        rows = harmony_of(sheet, slot).chords
        for chord, bits in zip(rows, _bits(sheet, plan, slots, number, "chords", engine), strict=False):
            chords[slot.start_tick + chord[0]] = bits
    return Surprise(tuple(notes), chords)


def _bits(
    sheet: LeadSheet, plan: SongPlan, slots: Sequence[Slot], number: int, part: str, engine: Engine | None
) -> list[float]:
    """The bits of a phrase's notes or chords in order; none where the model cannot be asked."""
    question = _question(sheet, plan, slots, number, part)
    rows = question.music.chords if part == "chords" else question.music.notes
    if not rows:
        return []
    if question.job.original == question.music:
        return [0.0] * len(rows)
    try:
        ids, is_asked = encode_target(question.job, question.music)
        shares = _odds(question.job, ids, engine)[np.arange(len(ids)), ids].astype(np.float64)
    except (KeyError, InputError, CheckpointError):  # music that the vocabulary has no tokens for, or no room
        return []
    bits = np.where(is_asked, -np.log2(np.maximum(shares, 1e-12)), 0.0)
    per_bar = list(_by_bar(ids, bits, [len(given) for given in encode_given(question.job)]))
    shared = _of_chords(question.music, per_bar) if part == "chords" else _of_notes(question.music, per_bar)
    return [round(value, 2) for value in shared]


def _odds(job: PhraseJob, ids: Sequence[int], engine: Engine | None) -> np.ndarray:
    """The odds of all tokens at every place of a target, shape (places, vocabulary)."""
    before = encode_prefix(job)
    logits = (engine or load_phrase_model()).logits([*before, *ids[:-1]])[len(before) - 1 :]
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    odds: np.ndarray = shares / shares.sum(axis=1, keepdims=True)
    return odds


def _masks(question: _Question, plan: SongPlan, ids: Sequence[int]) -> np.ndarray:
    """What the grammar allows at every place, as composing sets it."""
    limits = limits_for(plan, question.slot, question.job.conditions.part)
    room = question.job.bar_ticks // 2 if question.slot.start_bar else 0
    guide = Grammar(question.job, replace(limits, upbeat_ticks=room))
    masks = np.zeros((len(ids), len(TOKENS)), dtype=bool)
    for place, index in enumerate(ids):
        masks[place, guide.allowed()] = True
        guide.push(index)
    return masks


def _question(sheet: LeadSheet, plan: SongPlan, slots: Sequence[Slot], number: int, part: str) -> _Question:
    """Ask about one part of a phrase, with what was heard before it."""
    slot = slots[number]
    if slot.phrase.n_bars > LONGEST_PHRASE:
        return _Question(slot, PhraseJob(_known(plan, slot, part), slot.meter.bar_ticks), PhraseMusic(0, 1))
    music = _heard(sheet, slot, part)
    source = next((other for other in slots[:number] if other.phrase.name == slot.phrase.source), None)
    original = _heard(sheet, replace(source, section=slot.section), part) if source is not None else None
    if original is not None and original.bar_ticks != music.bar_ticks:
        original = None
    context = _context(sheet, slots[:number], slot, part) if original is None else None
    known = _known(plan, slot, part)
    known = replace(known, relation="variation") if original is not None else known
    chords = () if part == "chords" else music.chords
    return _Question(slot, PhraseJob(known, music.bar_ticks, context, original, chords), music)


def _known(plan: SongPlan, slot: Slot, part: str) -> Conditions:
    """What is known of a phrase before it is heard."""
    family = traits_of_style(style_of(plan)).source
    return Conditions(part, slot.section.key.mode, str(slot.meter), slot.phrase.n_bars, source=family)


def _context(sheet: LeadSheet, before: Sequence[Slot], slot: Slot, part: str) -> PhraseMusic | None:
    """The last bars of the phrase before, heard in this phrase's key."""
    if not before or before[-1].meter != slot.meter:
        return None
    music = _heard(sheet, replace(before[-1], section=slot.section), part)
    return tail_of(music, HEARD_BARS) if music.chords else None


def _heard(sheet: LeadSheet, slot: Slot, part: str) -> PhraseMusic:
    """A phrase's chords, or its tune with them, on the grid."""
    harmony = harmony_of(sheet, slot)
    harmony = replace(harmony, chords=tuple((_on_grid(row[0], harmony), *row[1:]) for row in harmony.chords))
    if part == "chords":
        return harmony
    rows, shift = rows_of(sheet.melody), slot.section.key.tonic_shift
    first, last = tune_span(sheet, slot)
    return replace(harmony, notes=tuple(
        (_on_grid(on - slot.start_tick, harmony), nearest_duration(min(length, slot.end_tick - on)), pitch - shift)
        for on, length, pitch, _ in rows[first:last]
    ))  # fmt: skip


def tune_span(sheet: LeadSheet, slot: Slot) -> tuple[int, int]:
    """The first of a phrase's notes, its upbeat among them, and the first of the next one's, as rows of the tune."""
    rows, ends = rows_of(sheet.melody), []
    for tick in (slot.start_tick, slot.end_tick):
        begins = upbeat_start(rows, tick, slot.meter.bar_ticks) if 0 < tick < sheet.end_tick else tick
        ends.append(sum(row[0] < begins for row in rows))
    return ends[0], ends[1]


def _on_grid(tick: int, music: PhraseMusic) -> int:
    """The nearest place that the vocabulary has, inside the phrase."""
    bar, rest = divmod(tick, music.bar_ticks)
    return min(bar * music.bar_ticks + snap_to_grid(rest), music.n_bars * music.bar_ticks - GRID_TICK)


def _by_bar(ids: Sequence[int], bits: np.ndarray, n_given: Sequence[int]) -> Iterator[list[tuple[str, str, float]]]:
    """The tokens of the upbeat and of every bar's own content: type, value and bits."""
    rows = [(TYPE_OF[index], VALUE_OF[index], float(own)) for index, own in zip(ids, bits, strict=True)]
    lines = [at for at, (kind, _, _) in enumerate(rows) if kind in ("Bar", "EOS")]
    yield rows[: lines[0]]
    for (start, end), given in zip(pairwise(lines), n_given, strict=True):
        yield rows[start + 1 + given : end]


def _of_notes(music: PhraseMusic, bars: Sequence[list[tuple[str, str, float]]]) -> list[float]:
    """Give a bar's bits to its notes."""
    shared: list[float] = []
    for bar, tokens in enumerate(bars, start=-1):
        pointed = sum(bits for kind, _, bits in tokens if kind in POINTERS)
        own: list[float] = []
        waiting = 0.0  # of a place, until its note comes
        for kind, _, bits in tokens:
            if kind == "Pitch":
                own.append(bits + waiting)
                waiting = 0.0
            elif kind == "Duration":
                own[-1] += bits
            elif kind in ("Position", "Upbeat"):
                waiting += bits
        own = own or [0.0] * (len(music.notes_of_bar(bar)) if bar >= 0 else 0)
        shared += [bits + pointed / len(own) for bits in own]
    return shared


def _of_chords(music: PhraseMusic, bars: Sequence[list[tuple[str, str, float]]]) -> list[float]:
    """Give a bar's bits to the chords that begin in it; of one that is held over the bar line nothing is new."""
    found: dict[int, float] = {}
    for bar, tokens in enumerate(bars[1:]):
        start, tick = bar * music.bar_ticks, 0
        rows = music.chords_of_bar(bar)
        if tokens and tokens[0][0] in POINTERS:
            found |= {start + row[0]: tokens[0][2] / len(rows) for row in rows}
            continue
        for kind, value, bits in tokens:
            tick = start + int(value) if kind == "Position" else tick
            found[tick] = found.get(tick, 0.0) + bits
    return [found.get(row[0], 0.0) for row in music.chords]
