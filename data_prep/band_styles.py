"""Is the style asked for the style heard? A classifier of mma's bands judges the phrase model's.

``python -m data_prep.band_styles --songs shards/songs.jsonl --arrangements shards/arrangements.jsonl``

The classifier (``evaluation.band_style``) learns eight bars of verse and eight of chorus of every training arrangement.
It then judges (1) the validation arrangements, which is as well as it can do, and (2) what the model plays in every
style for verse and chorus of some validation lead sheets.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data_prep.band_reference import read_arrangements, read_songs
from data_prep.mma_input import song_sections
from symbolic_music.evaluation.band_style import Excerpt, StyleClassifier, cut_excerpt, style_features
from symbolic_music.filling.band import write_band
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet, SectionSpan
from symbolic_music.song.notes import make_notes
from symbolic_music.song.plan import PlannedPhrase, PlannedSection, SongPlan
from symbolic_music.styles.style import Style, load_style
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.key import Key, parse_key
from symbolic_music.theory.meter import parse_meter

EXCERPT_BARS = 8
SONGS_PER_STYLE = 3
INTENSITY = {"verse": 0.5, "chorus": 0.85}


class Heard(NamedTuple):
    """A band, the style that was asked for and the one that the classifier found."""

    band: str
    asked: str
    found: str


class StyleTest(NamedTuple):
    """What the classifier found in held-out arrangements and in the model's bands."""

    arrangements: list[Heard]
    model: list[Heard]


def run_style_test(songs: dict[str, dict], arrangements: Path, per_style: int = SONGS_PER_STYLE) -> StyleTest:
    """Train the classifier, judge the validation arrangements and the model's bands."""
    classifier = StyleClassifier()
    features, styles, _ = _arranged(songs, arrangements, "train")
    classifier.fit(features, styles)
    known = sorted(set(styles))
    features, styles, names = _arranged(songs, arrangements, "validation")
    held_out = [Heard(*row) for row in zip(names, styles, classifier.find(features), strict=True)]
    bands = []
    for number, style in enumerate(known, start=1):
        asked = load_style(style)
        for song, excerpts in play_excerpts(_sheets_for(songs, asked, per_style), asked):
            bands.append((f"{song['id']} in {style}", style, style_features(excerpts)))
        print(f"\r{number} of {len(known)} styles", end="", file=sys.stderr, flush=True)
    found = classifier.find(np.array([row[2] for row in bands]))
    return StyleTest(held_out, [Heard(band, style, name) for (band, style, _), name in zip(bands, found, strict=True)])


def share_found(heard: Sequence[Heard]) -> float:
    """Share of bands whose style was found."""
    return float(np.mean([row.asked == row.found for row in heard]))


def excerpts_of(song: dict) -> list[tuple[str, int]] | None:
    """First bars of a verse and a chorus of at least eight bars each; ``None`` if the song lacks one."""
    found: dict[str, int] = {}
    for kind, start, n_bars in song_sections(song):
        if kind in INTENSITY and n_bars >= EXCERPT_BARS and start + EXCERPT_BARS <= song["n_bars"]:
            found.setdefault(kind, start)
    return [(kind, found[kind]) for kind in INTENSITY] if len(found) == len(INTENSITY) else None


def play_excerpts(songs: Sequence[dict], style: Style) -> list[tuple[dict, list[Excerpt]]]:
    """Let the model play verse and chorus of several songs of one meter, in one batch."""
    if not songs:
        return []
    plan, sheet = medley(songs, style)
    parts = write_band(plan, sheet, style)
    chords = [(event.onset_tick, event.chord) for event in sheet.chords]
    bar_ticks = plan.meter.bar_ticks
    cuts = [
        cut_excerpt(parts, chords, bar_ticks, number * EXCERPT_BARS, EXCERPT_BARS)
        for number in range(len(plan.sections))
    ]
    n = len(INTENSITY)
    return [(song, cuts[n * index : n * index + n]) for index, song in enumerate(songs)]


def medley(songs: Sequence[dict], style: Style) -> tuple[SongPlan, LeadSheet]:
    """Put verse and chorus of several songs one after another as one song, each in its own key."""
    meter = parse_meter(songs[0]["meter"])
    length = EXCERPT_BARS * meter.bar_ticks
    sections, spans, melody, chords = [], [], [], []
    for song in songs:
        for kind, start_bar in excerpts_of(song) or []:
            name, at, start = f"{song['id']} {kind}", len(sections) * length, start_bar * meter.bar_ticks
            key = _key_at(song, start_bar)
            phrase = PlannedPhrase(name=f"{name}.a", letter="A", n_bars=EXCERPT_BARS)
            sections.append(PlannedSection(
                name=name, kind=kind, n_bars=EXCERPT_BARS, key=str(key), intensity=INTENSITY[kind], phrases=(phrase,)
            ))  # fmt: skip
            spans.append(SectionSpan(name, at // meter.bar_ticks, EXCERPT_BARS, key))
            melody += [
                (on - start + at, min(duration, start + length - on), pitch, 90)
                for on, duration, pitch, *_ in song["melody"] if start <= on < start + length
            ]  # fmt: skip
            chords += [ChordEvent(tick - start + at, chord) for tick, chord in _chords_from(song, start, length)]
    tempo = float(round(sum(style.tempo_qpm) / 2))
    plan = SongPlan(
        title="medley", genre=style.genre, tempo_qpm=tempo, meter=str(meter), n_bars=len(sections) * EXCERPT_BARS,
        sections=tuple(sections),
    )  # fmt: skip
    sheet = LeadSheet(plan.title, tempo, meter, plan.n_bars, make_notes(melody), tuple(chords), tuple(spans))
    return plan, sheet


def _arranged(songs: dict[str, dict], path: Path, split: str) -> tuple[np.ndarray, list[str], list[str]]:
    """Features, styles and names of one split's arrangements that have verse and chorus."""
    features, styles, names = [], [], []
    for row in read_arrangements(path, split):
        song = songs[row["song"]]
        places = excerpts_of(song)
        if places is None or any(start + EXCERPT_BARS > row["n_bars"] for _, start in places):
            continue
        bar_ticks, chords = parse_meter(song["meter"]).bar_ticks, _chords(song)
        cuts = [cut_excerpt(row["parts"], chords, bar_ticks, start, EXCERPT_BARS) for _, start in places]
        features.append(style_features(cuts))
        styles.append(row["style"])
        names.append(row["song"])
    return np.array(features), styles, names


def _sheets_for(songs: dict[str, dict], style: Style, count: int) -> list[dict]:
    """Draw validation songs with a melody in a style's first meter that has some."""
    for meter in style.meters:
        fitting = [
            song for song in songs.values()
            if song["split"] == "validation" and song["meter"] == meter and song["melody"] and excerpts_of(song)
        ]  # fmt: skip
        if fitting:
            rng = np.random.default_rng([number for number in style.name.encode()])
            return [fitting[index] for index in rng.permutation(len(fitting))[:count]]
    return []


def _chords(song: dict) -> list[tuple[int, Chord]]:
    """A song's chords."""
    return [(tick, Chord(root, quality, bass)) for tick, root, quality, bass in song["chords"]]


def _chords_from(song: dict, start: int, length: int) -> list[tuple[int, Chord]]:
    """Chords over a stretch, the one that sounds at its start first."""
    chords = _chords(song)
    sounding = [(start, chord) for tick, chord in chords if tick <= start][-1:]
    return [*sounding, *((tick, chord) for tick, chord in chords if start < tick < start + length)]


def _key_at(song: dict, bar: int) -> Key:
    """The key of the phrase that a bar is in."""
    return next((parse_key(row[5]) for row in reversed(song["phrases"]) if row[1] <= bar), parse_key("C major"))


def confusions(heard: Sequence[Heard], most: int = 15) -> list[str]:
    """Lines of the styles that were found least often, and what was heard instead."""
    lines = []
    for style in sorted({row.asked for row in heard}):
        own = [row.found for row in heard if row.asked == style]
        others = [name for name in own if name != style]
        if others:
            lines.append((len(others) / len(own), f"{style}: heard as {', '.join(sorted(others))} ({len(own)} bands)"))
    return [line for _, line in sorted(lines, reverse=True)[:most]]


def show(test: StyleTest) -> list[str]:
    """The result as lines of text."""
    n_styles = len({row.asked for row in test.model})
    return [
        f"style found in held-out arrangements: {share_found(test.arrangements):.1%} of {len(test.arrangements)}",
        f"style found in the model's bands: {share_found(test.model):.1%} of {len(test.model)}"
        f" ({n_styles} styles; chance {1 / n_styles:.1%}; bar 70%)",
        *confusions(test.model),
    ]


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--songs", type=Path, default=Path("shards/songs.jsonl"))
    parser.add_argument("--arrangements", type=Path, default=Path("shards/arrangements.jsonl"))
    parser.add_argument("--per-style", type=int, default=SONGS_PER_STYLE)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    test = run_style_test(read_songs(arguments.songs), arguments.arrangements, arguments.per_style)
    print(json.dumps(test._asdict()) if arguments.json else "\n".join(show(test)))


if __name__ == "__main__":
    main()
