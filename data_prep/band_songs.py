"""Songs to measure the band by: one a seed, over all styles and moods, without sound.

``python -m data_prep.band_songs --out songs/ --count 100 --workers 2`` writes song folders ``000`` to ``099``; those
that are there already are left as they are, so a run can be stopped and started again.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from symbolic_music.song.folder import SONG_MIDI
from symbolic_music.styles.style import all_styles

PROMPTS = ("a happy song", "a sad song", "a song", "an energetic song", "a romantic song", "a calm song", "a dark song")
# Long enough for two verses and two choruses.
N_BARS = 56
# The melody is not what is measured: two candidates do.
CANDIDATES = 2


def style_of_seed(seed: int) -> str:
    """The style of a seed's song: every style once before any twice, in an order drawn once."""
    names = sorted(style.name for style in all_styles())
    return str(np.random.default_rng(0).permutation(names)[seed % len(names)])


def make_song(seed: int, folder: Path) -> str:
    """Create one song; returns what went wrong, or nothing."""
    from symbolic_music.errors import SymbolicMusicError
    from symbolic_music.pipeline.creation import CreateOptions, brief_of_prompt, create

    brief = brief_of_prompt(PROMPTS[seed % len(PROMPTS)], seed).model_copy(
        update={"n_bars": N_BARS, "style": style_of_seed(seed)}
    )
    options = CreateOptions(audio="none", candidates=CANDIDATES)
    try:
        create(brief, folder, options)
    except SymbolicMusicError as failure:
        return f"seed {seed}, {brief.style}: {failure}"
    return ""


def make_songs(out: Path, count: int, workers: int = 1) -> Iterator[str]:
    """Create the songs that ``out`` lacks; yields one line a song that failed."""
    out.mkdir(parents=True, exist_ok=True)
    missing = [seed for seed in range(count) if not (out / f"{seed:03d}" / SONG_MIDI).is_file()]
    folders = [out / f"{seed:03d}" for seed in missing]
    if workers < 2:
        problems: Iterator[str] = map(make_song, missing, folders)
        yield from filter(None, problems)
        return
    with ProcessPoolExecutor(workers, initializer=_one_thread) as pool:
        yield from filter(None, pool.map(make_song, missing, folders))


def _one_thread() -> None:
    """Keep each worker to one core."""
    import torch

    torch.set_num_threads(1)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    for problem in make_songs(arguments.out, arguments.count, arguments.workers):
        print(f"left out: {problem}")


if __name__ == "__main__":
    main()
