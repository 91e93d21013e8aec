"""A task, followed to its end: its lines, its states, its time, and trouble on the way."""

from __future__ import annotations

import json
import threading
import time

import pytest

from twicetold.errors import DependencyUnavailable
from twicetold.platform.cloudfoundry.follow import Output, follow
from twicetold.testing import OUT_OF_MEMORY, Script

SUMMARY = json.dumps({"event": "run.summary", "exit_status": 0, "state": "done"})


@pytest.fixture
def followed(foundry, connect, ask):
    """Starts a task and follows it: how it ended, what came out, and the states that it was seen in."""

    def followed(launch, timeout=30.0, meanwhile=lambda _task: None, **trouble):
        foundry.launch = launch
        client = connect()
        app = client.app("twicetold")
        output = Output(client, app, client.start(app, ask()), lines.append)
        if trouble:
            foundry.fail(**trouble)
        thread = threading.Thread(target=meanwhile, args=(output.task,))
        thread.start()
        task, end = follow(client, output, timeout, lambda now: states.append(now.state))
        thread.join()
        return task, end, output

    lines, states = followed.lines, followed.states = [], []
    return followed


def texts(followed) -> list[str]:
    return [line.text for line in followed.lines]


def test_a_task_that_succeeds(followed):
    task, end, output = followed(Script(("one", "two", SUMMARY), seconds=0.1))
    assert (task.state, end.exit_status) == ("SUCCEEDED", 0)
    assert texts(followed) == ["one", "two", SUMMARY]
    assert output.summary["state"] == "done"
    assert followed.states[-1] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("ends", "status"),
    [
        (4, 4),
        (5, 5),
        (7, 7),
        (OUT_OF_MEMORY, 6),
        ("Failed to create container", 3),
        ("cell disappeared before completion", 3),
    ],
)
def test_how_a_task_ends_is_how_following_it_ends(followed, ends, status):
    assert followed(Script(ends=ends))[1].exit_status == status


def test_a_task_that_the_platform_cannot_place(foundry, followed):
    foundry.unplaceable = "insufficient resources: memory"
    task, end, _ = followed(Script(("never",)))
    assert (task.state, end.exit_status) == ("FAILED", 3)
    assert "RUNNING" not in followed.states
    assert followed.lines == []


def test_all_states_are_told_once(foundry, followed):
    foundry.placing = 0.2
    followed(Script(seconds=0.3))
    assert followed.states == ["PENDING", "RUNNING", "SUCCEEDED"]


def test_a_task_that_takes_too_long_is_told_to_stop_and_its_last_lines_come(followed):
    def stubborn(launch):
        launch.say("working", False)
        launch.cancelled.wait()
        time.sleep(0.3)  # the platform counts it as over by now
        launch.say(SUMMARY, False)
        return 143

    task, end, output = followed(stubborn, timeout=0.2)
    assert (task.reason, end.exit_status) == ("task was cancelled", 6)
    assert "was not over after 0.2 s" in end.message
    assert texts(followed) == ["working", SUMMARY]
    assert output.summary
    assert followed.states == ["RUNNING", "FAILED"] or followed.states == ["RUNNING", "CANCELING", "FAILED"]


def test_a_task_that_is_not_started_in_time_is_told_to_stop(foundry, followed):
    foundry.placing = 60
    task, end, _ = followed(Script(), timeout=0.1)
    assert (task.state, end.exit_status) == ("FAILED", 3)
    assert "was not started within 0.1 s" in end.message


def test_a_task_that_ends_by_itself_as_its_time_is_up_keeps_its_own_ending(foundry, followed):
    foundry.fail(503, path="/actions/cancel")  # so that it is over when it is told

    def soon(launch):
        time.sleep(0.15)
        return 4

    assert followed(soon, timeout=0.1)[1].exit_status in (4, 6)


def test_a_task_that_somebody_else_stops_says_so(foundry, connect, followed):
    _, end, _ = followed(Script(seconds=30), meanwhile=lambda task: connect().cancel(task))
    assert end.exit_status == 143


@pytest.mark.parametrize("status", [0, 429, 502, 503])
def test_trouble_on_the_way_does_no_harm(followed, status):
    _, end, _ = followed(Script(("a", "b"), seconds=0.3, ends=4), status=status, times=3, path="/v3/tasks/")
    assert end.exit_status == 4
    assert texts(followed) == ["a", "b"]


def test_a_log_that_cannot_be_read_for_a_while_loses_nothing(followed):
    _, end, output = followed(Script(("a", "b"), seconds=0.3), status=503, times=5, path="/log-cache")
    assert (end.exit_status, output.problem) == (0, "")
    assert texts(followed) == ["a", "b"]


def test_a_log_that_can_never_be_read_changes_nothing_but_is_said(followed):
    _, end, output = followed(Script(("a",), ends=5), status=404, times=10_000, path="/log-cache")
    assert end.exit_status == 5
    assert "does not show the log (404)" in output.problem
    assert followed.lines == []


def test_tokens_that_expire_on_the_way_are_renewed(foundry, followed):
    def expire(_task):
        for _ in range(5):
            time.sleep(0.05)
            foundry.expire_tokens()

    _, end, _ = followed(Script(("a", "b"), seconds=0.5), meanwhile=expire)
    assert end.exit_status == 0
    assert texts(followed) == ["a", "b"]


def test_a_platform_that_is_lost_from_sight_ends_the_following_and_not_the_task(foundry, followed):
    with pytest.raises(DependencyUnavailable, match="at attempt 4 still"):
        followed(Script(seconds=1), status=503, times=10_000, path="/v3/tasks/")
    assert foundry.tasks[0]["state"] == "RUNNING"


def test_lines_that_come_after_the_end_come(foundry, followed, until):
    def late(task):
        until(lambda: foundry.tasks[0]["state"] == "SUCCEEDED")
        foundry.log("late", task=task.name)
        foundry.log("late and old", task=task.name, time_ns=time.time_ns() - 30_000_000_000)

    followed(Script(("first",), seconds=0.3), meanwhile=late)
    assert sorted(texts(followed)) == ["first", "late", "late and old"]


@pytest.mark.parametrize(
    "line", ['"run.summary"', "run.summary", '["run.summary"]', '{"event":"other","x":"run.summary"}']
)
def test_only_a_summary_is_taken_for_one(followed, line):
    assert followed(Script((line,)))[2].summary is None
