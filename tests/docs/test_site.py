"""The documentation site: every page is in its menu, and the references hold all that there is."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

import symbolic_music
from docs_build.commands import write_commands
from docs_build.gallery import read_songs
from docs_build.hooks import ELSEWHERE, on_page_markdown, write_gallery, write_names
from symbolic_music.cli.listing import COMMANDS
from tests.docs.documents import ROOT

SITE = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
PAGES = sorted(str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md"))


def pages_of(menu: object) -> list[str]:
    """The pages that a menu names."""
    if isinstance(menu, str):
        return [menu]
    rows = menu.values() if isinstance(menu, dict) else menu
    return [page for row in rows for page in pages_of(row)]


def test_every_page_is_in_the_menu_once_and_what_the_menu_names_is_there() -> None:
    named = pages_of(SITE["nav"])
    written = [page for page in PAGES if not re.match(r"decisions/\d", page)]
    assert sorted(named) == sorted([*written, *ELSEWHERE.values()])
    assert all((ROOT / path).is_file() for path in ELSEWHERE)


def test_every_link_of_a_page_leads_to_a_page_of_the_site() -> None:
    known = {*PAGES, *ELSEWHERE.values()}
    for page in known:
        at = next((path for path, name in ELSEWHERE.items() if name == page), f"docs/{page}")
        source = type("Page", (), {"file": type("File", (), {"src_uri": page})})
        text = on_page_markdown((ROOT / at).read_text(encoding="utf-8").replace("<!-- ", "<!--"), page=source)
        for link in re.findall(r"\]\(([^)\s#]+)(?:#[^)\s]*)?\)", text):
            target = (Path("/site") / page).parent / link
            if "://" not in link:
                name = str(Path(*_without_up(target.parts[2:])))
                assert name in known or (ROOT / "docs" / name).is_file(), f"{page}: {link}"


def _without_up(parts: tuple[str, ...]) -> list[str]:
    """A path whose steps up are taken."""
    taken: list[str] = []
    for part in parts:
        if part == "..":
            taken.pop()
        else:
            taken.append(part)
    return taken


def test_the_reference_of_commands_has_each_with_its_options() -> None:
    text = write_commands()
    assert [name for name in COMMANDS if f"\n## `{name}`\n" not in f"\n{text}"] == []
    for option in ("--seed <int", "--form <str>", "--soundfont", "--choices", "| `PROMPT` |"):
        assert option in text
    assert len(text.splitlines()) > 15 * len(COMMANDS)


def test_the_reference_of_python_has_each_public_name() -> None:
    written = set(re.findall(r"^::: symbolic_music\.\S+\.(\w+)$", write_names(), re.MULTILINE))
    assert written == set(symbolic_music.__all__) - {"__version__"}


def test_the_gallery_has_24_songs_whose_prompts_are_understood() -> None:
    songs = read_songs()
    assert len({song.slug for song in songs}) == len(songs) == 24
    styles = {
        symbolic_music.plan(symbolic_music.Brief(prompt=s.prompt, seed=s.seed, **fields_of(s.prompt))).style
        for s in songs
    }
    assert len(styles) >= 20
    text = write_gallery()
    assert all(song.command in text for song in songs)


def fields_of(prompt: str) -> dict[str, object]:
    """What a prompt is understood as."""
    return symbolic_music.read_prompt(prompt).fields


def test_nothing_of_the_site_is_fetched_from_elsewhere() -> None:
    assert SITE["theme"]["font"] is False and SITE["use_directory_urls"] is False
    assert "offline" in SITE["plugins"]
