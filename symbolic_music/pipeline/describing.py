"""A song in words and letters, for whoever reads instead of hearing: agents, people without sight, logs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from symbolic_music.errors import InputError
from symbolic_music.pipeline.creation import load_song
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.spans import section_bars
from symbolic_music.theory.pitch import name_pitch
from symbolic_music.theory.roman import write_roman

if TYPE_CHECKING:
    from symbolic_music.song.leadsheet import LeadSheet
    from symbolic_music.song.score import Score, Track

DETAILS = ("summary", "chords", "melody", "notes")
# More bars at once are no help to a reader.
MOST_BARS = {"summary": 10_000, "chords": 200, "melody": 32, "notes": 16}


def describe_song(
    folder: str | Path, detail: str = "summary", bars: tuple[int, int] | None = None, part: str = ""
) -> str:
    """Say a song as text.

    Parameters
    ----------
    folder : str or Path
        A song folder.
    detail : str
        One of `DETAILS`: form and players; chords with numerals; the tune; a part's notes.
    bars : tuple of int, optional
        First and last bar, counted from 1; as many as one answer holds if left out.
    part : str
        The track whose notes are said, by its name.

    Raises
    ------
    InputError
        If bars or part are not there.
    """
    song = load_song(folder)
    if detail not in DETAILS:
        raise InputError(f"detail {detail!r} is not known", f"use one of {', '.join(DETAILS)}")
    last = song.plan.n_bars
    first_bar, last_bar = bars or (1, last)
    if not 1 <= first_bar <= last_bar <= last:
        raise InputError(f"bars {first_bar} to {last_bar} are not in the song", f"use 1 to {last}")
    shown = min(last_bar, first_bar + MOST_BARS[detail] - 1)
    said = {
        "summary": lambda: _summary(song.plan, song.lead_sheet, song.score),
        "chords": lambda: _chords(song.lead_sheet, first_bar - 1, shown),
        "melody": lambda: _melody(song.lead_sheet, first_bar - 1, shown),
        "notes": lambda: _notes(song.score, _find_part(song.score, part), first_bar - 1, shown),
    }[detail]()
    lines = list(said)
    if shown < last_bar:
        lines.append(f"(bars {shown + 1} to {last_bar}: ask again from bar {shown + 1})")
    return "\n".join(lines)


def section_chords(plan: SongPlan, sheet: LeadSheet) -> list[tuple[str, str]]:
    """Say each section's chords in one line: ``C | Am F | G7``."""
    found = []
    for section, start in zip(plan.sections, section_bars(plan), strict=True):
        cells = [
            " ".join(text for text, _ in _chords_in(sheet, bar)) or "%" for bar in range(start, start + section.n_bars)
        ]
        found.append((section.name, " | ".join(cells)))
    return found


def _summary(plan: SongPlan, sheet: LeadSheet, score: Score) -> Iterator[str]:
    """Form, players and words of why."""
    yield f"{plan.title}: {plan.style or plan.genre}, {plan.mood}, {plan.tempo_qpm:g} quarters a minute, {plan.meter}"
    chords = dict(section_chords(plan, sheet))
    for section, start in zip(plan.sections, section_bars(plan), strict=True):
        yield (
            f"bars {start + 1}-{start + section.n_bars} {section.name} ({section.key}, intensity"
            f" {section.intensity:g}): {chords[section.name]}"
        )
    players = ", ".join(f"{track.name} ({track.role}, {len(track.notes)} notes)" for track in score.tracks)
    yield f"players: {players}"


def _chords(sheet: LeadSheet, start: int, end: int) -> Iterator[str]:
    """Chords with numerals, a line a bar."""
    for bar in range(start, end):
        cells = [f"{text} ({numeral})" for text, numeral in _chords_in(sheet, bar)]
        yield f"bar {bar + 1}: {', '.join(cells) or 'as before'}"


def _chords_in(sheet: LeadSheet, bar: int) -> list[tuple[str, str]]:
    """The chords that begin in a bar, with their numerals."""
    key, here = sheet.key_at(bar), sheet.lines.bars[bar]
    inside = [event.chord for event in sheet.chords if here.start <= event.onset_tick < here.end]
    return [(chord.symbol(key.fifths), write_roman(chord, key)) for chord in inside]


def _melody(sheet: LeadSheet, start: int, end: int) -> Iterator[str]:
    """The tune: pitch, beat and length in beats, a line a bar."""
    words = {syllable.tick: syllable.text for syllable in sheet.lyrics}
    for bar in range(start, end):
        key, (low, meter) = sheet.key_at(bar), sheet.lines.bars[bar]
        cells = [
            f"{name_pitch(pitch, key.fifths)}@{1 + (onset - low) / meter.beat_ticks:.4g}"
            f" {length / meter.beat_ticks:.3g}{' ' + repr(words[onset]) if onset in words else ''}"
            for onset, length, pitch, _ in sheet.melody.tolist() if low <= onset < low + meter.bar_ticks
        ]  # fmt: skip
        yield f"bar {bar + 1}: {', '.join(cells) or 'rest'}"


def _find_part(score: Score, name: str) -> Track:
    """Find a track by its name, or the first that has the role."""
    wanted = name.strip().lower() or "melody"
    for track in score.tracks:
        if wanted in (track.name.lower(), track.role):
            return track
    known = ", ".join(track.name for track in score.tracks)
    raise InputError(f"there is no part {name[:60]!r}", f"the song has {known}")


def _notes(score: Score, track: Track, start: int, end: int) -> Iterator[str]:
    """A part's notes as played: pitch, beat, length in beats, velocity."""
    meter = score.meters[0].meter
    ticks = score.tpq * 4 * meter.beats // meter.unit
    beat = ticks // meter.n_beats
    yield f"{track.name}: pitch@beat length velocity"
    for bar in range(start, end):
        low = bar * ticks
        cells = [
            f"{pitch if track.is_drum else name_pitch(pitch)}@{1 + (onset - low) / beat:.3f} {length / beat:.2f}"
            f" v{velocity}"
            for onset, length, pitch, velocity in track.notes.tolist() if low <= onset < low + ticks
        ]  # fmt: skip
        yield f"bar {bar + 1}: {', '.join(cells) or 'rest'}"
