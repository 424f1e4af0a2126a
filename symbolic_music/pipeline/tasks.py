"""One operation of an edit at work, and what it made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symbolic_music.pipeline.excerpts import Playing, play_again
from symbolic_music.pipeline.guarding import Guard, guard_for
from symbolic_music.song.edit import Lock, Operation
from symbolic_music.song.material import Material, with_maps
from symbolic_music.song.places import Span


@dataclass(frozen=True, eq=False)
class Task:
    """One operation at work: on what, where, by what chance, and what locks leave free."""

    song: Material
    operation: Operation
    spans: tuple[Span, ...]
    playing: Playing
    locks: tuple[Lock, ...]
    guards: tuple[Guard, ...]
    name: str


@dataclass(frozen=True, eq=False)
class Done:
    """What an operation made: the song, its locks (their sections may be called otherwise now), and what was done."""

    song: Material
    locks: tuple[Lock, ...]
    told: tuple[str, ...] = ()


def played_again(task: Task, song: Material, spans: Sequence[Span], told: Sequence[str] = ()) -> Done:
    """Play spans again by everybody whom locks leave free."""
    guards = [guard_for(song.plan, song.score, task.locks, span, task.operation) for span in spans]
    for span, guard in zip(spans, guards, strict=True):
        song = play_again(song, span, task.playing, guard.lets)
    return Done(with_maps(song), task.locks, tuple(told))
