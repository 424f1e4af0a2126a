"""How a progression could go on: continuations from the expected to the surprising, by the phrase model.

Many are drawn, at the model's own temperature and hotter; each is told by its surprise, the bits that the model needs
for it (at temperature 1, by the chord). Of those that differ, as many as asked for are taken, spread from the most
expected to the most surprising.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from symbolic_music.errors import InputError
from symbolic_music.filling.fill import load_phrase_model
from symbolic_music.model.decoding import Draft, decode
from symbolic_music.model.engine import Engine
from symbolic_music.model.sampling import SamplingOptions
from symbolic_music.song.chance import phrase_rng
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.key import Key
from symbolic_music.theory.meter import Meter
from symbolic_music.tokens.codec import decode_target, encode_prefix
from symbolic_music.tokens.grammar import Grammar, Limits
from symbolic_music.tokens.phrase import ANY, ChordRow, Conditions, Note, PhraseJob, PhraseMusic

TEMPERATURES = (1.0, 1.0, 1.3, 1.7)
DRAWS_EACH, MOST_IDEAS = 24, 64
# An idea that takes more bits a chord than this is noise rather than a surprise.
MOST_BITS = 12.0


@dataclass(frozen=True)
class ChordIdea:
    """A continuation: its chords by bar, and the bits a chord that it surprises the model by."""

    bars: tuple[tuple[Chord, ...], ...]
    bits: float

    @property
    def chords(self) -> tuple[Chord, ...]:
        """All its chords in order."""
        return tuple(chord for bar in self.bars for chord in bar)


def find_chord_ideas(
    before: PhraseMusic | None,
    key: Key,
    meter: Meter,
    n_bars: int,
    n_ideas: int,
    seed: int = 0,
    tune: Sequence[Note] = (),
    per_bar: int = 1,
    engine: Engine | None = None,
) -> list[ChordIdea]:
    """Find continuations of a progression.

    Parameters
    ----------
    before : PhraseMusic or None
        The chords so far, relative to C major or A minor.
    key : Key
        In which they are heard and given back.
    meter : Meter
        The bars'.
    n_bars : int
        How long a continuation is, 1 to 8 bars.
    n_ideas : int
        How many are wanted, 1 to `MOST_IDEAS`; there are fewer only where the model knows no more.
    seed : int, optional
        Of all chance.
    tune : sequence of Note, optional
        What they must carry; ticks from their first bar line, relative to C major or A minor.
    per_bar : int, optional
        1, or 2 where chords may change at the half bar.
    engine : Engine, optional
        The phrase model.

    Returns
    -------
    list of ChordIdea
        By surprise, the most expected first; no two alike.

    Raises
    ------
    InputError
        If a number is out of range.
    """
    if not 1 <= n_bars <= 8:
        raise InputError(f"bars of an idea: {n_bars} is out of range; use 1 to 8")
    if not 1 <= n_ideas <= MOST_IDEAS:
        raise InputError(f"ideas: {n_ideas} is out of range; use 1 to {MOST_IDEAS}")
    conditions = Conditions(
        "chords", key.mode, str(meter), n_bars, source="pop", beside="melody" if tune else ANY,
    )  # fmt: skip
    job = PhraseJob(conditions, meter.bar_ticks, before, beside=tuple(tune))
    limits = Limits(chord_change_tick=meter.bar_ticks // per_bar)
    drafts = [
        Draft(
            encode_prefix(job), Grammar(job, limits), phrase_rng(seed, "chord ideas", number, take),
            replace(SamplingOptions(), temperature=temperature, top_p=1.0),
        )
        for number, temperature in enumerate(TEMPERATURES)
        for take in range(max(DRAWS_EACH, n_ideas * 2))
    ]  # fmt: skip
    decode(engine or load_phrase_model(), drafts)
    last = before.chords[-1][1:] if before is not None and before.chords else None
    found: dict[tuple[ChordRow, ...], float] = {}
    for draft in drafts:
        if draft.guide.done:
            rows = decode_target(job, draft.guide.ids).chords
            if rows and not all(row[1:] == last for row in rows):
                bits = -draft.log_share / math.log(2) / len(rows)
                found[rows] = min(bits, found.get(rows, math.inf))
    ranked = sorted(((bits, rows) for rows, bits in found.items() if bits <= MOST_BITS), key=lambda idea: idea[0])
    return [ChordIdea(_by_bar(rows, n_bars, meter, key), bits) for bits, rows in _spread(ranked, n_ideas)]


def _spread(
    ranked: Sequence[tuple[float, tuple[ChordRow, ...]]], n_ideas: int
) -> list[tuple[float, tuple[ChordRow, ...]]]:
    """Take ideas at equal steps of rank; one that begins like others gives way to one that does not, where it can."""
    if len(ranked) <= n_ideas:
        return list(ranked)
    chosen: dict[int, tuple[float, tuple[ChordRow, ...]]] = {}
    begun: dict[object, int] = {}
    for place in np.linspace(0, len(ranked) - 1, n_ideas).round().astype(int).tolist():
        near = [n for n in sorted(range(len(ranked)), key=lambda n: (abs(n - place), n)) if n not in chosen]
        reach = max(1, len(ranked) // n_ideas)
        close = [n for n in near if abs(n - place) <= reach] or near[:1]
        best = min(close, key=lambda n: (begun.get(ranked[n][1][0][1:], 0), abs(n - place)))
        chosen[best] = ranked[best]
        begun[ranked[best][1][0][1:]] = begun.get(ranked[best][1][0][1:], 0) + 1
    return [chosen[n] for n in sorted(chosen)]


def _by_bar(rows: Sequence[ChordRow], n_bars: int, meter: Meter, key: Key) -> tuple[tuple[Chord, ...], ...]:
    """Rows as the chords of each bar, in the key; a bar through which a chord holds has that chord."""
    music = PhraseMusic(n_bars, meter.bar_ticks, tuple(rows))
    return tuple(
        tuple(Chord(*row[1:]).transpose(key.tonic_shift) for row in music.chords_of_bar(bar)) for bar in range(n_bars)
    )
