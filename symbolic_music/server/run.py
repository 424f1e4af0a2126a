"""A server from its socket to its end."""

from __future__ import annotations

import socket
import threading
import webbrowser
from collections.abc import Callable
from typing import Any

import uvicorn

from symbolic_music.errors import OutputError
from symbolic_music.server.app import make_app
from symbolic_music.server.options import ServerOptions
from symbolic_music.server.service import Service

# Open event streams are given this long when the server ends.
_GRACE_SEC = 2


def run_server(options: ServerOptions, on_ready: Callable[[str], None], opens: bool = False) -> None:
    """Serve until the process is interrupted.

    Parameters
    ----------
    options : ServerOptions
        Where and how.
    on_ready : callable
        Told the address once the port is ours.
    opens : bool
        Whether to open the browser there.

    Raises
    ------
    OutputError
        If the port is taken.
    """
    place = listen(options.host, options.port)
    address = address_of(options.host, place)
    on_ready(address)
    if opens:
        # A browser may take its time to start; the server is there by then.
        threading.Timer(0.8, webbrowser.open, (address,)).start()
    serve_app(make_app(Service(options)), place)


def serve_app(app: Any, place: socket.socket) -> None:
    """Serve an application on a socket until the process is interrupted."""
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=_GRACE_SEC, server_header=False,
        ws_max_size=65536,
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[place])


def listen(host: str, port: int) -> socket.socket:
    """Take a port.

    Raises
    ------
    OutputError
        If it cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    place = socket.socket(family, socket.SOCK_STREAM)
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        place.bind((host, port))
    except OSError as failure:
        place.close()
        raise OutputError(f"{host}:{port}: cannot listen there: {failure.strerror}", "use another --port") from None
    place.listen(128)
    return place


def address_of(host: str, place: socket.socket) -> str:
    """The address that a browser on this machine takes."""
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{place.getsockname()[1]}/"
