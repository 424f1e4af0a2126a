"""Who plays: players in and out, another band, the tune in other hands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from symbolic_music.errors import EditError, NotationError
from symbolic_music.pipeline.excerpts import (
    Who,
    play_again,
    said_roles,
)
from symbolic_music.pipeline.guarding import TUNE, is_meant, who_is
from symbolic_music.pipeline.tasks import Done, Task, played_again
from symbolic_music.song.forms import (
    map_sections,
)
from symbolic_music.song.material import (
    Material,
    inside,
    with_maps,
)
from symbolic_music.song.notes import make_notes, rows_of
from symbolic_music.song.places import Span, section_span, sections_in
from symbolic_music.song.plan import PlannedSection, SongPlan
from symbolic_music.song.score import Track
from symbolic_music.song.spans import slots_of
from symbolic_music.styles.band import choose_band, read_band
from symbolic_music.styles.seats import are_alike, seats_of
from symbolic_music.styles.style import ROLE_OF_PART, style_of
from symbolic_music.theory.instruments import Instrument, parse_player

_ONLY = re.compile(r"\s*only\s+(.+?)\s*", re.IGNORECASE)


def change_band(task: Task) -> Done:
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
        song, line = with_player(task, song, name)
        told.append(line)
    return Done(with_maps(song), task.locks, tuple(told))


def _alone(task: Task, names: list[str]) -> Done:
    """Some players play, and nobody else; who is named and was silent comes in, and plays as one who is alone."""
    song, told = task.song, list[str]()
    came: set[str] = set()
    for name in names:
        if not sounds_in(song, task.spans, _tracks_called(song, name)) and not _is_tune(song, name):
            song, line = with_player(task, song, name)
            came |= _tracks_called(song, name)
            told.append(line)
    kept = set().union(*(_tracks_called(song, name) for name in names))
    rest = [t.name for t in song.score.tracks if t.name not in kept and sounds_in(song, task.spans, {t.name})]
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


def sounds_in(song: Material, spans: Sequence[Span], names: set[str]) -> bool:
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


def is_whole(task: Task) -> bool:
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
    if is_whole(task):
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


def with_player(task: Task, song: Material, name: str) -> tuple[Material, str]:
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
    if not is_whole(task):
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
