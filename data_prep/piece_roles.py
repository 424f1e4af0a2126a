"""Who plays what in a multi-track piece: a musical rule for each track and phrase.

Rules
-----
- *Drums* are on channel 10; timpani, drums with a pitch and sound effects have no role.
- *Bass*: a bass program that is not high, or the lowest track if it is one voice below ``BASS_CEILING``.
- *Texture.* Any other track is guitar, piano, pad or arpeggio by its program and by how it moves: what lasts and stands
  in chords is a pad, one voice that runs evenly is an arpeggio.
- *Lead-like* is a track that is one voice, high, active and tuneful (steps, several note values, no bar that
  repeats the bar before), more so on instruments that sing; a track that its author called a lead is one.
- *Melody.* In every phrase the most lead-like track that plays through it; a track that had the melody keeps it unless
  another is clearly better. *Line* is the next one that does not double it nor move with it note by note. Before
  the piece's main melody has entered, what is lead-like is a line: it opens the piece.
- *Doubling.* A track most of whose notes another one strikes too (in any octave, or some time before: an echo) is left
  out, as are, phrase by phrase, all but the most active track of a role.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from data_prep.piece_tracks import Row, Tracks, Voice
from symbolic_music.theory.meter import TPQ

BASS_PROGRAMS = (*range(32, 40), 43, 58)
HIGHEST_BASS, BASS_CEILING = 57, 48
# Programs without a role: timpani, melodic drums, effects.
WITHOUT_ROLE = (47, 55, *range(112, 128))
# Texture by program where the movement does not say otherwise: (first, last, part).
PROGRAM_PARTS = (
    (0, 8, "piano"), (8, 16, "arpeggio"), (16, 24, "piano"), (24, 32, "guitar"), (40, 45, "pad"), (45, 47, "arpeggio"),
    (48, 80, "pad"), (80, 88, "arpeggio"), (88, 104, "pad"), (104, 109, "guitar"), (109, 112, "pad"),
)  # fmt: skip
# How well an instrument sings, 0 to 1.
SINGING = {
    **dict.fromkeys(range(8), 0.4), **dict.fromkeys(range(8, 16), 0.4), **dict.fromkeys(range(16, 21), 0.3),
    **dict.fromkeys(range(21, 24), 0.8), **dict.fromkeys(range(24, 29), 0.3), 29: 0.6, 30: 0.6, 31: 0.3,
    **dict.fromkeys(range(40, 43), 0.8), 44: 0.3, 45: 0.1, 46: 0.1, **dict.fromkeys(range(48, 52), 0.4),
    52: 0.5, 53: 0.7, 54: 0.6, **dict.fromkeys(range(56, 64), 0.7), **dict.fromkeys(range(64, 80), 1.0),
    **dict.fromkeys(range(80, 88), 1.0), **dict.fromkeys(range(88, 96), 0.2), **dict.fromkeys(range(96, 104), 0.1),
    **dict.fromkeys(range(104, 112), 0.5),
}  # fmt: skip
CALLED_LEAD = re.compile(r"\b(melody|lead|solo|vocals?|voice|theme|tune)\b", re.I)
LEAD_SCORE, KEEPS_MELODY = 2.4, 0.5
# Part of a phrase's bars in which a melody must play.
MELODY_BARS, LINE_BARS = 0.5, 0.25
DOUBLED = 0.6
# Delays in ticks at which a track may repeat another one.
ECHOES = (0, 3, 4, 6, 8, 9, 12, 18, 24)
# Share of a line's notes that may begin with the melody's.
TOGETHER = 0.75
# Drums double nothing, and the bass may double the guitars: that is what it is there for.
FOUNDATION = ("drums", "bass")


@dataclass(frozen=True)
class Texture:
    """How a track moves; lengths in quarters, rates in notes a bar in which it plays."""

    n_notes: int
    one_voice: float  # share of onsets at which one note begins
    mean_pitch: float
    mean_length: float
    rate: float
    bars: float  # share of bars with an onset
    steps: float  # share of moves of one or two semitones
    evenness: float  # share of the commonest distance between onsets
    repeats: float  # share of bars equal to the bar before or to the one before that


def texture_of(rows: Sequence[Row], start: int, end: int, bar: int) -> Texture:
    """Measure the notes of a track between two ticks."""
    if not rows:
        return Texture(0, 0, 0, 0, 0, 0, 0, 0, 0)
    onsets, counts = np.unique([row[0] for row in rows], return_counts=True)
    pitches = np.array([row[2] for row in rows])
    bars = defaultdict(set)
    for on, _, pitch, _ in rows:
        bars[on // bar].add((on % bar, pitch))
    n_bars = max(1, (end - start) // bar)
    top = {on: pitch for on, _, pitch, _ in rows}
    moves = np.abs(np.diff([top[on] for on in sorted(top)]))
    moves = moves[moves > 0]
    gaps = np.diff(onsets)
    repeats = [bars[b] == bars.get(b - 1) or bars[b] == bars.get(b - 2) for b in sorted(bars)]
    return Texture(
        n_notes=len(rows),
        one_voice=float(np.mean(counts == 1)),
        mean_pitch=float(pitches.mean()),
        mean_length=float(np.mean([row[1] for row in rows])) / TPQ,
        rate=len(onsets) / len(bars),
        bars=len(bars) / n_bars,
        steps=float(np.mean(moves <= 2)) if len(moves) else 0.0,
        evenness=Counter(gaps.tolist()).most_common(1)[0][1] / len(gaps) if len(gaps) else 1.0,
        repeats=float(np.mean(repeats)),
    )


def part_of_voice(voice: Voice, texture: Texture) -> str | None:
    """Name a track's part but for bass and leads; none for what has no role."""
    if voice.is_drum:
        return "drums"
    if voice.program in WITHOUT_ROLE:
        return None
    family = next((part for first, last, part in PROGRAM_PARTS if first <= voice.program < last), "piano")
    if family == "guitar":
        return family
    is_chordal = texture.one_voice < 0.5
    if texture.mean_length >= 2 and (is_chordal or family == "pad"):
        return "pad"
    if not is_chordal and texture.rate >= 6 and texture.mean_length < 1:
        return "arpeggio"
    return "piano" if is_chordal and family == "arpeggio" else family


def is_bass(voice: Voice, texture: Texture, lowest: float) -> bool:
    """Whether a track is the bass; ``lowest`` is the lowest mean pitch of all tracks."""
    if voice.is_drum or voice.program in WITHOUT_ROLE:
        return False
    named = voice.program in BASS_PROGRAMS and texture.mean_pitch <= HIGHEST_BASS
    deep = texture.mean_pitch < BASS_CEILING and texture.one_voice >= 0.8 and texture.mean_pitch <= lowest + 1
    return named or deep


def lead_score(voice: Voice, texture: Texture) -> float:
    """How lead-like a track is; `LEAD_SCORE` and more is a lead."""
    if voice.is_drum or voice.program in WITHOUT_ROLE or texture.one_voice < 0.7 or texture.n_notes < 4:
        return 0.0
    height = float(np.clip((texture.mean_pitch - 52) / 20, 0, 1)) - max(0.0, texture.mean_pitch - 90) / 10
    runs = max(0.0, texture.evenness - 0.6) * (texture.rate >= 6)
    sings = 1.0 if CALLED_LEAD.search(voice.name) else SINGING.get(voice.program, 0.2)
    return (
        texture.one_voice + sings + height + texture.steps / 2 + min(1.0, texture.rate / 4) / 2
        - texture.repeats / 2 - 1.5 * runs
    )  # fmt: skip


def assign_roles(tracks: Tracks, starts: Sequence[int]) -> list[dict[str, int]]:
    """Choose in every phrase the track of each part.

    Parameters
    ----------
    tracks : Tracks
    starts : sequence of int
        Bars on which phrases begin, and the end.

    Returns
    -------
    list of dict
        For every phrase: part to the index of its voice.
    """
    bar = tracks.meter.bar_ticks
    whole = [texture_of(voice.rows, 0, tracks.n_bars * bar, bar) for voice in tracks.voices]
    parts = _standing_parts(tracks, whole)
    spans = [(start * bar, end * bar) for start, end in pairwise(starts)]
    leads = _leads(tracks, parts, whole, spans)
    return [_others(tracks, parts, span, lead) for span, lead in zip(spans, leads, strict=True)]


def _standing_parts(tracks: Tracks, textures: Sequence[Texture]) -> list[str | None]:
    """Name every track's part over the whole piece, leads aside."""
    pitched = [t.mean_pitch for v, t in zip(tracks.voices, textures, strict=True)
               if not v.is_drum and v.program not in WITHOUT_ROLE]  # fmt: skip
    lowest = min(pitched, default=0)
    return [
        "bass" if is_bass(voice, texture, lowest) else part_of_voice(voice, texture)
        for voice, texture in zip(tracks.voices, textures, strict=True)
    ]


def _leads(
    tracks: Tracks, parts: Sequence[str | None], whole: Sequence[Texture], spans: Sequence[tuple[int, int]]
) -> list[dict[str, int]]:
    """Choose melody and line of every phrase."""
    bar = tracks.meter.bar_ticks
    usual = [lead_score(voice, texture) for voice, texture in zip(tracks.voices, whole, strict=True)]
    chosen: list[dict[str, int]] = []
    for start, end in spans:
        scores: dict[int, float] = {}
        before = chosen[-1].get("melody") if chosen else None
        for index, voice in enumerate(tracks.voices):
            texture = texture_of(voice.between(start, end), start, end, bar)
            here = lead_score(voice, texture)
            if parts[index] in (None, "bass", "drums") or not here or texture.bars < LINE_BARS:
                continue
            score = (here + usual[index]) / 2 + KEEPS_MELODY * (index == before)
            if score >= LEAD_SCORE:
                scores[index] = score + 0.5 * (texture.bars >= MELODY_BARS)
        chosen.append(_two_leads(tracks, scores, start, end))
    return _opened_by_a_line(chosen)


def _two_leads(tracks: Tracks, scores: dict[int, float], start: int, end: int) -> dict[str, int]:
    """Take the best as the melody and the next that does not double it as the line."""
    ranked = sorted(scores, key=lambda index: -scores[index])
    if not ranked:
        return {}
    rows = [tracks.voices[index].between(start, end) for index in ranked]
    free = [
        index
        for index, own in zip(ranked[1:], rows[1:], strict=True)
        if not doubles(own, rows[0]) and not accompanies(own, rows[0])
    ]
    return {"melody": ranked[0]} | ({"line": free[0]} if free else {})


def _opened_by_a_line(chosen: list[dict[str, int]]) -> list[dict[str, int]]:
    """Call what leads before the main melody enters a line."""
    count = Counter(lead["melody"] for lead in chosen if "melody" in lead)
    if not count:
        return chosen
    main = count.most_common(1)[0][0]
    entry = next(number for number, lead in enumerate(chosen) if lead.get("melody") == main)
    return [
        {"line": lead["melody"]} if number < entry and "melody" in lead else lead for number, lead in enumerate(chosen)
    ]


def _others(tracks: Tracks, parts: Sequence[str | None], span: tuple[int, int], lead: dict[str, int]) -> dict[str, int]:
    """Add to a phrase's leads the most active track of every other part that doubles none of those chosen."""
    taken = dict(lead)
    heard = {index: tracks.voices[index].between(*span) for index in range(len(parts))}
    for index in sorted(heard, key=lambda index: -len(heard[index])):
        part = parts[index]
        if part is None or not heard[index] or part in taken or index in taken.values():
            continue
        rivals = [heard[other] for name, other in taken.items() if name not in FOUNDATION]
        if part in FOUNDATION or not any(doubles(heard[index], rows) for rows in rivals):
            taken[part] = index
    return taken


def doubles(rows: Sequence[Row], others: Sequence[Row]) -> bool:
    """Whether most notes of a track are struck by another one too, in any octave, or are its echo."""
    struck = {(on, pitch % 12) for on, _, pitch, _ in others}
    shared = [sum((on - delay, pitch % 12) in struck for on, _, pitch, _ in rows) for delay in ECHOES]
    return bool(rows) and max(shared) > DOUBLED * len(rows)


def accompanies(rows: Sequence[Row], others: Sequence[Row]) -> bool:
    """Whether a track moves with another one, note by note: its second voice and no line of its own."""
    struck = {row[0] for row in others}
    return sum(row[0] in struck for row in rows) > TOGETHER * len(rows)
