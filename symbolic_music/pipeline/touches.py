"""Operations that touch what is there and write nothing anew: a tune simpler, chords richer, a player fading out.

What was asked can be counted: a simpler tune has fewer notes and no larger leaps, a player that is thinned has so many
notes less. Where nothing would change, that is said and nothing is done.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from symbolic_music.errors import EditError
from symbolic_music.filling.reshape import Row, Stretch, reshape
from symbolic_music.filling.sung import lead_in
from symbolic_music.pipeline.excerpts import but_the_tune, play_again, play_tune_again, said_roles
from symbolic_music.pipeline.guarding import HARMONY, TUNE, Guard, is_meant, who_is
from symbolic_music.pipeline.tasks import Done, Task, played_again
from symbolic_music.song.forms import detached, map_sections
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet
from symbolic_music.song.material import Material, chords_in, inside, splice_chords, splice_tune, with_maps
from symbolic_music.song.notes import make_notes, rows_of
from symbolic_music.song.places import Span, find_sections, sections_in
from symbolic_music.song.plan import PlannedSection
from symbolic_music.song.score import Track
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.key import Key

# What goes on for ever.
_NO_END = 1 << 30
# How loud a player is at the beginning and at the end of a fade, as a share; the last notes are hardly heard.
_FADES = {"out": (1.0, 0.08), "in": (0.08, 1.0), "up": (0.75, 1.25), "down": (1.1, 0.6)}
# Notes that would be softer are left out, and those that stay are not louder than MIDI has.
_SOFTEST, _LOUDEST = 4, 127
# What a chord becomes with its seventh, or with its ninth where it has that; see `_richer` for those of a key.
_NINTHS = {"7": "9", "9": "13", "maj7": "maj9", "min7": "min9", "min9": "min11", "7sus4": "9sus4", "maj6": "69",
           "maj9": "maj13"}  # fmt: skip
_SEVENTHS = {"min": "min7", "dim": "hdim7", "aug": "aug7", "sus4": "7sus4", "sus2": "9sus4", "min6": "min9"}
_PLAIN = {"min": "min", "dim": "dim", "hdim7": "dim", "dim7": "dim", "aug": "aug", "aug7": "aug", "5": "5"}
_MINOR_THIRD, _MAJOR_THIRD, _FIFTH = 3, 4, 7
# A sixteenth, and how much softer a note is that is put between others.
_CELL, _SOFTER = 3, 0.85
# Who carries a band.
_CARRYING = ("drums", "bass", "chords")
# Cymbals that lead a beat, the hi-hat first, and what the feet play.
_CYMBALS, _FEET = (42, 51, 46, 53, 59), (35, 36, 44)
# From a track's notes between two ticks to what they become.
Change = Callable[[np.ndarray, int, int], np.ndarray]


# --- the tune -------------------------------------------------------------------------------------------------------


def tune(task: Task) -> Done:
    """The tune reshaped: simpler, busier, smoother and so on."""
    song, told = task.song, list[str]()
    shape = task.operation.tune or ""
    for span, guard in zip(task.spans, task.guards, strict=True):
        start, end = song.ticks(span)
        end -= lead_in(song.sheet, end)
        old = [row for row in rows_of(song.sheet.melody) if start <= row[0] < end]
        new = reshape(old, _stretch(song.sheet, start, end), shape)
        if new == old:
            continue
        before = song
        sheet = _with_tune(song.sheet, start, end, old, new, task)
        song = Material(detached(song.plan, span), sheet, song.score)
        song = play_tune_again(before, song, span, task.playing, guard.lets)
        moved = sum(a != b for a, b in zip(old, new, strict=False)) if len(old) == len(new) else 0
        bars = f"bars {span.start_bar + 1} to {span.end_bar}"
        told.append(f"{bars}: {len(old)} to {len(new)} notes" if not moved else f"{bars}: {moved} notes moved")
    if not told:
        raise EditError(
            f"{task.operation.said}: there is nothing to change; the tune there is so already, or nobody sings",
            "name another place, or ask for another version: --take 2",
        )
    return Done(with_maps(song), task.locks, tuple(told))


def _stretch(sheet: LeadSheet, start: int, end: int) -> Stretch:
    """A stretch of a tune, with the notes on both sides if they are near."""
    rows = rows_of(sheet.melody)
    before = next((row for row in reversed(rows) if row[0] < start), None)
    after = next((row for row in rows if row[0] >= end), None)
    return Stretch(sheet, start, end, before, after)


def _with_tune(sheet: LeadSheet, start: int, end: int, old: Sequence[Row], new: Sequence[Row], task: Task) -> LeadSheet:
    """A lead sheet with other notes in a stretch; words stay on their notes."""
    sung = [word for word in sheet.lyrics if start <= word.tick < end]
    if not sung:
        return splice_tune(sheet, start, end, new)
    if len(old) != len(new):
        raise EditError(
            f"{task.operation.said}: every syllable there has its note", "smoother or syncopated keep the notes' number"
        )
    place = {a[0]: b[0] for a, b in zip(old, new, strict=True)}
    words = tuple(
        replace(word, tick=place.get(word.tick, word.tick)) if start <= word.tick < end else word
        for word in sheet.lyrics
    )
    return replace(splice_tune(sheet, start, end, new, keep_lyrics=True), lyrics=words)


# --- chords ---------------------------------------------------------------------------------------------------------


def harmony(task: Task) -> Done:
    """Chords with their sevenths and ninths, or only their triads; the tune stays, the band plays them."""
    change = _richer if task.operation.harmony == "richer" else _plainer
    song, told = task.song, list[str]()
    for span, guard in zip(task.spans, task.guards, strict=True):
        start, end = song.ticks(span)
        old = chords_in(song, start, end)
        ends = [*(tick for tick, _ in old[1:]), end]
        new = [
            ChordEvent(tick, change(song.sheet, chord, tick, until, following))
            for (tick, chord), until, following in zip(
                old, ends, [*(chord for _, chord in old[1:]), song.sheet.chord_at(end)], strict=True
            )
        ]
        names = [(a, event.chord) for (_, a), event in zip(old, new, strict=True) if a != event.chord]
        if not names:
            continue
        rests = tuple(sorted({*(tick for tick in song.sheet.no_chords if start <= tick < end)}))
        sheet = splice_chords(song.sheet, start, end, new)
        sheet = replace(sheet, no_chords=tuple(sorted({*sheet.no_chords, *rests})))
        song = Material(detached(song.plan, span), sheet, song.score)

        def is_taken(track: Track, guard: Guard = guard) -> bool:
            return but_the_tune(track) and guard.lets(track)

        song = play_again(song, span, task.playing, is_taken)
        fifths = sheet.key_at(span.start_bar).fifths
        changed = dict.fromkeys(f"{a.symbol(fifths)} to {b.symbol(fifths)}" for a, b in names)
        told.append(", ".join(list(changed)[:8]) + (" …" if len(changed) > 8 else ""))
    if not told:
        raise EditError(f"{task.operation.said}: the chords there are so already", "ask for others: --reharmonize")
    return Done(with_maps(song), task.locks, tuple(told))


def _richer(sheet: LeadSheet, chord: Chord, start: int, end: int, following: Chord | None) -> Chord:
    """A chord with its seventh, or its ninth where it has one; no tone that the tune rubs against."""
    key = sheet.key_at(sheet.lines.bar_at(start))
    if chord.quality in ("maj", "5", "add9", "add11"):
        wanted = _seventh_of(key, chord, following)
    else:
        wanted = [_SEVENTHS.get(chord.quality, _NINTHS.get(chord.quality, chord.quality))]
    sung = _sung(sheet, start, end)
    for quality in wanted:
        richer = Chord(chord.root, quality, chord.bass)
        added = richer.pitch_classes - chord.pitch_classes
        # A semitone under or over a note that is sung is a rub, the note itself is none.
        if not any((tone + by) % 12 in sung and tone not in sung for tone in added for by in (-1, 1)):
            return richer
    return chord


def _seventh_of(key: Key, chord: Chord, following: Chord | None) -> list[str]:
    """What a major chord becomes, the best first: a dominant where it leads a fifth down, else what the key has."""
    scale = set(key.pitch_classes)
    third = _MINOR_THIRD if chord.quality == "5" and (chord.root + _MAJOR_THIRD) % 12 not in scale else _MAJOR_THIRD
    if third == _MINOR_THIRD:
        return ["min7", "madd9"]
    leads = following is not None and (chord.root - following.root) % 12 == _FIFTH
    is_dominant = (chord.root - key.tonic_pitch_class) % 12 == _FIFTH or (chord.root + 11) % 12 not in scale
    if is_dominant or (leads and (chord.root + 4) % 12 not in scale):
        # Its ninth is at home in the key, or it is none.
        return ["9", "7", "7sus4"] if (chord.root + 2) % 12 in scale else ["7", "7sus4"]
    return ["maj7", "69", "add9"]


def _sung(sheet: LeadSheet, start: int, end: int) -> set[int]:
    """The pitch classes that the tune holds for an eighth or longer, or on a beat, while a chord sounds."""
    bar = sheet.lines.at(start)
    return {
        pitch % 12
        for on, length, pitch, _ in rows_of(sheet.melody)
        if on < end and on + length > start and (length >= 6 or (on - bar.start) % bar.meter.beat_ticks == 0)
    }


def _plainer(sheet: LeadSheet, chord: Chord, start: int, end: int, following: Chord | None) -> Chord:
    """A chord's triad."""
    if chord.quality in _PLAIN:
        return Chord(chord.root, _PLAIN[chord.quality], chord.bass)
    is_minor = (chord.root + _MINOR_THIRD) % 12 in chord.pitch_classes
    is_minor &= (chord.root + _MAJOR_THIRD) % 12 not in chord.pitch_classes
    return Chord(chord.root, "min" if is_minor else "maj", chord.bass)


def resolve(task: Task) -> Done:
    """Let the tune and its chords come to rest on the tonic where a stretch ends."""
    song, told = task.song, list[str]()
    for span, guard in zip(task.spans, task.guards, strict=True):
        start, end = song.ticks(span)
        key = song.sheet.key_at(song.sheet.lines.bar_at(end - 1))
        tonic = key.tonic_pitch_class
        last_chord = chords_in(song, start, end)[-1:]
        rows = [row for row in rows_of(song.sheet.melody) if row[0] < end - lead_in(song.sheet, end)]
        sheet, first = song.sheet, end
        if last_chord and last_chord[0][1].root != tonic:
            home = Chord(tonic, "maj" if key.mode == "major" else "min", tonic)
            first = last_chord[0][0]
            sheet = splice_chords(sheet, first, end, [ChordEvent(first, home)])
            told.append(f"the last chord is {home.symbol(key.fifths)}")
        if rows and rows[-1][0] >= start and rows[-1][2] % 12 != tonic:
            on, length, pitch, velocity = rows[-1]
            home_pitch = min(
                (pitch + by for by in range(-6, 6) if (pitch + by) % 12 == tonic), key=lambda p: abs(p - pitch)
            )
            sheet = splice_tune(sheet, on, on + 1, [(on, length, home_pitch, velocity)], keep_lyrics=True)
            told.append("the tune ends on the tonic")
            first = min(first, on)
        if sheet is song.sheet:
            continue
        stretch = Span(max(span.start_bar, sheet.lines.bar_at(first)), span.end_bar)
        new = Material(detached(song.plan, stretch), sheet, song.score)
        song = play_again(new, stretch, task.playing, guard.lets, song.sheet)
    if not told:
        raise EditError(f"{task.operation.said}: it ends on the tonic already")
    return Done(with_maps(song), task.locks, tuple(told))


# --- players --------------------------------------------------------------------------------------------------------


def fade(task: Task) -> Done:
    """Players fade in or out, or grow louder or softer, over a stretch; no note is written anew."""
    part, how = task.operation.part, task.operation.fade or ""
    first, last = _FADES[how]

    def change(notes: np.ndarray, start: int, end: int) -> np.ndarray:
        where = np.clip((notes["onset_tick"].astype(float) - start) / (end - start), 0.0, 1.0)
        louder = notes["velocity"].astype(float) * (first + (last - first) * where)
        changed = notes.copy()
        changed["velocity"] = np.clip(np.rint(louder), 1, _LOUDEST).astype(np.uint8)
        return changed[louder >= _SOFTEST] if how in ("in", "out") else changed

    return _touched(task, part, change)


def notes(task: Task) -> Done:
    """A player with a share of its notes, or with so many times as many."""
    share = task.operation.notes or 1.0
    return _thinner(task, share) if share < 1 else _busier(task, share)


def _thinner(task: Task, share: float) -> Done:
    """A player with a share of its notes: the weaker places of every bar fall silent."""
    lines, scale = task.song.sheet.lines, task.song.scale
    place = Stretch(task.song.sheet, 0, task.song.sheet.end_tick)

    def change(notes: np.ndarray, start: int, end: int) -> np.ndarray:
        cells = _cells(notes, scale)
        bars = np.array([lines.bar_at(int(tick)) for tick in cells], dtype=int)
        kept: np.ndarray = np.zeros(len(notes), dtype=bool)
        wanted = 0.0
        for bar in np.unique(bars):
            own = bars == bar
            wanted += share * own.sum()
            ranked = sorted(set(cells[own].tolist()), key=lambda tick: (-place.strength(tick), tick))
            for tick in ranked:
                chosen = own & (cells == tick)
                if kept.sum() + chosen.sum() / 2 <= wanted or not (kept & own).any():
                    kept |= chosen
        return notes[kept]

    return _touched(task, task.operation.part, change)


def fuller(task: Task, share: float) -> Done:
    """Those who carry a band with more notes: drums, bass, who plays chords."""
    return _busier(task, share, _CARRYING)


def _busier(task: Task, share: float, roles: Collection[str] = ()) -> Done:
    """A player with more notes: between those that are there, the same again, softer; of drums the cymbal.

    With ``roles`` all who have one of them.
    """
    song = task.song
    place = Stretch(song.sheet, 0, song.sheet.end_tick)
    drums = {track.name for track in song.score.tracks if track.is_drum}

    def denser(notes: np.ndarray, start: int, end: int) -> np.ndarray:
        return _denser(notes, end, share, place, song.scale)

    def more_strokes(notes: np.ndarray, start: int, end: int) -> np.ndarray:
        return _more_strokes(notes, start, end, share, place, song.scale)

    return _touched(task, task.operation.part, denser, drums, more_strokes, roles)


def _cells(notes: np.ndarray, scale: int) -> np.ndarray:
    """The sixteenth that each performed note is played on, in engine ticks: what is struck together stays together."""
    return np.rint(notes["onset_tick"] / scale / _CELL).astype(int) * _CELL


def _denser(notes: np.ndarray, end: int, share: float, place: Stretch, scale: int) -> np.ndarray:
    """Strike what a player plays again in its longest gaps, on the strongest places there."""
    cells = _cells(notes, scale)
    times = [*sorted(set(cells.tolist())), end // scale]
    gaps = [(after - tick, tick) for tick, after in pairwise(times) if after - tick >= 2 * _CELL]
    halves = [(-min(gap, 24), -place.strength(tick + _half(gap)), tick, _half(gap)) for gap, tick in gaps]
    wanted = (share - 1) * len(notes)
    added: list[np.ndarray] = []
    changed = notes.copy()
    for _, _, tick, half in sorted(halves):
        if sum(map(len, added)) >= wanted:
            break
        again = notes[cells == tick].copy()
        again["onset_tick"] += half * scale
        again["duration_tick"] = np.maximum(scale, np.minimum(again["duration_tick"], half * scale))
        again["velocity"] = np.maximum(1, np.rint(again["velocity"] * _SOFTER)).astype(np.uint8)
        shorter = cells == tick
        changed["duration_tick"][shorter] = np.minimum(changed["duration_tick"][shorter], half * scale)
        added.append(again)
    return np.concatenate([changed, *added])


def _half(gap: int) -> int:
    """The middle of a gap, on the grid of sixteenths."""
    return max(_CELL, gap // 2 // _CELL * _CELL)


def _more_strokes(notes: np.ndarray, start: int, end: int, share: float, place: Stretch, scale: int) -> np.ndarray:
    """Let the cymbal that leads play between its strokes: on eighths, then on sixteenths, with no third hand."""
    cells = _cells(notes, scale)
    cymbals = [pitch for pitch in notes["pitch"].tolist() if pitch in _CYMBALS]
    lead = max(_CYMBALS, key=lambda pitch: (cymbals.count(pitch), -_CYMBALS.index(pitch)))
    taken = {cell for cell, pitch in zip(cells.tolist(), notes["pitch"].tolist(), strict=True) if pitch not in _FEET}
    loud = float(notes["velocity"].mean()) * _SOFTER
    wanted = (share - 1) * len(notes)
    rows: list[Row] = []
    for step in (2 * _CELL, _CELL):
        for tick in range(-(-start // scale // step) * step, end // scale, step):
            if len(rows) < wanted and tick not in taken:
                taken.add(tick)
                level = round(loud * (1.0 if place.strength(tick) >= 1 else _SOFTER))
                rows.append((tick * scale, _CELL * scale, lead, max(1, level)))
    return np.concatenate([notes, make_notes(rows)]) if rows else notes


def _touched(
    task: Task, part: str | None, change: Change, drums: Collection[str] = (), of_drums: Change | None = None,
    roles: Collection[str] = (),
) -> Done:  # fmt: skip
    """Change the notes of some players in the spans, each track by itself; those of drums in their own way.

    Who is not named, and has none of the roles where there are some, is left alone.
    """
    song, operation = task.song, task.operation
    who = None if part is None else who_is(song.score, part)
    if who == HARMONY:
        raise EditError(f"{operation.said}: chords are everybody's; name a player, or the band")
    tracks, told = [], list[str]()
    for track in song.score.tracks:
        notes = track.notes
        if track.role in roles or (not roles and (who is None or is_meant(track, who))):
            for span, guard in zip(task.spans, task.guards, strict=True):
                if guard.lets(track):
                    how = of_drums if of_drums is not None and track.name in drums else change
                    notes = _in_span(song, notes, span, how)
        if not np.array_equal(notes, track.notes):
            less = len(track.notes) - len(notes)
            told.append(f"{track.name}: {abs(less)} notes {'less' if less > 0 else 'more'}" if less else track.name)
        tracks.append(replace(track, notes=notes))
    if not told:
        raise EditError(
            f"{operation.said}: there is nothing to change; {part or 'nobody'} is silent there, or plays so already",
            "name another place",
        )
    kept = tuple(track for track in tracks if len(track.notes))
    plan = song.plan
    for span in task.spans:
        plan = detached(plan, span)
    return Done(
        with_maps(Material(plan, song.sheet, replace(song.score, tracks=kept))), task.locks, tuple(told)
    )  # fmt: skip


def _in_span(song: Material, notes: np.ndarray, span: Span, change: Change) -> np.ndarray:
    """Change a track's notes of a span."""
    start, end = (tick * song.scale for tick in song.ticks(span))
    chosen = inside(notes, start, end if span.end_bar < song.plan.n_bars else _NO_END)
    if not chosen.any():
        return notes
    joined = np.concatenate([notes[~chosen], change(notes[chosen], start, end)])
    return np.sort(joined, order=["onset_tick", "pitch"])


def alike(task: Task) -> Done:
    """Sections played as another one is: by the same players, as busily and as loud; the tune and its chords stay."""
    plan = said_roles(task.song.plan)
    models = find_sections(plan, task.operation.like or "")
    model = plan.sections[models[0]]
    chosen = [index for index in sections_in(plan, task.spans) if index not in models]
    same = (model.intensity, set(model.roles or ()) - {TUNE})

    def differs(section: PlannedSection) -> bool:
        return (section.intensity, set(section.roles or ()) - {TUNE}) != same

    if not any(differs(plan.sections[index]) for index in chosen):
        raise EditError(f"{task.operation.said}: it is played like {model.name} already")

    def change(index: int, section: PlannedSection) -> PlannedSection:
        if index not in chosen:
            return section
        roles = [TUNE] if TUNE in (section.roles or ()) else []
        others = [role for role in model.roles or () if role != TUNE]
        return section.model_copy(update={"intensity": model.intensity, "roles": (*roles, *others)})

    told = [f"{plan.sections[index].name}: intensity {plan.sections[index].intensity:g} to {model.intensity:g}"
            for index in chosen]  # fmt: skip
    song = Material(map_sections(plan, change), task.song.sheet, task.song.score)
    return played_again(task, song, task.spans, told)
