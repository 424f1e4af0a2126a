"""Read a DAWproject, ours or one that a DAW has saved, as a score.

Taken: note tracks with their names, notes of clips at any depth, the pedal and
other controllers, tempos, meters, markers, chord symbols (names of clips on a track
"Chords" without notes), keys (that track's comment). Sound, plug-ins and mixing stay behind.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symbolic_music.errors import FileFormatError
from symbolic_music.formats.dawproject import METADATA_FILE, PROJECT_FILE
from symbolic_music.formats.midi import MIDI_TPQ
from symbolic_music.formats.midi_reader import (
    CHORDS_TRACK,
    DRUM_CHANNEL,
    check_length,
    check_meters,
    count_bars,
    guess_role,
)
from symbolic_music.limits import ARCHIVE_ERRORS, BARS, NESTING, NOTES, first_line, name_of, read_member
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import (
    ControlChange,
    KeyChange,
    Marker,
    MeterChange,
    Score,
    TempoChange,
    Track,
    last_tick,
)
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import TPQ, Meter

_DEFAULT_TEMPO, _DEFAULT_METER = 120.0, Meter(4, 4)
_COMMENT = re.compile(r"role: (?P<role>[\w-]+); program: (?P<program>\d+); drums: (?P<drums>yes|no)")
_KEYS_COMMENT = re.compile(r"(?P<beats>\d+(?:\.\d+)?) (?P<key>[A-G][b#]* (?:major|minor))")
# Ticks are kept in 32 bits, so no time may be later than this.
_MAX_BEATS = 1_000_000.0
# What a MIDI file can say too.
_SLOWEST, _FASTEST = 4, 60_000_000


@dataclass
class _Found:
    """What a track's lanes hold; times in quarters."""

    notes: list[tuple[float, float, int, int]] = field(default_factory=list)
    controls: list[tuple[float, int, int]] = field(default_factory=list)
    channels: set[int] = field(default_factory=set)


def read_dawproject(path: str | Path) -> Score:
    """Read a DAWproject as a score of 480 ticks a quarter.

    Raises
    ------
    FileFormatError
        If the file is missing, broken, or no DAWproject.
    """
    path = Path(path)
    root, title = _load(path)
    try:
        score = _score(root, title or name_of(path))
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as failure:
        if isinstance(failure, FileFormatError):
            raise FileFormatError(f"{path}: {failure.message}", failure.hint) from None
        raise FileFormatError(f"{path}: broken DAWproject: {first_line(failure)}") from None
    check_meters(path, score.meters, TPQ)
    check_length(path, last_tick(score.tracks), score.meters, score.tempos, MIDI_TPQ)
    BARS.check(count_bars(score.end_tick, score.meters, MIDI_TPQ), str(path))
    return score


def _load(path: Path) -> tuple[Any, str]:
    """Parse the project and its title."""
    from lxml import etree  # type: ignore[import-untyped]

    # Neither entities nor network: the file may come from anywhere.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        with zipfile.ZipFile(path) as archive:
            root = etree.fromstring(read_member(archive, PROJECT_FILE, str(path)), parser)
            has_title = METADATA_FILE in archive.namelist()
            metadata = etree.fromstring(read_member(archive, METADATA_FILE, str(path)), parser) if has_title else None
    except FileNotFoundError:
        raise FileFormatError(f"{path}: no such file") from None
    except KeyError:
        raise FileFormatError(f"{path}: not a DAWproject: it has no {PROJECT_FILE}") from None
    except FileFormatError:
        raise
    except (etree.XMLSyntaxError, *ARCHIVE_ERRORS) as failure:
        raise FileFormatError(f"{path}: not a DAWproject: {first_line(failure)}") from None
    if root.tag != "Project":
        raise FileFormatError(f"{path}: not a DAWproject: its root is <{root.tag}>, not <Project>")
    return root, (metadata.findtext("Title") or "").strip() if metadata is not None else ""


def _score(root: Any, title: str) -> Score:
    """Put a score together."""
    found: dict[str, _Found] = {}
    for lanes in root.iterfind("Arrangement/Lanes"):
        _check_beats(lanes)
        _walk(lanes, "", 0.0, found, 1)
    NOTES.check(sum(len(music.notes) for music in found.values()), "the arrangement")
    names = {element.get("id"): element for element in root.iterfind("Structure//Track")}
    tracks = tuple(_track(names[name], music) for name, music in found.items() if music.notes and name in names)
    tempos = [TempoChange(_tick(point), _qpm(point.get("value"))) for point in
              root.iterfind("Arrangement/TempoAutomation/RealPoint")]  # fmt: skip
    meters = [MeterChange(_tick(point), _meter(point.get("numerator"), point.get("denominator")))
              for point in root.iterfind("Arrangement/TimeSignatureAutomation/TimeSignaturePoint")]  # fmt: skip
    tempos.sort(key=lambda change: change.tick)
    meters.sort(key=lambda change: change.tick)
    markers = [Marker(_tick(mark), str(mark.get("name", ""))) for mark in root.iterfind("Arrangement/Markers/Marker")]
    if not tempos or tempos[0].tick > 0:
        tempos.insert(0, TempoChange(0, _qpm(_value(root, "Transport/Tempo", "value") or _DEFAULT_TEMPO)))
    if not meters or meters[0].tick > 0:
        meters.insert(0, MeterChange(0, _transport_meter(root)))
    chords = {
        name for name, track in names.items() if track.get("name") == CHORDS_TRACK and not _has_notes(found, name)
    }
    symbols = [Marker(_tick(clip), str(clip.get("name", ""))) for lanes in root.iterfind("Arrangement/Lanes/Lanes")
               if lanes.get("track") in chords for clip in lanes.iterfind("Clips/Clip")]  # fmt: skip
    last = last_tick(tracks)
    clips = [clip for clip in root.iterfind("Arrangement/Lanes/Lanes/Clips/Clip") if clip.find(".//Note") is not None]
    ends = [_tick_of(float(clip.get("time")) + float(clip.get("duration", 0))) for clip in clips]
    return Score(
        title=title, tpq=MIDI_TPQ, end_tick=_bar_line(max([last, *ends]), meters), tracks=tracks,
        tempos=tuple(tempos), meters=tuple(meters), markers=tuple(sorted(markers, key=lambda mark: mark.tick)),
        keys=tuple(key for name in chords for key in _keys(names[name])),
        chord_symbols=tuple(sorted(symbols, key=lambda mark: mark.tick)),
    )  # fmt: skip


def _keys(chords: Any) -> list[KeyChange]:
    """Read the keys that the comment of the track of chord symbols has, if it is still there."""
    found = _KEYS_COMMENT.finditer((chords.get("comment") or "").partition("keys: ")[2])
    return [KeyChange(_tick_of(float(part["beats"])), parse_key(part["key"])) for part in found]


def _has_notes(found: dict[str, _Found], track: str) -> bool:
    """Tell whether a track plays: one that is called Chords may be a part of the band."""
    return track in found and bool(found[track].notes)


def _value(root: Any, path: str, attribute: str) -> str | None:
    """Read an attribute of an element that may be missing."""
    element = root.find(path)
    return None if element is None else element.get(attribute)


def _transport_meter(root: Any) -> Meter:
    """Read the meter of the transport."""
    beats, unit = (_value(root, "Transport/TimeSignature", name) for name in ("numerator", "denominator"))
    return _meter(beats, unit) if beats and unit else _DEFAULT_METER


def _meter(beats: str, unit: str) -> Meter:
    """Read a time signature that bars can be counted in."""
    meter = Meter(int(beats), int(unit))
    if not 1 <= meter.beats <= 255 or meter.unit not in (1, 2, 4, 8, 16, 32):
        raise ValueError(f"time signature {beats}/{unit} has no length that bars can be counted in")
    return meter


def _qpm(text: str | float) -> float:
    """Read a tempo."""
    tempo = float(text)
    if not _SLOWEST <= tempo <= _FASTEST:
        raise ValueError(f"a tempo of {text} quarters a minute")
    return tempo


def _check_beats(lanes: Any) -> None:
    """Refuse an arrangement in seconds."""
    if lanes.get("timeUnit", "beats") != "beats":
        raise ValueError("its arrangement is in seconds; save it in beats")


def _tick_of(beats: float) -> int:
    """Convert quarters to ticks, refusing what no song has."""
    if not 0 <= beats <= _MAX_BEATS:
        raise ValueError(f"a time of {beats} beats")
    return round(beats * MIDI_TPQ)


def _tick(element: Any) -> int:
    """Read an element's time."""
    return _tick_of(float(element.get("time")))


def _bar_line(tick: int, meters: list[MeterChange]) -> int:
    """Find the bar line at or after a tick."""
    change = [meter for meter in meters if meter.tick <= tick][-1]
    bar = change.meter.beats * MIDI_TPQ * 4 // change.meter.unit
    if bar < 1:
        raise ValueError(f"time signature {change.meter} has no length")
    return change.tick + -(-(tick - change.tick) // bar) * bar


def _walk(element: Any, track: str, start: float, found: dict[str, _Found], depth: int) -> None:
    """Collect the music under a timeline; ``start`` is where it begins, in quarters."""
    NESTING.check(depth, "the arrangement")
    track = element.get("track") or track
    for child in element:
        if child.tag in ("Lanes", "Clips"):
            _walk(child, track, start, found, depth + 1)
        elif child.tag == "Clip":
            if child.get("enable", "true") != "false":
                shift = float(child.get("time")) - float(child.get("playStart", 0))
                _walk(child, track, start + shift, found, depth + 1)
        elif child.tag == "Notes":
            own = found.setdefault(child.get("track") or track, _Found())
            own.notes += _notes(child, start, own)
        elif child.tag == "Points" and _value(child, "Target", "expression") == "channelController":
            own = found.setdefault(child.get("track") or track, _Found())
            controller = min(127, max(0, int(_value(child, "Target", "controller") or 0)))
            own.controls += [(start + float(point.get("time")), controller, _seven_bits(point.get("value")))
                             for point in child.iterfind("RealPoint")]  # fmt: skip


def _seven_bits(share: str) -> int:
    """Convert a share of one to a controller's 0 to 127."""
    return min(127, max(0, round(float(share) * 127)))


def _notes(element: Any, start: float, found: _Found) -> Iterator[tuple[float, float, int, int]]:
    """List the notes of a clip from the song's start."""
    for note in element.iterfind("Note"):
        found.channels.add(int(note.get("channel", 0)))
        velocity = min(127, max(1, round(float(note.get("vel", 0.8)) * 127)))
        yield start + float(note.get("time")), float(note.get("duration")), int(note.get("key")), velocity


def _track(element: Any, music: _Found) -> Track:
    """Make a track; program and role come from the comment, else from the name and channel."""
    name = (element.get("name") or "Track").strip() or "Track"
    comment = _COMMENT.search(element.get("comment") or "")
    is_drum = comment["drums"] == "yes" if comment else music.channels == {DRUM_CHANNEL} or "drum" in name.lower()
    program = min(127, int(comment["program"][:4])) if comment else 0
    rows = []
    for onset, duration, pitch, velocity in music.notes:
        start = _tick_of(max(0.0, onset))
        rows.append((start, max(1, _tick_of(onset + duration) - start), min(127, max(0, pitch)), velocity))
    controls = [ControlChange(_tick_of(max(0.0, time)), number, value) for time, number, value in music.controls]
    return Track(
        name=name, role=comment["role"] if comment else guess_role(name, program, is_drum), program=program,
        notes=make_notes(rows), is_drum=is_drum,
        volume=_mixer(element, "Volume", lambda level: round(level**0.5 * 127), 100),
        pan=_mixer(element, "Pan", lambda place: round(place * 127), 64),
        controls=tuple(sorted(controls, key=lambda change: change.tick)),
    )  # fmt: skip


def _mixer(element: Any, name: str, convert: Any, default: int) -> int:
    """Read a mixer setting as a controller value."""
    value = _value(element, f"Channel/{name}", "value")
    return default if value is None else min(127, max(0, convert(max(0.0, float(value)))))
