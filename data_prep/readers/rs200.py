"""RS200 (de Clercq and Temperley's corpus of rock): sung melodies, chords, sections and downbeat times.

Rules
-----
- *Bars.* The song's meter is the one of ours that most bars have; bars in other meters are cut out, and no phrase
  crosses such a cut. A song that loses more than ``MOST_CUT`` of its bars is refused.
- *Durations* are not in the source. A note lasts to the next onset, up to a quarter; of a longer wait it takes three
  quarters, at most ``LONGEST`` (POP909's singers: the median of a wait of a quarter is all of it, of a half bar
  .75, of a bar .75, of two bars .5).
- *Octave.* A melody whose middle is below C4 (men's voices) is written an octave higher, as lead sheets do.
- *Chords.* Of the two analyses the one whose chords hold more of the melody, weighed by length; within ``CLOSE`` of
  each other, or where nothing is sung, the one with more changes. Either must have ``FEWEST_CHANGES`` to
  ``MOST_CHANGES`` a bar, if one of them has.
- *Sections.* Of the two plans the one that names the functions of more bars; the outermost function of a bar
  counts. Functions by ``data_prep.labels``; links and breaks are interludes, instrumentals solos. Bars without one are
  ``any``.
  Neighbouring sections of one name shorter than ``SHORT_SECTION`` are joined.
- *Key.* The tonic is given; its mode is that of its triads, as for Billboard.
- *Tempo* from the median of the seconds between downbeats.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from statistics import median

from data_prep.harte import harte_chord
from data_prep.keyfinding import mode_of, vote_mode
from data_prep.labels import kind_of
from data_prep.songs import ChordRow, NoteRow, merge_chords, split_of
from symbolic_music.errors import FileFormatError
from symbolic_music.theory.chord import QUALITIES
from symbolic_music.theory.key import key_of
from symbolic_music.theory.meter import COMMON_METERS, TPQ, Meter, parse_meter, snap_to_grid
from symbolic_music.theory.pitch import parse_pitch_class
from symbolic_music.training.phrases import LETTERS, Stretch, cut_phrases

FOLDERS = ("rs200",)
ANALYSTS = ("dt", "tdc")
MOST_CUT = 0.25
SHORT_SECTION = 4  # bars; neighbouring sections of one name that are shorter (tags, vamps) are one
LONGEST = 3 * TPQ
MIDDLE_C = 60
CLOSE, MOST_CHANGES, FEWEST_CHANGES = 0.01, 3.0, 1 / 16
KINDS = {"link": "interlude", "break": "interlude"}


def list_items(data: Path) -> list[str]:
    """List the songs' ids."""
    return list(_songs(data / "rs200"))


def read_item(data: Path, item: str) -> tuple[dict, Counter[str]]:
    """Read one song.

    Raises
    ------
    FileFormatError
        If too many of its bars are in meters that are not ours, or it has no chords.
    """
    raw = _songs(data / "rs200")[item]
    meter, bars = kept_bars(raw)
    problems: Counter[str] = Counter({"bars in other meters cut out": raw["bars"] - len(bars)})
    melody = _melody(raw, bars, meter, problems)
    analyses = [merge_chords(_chords(raw[f"chords_{who}"], bars, meter)) for who in ANALYSTS]
    chords = choose_chords(analyses, melody, len(bars))
    if len(chords) < 2 and not melody:
        raise FileFormatError("no melody and no change of chord")
    keys = _keys(raw, bars, meter, chords)
    stretches = _stretches(raw, bars, [tick // meter.bar_ticks for tick, _ in keys])
    ident = f"rs200/{item}"
    return {
        "id": ident, "source": "rs200", "split": split_of(ident), "split_group": ident, "title": raw["title"],
        "genre": "rock", "meter": str(meter), "tempo_qpm": _tempo(raw, bars, meter), "key": keys[0][1],
        "n_bars": len(bars), "melody": melody, "piano": [], "chords": chords, "doubled": False,
        "chords_from": ANALYSTS[analyses.index(chords)], "sections": _sections(stretches),
        "phrases": cut_phrases(melody, stretches, meter.bar_ticks, keys),
    }, problems  # fmt: skip


@lru_cache(maxsize=2)
def _songs(folder: Path) -> dict[str, dict]:
    """Read the songs by id."""
    lines = (folder / "songs.jsonl").read_text(encoding="utf-8").splitlines()
    return {song["id"]: song for song in map(json.loads, lines)}


def kept_bars(raw: dict) -> tuple[Meter, list[int]]:
    """Choose the song's meter, and the bars that have it.

    Raises
    ------
    FileFormatError
        If more than ``MOST_CUT`` of the bars have another one.
    """
    meters = _by_bar(raw["metre"] or raw["metre_dt"], raw["bars"])
    counts = Counter(text for text in meters if text in COMMON_METERS)
    name = max(counts, key=lambda text: counts[text]) if counts else ""
    if counts[name] < (1 - MOST_CUT) * raw["bars"]:
        raise FileFormatError(f"{counts[name]} of {raw['bars']} bars in one of our meters: {sorted(set(meters))}")
    return parse_meter(name), [bar for bar, text in enumerate(meters) if text == name]


def _by_bar(changes: list, n_bars: int) -> list:
    """Spell changes out, a value for every bar."""
    starts = [bar for bar, _ in changes]
    return [changes[max(0, bisect_right(starts, bar) - 1)][1] for bar in range(n_bars)]


def _melody(raw: dict, bars: list[int], meter: Meter, problems: Counter[str]) -> list[NoteRow]:
    """Place the notes and give them lengths (rules above)."""
    place = {bar: number for number, bar in enumerate(bars)}
    pitches = {snap_to_grid((place[bar] + num / den) * meter.bar_ticks): pitch
               for bar, num, den, pitch, _ in raw["notes"] if bar in place}  # fmt: skip
    if not pitches:
        problems["no melody"] += 1
        return []
    shift = 12 if median(pitches.values()) < MIDDLE_C else 0
    problems["melody written an octave higher"] += int(shift > 0)
    onsets = sorted(tick for tick in pitches if tick < len(bars) * meter.bar_ticks)
    following = [*onsets[1:], len(bars) * meter.bar_ticks]
    return [(on, sung_ticks(end - on), pitches[on] + shift) for on, end in zip(onsets, following, strict=True)]


def sung_ticks(wait: int) -> int:
    """How long a note lasts whose next onset is so far away.

    Examples
    --------
    >>> sung_ticks(6), sung_ticks(24), sung_ticks(96)
    (6, 18, 36)
    """
    return wait if wait <= TPQ else max(TPQ, min(LONGEST, round(wait * 0.75 / 3) * 3))


def _chords(rows: list, bars: list[int], meter: Meter) -> list[ChordRow]:
    """Place an analyst's chords; at every cut the chord in force goes on."""
    by_bar = {bar: list(group) for bar, group in groupby(rows, key=lambda row: row[0])}
    placed: list[ChordRow] = []
    current: tuple[int, str, int] | None = None
    place = {bar: number for number, bar in enumerate(bars)}
    for bar in range(bars[-1] + 1):
        start = place.get(bar, -1) * meter.bar_ticks
        inside = [(snap_to_grid(num / den * meter.bar_ticks), chord) for _, num, den, _, label in by_bar.get(bar, [])
                  if (chord := harte_chord(label)) is not None]  # fmt: skip
        if start >= 0 and current is not None and not (inside and inside[0][0] == 0):
            placed.append((start, *current))
        if start >= 0:
            placed += [(start + tick, *chord) for tick, chord in inside]
        current = inside[-1][1] if inside else current
    return placed


def choose_chords(analyses: list[list[ChordRow]], melody: list[NoteRow], n_bars: int) -> list[ChordRow]:
    """Choose between two analyses by the rule above."""
    sensible = [chords for chords in analyses if FEWEST_CHANGES <= len(chords) / n_bars <= MOST_CHANGES] or analyses
    shares = [_held_share(chords, melody) for chords in sensible]
    close = [chords for chords, share in zip(sensible, shares, strict=True) if share >= max(shares) - CLOSE]
    return max(close, key=len)


def _held_share(chords: list[ChordRow], melody: list[NoteRow]) -> float:
    """Share of the melody's time that is on tones of the chord in force at the onset."""
    starts = [row[0] for row in chords]
    total = held = 0
    for onset, length, pitch in melody:
        at = bisect_right(starts, onset) - 1
        total += length
        held += length * (at >= 0 and (pitch - chords[at][1]) % 12 in QUALITIES[chords[at][2]][0])
    return held / total if total else 0.0


def _keys(raw: dict, bars: list[int], meter: Meter, chords: list[ChordRow]) -> list[tuple[int, str]]:
    """Name the keys as (first tick, key)."""
    tonics = [parse_pitch_class(name) for name in _by_bar(raw["key"] or raw["key_dt"], raw["bars"])]
    in_bars = [tonics[bar] for bar in bars]
    votes: dict[int, Counter[str]] = {tonic: Counter() for tonic in in_bars}
    ends = [*(row[0] for row in chords[1:]), len(bars) * meter.bar_ticks]
    for (onset, *chord), end in zip(chords, ends, strict=True):
        tonic = in_bars[min(onset // meter.bar_ticks, len(bars) - 1)]
        vote_mode(votes[tonic], (chord[0], chord[1], chord[2]), tonic, end - onset)
    changes = [n for n in range(len(bars)) if n == 0 or in_bars[n] != in_bars[n - 1]]
    return [(n * meter.bar_ticks, str(key_of(in_bars[n], mode_of(votes[in_bars[n]])))) for n in changes]


def _stretches(raw: dict, bars: list[int], key_bars: list[int]) -> list[Stretch]:
    """Give the sections of the better plan in kept bars, cut where bars were cut out and where the key changes."""
    plans = [_plan(raw[f"sections_{who}"], raw["bars"]) for who in ANALYSTS]
    plan = max(plans, key=lambda plan: (sum(kind != "any" for kind, _, _ in plan), len(set(plan))))
    plan = _join_short(plan)
    stretches: list[Stretch] = []
    for number, bar in enumerate(bars):
        kind, name, _ = plan[bar]
        is_new = number == 0 or plan[bar] != plan[bars[number - 1]] or bar != bars[number - 1] + 1
        if is_new or number in key_bars:
            stretches.append(Stretch(number, 1, kind, name))
        else:
            last = stretches[-1]
            stretches[-1] = Stretch(last.start_bar, last.n_bars + 1, kind, name)
    return stretches


def _plan(rows: list, n_bars: int) -> list[tuple[str, str, int]]:
    """(Kind, name, first bar) of every bar's section: the outermost one that has a function."""
    plan: list[tuple[str, str, int]] = [("any", "", -1)] * n_bars
    for _, name, function, start, end in sorted(rows, key=lambda row: row[0]):
        kind = KINDS.get(function) or kind_of(function)
        for bar in range(start, min(end, n_bars)):
            if kind and plan[bar][2] < 0:
                plan[bar] = (kind, name, start)
    return plan


def _join_short(plan: list[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    """Give short neighbouring sections of one name one first bar."""
    joined: list[tuple[str, str, int]] = []
    sizes = Counter(plan)
    for section in plan:
        last = joined[-1] if joined else ("", "", -1)
        is_tag = section[:2] == last[:2] and max(sizes[section], sizes[last]) < SHORT_SECTION
        joined.append(last if is_tag else section)
    return joined


def _sections(stretches: list[Stretch]) -> list[dict]:
    """Make rows of the sections whose kind is known, lettered by name in order of appearance."""
    names = list(dict.fromkeys(stretch.name for stretch in stretches if stretch.kind != "any"))
    return [
        {"kind": s.kind, "letter": LETTERS[min(names.index(s.name), len(LETTERS) - 1)], "start_bar": s.start_bar,
         "n_bars": s.n_bars, "start_sec": -1.0, "end_sec": -1.0, "annotator": 0}
        for s in stretches if s.kind != "any"
    ]  # fmt: skip


def _tempo(raw: dict, bars: list[int], meter: Meter) -> float:
    """Take quarters a minute from the downbeats; 0 if there are none."""
    beats = raw["downbeats_s"]
    seconds = [beats[bar + 1] - beats[bar] for bar in bars if bar + 1 < len(beats) and beats[bar + 1] > beats[bar]]
    return round(meter.bar_ticks / TPQ * 60 / median(seconds), 2) if seconds else 0.0
