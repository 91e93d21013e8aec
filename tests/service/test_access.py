"""Who may do what: every route, each kind of key and role, records of one's own scope and of another's."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from servers.openid import URL
from twicetold.platform.secret import Secret
from twicetold.platform.services import Database
from twicetold.service.access import ACCESS
from twicetold.service.app import create_app
from twicetold.service.roles import ROLES
from twicetold.store.engine import open_engine, transaction
from twicetold.store.people import begin_session

OWN, FOREIGN = "own", "foreign"
RECORDS = {OWN: ("o1", "o2"), FOREIGN: ("f1", "f2")}
KEYS = {
    "reader": {"read"},
    "decider": {"read", "decide"},
    "runner": {"run"},
    "all": {"read", "decide", "run"},
    "admin": {"admin"},
    "own": {"read", "decide", "run"},
}
#: Every kind of caller: what they may do, and the scopes that they may see.
CALLERS = {f"key {name}": (actions, [OWN] if name == "own" else None) for name, actions in KEYS.items()}
CALLERS |= {f"{role} of all": (actions, None) for role, actions in ROLES.items()}
CALLERS |= {f"{role} of own": (actions, [OWN]) for role, actions in ROLES.items()}
LOGIN = {"url": URL, "issuer": "http://127.0.0.1:1", "client_id": "x", "client_secret": "y"}
#: What was asked before may stand against these: then they are refused, but not for the caller's sake.
STALE = {"POST /v1/decisions/{number}/undo", "POST /groups/{group_id}", "POST /label", "POST /try"}
STALE |= {"POST /v1/runs/{run_id}/cancel", "DELETE /v1/requests/{number}"}
GUARDED = [route for route, rule in ACCESS.items() if rule.needs]
OPEN = [route for route, rule in ACCESS.items() if not rule.needs]


def routes_of(routes, prefix=""):
    """Method and path of each route, also of those that an application has from routers; of a folder, its path."""
    for route in routes:
        if (included := getattr(route, "original_router", None)) is not None:
            yield from routes_of(included.routes, prefix + route.include_context.prefix)
        else:
            for method in (getattr(route, "methods", None) or {"GET"}) - {"HEAD", "OPTIONS"}:
                yield f"{method} {prefix}{route.path}"


def due(route, caller, scope):
    """The status that is due; 200 for any that is no refusal."""
    rule, (actions, scopes) = ACCESS[route], CALLERS[caller]
    if not rule.allows(actions):
        return 403
    if scopes is not None and rule.whole:
        return rule.whole
    if scopes is not None and scope == FOREIGN and rule.foreign:
        return rule.foreign
    return 200


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def guarded(request, start):
    """A service with callers of every kind."""
    return start(request.param, login=LOGIN)


@pytest.fixture(scope="module")
def cookies(guarded):
    """The cookie of a session of each kind of person."""
    engine = open_engine(Database("store", "the tests", Secret(guarded.store.address), None))
    now, made = datetime.now(UTC), {}
    with transaction(engine) as connection:
        for caller, (_, scopes) in CALLERS.items():
            if not caller.startswith("key "):
                access = {"role": caller.partition(" ")[0], "profiles": None, "scopes": scopes}
                made[caller] = f"cookie of {caller}".replace(" ", "-")
                digest = hashlib.sha256(made[caller].encode()).hexdigest()
                begin_session(connection, digest, caller, access, now, now - timedelta(days=1))
    engine.dispose()
    return made


@pytest.fixture(scope="module")
def ask(guarded, cookies):
    """Asks a route about a record, group, run or request of a scope."""
    groups = {row["scope"]: row["id"] for row in guarded.get("/v1/groups").json["groups"]}
    made = {}

    def thing_of(scope):
        if scope not in made:
            a, b = RECORDS[scope]
            decided = {"decisions": [{"record_a": a, "record_b": b, "answer": "same"}]}
            requested = guarded.post("/v1/runs", {"scopes": [scope]}).json["id"]
            guarded.store.execute("update requests set state = 'done' where id = ?", requested)
            made[scope] = guarded.post("/v1/decisions", decided).json["decisions"][0]["id"], requested
        return made[scope]

    def ask(route, caller, scope, **headers):
        method, path = route.split(" ")
        a, b = RECORDS[scope]
        run_id = guarded.store.execute("select id from runs")[0]["id"]
        decision, request = thing_of(scope)
        number = decision if "decisions" in path else request
        path = path.format(record_id=f"put-{scope}", group_id=groups[scope], run_id=run_id, number=number)
        put = {"records": [{"id": f"put-{scope}", "text": "Paint the fence.", "scope": scope}]}
        if route == "GET /runs/events":  # it ends where nothing waits
            guarded.store.execute("update requests set state = 'done'")
        if route == "DELETE /v1/records/{record_id}":
            guarded.ask("PUT", "/v1/records", put)
        bodies = {
            "PUT /v1/records": put,
            "POST /compute": {"recipient_id": scope},
            "POST /v1/matches": {"text": "x", "scope": scope},
            "POST /v1/compare": {"text_a": "x", "text_b": "y"},
            "POST /v1/decisions": {"decisions": [{"record_a": a, "record_b": b, "answer": "same"}]},
            "POST /v1/decisions/{number}/undo": {},
            "POST /v1/runs": {"scopes": [scope]},
        }
        forms = {
            "POST /groups/{group_id}": {"do": "save", "seen": "0.0.x"},
            "POST /label": {"a": a, "b": b, "answer": "same", "last": str(decision)},
            "POST /try": {"a": "x", "b": "y"},
            "POST /runs": {"scope": scope},
        }
        if route in ("GET /v1/groups", "GET /v1/decisions", "GET /", "GET /label"):
            path += f"?scope={scope}"
        if route in forms:
            bodies[route] = urlencode(forms[route]).encode()
            headers["Content_Type"] = "application/x-www-form-urlencoded"
        if caller in cookies:
            headers |= {"Cookie": f"__Host-twicetold={cookies[caller]}", "Origin": URL}
        key = caller.removeprefix("key ") if caller and caller.startswith("key ") else None
        reply = guarded.ask(method, path, bodies.get(route), key=key, **headers)
        if "/v1/records" in path:  # other routes tell of the records
            guarded.ask("DELETE", f"/v1/records/put-{scope}")
        return reply

    return ask


def test_the_table_names_every_route_of_the_application():
    there = set(routes_of(create_app(None).routes))
    assert there == set(ACCESS), "give the new route a row in twicetold.service.access, and a request above"


@pytest.mark.parametrize("scope", [OWN, FOREIGN])
@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("route", GUARDED)
def test_a_caller_may_do_what_they_are_there_for_and_nothing_else(ask, route, caller, scope):
    reply, wanted = ask(route, caller, scope), due(route, caller, scope)
    if wanted == 200:
        assert reply.status < 400 or (route in STALE and reply.status in (409, 422)), reply.body
    else:
        assert reply.status == wanted, reply.json
        assert reply.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("route", GUARDED)
def test_without_a_caller_nothing_is_told(ask, route):
    for headers in ({}, {"Cookie": "__Host-twicetold=unknown"}, {"Cookie": "twicetold=x;;="}, {"Cookie": "\xe9"}):
        reply = ask(route, None, OWN, **headers)
        assert (reply.status, reply.json["code"]) == (401, "TT209")


@pytest.mark.parametrize("route", OPEN)
def test_what_anybody_may_ask_tells_nothing_of_records(guarded, route):
    method, path = route.split(" ")
    reply = guarded.ask(method, path, key=None)
    assert reply.status in (200, 303, 403, 404, 503)
    assert b"canary" not in reply.body
    assert b"sleep practices" not in reply.body


@pytest.mark.parametrize(
    "path", ["/", "/groups", "/runs", "/v1/new", "/login/", "/login/other", "/static", "/healthz/x"]
)
def test_what_is_no_open_route_needs_a_caller(guarded, path):
    assert guarded.get(path, key=None).status == 401


@pytest.mark.parametrize("key", [None, "unknown", "tt_" + "A" * 43, "", "é", "sha256=" + "0" * 64])
@pytest.mark.parametrize("path", ["/v1/groups", "/v1/audit", "/v1/none", "/"])
def test_without_a_valid_key_nothing_is_told(shared, path, key):
    reply = shared.get(path, key=key)
    assert reply.status == 401
    assert reply.headers["www-authenticate"] == "Bearer"
    assert reply.json["code"] == "TT209"


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/none", "/v1/groups/", "//v1/groups", "/V1/groups"])
def test_what_is_no_route_tells_nothing_either(shared, path):
    assert shared.get(path, key=None).status in {401, 404}


def test_probes_need_no_key(shared):
    assert {shared.get(path, key=None).status for path in ("/healthz", "/readyz", "/metrics")} == {200}


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
