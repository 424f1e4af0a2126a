"""The MIDI contract over every style, each of its meters and three seeds: what a DAW opens is what is promised.

The phrase model is a tiny one with random weights: the contract must hold whatever a model writes. The
whole product is slow; the plain run takes every sixtieth case.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import mido
import pytest

from symbolic_music.arranging import arrange
from symbolic_music.formats.midi import write_midi
from symbolic_music.performing import PerformOptions, perform
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import Score
from symbolic_music.styles.style import all_styles, load_style
from symbolic_music.theory.instruments import instrument_of_program
from tests.arranging.short_songs import short_plan, short_sheet

SEEDS = (1, 2, 3)
CASES = [(style.name, meter, seed) for style in all_styles() for meter in style.meters for seed in SEEDS]
EVERY = 60
TICKS = 480


def absolute(track: mido.MidiTrack) -> list[tuple[int, mido.Message | mido.MetaMessage]]:
    now, events = 0, []
    for message in track:
        now += message.time
        events.append((now, message))
    return events


def check_contract(path: Path, plan: SongPlan, score: Score) -> None:
    """Everything that the docstring of formats.midi and the field's conventions promise."""
    song = mido.MidiFile(str(path), charset="utf-8")
    end = plan.n_bars * plan.meter.bar_ticks * 40
    assert (song.type, song.ticks_per_beat) == (1, TICKS)
    assert {absolute(track)[-1][0] for track in song.tracks} == {end}
    assert all(track[-1].type == "end_of_track" for track in song.tracks)
    check_conductor(song.tracks[0], plan)
    band, chords = song.tracks[1:-1], song.tracks[-1]
    assert chords.name == "Chords" and all(message.is_meta for message in chords)
    assert sum(message.type == "text" for message in chords) == 10
    names = [track.name for track in song.tracks]
    assert len(set(names)) == len(names) and all(name.strip() for name in names)
    channels = [check_track(track) for track in band]
    assert len(set(channels)) == len(channels)
    assert [channel == 9 for channel in channels] == [track.is_drum for track in score.tracks]
    for track, written in zip(band, score.tracks, strict=True):
        instrument = instrument_of_program(written.program, written.is_drum)
        pitches = [message.note for message in track if message.type == "note_on"]
        assert all(instrument.low <= pitch <= instrument.high for pitch in pitches), track.name


def check_conductor(conductor: mido.MidiTrack, plan: SongPlan) -> None:
    """Track 0: name, tempo from the start, one meter, a key, a marker on each section's bar line."""
    events = absolute(conductor)
    assert all(message.is_meta for _, message in events) and conductor.name == "Söng"
    meters = [(t, f"{m.numerator}/{m.denominator}") for t, m in events if m.type == "time_signature"]
    assert meters == [(0, str(plan.meter))]
    assert [(t, m.key) for t, m in events if m.type == "key_signature"] == [(0, "C")]
    markers = [(t, m.text) for t, m in events if m.type == "marker"]
    assert [t for t, _ in markers] == [tick * 40 for tick in plan.section_ticks]
    assert [text for _, text in markers] == ["Intro 1", "Verse 1", "Chorus 1", "Verse 2", "Chorus 2"]
    tempos = [(t, m.tempo) for t, m in events if m.type == "set_tempo"]
    assert tempos[0] == (0, round(60e6 / plan.tempo_qpm))
    slows = load_style(plan.style or "").ending == "ritardando"
    assert (len(tempos) > 1) == slows and [t for _, t in tempos] == sorted(t for _, t in tempos)


def check_track(track: mido.MidiTrack) -> int:
    """One channel, set up once at the start, notes closed and apart, controllers quiet at the end; the channel."""
    events = absolute(track)
    channels = {message.channel for _, message in events if not message.is_meta}
    assert len(channels) == 1, track.name
    setup = Counter(
        (m.type, getattr(m, "control", None)) for _, m in events
        if m.type == "program_change" or getattr(m, "control", None) in (7, 10)
    )  # fmt: skip
    assert setup == {("program_change", None): 1, ("control_change", 7): 1, ("control_change", 10): 1}
    assert all(t == 0 for t, m in events if m.type == "program_change" or getattr(m, "control", None) in (7, 10))
    sounding: dict[int, int] = {}
    for tick, message in events:
        if message.type == "note_on" and message.velocity:
            assert message.note not in sounding, (track.name, tick)
            sounding[message.note] = tick
        elif message.type in ("note_on", "note_off"):
            assert tick > sounding.pop(message.note), (track.name, tick)
    assert not sounding, track.name
    pedal = [m.value for _, m in events if getattr(m, "control", None) == 64]
    assert not pedal or pedal[-1] == 0
    return channels.pop()


def hold_contract(style: str, meter: str, seed: int, folder: Path) -> None:
    plan = short_plan(style, meter, seed)
    score = arrange(short_sheet(plan), plan)
    played = perform(score, plan, PerformOptions(humanize=seed / 3))
    write_midi(played, folder / "song.mid")
    check_contract(folder / "song.mid", plan, played)


@pytest.mark.usefixtures("small_model")
@pytest.mark.parametrize(("style", "meter", "seed"), CASES[::EVERY])
def test_the_contract_holds(style: str, meter: str, seed: int, tmp_path: Path) -> None:
    hold_contract(style, meter, seed, tmp_path)


@pytest.mark.slow
@pytest.mark.usefixtures("small_model")
@pytest.mark.parametrize("style", all_styles(), ids=lambda style: style.name)
def test_the_contract_holds_for_all(style: object, tmp_path: Path) -> None:
    own = [case for case in CASES if case[0] == getattr(style, "name", "")]
    assert len(own) >= len(SEEDS)
    for case in own:
        hold_contract(*case, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("style", "meter", "seed"), CASES[:: 3 * len(CASES) // 60])
def test_the_contract_holds_with_the_trained_model(style: str, meter: str, seed: int, tmp_path: Path) -> None:
    hold_contract(style, meter, seed, tmp_path)
