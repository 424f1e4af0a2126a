"""Fill phrases in one batch: candidates are sampled under the grammar, the critic picks one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

import numpy as np

from symbolic_music.errors import ConstraintError
from symbolic_music.filling.critics import critic_for, melody_log_odds
from symbolic_music.model.chosen import PACKAGE_WEIGHTS as WEIGHTS
from symbolic_music.model.chosen import read_record, weights_folder
from symbolic_music.model.decoding import MOST_ROWS, Batch, Draft
from symbolic_music.model.engine import Engine, load_engine
from symbolic_music.model.sampling import SamplingOptions
from symbolic_music.song.chance import phrase_rng
from symbolic_music.tokens.codec import decode_target, encode_prefix
from symbolic_music.tokens.grammar import Limits
from symbolic_music.tokens.kept import grammar_for
from symbolic_music.tokens.phrase import PhraseJob, PhraseMusic
from symbolic_music.tokens.vocabulary import TOKENS

# No score of a progression is higher, and of equals the first is taken: once it is reached among the first few, the
# others need not be drawn to choose as if they had been.
PERFECT, FEW = 1.0, 3
# A phrase of which no candidate came to its end is drawn again so often, by other chance.
MOST_ATTEMPTS, AGAIN = 2, "/again"
_LOADING = Lock()
Key = TypeVar("Key", bound=Hashable)
# Parts that are written in the manner of tuned weights; the band has its styles.
_TUNED_PARTS = ("chords", "melody", "line")


@dataclass(frozen=True)
class PhraseTask:
    """A job, what the plan fixes about its notes, and the name its chance is derived from.

    ``most_candidates`` is for music of which few are enough.
    """

    name: str
    job: PhraseJob
    limits: Limits = field(default_factory=Limits)
    most_candidates: int | None = None


@dataclass(frozen=True)
class FillOptions:
    """How candidates are drawn and chosen."""

    n_candidates: int = 8
    sampling: SamplingOptions = field(default_factory=SamplingOptions)
    # How much a candidate's mean log likelihood (nats a token) weighs beside the musical score (0 to 1). Any weight
    # favours the most usual notes: 0.3 doubled the distance of durations from people's (decision 0004).
    likelihood_weight: float = 0.0
    # How much the musical measures (0 to 1) weigh beside the learned critic's log odds: at 7 tunes are nearer to
    # people's than at 4 (two-sample AUC .677 and .693 on 28 songs).
    quality_weight: float = 7.0
    # The phrase model's folder; the weights that are chosen if left out.
    weights: Path | None = None
    # Told every task with the candidates that were chosen from: what choosing prefers is learnt from (``training``).
    on_choice: Callable[[PhraseTask, Sequence[PhraseMusic]], None] | None = None


# Called with a job and what a candidate made of it.
Witness = Callable[[PhraseJob, PhraseMusic], None]
_witness: ContextVar[Witness | None] = ContextVar("witness", default=None)


def load_phrase_model(folder: Path | None = None) -> Engine:
    """Read the phrase model once, whichever thread asks first.

    By default it is that of the weights that are chosen (`model.chosen`), else the package's.

    Raises
    ------
    CheckpointError
        If the weights are missing, broken or made for another vocabulary.
    """
    with _LOADING:
        return _load(folder or weights_folder())


@cache
def _load(folder: Path) -> Engine:
    """Read weights."""
    return load_engine(folder, len(TOKENS))


@contextmanager
def witnessed(witness: Witness) -> Iterator[None]:
    """Tell somebody of every candidate that comes to its end inside.

    Parameters
    ----------
    witness : callable
        Told (job, music).
    """
    token = _witness.set(witness)
    try:
        yield
    finally:
        _witness.reset(token)


def fill_phrases(
    tasks: Sequence[PhraseTask],
    seed: int,
    options: FillOptions | None = None,
    engine: Engine | None = None,
) -> list[PhraseMusic]:
    """Fill all tasks in one batch.

    Raises
    ------
    ConstraintError
        If a phrase did not end within the allowed number of steps, at any attempt.
    """
    filler = Filler[int](seed, options or FillOptions(), engine)
    for number, task in enumerate(tasks):
        filler.add(number, task)
    done: dict[int, PhraseMusic] = {}
    while filler.is_busy:
        done |= filler.advance()
    return [done[number] for number in range(len(tasks))]


@dataclass(frozen=True)
class _Candidate:
    """What became of a draft, its score, and its log odds where the learned critic knows such music."""

    music: PhraseMusic
    score: float
    odds: float | None


@dataclass
class _Order(Generic[Key]):
    """A task at work: whose it is, its candidates, and how many of them are still being written."""

    key: Key
    task: PhraseTask
    drafts: list[Draft] = field(default_factory=list)
    n_open: int = 0
    judged: dict[Draft, _Candidate] = field(default_factory=dict)

    def judge(self, draft: Draft, options: FillOptions) -> None:
        """Judge a candidate that has come to its end, once; where there is no other, there is nothing to judge."""
        if not draft.guide.done or draft in self.judged:
            return
        job = self.task.job
        music = decode_target(job, draft.guide.ids)
        if len(self.drafts) == 1:
            self.judged[draft] = _Candidate(music, 0.0, None)
        else:
            score = critic_for(job)(music) + options.likelihood_weight * draft.likelihood
            self.judged[draft] = _Candidate(music, score, melody_log_odds(music, job))

    def candidates(self, options: FillOptions) -> list[_Candidate]:
        """All candidates that came to their end, in the order in which they were drawn."""
        for draft in self.drafts:
            self.judge(draft, options)
        return [self.judged[draft] for draft in self.drafts if draft in self.judged]


class Filler(Generic[Key]):
    """Tasks being filled in one running batch; a task is done as soon as its candidates are.

    Tasks may be added at any time, so that a phrase which waited for another begins while third ones are still being
    written. What a task gives does not depend on the others.

    Parameters
    ----------
    seed : int
        The song's.
    options : FillOptions
        How candidates are drawn and chosen.
    engine : Engine, optional
        The phrase model; the package's own, read with the first task, if left out.
    n_rows : int
        Candidates at work at a time, at most.
    """

    def __init__(self, seed: int, options: FillOptions, engine: Engine | None = None, n_rows: int = MOST_ROWS) -> None:
        self._seed, self._options, self._engine, self._n_rows = seed, options, engine, n_rows
        self._batch: Batch | None = None
        self._orders: dict[Draft, _Order[Key]] = {}

    @property
    def is_busy(self) -> bool:
        """Whether any task is not done."""
        return bool(self._orders)

    def add(self, key: Key, task: PhraseTask) -> None:
        """Take a task; ``advance`` gives its music under the key."""
        task = _in_own_manner(task, self._options.weights or weights_folder())
        most = self._most(task)
        self._draw(_Order(key, task), min(FEW, most) if _may_be_perfect(task.job, self._options) else most)

    def _most(self, task: PhraseTask) -> int:
        """How many candidates a task may have."""
        return min(task.most_candidates or self._options.n_candidates, self._options.n_candidates)

    def _draw(self, order: _Order[Key], n_drafts: int) -> None:
        """Draw a task's next candidates."""
        takes = range(len(order.drafts), len(order.drafts) + n_drafts)
        drafts = [_draft(order.task, take, self._seed, self._options) for take in takes]
        order.drafts += drafts
        order.n_open += len(drafts)
        self._orders |= dict.fromkeys(drafts, order)
        if self._batch is None:
            self._batch = Batch(self._engine or load_phrase_model(self._options.weights), self._n_rows)
        self._batch.add(drafts)

    def advance(self) -> dict[Key, PhraseMusic]:
        """Go on until a task is done, or several at once; returns their music.

        Raises
        ------
        ConstraintError
            If a phrase did not end within the allowed number of steps, at any attempt.
        """
        done: dict[Key, PhraseMusic] = {}
        while self._batch is not None and self.is_busy and not done:
            for draft in self._batch.advance():
                order = self._orders.pop(draft)
                order.n_open -= 1
                if order.n_open:
                    self._batch.do_meanwhile(partial(order.judge, draft, self._options))
                else:
                    done |= self._finish(order)
        return done

    def _finish(self, order: _Order[Key]) -> dict[Key, PhraseMusic]:
        """Choose among a task's candidates; draw more if that may change the choice or none came to its end."""
        task, most = order.task, self._options.sampling.max_steps
        candidates = order.candidates(self._options)
        n_left = self._most(task) - len(order.drafts)
        if n_left and not any(candidate.score >= PERFECT for candidate in candidates):
            self._draw(order, n_left)
            return {}
        made = [candidate.music for candidate in candidates]
        _bear_witness(task.job, made)
        if candidates:
            if self._options.on_choice is not None:
                self._options.on_choice(task, made)
            return {order.key: _choose(task, candidates, self._seed, self._options)}
        if task.name.count(AGAIN) >= MOST_ATTEMPTS:
            name = task.name.replace(AGAIN, "")
            raise ConstraintError(f"phrase {name!r}: no candidate ended within {most} tokens")
        self.add(order.key, replace(task, name=f"{task.name}{AGAIN}"))
        return {}


def _in_own_manner(task: PhraseTask, weights: Path) -> PhraseTask:
    """Ask for the manner that weights were tuned on, where they were."""
    conditions = task.job.conditions
    if conditions.part not in _TUNED_PARTS:
        return task
    source = _own_source(weights)
    if source in ("", conditions.source):
        return task
    return replace(task, job=replace(task.job, conditions=replace(conditions, source=source)))


@cache
def _own_source(folder: Path) -> str:
    """The source word under which weights were tuned; empty for the package's."""
    return "" if folder == WEIGHTS else str(read_record(folder).get("source", ""))


def _bear_witness(job: PhraseJob, candidates: Sequence[PhraseMusic]) -> None:
    """Tell who listens what was written."""
    witness = _witness.get()
    if witness is not None:
        for music in candidates:
            witness(job, music)


def _draft(task: PhraseTask, take: int, seed: int, options: FillOptions) -> Draft:
    """One candidate to be written."""
    left_open = encode_prefix(_without_style(task.job)) if options.sampling.guidance else None
    rng = phrase_rng(seed, task.name, task.job.conditions.part, take)
    return Draft(encode_prefix(task.job), grammar_for(task.job, task.limits), rng, options.sampling, left_open)


def _may_be_perfect(job: PhraseJob, options: FillOptions) -> bool:
    """Whether the choice is by a score that has a highest value which candidates often reach."""
    return job.conditions.part == "chords" and not options.likelihood_weight


def _without_style(job: PhraseJob) -> PhraseJob:
    """The same job with the style left open: what guidance moves away from."""
    return replace(job, conditions=replace(job.conditions, style="any"))


def _choose(task: PhraseTask, candidates: Sequence[_Candidate], seed: int, options: FillOptions) -> PhraseMusic:
    """Pick a candidate: the best by musical measures, or one drawn by the learned critic's odds where it can judge."""
    if len(candidates) == 1:
        return candidates[0].music
    scores = np.array([candidate.score for candidate in candidates])
    known = [candidate.odds for candidate in candidates if candidate.odds is not None]
    if len(known) == len(candidates):
        weights = np.exp(np.array(known) + options.quality_weight * scores)
        rng = phrase_rng(seed, task.name, task.job.conditions.part, "choice")
        return candidates[int(rng.choice(len(candidates), p=weights / weights.sum()))].music
    return candidates[int(np.argmax(scores))].music
