"""The list of mutants as data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIST = Path(__file__).with_name("mutants.toml")


@dataclass(frozen=True)
class Mutant:
    """A fault: the file and snippet it replaces, the promise that it breaks, the test that must notice."""

    name: str
    promise: str
    file: str
    replace: str
    by: str
    test: str

    def apply(self, text: str) -> str:
        """Put the fault into the text of its file.

        Raises
        ------
        ValueError
            If the snippet does not stand there exactly once.
        """
        count = text.count(self.replace)
        if count != 1:
            raise ValueError(f"mutant {self.name!r}: {self.replace!r} stands {count} times in {self.file}, not once")
        return text.replace(self.replace, self.by)


def load_mutants() -> list[Mutant]:
    """Read the list."""
    return [Mutant(**row) for row in tomllib.loads(LIST.read_text(encoding="utf-8"))["mutant"]]
