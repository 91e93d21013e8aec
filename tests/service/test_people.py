"""Letting people in by name, the service that says where they log in, and the audit log as admins read it."""

from __future__ import annotations

import json

import pytest

from twicetold.errors import SettingInvalid
from twicetold.service.login import SERVICE, bound_login

GOOD = {"url": "https://a.example.gov", "issuer": "https://id.example.gov", "client_id": "x", "client_secret": "canary"}


@pytest.fixture
def bound(tmp_path, monkeypatch):
    """What the bound service says of the login."""
    monkeypatch.chdir(tmp_path)

    def bound(*all_credentials):
        services = [{"name": f"n{n}", "tags": [SERVICE], "credentials": c} for n, c in enumerate(all_credentials)]
        monkeypatch.setenv("VCAP_SERVICES", json.dumps({"user-provided": services}))
        return bound_login()

    return bound


def test_without_the_service_nobody_logs_in(bound):
    assert bound() is None


def test_the_service_says_where_people_log_in(bound):
    login = bound(GOOD | {"url": "https://a.example.gov/"})
    assert login.url == "https://a.example.gov"
    assert login.discovery == "https://id.example.gov/.well-known/openid-configuration"
    assert bound(GOOD | {"issuer": "https://id.example.gov/"}).discovery == login.discovery
    assert bound(GOOD | {"discovery": "https://other/x"}).discovery == "https://other/x"
    assert login.client_secret.reveal() == "canary"
    assert "canary" not in repr(login)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"url": ""}, "lacks url"),
        ({"issuer": ""}, "lacks issuer"),
        ({"client_id": ""}, "lacks client_id"),
        ({"client_secret": ""}, "either client_secret or private_key"),
        ({"private_key": "canary"}, "either client_secret or private_key"),
        ({"url": "http://a.example.gov"}, "url has to be an https address"),
        ({"issuer": "http://id.example.gov"}, "issuer has to be an https address"),
        ({"discovery": "ftp://id.example.gov"}, "discovery has to be"),
        ({"url": "https://"}, "url has to be"),
        ({"url": "https://[::"}, "url has to be"),
        ({"url": "https://a.example.gov/sub"}, "scheme and host only"),
        ({"default_role": "king"}, "default_role"),
    ],
)
def test_a_service_that_says_something_wrong_is_refused_without_its_secrets(bound, change, said):
    with pytest.raises(SettingInvalid, match=said) as raised:
        bound(GOOD | change)
    assert "canary" not in str(raised.value)


def test_two_services_are_one_too_many(bound):
    with pytest.raises(SettingInvalid, match="2 services"):
        bound(GOOD, GOOD)


@pytest.mark.parametrize(
    ("claims", "access"),
    [
        ({}, None),
        ({"r": []}, None),
        ({"r": 7}, None),
        ({"r": "king"}, None),
        ({"r": "reader"}, ("reader", [], [])),
        ({"r": "reader admin reviewer", "p": "a b", "s": ["*"]}, ("admin", ["a", "b"], None)),
        ({"r": ["operator", 1], "p": {"a": 1}, "s": ["c d", None]}, ("operator", [], ["c d"])),
    ],
)
def test_claims_allow_what_they_name_and_nothing_else(bound, claims, access):
    login = bound(GOOD | {"role_claim": "r", "profile_claim": "p", "scope_claim": "s"})
    found = login.access(claims)
    assert (tuple(found.values()) if found else None) == access


def test_people_are_let_in_listed_and_sent_away(shared):
    people = lambda *arguments: shared.program("people", *arguments)  # noqa: E731
    assert people("list").out == ""
    assert people("grant", " Bob@Example.GOV ", "--role", "reader", "--scope", "b", "--scope", "a").status == 0
    assert people("grant", "ann@example.gov", "--role", "admin", "--profile", "goals").status == 0
    assert people("grant", "ann@example.gov", "--role", "operator").status == 0
    assert people("list").out.splitlines() == [
        "ann@example.gov  operator  profiles all  scopes all",
        "bob@example.gov  reader  profiles all  scopes a, b",
    ]
    assert people("revoke", "BOB@example.gov").status == 0
    again = people("revoke", "bob@example.gov")
    assert (again.status, "granted nothing" in again.err) == (2, True)
    assert people("revoke", "ann@example.gov").status == 0
    assert people("grant", " ", "--role", "reader").status == 2
    assert people("grant", "x", "--role", "king").status == 2
    told = [(row["action"], row["about"]) for row in shared.get("/v1/audit", key="admin").json["entries"]]
    assert ("grant", "bob@example.gov as reader, scopes b a") in told
    assert ("revoke", "ann@example.gov") in told


def test_admins_read_who_did_what_page_by_page(service):
    decided = {"decisions": [{"record_a": "o1", "record_b": "o2", "answer": "same", "why": "canary"}]}
    made = service.post("/v1/decisions", decided).json["decisions"][0]["id"]
    service.post("/v1/decisions", decided)  # only repeats it
    service.post(f"/v1/decisions/{made}/undo", {})
    asked = service.post("/v1/runs", {}, Idempotency_Key="once").json["id"]
    service.post("/v1/runs", {}, Idempotency_Key="once")
    service.ask("DELETE", f"/v1/requests/{asked}")
    service.ask("PUT", "/v1/records", {"records": [{"id": "o9", "text": "Paint the canary.", "scope": "own"}]})
    service.ask("DELETE", "/v1/records/o9")
    whole = service.get("/v1/audit", key="admin")
    assert [(row["who"], row["action"], row["profile"], row["about"]) for row in whole.json["entries"]] == [
        ("all", "decide", "goals", f"decisions {made}"),
        ("all", "undo", "goals", f"decision {made + 1}"),
        ("all", "ask-run", "goals", f"request {asked}"),
        ("all", "withdraw-run", "goals", f"request {asked}"),
        ("all", "write-records", "goals", "1 records: o9"),
        ("all", "delete-records", "goals", "o9"),
    ]
    assert b"canary" not in whole.body
    page = service.get("/v1/audit", key="admin", limit=2).json
    rest = service.get("/v1/audit", key="admin", after=page["after"]).json
    assert page["entries"] + rest["entries"] == whole.json["entries"]
    assert service.get("/v1/audit", key="admin", after=rest["after"]).json == {"entries": [], "after": rest["after"]}


def test_what_is_refused_leaves_no_entry(service):
    wrong = {"decisions": [{"record_a": "o1", "record_b": "f1", "answer": "same"}]}
    assert service.post("/v1/decisions", wrong).status == 422
    assert service.get("/v1/audit", key="admin").json["entries"] == []


def test_what_is_exported_or_imported_at_the_command_line_leaves_an_entry(start):
    service = start("sqlite")
    (service.program.folder / "d.csv").write_text("record_a,record_b,answer\no1,o3,different\n")
    assert service.program("decisions", "import", "d.csv", "--profile", "goals").status == 0
    assert service.program("decisions", "import", "d.csv", "--profile", "goals").status == 0
    assert service.program("decisions", "export", "--profile", "goals").status == 0
    rows = service.get("/v1/audit", key="admin").json["entries"]
    assert [(row["who"], row["action"], row["profile"], row["about"]) for row in rows] == [
        ("command line", "decide", "goals", "1 decisions of a file"),
        ("command line", "export", "goals", "1 decisions"),
    ]
