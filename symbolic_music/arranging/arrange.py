"""Lead sheet to score: the band plays the plan.

All times are engine ticks (``TPQ`` = 12). Part writers return plain note rows; this
module chooses the players, gathers the rows into tracks and writes the maps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace

from symbolic_music.arranging.band import Player, doubling_player, lead_player
from symbolic_music.arranging.silences import rest_without_chord
from symbolic_music.arranging.story import close_line
from symbolic_music.arranging.styled import best_shift, finish_band, fold, share_parts, style_players
from symbolic_music.budget import count_threads
from symbolic_music.errors import LeadSheetError
from symbolic_music.song.leadsheet import LeadSheet, chord_markers
from symbolic_music.song.notes import make_notes, rows_of
from symbolic_music.song.plan import PlannedSection, SongPlan
from symbolic_music.song.score import Score, Track
from symbolic_music.song.spans import key_changes, section_markers
from symbolic_music.styles.band import OWN_BAND, Band, choose_band
from symbolic_music.styles.orchestration import COUNTERMELODY, LINE, LINE_PARTS, with_roles
from symbolic_music.styles.style import Style, check_fits, style_of
from symbolic_music.theory.instruments import Instrument
from symbolic_music.theory.meter import TPQ

Row = tuple[int, int, int, int]
# Who of a style doubles the tune in the last chorus, if it has no countermelody.
DOUBLING_PARTS = ("pad", "arpeggio", "guitar", "piano")
# Intensity from which those who are named to double the tune play.
DOUBLING_FROM = 0.7


LINE_VOLUME = 84


@dataclass(frozen=True)
class ArrangeOptions:
    """How to arrange; ``seed`` defaults to the plan's, ``style`` too (its name: ``plan.style``).

    ``excerpt_of`` is the whole song, plan and lead sheet, of which these bars are a part: players and their octaves
    are those of the song. Players in ``drawn``, named as their tracks are, play what the phrase model draws, where
    they would play their style's figures.
    """

    seed: int | None = None
    style: Style | None = None
    on_progress: Callable[[int, int], None] | None = None
    excerpt_of: tuple[SongPlan, LeadSheet] | None = None
    drawn: frozenset[str] = frozenset()


DEFAULT_OPTIONS = ArrangeOptions()


def arrange(sheet: LeadSheet, plan: SongPlan, options: ArrangeOptions = DEFAULT_OPTIONS) -> Score:
    """Write every part of the band over a lead sheet.

    Parameters
    ----------
    sheet : LeadSheet
        Melody and chords over the plan's bars.
    plan : SongPlan
        Says in which style, who plays in which section and how intensely.
    options : ArrangeOptions
        Another style or seed than the plan's; progress.

    Returns
    -------
    Score
        ``tpq`` 12, all onsets on the grid; one track per player who has notes.

    Raises
    ------
    LeadSheetError
        If plan and lead sheet differ in bars or meter.
    InputError
        If the plan's band names an unknown instrument, or its style is not played in its meter.
    ConstraintError, CheckpointError
        As ``filling.fill_phrases``.
    """
    _check_agree(plan, sheet)
    return Score(
        title=sheet.title,
        tpq=TPQ,
        end_tick=sheet.end_tick,
        tracks=rest_without_chord(_tracks(plan, sheet, options), sheet.silences),
        tempos=sheet.tempos,
        meters=sheet.lines.changes(),
        keys=key_changes(plan),
        markers=section_markers(plan),
        chord_symbols=chord_markers(sheet),
        lyrics=sheet.lyrics,
    )


def _check_agree(plan: SongPlan, sheet: LeadSheet) -> None:
    """Refuse a sheet that is not the plan's."""
    if plan.n_bars != sheet.n_bars or plan.lines.changes() != sheet.lines.changes():
        raise LeadSheetError(
            f"{sheet.title}: the lead sheet has {sheet.n_bars} bars of {sheet.meter}, the plan {plan.n_bars} of"
            f" {plan.meter}; both must agree, so compose the lead sheet from this plan"
        )


def _tracks(plan: SongPlan, sheet: LeadSheet, options: ArrangeOptions) -> list[Track]:
    """The tune, the band by the phrase model (torch is loaded only here), and who doubles the tune."""
    from symbolic_music.filling.band import write_band

    style = options.style or style_of(plan)
    check_fits(style, str(plan.meter))
    song, whole = options.excerpt_of or (plan, sheet)
    peak = max(section.intensity for section in song.sections)
    band = choose_band(style, plan.band, peak)
    plan = with_roles(plan if options.seed is None else plan.model_copy(update={"seed": options.seed}), band.style)
    lead, players = lead_player(band, plan.genre, plan.mood, plan.band is not None), style_players(band.style)
    drawn = frozenset(part for part, player in players.items() if player.name in options.drawn)
    with _line_beside(plan, sheet, players) as phrases:
        written = write_band(plan, sheet, band.style, options.on_progress, drawn) if players else {}
        tune = _melody_rows(sheet, lead, whole)
        rows = finish_band(written, band.style, plan, sheet, players, tune)
        liner, line = _line(plan, sheet, players, rows, phrases)
    if liner == COUNTERMELODY:
        rows = {**rows, liner: [*rows.get(liner, ()), *line]}
    shared = share_parts(band, plan, players, rows)
    tracks = [_track(lead, tune, sheet), *(_track(player, own, sheet) for player, own in shared)]
    if line and liner is not None and liner != COUNTERMELODY:
        own = players[liner]
        tracks.append(_track(replace(own, name=f"{own.name} Line", role=LINE, volume=LINE_VOLUME), line, sheet))
    # Which chorus is the last is the song's to say, not an excerpt's.
    whole_plan = plan if options.excerpt_of is None else with_roles(song, band.style)
    for instrument, places in _doubling(band, whole_plan, set(rows), peak):
        player = doubling_player(instrument, {track.name for track in tracks})
        tracks.append(_track(player, _double(player, places, tune, plan), sheet))
    return tracks


@contextmanager
def _line_beside(
    plan: SongPlan, sheet: LeadSheet, players: Mapping[str, Player]
) -> Iterator[Callable[[], Mapping[str, list[Row]]]]:
    """Write the line, by phrase, on a thread of its own while the band is finished: neither hears the other.

    The model's products let other threads work. Gives a function that waits for it; where nobody plays a line, or
    one thread is all there is, nothing is begun.
    """
    from symbolic_music.filling.line import line_of_sheet

    if count_threads(2) == 1 or _liner(plan, players) is None:
        yield lambda: line_of_sheet(plan, sheet)
        return
    with ThreadPoolExecutor(1) as writer:
        yield writer.submit(line_of_sheet, plan, sheet).result


def _liner(plan: SongPlan, players: Mapping[str, Player]) -> str | None:
    """Who of the band plays the line, where the plan has its role."""
    has_line = any(LINE in (section.roles or ()) for section in plan.sections)
    return next((part for part in LINE_PARTS if part in players), None) if has_line else None


def _line(
    plan: SongPlan,
    sheet: LeadSheet,
    players: Mapping[str, Player],
    rows: Mapping[str, list[Row]],
    phrases: Callable[[], Mapping[str, list[Row]]],
) -> tuple[str | None, list[Row]]:
    """The line and who of the band plays it: what opens the song, answers the tune and plays the interludes.

    It plays where the plan has its role, and is silent where a countermelody plays already.
    """
    liner = _liner(plan, players)
    if liner is None:
        return None, []
    bar_at = sheet.lines.bar_at
    busy = {bar_at(row[0]) for row in rows.get(COUNTERMELODY, ())}
    own = players[liner]
    line = [
        (on, length, fold(pitch, own.low, own.high), velocity)
        for phrase in phrases().values()
        for on, length, pitch, velocity in phrase
        if not any(bar_at(row[0]) in busy for row in phrase)
    ]
    return liner, close_line(line, plan, sheet, own.low, own.high)


def _doubling(
    band: Band, plan: SongPlan, playing: set[str], peak: float
) -> list[tuple[Instrument, list[PlannedSection]]]:
    """Who doubles the tune, and where: named players where the song is at its fullest.

    Where the plan wants a countermelody that the style has no player for, its pad's player does, or the
    next one, and in the last chorus where the countermelody was heard before; a named band is left as it was named.
    """
    full = [section for section in plan.sections if section.intensity >= min(DOUBLING_FROM, peak)]
    wanting = [section for section in plan.sections if COUNTERMELODY in (section.roles or ())]
    own = band.style.instruments
    if COUNTERMELODY in own:
        # Who answers the tune from the first chorus on is no news in the last.
        choruses = [section for section in wanting if section.kind == "chorus"]
        wanting = choruses[1:][-1:]
    helper = next((own[part] for part in DOUBLING_PARTS if part in playing), None)
    is_named = plan.band is not None and not set(plan.band) & set(OWN_BAND)
    if is_named or helper is None or not wanting:
        return [(instrument, full) for instrument in band.doubling]
    return [*((instrument, full) for instrument in band.doubling), (helper, wanting)]


def _track(player: Player, rows: Iterable[Row], sheet: LeadSheet) -> Track:
    """A player's notes as a track."""
    notes = make_notes(_tidy(rows, sheet.end_tick))
    return Track(player.name, player.role, player.program, notes, player.is_drum, player.volume, player.pan)


def _melody_rows(sheet: LeadSheet, lead: Player, whole: LeadSheet) -> list[Row]:
    """The tune in the lead's range, by whole octaves if one shift fits the song; its last note held to the end."""
    rows = rows_of(sheet.melody)
    if not rows:
        return []
    shift = best_shift(whole.melody["pitch"].astype(int), lead.low, lead.high)
    rows = [(row[0], row[1], fold(row[2] + shift, lead.low, lead.high), row[3]) for row in rows]
    onset, _, pitch, velocity = rows[-1]
    if onset >= sheet.lines.bars[-1].start:
        rows[-1] = (onset, sheet.end_tick - onset, pitch, velocity)
    return rows


def _double(player: Player, places: list[PlannedSection], tune: list[Row], plan: SongPlan) -> list[Row]:
    """Double the tune an octave below in some sections."""
    names = {section.name for section in places}
    doubled = [section.name in names for section in plan.sections for _ in range(section.n_bars)]
    bar_at = plan.lines.bar_at
    return [
        (onset, duration, fold(pitch - 12, player.low, player.high), velocity * 4 // 5)
        for onset, duration, pitch, velocity in tune
        if doubled[bar_at(onset)]
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
