"""An hour of an endless song, with a dial that is turned 200 times: `python -m tests.games.hour --minutes 60`.

The listener is simulated: a clock that begins with the first bar, and a maker on one core who rests while enough is
ready and whose work takes the processor's seconds that it takes. Other programs on the machine play no part.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from dataclasses import dataclass, field

import numpy as np

from symbolic_music.games.bars import Dial, Effect, StreamBar
from symbolic_music.games.stream import MEMORY_SEC
from symbolic_music.pipeline.ahead import Ahead
from symbolic_music.pipeline.stream import PHRASE_BARS, StreamOptions, open_stream

MOODS = ("calm", "happy", "tense", "sad", "energetic", "dark")
# How often a turn asks for another mood; else for another intensity only.
_MOOD_SHARE = 0.3


@dataclass(frozen=True)
class Turn:
    """One turn of the dial, in seconds of music: when it was asked for, and what was promised for it.

    ``is_mood`` says whether it asked for another mood.
    """

    dial: Dial
    is_mood: bool
    at_sec: float
    effect: Effect


@dataclass
class Hearing:
    """What a listener heard: the last version of each bar, seconds of work, seconds each was early, turns.

    ``held_sec`` is how much music the listener had whenever a bar came; ``n_taken_back`` are the bars that were given
    and then given again.
    """

    bars: list[StreamBar] = field(default_factory=list)
    work_sec: list[float] = field(default_factory=list)
    early_sec: list[float] = field(default_factory=list)
    held_sec: list[float] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    n_taken_back: int = 0

    def take(self, bar: StreamBar, now: float) -> None:
        """Take a bar in the place of those that have its number or a later one."""
        if self.bars:
            self.held_sec.append(starts_sec(self.bars[-1]) + self.bars[-1].seconds - now)
        self.n_taken_back += len(self.bars) - bar.number
        del self.bars[bar.number :], self.early_sec[bar.number :]
        self.bars.append(bar)
        self.early_sec.append(starts_sec(bar) - now)

    def late(self) -> list[int]:
        """Bars that were not ready when they were due."""
        return [bar.number for bar, early in zip(self.bars, self.early_sec, strict=True) if early < 0]

    def repeated(self) -> list[int]:
        """Bars that were heard less than two minutes before, and do not say that they return."""
        last: dict[str, float] = {}
        found = []
        for bar in self.bars:
            start, before = starts_sec(bar), last.get(bar.signature)
            if before is not None and start - before < MEMORY_SEC and bar.returns_to is None:
                found.append(bar.number)
            last[bar.signature] = start
        return found

    def missed(self) -> list[Turn]:
        """Turns that are not heard from the bar on that was promised, nor in full where that was promised."""
        return [turn for number, turn in enumerate(self.turns) if not self._is_kept(number, turn)]

    def not_next(self) -> list[Turn]:
        """Turns that are heard later than from the first bar of the phrase that is next when they are asked for."""
        return [turn for turn in self.turns if turn.effect.quarter > self._next_quarter(turn) + 1e-6]

    def _next_quarter(self, turn: Turn) -> float:
        """Where the next phrase begins."""
        phrase = PHRASE_BARS * self.bars[0].n_quarters
        return math.ceil(turn.at_sec * self.bars[0].tempo_qpm / 60 / phrase) * phrase

    def _is_kept(self, number: int, turn: Turn) -> bool:
        """Whether a turn is heard as promised; one that was turned on before that was never asked for."""
        until = min((later.effect.bar for later in self.turns[number + 1 :]), default=len(self.bars))
        heard = self.bars[turn.effect.bar : until]
        full = self.bars[turn.effect.full_bar : until]
        return all(Dial(bar.mood, bar.intensity) == turn.dial for bar in heard) and not any(
            bar.is_reaction for bar in full
        )


def starts_sec(bar: StreamBar) -> float:
    """Say when a bar begins, in seconds of music."""
    return bar.quarter * 60 / bar.tempo_qpm


def listen(ahead: Ahead, seconds: float, n_turns: int, seed: int) -> Hearing:
    """Hear a stream with a dial that is turned at times drawn by chance.

    Parameters
    ----------
    ahead : Ahead
        A stream that was not heard yet; its clock should be that of the processor.
    seconds : float
        Of music, to the end of a bar.
    n_turns : int
        Spread over that time: one in each part of it.
    seed : int
        Of the turns.
    """
    rng = np.random.default_rng(seed)
    waiting = ((np.arange(n_turns) + rng.random(n_turns)) * (seconds / max(1, n_turns))).tolist()
    heard, now = Hearing(), 0.0
    while waiting or not heard.bars or starts_sec(heard.bars[-1]) < seconds:
        # The maker rests until the next bar is due; turns come in meanwhile, or wait for its work's end.
        due_sec = ahead.ready_sec(0.0) - ahead.lead_sec
        if waiting and heard.bars and waiting[0] <= max(now, due_sec):
            now = max(now, waiting[0])
            began = time.process_time()
            heard.turns.append(_turn(ahead, waiting.pop(0), now, rng))
            now += time.process_time() - began
            continue
        now = max(now, due_sec)
        began = time.process_time()
        bar = ahead.make()
        work = time.process_time() - began
        # The clock of the music begins when the first bar is there.
        now = now + work if heard.bars else 0.0
        heard.take(bar, now)
        heard.work_sec.append(work)
    return heard


def _turn(ahead: Ahead, asked_sec: float, now: float, rng: np.random.Generator) -> Turn:
    """Turn the dial once."""
    before = ahead.stream.dial.mood
    mood = str(rng.choice(MOODS)) if rng.random() < _MOOD_SHARE else before
    effect = ahead.turn(mood, round(float(rng.random()), 2), now)
    return Turn(ahead.stream.dial, mood != before, asked_sec, effect)


def main() -> int:
    """Listen and print what was heard; the exit code says whether anything was late, repeated or missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.games.hour", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--turns", type=int, help="of the dial; 200 an hour if left out")
    parser.add_argument("--style", default="ambient")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    n_turns = round(options.minutes * 200 / 60) if options.turns is None else options.turns
    ahead = Ahead(open_stream(StreamOptions(style=options.style, seed=options.seed)), clock=time.process_time)
    heard = listen(ahead, options.minutes * 60, n_turns, options.seed)
    print(report(heard))
    return int(bool(heard.late() or heard.repeated() or heard.missed()))


def report(heard: Hearing) -> str:
    """Say in lines what was heard."""
    work, bar_sec, turns = np.array(heard.work_sec), heard.bars[0].seconds, heard.turns
    waits = [turn.effect.quarter * 60 / heard.bars[0].tempo_qpm - turn.at_sec for turn in turns] or [0.0]
    reactions = [turn for turn in turns if turn.effect.full_bar > turn.effect.bar]
    returns = sum(bar.returns_to is not None for bar in heard.bars)
    music, made = sum(bar.seconds for bar in heard.bars), work[1:][work[1:] > 0.02]
    return "\n".join([
        f"{len(heard.bars)} bars of {bar_sec:.2f} s, {music:.0f} s of music, {work.sum():.0f} s of work: "
        f"{work.sum() / music:.1%} of a core; {heard.n_taken_back} bars were taken back",
        f"a phrase of {PHRASE_BARS * bar_sec:.1f} s took {made.mean():.2f} s, most {made.max():.2f} s",
        f"late: {len(heard.late())}; the least that a bar was early: {min(heard.early_sec[1:], default=0.0):.2f} s; "
        f"the least that was ready: {min(heard.held_sec, default=0.0):.2f} s",
        f"repeated within {MEMORY_SEC:.0f} s and no return: {len(heard.repeated())}; planned returns: {returns}",
        f"turns: {len(turns)}, {sum(turn.is_mood for turn in turns)} of the mood; not heard as promised: "
        f"{len(heard.missed())}; not from the very next phrase on: {[round(t.at_sec, 2) for t in heard.not_next()]}",
        f"too late to be written, so the band reacted first: {len(reactions)}, "
        f"{sum(turn.is_mood for turn in reactions)} of the mood",
        f"seconds from turn to hearing: mean {np.mean(waits):.1f}, most {max(waits):.1f}",
    ])  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
