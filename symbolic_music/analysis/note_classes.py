"""What each note of a tune is to its chord: chord tone, or which kind of tone outside it.

The classes are those of harmony books (Piston, "Harmony"; Aldwell & Schachter, "Harmony and Voice Leading"): how a tone
outside the chord is reached and left says which it is. Reached and left by step it passes or is a neighbour; reached by
leap and left by step it is an appoggiatura, the reverse an escape tone; prepared by its own pitch and resolved by step
it is a suspension; heard before the chord it belongs to, an anticipation. What is left is a tension where it is a
seventh, ninth, eleventh or thirteenth of the chord in the key, as songs have them, else free.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.notes import rows_of
from symbolic_music.song.score import TPQ
from symbolic_music.theory.chord import Chord

NOTE_CLASSES = (
    "chord tone", "passing", "neighbour", "suspension", "retardation", "anticipation", "appoggiatura", "escape",
    "pedal", "tension", "free", "no chord",
)  # fmt: skip
# A rest up to this long does not part two notes: singers breathe.
BREATH_TICKS = TPQ
# A tone held into a chord for less than this is still the tone of the chord before.
HELD_TICKS = TPQ // 2
STEP = 2
# Seventh, ninth, eleventh, raised eleventh and thirteenth above the root.
_TENSIONS = frozenset({2, 5, 6, 9, 10, 11})


@dataclass(frozen=True)
class _Tone:
    """A note with the chords that sound at its beginning and at its end (``None``: no chord)."""

    start: int
    end: int
    pitch: int
    chord: Chord | None
    later: Chord | None
    change: int

    @property
    def fits(self) -> bool:
        """Whether it belongs to the chord it begins in."""
        return _belongs(self.pitch, self.chord)

    @property
    def fits_later(self) -> bool:
        """Whether it belongs to the chord it ends in."""
        return _belongs(self.pitch, self.later)

    @property
    def is_held_over(self) -> bool:
        """Whether it sounds on into another chord, long enough to be heard with it."""
        return self.later != self.chord and self.end - self.change >= HELD_TICKS


def classify_notes(sheet: LeadSheet) -> list[str]:
    """Say of each note of a tune what it is to its chord.

    Parameters
    ----------
    sheet : LeadSheet
        Of any length; the chord is that under the note, also under its end where it is held over a change.

    Returns
    -------
    list of str
        One of ``NOTE_CLASSES`` for each note of ``sheet.melody``.
    """
    tones = _tones(sheet)
    keys = [sheet.key_at(sheet.lines.bar_at(tone.start)).pitch_classes for tone in tones]
    return [_class_of(tones, place, keys[place]) for place in range(len(tones))]


def _tones(sheet: LeadSheet) -> list[_Tone]:
    """The tune with its chords."""
    changes = sorted([(event.onset_tick, event.chord) for event in sheet.chords]
                     + [(tick, None) for tick in sheet.no_chords], key=lambda change: change[0])  # fmt: skip
    tones = []
    for start, length, pitch, _ in rows_of(sheet.melody):
        under = [(tick, chord) for tick, chord in changes if tick < start + length]
        before = [chord for tick, chord in under if tick <= start]
        first = before[-1] if before else None
        tick, last = under[-1] if under else (start, None)
        tones.append(_Tone(start, start + length, pitch, first, last, max(tick, start)))
    return tones


def _belongs(pitch: int, chord: Chord | None) -> bool:
    """Whether a pitch is one of a chord's tones, its bass among them."""
    return chord is not None and (pitch % 12 in chord.pitch_classes or pitch % 12 == chord.bass)


def _class_of(tones: Sequence[_Tone], place: int, scale: tuple[int, ...]) -> str:
    """The class of one tone."""
    tone = tones[place]
    if tone.chord is None:
        return "no chord"
    before, after = _moved(tones, place, -1), _moved(tones, place, 1)
    if tone.fits:
        if tone.is_held_over and not tone.fits_later and _steps(tone, after):
            return "suspension" if after is not None and after.pitch < tone.pitch else "retardation"
        return "chord tone"
    if tone.is_held_over and tone.fits_later and tone.change - tone.start <= TPQ:
        return "anticipation"
    return _repeated(tones, place, after) or _reached_and_left(tones, place, before, after) or _rest(tone, scale)


def _repeated(tones: Sequence[_Tone], place: int, after: _Tone | None) -> str | None:
    """What a tone is that is heard before or after at its own pitch, under another chord."""
    tone = tones[place]
    prepared = _same(tones, place, -1)
    kept = _same(tones, place, 1)
    if prepared and kept:
        return "pedal"
    if prepared and after is not None and _steps(tone, after):
        return "suspension" if after.pitch < tone.pitch else "retardation"
    return "anticipation" if kept else None


def _same(tones: Sequence[_Tone], place: int, way: int) -> bool:
    """Whether the nearest tone at its own pitch, with none between, belongs to its chord, which is another."""
    tone = tones[place]
    for now, other in _pairs(tones, place, way):
        if _gap(now, other) > BREATH_TICKS or other.pitch != tone.pitch:
            return False
        if other.chord != tone.chord or other.fits:
            # Looking back, what counts is the chord that the other ends in.
            return other.fits if way > 0 else other.fits or other.fits_later
    return False


def _reached_and_left(
    tones: Sequence[_Tone], place: int, before: _Tone | None, after: _Tone | None
) -> str | None:  # fmt: skip
    """What a tone is by the steps and leaps to it and from it."""
    tone = tones[place]
    by_step, to_step = _steps(tone, before), _steps(tone, after)
    if before is not None and after is not None and by_step and to_step:
        is_onward = (tone.pitch > before.pitch) == (after.pitch > tone.pitch)
        return "passing" if is_onward else "neighbour"
    if _is_double_neighbour(tones, place):
        return "neighbour"
    if to_step:
        return "appoggiatura"
    return "escape" if by_step and after is not None else None


def _is_double_neighbour(tones: Sequence[_Tone], place: int) -> bool:
    """Whether it is one of the two neighbours that enclose a tone: C D B C."""
    for first in (place - 2, place - 1):
        four = tones[first : first + 4] if first >= 0 else ()
        if len(four) == 4 and all(_gap(one, other) <= BREATH_TICKS for one, other in pairwise(four)):
            home, upper, lower, back = (tone.pitch for tone in four)
            encloses = (upper - home) * (lower - home) < 0 and max(abs(upper - home), abs(lower - home)) <= STEP
            if home == back and encloses:
                return True
    return False


def _rest(tone: _Tone, scale: tuple[int, ...]) -> str:
    """A tension of its chord, or free."""
    assert tone.chord is not None  # asked before
    return "tension" if (tone.pitch - tone.chord.root) % 12 in _TENSIONS and tone.pitch % 12 in scale else "free"


def _moved(tones: Sequence[_Tone], place: int, way: int) -> _Tone | None:
    """The nearest tone of another pitch before or after, if no longer rest lies between."""
    for now, other in _pairs(tones, place, way):
        if _gap(now, other) > BREATH_TICKS:
            return None
        if other.pitch != tones[place].pitch:
            return other
    return None


def _pairs(tones: Sequence[_Tone], place: int, way: int) -> list[tuple[_Tone, _Tone]]:
    """Neighbouring tones from a place on, forwards or backwards."""
    run = tones[place:] if way > 0 else tones[place::-1]
    return list(pairwise(run))


def _gap(one: _Tone, other: _Tone) -> int:
    """The rest between two neighbouring tones."""
    return max(one.start, other.start) - min(one.end, other.end)


def _steps(tone: _Tone, other: _Tone | None) -> bool:
    """Whether two tones are a step apart."""
    return other is not None and 0 < abs(tone.pitch - other.pitch) <= STEP
