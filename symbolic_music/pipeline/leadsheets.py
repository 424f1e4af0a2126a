"""A lead sheet from anywhere, arranged: read, planned, given its style's tempo and genre."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from symbolic_music.errors import InputError
from symbolic_music.importing.leadsheets import LeadSheetOptions, read_foreign_lead_sheet
from symbolic_music.importing.sheet_plan import SheetPlanOptions, plan_lead_sheet
from symbolic_music.remarks import tell
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import SongPlan
from symbolic_music.styles.style import check_fits

# What a file has that says no tempo.
UNSAID_QPM = 120.0
DEFAULT_GENRE = "pop"


@dataclass(frozen=True)
class SheetWish:
    """How a foreign lead sheet is to be read and played; see the options of ``arrange``."""

    style: str | None = None
    chords: str | None = None
    tune: int | None = None
    band: tuple[str, ...] | None = None
    tempo_qpm: float | None = None
    seed: int = 0


def plan_of_sheet(path: str | Path, wish: SheetWish | None = None) -> tuple[SongPlan, LeadSheet]:
    """Read a lead sheet that was not made from a plan, and plan it.

    A style gives genre and tempo (its range's middle, where the file says none); one
    that is not played in the sheet's meter, or at the tempo asked for, is an error.

    Raises
    ------
    InputError
        If the file cannot be read or the style does not fit; the message says which fit.
    """
    wish = wish or SheetWish()
    sheet = read_foreign_lead_sheet(path, LeadSheetOptions(wish.chords, wish.tune))
    tempo, genre = wish.tempo_qpm, DEFAULT_GENRE
    if wish.style is not None:
        style = check_fits(wish.style, str(sheet.meter), tempo)
        genre = style.genre
        low, high = style.tempo_qpm
        if tempo is None and not (low <= sheet.tempo_qpm <= high and sheet.tempo_qpm != UNSAID_QPM):
            # The file's own tempo stays where the style is played at it.
            tempo = round((low + high) / 2)
            if sheet.tempo_qpm != UNSAID_QPM:
                said = f"tempo {sheet.tempo_qpm:g} made {tempo:g}: {style.name} is played at {low:g} to {high:g}"
                sheet = replace(sheet, remarks=(*sheet.remarks, *tell(path, [said])))
    return plan_lead_sheet(sheet, SheetPlanOptions(genre, wish.style, wish.band, wish.seed, tempo))


def check_same_length(sheet: LeadSheet, plan: SongPlan, where: str) -> None:
    """Refuse a lead sheet and a plan of different lengths.

    Raises
    ------
    InputError
        If the bars differ in number.
    """
    if sheet.n_bars != plan.n_bars:
        raise InputError(f"{where}: the lead sheet has {sheet.n_bars} bars, but the plan has {plan.n_bars}")
