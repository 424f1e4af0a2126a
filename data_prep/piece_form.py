"""Phrases, letters and keys of a piece for which nobody has written them down.

Rules
-----
- *Phrases* are of 4, 8, 12 or 16 bars where the music lets them, and begin where instruments enter or leave and the
  music changes; a piece in which nothing changes is cut into eights.
- *Letters.* Phrases of equal length share a letter if ``SAME_SHARE`` of their notes are the same.
- *Key.* One for each phrase, from the phrase and its neighbours (``find_key``). Another key than the piece's must
  last for ``KEY_BARS`` bars, twice as long if its scale is the same (relative keys are easily taken for each other).
- *Sections.* Phrases without a melody before the first that has one are an intro, after the last an outro, else
  interludes; the others are not named.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise

from data_prep.piece_tracks import Row, Tracks, Voice
from symbolic_music.analysis.key import find_key
from symbolic_music.song.notes import make_notes
from symbolic_music.theory.key import Key

LENGTH_COST = {8: 0.0, 4: 0.25, 16: 0.35, 12: 0.4, 6: 0.6, 2: 0.8, 10: 0.7, 1: 1.3}
OTHER_LENGTH_COST = 0.9
LONGEST = 16
SAME_SHARE = 0.6
KEY_BARS = 8


def phrase_starts(tracks: Tracks) -> list[int]:
    """Cut a piece into phrases; returns the bars on which they begin and the end.

    The cuts are the best path over all bars: what changes at a cut less what the phrase's length costs.
    """
    change = _changes(tracks)
    best: list[tuple[float, int]] = [(0.0, 0)]
    for bar in range(1, tracks.n_bars + 1):
        gain = change[bar] if bar < tracks.n_bars else 0.0
        scores = [
            (best[start][0] + gain - LENGTH_COST.get(bar - start, OTHER_LENGTH_COST), start)
            for start in range(max(0, bar - LONGEST), bar)
        ]
        best.append(max(scores))
    starts = [tracks.n_bars]
    while starts[-1]:
        starts.append(best[starts[-1]][1])
    return starts[::-1]


def _changes(tracks: Tracks) -> list[float]:
    """How much changes at every bar line, 0 to 2: who plays, and what."""
    players, music = [], []
    bar = tracks.meter.bar_ticks
    for number in range(tracks.n_bars):
        inside = [voice.between(number * bar, (number + 1) * bar) for voice in tracks.voices]
        players.append({index for index, rows in enumerate(inside) if rows})
        music.append({(i, on % bar, pitch % 12) for i, rows in enumerate(inside) for on, _, pitch, _ in rows})
    changes = [0.0]
    for at in range(1, tracks.n_bars):
        before, after = slice(max(0, at - 2), at), slice(at, at + 2)
        who, what = (1 - _likeness(set().union(*rows[before]), set().union(*rows[after])) for rows in (players, music))
        changes.append(who + what / 2)
    return changes


def _likeness(a: set, b: set) -> float:
    """Share of what two sets have in common."""
    return len(a & b) / max(1, len(a | b))


def letters_of(tracks: Tracks, starts: Sequence[int]) -> list[str]:
    """Letter the phrases between the given bars A, B, … by what they play."""
    bar = tracks.meter.bar_ticks
    seen: list[tuple[str, int, set]] = []
    letters = []
    for start, end in pairwise(starts):
        music = {
            (index, on - start * bar, pitch)
            for index, voice in enumerate(tracks.voices)
            if not voice.is_drum
            for on, _, pitch, _ in voice.between(start * bar, end * bar)
        }
        known = (name for name, n, other in seen if n == end - start and _likeness(music, other) >= SAME_SHARE)
        letter = next(known, None)
        if letter is None:
            letter = _letter(len(seen))
            seen.append((letter, end - start, music))
        letters.append(letter)
    return letters


def _letter(number: int) -> str:
    """A, B, …, Z, AA, AB, …"""
    return (_letter(number // 26 - 1) if number >= 26 else "") + chr(ord("A") + number % 26)


def keys_of(tracks: Tracks, starts: Sequence[int]) -> list[str]:
    """Find the key of every phrase (rule above)."""
    bar = tracks.meter.bar_ticks
    pitched = [voice for voice in tracks.voices if not voice.is_drum]
    home = _key(pitched, 0, tracks.n_bars * bar)
    spans = list(pairwise(starts))
    heard = [_key(pitched, (start - 4) * bar, (end + 4) * bar) for start, end in spans]
    keys: list[str] = []
    for key, group in groupby(zip(heard, spans, strict=True), key=lambda pair: str(pair[0])):
        phrases = list(group)
        n_bars = sum(end - start for _, (start, end) in phrases)
        is_relative = set(phrases[0][0].pitch_classes) == set(home.pitch_classes)
        lasts = n_bars >= KEY_BARS * (2 if is_relative else 1)
        keys += [key if lasts else (keys[-1] if keys else str(home))] * len(phrases)
    return keys


def _key(voices: Sequence[Voice], start: int, end: int) -> Key:
    """The key of a span of ticks."""
    rows: list[Row] = [row for voice in voices for row in voice.between(start, end)]
    return find_key(make_notes(rows), ())


def sections_of(sung: Sequence[bool]) -> list[str]:
    """Name the phrases by whether they have a melody.

    Examples
    --------
    >>> sections_of([False, True, False, True, False])
    ['intro', 'any', 'interlude', 'any', 'outro']
    """
    if not any(sung):
        return ["any"] * len(sung)
    first, last = sung.index(True), len(sung) - 1 - list(reversed(sung)).index(True)
    return [
        "any" if has else "intro" if number < first else "outro" if number > last else "interlude"
        for number, has in enumerate(sung)
    ]
