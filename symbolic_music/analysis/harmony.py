"""What chords do: numeral with figures, function, loans from the parallel key, cadences, changes of key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from symbolic_music.analysis.key import is_inside
from symbolic_music.analysis.note_classes import HELD_TICKS
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet
from symbolic_music.song.notes import rows_of
from symbolic_music.theory.chord import QUALITIES, Chord
from symbolic_music.theory.key import Key, key_of
from symbolic_music.theory.roman import function_of, write_roman

# Figures of thoroughbass by the chord tone in the bass, third first.
_TRIADS = {"maj": "", "min": "", "dim": "°", "aug": "+"}
_SEVENTHS = {"7": "", "min7": "", "maj7": "maj", "dim7": "°", "hdim7": "ø"}
_OVER_SEVENTH = {("maj", 10): "7", ("maj", 11): "maj7", ("min", 10): "min7", ("dim", 9): "dim7", ("dim", 10): "hdim7"}
_TRIAD_FIGURES, _SEVENTH_FIGURES = ("6", "64"), ("65", "43", "42")
_ADDED_SIXTHS = frozenset({"maj6", "min6"})
_FIFTH, _FOURTH, _SUBMEDIANT = 7, 5, {"major": 9, "minor": 8}


@dataclass(frozen=True)
class KeyStep:
    """A change of key at a bar, counted from 0, and the chord before it that both keys have, if any."""

    bar: int
    before: Key
    after: Key
    pivot: Chord | None


def write_numeral(chord: Chord, key: Key, following: Chord | None = None) -> str:
    """Write a chord as harmony books do: its Roman numeral, inversions by their figures.

    Parameters
    ----------
    chord : Chord
        Any.
    key : Key
        Whose degrees are counted.
    following : Chord, optional
        The next chord on another root: a major triad from outside the key that leads to it is its dominant.

    Returns
    -------
    str
        As `write_roman`, but ``I6``, ``V65`` for inversions of triads and sevenths. An added sixth is ``Iadd6``.

    Examples
    --------
    >>> from symbolic_music.theory.chord import parse_chord
    >>> from symbolic_music.theory.key import parse_key
    >>> [write_numeral(parse_chord(symbol), parse_key("C")) for symbol in ("C/E", "G7/B", "Gsus4", "C6", "D7/F#")]
    ['I6', 'V65', 'Vsus4', 'Iadd6', 'V65/V']
    >>> write_numeral(parse_chord("E"), parse_key("C"), parse_chord("Am"))
    'V/vi'
    """
    chord = _with_seventh_of_bass(chord)
    upright = Chord(chord.root, chord.quality, chord.root)
    name = write_roman(upright, key)
    if leads_on(chord, key, following):
        name = write_roman(Chord(chord.root, "7", chord.root), key).replace("V7/", "V/")
    if chord.quality in _ADDED_SIXTHS:
        name = name.removesuffix("6") + "add6"
    elif chord.quality in ("aug", "aug7"):
        name = name.replace("aug", "+", 1)
    if chord.bass == chord.root:
        return name
    figures = _figures(chord)
    if figures is None:
        return name + write_roman(chord, key).removeprefix(write_roman(upright, key))
    degree, slash, target = name.partition("/")
    return f"{degree.removesuffix('7')}{figures}{slash}{target}"


def leads_on(chord: Chord, key: Key, following: Chord | None) -> bool:
    """Whether a major triad from outside the key is the dominant of the chord that follows.

    Parameters
    ----------
    chord : Chord
        Any.
    key : Key
        In which it is heard.
    following : Chord, optional
        The next chord on another root.

    Examples
    --------
    >>> from symbolic_music.theory.chord import parse_chord
    >>> from symbolic_music.theory.key import parse_key
    >>> [leads_on(parse_chord("E"), parse_key("C"), parse_chord(after)) for after in ("Am", "F")]
    [True, False]
    """
    if chord.quality != "maj" or following is None or (chord.root + 5) % 12 != following.root or is_inside(chord, key):
        return False
    return function_of(Chord(chord.root, "7", chord.root), key).startswith("dominant of")


def function_before(chord: Chord, key: Key, following: Chord | None) -> str:
    """Say what a chord does in a key, as `function_of`, knowing the next chord on another root."""
    return function_of(Chord(chord.root, "7", chord.root) if leads_on(chord, key, following) else chord, key)


def chord_after(sheet: LeadSheet, tick: int) -> Chord | None:
    """The chord that follows the one sounding at a tick: the next on another root, if there is one."""
    later = [event for event in sheet.chords if event.onset_tick > tick]
    now = [event.chord.root for event in sheet.chords if event.onset_tick <= tick][-1:]
    return next((event.chord for event in later if event.chord.root not in now), None)


def _with_seventh_of_bass(chord: Chord) -> Chord:
    """Take a triad over its own seventh for the seventh chord that it is: ``Am/G`` sounds as ``Am7/G``."""
    quality = _OVER_SEVENTH.get((chord.quality, (chord.bass - chord.root) % 12))
    return chord if quality is None else Chord(chord.root, quality, chord.bass)


def _figures(chord: Chord) -> str | None:
    """The figures of an inversion; ``None`` where a chord or a bass has none."""
    tones = QUALITIES[chord.quality][0]
    step = (chord.bass - chord.root) % 12
    if step not in tones or chord.quality not in _TRIADS | _SEVENTHS:
        return None
    return (_TRIAD_FIGURES if chord.quality in _TRIADS else _SEVENTH_FIGURES)[tones.index(step) - 1]


def borrowed_from(chord: Chord, key: Key) -> Key | None:
    """The parallel key that a chord outside its key is borrowed from, if it is one of that key's.

    Examples
    --------
    >>> from symbolic_music.theory.chord import parse_chord
    >>> from symbolic_music.theory.key import parse_key
    >>> [str(borrowed_from(parse_chord(symbol), parse_key("C"))) for symbol in ("Fm", "Bb", "Am", "D7")]
    ['C minor', 'C minor', 'None', 'None']
    """
    if is_inside(chord, key) or function_of(chord, key).startswith("dominant of"):
        return None
    parallel = key_of(key.tonic_pitch_class, "minor" if key.mode == "major" else "major")
    return parallel if is_inside(chord, parallel) else None


def cadence_of(before: Chord | None, arrival: Chord, key: Key, last_pitch: int | None = None) -> str:
    """Name the cadence that two chords make at the end of a phrase.

    Parameters
    ----------
    before : Chord, optional
        The chord before the last; another one.
    arrival : Chord
        The chord that the phrase ends on.
    key : Key
        In which both are heard.
    last_pitch : int, optional
        The tune's last note, MIDI number.

    Returns
    -------
    str
        ``perfect authentic`` (dominant to tonic, both on their roots, the tonic in the tune), ``imperfect authentic``,
        ``half``, ``Phrygian half`` (iv6 to V in minor), ``plagal``, ``deceptive`` or ``open``.
    """
    degree = (arrival.root - key.tonic_pitch_class) % 12
    came = None if before is None else (before.root - key.tonic_pitch_class) % 12
    if degree == 0 and before is not None and _is_dominant(before, key):
        on_roots = came == _FIFTH and before.bass == before.root and arrival.bass == arrival.root
        on_tonic = last_pitch is not None and last_pitch % 12 == key.tonic_pitch_class
        return "perfect authentic" if on_roots and on_tonic else "imperfect authentic"
    if degree == _FIFTH and _has_major_third(arrival):
        in_bass = before is not None and (before.bass - arrival.bass) % 12 == 1
        is_phrygian = key.mode == "minor" and came == _FOURTH and in_bass
        return "Phrygian half" if is_phrygian else "half"
    if degree == 0 and came == _FOURTH:
        return "plagal"
    if degree == _SUBMEDIANT[key.mode] and before is not None and came == _FIFTH and _is_dominant(before, key):
        return "deceptive"
    return "open"


def _is_dominant(chord: Chord, key: Key) -> bool:
    """Whether a chord leads home: on the fifth degree with the leading tone (or its suspension), or on the seventh."""
    degree = (chord.root - key.tonic_pitch_class) % 12
    leads = (key.tonic_pitch_class + 11) % 12 in chord.pitch_classes
    return (degree == _FIFTH and (leads or "sus" in chord.quality)) or (degree == 11 and "dim" in chord.quality)


def _has_major_third(chord: Chord) -> bool:
    """Whether a chord can rest on the fifth degree as a dominant: with its leading tone, and not leaning on a bass."""
    return 4 in QUALITIES[chord.quality][0]


def resting_bars(sheet: LeadSheet, start_bar: int, n_bars: int) -> list[int]:
    """List the bars that end a phrase: the last one, and every fourth at which the tune comes to rest for half a bar.

    Parameters
    ----------
    sheet : LeadSheet
        Tune and bars.
    start_bar, n_bars : int
        A phrase as the plan has it, which may be two of the tune's.
    """
    last = start_bar + n_bars - 1
    return [*(bar for bar in range(start_bar + 3, last - 1, 4) if _comes_to_rest(sheet, bar)), last]


def _comes_to_rest(sheet: LeadSheet, bar: int) -> bool:
    """Whether the last note of a bar, with the rest after it, lasts half a bar or more, up to a note of the next."""
    start, end = sheet.lines.tick_of(bar), sheet.lines.tick_of(bar + 1)
    onsets = sheet.melody["onset_tick"]
    inside = onsets[(onsets >= start) & (onsets < end)]
    return len(inside) > 0 and 2 * (end - int(inside[-1])) >= end - start


def cadence_at(sheet: LeadSheet, start: int, end: int) -> str:
    """Name the cadence of the phrase in ticks ``[start, end)``: it arrives where the tune's last note ends.

    Where the tune's end makes none, or there is no tune, the phrase's last chord may.
    """
    key = sheet.key_at(sheet.lines.bar_at(end - 1))
    before_end = [event for event in sheet.chords if event.onset_tick < end]
    notes = sheet.melody[(sheet.melody["onset_tick"] >= start) & (sheet.melody["onset_tick"] < end)]
    found = "open"
    if len(notes):
        onset, length, pitch, _ = rows_of(notes)[-1]
        heard = [event for event in before_end if event.onset_tick <= max(onset, onset + length - HELD_TICKS)]
        found = _cadence_of_last(heard, start, key, pitch)
    return found if found != "open" else _cadence_of_last(before_end, start, key, None)


def _cadence_of_last(chords: Sequence[ChordEvent], start: int, key: Key, last_pitch: int | None) -> str:
    """The cadence onto the last of some chords; the one before may begin before the phrase, and still sound in it."""
    if not chords:
        return "open"
    arrival = chords[-1].chord
    other = next((n for n in range(len(chords) - 1, -1, -1) if chords[n].chord.root != arrival.root), None)
    sounds = other is not None and chords[other + 1].onset_tick > start
    return cadence_of(chords[other].chord if other is not None and sounds else None, arrival, key, last_pitch)


def key_steps(sheet: LeadSheet) -> list[KeyStep]:
    """List the changes of key between sections, with the chord that turns where there is one."""
    found = []
    for one, other in pairwise(sheet.sections):
        if (one.key.tonic_pitch_class, one.key.mode) == (other.key.tonic_pitch_class, other.key.mode):
            continue
        line = sheet.lines.tick_of(other.start_bar)
        before = _last_before(sheet.chords, line)
        shared = before is not None and is_inside(before, one.key) and is_inside(before, other.key)
        found.append(KeyStep(other.start_bar, one.key, other.key, before if shared else None))
    return found


def _last_before(chords: Iterable[ChordEvent], tick: int) -> Chord | None:
    """The last chord that begins before a tick."""
    earlier = [event.chord for event in chords if event.onset_tick < tick]
    return earlier[-1] if earlier else None


def chords_sounding(sheet: LeadSheet, start: int, end: int) -> list[ChordEvent]:
    """List the chords that sound in ticks ``[start, end)``, the one held from before first."""
    rests = [tick for tick in sheet.no_chords if tick <= start]
    held = [event for event in sheet.chords if event.onset_tick <= start][-1:]
    is_silent = bool(rests and held) and rests[-1] > held[0].onset_tick
    return ([] if is_silent else held) + [event for event in sheet.chords if start < event.onset_tick < end]


def chord_tension(chord: Chord, key: Key) -> float:
    """How far a chord is from rest, 0 to 1: what it does in the key, tones outside, and its dissonance.

    Examples
    --------
    >>> from symbolic_music.theory.chord import parse_chord
    >>> from symbolic_music.theory.key import parse_key
    >>> [round(chord_tension(parse_chord(symbol), parse_key("C")), 2) for symbol in ("C", "Am", "F", "G7", "C#dim7")]
    [0.0, 0.15, 0.25, 0.65, 0.95]
    """
    function = function_of(chord, key)
    levels = {"tonic": 0.15, "subdominant": 0.25, "dominant": 0.5, "chromatic": 0.6}
    level = 0.0 if (chord.root - key.tonic_pitch_class) % 12 == 0 else levels.get(function, 0.5)
    steps = _intervals(sorted(chord.pitch_classes | {chord.bass}))
    # A seventh or second counts once, a tritone once.
    harsh = 0.05 * bool(steps & {1, 2}) + 0.1 * (6 in steps)
    outside = len(chord.pitch_classes - set(key.pitch_classes))
    return min(1.0, level + harsh + 0.125 * min(outside, 2))


def _intervals(tones: Sequence[int]) -> set[int]:
    """The interval classes between tones."""
    return {min((high - low) % 12, (low - high) % 12) for low in tones for high in tones if low < high}
