"""Many songs: a worker a core, or a Ray cluster; what is there already is not made again.

Song ``i`` is the brief with the seed ``seed + i``, in a folder of that number. A folder is filled whole or not at
all, so that a run which was interrupted goes on where it stopped.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from symbolic_music.budget import THREADS_VARIABLE, count_cores, end_with_parent
from symbolic_music.errors import InputError, MissingExtraError
from symbolic_music.pipeline.creation import CreateOptions, create
from symbolic_music.song.brief import Brief
from symbolic_music.song.folder import PROVENANCE_FILE

MOST_SONGS = 100_000
_ONE_THREAD = {THREADS_VARIABLE: "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class SongMade:
    """A song of many: its number from 0, its folder, and whether it lay there before."""

    number: int
    folder: Path
    was_there: bool


def create_many(
    brief: Brief,
    folder: str | Path,
    n: int,
    options: CreateOptions | None = None,
    *,
    workers: int | None = None,
    ray_address: str | None = None,
) -> Iterator[SongMade]:
    """Make many songs of one brief, each with its own seed.

    Parameters
    ----------
    brief : Brief
        Song ``i`` has its seed plus ``i``.
    folder : str or Path
        Gets a folder a song, ``001`` and so on.
    n : int
        1 to 100 000.
    options : CreateOptions, optional
        As for ``create``; a plan given serves all songs, with their seeds; no progress of stages is told.
    workers : int, optional
        Processes; one a core if left out.
    ray_address : str, optional
        Make them on this Ray cluster instead (``auto``, ``local`` or ``ray://host:10001``), which must see the folder.

    Yields
    ------
    SongMade
        As they are done; those that were there first.

    Raises
    ------
    InputError
        If ``n`` or ``workers`` is out of range.
    MissingExtraError
        If Ray is asked for and not installed.
    SymbolicMusicError
        As ``create``; songs done so far stay.
    """
    if not 1 <= n <= MOST_SONGS:
        raise InputError(f"songs must be 1 to {MOST_SONGS} (given: {n})")
    if workers is not None and workers < 1:
        raise InputError(f"workers must be 1 or more (given: {workers})")
    return _create_many(brief, Path(folder), n, replace(options or CreateOptions(), on_progress=None), workers,
                        ray_address)  # fmt: skip


def _create_many(
    brief: Brief, folder: Path, n: int, options: CreateOptions, workers: int | None, ray_address: str | None
) -> Iterator[SongMade]:
    """Say what is there, make the rest."""
    width = max(3, len(str(n)))
    places = {number: folder / f"{number + 1:0{width}}" for number in range(n)}
    missing = []
    for number, place in places.items():
        if (place / PROVENANCE_FILE).is_file():
            yield SongMade(number, place, True)
        else:
            missing.append((_numbered(brief, options, number), place, number))
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [(*wish, place, number) for wish, place, number in missing]
    make = _on_ray if ray_address is not None else _on_cores
    for number in make(jobs, workers, ray_address):
        yield SongMade(number, places[number], False)


def _numbered(brief: Brief, options: CreateOptions, number: int) -> tuple[Brief, CreateOptions]:
    """The brief, and the plan if one is given, with the seed of one song."""
    plan = options.plan
    if plan is not None:
        options = replace(options, plan=plan.model_copy(update={"seed": plan.seed + number}))
    return brief.model_copy(update={"seed": brief.seed + number}), options


Job = tuple[Brief, CreateOptions, Path, int]


def _make(job: Job) -> int:
    """Make one song."""
    brief, options, place, number = job
    create(brief, place, options)
    return number


def _on_cores(jobs: list[Job], workers: int | None, _: str | None) -> Iterator[int]:
    """Make songs in processes of one thread each."""
    n_workers = min(workers or count_cores(), len(jobs))
    if n_workers <= 1:
        yield from map(_make, jobs)
        return
    # Started anew, not forked: the engine's threads do not survive a fork.
    pool = ProcessPoolExecutor(n_workers, mp_context=get_context("spawn"), initializer=_use_one_thread)
    with pool:
        futures = [pool.submit(_make, job) for job in jobs]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _use_one_thread() -> None:
    """Let a worker's products run in one thread: there are as many workers as cores."""
    os.environ.update(_ONE_THREAD)
    end_with_parent()


def _on_ray(jobs: list[Job], workers: int | None, address: str | None) -> Iterator[int]:
    """Make songs on a Ray cluster, so many at a time as workers are wished or the cluster has cores."""
    try:
        import ray
    except ImportError:
        raise MissingExtraError("--ray-address needs ray; install it: pip install 'symbolic-music[ray]'") from None
    # A cluster of its own has as many cores as workers are wished; one that runs already has what it has.
    local: dict[str, Any] = {"num_cpus": workers, "include_dashboard": False} if address == "local" else {}
    ray.init(
        address=address, ignore_reinit_error=True, log_to_driver=False,
        runtime_env={"env_vars": _ONE_THREAD}, **local,
    )  # fmt: skip
    try:
        make = ray.remote(num_cpus=1)(_make)
        waiting = [make.remote(job) for job in jobs]
        while waiting:
            done, waiting = ray.wait(waiting)
            yield from ray.get(done)
    finally:
        ray.shutdown()
