"""Corrections by hand, in the score as it is played and in the lead sheet; what was corrected is locked.

A hand may correct again what it locked by correcting: the part in its section. Any other lock holds.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from symbolic_music.errors import EditError
from symbolic_music.pipeline.creation import Song, load_song, write_song
from symbolic_music.pipeline.guarding import TUNE, lock_spans, who_is
from symbolic_music.pipeline.words import set_words
from symbolic_music.pipeline.workshop import commit
from symbolic_music.prosody.text import read_lyrics
from symbolic_music.song.correction import Corrections, NoteCorrection, WordCorrection
from symbolic_music.song.edit import Lock
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.lyrics import Syllable
from symbolic_music.song.material import EARLY
from symbolic_music.song.notes import make_notes, rows_of
from symbolic_music.song.places import Span
from symbolic_music.song.score import TPQ, Score, Track
from symbolic_music.theory.pitch import name_pitch

Row = tuple[int, int, int, int]
# A note of the tune is played at most so far from where it is written, in engine ticks.
_REACH = TPQ // 2


def correct_folder(folder: str | Path, corrections: Corrections) -> Song:
    """Correct the song in a folder: one more state of its history.

    Raises
    ------
    EditError
        If a note is not there, cannot go where it should, or a lock forbids it; the folder is as it was.
    """
    folder = Path(folder)
    song, did = correct(load_song(folder), corrections)
    commit(folder, "", did, None, lambda place: write_song(song, place))
    return song


def correct(song: Song, corrections: Corrections) -> tuple[Song, tuple[str, ...]]:
    """Correct a song; returns it, and what was done, a line each.

    Raises
    ------
    EditError
        See `correct_folder`.
    """
    did: list[str] = []
    if corrections.lyrics:
        song, did = _with_lyrics(song, corrections.lyrics)
    for note in corrections.notes:
        song = _with_note(song, note)
        did.append(_said(song, note))
    for word in corrections.words:
        song = _with_word(song, word)
        did.append(f"bar {_bar_of(song, word.onset_tick) + 1}: " + (f"sung: {word.text}" if word.text else "not sung"))
    if len(did) > 4:
        did = [*did[:3], f"and {len(did) - 3} more by hand"]
    return replace(song, audio=None), tuple(did)


def _with_lyrics(song: Song, text: str) -> tuple[Song, list[str]]:
    """Set a text to the tune; returns the song, and what was done.

    Raises
    ------
    EditError
        If notes of a tune that is locked would be struck again for it.
    """
    words = read_lyrics(text)
    sung = set_words(song, words)
    lock = next((lock for lock in song.locks if lock.what != "chords" and lock.part in (None, TUNE)), None)
    if lock is not None and rows_of(sung.lead_sheet.melody) != rows_of(song.lead_sheet.melody):
        raise EditError(f"the words need notes struck again; locked: {lock.said}", "unlock it, or use fewer syllables")
    new = sung.lead_sheet.remarks[len(song.lead_sheet.remarks) :]
    return sung, [f"words under the tune: {words.n_syllables} syllables", *new]


def _with_note(song: Song, asked: NoteCorrection) -> Song:
    """Correct one note, and lock its part in its section."""
    track = next((track for track in song.score.tracks if track.name == asked.track), None)
    if track is None:
        raise EditError(f"{asked.track!r} does not play in this song")
    rows = rows_of(track.notes)
    old = next((row for row in rows if (row[0], row[2]) == (asked.onset_tick, asked.pitch)), None)
    if old is None:
        raise EditError(
            f"{asked.track}: no note {asked.pitch} begins at tick {asked.onset_tick}", "read the song again"
        )
    new = _corrected(old, asked)
    if new is not None and new[0] + new[1] > song.score.end_tick:
        raise EditError(f"{asked.track}: the note would end after the song")
    lock = _lock_of(song, track, asked.onset_tick)
    others = [row for row in rows if row != old]
    song = replace(song, score=_with_rows(song.score, track, _fitted(others, new, asked.track)))
    if track.role == TUNE:
        song = _with_written(song, old, new)
    return song if lock in song.locks else replace(song, locks=(*song.locks, lock))


def _corrected(old: Row, asked: NoteCorrection) -> Row | None:
    """The note as it is to be; ``None`` if it goes."""
    if asked.remove:
        return None
    onset = old[0] if asked.to_onset_tick is None else asked.to_onset_tick
    length = old[1] if asked.to_duration_tick is None else asked.to_duration_tick
    return onset, length, old[2] if asked.to_pitch is None else asked.to_pitch, old[3]


def _fitted(others: list[Row], new: Row | None, name: str) -> list[Row]:
    """Put a note among others; the same pitch is not struck while it sounds."""
    if new is None:
        return others
    onset, length, pitch, velocity = new
    rows = []
    for row in others:
        if row[2] == pitch and row[0] == onset:
            raise EditError(f"{name}: the same note begins there already")
        if row[2] == pitch and row[0] < onset < row[0] + row[1]:
            row = (row[0], onset - row[0], pitch, row[3])
        if row[2] == pitch and onset < row[0] < onset + length:
            length = row[0] - onset
        rows.append(row)
    return [*rows, (onset, length, pitch, velocity)]


def _with_rows(score: Score, track: Track, rows: list[Row]) -> Score:
    """A score in which a track has these notes."""
    changed = replace(track, notes=make_notes(rows) if rows else track.notes[:0])
    return replace(score, tracks=tuple(changed if one is track else one for one in score.tracks))


def _with_written(song: Song, old: Row, new: Row | None) -> Song:
    """Correct the lead sheet's note that was played there, and the syllable on it."""
    sheet, scale = song.lead_sheet, song.score.tpq // TPQ
    place = _written(sheet, old[0] / scale)
    if place is None:
        return song
    rows = rows_of(sheet.melody)
    onset, length, pitch, velocity = rows.pop(place)
    if new is None:
        return _with_sheet(song, replace(sheet, melody=make_notes(rows), lyrics=_moved(sheet, onset, None)))
    to = max(0, onset + round((new[0] - old[0]) / scale))
    lasts = max(1, length + round((new[1] - old[1]) / scale))
    if any(row[0] == to for row in rows):
        raise EditError("the tune has a note there already", "move that one first")
    rows = [(row[0], min(row[1], to - row[0]) if row[0] < to else row[1], row[2], row[3]) for row in rows]
    following = min((row[0] for row in rows if row[0] > to), default=sheet.end_tick)
    if to >= sheet.end_tick:
        raise EditError("the note would begin after the song")
    note = (to, min(lasts, following - to), min(127, max(0, pitch + new[2] - old[2])), velocity)
    return _with_sheet(song, replace(sheet, melody=make_notes([*rows, note]), lyrics=_moved(sheet, onset, to)))


def _written(sheet: LeadSheet, tick: float) -> int | None:
    """Find which note of a lead sheet is played at a tick."""
    if not len(sheet.melody):
        return None
    distance = np.abs(sheet.melody["onset_tick"].astype(float) - tick)
    nearest = int(distance.argmin())
    return nearest if distance[nearest] <= _REACH else None


def _moved(sheet: LeadSheet, tick: int, to: int | None) -> tuple[Syllable, ...]:
    """The words, with the syllable on a note gone along with it."""
    moved = [word if word.tick != tick else None if to is None else replace(word, tick=to) for word in sheet.lyrics]
    return tuple(sorted((word for word in moved if word is not None), key=lambda word: word.tick))


def _with_sheet(song: Song, sheet: LeadSheet) -> Song:
    """A song with another lead sheet, whose words its score has too."""
    scale = song.score.tpq // TPQ
    lyrics = tuple(replace(word, tick=word.tick * scale) for word in sheet.lyrics)
    return replace(song, lead_sheet=sheet, score=replace(song.score, lyrics=lyrics))


def _with_word(song: Song, asked: WordCorrection) -> Song:
    """Write a syllable on a note of the tune, or take it away."""
    sheet = song.lead_sheet
    place = _written(sheet, asked.onset_tick / (song.score.tpq // TPQ))
    if place is None:
        raise EditError("the tune has no note there to sing on")
    tick, text = int(sheet.melody["onset_tick"][place]), " ".join(asked.text.split())
    kept = [word for word in sheet.lyrics if word.tick != tick or word.verse > 1]
    written = [Syllable(tick, text.rstrip("-") or text, text.endswith("-"))] if text else []
    return _with_sheet(song, replace(sheet, lyrics=tuple(sorted([*kept, *written], key=lambda word: word.tick))))


def _lock_of(song: Song, track: Track, tick: int) -> Lock:
    """The lock on what is corrected.

    Raises
    ------
    EditError
        If something larger is locked there.
    """
    bar = _bar_of(song, tick)
    section = song.lead_sheet.sections[-1].name
    for span in song.lead_sheet.sections:
        if span.start_bar <= bar < span.start_bar + span.n_bars:
            section = span.name
    own = Lock(section=section, part=TUNE if track.role == TUNE else track.name.lower())
    for lock in song.locks:
        meets = any(span.meets(Span(bar, bar + 1)) for span in lock_spans(song.plan, lock))
        if lock != own and meets and lock.what in ("all", "part") and _is_of(song.score, lock, track):
            raise EditError(f"locked: {lock.said}", "unlock it first")
    return own


def _is_of(score: Score, lock: Lock, track: Track) -> bool:
    """Whether a lock holds a track."""
    if lock.part is None:
        return True
    meant = who_is(score, lock.part)
    if isinstance(meant, frozenset):
        return track.name in meant
    return (meant == TUNE) == (track.role == TUNE) and meant != "chords"


def _bar_of(song: Song, tick: int) -> int:
    """The bar that a tick of the score is in, counted from 0; players come in a little early."""
    scale = song.score.tpq // TPQ
    lines = song.lead_sheet.lines
    return lines.bar_at(min(lines.end_tick - 1, (tick + EARLY) // scale))


def _said(song: Song, asked: NoteCorrection) -> str:
    """What was done to a note."""
    bar = _bar_of(song, asked.onset_tick) + 1
    name = name_pitch(asked.pitch)
    if asked.remove:
        return f"{asked.track}, bar {bar}: {name} taken out by hand"
    if asked.to_pitch is not None and asked.to_pitch != asked.pitch:
        return f"{asked.track}, bar {bar}: {name} to {name_pitch(asked.to_pitch)} by hand"
    if asked.to_onset_tick is not None and asked.to_onset_tick != asked.onset_tick:
        return f"{asked.track}, bar {bar}: {name} moved by hand"
    return f"{asked.track}, bar {bar}: {name} longer or shorter by hand"
