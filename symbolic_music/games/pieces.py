"""All the pieces of music that a game export is made of, as scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from symbolic_music.games.cutting import TPQ_GAME, cut_score, join_scores, list_bars, steady_end
from symbolic_music.games.layers import LAYERS, make_layer
from symbolic_music.games.options import GameOptions
from symbolic_music.games.sections import GameSection, choose_loop, list_sections
from symbolic_music.games.stingers import STINGERS, make_stinger
from symbolic_music.games.transitions import Transition, make_transitions
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.resampling import resample
from symbolic_music.song.score import Marker, Score

ENTRY, EXIT = "Entry", "Exit"


@dataclass(frozen=True, eq=False)
class Piece:
    """One piece: its file's name without ending, its music, the loop's first tick if it loops.

    ``markers`` stand in its MIDI file beside those of the score.
    """

    name: str
    score: Score
    loop_start: int | None = None
    markers: tuple[Marker, ...] = ()


@dataclass(frozen=True, eq=False)
class GameMusic:
    """Everything as scores of 480 ticks a quarter.

    ``intro`` is ``None`` if the loop begins with the song. ``first`` and ``last`` are the
    loop's first and last section in ``sections``.
    """

    title: str
    score: Score
    sections: tuple[GameSection, ...]
    first: int
    last: int
    intro: Score | None
    loop: Score
    layers: dict[str, Score]
    stingers: dict[str, Score]
    transitions: tuple[Transition, ...]

    @property
    def loop_start_tick(self) -> int:
        """Where the loop begins in the file of introduction and loop."""
        return 0 if self.intro is None else self.intro.end_tick

    @property
    def whole(self) -> Score:
        """Introduction and loop as one score."""
        return self.loop if self.intro is None else join_scores([self.intro, self.loop], self.title)

    def section_score(self, section: GameSection) -> Score:
        """One section alone."""
        return cut_score(self.score, section.start_tick, section.end_tick, f"{self.title}: {section.name}")

    def list_pieces(self) -> Iterator[Piece]:
        """List all pieces, the largest first."""
        yield Piece("music", self.whole, self.loop_start_tick)
        if self.intro is not None:
            yield Piece("intro", self.intro)
        yield Piece("loop", self.loop, 0)
        for name, score in self.layers.items():
            yield Piece(f"layers/{name}", score, 0)
        for section in self.sections:
            score = self.section_score(section)
            lines = [0] + [bar.end_tick for bar in list_bars(score)]
            exits = tuple(Marker(lines[bar], EXIT) for bar in section.phrase_bars)
            yield Piece(f"sections/{section.slug}", score, None, (Marker(0, ENTRY), *exits))
        for name, score in self.stingers.items():
            yield Piece(f"stingers/{name}", score)
        for transition in self.transitions:
            yield Piece(f"transitions/{transition.slug}", transition.score)


def make_pieces(score: Score, plan: SongPlan | None, options: GameOptions) -> GameMusic:
    """Cut, arrange and write all pieces of a song.

    Raises
    ------
    InputError
        If the loop asked for is not possible.
    """
    score = steady_end(resample(score, TPQ_GAME))
    sections = list_sections(score, plan)
    first, last = choose_loop(sections, options.loop_from, options.loop_to)
    start, end = sections[first].start_tick, sections[last].end_tick
    loop = cut_score(score, start, end, f"{score.title}: loop")
    intro = cut_score(score, 0, start, f"{score.title}: intro") if start > 0 else None
    return GameMusic(
        score.title, score, sections, first, last, intro, loop,
        layers={name: make_layer(loop, name) for name in LAYERS},
        stingers={name: make_stinger(loop, name, sections[first].key) for name in STINGERS},
        transitions=make_transitions(score, sections, options.transition_bars),
    )  # fmt: skip
