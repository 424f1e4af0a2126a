"""What a chord function of a figure is over a chord: semitones above the chord's root.

``R 3 5 7`` are the chord's own, whatever its quality; ``2 4 6 9 11 13`` are the chord's if it has
them, else steps of the key's scale; fixed tones (``b7``, ``#4`` …) stay as written. A step or fixed
tone a semitone away from a chord tone rubs: it is played only where it *passes*, and else gives way
to the chord tone beside it. Over a triad 7 is the octave, unless the style *colours* its triads:
``scale`` takes the seventh of the key, ``dominant`` the minor one, as the blues does.
"""

from __future__ import annotations

from dataclasses import dataclass

from symbolic_music.styles.figures import OWN_FUNCTIONS, SCALE_FUNCTIONS, SEMITONES
from symbolic_music.theory.chord import QUALITIES, Chord
from symbolic_music.theory.key import Key

OCTAVE = 12
# Styles and families whose players add sevenths to the triads of a lead sheet; a style goes before its family.
COLOUR_OF_FAMILY = {"jazz": "scale", "blues": "dominant", "hip-hop": "scale", "soul": "scale"}
COLOUR_OF_STYLE = {
    "bossa nova": "scale", "samba": "scale", "house": "scale", "lo-fi": "scale", "boogie": "dominant",
    "funk": "dominant", "rock and roll": "dominant", "trap": "", "dixieland": "", "ragtime": "", "charleston": "",
    "motown": "", "gypsy jazz": "", "foxtrot": "", "quickstep": "", "jazz rock": "dominant",
}  # fmt: skip
# Where a step of the scale lies if both of its places, or none, are in the key: as in the dorian and mixolydian modes.
_STEPS = {"2": (2, 1, 3), "4": (5, 6), "6": (9, 8)}
_USUAL_STEP = {"2": 2, "4": 5, "6": 9}
_SIMPLE = {"9": "2", "11": "4", "13": "6"}
# What a tone gives way to.
_INSTEAD = {
    "2": "R", "4": "3", "6": "5", "b2": "R", "#2": "3", "b3": "3", "M3": "3", "#4": "5", "b5": "5", "#5": "5",
    "b6": "5", "b7": "7", "M7": "7", "b9": "R", "#9": "3", "#11": "5", "b13": "5",
}  # fmt: skip
# Tones that rub over a dominant and are wanted there.
_ALTERED = ("b9", "#9", "#11", "b13")


@dataclass(frozen=True)
class Ground:
    """What a note is played over: the chord, the key, the style's colour, and whether the note passes.

    Where the chord ``is_given``, the user wrote it: only its own tones are played, but for notes that pass.
    """

    chord: Chord
    key: Key
    colour: str = ""
    passes: bool = False
    is_given: bool = False

    @property
    def tones(self) -> tuple[int, ...]:
        """The chord's tones, in semitones above its root."""
        return QUALITIES[self.chord.quality][0]

    @property
    def is_dominant(self) -> bool:
        """Whether it has a major third and a minor seventh."""
        return 4 in self.tones and 10 in self.tones


def colour_of(style: str, family: str) -> str:
    """How a style colours triads: ``scale``, ``dominant`` or not at all (``""``)."""
    return COLOUR_OF_STYLE.get(style, COLOUR_OF_FAMILY.get(family, ""))


def semitones_of(function: str, ground: Ground) -> int:
    """Find the tone of a function.

    Parameters
    ----------
    function : str
        A symbol of figures but ``~``, which depends on the next note.

    Returns
    -------
    int
        Semitones above the chord's root, 0 to 21.

    Examples
    --------
    >>> from symbolic_music.theory.chord import parse_chord
    >>> from symbolic_music.theory.key import parse_key
    >>> [semitones_of(f, Ground(parse_chord("Dm"), parse_key("C"))) for f in ("3", "7", "9", "6")]
    [3, 12, 14, 9]
    """
    if function in OWN_FUNCTIONS:
        return _own(function, ground)
    if function in SCALE_FUNCTIONS:
        octave = OCTAVE if function in _SIMPLE else 0
        return octave + _step(_SIMPLE.get(function, function), ground)
    octave, written = divmod(SEMITONES[function], OCTAVE)
    is_free = written in ground.tones or ground.passes or (not ground.is_given and not _rubs(written, ground.tones))
    if is_free or (not ground.is_given and ground.is_dominant and function in _ALTERED):
        return SEMITONES[function]
    return octave * OCTAVE + _own(_INSTEAD[function], ground)


def _own(function: str, ground: Ground) -> int:
    """The chord's own root, third, fifth or seventh; where it has none, what stands there instead."""
    tones = ground.tones
    if function == "R":
        return 0
    if function == "3":
        return next((tone for tone in (4, 3, 5, 2) if tone in tones), 0)
    if function == "5":
        return next((tone for tone in (7, 6, 8) if tone in tones), 7)
    found = next((tone for tone in (10, 11, 9) if tone in tones), None)
    return found if found is not None else _added_seventh(ground)


def _added_seventh(ground: Ground) -> int:
    """The seventh that a coloured style adds to a major or minor triad."""
    chord = ground.chord
    if not ground.colour or ground.is_given or chord.quality not in ("maj", "min"):
        return OCTAVE
    if ground.colour == "dominant" or chord.quality == "min":
        return 10
    degree = (chord.root - ground.key.tonic_pitch_class) % OCTAVE
    is_tonic_of_minor = ground.key.mode == "minor" and degree == 0
    major_seventh = (chord.root + 11) % OCTAVE in ground.key.pitch_classes and not is_tonic_of_minor
    # The raised leading tone makes the minor key's major triad on the fifth degree a dominant.
    return 11 if major_seventh else 10


def _step(number: str, ground: Ground) -> int:
    """A step of the scale above the root; a chord tone where it would rub."""
    tones = ground.tones
    for place in _STEPS[number]:
        if place in tones and _is_added(number, place, tones):
            return place
    scale = ground.key.pitch_classes
    places = [place for place in _STEPS[number][:2] if (ground.chord.root + place) % OCTAVE in scale]
    found = places[0] if len(places) == 1 else _USUAL_STEP[number]
    if ground.passes or found in tones:
        return found
    if not ground.is_given and (not _sits_on_tone(found, tones) or (number == "2" and ground.is_dominant)):
        return found
    return _own(_INSTEAD[number], ground)


def _is_added(number: str, place: int, tones: tuple[int, ...]) -> bool:
    """Whether a chord's tone is its ninth, eleventh or thirteenth, and not its third or fifth."""
    if number == "2":
        return place != 3 or 4 in tones
    if number == "4":
        return place == 5 or 7 in tones
    return place == 9 or 7 in tones


def _rubs(place: int, tones: tuple[int, ...]) -> bool:
    """Whether a tone lies a semitone beside a chord tone."""
    return any((place - tone) % OCTAVE in (1, 11) for tone in tones)


def _sits_on_tone(place: int, tones: tuple[int, ...]) -> bool:
    """Whether a tone lies a semitone above a chord tone, the minor ninth that does not blend."""
    return any((place - tone) % OCTAVE == 1 for tone in tones)
