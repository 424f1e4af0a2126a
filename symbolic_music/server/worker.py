"""The worker's process: tasks come in on the standard input, one line of JSON each, and news go out.

Its keeper (`symbolic_music.server.keeper`) may cancel the task by a line, or end the process. It ends by itself when
its keeper is no more, so that nothing is done twice.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from symbolic_music.budget import Budget, Watch, limit_process
from symbolic_music.errors import StoppedError, SymbolicMusicError
from symbolic_music.server.work import Task, do_task


class Line:
    """The two pipes: tasks in, news out."""

    def __init__(self, lines: IO[bytes], news: IO[bytes]) -> None:
        self._lines, self._news = lines, news
        self._lock = threading.Lock()
        self.tasks: queue.Queue[dict[str, Any]] = queue.Queue()
        self.watch: Watch | None = None
        threading.Thread(target=self._listen, daemon=True).start()

    def say(self, **said: object) -> None:
        """Tell the keeper something; without a keeper, end."""
        text = json.dumps(said, ensure_ascii=False).encode() + b"\n"
        try:
            with self._lock:
                self._news.write(text)
        except OSError:
            os._exit(1)

    def _listen(self) -> None:
        """Take lines as they come, also while a task is done."""
        for text in self._lines:
            said = json.loads(text)
            if "cancel" in said:
                if self.watch is not None:
                    self.watch.cancel()
            else:
                self.tasks.put(said)
        os._exit(0)  # the keeper is no more


def main() -> None:
    """Do tasks until the keeper says no more."""
    # What a library prints must not get among the news.
    news = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    line = Line(sys.stdin.buffer, news)
    _warm_up()
    line.say(ready=True)
    _practise(line)
    is_limited = False
    while True:
        asked = line.tasks.get()
        budget = Budget(**asked["budget"])
        if not is_limited:
            # The clock of each task is its keeper's; the process may use what several tasks need.
            limit_process(Budget(budget.seconds * asked["most_tasks"], budget.memory_mb, budget.output_mb))
            is_limited = True
        line.watch = Watch(budget)
        line.say(**_answer(asked, line, line.watch))
        line.watch = None


def _warm_up() -> None:
    """Load what every song needs, so that the first one need not wait for it."""
    from symbolic_music.filling import fill
    from symbolic_music.pipeline import creation  # noqa: F401
    from symbolic_music.server import documents  # noqa: F401

    try:
        fill.load_phrase_model()
    except SymbolicMusicError:
        return  # the first task says what is missing


class _EnoughError(Exception):
    """Practice is over."""


def _practise(line: Line) -> None:
    """Write first bars that nobody hears, until a task comes: what they load and keep, the first song need not."""
    from symbolic_music.formats.score_data import score_data
    from symbolic_music.pipeline import CreateOptions, create
    from symbolic_music.pipeline.sink import FinishedBars
    from symbolic_music.song.brief import Brief

    def progress(stage: str, done: int, total: int) -> None:
        if not line.tasks.empty():
            raise _EnoughError

    def end(bars: FinishedBars) -> None:
        score_data(bars.piece)
        raise _EnoughError

    options = CreateOptions(audio="none", candidates=1, on_progress=progress, on_opening=end)
    try:
        with tempfile.TemporaryDirectory() as folder:
            create(Brief(seed=0), Path(folder) / "song", options)
    except (_EnoughError, SymbolicMusicError, OSError):
        return


def _answer(asked: Mapping[str, Any], line: Line, watch: Watch) -> dict[str, Any]:
    """Do one task; say its result or its problem."""
    paths = {name: None if asked[name] is None else Path(asked[name]) for name in ("song", "upload")}
    task = Task(asked["kind"], asked["request"], Path(asked["folder"]), paths["song"], paths["upload"])

    def progress(stage: str, done: int, total: int) -> None:
        line.say(stage=stage, done=int(done), total=int(total))

    try:
        task.folder.mkdir(parents=True, exist_ok=True)
        result = do_task(task, watch.progress(progress), lambda kind, data: line.say(event=kind, data=dict(data)))
    except StoppedError as failure:
        return {"problem": {"title": failure.message, "hint": failure.hint}, "is_cancelled": watch.cancelled.is_set()}
    except SymbolicMusicError as failure:
        return {"problem": {"title": failure.message, "hint": failure.hint, "type": type(failure).__name__}}
    except MemoryError:
        return {"problem": {"title": "it took too much memory", "hint": "ask for something smaller"}}
    except Exception as failure:  # a job's fault is told to its client, and the worker does the next one
        return {"problem": {"title": f"a fault of the program: {type(failure).__name__}: {failure}"[:300]}}
    return {"result": result}


if __name__ == "__main__":
    main()
