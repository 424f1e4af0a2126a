"""All measures of the band in one go; docs/band.md says what they mean.

``python -m data_prep.band_report --out songs/`` prints: loss of every band part beside an order-3 Markov model, the
measures and promises over 100 songs made in ``--out``, how their bands play together, the mix of every style, the
idioms of a dozen styles, where each part strikes beside its style's own bars, the styles that a classifier finds, and
the time of a song by stage.
``--only loss songs ensemble mix idioms onsets heard styles time`` chooses.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from pathlib import Path

from data_prep import band_ensemble, band_heard, band_idioms, band_loss, band_onsets, band_styles
from data_prep.band_reference import read_songs
from data_prep.band_songs import make_songs

SECTIONS = ("loss", "songs", "ensemble", "mix", "idioms", "onsets", "heard", "styles", "time")
# Six players and the melody; three minutes.
TIMED_STYLE, TIMED_SEC = "disco", 180.0
MOST_SECONDS = 25.0


def time_stages(style: str = TIMED_STYLE, duration_sec: float = TIMED_SEC, seed: int = 0) -> Iterator[str]:
    """Make one song without sound; yields a line a stage with seconds of wall time and of all processors."""
    from symbolic_music.pipeline.creation import CreateOptions, create
    from symbolic_music.song.brief import Brief

    marks: dict[str, list[tuple[float, float]]] = {}

    def note(stage: str, done: int, total: int) -> None:
        marks.setdefault(stage, []).append((time.perf_counter(), time.process_time()))

    begin = (time.perf_counter(), time.process_time())
    song = create(
        Brief(style=style, duration_sec=duration_sec, seed=seed), None, CreateOptions(audio="none", on_progress=note)
    )
    for stage, own in marks.items():
        yield f"{stage:10} {own[-1][0] - own[0][0]:6.1f} s wall {own[-1][1] - own[0][1]:6.1f} s CPU"
    wall, cpu = time.perf_counter() - begin[0], time.process_time() - begin[1]
    n_tracks = len(song.score.tracks)
    yield (
        f"{'all':10} {wall:6.1f} s wall {cpu:6.1f} s CPU: {song.duration_sec:.0f} s of music, {song.plan.n_bars} bars,"
        f" {n_tracks} tracks, loading included (bar {MOST_SECONDS:g} s {'holds' if wall <= MOST_SECONDS else 'MISSED'})"
    )


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("band_songs"), help="folder of the songs made")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--shards", type=Path, default=Path("shards"))
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    arguments = parser.parse_args()
    if "time" in arguments.only:
        print("\n".join(time_stages()), flush=True)
    if "loss" in arguments.only:
        shard = band_loss.load_shard(arguments.shards / "band.npz")
        losses = band_loss.band_losses(shard, band_loss.load_network(band_loss.WEIGHTS))
        print("\n".join(band_loss.show(losses)), flush=True)
    if "songs" in arguments.only:
        for problem in make_songs(arguments.out, arguments.count, arguments.workers):
            print(f"left out: {problem}")
        _evaluate(arguments.out)
    if "ensemble" in arguments.only:
        print("\n".join(_ensemble(arguments.out, arguments.count)), flush=True)
    if "mix" in arguments.only:
        print("\n".join(band_ensemble.show_mix(band_ensemble.arrange_planned()[1])), flush=True)
    if "idioms" in arguments.only:
        for line in band_idioms.show():
            print(line, flush=True)
    if "onsets" in arguments.only:
        for line in band_onsets.show():
            print(line, flush=True)
    if "heard" in arguments.only:
        print("\n".join(band_heard.show()), flush=True)
    if "styles" in arguments.only:
        songs = read_songs(arguments.shards / "songs.jsonl")
        test = band_styles.run_style_test(songs, arguments.shards / "arrangements.jsonl")
        print("\n".join(band_styles.show(test)), flush=True)


def _ensemble(folder: Path, count: int) -> Iterator[str]:
    """How the bands of song folders play together, and whether named players are heard."""
    from symbolic_music.errors import PlanError
    from symbolic_music.evaluation.band_song import find_band_songs
    from symbolic_music.formats.musicxml import read_lead_sheet
    from symbolic_music.song.document import load_document
    from symbolic_music.song.folder import LEAD_SHEET, PLAN_FILE
    from symbolic_music.song.plan import SongPlan

    if not folder.is_dir():
        yield from band_ensemble.show(band_ensemble.measure(*band_ensemble.arrange_planned()))
        return
    folders = find_band_songs(folder)[:count]
    yield from band_ensemble.show(band_ensemble.measure(*band_ensemble.arrange_folders(folders)))
    plan = load_document(SongPlan, folders[0] / PLAN_FILE, PlanError)
    named, silent, others = band_ensemble.count_named(plan, read_lead_sheet(folders[0] / LEAD_SHEET))
    yield f"of {named} named players {silent} are silent, {others} play that nobody named (bar 0 and 0)"


def _evaluate(folder: Path) -> None:
    """What ``symbolic-music evaluate --band`` prints."""
    from symbolic_music.cli.evaluate import evaluate

    evaluate(folder, band=True)


if __name__ == "__main__":
    main()
