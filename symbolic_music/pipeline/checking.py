"""`check`: a song's files read back by other programs' readers, and held against what was asked.

mido reads the MIDI file, music21 the lead sheet, PyYAML the documents: none of this package's own readers, so that
a fault of a writer shows. `quick_check` does what mido alone can answer; `create` and `edit` run it before a song
takes its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from symbolic_music.errors import FileFormatError, OutputError
from symbolic_music.limits import read_text_file
from symbolic_music.pipeline.feel_checks import Finding, feel_of
from symbolic_music.pipeline.read_back import (
    MidiRead,
    SheetRead,
    bar_lines,
    bar_of,
    key_at,
    meter_at,
    plain_name,
    read_midi_back,
    read_sheet_back,
    seconds_of,
    tempo_at,
)
from symbolic_music.song.document import parse_data
from symbolic_music.song.folder import BRIEF_FILE, LEAD_SHEET, LOCKS_FILE, PLAN_FILE, PROVENANCE_FILE, SONG_MIDI

_TEMPO_SHARE = 0.005


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
    plan, midi = _document(folder / PLAN_FILE), read_midi_back(folder / SONG_MIDI)
    sheet = read_sheet_back(folder / LEAD_SHEET)
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
    plan, midi = _document(folder / PLAN_FILE), read_midi_back(folder / SONG_MIDI)
    wrong = [one for one in _against_plan(plan, midi) if not one.ok]
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


def _same(what: str, asked: object, found: object) -> Finding:
    """Compare two things as text."""
    return Finding(what, _short(asked), _short(found), asked == found)


def _short(value: object) -> str:
    """A value as text, a long one its beginning."""
    text = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _against_plan(plan: Mapping[str, Any], midi: MidiRead) -> Iterator[Finding]:
    """The MIDI file beside the plan."""
    lines = bar_lines(midi)
    sections = plan["sections"]
    starts = [sum(s["n_bars"] for s in sections[:index]) for index in range(len(sections))]
    yield _same("bars", plan["n_bars"], bar_of(lines, midi.end))
    yield _same("section starts, in bars", starts, [bar_of(lines, tick) for tick, _ in midi.markers])
    kinds = [str(section["kind"]).lower() for section in sections]
    yield _same("sections", kinds, [text.rsplit(" ", 1)[0].lower() for _, text in midi.markers])
    at = [lines[min(start, len(lines) - 1)] for start in starts]
    meters, found = _meters_asked(plan), [meter_at(midi, tick) for tick in lines[:-1]]
    if len({*meters, *found}) == 1:
        yield _same("meter", meters[0], found[0])
    else:
        yield _same("meters", _changes(meters), _changes(found))
    asked = [float(section.get("tempo_qpm") or plan["tempo_qpm"]) for section in sections]
    tempos = [tempo_at(midi, tick) for tick in at]
    # Where the tempo is the song's, a section may slow down and the next one begin so.
    own = [place for place in range(len(asked)) if not place or asked[place] != asked[place - 1]]
    ends = [*at[1:], lines[-1]]
    is_right = all(_has_tempo(midi, at[place], ends[place], asked[place]) for place in own)
    wanted, heard = (", ".join(f"{values[place]:.4g}" for place in own) for values in (asked, tempos))
    yield Finding("tempo" if len(own) == 1 else "tempos", wanted, heard, is_right)
    keys = [key_at(midi, tick) for tick in at]
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


def _has_tempo(midi: MidiRead, start: int, end: int, asked: float) -> bool:
    """Whether a tempo is the one that a section begins with; or, where it goes freely, the one in its middle."""
    inside = [(max(tick, start), qpm) for tick, qpm in midi.tempos if tick < end]
    held = [(later - tick, qpm) for (tick, qpm), (later, _) in pairwise([*inside, (end, 0.0)]) if later > tick]
    held.sort(key=lambda one: one[1])
    half, passed, middle = sum(ticks for ticks, _ in held) / 2, 0, 0.0
    for ticks, qpm in held:
        passed, middle = passed + ticks, middle or qpm * (passed + ticks >= half)
    longest = max(held, default=(0, 0.0))[1]
    return any(abs(qpm - asked) <= _TEMPO_SHARE * asked for qpm in (tempo_at(midi, start), middle, longest))


def _plain_key(key: str) -> str:
    """A plan's key as MIDI writes keys."""
    tonic, _, mode = key.partition(" ")
    return f"{tonic}m" if mode == "minor" else tonic


def _ranges(midi: MidiRead) -> Iterator[Finding]:
    """Every melodic player's pitches beside what the instrument can play."""
    from symbolic_music.theory.instruments import instrument_of_program

    for name, own in midi.notes.items():
        if name not in midi.drums:
            low, high = min(pitch for _, pitch in own), max(pitch for _, pitch in own)
            played = instrument_of_program(midi.programs[name])
            yield Finding(f"{name}: pitches", f"{played.low} to {played.high} ({played.name})", f"{low} to {high}",
                          played.low <= low and high <= played.high)  # fmt: skip


def _differing(written: Sequence[str], played: Sequence[str]) -> str:
    """How many there are, or the first that is another."""
    if len(written) != len(played):
        return str(len(played))
    pairs = [(number, a, b) for number, (a, b) in enumerate(zip(written, played, strict=True), start=1) if a != b]
    return f"{pairs[0][2]} for {pairs[0][1]}, the {pairs[0][0]}." if pairs else str(len(played))


def _sheet_against_plan(plan: Mapping[str, Any], sheet: SheetRead) -> Iterator[Finding]:
    """The lead sheet beside the plan."""
    yield _same("lead sheet: bars", plan["n_bars"], sheet.n_bars)
    first = plan["sections"][0]
    yield _same("lead sheet: meter", str(first.get("meter") or plan.get("meter", "4/4")), sheet.meter)
    asked = float(first.get("tempo_qpm") or plan["tempo_qpm"])
    is_right = sheet.tempo is not None and abs(sheet.tempo - asked) <= _TEMPO_SHARE * asked
    yield Finding("lead sheet: tempo", f"{asked:g}", "none" if sheet.tempo is None else f"{sheet.tempo:g}", is_right)
    names = [str(section["name"]).lower() for section in plan["sections"]]
    yield _same("lead sheet: sections", names, [text.lower() for text in sheet.rehearsals])


def _sheet_against_midi(midi: MidiRead, sheet: SheetRead) -> Iterator[Finding]:
    """The tune, chords and words of the lead sheet beside those that are played."""
    chords = [plain_name(text) for _, text in midi.symbols if text != "N.C."]
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


def _against_brief(brief: Mapping[str, Any], plan: Mapping[str, Any], midi: MidiRead) -> Iterator[Finding]:
    """What was asked in the brief, where it says something."""
    if brief.get("n_bars"):
        yield _same("asked: bars", brief["n_bars"], bar_of(bar_lines(midi), midi.end))
    if brief.get("meter") and midi.meters:
        yield _same("asked: meter", brief["meter"], midi.meters[0][1])
    if brief.get("tempo_qpm"):
        tempo = next((qpm for tick, qpm in midi.tempos if tick == 0), 0.0)
        asked = float(brief["tempo_qpm"])
        yield Finding("asked: tempo", f"{asked:g}", f"{tempo:.4g}", abs(tempo - asked) <= _TEMPO_SHARE * asked)
    if brief.get("key"):
        yield _same("asked: key", _plain_key(brief["key"]), key_at(midi, 0))
    if brief.get("duration_sec"):
        seconds, asked = seconds_of(midi), float(brief["duration_sec"])
        yield Finding("asked: length", f"{asked:g} s", f"{seconds:.0f} s", abs(seconds - asked) <= max(0.15 * asked, 8))
    for name in _names(brief.get("band")):
        yield _player(name, midi)


def _names(band: Sequence[str] | None) -> list[str]:
    """The players that a brief names, without what says who is not to play."""
    return [
        name for name in band or () if not name.lower().startswith(("no ", "without ", "minus ", "band", "the band"))
    ]


def _player(name: str, midi: MidiRead) -> Finding:
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
