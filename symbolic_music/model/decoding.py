"""Write many sequences at once: rows of one batch, which drafts join and leave while it runs.

A draft is a sequence to be written after a prefix; its guide says which ids may follow. Drafts with the same prefix
read it once, those that come later too. What a guide forces is not drawn: a long run of forced ids is read in one
piece, a short one id by id beside the rows that draw. A draft that is done leaves at once and the last row moves to
its place, so that every step works on rows that still go on; drafts that wait take the rows that are free. While the
network reads what was drawn, the guides say what may come next: neither waits for the other. Nothing of this changes
what is written: each draft has its own chance.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from typing import Protocol

import numpy as np

from symbolic_music.budget import count_threads
from symbolic_music.model.engine import Engine, Prefix
from symbolic_music.model.sampling import SamplingOptions, draw_tokens, guide_away

# Rows of a batch. A song rarely has more phrases that wait for nothing; more would only take memory.
MOST_ROWS = 24
# From so many ids on, one call for one row is cheaper than as many rows of later steps.
SHORTEST_RUN = 8
# Prefixes that are remembered, so that drafts which come one after another need not read theirs again.
MOST_PREFIXES = 8


class Guide(Protocol):
    """Walks one sequence, says what may come next and keeps what came."""

    done: bool
    ids: list[int]

    def allowed(self) -> int | np.ndarray: ...

    def push(self, index: int) -> None: ...


@dataclass(eq=False)
class Draft:
    """A sequence to be written: what stands before it, who guides it, and its chance.

    ``open_prefix`` is for ``options.guidance``: the prefix with a condition left open, as long as its twin.
    """

    prefix: Sequence[int]
    guide: Guide
    rng: np.random.Generator
    options: SamplingOptions = field(default_factory=SamplingOptions)
    open_prefix: Sequence[int] | None = None
    log_share: float = 0.0
    n_drawn: int = 0
    n_written: int = 0

    @property
    def likelihood(self) -> float:
        """Mean log likelihood (nats a token) of what was drawn, at temperature 1; 0 if nothing was."""
        return self.log_share / max(self.n_drawn, 1)

    @property
    def prefixes(self) -> list[Sequence[int]]:
        """What its rows begin with: one, or two with guidance."""
        is_guided = self.options.guidance > 0 and self.open_prefix is not None
        return [self.prefix, self.open_prefix] if is_guided and self.open_prefix is not None else [self.prefix]


def decode(engine: Engine, drafts: Sequence[Draft]) -> None:
    """Write all drafts; their guides collect the ids."""
    batch = Batch(engine)
    batch.add(drafts)
    while batch.is_busy:
        batch.advance()


class Batch:
    """The rows that are being written, and the drafts that wait for one.

    Parameters
    ----------
    engine : Engine
        The network.
    n_rows : int
        Rows at most, so that memory stays the same however many drafts wait.
    """

    def __init__(self, engine: Engine, n_rows: int = MOST_ROWS) -> None:
        self._engine, self._n_rows = engine, n_rows
        self._memory = engine.new_memory(n_rows)
        self._prefixes: OrderedDict[tuple[int, ...], Prefix] = OrderedDict()
        self._logits = np.zeros((n_rows, engine.config.vocab_size), dtype=np.float32)
        self._room = engine.config.room
        self._waiting: deque[list[_Writer]] = deque()
        # The writer that each row of the memory belongs to; one with guidance has two rows.
        self._rows: list[_Writer] = []
        self._meanwhile: deque[Callable[[], None]] = deque()
        # Who runs the network while this thread asks the guides; the thread ends with the batch.
        self._network = ThreadPoolExecutor(1, "network") if count_threads(2) > 1 else None

    @property
    def is_busy(self) -> bool:
        """Whether anything is left to write."""
        return bool(self._rows or self._waiting)

    def add(self, drafts: Iterable[Draft]) -> None:
        """Let drafts wait for rows; those with the same prefix should follow one another."""
        for _, alike in groupby(drafts, key=lambda draft: [tuple(prefix) for prefix in draft.prefixes]):
            writers = [_Writer(draft, self._room) for draft in alike]
            most = self._n_rows // writers[0].n_rows
            self._waiting.extend(writers[at : at + most] for at in range(0, len(writers), most))

    def do_meanwhile(self, job: Callable[[], None]) -> None:
        """Let something be done while the network reads for the next rows; if no more is read, it is never done."""
        self._meanwhile.append(job)

    def advance(self) -> list[Draft]:
        """Go on until a draft is done, or several at once; returns those."""
        over: list[Draft] = []
        while self.is_busy and not over:
            over += self._admit()
            over += self._draw()
            if not over:
                over += self._step()
        return over

    def _admit(self) -> list[Draft]:
        """Give free rows to those who wait, all with one prefix together; returns the drafts that need none."""
        over = []
        while self._waiting and len(self._rows) + sum(w.n_rows for w in self._waiting[0]) <= self._n_rows:
            for writer in self._waiting.popleft():
                writer.write_forced()
                if writer.is_over:
                    over.append(writer.draft)
                else:
                    self._open_rows(writer)
        return over

    def _open_rows(self, writer: _Writer) -> None:
        """Let a writer's rows begin with its prefix."""
        for ids in writer.draft.prefixes:
            row, prefix = len(self._rows), self._read((*ids, *writer.unread))
            writer.rows.append(row)
            self._rows.append(writer)
            self._memory.begin(row, prefix)
            self._logits[row] = prefix.logits
        writer.unread.clear()

    def _read(self, ids: tuple[int, ...]) -> Prefix:
        """Read a prefix, or remember it."""
        prefix = self._prefixes.pop(ids, None) or self._engine.read(ids)
        self._prefixes[ids] = prefix
        if len(self._prefixes) > MOST_PREFIXES:
            self._prefixes.popitem(last=False)
        return prefix

    def _draw(self) -> list[Draft]:
        """Draw where all that was written has been read, until every row has something to read; who is done leaves."""
        over = []
        for writer in self._writers():
            if len(writer.unread) >= SHORTEST_RUN:
                self._read_run(writer)
        drawing = self._up_to_date()
        if drawing:
            self._draw_for(drawing)
            over = self._dismiss()
        return over

    def _dismiss(self) -> list[Draft]:
        """Let those leave who are done."""
        over = [writer for writer in self._writers() if writer.is_over]
        for writer in over:
            self._leave(writer)
        return [writer.draft for writer in over]

    def _writers(self) -> Iterator[_Writer]:
        """Who holds rows, each once."""
        return (writer for row, writer in enumerate(self._rows) if writer.rows[0] == row)

    def _up_to_date(self) -> list[_Writer]:
        """Who has read all that it wrote."""
        return [writer for writer in self._writers() if not writer.unread]

    def _draw_for(self, writers: Sequence[_Writer]) -> None:
        """Draw one id for each."""
        options = [writer.draft.options for writer in writers]
        tokens, log_shares = draw_tokens(
            self._odds(writers),
            np.concatenate([writer.mask for writer in writers]).reshape(len(writers), -1),
            np.array([writer.draft.rng.random() for writer in writers]),
            np.array([option.temperature for option in options]),
            np.array([option.top_p for option in options]),
        )
        for writer, token, log_share in zip(writers, tokens.tolist(), log_shares.tolist(), strict=True):
            writer.take(token, log_share)

    def _odds(self, writers: Sequence[_Writer]) -> np.ndarray:
        """Logits of each writer, moved away from its twin's where guidance is asked for."""
        logits = self._logits[[writer.rows[0] for writer in writers]]
        guided = [at for at, writer in enumerate(writers) if writer.n_rows > 1]
        if not guided:
            return logits
        twins = self._logits[[writers[at].rows[1] for at in guided]]
        odds = logits.astype(np.float64)
        odds[guided] = guide_away(
            logits[guided], twins, np.array([writers[at].draft.options.guidance for at in guided])
        )
        return odds

    def _read_run(self, writer: _Writer) -> None:
        """Read several ids of one writer at once."""
        for row in writer.rows:
            self._logits[row] = self._memory.extend(row, writer.unread)
        writer.unread.clear()

    def _step(self) -> list[Draft]:
        """Let every row read its next id, and see meanwhile what may follow; who is done then leaves."""
        if not self._rows:
            return []
        ids = np.array([writer.unread[0] for writer in self._rows])
        for writer in self._writers():
            del writer.unread[0]
        if self._network is None:
            logits = self._memory.step(ids)
            self._look_ahead()
        else:
            reading = self._network.submit(self._memory.step, ids)
            try:
                self._look_ahead()
            finally:
                logits = reading.result()
        self._logits[: len(ids)] = logits
        return self._dismiss()

    def _look_ahead(self) -> None:
        """Write what the guides force after what was drawn last; then there is time for one other thing."""
        for writer in self._writers():
            writer.write_forced()
        if self._meanwhile:
            self._meanwhile.popleft()()

    def _leave(self, writer: _Writer) -> None:
        """Take a writer's rows away; the last rows move to their places."""
        for row in sorted(writer.rows, reverse=True):
            last = len(self._rows) - 1
            moved = self._rows.pop()
            if row != last:
                self._memory.move(last, row)
                self._logits[row] = self._logits[last]
                self._rows[row] = moved
                moved.rows[moved.rows.index(last)] = row


class _Writer:
    """A draft at work: its rows, what it wrote that they have not read, and what it may draw next."""

    def __init__(self, draft: Draft, room: int) -> None:
        self.draft, self.n_rows = draft, len(draft.prefixes)
        self.rows: list[int] = []
        self.unread: list[int] = []
        self.mask = np.zeros(0, dtype=bool)
        self.knows = False  # what may be drawn next, or that the sequence is over
        self._most = min(draft.options.max_steps, room - max(map(len, draft.prefixes)))

    @property
    def is_over(self) -> bool:
        """Whether the sequence has ended, or may not become longer."""
        return self.draft.guide.done or self.draft.n_written >= self._most

    def take(self, index: int, log_share: float) -> None:
        """Write an id that was drawn."""
        self.draft.log_share += log_share
        self.draft.n_drawn += 1
        self.knows = False
        self._write(index)

    def write_forced(self) -> None:
        """Write what the guide forces, up to where it leaves a choice; notes what may be drawn there."""
        while not (self.knows or self.is_over):
            allowed = self.draft.guide.allowed()
            if isinstance(allowed, np.ndarray):
                some = allowed.nonzero()[0]
                if len(some) > 1:
                    self.mask, self.knows = allowed, True
                    return
                allowed = some[0]
            self._write(int(allowed))

    def _write(self, index: int) -> None:
        """Hand an id to the guide."""
        self.draft.guide.push(index)
        self.draft.n_written += 1
        self.unread.append(index)
