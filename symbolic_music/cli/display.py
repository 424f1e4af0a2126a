"""What a run shows: lines and progress bars on stderr, results on stdout."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from symbolic_music.cli.interrupt import check
from symbolic_music.remarks import LOGGER_NAME
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import say_seconds

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_DOING = {
    "plan": "Planning the form", "compose": "Composing melody and chords", "arrange": "Arranging the band",
    "perform": "Performing", "render": "Rendering the sound", "edit": "Editing", "songs": "Making songs",
    "rehearsal": "Writing down what it knows", "finetune": "Learning your songs",
}  # fmt: skip
_MOST_REMARKS = 20


class _Remarks(logging.Handler):
    """Keeps what readers tell, once each."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.told: dict[str, None] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a remark."""
        self.told[" ".join(record.getMessage().split())] = None


class Display:
    """Progress for people: bars on a terminal, plain lines elsewhere, nothing when quiet.

    Use as a context; ``progress`` is the callback for the stages.
    """

    def __init__(self, quiet: bool = False, as_json: bool = False) -> None:
        self.quiet = quiet or as_json
        self.as_json = as_json
        self.seconds: dict[str, float] = {}
        self._started: dict[str, float] = {}
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._remarks = _Remarks()

    def __enter__(self) -> Display:
        logger = logging.getLogger(LOGGER_NAME)
        logger.setLevel(logging.INFO)
        logger.addHandler(self._remarks)
        if not self.quiet and sys.stderr.isatty():
            self._bars = _make_bars()
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        logging.getLogger(LOGGER_NAME).removeHandler(self._remarks)
        if self._bars is not None:
            self._bars.stop()
        if value is None:
            self._say_remarks()

    def _say_remarks(self) -> None:
        """Say what readers left out or changed, the first of many."""
        told = list(self._remarks.told)
        for remark in told[:_MOST_REMARKS]:
            self.say(f"Note: {remark}")
        if len(told) > _MOST_REMARKS:
            self.say(f"Note: {len(told) - _MOST_REMARKS} more such notes; --json gives them all")

    def say(self, line: str) -> None:
        """Tell people something, unless quiet."""
        if self._bars is not None:
            self._bars.console.print(line, markup=False, highlight=False)
        elif not self.quiet:
            print(line, file=sys.stderr, flush=True)

    def progress(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage is; ``done`` reaches ``total`` at its end."""
        check()
        if stage not in self._started:
            self._started[stage] = time.monotonic()
            self._begin(stage)
        finished = total > 0 and done >= total
        if finished:
            self.seconds[stage] = round(time.monotonic() - self._started[stage], 2)
        if self._bars is not None:
            self._bars.update(self._tasks[stage], completed=done, total=max(total, 1))

    def result(self, data: Mapping[str, object], lines: Sequence[str]) -> None:
        """Print the result on stdout: JSON for scripts, lines for people."""
        if self.as_json:
            data = {**data, "remarks": list(self._remarks.told)} if self._remarks.told else data
            # A terminal's replacement signs would break JSON, which has its own.
            is_unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
            print(json.dumps(data, indent=2, ensure_ascii=not is_unicode))
        elif not self.quiet:
            print("\n".join(lines))

    def _begin(self, stage: str) -> None:
        """Show that a stage has begun."""
        if self._bars is not None:
            self._tasks[stage] = self._bars.add_task(_DOING.get(stage, stage), total=None)
        else:
            self.say(f"{_DOING.get(stage, stage)} ...")


def _make_bars() -> Progress:
    """Make the progress bars."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<28}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))


def plan_lines(plan: SongPlan) -> list[str]:
    """Say a plan in a few lines."""
    head = (
        f"{plan.title}: {plan.genre}, {plan.mood}, {plan.sections[0].key}, {plan.tempo_qpm:g} quarters a minute, "
        f"{plan.meter}, {plan.n_bars} bars, {say_seconds(plan.duration_sec)}, seed {plan.seed}"
    )
    form = " | ".join(f"{section.name} {section.n_bars}" for section in plan.sections)
    return [head, f"  form: {form}"]
