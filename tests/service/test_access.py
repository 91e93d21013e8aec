"""Who may do what: every route, each kind of key, records of one's own scope and of another's."""

from __future__ import annotations

import json

import pytest

OWN, FOREIGN = "own", "foreign"
RECORDS = {OWN: ("o1", "o2"), FOREIGN: ("f1", "f2")}
#: By route: the action that it needs, and whether a key for other scopes is told 403, 404, or gets less to see.
ROUTES = {
    "POST /v1/matches": ("read", 403),
    "POST /v1/compare": ("read", None),
    "GET /v1/model": ("read", None),
    "GET /v1/groups": ("read", 403),
    "GET /v1/groups/{group_id}": ("read", 404),
    "GET /v1/changes": ("read", None),
    "GET /v1/decisions": ("read", 403),
    "POST /v1/decisions": ("decide", 404),
    "POST /v1/decisions/{number}/undo": ("decide", 404),
    "GET /v1/runs": ("read", None),
    "GET /v1/runs/{run_id}": ("read", 404),
    "POST /v1/runs": ("run", 403),
    "GET /v1/requests/{number}": ("read or run", 404),
    "GET /v1/requests/{number}/events": ("read or run", 404),
    "DELETE /v1/requests/{number}": ("run", 404),
    "GET /v1/runs/{run_id}/events": ("read", 404),
    "POST /v1/runs/{run_id}/cancel": ("run", 404),
    "POST /compute": ("read", None),
    "PUT /v1/records": ("run", 403),
    "DELETE /v1/records/{record_id}": ("run", 404),
}
REFUSED = (
    "POST /v1/decisions/{number}/undo",
    "POST /v1/runs/{run_id}/cancel",
    "DELETE /v1/requests/{number}",
)
ALLOWED = {
    "reader": {"read"},
    "decider": {"read", "decide"},
    "runner": {"run"},
    "all": {"read", "decide", "run"},
    "own": {"read", "decide", "run"},
}
OPEN = {"/healthz", "/readyz", "/metrics"}


def matrix():
    """Route, kind of key, scope, and the status that is due."""
    for route, (needed, foreign) in ROUTES.items():
        for kind, actions in ALLOWED.items():
            for scope in (OWN, FOREIGN):
                is_allowed = actions & set(needed.split(" or "))
                due = 200 if is_allowed else 403
                if is_allowed and kind == "own" and foreign and (scope == FOREIGN or "/v1/runs/{run_id}" in route):
                    due = foreign
                yield route, kind, scope, due


@pytest.fixture(scope="session")
def ask(shared, groups):
    """Asks a route about a record, group, run or request of a scope."""
    made = {}

    def thing_of(scope):
        if scope not in made:
            a, b = RECORDS[scope]
            decided = {"decisions": [{"record_a": a, "record_b": b, "answer": "same"}]}
            requested = shared.post("/v1/runs", {"scopes": [scope]}).json["id"]
            shared.store.execute("update requests set state = 'done' where id = ?", requested)
            made[scope] = shared.post("/v1/decisions", decided).json["decisions"][0]["id"], requested
        return made[scope]

    def ask(route, key, scope):
        method, path = route.split(" ")
        a, b = RECORDS[scope]
        run_id = shared.store.execute("select id from runs")[0]["id"]
        decision, request = thing_of(scope)
        path = path.format(
            record_id=f"put-{scope}",
            group_id=groups[scope][0],
            run_id=run_id,
            number=decision if "decisions" in path else request,
        )
        put = {"records": [{"id": f"put-{scope}", "text": "Paint the fence.", "scope": scope}]}
        if method == "DELETE" and "/v1/records" in path:
            shared.ask("PUT", "/v1/records", put)
        bodies = {
            "PUT /v1/records": put,
            "POST /v1/matches": {"text": "x", "scope": scope},
            "POST /compute": {"recipient_id": scope},
            "POST /v1/compare": {"text_a": "x", "text_b": "y"},
            "POST /v1/decisions": {"decisions": [{"record_a": a, "record_b": b, "answer": "same"}]},
            "POST /v1/decisions/{number}/undo": {},
            "POST /v1/runs": {"scopes": [scope]},
            "POST /v1/runs/{run_id}/cancel": {},
        }
        if route in ("GET /v1/groups", "GET /v1/decisions"):
            path += f"?scope={scope}"
        reply = shared.ask(method, path, bodies.get(route), key=key)
        if "/v1/records" in path:  # other tests count the records
            shared.ask("DELETE", f"/v1/records/put-{scope}")
        return reply

    return ask


def test_the_matrix_names_every_route(shared):
    paths = shared.get("/openapi.json", key=None).json["paths"]
    there = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert {route for route in there if route.split(" ")[1] not in OPEN} == set(ROUTES)


@pytest.mark.parametrize(("route", "kind", "scope", "due"), list(matrix()))
def test_a_key_may_do_what_it_is_for_and_nothing_else(ask, route, kind, scope, due):
    reply = ask(route, kind, scope)
    if due == 200:
        # An undo comes after another one, and what is to be cancelled is done: that is refused, not for the key's sake.
        assert reply.status < 300 or (route in REFUSED and reply.status == 422), reply.json
    else:
        assert reply.status == due, reply.json
        assert reply.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("key", [None, "unknown", "tt_" + "A" * 43, "", "é", "sha256=" + "0" * 64])
@pytest.mark.parametrize("route", ROUTES)
def test_without_a_valid_key_nothing_is_told(ask, route, key):
    reply = ask(route, key, OWN)
    assert reply.status == 401
    assert reply.headers["www-authenticate"] == "Bearer"
    assert reply.json["code"] == "TT209"


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/none", "/v1/groups/", "//v1/groups", "/V1/groups"])
def test_what_is_no_route_tells_nothing_either(shared, path):
    assert shared.get(path, key=None).status in {401, 404}


def test_probes_need_no_key(shared):
    assert {shared.get(path, key=None).status for path in OPEN} == {200}


def test_a_key_for_some_scopes_sees_nothing_of_others_anywhere(shared, groups):
    seen = []
    for path in ("/v1/groups", "/v1/changes", "/v1/decisions", "/v1/runs", f"/v1/groups/{groups[OWN][0]}"):
        reply = shared.get(path, key="own")
        assert reply.status == 200
        seen.append(reply.json)
    text = json.dumps(seen)
    assert FOREIGN not in text
    assert "canary" not in text
    assert not any(record in text for record in ('"f1"', '"f2"', '"f3"'))


def test_a_key_for_some_scopes_cannot_ask_for_a_run_over_all(shared):
    assert shared.post("/v1/runs", {}, key="own").status == 403


def test_the_key_may_come_in_either_header(shared):
    key = shared.keys["reader"]
    assert shared.ask("GET", "/v1/model", key=None, X_API_Key=key).status == 200
    assert shared.ask("GET", "/v1/model", key=None, Authorization=f"bearer {key}").status == 200
    assert shared.ask("GET", "/v1/model", key=None, Authorization=f"Basic {key}").status == 401
    assert shared.ask("GET", f"/v1/model?key={key}", key=None).status == 401
