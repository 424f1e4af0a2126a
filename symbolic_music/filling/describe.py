"""From a plan's words to the conditions and limits of one phrase."""

from __future__ import annotations

from symbolic_music.filling.traits import draw_tempo_word, draw_traits
from symbolic_music.song.plan import PlannedPhrase, PlannedSection, SongPlan
from symbolic_music.song.spans import Slot
from symbolic_music.styles.style import style_of
from symbolic_music.tokens.describe import describe_intensity, describe_place
from symbolic_music.tokens.grammar import Limits
from symbolic_music.tokens.phrase import Conditions

# A plan says how a phrase comes home by the names of cadences, the phrase model by the last two roots.
CADENCE_WORDS = {"authentic": "V-I", "half": "other-V", "plagal": "IV-I", "deceptive": "V-vi", "open": "open"}
# Sources whose phrases know which section of the song they stand in, and its kinds.
SOURCES_WITH_SECTIONS = ("pop", "rock")
SECTIONS_HEARD = ("intro", "verse", "chorus", "bridge", "outro", "interlude")
FOLK_METERS = ("6/8", "12/8", "2/4", "9/8")
# What is asked of whom. A melody hears how the chords came out, not how they should be.
TRAITS_OF_PART = {
    "chords": ("colour", "changes"),
    "melody": ("density", "register", "top", "syncopation", "swing", "length", "leaps", "ending", "close"),
    "line": ("syncopation", "swing", "length", "leaps"),
}
# In C major / A minor, so that a plan in another key gives the same song transposed (by -6 to 5 semitones); those of
# tune and line are moved by the plan's compass.
# Melody: what most voices and lead instruments reach. Piano: between the bass and the voice's top.
PITCH_RANGE = {"melody": (57, 81), "piano": (40, 81), "bass": (28, 58), "countermelody": (52, 84), "line": (55, 84)}
BAND_RANGE = (40, 86)
# What these and the bass play on a strong beat is heard as the harmony, so that it must be in the chord.
SUNG_PARTS = ("melody", "line")
# Where the minor third over a major chord is at home.
WITH_BLUE_NOTES = ("blues", "soul")
CHORD_PARTS = ("piano", "guitar", "pad", "arpeggio")


def conditions_for(
    plan: SongPlan, section: PlannedSection, phrase: PlannedPhrase, start_bar: int, part: str
) -> Conditions:
    """Say what a phrase should be, in the vocabulary's words."""
    highest = PITCH_RANGE["melody"][1] + plan.compass
    traits = draw_traits(plan, section, phrase, highest)
    # Nothing in 12/8 or 6/8 is in the pop and rock sources: there the folk tunes know more.
    is_folk = str(plan.meter_of(section, phrase)) in FOLK_METERS and traits["source"] in SOURCES_WITH_SECTIONS
    source = "folk" if is_folk else traits["source"]
    named = source in SOURCES_WITH_SECTIONS
    heard = {trait: traits[trait] for trait in TRAITS_OF_PART.get(part, ())}
    if part == "piano" and source == "pop":
        heard["density"] = _piano_density(section)
    return Conditions(
        part=part,
        mode=section.key.mode,
        meter=str(plan.meter_of(section, phrase)),
        n_bars=phrase.n_bars,
        source=source,
        tempo=draw_tempo_word(plan) if named else "any",
        section=section.kind if named and section.kind in SECTIONS_HEARD else "any",
        place=describe_place(start_bar, phrase.n_bars, plan.n_bars),
        intensity=describe_intensity(section.intensity),
        # The other parts hear it in their chords.
        cadence=CADENCE_WORDS[phrase.cadence] if part == "chords" else "any",
        **heard,
    )


def band_conditions_for(
    plan: SongPlan, section: PlannedSection, phrase: PlannedPhrase, start_bar: int, part: str
) -> Conditions:
    """Say what a band part's phrase should be; style, fill and the part beside it are the arranger's to add."""
    return Conditions(
        part=part,
        mode=section.key.mode,
        meter=str(plan.meter_of(section, phrase)),
        n_bars=phrase.n_bars,
        source="band",
        section=section.kind if section.kind in SECTIONS_HEARD else "any",
        place=describe_place(start_bar, phrase.n_bars, plan.n_bars),
        intensity=describe_intensity(section.intensity),
    )


def _piano_density(section: PlannedSection) -> str:
    """Grade of a piano's density, by the section's intensity."""
    return "1" if section.intensity < 0.35 else "2" if section.intensity < 0.7 else "3"


def limits_for(plan: SongPlan, slot: Slot, part: str) -> Limits:
    """Fix range, grid and where chords may change."""
    meter = slot.meter
    lowest, highest = PITCH_RANGE.get(part, BAND_RANGE)
    moved = plan.compass if part in SUNG_PARTS else 0
    return Limits(
        lowest=lowest + moved,
        highest=highest + moved,
        finest_tick=3 if part in ("chords", "melody", "line") else 1,  # the band knows triplets
        strong_ticks=meter.strong_ticks if part in (*CHORD_PARTS, "bass") else (),
        thirds_agree=part in SUNG_PARTS and style_of(plan).family not in WITH_BLUE_NOTES,
        chord_change_tick=meter.bar_ticks // 2 if meter.n_beats % 2 == 0 else meter.beat_ticks,
    )
