"""Half-time, double-time, laid back and pushed: heard in the notes of a MIDI file, beside what the plan says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_BACKBEAT_DRUMS = (37, 38, 39, 40)
# How many of the backbeat's strokes must stand where the feel has it; the others are fills and ghosts.
_LEAST_SHARE = 0.6
# Milliseconds by which what is played may lie beside what is asked: drummers and singers have habits of their own.
_TOLERANCE_MS = 9.0
# Notes so near to a beat, in shares of a quarter, are meant on it.
_NEAR = 0.125
Notes = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Finding:
    """One thing that was asked, what was found, and whether they are the same."""

    what: str
    asked: str
    found: str
    ok: bool


def feel_of(
    plan: Mapping[str, Any], notes: Mapping[str, Notes], drums: Sequence[str], melody: str | None, ticks: int
) -> Iterator[Finding]:
    """Compare what is played with the feel that a plan asks for.

    Parameters
    ----------
    plan : mapping
        A plan's plain data.
    notes : mapping of str to sequence of (onset, pitch)
        By track, in the file's ticks.
    drums : sequence of str
        The tracks of drums.
    melody : str or None
        The tune's track.
    ticks : int
        Of a quarter.
    """
    strokes = [onset for name in drums for onset, pitch in notes[name] if pitch in _BACKBEAT_DRUMS]
    feel, is_four = plan.get("drum_feel"), str(plan.get("meter", "4/4")) == "4/4"
    if feel and is_four:
        yield _backbeat(str(feel), strokes, ticks)
    lay_back = float(plan.get("lay_back_ms") or 0.0)
    if lay_back:
        tune = [onset for onset, _ in notes[melody]] if melody is not None else []
        late = [one for one in (_late(onset, ticks) for onset in (*strokes, *tune)) if one is not None]
        ms = 60_000 / float(plan["tempo_qpm"]) * sum(late) / len(late) if late else 0.0
        asked = f"{abs(lay_back):g} ms {'behind' if lay_back > 0 else 'ahead of'} the beat"
        yield Finding("backbeat and tune", asked, f"{ms:+.0f} ms", bool(late) and abs(ms - lay_back) <= _TOLERANCE_MS)


def _backbeat(feel: str, strokes: Iterable[int], ticks: int) -> Finding:
    """Whether the backbeat stands on 3, or on every and."""
    eighths = Counter(round(onset / (ticks / 2)) % 8 for onset in strokes if _is_near(onset, ticks / 2, ticks))
    on_three, on_two_and_four = eighths[4], eighths[2] + eighths[6]
    ands = sum(eighths[place] for place in (1, 3, 5, 7))
    wanted = on_three if feel == "half-time" else ands
    total = on_three + on_two_and_four + (0 if feel == "half-time" else ands)
    share = wanted / total if total else 0.0
    where = "on 3" if feel == "half-time" else "on every and"
    return Finding(f"{feel} drums", f"the backbeat {where}", f"{share:.0%} of its strokes", share >= _LEAST_SHARE)


def _late(onset: int, ticks: int) -> float | None:
    """How late a note on a beat is, in quarters; ``None`` for one between the beats."""
    off = onset / ticks - round(onset / ticks)
    return off if abs(off) <= _NEAR else None


def _is_near(onset: int, step: float, ticks: int) -> bool:
    """Whether a note lies by a place of a grid."""
    return abs(onset - round(onset / step) * step) <= _NEAR * ticks
