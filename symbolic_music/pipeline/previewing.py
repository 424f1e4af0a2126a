"""The first half minute of a song as a small sound file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from symbolic_music.formats.midi import read_midi
from symbolic_music.games.cutting import TPQ_GAME, cut_score, list_bars
from symbolic_music.rendering import RenderOptions
from symbolic_music.rendering.apart import render_apart
from symbolic_music.song.folder import SONG_MIDI
from symbolic_music.song.resampling import resample
from symbolic_music.song.score import tick_to_seconds

PREVIEW_SEC = 30.0


def preview_song(folder: str | Path, target: str | Path, seconds: float = PREVIEW_SEC) -> Path:
    """Render the first whole bars of a song, in a process of its own.

    Parameters
    ----------
    folder : str or Path
        A song folder.
    target : str or Path
        The sound file to write; its ending says the format.
    seconds : float
        How long it may be; at least one bar is played.

    Raises
    ------
    RenderError
        If there is no synthesizer or soundfont.
    """
    score = resample(read_midi(Path(folder) / SONG_MIDI), TPQ_GAME)
    ends = [bar.end_tick for bar in list_bars(score)]
    end = max((tick for tick in ends if tick_to_seconds(score, tick) <= seconds), default=ends[0])
    piece = replace(cut_score(score, 0, end, score.title), lyrics=())
    render_apart(piece, target, RenderOptions(fade_out_sec=0.0 if end == ends[-1] else 2.0, tail_sec=2.0))
    return Path(target)
