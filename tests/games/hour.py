"""An hour of an endless song, with a dial that is turned 200 times: `python -m tests.games.hour --minutes 60`.

The listener is simulated: a clock that begins with the first bar, and a maker on one core who rests while enough is
ready and whose work takes the processor's seconds that it takes. Other programs on the machine play no part.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field

import numpy as np

from symbolic_music.games.stream import MEMORY_SEC, Dial, StreamBar
from symbolic_music.pipeline.ahead import Ahead
from symbolic_music.pipeline.stream import PHRASE_BARS, StreamOptions, open_stream

MOODS = ("calm", "happy", "tense", "sad", "energetic", "dark")
# How often a turn asks for another mood; else for another intensity only.
_MOOD_SHARE = 0.3


@dataclass(frozen=True)
class Turn:
    """One turn of the dial: the bar that was promised for it, and when it was made and is heard, in seconds of music.

    ``next_phrase_sec`` is where the phrase after the one that is heard begins.
    """

    dial: Dial
    bar: int
    at_sec: float
    heard_sec: float
    next_phrase_sec: float


@dataclass
class Hearing:
    """What a listener heard: bars, seconds of work for each, seconds each was ready before it was due, turns."""

    bars: list[StreamBar] = field(default_factory=list)
    work_sec: list[float] = field(default_factory=list)
    early_sec: list[float] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)

    @property
    def start_sec(self) -> list[float]:
        """Where each bar begins, and where the last one ends."""
        return np.cumsum([0.0, *(bar.seconds for bar in self.bars)]).tolist()

    def late(self) -> list[int]:
        """Bars that were not ready when they were due."""
        return [bar.number for bar, early in zip(self.bars, self.early_sec, strict=True) if early < 0]

    def repeated(self) -> list[int]:
        """Bars that were heard less than two minutes before, and do not say that they return."""
        last: dict[str, float] = {}
        found = []
        for bar, start in zip(self.bars, self.start_sec, strict=False):
            before = last.get(bar.signature)
            if before is not None and start - before < MEMORY_SEC and bar.returns_to is None:
                found.append(bar.number)
            last[bar.signature] = start
        return found

    def missed(self) -> list[Turn]:
        """Turns that are not heard from the bar on that was promised, or that were heard before it."""
        return [turn for number, turn in enumerate(self.turns) if not self._is_heard(number, turn)]

    def _is_heard(self, number: int, turn: Turn) -> bool:
        """Whether a turn is heard where it was promised; one that was turned on before that was never asked for."""
        if turn.bar >= len(self.bars) or any(later.bar == turn.bar for later in self.turns[number + 1 :]):
            return True
        bar = self.bars[turn.bar]
        return turn.bar % PHRASE_BARS == 0 and Dial(bar.mood, bar.intensity) == turn.dial


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
    times = (np.arange(n_turns) + rng.random(n_turns)) * (seconds / max(1, n_turns))
    heard, now, made_sec = Hearing(), 0.0, 0.0
    waiting = times.tolist()
    while made_sec < seconds:
        # The maker rests until the next bar is due; turns come in meanwhile.
        due_sec = ahead.ready_sec(0.0) - ahead.lead_sec
        while waiting and waiting[0] <= max(now, due_sec):
            heard.turns.append(_turn(ahead, heard, max(now, waiting.pop(0)), rng))
        now = max(now, due_sec)
        began = time.process_time()
        bar = ahead.make()
        work = time.process_time() - began
        # The clock of the music begins when the first bar is there.
        now = now + work if heard.bars else 0.0
        heard.bars.append(bar)
        heard.work_sec.append(work)
        heard.early_sec.append(made_sec - now)
        made_sec += bar.seconds
    return heard


def _turn(ahead: Ahead, heard: Hearing, at_sec: float, rng: np.random.Generator) -> Turn:
    """Turn the dial once."""
    mood = str(rng.choice(MOODS)) if rng.random() < _MOOD_SHARE else ahead.stream.dial.mood
    effect = ahead.turn(mood, round(float(rng.random()), 2))
    bar_sec = heard.bars[-1].seconds if heard.bars else 1.0
    phrase_sec = PHRASE_BARS * bar_sec
    next_phrase_sec = (at_sec // phrase_sec + 1) * phrase_sec
    return Turn(ahead.stream.dial, effect.bar, at_sec, effect.bar * bar_sec, next_phrase_sec)


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
    phrases = work[: len(work) // PHRASE_BARS * PHRASE_BARS].reshape(-1, PHRASE_BARS).sum(axis=1)
    waits = [turn.heard_sec - turn.at_sec for turn in turns] or [0.0]
    at_next = sum(turn.heard_sec <= turn.next_phrase_sec + 1e-6 for turn in turns)
    returns = sum(bar.returns_to is not None for bar in heard.bars)
    music = sum(bar.seconds for bar in heard.bars)
    return "\n".join([
        f"{len(heard.bars)} bars of {bar_sec:.2f} s, {music:.0f} s of music, {work.sum():.0f} s of work: "
        f"{work.sum() / music:.1%} of a core",
        f"work for a bar: mean {work.mean():.2f} s, most {work.max():.2f} s; for a phrase of "
        f"{PHRASE_BARS * bar_sec:.1f} s: mean {phrases.mean():.2f} s, most {phrases.max():.2f} s",
        f"late: {len(heard.late())}; the least that a bar was early: {min(heard.early_sec[1:], default=0.0):.2f} s",
        f"repeated within {MEMORY_SEC:.0f} s and no return: {len(heard.repeated())}; planned returns: {returns}",
        f"turns: {len(turns)}; not heard where promised: {len(heard.missed())}; heard at the very next phrase: "
        f"{at_next}, else at the one after (it was made already)",
        f"seconds from turn to hearing: mean {np.mean(waits):.1f}, most {max(waits):.1f}",
    ])  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
