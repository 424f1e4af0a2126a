"""What two hands reach on a keyboard and one on a guitar's neck, and the nearest voicing that they do.

A keyboard player takes up to five notes with each hand, a tenth wide; the hands do not cross. A
guitarist plays one note a string, six strings in the usual tuning, and stops strings over four
frets at most; open strings are free. Only notes struck together are asked about: what the pedal or
an open string holds needs no finger.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

Row = tuple[int, int, int, int]
Pitches = tuple[int, ...]

KEYBOARDS, GUITARS = range(0, 8), range(24, 32)
# A major tenth, in semitones: what most hands reach (pianists who reach an eleventh are rare).
HAND_SPAN, HAND_NOTES = 16, 5
# E2 A2 D3 G3 B3 E4; 19 frets on an acoustic guitar, a few more on electric ones.
STRINGS, FRETS, FRET_SPAN = (40, 45, 50, 55, 59, 64), 20, 4
# What changing a voicing costs: an octave's move of one note, leaving out a doubled note, or another one.
_MOVE, _LEAVE_DOUBLED, _LEAVE = 2, 1, 5


def playable_with(program: int) -> Callable[[Pitches], bool] | None:
    """Find the question whether an instrument's player reaches pitches struck together.

    Parameters
    ----------
    program : int
        GM program 0 to 127.

    Returns
    -------
    callable or None
        From ascending pitches to yes or no; ``None`` where nothing is known of the player's hands.
    """
    if program in KEYBOARDS:
        return lambda pitches: split_hands(pitches) is not None
    if program in GUITARS:
        return lambda pitches: find_frets(pitches) is not None
    return None


def split_hands(pitches: Pitches) -> tuple[Pitches, Pitches] | None:
    """Divide ascending pitches between the left and the right hand; ``None`` if they cannot be played.

    Examples
    --------
    >>> split_hands((36, 43, 52, 60, 64, 67, 72))
    ((36, 43, 52), (60, 64, 67, 72))
    >>> split_hands((36, 60, 84)) is None
    True
    """
    fitting = [
        (pitches[:cut], pitches[cut:])
        for cut in range(len(pitches) + 1)
        if _fits_hand(pitches[:cut]) and _fits_hand(pitches[cut:])
    ]
    if not fitting:
        return None
    # Hands share the work evenly where they can.
    return min(fitting, key=lambda hands: abs(len(hands[0]) - len(hands[1])))


def _fits_hand(pitches: Pitches) -> bool:
    """Whether one hand strikes ascending pitches."""
    return len(pitches) <= HAND_NOTES and (not pitches or pitches[-1] - pitches[0] <= HAND_SPAN)


@lru_cache(maxsize=8192)
def find_frets(pitches: Pitches) -> tuple[tuple[int, int], ...] | None:
    """Find a string (0 the lowest) and a fret (0 open) for each ascending pitch; ``None`` if there are none.

    Examples
    --------
    >>> find_frets((40, 47, 52, 56, 59, 64))
    ((0, 0), (1, 2), (2, 2), (3, 1), (4, 0), (5, 0))
    >>> find_frets((40, 41)) is None
    True
    """
    if len(pitches) > len(STRINGS):
        return None
    return next(_lay_fingers(pitches, 0, ()), None)


def _lay_fingers(
    pitches: Pitches, string: int, laid: tuple[tuple[int, int], ...]
) -> Iterator[tuple[tuple[int, int], ...]]:
    """Lay the rest of the pitches on the strings from ``string`` up."""
    if len(laid) == len(pitches):
        yield laid
        return
    rest = len(pitches) - len(laid)
    for number in range(string, len(STRINGS) - rest + 1):
        fret = pitches[len(laid)] - STRINGS[number]
        stopped = [other for _, other in laid if other] + [fret] * (fret > 0)
        if 0 <= fret <= FRETS and (not stopped or max(stopped) - min(stopped) <= FRET_SPAN):
            yield from _lay_fingers(pitches, number + 1, (*laid, (number, fret)))


def nearest_playable(pitches: Sequence[int], program: int, low: int, high: int) -> Pitches:
    """Find the playable voicing that differs least from one that may not be playable.

    Notes move by octaves inside the instrument's range or are left out, those first whose pitch class
    is struck twice; the pitches come back ascending, each once.
    """
    wanted = tuple(sorted(set(pitches)))
    fits = playable_with(program)
    if fits is None or fits(wanted):
        return wanted
    # Dijkstra over voicings: few notes, few moves, so a few hundred voicings at most are seen.
    queue: list[tuple[int, int, Pitches]] = [(0, 0, wanted)]
    seen: set[Pitches] = set()
    while queue:
        cost, _, voicing = heapq.heappop(queue)
        if fits(voicing):
            return voicing
        if voicing in seen:
            continue
        seen.add(voicing)
        for price, other in _changes(voicing, low, high):
            if other not in seen:
                away = sum(min(abs(pitch - own) for own in wanted) for pitch in other)
                heapq.heappush(queue, (cost + price, away, other))
    return wanted[-1:]


def _changes(voicing: Pitches, low: int, high: int) -> Iterator[tuple[int, Pitches]]:
    """Every voicing one step away, with its price."""
    classes = [pitch % 12 for pitch in voicing]
    for index, pitch in enumerate(voicing):
        others = voicing[:index] + voicing[index + 1 :]
        if others:
            yield (_LEAVE_DOUBLED if classes.count(pitch % 12) > 1 else _LEAVE), others
        for moved in (pitch - 12, pitch + 12):
            if low <= moved <= high and moved not in others:
                yield _MOVE, tuple(sorted((*others, moved)))


def play_with_hands(rows: Sequence[Row], program: int, low: int, high: int) -> list[Row]:
    """Put the nearest playable voicing in where notes struck together are out of reach; others stay as they are."""
    fits = playable_with(program)
    if fits is None:
        return list(rows)
    played: list[Row] = []
    for strike in strikes_of(rows):
        pitches = tuple(sorted({row[2] for row in strike}))
        played += strike if fits(pitches) else _revoiced(strike, nearest_playable(pitches, program, low, high))
    return played


def strikes_of(rows: Sequence[Row]) -> list[list[Row]]:
    """Group rows by onset, in order."""
    strikes: dict[int, list[Row]] = {}
    for row in sorted(rows):
        strikes.setdefault(row[0], []).append(row)
    return list(strikes.values())


def _revoiced(strike: list[Row], pitches: Pitches) -> list[Row]:
    """Strike other pitches, each as long and loud as the nearest written note of its pitch class."""

    def away(row: Row, pitch: int) -> tuple[bool, int]:
        return row[2] % 12 != pitch % 12, abs(row[2] - pitch)

    models = [min(strike, key=lambda row, pitch=pitch: away(row, pitch)) for pitch in pitches]  # type: ignore[misc]
    return [(row[0], row[1], pitch, row[3]) for row, pitch in zip(models, pitches, strict=True)]
