"""Who plays what in a multi-track piece: a musical rule for each track and phrase.

Rules
-----
- *Drums* are on channel 10; timpani, drums with a pitch and sound effects have no role.
- *Bass, texture, lead-like*: ``symbolic_music.analysis.texture``.
- *Melody.* In every phrase the most lead-like track that plays through it; a track that had the melody keeps it unless
  another is clearly better. *Line* is the next one that does not double it nor move with it note by note. Before
  the piece's main melody has entered, what is lead-like is a line: it opens the piece.
- *Doubling.* A track most of whose notes another one strikes too (in any octave, or some time before: an echo) is left
  out, as are, phrase by phrase, all but the most active track of a role.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from data_prep.piece_tracks import Row, Tracks
from symbolic_music.analysis.texture import WITHOUT_ROLE, Texture, is_bass, lead_score, part_of_voice, texture_of

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
