"""Each operation of an edit: from a song's documents to its documents, everything outside the place unchanged."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from symbolic_music.errors import EditError, InputError, NotationError
from symbolic_music.filling.compose import ComposeOptions, compose
from symbolic_music.filling.given_chords import bars_of_given_chords, given_harmony
from symbolic_music.filling.refill import HOLE_BARS, Refill, refill_chords, refill_tune, stretch_slots
from symbolic_music.filling.sung import lead_in
from symbolic_music.pipeline import touches
from symbolic_music.pipeline.charts import with_symbols, with_true_charts
from symbolic_music.pipeline.excerpts import (
    Playing,
    Who,
    but_the_tune,
    everybody,
    play_again,
    play_tune_again,
    said_roles,
)
from symbolic_music.pipeline.guarding import HARMONY, TUNE, Guard, guard_for, is_meant, who_is
from symbolic_music.pipeline.reach import in_reach
from symbolic_music.pipeline.tasks import Done, Task, played_again
from symbolic_music.song.edit import Lock, Operation, read_inserted
from symbolic_music.song.forms import (
    copy_of,
    detached,
    join_pieces,
    map_sections,
    new_section,
    numbered,
    split_at,
    with_sections,
)
from symbolic_music.song.leadsheet import ChordEvent
from symbolic_music.song.material import (
    EARLY,
    Block,
    Material,
    chords_in,
    cut_sections,
    inside,
    join_sections,
    splice_chords,
    with_maps,
)
from symbolic_music.song.notes import make_notes, rows_of
from symbolic_music.song.places import Span, find_sections, find_spans, join_spans, section_span, sections_in
from symbolic_music.song.plan import PlannedSection, SongPlan
from symbolic_music.song.score import Track
from symbolic_music.song.spans import slots_of
from symbolic_music.styles.band import choose_band, read_band
from symbolic_music.styles.seats import are_alike, seats_of
from symbolic_music.styles.style import ROLE_OF_PART, load_style, style_of
from symbolic_music.theory.chart import parse_chart, place_chords
from symbolic_music.theory.chord import Chord, quality_of
from symbolic_music.theory.instruments import Instrument, instrument_of_program, parse_player
from symbolic_music.theory.key import Key, key_beside, key_of, parse_key
from symbolic_music.theory.meter import Meter, parse_meter

# Sections of these kinds are not sung when they are put in.
LINE_NAME = "Line"
UNSUNG = ("intro", "interlude", "outro")
# What a section loses or gains where it was to be darker or brighter and is in that mode already.
SHADE = 0.15
_ONLY = re.compile(r"\s*only\s+(.+?)\s*", re.IGNORECASE)
# By how much a player is louder, in velocity, where it is asked for a whole step of intensity.
_LOUDER = 40
# A section is bigger with so many times its notes; else who may come in, in this order.
_FULLER = 1.1
_FILLING_UP = ("strings", "organ", "brass", "choir")
# By how much those who play are busier then.
_FULLER_BAND = 1.3
# In a mode's parallel these degrees are other tones, in semitones from the tonic.
_PARALLEL = {"minor": {4: 3, 9: 8, 11: 10}, "major": {3: 4, 8: 9, 10: 11}}
_DOMINANT, _LEADING = 7, 11


def carry_out(song: Material, operation: Operation, locks: Sequence[Lock], playing: Playing, name: str) -> Done:
    """Do one operation.

    Parameters
    ----------
    name : str
        What its chance is derived from beside place and take.

    Raises
    ------
    EditError
        If the place is not there, the thing cannot be done there, or a lock forbids it.
    """
    spans = find_spans(song.plan, operation)
    guards = tuple(guard_for(song.plan, song.score, locks, span, operation) for span in spans)
    task = Task(song, operation, spans, playing, tuple(locks), guards, name)
    done = _OPERATIONS[operation.what](task)
    return replace(done, song=with_true_charts(done.song))


# --- written anew ---------------------------------------------------------------------------------------------------


def _rewrite(task: Task) -> Done:
    """Another take, an infill, a variation, other chords: of the tune, the chords, the band or one player."""
    operation, song = task.operation, task.song
    who = None if operation.part is None else who_is(song.score, operation.part)
    if operation.what == "vary" and who is None:
        who = TUNE
    if operation.what == "reharmonize" and who not in (None, HARMONY):
        raise EditError(f"{operation.said}: chords are everybody's; leave the part out")
    for span, guard in zip(task.spans, task.guards, strict=True):
        song = _rewrite_span(replace(task, song=song), span, guard, who)
    return Done(with_maps(song), task.locks)


def _rewrite_span(task: Task, span: Span, guard: Guard, who: frozenset[str] | str | None) -> Material:
    """Write one span anew."""
    operation, before = task.operation, task.song
    kept = guard.kept | set(operation.keep)
    is_harmony = operation.what == "reharmonize" or who == HARMONY
    has_tune = any(track.role == TUNE for track in before.score.tracks)
    tune_is_free = has_tune and all(guard.lets(track) for track in before.score.tracks if track.role == TUNE)
    wants_tune = not is_harmony and who in (None, TUNE) and tune_is_free
    given = bars_of_given_chords(before.plan) & set(range(span.start_bar, span.end_bar))
    wants_chords = is_harmony or (who is None and "chords" not in kept and not given)
    song = before
    if wants_tune or wants_chords:
        how = _how(task, kept)
        plan = detached(song.plan, span, operation.take)
        slots = stretch_slots(plan, span, HOLE_BARS if operation.what == "infill" else None)
        sheet = song.sheet
        if wants_chords:
            under = is_harmony or not wants_tune
            sheet = refill_chords(plan, sheet, slots, how, under)
        if wants_tune:
            sheet = refill_tune(plan, sheet, slots, how)
        song = Material(plan, sheet, song.score)
    if who == TUNE:
        return play_tune_again(before, song, span, task.playing, guard.lets)
    return _with_players(task, song, span, guard, who, wants_tune)


def _with_players(
    task: Task, song: Material, span: Span, guard: Guard, who: frozenset[str] | str | None, has_new_tune: bool
) -> Material:
    """Let the band, or the players meant, play a span anew."""
    operation = task.operation
    chosen = who if isinstance(who, frozenset) else None
    takes = everybody if has_new_tune else but_the_tune
    name = f"{operation.what} {operation.take or task.name}"
    playing = replace(task.playing, name=name) if operation.what != "infill" else task.playing
    if chosen is not None:
        playing = replace(playing, drawn=chosen, line=any(LINE_NAME in track for track in chosen))

    def is_taken(track: Track) -> bool:
        return takes(track) and guard.lets(track) and (chosen is None or track.name in chosen)

    return play_again(song, span, playing, is_taken)


def _chords(task: Task) -> Done:
    """Chords that somebody wrote, under the same tune; the band follows them."""
    song, text = task.song, task.operation.chords or ""
    for span, guard in zip(task.spans, task.guards, strict=True):
        # In one bar several chords share it; else chords without bar lines are one to a bar.
        own = f"| {text} |" if span.n_bars == 1 and "|" not in text else text
        try:
            chart = parse_chart(own, "chords", song.sheet.key_at(span.start_bar))
        except InputError as failure:
            raise EditError(failure.message, failure.hint) from None
        symbols: dict[int, Chord | None] = {}
        for place, bar in enumerate(range(span.start_bar, span.end_bar)):
            line, meter = song.sheet.lines.tick_of(bar), song.sheet.lines.bars[bar].meter
            symbols |= {line + tick: chord for tick, chord in place_chords(chart[place % len(chart)], meter)}
        start, end = song.ticks(span)
        events = [ChordEvent(tick, chord) for tick, chord in sorted(symbols.items()) if chord is not None]
        sheet = splice_chords(song.sheet, start, end, events)
        rests = {*sheet.no_chords, *(tick for tick, chord in symbols.items() if chord is None)}
        song = Material(song.plan, replace(sheet, no_chords=tuple(sorted(rests))), song.score)

        def is_taken(track: Track, guard: Guard = guard) -> bool:
            return but_the_tune(track) and guard.lets(track)

        song = play_again(song, span, task.playing, is_taken)
    return Done(with_maps(song), task.locks)


def _how(task: Task, kept: set[str] | frozenset[str]) -> Refill:
    """How phrases are written again."""
    operation = task.operation
    name = f"take {operation.take}" if operation.take else f"{operation.what} {task.name}"
    keep = next((what for what in ("rhythm", "pitches") if what in kept), "")
    return Refill(name, operation.vary, fills=operation.what == "infill", keep=keep)


# --- how it is played -----------------------------------------------------------------------------------------------


def _intensity(task: Task) -> Done:
    """More or less of it: who plays, how busily, how loud; or how one player plays."""
    by = task.operation.intensity or 0.0
    if task.operation.bars is not None or task.operation.phrase is not None:
        return _dynamics(task, by)
    return _shaded(task, by) if task.operation.part is None else _busier(task, task.operation.part, by)


def _dynamics(task: Task, by: float) -> Done:
    """Everybody, or one player, louder or softer in some bars, with the same notes."""
    operation, song = task.operation, task.song
    who = None if operation.part in (None, "band") else who_is(song.score, operation.part or "")
    if who == HARMONY:
        raise EditError(f"{operation.said}: chords are everybody's; leave the part out, or name a player")
    for span, guard in zip(task.spans, task.guards, strict=True):

        def is_meant_there(track: Track, guard: Guard = guard) -> bool:
            is_of_band = operation.part != "band" or track.role != TUNE
            return guard.lets(track) and is_of_band and (who is None or is_meant(track, who))

        song = _audibly(song, song, span, is_meant_there, round(by * _LOUDER))
    pairs = zip(task.song.score.tracks, song.score.tracks, strict=True)
    if all(np.array_equal(old.notes, new.notes) for old, new in pairs):
        raise EditError(f"{operation.said}: nobody plays there who could be {'louder' if by > 0 else 'softer'}")
    return Done(song, task.locks)


def _busier(task: Task, part: str, by: float) -> Done:
    """Let a player, or the band, play as in a more or less intense section; nobody else hears of it."""
    operation, song = task.operation, task.song
    who = who_is(song.score, part)
    if who == HARMONY:
        raise EditError(f"{operation.said}: the chords stay; name a player, or the band")
    if who == TUNE:
        # The tune keeps its notes: it is louder, or softer.
        for span in task.spans:
            song = _audibly(song, song, span, lambda track: track.role == TUNE, round(by * _LOUDER))
        return Done(song, task.locks)
    plan = said_roles(song.plan)
    chosen = sections_in(plan, task.spans)

    def change(index: int, section: PlannedSection) -> PlannedSection:
        level = round(min(1.0, max(0.0, section.intensity + by)), 3)
        return section.model_copy(update={"intensity": level}) if index in chosen else section

    before, song = song, Material(map_sections(plan, change), song.sheet, song.score)
    for span, guard in zip(task.spans, task.guards, strict=True):

        def is_taken(track: Track, guard: Guard = guard) -> bool:
            return guard.lets(track) and is_meant(track, who)

        again = play_again(song, span, task.playing, is_taken)
        song = _audibly(song, again, span, is_taken, round(by * _LOUDER))
    if all(
        np.array_equal(old.notes, new.notes) for old, new in zip(before.score.tracks, song.score.tracks, strict=False)
    ):
        raise EditError(
            f"{operation.said}: {part} plays there as it would", "say a larger step, up to 1, or another take"
        )
    return Done(with_maps(Material(before.plan, song.sheet, song.score)), task.locks)


def _audibly(before: Material, after: Material, span: Span, who: Who, by: int) -> Material:
    """Let players be louder than they were, or softer, by so much velocity on average, where they are not yet."""
    start, end = (tick * after.scale for tick in after.ticks(span))
    until = end if span.end_bar < after.plan.n_bars else 1 << 30
    old = {track.name: track for track in before.score.tracks}
    tracks = []
    for track in after.score.tracks:
        chosen = inside(track.notes, start, until)
        was = old.get(track.name)
        own = was.notes[inside(was.notes, start, until)] if was is not None else track.notes[:0]
        if who(track) and chosen.any() and len(own):
            risen = float(track.notes["velocity"][chosen].mean()) - float(own["velocity"].mean())
            more = by - risen if (by - risen) * by > 0 else 0.0
            notes = track.notes.copy()
            louder = np.clip(np.rint(notes["velocity"].astype(float) + more), 1, 127)
            notes["velocity"] = np.where(chosen, louder, notes["velocity"]).astype(np.uint8)
            track = replace(track, notes=notes)
        tracks.append(track)
    return Material(after.plan, after.sheet, replace(after.score, tracks=tuple(tracks)))


def _shaded(task: Task, by: float, told: Sequence[str] = ()) -> Done:
    """Change the intensity of the sections in the spans; where that brings no more notes, somebody comes in."""
    chosen = sections_in(task.song.plan, task.spans)

    def change(index: int, section: PlannedSection) -> PlannedSection:
        if index not in chosen:
            return section
        level = round(min(1.0, max(0.0, section.intensity + by)), 3)
        return section.model_copy(update={"intensity": level, "roles": None})

    asked = said_roles(task.song.plan)
    plan = _roles_anew(asked, map_sections(asked, change), stays=by > 0)
    for index in chosen:
        was, now = task.song.plan.sections[index], plan.sections[index]
        told = [*told, f"{now.name}: intensity {was.intensity:g} to {now.intensity:g}"]
    done = played_again(task, Material(plan, task.song.sheet, task.song.score), task.spans, told)
    if by > 0:
        done = replace(done, song=_nobody_leaves(task.song, done.song, task.spans))
    if by <= 0 or _count_in(done.song, task.spans) > _FULLER * _count_in(task.song, task.spans):
        return done
    return _joined(task, done)


def _roles_anew(before: SongPlan, after: SongPlan, stays: bool = True) -> SongPlan:
    """Say who plays where a plan does not; who was sent away there by an edit does not come back with it.

    Parameters
    ----------
    before : SongPlan
        With everybody said; what differs from the usual was asked for.
    stays : bool
        Whether those whom an edit brought in stay too.
    """
    usual = said_roles(map_sections(before, lambda _, section: section.model_copy(update={"roles": None})))
    anew = said_roles(after)

    def change(index: int, section: PlannedSection) -> PlannedSection:
        if after.sections[index].roles is not None:
            return section
        had, would = before.sections[index].roles or (), usual.sections[index].roles or ()
        gone, come = set(would) - set(had), [role for role in had if stays and role not in would]
        roles = dict.fromkeys([*(role for role in section.roles or () if role not in gone), *come])
        return section.model_copy(update={"roles": tuple(roles)})

    return map_sections(anew, change)


def _nobody_leaves(before: Material, after: Material, spans: Sequence[Span]) -> Material:
    """Let who played in a span and would be silent there play what it played: more of it takes nobody away."""
    tracks = {track.name: track for track in after.score.tracks}
    for old in before.score.tracks:
        for span in spans:
            if not _sounds(before, [span], {old.name}) or _sounds(after, [span], {old.name}):
                continue
            start, end = (tick * before.scale for tick in before.ticks(span))
            until = end if span.end_bar < before.plan.n_bars else 1 << 30
            now = tracks.get(old.name, replace(old, notes=old.notes[:0]))
            notes = np.concatenate([now.notes, old.notes[inside(old.notes, start, until)]])
            tracks[old.name] = replace(now, notes=np.sort(notes, order=["onset_tick", "pitch"]))
    return Material(after.plan, after.sheet, replace(after.score, tracks=tuple(tracks.values())))


def _count_in(song: Material, spans: Sequence[Span]) -> int:
    """How many notes sound in some spans."""
    ticks = [tuple(tick * song.scale for tick in song.ticks(span)) for span in spans]
    return sum(int(inside(t.notes, start, end).sum()) for t in song.score.tracks for start, end in ticks)


def _joined(task: Task, done: Done) -> Done:
    """Let a player come in for whom a seat is free; where none is, those who play are busier."""
    plan = done.song.plan
    named = plan.band or ("band",)
    seated = set(choose_band(style_of(plan), plan.band, 1.0).style.instruments.values())
    for name in _FILLING_UP:
        band = choose_band(style_of(plan), (*named, name), 1.0).style.instruments.values()
        if not (seated < set(band)):
            continue
        song, line = _with(task, done.song, name)
        return replace(done, song=with_maps(song), told=(*done.told, line))
    busier = touches.fuller(replace(task, song=done.song), _FULLER_BAND)
    return replace(busier, told=(*done.told, *busier.told))


def _style(task: Task) -> Done:
    """The band in another style; the tune and its chords stay."""
    name = task.operation.style or ""
    plan = task.song.plan
    meters = load_style(name).meters
    if str(plan.meter) not in meters:
        raise EditError(
            f"{task.operation.said}: {name} is played in {' or '.join(meters)}, this song is in {plan.meter}",
            f"change the meter first, which writes the song anew: play it in {meters[0]}, then make it a {name}",
        )
    style = load_style(name)
    bare = [section.model_copy(update={"roles": None}) for section in plan.sections]
    changed = plan.model_copy(update={"style": name, "genre": style.genre, "sections": tuple(bare), "swing": None})
    low, high = style.tempo_qpm
    told = [] if low <= plan.tempo_qpm <= high else [
        f"{name} is usually played at {low:g} to {high:g} quarters a minute; this song has {plan.tempo_qpm:g}"
    ]  # fmt: skip
    song = Material(_roles_anew(said_roles(plan), changed), task.song.sheet, task.song.score)
    return played_again(task, song, task.spans, told)


def _swing(task: Task) -> Done:
    """Move the off-beats: every note's place in its quarter, from the old swing to the new."""
    from symbolic_music.performing.manner import PerformOptions, choose_manner

    plan, song = task.song.plan, task.song
    old = choose_manner(plan, PerformOptions()).swing if not task.playing.straight else 0.5
    changed = plan.model_copy(update={"swing": task.operation.swing})
    new = choose_manner(changed, PerformOptions()).swing
    quarter = song.score.tpq

    bars = np.array([(bar.start, bar.end) for bar in song.sheet.lines.bars]) * song.scale

    def warp(ticks: np.ndarray) -> np.ndarray:
        # Quarters are counted from the bar line: a bar of 7/8 ends between two, with an eighth that has no second.
        line, until = bars[np.maximum(np.searchsorted(bars[:, 0], ticks, side="right") - 1, 0)].T
        is_half = (ticks - line) // quarter * quarter + quarter > until - line
        whole, part = np.divmod((ticks - line).astype(float), quarter)
        edges = [0, old * quarter, quarter], [0, new * quarter, quarter]
        swung = np.where(is_half, part, np.interp(part, *edges))
        return np.rint(line + whole * quarter + swung).astype(np.int64)

    tracks = []
    for track in song.score.tracks:
        if not task.guards[0].lets(track):
            tracks.append(track)
            continue
        notes = track.notes.copy()
        ends = warp(notes["onset_tick"].astype(np.int64) + notes["duration_tick"])
        notes["onset_tick"] = warp(notes["onset_tick"])
        notes["duration_tick"] = np.maximum(1, ends - notes["onset_tick"])
        tracks.append(replace(track, notes=np.sort(notes, order=["onset_tick", "pitch"])))
    told = f"the off-beat eighth moves from {old:.3g} to {new:.3g} of the quarter"
    return Done(Material(changed, song.sheet, replace(song.score, tracks=tuple(tracks))), task.locks, (told,))


def _tempo(task: Task) -> Done:
    """Another tempo, of the song or of some sections; every note keeps its place in the bars."""
    song, plan, operation = task.song, task.song.plan, task.operation
    chosen = sections_in(plan, task.spans)
    first = plan.tempo_of(plan.sections[chosen[0]])
    ratio = operation.faster or (operation.tempo_qpm or first) / first
    whole = _is_whole(task)

    def asked(qpm: float) -> float:
        # A tempo that is said is all sections'; a share keeps what is between them.
        return operation.tempo_qpm or round(qpm * ratio, 1)

    wrong = next(
        (qpm for index in chosen if not 30 <= (qpm := asked(plan.tempo_of(plan.sections[index]))) <= 260), None
    )
    if wrong is not None:
        raise EditError(f"{operation.said}: {wrong:g} quarters a minute; use 30 to 260")

    def change(index: int, section: PlannedSection) -> PlannedSection:
        own = section.tempo_qpm
        if whole and (own is None or operation.tempo_qpm is not None):
            return section.model_copy(update={"tempo_qpm": None})
        said = asked(plan.tempo_of(section)) if index in chosen else own
        return section.model_copy(update={"tempo_qpm": said})

    after = map_sections(plan.model_copy(update={"tempo_qpm": asked(plan.tempo_qpm)}) if whole else plan, change)
    blocks = [
        replace(block, tempos=_at_other_tempo(block.tempos, plan.tempo_of(block.section), after.tempo_of(section)))
        for block, section in zip(cut_sections(song), after.sections, strict=True)
    ]
    tempos = join_sections(Material(after, song.sheet, song.score), blocks).score.tempos
    made = Material(after, song.sheet, replace(song.score, tempos=tempos))
    return Done(with_maps(made), task.locks, tuple(_tempos_told(plan, after)))


def _tempos_told(before: SongPlan, after: SongPlan) -> list[str]:
    """Which sections have another tempo, those alike together; no names where it is all of them."""
    changes: dict[str, list[str]] = {}
    for section, other in zip(before.sections, after.sections, strict=True):
        old, new = before.tempo_of(section), after.tempo_of(other)
        if old != new:
            changes.setdefault(f"{old:g} to {new:g} quarters a minute", []).append(section.name)
    if [len(names) for names in changes.values()] == [len(before.sections)]:
        return list(changes)
    return [f"{', '.join(names)}: {change}" for change, names in changes.items()]


def _at_other_tempo(tempos: Sequence[tuple[int, float]], old: float, new: float) -> tuple[tuple[int, float], ...]:
    """A section's tempos by the ratio of its planned ones."""
    return tuple((tick, qpm if old == new else round(qpm * new / old, 2)) for tick, qpm in tempos)


def _meter(task: Task) -> Done:
    """The whole song, or some sections, written anew in another meter."""
    plan, meter = task.song.plan, parse_meter(task.operation.meter or "")
    chosen = sections_in(plan, task.spans)
    old = {slot.meter for slot in slots_of(plan) if any(_covers(span, slot.start_bar) for span in task.spans)}
    if old == {meter}:
        where = "the song" if _is_whole(task) else task.operation.section
        raise EditError(f"{where} is in {meter} already")
    style = plan.style
    if style is not None and _is_whole(task) and str(meter) not in load_style(style).meters:
        style = None

    def change(index: int, section: PlannedSection) -> PlannedSection:
        if index not in chosen:
            return section
        phrases = tuple(phrase.model_copy(update={"meter": None}) for phrase in section.phrases)
        own = None if _is_whole(task) or meter == plan.meter else meter
        return section.model_copy(
            update={"meter": own, "roles": None if _is_whole(task) else section.roles, "phrases": phrases}
        )

    told = () if style == plan.style else (f"{plan.style} is not played in {meter}; the band plays as its genre does",)
    if _is_whole(task):
        sections = [change(index, section) for index, section in enumerate(plan.sections)]
        changed = with_sections(plan.model_copy(update={"meter": meter, "style": style}), sections)
        return Done(_compose_all(_roles_anew(said_roles(plan), changed), task), task.locks, told)
    apart = plan
    for span in task.spans:
        apart = detached(apart, span)
    blocks = cut_sections(Material(apart, task.song.sheet, task.song.score))
    emptied = [
        _emptied(block, change(index, block.section), meter) if index in chosen else block
        for index, block in enumerate(blocks)
    ]
    song = join_sections(Material(apart, task.song.sheet, task.song.score), emptied)
    for index in chosen:
        song = _filled(task, Material(said_roles(song.plan), song.sheet, song.score), index, goes_on=False)
    return Done(with_maps(song), task.locks, told)


def _covers(span: Span, bar: int) -> bool:
    """Whether a bar lies in a span."""
    return span.start_bar <= bar < span.end_bar


def _compose_all(plan: SongPlan, task: Task) -> Material:
    """Compose, arrange and perform a plan."""
    from symbolic_music.arranging import arrange
    from symbolic_music.performing import PerformOptions, perform

    sheet = compose(plan, ComposeOptions())
    options = PerformOptions(humanize=task.playing.humanize, straight=task.playing.straight)
    return with_maps(Material(plan, sheet, perform(arrange(sheet, plan), plan, options)))


# --- who plays ------------------------------------------------------------------------------------------------------


def _band(task: Task) -> Done:
    """Players come in and go, in the whole song or in some sections; everybody else plays on as before."""
    alone = _ONLY.fullmatch(task.operation.band or "")
    if alone is not None:
        return _alone(task, [name.strip() for name in re.split(r",|\band\b", alone[1]) if name.strip()])
    come, go, whole = read_changes(task.operation.band or "")
    if whole:
        return _other_band(task, whole)
    song, told = task.song, []
    for name in go:
        song, line = _without(task, song, name)
        told.append(line)
    for name in come:
        song, line = _with(task, song, name)
        told.append(line)
    return Done(with_maps(song), task.locks, tuple(told))


def _alone(task: Task, names: list[str]) -> Done:
    """Some players play, and nobody else; who is named and was silent comes in, and plays as one who is alone."""
    song, told = task.song, list[str]()
    came: set[str] = set()
    for name in names:
        if not _sounds(song, task.spans, _tracks_called(song, name)) and not _is_tune(song, name):
            song, line = _with(task, song, name)
            came |= _tracks_called(song, name)
            told.append(line)
    kept = set().union(*(_tracks_called(song, name) for name in names))
    rest = [t.name for t in song.score.tracks if t.name not in kept and _sounds(song, task.spans, {t.name})]
    for name in rest:
        song, line = _without(task, song, name)
        told.append(line)
    for span in task.spans if came and rest else ():
        song = play_again(song, span, replace(task.playing, line=False), lambda track: track.name in came)
    if not told:
        raise EditError(f"{task.operation.said}: nobody else plays there")
    return Done(with_maps(song), task.locks, tuple(told))


def _is_tune(song: Material, name: str) -> bool:
    """Whether a name is the tune's; where that is silent, nobody sings."""
    try:
        return who_is(song.score, name) == TUNE
    except EditError:
        return False


def _tracks_called(song: Material, name: str) -> set[str]:
    """The tracks of a player's name; none if nobody is called so."""
    try:
        meant = who_is(song.score, name)
    except EditError:
        return set()
    return {track.name for track in song.score.tracks if is_meant(track, meant)}


def _sounds(song: Material, spans: Sequence[Span], names: set[str]) -> bool:
    """Whether any of some tracks has a note in the spans."""
    ticks = [tuple(tick * song.scale for tick in song.ticks(span)) for span in spans]
    tracks = [track for track in song.score.tracks if track.name in names]
    return any(inside(track.notes, start, end).any() for track in tracks for start, end in ticks)


def read_changes(text: str) -> tuple[list[str], list[str], list[str]]:
    """Read who comes and goes: ``"+cello -drums"``, or a whole band, ``"piano, bass"``.

    Returns
    -------
    tuple of lists
        Who comes in, who goes, and the whole band if it is that.

    Raises
    ------
    EditError
        If nobody is named.

    Examples
    --------
    >>> read_changes("+cello -drums"), read_changes("piano, upright bass")
    ((['cello'], ['drums'], []), ([], [], ['piano', 'upright bass']))
    """
    parts = re.findall(r"(?:^|(?<=[\s,]))([+-])\s*([^+,]+?)(?=\s*,|\s+[+-]|\s*$)", text)
    come, go = [n for sign, n in parts if sign == "+"], [n for sign, n in parts if sign == "-"]
    whole = [] if parts else [name.strip() for name in text.split(",") if name.strip(" +-")]
    if not (come or go or whole):
        raise EditError(f"band {text!r} names nobody; write +cello -drums, or a whole band: piano, upright bass")
    if come or whole:
        # Who goes is looked for among those who play.
        read_band([*come, *whole])
    return come, go, whole


def _other_band(task: Task, names: list[str]) -> Done:
    """Another band for the whole song."""
    if task.operation.section or task.operation.bars or task.operation.phrase:
        raise EditError(f"{task.operation.said}: a whole band is the song's; for a section say +player -player")
    bare = [section.model_copy(update={"roles": None}) for section in task.song.plan.sections]
    plan = task.song.plan.model_copy(update={"band": tuple(names), "sections": tuple(bare)})
    return played_again(task, Material(said_roles(plan), task.song.sheet, task.song.score), task.spans)


def _is_whole(task: Task) -> bool:
    """Whether the operation is on the whole song."""
    return task.spans == (Span(0, task.song.plan.n_bars),)


def _without(task: Task, song: Material, name: str) -> tuple[Material, str]:
    """Let a player rest in the spans."""
    meant = who_is(song.score, name)
    tracks = [track for track in song.score.tracks if is_meant(track, meant)]
    refused = next((track for track in tracks for guard in task.guards if not guard.lets(track)), None)
    if refused is not None:
        raise EditError(f"{task.operation.said}: {refused.name} is locked", "unlock it first")
    if not tracks:
        raise EditError(f"{task.operation.said}: {name} is no player; name a track or an instrument")
    quieter = []
    for track in song.score.tracks:
        if track in tracks:
            for span in task.spans:
                start, end = (tick * song.scale for tick in song.ticks(span))
                until = end if span.end_bar < song.plan.n_bars else 1 << 30
                track = replace(track, notes=track.notes[~inside(track.notes, start, until)])
        quieter.append(track)
    kept = tuple(track for track in quieter if len(track.notes))
    if not kept:
        raise EditError(f"{task.operation.said}: nobody would be left to play")
    plan = _roles_heard(said_roles(song.plan), kept, song, task.spans, {track.role for track in tracks})
    if _is_whole(task):
        plan = plan.model_copy(update={"band": _band_without(plan, name)})
    sheet = song.sheet
    if TUNE in {track.role for track in tracks}:
        plan, sheet = _unsung(plan, task.spans), sheet
        for span in task.spans:
            start, end = song.ticks(span)
            rows = [row for row in rows_of(sheet.melody) if not start <= row[0] < end]
            words = tuple(word for word in sheet.lyrics if not start <= word.tick < end)
            sheet = replace(sheet, melody=make_notes(rows), lyrics=words)
    names = ", ".join(track.name for track in tracks)
    return Material(plan, sheet, replace(song.score, tracks=kept)), f"{names} rests"


def _unsung(plan: SongPlan, spans: Sequence[Span]) -> SongPlan:
    """Phrases that lie in the spans are not sung."""
    silent = {
        slot.phrase.name
        for slot in slots_of(plan)
        if any(s.start_bar <= slot.start_bar and slot.start_bar + slot.phrase.n_bars <= s.end_bar for s in spans)
    }
    return map_sections(plan, lambda _, section: section.model_copy(update={"phrases": tuple(
        phrase.model_copy(update={"sung": phrase.sung and phrase.name not in silent}) for phrase in section.phrases
    )}))  # fmt: skip


def _roles_heard(
    plan: SongPlan, tracks: Sequence[Track], song: Material, spans: Sequence[Span], roles: set[str]
) -> SongPlan:
    """Take roles out of sections in which nobody has them any more."""
    chosen = sections_in(plan, tuple(spans))

    def change(index: int, section: PlannedSection) -> PlannedSection:
        if index not in chosen:
            return section
        start, end = (tick * song.scale for tick in song.ticks(section_span(plan, index)))
        heard = {track.role for track in tracks if inside(track.notes, start, end).any()}
        gone = {role for role in roles if role not in heard}
        return section.model_copy(update={"roles": tuple(r for r in section.roles or () if r not in gone)})

    return map_sections(plan, change)


def _band_without(plan: SongPlan, name: str) -> tuple[str, ...]:
    """A plan's list of players without one; a line or a double is no player of its own."""
    named = list(plan.band or ("band",))
    try:
        parse_player(name)
    except NotationError:
        return tuple(named)
    if name in named and len(named) > 1:
        return tuple(other for other in named if other != name)
    return (*named, f"no {name}")


def _with(task: Task, song: Material, name: str) -> tuple[Material, str]:
    """Let a player come in where it does not play, new to the band or back from its rest."""
    player = parse_player(name)
    if player.role == TUNE:
        return _with_lead(task, song, name, player.instrument)
    plan = said_roles(song.plan)
    refused = f"no {name}"
    if player.role is None and seats_of(player)[0] == TUNE:
        # Who comes in does not take the tune from who has it.
        name = f"{name} countermelody"
    named = tuple(other for other in (plan.band or ("band",)) if other != refused)
    old = choose_band(style_of(plan), plan.band, 1.0)
    is_there = any(_same_player(old.style.instruments[part], name) for part in old.style.band)
    other = named if is_there or refused in (plan.band or ()) else (*named, name)
    wider = plan.model_copy(update={"band": None if other == ("band",) else other})
    band = choose_band(style_of(wider), wider.band, 1.0)
    parts = [part for part in band.style.band if _same_player(band.style.instruments[part], name)]
    roles = {ROLE_OF_PART[part] for part in parts}
    chosen = sections_in(plan, task.spans)

    def change(index: int, section: PlannedSection) -> PlannedSection:
        if index not in chosen:
            return section
        return section.model_copy(update={"roles": tuple(dict.fromkeys((*(section.roles or ()), *sorted(roles))))})

    wider = map_sections(wider, change)
    before = Material(wider, song.sheet, song.score)
    played = {track.name for track in song.score.tracks}
    for span in task.spans:
        silent = _silent_in(before, span)
        before = play_again(before, span, task.playing, _comes_in(silent, played, name))
    if _note_counts(before) == _note_counts(song):
        raise EditError(
            f"{task.operation.said}: {name} finds nothing to play there",
            "it plays already, or the style has no seat for it",
        )
    return before, f"{name} comes in"


def _with_lead(task: Task, song: Material, name: str, instrument: Instrument) -> tuple[Material, str]:
    """Give the tune to another player, by octaves into its range."""
    if not _is_whole(task):
        raise EditError(f"{task.operation.said}: who has the tune has it in the whole song; leave the place out")
    tracks = []
    for track in song.score.tracks:
        if track.role == TUNE and len(track.notes):
            pitches = track.notes["pitch"].astype(int)
            shifts = sorted((-24, -12, 0, 12, 24), key=abs)
            shift = min(
                shifts, key=lambda by: int(((pitches + by < instrument.low) | (pitches + by > instrument.high)).sum())
            )
            notes = track.notes.copy()
            notes["pitch"] = np.clip(pitches + shift, 0, 127).astype(np.uint8)
            track = replace(track, program=instrument.program, notes=notes)
        tracks.append(track)
    plan = song.plan.model_copy(update={"band": (*(song.plan.band or ("band",)), name)})
    return Material(plan, song.sheet, replace(song.score, tracks=tuple(tracks))), f"{name} has the tune"


def _same_player(instrument: Instrument, name: str) -> bool:
    """Whether an instrument is the one that a name means."""
    wanted = parse_player(name).instrument
    is_bass = wanted.program in (*range(32, 40), 43)
    return are_alike(instrument, wanted) or (is_bass and instrument.program in (*range(32, 40), 43))


def _plays(track: Track, name: str) -> bool:
    """Whether a track is played by the player of a name."""
    wanted = parse_player(name).instrument
    if wanted.is_drum or track.is_drum:
        return wanted.is_drum and track.is_drum
    return _same_player(Instrument("", track.program, False, 0, 127), name) and track.role != TUNE


def _comes_in(silent: set[str], played: set[str], name: str) -> Who:
    """Take the tracks of a player where it was silent, or was not there."""

    def is_taken(track: Track) -> bool:
        return (track.name in silent or track.name not in played) and _plays(track, name)

    return is_taken


def _silent_in(song: Material, span: Span) -> set[str]:
    """Tracks that play in less than half of a span's bars."""
    start, end = (tick * song.scale for tick in song.ticks(span))
    bar_at = song.sheet.lines.bar_at
    return {
        track.name
        for track in song.score.tracks
        if 2
        * len({bar_at(on // song.scale) for on in track.notes["onset_tick"][inside(track.notes, start, end)].tolist()})
        < span.n_bars
    }


def _note_counts(song: Material) -> dict[str, int]:
    """How many notes each track has."""
    return {track.name: len(track.notes) for track in song.score.tracks}


# --- keys -----------------------------------------------------------------------------------------------------------


def _transpose(task: Task) -> Done:
    """Move everything but the drums by semitones."""
    operation, song = task.operation, task.song
    told: list[str] = []
    for span in task.spans:
        by = operation.transpose if operation.transpose is not None else _steps_to(song.plan, span, operation)
        if by == 0:
            raise EditError(f"{operation.said}: it is there already")
        song = _moved(song, span, by, operation, told)
    return Done(with_maps(song), task.locks, tuple(told))


def _steps_to(plan: SongPlan, span: Span, operation: Operation) -> int:
    """The shortest way from a span's key to another."""
    here = plan.sections[sections_in(plan, (span,))[0]].key
    asked = operation.key or ""
    there = parse_key(asked if " " in asked else f"{asked} {here.mode}")
    if here.mode != there.mode:
        raise EditError(f"{operation.said}: the key here is {here}", f"use a {here.mode} key, or colour for the mode")
    steps = (there.tonic_pitch_class - here.tonic_pitch_class) % 12
    return steps - 12 if steps > 6 else steps


def _moved(song: Material, span: Span, by: int, operation: Operation, told: list[str]) -> Material:
    """Move a span by semitones: tune, chords, players, and the key of sections that lie in it; or one part alone.

    Players whose instrument ends there play an octave lower or higher.
    """
    start, end = song.ticks(span)
    who = None if operation.part is None else who_is(song.score, operation.part)
    if who == HARMONY:
        raise EditError(f"{operation.said}: chords move with everybody; leave the part out")
    tracks = []
    until = end * song.scale if span.end_bar < song.plan.n_bars else 1 << 30
    for track in song.score.tracks:
        chosen = inside(track.notes, start * song.scale, until)
        if track.is_drum or not chosen.any() or not (who is None or is_meant(track, who)):
            tracks.append(track)
            continue
        pitches = track.notes["pitch"].astype(int)
        lowest, highest = int(pitches[chosen].min()) + by, int(pitches[chosen].max()) + by
        if lowest < 0 or highest > 127:
            raise EditError(f"{operation.said}: {track.name} would leave what MIDI can hold; move it by less")
        played = instrument_of_program(track.program)
        if who is not None and not played.low <= lowest <= highest <= played.high:
            raise EditError(
                f"{operation.said}: {track.name} would play {lowest} to {highest}; {played.name} has {played.low} to"
                f" {played.high}", "move it by less, or the other way",
            )  # fmt: skip
        was_played = played.low <= pitches[chosen].min() and pitches[chosen].max() <= played.high
        own = track.notes[chosen]
        own["pitch"] = pitches[chosen] + by
        own = in_reach(own, track.program) if was_played else own
        notes = np.concatenate([track.notes[~chosen], own])
        tracks.append(replace(track, notes=np.sort(notes, order=["onset_tick", "pitch"])))
    has_tune = who is None or any(track.role == TUNE and is_meant(track, who) for track in song.score.tracks)
    rows = [(on, n, p + by if has_tune and start <= on < end else p, v) for on, n, p, v in rows_of(song.sheet.melody)]
    if any(not 0 <= row[2] <= 127 for row in rows):
        raise EditError(f"{operation.said}: the tune would leave what MIDI can hold; move it by less")
    sheet = replace(song.sheet, melody=make_notes(rows))
    if who is not None:
        return Material(song.plan, sheet, replace(song.score, tracks=tuple(tracks)))
    chords = chords_in(song, start, end)
    sheet = splice_chords(sheet, start, end, [ChordEvent(tick, chord.transpose(by)) for tick, chord in chords])

    def change(index: int, section: PlannedSection) -> PlannedSection:
        own = section_span(song.plan, index)
        if not (span.start_bar <= own.start_bar and own.end_bar <= span.end_bar):
            return section
        key = section.key
        moved_key = key_beside((key.tonic_pitch_class + by) % 12, key.mode, key)
        if operation.key is not None:
            # As it was written, if it is that one.
            named = Key(parse_key(operation.key).tonic, key.mode)
            moved_key = named if named.tonic_pitch_class == moved_key.tonic_pitch_class else moved_key
        told.append(f"{section.name}: {key} to {moved_key}")
        return section.model_copy(update={"key": moved_key})

    plan = map_sections(song.plan, change)
    return Material(plan, sheet, replace(song.score, tracks=tuple(tracks)))


def _colour(task: Task) -> Done:
    """To the parallel minor or major, tune and chords tone by tone; the band plays them anew."""
    mode = "minor" if task.operation.colour == "darker" else "major"
    plan = task.song.plan
    chosen = [index for index in sections_in(plan, task.spans) if plan.sections[index].key.mode != mode]
    if not chosen:
        by = -SHADE if mode == "minor" else SHADE
        return _shaded(task, by, [f"it is in {mode} already, so it is played {'softer' if by < 0 else 'brighter'}"])
    song, told = task.song, []
    for index in chosen:
        song, line = _in_mode(song, index, mode)
        told.append(line)
    spans = join_spans([section_span(plan, index) for index in chosen])
    return played_again(task, song, spans, told)


def _in_mode(song: Material, index: int, mode: str) -> tuple[Material, str]:
    """One section in the parallel mode."""
    section = song.plan.sections[index]
    old, tonic = section.key, section.key.tonic_pitch_class
    start, end = song.ticks(section_span(song.plan, index))
    chords = chords_in(song, start, end)

    def tone(pitch: int, is_dominant: bool) -> int:
        step = (pitch - tonic) % 12
        if is_dominant and step in (_LEADING, 10):
            return pitch
        return pitch + _PARALLEL[mode].get(step, step) - step

    def is_dominant(chord: Chord | None) -> bool:
        return chord is not None and (chord.root - tonic) % 12 == _DOMINANT

    def changed(chord: Chord) -> Chord:
        dominant = is_dominant(chord)
        root = tone(chord.root, dominant) % 12
        tones = frozenset((tone(pitch, dominant) - root) % 12 for pitch in chord.pitch_classes)
        return Chord(root, quality_of(tones), tone(chord.bass, dominant) % 12)

    # What leads into the next section is heard in that one's mode.
    until = end - lead_in(song.sheet, end)
    rows = [
        (on, n, tone(p, is_dominant(song.sheet.chord_at(on))) if start <= on < until else p, v)
        for on, n, p, v in rows_of(song.sheet.melody)
    ]
    sheet = replace(song.sheet, melody=make_notes(rows))
    sheet = splice_chords(sheet, start, end, [ChordEvent(tick, changed(chord)) for tick, chord in chords])
    key = key_of(tonic, mode)
    plan = detached(song.plan, section_span(song.plan, index))
    plan = map_sections(plan, lambda i, own: own.model_copy(update={"key": key}) if i == index else own)
    return Material(plan, sheet, song.score), f"{section.name}: {old} to {key}"


# --- the form -------------------------------------------------------------------------------------------------------


def _formed(task: Task, song: Material, blocks: Sequence[Block], told: Sequence[str] = ()) -> Done:
    """Join blocks, number the sections, and let the locks follow their sections."""
    joined = join_sections(song, blocks)
    plan, names = numbered(joined.plan)
    exact = {section.name.lower(): section.name for section in task.song.plan.sections}
    locks = []
    for lock in task.locks:
        if lock.section is not None:
            own = [task.song.plan.sections[i].name for i in find_sections(task.song.plan, lock.section)]
            lock = lock.model_copy(update={"section": ", ".join(names.get(exact.get(n.lower(), n), n) for n in own)})
        locks.append(lock)
    return Done(with_maps(Material(plan, joined.sheet, joined.score)), tuple(locks), tuple(told))


def _remove(task: Task) -> Done:
    """Take sections out."""
    gone = set(sections_in(task.song.plan, task.spans))
    blocks = [block for index, block in enumerate(cut_sections(task.song)) if index not in gone]
    if not blocks:
        raise EditError(f"{task.operation.said}: a song needs a section; the last one cannot be taken out")
    return _formed(task, task.song, _settled(blocks))


def _settled(blocks: Sequence[Block]) -> list[Block]:
    """Phrases whose source is gone or comes later are new ones."""
    known: set[str] = set()
    settled = []
    for block in blocks:
        phrases = []
        for phrase in block.section.phrases:
            if phrase.source is not None and phrase.source not in known:
                phrase = phrase.model_copy(update={"source": None, "relation": "new"})
            known.add(phrase.name)
            phrases.append(phrase)
        section = block.section.model_copy(update={"phrases": tuple(phrases)})
        settled.append(replace(block, section=section))
    return settled


def _duplicate(task: Task) -> Done:
    """Play sections again, after themselves or where it is said."""
    blocks = cut_sections(task.song)
    chosen = sections_in(task.song.plan, task.spans)
    _check_touching(task, chosen)
    taken = _all_names(task.song.plan)
    copies = [replace(blocks[i], section=copy_of(blocks[i].section, taken)) for i in chosen]
    place = _place(task, chosen[-1] + 1)
    return _formed(task, task.song, _settled([*blocks[:place], *copies, *blocks[place:]]))


def _all_names(plan: SongPlan) -> set[str]:
    """Names of sections and phrases."""
    return {s.name for s in plan.sections} | {p.name for s in plan.sections for p in s.phrases}


def _check_touching(task: Task, chosen: Sequence[int]) -> None:
    """Refuse several sections that do not follow each other."""
    if len(task.spans) > 1:
        names = ", ".join(task.song.plan.sections[index].name for index in chosen)
        raise EditError(f"{task.operation.said}: this names {names}; name one, or some that follow each other")


def _move(task: Task) -> Done:
    """Move sections to another place."""
    if task.operation.before is None and task.operation.after is None:
        raise EditError(f"{task.operation.said}: say where to, with before or after")
    blocks = cut_sections(task.song)
    chosen = sections_in(task.song.plan, task.spans)
    _check_touching(task, chosen)
    place = _place(task, 0)
    taken = [blocks[index] for index in chosen]
    before = [block for index, block in enumerate(blocks[:place]) if index not in chosen]
    after = [block for index, block in enumerate(blocks) if index >= place and index not in chosen]
    order = [*before, *taken, *after]
    if [b.section.name for b in order] == [b.section.name for b in blocks]:
        raise EditError(f"{task.operation.said}: it is there already")
    return _formed(task, task.song, _settled(order))


def _swap(task: Task) -> Done:
    """Let two sections change places."""
    plan = task.song.plan
    ours, theirs = sections_in(plan, task.spans), find_sections(plan, task.operation.swap or "")
    if len(ours) != 1 or len(theirs) != 1 or ours == theirs:
        raise EditError(f"{task.operation.said}: two sections change places; name one and another one")
    blocks = cut_sections(task.song)
    one, other = ours[0], theirs[0]
    blocks[one], blocks[other] = blocks[other], blocks[one]
    return _formed(task, task.song, _settled(blocks))


def _place(task: Task, otherwise: int) -> int:
    """Where something is put, as the index of the section that follows it."""
    operation, plan = task.operation, task.song.plan
    if operation.after is not None and operation.after.strip().lower() in ("end", "the end"):
        return len(plan.sections)
    if operation.after is not None and operation.after.strip().lower() in ("start", "the start", "beginning"):
        return 0
    if operation.after is not None:
        return find_sections(plan, operation.after)[-1] + 1
    if operation.before is not None:
        return find_sections(plan, operation.before)[0]
    return otherwise


def _insert(task: Task) -> Done:
    """Write a new section and put it in."""
    kind, n_bars = read_inserted(task.operation.insert or "")
    plan = task.song.plan
    chosen = sections_in(plan, task.spans)
    where = _usual_place(plan, kind) if _is_whole(task) else chosen[-1] + 1
    places = _each_place(task) or [_place(task, where)]
    done = _written_in(task, kind, n_bars, places[0])
    for number, place in enumerate(places[1:], start=1):
        # The same again at the others, as songs have it.
        blocks = cut_sections(done.song)
        copied = copy_of(blocks[places[0]].section, _all_names(done.song.plan))
        blocks.insert(place + number, replace(blocks[places[0]], section=copied))
        made = _formed(replace(task, song=done.song, locks=done.locks), done.song, _settled(blocks))
        done = replace(made, told=(*done.told, f"{made.song.plan.sections[place + number].name}: the same again"))
    return done


def _usual_place(plan: SongPlan, kind: str) -> int:
    """Where a new section comes if it is not said: an intro first, an outro last, others before the song's outro."""
    if kind == "intro":
        return 0
    return len(plan.sections) - (plan.sections[-1].kind == "outro" and kind != "outro")


def _each_place(task: Task) -> list[int]:
    """Where something is put beside each of several sections: "before each chorus"."""
    operation, plan = task.operation, task.song.plan
    beside = operation.before or operation.after or ""
    if re.match(r"\s*(?:each|every|all|both)\b", beside) is None:
        return []
    return [index + (operation.before is None) for index in find_sections(plan, beside)]


def _continue(task: Task) -> Done:
    """Go on after a place, with a section of the same kind."""
    plan = task.song.plan
    chosen = sections_in(plan, task.spans)
    index = chosen[-1]
    return _written_in(task, plan.sections[index].kind, task.operation.continue_bars or 8, index + 1)


def _written_in(task: Task, kind: str, n_bars: int, place: int) -> Done:
    """Put in an empty section at a place, and write tune, chords and band into it."""
    song = task.song
    neighbour = song.plan.sections[max(0, place - 1)]
    like = song.plan.sections[min(place, len(song.plan.sections) - 1)] if neighbour.kind == "intro" else neighbour
    section = new_section(song.plan, kind, n_bars, like, sung=kind not in UNSUNG)
    empty = _empty(section.model_copy(update={"roles": None}), song.plan.meter_of(section), ())
    blocks = cut_sections(song)
    empty = replace(empty, tempos=((0, song.plan.tempo_of(section)),))
    made = _formed(task, song, _settled([*blocks[:place], empty, *blocks[place:]]))
    joined = Material(said_roles(made.song.plan), made.song.sheet, made.song.score)
    song = _filled(task, joined, place, goes_on=place > 0)
    return Done(with_maps(song), made.locks, (f"{joined.plan.sections[place].name}: {n_bars} bars are new",))


def _empty(section: PlannedSection, meter: Meter, tempos: tuple[tuple[int, float], ...]) -> Block:
    """A section in which nobody plays; the tonic stands there until its chords are written."""
    tonic = section.key.tonic_pitch_class
    chord = Chord(tonic, "maj" if section.key.mode == "major" else "min", tonic)
    return Block(section, (), ((0, chord),), True, (), {}, {}, tempos, section.n_bars * meter.bar_ticks)


def _emptied(block: Block, section: PlannedSection, meter: Meter) -> Block:
    """A section in another meter in which nobody plays yet; what leads into it lies before it and stays."""
    empty = _empty(section, meter, block.tempos[:1])
    tune = tuple((on, min(length, -on), pitch, velocity) for on, length, pitch, velocity in block.tune if on < 0)
    notes = {name: own[own["onset_tick"] < -EARLY] for name, own in block.notes.items()}
    lyrics = tuple(word for word in block.lyrics if word.tick < 0)
    return replace(empty, tune=tune, notes=notes, lyrics=lyrics, controls=block.controls)


def _filled(task: Task, song: Material, index: int, goes_on: bool) -> Material:
    """Write chords, tune and band into an empty section."""
    span = section_span(song.plan, index)
    how = Refill(f"{task.operation.what} {task.name}", goes_on=goes_on)
    slots = stretch_slots(song.plan, span)
    sheet = song.sheet
    given = given_harmony(song.plan, slots).symbols
    for slot in slots:
        if slot.phrase.name in given:
            sheet = with_symbols(sheet, slot, given[slot.phrase.name])
        else:
            sheet = refill_chords(song.plan, sheet, [slot], how, under=False)
    sheet = refill_tune(song.plan, sheet, slots, how)
    return play_again(Material(song.plan, sheet, song.score), span, task.playing)


def _length(task: Task) -> Done:
    """Make sections longer by playing their last bars again, or shorter by leaving out bars at their beginning."""
    done = Done(task.song, task.locks)
    told: list[str] = []
    for index in reversed(sections_in(task.song.plan, task.spans)):
        section = done.song.plan.sections[index]
        wanted = _wanted_bars(task.operation, section.n_bars)
        if wanted == section.n_bars:
            continue
        part = replace(task, song=done.song, locks=done.locks)
        done = _shorter(part, index, wanted) if wanted < section.n_bars else _longer(part, index, wanted)
        told.append(f"{section.name}: {section.n_bars} to {wanted} bars")
    if not told:
        raise EditError(f"{task.operation.said}: it is so long already")
    return replace(done, told=tuple(reversed(told)))


def _wanted_bars(operation: Operation, n_bars: int) -> int:
    """How long a section is to be."""
    if operation.longer is not None:
        if n_bars + operation.longer < 1:
            raise EditError(f"{operation.said}: the section has {n_bars} bars; leave one, or remove it")
        return n_bars + operation.longer
    return operation.length or max(1, round(n_bars * (operation.times or 1.0)))


def _shorter(task: Task, index: int, n_bars: int) -> Done:
    """Leave out bars: whole phrases if they add up, the first ones before the last, which has cadence and fill."""
    span = section_span(task.song.plan, index)
    parts = Material(split_at(task.song.plan, [span.end_bar - n_bars]), task.song.sheet, task.song.score)
    blocks = cut_sections(with_maps(parts))
    kept = blocks[index + 1]
    renamed = kept.section.model_copy(update={"name": task.song.plan.sections[index].name})
    return _formed(task, parts, _settled([*blocks[:index], replace(kept, section=renamed), *blocks[index + 2 :]]))


def _longer(task: Task, index: int, n_bars: int) -> Done:
    """Play bars of a section again after it, its last ones first, as often as is needed."""
    section, span = task.song.plan.sections[index], section_span(task.song.plan, index)
    extra = n_bars - section.n_bars
    whole, rest = divmod(extra, section.n_bars)
    parts = split_at(task.song.plan, [span.end_bar - rest] if rest else [])
    blocks = cut_sections(with_maps(Material(parts, task.song.sheet, task.song.score)))
    n_pieces = 2 if rest else 1
    own = blocks[index : index + n_pieces]
    added = [*(own * whole), *([own[-1]] if rest else [])]
    taken = _all_names(parts)
    copies = []
    for block in added:
        other = copy_of(block.section, taken)
        taken |= {other.name, *(phrase.name for phrase in other.phrases)}
        copies.append(replace(block, section=other))
    joined = join_sections(
        Material(parts, task.song.sheet, task.song.score),
        _settled([*blocks[:index], *own, *copies, *blocks[index + n_pieces :]]),
    )
    sections = list(joined.plan.sections)
    last = index + n_pieces + len(copies)
    merged = join_pieces(sections[index:last])
    plan = with_sections(joined.plan, [*sections[:index], merged, *sections[last:]])
    song = with_maps(Material(plan, joined.sheet, joined.score))
    return _formed(task, song, _settled(cut_sections(song)))


_OPERATIONS: dict[str, Callable[[Task], Done]] = {
    "take": _rewrite, "infill": _rewrite, "vary": _rewrite, "reharmonize": _rewrite, "chords": _chords,
    "continue_bars": _continue,
    "style": _style, "band": _band, "transpose": _transpose, "key": _transpose, "tempo_qpm": _tempo, "faster": _tempo,
    "meter": _meter, "intensity": _intensity, "colour": _colour, "swing": _swing, "insert": _insert, "remove": _remove,
    "duplicate": _duplicate, "move": _move, "swap": _swap, "length": _length, "times": _length,
    "longer": _length, "tune": touches.tune, "harmony": touches.harmony, "resolve": touches.resolve,
    "fade": touches.fade, "notes": touches.notes, "like": touches.alike,
}  # fmt: skip
