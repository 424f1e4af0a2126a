"""Drummers' recordings to training examples of the band's drums.

``python -m data_prep.groove_examples --dataset dataset --songs shards/songs.jsonl --out shards/groove.npz``

Every take of the Groove MIDI Dataset that is a beat of ``MIN_BARS`` or more (single fills are too short
to be phrases) is cut into phrases of eight and of four bars, what is left over at its end into one of
two bars or more. A phrase that the same take played before, in the same place of a section of ``SECTION_BARS``
bars, is its original, so the later one is a variation, or in ``FORGOTTEN_ORIGINAL`` of the cases new music
after the bars before it; a drummer hardly ever repeats exactly, and mma's drums have variations enough.

Rules
-----
- *Grid.* A take lies on sixteenths or on eighth triplets, whichever fits it better
  (``analysis.strokes.place_strokes``): put one by one on the nearer of both, late sixteenths become triplets.
- *Drums.* The Roland kit's rims and edges become the drums of General Midi that they are played as; ghost strokes on
  the snare are drum 40 (``theory.drumming.GHOST_SNARE``), since a token has no loudness. What the grid brings together
  that no drummer plays (``theory.drumming.playable_drums``) is left out.
- *Lead sheet.* A take has none. A phrase of a training song in the same meter and of the same length stands in for it,
  drawn by chance, its melody beside the drums in half of the cases (at work the drums are always shown one). Drums
  hardly depend on chords, and mma's, learnt beside these, do not either; what this teaches is what people play.
- *Fill.* The last two quarters hold ``FILL_STROKES`` full strokes on snare and toms or more, and at least
  ``FILL_EXCESS`` more than the same place of the phrase's other bars has in the median.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np

from data_prep.band_examples import CONTEXT_BARS, EXEMPLAR_BARS, WITH_CONTEXT, WITH_EXEMPLAR
from data_prep.dataset import iter_rows
from data_prep.examples import write_shard
from symbolic_music.analysis.strokes import Strokes, place_strokes
from symbolic_music.styles.style import load_style
from symbolic_music.theory.drumming import SNARE, TOMS, mark_ghosts, playable_drums
from symbolic_music.theory.meter import COMMON_METERS, TPQ, parse_meter
from symbolic_music.tokens.describe import describe_density, describe_strength, describe_tempo
from symbolic_music.tokens.figures import distinct_bars
from symbolic_music.tokens.phrase import Conditions, Note, PhraseJob, PhraseMusic
from symbolic_music.tokens.vocabulary import HIT_TICKS
from symbolic_music.training.cutting import Span, cut, kept_share, same_music, spans_of
from symbolic_music.training.examples import Example, make_example

MIN_BARS = 4
PHRASE_BARS = (8, 4)
SECTION_BARS = 16
BESIDE_SHARE = 0.5
FORGOTTEN_ORIGINAL = 0.5
FILL_STROKES, FILL_EXCESS = 4, 2
FINE = 480  # dataset ticks to the quarter
# Roland's rims and edges as General Midi's drums (Gillick et al. 2019, their table of the kit).
PLAYED_AS = {22: 42, 26: 46, 40: 38, 50: 48, 47: 45, 58: 43, 52: 49, 55: 49, 57: 49, 59: 51}
# Upstream's styles as ours; what has no equal among ours is played as any.
STYLE_OF = {
    "afrobeat": "afrobeat", "afrocuban": "any", "afrocuban/bembe": "afro-cuban 6/8", "afrocuban/calypso": "calypso",
    "afrocuban/rhumba": "rumba", "blues/shuffle": "shuffle", "country": "country", "dance/breakbeat": "any",
    "dance/disco": "disco", "funk": "funk", "funk/fast": "funk", "funk/latin": "funk", "funk/purdieshuffle": "funk",
    "funk/rock": "funk", "gospel": "gospel", "hiphop": "hip-hop", "jazz": "swing", "jazz/funk": "jazz rock",
    "jazz/fusion": "jazz rock", "jazz/linear": "jazz rock", "jazz/mediumfast": "bebop", "jazz/swing": "swing",
    "latin/brazilian-bossa": "bossa nova", "latin/brazilian-samba": "samba", "latin/dominican-merengue": "merengue",
    "latin/merengue": "merengue", "latin/reggaeton": "reggaeton", "latin/samba": "samba", "neworleans/funk": "funk",
    "pop": "pop", "pop/soft": "soft rock", "punk": "punk", "reggae": "reggae", "reggae/slow": "reggae", "rock": "rock",
    "rock/folk": "folk rock", "rock/halftime": "rock", "rock/indie": "indie rock", "rock/prog": "rock",
    "rock/rockabilly": "rockabilly", "rock/shuffle": "shuffle", "soul": "soul", "soul/motown": "motown",
}  # fmt: skip
Stand = tuple[dict, Span]  # a lead sheet and the phrase of it that stands in for a take's own


def groove_examples_of(take: dict, stands: dict[tuple[str, int], list[Stand]], rng: np.random.Generator) -> Iterator:
    """Make the examples of one take.

    Parameters
    ----------
    take : dict
        A row of ``dataset.iter_rows`` of source ``groove``.
    stands : dict
        Phrases of lead sheets by meter and bars (``stands_of``).
    rng : np.random.Generator
        Draws lead sheets and contexts.
    """
    if not is_usable(take):
        return
    drums = hits_of(take)
    for n_bars in PHRASE_BARS:
        heard: dict[tuple[int, int], PhraseMusic] = {}
        for start in range(0, take["n_bars"], n_bars):
            length = min(n_bars, take["n_bars"] - start)
            fitting = stands.get((take["meter"], length))
            music = _bars(drums, take["meter"], start, length)
            # The last bar often holds one closing stroke alone: no bar of a groove.
            if length < 2 or (length < n_bars and n_bars != min(PHRASE_BARS)) or not fitting or _is_thin(music):
                continue
            place = (start % SECTION_BARS, length)
            original = heard.get(place)
            heard.setdefault(place, music)
            if rng.random() < FORGOTTEN_ORIGINAL:
                original = None
            before = _bars(drums, take["meter"], start - CONTEXT_BARS, CONTEXT_BARS) if start else None
            exemplar = _exemplar(drums, take, start, length, rng)
            stand = fitting[int(rng.integers(len(fitting)))]
            example = _example(take, music, original, before, exemplar, stand, rng)
            if example is not None:
                yield example


def is_usable(take: dict) -> bool:
    """Whether a take is a beat, long enough and in one of our meters."""
    is_beat = take["sections"][0]["kind"] == "beat"
    return is_beat and take["n_bars"] >= MIN_BARS and take["meter"] in COMMON_METERS


def hits_of(take: dict) -> list[Note]:
    """A take's hits on the grid that fits it better; (onset, length, drum), in order."""
    (part,) = take["parts"]
    onsets, offsets, drums, velocities = (
        np.array(part[name]) for name in ("onset_tick", "offset_tick480", "pitch", "velocity")
    )
    quarters = (onsets * FINE / TPQ + offsets) / FINE
    cells = place_strokes(Strokes(quarters, drums, velocities, take["tempo_qpm"])).cells_per_quarter
    ticks = np.rint(quarters * cells).astype(int) * (TPQ // cells)
    rows = zip(ticks.tolist(), drums.tolist(), velocities.tolist(), strict=True)
    hits = [(tick, HIT_TICKS, PLAYED_AS.get(drum, drum), velocity) for tick, drum, velocity in rows if tick >= 0]
    return [(tick, length, drum) for tick, length, drum, _ in playable_drums(mark_ghosts(hits))]


def has_fill(music: PhraseMusic) -> bool:
    """Whether a phrase of drums ends in a fill (rule above)."""
    half = music.bar_ticks - 2 * TPQ if music.bar_ticks > 2 * TPQ else 0
    strokes = [
        sum(note[0] >= half and note[2] in (SNARE, *TOMS) for note in music.notes_of_bar(bar))
        for bar in range(music.n_bars)
    ]
    return strokes[-1] >= FILL_STROKES and strokes[-1] >= median(strokes[:-1]) + FILL_EXCESS


def stands_of(songs: Iterator[dict]) -> dict[tuple[str, int], list[Stand]]:
    """Training songs' phrases that have chords and a melody, by meter and bars; the first bars of longer ones."""
    found: dict[tuple[str, int], list[Stand]] = defaultdict(list)
    for song in songs:
        if song["split"] != "train" or not song["melody"]:
            continue
        for span in spans_of(song):
            for n_bars in (2, 3, *PHRASE_BARS):
                if n_bars <= span.n_bars:
                    found[song["meter"], n_bars].append((song, replace(span, n_bars=n_bars)))
    return found


def _example(
    take: dict,
    music: PhraseMusic,
    original: PhraseMusic | None,
    before: PhraseMusic | None,
    exemplar: PhraseMusic | None,
    stand: Stand,
    rng: np.random.Generator,
) -> Example | None:
    """One phrase over a lead sheet's chords, or none where it is too long for the network or repeats exactly."""
    song, span = stand
    lead = cut(song, span, "melody")
    if original is not None and same_music(original, music, "drums"):
        return None
    context = before if original is None and rng.random() < WITH_CONTEXT else None
    beside = lead.notes if rng.random() < BESIDE_SHARE else ()
    conditions = Conditions(
        part="drums",
        mode=span.key.mode,
        meter=take["meter"],
        n_bars=music.n_bars,
        source="live",
        style=style_of(take),
        density=describe_density(len(music.notes), music.n_bars * music.bar_ticks / TPQ, "drums"),
        tempo=describe_tempo(take["tempo_qpm"]),
        fill="yes" if has_fill(music) else "no",
        beside="melody" if beside else "any",
        relation="any" if original is None else "variation",
        strength=describe_strength(kept_share(original, music, "drums")) if original is not None else "any",
    )
    job = PhraseJob(
        conditions, music.bar_ticks, _over(context, lead), _over(original, lead), lead.chords, beside=beside,
        exemplar=exemplar,
    )  # fmt: skip
    return make_example(take, job, music, "band")


def _exemplar(drums: list[Note], take: dict, start: int, n_bars: int, rng: np.random.Generator) -> PhraseMusic | None:
    """Bars of the take from outside the phrase, those left out that another one already says."""
    places = [at for at in range(0, take["n_bars"] - 1, 2) if at + EXEMPLAR_BARS <= start or at >= start + n_bars]
    if not places or rng.random() >= WITH_EXEMPLAR:
        return None
    at = places[int(rng.integers(len(places)))]
    music = _bars(drums, take["meter"], at, min(EXEMPLAR_BARS, take["n_bars"] - at))
    kept = distinct_bars(music, "drums", int(rng.integers(1, 3)))
    return kept if kept.n_bars else None


def _over(music: PhraseMusic | None, lead: PhraseMusic) -> PhraseMusic | None:
    """Drums over the chords of a lead sheet's phrase."""
    return None if music is None else replace(music, chords=lead.chords)


def style_of(take: dict) -> str:
    """A take's style among ours; ``any`` where we have none like it, or not in its meter."""
    style = STYLE_OF.get(take["genre"], "any")
    return style if style != "any" and load_style(style).fits(take["meter"]) else "any"


def _bars(drums: list[Note], meter: str, start: int, n_bars: int) -> PhraseMusic:
    """Bars of a take, relative to their first bar line."""
    bar = parse_meter(meter).bar_ticks
    first, end = start * bar, (start + n_bars) * bar
    return PhraseMusic(n_bars, bar, (), tuple((on - first, *rest) for on, *rest in drums if first <= on < end))


def _is_thin(music: PhraseMusic) -> bool:
    """Whether a bar has fewer than two hits."""
    return any(len(music.notes_of_bar(bar)) < 2 for bar in range(music.n_bars))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dataset", type=Path, default=Path("dataset"))
    parser.add_argument("--songs", type=Path, default=Path("shards/songs.jsonl"))
    parser.add_argument("--out", type=Path, default=Path("shards/groove.npz"))
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    stands = stands_of(map(json.loads, arguments.songs.open()))
    takes = list(iter_rows(arguments.dataset, "groove"))
    print(f"{len(takes)} takes, {sum(map(is_usable, takes))} of them beats of {MIN_BARS} bars or more")
    write_shard([example for take in takes for example in groove_examples_of(take, stands, rng)], arguments.out)
    unknown = Counter(take["genre"] for take in takes if is_usable(take) and style_of(take) == "any")
    print("style any:", ", ".join(f"{genre} {count}" for genre, count in unknown.most_common()))


if __name__ == "__main__":
    main()
