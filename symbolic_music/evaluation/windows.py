"""Eight-bar windows of melodies: what the two-sample classifier test compares.

A *window* holds ``WINDOW_BARS`` bars of one melody in 4/4 from the beginning of a sung phrase, its
pitches as if the song stood in C major or A minor and moved by octaves so that their mean lies near
C5. A song without phrases is cut from its first bar. Windows with fewer than ``MIN_BARS`` bars with
notes are not used; of equal windows in one song the first is kept, so that a song's repeats do not
count twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from symbolic_music.evaluation.melody import PhraseSpan, relative_pitch_classes
from symbolic_music.song.leadsheet import LeadSheet

WINDOW_BARS = 8
MIN_BARS = 5
BAR_TICKS = 48
MIDDLE_PITCH = 70


class Window(NamedTuple):
    """Notes of eight bars: arrays of onset and duration (ticks from the window's start) and pitch."""

    onset: np.ndarray
    duration: np.ndarray
    pitch: np.ndarray


def cut_windows(sheet: LeadSheet, spans: Sequence[PhraseSpan] = ()) -> list[Window]:
    """Cut a song's melody into windows.

    Parameters
    ----------
    sheet : LeadSheet
        In 4/4; another meter gives no window.
    spans : sequence of PhraseSpan
        The song's phrases; windows begin at sung ones.

    Returns
    -------
    list of Window
        Different from each other, in the song's order.
    """
    if sheet.meter.bar_ticks != BAR_TICKS or not sheet.sections:
        return []
    starts = _starts(sheet, spans)
    found: dict[bytes, Window] = {}
    for bar in starts:
        window = window_at(sheet, bar)
        if len(np.unique(window.onset // BAR_TICKS)) >= MIN_BARS:
            found.setdefault(b"".join(part.tobytes() for part in window), window)
    return list(found.values())


def window_at(sheet: LeadSheet, bar: int) -> Window:
    """Take the eight bars from ``bar`` on.

    Parameters
    ----------
    sheet : LeadSheet
        The song, in 4/4.
    bar : int
        Counted from 0.

    Returns
    -------
    Window
        Pitches in C major or A minor, by octaves near the middle.
    """
    start, notes = bar * BAR_TICKS, sheet.melody
    inside = (notes["onset_tick"] >= start) & (notes["onset_tick"] < start + WINDOW_BARS * BAR_TICKS)
    pitch = notes["pitch"][inside].astype(int)
    if len(pitch):
        # The pitch class relative to the tonic in force, in the note's own octave.
        classes = relative_pitch_classes(sheet)[inside]
        shift = (pitch - classes) % 12
        pitch = pitch - np.where(shift > 6, shift - 12, shift)
        pitch = centred(pitch)
    return Window(notes["onset_tick"][inside].astype(int) - start, notes["duration_tick"][inside].astype(int), pitch)


def centred(pitch: np.ndarray) -> np.ndarray:
    """Move pitches by octaves so that their mean lies nearest to ``MIDDLE_PITCH``.

    Parameters
    ----------
    pitch : np.ndarray
        Shape (n_notes,), one note or more.
    """
    return pitch - 12 * int(np.round((pitch.mean() - MIDDLE_PITCH) / 12))


def shuffle_bars(window: Window, rng: np.random.Generator) -> Window:
    """Put a window's bars in another order: the control that a good test must tell from real windows.

    Parameters
    ----------
    window : Window
        Eight bars.
    rng : np.random.Generator
        All chance comes from it.

    Returns
    -------
    Window
        The same bars, none changed inside.
    """
    order = rng.permutation(WINDOW_BARS)
    place = np.empty(WINDOW_BARS, dtype=int)
    place[order] = np.arange(WINDOW_BARS)
    onset = place[window.onset // BAR_TICKS] * BAR_TICKS + window.onset % BAR_TICKS
    by_time = np.argsort(onset, kind="stable")
    onset, duration, pitch = onset[by_time], window.duration[by_time], window.pitch[by_time]
    # A note that was held over its bar line ends where the next one begins.
    gap = np.diff(onset, append=WINDOW_BARS * BAR_TICKS)
    return Window(onset, np.minimum(duration, gap), pitch)


def _starts(sheet: LeadSheet, spans: Sequence[PhraseSpan]) -> list[int]:
    """Bars where windows begin: sung phrases, each after the end of the window before."""
    last = sheet.n_bars - WINDOW_BARS
    if not spans:
        return list(range(0, last + 1, WINDOW_BARS))
    starts: list[int] = []
    for span in spans:
        if span.sung and span.start_bar <= last and (not starts or span.start_bar >= starts[-1] + WINDOW_BARS):
            starts.append(span.start_bar)
    return starts
