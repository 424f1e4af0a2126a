"""A studio with a home of its own, and a browser to use it by."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.studio.driving import CHROMIUM, chromium, studio_at


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a studio that runs."""
    with studio_at(tmp_path_factory.mktemp("home")) as (address, _):
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The system's Chromium."""
    api = pytest.importorskip("playwright.sync_api", reason="the package playwright")
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    with chromium(api) as opened:
        yield opened


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
