"""Two runs of one profile at once: one works, the other ends and says who does."""

from __future__ import annotations

import pytest

from program.running import until
from program.stores import Store


@pytest.fixture(params=["sqlite", "postgres", "pgbouncer"])
def store(request, stores):
    """A store on SQLite, on PostgreSQL, and on PostgreSQL behind PgBouncer in transaction mode."""
    if request.param != "pgbouncer":
        return stores(request.param)
    pooler = request.getfixturevalue("pgbouncer")
    direct = stores("postgres").address
    return Store(pooler.url(direct.rpartition("/")[2]), direct)


@pytest.fixture
def at_work(place, slow):
    """A run that holds the lock and waits for its source until it is killed."""
    slow(place)
    running = place.begin()
    running.wait_for("run.started")
    return running


def test_a_second_run_ends_at_once_and_names_the_first_and_other_profiles_need_not_wait(place, at_work):
    ended = place.run()
    assert (ended.status, ended.summary["state"], ended.summary["error"]) == (5, "locked", "TT500")
    assert f"pid {at_work.pid} on " in ended.summary["reason"]
    assert ended.summary["wall_seconds"] < 6
    place.profile('out = "other"', name="other")
    assert place.run(profile="other").summary["state"] == "published"
    assert at_work.is_alive()


def test_a_run_that_goes_on_is_named_by_its_own_id(place):
    place.goals.generate(3000, 12)
    first = place.begin()
    until(lambda: place.store.has_reached("compare"))
    first.kill()
    ((run_id,),) = (row.values() for row in place.store.execute("select id from runs"))
    resumed = place.begin()
    resumed.wait_for("run.started")
    ended = place.run()
    assert ended.status == 5
    assert f"twicetold {run_id} pid {resumed.pid} on " in ended.summary["reason"]
    assert resumed.end().summary["run_id"] == run_id


def test_the_lock_of_a_killed_run_is_free_at_once(place, at_work):
    at_work.kill()
    place.profile()
    assert place.run().summary["state"] == "published"


def test_of_many_runs_started_together_exactly_one_publishes(place):
    ended = [running.end() for running in [place.begin() for _ in range(3)]]
    states = [each.summary["state"] for each in ended]
    assert states.count("published") == 1
    assert set(states) <= {"published", "locked", "noop"}
    assert place.store.states() == ["published"]
