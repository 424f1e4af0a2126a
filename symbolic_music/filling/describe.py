"""From a plan's words to the conditions and limits of one phrase."""

from __future__ import annotations

from symbolic_music.filling.traits import draw_density, draw_register, draw_tempo_word
from symbolic_music.song.plan import PlannedPhrase, PlannedSection, SongPlan
from symbolic_music.tokens.describe import describe_intensity, describe_place
from symbolic_music.tokens.grammar import Limits
from symbolic_music.tokens.phrase import Conditions

# Which of the training sources a genre's melodies resemble.
SOURCE_OF_GENRE = {
    "pop": "pop", "rock": "pop", "soul": "pop", "electronic": "pop", "folk": "folk", "country": "folk",
    "waltz": "standard", "lullaby": "folk", "jazz": "standard", "blues": "standard",
}  # fmt: skip
# The plan's cadences by the roots of the last two chords.
CADENCE_WORDS = {
    "authentic": "V-I", "plagal": "IV-I", "half": "other-V", "deceptive": "V-vi", "open": "open",
}  # fmt: skip
# Kinds that the pop source's phrases are labelled with.
SECTIONS_HEARD = ("intro", "verse", "chorus", "bridge", "outro", "interlude")
# In C major / A minor, so that a plan in another key gives the same song transposed (by -6 to 5 semitones).
# Melody: what most voices and lead instruments reach. Piano: between the bass and the voice's top.
PITCH_RANGE = {"melody": (57, 81), "piano": (40, 81), "bass": (28, 58), "countermelody": (52, 84), "line": (55, 84)}
BAND_RANGE = (40, 86)
# What these and the bass play on a strong beat is heard as the harmony, so that it must be in the chord.
CHORD_PARTS = ("piano", "guitar", "pad", "arpeggio")


def conditions_for(
    plan: SongPlan, section: PlannedSection, phrase: PlannedPhrase, start_bar: int, part: str
) -> Conditions:
    """Say what a phrase should be, in the vocabulary's words."""
    is_melody = part == "melody"
    # Nothing in 12/8 or 6/8 is in the pop source, nor many waltzes: there the folk tunes know more.
    source = "folk" if plan.meter in ("6/8", "12/8", "2/4") else SOURCE_OF_GENRE.get(plan.genre, "any")
    pop = source == "pop"
    return Conditions(
        part=part,
        mode=section.parsed_key.mode,
        meter=plan.meter,
        n_bars=phrase.n_bars,
        source=source,
        tempo=draw_tempo_word(plan) if pop else "any",
        section=section.kind if pop and section.kind in SECTIONS_HEARD else "any",
        place=describe_place(start_bar, phrase.n_bars, plan.n_bars),
        density=_density(plan, section, phrase, part) if pop else "any",
        register=draw_register(plan, section, phrase) if is_melody and pop else "any",
        intensity=describe_intensity(section.intensity) if is_melody else "any",
        cadence=CADENCE_WORDS[phrase.cadence] if part == "chords" else "any",
    )


def band_conditions_for(
    plan: SongPlan, section: PlannedSection, phrase: PlannedPhrase, start_bar: int, part: str
) -> Conditions:
    """Say what a band part's phrase should be; style, fill and the part beside it are the arranger's to add."""
    return Conditions(
        part=part,
        mode=section.parsed_key.mode,
        meter=plan.meter,
        n_bars=phrase.n_bars,
        source="band",
        section=section.kind if section.kind in SECTIONS_HEARD else "any",
        place=describe_place(start_bar, phrase.n_bars, plan.n_bars),
        intensity=describe_intensity(section.intensity),
    )


def _density(plan: SongPlan, section: PlannedSection, phrase: PlannedPhrase, part: str) -> str:
    """Grade of density: drawn as people's for the melody, by intensity for the piano."""
    if part == "piano":
        return "1" if section.intensity < 0.35 else "2" if section.intensity < 0.7 else "3"
    return draw_density(plan, section, phrase) if part == "melody" else "any"


def limits_for(plan: SongPlan, section: PlannedSection, part: str) -> Limits:
    """Fix range, grid and where chords may change."""
    meter = plan.parsed_meter
    lowest, highest = PITCH_RANGE.get(part, BAND_RANGE)
    return Limits(
        lowest=lowest,
        highest=highest,
        finest_tick=3 if part in ("chords", "melody", "line") else 1,  # the band knows triplets
        strong_ticks=meter.strong_ticks if part in (*CHORD_PARTS, "bass") else (),
        chord_change_tick=meter.bar_ticks // 2 if meter.n_beats % 2 == 0 else meter.beat_ticks,
    )
