"""A song's plan, lead sheet and score together, cut at bar lines and put together again.

What is outside a cut stays as it is, note for note. A bar begins ``EARLY`` of a quarter before its line: players
come in that much early. A section begins with its pickup, the notes of the tune that lead into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from symbolic_music.errors import EditError
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet, chord_markers
from symbolic_music.song.lyrics import Syllable
from symbolic_music.song.notes import NOTE_DTYPE, make_notes, rows_of
from symbolic_music.song.places import Span
from symbolic_music.song.plan import PlannedSection, SongPlan
from symbolic_music.song.resampling import move_events
from symbolic_music.song.score import TPQ, ControlChange, Score, TempoChange, Track, in_force
from symbolic_music.song.spans import key_changes, section_markers, section_spans
from symbolic_music.theory.chord import Chord

Row = tuple[int, int, int, int]
# A performed note so many 480ths of a quarter before a bar line is the first of that bar.
EARLY = 20
# Off the beat players stray twice as far: where a pickup begins, its first note may sound that much early.
_EARLY_OFF_BEAT = 40
# People play a note this far from where it is written, in 480ths: a 32nd, half of what a grid of sixteenths has.
_STRAYS = 60
# The shortest note that is left of one that is cut.
SHORTEST = 24
# What a controller holds where nothing was said yet: the sustain pedal is up, expression is full.
_AT_REST = {64: 0, 11: 127}
_SUSTAIN = 64
# A pickup is at most half a bar; a note of a quarter or more, or a rest of a sixteenth, stands before it.
_BREATH, _LONG = 3, 12
_TUNE = "melody"


@dataclass(frozen=True, eq=False)
class Material:
    """What an edit changes: three documents that agree."""

    plan: SongPlan
    sheet: LeadSheet
    score: Score

    @property
    def scale(self) -> int:
        """Score ticks to an engine tick."""
        return self.score.tpq // TPQ

    def ticks(self, span: Span) -> tuple[int, int]:
        """A span's bar lines in engine ticks."""
        lines = self.sheet.lines
        return lines.tick_of(span.start_bar), lines.tick_of(span.end_bar)


def pickup_ticks(sheet: LeadSheet, tick: int) -> int:
    """How long before a bar line the tune leads into it, in engine ticks; 0 without a pickup."""
    reach = sheet.lines.at(tick).meter.bar_ticks // 2
    rows = rows_of(sheet.melody)
    following = next((row for row in rows if row[0] >= tick), None)
    if following is None or following[0] >= tick + TPQ:
        return 0
    first = None
    place = next((i for i, row in enumerate(rows) if row[0] >= tick), len(rows))
    for index in range(place - 1, -1, -1):
        onset = rows[index][0]
        if onset < tick - reach:
            break
        end_before = rows[index - 1][0] + rows[index - 1][1] if index else 0
        breathes = onset - end_before >= _BREATH or (index > 0 and rows[index - 1][1] >= _LONG)
        if breathes or index == 0:
            first = onset
            break
    # What reaches over the bar line is held there, not led into it.
    return 0 if first is None or rows[place - 1][0] + rows[place - 1][1] > tick else tick - first


# --- lead sheet -----------------------------------------------------------------------------------------------------


def splice_tune(sheet: LeadSheet, start: int, end: int, rows: Iterable[Row], keep_lyrics: bool = False) -> LeadSheet:
    """Put other notes in ticks ``[start, end)`` of a tune; those around stay, and have room.

    Parameters
    ----------
    rows : iterable of Row
        In engine ticks of the song.
    """
    old = rows_of(sheet.melody)
    before, after = [row for row in old if row[0] < start], [row for row in old if row[0] >= end]
    busy = max((row[0] + row[1] for row in before), default=0)
    free = min((row[0] for row in after), default=sheet.end_tick)
    fitted = []
    for onset, length, pitch, velocity in sorted(rows):
        first, last = max(onset, busy), min(onset + length, free)
        if start <= onset < end and last > first:
            fitted.append((first, last - first, pitch, velocity))
    lyrics = sheet.lyrics if keep_lyrics else tuple(word for word in sheet.lyrics if not start <= word.tick < end)
    return replace(sheet, melody=make_notes([*before, *fitted, *after]), lyrics=lyrics)


def splice_chords(sheet: LeadSheet, start: int, end: int, chords: Iterable[ChordEvent]) -> LeadSheet:
    """Put other chords in ticks ``[start, end)``; what sounds after them is said again there."""
    kept = {event.onset_tick: event.chord for event in sheet.chords if not start <= event.onset_tick < end}
    inside = {event.onset_tick: event.chord for event in chords}
    rests = [tick for tick in sheet.no_chords if not start <= tick < end]
    sounding = sheet.chord_at(end) if end < sheet.end_tick else None
    is_silent = any(begin < end < stop for begin, stop in sheet.silences)
    if sounding is not None and end not in kept and end not in rests:
        # The chord at the end of the span came from inside it.
        if is_silent:
            rests.append(end)
        else:
            kept[end] = sounding
    merged = sorted((kept | inside).items())
    events = [
        ChordEvent(tick, chord)
        for index, (tick, chord) in enumerate(merged)
        if tick not in inside or not index or merged[index - 1][1] != chord
    ]
    return replace(sheet, chords=tuple(events), no_chords=tuple(sorted(rests)))


def chords_in(song: Material, start: int, end: int) -> list[tuple[int, Chord]]:
    """The chords that sound in a span, the first from its start."""
    inside_span = [(event.onset_tick, event.chord) for event in song.sheet.chords if start <= event.onset_tick < end]
    sounding = song.sheet.chord_at(start)
    is_silent = any(a <= start < b for a, b in song.sheet.silences)
    if sounding is not None and not is_silent and (not inside_span or inside_span[0][0] > start):
        return [(start, sounding), *inside_span]
    return inside_span


# --- score ----------------------------------------------------------------------------------------------------------


def inside(notes: np.ndarray, start: int, end: int) -> np.ndarray:
    """Mark the notes of ticks ``[start, end)`` of a performed score, those that come a little early too."""
    onsets = notes["onset_tick"]
    marks: np.ndarray = (onsets >= (start - EARLY if start > 0 else 0)) & (onsets < end - EARLY)
    return marks


def played_inside(song: Material, track: Track, start: int, end: int, sheet: LeadSheet | None = None) -> np.ndarray:
    """Mark a track's notes of ticks ``[start, end)``; the tune's are where they are written, however early they come.

    Parameters
    ----------
    start, end : int
        Ticks of the score.
    sheet : LeadSheet, optional
        Where the track's tune is written, if that is not the song's own.
    """
    marks = inside(track.notes, start, end)
    if track.role != _TUNE:
        return marks
    melody = (sheet or song.sheet).melody
    written, pitches = melody["onset_tick"].astype(int) * song.scale, melody["pitch"] % 12
    onsets = track.notes["onset_tick"].astype(int)
    near = (np.abs(onsets - start) <= _STRAYS) | (np.abs(onsets - end) <= _STRAYS)
    for index in np.flatnonzero(near):
        alike = written[pitches == track.notes["pitch"][index] % 12]
        away = np.abs(alike - onsets[index])
        if len(alike) and away.min() <= _STRAYS:
            marks[index] = start <= alike[away.argmin()] < end
    return marks


def splice_notes(old: np.ndarray, new: np.ndarray, start: int, end: int) -> np.ndarray:
    """Put other notes in ticks ``[start, end)`` of a track; the notes around stay as they are.

    New notes that would cut an old one of their pitch, or be cut by it, are shortened or left out.
    """
    return put_between(old[~inside(old, start, end)], new[inside(new, start, end)], start)


def put_between(kept: np.ndarray, taken: np.ndarray, start: int) -> np.ndarray:
    """Put notes of a stretch that begins at a tick between those that are kept around it; see `splice_notes`."""
    ends: dict[int, int] = {}
    begins: dict[int, int] = {}
    for onset, length, pitch, _ in kept.tolist():
        if onset < start:
            ends[pitch] = max(ends.get(pitch, 0), onset + length)
        else:
            begins[pitch] = min(begins.get(pitch, onset), onset)
    rows: list[Row] = rows_of(kept)
    for onset, length, pitch, velocity in taken.tolist():
        first, last = max(onset, ends.get(pitch, 0)), min(onset + length, begins.get(pitch, onset + length))
        if last - first >= min(SHORTEST, length):
            rows.append((first, last - first, pitch, velocity))
    return make_notes(rows) if rows else np.zeros(0, dtype=NOTE_DTYPE)


def splice_controls(
    old: Sequence[ControlChange], new: Sequence[ControlChange], start: int, end: int
) -> tuple[ControlChange, ...]:
    """Put other controls in ticks ``[start, end)``; every controller holds afterwards what it held there."""
    before = [change for change in old if change.tick < start]
    after = [change for change in old if change.tick >= end]
    middle = [change for change in new if start <= change.tick < end]
    numbers = sorted({change.controller for change in [*old, *new]})
    merged = list(before)
    for number in numbers:
        wanted = value_at(new, number, start)
        said = any(change.controller == number and change.tick == start for change in middle)
        if not said and wanted != value_at(before, number, start):
            merged.append(ControlChange(start, number, wanted))
    merged += middle
    for number in numbers:
        wanted = value_at(old, number, end)
        said = any(change.controller == number and change.tick == end for change in after)
        if not said and wanted != value_at(merged, number, end):
            merged.append(ControlChange(end, number, wanted))
    return tuple(sorted([*merged, *after], key=lambda change: (change.tick, change.controller)))


def value_at(controls: Sequence[ControlChange], number: int, tick: int) -> int:
    """What a controller holds at a tick, that tick's changes included."""
    at_rest = ControlChange(0, number, _AT_REST.get(number, 0))
    return in_force((change for change in controls if change.controller == number), tick, at_rest).value


def moved(notes: np.ndarray, by: int) -> np.ndarray:
    """Notes so many ticks later."""
    other = notes.copy()
    other["onset_tick"] += by
    return other


# --- sections as blocks ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Block:
    """A section cut out of a song: ticks count from its first bar line, its pickup's are below 0."""

    section: PlannedSection
    tune: tuple[Row, ...]
    chords: tuple[tuple[int, Chord | None], ...]
    # Whether the first chord was said there, and not only sounding.
    says_chord: bool
    lyrics: tuple[Syllable, ...]
    notes: dict[str, np.ndarray]
    controls: dict[str, tuple[ControlChange, ...]]
    # Quarters a minute at its beginning and wherever they change in it.
    tempos: tuple[tuple[int, float], ...]
    n_ticks: int

    @property
    def pickup(self) -> int:
        """How long the tune begins before the first bar line, in engine ticks."""
        return max(0, -self.tune[0][0]) if self.tune else 0


def cut_sections(song: Material) -> list[Block]:
    """Cut a song into its sections."""
    sheet, scale = song.sheet, song.scale
    lines = [*song.plan.section_ticks, sheet.end_tick]
    pickups = [pickup_ticks(sheet, tick) if tick else 0 for tick in lines[:-1]]
    starts = [tick - early for tick, early in zip(lines, pickups, strict=False)]
    played = {
        track.name: [
            0,
            *(_played_from(song, track, *pair) for pair in zip(lines[1:-1], starts[1:], strict=True)),
            1 << 30,
        ]
        for track in song.score.tracks
    }
    blocks = []
    for index, (section, (line, end)) in enumerate(zip(song.plan.sections, pairwise(lines), strict=True)):
        first, last = starts[index], (starts[index + 1] if index + 1 < len(starts) else end)
        tune = tuple((row[0] - line, row[1], row[2], row[3]) for row in rows_of(sheet.melody) if first <= row[0] < last)
        symbols = {event.onset_tick: event.chord for event in sheet.chords if line <= event.onset_tick < end}
        symbols |= dict.fromkeys(tick for tick in sheet.no_chords if line <= tick < end)  # type: ignore[arg-type]
        says = line in symbols
        sounding = None if any(a < line < b for a, b in sheet.silences) else sheet.chord_at(line)
        if not says and (sounding is not None or any(event.onset_tick < line for event in sheet.chords)):
            symbols[line] = sounding  # type: ignore[assignment]
        lyrics = tuple(replace(word, tick=word.tick - line) for word in sheet.lyrics if first <= word.tick < last)
        notes, controls = {}, {}
        for track in song.score.tracks:
            edges = played[track.name]
            own = track.notes[
                (track.notes["onset_tick"] >= edges[index]) & (track.notes["onset_tick"] < edges[index + 1])
            ]
            notes[track.name] = moved(own, -line * scale)
            controls[track.name] = _cut_controls(track.controls, line * scale, end * scale)
        blocks.append(Block(
            section, tune, tuple((tick - line, chord) for tick, chord in sorted(symbols.items())), says, lyrics,
            notes, controls, _cut_tempos(song, line, end), end - line,
        ))  # fmt: skip
    return blocks


def _played_from(song: Material, track: Track, line: int, first: int) -> int:
    """The score's tick from which a track's notes are a section's: its bar line, for the tune its pickup.

    A pickup begins off the beat, where players swing and stray: its notes are told from those before by their order in
    the bar, as long as the track plays there what is written.
    """
    if track.role != _TUNE:
        return line * song.scale - EARLY
    if first == line:
        own = track.notes[played_inside(song, track, line * song.scale, 1 << 30)]
        return min([line * song.scale - EARLY, *own["onset_tick"].tolist()[:1]])
    bar = song.sheet.lines.at(first).start
    written, played = song.sheet.melody["onset_tick"], track.notes["onset_tick"]
    written = written[(written >= bar) & (written < line)]
    played = played[inside(track.notes, bar * song.scale, line * song.scale)]
    place = int((written < first).sum())
    if len(written) != len(played):
        return first * song.scale - _EARLY_OFF_BEAT
    return int(played[place]) if place else bar * song.scale - EARLY


def _cut_controls(controls: Sequence[ControlChange], start: int, end: int) -> tuple[ControlChange, ...]:
    """The changes of a section, with what holds where it begins said first, and the pedal up where it ends."""
    kept = [replace(change, tick=change.tick - start) for change in controls if start <= change.tick < end]
    numbers = sorted({change.controller for change in controls})
    first = [
        ControlChange(0, number, value_at(controls, number, start))
        for number in numbers
        if not any(change.tick == 0 and change.controller == number for change in kept)
    ]
    return (*first, *kept)


def _cut_tempos(song: Material, start: int, end: int) -> tuple[tuple[int, float], ...]:
    """The tempos of a section, without the song's slowing down at its end; ticks are the score's."""
    score, scale = song.score, song.scale
    early = [change for change in score.tempos if change not in _slowing(song)]
    first = (0, in_force(early, start * scale, score.tempos[0]).qpm)
    inside_it = [(c.tick - start * scale, c.qpm) for c in early if start * scale < c.tick < end * scale]
    return (first, *inside_it)


def _slowing(song: Material) -> list[TempoChange]:
    """The tempo changes of the last two bars, but for what a section begins with."""
    lines, scale = song.sheet.lines, song.scale
    last = lines.tick_of(max(0, song.sheet.n_bars - 2)) * scale
    starts = {tick * scale for tick in song.plan.section_ticks}
    return [change for change in song.score.tempos if change.tick > last and change.tick not in starts]


def join_sections(song: Material, blocks: Sequence[Block]) -> Material:
    """Put sections together to a song; nothing changes if they are those that were cut, in order.

    Parameters
    ----------
    song : Material
        Whose title, tracks and maps are taken.
    blocks : sequence of Block
        At least one; names of sections and phrases must differ.

    Raises
    ------
    EditError
        If there is no section left.
    """
    if not blocks:
        raise EditError("a song needs a section; the last one cannot be taken out")
    sheet, scale = song.sheet, song.scale
    plan = song.plan.model_validate(
        song.plan.model_dump()
        | {
            "sections": [block.section.model_dump() | {"schema_version": 1} for block in blocks],
            "n_bars": sum(block.section.n_bars for block in blocks),
        }
    )
    lines, end = plan.section_ticks, plan.lines.end_tick
    tune: list[Row] = []
    symbols: dict[int, Chord | None] = {}
    lyrics: list[Syllable] = []
    current: Chord | None = None
    rooms = _rooms(blocks, lines, end)
    for block, line, (first, last) in zip(blocks, lines, rooms, strict=True):
        tune += [
            (line + on, min(length, last - line - on), pitch, velocity)
            for on, length, pitch, velocity in block.tune
            if first <= line + on < last
        ]
        lyrics += [replace(word, tick=line + word.tick) for word in block.lyrics if first <= line + word.tick < last]
        for tick, chord in block.chords:
            if tick == 0 and not block.says_chord and line and chord == current:
                continue
            symbols[line + tick] = current = chord
    new_sheet = replace(
        with_bars(sheet, plan), melody=make_notes(tune), sections=section_spans(plan), lyrics=tuple(lyrics),
        chords=tuple(ChordEvent(tick, chord) for tick, chord in sorted(symbols.items()) if chord is not None),
        no_chords=tuple(tick for tick, chord in sorted(symbols.items()) if chord is None),
    )  # fmt: skip
    tracks = tuple(_join_track(track, blocks, lines, rooms, scale) for track in song.score.tracks)
    score = replace(song.score, tracks=tracks, end_tick=end * scale, tempos=_tempos(song, blocks, lines, end))
    return with_maps(Material(plan, new_sheet, score))


def _rooms(blocks: Sequence[Block], lines: Sequence[int], end: int) -> list[tuple[int, int]]:
    """Where each block's tune has its place: nothing before the song, nothing over the next block's pickup."""
    rooms = []
    until = end
    for block, line in zip(reversed(blocks), reversed(lines), strict=True):
        rooms.append((max(0, line - block.pickup), until))
        until = min(until, line + block.tune[0][0]) if block.tune else until
    return rooms[::-1]


def _join_track(
    track: Track, blocks: Sequence[Block], lines: Sequence[int], rooms: Sequence[tuple[int, int]], scale: int
) -> Track:
    """A track of all blocks' notes; the same pitch is not struck while it still rings from the section before."""
    parts: list[np.ndarray] = []
    controls: list[ControlChange] = []
    end = rooms[-1][1]
    for block, line, room in zip(blocks, lines, rooms, strict=True):
        own = block.notes.get(track.name, np.zeros(0, dtype=NOTE_DTYPE))
        if track.role == _TUNE:
            own = _in_room(block, own, (room[0] - line, room[1] - line), scale)
        own = moved(own, line * scale)
        # The first note of all may come early by a little.
        earliest = -_STRAYS if track.role == _TUNE else 0 if line else -EARLY
        own = own[own["onset_tick"] >= earliest]
        own["onset_tick"] = np.maximum(own["onset_tick"], 0)
        parts.append(own)
        held = {change.controller: change.value for change in controls}
        for change in block.controls.get(track.name, ()):
            placed = replace(change, tick=change.tick + line * scale)
            rest = _AT_REST.get(change.controller, 0)
            says_nothing = change.tick == 0 and held.get(change.controller, rest) == change.value
            if says_nothing and (line or change.value == rest):
                continue
            controls.append(placed)
            held[change.controller] = change.value
    if {change.controller: change.value for change in controls}.get(_SUSTAIN):
        controls.append(ControlChange(end * scale, _SUSTAIN, 0))
    notes = np.concatenate(parts) if parts else np.zeros(0, dtype=NOTE_DTYPE)
    notes["duration_tick"] = np.minimum(notes["duration_tick"], end * scale - notes["onset_tick"])
    return replace(track, notes=np.sort(notes, order=["onset_tick", "pitch"]), controls=tuple(controls))


def _in_room(block: Block, notes: np.ndarray, room: tuple[int, int], scale: int) -> np.ndarray:
    """The played notes whose written ones have their place, by order if all are there, else by where they sound."""
    first, last = room
    if len(notes) == len(block.tune):
        return notes[np.array([first <= row[0] < last for row in block.tune], dtype=bool)]
    begins = first * scale - (_EARLY_OFF_BEAT if first else EARLY)
    ends = last * scale - _EARLY_OFF_BEAT if last < block.n_ticks else 1 << 30
    return notes[(notes["onset_tick"] >= begins) & (notes["onset_tick"] < ends)]


def _tempos(song: Material, blocks: Sequence[Block], lines: Sequence[int], end: int) -> tuple[TempoChange, ...]:
    """Each section's tempos in its new place; the song's slowing down at the end stays at the end."""
    score, scale = song.score, song.scale
    changes: list[TempoChange] = []
    for block, line in zip(blocks, lines, strict=True):
        for tick, qpm in block.tempos:
            if not changes or qpm != changes[-1].qpm:
                changes.append(TempoChange(line * scale + tick, qpm))
    slowing, by = _slowing(song), end * scale - score.end_tick
    if slowing:
        before = [change.qpm for change in score.tempos if change.tick < slowing[0].tick]
        ratio = changes[-1].qpm / before[-1]
        late = [TempoChange(c.tick + by, c.qpm if ratio == 1 else round(c.qpm * ratio, 2)) for c in slowing]
        changes = [change for change in changes if change.tick < late[0].tick]
        changes += [change for change in late if change.tick > 0]
    return tuple(changes)


def with_bars(sheet: LeadSheet, plan: SongPlan) -> LeadSheet:
    """A lead sheet over a plan's bars, with its meters, tempos and sections; notes and chords are to fit them."""
    meters, tempos = plan.lines.changes(), plan.tempos
    return replace(
        sheet, n_bars=plan.n_bars, meter=meters[0].meter, meter_changes=meters[1:], tempo_qpm=tempos[0].qpm,
        tempo_changes=tempos[1:], sections=section_spans(plan), title=plan.title, melody=make_notes([]), chords=(),
        no_chords=(), lyrics=(),
    )  # fmt: skip


def with_maps(song: Material) -> Material:
    """Write the score's maps (meters, keys, markers, chord symbols, words) as plan and lead sheet have them."""
    plan, scale, old = song.plan, song.scale, song.sheet
    sheet = replace(
        with_bars(old, plan), melody=old.melody, chords=old.chords, no_chords=old.no_chords, lyrics=old.lyrics
    )
    symbols = tuple(replace(marker, tick=marker.tick * scale) for marker in chord_markers(sheet))
    score = replace(
        song.score, keys=key_changes(plan, scale), meters=move_events(plan.lines.changes(), scale),
        markers=section_markers(plan, scale), chord_symbols=symbols,
        lyrics=tuple(replace(word, tick=word.tick * scale) for word in sheet.lyrics),
    )  # fmt: skip
    return Material(plan, sheet, score)
