"""What a band does, measured: grooves, bass, density by section, fills, chord tones.

Songs are ``evaluation.band_song.BandSong``. ``BAND_MEASURES`` is the table of measures that are one number a song;
``nan`` where a song has nothing to measure.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from symbolic_music.evaluation.band_song import STEP, BandSong
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.meter import TPQ, Meter

NAN = float("nan")
CHORD_ROLES = ("chords", "pad")
MEASURED_KINDS = ("intro", "verse", "chorus", "bridge", "outro")
# Drums that keep time and do not tell a fill: kicks, hats, rides.
TIMEKEEPERS = (35, 36, 42, 44, 46, 51, 53, 59)
# Drums that are one drum to a fill: snares, toms, crashes and splashes.
ONE_DRUM = ((38, 40), (41, 43, 45, 47, 48, 50), (49, 52, 55, 57))
# Semitones above the root that colour a chord: second, fourth, sixth and sevenths.
COLOURS = (2, 5, 9, 10, 11)
# A fill has so many strokes more than usual.
FILL_STROKES = 2
# Drums play before a boundary if they sound in one of this many bars before it.
RECENT_BARS = 4


class Boundary(NamedTuple):
    """A section's first bar, and whether the drums have a fill in the bar before."""

    bar: int
    has_fill: bool


class WrongTones(NamedTuple):
    """Strong beats on which a track sounds, and those with a tone that is not of the chord."""

    track: str
    role: str
    n_wrong: int
    n_beats: int


def drum_groove_similarity(song: BandSong) -> float:
    """Compare the drums' onsets in each bar with those in the next, 1 meaning equal.

    Grooving pattern similarity of Wu & Yang, "The Jazz Transformer on the front line" (ISMIR 2020), between
    neighbours as in MusPy (Dong et al. 2020): one minus the share of sixteenths on which one bar alone has a stroke.
    Pairs of bars in which the drums play both count.

    Parameters
    ----------
    song : BandSong
        With or without drums.

    Returns
    -------
    float
        0 to 1; ``nan`` without two such bars.
    """
    pattern = np.asarray(_drum_pattern(song).any(axis=2))
    pairs = _playing_pairs(pattern)
    return float(1 - (pattern[1:] ^ pattern[:-1])[pairs].mean()) if pairs.any() else NAN


def drum_pattern_similarity(song: BandSong) -> float:
    """Compare the strokes (drum and sixteenth) of each bar with those of the next: shared over all (Jaccard).

    Parameters
    ----------
    song : BandSong
        With or without drums.

    Returns
    -------
    float
        0 to 1; ``nan`` without two neighbouring bars with drums.
    """
    pattern = _drum_pattern(song)
    flat = pattern.reshape(len(pattern), -1)
    pairs = _playing_pairs(flat)
    if not pairs.any():
        return NAN
    shared, all_ = (flat[1:] & flat[:-1])[pairs].sum(1), (flat[1:] | flat[:-1])[pairs].sum(1)
    return float((shared / all_).mean())


def bass_on_downbeat(song: BandSong) -> float:
    """Give the share of the bars with bass notes in which one begins on the downbeat.

    Parameters
    ----------
    song : BandSong
        With or without a bass.

    Returns
    -------
    float
        0 to 1; ``nan`` without bass notes.
    """
    bass, length = song.notes_of("bass"), song.meter.bar_ticks
    bars = np.unique(bass["onset_tick"] // length)
    return float(np.isin(bars * length, bass["onset_tick"]).mean()) if len(bars) else NAN


def bass_root_on_downbeat(song: BandSong) -> float:
    """Give the share of bass notes on downbeats that are the chord's root or written bass.

    Parameters
    ----------
    song : BandSong
        With or without a bass.

    Returns
    -------
    float
        0 to 1; ``nan`` if no bass note begins on a downbeat under a chord.
    """
    bass = song.notes_of("bass")
    hits = []
    for note in bass[bass["onset_tick"] % song.meter.bar_ticks == 0]:
        chord = song.chord_at(int(note["onset_tick"]))
        if chord is not None:
            hits.append(int(note["pitch"]) % 12 in (chord.root, chord.bass))
    return float(np.mean(hits)) if hits else NAN


def band_density(song: BandSong, kind: str) -> float:
    """Notes of the band (all but the melody) in four quarters, over the sections of a kind.

    Parameters
    ----------
    song : BandSong
        All its tracks but the melody.
    kind : str
        Of section, such as ``verse``.

    Returns
    -------
    float
        ``nan`` if the song has no such section.
    """
    roles = sorted({track.role for track in song.tracks} - {"melody"})
    return _density(song, song.notes_of(*roles), kind) if roles else NAN


def chorus_over_verse(song: BandSong) -> tuple[float, float] | None:
    """How much denser and louder the choruses are than the verses, all tracks together.

    Parameters
    ----------
    song : BandSong
        All its tracks, the melody too.

    Returns
    -------
    (float, float) or None
        Notes in four quarters, and mean velocity: the choruses' minus the verses'. ``None`` if the song
        does not have both with notes.
    """
    notes = song.notes_of()
    means = [notes["velocity"][_inside(song, notes, kind)].astype(float) for kind in ("chorus", "verse")]
    if not all(len(values) for values in means):
        return None
    density = _density(song, notes, "chorus") - _density(song, notes, "verse")
    return density, float(means[0].mean() - means[1].mean())


def boundaries(song: BandSong) -> list[Boundary]:
    """Find for each section's end but the song's, if drums play there, whether the drums fill its last bar.

    A fill is told from the groove: in the last two quarters of the bar (in compound meters its second half) the
    drums that do not keep time have ``FILL_STROKES`` strokes more than usual, counted drum by drum; usual is the
    median of the section's other bars. What counts is drums and strokes, not what the plan or the arranger calls a
    fill. Of the fills marked in the validation arrangements it finds those that do not just go on with the groove;
    of their other bars it takes few for fills (docs/band.md).

    Parameters
    ----------
    song : BandSong
        With or without drums.
    """
    drums, length = song.notes_of("drums"), song.meter.bar_ticks
    strokes = fill_strokes(drums["onset_tick"], drums["pitch"], song.meter, song.n_bars)
    plays = np.isin(np.arange(song.n_bars), drums["onset_tick"] // length)
    found = []
    for section in song.sections[:-1]:
        end = section.start_bar + section.n_bars
        if plays[max(section.start_bar, end - RECENT_BARS) : end].any():
            others = np.flatnonzero(plays[section.start_bar : end - 1]) + section.start_bar
            usual = strokes[others if len(others) else plays]
            found.append(Boundary(end, is_fill(strokes[end - 1], usual)))
    return found


def fill_strokes(onset_tick: np.ndarray, pitch: np.ndarray, meter: Meter, n_bars: int) -> np.ndarray:
    """Count strokes where fills are played, by bar and drum.

    Parameters
    ----------
    onset_tick, pitch : int arrays, shape (n_strokes,)
        In engine ticks from the first bar line; kit pitches.

    Returns
    -------
    int array, shape (n_bars, 128)
        Strokes in each bar's last two quarters (compound meters: its second half) on drums that do not keep time;
        drums of ``ONE_DRUM`` are counted as its first.
    """
    counts = np.zeros((n_bars, 128), dtype=np.int64)
    window = meter.bar_ticks // 2 if meter.is_compound else 2 * TPQ
    inside = (onset_tick % meter.bar_ticks >= meter.bar_ticks - window) & (onset_tick < n_bars * meter.bar_ticks)
    np.add.at(counts, (onset_tick[inside] // meter.bar_ticks, pitch[inside]), 1)
    for first, *others in ONE_DRUM:
        counts[:, first] += counts[:, others].sum(axis=1)
        counts[:, others] = 0
    counts[:, TIMEKEEPERS] = 0
    return counts


def is_fill(strokes: np.ndarray, usual: np.ndarray) -> bool:
    """Whether a bar's ``fill_strokes`` (128,) are a fill beside those of other bars (n_others, 128).

    Parameters
    ----------
    strokes : np.ndarray
        Shape (128,), strokes of each drum in the bar's second half.
    usual : np.ndarray
        Shape (n_others, 128), the same of the section's other bars.
    """
    more = strokes - np.median(usual, axis=0) if len(usual) else strokes
    return bool(np.maximum(more, 0).sum() >= FILL_STROKES)


def wrong_tones(song: BandSong) -> list[WrongTones]:
    """Count for each chord part the strong beats (of the meter) with a tone foreign to the chord.

    What sounds counts: struck on the beat, or held into it for more than a sixteenth. A written bass is a chord tone;
    a second, fourth, sixth or seventh above the root is its colour, unless it lies a semitone above a chord tone.

    Parameters
    ----------
    song : BandSong
        Its chord and pad parts.

    Returns
    -------
    list[WrongTones]
        One entry for each part that sounds on a strong beat.
    """
    return [
        WrongTones(track.name, track.role, *_wrong_beats(song, track.notes))
        for track in song.tracks
        if track.role in CHORD_ROLES and len(track.notes)
    ]


BAND_MEASURES: dict[str, Callable[[BandSong], float]] = {
    "drum groove similarity": drum_groove_similarity,
    "drum pattern similarity": drum_pattern_similarity,
    "bass on downbeat": bass_on_downbeat,
    "bass root on downbeat": bass_root_on_downbeat,
    **{f"{kind}, notes a 4/4": partial(band_density, kind=kind) for kind in MEASURED_KINDS},
}


def _drum_pattern(song: BandSong) -> np.ndarray:
    """Strokes by bar, sixteenth and drum, bool (n_bars, n_steps, 128)."""
    drums, length = song.notes_of("drums"), song.meter.bar_ticks
    drums = drums[drums["onset_tick"] < song.n_bars * length]
    bars, inside = np.divmod(drums["onset_tick"], length)
    pattern = np.zeros((song.n_bars, length // STEP, 128), dtype=bool)
    pattern[bars, inside // STEP, drums["pitch"]] = True
    return pattern


def _playing_pairs(pattern: np.ndarray) -> np.ndarray:
    """Whether both bars of each neighbouring pair have strokes, bool (n_bars - 1,)."""
    plays = np.asarray(pattern.any(axis=1))
    return np.asarray(plays[1:] & plays[:-1])


def _inside(song: BandSong, notes: np.ndarray, kind: str) -> np.ndarray:
    """Which notes begin in sections of a kind, bool (n_notes,)."""
    bars = notes["onset_tick"] // song.meter.bar_ticks
    inside = np.zeros(len(notes), dtype=bool)
    for section in song.sections:
        if section.kind == kind:
            inside |= (bars >= section.start_bar) & (bars < section.start_bar + section.n_bars)
    return inside


def _density(song: BandSong, notes: np.ndarray, kind: str) -> float:
    """Notes in four quarters over the sections of a kind."""
    n_bars = sum(section.n_bars for section in song.sections if section.kind == kind)
    quarters = n_bars * song.meter.bar_ticks / TPQ
    return float(_inside(song, notes, kind).sum() * 4 / quarters) if quarters else NAN


def _is_foreign(pitch: int, chord: Chord) -> bool:
    """Whether a pitch is neither a tone of a chord nor one that colours it; a dominant takes a minor ninth."""
    if pitch % 12 in chord.pitch_classes | {chord.bass}:
        return False
    if (pitch - chord.root) % 12 == 1 and {4, 10} <= Chord(0, chord.quality, 0).pitch_classes:
        return False
    return (pitch - chord.root) % 12 not in COLOURS or (pitch - 1) % 12 in chord.pitch_classes


def _wrong_beats(song: BandSong, notes: np.ndarray) -> tuple[int, int]:
    """Strong beats with a foreign tone, and all on which something sounds under a chord."""
    onsets, ends = notes["onset_tick"], notes["onset_tick"] + notes["duration_tick"]
    wrong = beats = 0
    for bar in range(song.n_bars):
        for tick in song.meter.strong_ticks:
            at = bar * song.meter.bar_ticks + tick
            heard = notes["pitch"][(onsets == at) | ((onsets < at) & (ends > at + STEP))]
            chord = song.chord_at(at)
            if chord is None or not len(heard):
                continue
            beats += 1
            wrong += any(_is_foreign(int(pitch), chord) for pitch in heard)
    return wrong, beats
