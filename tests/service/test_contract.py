"""The OpenAPI: what it promises holds for requests that schemathesis makes up, with a key."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)


@pytest.fixture(scope="session")
def described(shared):
    return schemathesis.openapi.from_url(f"http://127.0.0.1:{shared.port}/openapi.json")


schema = schemathesis.pytest.from_fixture("described")


@schema.parametrize()
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
def test_no_request_breaks_the_service_or_its_contract(case, shared):
    case.call_and_validate(headers={"X-API-Key": shared.keys["all"]}, checks=CHECKS)


def test_every_operation_has_a_summary_and_every_body_an_example(shared):
    described = shared.get("/openapi.json", key=None).json
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (method, path)
            assert "default" in operation["responses"]
    for name in ("MatchesAsked", "TextsAsked", "DecisionsAsked", "RunAsked"):
        assert described["components"]["schemas"][name]["examples"]
