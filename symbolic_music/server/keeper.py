"""Keepers of workers: a thread for each worker's process gives it jobs and watches it.

Own processes instead of a pool: a pool cannot stop a job that runs, and one worker that is killed breaks it. A killed
worker costs its job one attempt; its keeper starts another process.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import queue
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

from symbolic_music import errors
from symbolic_music.budget import Budget
from symbolic_music.server.jobs import Bell, Job, Jobs
from symbolic_music.server.work import Task

WORKER_COMMAND = (sys.executable, "-m", "symbolic_music.server.worker")
# A worker is replaced after so many jobs: what libraries keep of each does not grow without end.
MOST_TASKS = 100
_LOG = logging.getLogger(__name__)
_LOOK_SEC, _RENEW_SEC, _PATIENCE_SEC = 0.2, 2.0, 2.0
# Stages report more often than anybody wants to hear.
_REPORT_SEC = 0.1


@dataclasses.dataclass(frozen=True)
class Workshop:
    """What keepers need: the queue, where tasks' folders are, what becomes of what was made."""

    jobs: Jobs
    bell: Bell
    budget: Budget
    task_of: Callable[[Job], Task]
    settle: Callable[[Job, Task, dict[str, Any]], bool]
    settled_before: Callable[[Job], bool]
    sweep: Callable[[Job], None]
    command: Sequence[str] = WORKER_COMMAND


class _Worker:
    """A worker's process and its lines."""

    def __init__(self, command: Sequence[str]) -> None:
        package = Path(errors.__file__).resolve().parents[1]
        path = os.pathsep.join([str(package), *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = os.environ | {"PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
            # Ctrl-C at the server is the server's to answer.
            start_new_session=True,
        )  # fmt: skip
        self.n_tasks, self.is_ready = 0, False
        self.lines: queue.Queue[dict[str, Any] | None] = queue.Queue()
        assert self.process.stdout is not None
        threading.Thread(target=self._listen, args=(self.process.stdout,), daemon=True).start()

    def say(self, **said: object) -> bool:
        """Send a line; False if nobody takes it."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(said).encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            return False
        return True

    def end(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue

    def _listen(self, pipe: IO[bytes]) -> None:
        """Take lines as they come; ``None`` at the end."""
        try:
            for text in pipe:
                self.lines.put(json.loads(text))
        except ValueError:
            pass  # closed meanwhile, or no JSON: the process is not ours any more
        self.lines.put(None)


class Keeper(threading.Thread):
    """One worker's keeper."""

    def __init__(self, workshop: Workshop, number: int) -> None:
        super().__init__(name=f"keeper-{number}", daemon=True)
        self._shop = workshop
        self._owner = f"{socket.gethostname()}-{os.getpid()}-{number}"
        self._stopping = threading.Event()
        self._worker: _Worker | None = None

    @property
    def process_id(self) -> int | None:
        """Of the worker, if there is one."""
        return None if self._worker is None else self._worker.process.pid

    def stop(self) -> None:
        """Ask for the end; a job that runs is queued again."""
        self._stopping.set()

    def run(self) -> None:
        """Give jobs to the worker until the end."""
        try:
            while not self._stopping.is_set():
                worker = self._ready_worker()
                job = None if worker is None else self._claim()
                if job is None:
                    self._shop.bell.wait(0.5)
                elif worker is not None and not self._shop.settled_before(job):
                    self._work(job, worker)
        finally:
            if self._worker is not None:
                self._worker.end()

    def _claim(self) -> Job | None:
        """Take a job; the list may be locked for a moment."""
        try:
            return self._shop.jobs.claim(self._owner)
        except errors.OutputError:
            return None

    def _ready_worker(self) -> _Worker | None:
        """The worker, started and warm, before a job is taken for it: dying at the start costs no job an attempt."""
        worker = self._worker
        if worker is not None and (worker.process.poll() is not None or worker.n_tasks >= MOST_TASKS):
            self._kill(worker)
            worker = None
        if worker is None:
            worker = self._worker = _Worker(self._shop.command)
        while not worker.is_ready and not self._stopping.is_set():
            try:
                said = worker.lines.get(timeout=_LOOK_SEC)
            except queue.Empty:
                continue
            if said is None:
                self._kill(worker)
                return None
            worker.is_ready = "ready" in said
        return worker

    def _work(self, job: Job, worker: _Worker) -> None:
        """Have one job done."""
        worker.n_tasks += 1
        try:
            task = self._shop.task_of(job)
        except errors.SymbolicMusicError as failure:
            self._shop.jobs.fail(job, {"title": failure.message, "hint": failure.hint})
            return
        except Exception:
            # One job's fault must not end the thread that does all others.
            _LOG.exception("job %s cannot be begun", job.id)
            self._shop.jobs.fail(job, {"title": "a fault of the program; the server's log says more"})
            return
        self._shop.sweep(job)  # attempts whose server was killed left theirs
        worker.say(**_question(task, self._shop.budget))
        try:
            self._watch(job, task, worker)
        finally:
            shutil.rmtree(task.folder, ignore_errors=True)

    def _watch(self, job: Job, task: Task, worker: _Worker) -> None:
        """Pass news on until the job ends, its time is over, or its worker dies."""
        start = renewed = time.monotonic()
        reported, stage, ended_at = 0.0, "", 0.0
        while True:
            now = time.monotonic()
            if self._stopping.is_set():
                self._shop.jobs.give_back(job, counts=False)
                return
            if now - start > self._shop.budget.seconds + _PATIENCE_SEC:
                self._kill(worker)
                title = f"it took more than {self._shop.budget.seconds:g} seconds"
                self._shop.jobs.fail(job, {"title": title, "hint": "ask for something smaller"})
                return
            if ended_at == 0.0 and self._shop.jobs.get(job.id).is_cancelled:
                worker.say(cancel=True)
                ended_at = now
            if ended_at and now - ended_at > _PATIENCE_SEC:
                self._kill(worker)
                self._shop.jobs.fail(job, {"title": "cancelled"}, "cancelled")
                return
            if now - renewed > _RENEW_SEC:
                if not self._shop.jobs.renew(job):
                    self._kill(worker)  # another one does it
                    return
                renewed = now
            try:
                said = worker.lines.get(timeout=_LOOK_SEC)
            except queue.Empty:
                continue
            if said is None:
                self._lost(job, worker, is_cancelled=bool(ended_at))
                return
            if "stage" in said:
                is_end = said["done"] >= said["total"]
                if said["stage"] != stage or is_end or now - reported > _REPORT_SEC:
                    self._shop.jobs.report(job, said["stage"], said["done"], said["total"])
                    reported, stage = now, said["stage"]
            elif "event" in said:
                self._shop.jobs.tell(job, said["event"], said["data"])
            elif "result" in said:
                self._shop.settle(job, task, said["result"])
                return
            elif "problem" in said:
                self._shop.jobs.fail(job, said["problem"], "cancelled" if said.get("is_cancelled") else "failed")
                return

    def _lost(self, job: Job, worker: _Worker, is_cancelled: bool) -> None:
        """Queue the job of a worker that died, and start another worker at the next one."""
        self._kill(worker)
        if is_cancelled:
            self._shop.jobs.fail(job, {"title": "cancelled"}, "cancelled")
        else:
            self._shop.jobs.give_back(job, counts=True)

    def _kill(self, worker: _Worker) -> None:
        """End a worker."""
        worker.end()
        self._worker = None


def _question(task: Task, budget: Budget) -> dict[str, Any]:
    """Say a task as plain data."""
    return {
        "kind": task.kind,
        "request": dict(task.request),
        "folder": str(task.folder),
        "song": None if task.song is None else str(task.song),
        "upload": None if task.upload is None else str(task.upload),
        "budget": dataclasses.asdict(budget),
        "most_tasks": MOST_TASKS,
    }
