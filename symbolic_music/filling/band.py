"""The band in a style: parts with figures from these, the others by the phrase model, over the finished lead sheet.

Who plays in a section follows from its intensity by the style's levels. What is played from figures
(``figures``) or by a free pianist (``pianist``) comes first and the others listen to it. Of those that
the model writes the drums are first, with a fill before every boundary (see ``drum_fills``), then bass
and the rest, each beside one part written before it; parts and sections that do not depend on each other
are decoded in one batch. An exact repeat in the plan repeats the band, except where a boundary needs a fill.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from symbolic_music.filling.describe import CHORD_PARTS, limits_for
from symbolic_music.filling.drum_fills import FILL_BARS, FillPlace, with_fills
from symbolic_music.filling.figures import play_figures
from symbolic_music.filling.fill import FillOptions, PhraseTask
from symbolic_music.filling.grooves import VELOCITIES
from symbolic_music.filling.harmony import harmony_of
from symbolic_music.filling.held_tones import fit_held
from symbolic_music.filling.jobs import BAND_CONTEXT_BARS, Done, Next, Piece, SongJobs, tail_of
from symbolic_music.filling.lift import measure_rates, wants_lift
from symbolic_music.filling.pianist import write_pianist
from symbolic_music.filling.slots import fill_pieces
from symbolic_music.model.sampling import SamplingOptions
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.spans import Slot, slots_of
from symbolic_music.styles.band import plays_freely
from symbolic_music.styles.style import PARTS, Style
from symbolic_music.theory.drumming import GHOST_SNARE, SNARE
from symbolic_music.tokens.phrase import ANY, Note, PhraseJob, PhraseMusic

Row = tuple[int, int, int, int]
VELOCITY, GHOST = 84, VELOCITIES["g"]
# So often a chorus is asked for busier parts, each time by a grade more.
LIFT_STEPS = 3
# One candidate, close to the likeliest: the parts were learnt from a player who repeats exactly what the style asks
# for, so what is unlikely there is a mistake of a small network and not an idea.
BAND_OPTIONS = FillOptions(n_candidates=1, sampling=SamplingOptions(temperature=0.5, top_p=0.9))


def write_band(
    plan: SongPlan,
    sheet: LeadSheet,
    style: Style,
    on_progress: Callable[[int, int], None] | None = None,
    drawn: frozenset[str] = frozenset(),
) -> dict[str, list[Row]]:
    """Fill every part of a style's band; parts in ``drawn`` by the phrase model, though the style has figures.

    Returns
    -------
    dict
        Note rows (onset, duration, pitch, velocity) in ticks from the song's start by part, in
        the sheet's keys; parts that nobody plays are missing.

    Raises
    ------
    ConstraintError, CheckpointError
        As ``filling.fill_phrases``.
    """
    played = {part: rows for part, rows in play_figures(plan, sheet, style).items() if part not in drawn}
    for part in style.band:
        if part not in drawn and plays_freely(style, part, str(plan.meter)):
            own = [one.name for one in plan.sections if part in style.parts_at(one.intensity, one.roles)]
            played[part] = write_pianist(plan, sheet, own)
    slots = list(slots_of(plan))
    harmony = {slot.phrase.name: harmony_of(sheet, slot) for slot in slots}
    slots = [slot for slot in slots if harmony[slot.phrase.name].chords]
    pieces = [
        Piece(part, slot)
        for slot in slots
        for part in style.parts_at(slot.section.intensity, slot.section.roles)
        if part not in played
    ]
    if not pieces:
        return {part: rows for part, rows in played.items() if rows}
    heard = heard_music(played, slots)
    song = SongJobs(plan, slots, frozenset(piece.key for piece in pieces), harmony, style)
    report = on_progress or (lambda done, all_: None)
    drums = [piece for piece in pieces if piece.part == "drums"]
    others = [piece for piece in pieces if piece.part != "drums"]
    beat = fill_pieces(
        drums,
        lambda piece, done: song.job_of(piece, {**heard, **done}),
        plan.chance_seed,
        BAND_OPTIONS,
        lambda n: report(n, len(pieces)),
    )
    beat = with_fills(
        [_fill_place(song, piece, beat) for piece in drums if song.ends_section(piece.slot)], beat, plan.chance_seed
    )
    done = fill_pieces(
        others, lambda piece, done: song.job_of(piece, {**heard, **beat, **done}), plan.chance_seed, BAND_OPTIONS,
        lambda n: report(len(drums) + n, len(pieces)),
    )  # fmt: skip
    band = _lifted(song, sheet, others, {**heard, **beat, **_fitted(song, done)})
    written = _join(slots, {key: music for key, music in band.items() if key[0] not in played})
    return {**{part: rows for part, rows in played.items() if rows}, **written}


def _lifted(song: SongJobs, sheet: LeadSheet, others: Sequence[Piece], done: Done) -> Done:
    """Ask for busier parts in the choruses until these have more notes than the verses."""
    if not wants_lift(song.plan):
        return done
    for step in range(LIFT_STEPS):
        rates = measure_rates(song.plan, sheet, song.slots, done)
        if rates.is_lifted:
            break
        density = {part: rates.wanted_density(part, step) for part in rates.thin_parts()}
        again = [piece for piece in others if piece.part in density and piece.slot.section.kind == "chorus"]
        if not again:
            break
        named = {piece.key for piece in again}
        rest = {key: music for key, music in done.items() if key not in named}
        redone = fill_pieces(again, _busier(song, density, rest), song.plan.chance_seed, BAND_OPTIONS)
        done = {**rest, **_fitted(song, redone)}
    return done


def _busier(song: SongJobs, density: Mapping[str, str], rest: Done) -> Next:
    """As ``job_of``, with the density asked for by part."""

    def next_of(piece: Piece, redone: Done) -> PhraseTask | PhraseMusic | None:
        task = song.job_of(piece, {**rest, **redone})
        if not isinstance(task, PhraseTask):
            return task
        conditions = replace(task.job.conditions, density=density[piece.part])
        return replace(task, job=replace(task.job, conditions=conditions))

    return next_of


def _fitted(song: SongJobs, done: Done) -> dict[tuple[str, str], PhraseMusic]:
    """Let the held notes of chord parts follow the harmony."""
    meters = {slot.phrase.name: slot.meter for slot in song.slots}
    return {
        (part, name): replace(music, notes=fit_held(music.notes, song.harmony[name], meters[name]))
        if part in CHORD_PARTS
        else music
        for (part, name), music in done.items()
    }


def _fill_place(song: SongJobs, piece: Piece, done: Done) -> FillPlace:
    """The phrase of drums before a boundary, and the job of its last bars alone."""
    slot = piece.slot
    phrase = slot.phrase
    n_bars = min(FILL_BARS, phrase.n_bars)
    start = phrase.n_bars - n_bars
    own = done[piece.key]
    context = None
    if start:
        head = PhraseMusic(
            start, own.bar_ticks, own.chords, tuple(n for n in own.notes if n[0] < start * own.bar_ticks)
        )
        context = tail_of(head, BAND_CONTEXT_BARS)
    elif slot.before and (piece.part, slot.before) in done:
        context = tail_of(done[piece.part, slot.before], BAND_CONTEXT_BARS)
    conditions = replace(song.conditions_of(piece, has_fill=True), n_bars=n_bars, relation=ANY)
    harmony = tail_of(song.harmony[phrase.name], n_bars).chords
    job = PhraseJob(conditions, own.bar_ticks, context if context and context.notes else None, None, harmony)
    section = [done[piece.part, other.name] for other in slot.section.phrases if (piece.part, other.name) in done]
    return FillPlace(phrase.name, PhraseTask(phrase.name, job, limits_for(song.plan, slot, piece.part)), section)


def _notes(music: PhraseMusic | None) -> tuple[Note, ...]:
    return music.notes if music is not None else ()


def heard_music(played: Mapping[str, list[Row]], slots: Sequence[Slot]) -> Done:
    """What was played from figures, by part and phrase, as the model hears it: relative to C major / A minor."""
    heard: dict[tuple[str, str], PhraseMusic] = {}
    for slot in slots:
        start, end, n_bars = slot.start_tick, slot.end_tick, slot.phrase.n_bars
        shift = slot.section.key.tonic_shift
        for part, rows in played.items():
            inside = [row for row in rows if start <= row[0] < end]
            notes = tuple((on - start, length, p if part == "drums" else p - shift) for on, length, p, _ in inside)
            if notes:
                heard[part, slot.phrase.name] = PhraseMusic(n_bars, slot.meter.bar_ticks, notes=notes)
    return heard


def _join(slots: list[Slot], done: Done) -> dict[str, list[Row]]:
    """Put the pieces in their places and keys."""
    rows: dict[str, list[Row]] = {}
    for slot in slots:
        start, shift = slot.start_tick, slot.section.key.tonic_shift
        for part in PARTS:
            for onset, length, pitch in _notes(done.get((part, slot.phrase.name))):
                if part == "drums":
                    ghost = pitch == GHOST_SNARE
                    row = (start + onset, length, SNARE if ghost else pitch, GHOST if ghost else VELOCITY)
                else:
                    row = (start + onset, length, pitch + shift, VELOCITY)
                rows.setdefault(part, []).append(row)
    return rows
