"""Lead sheet to score: the band plays the plan.

All times are engine ticks (``TPQ`` = 12). Part writers return plain note rows; this
module chooses the players, gathers the rows into tracks and writes the maps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from symbolic_music.arranging.band import COUNTERMELODY, Player, choose_players
from symbolic_music.arranging.bars import FULL_INTENSITY, BandBar, final_onset, list_bars, list_spans
from symbolic_music.arranging.bass import write_bass
from symbolic_music.arranging.drums import write_drums
from symbolic_music.arranging.pad import PAD_INTENSITY, write_pad
from symbolic_music.arranging.piano import write_piano
from symbolic_music.arranging.styled import finish_band, fold, style_players
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.notes import make_notes, rows_of
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import KeyChange, Marker, MeterChange, Score, TempoChange, Track
from symbolic_music.song.style import Style, check_fits
from symbolic_music.theory.meter import TPQ

Row = tuple[int, int, int, int]
PianoWriter = Callable[[SongPlan, LeadSheet], np.ndarray]


@dataclass(frozen=True)
class ArrangeOptions:
    """How to arrange.

    ``seed`` defaults to the plan's. ``piano`` writes the chord part, from plan and
    lead sheet to notes in ticks from the song's start; without it the phrase model
    does in the genres and meters it was trained on, and tables do elsewhere.
    ``style`` (see ``styles``) lets the phrase model write every part in that style.
    """

    seed: int | None = None
    piano: PianoWriter | None = None
    style: Style | None = None
    on_progress: Callable[[int, int], None] | None = None


DEFAULT_OPTIONS = ArrangeOptions()


def arrange(plan: SongPlan, sheet: LeadSheet, options: ArrangeOptions = DEFAULT_OPTIONS) -> Score:
    """Write every part of the band over a lead sheet.

    Parameters
    ----------
    plan : SongPlan
        Says who plays in which section and how intensely.
    sheet : LeadSheet
        Melody and chords over the plan's bars.

    Returns
    -------
    Score
        ``tpq`` 12, all onsets on the grid; one track per player who has notes.

    Raises
    ------
    LeadSheetError
        If plan and lead sheet differ in bars or meter.
    InputError
        If the plan's band names an unknown instrument.
    """
    bars = list_bars(plan, sheet)
    tracks = _genre_tracks(plan, sheet, options) if options.style is None else _style_tracks(plan, sheet, options)
    return Score(
        title=sheet.title,
        tpq=TPQ,
        end_tick=sheet.end_tick,
        tracks=tuple(tracks),
        tempos=(TempoChange(0, sheet.tempo_qpm),),
        meters=(MeterChange(0, sheet.meter),),
        keys=_key_changes(bars),
        markers=_section_markers(bars),
        chord_symbols=_chord_symbols(sheet),
    )


def _genre_tracks(plan: SongPlan, sheet: LeadSheet, options: ArrangeOptions) -> list[Track]:
    """The plan's band, or the genre's usual one."""
    tracks = []
    players = choose_players(plan)
    for player in players:
        rows = _write_part(player, players, plan, sheet, options)
        if rows or player.role == "melody":
            tracks.append(_track(player, rows, sheet))
    return tracks


def _style_tracks(plan: SongPlan, sheet: LeadSheet, options: ArrangeOptions) -> list[Track]:
    """The style's band, every part by the phrase model; torch is loaded only then."""
    from symbolic_music.arranging.model_band import write_band

    assert options.style is not None
    style = check_fits(options.style, plan.meter)
    lead = next(player for player in choose_players(plan) if player.role == "melody")
    players = style_players(style)
    seeded = plan if options.seed is None else plan.model_copy(update={"seed": options.seed})
    rows = finish_band(write_band(seeded, sheet, style, options.on_progress), style, plan, sheet, players)
    melody = _track(lead, _melody_rows(sheet, [lead]), sheet)
    return [melody, *(_track(players[part], rows[part], sheet) for part in rows)]


def _track(player: Player, rows: Iterable[Row], sheet: LeadSheet) -> Track:
    """A player's notes as a track."""
    notes = make_notes(_tidy(rows, sheet.end_tick))
    return Track(player.name, player.role, player.program, notes, player.is_drum, player.volume, player.pan)


def _write_part(
    player: Player, players: list[Player], plan: SongPlan, sheet: LeadSheet, options: ArrangeOptions
) -> list[Row]:
    """Let one player write the part of the role taken."""
    seed = plan.seed if options.seed is None else options.seed
    plan = _without_missing_bass(plan, players)
    bars, spans = list_bars(plan, sheet), list_spans(sheet)
    melody = make_notes(_melody_rows(sheet, players))
    if player.role == "melody":
        return rows_of(melody)
    if player.role == "drums":
        return write_drums(plan, bars, final_onset(sheet), seed)
    if player.role == "bass":
        return write_bass(plan, bars, spans, seed)
    if player.role == "pad":
        # A band without a chord instrument needs its pad wherever there are chords; a named one is always heard.
        alone = all(other.role != "chords" for other in players)
        role = "pad" if any("pad" in section.roles for section in plan.sections) and not alone else "chords"
        return write_pad(plan, bars, spans, melody, role, PAD_INTENSITY if plan.band is None else 0.0)
    if player.role == COUNTERMELODY:
        return _double_melody(player, plan, bars, melody)
    writer = options.piano or _model_piano(plan)
    if writer is not None:
        return _given_piano(writer, plan, sheet, bars)
    return write_piano(plan, bars, spans, melody, seed)


def _without_missing_bass(plan: SongPlan, players: list[Player]) -> SongPlan:
    """Take the bass role out of every section when nobody plays bass, so that the chords take its notes."""
    if any(player.role == "bass" for player in players):
        return plan
    sections = tuple(
        section.model_copy(update={"roles": tuple(role for role in section.roles if role != "bass")})
        for section in plan.sections
    )
    return plan.model_copy(update={"sections": sections})


def _melody_rows(sheet: LeadSheet, players: list[Player]) -> list[Row]:
    """The tune in the lead's range, by whole octaves if one shift fits; its last note held to the end."""
    lead = next(player for player in players if player.role == "melody")
    rows = rows_of(sheet.melody)
    if not rows:
        return []

    def outside(shift: int) -> tuple[int, int]:
        return sum(not lead.low <= row[2] + shift <= lead.high for row in rows), abs(shift)

    shift = min((-24, -12, 0, 12, 24), key=outside)
    rows = [(row[0], row[1], fold(row[2] + shift, lead.low, lead.high), row[3]) for row in rows]
    onset, _, pitch, velocity = rows[-1]
    if onset >= sheet.end_tick - sheet.meter.bar_ticks:
        rows[-1] = (onset, sheet.end_tick - onset, pitch, velocity)
    return rows


def _double_melody(player: Player, plan: SongPlan, bars: list[BandBar], melody: np.ndarray) -> list[Row]:
    """Double the tune an octave below, where the song is at its fullest."""
    peak = max(section.intensity for section in plan.sections)
    length = plan.parsed_meter.bar_ticks
    return [
        (onset, duration, fold(pitch - 12, player.low, player.high), velocity * 4 // 5)
        for onset, duration, pitch, velocity in rows_of(melody)
        if bars[onset // length].section.intensity >= min(FULL_INTENSITY, peak)
    ]


def _model_piano(plan: SongPlan) -> PianoWriter | None:
    """The phrase model's piano, where it was trained; torch is loaded only then."""
    from symbolic_music.arranging import model_piano

    return model_piano.write_model_piano if model_piano.plays_here(plan) else None


def _given_piano(piano: PianoWriter, plan: SongPlan, sheet: LeadSheet, bars: list[BandBar]) -> list[Row]:
    """Take a written piano part: silent where the plan has no chords, its last chord held to the end."""
    playing = {bar.onset_tick for bar in bars if "chords" in bar.section.roles}
    length = sheet.meter.bar_ticks
    rows = [row for row in rows_of(piano(plan, sheet)) if row[0] // length * length in playing]
    last = max((row[0] for row in rows), default=0)
    if last < sheet.end_tick - length:
        return rows
    return [
        (row[0], sheet.end_tick - row[0], *row[2:]) if row[0] == last or row[0] + row[1] >= sheet.end_tick else row
        for row in rows
    ]


def _tidy(rows: Iterable[Row], end_tick: int) -> list[Row]:
    """Cut notes at the last bar line and at the next note of the same pitch; drop doubles."""
    tidy: list[Row] = []
    next_onset: dict[int, int] = {}
    for onset, duration, pitch, velocity in sorted(rows, key=lambda row: (row[0], row[1], row[3]), reverse=True):
        limit = next_onset.get(pitch, end_tick)
        if 0 <= onset < limit:
            tidy.append((onset, max(1, min(duration, limit - onset)), pitch, velocity))
            next_onset[pitch] = onset
    return tidy


def _key_changes(bars: list[BandBar]) -> tuple[KeyChange, ...]:
    """A key at the start and wherever a section changes it."""
    changes: list[KeyChange] = []
    for bar in bars:
        if not changes or changes[-1].key != bar.key:
            changes.append(KeyChange(bar.onset_tick, bar.key))
    return tuple(changes)


def _section_markers(bars: list[BandBar]) -> tuple[Marker, ...]:
    """Number the sections by kind: ``Verse 1``, ``Chorus 2``."""
    counts: dict[str, int] = {}
    markers = []
    for bar in bars:
        if bar.starts_section:
            kind = bar.section.kind
            counts[kind] = counts.get(kind, 0) + 1
            markers.append(Marker(bar.onset_tick, f"{kind.capitalize()} {counts[kind]}"))
    return tuple(markers)


def _chord_symbols(sheet: LeadSheet) -> tuple[Marker, ...]:
    """Every chord's symbol, spelled for the key of its bar."""
    length = sheet.meter.bar_ticks
    return tuple(
        Marker(event.onset_tick, event.chord.symbol(sheet.key_at(event.onset_tick // length).fifths))
        for event in sheet.chords
    )
