"""A request ends when it is cancelled or has used up its budget, at any stage, and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from symbolic_music.budget import Budget, Watch
from symbolic_music.errors import InputError, StoppedError, SymbolicMusicError
from symbolic_music.pipeline import CreateOptions, create
from symbolic_music.song.brief import Brief


def test_a_budget_allows_something() -> None:
    for wrong in ({"seconds": 0}, {"memory_mb": -1}, {"output_mb": 0}, {"seconds": float("nan")}):
        with pytest.raises(InputError, match="above 0"):
            Budget(**wrong)


WORKER = """
import os, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from symbolic_music.budget import end_with_parent

if __name__ == "__main__":
    pool = ProcessPoolExecutor(1, get_context("spawn"), end_with_parent)
    print(pool.submit(os.getpid).result(), flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a job's processes in its own way")
def test_workers_do_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(WORKER, encoding="utf-8")
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        parent.kill()
    for _ in range(100):
        if not _runs(worker):
            return
        time.sleep(0.1)
    os.kill(worker, 9)
    raise AssertionError("the worker runs on")


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    # A process that has ended and that nobody has asked for is still listed.
    status = Path(f"/proc/{process}/stat")
    return not (status.is_file() and status.read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] == "Z")


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


@pytest.mark.parametrize("stage", ["plan", "compose", "arrange", "perform"])
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
