"""How busy and how high a song's phrases are: drawn as people's songs are, not fixed.

The shares are those of POP909's sung bars (training songs). A song keeps its
character: verse and verse agree in density by a correlation of 0.83, verse and
chorus by 0.61 (register 0.95 and 0.84), so one draw a song, one a section kind and
one a phrase letter are added up.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

from symbolic_music.song.chance import phrase_rng
from symbolic_music.song.plan import PlannedPhrase, PlannedSection, SongPlan
from symbolic_music.tokens.describe import TEMPO_SPREAD, describe_tempo

DENSITIES = ("0", "1", "2", "3", "4", "5")
REGISTERS = ("low", "mid-low", "mid-high", "high")
# Share of bars in each grade; sections not named are like the verse.
DENSITY_SHARES = {
    "verse": (0.00, 0.02, 0.24, 0.47, 0.22, 0.05),
    "chorus": (0.00, 0.02, 0.16, 0.47, 0.29, 0.06),
    "bridge": (0.04, 0.19, 0.27, 0.37, 0.09, 0.04),
    "solo": (0.00, 0.02, 0.16, 0.30, 0.36, 0.16),
}
REGISTER_SHARES = {
    "verse": (0.21, 0.14, 0.17, 0.48),
    "chorus": (0.08, 0.11, 0.14, 0.67),
    "bridge": (0.16, 0.09, 0.16, 0.59),
}
# Slow songs hold more notes a bar: the mean grade against the medium tempo's, in standard deviations.
DENSITY_OF_TEMPO = {"slow": 0.6, "medium": 0.0, "fast": -0.3, "very fast": -0.7}
# Weights of the draws (song, section kind, phrase letter); their squares add up to 1.
_DENSITY_WEIGHTS = (0.78, 0.47, 0.41)
_REGISTER_WEIGHTS = (0.92, 0.33, 0.22)


def draw_tempo_word(plan: SongPlan) -> str:
    """The word for a song's tempo, drawn around it as the training examples' words are: one a song."""
    return describe_tempo(plan.tempo_qpm * phrase_rng(plan.seed, "tempo word").uniform(*TEMPO_SPREAD))


def draw_density(plan: SongPlan, section: PlannedSection, phrase: PlannedPhrase) -> str:
    """Grade of density of a phrase's melody, ``"0"`` to ``"5"``."""
    level = _level("density", _DENSITY_WEIGHTS, plan, section, phrase)
    level += DENSITY_OF_TEMPO[draw_tempo_word(plan)]
    return DENSITIES[_grade(level, DENSITY_SHARES.get(section.kind, DENSITY_SHARES["verse"]))]


def draw_register(plan: SongPlan, section: PlannedSection, phrase: PlannedPhrase) -> str:
    """Register of a phrase's melody, ``"low"`` to ``"high"``."""
    level = _level("register", _REGISTER_WEIGHTS, plan, section, phrase)
    return REGISTERS[_grade(level, REGISTER_SHARES.get(section.kind, REGISTER_SHARES["verse"]))]


def _level(
    trait: str, weights: tuple[float, float, float], plan: SongPlan, section: PlannedSection, phrase: PlannedPhrase
) -> float:
    """A standard normal number for a phrase, alike within a song, more alike within a kind of section."""
    names: tuple[tuple[str, ...], ...] = ((), (section.kind,), (section.kind, phrase.letter))
    draws = [phrase_rng(plan.seed, trait, *name).standard_normal() for name in names]
    return float(sum(weight * draw for weight, draw in zip(weights, draws, strict=True)))


def _grade(level: float, shares: Sequence[float]) -> int:
    """The grade at a quantile of the shares."""
    quantile, reached = NormalDist().cdf(level), 0.0
    for grade, share in enumerate(shares):
        reached += share
        if quantile < reached:
            return grade
    return len(shares) - 1
