"""Pictures of a song: a piano roll by track with sections, chords and intensity, and the score page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from symbolic_music.errors import InputError, MissingExtraError
from symbolic_music.formats.atomic import atomic_path
from symbolic_music.formats.clips import section_colour, track_colour
from symbolic_music.formats.percussion import drum_of
from symbolic_music.song.bars import Bar, bars_of
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import TPQ, MeterChange, Score, Track
from symbolic_music.song.spans import section_bars
from symbolic_music.theory.pitch import name_pitch

ENDINGS = (".png", ".svg", ".pdf")
_GRID, _INK = "#d9dde1", "#22272b"
# Height of a track's lane grows with its range, within these inches.
_LOWEST_LANE, _HIGHEST_LANE, _INCHES_PER_PITCH = 0.75, 1.6, 0.035
_STRIP, _CHORDS_FLAT, _CHORDS_UPRIGHT, _CURVE = 0.3, 0.36, 0.85, 0.75
_DPI = 130
# Inches that a chord symbol takes on its line: each sign of it lying, its height standing.
_SIGN_ROOM, _UPRIGHT_ROOM = 0.078, 0.125
_MARGIN_INCHES = 2.0
_FLAT = re.compile(r"(?<=[A-G])b")


@dataclass(frozen=True)
class _View:
    """A score on a time axis of bars."""

    score: Score
    bars: Sequence[Bar]

    def place(self, ticks: np.ndarray | int) -> np.ndarray:
        """Convert the score's ticks to bars, counted from 0, with fractions."""
        starts = np.array([*(bar.start for bar in self.bars), self.bars[-1].end], dtype=float)
        places: np.ndarray = np.interp(np.asarray(ticks) * (TPQ / self.score.tpq), starts, np.arange(len(starts)))
        return places


def draw_score(score: Score, path: str | Path, plan: SongPlan | None = None) -> Path:
    """Draw a piano roll by track as a PNG, SVG or PDF file.

    Parameters
    ----------
    score : Score
        A lane for each track; drums by the name of what is struck.
    path : str or Path
        The picture to write; its ending says the format.
    plan : SongPlan, optional
        Its sections' intensities are drawn beside what is played.

    Raises
    ------
    InputError
        If the ending is of no known format.
    MissingExtraError
        If matplotlib is not installed.
    """
    path = Path(path)
    if path.suffix.lower() not in ENDINGS:
        raise InputError(f"{path.name}: a picture ends in {', '.join(ENDINGS)}")
    figure = draw_figure(score, plan)
    with atomic_path(path) as unfinished:
        figure.savefig(unfinished, dpi=_DPI)
    return path


def draw_figure(score: Score, plan: SongPlan | None = None) -> Any:
    """Draw the picture of `draw_score` as a matplotlib figure.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("drawing needs matplotlib", hint="install it with: pip install matplotlib") from None
    meters = tuple(MeterChange(round(c.tick * TPQ / score.tpq), c.meter) for c in score.meters)
    view = _View(score, bars_of(meters, max(1, round(score.end_tick * TPQ / score.tpq))))
    lanes = [_lane_height(track) for track in score.tracks]
    width = float(np.clip(0.13 * len(view.bars) + 2.5, 11, 34))
    bar_inches = (width - _MARGIN_INCHES) / len(view.bars)
    is_flat = _chords_lie(view, bar_inches)
    heights = [_STRIP, _CHORDS_FLAT if is_flat else _CHORDS_UPRIGHT, _CURVE, *lanes]
    figure = Figure(figsize=(width, sum(heights) + 0.14 * len(heights) + 0.9), facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights, squeeze=False)[:, 0]
    for each in axes:
        _dress(each, view)
    _draw_sections(axes[0], view, bar_inches)
    _draw_chords(axes[1], view, is_flat, bar_inches)
    _draw_intensity(axes[2], view, plan)
    for index, (track, lane) in enumerate(zip(score.tracks, axes[3:], strict=True)):
        _draw_track(lane, view, track, track_colour(index))
    axes[-1].set_xlabel("bar", fontsize=9)
    axes[-1].tick_params(axis="x", labelbottom=True, length=2)
    figure.align_ylabels(axes)
    figure.suptitle(_title(score), fontsize=13, fontweight="bold", color=_INK)
    return figure


def _title(score: Score) -> str:
    """Say the song's name, key, tempo and meter."""
    keys = [str(change.key) for change in score.keys[:1]]
    facts = [*keys, f"{score.tempos[0].qpm:g} quarters a minute", str(score.meters[0].meter)]
    # A dollar sign would start mathematics.
    return f"{score.title}  ({', '.join(facts)})".replace("$", r"\$")


def _lane_height(track: Track) -> float:
    """Choose a lane's height in inches."""
    pitches = track.notes["pitch"]
    if track.is_drum:
        return max(_LOWEST_LANE, 0.155 * len(np.unique(pitches)))
    span = int(pitches.max()) - int(pitches.min()) if len(pitches) else 0
    return float(np.clip(span * _INCHES_PER_PITCH + 0.3, _LOWEST_LANE, _HIGHEST_LANE))


def _dress(axes: Any, view: _View) -> None:
    """Set up an axis: bars from 1 below, a line where each section starts."""
    n_bars = len(view.bars)
    step = next(step for step in (1, 2, 4, 8, 16, 32, 64) if n_bars / step <= 40 or step == 64)
    axes.set_xlim(0, n_bars)
    axes.set_xticks(np.arange(0, n_bars, step), [str(bar + 1) for bar in range(0, n_bars, step)])
    axes.tick_params(axis="both", labelsize=7.5, length=0, colors=_INK, labelbottom=False)
    axes.grid(axis="x", color=_GRID, linewidth=0.5)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(_GRID)
    for marker in view.score.markers:
        axes.axvline(float(view.place(marker.tick)), color="#5b6670", linewidth=0.7)


def _label(axes: Any, text: str) -> None:
    """Name a lane on its left."""
    axes.set_ylabel(text.replace("$", r"\$"), fontsize=9, rotation=0, ha="right", va="center", labelpad=8, color=_INK)


def _bare(axes: Any) -> None:
    """Take the scale away."""
    axes.set_yticks([])
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


def _draw_sections(axes: Any, view: _View, bar_inches: float) -> None:
    """Draw a coloured block for each section with its name, smaller where there is less room."""
    _bare(axes)
    _label(axes, "sections")
    ticks = [marker.tick for marker in view.score.markers]
    # Without a marker there is nothing to draw, and no end either.
    ends = [*ticks[1:], view.score.end_tick][: len(ticks)]
    for marker, end in zip(view.score.markers, ends, strict=True):
        start, stop = float(view.place(marker.tick)), float(view.place(end))
        axes.barh(0, stop - start, left=start, height=1, color=section_colour(marker.text), linewidth=0)
        # A bold letter is about three quarters as wide as high; 72 points make an inch.
        size = float(np.clip((stop - start) * bar_inches * 72 / (0.75 * max(len(marker.text), 1)), 4.5, 9.5))
        axes.text((start + stop) / 2, 0, marker.text, ha="center", va="center", fontsize=size, color="white",
                  fontweight="bold", clip_on=True)  # fmt: skip
    axes.set_ylim(-0.5, 0.5)
    axes.grid(False)


def _chords_lie(view: _View, bar_inches: float) -> bool:
    """Tell whether the chord symbols have room beside one another on two lines in turn."""
    places = view.place(np.array([*(symbol.tick for symbol in view.score.chord_symbols), view.score.end_tick]))
    rooms = (places[2:] - places[:-2]) * bar_inches
    needs = [_SIGN_ROOM * (len(symbol.text) + 1) for symbol in view.score.chord_symbols[: len(rooms)]]
    return bool((rooms >= needs).all())


def _draw_chords(axes: Any, view: _View, is_flat: bool, bar_inches: float) -> None:
    """Write each chord symbol where it starts, lying or upright; one that would lie on another stands higher."""
    _bare(axes)
    _label(axes, "chords")
    axes.set_ylim(0, 1)
    free_from = -1.0
    for symbol in view.score.chord_symbols:
        place = float(view.place(symbol.tick))
        is_high = place < free_from
        room = _SIGN_ROOM * (len(symbol.text) + 1) if is_flat else _UPRIGHT_ROOM
        free_from = -1.0 if is_high else place + room / bar_inches
        text = _FLAT.sub("♭", symbol.text)
        axes.text(place + 0.03 / bar_inches, 0.54 if is_high else 0.02, text, rotation=0 if is_flat else 90,
                  fontsize=7.5 if is_flat else 7, ha="left", va="bottom", color=_INK)  # fmt: skip


def _draw_intensity(axes: Any, view: _View, plan: SongPlan | None) -> None:
    """Draw what is planned, section by section, and what is played, bar by bar."""
    _label(axes, "intensity")
    axes.set_ylim(0, 1.08)
    axes.set_yticks([0, 0.5, 1])
    played = _activity(view)
    middles = np.arange(len(played)) + 0.5
    axes.fill_between(middles, played, color="#f2a65a", alpha=0.35, linewidth=0, label="played")
    axes.plot(middles, played, color="#e07b24", linewidth=1)
    if plan is not None and plan.n_bars == len(view.bars):
        edges = [*section_bars(plan), plan.n_bars]
        axes.stairs([section.intensity for section in plan.sections], edges, color="#1f4e79", linewidth=1.6,
                    baseline=None, label="planned")  # fmt: skip
    axes.legend(loc="lower right", ncols=2, fontsize=7, framealpha=0.75, edgecolor="none", handlelength=1.2,
                borderpad=0.2)  # fmt: skip


def _activity(view: _View) -> np.ndarray:
    """Measure how much is played in each bar, 0 to 1 of the busiest: velocities summed, root taken, smoothed."""
    totals = np.zeros(len(view.bars))
    for track in view.score.tracks:
        bars = np.minimum(view.place(track.notes["onset_tick"]).astype(int), len(view.bars) - 1)
        totals += np.bincount(bars, weights=track.notes["velocity"].astype(float), minlength=len(view.bars))
    padded = np.pad(np.sqrt(totals), 1, mode="edge")
    smooth: np.ndarray = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    return smooth / max(float(smooth.max()), 1e-9)


def _draw_track(axes: Any, view: _View, track: Track, colour: str) -> None:
    """Draw a track's notes as bars, darker where louder."""
    from matplotlib.colors import to_rgb

    _label(axes, track.name)
    notes = track.notes
    if not len(notes):
        _bare(axes)
        return
    rows = _drum_rows(axes, notes) if track.is_drum else _pitch_rows(axes, notes)
    starts = view.place(notes["onset_tick"])
    lengths = view.place(notes["onset_tick"] + notes["duration_tick"]) - starts
    strength = (0.35 + 0.65 * notes["velocity"] / 127)[:, None]
    # On white, a share of the colour is a lighter one, without transparency that overlapping notes would add up.
    colours = 1 - strength * (1 - np.array(to_rgb(colour)))
    least = 0.12 if track.is_drum else 0.05
    axes.barh(rows, np.maximum(lengths.clip(max=least) if track.is_drum else lengths, least), left=starts,
              height=0.82, color=colours, linewidth=0)  # fmt: skip


def _drum_rows(axes: Any, notes: np.ndarray) -> np.ndarray:
    """Give every drum that is struck a row with its name; return each note's row."""
    used = np.unique(notes["pitch"])
    axes.set_yticks(range(len(used)), [drum_of(int(pitch)).name for pitch in used], fontsize=6.5)
    axes.set_ylim(-0.7, len(used) - 0.3)
    rows: np.ndarray = np.searchsorted(used, notes["pitch"])
    return rows


def _pitch_rows(axes: Any, notes: np.ndarray) -> np.ndarray:
    """Set the pitch axis with every C named; return each note's pitch."""
    low, high = int(notes["pitch"].min()) - 2, int(notes["pitch"].max()) + 2
    names = [pitch for pitch in range(low, high + 1) if pitch % 12 == 0] or [low + 2]
    axes.set_yticks(names, [name_pitch(pitch) for pitch in names])
    axes.set_ylim(low, high)
    pitches: np.ndarray = notes["pitch"].astype(int)
    return pitches
