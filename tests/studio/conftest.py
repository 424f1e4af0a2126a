"""A studio with a home of its own, and a browser to use it by."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")
_START_SEC = 60


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a studio that runs."""
    home = tmp_path_factory.mktemp("home")
    command = [sys.executable, "-m", "symbolic_music", "studio", "--no-open", "--port", "0", "--home", str(home)]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr is not None
        address = next(word for line in server.stderr for word in line.split() if word.startswith("http://"))
        _wait_for(f"{address}api/health")
        yield address
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


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The system's Chromium."""
    api = pytest.importorskip("playwright.sync_api", reason="the package playwright")
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    with api.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any, studio: str) -> Iterator[Any]:
    """The studio's first page; a fault of its scripts, or an address elsewhere, fails the test."""
    context = browser.new_context(viewport={"width": 1360, "height": 860}, accept_downloads=True)
    opened = context.new_page()
    faults: list[str] = []
    elsewhere: list[str] = []
    opened.on("pageerror", lambda fault: faults.append(str(fault)))
    opened.on("request", lambda request: elsewhere.append(request.url) if _is_elsewhere(request.url, studio) else None)
    opened.set_default_timeout(90_000)
    opened.goto(studio)
    yield opened
    context.close()
    assert not faults
    assert not elsewhere


def _is_elsewhere(address: str, studio: str) -> bool:
    """Whether a page asks another server."""
    return not address.startswith((studio, "blob:", "data:"))


@pytest.fixture(scope="session")
def shots() -> Path | None:
    """Where to keep pictures of the states, if somebody wants to look at them."""
    wanted = os.environ.get("STUDIO_SHOTS")
    if wanted is None:
        return None
    Path(wanted).mkdir(parents=True, exist_ok=True)
    return Path(wanted)
