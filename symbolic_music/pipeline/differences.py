"""What differs between two songs, in words and numbers."""

from __future__ import annotations

from collections import Counter

import numpy as np

from symbolic_music.pipeline.creation import Song
from symbolic_music.song.bars import BarLines, bars_of
from symbolic_music.song.material import EARLY
from symbolic_music.song.resampling import move_events
from symbolic_music.song.score import Score, Track
from symbolic_music.theory.meter import TPQ


def difference_lines(old: Song, new: Song) -> list[str]:
    """Say what differs: the plan's numbers, form, keys, chords, and every track's notes and bars."""
    return [*_plan_lines(old, new), *_chord_lines(old, new), *_track_lines(old, new)]


def _plan_lines(old: Song, new: Song) -> list[str]:
    """What differs between the plans."""
    lines = []
    for name in ("title", "style", "tempo_qpm", "meter", "n_bars", "swing", "drum_feel", "lay_back_ms"):
        a, b = getattr(old.plan, name), getattr(new.plan, name)
        if a != b:
            lines.append(f"{name.replace('_qpm', '').replace('n_bars', 'bars')}: {_said(a)} to {_said(b)}")
    forms = [" | ".join(f"{s.name} {s.n_bars}" for s in song.plan.sections) for song in (old, new)]
    if forms[0] != forms[1]:
        lines.append(f"form: {forms[0]} to {forms[1]}")
    else:
        for a, b in zip(old.plan.sections, new.plan.sections, strict=True):
            if a.key != b.key:
                lines.append(f"{a.name}: key {a.key} to {b.key}")
            if a.intensity != b.intensity:
                lines.append(f"{a.name}: intensity {a.intensity:g} to {b.intensity:g}")
    return lines


def _said(value: object) -> str:
    """A value as text."""
    return f"{value:g}" if isinstance(value, float) else "open" if value is None else str(value)


def _chord_lines(old: Song, new: Song) -> list[str]:
    """How many chords differ, and the new ones of the first bars that do."""
    a = {(e.onset_tick, e.chord) for e in old.lead_sheet.chords}
    b = {(e.onset_tick, e.chord) for e in new.lead_sheet.chords}
    if a == b or old.plan.n_bars != new.plan.n_bars:
        return []
    fresh = sorted(b - a, key=lambda one: one[0])
    names = " ".join(chord.symbol(new.lead_sheet.key_at(new.lead_sheet.lines.bar_at(t)).fifths)
                     for t, chord in fresh[:8])  # fmt: skip
    return [f"chords: {len(a - b)} gone, {len(fresh)} new ({names}{' …' if len(fresh) > 8 else ''})"]


def _track_lines(old: Song, new: Song) -> list[str]:
    """What differs in each track."""
    before = {track.name: track for track in old.score.tracks}
    after = {track.name: track for track in new.score.tracks}
    lines = []
    for name in dict.fromkeys([*before, *after]):
        if name not in after:
            lines.append(f"{name}: does not play any more ({len(before[name].notes)} notes)")
        elif name not in before:
            lines.append(f"{name}: new, {len(after[name].notes)} notes{_where(after[name].notes, new.score)}")
        else:
            lines += _track_line(before[name], after[name], old.score, new.score)
    return lines


def _track_line(old: Track, new: Track, old_score: Score, new_score: Score) -> list[str]:
    """What differs in one track."""
    a = Counter(_rows(old, old_score))
    b = Counter(_rows(new, new_score))
    gone, fresh = list((a - b).elements()), list((b - a).elements())
    if not gone and not fresh:
        return []
    changed = np.array(sorted({row[0] for row in [*gone, *fresh]}))
    line = f"{new.name}: {len(gone)} notes gone, {len(fresh)} new{_bars(changed, new_score)}"
    if gone and fresh:
        by = 0.0 if new.is_drum else float(np.mean([row[2] for row in fresh]) - np.mean([row[2] for row in gone]))
        line += f", {abs(by):.1f} semitones {'higher' if by > 0 else 'lower'} on average" if abs(by) >= 0.5 else ""
        louder = np.mean([row[3] for row in fresh]) - np.mean([row[3] for row in gone])
        line += f", {'louder' if louder > 0 else 'softer'} by {abs(louder):.0f}" if abs(louder) >= 2 else ""
    return [line]


def _rows(track: Track, score: Score) -> list[tuple[int, ...]]:
    """Notes at 480 ticks a quarter."""
    factor = 480 // score.tpq if 480 % score.tpq == 0 else 1
    return [(on * factor, n * factor, p, v) for on, n, p, v in track.notes.tolist()]


def _where(notes: np.ndarray, score: Score) -> str:
    """The bars of some notes."""
    return _bars(np.array([on * 480 // score.tpq for on in notes["onset_tick"].tolist()]), score)


def _bars(onsets: np.ndarray, score: Score) -> str:
    """The first and last bar of some onsets, counted from 1."""
    if not len(onsets):
        return ""
    lines = BarLines(bars_of(move_events(score.meters, TPQ / score.tpq), score.end_tick * TPQ // score.tpq))
    first, last = (lines.bar_at((int(tick) + EARLY) * TPQ // 480) + 1 for tick in (onsets.min(), onsets.max()))
    return f" in bar {first}" if first == last else f" in bars {first} to {last}"
