"""From a request's fields to the options of a command, and from what was typed back to the request.

A field's description is the option's help and its range is checked before anything else is done. What the command
line spells in its own way stands in the tables here.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

import typer
from pydantic.fields import FieldInfo

from symbolic_music.errors import BriefError
from symbolic_music.limits import read_text_file
from symbolic_music.model.chosen import using_weights
from symbolic_music.song.document import Document, parse_document
from symbolic_music.theory.key import Key
from symbolic_music.theory.meter import Meter

D = TypeVar("D", bound=Document)
Command = Callable[..., None]

# Fields whose option has another name than the field (units are for documents), or a short one too.
_NAMES = {
    "continue_bars": ("--continue",),
    "duration_sec": ("--duration",),
    "fade_out_sec": ("--fade-out",),
    "format": ("--format", "-f"),
    "lay_back_ms": ("--lay-back",),
    "n_bars": ("--bars",),
    "number": ("--number", "-n"),
    "peak_dbtp": ("--peak",),
    "sample_rate": ("--rate", "--sample-rate"),
    "tail_sec": ("--tail",),
    "tempo_qpm": ("--tempo",),
}
_ARGUMENTS = ("prompt", "words")
# Files that hold words.
_WORD_ENDINGS = (".txt", ".md", ".lyrics", ".cho", ".pro", ".crd", ".chordpro", ".chopro")
_MORE_HELP = {"seed": " Random (and shown) if left out.", "lyrics": " A file with them, or the text."}
_LAST = ("force", "quiet", "as_json")
# Commands that write with the phrase model can be given other weights.
_WRITING = (
    "AccompanyRequest", "ArrangeRequest", "ChordsRequest", "ComposeRequest", "ContinueRequest", "CreateRequest",
    "EditRequest", "HarmonizeRequest", "InfillRequest", "MelodyRequest", "StreamRequest", "VaryRequest",
)  # fmt: skip
# What is typed as its text.
_VALUES = (Key, Meter)
# A document without a seed has 0; a command without one draws it.
_OPEN = ("seed",)


def _use_weights(context: typer.Context, value: str | None) -> str | None:
    """Read the phrase model from other weights until the command is done."""
    if value is not None:
        context.with_resource(using_weights(value))
    return value


Weights = Annotated[str | None, typer.Option(
    "--weights", callback=_use_weights, is_eager=True,
    help="Weights of your own (finetune): a folder, or owner/name of the hub.")]  # fmt: skip


@dataclass(frozen=True)
class Given(Generic[D]):
    """What was said on the command line, by field; what was left out is not in ``fields``."""

    kind: type[D]
    fields: Mapping[str, object]

    def of(self, kind: type[Document]) -> Given[Any]:
        """What was said of another document's fields, such as the brief's inside a request."""
        own = {name for name, field in kind.model_fields.items() if not _is_document(field)}
        return Given(kind, {name: value for name, value in self.fields.items() if name in own})

    def document(self) -> D:
        """The request, checked.

        Raises
        ------
        InputError
            Of the document's kind, if a value cannot be used.
        """
        return parse_document(self.kind, dict(self.fields), "options", self.kind.refusal)

    def names(self) -> dict[str, str]:
        """The options that were given, by field, as typed."""
        return {name: option_names(name)[0] for name in self.fields if name not in _ARGUMENTS}


def options_of(kind: type[Document]) -> Callable[[Command], Command]:
    """Give a command an option for every field of a request.

    Parameters
    ----------
    kind : type of Document
        Fields that are documents themselves (a request's brief) give the options of their own fields.

    Returns
    -------
    callable
        A decorator. The command gets what was said as ``given`` (`Given`); its other parameters stay as they
        are, before the made options, but for those that every command has, which come last.
    """

    def decorate(command: Command) -> Command:
        hints = get_type_hints(command, include_extras=True)
        kept = [
            parameter.replace(annotation=hints[parameter.name], kind=inspect.Parameter.KEYWORD_ONLY)
            for parameter in inspect.signature(command).parameters.values() if parameter.name != "given"
        ]  # fmt: skip
        fields = dict(_fields(kind))
        made = [_parameter(name, field) for name, field in fields.items()]
        defaults = {parameter.name: parameter.default for parameter in made}

        if kind.__name__ in _WRITING:
            own = inspect.Parameter("weights", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Weights)
            made.append(own)

        def run(**typed: Any) -> None:
            typed.pop("weights", None)  # in use since it was read
            said = {name: _read(name, fields[name], typed[name]) for name in defaults if typed[name] != defaults[name]}
            rest = {name: value for name, value in typed.items() if name not in defaults}
            command(given=Given(kind, said), **rest)

        last = [parameter for parameter in kept if parameter.name in _LAST]
        parameters = [*(parameter for parameter in kept if parameter not in last), *made, *last]
        run.__name__, run.__doc__, run.__module__ = command.__name__, command.__doc__, command.__module__
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return run

    return decorate


def option_names(field: str) -> tuple[str, ...]:
    """The option of a field, and its short form if it has one."""
    return _NAMES.get(field, (f"--{field.replace('_', '-')}",))


def between(low: float, high: float) -> Callable[[float | None], float | None]:
    """Make a check that a number lies in a range; the message says the range."""

    def check(value: float | None) -> float | None:
        if value is not None and not low <= value <= high:
            raise typer.BadParameter(f"{value:g} is out of range; use {low} to {high}")
        return value

    return check


def parse_duration(text: str) -> float:
    """Read a length of time: ``2:30``, ``150``, ``150s``, ``2.5min``; in seconds.

    Raises
    ------
    BriefError
        If it is none of these.
    """
    clock = re.fullmatch(r"\s*(\d+):([0-5]\d)\s*", text)
    if clock:
        return int(clock[1]) * 60.0 + int(clock[2])
    plain = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|sec|seconds?|m|min|minutes?)?\s*", text)
    if plain is None:
        raise BriefError(f"--duration: {text!r} is not a length; write 2:30, 150 (seconds) or 2.5min")
    return float(plain[1]) * (60.0 if (plain[2] or "s").startswith("m") else 1.0)


def words_of_file(typed: str) -> str:
    """Take lyrics as they were typed, or read the file that was named.

    Raises
    ------
    FileFormatError
        If a file was named that cannot be read.
    """
    is_name = "\n" not in typed and (
        typed.lower().endswith(_WORD_ENDINGS) or (len(typed) < 256 and Path(typed).is_file())
    )
    return read_text_file(typed) if is_name else typed


def _fields(kind: type[Document]) -> Iterator[tuple[str, FieldInfo]]:
    """List the fields that become options, those of documents inside among them."""
    for name, field in kind.model_fields.items():
        if _is_document(field):
            yield from _fields(field.annotation)  # type: ignore[arg-type]
        elif name != "schema_version":
            yield name, field


def _is_document(field: FieldInfo) -> bool:
    """Whether a field is a document of its own."""
    return isinstance(field.annotation, type) and issubclass(field.annotation, Document)


def _parameter(name: str, field: FieldInfo) -> inspect.Parameter:
    """Make the parameter that typer makes an option of."""
    text = (field.description or "") + _MORE_HELP.get(name, "")
    if name in _ARGUMENTS:
        info: Any = typer.Argument(help=text)
    else:
        # The range of what is typed as text is checked with the document.
        check = _range_of(field) if _plain(name, field.annotation) not in (str, str | None) else None
        info = typer.Option(*option_names(name), help=text, callback=check)
    default = None if name in _OPEN else field.default
    if isinstance(default, tuple):
        default = ",".join(default)
    annotation = Annotated[_plain(name, field.annotation), info]  # type: ignore[valid-type]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _range_of(field: FieldInfo) -> Callable[[float | None], float | None] | None:
    """Make the check of a field's range, if it has one."""
    bounds = ("ge", "le", "lt")
    found = {name: getattr(limit, name) for limit in field.metadata for name in bounds if hasattr(limit, name)}
    if "ge" not in found:
        return None
    return between(found["ge"], found["le"] if "le" in found else found["lt"] - 1)


def _plain(name: str, annotation: Any) -> Any:
    """Find the type that typer reads: a list is typed with commas, a length of time as text."""
    kinds = [kind for kind in get_args(annotation) if kind is not type(None)] if _is_union(annotation) else [annotation]
    kind = get_args(kinds[0])[0] if get_origin(kinds[0]) is Annotated else kinds[0]
    is_text = name == "duration_sec" or _is_list(annotation) or kind in _VALUES
    plain = str if is_text else kind
    assert plain in (str, int, float, bool, Path), name
    return plain | None if _is_union(annotation) or name in _OPEN else plain


def _is_union(annotation: Any) -> bool:
    """Whether a field may be left open."""
    return get_origin(annotation) in (Union, UnionType)


def _is_list(annotation: Any) -> bool:
    """Whether a field holds several names."""
    kinds = get_args(annotation) if _is_union(annotation) else (annotation,)
    return any(get_origin(kind) is tuple for kind in kinds)


def _read(name: str, field: FieldInfo, typed: Any) -> object:
    """Read what was typed for a field."""
    if name == "duration_sec":
        return parse_duration(typed)
    if name == "lyrics":
        return words_of_file(typed)
    if _is_list(field.annotation):
        return tuple(part.strip() for part in typed.split(",") if part.strip())
    return typed
