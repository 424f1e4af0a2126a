"""The band in a style: every part by the phrase model over the finished lead sheet.

Who plays in a section follows from its intensity by the style's levels. Parts are
written in the order drums, bass, then the rest, each beside one part written before
it; parts and sections that do not depend on each other are decoded in one batch. An
exact repeat in the plan repeats the band, except where a boundary needs a fill.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from symbolic_music.model.sampling import SamplingOptions
from symbolic_music.phrases import FillOptions
from symbolic_music.phrases.describe import band_conditions_for, limits_for
from symbolic_music.phrases.fill import PhraseTask
from symbolic_music.phrases.slots import Done, Piece, Slot, fill_pieces, slots_of, tail_of
from symbolic_music.song.band import heard_as
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.style import PARTS, Style
from symbolic_music.theory.meter import GRID_TICKS, TPQ
from symbolic_music.tokens.describe import BESIDE_OF_PART, heard_beside
from symbolic_music.tokens.phrase import ChordRow, Note, PhraseJob, PhraseMusic
from symbolic_music.tokens.vocabulary import nearest_duration

Row = tuple[int, int, int, int]
VELOCITY = 84
CONTEXT_BARS = 2
# One candidate, close to the likeliest: the parts were learnt from a player who repeats exactly what the style asks
# for, so what is unlikely there is a mistake of a small network and not an idea.
BAND_OPTIONS = FillOptions(n_candidates=1, sampling=SamplingOptions(temperature=0.5, top_p=0.9))


@dataclass(frozen=True)
class _Song:
    """What every part needs to know."""

    plan: SongPlan
    style: Style
    harmony: Mapping[str, PhraseMusic]
    melody: Mapping[str, tuple[Note, ...]]
    pieces: frozenset[tuple[str, str]]
    slot_of: Mapping[str, Slot]
    fills: frozenset[str]


def write_band(
    plan: SongPlan, sheet: LeadSheet, style: Style, on_progress: Callable[[int, int], None] | None = None
) -> dict[str, list[Row]]:
    """Fill every part of a style's band.

    Returns
    -------
    dict
        Note rows (onset, duration, pitch, velocity) in ticks from the song's start by part, in
        the sheet's keys; parts that nobody plays are missing.

    Raises
    ------
    ConstraintError, CheckpointError
        As ``phrases.fill_phrases``.
    """
    slots = list(slots_of(plan))
    harmony = {slot.phrase.name: harmony_of(plan, sheet, slot) for slot in slots}
    slots = [slot for slot in slots if harmony[slot.phrase.name].chords]
    pieces = [
        Piece(part, slot) for slot in slots for part in style.parts_at(slot.section.intensity, slot.section.roles)
    ]
    song = _Song(
        plan, style, harmony,
        melody={slot.phrase.name: _melody_of(plan, sheet, slot) for slot in slots},
        pieces=frozenset((piece.part, piece.slot.phrase.name) for piece in pieces),
        slot_of={slot.phrase.name: slot for slot in slots},
        fills=frozenset(section.phrases[-1].name for section in plan.sections[:-1]),
    )  # fmt: skip
    report = on_progress or (lambda done, all_: None)
    done = fill_pieces(
        pieces, lambda piece, done: _next(song, piece, done), plan.seed, BAND_OPTIONS, lambda n: report(n, len(pieces))
    )
    return _join(plan, slots, done)


def _next(song: _Song, piece: Piece, done: Done) -> PhraseTask | PhraseMusic | None:
    """Copy a piece, state its job, or say that it must wait for another."""
    phrase, part = piece.slot.phrase, piece.part
    lead = BESIDE_OF_PART[part]
    for needed in ((lead, phrase.name), (part, phrase.source), (part, piece.slot.before)):
        if needed in song.pieces and needed not in done:
            return None
    original = done.get((part, phrase.source)) if phrase.source else None
    has_fill = phrase.name in song.fills
    if original is not None and _plays_again(song, piece) and has_fill == (phrase.source in song.fills):
        return original
    before = done.get((part, piece.slot.before)) if piece.slot.before and original is None else None
    beside = song.melody[phrase.name] if lead == "melody" else _notes(done.get((lead, phrase.name)))
    conditions = replace(
        band_conditions_for(song.plan, piece.slot.section, phrase, piece.slot.start_bar, part),
        style=heard_as(song.style, part, song.plan.meter),
        fill="yes" if has_fill else "no",
        beside=lead if beside else "none",
        relation="variation" if original is not None else "new",
    )
    context = tail_of(before, CONTEXT_BARS) if before is not None and before.notes else None
    job = PhraseJob(
        conditions, song.plan.parsed_meter.bar_ticks, context, original,
        song.harmony[phrase.name].chords, beside=heard_beside(beside, lead),
    )  # fmt: skip
    return PhraseTask(phrase.name, job, limits_for(song.plan, piece.slot.section, part))


def _plays_again(song: _Song, piece: Piece) -> bool:
    """Whether a phrase and its source are the same music in the same kind of section."""
    phrase = piece.slot.phrase
    source = song.slot_of[phrase.source or ""]
    same_chords = song.harmony[phrase.name] == song.harmony[source.phrase.name]
    return phrase.relation == "repeat" and same_chords and source.section.kind == piece.slot.section.kind


def _notes(music: PhraseMusic | None) -> tuple[Note, ...]:
    return music.notes if music is not None else ()


def harmony_of(plan: SongPlan, sheet: LeadSheet, slot: Slot) -> PhraseMusic:
    """A phrase's chords from the lead sheet, relative to C major / A minor."""
    bar_ticks, shift = plan.parsed_meter.bar_ticks, slot.section.parsed_key.tonic_shift
    start, end = slot.start_bar * bar_ticks, (slot.start_bar + slot.phrase.n_bars) * bar_ticks
    rows: list[ChordRow] = []
    sounding = sheet.chord_at(start)
    events = [(0, sounding)] if sounding is not None else []
    events += [(e.onset_tick - start, e.chord) for e in sheet.chords if start < e.onset_tick < end]
    for tick, chord in events:
        moved = chord.transpose(-shift)
        rows.append((tick, moved.root, moved.quality, moved.bass))
    return PhraseMusic(slot.phrase.n_bars, bar_ticks, tuple(rows))


def _melody_of(plan: SongPlan, sheet: LeadSheet, slot: Slot) -> tuple[Note, ...]:
    """A phrase's melody, relative to C major / A minor; what lies off the grid is not heard by the band."""
    bar_ticks, shift = plan.parsed_meter.bar_ticks, slot.section.parsed_key.tonic_shift
    start, end = slot.start_bar * bar_ticks, (slot.start_bar + slot.phrase.n_bars) * bar_ticks
    return tuple(
        (int(n["onset_tick"]) - start, nearest_duration(int(n["duration_tick"])), int(n["pitch"]) - shift)
        for n in sheet.melody
        if start <= n["onset_tick"] < end and n["onset_tick"] % TPQ in GRID_TICKS
    )


def _join(plan: SongPlan, slots: list[Slot], done: Done) -> dict[str, list[Row]]:
    """Put the pieces in their places and keys."""
    rows: dict[str, list[Row]] = {}
    for slot in slots:
        start, shift = slot.start_bar * plan.parsed_meter.bar_ticks, slot.section.parsed_key.tonic_shift
        for part in PARTS:
            for onset, length, pitch in _notes(done.get((part, slot.phrase.name))):
                moved = pitch if part == "drums" else pitch + shift
                rows.setdefault(part, []).append((start + onset, length, moved, VELOCITY))
    return rows
