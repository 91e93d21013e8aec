"""What the platform says about the end of a task, as an exit status of this program and a sentence."""

from __future__ import annotations

import pytest

from twicetold.platform.cloudfoundry.endings import ending, overdue, was_stopped
from twicetold.platform.cloudfoundry.tasks import read_task


def task(reason: str | None, state: str = "FAILED"):
    return read_task({"guid": "g", "name": "t", "state": state, "result": {"failure_reason": reason}})


def exited(status: int, more: str = "") -> str:
    return f"APP/TASK/t: Exited with status {status}{more}"


@pytest.mark.parametrize("status", [1, 2, 3, 4, 5, 6, 7, 130, 143])
def test_this_program_s_own_exit_statuses_stay_what_they_are(status):
    found = ending(task(exited(status)))
    assert found.exit_status == status
    assert f"Exited with status {status}" in found.message
    assert found.remedy


@pytest.mark.parametrize(
    ("reason", "status", "words"),
    [
        (exited(137, " (out of memory)"), 6, "more memory than it may"),
        (exited(1, " (out of memory)"), 6, "more memory than it may"),
        (exited(137), 3, "was killed"),
        (exited(126), 2, "refused by the image"),
        (exited(127), 2, "does not have"),
        (exited(42), 1, "failed"),
        (exited(255), 1, "failed"),
        (exited(-1), 1, "failed"),
        ("Exited with status 4", 4, "contract"),
        ("task was cancelled", 143, "told to stop"),
        ("APP/TASK/t: cancelled", 143, "told to stop"),
        ("Failed to create container: external image plugin create: no such host", 3, "could not be made"),
        ("failed to initialize container", 3, "could not be made"),
        ("insufficient resources: memory", 3, "no room"),
        ("insufficient resources: disk", 3, "no room"),
        ("found no compatible cell", 3, "no place"),
        ("not started within time limit", 3, "no room for it in time"),
        ("cell disappeared before completion", 3, "lost with the machine"),
        ("disk quota exceeded", 3, "more disk"),
        ("something that nobody has seen yet", 3, "something that nobody has seen yet"),
        ("", 3, "failed"),
        (None, 3, "failed"),
    ],
)
def test_what_the_platform_says_has_a_meaning(reason, status, words):
    found = ending(task(reason))
    assert (found.exit_status, words in found.message, bool(found.remedy)) == (status, True, True)


def test_success_needs_no_remedy():
    found = ending(task(None, "SUCCEEDED"))
    assert (found.exit_status, found.message, found.remedy) == (0, "succeeded", "")


@pytest.mark.parametrize(("reason", "is_it"), [("task was cancelled", True), (exited(143), True), (exited(137), True)])
def test_a_task_that_was_stopped_is_told_from_one_that_ended(reason, is_it):
    assert was_stopped(task(reason)) is is_it
    assert not was_stopped(task(exited(4)))
    assert not was_stopped(task(exited(1430)))


@pytest.mark.parametrize(
    ("has_begun", "status", "words"), [(True, 6, "was not over after 900 s"), (False, 3, "no room")]
)
def test_a_task_that_takes_too_long_is_stopped_and_that_is_said(has_begun, status, words):
    found = overdue(900, has_begun=has_begun, kept_on=False)
    assert found.exit_status == status
    assert words in found.message
    assert "it was stopped" in found.message
    assert "has not yet" in overdue(900, has_begun=has_begun, kept_on=True).message
