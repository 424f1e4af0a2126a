"""How a section is played: intensity, style, swing, tempo, meter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from symbolic_music.errors import EditError
from symbolic_music.filling.compose import ComposeOptions, compose
from symbolic_music.pipeline import touches
from symbolic_music.pipeline.excerpts import (
    Who,
    play_again,
    said_roles,
)
from symbolic_music.pipeline.guarding import HARMONY, TUNE, Guard, is_meant, who_is
from symbolic_music.pipeline.operations_form import empty_block, fill_block
from symbolic_music.pipeline.operations_players import is_whole, sounds_in, with_player
from symbolic_music.pipeline.tasks import Done, Task, played_again
from symbolic_music.song.forms import (
    detached,
    map_sections,
    with_sections,
)
from symbolic_music.song.material import (
    Material,
    cut_sections,
    inside,
    join_sections,
    with_maps,
)
from symbolic_music.song.places import Span, sections_in
from symbolic_music.song.plan import PlannedSection, SongPlan
from symbolic_music.song.score import Track
from symbolic_music.song.spans import slots_of
from symbolic_music.styles.band import choose_band
from symbolic_music.styles.style import load_style, style_of
from symbolic_music.theory.meter import parse_meter

# By how much a player is louder, in velocity, where it is asked for a whole step of intensity.
_LOUDER = 40
# A section is bigger with so many times its notes; else who may come in, in this order.
_FULLER = 1.1
_FILLING_UP = ("strings", "organ", "brass", "choir")
# By how much those who play are busier then.
_FULLER_BAND = 1.3


def change_intensity(task: Task) -> Done:
    """More or less of it: who plays, how busily, how loud; or how one player plays."""
    by = task.operation.intensity or 0.0
    if task.operation.bars is not None or task.operation.phrase is not None:
        return _dynamics(task, by)
    return shade(task, by) if task.operation.part is None else _busier(task, task.operation.part, by)


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


def shade(task: Task, by: float, told: Sequence[str] = ()) -> Done:
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
            if not sounds_in(before, [span], {old.name}) or sounds_in(after, [span], {old.name}):
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
        song, line = with_player(task, done.song, name)
        return replace(done, song=with_maps(song), told=(*done.told, line))
    busier = touches.fuller(replace(task, song=done.song), _FULLER_BAND)
    return replace(busier, told=(*done.told, *busier.told))


def change_style(task: Task) -> Done:
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


def change_swing(task: Task) -> Done:
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


def change_tempo(task: Task) -> Done:
    """Another tempo, of the song or of some sections; every note keeps its place in the bars."""
    song, plan, operation = task.song, task.song.plan, task.operation
    chosen = sections_in(plan, task.spans)
    first = plan.tempo_of(plan.sections[chosen[0]])
    ratio = operation.faster or (operation.tempo_qpm or first) / first
    whole = is_whole(task)

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


def change_meter(task: Task) -> Done:
    """The whole song, or some sections, written anew in another meter."""
    plan, meter = task.song.plan, parse_meter(task.operation.meter or "")
    chosen = sections_in(plan, task.spans)
    old = {slot.meter for slot in slots_of(plan) if any(_covers(span, slot.start_bar) for span in task.spans)}
    if old == {meter}:
        where = "the song" if is_whole(task) else task.operation.section
        raise EditError(f"{where} is in {meter} already")
    style = plan.style
    if style is not None and is_whole(task) and str(meter) not in load_style(style).meters:
        style = None

    def change(index: int, section: PlannedSection) -> PlannedSection:
        if index not in chosen:
            return section
        phrases = tuple(phrase.model_copy(update={"meter": None}) for phrase in section.phrases)
        own = None if is_whole(task) or meter == plan.meter else meter
        return section.model_copy(
            update={"meter": own, "roles": None if is_whole(task) else section.roles, "phrases": phrases}
        )

    told = () if style == plan.style else (f"{plan.style} is not played in {meter}; the band plays as its genre does",)
    if is_whole(task):
        sections = [change(index, section) for index, section in enumerate(plan.sections)]
        changed = with_sections(plan.model_copy(update={"meter": meter, "style": style}), sections)
        return Done(_compose_all(_roles_anew(said_roles(plan), changed), task), task.locks, told)
    apart = plan
    for span in task.spans:
        apart = detached(apart, span)
    blocks = cut_sections(Material(apart, task.song.sheet, task.song.score))
    emptied = [
        empty_block(block, change(index, block.section), meter) if index in chosen else block
        for index, block in enumerate(blocks)
    ]
    song = join_sections(Material(apart, task.song.sheet, task.song.score), emptied)
    for index in chosen:
        song = fill_block(task, Material(said_roles(song.plan), song.sheet, song.score), index, goes_on=False)
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
