"""What can be run in a Markdown document, in order: its code blocks, and commands in its running text and tables."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (
    "README.md", "soundfonts/README.md", "symbolic_music/weights/README.md",
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")),
)  # fmt: skip
# Words at the start of what a shell can run.
PROGRAMS = ("symbolic-music", "python", "make", "accelerate")
# Other people's names for what they would write there.
PLACEHOLDERS = {"FOLDER": "songs", "SONG": "song/", "FILE": "song.mid"}


@dataclass(frozen=True)
class Step:
    """Something to run: Python code, or the words of one command; a mention names a command without saying on what."""

    document: str
    line: int
    code: str = ""
    words: tuple[str, ...] = ()
    is_mention: bool = False

    @property
    def text(self) -> str:
        """What to say when it goes wrong."""
        return f"{self.document}, line {self.line}: {shlex.join(self.words) or self.code.strip().splitlines()[0]}"


def steps_of(document: str, subcommands: Collection[str] = ()) -> list[Step]:
    """List what can be run in a document, in order.

    In tables the name of the program is left out: what begins with one of its ``subcommands`` is a command.
    """
    steps: list[Step] = []
    line, in_table = 1, False
    for token in MarkdownIt("commonmark").enable("table").parse((ROOT / document).read_text(encoding="utf-8")):
        line = token.map[0] + 1 if token.map else line
        in_table = token.type != "table_close" and (in_table or token.type == "table_open")
        if token.type in ("fence", "code_block"):
            steps += _steps_of_block(document, line + (token.type == "fence"), token.info.strip(), token.content)
        elif token.type == "inline":
            spans = [child.content for child in token.children or [] if child.type == "code_inline"]
            if in_table:
                spans = [f"{PROGRAMS[0]} {text}" if text.split(" ")[0] in subcommands else text for text in spans]
            found = [words for text in spans if len(words := command_of(text)) > 1]
            steps += [Step(document, line, words=words, is_mention=len(words) == 2) for words in found]
    return steps


def unknown_blocks(document: str) -> list[str]:
    """First lines of blocks that are neither Python nor commands nor said to be text."""
    tokens = MarkdownIt("commonmark").parse((ROOT / document).read_text(encoding="utf-8"))
    blocks = [token for token in tokens if token.type in ("fence", "code_block")]
    return [
        f"{document}: {token.content.splitlines()[0]}"
        for token in blocks
        if token.info.strip() != "text" and not _steps_of_block(document, 0, token.info.strip(), token.content)
    ]


def command_of(text: str) -> tuple[str, ...]:
    """Split a command into words, without what stands in brackets; nothing if it is not one."""
    if text.split(" ")[0] not in PROGRAMS:
        return ()
    try:
        words = shlex.split(re.sub(r"\[[^\]]*\]", "", text), comments=True)
    except ValueError:  # an apostrophe: prose
        return ()
    return tuple(PLACEHOLDERS.get(word, word) for word in words if word != "…")


def _steps_of_block(document: str, line: int, language: str, content: str) -> list[Step]:
    """A block of Python is one step, one of shell a step a line."""
    if language == "python":
        return [Step(document, line, code=content)]
    if language == "text":
        return []
    steps, waiting = [], ""
    for number, row in enumerate(content.splitlines()):
        waiting += row.removesuffix("\\")
        if not row.endswith("\\"):
            words = command_of(waiting.strip())
            steps += [Step(document, line + number, words=words)] if words else []
            waiting = ""
    return steps
