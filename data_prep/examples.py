"""Songs to training examples: one phrase of one part each, as token ids with a loss mask.

``python -m data_prep.examples --songs shards/songs.jsonl --out shards/phrases.npz``
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from symbolic_music.theory.key import Key, parse_key
from symbolic_music.theory.meter import TPQ, parse_meter
from symbolic_music.tokens.codec import encode_prefix, encode_target
from symbolic_music.tokens.describe import describe_cadence, describe_density, describe_register, describe_tempo
from symbolic_music.tokens.phrase import Conditions, PhraseJob, PhraseMusic
from symbolic_music.tokens.vocabulary import HIGHEST_PITCH, LOWEST_PITCH, nearest_duration

MAX_TOKENS = 512
CONTEXT_BARS = 4
SOURCE_WORDS = {"pop909": "pop", "nottingham": "folk", "openewld": "standard"}
# Singers take one melody at many tempi: the tempo word is drawn around the song's.
TEMPO_JITTER = (0.65, 1.1)


@dataclass(frozen=True)
class Example:
    """Token ids and whether each counts in the loss."""

    ids: list[int]
    mask: list[bool]
    song: str
    part: str
    source: str
    split: str


@dataclass(frozen=True)
class Span:
    """A phrase cut out of a song, transposed to C major / A minor."""

    letter: str
    start_bar: int
    n_bars: int
    section: str
    key: Key


def examples_of(song: dict, rng: np.random.Generator) -> Iterator[Example]:
    """Make every job's examples of one song."""
    spans = [piece for row in song["phrases"] for piece in _pieces(row)]
    first: dict[tuple[str, int], Span] = {}
    for index, span in enumerate(spans):
        before = spans[index - 1] if index else None
        original = first.setdefault((span.letter, span.n_bars), span)
        for part in ("chords", "melody", "piano"):
            example = _example(song, span, before, None if original is span else original, part, rng)
            if example is not None:
                yield example


def _pieces(row: list) -> Iterator[Span]:
    """Cut phrases longer than 16 bars into eights, and give 16-bar phrases as halves too."""
    letter, start, n_bars, _, section, key = row
    step = n_bars if n_bars <= 16 else 8
    for at in range(0, n_bars, step):
        length = min(step, n_bars - at)
        yield Span(f"{letter}{at}" if at else letter, start + at, length, section, parse_key(key))
    if 12 <= n_bars <= 16:
        for at in (0, 8):
            yield Span(f"{letter}.{at}", start + at, min(8, n_bars - at), section, parse_key(key))


def cut(song: dict, span: Span, part: str) -> PhraseMusic:
    """Cut a span out of a song, relative to its start and tonic; notes end by its last bar line."""
    bar = parse_meter(song["meter"]).bar_ticks
    start, end = span.start_bar * bar, (span.start_bar + span.n_bars) * bar
    shift = span.key.tonic_shift
    before = [c for c in song["chords"] if c[0] <= start][-1:]
    inside = [c for c in song["chords"] if start < c[0] < end]
    chords = tuple((max(c[0] - start, 0), (c[1] - shift) % 12, c[2], (c[3] - shift) % 12) for c in [*before, *inside])
    rows = song["piano"] if part == "piano" else song["melody"]
    notes = tuple(
        (on - start, nearest_duration(min(length, end - on)), pitch - shift)
        for on, length, pitch in rows
        if start <= on < end and LOWEST_PITCH <= pitch - shift <= HIGHEST_PITCH
    )
    return PhraseMusic(span.n_bars, bar, _on_grid(chords), notes)


def _on_grid(chords: tuple) -> tuple:
    """Put chord changes on beats (the nearest quarter); of two on one beat the later stays."""
    by_tick = {round(c[0] / 6) * 6: c for c in chords}
    rows: list = []
    for tick, chord in sorted(by_tick.items()):
        if not rows or rows[-1][1:] != chord[1:]:
            rows.append((tick, *chord[1:]))
    return tuple(rows)


def _example(
    song: dict, span: Span, before: Span | None, original: Span | None, part: str, rng: np.random.Generator
) -> Example | None:
    """Make one example, or none where the part is silent or the repeat is exact."""
    if part == "piano" and not song.get("piano"):
        return None
    music = cut(song, span, part)
    if not music.chords or (part != "chords" and len(music.notes) < music.n_bars / 2):
        return None
    source = cut(song, original, part) if original is not None else None
    if source is not None and (_same(source, music, part) or rng.random() < 0.15):
        if _same(source, music, part):
            return None
        source = None
    context = None
    if source is None and before is not None and before.start_bar + before.n_bars == span.start_bar:
        tail = min(before.n_bars, CONTEXT_BARS if part != "piano" else 2)
        last = replace(before, start_bar=span.start_bar - tail, n_bars=tail, key=span.key)
        context = cut(song, last, part) if rng.random() < 0.85 else None
        context = context if context is not None and (context.chords or part == "chords") else None
    conditions = _conditions(song, span, music, part, "new" if source is None else "variation", rng)
    job = PhraseJob(conditions, music.bar_ticks, context, source, music.chords)
    prefix = encode_prefix(job)
    target, mask = encode_target(job, music)
    if len(prefix) + len(target) > MAX_TOKENS:
        return None
    return Example(prefix + target, [False] * len(prefix) + mask, song["id"], part, song["source"], song["split"])


def _same(a: PhraseMusic, b: PhraseMusic, part: str) -> bool:
    """Whether two phrases hold the same music of a part."""
    return a.chords == b.chords if part == "chords" else a.notes == b.notes and a.chords == b.chords


def _conditions(
    song: dict, span: Span, music: PhraseMusic, part: str, relation: str, rng: np.random.Generator
) -> Conditions:
    """Describe a phrase as a plan would ask for it."""
    middle = (span.start_bar + span.n_bars / 2) / song["n_bars"]
    tempo = song["tempo_qpm"] * rng.uniform(*TEMPO_JITTER)
    has_notes = part != "chords"
    return Conditions(
        part=part,
        mode=span.key.mode,
        meter=song["meter"],
        n_bars=span.n_bars,
        relation=relation,
        source=SOURCE_WORDS[song["source"]],
        tempo=describe_tempo(tempo) if tempo else "any",
        section=span.section,
        place="first" if middle < 0.15 else "early" if middle < 0.5 else "late" if middle < 0.9 else "last",
        density=describe_density(len(music.notes), music.n_bars * music.bar_ticks / TPQ, part) if has_notes else "any",
        register=describe_register(music.notes) if part == "melody" else "any",
        cadence=describe_cadence(music.chords, span.key.mode),
    )


def write_shard(examples: list[Example], path: Path) -> None:
    """Write examples as flat arrays: ids, mask, lengths, and per-example columns."""
    np.savez_compressed(
        path,
        ids=np.concatenate([np.array(e.ids, dtype=np.uint16) for e in examples]),
        mask=np.concatenate([np.array(e.mask, dtype=bool) for e in examples]),
        lengths=np.array([len(e.ids) for e in examples], dtype=np.int32),
        is_validation=np.array([e.split == "validation" for e in examples]),
        part=np.array([e.part for e in examples]),
        source=np.array([e.source for e in examples]),
        song=np.array([e.song for e in examples]),
    )


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--songs", type=Path, default=Path("shards/songs.jsonl"))
    parser.add_argument("--out", type=Path, default=Path("shards/phrases.npz"))
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    songs = [json.loads(line) for line in arguments.songs.read_text().splitlines()]
    examples = [example for song in songs for example in examples_of(song, rng)]
    write_shard(examples, arguments.out)
    for part in ("chords", "melody", "piano"):
        own = [e for e in examples if e.part == part]
        n_tokens, n_targets = sum(len(e.ids) for e in own), sum(sum(e.mask) for e in own)
        print(f"{part}: {len(own)} examples, {n_tokens} tokens, {n_targets} targets")


if __name__ == "__main__":
    main()
