"""REAPER projects: tracks, an item for every section, regions, chords, tempo map, stems.

Times are in seconds, as REAPER keeps them; notes stand in the project itself, in
ticks of 1/480 quarter after their item's start. Sections are regions; chord symbols
are the items, without notes, of a track of their own; words are lyric events of the
melody. Written with the ``rpp`` library.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from symbolic_music.formats.atomic import atomic_path
from symbolic_music.formats.clips import (
    CHORD_COLOUR,
    Clip,
    Stem,
    check_stems,
    clips_of,
    section_colour,
    spans_of,
    track_colour,
)
from symbolic_music.formats.midi import CHORDS_TRACK, MIDI_TPQ, PAN, VOLUME, assign_channels
from symbolic_music.song.lyrics import PLAYED_REACH, of_verse, settle
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import Score, Track, in_force, singer, tick_to_seconds
from symbolic_music.theory.meter import Meter

# Status bytes of MIDI messages.
_NOTE_OFF, _NOTE_ON, _CONTROL, _PROGRAM = 0x80, 0x90, 0xB0, 0xC0
_META, _LYRIC = 0xFF, 0x05
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
    for index, (name, start, end) in enumerate(spans_of(score.markers, score.end_tick), start=1):
        # Two lines make a region: its start with the name, its end without.
        first, last = (_number(tick_to_seconds(score, tick)) for tick in (start, end))
        region = [_colour(section_colour(name)), "1", "R", _guid(score, "region", index), "0"]
        project.append(["MARKER", str(index), first, _text(name), "1", *region])
        project.append(["MARKER", str(index), last, "", "1"])
    if score.chord_symbols:
        project.append(_chord_track(score))
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
        tempo = in_force(score.tempos, tick, score.tempos[0])
        point = ["PT", _number(tick_to_seconds(score, tick)), _number(tempo.qpm), str(_SQUARE)]
        envelope.append(point + ([str(_signature(meters[tick])), "0", "1"] if tick in meters else []))
    return envelope


def _signature(meter: Meter) -> int:
    """Write a meter as one number: the unit in the upper sixteen bits."""
    return meter.unit << 16 | meter.beats


def _chord_track(score: Score) -> Any:
    """Write the chord symbols as a track of items without notes, each until the next."""
    from rpp import Element  # type: ignore[import-untyped]

    element = Element("TRACK", [_guid(score, "chords")])
    element.append(["NAME", CHORDS_TRACK])
    element.append(["PEAKCOL", _colour(CHORD_COLOUR)])
    element.append(["TRACKID", _guid(score, "chords")])
    for number, (name, start, end) in enumerate(spans_of(score.chord_symbols, score.end_tick)):
        source = Element("SOURCE", ["MIDI"])
        source.append(["HASDATA", "1", str(MIDI_TPQ), "QN"])
        length = _tick(end, score) - _tick(start, score)
        source.append(["E", str(length), f"{_CONTROL:02x}", f"{_ALL_NOTES_OFF:02x}", "00"])
        clip = Clip(name, start, end, make_notes([]))
        element.append(_item(score, ("chords", number), clip, source, CHORD_COLOUR))
    return element


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
        element.append(_item(score, (index, number), clip, source, section_colour(clip.name)))
    return element


def _item(score: Score, number: tuple[object, int], clip: Clip, source: Any, colour: str) -> Any:
    """Write an item over a clip's time."""
    from rpp import Element  # type: ignore[import-untyped]

    start, end = tick_to_seconds(score, clip.start_tick), tick_to_seconds(score, clip.end_tick)
    item = Element("ITEM", ())
    item.append(["POSITION", _number(start)])
    item.append(["LENGTH", _number(end - start)])
    item.append(["LOOP", "0"])
    item.append(["COLOR", _colour(colour), "B"])
    item.append(["IGUID", _guid(score, *number, "item")])
    item.append(["NAME", _text(clip.name)])
    item.append(source)
    return item


def _events(score: Score, track: Track, clip: Clip, channel: int) -> list[Any]:
    """Write a clip's messages, each with its distance from the one before."""
    words = _words(score, track)
    start = _tick(clip.start_tick, score)
    # (tick, rank, status, first, second); at one tick: set-up, ends, controls, onsets.
    events = [(0, 0, _PROGRAM, track.program, 0), (0, 0, _CONTROL, VOLUME, track.volume),
              (0, 0, _CONTROL, PAN, track.pan)]  # fmt: skip
    for control in clip.controls:
        events.append((_tick(control.tick, score) - start, 2, _CONTROL, control.controller, control.value))
    for onset, duration, pitch, velocity in clip.notes.tolist():
        begin, end = _tick(onset, score) - start, _tick(onset + duration, score) - start
        events += [(begin, 3, _NOTE_ON, pitch, velocity), (end, 1, _NOTE_OFF, pitch, 0)]
        # After its note, so that it adds nothing to the distances.
        events += [(begin, 3, _META, onset, 0)] if onset in words else []
    # The last message marks the source's end.
    length = _tick(clip.end_tick, score) - start
    events.append((max([length, *(event[0] for event in events)]), 4, _CONTROL, _ALL_NOTES_OFF, 0))
    lines: list[Any] = []
    now = 0
    for tick, _, status, first, second in sorted(events):
        if status == _META:
            lines.append(_lyric(tick - now, words[first]))
        else:
            lines.append(["E", str(tick - now), f"{status | channel:02x}", f"{first:02x}", f"{second:02x}"])
        now = tick
    return lines


def _words(score: Score, track: Track) -> dict[int, str]:
    """List the singer's syllables by their note's onset; a space ends a word."""
    if track is not singer(score):
        return {}
    settled = settle(of_verse(score.lyrics), track.notes["onset_tick"], score.tpq * PLAYED_REACH)
    return {syllable.tick: syllable.text + ("" if syllable.goes_on else " ") for syllable in settled}


def _lyric(wait: int, text: str) -> Any:
    """Write a lyric event: a meta message's bytes in base 64."""
    from rpp import Element  # type: ignore[import-untyped]

    message = bytes((_META, _LYRIC)) + text.encode()
    return Element("X", [str(wait), "0"], [[base64.b64encode(message).decode()]])


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
