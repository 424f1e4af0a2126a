"""The values in documents: keys, meters, styles, charts of chords and words of a list.

A value is read once, where a document is made or loaded. In files and in JSON it is text, as a person writes it, and
the JSON Schema says which.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, PlainSerializer, PlainValidator, WithJsonSchema

from symbolic_music.limits import ASKED_BARS
from symbolic_music.song.style_names import find_style_name, own_style_names
from symbolic_music.song.words import SungLine, parse_line
from symbolic_music.theory.chart import parse_chart, say_german
from symbolic_music.theory.key import Key, parse_key
from symbolic_music.theory.meter import METERS, Meter, parse_meter

V = TypeVar("V")


def readable_chart(text: str) -> str:
    """Refuse a chart of chords that cannot be read, or is longer than a song may be; keep it as it was written.

    Raises
    ------
    NotationError
        If one of its symbols is no chord, or there is none.
    InputError
        If there are more than a song may have bars.

    Examples
    --------
    >>> readable_chart("| Am  F | C  G/B |")
    '| Am  F | C  G/B |'
    """
    # Which key degrees are counted in is settled later; here any shows whether they can be read.
    ASKED_BARS.check(len(parse_chart(text, "chart", Key("C", "major"))), "the chords")
    say_german(text, "chords")
    return text


def one_of(value: str, allowed: tuple[str, ...], what: str) -> str:
    """Refuse a word that is not in the list.

    Raises
    ------
    ValueError
        If it is not; pydantic says in which field.
    """
    if value not in allowed:
        raise ValueError(f"{value!r} is not a {what}; use one of {', '.join(allowed)}")
    return value


def listed(words: tuple[str, ...]) -> WithJsonSchema:
    """Say in the JSON Schema which words a field may have; the document checks them."""
    return WithJsonSchema({"type": "string", "enum": list(words)})


def _reads(kind: type[V], parse: Callable[[str], V], example: str) -> PlainValidator:
    """Take a value as it is, or read it from its text."""

    def read(given: object) -> V:
        if isinstance(given, kind):
            return given
        if not isinstance(given, str):
            raise ValueError(f"write it as text, e.g. {example!r}")
        return parse(given)

    return PlainValidator(read)


class _StyleSchema:
    """The JSON Schema of a style's name; the names are read from the styles' files when somebody asks."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        said = "A style's name, or one of its other names, in any case."
        return {"type": "string", "description": said, "examples": list(own_style_names())}


_AS_TEXT = PlainSerializer(str, return_type=str)
_KEY_SCHEMA = {
    "type": "string",
    "pattern": r"^\s*[A-Ga-g][#b♯♭]?\s*[- ]?\s*(major|minor|maj|min|dur|moll|m|M)?\s*$",
    "examples": ["C major", "D minor", "Bb", "F#m"],
}
_CHART_SCHEMA = {"type": "string", "examples": ["C G Am F", "| Dm7 G7 | Cmaj7 A7/C# |", "vi IV I V"]}

KeyValue = Annotated[Key, _reads(Key, parse_key, "D minor"), _AS_TEXT, WithJsonSchema(_KEY_SCHEMA)]
MeterValue = Annotated[Meter, _reads(Meter, parse_meter, "3/4"), _AS_TEXT, listed(METERS)]
_LINE_SCHEMA = {"type": "string", "examples": ["A·ˈmaz·ing ˈgrace, how ˈsweet the ˈsound"]}
LineValue = Annotated[
    SungLine, _reads(SungLine, parse_line, "A·ˈmaz·ing ˈgrace"), _AS_TEXT, WithJsonSchema(_LINE_SCHEMA)
]
ChartText = Annotated[str, AfterValidator(readable_chart), WithJsonSchema(_CHART_SCHEMA)]
StyleName = Annotated[str, AfterValidator(find_style_name), _StyleSchema]
