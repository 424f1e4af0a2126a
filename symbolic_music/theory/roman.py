"""Chords by degree: Roman numerals read in a key, and written for one.

Upper case is a major third, lower case a minor one, for chords without one that of the key (``i5`` in minor); what
follows is read as after any chord's root (``V7``, ``ii7``, ``IVmaj7``, ``vii°7``, ``viiø7``). In minor the degrees
are those of the natural scale, ``vi`` and ``vii`` in lower case the raised ones, as harmony books have it. ``bVII``
counts from the major scale in both modes. ``V7/V`` is the dominant of the degree after the slash; after another chord
the slash says the bass, a degree (``IV/V``) or a number (``I/3``). ``V64``, ``V65``, ``V43`` and ``V42`` are
inversions; ``6`` alone is an added sixth.
"""

from __future__ import annotations

import re

from symbolic_music.errors import NotationError
from symbolic_music.theory.chord import QUALITIES, Chord, means_no_chord, parse_chord, parse_quality
from symbolic_music.theory.key import SCALES, Key, key_of

DEGREES = ("I", "II", "III", "IV", "V", "VI", "VII")
_SHIFTS = {"#": 1, "♯": 1, "b": -1, "♭": -1}
_DEGREE = r"VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i"
_QUALITY = r"(?:maj|Maj|ma|min|mi|dim|aug|sus|add|alt|no|M|m|[°oø^+]|[#b♯♭-]|[(), ]|\d)*"
_NUMERAL = re.compile(
    rf"(?P<sign>[#b♯♭]?)(?P<degree>{_DEGREE})(?P<quality>{_QUALITY}(?:/9)?)"
    rf"(?:/(?P<over_sign>[#b♯♭]?)(?P<over>{_DEGREE}|[1-7]))?$"
)
_APPLIED = re.compile(r"(?:V|vii|v)$")
_INVERSIONS = {"64": 2, "65": 1, "43": 2, "42": 3}
# A numeral's case says the third; what stands after it may say more.
_MINOR_TEXTS = {"": "min", "7": "min7", "9": "min9", "11": "min11", "6": "min6", "maj7": "minmaj7", "add9": "madd9"}
# How degrees of the chromatic scale are named over each mode: (sign, degree) by semitones above the tonic.
_NAMES = {
    "major": ("I", "bII", "II", "bIII", "III", "IV", "#IV", "V", "bVI", "VI", "bVII", "VII"),
    "minor": ("I", "bII", "II", "III", "#III", "IV", "#IV", "V", "VI", "#VI", "VII", "#VII"),
}
_FUNCTIONS = {0: "tonic", 2: "subdominant", 5: "subdominant", 7: "dominant"}
_FUNCTIONS_OF_MODE = {
    "major": {4: "tonic", 9: "tonic", 11: "dominant", 10: "subdominant", 8: "subdominant", 1: "subdominant"},
    "minor": {3: "tonic", 8: "subdominant", 10: "dominant", 11: "dominant", 1: "subdominant", 9: "tonic"},
}
_DOMINANTS = frozenset({"7", "9", "13", "7b9", "7#9", "7#11", "7b13", "7alt", "7b5", "aug7", "7sus4", "9sus4"})


def is_roman(text: str) -> bool:
    """Whether a text has the form of a Roman numeral; whether its quality is known shows when it is read.

    Examples
    --------
    >>> is_roman("V7/V"), is_roman("Dm7")
    (True, False)
    """
    return _NUMERAL.match(text.strip()) is not None


def is_chord(text: str) -> bool:
    """Whether a word of a chart is a chord: a symbol, a Roman numeral or N.C.

    Examples
    --------
    >>> [is_chord(word) for word in ("Dm7", "V7/V", "N.C.", "Chorus")]
    [True, True, True, False]
    """
    try:
        return bool(parse_chord(text))
    except NotationError:
        return means_no_chord(text) or is_roman(text)


def parse_roman(text: str, key: Key) -> Chord:
    """Read a Roman numeral in a key.

    Parameters
    ----------
    text : str
        Such as ``vi``, ``bVII``, ``V7/V`` or ``IV/V``.
    key : Key
        Whose degrees are counted.

    Returns
    -------
    Chord
        With its bass.

    Raises
    ------
    NotationError
        If it is no numeral, or its quality is not known.

    Examples
    --------
    >>> from symbolic_music.theory.key import parse_key
    >>> [parse_roman(numeral, parse_key("C")).symbol() for numeral in ("vi", "V7/V", "IV/V", "I64")]
    ['Am', 'D7', 'F/G', 'C/G']
    """
    match = _NUMERAL.match(text.strip())
    if match is None:
        raise NotationError(f"{text!r} is not a Roman numeral; write e.g. I, vi, bVII, V7/V")
    over = match["over"]
    if over is not None and not over.isdigit() and _APPLIED.match(match["degree"]) and not match["sign"]:
        root = (key.tonic_pitch_class + _step(match["over_sign"], over, key.mode)) % 12
        # The dominant of a chord is that of the key on its root.
        return parse_roman(f"{match['degree']}{match['quality']}", key_of(root, "minor" if over.islower() else "major"))
    root = (key.tonic_pitch_class + _step(match["sign"], match["degree"], key.mode)) % 12
    figures = next((figures for figures in _INVERSIONS if match["quality"].strip() == figures), None)
    quality = _quality(match["degree"], "7" if figures and figures != "64" else match["quality"].strip(), text, figures)
    if over is not None:
        degree = DEGREES[int(over) - 1] if over.isdigit() else over.upper()
        return Chord(root, quality, (key.tonic_pitch_class + _step(match["over_sign"], degree, key.mode)) % 12)
    tones = QUALITIES[quality][0]
    return Chord(root, quality, (root + tones[_INVERSIONS[figures]]) % 12 if figures else root)


def _quality(degree: str, text: str, symbol: str, figures: str | None) -> str:
    """The quality that case and text say."""
    text = "" if figures == "64" else text
    if degree.isupper():
        return parse_quality(text, symbol)
    if text in _MINOR_TEXTS:
        return _MINOR_TEXTS[text]
    # vii°, iiø7, iidim and iim7 say their third themselves.
    return parse_quality(text, symbol)


def _step(sign: str | None, degree: str, mode: str) -> int:
    """Semitones from the tonic to a degree."""
    number = DEGREES.index(degree.upper())
    if sign:
        is_raised_minor = mode == "minor" and sign in "#♯"
        return SCALES["minor" if is_raised_minor else "major"][number] + _SHIFTS[sign]
    if mode == "minor" and degree in ("vi", "vii"):
        return SCALES["major"][number]
    return SCALES[mode][number]


def write_roman(chord: Chord, key: Key) -> str:
    """Write a chord as a Roman numeral.

    Parameters
    ----------
    chord : Chord
        Any.
    key : Key
        Whose degrees are counted.

    Returns
    -------
    str
        ``parse_roman`` reads it back as the same tones and bass; a dominant seventh that leads to a degree of the
        key, and lies outside it, is written as that degree's (``V7/V``).

    Examples
    --------
    >>> from symbolic_music.theory.chord import parse_chord
    >>> from symbolic_music.theory.key import parse_key
    >>> [write_roman(parse_chord(symbol), parse_key("A minor")) for symbol in ("Am", "F", "E7", "B7", "C/G", "A5")]
    ['i', 'VI', 'V7', 'V7/V', 'III/7', 'i5']
    """
    applied = _applied(chord, key)
    if applied is not None:
        return applied
    name = _NAMES[key.mode][(chord.root - key.tonic_pitch_class) % 12]
    if _is_minor_by_key(chord, key):
        degree = name.lower() + QUALITIES[chord.quality][1]
    else:
        degree = _with_quality(name, chord.quality, key.mode)
    if chord.bass == chord.root:
        return degree
    bass = _NAMES[key.mode][(chord.bass - key.tonic_pitch_class) % 12]
    return f"{degree}/{_as_number(bass)}"


def _is_minor_by_key(chord: Chord, key: Key) -> bool:
    """Whether a chord without a third, inside the key, is on a degree whose triad there is minor.

    A suspended fourth on the fifth degree is the dominant's, which resolves to its major third in minor too.
    """
    tones = QUALITIES[chord.quality][0]
    scale = set(key.pitch_classes)
    if 3 in tones or 4 in tones or not chord.pitch_classes <= scale or (chord.root + 3) % 12 not in scale:
        return False
    return not (chord.quality.endswith("sus4") and (chord.root - key.tonic_pitch_class) % 12 == 7)


def _as_number(name: str) -> str:
    """A degree as a bass: its number, with its sign."""
    sign, degree = (name[0], name[1:]) if name[0] in "#b" else ("", name)
    return f"{sign}{DEGREES.index(degree) + 1}"


def _with_quality(name: str, quality: str, mode: str) -> str:
    """A degree's name in the case of its third, and what else the quality says."""
    tones = QUALITIES[quality][0]
    text = QUALITIES[quality][1]
    if 3 not in tones or 4 in tones:
        return name + text
    lowered = name[0] + name[1:].lower() if name[0] in "#b" else name.lower()
    # In minor a plain vi or vii in lower case is the raised degree; the natural one needs its sign.
    if mode == "minor" and lowered in ("vi", "vii"):
        lowered = f"b{lowered}"
    elif mode == "minor" and lowered in ("#vi", "#vii"):
        lowered = lowered[1:]
    if quality in ("dim", "dim7", "hdim7"):
        return lowered + {"dim": "°", "dim7": "°7", "hdim7": "ø7"}[quality]
    return lowered + (
        text.removeprefix("m") if quality.startswith("min") and quality != "minmaj7" else text[1:].lower()
    )


def _applied(chord: Chord, key: Key) -> str | None:
    """A dominant seventh outside the key as that of the degree a fifth below."""
    scale = set(key.pitch_classes) | ({(key.tonic_pitch_class + 11) % 12} if key.mode == "minor" else set())
    target = (chord.root - key.tonic_pitch_class - 7) % 12
    if chord.quality not in _DOMINANTS or chord.bass != chord.root or chord.pitch_classes <= scale:
        return None
    if target == 0 or target not in SCALES[key.mode]:
        return None
    degree = DEGREES[SCALES[key.mode].index(target)]
    third = (key.tonic_pitch_class + target + 3) % 12
    is_minor = third in key.pitch_classes
    # In minor the fifth degree is that of the major dominant, and a lower-case vi or vii would be the raised degree.
    lowered = degree.lower() if is_minor and not (key.mode == "minor" and degree in ("V", "VI", "VII")) else degree
    return f"V{QUALITIES[chord.quality][1]}/{lowered}"


def function_of(chord: Chord, key: Key) -> str:
    """Say what a chord does in a key: tonic, subdominant, dominant, the dominant of a degree, or chromatic.

    Parameters
    ----------
    chord : Chord
        Any.
    key : Key
        In which it is heard.

    Examples
    --------
    >>> from symbolic_music.theory.chord import parse_chord
    >>> from symbolic_music.theory.key import parse_key
    >>> [function_of(parse_chord(symbol), parse_key("C")) for symbol in ("Am", "Dm7", "A7", "F#")]
    ['tonic', 'subdominant', 'dominant of ii', 'chromatic']
    """
    applied = _applied(chord, key)
    if applied is not None:
        return f"dominant of {applied.partition('/')[2]}"
    if all(len(chord.pitch_classes - scale) > 1 for scale in _scales(key)):
        return "chromatic"
    step = (chord.root - key.tonic_pitch_class) % 12
    return _FUNCTIONS.get(step) or _FUNCTIONS_OF_MODE[key.mode].get(step, "chromatic")


def _scales(key: Key) -> tuple[frozenset[int], frozenset[int]]:
    """The key's tones, with both sevenths in minor, and those of the parallel key, from which chords are borrowed."""
    tonic = key.tonic_pitch_class
    minor = frozenset((tonic + step) % 12 for step in (*SCALES["minor"], 11))
    return minor, frozenset((tonic + step) % 12 for step in SCALES["major"])
