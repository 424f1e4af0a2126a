"""What all documents that a person edits share: frozen fields, YAML in and out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from symbolic_music.errors import FileFormatError, InputError

# libyaml, where there is one, reads ten times faster.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Document(BaseModel):
    """A frozen document; a misspelt field is an error, not a silent default.

    Raises
    ------
    InputError
        Of the document's own kind (``refusal``), with the first field that is wrong.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    refusal: ClassVar[type[InputError]] = InputError
    schema_version: int = 1

    def __init__(self, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as failure:
            raise _refusal(failure, type(self).__name__, self.refusal) from None

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Show the fields that are said."""
        shown = ((name, value) for name, value in super().__repr_args__() if name != "schema_version")
        return ((name, value) for name, value in shown if value is not None)

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
    try:
        return kind.model_validate(data)
    except ValidationError as failure:
        raise _refusal(failure, where, error) from None


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
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except FileNotFoundError:
        raise FileFormatError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as failure:
        raise FileFormatError(f"{path}: cannot be read as text: {failure}") from None
    except yaml.YAMLError as failure:
        line = " ".join(str(failure).split())
        raise FileFormatError(f"{path}: not valid YAML: {line}") from None


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


def _refusal(failure: ValidationError, where: str, error: type[InputError]) -> InputError:
    """Say the first problem of a validation in one line, and its hint if it has one."""
    problem = failure.errors()[0]
    field = ".".join(str(part) for part in problem["loc"]) or "the document"
    cause = problem.get("ctx", {}).get("error")
    hint = cause.hint if isinstance(cause, InputError) else None
    message = cause.message if isinstance(cause, InputError) else problem["msg"].removeprefix("Value error, ")
    given = problem.get("input")
    shown = f" (given: {given!r})" if isinstance(given, (str, int, float)) else ""
    return error(f"{where}: {field}: {message}{shown}", hint)
