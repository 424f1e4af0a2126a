"""What all documents that a person edits share: frozen fields, YAML in and out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import is_dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, field_validator

from symbolic_music.errors import FileFormatError, InputError
from symbolic_music.limits import NESTING, NO_TEXT, NODES, is_text, read_text_file
from symbolic_music.tables import LOADER

# The form of the documents that this version writes and reads.
SCHEMA_VERSION = 1

# libyaml, where there is one, reads ten times faster.
_LONGEST_VALUE = 120


class Document(BaseModel):
    """A frozen document; a misspelt field is an error, not a silent default.

    Raises
    ------
    InputError
        Of the document's own kind (``refusal``), with the first field that is wrong.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    refusal: ClassVar[type[InputError]] = InputError
    schema_version: int = SCHEMA_VERSION

    @field_validator("schema_version")
    @classmethod
    def _known_version(cls, value: int) -> int:
        if value != SCHEMA_VERSION:
            raise ValueError(f"this version of the program reads {SCHEMA_VERSION}; a newer one may read it")
        return value

    @field_validator("*", mode="before")
    @classmethod
    def _is_text(cls, value: object) -> object:
        """Refuse what is no text: no file can hold it."""
        if isinstance(value, str) and not is_text(value):
            raise ValueError(NO_TEXT)
        return value

    def __init__(self, **fields: Any) -> None:
        with _refusing(type(self)):
            super().__init__(**fields)

    @classmethod
    def model_validate(cls, obj: Any, **how: Any) -> Self:
        """Check plain data.

        Raises
        ------
        InputError
            Of the document's own kind, as the constructor.
        """
        with _refusing(cls):
            return super().model_validate(obj, **how)

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **how: Any) -> Self:
        """Check JSON text.

        Raises
        ------
        InputError
            Of the document's own kind, as the constructor.
        """
        with _refusing(cls):
            return super().model_validate_json(json_data, **how)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy with changes, each checked and read as the constructor would.

        Raises
        ------
        InputError
            Of the document's own kind, if there is no such field or a value is wrong.
        """
        read = {name: _read_field(type(self), name, value) for name, value in (update or {}).items()}
        return super().model_copy(update=read, deep=deep)

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Show the fields that are said, values as their text, which reads back."""
        shown = ((name, value) for name, value in super().__repr_args__() if name != "schema_version")
        return ((name, str(value) if is_dataclass(value) else value) for name, value in shown if value is not None)

    # pydantic calls the constructor of its own for documents inside documents, so that one
    # problem is said once, with its whole path.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]


D = TypeVar("D", bound=Document)


def parse_document(kind: type[D], data: object, where: str, error: type[InputError]) -> D:
    """Check plain data against a document type.

    Parameters
    ----------
    kind : type[D]
        The type of document that is wanted.
    data : object
        What a YAML or JSON reader gives.
    where : str
        The file or option that it came from, for the message.
    error : type[InputError]
        The type of error to raise.

    Returns
    -------
    D
        Checked, and frozen.

    Raises
    ------
    InputError
        Of the given type, one line: where, which field, what is wrong.
    """
    with _refusing(kind, where, error):
        return super(Document, kind).model_validate(data)


def load_document(kind: type[D], path: Path, error: type[InputError]) -> D:
    """Read a document from a YAML (or JSON) file.

    Parameters
    ----------
    kind : type[D]
        The type of document that is wanted.
    path : Path
        A YAML file; JSON is YAML too.
    error : type[InputError]
        The type of error to raise where a field is wrong.

    Returns
    -------
    D
        Checked, and frozen.

    Raises
    ------
    InputError
        If there is no such file, or a field is wrong (then of the given type).
    """
    return parse_document(kind, read_data(path), str(path), error)


def read_data(path: Path) -> object:
    """Read the plain data of a YAML (or JSON) file.

    Parameters
    ----------
    path : Path
        A YAML file; JSON is YAML too.

    Returns
    -------
    object
        Mappings, lists, texts and numbers, not checked.

    Raises
    ------
    FileFormatError
        If there is no such file, or it is not YAML.
    """
    return parse_data(read_text_file(path), str(path))


def parse_data(text: str, where: str) -> object:
    """Read plain data from YAML (or JSON) text; ``where`` is named in errors.

    Raises
    ------
    FileFormatError
        If it is not YAML, or beyond `symbolic_music.limits`.
    """
    try:
        _check_shape(text, where)
        return yaml.load(text, Loader=LOADER)
    except InputError:
        raise
    # The last ones are what PyYAML's own constructors raise for a tag on a value of another kind.
    except (yaml.YAMLError, ValueError, OverflowError, TypeError, AttributeError, LookupError) as failure:
        line = " ".join(str(failure).split())[:300]
        raise FileFormatError(f"{where}: not valid YAML: {line}") from None


def _check_shape(text: str, where: str) -> None:
    """Refuse what is nested too deep, or too large once its aliases are written out, before it is built."""
    sizes: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []
    total = 0
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append((event.anchor, total))
            NESTING.check(len(open_nodes), where)
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_nodes.pop()
            if anchor is not None:
                sizes[anchor] = total - before + 1
        total += sizes.get(str(event.anchor), 1) if isinstance(event, yaml.AliasEvent) else 1
        NODES.check(total, where)


def dump_document(document: Document) -> str:
    """Write a document as YAML, in field order, without open fields.

    Parameters
    ----------
    document : Document
        Any of the documents.

    Returns
    -------
    str
        Text that ``parse_document`` reads back to an equal document.
    """
    data = document.model_dump(mode="json", exclude_none=True)
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100)


def _read_field(kind: type[Document], name: str, value: object) -> object:
    """Read one field's value alone; what must agree with other fields is not asked."""
    if name not in kind.model_fields:
        raise kind.refusal(f"{kind.__name__}: there is no field {name!r}; there are {', '.join(kind.model_fields)}")
    try:
        return _reader(kind, name).validate_python(value)
    except ValidationError as failure:
        raise _refusal(failure, kind.__name__, kind.refusal, name) from None


@cache
def _reader(kind: type[Document], name: str) -> TypeAdapter[Any]:
    """What reads one field of a kind of document."""
    field = kind.model_fields[name]
    kind_of_value: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    return TypeAdapter(kind_of_value)


@contextmanager
def _refusing(kind: type[Document], where: str = "", error: type[InputError] | None = None) -> Iterator[None]:
    """Say what pydantic refuses as an error of ours."""
    try:
        yield
    except ValidationError as failure:
        raise _refusal(failure, where or kind.__name__, error or kind.refusal) from None


def _refusal(failure: ValidationError, where: str, error: type[InputError], *inside: str) -> InputError:
    """Say the first problem of a validation in one line, and its hint if it has one."""
    problem = failure.errors()[0]
    field = ".".join(str(part) for part in (*inside, *problem["loc"])) or "the document"
    cause = problem.get("ctx", {}).get("error")
    hint = cause.hint if isinstance(cause, InputError) else None
    message = cause.message if isinstance(cause, InputError) else problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "model_type":
        # An empty file, or another kind of text.
        message = "is empty" if problem.get("input") is None else "has no fields; write them as name: value"
    return error(f"{where}: {field}: {message}{_shown(problem.get('input'))}", hint)


def _shown(given: object) -> str:
    """Show a value that was given, the start of a long one."""
    if not isinstance(given, (str, int, float)):
        return ""
    text = repr(given) if not isinstance(given, int) or abs(given) < 10**30 else "a very large number"
    return f" (given: {text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + ' …'})"
