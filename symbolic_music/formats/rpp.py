"""REAPER projects: tracks, an item for every section, markers, tempo map, stems.

Times are in seconds, as REAPER keeps them; notes stand in the project itself, in
ticks of 1/480 quarter after their item's start. Written with the ``rpp`` library.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from symbolic_music.formats.atomic import atomic_path
from symbolic_music.formats.clips import Clip, Stem, check_stems, clips_of, section_colour, track_colour
from symbolic_music.formats.midi import MIDI_TPQ, PAN, VOLUME, assign_channels
from symbolic_music.song.score import Score, TempoChange, Track, tick_to_seconds
from symbolic_music.theory.meter import Meter

# Status bytes of MIDI messages.
_NOTE_OFF, _NOTE_ON, _CONTROL, _PROGRAM = 0x80, 0x90, 0xB0, 0xC0
_ALL_NOTES_OFF = 123
_SQUARE = 1  # a tempo point's shape: the tempo stays until the next


def write_rpp(score: Score, path: str | Path, stems: Sequence[Stem] = ()) -> None:
    """Write a score as a REAPER project.

    Parameters
    ----------
    score : Score
        Any ``tpq``.
    path : str or Path
        The project; replaced whole or not at all.
    stems : sequence of Stem, optional
        One for every track, in order, named relative to the project; each
        gets an audio track below its MIDI track, which is muted then.

    Raises
    ------
    InputError
        If there are too many tracks for MIDI, or not one stem for every track.
    OutputError
        If the file cannot be written.
    """
    import rpp  # type: ignore[import-untyped]

    text = rpp.dumps(score_to_rpp(score, stems))
    with atomic_path(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8", newline="\n")


def score_to_rpp(score: Score, stems: Sequence[Stem] = ()) -> Any:
    """Build the ``REAPER_PROJECT`` element of a score."""
    from rpp import Element  # type: ignore[import-untyped]

    check_stems(score, stems)
    meter, tempo = score.meters[0].meter, score.tempos[0].qpm
    project = Element("REAPER_PROJECT", ["0.1", "6.0", "0"])
    project.append(["TIMEMODE", "1", "5", "-1", "30", "0", "0", "-1"])  # the ruler in bars and beats
    project.append(["TEMPO", _number(tempo), str(meter.beats), str(meter.unit)])
    project.append(["SAMPLERATE", str(stems[0].sample_rate if stems else 44100), "0", "0"])
    project.append(_tempo_map(score))
    for index, marker in enumerate(score.markers, start=1):
        place = _number(tick_to_seconds(score, marker.tick))
        colour = _colour(section_colour(marker.text))
        project.append(["MARKER", str(index), place, _text(marker.text), "0", colour])
    for index, (track, channel) in enumerate(zip(score.tracks, assign_channels(score.tracks), strict=True)):
        project.append(_midi_track(score, index, channel, bool(stems)))
        if stems:
            project.append(_audio_track(score, track, index, stems[index]))
    return project


def _text(text: str) -> str:
    """Take line breaks out of a text: the format has one entry a line."""
    return " ".join(text.split())


def _number(value: float) -> str:
    """Write a number with as many digits as REAPER does."""
    return f"{value:.12g}"


def _colour(name: str) -> str:
    """Write ``#rrggbb`` as REAPER's number: blue first, with the bit that says that it is set."""
    red, green, blue = (int(name[place : place + 2], 16) for place in (1, 3, 5))
    return str(0x1000000 | blue << 16 | green << 8 | red)


def _guid(score: Score, *names: object) -> str:
    """Make an identifier that is the same for the same project."""
    text = "/".join(str(name) for name in (score.title, *names))
    return "{" + str(uuid.uuid5(uuid.NAMESPACE_URL, text)).upper() + "}"


def _tempo_map(score: Score) -> Any:
    """Write tempos and meters, a point wherever one changes."""
    from rpp import Element  # type: ignore[import-untyped]

    envelope = Element("TEMPOENVEX", ())
    envelope.append(["ACT", "1", "-1"])
    envelope.append(["VIS", "1", "0", "1"])
    meters = {change.tick: change.meter for change in score.meters}
    tempos = {change.tick: change for change in score.tempos}
    for tick in sorted({*meters, *tempos}):
        tempo = _tempo_at(score, tick)
        point = ["PT", _number(tick_to_seconds(score, tick)), _number(tempo.qpm), str(_SQUARE)]
        envelope.append(point + ([str(_signature(meters[tick])), "0", "1"] if tick in meters else []))
    return envelope


def _tempo_at(score: Score, tick: int) -> TempoChange:
    """Find the tempo in force at a tick."""
    changes = sorted(score.tempos, key=lambda change: change.tick)
    return [change for change in changes if change.tick <= tick][-1]


def _signature(meter: Meter) -> int:
    """Write a meter as one number: the unit in the upper sixteen bits."""
    return meter.unit << 16 | meter.beats


def _midi_track(score: Score, index: int, channel: int, is_muted: bool) -> Any:
    """Write a track with its items."""
    from rpp import Element  # type: ignore[import-untyped]

    track = score.tracks[index]
    element = Element("TRACK", [_guid(score, index)])
    element.append(["NAME", _text(track.name)])
    element.append(["PEAKCOL", _colour(track_colour(index))])
    # The track's own volume and pan are in its MIDI, as controllers.
    element.append(["VOLPAN", "1", "0", "-1", "-1", "1"])
    element.append(["MUTESOLO", "1" if is_muted else "0", "0", "0"])
    element.append(["TRACKID", _guid(score, index)])
    for number, clip in enumerate(clips_of(score, track)):
        source = Element("SOURCE", ["MIDI"])
        source.append(["HASDATA", "1", str(MIDI_TPQ), "QN"])
        source.extend(_events(score, track, clip, channel))
        element.append(_item(score, (index, number), clip, source))
    return element


def _item(score: Score, number: tuple[int, int], clip: Clip, source: Any) -> Any:
    """Write an item over a clip's time."""
    from rpp import Element  # type: ignore[import-untyped]

    start, end = tick_to_seconds(score, clip.start_tick), tick_to_seconds(score, clip.end_tick)
    item = Element("ITEM", ())
    item.append(["POSITION", _number(start)])
    item.append(["LENGTH", _number(end - start)])
    item.append(["LOOP", "0"])
    item.append(["COLOR", _colour(section_colour(clip.name)), "B"])
    item.append(["IGUID", _guid(score, *number, "item")])
    item.append(["NAME", _text(clip.name)])
    item.append(source)
    return item


def _events(score: Score, track: Track, clip: Clip, channel: int) -> list[list[str]]:
    """Write a clip's messages, each with its distance from the one before."""
    start = _tick(clip.start_tick, score)
    # (tick, rank, status, first, second); at one tick: set-up, ends, controls, onsets.
    events = [(0, 0, _PROGRAM, track.program, 0), (0, 0, _CONTROL, VOLUME, track.volume),
              (0, 0, _CONTROL, PAN, track.pan)]  # fmt: skip
    for control in clip.controls:
        events.append((_tick(control.tick, score) - start, 2, _CONTROL, control.controller, control.value))
    for onset, duration, pitch, velocity in clip.notes.tolist():
        begin, end = _tick(onset, score) - start, _tick(onset + duration, score) - start
        events += [(begin, 3, _NOTE_ON, pitch, velocity), (end, 1, _NOTE_OFF, pitch, 0)]
    # The last message marks the source's end.
    length = _tick(clip.end_tick, score) - start
    events.append((max([length, *(event[0] for event in events)]), 4, _CONTROL, _ALL_NOTES_OFF, 0))
    lines, now = [], 0
    for tick, _, status, first, second in sorted(events):
        lines.append(["E", str(tick - now), f"{status | channel:02x}", f"{first:02x}", f"{second:02x}"])
        now = tick
    return lines


def _tick(tick: int, score: Score) -> int:
    """Convert a score's tick to 480 a quarter."""
    return round(tick * MIDI_TPQ / score.tpq)


def _audio_track(score: Score, track: Track, index: int, stem: Stem) -> Any:
    """Write a track with the whole stem as one item from the song's start."""
    from rpp import Element  # type: ignore[import-untyped]

    element = Element("TRACK", [_guid(score, index, "audio")])
    element.append(["NAME", _text(f"{track.name} audio")])
    element.append(["PEAKCOL", _colour(track_colour(index))])
    element.append(["VOLPAN", "1", "0", "-1", "-1", "1"])
    item = Element("ITEM", ())
    item.append(["POSITION", "0"])
    item.append(["LENGTH", _number(stem.duration_sec)])
    item.append(["LOOP", "0"])
    item.append(["NAME", _text(track.name)])
    kinds = {".wav": "WAVE", ".flac": "FLAC", ".ogg": "VORBIS", ".mp3": "MP3"}
    source = Element("SOURCE", [kinds[stem.file.suffix.lower()]])
    source.append(["FILE", stem.path])
    item.append(source)
    element.append(item)
    return element
