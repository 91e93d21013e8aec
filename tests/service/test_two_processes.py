"""Two services over one PostgreSQL: memories follow the store, and no decision of many reviewers is lost."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from servers.process import HOST, free_ports

REVIEWERS, EACH = 50, 4
LIBRARY = "Open a library for all families."


@pytest.fixture
def both(start):
    """Two processes over the same results, with a record for each reviewer and each of their decisions."""
    first = start("postgres")
    with (first.program.folder / "goals.csv").open("a") as file:
        file.writelines(f"r{n},Plan number {n} of the year.,own\n" for n in range(REVIEWERS * EACH + 1))
    assert first.program.run().summary["state"] == "published"
    (port,) = free_ports(1)
    process = first.program.start("serve", "--host", HOST, "--port", port, "--profile", "goals")
    process.wait_for("service.started")
    yield first, type(first)(process, port, first.keys, first.store, first.program)
    process.kill()
    first.process.kill()


def decide(service, who, a, b, answer):
    asked = {"who": who, "decisions": [{"record_a": a, "record_b": b, "answer": answer}]}
    return service.post("/v1/decisions", asked)


def decisions(service):
    rows = service.get("/v1/decisions", limit=1000).json["decisions"]
    return [(row["id"], row["who"], row["record_a"], row["record_b"], row["answer"]) for row in rows]


def test_no_decision_is_lost_when_fifty_reviewers_decide_at_once(both):
    def reviews(number):
        replies = []
        for turn in range(EACH):
            place = number * EACH + turn
            replies.append(decide(both[(number + turn) % 2], f"p{number}", f"r{place}", f"r{place + 1}", "different"))
        return replies

    with ThreadPoolExecutor(REVIEWERS) as pool:
        replies = [reply for made in pool.map(reviews, range(REVIEWERS)) for reply in made]
    assert Counter(reply.status for reply in replies) == {201: REVIEWERS * EACH}
    found = decisions(both[0])
    assert found == decisions(both[1])
    assert {(who, a) for _, who, a, _, _ in found} == {
        (f"p{number} via all", f"r{number * EACH + turn}") for number in range(REVIEWERS) for turn in range(EACH)
    }
    assert len(found) == REVIEWERS * EACH


def test_of_many_words_about_one_pair_all_are_kept_and_everybody_sees_the_same_last_one(both):
    def says(number):
        return decide(both[number % 2], f"p{number}", "o1", "o2", ("same", "different")[number // 2 % 2])

    with ThreadPoolExecutor(REVIEWERS) as pool:
        replies = list(pool.map(says, range(REVIEWERS)))
    assert {reply.status for reply in replies} == {201}
    found = decisions(both[0])
    assert found == decisions(both[1])
    assert {who for _, who, *_ in found} == {f"p{number} via all" for number in range(REVIEWERS)}
    groups = [{row["id"]: row["state"] for row in each.get("/v1/groups").json["groups"]} for each in both]
    assert groups[0] == groups[1]
    assert "decided" in groups[0].values()


def test_both_memories_follow_a_run_and_what_is_put(both, follows):
    def found(service):
        return {row["id"] for row in service.match(LIBRARY).json["matches"] if row["probability"] == 1}

    assert [found(each) for each in both] == [set(), set()]
    record = {"id": "n1", "text": LIBRARY, "scope": "own"}
    assert both[0].ask("PUT", "/v1/records", {"records": [record]}).status == 200
    assert [found(each) for each in both] == [{"n1"}, {"n1"}]
    with (both[0].program.folder / "goals.csv").open("a") as file:
        file.write(f"n2,{LIBRARY},own\n")
    assert both[0].program.run().summary["state"] == "published"
    follows(lambda: [found(each) for each in both] == [{"n2"}, {"n2"}])


def test_two_who_put_the_same_records_at_once_do_not_lock_each_other_out(both):
    records = [{"id": f"n{number}", "text": f"{LIBRARY} {number}", "scope": "own"} for number in range(20)]

    def puts(number):
        turned = records if number % 2 else records[::-1]
        return both[number % 2].ask("PUT", "/v1/records", {"records": turned}).status

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(puts, range(32))) == {200}
    assert both[0].store.count("puts") == 20
