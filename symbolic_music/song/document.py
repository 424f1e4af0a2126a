"""What all documents that a person edits share: frozen fields, YAML in and out."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from symbolic_music.errors import FileFormatError, InputError

# libyaml, where there is one, reads ten times faster.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Document(BaseModel):
    """A frozen document; a misspelt field is an error, not a silent default."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    schema_version: int = 1


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
        raise error(f"{where}: {_first_problem(failure)}") from None


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


def _first_problem(failure: ValidationError) -> str:
    """Say the first problem of a validation in one line."""
    problem = failure.errors()[0]
    field = ".".join(str(part) for part in problem["loc"]) or "the document"
    message = problem["msg"].removeprefix("Value error, ")
    given = problem.get("input")
    shown = f" (given: {given!r})" if isinstance(given, (str, int, float)) else ""
    return f"{field}: {message}{shown}"
