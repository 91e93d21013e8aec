"""A run that is killed at any moment: the next one goes on, and its results are those of a run nobody disturbed."""

from __future__ import annotations

import random
import time

import pytest

from program.running import until

KILLS = {"sqlite": 20, "postgres": 4}


def fill(place):
    """Goals for several blocks of comparisons."""
    place.goals.generate(560, 8, copies=3)


@pytest.fixture(scope="module")
def undisturbed(stores, tmp_path_factory, make_place):
    """What a run leaves that nobody disturbs, by kind of store: results, files, and the seconds that it took."""
    known = {}

    def undisturbed(kind):
        if kind not in known:
            place = make_place(tmp_path_factory.mktemp("undisturbed"), stores(kind))
            fill(place)
            running = place.begin()
            running.wait_for("run.started")
            started = time.monotonic()
            ended = running.end()
            assert ended.summary["state"] == "published"
            assert ended.summary["stages"]["compare"]["entries"] > 2
            known[kind] = place.store.results(), place.files(), time.monotonic() - started
        return known[kind]

    return undisturbed


@pytest.mark.parametrize(("kind", "number"), [(kind, number) for kind in KILLS for number in range(KILLS[kind])])
def test_after_a_kill_at_a_random_moment_the_results_are_the_same(place_of, stores, undisturbed, kind, number):
    results, files, seconds = undisturbed(kind)
    rng = random.Random(f"{kind} {number}")
    for attempt in range(5):  # on a busy machine the moment may come after the end
        place = place_of(stores(kind), f"work{attempt}")
        fill(place)
        running = place.begin()
        running.wait_for("run.started")
        time.sleep(seconds * (number + rng.random()) / KILLS[kind])
        if running.kill().status == -9:
            break
    ended = place.run()
    assert ended.status == 0, ended
    assert place.files() == files
    assert place.store.results() == results
    assert place.store.states() == ["published"]
    assert place.store.count("stages") == 0
    assert place.store.workflows() == 0


@pytest.mark.parametrize("kind", KILLS)
def test_a_run_that_is_killed_again_and_again_ends_with_the_same_results(place_of, stores, undisturbed, kind):
    results, files, seconds = undisturbed(kind)
    rng = random.Random(kind)
    place = place_of(stores(kind))
    fill(place)
    for _ in range(6):
        running = place.begin()
        running.wait_for("run.started")
        time.sleep(seconds * rng.random() / 4)
        running.kill()
    assert place.run().status == 0
    assert place.files() == files
    assert place.store.results() == results
    assert place.store.states() == ["published"]


def _copies(place):
    """Ids of goals with the same text and scope, which every run groups."""
    found = {}
    for goal in place.goals.by_id.values():
        found.setdefault((goal.scope, goal.text), set()).add(goal.id)
    return found


def test_a_decision_made_after_a_kill_is_obeyed_by_the_next_run(place):
    fill(place)
    running = place.begin()
    running.wait_for("run.started")
    running.wait_for("stage.finished")
    until(lambda: place.store.count("stages") > 1)
    running.kill()
    ids = next(sorted(copies) for copies in _copies(place).values() if len(copies) > 1)[:2]
    (place.goals.path.parent / "apart.csv").write_text(
        f"record_a,record_b,answer,at\n{ids[0]},{ids[1]},different,2020-01-01\n"
    )
    assert place.program("decisions", "import", "apart.csv", "--profile", "goals").status == 0
    ended = place.run()
    assert (ended.status, ended.summary["state"]) == (0, "published")
    assert not any(set(ids) <= set(group) for group in place.store.groups().values())
    assert place.store.states() == ["superseded", "published"]
