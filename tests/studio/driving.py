"""A studio that runs, a browser to use it by, and what a page says of its sound."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mido

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")
_START_SEC = 60
# When the page first sounds after it was asked to make a song, in milliseconds.
FIRST_SOUND = """() => new Promise((go) => {
    const wave = new Float32Array(2048);
    const look = () => {
        studioPlayer.analyser?.getFloatTimeDomainData(wave);
        if (wave.some((value) => Math.abs(value) > 0.002)) go({ after: performance.now() - studioMarks.asked });
        else setTimeout(look, 10);
    };
    look();
})"""
MARKS = """() => Object.fromEntries(Object.entries(studioMarks).map(
    ([what, at]) => [what, Math.round(at - studioMarks.asked)]))"""
FRAMES = """(duration) => new Promise((go) => {
    const gaps = [], start = performance.now();
    let last = start;
    const look = (now) => {
        gaps.push(now - last);
        last = now;
        if (now - start < duration) { requestAnimationFrame(look); return; }
        gaps.sort((a, b) => a - b);
        const own = [...studioDrawn.frameMs].sort((a, b) => a - b);
        const at = (list, share) => Math.round(100 * list[Math.floor(list.length * share)]) / 100;
        go({ frames_a_second: Math.round(10000 * gaps.length / (now - start)) / 10, gap_ms_median: at(gaps, 0.5),
             gap_ms_p95: at(gaps, 0.95), own_ms_median: at(own, 0.5), own_ms_p95: at(own, 0.95) });
    };
    requestAnimationFrame(look);
})"""


@contextmanager
def studio_at(home: Path) -> Iterator[tuple[str, int]]:
    """Run a studio in a folder; give its address and its process."""
    command = [sys.executable, "-m", "symbolic_music", "studio", "--no-open", "--port", "0", "--home", str(home)]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr is not None
        address = next(word for line in server.stderr for word in line.split() if word.startswith("http://"))
        _wait_for(f"{address}api/health")
        yield address, server.pid
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(address: str) -> None:
    """Wait until a server answers."""
    end = time.monotonic() + _START_SEC
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"{address} does not answer")


@contextmanager
def chromium(api: Any) -> Iterator[Any]:
    """Run the system's Chromium by playwright's synchronous interface."""
    with api.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGS))
        yield opened
        opened.close()


def long_song(folder: Path) -> Path:
    """Write a MIDI file of 4 minutes for seven players."""
    song = mido.MidiFile(ticks_per_beat=480)
    for channel, program in ((0, 73), (1, 0), (2, 24), (3, 32), (4, 48), (5, 56), (9, 0)):
        track = mido.MidiTrack([mido.Message("program_change", channel=channel, program=program)])
        low = {3: 36, 9: 36}.get(channel, 60)
        for step in range(120 * 8):
            pitch = low + (0, 4, 7, 4, 5, 9, 7, 2)[step % 8 if channel != 9 else 0] + (step // 64) % 3
            track += [
                mido.Message("note_on", channel=channel, note=pitch, velocity=70, time=0),
                mido.Message("note_off", channel=channel, note=pitch, velocity=64, time=240),
            ]
        song.tracks.append(track)
    song.save(folder / "long.mid")
    return folder / "long.mid"
