"""The band reacts to a dial before there is time to write: level, length, register and drums of bars that are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symbolic_music.games.bars import Dial, StreamBar, StreamNote, StreamPart, leveled
from symbolic_music.styles.traits import find_mood

# The tune and the bass stay where they are, and drums have no register.
_IN_PLACE = ("melody", "bass", "drums")
# So much gladder or sadder, or calmer, is heard in the register and in the drums.
_GLADDER, _CALMER = 0.6, 0.25
# What a step of 1 in a mood's arousal takes from the length of notes, and one in its own length adds.
_SHORTER, _LONGER, _SHARES = 0.4, 0.25, (0.4, 1.6)
_LOWEST, _HIGHEST = 48, 88
_ON_BEAT = 0.1


def reacting(bars: Sequence[StreamBar], dial: Dial, parts: Sequence[StreamPart]) -> list[StreamBar]:
    """Play bars of one dial for another one: the same tune and chords.

    Parameters
    ----------
    bars : sequence of StreamBar
        Of one phrase.
    dial : Dial
        Where it stands now.
    parts : sequence of StreamPart
        The stream's players.

    Returns
    -------
    list of StreamBar
        Louder or softer with intensity and arousal; notes longer when it is calmer; chord players an octave higher or
        lower in a gladder or sadder mood where they have the room; drums on the beat alone when it calms down.
    """
    before, now = find_mood(bars[0].mood), find_mood(dial.mood)
    excited = now.arousal - before.arousal
    level = dial.intensity + now.intensity - before.intensity
    length = min(_SHARES[1], max(_SHARES[0], 1 - _SHORTER * excited + _LONGER * (now.length - before.length)))
    moved = _moved(bars, parts, now.valence - before.valence)
    is_calmer = level - bars[0].intensity < -_CALMER
    drums = {number for number, part in enumerate(parts) if part.is_drum}
    played = [
        replace(
            bar, mood=dial.mood, intensity=dial.intensity, is_reaction=True,
            notes=tuple(
                _played(note, bar, length, moved.get(note.part, 0)) if note.part not in drums else note
                for note in bar.notes
                if not (is_calmer and note.part in drums) or abs(note.start - round(note.start)) < _ON_BEAT
            ),
        )
        for bar in bars
    ]  # fmt: skip
    return leveled(played, level, drums)


def _moved(bars: Sequence[StreamBar], parts: Sequence[StreamPart], gladder: float) -> dict[int, int]:
    """Say which parts go an octave up or down."""
    if abs(gladder) < _GLADDER:
        return {}
    by = 12 if gladder > 0 else -12
    found = {}
    for number, part in enumerate(parts):
        pitches = [note.pitch for bar in bars for note in bar.notes if note.part == number]
        if part.role in _IN_PLACE or part.is_drum or not pitches:
            continue
        if min(pitches) + by >= _LOWEST and max(pitches) + by <= _HIGHEST:
            found[number] = by
    return found


def _played(note: StreamNote, bar: StreamBar, share: float, by: int) -> StreamNote:
    """Play a note shorter or longer, to the end of its voice's next note or of the bar at most, and moved."""
    length = note.length * share
    if share > 1:
        following = [other.start for other in bar.notes if other.part == note.part and other.start > note.start + 0.02]
        length = max(note.length, min(length, min(following, default=bar.n_quarters) - note.start))
    return replace(note, length=length, pitch=note.pitch + by)
