"""What a song's phrases are like: the traits of its style and mood, drawn once a song, with what each phrase adds.

A song keeps its character: in POP909's sung bars verse and verse agree in density by a correlation of 0.83, verse and
chorus by 0.61 (register 0.95 and 0.84). What remains is the phrase's own, equal for equal letters.
"""

from __future__ import annotations

import math

from symbolic_music.song.chance import phrase_rng
from symbolic_music.song.plan import PlannedPhrase, PlannedSection, SongPlan
from symbolic_music.styles.style import Style, style_of
from symbolic_music.styles.traits import draw_character
from symbolic_music.tokens.describe import TEMPO_SPREAD, describe_register, describe_tempo

# Deviations of a phrase's own level, in grades and semitones.
OWN_DEVIATION = {"density": 0.4, "top": 1.0}
# Slow songs hold more notes a bar: at half the tempo, of POP909's songs, about a grade more.
DENSITY_OF_TEMPO = -1.0
# How often people's sung phrases begin their last note there (2 081 phrases of POP909's training songs, upbeats counted
# to the phrase that they open), and how often they hold it then.
ENDINGS = {"before": 0.45, "first beat": 0.28, "middle": 0.14, "last beat": 0.13}
HELD = {"before": 1.0, "first beat": 1.0, "middle": 0.97, "last beat": 0.2}
# A phrase's highest note lies over its mean pitch by six semitones in POP909, OpenEWLD and Lieder alike.
TOP_OVER_MEAN = 6


def draw_tempo_word(plan: SongPlan) -> str:
    """The word for a song's tempo, drawn around it as the training examples' words are: one a song."""
    return describe_tempo(plan.tempo_qpm * phrase_rng(plan.chance_seed, "tempo word").uniform(*TEMPO_SPREAD))


def draw_traits(plan: SongPlan, section: PlannedSection, phrase: PlannedPhrase, highest: int) -> dict[str, str]:
    """Draw what a phrase is like, in the words of the conditions; its top is ``highest`` or lower."""
    style = style_of(plan)
    character = draw_character(style, plan.mood, phrase_rng(plan.chance_seed, "character"))
    traits = character.in_section(section.kind, _own(plan, style, section, phrase))
    top = min(int(traits["top"]), highest)
    register = describe_register(((0, 1, top - TOP_OVER_MEAN),))
    ending = _draw_ending(plan, section, phrase)
    drawn = {**traits, **ending, "top": str(top), "register": register, "swing": _written_swing(traits["swing"])}
    # What a reference asks for holds in every phrase.
    return drawn | (plan.traits or {})


def _draw_ending(plan: SongPlan, section: PlannedSection, phrase: PlannedPhrase) -> dict[str, str]:
    """Draw where a phrase's last note begins and whether it is held; the song's last phrase comes to rest."""
    rng = phrase_rng(plan.chance_seed, "ending", section.kind, phrase.letter)
    places = list(ENDINGS)
    ending = places[int(rng.choice(len(places), p=list(ENDINGS.values())))]
    is_held = rng.random() < HELD[ending]
    last = [one for part in plan.sections for one in part.phrases if one.sung][-1:]
    if phrase in last:
        return {"ending": "first beat", "close": "held"}
    return {"ending": ending, "close": "held" if is_held else "short"}


def _own(plan: SongPlan, style: Style, section: PlannedSection, phrase: PlannedPhrase) -> dict[str, float]:
    """What a phrase adds to its section, and its tempo to its density."""
    own = {
        trait: deviation * phrase_rng(plan.chance_seed, trait, section.kind, phrase.letter).standard_normal()
        for trait, deviation in OWN_DEVIATION.items()
    }
    usual = math.sqrt(math.prod(style.tempo_qpm))
    own["density"] += DENSITY_OF_TEMPO * math.log2(plan.tempo_qpm / usual)
    return own


def _written_swing(swing: str) -> str:
    """How the lead sheet writes swing: straight, as printed music does (.98 of OpenEWLD); performing swings it."""
    return "straight" if swing == "swung" else swing
