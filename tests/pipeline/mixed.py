"""A plan whose meter, tempo and key change from section to section, and once inside a phrase."""

from __future__ import annotations

from symbolic_music.song.forms import as_new, with_sections
from symbolic_music.song.plan import SongPlan
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import Meter


def mixed_plan(plan: SongPlan) -> SongPlan:
    """Chorus 1 in 3/4 and slower, chorus 2 in 7/8 and D, and in verse 1 a bar of 2/4 between two pairs of bars."""
    intro, verse, chorus, later, last = (
        section.model_copy(update={"phrases": tuple(map(as_new, section.phrases))}) for section in plan.sections
    )
    whole = verse.phrases[0]
    pieces = [(2, None, "open"), (1, Meter(2, 4), "open"), (2, None, whole.cadence)]
    phrases = tuple(
        whole.model_copy(update={"name": f"verse.1.{'abc'[n]}", "n_bars": bars, "meter": meter, "cadence": cadence})
        for n, (bars, meter, cadence) in enumerate(pieces)
    )
    verse = verse.model_copy(update={"phrases": phrases, "n_bars": 5})
    chorus = chorus.model_copy(update={"meter": Meter(3, 4), "tempo_qpm": 100.0})
    last = last.model_copy(update={"meter": Meter(7, 8), "key": parse_key("D minor")})
    return with_sections(plan, (intro, verse, chorus, later, last))
