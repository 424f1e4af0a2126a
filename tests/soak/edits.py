"""Edits drawn by chance: operations of every kind, and wishes in words."""

from __future__ import annotations

import random

from symbolic_music.importing.wishes import read_wish
from symbolic_music.song.edit import Edit, Operation
from symbolic_music.song.plan import SongPlan
from tests.pipeline.test_editing import FORMAL, LOCAL

WISHES = (
    "make the last chorus bigger", "take the drums out of verse 1", "a bit faster", "5 bpm slower", "more swing",
    "transpose it up a tone", "new melody in the last two bars", "make it sadder", "just piano and voice in verse 1",
    "other chords in the chorus", "leave the melody alone and make the drums busier", "repeat the chorus at the end",
)  # fmt: skip
OF_THE_SONG = (
    {"style": "bossa nova"}, {"style": "ballad"}, {"swing": 0.667}, {"band": "+cello -drums"}, {"key": "E"},
    {"tempo_qpm": 140.0}, {"transpose": -5}, {"meter": "3/4"}, {"chords": "Am7 D7 | G"}, {"colour": "brighter"},
)  # fmt: skip
SWAPPED, IN_WORDS, WHOLE, BY_BARS = 0.08, 0.2, 0.2, 0.15


def draw_edit(plan: SongPlan, chance: random.Random) -> Edit:
    """Draw an edit for a song: a wish in words, or an operation on a place that the song has.

    Raises
    ------
    EditError
        If a wish is not understood of this song.
    """
    kind = chance.random()
    if kind < IN_WORDS:
        return read_wish(chance.choice(WISHES), tempo_qpm=plan.tempo_qpm).edit
    names = [section.name for section in plan.sections]
    place = chance.choice(names)
    if kind < IN_WORDS + WHOLE:
        asked = {**chance.choice(OF_THE_SONG)}
    elif kind < IN_WORDS + WHOLE + BY_BARS:
        first = chance.randint(1, plan.n_bars)
        last = min(plan.n_bars, first + chance.randint(0, 2))
        asked = {"bars": f"{first}-{last}", **chance.choice([{"infill": True}, {"vary": 0.4}, {"take": 2}])}
    elif chance.random() < SWAPPED:
        asked = {"section": place, "swap": chance.choice(names)}
    else:
        asked = {"section": place, **chance.choice([*LOCAL, *FORMAL])}
    return Edit(operations=(Operation(**asked),))  # type: ignore[arg-type]
