"""A picture of a score: a piano roll with a colour per track and the sections marked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from symbolic_music.errors import InputError, MissingExtraError
from symbolic_music.formats.atomic import atomic_path
from symbolic_music.song.score import TPQ, Score

_COLOURS = ("#d1495b", "#2e86ab", "#3b8b5a", "#edae49", "#7d5ba6", "#5f6b6d", "#c77dff", "#00798c")


def draw_score(score: Score, path: str | Path) -> Path:
    """Draw a piano roll of all tracks as a PNG, SVG or PDF file.

    Parameters
    ----------
    score : Score
        Drums get a strip of their own below the pitches.
    path : str or Path
        The picture to write; its ending says the format.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    path = Path(path)
    if path.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise InputError(f"{path.name}: a picture ends in .png, .svg or .pdf")
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("drawing needs matplotlib; install it with: pip install symbolic-music[plot]") from None
    figure = Figure(figsize=(14, 6), layout="constrained")
    FigureCanvasAgg(figure)
    roll, drums = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    _draw_tracks(score, roll, drums)
    _draw_sections(score, roll, drums)
    figure.legend(loc="outside lower center", ncols=8, fontsize=8, frameon=False)
    with atomic_path(path) as unfinished:
        figure.savefig(unfinished, dpi=110)
    return path


def _draw_tracks(score: Score, roll: Any, drums: Any) -> None:
    """Draw every note as a bar from onset to end."""
    bar = _bar_ticks(score)
    # The melody last, so that it lies on top.
    tracks = sorted(enumerate(score.tracks), key=lambda item: item[1].role == "melody")
    for index, track in tracks:
        notes, colour = track.notes, _COLOURS[index % len(_COLOURS)]
        axes = drums if track.is_drum else roll
        spans = notes["duration_tick"] / bar
        axes.barh(
            notes["pitch"], spans.clip(0.04), left=notes["onset_tick"] / bar, height=0.9, linewidth=0,
            color=colour, label=track.name, alpha=1.0 if track.role == "melody" else 0.65,
        )  # fmt: skip
    roll.set_ylabel("pitch")
    drums.set_ylabel("drums")
    drums.set_xlabel("bars")
    roll.margins(x=0)


def _bar_ticks(score: Score) -> float:
    """Length of a bar of the first meter in the score's ticks."""
    return score.meters[0].meter.bar_ticks * score.tpq / TPQ


def _draw_sections(score: Score, roll: Any, drums: Any) -> None:
    """Draw a line at each section's start, its name above."""
    for marker in score.markers:
        bar = marker.tick / _bar_ticks(score)
        for axes in (roll, drums):
            axes.axvline(bar, color="#333333", linewidth=0.8)
        roll.annotate(marker.text, (bar, 1.01), xycoords=("data", "axes fraction"), fontsize=8, rotation=25)
    roll.set_title(score.title, pad=34)
