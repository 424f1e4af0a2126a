"""The first bars of a song before the others are written, so that somebody may listen meanwhile.

Chords and tune are those that the song will have; who plays them, and how, follows from these bars and not yet from the
whole song, so that a voicing or a fill may be another one in the end.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from symbolic_music.pipeline.sink import FinishedBars, cut_score
from symbolic_music.song.leadsheet import LeadSheet, chord_markers
from symbolic_music.song.material import Material
from symbolic_music.song.places import Span
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.spans import key_changes, section_markers, slots_of
from symbolic_music.theory.meter import TPQ

if TYPE_CHECKING:
    from symbolic_music.pipeline.excerpts import Playing

# So many bars, to the end of their phrase: few enough to be there at once, enough to be heard meanwhile.
OPENING_BARS = 4
TPQ_PERFORMED = 480


def opening_span(plan: SongPlan) -> Span | None:
    """The first phrases of a song; ``None`` if there is little after them, or if its meter changes on the way."""
    ends = (slot.start_bar + slot.phrase.n_bars for slot in slots_of(plan))
    end = next((bar for bar in ends if bar >= OPENING_BARS), plan.n_bars)
    if 4 * end > 3 * plan.n_bars or len(plan.lines.changes()) > 1:
        return None
    return Span(0, end)


def play_opening(plan: SongPlan, sheet: LeadSheet, span: Span, playing: Playing) -> FinishedBars:
    """Arrange and perform the first bars.

    Parameters
    ----------
    plan : SongPlan
        The whole song's.
    sheet : LeadSheet
        Of the whole length; the span's phrases and the next one are written, others need not be.
    span : Span
        As `opening_span` says.
    playing : Playing
        How it is performed.

    Returns
    -------
    FinishedBars
        As a sink gets them.
    """
    from symbolic_music.pipeline.excerpts import perform_stretch
    from symbolic_music.song.score import Score

    scale = TPQ_PERFORMED // TPQ
    whole = Score(
        title=plan.title, tpq=TPQ_PERFORMED, end_tick=sheet.end_tick * scale, tracks=(),
        tempos=tuple(replace(change, tick=change.tick * scale) for change in sheet.tempos),
        meters=sheet.lines.changes(), keys=key_changes(plan, scale), markers=section_markers(plan, scale),
        chord_symbols=tuple(replace(symbol, tick=symbol.tick * scale) for symbol in chord_markers(sheet)),
    )  # fmt: skip
    played, _ = perform_stretch(Material(plan, sheet, whole), span, playing)
    end = sheet.lines.tick_of(span.end_bar) * scale
    piece = cut_score(replace(whole, tracks=played.tracks), -1, end)
    return FinishedBars(plan.sections[0].name, 0, span.n_bars, 0, end, piece)
