"""DAWproject 1.0, the open exchange format of Bitwig Studio, Studio One and Cubase.

A zip archive with ``project.xml``, ``metadata.xml`` and the audio. Time is in
beats, which are quarters; every track has one level of clips, one a section; the
pedal is automation inside its clip. The format has no place for a track's General
MIDI program and role: they stand in the track's comment, where `read_dawproject` finds them;
nor for chord symbols: they are the names of clips without notes on a track "Chords", whose comment
has the keys.
Format: https://github.com/bitwig/dawproject
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from importlib import metadata
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
from symbolic_music.formats.midi import CHORDS_TRACK, assign_channels
from symbolic_music.song.score import Score, Track, tick_to_seconds

PROJECT_FILE, METADATA_FILE = "project.xml", "metadata.xml"
_MASTER, _TEMPO, _SIGNATURE, _CHORDS = "master", "tempo", "signature", "chords"
# Zip archives keep a date for each entry; a fixed one gives the same bytes for the same song.
_DATE = (1980, 1, 1, 0, 0, 0)


def write_dawproject(score: Score, path: str | Path, stems: Sequence[Stem] = ()) -> None:
    """Write a score as a DAWproject.

    Parameters
    ----------
    score : Score
        Any ``tpq``; nothing is rounded.
    path : str or Path
        The ``.dawproject`` file; replaced whole or not at all.
    stems : sequence of Stem, optional
        One for every track, in order; packed into the file, on audio tracks
        beside the note tracks.

    Raises
    ------
    InputError
        If there are too many tracks for MIDI, or not one stem for every track.
    OutputError
        If the file cannot be written.
    """
    check_stems(score, stems)
    with atomic_path(path) as unfinished, zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, root in ((PROJECT_FILE, score_to_project(score, stems)), (METADATA_FILE, _metadata(score))):
            archive.writestr(_entry(name), _to_bytes(root))
        for stem in stems:
            # Sound is stored, not deflated: it would not get smaller.
            entry = _entry(stem.path, zipfile.ZIP_STORED)
            with stem.file.open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                while block := source.read(1 << 20):
                    target.write(block)


def _entry(name: str, kind: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    """Make an archive entry with the fixed date."""
    entry = zipfile.ZipInfo(name, _DATE)
    entry.compress_type = kind
    return entry


def _to_bytes(root: Any) -> bytes:
    """Write an element as a file's content."""
    from lxml import etree  # type: ignore[import-untyped]

    buffer = io.BytesIO()
    etree.ElementTree(root).write(buffer, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return buffer.getvalue()


def _element(tag: str, parent: Any | None = None, **attributes: object) -> Any:
    """Add an element; floats are written short."""
    from lxml import etree  # type: ignore[import-untyped]

    texts = {name: _clean(f"{value:.12g}" if isinstance(value, float) else str(value))
             for name, value in attributes.items()}  # fmt: skip
    return etree.Element(tag, texts) if parent is None else etree.SubElement(parent, tag, texts)


def _clean(text: str) -> str:
    """Take out what XML cannot hold."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def score_to_project(score: Score, stems: Sequence[Stem] = ()) -> Any:
    """Build the ``Project`` element of a score."""
    root = _element("Project", version="1.0")
    _element("Application", root, name="symbolic-music", version=_own_version())
    transport = _element("Transport", root)
    meter = score.meters[0].meter
    _element("Tempo", transport, id=_TEMPO, name="Tempo", unit="bpm", value=float(score.tempos[0].qpm), min=1.0,
             max=1000.0)  # fmt: skip
    _element("TimeSignature", transport, id=_SIGNATURE, numerator=meter.beats, denominator=meter.unit)
    structure = _element("Structure", root)
    for index, track in enumerate(score.tracks):
        _write_track(structure, track, index, bool(stems))
        if stems:
            _write_audio_track(structure, track, index)
    if score.chord_symbols or score.keys:
        chords = _element("Track", structure, id=f"track-{_CHORDS}", name=CHORDS_TRACK, color=CHORD_COLOUR,
                          comment=_keys_comment(score), contentType="notes", loaded="true")  # fmt: skip
        _write_channel(chords, f"channel-{_CHORDS}", "regular")
    master = _element("Track", structure, id="track-master", name="Master", contentType="audio notes", loaded="true")
    _write_channel(master, _MASTER, "master")
    _write_arrangement(root, score, stems)
    return root


def _keys_comment(score: Score) -> str:
    """Say the keys and the quarters they begin at: ``keys: 0 B minor, 64 D major``."""
    return "keys: " + ", ".join(f"{_beats(change.tick, score):.12g} {change.key}" for change in score.keys)


def _own_version() -> str:
    """The version of the installed package; run from its source alone, it has none."""
    try:
        return metadata.version("symbolic-music")
    except metadata.PackageNotFoundError:
        return "source"


def _write_track(structure: Any, track: Track, index: int, is_muted: bool) -> None:
    """Write a note track and its channel."""
    comment = f"role: {track.role}; program: {track.program}; drums: {'yes' if track.is_drum else 'no'}"
    element = _element("Track", structure, id=f"track-{index}", name=track.name, color=track_colour(index),
                       comment=comment, contentType="notes", loaded="true")  # fmt: skip
    # The level is the square of the controller, as General MIDI has it.
    level = (track.volume / 127) ** 2
    _write_channel(element, f"channel-{index}", "regular", level=level, pan=track.pan / 127, is_muted=is_muted)


def _write_audio_track(structure: Any, track: Track, index: int) -> None:
    """Write the track of a stem; its level and pan are in the sound already."""
    element = _element("Track", structure, id=f"audio-{index}", name=f"{track.name} audio",
                       color=track_colour(index), contentType="audio", loaded="true")  # fmt: skip
    _write_channel(element, f"audio-channel-{index}", "regular")


def _write_channel(
    track: Any, name: str, role: str, level: float = 1.0, pan: float = 0.5, is_muted: bool = False
) -> None:
    """Write a mixer channel; all but the master lead to it."""
    route = {} if role == "master" else {"destination": _MASTER}
    channel = _element("Channel", track, id=name, role=role, audioChannels=2, solo="false", **route)
    _element("Mute", channel, id=f"{name}-mute", name="Mute", value="true" if is_muted else "false")
    _element("Pan", channel, id=f"{name}-pan", name="Pan", unit="normalized", value=float(pan), min=0.0, max=1.0)
    _element("Volume", channel, id=f"{name}-volume", name="Volume", unit="linear", value=float(level), min=0.0,
             max=2.0)  # fmt: skip


def _write_arrangement(root: Any, score: Score, stems: Sequence[Stem]) -> None:
    """Write the timeline: clips, markers, tempos, meters."""
    arrangement = _element("Arrangement", root, id="arrangement")
    lanes = _element("Lanes", arrangement, id="lanes", timeUnit="beats")
    channels = assign_channels(score.tracks)
    for index, (track, channel) in enumerate(zip(score.tracks, channels, strict=True)):
        lane = _element("Lanes", lanes, id=f"lanes-{index}", track=f"track-{index}")
        clips = _element("Clips", lane, id=f"clips-{index}")
        for number, clip in enumerate(clips_of(score, track)):
            _write_clip(clips, clip, score, channel, f"{index}-{number}")
        if stems:
            _write_audio(lanes, score, index, stems[index])
    if score.chord_symbols:
        _write_chords(lanes, score)
    if score.markers:
        markers = _element("Markers", arrangement, id="markers", timeUnit="beats")
        for marker in score.markers:
            _element("Marker", markers, name=marker.text, time=_beats(marker.tick, score),
                     color=section_colour(marker.text))  # fmt: skip
    points = _element("TempoAutomation", arrangement, id="tempo-automation", timeUnit="beats", unit="bpm")
    _element("Target", points, parameter=_TEMPO)
    for change in score.tempos:
        _element("RealPoint", points, time=_beats(change.tick, score), value=float(change.qpm), interpolation="hold")
    points = _element("TimeSignatureAutomation", arrangement, id="signature-automation", timeUnit="beats")
    _element("Target", points, parameter=_SIGNATURE)
    for meter in score.meters:
        _element("TimeSignaturePoint", points, time=_beats(meter.tick, score), numerator=meter.meter.beats,
                 denominator=meter.meter.unit)  # fmt: skip


def _write_chords(lanes: Any, score: Score) -> None:
    """Write the chord symbols as clips without notes that bear their names, each until the next."""
    lane = _element("Lanes", lanes, id=f"lanes-{_CHORDS}", track=f"track-{_CHORDS}")
    clips = _element("Clips", lane, id=f"clips-{_CHORDS}")
    for number, (name, start, end) in enumerate(spans_of(score.chord_symbols, score.end_tick)):
        clip = _element("Clip", clips, name=name, time=_beats(start, score), duration=_beats(end - start, score),
                        playStart=0.0, color=CHORD_COLOUR)  # fmt: skip
        _element("Notes", clip, id=f"notes-{_CHORDS}-{number}")


def _beats(tick: int, score: Score) -> float:
    """Convert a tick to quarters."""
    return tick / score.tpq


def _write_clip(clips: Any, clip: Clip, score: Score, channel: int, name: str) -> None:
    """Write a clip: its notes, beside its automation if it has any; times count from the clip's start."""
    length = _beats(clip.end_tick - clip.start_tick, score)
    element = _element("Clip", clips, name=clip.name, time=_beats(clip.start_tick, score), duration=length,
                       playStart=0.0, color=section_colour(clip.name))  # fmt: skip
    parent = _element("Lanes", element, id=f"clip-{name}") if clip.controls else element
    notes = _element("Notes", parent, id=f"notes-{name}")
    for onset, duration, pitch, velocity in clip.notes.tolist():
        _element("Note", notes, time=_beats(onset - clip.start_tick, score), duration=_beats(duration, score),
                 channel=channel, key=pitch, vel=velocity / 127, rel=0.0)  # fmt: skip
    for controller in sorted({control.controller for control in clip.controls}):
        points = _element("Points", parent, id=f"control-{name}-{controller}", unit="normalized")
        _element("Target", points, expression="channelController", channel=channel, controller=controller)
        for control in clip.controls:
            if control.controller == controller:
                time = _beats(control.tick - clip.start_tick, score)
                _element("RealPoint", points, time=time, value=control.value / 127, interpolation="hold")


def _write_audio(lanes: Any, score: Score, index: int, stem: Stem) -> None:
    """Write a stem as one clip from the song's start, not stretched."""
    lane = _element("Lanes", lanes, id=f"audio-lanes-{index}", track=f"audio-{index}")
    clips = _element("Clips", lane, id=f"audio-clips-{index}")
    element = _element("Clip", clips, name=score.tracks[index].name, time=0.0, playStart=0.0,
                       duration=_seconds_to_beats(score, stem.duration_sec), contentTimeUnit="seconds")  # fmt: skip
    audio = _element("Audio", element, id=f"audio-file-{index}", channels=stem.n_channels,
                     sampleRate=stem.sample_rate, duration=float(stem.duration_sec))  # fmt: skip
    _element("File", audio, path=stem.path)


def _seconds_to_beats(score: Score, seconds: float) -> float:
    """Convert a time to quarters through the tempo map; past the end, the last tempo goes on."""
    changes = sorted(score.tempos, key=lambda change: change.tick)
    change = [c for c in changes if tick_to_seconds(score, c.tick) <= seconds][-1]
    return change.tick / score.tpq + (seconds - tick_to_seconds(score, change.tick)) * change.qpm / 60


def _metadata(score: Score) -> Any:
    """Build the ``MetaData`` element."""
    from lxml import etree  # type: ignore[import-untyped]

    root = _element("MetaData")
    for tag, text in (("Title", score.title), ("Comment", "Made with symbolic-music")):
        etree.SubElement(root, tag).text = _clean(text)
    return root
