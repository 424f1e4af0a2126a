"""The built page is in the package, whole and light, and asks nobody else for anything."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the extra 'server'")

from symbolic_music.server.app import pages_folder

_LIMIT_BYTES = 2 * 2**20
_SOURCE = Path(__file__).parents[2] / "studio"


def _assets() -> list[Path]:
    return sorted(path for path in pages_folder().rglob("*") if path.is_file())


def test_the_page_and_all_that_it_names_are_there() -> None:
    index = (pages_folder() / "index.html").read_text(encoding="utf-8")
    named = re.findall(r'(?:src|href)="([^"]+)"', index)
    assert any(name.endswith(".js") for name in named)
    for name in named:
        assert not name.startswith(("http:", "https:", "//")), name
        assert (pages_folder() / name).is_file(), name


def test_the_synthesizer_is_a_file_of_its_own() -> None:
    assert [path for path in _assets() if path.name.startswith("spessasynth_processor")]


def test_the_page_is_smaller_than_two_megabytes() -> None:
    assert sum(path.stat().st_size for path in _assets()) < _LIMIT_BYTES


def test_every_bundled_package_has_its_licence_listed() -> None:
    licences = (pages_folder() / "LICENSES.txt").read_text(encoding="utf-8")
    for name in ("preact", "@preact/signals", "spessasynth_lib", "spessasynth_core", "stb-vorbis"):
        assert f"\n{name} " in licences, name
    assert "Apache License" in licences and "MIT" in licences


def test_styles_load_nothing() -> None:
    for path in _assets():
        if path.suffix == ".css":
            assert not re.findall(r"@import|url\(", path.read_text(encoding="utf-8"))


def test_packages_are_pinned_by_their_content() -> None:
    lock = json.loads((_SOURCE / "package-lock.json").read_text(encoding="utf-8"))
    for name, package in lock["packages"].items():
        assert not name or package["integrity"].startswith("sha512-"), name
        assert package.get("resolved", "https://registry.npmjs.org/").startswith("https://registry.npmjs.org/"), name
