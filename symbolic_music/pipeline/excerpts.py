"""Play a stretch of a song again: its bars are arranged and performed with their neighbours, and put in their place.

The neighbours are there for what crosses a joint (voice leading, fills, the rise to a chorus) and are thrown away: what
is outside the stretch is never written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from symbolic_music.pipeline.reach import in_reach
from symbolic_music.song.chance import phrase_rng
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet
from symbolic_music.song.material import Material, inside, moved, played_inside, put_between, splice_controls, with_bars
from symbolic_music.song.notes import NOTE_DTYPE, make_notes, rows_of
from symbolic_music.song.places import Span
from symbolic_music.song.plan import PlannedSection, SongPlan
from symbolic_music.song.score import Score, Track
from symbolic_music.song.spans import section_bars, starts_of
from symbolic_music.styles.band import choose_band
from symbolic_music.styles.orchestration import LINE, with_roles
from symbolic_music.styles.style import style_of

# So many bars beside a stretch are played with it.
NEIGHBOUR_BARS = 2
TUNE = "melody"
NOBODY = np.zeros(0, dtype=NOTE_DTYPE)
# Which tracks of what was played again are taken.
Who = Callable[[Track], bool]


@dataclass(frozen=True)
class Playing:
    """How a song is performed, the name that the chance of a new version is derived from, and who improvises.

    ``drawn`` are tracks whose players leave their style's figures. Without ``line`` nothing new is asked of the line,
    and with ``tune`` alone nobody but the tune plays. ``is_cut``: the phrase after is begun, not played to its end.
    """

    humanize: float = 1.0
    straight: bool = False
    name: str = ""
    drawn: frozenset[str] = frozenset()
    line: bool = True
    tune_alone: bool = False
    is_cut: bool = False


def everybody(track: Track) -> bool:
    """Take every track."""
    return True


def but_the_tune(track: Track) -> bool:
    """Take every track but the tune's."""
    return track.role != TUNE


def play_again(
    song: Material, span: Span, playing: Playing, who: Who = everybody, was: LeadSheet | None = None
) -> Material:
    """Arrange and perform a stretch again and put it in its place.

    Parameters
    ----------
    song : Material
        Plan and lead sheet as they are to be; the score as it was.
    span : Span
        Bars whose notes are replaced; all others stay, note for note.
    playing : Playing
        How.
    who : callable
        Asked of each track, old and new, whether its notes in the span are replaced.
    was : LeadSheet, optional
        Where the old score's tune is written, if that is another.

    Raises
    ------
    ConstraintError, CheckpointError
        As the verbs do.
    """
    played, first = perform_stretch(song, span, playing)
    return Material(song.plan, song.sheet, _spliced(song, played, first, span, who, was))


def play_tune_again(before: Material, song: Material, span: Span, playing: Playing, lets: Who) -> Material:
    """Play a tune that is new in a stretch; only who has it, and who plays it along, is heard anew.

    Parameters
    ----------
    before : Material
        The song with the old tune, which says who plays it along.
    lets : callable
        Asked of each track whether it may be changed.
    """
    doubles = _doubling(before, span)
    alone = replace(playing, line=False, tune_alone=not doubles)

    def is_taken(track: Track) -> bool:
        return (track.role == TUNE or track.name in doubles) and lets(track)

    return play_again(song, span, alone, is_taken, before.sheet)


def _doubling(song: Material, span: Span) -> frozenset[str]:
    """The tracks that play the tune along in a span."""
    start, end = (tick * song.scale for tick in song.ticks(span))
    tunes = [t.notes[inside(t.notes, start, end)] for t in song.score.tracks if t.role == TUNE]
    tune = {(_cell(on), pitch % 12) for notes in tunes for on, _, pitch, _ in notes.tolist()}
    found = set()
    for track in song.score.tracks:
        own = [(_cell(on), p % 12) for on, _, p, _ in track.notes[inside(track.notes, start, end)].tolist()]
        if track.role == "countermelody" and own and sum(note in tune for note in own) >= 0.8 * len(own):
            found.add(track.name)
    return frozenset(found)


def _cell(onset: int) -> int:
    """The sixteenth that a performed note is played on."""
    return round(onset / 120)


def perform_stretch(song: Material, span: Span, playing: Playing) -> tuple[Score, int]:
    """Arrange and perform a stretch with its neighbours; returns it and the bar that it begins with."""
    from symbolic_music.arranging import ArrangeOptions, arrange
    from symbolic_music.performing import PerformOptions, perform

    plan = said_roles(song.plan)
    part, first = _part_plan(plan, span)
    part = _with_less(part, playing)
    if playing.is_cut:
        part = _cut_after(part, span.end_bar + NEIGHBOUR_BARS - first)
    sheet = _part_sheet(song.sheet, part, first)
    seed = int(phrase_rng(plan.seed, "again", playing.name).integers(2**62)) if playing.name else None
    written = arrange(sheet, part, ArrangeOptions(seed=seed, excerpt_of=(plan, song.sheet), drawn=playing.drawn))
    return perform(written, part, PerformOptions(humanize=playing.humanize, straight=playing.straight)), first


def _with_less(plan: SongPlan, playing: Playing) -> SongPlan:
    """Leave out of a plan who need not be asked."""

    def needed(section: PlannedSection) -> PlannedSection:
        roles = section.roles or ()
        kept = [role for role in roles if (role != LINE or playing.line) and (role == TUNE or not playing.tune_alone)]
        return section.model_copy(update={"roles": tuple(kept)})

    return plan.model_copy(update={"sections": tuple(needed(section) for section in plan.sections)})


def _cut_after(plan: SongPlan, n_bars: int) -> SongPlan:
    """Leave out what is after some bars, within the last phrase."""
    over = plan.n_bars - n_bars
    last = plan.sections[-1]
    phrase = last.phrases[-1]
    if not 0 < over < phrase.n_bars:
        return plan
    shorter = phrase.model_copy(update={"n_bars": phrase.n_bars - over})
    section = last.model_copy(update={"n_bars": last.n_bars - over, "phrases": (*last.phrases[:-1], shorter)})
    return plan.model_copy(update={"sections": (*plan.sections[:-1], section), "n_bars": n_bars})


def said_roles(plan: SongPlan) -> SongPlan:
    """A plan that says of every section who plays in it, by the whole form."""
    peak = max(section.intensity for section in plan.sections)
    return with_roles(plan, choose_band(style_of(plan), plan.band, peak).style)


def _part_plan(plan: SongPlan, span: Span) -> tuple[SongPlan, int]:
    """The phrases of a span and beside it as a plan of their own, and the first one's bar."""
    near = Span(span.start_bar - NEIGHBOUR_BARS, span.end_bar + NEIGHBOUR_BARS)
    sections: list[PlannedSection] = []
    known: set[str] = set()
    first_bar = plan.n_bars
    for section, bar in zip(plan.sections, section_bars(plan), strict=True):
        phrases = []
        starts = starts_of(phrase.n_bars for phrase in section.phrases)
        for phrase, start in zip(section.phrases, starts, strict=True):
            if not Span(bar + start, bar + start + phrase.n_bars).meets(near):
                continue
            first_bar = min(first_bar, bar + start)
            if phrase.source is not None and phrase.source not in known:
                phrase = phrase.model_copy(update={"source": None, "relation": "new"})
            known.add(phrase.name)
            phrases.append(phrase)
        if phrases:
            is_beside = not Span(bar, bar + section.n_bars).meets(span)
            roles = tuple(role for role in section.roles or () if role != LINE or not is_beside)
            update = {"phrases": tuple(phrases), "n_bars": sum(p.n_bars for p in phrases), "roles": roles}
            sections.append(section.model_copy(update=update))
    n_bars = sum(section.n_bars for section in sections)
    return plan.model_copy(update={"sections": tuple(sections), "n_bars": n_bars}), first_bar


def _part_sheet(sheet: LeadSheet, plan: SongPlan, first: int) -> LeadSheet:
    """The bars of a plan's excerpt out of a lead sheet."""
    start, end = sheet.lines.tick_of(first), sheet.lines.tick_of(first + plan.n_bars)
    rows = [
        (row[0] - start, min(row[1], end - row[0]), row[2], row[3])
        for row in rows_of(sheet.melody)
        if start <= row[0] < end
    ]
    chords = {event.onset_tick - start: event.chord for event in sheet.chords if start <= event.onset_tick < end}
    rests = {tick - start for tick in sheet.no_chords if start <= tick < end}
    if 0 not in chords and 0 not in rests:
        sounding = sheet.chord_at(start)
        if any(a < start < b for a, b in sheet.silences):
            rests.add(0)
        elif sounding is not None:
            chords[0] = sounding
    return replace(
        with_bars(sheet, plan), melody=make_notes(rows), remarks=(),
        chords=tuple(ChordEvent(tick, chord) for tick, chord in sorted(chords.items())),
        no_chords=tuple(sorted(rests)),
    )  # fmt: skip


def _spliced(song: Material, played: Score, first: int, span: Span, who: Who, was: LeadSheet | None) -> Score:
    """Put the stretch's notes and controls in their place, track by track."""
    score = song.score
    scale = song.scale
    start, end = (tick * scale for tick in song.ticks(span))
    if span.end_bar == song.plan.n_bars:
        end = (1 << 30) if not len(score.tracks) else max(end, score.end_tick)
    by = song.sheet.lines.tick_of(first) * scale
    named = match_tracks(tuple(track for track in score.tracks if who(track)), played.tracks)
    tracks: list[Track] = []
    until = end if span.end_bar < song.plan.n_bars else 1 << 30
    for track in score.tracks:
        new = named.get(track.name)
        if not who(track):
            tracks.append(track)
            continue
        own = replace(track, notes=_for_player(new, track, by) if new is not None else track.notes[:0])
        kept = track.notes[~played_inside(song, track, start, until, was)]
        taken = own.notes[played_inside(song, own, start, until)]
        controls = [replace(c, tick=c.tick + by) for c in new.controls] if new is not None else []
        tracks.append(replace(
            track, notes=put_between(kept, taken, start),
            controls=splice_controls(track.controls, controls, start, end) if new is not None else track.controls,
        ))  # fmt: skip
    taken = {new.name for new in named.values()}
    names = {track.name for track in tracks}
    for new in played.tracks:
        if new.name in taken or not who(new):
            continue
        own = replace(new, notes=moved(new.notes, by))
        notes = put_between(NOBODY, own.notes[played_inside(song, own, start, until)], start)
        if len(notes):
            name = new.name if new.name not in names else f"{new.name} {len(names)}"
            names.add(name)
            controls = [replace(c, tick=c.tick + by) for c in new.controls]
            tracks.append(replace(new, name=name, notes=notes, controls=splice_controls((), controls, start, end)))
    return replace(score, tracks=tuple(track for track in tracks if len(track.notes)))


def _for_player(new: Track, track: Track, by: int) -> np.ndarray:
    """Notes that were played again, for the instrument that the song has for them."""
    notes = moved(new.notes, by)
    return notes if track.is_drum or track.program == new.program else in_reach(notes, track.program)


def match_tracks(old: tuple[Track, ...], new: tuple[Track, ...]) -> dict[str, Track]:
    """Find which track of what was played again is whose: by name, else by role where only one is left of it."""
    by_name = {track.name: track for track in new}
    found = {track.name: by_name[track.name] for track in old if track.name in by_name}
    left = [track for track in new if track.name not in found]
    for track in old:
        alike = [other for other in left if (other.role, other.is_drum) == (track.role, track.is_drum)]
        rivals = [o for o in old if o.name not in by_name and (o.role, o.is_drum) == (track.role, track.is_drum)]
        if track.name not in found and len(alike) == 1 and len(rivals) == 1:
            found[track.name] = alike[0]
            left.remove(alike[0])
    return found
