"""A prompt while it is read."""

from __future__ import annotations

from dataclasses import dataclass, field

from symbolic_music.importing.translation import English

# Fields whose first word is not what a musician calls them.
_CALLED = {"lay_back_ms": "place of the beat", "drum_feel": "drum feel"}


@dataclass
class PromptText:
    """The prompt while it is read: understood stretches are blanked out, all of one pattern at once."""

    rest: str
    english: English
    fields: dict[str, object] = field(default_factory=dict)
    # What was said, by field, in the prompt's words.
    said: list[tuple[str, str]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    # Why fields are filled that nobody said outright.
    implied: dict[str, str] = field(default_factory=dict)
    done: list[tuple[int, int]] = field(default_factory=list)
    # What the song is said to be about, in the prompt's words.
    stories: list[str] = field(default_factory=list)

    def take(self, start: int, end: int, name: str, value: object) -> None:
        """Keep a value if its field is still open."""
        said = self.words(start, end)
        if self.fields.setdefault(name, value) == value:
            self.said.append((name, said))
        else:
            self.ignored.append(f"{said} (the {_CALLED.get(name, name.split('_')[0])} is already {self.fields[name]})")

    def words(self, start: int, end: int) -> str:
        """The prompt's own words for a stretch."""
        return " ".join(self.english.said(start, end).split()).strip(" ,.;")

    def blank(self) -> None:
        """Blank the stretches that are done."""
        signs = list(self.rest)
        for start, end in self.done:
            signs[start:end] = "|" * (end - start)
        self.rest = "".join(signs)
        self.done.clear()
