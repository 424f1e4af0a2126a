"""Who may ask: the right host, the right origin, the token, not too much at once.

Browsers send requests for any page that a person visits. A server on 127.0.0.1 is not safe by that alone: a foreign
page may post to it, or reach it under its own name (DNS rebinding). So the host's name and the origin are checked.
"""

from __future__ import annotations

import secrets
from http.cookies import SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from symbolic_music.limits import FILE_BYTES
from symbolic_music.server.options import ServerOptions, is_this_machine
from symbolic_music.server.problems import problem

COOKIE = "symbolic_music_token"
UPLOADS = "/api/uploads"
_HEADERS = {
    b"content-security-policy": b"default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:;"
    b" style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; frame-ancestors 'none'",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
}
_OPEN = ("/api/health",)


class _TooLargeError(Exception):
    """A body that grew past its limit while it was read."""


class Gate:
    """Middleware around everything, for requests and live streams."""

    def __init__(self, app: ASGIApp, options: ServerOptions) -> None:
        self._app, self._options = app, options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer why not."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refuse(scope, headers)
        if refusal is not None:
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            else:
                await refusal(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        await self._bounded(scope, receive, send, headers)

    def _refuse(self, scope: Scope, headers: Headers) -> Response | None:
        """Say why a request may not come in."""
        host = headers.get("host", "")
        if is_this_machine(self._options.host) and not is_this_machine(_name_of(host)):
            return problem(403, "this server answers to localhost only")
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != host:
            return problem(403, "requests from other pages are not answered")
        if self._options.token is not None and scope["path"] not in _OPEN and not self._has_token(scope, headers):
            return problem(401, "the token is missing or wrong", "send it as Authorization: Bearer TOKEN")
        return None

    def _has_token(self, scope: Scope, headers: Headers) -> bool:
        """Whether the token comes along: in its header, a cookie (event streams have no headers), or the address."""
        kind, _, given = headers.get("authorization", "").partition(" ")
        cookie: SimpleCookie = SimpleCookie()
        cookie.load(headers.get("cookie", "")[:4096])
        shown = [given if kind.lower() == "bearer" else ""]
        shown.append(cookie[COOKIE].value if COOKIE in cookie else "")
        shown += parse_qs(scope["query_string"].decode("latin-1")).get("token", [])[:1]
        token = str(self._options.token).encode()
        return any(secrets.compare_digest(each.encode("utf-8", "replace"), token) for each in shown)

    async def _bounded(self, scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
        """Pass a request on whose body cannot grow without end."""
        most = FILE_BYTES.most + 65536 if scope["path"] == UPLOADS else self._options.body_kb * 1024
        said = headers.get("content-length", "")
        if said.isdigit() and int(said[:20]) > most:
            await self._too_large(most)(scope, receive, send)
            return
        size, is_answered = 0, False

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > most:
                raise _TooLargeError
            return message

        async def dressed(message: Message) -> None:
            nonlocal is_answered
            if message["type"] == "http.response.start":
                is_answered = True
                message = {**message, "headers": [*message["headers"], *_HEADERS.items(), *self._cookie(scope)]}
            await send(message)

        try:
            await self._app(scope, counted, dressed)
        except _TooLargeError:
            if not is_answered:
                await self._too_large(most)(scope, receive, send)

    def _cookie(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """Let a browser that came by the address with the token keep it."""
        if self._options.token is None or scope["path"] != "/" or b"token=" not in scope["query_string"]:
            return []
        return [(b"set-cookie", f"{COOKIE}={self._options.token}; HttpOnly; SameSite=Strict; Path=/".encode())]

    def _too_large(self, most: int) -> Response:
        """Refuse a body."""
        return problem(413, f"at most {most // 1024} kB are allowed")


def _name_of(host: str) -> str:
    """The host's name without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
