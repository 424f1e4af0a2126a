"""Errors as problem+json (RFC 9457) with a hint; nothing of the program's inside goes out."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from symbolic_music import errors
from symbolic_music.server.documents import FieldProblem, Problem
from symbolic_music.server.jobs import BusyError, ConflictError, KeyClashError, NotFoundError

MEDIA_TYPE = "application/problem+json"
_LOG = logging.getLogger(__name__)
_STATUS: tuple[tuple[type[errors.SymbolicMusicError], int], ...] = (
    (NotFoundError, 404),
    (KeyClashError, 422),
    (BusyError, 429),
    (ConflictError, 409),
    (errors.InputError, 422),
    (errors.ConstraintError, 422),
    (errors.StoppedError, 409),
    (errors.MissingExtraError, 501),
    (errors.RenderError, 503),
    (errors.OutputError, 507),
)
_TITLES = {
    400: "the request cannot be read", 401: "a token is needed", 403: "not from here", 404: "there is no such thing",
    405: "not so", 409: "the song has changed", 411: "its length must be said", 412: "the song has changed",
    413: "too large", 415: "not in this form", 422: "cannot be used", 428: "say which revision",
    429: "too much waiting", 501: "a part is not installed", 503: "not possible here", 507: "cannot be stored",
}  # fmt: skip
_SHOWN = 100


def problem(status: int, detail: str, hint: str | None = None, fields: tuple[FieldProblem, ...] = ()) -> Response:
    """Make the answer for an error."""
    said = Problem(title=_TITLES.get(status, "error"), status=status, detail=detail, hint=hint, errors=fields)
    headers = {"Retry-After": "5"} if status == 429 else {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(said.model_dump(exclude_none=True), status, headers, MEDIA_TYPE)


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Say in the OpenAPI which errors a route may answer with."""
    schema = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _TITLES[status], "content": schema} for status in statuses}


def add_handlers(app: FastAPI) -> None:
    """Answer every error as a problem."""
    app.add_exception_handler(errors.SymbolicMusicError, _ours)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _fault)


def _ours(request: Request, failure: Exception) -> Response:
    """An error raised on purpose."""
    assert isinstance(failure, errors.SymbolicMusicError)
    status = next((status for kind, status in _STATUS if isinstance(failure, kind)), 500)
    return problem(status, failure.message, failure.hint)


def _unreadable(request: Request, failure: Exception) -> Response:
    """A request that is not what its document says."""
    assert isinstance(failure, RequestValidationError)
    fields, hint = [], None
    for wrong in failure.errors()[:20]:
        cause = wrong.get("ctx", {}).get("error")
        if isinstance(cause, errors.SymbolicMusicError):
            hint = hint or cause.hint
        said = cause.message if isinstance(cause, errors.SymbolicMusicError) else str(wrong["msg"])
        place = [str(part)[:_SHOWN] for part in wrong["loc"] if part != "body"]
        fields.append(FieldProblem(pointer="/" + "/".join(place), detail=said.removeprefix("Value error, ")[:300]))
    first = fields[0]
    status = 400 if failure.errors()[0]["type"] == "json_invalid" else 422
    return problem(status, f"{first.pointer}: {first.detail}", hint, tuple(fields))


def _http(request: Request, failure: Exception) -> Response:
    """An error of the framework."""
    assert isinstance(failure, HTTPException)
    answer = problem(failure.status_code, str(failure.detail))
    for name, value in (failure.headers or {}).items():
        answer.headers[name] = value
    return answer


def _fault(request: Request, failure: Exception) -> Response:
    """A fault of the program: what it was goes to the log."""
    _LOG.error("a fault at %s", request.url.path, exc_info=failure)
    return problem(500, "a fault of the program", "the server's log says more")
