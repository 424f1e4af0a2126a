"""The `serve`, `studio` and `mcp` commands: the program as a service, with pages, and for agents."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symbolic_music.cli.listing import app
from symbolic_music.errors import MissingExtraError

if TYPE_CHECKING:
    from symbolic_music.server.options import ServerOptions

PORT = 8765

Home = Annotated[
    Path | None,
    typer.Option(
        "--home", help="Folder of songs and jobs; if left out, $SYMBOLIC_MUSIC_HOME or symbolic-music in your home."
    ),
]
Port = Annotated[int, typer.Option("--port", "-p", min=0, max=65535, help="Where to listen; 0 is any free one.")]
Host = Annotated[str, typer.Option("--host", help="Whom to answer: 127.0.0.1 is this machine only, 0.0.0.0 all.")]
Token = Annotated[
    str | None,
    typer.Option("--token", envvar="SYMBOLIC_MUSIC_TOKEN", help="What clients must show; needed beyond this machine."),
]
Workers = Annotated[int, typer.Option("--workers", min=1, max=64, help="Songs that are made at the same time.")]


@app.command(epilog="Example: symbolic-music serve --port 8765")
def serve(
    port: Port = PORT, host: Host = "127.0.0.1", token: Token = None, home: Home = None, workers: Workers = 1
) -> None:  # fmt: skip
    """Serve songs and jobs over REST and events; see docs/service.md."""
    _serve(_options(home, host, port, token, workers), opens=False)


@app.command(epilog="Example: symbolic-music studio")
def studio(
    port: Port = PORT,
    opens: Annotated[bool, typer.Option("--open/--no-open", help="Open the browser.")] = True,
    home: Home = None,
    workers: Workers = 1,
) -> None:
    """Open the studio: the service with its pages, in the browser."""
    options = _options(home, "127.0.0.1", port, None, workers)
    from symbolic_music.server.app import pages_folder

    if not (pages_folder() / "index.html").is_file():
        print(
            "The studio's pages are not built in this installation (make studio builds them); the service runs"
            " without them.", file=sys.stderr,
        )  # fmt: skip
    _serve(options, opens)


@app.command(epilog="Example: symbolic-music mcp")
def mcp(
    http: Annotated[
        bool, typer.Option("--http", help="Over HTTP at /mcp, as serve does too, instead of standard input.")
    ] = False,
    port: Port = PORT,
    host: Host = "127.0.0.1",
    token: Token = None,
    home: Home = None,
    workers: Workers = 1,
) -> None:
    """Serve agents (MCP): compose, edit, describe, find chords, export; see docs/agents.md."""
    options = _options(home, host, port, token, workers)
    if http:
        _serve(options, opens=False)
        return
    from symbolic_music.server.agents import run_agents

    run_agents(options)


def _options(home: Path | None, host: str, port: int, token: str | None, workers: int) -> ServerOptions:
    """Check what is asked, and that the extra is installed.

    Raises
    ------
    MissingExtraError
        If it is not.
    """
    try:
        import fastapi  # noqa: F401
        import mcp  # noqa: F401
        import sse_starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as failure:
        raise MissingExtraError(
            f"the service needs {failure.name}, which is not installed", "pip install 'symbolic-music[server]'"
        ) from None
    from symbolic_music.server.options import ServerOptions, default_home

    return ServerOptions(home or default_home(), host, port, token, workers)


def _serve(options: ServerOptions, opens: bool) -> None:
    """Serve until Ctrl-C."""
    from symbolic_music.server.run import run_server

    run_server(options, lambda address: print(f"Listening at {address} (Ctrl-C ends it)", file=sys.stderr), opens)
