"""Keys: higher or lower, another key, the parallel mode."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from symbolic_music.errors import EditError
from symbolic_music.filling.sung import lead_in
from symbolic_music.pipeline.guarding import HARMONY, TUNE, is_meant, who_is
from symbolic_music.pipeline.operations_play import shade
from symbolic_music.pipeline.reach import in_reach
from symbolic_music.pipeline.tasks import Done, Task, played_again
from symbolic_music.song.edit import Operation
from symbolic_music.song.forms import (
    detached,
    map_sections,
)
from symbolic_music.song.leadsheet import ChordEvent
from symbolic_music.song.material import (
    Material,
    chords_in,
    played_inside,
    splice_chords,
    with_maps,
)
from symbolic_music.song.notes import make_notes, rows_of
from symbolic_music.song.places import Span, join_spans, section_span, sections_in
from symbolic_music.song.plan import PlannedSection, SongPlan
from symbolic_music.theory.chord import Chord, quality_of
from symbolic_music.theory.instruments import instrument_of_program
from symbolic_music.theory.key import Key, key_beside, key_of, parse_key

# What a section loses or gains where it was to be darker or brighter and is in that mode already.
SHADE = 0.15
# In a mode's parallel these degrees are other tones, in semitones from the tonic.
_PARALLEL = {"minor": {4: 3, 9: 8, 11: 10}, "major": {3: 4, 8: 9, 10: 11}}
_DOMINANT, _LEADING = 7, 11


def transpose(task: Task) -> Done:
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
        chosen = played_inside(song, track, start * song.scale, until)
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


def change_colour(task: Task) -> Done:
    """To the parallel minor or major, tune and chords tone by tone; the band plays them anew."""
    mode = "minor" if task.operation.colour == "darker" else "major"
    plan = task.song.plan
    chosen = [index for index in sections_in(plan, task.spans) if plan.sections[index].key.mode != mode]
    if not chosen:
        by = -SHADE if mode == "minor" else SHADE
        return shade(task, by, [f"it is in {mode} already, so it is played {'softer' if by < 0 else 'brighter'}"])
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
