"""Every song opens at its tempo, in whatever program reads it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import mido
import numpy as np
import pretty_midi
import pytest

from symbolic_music.formats.midi import write_midi
from symbolic_music.performing import PerformOptions, perform
from symbolic_music.song.score import Score
from symbolic_music.styles.style import Style, all_styles, load_style
from tests.arranging.band_songs import make_plan
from tests.performing.written import write_score
from tests.pipeline.programs import MUSESCORE

# MuseScore 3 reads a file's own tempo and bars if most of its beats begin so near, in 480ths of a quarter.
NEAR, MOST = 15, 0.6


def performed(style: Style, qpm: float) -> Score:
    """The plain score, played in a style at a tempo."""
    plan = make_plan(style.genre, style.meters[0], style=style.name, tempo_qpm=qpm)
    return perform(write_score(plan), plan)


def share_of_beats_in_place(score: Score, n_tracks: int) -> float:
    """Share of the beats that are struck whose first stroke, of the first tracks alone, lies near them."""
    onsets = np.sort(np.concatenate([track.notes["onset_tick"] for track in score.tracks[:n_tracks]]))
    beat = score.meters[0].meter.beat_ticks * 40
    nearest = np.round(onsets / 120).astype(int) * 120
    is_beat = nearest % beat == 0
    places, first = np.unique(nearest[is_beat], return_index=True)
    return float((np.abs(onsets[is_beat][first] - places) < NEAR).mean())


@pytest.mark.parametrize("end", [0, 1], ids=["slowest", "fastest"])
def test_most_beats_of_a_performance_begin_in_their_place_in_every_style(end: int) -> None:
    for style in all_styles():
        score = performed(style, style.tempo_qpm[end])
        for n_tracks in (2, len(score.tracks)):
            assert share_of_beats_in_place(score, n_tracks) > MOST + 0.1, (style.name, n_tracks)


def test_a_song_has_one_tempo_at_its_start_and_others_only_where_it_slows_down(tmp_path: Path) -> None:
    endings = set()
    for style in all_styles()[::4]:
        score = performed(style, style.tempo_qpm[0])
        write_midi(score, tmp_path / "song.mid")
        song = mido.MidiFile(tmp_path / "song.mid")
        assert [m.type for track in song.tracks[1:] for m in track if m.type == "set_tempo"] == []
        ticks = np.cumsum([message.time for message in song.tracks[0]]).tolist()
        found = [(tick, m.tempo) for tick, m in zip(ticks, song.tracks[0], strict=True) if m.type == "set_tempo"]
        assert found[0] == (0, round(60_000_000 / style.tempo_qpm[0])), style.name
        bar = score.meters[0].meter.bar_ticks * 40
        slower = found[1:]
        assert all(tick >= score.end_tick - 2 * bar for tick, _ in slower), style.name
        assert [tempo for _, tempo in found] == sorted(tempo for _, tempo in found)
        assert bool(slower) == style.slows_down
        endings.add(style.slows_down)
        times, tempos = pretty_midi.PrettyMIDI(str(tmp_path / "song.mid")).get_tempo_changes()
        assert times[0] == 0 and tempos[0] == pytest.approx(style.tempo_qpm[0], rel=1e-5)
    assert endings == {True, False}


def test_played_straight_a_song_keeps_its_one_tempo() -> None:
    style = next(style for style in all_styles() if style.slows_down)
    plan = make_plan(style.genre, style.meters[0], style=style.name)
    played = perform(write_score(plan), plan, PerformOptions(straight=True))
    assert [(change.tick, change.qpm) for change in played.tempos] == [(0, plan.tempo_qpm)]


@pytest.mark.slow
@pytest.mark.skipif(not MUSESCORE, reason="needs MuseScore 3")
@pytest.mark.parametrize(
    ("name", "qpm"), [("hard rock", 139.0), ("swing", 180.0), ("techno", 150.0), ("viennese waltz", 180.0)]
)
def test_musescore_opens_a_performed_song_at_its_tempo(name: str, qpm: float, tmp_path: Path) -> None:
    write_midi(performed(load_style(name), qpm), tmp_path / "song.mid")
    command = [MUSESCORE, "-o", str(tmp_path / "song.mscx"), str(tmp_path / "song.mid")]
    subprocess.run(command, check=True, capture_output=True, env=os.environ | {"QT_QPA_PLATFORM": "offscreen"})
    first = re.search(r"<tempo>([\d.]+)</tempo>", (tmp_path / "song.mscx").read_text(encoding="utf-8"))
    assert first is not None and 60 * float(first[1]) == pytest.approx(qpm, abs=0.5)
