"""What a model writes of itself, to be kept while it learns something else.

Songs are planned, composed and arranged with the weights that tuning starts from. Every candidate that they write, for
the tune, the chords and the band, becomes an example; so no training data is needed to see what is being forgotten
(Robins, "Catastrophic forgetting, rehearsal and pseudorehearsal", 1995).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

from symbolic_music.arranging import arrange
from symbolic_music.filling import ComposeOptions, FillOptions, compose
from symbolic_music.filling.fill import witnessed
from symbolic_music.model.chosen import using_weights
from symbolic_music.planning import plan
from symbolic_music.song.brief import Brief
from symbolic_music.song.collection import OwnSong
from symbolic_music.tokens.phrase import PhraseJob, PhraseMusic
from symbolic_music.training.examples import Example, make_example
from symbolic_music.training.own_songs import examples_of_songs

# Every so many songs one is held out.
HELD_OUT_EVERY = 4
N_BARS = 32
_GENRES, _MOODS = ("pop", "pop", "pop", "rock"), ("happy", "sad", "calm", "epic")
_WORD = "pop"


def rehearse(
    start: Path,
    n_songs: int,
    seed: int = 0,
    most_sec: float = math.inf,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> list[Example]:
    """Let a model write songs, and make examples of all that it wrote.

    Parameters
    ----------
    start : Path
        Weights folder.
    n_songs : int
        Songs of 32 bars.
    seed : int
        Of the songs.
    most_sec : float
        No further song is begun after so much time, but for the first two.
    report : callable
        Told (songs done, songs in all).
    """
    made: list[Example] = []
    began = time.monotonic()
    for number in range(n_songs):
        if number > 1 and time.monotonic() - began > most_sec:
            break
        split = "validation" if number % HELD_OUT_EVERY == 1 else "train"
        made += _song_of_its_own(start, number, seed, split)
        report(number + 1, n_songs)
    return made


def _song_of_its_own(start: Path, number: int, seed: int, split: str) -> list[Example]:
    """Write one song and make its examples."""
    name = f"rehearsal {number}"
    origin = {"id": name, "source": _WORD, "split": split}
    made: list[Example] = []

    def hear(job: PhraseJob, music: PhraseMusic) -> None:
        example = make_example(origin, job, music, "rehearsal")
        if example is not None:
            made.append(example)

    brief = Brief(
        genre=_GENRES[number % len(_GENRES)],
        mood=_MOODS[number % len(_MOODS)],
        n_bars=N_BARS,
        seed=1000 * seed + number,
    )
    with using_weights(start), witnessed(hear):
        planned = plan(brief)
        sheet = compose(planned, ComposeOptions(FillOptions(n_candidates=2)))
        arrange(sheet, planned)
    song = OwnSong(name, sheet, tuple(section.kind for section in planned.sections))
    held_out = frozenset({name} if split == "validation" else ())
    return made + examples_of_songs([song], _WORD, held_out, seed)
