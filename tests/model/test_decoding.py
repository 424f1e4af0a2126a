"""Writing many sequences at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Semaphore

import numpy as np
import pytest

from symbolic_music.model.decoding import Batch, Draft, decode
from symbolic_music.model.engine import Engine, Memory, Prefix, load_engine
from symbolic_music.model.network_config import NetworkConfig
from symbolic_music.model.sampling import SamplingOptions
from tests.model.networks import write_network

N_IDS = 30
PREFIXES = ([1, 5, 6, 7, 8, 9, 10], [1, 12], [1, 3, 3, 3])
LENGTHS = (12, 5, 9)


class Counter:
    """A guide that allows every third id, forces some runs, and stops after a number of steps."""

    def __init__(self, n_steps: int, forced: Sequence[int] = (1, 4, 5, 6, 7, 9, 10)) -> None:
        self.ids: list[int] = []
        self.n_steps, self.forced, self.done = n_steps, forced, n_steps == 0

    def allowed(self) -> int | np.ndarray:
        if len(self.ids) in self.forced:
            return 4 + len(self.ids)
        return np.arange(N_IDS) % 3 == 0

    def push(self, index: int) -> None:
        self.ids.append(index)
        self.done = len(self.ids) == self.n_steps


class Counted:
    """An engine whose calls are counted."""

    def __init__(self, engine: Engine) -> None:
        self.name, self.config, self._engine = engine.name, engine.config, engine
        self.prefixes: list[int] = []
        self.extended: list[int] = []
        self.stepped: list[int] = []

    def logits(self, ids: Sequence[int]) -> np.ndarray:
        return self._engine.logits(ids)

    def read(self, ids: Sequence[int]) -> Prefix:
        self.prefixes.append(len(ids))
        return self._engine.read(ids)

    def new_memory(self, n_rows: int) -> Memory:
        self._memory = self._engine.new_memory(n_rows)
        self.begin, self.move = self._memory.begin, self._memory.move
        return self

    def extend(self, row: int, ids: Sequence[int]) -> np.ndarray:
        self.extended.append(len(ids))
        return self._memory.extend(row, ids)

    def step(self, ids: np.ndarray) -> np.ndarray:
        self.stepped.append(len(ids))
        return self._memory.step(ids)


@pytest.fixture(scope="module", params=["onnxruntime", "torch"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("network")
    write_network(NetworkConfig(N_IDS, 32, 64, 2, 2, 1, 64), folder)
    return load_engine(folder, N_IDS, request.param)


def draft(row: int, options: SamplingOptions | None = None, seed: int | None = None) -> Draft:
    """One of three drafts."""
    rng = np.random.default_rng(row if seed is None else seed)
    return Draft(PREFIXES[row], Counter(LENGTHS[row]), rng, options or SamplingOptions())


def ids_of(drafts: Sequence[Draft]) -> list[list[int]]:
    """What was written."""
    return [one.guide.ids for one in drafts]


def test_a_batch_writes_what_each_prefix_writes_alone(engine: Engine) -> None:
    together = [draft(row) for row in range(3)]
    decode(engine, together)
    assert [len(ids) for ids in ids_of(together)] == list(LENGTHS)
    for row in range(3):
        alone = draft(row)
        decode(engine, [alone])
        assert ids_of([alone]) == ids_of([together[row]])
        assert alone.likelihood == pytest.approx(together[row].likelihood, abs=1e-4) and alone.likelihood < 0


def test_few_rows_write_the_same_as_many(engine: Engine) -> None:
    def written(n_rows: int) -> list[list[int]]:
        drafts = [draft(row, seed=10 * row + take) for row in range(3) for take in range(5)]
        batch = Batch(engine, n_rows)
        batch.add(drafts)
        over = []
        while batch.is_busy:
            over += batch.advance()
        assert len(over) == len({id(one) for one in over}) == 15
        return ids_of(drafts)

    assert written(2) == written(6) == written(32)


def test_drafts_that_join_later_write_the_same(engine: Engine) -> None:
    def drafts() -> list[Draft]:
        return [Draft(PREFIXES[row], Counter(LENGTHS[row], ()), np.random.default_rng(row)) for row in range(3)]

    first, second, third = drafts()
    batch = Batch(engine)
    batch.add([first, second])
    assert batch.advance() == [second]  # the shortest
    batch.add([third])
    while batch.is_busy:
        batch.advance()
    alone = drafts()
    decode(engine, alone)
    assert ids_of([first, second, third]) == ids_of(alone)


def test_what_is_written_is_drawn_from_the_network(engine: Engine) -> None:
    options = SamplingOptions(temperature=1e-4)
    likeliest = Draft(PREFIXES[0], Counter(12), np.random.default_rng(0), options)
    decode(engine, [likeliest])
    (ids,) = ids_of([likeliest])
    said = engine.logits([*PREFIXES[0], *ids])[len(PREFIXES[0]) - 1 :]
    for step, index in enumerate(ids):
        forced = step in Counter(0).forced
        assert index == (4 + step if forced else int(np.argmax(np.where(np.arange(N_IDS) % 3 == 0, said[step], -9e9))))


def test_a_prefix_is_read_once_for_all_that_share_it(engine: Engine) -> None:
    counted = Counted(engine)
    batch = Batch(counted)
    for take in range(8):
        batch.add([draft(0, seed=take)])
        batch.advance()
    decode(counted, [draft(0, seed=take) for take in range(8)])
    assert counted.prefixes == [len(PREFIXES[0])] * 2  # once a batch


def test_long_runs_of_forced_ids_are_read_in_one_piece_and_none_is_drawn(engine: Engine) -> None:
    counted = Counted(engine)
    forced = (1, *range(3, 12), 13)
    decode(counted, [Draft(PREFIXES[0], Counter(15, forced), np.random.default_rng(0))])
    # Drawn are ids 0, 2, 12 and 14. Read in one piece: the prefix, then 3 to 11; id by id: 0, 1, 2, 12 and 13.
    assert (counted.prefixes, counted.extended, counted.stepped) == ([7], [9], [1] * 5)


def test_rows_that_are_done_take_no_part_in_later_steps(engine: Engine) -> None:
    counted = Counted(engine)
    drafts = [Draft([1, 2], Counter(length, ()), np.random.default_rng(length)) for length in (9, 3, 6)]
    decode(counted, drafts)
    assert counted.stepped == [3, 3, 2, 2, 2, 1, 1, 1]


def test_drafts_that_end_at_once_need_no_rows(engine: Engine) -> None:
    counted = Counted(engine)
    forced = Draft([1, 2], Counter(4, range(4)), np.random.default_rng(0))
    decode(counted, [forced])
    assert forced.guide.done and forced.likelihood == 0.0 and not counted.prefixes


def test_writing_stops_after_max_steps_and_where_the_network_has_no_room(engine: Engine) -> None:
    short = Draft([1], Counter(100, ()), np.random.default_rng(0), SamplingOptions(max_steps=6))
    long = Draft([1] * 100, Counter(100, ()), np.random.default_rng(0))
    decode(engine, [short, long])
    assert [len(ids) for ids in ids_of([short, long])] == [6, 28]
    assert not short.guide.done and not long.guide.done


def test_guidance_moves_away_from_the_open_prefix_and_keeps_twins_together(engine: Engine) -> None:
    prefixes, open_prefixes = [[1, 5, 6], [1, 12, 13], [1, 7, 8]], [[1, 2, 6], [1, 2, 13], [1, 2, 8]]
    options = SamplingOptions(temperature=1e-4, guidance=2.0)

    def written(rows: list[int], n_rows: int = 32) -> list[list[int]]:
        drafts = [
            Draft(prefixes[row], Counter((9, 4, 6)[row]), np.random.default_rng(row), options, open_prefixes[row])
            for row in rows
        ]
        batch = Batch(engine, n_rows)
        batch.add(drafts)
        while batch.is_busy:
            batch.advance()
        return ids_of(drafts)

    together = written([0, 1, 2])
    assert together == written([0, 1, 2], n_rows=4) == [written([row])[0] for row in range(3)]
    for ids, prefix, left_open in zip(together, prefixes, open_prefixes, strict=True):
        said, unsaid = (engine.logits(row)[-1] for row in (prefix, left_open))
        wanted = said + 2 * (said - unsaid)  # but for constants
        assert ids[0] == int(np.argmax(np.where(np.arange(N_IDS) % 3 == 0, wanted, -np.inf)))


def test_without_guidance_the_open_prefix_changes_nothing(engine: Engine) -> None:
    plain, opened = draft(0), draft(0)
    opened.open_prefix = [1, 2, 6]
    decode(engine, [plain, opened])
    assert ids_of([plain]) == ids_of([opened])


def test_both_engines_write_the_same(tmp_path: Path) -> None:
    write_network(NetworkConfig(N_IDS, 64, 96, 2, 4, 2, 96), tmp_path)
    written = []
    for name in ("onnxruntime", "torch"):
        drafts = [draft(row, seed=10 * row + take) for row in range(3) for take in range(20)]
        decode(load_engine(tmp_path, N_IDS, name), drafts)
        written.append(ids_of(drafts))
    assert written[0] == written[1]


def test_guides_say_what_may_follow_while_the_network_reads(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Semaphore(0)

    class Asked(Counter):
        def allowed(self) -> int | np.ndarray:
            answers.release()
            return super().allowed()

    class Waiting(Counted):
        def read(self, ids: Sequence[int]) -> Prefix:
            answers.acquire()  # the first answer, before there is anything to read
            return super().read(ids)

        def step(self, ids: np.ndarray) -> np.ndarray:
            assert answers.acquire(timeout=20), "nobody asked the guide before the step was done"
            return super().step(ids)

    monkeypatch.setenv("SYMBOLIC_MUSIC_THREADS", "2")
    decode(Waiting(engine), [Draft([1, 2], Asked(4, ()), np.random.default_rng(0))])
