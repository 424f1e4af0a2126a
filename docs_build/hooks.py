"""Hooks of MkDocs: pages that are written at build, and links to files beside the documents."""

from __future__ import annotations

import posixpath
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import symbolic_music as sm
from docs_build.commands import write_commands
from docs_build.gallery import ENDINGS, FOLDER, ROOT, read_songs

if TYPE_CHECKING:
    from mkdocs.structure.files import Files

# Documents that stand elsewhere in the repository, and the pages that they become.
ELSEWHERE = {
    "CHANGELOG.md": "changelog.md",
    "soundfonts/README.md": "soundfonts.md",
    "symbolic_music/weights/README.md": "weights.md",
}
_PAGES = {page: path for path, page in ELSEWHERE.items()}
FRAME_WORKER = "assets/javascripts/frame_worker.js"
_FETCHED = "https://unpkg.com/iframe-worker/shim"
_LINK = re.compile(r"\]\(([^)\s#]+)(#[^)\s]*)?\)")
KINDS = (
    ("Verbs", lambda name: name[0].islower() and not name.startswith(("read_", "write_", "load_", "save_"))),
    ("Reading and writing", lambda name: name.startswith(("read_", "write_", "load_", "save_"))),
    ("Documents and options", lambda name: name[0].isupper()),
)


def on_files(files: Files, config: Any) -> Files:
    """Add the documents from elsewhere, and what `make gallery` has made."""
    from mkdocs.structure.files import File

    for path, page in ELSEWHERE.items():
        files.append(File.generated(config, page, content=(ROOT / path).read_text(encoding="utf-8")))
    for path in sorted(FOLDER.glob("*")) if FOLDER.is_dir() else ():
        if path.suffix in ENDINGS:
            files.append(File.generated(config, f"gallery/{path.name}", abs_src_path=str(path)))
    return files


def on_post_page(output: str, page: Any, config: Any) -> str:
    """Let the search run from a file without a network: the theme would fetch what that takes."""
    here = posixpath.relpath(FRAME_WORKER, posixpath.dirname(page.file.dest_uri) or ".")
    return output.replace(_FETCHED, here)


def on_post_build(config: Any) -> None:
    """Add what takes its place."""
    text = Path(__file__).with_name("frame_worker.js").read_text(encoding="utf-8")
    Path(config.site_dir, FRAME_WORKER).write_text(text, encoding="utf-8")


def on_page_markdown(markdown: str, page: Any, **others: object) -> str:
    """Fill in what is written at build, and lead links of the repository to pages."""
    here = page.file.src_uri
    text = markdown.replace("<!-- commands -->", write_commands() if "<!-- commands -->" in markdown else "")
    text = text.replace("<!-- names -->", write_names() if "<!-- names -->" in markdown else "")
    text = text.replace("<!-- gallery -->", write_gallery() if "<!-- gallery -->" in markdown else "")
    at = _PAGES.get(here, f"docs/{here}")
    return _LINK.sub(lambda link: _led(link[1], link[2] or "", at, here), text)


def _led(target: str, anchor: str, at: str, here: str) -> str:
    """A link of a document of the repository as one of the site."""
    if "://" in target or target.startswith("mailto:"):
        return f"]({target}{anchor})"
    path = posixpath.normpath(posixpath.join(posixpath.dirname(at), target))
    page = ELSEWHERE.get(path) or (path.removeprefix("docs/") if path.startswith("docs/") else None)
    if page is None:  # code, notebooks, the README: they are in the repository, not on the site
        return f"](index.md{anchor})" if path == "README.md" and "/" not in here else f"]({_to_index(here)})"
    return f"]({posixpath.relpath(page, posixpath.dirname(here) or '.')}{anchor})"


def _to_index(here: str) -> str:
    """The first page, from another."""
    return posixpath.relpath("index.md", posixpath.dirname(here) or ".")


def write_names() -> str:
    """Write the reference of every public name, for mkdocstrings to fill from the docstrings."""
    parts = []
    for title, belongs in KINDS:
        parts += [f"## {title}", ""]
        for name in sm.__all__:
            thing = getattr(sm, name)
            if callable(thing) and belongs(name):
                parts += [f"::: {thing.__module__}.{thing.__qualname__}", ""]
    return "\n".join(parts)


def write_gallery() -> str:
    """Write a card for each song: prompt, picture and player where they were made."""
    cards = []
    for song in read_songs():
        files = {ending: (FOLDER / f"{song.slug}{ending}").exists() for ending in ENDINGS}
        card = [f"## {song.name}", "", "```text", song.command, "```", ""]
        if files[".png"]:
            card += [f"![{escape(song.name)} as a piano roll](gallery/{song.slug}.png)", ""]
        if files[".ogg"]:
            card += [f'<audio controls preload="none" src="gallery/{song.slug}.ogg"></audio>', ""]
        links = [f"[{kind}](gallery/{song.slug}{end})" for end, kind in ((".mid", "MIDI"), (".musicxml", "lead sheet"))
                 if files[end]]  # fmt: skip
        cards += [*card, " · ".join(links), ""]
    return "\n".join(cards)
