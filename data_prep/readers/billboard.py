"""McGill Billboard: chords, sections and keys of chart songs, without melody.

Rules
-----
- *Bars.* The song's meter is the one of the header; the meters read are ``COMMON_METERS``. A bar
  marked otherwise (``(2/4)``) becomes whole bars of the song's meter: its chords stand where
  they are played, and what is missing is filled by the last one. ``xN`` lines are written out.
  Free pauses and music marked ``Z`` or ``fadeout`` without bars take no time.
- *Chords.* A cell's chords share the bar equally. Qualities are looked up in ``theory.chord``,
  else built from their tones (Harte et al. 2005) and brought to the nearest quality. ``N`` and
  ``*`` write no chord, so the one before goes on.
- *Key.* The tonic is given; the mode is the one of which the tonic's triads last longer while that tonic is in force,
  or where neither sounds, the one whose scale holds more of the chords' tones.
- *Phrases.* Neighbouring lines of one section and key are joined up to 8 bars. Phrases at the
  same place of equally lettered sections, and phrases with equal chords (from the tonic),
  share a letter if they are equally long. Sung: the voice is in, as ``(voice`` and ``voice)`` say;
  where a file never says it, verses and choruses are.
- *Tempo* is the median over the lines of bars by seconds to the next line.
- *One song once*: of entries that ``same_song_ids`` joins the first one is read. The split goes by title and artist,
  by the hash that the form planner's split uses.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import groupby, pairwise
from pathlib import Path
from statistics import median

from data_prep.harte import harte_chord
from data_prep.keyfinding import mode_of, vote_mode
from data_prep.labels import genre_of, kind_of, song_name
from data_prep.songs import merge_chords, split_of
from symbolic_music.errors import NotationError
from symbolic_music.theory.key import key_of
from symbolic_music.theory.meter import Meter, parse_meter
from symbolic_music.theory.pitch import parse_pitch_class

FOLDERS = ("billboard",)
PHRASE_BARS = 8
LONGEST_LINE = 16
SUNG_KINDS = ("verse", "chorus", "pre-chorus", "bridge")
Bar = list[tuple[int, tuple[int, str, int] | None]]  # tick in the bar, chord or none


@dataclass
class Line:
    """One annotated line: its place in the form, its bars, and its seconds."""

    section: int
    letter: str
    kind: str
    tonic: int
    is_sung: bool
    start_sec: float
    bars: list[Bar] = field(default_factory=list)
    plain_bars: int = 0  # bars in the song's own meter; all of them where the tempo may be taken


@dataclass
class Phrase:
    """Joined lines; ``place`` is (section letter, how many bars after the section's start)."""

    place: tuple[str, int]
    kind: str
    tonic: int
    is_sung: bool
    bars: list[Bar]
    letter: str = ""


def list_items(data: Path) -> list[str]:
    """List the entries to read: each song once."""
    seen: set[str] = set()
    items = []
    for entry in _index(data).values():
        path = data / "billboard" / "salami_chords" / entry["id"] / "salami_chords.txt"
        if entry["id"] not in seen and path.exists():
            items.append(entry["id"])
        seen.update(entry["same_song_ids"])
    return items


def read_item(data: Path, item: str) -> tuple[dict, Counter[str]]:
    """Read one entry as a song with an empty melody.

    Raises
    ------
    NotationError
        If its meter is not one of ours or a chord cannot be read.
    """
    text = (data / "billboard" / "salami_chords" / item / "salami_chords.txt").read_text(encoding="utf-8")
    problems: Counter[str] = Counter()
    meter = parse_meter(_header(text, "metre"))
    lines = list(_lines(text, meter, problems))
    phrases = _phrases(lines)
    if not phrases:
        raise NotationError(f"billboard {item}: no section has bars")
    modes = _modes(phrases, meter)
    _give_letters(phrases)
    entry = _index(data)[item]
    name = song_name(entry["title"], entry["artist"])
    rows, chords, start = [], [], 0
    for phrase in phrases:
        key = str(key_of(phrase.tonic, modes[phrase.tonic]))
        rows.append([phrase.letter, start, len(phrase.bars), phrase.is_sung, phrase.kind, key])
        for number, bar in enumerate(phrase.bars):
            at = (start + number) * meter.bar_ticks
            chords += [(at + tick, *chord) for tick, chord in bar if chord is not None]
        start += len(phrase.bars)
    return {
        "id": f"billboard/{item}", "source": "billboard", "meter": str(meter), "tempo_qpm": _tempo(lines, meter),
        "key": rows[0][5], "n_bars": start, "melody": [], "chords": merge_chords(chords), "phrases": rows,
        "doubled": False, "split": split_of(name), "split_group": name, "piano": [], "sections": _sections(lines),
        "title": entry["title"], "artist": entry["artist"], "genre": _genre(entry),
    }, problems  # fmt: skip


def _sections(lines: list[Line]) -> list[dict]:
    """Give the annotated sections with their bars and seconds (to the next section's start)."""
    rows: list[dict] = []
    at, last = 0, -1
    for line in lines:
        if line.section != last:
            rows.append({"kind": line.kind if line.kind != "any" else "", "letter": line.letter, "start_bar": at,
                         "n_bars": 0, "start_sec": line.start_sec, "end_sec": -1.0, "annotator": 0})  # fmt: skip
        if len(rows) > 1 and rows[-2]["end_sec"] < 0:
            rows[-2]["end_sec"] = line.start_sec
        rows[-1]["n_bars"] += len(line.bars)
        at, last = at + len(line.bars), line.section
    return rows


def _genre(entry: dict) -> str:
    """Take the genre from the tags where they belong to the song."""
    audio = entry.get("acousticbrainz") or {}
    return genre_of(" ".join(audio.get("genre_tags", []))) if audio.get("match") else "pop"


@lru_cache(maxsize=2)
def _index(data: Path) -> dict[str, dict]:
    """Read the index, entries by their id."""
    text = (data / "billboard" / "billboard_index.jsonl").read_text(encoding="utf-8")
    return {entry["id"]: entry for entry in map(json.loads, text.splitlines())}


def _header(text: str, name: str) -> str:
    """Read the first value of a header line."""
    match = re.search(rf"^# {name}: (\S+)", text, re.MULTILINE)
    if match is None:
        raise NotationError(f"no '# {name}:' line")
    return match[1]


def _lines(text: str, meter: Meter, problems: Counter[str]) -> Iterator[Line]:
    """Walk through the lines that hold bars, the form and the tonic carried along."""
    section, letter, kind = 0, "A", "any"
    tonic, current, voice_in = parse_pitch_class(_header(text, "tonic")), meter, False
    says_voice = "(voice" in text
    for raw in text.splitlines():
        if raw.startswith("# tonic:"):
            tonic = parse_pitch_class(raw.split(":")[1].strip())
        elif raw.startswith("# metre:"):
            current = _any_meter(raw.split(":")[1].strip())
        seconds, _, content = raw.partition("\t")
        head = [word.strip() for word in content.partition("|")[0].split(",") if word.strip()]
        if head and re.fullmatch(r"[A-Z]'*", head[0]):
            section, letter = section + 1, head[0][0]
            kind = next((found for word in head[1:] if (found := kind_of(word))), "any")
        elif head and kind_of(head[0]):
            section, kind = section + 1, kind_of(head[0]) or "any"
        voice_in = voice_in or "(voice" in content
        if "|" in content and letter != "Z":
            sung = voice_in if says_voice else kind in SUNG_KINDS
            line = Line(section, letter, kind, tonic, sung, float(seconds))
            _add_bars(line, content, (meter, current), problems)
            if line.bars:
                yield line
        voice_in = voice_in and "voice)" not in content


def _add_bars(line: Line, content: str, meters: tuple[Meter, Meter], problems: Counter[str]) -> None:
    """Read a line's cells; ``meters`` are the song's and the one in force."""
    times = re.search(r"\|\s*x(\d+)", content)
    for cell in content.split("|")[1:-1]:
        if "&pause" in cell:
            problems["free pause left out"] += 1
            continue
        match = re.match(r"\s*\((\d+/\d+)\)(.*)", cell)
        own = _any_meter(match[1]) if match else meters[1]
        words = (match[2] if match else cell).split()
        if str(own) == str(meters[0]):
            line.plain_bars += 1
        else:
            problems["bar of another meter filled up"] += 1
        line.bars += _bars_of(words, own, meters[0], problems)
    line.bars *= int(times[1]) if times else 1
    line.plain_bars *= int(times[1]) if times else 1


def _bars_of(words: list[str], own: Meter, song: Meter, problems: Counter[str]) -> list[Bar]:
    """Place a cell's chords, and cut the cell into bars of the song's meter."""
    if not words:
        problems["empty bar"] += 1
    # A beat of another meter stays a beat: 2/4 inside 12/8 is half a bar.
    n_ticks = own.n_beats * song.beat_ticks if own.is_compound != song.is_compound else own.bar_ticks
    n_bars = max(1, -(-n_ticks // song.bar_ticks))
    bars: list[Bar] = [[] for _ in range(n_bars)]
    for number, word in enumerate(words):
        tick = round(number * n_ticks / len(words))
        if word != ".":
            bars[tick // song.bar_ticks].append((tick % song.bar_ticks, _chord(word, problems)))
    return bars


def _any_meter(text: str) -> Meter:
    """Read a meter, also one that we do not compose in."""
    beats, _, unit = text.partition("/")
    return Meter(int(beats), int(unit))


def _chord(word: str, problems: Counter[str]) -> tuple[int, str, int] | None:
    """Read ``root:quality/degree``; none for ``N`` (no chord) and ``*`` (too complex)."""
    chord = harte_chord(word.strip(","))
    if chord is None and word not in ("N", "*"):
        problems[f"no chord: {word[:20]}"] += 1
    return chord


def _phrases(lines: list[Line]) -> list[Phrase]:
    """Join neighbouring lines of one section and key up to 8 bars, and cut vamps (``x15``)."""
    phrases: list[Phrase] = []
    pieces = [replace(line, bars=line.bars[at : at + step]) for line in lines
              for step in (PHRASE_BARS if len(line.bars) > LONGEST_LINE else LONGEST_LINE,)
              for at in range(0, len(line.bars), step)]  # fmt: skip
    for _, group in groupby(pieces, key=lambda line: line.section):
        at = 0
        for index, line in enumerate(group):
            last = phrases[-1] if index else None
            if last and last.tonic == line.tonic and len(last.bars) + len(line.bars) <= PHRASE_BARS:
                last.bars = last.bars + line.bars
                last.is_sung = last.is_sung or line.is_sung
            else:
                phrases.append(Phrase((line.letter, at), line.kind, line.tonic, line.is_sung, line.bars))
            at += len(line.bars)
    return phrases


def _modes(phrases: list[Phrase], meter: Meter) -> dict[int, str]:
    """Choose the mode of every tonic by the rule above."""
    votes: dict[int, Counter[str]] = {}
    for phrase in phrases:
        vote = votes.setdefault(phrase.tonic, Counter())
        for bar in phrase.bars:
            for (tick, chord), (end, _) in pairwise([*bar, (meter.bar_ticks, None)]):
                if chord is not None:
                    vote_mode(vote, chord, phrase.tonic, end - tick)
    return {tonic: mode_of(vote) for tonic, vote in votes.items()}


def _give_letters(phrases: list[Phrase]) -> None:
    """Letter the phrases A, B, … in order of appearance (rule above)."""
    by_place: dict[tuple, str] = {}
    by_music: dict[tuple, str] = {}
    for phrase in phrases:
        music: tuple = tuple(
            tuple((tick, chord and ((chord[0] - phrase.tonic) % 12, chord[1])) for tick, chord in bar)
            for bar in phrase.bars
        )
        place = (*phrase.place, len(phrase.bars))
        new = chr(ord("A") + min(len({p.letter for p in phrases if p.letter}), 25))
        phrase.letter = by_music.get(music) or by_place.get(place) or new
        by_music.setdefault(music, phrase.letter)
        by_place.setdefault(place, phrase.letter)


def _tempo(lines: list[Line], meter: Meter) -> float:
    """Take the median tempo of the lines whose bars are all of the song's meter; 0 if there are none."""
    tempi = [
        len(line.bars) * meter.bar_ticks / 12 * 60 / (after.start_sec - line.start_sec)
        for line, after in pairwise(lines)
        if line.plain_bars == len(line.bars) and after.start_sec > line.start_sec
    ]
    return round(median(tempi), 2) if tempi else 0.0
