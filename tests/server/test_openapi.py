"""The OpenAPI against the service, by machine: whatever is sent, no fault of ours comes back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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


@pytest.mark.slow
def test_nothing_that_is_sent_is_a_fault(quick_home: Path) -> None:
    from hypothesis import HealthCheck, Phase, given, settings

    service = Service(ServerOptions(quick_home, n_workers=0), QUICK)
    app = make_app(service)
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers={"Host": "127.0.0.1"})
    examples = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "25"))
    failures = []
    for result in schema.get_all_operations():
        operation = result.ok()

        @given(case=operation.as_strategy())
        @settings(
            max_examples=examples, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        def send(case: schemathesis.Case) -> None:
            if "events" in case.path:
                case.query = {**(case.query or {}), "once": True}
            case.headers = {**(case.headers or {}), "Host": "127.0.0.1"}
            answer = case.call()
            case.validate_response(answer, checks=CHECKS)

        try:
            send()
        except FailureGroup as group:
            said = "; ".join(f"{type(each).__name__} {each}" for each in group.exceptions)
            failures.append(f"{operation.method} {operation.path}: {said[:1500]}")
    assert not failures, "\n\n".join(failures)
