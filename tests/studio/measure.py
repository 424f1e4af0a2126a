"""How soon the studio sounds, and how smoothly it draws: `python -m tests.studio.measure`, under three minutes.

Wall time is what a user waits; processor time is what other programs on the machine do not change.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from tests.studio.driving import FIRST_SOUND, FRAMES, MARKS, chromium, long_song, studio_at

PROMPTS = (
    "slow jazz ballad in E flat",
    "bossa nova about the sea",
    "energetic rock song with a bridge",
    "calm ambient piece",
    "happy pop song with piano, bass and drums, 32 bars",
)
SOUND_MS, HEARD_MS, FRAMES_A_SECOND = 2000, 2000, 60
_HEARD = "() => studioMarks.heard > studioMarks.edited"
_AFTER = "() => studioMarks.heard - studioMarks.edited"


class Meter:
    """The processor time of a process and all that it started."""

    def __init__(self, process: int) -> None:
        self._root = psutil.Process(process)

    def seconds(self) -> float:
        """Count up to now."""
        found = 0.0
        for process in (self._root, *self._root.children(recursive=True)):
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            found += times.user + times.system
        return found


def first_sounds(page: Any, address: str, meter: Meter, prompts: tuple[str, ...]) -> list[dict[str, Any]]:
    """Press "make" for each prompt, and wait for the first sound; the last one's song is made to its end."""
    found = []
    for prompt in prompts:
        page.goto(address)
        page.reload()
        page.get_by_label("What song to make").press_sequentially(prompt, delay=60)
        began = meter.seconds()
        page.get_by_role("button", name="Make", exact=True).click()
        sounded = page.evaluate(FIRST_SOUND)
        spent = meter.seconds() - began
        found.append({"prompt": prompt, "ms": round(sounded["after"]), "server_cpu_ms": round(1000 * spent)})
        found[-1] |= {name: value for name, value in page.evaluate(MARKS).items() if name in ("opening", "playing")}
        print("first sound", found[-1], flush=True)
        if prompt != prompts[-1]:
            page.get_by_role("button", name="Stop").first.click()
            page.locator(".progress").wait_for(state="detached")
    page.locator(".tabs").wait_for()
    return found


def edits(page: Any, meter: Meter) -> dict[str, dict[str, float]]:
    """Change the song that is open while it plays, in each way, and wait until it is heard."""
    if page.get_by_role("button", name="Play", exact=True).count():
        page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_role("button", name="Pause").wait_for()
    sections = page.locator(".section")

    def pick_note() -> None:
        page.keyboard.press("Escape")
        page.locator(".scroller").focus()
        page.keyboard.press("n")
        page.locator(".picked-note").wait_for()

    def type_chord() -> None:
        page.keyboard.press("k")
        page.locator("#chords").fill("Dm7 G7")
        page.locator("#chords").press("Enter")

    def say(words: str) -> Callable[[], None]:
        def do() -> None:
            page.get_by_label("What to change").fill(words)
            page.get_by_role("button", name="Change", exact=True).click()

        return do

    def press(button: str) -> Callable[[], None]:
        return lambda: page.get_by_role("button", name=button, exact=True).click()

    def pick(place: int) -> Callable[[], None]:
        def do() -> None:
            page.keyboard.press("Escape")
            page.get_by_role("tab", name="Change").click()
            sections.nth(place).click()

        return do

    last = sections.count() - 1
    ways: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
        "a note is moved": (pick_note, lambda: page.keyboard.press("ArrowUp")),
        "undo": (lambda: None, lambda: page.keyboard.press("Control+z")),
        "a chord is typed": (pick(min(1, last)), type_chord),
        "bigger (a section)": (pick(last), press("Bigger")),
        "another version (a section)": (pick(min(1, last)), press("Another version")),
        "words: a bit faster": (lambda: page.keyboard.press("Escape"), say("a bit faster")),
    }
    found = {}
    for name, (ready, do) in ways.items():
        ready()
        page.evaluate("() => { studioMarks.edited = studioMarks.heard = performance.now(); }")
        began = meter.seconds()
        do()
        page.wait_for_function(_HEARD)
        page.locator(".said", has_text="Done").or_(page.locator(".said", has_text="Undone")).wait_for()
        found[name] = {
            "ms": round(page.evaluate(_AFTER)), "server_cpu_ms": round(1000 * (meter.seconds() - began)),
        }  # fmt: skip
        print("heard", name, found[name], flush=True)
    return found


def frames(page: Any, address: str, folder: Path, seconds: float) -> dict[str, Any]:
    """Play 4 minutes of seven players, and count frames and the work for them."""
    page.goto(address)
    page.locator("input[type=file]").set_input_files(long_song(folder))
    page.locator(".tabs").wait_for()
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_role("button", name="Pause").wait_for()
    page.wait_for_timeout(1000)
    page.evaluate("() => { studioDrawn.frameMs.length = 0; }")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = _work(session)
    found: dict[str, Any] = page.evaluate(FRAMES, 1000 * seconds)
    n_frames = found["frames_a_second"] * seconds
    spent = {name: value - before[name] for name, value in _work(session).items()}
    found["page_cpu_ms_a_frame"] = {name: round(1000 * value / n_frames, 2) for name, value in spent.items()}
    print("frames", found, flush=True)
    return found


def _work(session: Any) -> dict[str, float]:
    """Say what the page's main thread has spent, in seconds of the processor."""
    said = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    names = {
        "all": "TaskDuration",
        "script": "ScriptDuration",
        "layout": "LayoutDuration",
        "style": "RecalcStyleDuration",
    }
    return {short: said[name] for short, name in names.items()}


def main() -> None:
    """Measure all three, and say how they stand to their bars."""
    parser = argparse.ArgumentParser(prog="python -m tests.studio.measure", description=__doc__)
    parser.add_argument("--songs", type=int, default=len(PROMPTS), help="how many prompts are made")
    parser.add_argument("--seconds", type=float, default=10, help="of playing, for the frames")
    options = parser.parse_args()
    from playwright import sync_api

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        with studio_at(home) as (address, process), chromium(sync_api) as browser:
            page = browser.new_context(viewport={"width": 1360, "height": 860}).new_page()
            page.set_default_timeout(120_000)
            meter = Meter(process)
            sounds = first_sounds(page, address, meter, PROMPTS[: options.songs])
            heard = edits(page, meter)
            drawn = frames(page, address, Path(folder), options.seconds)
    waits = [one["ms"] for one in sounds]
    said = ", ".join(f"{name} {one['ms']}" for name, one in heard.items())
    print(
        f"first sound: median {median(waits):.0f} ms, most {max(waits)} (bar {SOUND_MS})\n"
        f"an edit is heard: {said} ms (bar {HEARD_MS})\n"
        f"frames a second: {drawn['frames_a_second']} (bar {FRAMES_A_SECOND}), "
        f"95 in 100 within {drawn['gap_ms_p95']} ms, "
        f"{drawn['page_cpu_ms_a_frame']['all']} ms of the page's main thread each"
    )


if __name__ == "__main__":
    main()
