"""Music by the thousand: variations streamed through one engine at constant memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symbolic_music.errors import InputError
from symbolic_music.song.leadsheet import LeadSheet

STRENGTHS = ("light", "medium", "strong")


def vary_many(
    sheet: LeadSheet, n: int, *, seed: int = 0, strength: str | Sequence[str] = "medium"
) -> Iterator[LeadSheet]:
    """Write many variations of a lead sheet's melody over its chords, one after another.

    Parameters
    ----------
    sheet : LeadSheet
        A phrase or a whole song; its chords, form and rests stay.
    n : int
        How many variations, 1 or more; memory does not grow with it.
    seed : int
        The same seed gives the same variations, however many are asked for.
    strength : str or sequence of str
        How much is varied: ``light``, ``medium`` or ``strong``; several take turns.

    Yields
    ------
    LeadSheet
        The sheet with another tune, without its words.

    Raises
    ------
    InputError
        If ``n`` or ``strength`` is none of these, or the sheet has no tune over chords.
    ConstraintError, CheckpointError
        As ``compose``.
    """
    if n < 1:
        raise InputError(f"variations must be 1 or more (given: {n})")
    strengths = (strength,) if isinstance(strength, str) else tuple(strength)
    unknown = next((one for one in strengths or ("",) if one not in STRENGTHS), None)
    if unknown is not None:
        raise InputError(f"strength {unknown!r} is not known; use one of {', '.join(STRENGTHS)}")
    if not len(sheet.melody) or not sheet.chords:
        raise InputError(f"{sheet.title}: there is no tune over chords to vary")
    from symbolic_music.filling.variations import VariationOptions, write_variations
    from symbolic_music.importing.sheet_plan import plan_lead_sheet

    plan, planned = plan_lead_sheet(sheet)
    return write_variations(plan, planned, n, seed, VariationOptions(strengths))
