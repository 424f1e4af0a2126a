"""Rendering in a process of its own: the same sound, within a budget, and a crash is one line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from symbolic_music.budget import Budget, Watch
from symbolic_music.errors import FileFormatError, RenderError, StoppedError
from symbolic_music.pipeline.creation import CreateOptions, check_sound, run_render
from symbolic_music.rendering import RenderOptions, apart, render, render_file
from symbolic_music.rendering.apart import render_apart
from symbolic_music.rendering.output import FileOptions
from symbolic_music.rendering.synthesizer import known_faults
from tests.formats.test_midi import make_score
from tests.rendering.fonts import make_soundfont


@pytest.fixture
def options(tmp_path: Path) -> RenderOptions:
    return RenderOptions(soundfont=make_soundfont(tmp_path / "sine.sf2"), sample_rate=22050, tail_sec=0.2)


@pytest.mark.render
def test_the_sound_is_that_of_the_same_process(tmp_path: Path, options: RenderOptions) -> None:
    score = make_score(480, n_bars=1)
    heard: list[tuple[float, float]] = []
    files = FileOptions(stems=True)
    report = render_apart(score, tmp_path / "a.wav", options, files, on_progress=lambda *done: heard.append(done))
    own = render_file(score, tmp_path / "b.wav", options, files)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    assert report.loudness_lufs == pytest.approx(own.loudness_lufs)
    assert [path.name for path in report.stems] == [path.name for path in own.stems]
    assert all(path.is_file() for path in report.stems) and len(heard) > 2


@pytest.mark.render
def test_refusals_come_through(tmp_path: Path, options: RenderOptions) -> None:
    with pytest.raises(FileFormatError, match="no such file"):
        render_apart(tmp_path / "none.mid", tmp_path / "a.wav", options)
    (tmp_path / "broken.sf2").write_bytes(b"RIFF")
    with pytest.raises(RenderError, match="soundfont"):
        broken = RenderOptions(soundfont=tmp_path / "broken.sf2")
        render_apart(make_score(480, n_bars=1), tmp_path / "a.wav", broken)
    assert not (tmp_path / "a.wav").exists()


def act(monkeypatch: pytest.MonkeyPatch, code: str) -> list[subprocess.Popen[bytes]]:
    """Let another program act as the process; list what is started."""
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(command: list[str], **settings: object) -> subprocess.Popen[bytes]:
        started.append(popen([sys.executable, "-c", code], **settings))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(apart.subprocess, "Popen", start)
    monkeypatch.setattr(apart, "synthesizer_version", lambda: "2.6.0")
    return started


@pytest.mark.skipif(os.name == "nt", reason="signals are a thing of POSIX")
def test_a_crash_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    act(monkeypatch, "import os, sys; sys.stdin.read(); os.kill(os.getpid(), 11)")
    with pytest.raises(RenderError, match=f"signal {signal.SIGSEGV.value}"):
        render_apart("a.mid", tmp_path / "a.wav")


@pytest.mark.parametrize(
    "said", ["nonsense", "[1]", '{"error": "x", "kind": "os"}', '{"error": "x", "kind": "annotations"}']
)
def test_answers_that_make_no_sense_are_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    act(monkeypatch, f"import sys; sys.stdin.read(); print({said!r})")
    with pytest.raises(RenderError):
        render_apart("a.mid", tmp_path / "a.wav")


def test_what_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = act(monkeypatch, "import sys, time; sys.stdin.read(); time.sleep(1000)")
    with pytest.raises(StoppedError, match=r"more than 0\.5 seconds"):
        render_apart("a.mid", tmp_path / "a.wav", watch=Watch(Budget(seconds=0.5)))
    assert started[0].poll() is not None
    watch = Watch()
    threading.Timer(0.3, watch.cancel).start()
    start = time.monotonic()
    with pytest.raises(StoppedError, match="cancelled"):
        render_apart("a.mid", tmp_path / "a.wav", watch=watch)
    assert started[1].poll() is not None and time.monotonic() - start < 30


def test_a_synthesizer_that_soundfonts_break_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "synthesizer_version", lambda: "2.1.1")
    with pytest.raises(RenderError, match=r"2\.1\.1.*install 2\.1\.8 or newer"):
        render_apart("a.mid", tmp_path / "a.wav")
    assert [fault.mended_in for fault in known_faults("2.3.1")] == ["2.5.6", "2.6.3"]
    assert known_faults("2.6.3") == ()


@pytest.mark.render
def test_create_plays_a_soundfont_from_elsewhere_in_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    score, font = make_score(480, n_bars=1), make_soundfont(tmp_path / "sine.sf2")
    started: list[object] = []
    popen = subprocess.Popen
    monkeypatch.setattr(apart.subprocess, "Popen", lambda *a, **k: started.append(a) or popen(*a, **k))
    heard = run_render(score, CreateOptions(soundfont=font))
    assert len(started) == 1
    own = render(score, RenderOptions(soundfont=font))
    assert np.array_equal(heard.samples, own.samples)
    run_render(score, CreateOptions())
    assert len(started) == 1
    act(monkeypatch, "import sys; sys.stdin.read(); sys.exit(7)")
    with pytest.raises(RenderError, match="exit code 7"):
        check_sound(font)


@pytest.mark.render
@pytest.mark.parametrize("is_foreign", [False, True])
def test_rendering_is_cancelled_between_two_blocks(tmp_path: Path, is_foreign: bool) -> None:
    watch, seen = Watch(), list[tuple[object, ...]]()

    def report(*done: object) -> None:
        seen.append(done)
        if len(seen) == 3:
            watch.cancel()

    font = make_soundfont(tmp_path / "sine.sf2") if is_foreign else None
    with pytest.raises(StoppedError, match="cancelled"):
        run_render(make_score(480, n_bars=8), CreateOptions(soundfont=font, on_progress=watch.progress(report)))
    assert len(seen) == 3 and [name for name, *_ in seen] == ["render"] * 3
