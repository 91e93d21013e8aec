"""The OpenAPI: what it promises holds for requests that schemathesis makes up, with a key."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

EXAMPLES = 40  # for each operation, on either store; one for those that take nothing
DOCUMENT = Path(__file__).parents[2] / "docs" / "how-to" / "serve.md"


@pytest.fixture(scope="session")
def operations(shared):
    """Every operation of the OpenAPI."""
    import schemathesis

    schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{shared.port}/openapi.json")
    return {operation.label: operation for each in schema.get_all_operations() for operation in [each.ok()]}


PROBES = ("GET /healthz", "GET /readyz", "GET /metrics")
OPERATIONS = (
    *PROBES,
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
        answered.append(case)

    answered = []
    ask()
    assert len(answered) >= cases(label)


def cases(label):
    """How many requests are made up for an operation at least, on either store."""
    return 1 if label in PROBES else EXAMPLES


def test_the_documentation_states_how_many_requests_are_made_up():
    told = f"{len(OPERATIONS)} operations {2 * sum(map(cases, OPERATIONS)):,} requests"
    assert told in " ".join(DOCUMENT.read_text(encoding="utf-8").split())


def test_every_operation_is_described_and_every_body_has_an_example(shared):
    described = shared.get("/openapi.json", key=None).json
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (method, path)
            assert "default" in operation["responses"]
    for name in ("MatchesAsked", "TextsAsked", "DecisionsAsked", "RunAsked", "ComputeAsked", "RecordsPut"):
        assert described["components"]["schemas"][name]["examples"]
