"""Runs that somebody asks for by a row in a table."""

from __future__ import annotations

import json

import pytest

from program.running import until


@pytest.fixture
def ask(place):
    """Asks for a run as a worker of the host would: by one INSERT."""

    def ask(key, scopes=None, profile="goals"):
        columns, values = "key, profile, scopes", (key, profile, json.dumps(scopes) if scopes is not None else None)
        conflict = "on conflict (key) do nothing"
        place.store.execute(f"insert into requests ({columns}) values (?, ?, ?) {conflict}", *values)

    return ask


def answers(place):
    rows = place.store.execute("select key, state, exit_status from requests order by id")
    return [(row["key"], row["state"], row["exit_status"]) for row in rows]


def test_requests_are_done_once_whatever_is_asked_twice(place, ask):
    ask("one", ["r00000"])
    ask("two", ["r00001"])
    ask("one", ["r00002"])
    ended = place.program("run", "--requests")
    assert ended.summary["state"] == "published"
    assert answers(place) == [("one", "done", 0), ("two", "done", 0)]
    assert {row["scope"] for row in place.store.execute("select scope from scopes")} == {"r00000", "r00001"}
    again = place.program("run", "--requests")
    assert (again.status, again.out) == (0, "")
    assert "No request waits" in again.err
    assert place.store.states() == ["published"]


def test_requests_for_several_profiles_share_one_deadline(place, ask):
    place.profile(name="other")
    ask("one")
    ask("two", profile="other")
    ended = place.program("run", "--requests", "--deadline", "0.01")
    assert ended.status == 6
    assert {state for _, state, _ in answers(place)} <= {"waiting", "working"}
    assert place.program("run", "--requests").status == 0
    assert answers(place) == [("one", "done", 0), ("two", "done", 0)]


def test_a_request_for_all_scopes_covers_the_others(place, ask):
    ask("some", ["r00000"])
    ask("all")
    assert place.program("run", "--requests").summary["state"] == "published"
    assert place.store.count("scopes") == 3
    assert answers(place) == [("some", "done", 0), ("all", "done", 0)]


def test_a_request_whose_run_was_killed_is_done_by_the_next(place, ask):
    ask("one")
    running = place.start("run", "--requests")
    until(lambda: place.store.count("stages") > 0)
    running.kill()
    assert answers(place) == [("one", "working", None)]
    assert place.program("run", "--requests").summary["state"] == "published"
    assert answers(place) == [("one", "done", 0)]
    assert place.store.states() == ["published"]


def test_a_request_whose_run_fails_says_so_and_does_not_come_again(place, ask):
    place.goals.path.write_text("id,text\n")
    ask("one")
    ended = place.program("run", "--requests")
    assert ended.status == 4
    assert answers(place) == [("one", "failed", 4)]
    assert "No request waits" in place.program("run", "--requests").err


def test_a_request_for_a_profile_that_does_not_exist_does_not_hold_up_the_others(place, ask):
    ask("stray", profile="nowhere")
    ask("one")
    place.program("run", "--requests")
    assert ("one", "done", 0) in answers(place)
    assert answers(place)[0][1] == "failed"


def test_a_request_may_name_a_profile_and_no_path(place, ask):
    path = next(place.program.folder.glob("*.toml"))
    ask("by path", profile=str(path))
    ended = place.program("run", "--requests")
    assert ended.status == 2
    assert answers(place) == [("by path", "failed", 2)]
    assert place.store.states() == []


def test_a_request_with_other_things_than_scopes_is_refused(place, ask):
    ask("a word", "r00000")
    ask("numbers", [1, 2])
    ended = place.program("run", "--requests")
    assert ended.status == 0
    assert answers(place) == [("a word", "failed", 4), ("numbers", "failed", 4)]
