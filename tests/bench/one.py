"""Measure one thing of the tree that stands first on the path; prints its figures as JSON.

Run in a process of its own for every measurement, so that nothing is warm. Whatever this version does not have is
left out, so that older commits can be measured too.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

PROMPT, N_BARS, SEED = "happy pop song about summer", 108, 7
# What comes first is slow, since everything is loaded; what follows tells how long ten thousand take.
FIRST_VARIATIONS, N_VARIATIONS, ALL_VARIATIONS = 100, 1500, 10_000
RENDERED_BARS = 48


def measure_song() -> dict[str, float]:
    """A three-minute song without sound: stages, notes, first bar."""
    began = time.perf_counter()
    from symbolic_music.pipeline.creation import CreateOptions, brief_of_prompt, create

    marks: dict[str, list[float]] = {}
    first_bar: list[float] = []

    class Sink:
        def put(self, bars: object) -> None:
            first_bar.append(time.perf_counter() - began)

        def end(self) -> None:
            pass

    def mark(stage: str, done: int, total: int) -> None:
        marks.setdefault(stage, []).append(time.perf_counter())

    brief = brief_of_prompt(PROMPT, SEED).model_copy(update={"n_bars": N_BARS})
    with tempfile.TemporaryDirectory() as folder:
        options = CreateOptions(audio="none", on_progress=mark)
        try:
            song = create(brief, Path(folder) / "song", options, Sink())
        except TypeError:  # before there were sinks
            song = create(brief, Path(folder) / "song", options)
    seconds = time.perf_counter() - began
    n_notes = sum(len(track.notes) for track in song.score.tracks)
    stages = {f"{stage}, s": times[-1] - times[0] for stage, times in marks.items()}
    return {
        **stages,
        "song written, s": seconds,
        "notes a second": n_notes / seconds,
        **({"first bar, s": first_bar[0]} if first_bar else {}),
        "peak memory, MB": peak_mb(),
    }


def measure_variations() -> dict[str, float]:
    """Ten thousand four-bar variations, reckoned from fewer."""
    try:
        from symbolic_music.pipeline.bulk import vary_many
    except ImportError:
        return {}
    from tests.bench.phrase import four_bars

    began = first = time.perf_counter()
    for number, _ in enumerate(vary_many(four_bars(), N_VARIATIONS, seed=SEED), start=1):
        if number == FIRST_VARIATIONS:
            first = time.perf_counter()
    each = (time.perf_counter() - first) / (N_VARIATIONS - FIRST_VARIATIONS)
    return {"10 000 variations, s": first - began + each * (ALL_VARIATIONS - FIRST_VARIATIONS)}


def measure_rendering() -> dict[str, float]:
    """Rendering, in times of real time, if there is a synthesizer."""
    from symbolic_music.errors import RenderError
    from symbolic_music.pipeline.creation import CreateOptions, brief_of_prompt, create
    from symbolic_music.rendering import render

    brief = brief_of_prompt(PROMPT, SEED).model_copy(update={"n_bars": RENDERED_BARS})
    song = create(brief, None, CreateOptions(audio="none"))
    began = time.perf_counter()
    try:
        audio = render(song.score)
    except RenderError:
        return {}
    return {"rendering, x real time": audio.samples.shape[1] / audio.sample_rate / (time.perf_counter() - began)}


def peak_mb() -> float:
    """Most memory of this process so far."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 2**10)


if __name__ == "__main__":
    found = {"song": measure_song, "variations": measure_variations, "rendering": measure_rendering}[sys.argv[1]]()
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({**found, f"{sys.argv[1]}, CPU s": used.ru_utime + used.ru_stime}))
