"""Do players play their style's groove? Where each part strikes, bar by bar, beside the bar that its style has written.

``python -m data_prep.band_report --only onsets``: planned songs over made lead sheets (``band_idioms``), no model. Bars
in which the groove does not stand (fills, stops, breaks) are left out. Two bars are as alike as the share that their
onsets have in common (Jaccard), those of drums told apart by drum; a part's value is the mean over its bars. Details
of drummers, chords struck again where they change inside a bar, and answers to the tune bring it down from 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from data_prep.band_idioms import idiom_song
from symbolic_music.arranging import arrange
from symbolic_music.arranging.styled import style_players
from symbolic_music.evaluation.idioms import Band
from symbolic_music.filling.units import SongBar, bar_of, figures_of, song_bars
from symbolic_music.song.notes import rows_of
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import Score
from symbolic_music.styles.band import plays_freely
from symbolic_music.styles.figures import SNARE, SOFT_SNARE
from symbolic_music.styles.style import Style, style_names, style_of

BAR = 0.85
N_WORST = 8


def onset_likeness(score: Score, plan: SongPlan) -> dict[str, float]:
    """Compare where each part of a score strikes with its style's own bars.

    Parameters
    ----------
    score : Score
        As arranged, by the style's own band.
    plan : SongPlan

    Returns
    -------
    dict of part to float
        0 to 1; parts that are played from no figure are missing.
    """
    style = style_of(plan)
    tracks = {track.name: track for track in score.tracks}
    bars, standing = song_bars(plan), set(Band(score, plan).bars())
    found = {}
    for part, player in style_players(style).items():
        track = tracks.get(player.name)
        if track is None or plays_freely(style, part, str(plan.meter)):
            continue
        struck = [(row[0], row[2] if track.is_drum else 0) for row in rows_of(track.notes)]
        values = _likenesses(struck, part, [bar for n, bar in enumerate(bars) if n in standing], style, plan)
        if values:
            found[part] = float(np.mean(values))
    return found


def _likenesses(
    struck: Sequence[tuple[int, int]], part: str, bars: Sequence[SongBar], style: Style, plan: SongPlan
) -> list[float]:
    """How alike each bar's onsets are to the figure's, in the bars in which the part has a figure and plays."""
    figure_of = figures_of(part, style, plan)
    values = []
    for bar in bars:
        music = figure_of(bar) if figure_of is not None else None
        if music is None or part not in style.parts_at(bar.section.intensity, bar.section.roles):
            continue
        written = {(note.onset_tick, _drum(note.pitch) if part == "drums" else 0) for note in bar_of(music, bar)[1]}
        played = {(tick - bar.start, drum) for tick, drum in struck if bar.start <= tick < bar.end}
        if written or played:
            values.append(len(written & played) / len(written | played))
    return values


def _drum(pitch: int) -> int:
    """Ghosts are written as a drum of their own and played on the snare."""
    return SNARE if pitch == SOFT_SNARE else pitch


def show(styles: Sequence[str] = (), seed: int = 0) -> Iterator[str]:
    """A line a part: mean over the styles, how many lie below the bar, the lowest."""
    by_part: dict[str, dict[str, float]] = {}
    for name in styles or style_names():
        plan, sheet = idiom_song(name, seed)
        for part, value in onset_likeness(arrange(sheet, plan), plan).items():
            by_part.setdefault(part, {})[name] = value
    for part, values in by_part.items():
        low = sorted(values, key=lambda name: values[name])
        below = sum(value < BAR for value in values.values())
        worst = ", ".join(f"{name} {values[name]:.2f}" for name in low[:N_WORST])
        mean = float(np.mean(list(values.values())))
        holds = "holds" if mean >= BAR else "MISSED"
        yield f"{part:14} mean {mean:.3f} (bar {BAR} {holds}), {below} of {len(values)} styles below; lowest: {worst}"
