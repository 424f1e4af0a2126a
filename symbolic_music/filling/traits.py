"""What a song's phrases are like: the traits of its style and mood, drawn once a song, with what each phrase adds.

A song keeps its character: in POP909's sung bars verse and verse agree in density by a correlation of 0.83, verse and
chorus by 0.61 (register 0.95 and 0.84). What remains is the phrase's own, equal for equal letters.
"""

from __future__ import annotations

import math

import numpy as np

from symbolic_music.song.chance import phrase_rng
from symbolic_music.song.plan import PlannedPhrase, PlannedSection, SongPlan
from symbolic_music.styles.style import Style, style_of
from symbolic_music.styles.traits import draw_character
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.key import REFERENCE_TONIC
from symbolic_music.tokens.describe import TEMPO_SPREAD, describe_cadence, describe_register, describe_tempo
from symbolic_music.tokens.phrase import ANY, PhraseMusic

# Deviations of a phrase's own level, in grades and semitones.
OWN_DEVIATION = {"density": 0.4, "top": 1.0}
# Slow songs hold more notes a bar: at half the tempo, of POP909's songs, about a grade more.
DENSITY_OF_TEMPO = -1.0
# How often people's sung phrases begin their last note there, by the most bars a phrase has, and how often they hold it
# then (6 571 phrases of POP909's training songs, upbeats counted to the phrase that they open): four bars run on to
# their end, eight rest on their last bar, longer ones leave it empty.
ENDING_PLACES = ("before", "first beat", "middle", "last beat")
ENDINGS = {
    3: (0.42, 0.31, 0.15, 0.12),
    7: (0.2, 0.34, 0.28, 0.18),
    9: (0.28, 0.44, 0.15, 0.13),
    math.inf: (0.61, 0.21, 0.07, 0.11),
}
HELD = {"before": 1.0, "first beat": 1.0, "middle": 0.95, "last beat": 0.4}
# The degree that a tune rests on (semitones over the tonic), by its last two chords and mode: 4 707 phrases of POP909's
# training songs whose last note does not lead on. Without being asked, it comes home under a V-I in one case of four.
DEGREES = {
    "V-I": {"major": {0: 0.75, 4: 0.19, 7: 0.06}, "minor": {0: 0.91, 7: 0.06, 3: 0.03}},
    "IV-I": {"major": {0: 0.57, 4: 0.28, 7: 0.15}, "minor": {0: 0.78, 7: 0.12, 5: 0.06, 3: 0.04}},
    "other-I": {"major": {0: 0.74, 4: 0.16, 7: 0.1}, "minor": {0: 0.86, 7: 0.1, 3: 0.04}},
    "other-V": {
        "major": {2: 0.52, 7: 0.3, 0: 0.11, 4: 0.04, 11: 0.03},
        "minor": {7: 0.54, 2: 0.29, 10: 0.06, 0: 0.06, 3: 0.03, 11: 0.02},
    },
    "V-vi": {"major": {9: 0.42, 0: 0.32, 4: 0.16, 7: 0.1}, "minor": {0: 0.5, 3: 0.3, 8: 0.2}},
    "open": {
        "major": {0: 0.48, 4: 0.14, 2: 0.14, 9: 0.13, 7: 0.11},
        "minor": {0: 0.24, 7: 0.22, 5: 0.2, 10: 0.16, 3: 0.15, 2: 0.03},
    },
}
# On which tones of C major / A minor the highest note of people's phrases lies (as above): a tune that may go up to E
# flat turns round at D and never sings its fifth.
TOP_TONES = {0: 0.24, 9: 0.23, 4: 0.2, 7: 0.15, 2: 0.08, 5: 0.06, 11: 0.04}
# A phrase's highest note lies over its mean pitch by six semitones in POP909, OpenEWLD and Lieder alike; a tune that is
# asked for that lies a semitone and a half nearer to its top.
TOP_OVER_MEAN = 7.5
# How far from the level drawn such a tone is looked for, in semitones.
TOP_REACH = 2


def draw_tempo_word(plan: SongPlan) -> str:
    """The word for a song's tempo, drawn around it as the training examples' words are: one a song."""
    return describe_tempo(plan.tempo_qpm * phrase_rng(plan.chance_seed, "tempo word").uniform(*TEMPO_SPREAD))


def draw_traits(plan: SongPlan, section: PlannedSection, phrase: PlannedPhrase, highest: int) -> dict[str, str]:
    """Draw what a phrase is like, in the words of the conditions; its top is ``highest`` or lower."""
    style = style_of(plan)
    character = draw_character(style, plan.mood, phrase_rng(plan.chance_seed, "character"))
    traits = character.in_section(section.kind, _own(plan, style, section, phrase))
    top = _draw_top(plan, section, phrase, int(traits["top"]) + plan.compass, highest)
    ending = _draw_ending(plan, section, phrase)
    register = describe_register(((0, 1, round(top - TOP_OVER_MEAN)),))
    drawn = {**traits, **ending, "top": str(top), "register": register, "swing": _written_swing(traits["swing"])}
    # What a reference asks for holds in every phrase.
    return drawn | (plan.traits or {})


def _draw_ending(plan: SongPlan, section: PlannedSection, phrase: PlannedPhrase) -> dict[str, str]:
    """Draw where a phrase's last note begins and whether it is held; the song's last phrase comes to rest."""
    rng = phrase_rng(plan.chance_seed, "ending", section.kind, phrase.letter)
    shares = next(shares for most, shares in ENDINGS.items() if phrase.n_bars <= most)
    ending = ENDING_PLACES[int(rng.choice(len(ENDING_PLACES), p=shares))]
    is_held = rng.random() < HELD[ending]
    last = [one for part in plan.sections for one in part.phrases if one.sung][-1:]
    if phrase in last:
        return {"ending": "first beat", "close": "held"}
    return {"ending": ending, "close": "held" if is_held else "short"}


def draw_degree(
    plan: SongPlan, section: PlannedSection, phrase: PlannedPhrase, harmony: PhraseMusic, ending: str
) -> str:
    """Draw the degree that a tune ends on over its last chords; left open where its last note leads on.

    It is a tone of the chord that sounds where the last note is asked for (``ending``).
    """
    mode = section.key.mode
    shares = DEGREES.get(describe_cadence(harmony.chords, mode), {}).get(mode, {})
    sounding = _chord_of_ending(harmony, ending)
    inside = {
        degree: share
        for degree, share in shares.items()
        if sounding is not None and (REFERENCE_TONIC[mode] + degree) % 12 in sounding.pitch_classes
    }
    if not inside:
        return ANY
    weights = np.array(list(inside.values()))
    rng = phrase_rng(plan.chance_seed, "degree", section.kind, phrase.letter, phrase.cadence)
    return str(list(inside)[int(rng.choice(len(weights), p=weights / weights.sum()))])


def _chord_of_ending(harmony: PhraseMusic, ending: str) -> Chord | None:
    """The chord under a phrase's last note: before the last bar, on its first beat, in its middle; else none."""
    places = {"before": -harmony.bar_ticks // 2, "first beat": 0, "middle": harmony.bar_ticks // 2}
    if ending not in places:
        return None
    return harmony.chord_at((harmony.n_bars - 1) * harmony.bar_ticks + places[ending])


def _draw_top(plan: SongPlan, section: PlannedSection, phrase: PlannedPhrase, level: int, highest: int) -> int:
    """Draw the tone near a level that the tune may go up to."""
    near = range(min(level - TOP_REACH, highest), min(level + TOP_REACH, highest) + 1)
    weights = np.array([TOP_TONES.get(pitch % 12, 0.0) for pitch in near])
    if not weights.any():
        return near[-1]
    rng = phrase_rng(plan.chance_seed, "top tone", section.kind, phrase.letter)
    return int(rng.choice(near, p=weights / weights.sum()))


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
