"""A worker that copies a song instead of making one: quick, slow or deadly, as the prompt says."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symbolic_music.server import worker
from symbolic_music.server.work import Task, Tell, do_task

if TYPE_CHECKING:
    from symbolic_music.budget import Progress


def quick(task: Task, progress: Progress, tell: Tell) -> dict[str, Any]:
    """Make a song in no time; leave a line for each time that it is begun. Other tasks are done as they are."""
    if task.kind != "create":
        return do_task(task, progress, tell)
    prompt = str(task.request["brief"]["prompt"])
    with open(os.environ["QUICK_LOG"], "a", encoding="utf-8") as log:
        log.write(f"{prompt}\n")
    for done in range(200 if "slow" in prompt else 1):
        progress("compose", done, 200)
        time.sleep(0.02)
    if "deadly" in prompt:
        os.kill(os.getpid(), signal.SIGKILL)
    shutil.copytree(os.environ["QUICK_SONG"], task.folder, dirs_exist_ok=True)
    (task.folder / "prompt.txt").write_text(prompt, encoding="utf-8")
    return {"title": prompt, "seed": 1}


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    worker.do_task = quick
    worker._warm_up = lambda: None
    worker.main()
