"""PUT and DELETE /v1/records: what is put between runs is found at once, until a run reads the source."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from servers.process import HOST, free_ports
from twicetold.errors import BudgetExceeded
from twicetold.platform.secret import Secret
from twicetold.platform.services import Database
from twicetold.records import Record
from twicetold.store import puts
from twicetold.store.engine import open_engine, transaction

LIBRARY = "Open a library for all families."


def put(service, name="n1", text=LIBRARY, scope="own", key="all", **attributes):
    record = {"id": name, "text": text, "scope": scope, "attributes": attributes}
    return service.ask("PUT", "/v1/records", {"records": [record]}, key=key)


def take_away(service, name, key="all"):
    return service.ask("DELETE", f"/v1/records/{name}", key=key)


def found(service, text=LIBRARY, scope="own"):
    """Ids of the records that are surely the same."""
    reply = service.match(text, scope)
    return {row["id"] for row in reply.json["matches"] if row["probability"] == 1} if reply.status == 200 else None


@pytest.fixture
def beside(service):
    """Another process over the same store."""
    (port,) = free_ports(1)
    process = service.program.start("serve", "--host", HOST, "--port", port, "--profile", "goals")
    process.wait_for("service.started")
    yield type(service)(process, port, service.keys, service.store, service.program)
    process.kill()


def test_what_is_put_is_found_at_once_in_every_process(service, beside):
    assert found(service) == found(beside) == set()
    for number in range(5):
        assert put(service, f"n{number}").json == {"records": 1}
        assert found(beside) == found(service) == {f"n{n}" for n in range(number + 1)}
    assert take_away(beside, "n0").status == 204
    assert found(service) == {"n1", "n2", "n3", "n4"}


def test_a_record_that_is_put_again_is_changed_or_moved(service):
    put(service)
    put(service, text="Buy a piano.")
    assert found(service) == set()
    assert found(service, "buy a piano") == {"n1"}
    put(service, scope="foreign")
    assert (found(service, "buy a piano"), found(service, scope="foreign")) == (set(), {"n1"})


def test_a_record_of_a_run_can_be_replaced_moved_and_taken_away(service):
    old = "Repair the roof of the main building."
    assert found(service, old) == {"o3"}
    put(service, "o3", "Sing a song.")
    assert (found(service, old), found(service, "sing a song")) == (set(), {"o3"})
    put(service, "o3", "Sing a song.", "foreign")
    assert (found(service, "sing a song"), found(service, "sing a song", "foreign")) == (set(), {"o3"})
    assert take_away(service, "o3").status == take_away(service, "o3").status == 204
    assert found(service, "sing a song", "foreign") == set()
    assert len(service.match("x", limit=100).json["matches"]) == 3


def test_putting_the_same_again_changes_nothing(service):
    put(service)
    before = service.match(LIBRARY).json
    rows = service.store.execute(
        "select number from puts" if service.store.is_file else "select number from twicetold.puts"
    )
    put(service)
    assert service.match(LIBRARY).json == before
    assert before["scope_digest"] != service.match("x", "foreign").json["scope_digest"]
    again = service.store.execute(
        "select number from puts" if service.store.is_file else "select number from twicetold.puts"
    )
    assert rows == again


def test_a_scope_may_begin_with_a_record_that_is_put(service):
    assert service.match(LIBRARY, "new").status == 404
    put(service, scope="new")
    assert found(service, scope="new") == {"n1"}
    take_away(service, "n1")
    assert service.match(LIBRARY, "new").status == 404


def test_a_run_that_reads_the_source_later_ends_what_was_put(service, follows):
    put(service)
    take_away(service, "o1")
    put(service, "f3", "Sell the old buses.", "foreign")
    with (service.program.folder / "goals.csv").open("a") as file:
        file.write(f"n1,{LIBRARY},own\n")
    assert service.program.run().summary["state"] == "published"
    assert service.store.count("puts") == 0
    follows(lambda: found(service) == {"n1"} and len(service.match("x", limit=100).json["matches"]) == 5)
    assert found(service, "sell the old buses", "foreign") == set()


def test_a_run_that_finds_nothing_new_has_read_the_source_too(service):
    put(service)
    assert service.program.run().summary["state"] == "noop"
    assert found(service) == set()


def test_a_run_over_some_scopes_ends_what_was_put_there_only(service, follows):
    put(service)
    put(service, "n2", "Buy a piano.", "foreign")
    with (service.program.folder / "goals.csv").open("a") as file:
        file.write("o8,Plant a garden.,own\n")
    assert service.program("run", "--profile", "goals", "--scope", "own").status == 0
    assert service.store.count("puts") == 1
    follows(lambda: found(service) == set() and found(service, "plant a garden") == {"o8"})
    assert found(service, "buy a piano", "foreign") == {"n2"}


def test_records_of_other_scopes_cannot_be_changed(service):
    assert put(service, scope="foreign", key="own").status == 403
    assert put(service, "f1", key="own").status == 404  # it would take the record out of its scope
    assert take_away(service, "f1", key="own").status == 404
    put(service, "n1", scope="foreign")
    assert put(service, "n1", key="own").status == take_away(service, "n1", key="own").status == 404
    put(service, "o1", scope="foreign")
    assert take_away(service, "o1", key="own").status == 404
    assert put(service, key="reader").status == put(service, key="decider").status == 403
    assert take_away(service, "nobody").status == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""},
        {"text": ""},
        {"text": " \n\t "},
        {"text": "no goals identified at this time"},
        {"text": "x" * 10_001},
        {"attributes": {"a": 1}},
        {"attributes": {"a": "x" * 2001}},
        {"other": 1},
        {"scope": None},
    ],
)
def test_records_that_no_run_would_take_are_refused(shared, wrong):
    record = {"id": "n1", "text": LIBRARY, "scope": "own"} | wrong
    good = {"id": "n2", "text": LIBRARY, "scope": "own"}
    assert shared.ask("PUT", "/v1/records", {"records": [good, record]}).status == 422
    assert shared.ask("PUT", "/v1/records", {"records": [good, good]}).status == 422
    assert found(shared) == set()


def test_odd_unicode_is_put_and_found(service):
    for number, text in enumerate(["🏳️‍🌈 für alle", "يقرأ الأطفال كتبا", "ﬁve ½ gardens"]):
        assert put(service, f"é {number}\n", text).status == 200
        assert f"é {number}\n" in found(service, text)


def test_many_may_put_at_once_and_nothing_is_lost(service):
    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda n: put(service, f"n{n}").status, range(36)))
    assert set(replies) == {200}
    assert len(service.match(LIBRARY, limit=100).json["matches"]) == 40


def test_what_is_put_is_seen_by_old_clients_too(service):
    put(service, "77", scope="4", recipient_id="9", grant_id="4")
    result = service.post("/compute", {"recipient_id": 9, "text": LIBRARY}).json["result"]
    assert [row["goal"]["id"] for row in result] == [77]


def test_too_many_are_refused_until_the_next_run(service, monkeypatch):
    monkeypatch.setattr(puts, "MOST", 3)
    engine = open_engine(Database("store", "test", Secret(service.store.address)))
    records = [Record(f"n{number}", LIBRARY, "own") for number in range(4)]
    with pytest.raises(BudgetExceeded, match="nothing was added"), transaction(engine) as connection:
        puts.put_records(connection, "goals", records, datetime.now(UTC), None)
    engine.dispose()
    assert service.store.count("puts") == 0
