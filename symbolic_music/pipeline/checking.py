"""`check`: a song's files read back by other programs' readers, and held against what was asked.

mido reads the MIDI file, music21 the lead sheet, PyYAML the documents: none of this package's own readers, so that
a fault of a writer shows. `quick_check` does what mido alone can answer; `create` and `edit` run it before a song
takes its place.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import mido

from symbolic_music.errors import FileFormatError, OutputError
from symbolic_music.limits import read_text_file
from symbolic_music.pipeline.feel_checks import Finding, feel_of
from symbolic_music.song.document import parse_data
from symbolic_music.song.folder import BRIEF_FILE, LEAD_SHEET, LOCKS_FILE, PLAN_FILE, PROVENANCE_FILE, SONG_MIDI

_TEMPO_SHARE = 0.005
_CHORDS, _TUNE_TEXT = "Chords", "role: melody"
_QUARTERS = {"2": 2.0, "4": 1.0, "8": 0.5, "16": 0.25}


@dataclass(frozen=True)
class _Midi:
    """What mido says of a MIDI file: ticks are its own."""

    ticks: int
    end: int
    tempos: tuple[tuple[int, float], ...]
    meters: tuple[tuple[int, str], ...]
    keys: tuple[tuple[int, str], ...]
    markers: tuple[tuple[int, str], ...]
    symbols: tuple[tuple[int, str], ...]
    words: tuple[str, ...]
    notes: Mapping[str, tuple[tuple[int, int], ...]]
    programs: Mapping[str, int]
    melody: str | None
    drums: tuple[str, ...]


def check_song(folder: str | Path) -> list[Finding]:
    """Read a song's files back and compare them with its brief, plan and locks.

    Parameters
    ----------
    folder : str or Path
        A song's folder.

    Returns
    -------
    list of Finding
        In order; a song is right if all are ``ok``.

    Raises
    ------
    FileFormatError
        If a file is missing or no reader can read it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileFormatError(f"{folder}: no such song folder")
    plan, midi = _document(folder / PLAN_FILE), _read_midi(folder / SONG_MIDI)
    sheet = _read_sheet(folder / LEAD_SHEET)
    found = [*_against_plan(plan, midi), *_sheet_against_plan(plan, sheet), *_sheet_against_midi(midi, sheet)]
    found += [*_ranges(midi), *feel_of(plan, midi.notes, midi.drums, midi.melody, midi.ticks)]
    if not _edits(folder):
        found += _against_brief(_document(folder / BRIEF_FILE), plan, midi)
    if (folder / LOCKS_FILE).is_file():
        found += _locks(_document(folder / LOCKS_FILE), plan)
    return found


def quick_check(folder: Path) -> None:
    """Make sure that the MIDI file holds the plan, as mido reads it.

    Raises
    ------
    OutputError
        If it does not: a fault of this program; what is being written is not kept.
    """
    wrong = [one for one in _against_plan(_document(folder / PLAN_FILE), _read_midi(folder / SONG_MIDI)) if not one.ok]
    if wrong:
        raise OutputError(
            f"the song would not hold its plan: {wrong[0].what} is {wrong[0].found}, asked was {wrong[0].asked};"
            " nothing was written"
        )


def _document(path: Path) -> dict[str, Any]:
    """A document's plain data."""
    data = parse_data(read_text_file(path), str(path))
    if not isinstance(data, dict):
        raise FileFormatError(f"{path}: is no document")
    return data


def _edits(folder: Path) -> int:
    """How many edits a song has seen; its brief is what was asked before them."""
    try:
        return int(json.loads((folder / PROVENANCE_FILE).read_text(encoding="utf-8")).get("edits", 0))
    except (OSError, ValueError, TypeError, AttributeError):
        return 0


def _read_midi(path: Path) -> _Midi:
    """Read a MIDI file with mido."""
    try:
        song = mido.MidiFile(str(path), charset="utf-8")
    except Exception as failure:  # mido lets struct's, codecs' and its own errors through
        raise FileFormatError(f"{path}: mido cannot read it: {failure}") from None
    lists: dict[str, list[tuple[int, Any]]] = {kind: [] for kind in ("tempo", "meter", "key", "marker", "symbol")}
    notes: dict[str, tuple[tuple[int, int], ...]] = {}
    programs: dict[str, int] = {}
    words: list[str] = []
    melody: str | None = None
    drums: list[str] = []
    end = 0
    for track in song.tracks:
        now, name, is_melody, is_drums, program = 0, "", False, False, 0
        own: list[tuple[int, int]] = []
        for message in track:
            now += message.time
            if message.type == "track_name":
                name = message.name
            elif message.type == "set_tempo":
                lists["tempo"].append((now, mido.tempo2bpm(message.tempo)))
            elif message.type == "time_signature":
                lists["meter"].append((now, f"{message.numerator}/{message.denominator}"))
            elif message.type == "key_signature":
                lists["key"].append((now, message.key))
            elif message.type == "marker":
                lists["marker"].append((now, message.text))
            elif message.type == "text" and name == _CHORDS:
                lists["symbol"].append((now, message.text))
            elif message.type == "text":
                is_melody |= message.text == _TUNE_TEXT
            elif message.type == "program_change":
                program = message.program
            elif message.type == "lyrics":
                words.append(message.text)
            elif message.type == "note_on" and message.velocity:
                own.append((now, message.note))
                is_drums |= message.channel == 9
        end = max(end, now)
        if own:
            notes[name], programs[name] = tuple(sorted(own)), program
            melody = name if is_melody else melody
            drums += [name] if is_drums else []
    return _Midi(
        ticks=song.ticks_per_beat, end=end, tempos=tuple(lists["tempo"]), meters=tuple(lists["meter"]),
        keys=tuple(lists["key"]), markers=tuple(lists["marker"]), symbols=tuple(lists["symbol"]), words=tuple(words),
        notes=notes, programs=programs, melody=melody, drums=tuple(drums),
    )  # fmt: skip


def _bar_lines(midi: _Midi) -> list[int]:
    """Every bar line by the file's own time signatures, up to the one that its end reaches."""
    meters = dict(midi.meters or ((0, "4/4"),))
    lines, length = [0], 0
    while lines[-1] < midi.end:
        if lines[-1] in meters or not length:
            beats, unit = meters.get(lines[-1], "4/4").split("/")
            length = round(int(beats) * _QUARTERS[unit] * midi.ticks)
        lines.append(lines[-1] + length)
    return lines


def _bar_of(lines: Sequence[int], tick: int) -> float:
    """The number of the bar line at a tick; between two, a part of a bar more."""
    bar = bisect_right(lines, tick) - 1
    if bar + 1 >= len(lines):
        return bar
    inside = (tick - lines[bar]) / (lines[bar + 1] - lines[bar])
    return bar + inside if inside else bar


def _meter_at(midi: _Midi, tick: int) -> str:
    """The meter at a tick."""
    return next((meter for at, meter in reversed(midi.meters) if at <= tick), "none")


def _same(what: str, asked: object, found: object) -> Finding:
    """Compare two things as text."""
    return Finding(what, _short(asked), _short(found), asked == found)


def _short(value: object) -> str:
    """A value as text, a long one its beginning."""
    text = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _against_plan(plan: Mapping[str, Any], midi: _Midi) -> Iterator[Finding]:
    """The MIDI file beside the plan."""
    lines = _bar_lines(midi)
    sections = plan["sections"]
    starts = [sum(s["n_bars"] for s in sections[:index]) for index in range(len(sections))]
    yield _same("bars", plan["n_bars"], _bar_of(lines, midi.end))
    yield _same("section starts, in bars", starts, [_bar_of(lines, tick) for tick, _ in midi.markers])
    kinds = [str(section["kind"]).lower() for section in sections]
    yield _same("sections", kinds, [text.rsplit(" ", 1)[0].lower() for _, text in midi.markers])
    at = [lines[min(start, len(lines) - 1)] for start in starts]
    meters, found = _meters_asked(plan), [_meter_at(midi, tick) for tick in lines[:-1]]
    if len({*meters, *found}) == 1:
        yield _same("meter", meters[0], found[0])
    else:
        yield _same("meters", _changes(meters), _changes(found))
    asked = [float(section.get("tempo_qpm") or plan["tempo_qpm"]) for section in sections]
    tempos = [_tempo_at(midi, tick) for tick in at]
    # Where the tempo is the song's, a section may slow down and the next one begin so.
    own = [place for place in range(len(asked)) if not place or asked[place] != asked[place - 1]]
    ends = [*at[1:], lines[-1]]
    is_right = all(_has_tempo(midi, at[place], ends[place], asked[place]) for place in own)
    wanted, heard = (", ".join(f"{values[place]:.4g}" for place in own) for values in (asked, tempos))
    yield Finding("tempo" if len(own) == 1 else "tempos", wanted, heard, is_right)
    keys = [_key_at(midi, tick) for tick in at]
    yield _same("keys", [_plain_key(section["key"]) for section in sections], keys)
    yield Finding("somebody plays", "1 note or more", f"{sum(map(len, midi.notes.values()))} notes", bool(midi.notes))
    last = max((tick for own in midi.notes.values() for tick, _ in own), default=0)
    yield Finding("notes lie inside the song", f"before tick {midi.end}", f"last at {last}", last < midi.end)


def _meters_asked(plan: Mapping[str, Any]) -> list[str]:
    """The meter of every bar of a plan: its phrase's, else its section's, else the song's."""
    song = str(plan.get("meter", "4/4"))
    return [
        str(phrase.get("meter") or section.get("meter") or song)
        for section in plan["sections"]
        for phrase in section["phrases"]
        for _ in range(phrase["n_bars"])
    ]


def _changes(meters: Sequence[str]) -> list[str]:
    """Meters bar by bar as the bars in which they change."""
    return [f"{meter} from {n + 1}" for n, meter in enumerate(meters) if not n or meter != meters[n - 1]]


def _tempo_at(midi: _Midi, tick: int) -> float:
    """The tempo that holds at a tick."""
    return next((qpm for at, qpm in reversed(midi.tempos) if at <= tick), 0.0)


def _has_tempo(midi: _Midi, start: int, end: int, asked: float) -> bool:
    """Whether a tempo is the one that a section begins with; or, where it goes freely, the one in its middle."""
    inside = [(max(tick, start), qpm) for tick, qpm in midi.tempos if tick < end]
    held = [(later - tick, qpm) for (tick, qpm), (later, _) in pairwise([*inside, (end, 0.0)]) if later > tick]
    held.sort(key=lambda one: one[1])
    half, passed, middle = sum(ticks for ticks, _ in held) / 2, 0, 0.0
    for ticks, qpm in held:
        passed, middle = passed + ticks, middle or qpm * (passed + ticks >= half)
    longest = max(held, default=(0, 0.0))[1]
    return any(abs(qpm - asked) <= _TEMPO_SHARE * asked for qpm in (_tempo_at(midi, start), middle, longest))


def _plain_key(key: str) -> str:
    """A plan's key as MIDI writes keys."""
    tonic, _, mode = key.partition(" ")
    return f"{tonic}m" if mode == "minor" else tonic


def _key_at(midi: _Midi, tick: int) -> str:
    """The key signature that holds at a tick."""
    said = [key for when, key in midi.keys if when <= tick]
    return said[-1] if said else "none"


def _ranges(midi: _Midi) -> Iterator[Finding]:
    """Every melodic player's pitches beside what the instrument can play."""
    from symbolic_music.theory.instruments import instrument_of_program

    for name, own in midi.notes.items():
        if name not in midi.drums:
            low, high = min(pitch for _, pitch in own), max(pitch for _, pitch in own)
            played = instrument_of_program(midi.programs[name])
            yield Finding(f"{name}: pitches", f"{played.low} to {played.high} ({played.name})", f"{low} to {high}",
                          played.low <= low and high <= played.high)  # fmt: skip


@dataclass(frozen=True)
class _Sheet:
    """What music21 says of a lead sheet."""

    n_bars: int
    meter: str
    tempo: float | None
    pitches: tuple[int, ...]
    symbols: tuple[str, ...]
    rehearsals: tuple[str, ...]
    words: int


def _read_sheet(path: Path) -> _Sheet:
    """Read a lead sheet with music21."""
    from music21 import converter, expressions, harmony, meter, stream, tempo

    try:
        score = converter.parse(str(path), forceSource=True)  # without a copy in music21's folder
    except Exception as failure:  # music21's parsers raise errors of any kind
        raise FileFormatError(f"{path}: music21 cannot read it: {' '.join(str(failure).split())[:200]}") from None
    part = score.parts[0] if isinstance(score, stream.Score) else score
    measures = [m for m in part.getElementsByClass(stream.Measure) if m.number > 0]
    signs = list(part.recurse().getElementsByClass(meter.TimeSignature))
    marks = list(score.recurse().getElementsByClass(tempo.MetronomeMark))
    notes = [n for n in part.recurse().notes if not isinstance(n, harmony.Harmony)]
    begun = [n for n in notes if n.tie is None or n.tie.type == "start"]
    texts = [mark.content for mark in part.recurse().getElementsByClass(expressions.RehearsalMark)]
    symbols = [h for h in part.recurse().getElementsByClass(harmony.ChordSymbol) if not isinstance(h, harmony.NoChord)]
    return _Sheet(
        len(measures), signs[0].ratioString if signs else "none",
        float(marks[0].getQuarterBPM()) if marks else None,
        tuple(n.pitch.midi for n in begun if hasattr(n, "pitch")), tuple(map(_heard_name, symbols)),
        tuple(map(str, texts)),
        sum(bool(n.lyric) for n in begun),
    )  # fmt: skip


def _plain_name(text: str) -> str:
    """A chord symbol as its root, minor or not, and its bass, so that spellings of the rest do not count."""
    found = re.match(r"([A-G][#b]*)(.*?)(?:/([A-G][#b]*))?$", text)
    if found is None:
        return text
    is_minor = re.match(r"(?:m(?!aj)|min|-|dim|°|ø|o)", found[2]) is not None
    return _name_of(_step(found[1]), is_minor, _step(found[3] or found[1]))


def _heard_name(symbol: Any) -> str:
    """What music21 reads of a chord symbol, named in the same way."""
    root, tones = symbol.root().pitchClass, set(symbol.pitchClasses)
    is_minor = (root + 3) % 12 in tones and (root + 4) % 12 not in tones
    return _name_of(root, is_minor, symbol.bass().pitchClass)


def _step(name: str) -> int:
    """A tone's pitch class."""
    return (dict(zip("CDEFGAB", (0, 2, 4, 5, 7, 9, 11), strict=True))[name[0]] + name.count("#") - name.count("b")) % 12


def _name_of(root: int, is_minor: bool, bass: int) -> str:
    """A chord's plain name; over the third of a minor chord nobody can tell it from one whose third is left out."""
    is_minor = is_minor and (bass - root) % 12 != 3
    tones = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
    return f"{tones[root]}{'m' if is_minor else ''}{f'/{tones[bass]}' if bass != root else ''}"


def _differing(written: Sequence[str], played: Sequence[str]) -> str:
    """How many there are, or the first that is another."""
    if len(written) != len(played):
        return str(len(played))
    pairs = [(number, a, b) for number, (a, b) in enumerate(zip(written, played, strict=True), start=1) if a != b]
    return f"{pairs[0][2]} for {pairs[0][1]}, the {pairs[0][0]}." if pairs else str(len(played))


def _sheet_against_plan(plan: Mapping[str, Any], sheet: _Sheet) -> Iterator[Finding]:
    """The lead sheet beside the plan."""
    yield _same("lead sheet: bars", plan["n_bars"], sheet.n_bars)
    first = plan["sections"][0]
    yield _same("lead sheet: meter", str(first.get("meter") or plan.get("meter", "4/4")), sheet.meter)
    asked = float(first.get("tempo_qpm") or plan["tempo_qpm"])
    is_right = sheet.tempo is not None and abs(sheet.tempo - asked) <= _TEMPO_SHARE * asked
    yield Finding("lead sheet: tempo", f"{asked:g}", "none" if sheet.tempo is None else f"{sheet.tempo:g}", is_right)
    names = [str(section["name"]).lower() for section in plan["sections"]]
    yield _same("lead sheet: sections", names, [text.lower() for text in sheet.rehearsals])


def _sheet_against_midi(midi: _Midi, sheet: _Sheet) -> Iterator[Finding]:
    """The tune, chords and words of the lead sheet beside those that are played."""
    chords = [_plain_name(text) for _, text in midi.symbols if text != "N.C."]
    yield Finding(
        "chord symbols in MIDI and lead sheet", f"{len(sheet.symbols)}", _differing(sheet.symbols, chords),
        list(sheet.symbols) == chords,
    )  # fmt: skip
    if midi.melody is not None:
        played = [pitch % 12 for _, pitch in midi.notes[midi.melody]]
        written = [pitch % 12 for pitch in sheet.pitches]
        is_same = played == written
        found = f"{len(played)} notes" if is_same or len(played) != len(written) else "other pitches"
        yield Finding("the tune is played as written", f"{len(written)} notes", found, is_same)
    yield _same("syllables in MIDI and lead sheet", sheet.words, len(midi.words))


def _against_brief(brief: Mapping[str, Any], plan: Mapping[str, Any], midi: _Midi) -> Iterator[Finding]:
    """What was asked in the brief, where it says something."""
    if brief.get("n_bars"):
        yield _same("asked: bars", brief["n_bars"], _bar_of(_bar_lines(midi), midi.end))
    if brief.get("meter") and midi.meters:
        yield _same("asked: meter", brief["meter"], midi.meters[0][1])
    if brief.get("tempo_qpm"):
        tempo = next((qpm for tick, qpm in midi.tempos if tick == 0), 0.0)
        asked = float(brief["tempo_qpm"])
        yield Finding("asked: tempo", f"{asked:g}", f"{tempo:.4g}", abs(tempo - asked) <= _TEMPO_SHARE * asked)
    if brief.get("key"):
        yield _same("asked: key", _plain_key(brief["key"]), _key_at(midi, 0))
    if brief.get("duration_sec"):
        seconds, asked = _seconds(midi), float(brief["duration_sec"])
        yield Finding("asked: length", f"{asked:g} s", f"{seconds:.0f} s", abs(seconds - asked) <= max(0.15 * asked, 8))
    for name in _names(brief.get("band")):
        yield _player(name, midi)


def _names(band: Sequence[str] | None) -> list[str]:
    """The players that a brief names, without what says who is not to play."""
    return [
        name for name in band or () if not name.lower().startswith(("no ", "without ", "minus ", "band", "the band"))
    ]


def _player(name: str, midi: _Midi) -> Finding:
    """Whether a named player plays: a track of the instrument's program or kind."""
    from symbolic_music.theory.instruments import parse_player

    wanted = parse_player(name).instrument
    if wanted.is_drum:
        return Finding(f"asked: {name}", "plays", "plays" if midi.drums else "is silent", bool(midi.drums))
    words = set(wanted.name.lower().split()) | set(name.lower().split())
    is_bass = "bass" in words
    found = [t for t in midi.notes if words & set(t.lower().split()) or (is_bass and t == "Bass")]
    # Who sings the tune is called Melody.
    is_there = bool(found) or midi.melody is not None
    return Finding(
        f"asked: {name}", "plays", found[0] if found else "has the tune" if is_there else "is silent", is_there
    )


def _seconds(midi: _Midi) -> float:
    """How long a MIDI file lasts."""
    total = 0.0
    changes = sorted(midi.tempos)
    for index, (tick, qpm) in enumerate(changes):
        end = changes[index + 1][0] if index + 1 < len(changes) else midi.end
        total += max(0, min(end, midi.end) - tick) / midi.ticks * 60 / qpm
    return total


def _locks(locks: Mapping[str, Any], plan: Mapping[str, Any]) -> Iterator[Finding]:
    """Every lock is on something that is there."""
    names = {str(section["name"]).lower() for section in plan["sections"]}
    kinds = {str(section["kind"]).lower() for section in plan["sections"]}
    for one in locks.get("locks", ()):
        where = str(one.get("section") or "the song")
        held = [name.strip().lower() for name in where.split(",")]
        is_there = where == "the song" or all(name in names | kinds or name.split(" ")[-1] in kinds for name in held)
        yield Finding(
            f"locked: {one.get('part') or one.get('what')}", where, "is there" if is_there else "is gone", is_there
        )
