"""Transitions: one or two bars that lead from any section into the first chord of any other.

The chords are ii and V of the chord that follows (ii-V-I is the plainest way into a chord); the bass
steps up to it by a semitone, the drums fill, the level goes from the one section's to the other's.
They depend on where they lead and how the level moves, so pairs of sections share them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from symbolic_music.games.cutting import CLOSING_TICKS, TPQ_GAME, count_beats
from symbolic_music.games.harmony import bass_pitch, leading_chords, list_chords, voice_near
from symbolic_music.games.sections import GameSection
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import (
    ControlChange,
    KeyChange,
    Marker,
    MeterChange,
    Score,
    TempoChange,
    Track,
    in_force,
)  # fmt: skip
from symbolic_music.theory.chord import Chord

CENTRE, PAD_CENTRE = 62, 67
EXPRESSION = 11
# Velocity at intensity 0, and what intensity 1 adds.
SOFT, MORE = 62, 38
# Closed hat, snare, high, middle and low tom of General MIDI.
HAT, SNARE, TOMS = 42, 38, (50, 47, 45)
LEVELS = 3

Row = tuple[int, int, int, int]


@dataclass(frozen=True)
class Transition:
    """A transition's file name, its music, and the pairs of sections (from, to) that it serves."""

    slug: str
    score: Score
    pairs: tuple[tuple[str, str], ...]
    target: Chord


@dataclass(frozen=True)
class _Lead:
    """What a transition is made from: the chord led to, levels 0 to 1 at its start and end, its bars."""

    target: Chord
    start_level: float
    end_level: float
    n_bars: int
    bar_ticks: int
    beat_ticks: int

    @property
    def n_ticks(self) -> int:
        """Its length."""
        return self.n_bars * self.bar_ticks

    @property
    def chords(self) -> tuple[tuple[int, int, Chord], ...]:
        """Its two chords with start and end; the second has the last half, in one bar of three the last beat."""
        second, dominant = leading_chords(self.target)
        n_beats = self.n_ticks // self.beat_ticks
        change = (n_beats - n_beats // 2) * self.beat_ticks if n_beats > 1 else self.n_ticks // 2
        return ((0, change, second), (change, self.n_ticks, dominant))

    def velocity(self, tick: int) -> int:
        """How loud a note at a tick is."""
        level = self.start_level + (self.end_level - self.start_level) * tick / self.n_ticks
        return round(SOFT + MORE * level)


def make_transitions(score: Score, sections: tuple[GameSection, ...], n_bars: int) -> tuple[Transition, ...]:
    """Make what is needed to go from every section to every other, each music once.

    Parameters
    ----------
    score : Score
        The whole song, 480 ticks a quarter.
    n_bars : int
        Length of each, in bars of the section that follows.

    Returns
    -------
    tuple of Transition
        Every ordered pair of different sections is in exactly one of them.
    """
    shared: dict[object, list[tuple[GameSection, GameSection]]] = {}
    for source in sections:
        for target in sections:
            if source is not target:
                kind = (_first_chord(score, target), target.key, *_levels(source, target), *_maps(score, target))
                shared.setdefault(kind, []).append((source, target))
    return tuple(_make(score, pairs, n_bars) for pairs in shared.values())


def _levels(source: GameSection, target: GameSection) -> tuple[float, float]:
    """Both sections' intensities in three steps."""
    return tuple(round(section.intensity * (LEVELS - 1)) / (LEVELS - 1) for section in (source, target))  # type: ignore[return-value]


def _maps(score: Score, section: GameSection) -> tuple[TempoChange, MeterChange]:
    """Tempo and meter at a section's start."""
    tempo = in_force(score.tempos, section.start_tick, score.tempos[0])
    meter = in_force(score.meters, section.start_tick, score.meters[0])
    return replace(tempo, tick=0), replace(meter, tick=0)


def _first_chord(score: Score, section: GameSection) -> Chord:
    """The chord that a section begins with; its tonic if it has none."""
    for span in list_chords(score):
        if span.start_tick < section.end_tick and span.end_tick > section.start_tick:
            return span.chord
    tonic = section.key.tonic_pitch_class
    return Chord(tonic, "maj" if section.key.mode == "major" else "min", tonic)


def _make(score: Score, pairs: list[tuple[GameSection, GameSection]], n_bars: int) -> Transition:
    """Write one transition with the song's own instruments."""
    source, target = pairs[0]
    tempo, meter = _maps(score, target)
    bar_ticks = TPQ_GAME * 4 * meter.meter.beats // meter.meter.unit
    beat_ticks = bar_ticks // count_beats(meter.meter)
    lead = _Lead(_first_chord(score, target), *_levels(source, target), n_bars, bar_ticks, beat_ticks)
    symbols = tuple(Marker(start, chord.symbol(target.key.fifths)) for start, _, chord in lead.chords)
    slug = f"{source.slug}_to_{target.slug}"
    music = Score(
        f"{score.title}: to {target.name}", TPQ_GAME, lead.n_ticks, _play(score, lead), (tempo,), (meter,),
        (KeyChange(0, target.key),), (), symbols,
    )  # fmt: skip
    return Transition(slug, music, tuple((a.slug, b.slug) for a, b in pairs), lead.target)


def _play(score: Score, lead: _Lead) -> tuple[Track, ...]:
    """Give each role its part; without a chord instrument, the first one that is no bass plays the chords."""
    by_role: dict[str, Track] = {}
    for track in score.tracks:
        by_role.setdefault("drums" if track.is_drum else track.role, track)
    melodic = [track for track in score.tracks if not track.is_drum and track.role != "bass"]
    if "chords" not in by_role and melodic:
        by_role["chords"] = melodic[0]
    swell = tuple(
        ControlChange(tick, EXPRESSION, min(127, 70 + round(57 * (0.4 + 0.6 * tick / lead.n_ticks))))
        for tick in range(0, lead.n_ticks, TPQ_GAME // 2)
    )  # fmt: skip
    parts: list[tuple[str, list[Row], tuple[ControlChange, ...]]] = [
        ("chords", _chords(lead), ()), ("bass", _bass(lead), ()),
        ("drums", _fill(lead), ()), ("pad", _pad(lead), swell),
    ]  # fmt: skip
    return tuple(
        replace(by_role[role], notes=make_notes(rows), controls=controls)
        for role, rows, controls in parts if role in by_role
    )  # fmt: skip


def _chords(lead: _Lead) -> list[Row]:
    """Strike the chord on every beat."""
    return [
        (tick, lead.beat_ticks * 9 // 10, pitch, lead.velocity(tick) * 9 // 10)
        for start, end, chord in lead.chords for tick in range(start, end, lead.beat_ticks)
        for pitch in voice_near(chord, CENTRE, 4)
    ]  # fmt: skip


def _pad(lead: _Lead) -> list[Row]:
    """Hold each chord."""
    return [
        (start, end - start - CLOSING_TICKS, pitch, lead.velocity(start) * 3 // 4)
        for start, end, chord in lead.chords for pitch in voice_near(chord, PAD_CENTRE)
    ]  # fmt: skip


def _bass(lead: _Lead) -> list[Row]:
    """Play the roots, and on the last beat step to the semitone below the bass that follows."""
    approach = lead.n_ticks - lead.beat_ticks
    rows: list[Row] = []
    for start, end, chord in lead.chords:
        for tick in range(start, end, lead.beat_ticks):
            pitch = bass_pitch(lead.target.bass) - 1 if tick >= approach else bass_pitch(chord.root)
            rows.append((tick, lead.beat_ticks * 9 // 10, pitch, lead.velocity(tick)))
    return rows


def _fill(lead: _Lead) -> list[Row]:
    """Keep time on the hat, roll on the snare in the last half bar, and down the toms in the last beat."""
    step = TPQ_GAME // 4
    roll = lead.n_ticks - lead.bar_ticks // 2 // step * step
    toms = lead.n_ticks - lead.beat_ticks
    n_hits = lead.beat_ticks // step
    rows: list[Row] = [(tick, step, HAT, lead.velocity(tick) * 3 // 4) for tick in range(0, roll, TPQ_GAME // 2)]
    rows += [(tick, step, SNARE, lead.velocity(tick) * 4 // 5) for tick in range(roll, toms, step)]
    for index in range(n_hits):
        drum = TOMS[index * len(TOMS) // n_hits]
        rows.append((toms + index * step, step - CLOSING_TICKS, drum, lead.velocity(toms)))
    return rows
