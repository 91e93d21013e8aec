"""POST /v1/decisions and undo: append-only, checked, and obeyed by the next run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest


def decide(service, a, b, answer, *, key="all", **more):
    body = {"decisions": [{"record_a": a, "record_b": b, "answer": answer}], **more}
    return service.post("/v1/decisions", body, key=key)


def members(service):
    return sorted(map(sorted, service.store.groups().values()))


def test_a_decision_changes_the_next_run_and_undoing_it_the_one_after(service):
    before = members(service)
    made = decide(service, "f1", "f2", "different", who="J. Doe")
    assert made.status == 201
    (row,) = made.json["decisions"]
    assert (row["who"], row["scope"]) == ("J. Doe via all", "foreign")
    assert service.program.run().summary["state"] == "published"
    assert ["f1", "f2"] not in members(service)
    undone = service.post(f"/v1/decisions/{row['id']}/undo", {})
    assert (undone.status, undone.json["answer"], undone.json["who"]) == (201, "unsure", "all")
    assert service.program.run().summary["state"] == "published"
    assert members(service) == before
    kept = service.get("/v1/decisions").json["decisions"]
    assert [each["answer"] for each in kept] == ["different", "unsure"]


def test_a_keeper_is_decided_and_taken_back(service):
    kept = decide(service, "o2", "", "keeper").json["decisions"][0]
    service.program.run()
    assert {row["keeper"] for row in service.get("/v1/groups", scope="own").json["groups"]} & {"o2"}
    assert service.post(f"/v1/decisions/{kept['id']}/undo", {}).json["answer"] == "unsure"


def test_the_same_decision_again_is_not_added_again(service):
    first = decide(service, "o1", "o2", "same").json["decisions"][0]["id"]
    assert decide(service, "o1", "o2", "same").json["decisions"][0]["id"] == first
    assert service.store.count("decisions") == 1


def test_an_undo_that_comes_too_late_is_refused(service):
    first = decide(service, "o1", "o2", "different").json["decisions"][0]["id"]
    decide(service, "o1", "o2", "same")
    reply = service.post(f"/v1/decisions/{first}/undo", {})
    assert reply.status == 422
    assert service.store.count("decisions") == 2


@pytest.mark.parametrize(
    ("decision", "status"),
    [
        ({"record_a": "o1", "record_b": "nobody", "answer": "same"}, 404),
        ({"record_a": "o1", "record_b": "f1", "answer": "same"}, 422),
        ({"record_a": "o1", "record_b": "o1", "answer": "same"}, 422),
        ({"record_a": "o1", "record_b": "o2", "answer": "keeper"}, 422),
        ({"record_a": "o1", "answer": "same"}, 422),
        ({"record_a": "o1", "record_b": "o2", "answer": "perhaps"}, 422),
        ({"record_a": "o1", "record_b": "o2", "answer": "same", "at": "2020-01-01"}, 422),
    ],
)
def test_what_cannot_be_decided_is_refused_as_a_whole(shared, decision, status):
    before = shared.store.count("decisions")
    good = {"record_a": "o3", "record_b": "o4", "answer": "unsure", "why": f"with {decision}"}
    assert shared.post("/v1/decisions", {"decisions": [good, decision]}).status == status
    assert shared.store.count("decisions") == before


def test_fifty_who_decide_at_once_lose_nothing(service):
    answers = ("same", "different")
    with ThreadPoolExecutor(50) as pool:
        work = lambda n: decide(service, "o1", "o2", answers[n % 2], who=f"person {n}")  # noqa: E731
        replies = list(pool.map(work, range(50)))
    assert {reply.status for reply in replies} == {201}
    kept = service.store.execute("select who from decisions")
    assert {row["who"] for row in kept} == {f"person {n} via all" for n in range(50)}
    assert len(kept) == 50


def test_decisions_are_read_page_by_page(service):
    for number in range(5):
        decide(service, "o1", "o2", ("same", "different")[number % 2])
    first = service.get("/v1/decisions", limit=3, scope="own").json
    rest = service.get("/v1/decisions", after=first["after"]).json
    assert [len(first["decisions"]), len(rest["decisions"])] == [3, 2]
    assert service.get("/v1/decisions", scope="foreign").json["decisions"] == []
