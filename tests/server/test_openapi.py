"""The OpenAPI against the service, by machine: whatever is sent, no fault of ours comes back."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from symbolic_music import load_song
from symbolic_music.server.app import make_app
from symbolic_music.server.options import ServerOptions
from symbolic_music.server.service import Service
from tests.server.conftest import QUICK

schemathesis = pytest.importorskip("schemathesis")
from schemathesis import checks  # noqa: E402
from schemathesis.core.failures import FailureGroup  # noqa: E402
from schemathesis.specs.openapi import checks as openapi_checks  # noqa: E402

# Not that all data of the schema's form is taken: a document's fields must also agree with each other.
CHECKS = [
    checks.not_a_server_error, openapi_checks.status_code_conformance, openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
]  # fmt: skip


# The song that half of the requests name; it is put back where a request deleted it.
SONG = "mine"


@pytest.mark.slow
def test_nothing_that_is_sent_is_a_fault(quick_home: Path, song_folder: Path) -> None:
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import strategies as st

    shutil.copytree(song_folder, quick_home / "songs" / SONG)
    service = Service(ServerOptions(quick_home, n_workers=0), QUICK)
    app = make_app(service)
    track = load_song(song_folder).score.tracks[0]
    note = {"track": track.name, "onset_tick": int(track.notes["onset_tick"][0]), "pitch": int(track.notes["pitch"][0])}
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers={"Host": "127.0.0.1"})
    examples = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "25"))
    failures, found = [], set()
    for result in schema.get_all_operations():
        operation = result.ok()

        @given(case=operation.as_strategy(), is_there=st.booleans())
        @settings(
            max_examples=examples, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        def send(case: schemathesis.Case, is_there: bool) -> None:
            if is_there and "song_id" in (case.path_parameters or {}):
                if not (quick_home / "songs" / SONG).is_dir():
                    shutil.copytree(song_folder, quick_home / "songs" / SONG)
                    service.library.open()
                case.path_parameters = {**case.path_parameters, "song_id": SONG}
            if "events" in case.path:
                case.query = {**(case.query or {}), "once": True}
            case.headers = {**(case.headers or {}), "Host": "127.0.0.1"}
            if "corrections" in case.path and is_there:
                _aim(case.body, note)
            answer = case.call()
            if answer.status_code != 404:
                found.add(f"{case.method} {case.operation.path}")
            case.validate_response(answer, checks=CHECKS)

        try:
            send()
        except FailureGroup as group:
            said = "; ".join(f"{type(each).__name__} {each}" for each in group.exceptions)
            failures.append(f"{operation.method} {operation.path}: {said[:1500]}")
    assert not failures, "\n\n".join(failures)
    # A song that is there is read and changed, not only looked for.
    for path in ("corrections", "wishes", "locks", "unlock", "edits", "exports"):
        assert f"POST /api/songs/{{song_id}}/{path}" in found, sorted(found)


def _aim(body: object, note: dict[str, Any]) -> None:
    """Have the corrections mean a note that is there, where they are corrections at all."""
    corrections = body.get("notes") if isinstance(body, dict) else None
    for correction in corrections if isinstance(corrections, list) else ():
        if isinstance(correction, dict):
            correction.update(note)
