"""Vertical layers: the loop's music as calm, normal and tense, over the same bars and chords.

All three are whole by themselves, so that a game fades from one to another at any moment. *Calm*
leaves out drums, melody and doublings, plays softer and holds the chords where nobody else does;
*tense* plays harder and adds a pulse of low strings on the chords and timpani on the bar lines.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from symbolic_music.games.cutting import CLOSING_TICKS, TPQ_GAME, Bar, list_bars
from symbolic_music.games.harmony import ChordSpan, bass_pitch, list_chords, voice_near
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import Score, Track

LAYERS = ("calm", "normal", "tense")
CALM_ROLES = ("chords", "bass", "pad")
CALM_SHARE, TENSE_SHARE = 0.72, 1.12
WARM_PAD, LOW_STRINGS, TIMPANI = 89, 48, 47
PAD_CENTRE, PULSE_LOW, TIMPANI_LOW = 60, 40, 41
PAD_VELOCITY, PULSE_VELOCITY, TIMPANI_VELOCITY = 50, 72, 84
# Share of the pulse's accent on the first of each beat.
OFF_BEAT_SHARE = 0.75
MOST_MELODIC_TRACKS = 15
# Off-beats nearer to 2/3 than to 1/2 of a quarter swing.
STRAIGHT_TICK, SWUNG_TICK, NEAR_TICKS = TPQ_GAME // 2, TPQ_GAME * 2 // 3, 45

Row = tuple[int, int, int, int]


def make_layer(score: Score, layer: str) -> Score:
    """Make one layer of a loop: the same bars, chords, tempo and length.

    Parameters
    ----------
    score : Score
        The loop, 480 ticks a quarter.
    layer : str
        One of `LAYERS`.
    """
    makers: dict[str, Callable[[Score], Score]] = {"calm": _calm, "normal": lambda same: same, "tense": _tense}
    made = makers[layer](score)
    return replace(made, title=f"{score.title}: {layer}")


def _calm(score: Score) -> Score:
    """Only chords, bass and pad, softly, and a held pad of its own where the chords would be missing."""
    kept = [_louder(track, CALM_SHARE) for track in score.tracks if track.role in CALM_ROLES and len(track.notes)]
    pad = _held_pad(score, kept)
    if len(pad):
        kept.append(Track("Calm pad", "pad", WARM_PAD, pad, volume=80, pan=70))
    if not kept:  # music without chords or accompaniment: all that can be done is to play softly
        kept = [_louder(track, CALM_SHARE) for track in score.tracks if not track.is_drum]
    return replace(score, tracks=tuple(kept))


def _held_pad(score: Score, kept: list[Track]) -> np.ndarray:
    """Hold each chord in the bars where no chord instrument of the layer plays."""
    sounding = [track.notes for track in kept if track.role in ("chords", "pad")]
    silent = [bar for bar in list_bars(score) if not any(_plays(notes, bar) for notes in sounding)]
    rows: list[Row] = []
    for span in list_chords(score):
        for start, end in _overlaps(span, silent):
            pitches = voice_near(span.chord, PAD_CENTRE)
            rows += [(start, end - start - CLOSING_TICKS, pitch, PAD_VELOCITY) for pitch in pitches]
    return make_notes(rows)


def _plays(notes: np.ndarray, bar: Bar) -> bool:
    """Tell whether a track has notes in a bar."""
    return bool(((notes["onset_tick"] >= bar.start_tick) & (notes["onset_tick"] < bar.end_tick)).any())


def _overlaps(span: ChordSpan, bars: list[Bar]) -> list[tuple[int, int]]:
    """The stretches that a chord has in some bars, neighbouring bars joined."""
    joined: list[tuple[int, int]] = []
    for bar in bars:
        start, end = max(span.start_tick, bar.start_tick), min(span.end_tick, bar.end_tick)
        if start < end:
            if joined and joined[-1][1] == start:
                start = joined.pop()[0]
            joined.append((start, end))
    return joined


def _tense(score: Score) -> Score:
    """All tracks harder, a pulse of low strings and timpani, as far as MIDI has channels."""
    tracks = [_louder(track, TENSE_SHARE) for track in score.tracks]
    added = (
        Track("Tension pulse", "chords", LOW_STRINGS, _pulse(score), volume=96, pan=44),
        Track("Timpani", "bass", TIMPANI, _timpani(score), volume=100, pan=72),
    )
    for track in added:
        if len(track.notes) and sum(not other.is_drum for other in tracks) < MOST_MELODIC_TRACKS:
            tracks.append(track)
    return replace(score, tracks=tuple(tracks))


def _pulse(score: Score) -> np.ndarray:
    """Eighths on each chord's root, its fifth on every second beat; swung where the song swings."""
    chords = list_chords(score)
    off_beat = SWUNG_TICK if _swings(score) else STRAIGHT_TICK
    rows: list[Row] = []
    for bar in list_bars(score):
        inside = (0, off_beat) if bar.beat_ticks == TPQ_GAME else range(0, bar.beat_ticks, TPQ_GAME // 2)
        for beat in range(bar.n_beats):
            for offset in inside:
                tick = bar.start_tick + beat * bar.beat_ticks + offset
                chord = next((span.chord for span in chords if span.start_tick <= tick < span.end_tick), None)
                if chord is None or tick >= bar.end_tick:
                    continue
                fifth = (chord.root + 7) % 12
                is_fifth = offset == 0 and beat % 2 == 1 and fifth in chord.pitch_classes
                velocity = round(PULSE_VELOCITY * (1 if offset == 0 else OFF_BEAT_SHARE))
                rows.append((tick, TPQ_GAME // 4, bass_pitch(fifth if is_fifth else chord.root, PULSE_LOW), velocity))
    return make_notes(rows)


def _timpani(score: Score) -> np.ndarray:
    """A stroke on the chord's bass on every second bar line, and two before the loop starts again."""
    chords = list_chords(score)
    bars = list_bars(score)
    beats = [(bar.start_tick, 1.0) for bar in bars[::2]]
    last = bars[-1]
    beats += [(last.end_tick - last.beat_ticks, 0.7), (last.end_tick - TPQ_GAME // 2, 0.85)] if len(bars) > 1 else []
    rows: list[Row] = []
    for tick, share in beats:
        chord = next((span.chord for span in chords if span.start_tick <= tick < span.end_tick), None)
        if chord is not None:
            pitch = bass_pitch(chord.bass, TIMPANI_LOW)
            rows.append((tick, TPQ_GAME // 2 - CLOSING_TICKS, pitch, round(TIMPANI_VELOCITY * share)))
    return make_notes(rows)


def _swings(score: Score) -> bool:
    """Tell whether off-beats lie nearer to the third triplet than to the middle of the quarter."""
    inside = np.concatenate([track.notes["onset_tick"] % TPQ_GAME for track in score.tracks] or [np.zeros(0)])
    straight = int((np.abs(inside - STRAIGHT_TICK) <= NEAR_TICKS).sum())
    return int((np.abs(inside - SWUNG_TICK) <= NEAR_TICKS).sum()) > straight


def _louder(track: Track, share: float) -> Track:
    """Scale a track's velocities, 1 to 127."""
    notes = np.array(track.notes)
    notes["velocity"] = np.clip(np.rint(notes["velocity"] * share), 1, 127)
    notes.flags.writeable = False
    return replace(track, notes=notes)
