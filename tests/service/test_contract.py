"""The OpenAPI: what it promises holds for requests that schemathesis makes up, with a key."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings

EXAMPLES = 40  # for each operation, on either store


@pytest.fixture(scope="session")
def operations(shared):
    """Every operation of the OpenAPI."""
    import schemathesis

    schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{shared.port}/openapi.json")
    return {operation.label: operation for each in schema.get_all_operations() for operation in [each.ok()]}


OPERATIONS = (
    *(f"GET /{probe}" for probe in ("healthz", "readyz", "metrics")),
    *(f"POST /v1/{route}" for route in ("matches", "compare", "decisions", "decisions/{number}/undo", "runs")),
    *(f"GET /v1/{route}" for route in ("model", "groups", "groups/{group_id}", "changes", "decisions", "audit")),
    "POST /compute",
    "PUT /v1/records",
    "DELETE /v1/records/{record_id}",
    *(f"GET /v1/{route}" for route in ("runs", "runs/{run_id}", "runs/{run_id}/events")),
    *(f"GET /v1/{route}" for route in ("requests/{number}", "requests/{number}/events")),
    "POST /v1/runs/{run_id}/cancel",
    "DELETE /v1/requests/{number}",
)


def test_every_operation_is_asked(operations):
    assert set(operations) == set(OPERATIONS)


@pytest.mark.parametrize("label", OPERATIONS)
def test_no_request_breaks_the_service_or_its_contract(operations, shared, label):
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    # Who watches a request that waits is sent events for half a minute.
    shared.store.execute("update requests set state = 'done'")
    checks = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate])
    @given(case=operations[label].as_strategy())
    def ask(case):
        case.call_and_validate(headers={"X-API-Key": shared.keys["all"]}, checks=checks)

    ask()


def test_every_operation_is_described_and_every_body_has_an_example(shared):
    described = shared.get("/openapi.json", key=None).json
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (method, path)
            assert "default" in operation["responses"]
    for name in ("MatchesAsked", "TextsAsked", "DecisionsAsked", "RunAsked", "ComputeAsked", "RecordsPut"):
        assert described["components"]["schemas"][name]["examples"]
