"""A run that is told to stop, or runs out of time or memory: it keeps what is done, and the next one goes on."""

from __future__ import annotations

import time
from contextlib import closing, contextmanager

import pytest

from program.running import until

#: Seconds that a platform gives; the program promises eight.
GIVEN = 10


@contextmanager
def blocked(store):
    """Lets nobody write into the store, as soon as a run has concluded."""
    with closing(store.connect()) as connection:
        until(lambda: store.has_reached("conclude"))
        if store.is_file:
            connection.execute("begin immediate")
        else:
            connection.execute("begin")
            connection.execute("lock table twicetold.members, twicetold.runs in access exclusive mode")
        yield
        connection.execute("rollback")


def test_told_to_stop_while_it_reads_it_ends_in_time(place, slow):
    slow(place)
    running = place.begin()
    running.wait_for("run.started")
    ended = running.terminate()
    assert (ended.status, ended.summary["state"]) == (143, "interrupted")
    assert ended.seconds < 8
    place.profile()
    assert place.run().summary["state"] == "published"


def test_told_to_stop_while_it_compares_it_ends_in_time_and_goes_on_from_there(place):
    place.goals.generate(700, 8)
    running = place.begin()
    until(lambda: place.store.has_reached("compare"))
    ended = running.terminate()
    assert (ended.status, ended.summary["state"]) == (143, "interrupted")
    assert ended.seconds < 8
    done = place.store.count("compared")
    again = place.run()
    assert again.summary["run_id"] == ended.summary["run_id"]
    assert again.summary["state"] == "published"
    assert again.summary["stages"].get("compare", {"counts": {"scopes": 0}})["counts"]["scopes"] <= 8 - done
    assert place.store.states() == ["published"]


def test_told_to_stop_while_it_delivers_it_ends_in_time(place, bucket, s3_proxy):
    place.bind(bucket.service, s3_proxy.endpoint)
    s3_proxy.delay(30, 100, method="PUT")
    running = place.begin()
    until(lambda: any(method == "PUT" for method, _ in s3_proxy.seen))
    ended = running.terminate()
    assert (ended.status, ended.summary["state"]) == (143, "interrupted")
    assert ended.seconds < 8
    assert place.store.count("published") == 0
    s3_proxy.heal()
    again = place.run()
    assert again.summary["run_id"] == ended.summary["run_id"] == bucket.latest()["run_id"]


def test_told_to_stop_while_it_publishes_it_ends_in_time(place):
    running = place.begin()
    with blocked(place.store):
        time.sleep(0.5)  # it comes to the lock, wherever it is now
        ended = running.terminate()
    assert (ended.status, ended.summary["state"]) == (143, "interrupted")
    assert ended.seconds < 8
    assert place.store.count("published") == 0
    assert place.run().summary["run_id"] == ended.summary["run_id"]
    assert place.store.states() == ["published"]


def test_at_the_deadline_it_keeps_what_is_done_and_the_next_run_finishes(place, slow):
    slow(place)
    ended = place.run("--deadline", "2")
    assert (ended.status, ended.summary["state"], ended.summary["error"]) == (6, "interrupted", "TT600")
    assert "deadline" in ended.summary["reason"]
    assert ended.summary["wall_seconds"] < 2 + GIVEN
    place.profile()
    assert place.run("--deadline", "300").summary["state"] == "published"


def test_without_enough_memory_it_says_how_much_it_needs_and_more_memory_finishes_it(place):
    ended = place.run("--memory", "150M")
    assert (ended.status, ended.summary["error"]) == (6, "TT600")
    assert "MiB" in ended.summary["reason"]
    assert place.store.count("published") == 0
    assert place.run("--memory", "2G").summary["state"] == "published"
    assert place.store.count("published") == 1


@pytest.mark.parametrize("number", [2, 15])
def test_ctrl_c_and_a_stop_before_the_lock_end_it_too(place, number):
    running = place.begin()
    time.sleep(0.3)
    ended = running.send(number)
    assert ended.status == 128 + number
    assert "Traceback" not in ended.out + ended.err
    assert place.run().summary["state"] == "published"
