"""Words for what a phrase is like: the values of its conditions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from symbolic_music.theory.chord import Chord
from symbolic_music.theory.key import REFERENCE_TONIC
from symbolic_music.theory.meter import TPQ, Meter
from symbolic_music.tokens.phrase import ANY, ChordRow, Note, PhraseMusic
from symbolic_music.tokens.vocabulary import BREATHING, CONDITION_VALUES, MOST_NOTES

TOPS = CONDITION_VALUES["Top"]

# Upper edges in notes per four quarters; melody and piano differ by a factor of about three.
_DENSITY_EDGES = {
    "melody": (1, 2, 3, 4.5, 6),
    "line": (1, 2, 3, 4.5, 6),
    "countermelody": (1, 2, 3, 4.5, 6),
    "bass": (1.5, 2.5, 4.5, 6.5, 8.5),
    "piano": (3, 5, 8, 12, 17),
    "drums": (4, 8, 12, 17, 24),
}
REGISTERS = ("low", "mid-low", "mid-high", "high")
_REGISTER_EDGES = {
    "melody": (64, 68, 72),
    "line": (64, 68, 72),
    "countermelody": (60, 65, 70),
    "bass": (36, 40, 45),
    "piano": (55, 60, 65),
}
# The part written before each band part that it listens to, and so stands beside it.
BESIDE_OF_PART = {
    "drums": "melody", "bass": "drums", "piano": "bass", "guitar": "bass", "pad": "piano",
    "arpeggio": "bass", "countermelody": "melody", "line": "melody",
}  # fmt: skip
# Of the drums a bass player listens to the kick and the snare.
_KICKS_AND_SNARES = (35, 36, 38, 40)
# Singers take one melody at many tempi: the tempo word is drawn from this many times the song's tempo.
TEMPO_SPREAD = (0.65, 1.1)
INTENSITY_OF_SECTION = {
    "intro": "0", "verse": "1", "pre-chorus": "2", "bridge": "2", "chorus": "3", "solo": "2",
    "interlude": "1", "outro": "1",
}  # fmt: skip


def describe_tempo(qpm: float) -> str:
    """Name a tempo: slow below 85 quarters a minute, medium to 115, fast to 150, then very fast."""
    return "slow" if qpm < 85 else "medium" if qpm < 115 else "fast" if qpm < 150 else "very fast"


def describe_density(n_notes: int, quarters: float, part: str) -> str:
    """Grade density from 0 (sparse) to 5 by notes per four quarters."""
    rate = n_notes * 4 / quarters
    edges = _DENSITY_EDGES.get(part, _DENSITY_EDGES["piano"])
    return str(sum(rate >= edge for edge in edges))


def describe_register(notes: Sequence[Note], part: str = "melody") -> str:
    """Name the register of a part in C major / A minor by its mean pitch."""
    if not notes:
        return ANY
    mean = sum(note[2] for note in notes) / len(notes)
    edges = _REGISTER_EDGES.get(part, _REGISTER_EDGES["piano"])
    return REGISTERS[sum(mean >= edge for edge in edges)]


def describe_cadence(chords: Sequence[ChordRow], mode: str) -> str:
    """Name how a phrase ends by the roots of its last two chords, seen from the tonic.

    ``V-I`` authentic, ``IV-I`` plagal, ``other-I`` any other way to the tonic, ``other-V`` half, ``V-vi``
    deceptive, else ``open``.
    """
    if not chords:
        return ANY
    degrees = [(chord[1] - REFERENCE_TONIC[mode]) % 12 for chord in chords]
    last = degrees[-1]
    before = next((degree for degree in reversed(degrees) if degree != last), None)
    if last == 0:
        return {7: "V-I", 5: "IV-I"}.get(before if before is not None else -1, "other-I")
    if last == 7:
        return "other-V"
    return "V-vi" if before == 7 and last == (9 if mode == "major" else 8) else "open"


def describe_top(notes: Sequence[Note]) -> str:
    """The highest pitch of a melody in C major / A minor, as a number."""
    low, high = (int(TOPS[place]) for place in (0, -1))
    return str(min(max(max(note[2] for note in notes), low), high)) if notes else ANY


def describe_syncopation(notes: Sequence[Note], meter: Meter) -> str:
    """Grade syncopation from 0 to 3: the share of notes that begin off the beat and sound on over the next one."""
    beat = meter.beat_ticks
    held = [on % beat != 0 and on % beat + length > beat for on, length, _ in notes]
    return _grade(held, (0.04, 0.12, 0.24))


def describe_swing(notes: Sequence[Note], meter: Meter) -> str:
    """Say whether off-beats stand on the triplet's third note (swung) or on the half of the beat."""
    if meter.is_compound:
        return ANY
    swung = sum(on % TPQ == 2 * TPQ // 3 for on, _, _ in notes)
    straight = sum(on % TPQ == TPQ // 2 for on, _, _ in notes)
    return ANY if swung + straight < 3 else "swung" if swung > straight else "straight"


def describe_length(notes: Sequence[Note]) -> str:
    """Name how long notes sound of the time to the next onset, in the mean: detached, short, long or sung."""
    pairs = [(b[0] - a[0], a[1]) for a, b in pairwise(notes) if b[0] > a[0]]
    if len(pairs) < 3:
        return ANY
    share = sum(min(1.0, length / gap) for gap, length in pairs) / len(pairs)
    return "detached" if share < 0.6 else "short" if share < 0.85 else "long" if share < 0.97 else "sung"


def describe_leaps(notes: Sequence[Note]) -> str:
    """Grade leaps from 0 to 3: the share of intervals wider than a major third."""
    return _grade([abs(b[2] - a[2]) > 4 for a, b in pairwise(notes)], (0.06, 0.16, 0.3))


def describe_colour(chords: Sequence[ChordRow]) -> str:
    """Name the harmonic colour: power chords, triads, sevenths, or chords with ninths and more."""
    if not chords:
        return ANY
    tones = [Chord(0, chord[2], 0).pitch_classes for chord in chords]
    if sum(own == {0, 7} for own in tones) * 2 >= len(tones):
        return "power"
    if sum(len(own) > 4 for own in tones) * 4 >= len(tones):
        return "extended"
    return "sevenths" if sum(bool(own & {9, 10, 11}) for own in tones) * 5 >= 2 * len(tones) else "triads"


def describe_changes(chords: Sequence[ChordRow], n_bars: int) -> str:
    """Name the harmonic rhythm by chords a bar: slow, one a bar, one a half bar, fast."""
    if not chords:
        return ANY
    rate = len(chords) / n_bars
    return "slow" if rate < 0.7 else "bar" if rate < 1.4 else "half" if rate < 2.4 else "fast"


def describe_ending(notes: Sequence[Note], n_bars: int, meter: Meter) -> str:
    """Say where a phrase's last note begins: before the last bar, on its first beat, its last beat, or between."""
    if not notes:
        return ANY
    onset = max(note[0] for note in notes) - (n_bars - 1) * meter.bar_ticks
    if onset < 0:
        return "before"
    if onset < meter.beat_ticks:
        return "first beat"
    return "last beat" if onset >= meter.bar_ticks - meter.beat_ticks else "middle"


def describe_degree(notes: Sequence[Note], mode: str) -> str:
    """The last note's semitones above the tonic, 0 to 11."""
    return str((max(notes)[2] - REFERENCE_TONIC[mode]) % 12) if notes else ANY


def describe_close(notes: Sequence[Note], n_bars: int, meter: Meter) -> str:
    """Say whether the last note is held: a beat or more of sound, or of rest after it."""
    if not notes:
        return ANY
    onset, length, _ = max(notes)
    rest = n_bars * meter.bar_ticks - onset
    is_long = length >= meter.beat_ticks
    has_breath = rest >= 2 * meter.beat_ticks and 2 * length >= meter.beat_ticks
    return "held" if is_long or has_breath else "short"


def describe_notes(notes: Sequence[Note]) -> str:
    """The number of notes, where a phrase can be asked for it."""
    return str(len(notes)) if 0 < len(notes) <= MOST_NOTES else ANY


def describe_intensity(intensity: float) -> str:
    """Grade a plan's intensity, 0 to 1, in eighths."""
    return str(min(7, max(0, int(intensity * 8))))


def traits_of(music: PhraseMusic, part: str, mode: str, meter: Meter) -> dict[str, str]:
    """Compute every condition that a phrase's own notes and chords decide, by the field of ``Conditions``."""
    if part == "chords":
        # Any other part sees them: its chords are given.
        return {
            "cadence": describe_cadence(music.chords, mode),
            "colour": describe_colour(music.chords),
            "changes": describe_changes(music.chords, music.n_bars),
        }
    notes = music.notes
    traits = {
        "density": describe_density(len(notes), music.n_bars * music.bar_ticks / TPQ, part),
        "swing": describe_swing(notes, meter),
    }
    if part == "drums":
        return traits
    traits |= {"register": describe_register(notes, part), "length": describe_length(notes)}
    if part not in BREATHING:
        return traits
    return traits | {
        "top": describe_top(notes),
        "syncopation": describe_syncopation(notes, meter),
        "leaps": describe_leaps(notes),
        "ending": describe_ending(notes, music.n_bars, meter),
        "degree": describe_degree(notes, mode),
        "close": describe_close(notes, music.n_bars, meter),
        "notes": describe_notes(notes),
    }


def _grade(truths: Sequence[bool], edges: tuple[float, float, float]) -> str:
    """Grade a share from 0 to 3; left open for fewer than three things to judge by."""
    return str(sum(sum(truths) / len(truths) >= edge for edge in edges)) if len(truths) >= 3 else ANY


def describe_place(start_bar: int, n_bars: int, all_bars: int) -> str:
    """Name where in the song a phrase's middle lies: first 15 %, early half, late, last 10 %."""
    middle = (start_bar + n_bars / 2) / all_bars
    return "first" if middle < 0.15 else "early" if middle < 0.5 else "late" if middle < 0.9 else "last"


def describe_strength(kept_share: float) -> str:
    """Grade a variation by the share of bars that it keeps: light from 0.75, medium from 0.4, else strong."""
    return "light" if kept_share >= 0.75 else "medium" if kept_share >= 0.4 else "strong"


def heard_beside(notes: Sequence[Note], part: str) -> tuple[Note, ...]:
    """What a band part hears of the one beside it: of the drums, kick and snare; else everything."""
    return tuple(n for n in notes if part != "drums" or n[2] in _KICKS_AND_SNARES)
