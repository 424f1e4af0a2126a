"""Choices: jobs of the phrase model with the candidates that one was chosen from, collected while songs are composed.

What choosing prefers is learnt from them (``training.preferences``), and so is the learned critic
(``data_prep.melody_critic``).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from symbolic_music.budget import end_with_parent
from symbolic_music.errors import FileFormatError
from symbolic_music.filling import ComposeOptions, FillOptions, compose
from symbolic_music.filling.fill import PhraseTask
from symbolic_music.planning import plan
from symbolic_music.song.brief import Brief
from symbolic_music.tokens.phrase import PhraseMusic

# No evaluation uses such seeds.
FIRST_SEED = 600_000
# What songs are asked for, in turn: the critic knows pop best.
GENRES = ("pop", "pop", "pop", "rock", "pop", "pop", "pop", "folk", "pop", "pop", "pop", "country")
MOODS = ("neutral", "happy", "sad", "calm", "energetic", "romantic", "hopeful")
N_CANDIDATES = 16


@dataclass(frozen=True)
class Choice:
    """One choice: the song's seed, what was asked for, and what was drawn."""

    song: int
    task: PhraseTask
    candidates: tuple[PhraseMusic, ...]


def collect_song(seed: int, weights: Path, n_candidates: int = N_CANDIDATES) -> list[Choice]:
    """Compose one song and keep the choices of its melodies.

    Parameters
    ----------
    seed : int
        Says genre and mood too.
    weights : Path
        The phrase model's folder.
    n_candidates : int
        Candidates a phrase.

    Raises
    ------
    CheckpointError
        If the weights cannot be used.
    """
    choices: list[Choice] = []

    def keep(task: PhraseTask, candidates: Sequence[PhraseMusic]) -> None:
        if task.job.conditions.part == "melody":
            choices.append(Choice(seed, task, tuple(candidates)))

    brief = Brief(genre=GENRES[seed % len(GENRES)], mood=MOODS[seed % len(MOODS)], seed=seed)
    compose(plan(brief), ComposeOptions(FillOptions(n_candidates, weights=weights, on_choice=keep)))
    return choices


def collect(
    weights: Path, n_songs: int, minutes: float, workers: int, n_candidates: int = N_CANDIDATES, first: int = FIRST_SEED
) -> Iterator[list[Choice]]:
    """Compose songs in several processes until there are enough or the time is over; yields each one's choices.

    Parameters
    ----------
    weights : Path
        The phrase model's folder.
    n_songs : int
        At most so many.
    minutes : float
        No song begins later.
    workers : int
        Processes.
    n_candidates : int
        Candidates a phrase.
    first : int
        Seed of the first song.

    Raises
    ------
    CheckpointError
        If the weights cannot be used.
    """
    end = time.monotonic() + 60 * minutes
    one = partial(collect_song, weights=weights, n_candidates=n_candidates)
    with ProcessPoolExecutor(workers, get_context("spawn"), end_with_parent) as pool:
        seeds = iter(range(first, first + n_songs))
        running = {pool.submit(one, seed) for seed, _ in zip(seeds, range(workers), strict=False)}
        while running:
            done = next(as_completed(running))
            running.discard(done)
            if time.monotonic() < end and (seed := next(seeds, None)) is not None:
                running.add(pool.submit(one, seed))
            yield done.result()


def append_choices(choices: Sequence[Choice], path: Path) -> None:
    """Write choices at the end of a file, a line each."""
    with path.open("ab") as file:
        file.writelines(_adapter().dump_json(choice) + b"\n" for choice in choices)


def load_choices(paths: Sequence[Path]) -> list[Choice]:
    """Read files of choices.

    Raises
    ------
    FileFormatError
        If one is missing or broken; names its line.
    """
    choices = []
    for path in paths:
        try:
            lines = path.read_bytes().splitlines()
        except OSError as failure:
            raise FileFormatError(f"{path}: no choices: {failure}") from None
        for number, line in enumerate(lines, 1):
            try:
                choices.append(_adapter().validate_python(_tuples(json.loads(line))))
            except ValueError as failure:
                reason = str(failure).splitlines()[0]
                raise FileFormatError(f"{path}, line {number}: not a choice: {reason}") from None
    return choices


@cache
def _adapter() -> TypeAdapter[Choice]:
    """What writes and reads a choice."""
    return TypeAdapter(Choice)


def _tuples(value: Any) -> Any:
    """JSON's lists as tuples, so that what is read equals what was written."""
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
