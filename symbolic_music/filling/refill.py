"""Write a stretch of a song again: tune and chords of some phrases or bars, between what stays.

What is before is heard as context, what is after, where it is near, as what follows; the song's hook is the relative
of everything else, as when the song was composed. Nothing outside the stretch is written, and the next phrase's
pickup inside it stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from symbolic_music.errors import ConstraintError
from symbolic_music.filling.compose import MELODY_VELOCITY, closed
from symbolic_music.filling.describe import conditions_for, limits_for
from symbolic_music.filling.fill import FillOptions, PhraseTask, fill_phrases
from symbolic_music.filling.given_chords import GivenHarmony
from symbolic_music.filling.harmony import harmony_of, tune_of
from symbolic_music.filling.jobs import CONTEXT_BARS, RELATIVE_BARS, head_of, hook_of, room_before
from symbolic_music.filling.sung import SungSpan, asks, fit_words, lead_in, limits_of, words_of, words_on
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet
from symbolic_music.song.material import pickup_ticks, splice_chords, splice_tune
from symbolic_music.song.places import Span
from symbolic_music.song.plan import PlannedPhrase, SongPlan
from symbolic_music.song.spans import Slot, slot_at, slots_of
from symbolic_music.theory.chord import Chord
from symbolic_music.tokens.describe import describe_notes
from symbolic_music.tokens.kept import PITCHES, RHYTHM
from symbolic_music.tokens.phrase import ANY, Conditions, Note, PhraseJob, PhraseMusic

# The bars after a hole that are heard when it is filled, and the most bars of a hole at a time.
FOLLOWING_BARS, HOLE_BARS = 2, 4
# How often a tune that came out silent is asked for again.
ASKED_AGAIN = 3
_ONE_NOTE = ((0, 3, 60),)
# How far a variation may go beyond its tune's range, in semitones.
ROOM_AROUND = 3
# A variation has at least this share of the notes, and at most so many times more.
LEAST_KEPT = 0.7
# Variations from this amount on are asked for as medium, and as strong.
MEDIUM, STRONG = 0.34, 0.67

Row = tuple[int, int, int, int]


@dataclass(frozen=True)
class Refill:
    """How a stretch is written again.

    ``name`` is what its chance is derived from beside phrase and part; ``strength`` is a variation's, 0 to 1;
    ``fills`` hears what follows; ``goes_on`` hears the bars before across the section's beginning; ``keep`` is
    ``rhythm`` or ``pitches`` of the tune.
    """

    name: str
    strength: float | None = None
    fills: bool = False
    goes_on: bool = False
    keep: str = ""
    options: FillOptions = field(default_factory=FillOptions)


def stretch_slots(plan: SongPlan, span: Span, longest: int | None = None) -> list[Slot]:
    """List the phrases of a span; where it cuts a phrase, its bars inside the span as a phrase of their own."""
    found = []
    for slot in slots_of(plan):
        first, last = max(slot.start_bar, span.start_bar), min(slot.start_bar + slot.phrase.n_bars, span.end_bar)
        step = longest or slot.phrase.n_bars
        for start in range(first, last, step):
            n_bars = min(step, last - start)
            found.append(slot if n_bars == slot.phrase.n_bars else _piece(plan, slot, start, n_bars))
    return found


def _piece(plan: SongPlan, slot: Slot, start: int, n_bars: int) -> Slot:
    """Some bars of a phrase as a phrase."""
    at = start - slot.start_bar
    ends = at + n_bars == slot.phrase.n_bars
    piece = PlannedPhrase(
        name=f"{slot.phrase.name}/{at}", letter=slot.phrase.letter, n_bars=n_bars,
        cadence=slot.phrase.cadence if ends else "open", sung=slot.phrase.sung,
    )  # fmt: skip
    return replace(slot_at(plan, slot, piece, start), before=slot.phrase.name if at else slot.before)


def refill_chords(plan: SongPlan, sheet: LeadSheet, slots: Sequence[Slot], how: Refill, under: bool) -> LeadSheet:
    """Write the chords of some phrases again.

    Parameters
    ----------
    under : bool
        Whether they are to harmonise the tune that is there.

    Raises
    ------
    ConstraintError, CheckpointError
        As ``fill_phrases``.
    """
    done: dict[str, PhraseMusic] = {}
    last = list(slots_of(plan))[-1]
    for slot in slots:
        source = done.get(slot.phrase.source or "")
        if source is not None and source.n_bars == slot.phrase.n_bars and not under:
            music = source
        else:
            task = _chords_task(plan, sheet, slot, how, under)
            music = fill_phrases([task], plan.chance_seed, how.options)[0]
        if slot.start_bar + slot.phrase.n_bars == plan.n_bars:
            drawn = {slot.phrase.name: music}
            music = closed(replace(last, phrase=slot.phrase), drawn, GivenHarmony())[slot.phrase.name]
        done[slot.phrase.name] = music
        start, end = slot.start_tick, slot.end_tick
        shift = slot.section.key.tonic_shift
        events = [
            ChordEvent(start + tick, Chord(root, quality, bass).transpose(shift))
            for tick, root, quality, bass in music.chords
        ]
        sheet = splice_chords(sheet, start, end, events)
    return sheet


def refill_tune(plan: SongPlan, sheet: LeadSheet, slots: Sequence[Slot], how: Refill) -> LeadSheet:
    """Write the tune of some phrases again; those that nobody sings in are left.

    Raises
    ------
    ConstraintError, CheckpointError
        As ``fill_phrases``.
    """
    done: dict[str, PhraseMusic] = {}
    ends = {slot.start_bar + slot.phrase.n_bars for slot in slots}
    starts = {slot.start_bar for slot in slots}
    words: dict[str, SungSpan | None] = {}
    for slot in slots if how.keep != RHYTHM else ():
        # Kept pitches stay in their bars, those of the next phrase's upbeat too.
        by_bars = how.keep == PITCHES
        until = slot.end_tick - (0 if by_bars and slot_end(slot) in starts else lead_in(sheet, slot.end_tick))
        words[slot.phrase.name] = words_of(sheet, slot, slot.start_bar in ends and not by_bars, until)
    for slot in slots:
        start, end = slot.start_tick, slot.end_tick
        is_followed = slot_end(slot) in starts
        room = 0 if is_followed else lead_in(sheet, end)
        sung = words.get(slot.phrase.name)
        # Of a tune whose rhythm or pitches stay, the upbeat to the next phrase stays in the bar where it is.
        old = heard_tune(sheet, slot, room if how.keep else None)
        if not slot.phrase.sung and not old.notes:
            continue
        source = done.get(slot.phrase.source or "")
        is_copy = slot.phrase.relation == "repeat" and source is not None and not how.keep
        if is_copy and source is not None:
            music = replace(source, notes=tuple(note for note in source.notes if note[0] >= 0))
            music = music if sung is None else fit_words(music, sung.scansion)
        else:
            task = _tune_task(plan, sheet, slot, old, room, how, slot.start_bar in ends, source)
            if task is None:
                continue
            task = task if sung is None or how.keep else _with_words(task, sung, slot, plan)
            music = _kept(_sung(task, old.notes, plan.chance_seed, how), task.limits.kept, how.keep)
        done[slot.phrase.name] = music
        shift = slot.section.key.tonic_shift
        rows = [(start + on, length, pitch + shift, MELODY_VELOCITY) for on, length, pitch in music.notes]
        if how.keep == RHYTHM:
            rows = _exact(rows, sheet, start, end - room)
        first = min([start, *(row[0] for row in rows)])
        sheet = splice_tune(_ended(sheet, first, start), first, end - room, rows, how.keep == RHYTHM)
        sheet = sheet if sung is None else _with_lyrics(sheet, sung, music, start)
    return sheet


def slot_end(slot: Slot) -> int:
    """The bar after a phrase."""
    return slot.start_bar + slot.phrase.n_bars


def _with_words(task: PhraseTask, sung: SungSpan, slot: Slot, plan: SongPlan) -> PhraseTask:
    """Ask for a note for every syllable that the phrase had."""
    lift = slot.section.key.tonic_shift - plan.sections[0].key.tonic_shift
    job = replace(task.job, conditions=asks(task.job.conditions, sung.scansion))
    return replace(task, job=job, limits=limits_of(task.limits, sung.scansion, lift))


def _with_lyrics(sheet: LeadSheet, sung: SungSpan, music: PhraseMusic, start: int) -> LeadSheet:
    """Put the syllables that a phrase had on its new notes."""
    placed = [replace(one, tick=start + one.tick) for one in words_on(music.notes, sung.line, sung.language)]
    placed = [replace(one, ends_line=old.ends_line) for one, old in zip(placed, sung.syllables, strict=False)]
    taken = {(one.tick, one.verse) for one in placed}
    others = [one for one in sheet.lyrics if (one.tick, one.verse) not in taken]
    return replace(sheet, lyrics=tuple(sorted([*others, *placed], key=lambda one: (one.tick, one.verse))))


def heard_tune(sheet: LeadSheet, slot: Slot, room: int | None = None) -> PhraseMusic:
    """The tune of a phrase as the model hears it, without the next phrase's pickup (or its last ``room`` ticks)."""
    music = tune_of(sheet, slot, harmony_of(sheet, slot))
    end = music.n_bars * music.bar_ticks
    until = end - (pickup_ticks(sheet, slot.end_tick) if room is None else room)
    return replace(music, notes=tuple(note for note in music.notes if note[0] < until))


def _ended(sheet: LeadSheet, first: int, start: int) -> LeadSheet:
    """Let a note end where an upbeat begins; what would begin later goes."""
    if first >= start:
        return sheet
    return splice_tune(sheet, first, start, [])


def _around(plan: SongPlan, sheet: LeadSheet, slot: Slot, first: int, last: int, part: str) -> PhraseMusic | None:
    """Bars ``[first, last)`` of the song, heard in the key of a phrase; none where no chord sounds."""
    first, last = max(0, first), min(last, plan.n_bars)
    if last <= first:
        return None
    piece = PlannedPhrase(name="around", letter="A", n_bars=last - first)
    place = slot_at(plan, slot, piece, first)
    music = harmony_of(sheet, place) if part == "chords" else heard_tune(sheet, place)
    return music if music.chords and (part == "chords" or music.notes) else None


def _context(plan: SongPlan, sheet: LeadSheet, slot: Slot, how: Refill, part: str) -> PhraseMusic | None:
    """What is heard before a phrase: the bars before it in its section, or wherever it is to go on."""
    if slot.before is None and not (how.fills or how.goes_on):
        return None
    least = 0 if how.fills or how.goes_on else slot.section_bar
    return _around(plan, sheet, slot, max(least, slot.start_bar - CONTEXT_BARS[part]), slot.start_bar, part)


def _following(plan: SongPlan, sheet: LeadSheet, slot: Slot, how: Refill, part: str) -> PhraseMusic | None:
    """What is heard after a hole."""
    end = slot.start_bar + slot.phrase.n_bars
    return _around(plan, sheet, slot, end, end + FOLLOWING_BARS, part) if how.fills else None


def _chords_task(plan: SongPlan, sheet: LeadSheet, slot: Slot, how: Refill, under: bool) -> PhraseTask:
    """State the job of a phrase's chords."""
    conditions = conditions_for(plan, slot.section, slot.phrase, slot.start_bar, "chords")
    tune = heard_tune(sheet, slot).notes if under else ()
    old = harmony_of(sheet, slot)
    original = None
    if tune:
        conditions = replace(conditions, beside="melody")
    elif how.strength is not None and old.chords:
        conditions, original = _varied(conditions, how.strength), old
    following = None if original else _following(plan, sheet, slot, how, "chords")
    context = None if original else _context(plan, sheet, slot, how, "chords")
    job = PhraseJob(conditions, old.bar_ticks, context, original, beside=tune, following=following)
    return PhraseTask(f"{slot.phrase.name}/{how.name}", job, limits_for(plan, slot, "chords"))


def _sung(task: PhraseTask, old: Sequence[Note], seed: int, how: Refill) -> PhraseMusic:
    """Fill a phrase of the tune; what came out silent, or no variation, is asked for again.

    Of a bar or two the model may say nothing: then it is asked for as many notes. A variation is another tune with
    about as many notes.
    """
    music = fill_phrases([task], seed, how.options)[0]
    found = [music]
    for number in range(ASKED_AGAIN):
        if _is_right(music, old, how):
            return music
        again = replace(task, name=f"{task.name}/again {number}")
        if not music.notes:
            wanted = replace(task.job.conditions, notes=describe_notes(tuple(old) or _ONE_NOTE), ending=ANY, close=ANY)
            again = replace(again, job=replace(task.job, conditions=wanted))
        music = fill_phrases([again], seed, how.options)[0]
        found.append(music)
    return min(found, key=lambda one: (not one.notes, one.notes == tuple(old), abs(len(one.notes) - len(old))))


def _is_right(music: PhraseMusic, old: Sequence[Note], how: Refill) -> bool:
    """Whether a tune sounds, and, if it is to be a variation, is one."""
    if how.strength is None or how.keep or not old:
        return bool(music.notes)
    return music.notes != tuple(old) and LEAST_KEPT * len(old) <= len(music.notes) <= len(old) / LEAST_KEPT


def _tune_task(
    plan: SongPlan, sheet: LeadSheet, slot: Slot, old: PhraseMusic, room: int, how: Refill, after_new: bool,
    source: PhraseMusic | None,
) -> PhraseTask | None:  # fmt: skip
    """State the job of a phrase's tune; ``None`` where there is nothing to do."""
    conditions = conditions_for(plan, slot.section, slot.phrase, slot.start_bar, "melody")
    if not old.chords:
        return None
    kept = tuple(note for note in old.notes if note[0] >= 0)
    if how.keep and not kept:
        return None
    original = source
    if how.strength is not None and old.notes:
        conditions, original = _varied(conditions, how.strength), replace(old, notes=kept)
    elif source is not None:
        conditions = replace(conditions, relation="variation")
    context = following = relative = None
    if original is None:
        context = _context(plan, sheet, slot, how, "melody")
        following = _following(plan, sheet, slot, how, "melody")
        relative = _hook(plan, sheet, slot)
    limits = replace(
        limits_for(plan, slot, "melody"),
        end_tick=old.n_bars * old.bar_ticks - room, keep=how.keep, kept=kept if how.keep else (),
    )  # fmt: skip
    if how.keep == PITCHES:
        # A pitch of the old tune may lie outside of what the plan would ask.
        limits = replace(limits, lowest=min(n[2] for n in kept), highest=max(n[2] for n in kept))
    elif how.strength is not None and kept:
        # A variation is sung where the tune was: not an octave lower.
        low, high = min(note[2] for note in kept) - ROOM_AROUND, max(note[2] for note in kept) + ROOM_AROUND
        limits = replace(limits, lowest=max(limits.lowest, low), highest=min(limits.highest, high))
    if after_new and not how.keep:
        before = _around(plan, sheet, slot, slot.start_bar - 1, slot.start_bar, "melody")
        limits = replace(limits, upbeat_ticks=room_before(before, old.bar_ticks))
    job = PhraseJob(
        conditions, old.bar_ticks, context, original, old.chords, following=following, relative=relative
    )  # fmt: skip
    return PhraseTask(f"{slot.phrase.name}/{how.name}", job, limits)


def _varied(conditions: Conditions, strength: float) -> Conditions:
    """Ask for a variation of a strength."""
    word = "light" if strength < MEDIUM else "medium" if strength < STRONG else "strong"
    return replace(conditions, relation="variation", strength=word)


def _hook(plan: SongPlan, sheet: LeadSheet, slot: Slot) -> PhraseMusic | None:
    """The song's hook as a relative, unless it is this phrase."""
    hook = hook_of(list(slots_of(plan)), plan.title)
    if hook is None or hook.start_bar <= slot.start_bar < hook.start_bar + hook.phrase.n_bars:
        return None
    heard = heard_tune(sheet, replace(hook, section=slot.section))
    return head_of(heard, RELATIVE_BARS) if heard.notes and heard.chords else None


def _kept(music: PhraseMusic, kept: Sequence[Note], keep: str) -> PhraseMusic:
    """Make sure that what was to be kept is."""
    place = {RHYTHM: slice(0, 2), PITCHES: slice(2, 3)}.get(keep)
    if place is not None and [note[place] for note in music.notes] != [note[place] for note in kept]:
        raise ConstraintError(f"the {keep} of the tune cannot be kept here", "keep something else, or less bars")
    return music


def _exact(rows: Iterable[Row], sheet: LeadSheet, start: int, end: int) -> list[Row]:
    """Give notes on a kept rhythm the very lengths of the old ones."""
    old = [row for row in sheet.melody.tolist() if start <= row[0] < end]
    return [(on, length, row[2], velocity) for row, (on, length, _, velocity) in zip(rows, old, strict=True)]
