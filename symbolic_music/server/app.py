"""The web application: REST under /api, the studio's pages if they are built, errors as problems."""

from __future__ import annotations

import mimetypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from mcp.server.transport_security import TransportSecuritySettings
from starlette.responses import Response
from starlette.types import Scope

from symbolic_music.server.agents import make_agents
from symbolic_music.server.gate import Gate
from symbolic_music.server.live import router as live_router
from symbolic_music.server.problems import add_handlers
from symbolic_music.server.routes import router
from symbolic_music.server.service import Service

# Said here because some systems' tables call modules plain text, and browsers then refuse them.
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".sf2": "audio/x-soundfont"}
_NO_PAGES = """<!doctype html><html lang="en"><meta charset="utf-8"><title>symbolic_music</title>
<h1>symbolic_music</h1><p>The service runs. The studio's pages are not built in this installation: <code>make
studio</code> builds them.</p><p>The interface is described at <a href="/openapi.json">/openapi.json</a>.</p></html>"""


def make_app(service: Service, static: Path | None = None) -> FastAPI:
    """Make the application of a service; its workers run while it does.

    Parameters
    ----------
    service : Service
        Not started.
    static : Path, optional
        The pages; those of the package if left out.
    """
    from symbolic_music import __version__

    agents = make_agents(service)
    tools = agents.streamable_http_app(
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False)
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with service.running():
            async with agents.session_manager.run():
                yield

    app = FastAPI(
        title="symbolic_music", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None,
        description="Whole songs as editable MIDI. Errors are problem+json with a hint; see docs/api.md.",
    )  # fmt: skip
    app.state.service = service
    add_handlers(app)
    app.include_router(router)
    app.include_router(live_router)
    # Who may come in is the gate's to say, for agents as for everybody.
    app.router.routes.extend(tools.routes)
    _add_problem(app)
    _add_pages(app, static or pages_folder())
    app.add_middleware(Gate, options=service.options)
    return app


def pages_folder() -> Path:
    """Where the package has the studio's pages, built or not."""
    return Path(str(files("symbolic_music.server"))) / "static"


class _Pages(StaticFiles):
    """Pages: names with a hash may be kept, the first page is asked for again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file."""
        answer = await super().get_response(path, scope)
        answer.headers["Cache-Control"] = "max-age=31536000" if path.startswith("assets/") else "no-cache"
        return answer


def _add_pages(app: FastAPI, folder: Path) -> None:
    """Serve the pages, or say that there are none."""
    for ending, kind in _TYPES.items():
        mimetypes.add_type(kind, ending)
    if (folder / "index.html").is_file():
        app.mount("/", _Pages(directory=folder, html=True), name="pages")
        return

    @app.get("/", include_in_schema=False)
    def no_pages() -> HTMLResponse:
        return HTMLResponse(_NO_PAGES)


def _add_problem(app: FastAPI) -> None:
    """Put the problem's schema into the OpenAPI: every route answers with it, none by its own."""
    from symbolic_music.server.documents import Problem

    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = plain()
            schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas = made.setdefault("components", {}).setdefault("schemas", {})
            schemas |= schema.pop("$defs", {}) | {"Problem": schema}
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
