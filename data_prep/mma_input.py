"""A song of ``songs.jsonl`` in a style, as mma's input: chords, and a groove for every bar.

``layout_song`` decides what stands in which bar (sections, fills, ending); ``mma_text`` writes it.
A song in 2/4 is played from the grooves of 4/4, two of its bars to one of mma's.
"""

from __future__ import annotations

from dataclasses import dataclass

from data_prep.mma_grooves import Grooves
from symbolic_music.theory.chord import QUALITIES
from symbolic_music.theory.meter import parse_meter
from symbolic_music.theory.pitch import name_pitch_class

MAX_BARS = 96
# Master volume by kind of section: the chorus stands out, the intro is thin.
VOLUMES = {"chorus": "f", "solo": "f", "intro": "mp"}
BRIDGING = ("bridge", "interlude", "pre-chorus")
LETTER_SECTIONS = ("verse", "chorus", "bridge", "chorus")
# Chord names that mma writes otherwise than we do.
MMA_QUALITIES = {"maj7": "M7", "maj9": "M9", "minmaj7": "mM7", "aug7": "aug7", "add9": "add9"}


@dataclass(frozen=True)
class Layout:
    """What stands where, in the song's bars.

    ``sections`` are (kind, first bar, bars, groove), ``fills`` the bars before boundaries,
    ``bar_grooves`` a groove and a volume for every mma bar.
    """

    n_bars: int
    sections: tuple[tuple[str, int, int, str], ...]
    fills: tuple[int, ...]
    bar_grooves: tuple[tuple[str, str], ...]


def song_sections(song: dict, max_bars: int = MAX_BARS) -> list[tuple[str, int, int]]:
    """List (kind, first bar, bars) up to ``max_bars``; neighbours of one kind are one section.

    A tune without section labels gets verse, chorus and bridge by the order of its letters. A
    single bar between others (two in 2/4) is too short for a groove of its own and joins the one before.
    """
    least = 4 if song["meter"] == "2/4" else 2
    letters: list[str] = []
    sections: list[tuple[str, int, int]] = []
    for letter, start, n_bars, _, kind, _ in song["phrases"]:
        if start + n_bars > max_bars and sections:
            break
        if kind == "any":
            letters += [] if letter in letters else [letter]
            kind = LETTER_SECTIONS[letters.index(letter) % len(LETTER_SECTIONS)]
        n_bars = min(n_bars, max_bars)
        if sections and (sections[-1][0] == kind or n_bars < least):
            sections[-1] = (sections[-1][0], sections[-1][1], sections[-1][2] + n_bars)
        else:
            sections.append((kind, start, n_bars))
    return sections


def layout_song(song: dict, grooves: Grooves) -> Layout:
    """Choose the groove of every bar: by section, a fill before each boundary, the ending last."""
    sections = song_sections(song)
    per = 2 if song["meter"] == "2/4" else 1
    n_bars = sections[-1][1] + sections[-1][2]
    length = -(-n_bars // per)
    plan = [("", "m")] * length
    rows = []
    for kind, start, count in sections:
        groove = _groove_for(kind, grooves)
        rows.append((kind, start, count, groove))
        for bar in range(start // per, -(-(start + count) // per)):
            intro = kind == "intro" and grooves.intro and bar - start // per < grooves.intro_bars
            plan[bar] = (grooves.intro if intro else groove, VOLUMES.get(kind, "m"))
    fills = [start - 1 for _, start, _ in sections[1:]]
    for bar in fills if grooves.fill else []:
        plan[bar // per] = (grooves.fill, plan[bar // per][1])
    # An ending longer than half its section would be all there is of it.
    if grooves.ending_bars and grooves.ending_bars * per * 2 <= sections[-1][2]:
        plan[-grooves.ending_bars :] = [(grooves.ending, plan[-1][1])] * grooves.ending_bars
    return Layout(n_bars, tuple(rows), tuple(fills), tuple(plan))


def _groove_for(kind: str, grooves: Grooves) -> str:
    """The groove of a kind of section."""
    kinds = {"chorus": grooves.chorus, "solo": grooves.chorus, **dict.fromkeys(BRIDGING, grooves.bridge)}
    return kinds.get(kind, grooves.verse)


def mma_text(song: dict, layout: Layout, grooves: Grooves, seed: int) -> str:
    """Write mma's input file.

    ``seed`` makes mma's own choices repeatable. Its random shifts of onsets are switched off,
    those of volume stay.
    """
    lines = [f"RndSeed {seed}", "Tempo 120", grooves.own_text]
    current = None
    chords = bar_chords(song, len(layout.bar_grooves), grooves.beats)
    for bar, (groove, volume) in enumerate(layout.bar_grooves):
        if (groove, volume) != current:
            lines += [f"Groove {groove}", "AllTracks RTime 0", f"Volume {volume}"]
            current = (groove, volume)
        lines.append(f"{bar + 1} {chords[bar]}")
    return "\n".join(lines) + "\n"


def bar_chords(song: dict, length: int, beats: int) -> list[str]:
    """Write the chords of every mma bar as ``C Am@3``; ``z`` (drums alone) before the first chord."""
    meter = "4/4" if song["meter"] == "2/4" else song["meter"]
    bar_ticks = parse_meter(meter).bar_ticks
    bars: list[list[str]] = [[] for _ in range(length)]
    current = "z"
    changes = {onset: chord_name(root, quality, bass) for onset, root, quality, bass in song["chords"]}
    for bar in range(length):
        inside = sorted(tick for tick in changes if bar * bar_ticks <= tick < (bar + 1) * bar_ticks)
        if not inside or inside[0] != bar * bar_ticks:
            bars[bar].append(current)
        for tick in inside:
            current = changes[tick]
            place = 1 + (tick - bar * bar_ticks) * beats / bar_ticks
            bars[bar].append(current if place == 1 else f"{current}@{place:.4f}".rstrip("0").rstrip("."))
    return [" ".join(bar) for bar in bars]


def chord_name(root: int, quality: str, bass: int) -> str:
    """Write a chord as mma reads it, e.g. ``Bbm7/Ab``."""
    text = name_pitch_class(root, -1) + MMA_QUALITIES.get(quality, QUALITIES[quality][1])
    return text if bass == root else f"{text}/{name_pitch_class(bass, -1)}"
