"""A request ends when it is cancelled or has used up its budget, at any stage, and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from symbolic_music.budget import Budget, Watch
from symbolic_music.errors import InputError, StoppedError, SymbolicMusicError
from symbolic_music.pipeline import CreateOptions, create
from symbolic_music.pipeline.creation import STAGES
from symbolic_music.song.brief import Brief


def test_a_budget_allows_something() -> None:
    for wrong in ({"seconds": 0}, {"memory_mb": -1}, {"output_mb": 0}, {"seconds": float("nan")}):
        with pytest.raises(InputError, match="above 0"):
            Budget(**wrong)


def test_a_watch_ends_by_time_and_by_hand() -> None:
    watch = Watch(Budget(seconds=1000))
    seen: list[object] = []
    watch.progress(lambda *done: seen.append(done))("compose", 1, 2)
    assert seen == [("compose", 1, 2)]
    threading.Thread(target=watch.cancel).start()
    watch.cancelled.wait(5)
    with pytest.raises(StoppedError, match="cancelled"):
        watch.progress()("compose", 2, 2)
    with pytest.raises(StoppedError, match=r"more than 1e-09 seconds.*shorter"):
        Watch(Budget(seconds=1e-9)).check()
    assert not issubclass(StoppedError, OSError) and issubclass(StoppedError, SymbolicMusicError)


@pytest.mark.parametrize("stage", STAGES[:4])
def test_a_song_can_be_cancelled_at_any_stage(tmp_path: Path, small_model: None, stage: str) -> None:
    watch = Watch()

    def cancel_at(now: str, done: int, total: int) -> None:
        if now == stage:
            watch.cancel()

    def report(now: str, done: int, total: int) -> None:
        cancel_at(now, done, total)
        watch.check()

    with pytest.raises(StoppedError):
        create(Brief(n_bars=4, seed=1), tmp_path / "song", CreateOptions("none", candidates=1, on_progress=report))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such bounds")
@pytest.mark.parametrize(("code", "sign"), [
    ("x = bytearray(3 * 2**30)", "MemoryError"), ("open(path, 'wb').write(bytes(9 * 2**20))", "OSError"),
])  # fmt: skip
def test_a_bounded_process_cannot_take_more(tmp_path: Path, code: str, sign: str) -> None:
    if sys.platform == "darwin" and sign == "MemoryError":
        pytest.skip("macOS does not keep to this bound")
    program = (
        "import sys\nfrom symbolic_music.budget import Budget, limit_process\npath = sys.argv[1]\n"
        f"limit_process(Budget(memory_mb=2048, output_mb=4))\ntry:\n    {code}\n"
        f"except ({sign}) as failure:\n    print(type(failure).__name__)\n"
    )
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "x")], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == sign, done.stderr
