"""Rendering on all cores: what one thread plays, several play too."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from symbolic_music.budget import THREADS_VARIABLE, count_threads
from symbolic_music.errors import RenderError
from symbolic_music.rendering import Audio, FileOptions, RenderOptions, render, render_file
from symbolic_music.rendering.performance import OFF, ON, perform_score
from symbolic_music.rendering.shares import share_out
from symbolic_music.rendering.synthesizer import Event, Synthesizer, synthesize
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import ControlChange, MeterChange, Score, TempoChange, Track
from symbolic_music.theory.meter import Meter

SMALL = RenderOptions(soundfont="TimGM6mb")


def make_band() -> Score:
    """A pedalled piano, strings, bass and drums: more voices than a thread plays alone."""
    chords = [(tick, 24, pitch, 90) for tick in range(0, 192, 24) for pitch in (48, 55, 60, 64, 67, 72)]
    hits = [(tick, 3, pitch, 100) for tick in range(0, 192, 6) for pitch in (36, 42)]
    tracks = (
        Track("Piano", "chords", 0, make_notes(chords), controls=(ControlChange(0, 64, 127),)),
        Track("Strings", "pad", 48, make_notes(chords), pan=30),
        Track("Bass", "bass", 33, make_notes([(tick, 12, 36, 100) for tick in range(0, 192, 12)])),
        Track("Drums", "drums", 0, make_notes(hits), is_drum=True),
    )
    tempos = (TempoChange(0, 120.0), TempoChange(96, 140.0))
    return Score("t", 12, 192, tracks, tempos, (MeterChange(0, Meter(4, 4)),))


def rendered_by(n_threads: int, monkeypatch: pytest.MonkeyPatch, score: Score | Path) -> Audio:
    """Render with so many threads."""
    monkeypatch.setenv(THREADS_VARIABLE, str(n_threads))
    return render(score, SMALL)


@pytest.mark.render
def test_several_threads_play_the_samples_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    one = rendered_by(1, monkeypatch, make_band())
    for n_threads in (1, 2, 3):
        assert np.array_equal(rendered_by(n_threads, monkeypatch, make_band()).samples, one.samples)


def test_every_note_is_played_by_one_synthesizer_and_pedals_reach_all_that_play_the_channel() -> None:
    performance = perform_score(make_band(), 44100, 60.0)
    shares = share_out(performance, 44100)
    notes = [event for event in performance.events if event.kind in (ON, OFF)]
    assert sorted(e for share in shares for e in share.events if e.kind in (ON, OFF)) == sorted(notes)
    played = [{event.channel for event in share.events if event.kind == ON} for share in shares]
    assert all(played) and set.union(*played) == {event.channel for event in notes}
    for share, channels in zip(shares, played, strict=True):
        others = [event for event in performance.events if event.kind not in (ON, OFF) and event.channel in channels]
        assert [event for event in share.events if event.kind not in (ON, OFF)] == others


def test_keys_are_shared_out_and_those_of_drums_stay_together() -> None:
    band = make_band()
    for tracks, n_shares in ((band.tracks[:1], 2), (band.tracks[3:], 1)):
        shares = share_out(perform_score(replace(band, tracks=tracks), 44100, 60.0), 44100)
        keys = [{event.first for event in share.events if event.kind == ON} for share in shares]
        assert len(shares) == n_shares and set.intersection(*keys) == (set() if n_shares == 2 else keys[0])


@pytest.mark.render
def test_loudness_and_stems_do_not_depend_on_threads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    reports = []
    for n_threads in (1, 2):
        monkeypatch.setenv(THREADS_VARIABLE, str(n_threads))
        reports.append(render_file(make_band(), tmp_path / f"{n_threads}.wav", SMALL, FileOptions("32f", stems=True)))
    one, two = reports
    assert two.loudness_lufs == pytest.approx(one.loudness_lufs, abs=1e-4)
    assert two.true_peak_dbtp == pytest.approx(one.true_peak_dbtp, abs=1e-4)
    assert [path.name for path in two.stems] == [path.name for path in one.stems]
    import soundfile

    for first, second in zip([one.path, *one.stems], [two.path, *two.stems], strict=True):
        assert np.abs(soundfile.read(first)[0] - soundfile.read(second)[0]).max() < 1e-6


@pytest.mark.render
def test_one_core_plays_in_the_callers_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    players = set()
    write = Synthesizer.write

    def watch(self: Synthesizer, samples: np.ndarray, start: int, end: int) -> None:
        players.add(threading.current_thread())
        write(self, samples, start, end)

    monkeypatch.setattr(Synthesizer, "write", watch)
    rendered_by(1, monkeypatch, make_band())
    assert players == {threading.main_thread()}
    players.clear()
    rendered_by(2, monkeypatch, make_band())
    assert threading.main_thread() not in players


@pytest.mark.render
def test_what_fails_while_it_plays_ahead_is_our_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Synthesizer, event: Event) -> None:
        raise RenderError("the synthesizer broke")

    before = threading.active_count()
    monkeypatch.setattr(Synthesizer, "tell", fail)
    with pytest.raises(RenderError, match="broke"):
        rendered_by(2, monkeypatch, make_band())
    assert threading.active_count() == before


@pytest.mark.render
def test_rendering_that_is_stopped_leaves_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(THREADS_VARIABLE, "2")
    before = threading.active_count()
    blocks = synthesize(perform_score(make_band(), 44100, 60.0), SMALL)
    next(blocks)
    blocks.close()
    assert threading.active_count() == before


def test_threads_are_the_cores_or_what_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symbolic_music.budget.count_cores", lambda: 8)
    monkeypatch.delenv(THREADS_VARIABLE, raising=False)
    assert count_threads(4) == 4
    monkeypatch.setattr("symbolic_music.budget.count_cores", lambda: 1)
    assert count_threads(4) == 1
    monkeypatch.setenv(THREADS_VARIABLE, "3")
    assert count_threads(2) == 3
