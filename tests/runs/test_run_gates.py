"""Results that look unlike those before are kept aside until a person has looked at them."""

from __future__ import annotations

import pytest


@pytest.fixture
def held(published):
    """A run whose results were kept aside, the groups in force, and the files of the run before it."""
    before = published.store.groups(), published.files()
    grouped = set().union(*published.store.groups().values())
    published.goals.remove(*sorted(grouped)[::2], *sorted(grouped)[1::4])
    ended = published.run()
    return ended, before


def test_a_changed_share_of_grouped_records_keeps_the_results_aside(published, held):
    ended, (groups, files) = held
    assert (ended.status, ended.summary["state"], ended.summary["error"]) == (7, "held", "TT700")
    assert "grouped_share_change" in ended.summary["reason"]
    verdicts = {gate["gate"]: gate for gate in ended.summary["gates"]}
    assert not verdicts["grouped_share_change"]["passed"]
    assert verdicts["grouped_share_change"]["measured"] > verdicts["grouped_share_change"]["bound"] == 0.1
    assert (published.store.groups(), published.files()) == (groups, files)
    assert published.store.states() == ["published", "held"]


def test_a_person_releases_held_results(published, held):
    ended, (groups, files) = held
    released = published.program("runs", "publish", ended.summary["run_id"])
    assert (released.status, released.summary["state"]) == (0, "published")
    assert released.summary["run_id"] == ended.summary["run_id"]
    assert published.store.groups() != groups
    assert published.files() != files
    assert published.run().summary["state"] == "noop"
    assert published.program("runs", "publish", ended.summary["run_id"]).status == 2


def test_a_person_looks_at_held_results_before_they_are_released(published, held):
    ended, _ = held
    run_id = ended.summary["run_id"]
    held_files = published.files_held(run_id)
    assert {"groups.csv", "report.html", "summary.json"} < set(held_files)
    assert published.program("runs", "publish", run_id).status == 0
    assert published.files() == held_files
    assert not (published.folder / "out" / "held").exists()


def test_held_results_are_in_the_bucket_and_nothing_points_to_them(published, bucket):
    published.bind(bucket.service)
    published.run()
    latest = bucket.latest()
    grouped = set().union(*published.store.groups().values())
    published.goals.remove(*sorted(grouped)[::2], *sorted(grouped)[1::4])
    ended = published.run()
    assert ended.status == 7
    assert bucket.latest() == latest
    assert f"told/goals/runs/{ended.summary['run_id']}/manifest.json" in bucket.names()
    assert published.program("runs", "publish", ended.summary["run_id"]).status == 0
    assert bucket.latest()["run_id"] == ended.summary["run_id"]


def test_a_person_gives_held_results_up(published, held):
    ended, (groups, files) = held
    assert published.program("runs", "cancel", ended.summary["run_id"]).status == 0
    assert published.store.states() == ["published", "cancelled"]
    assert (published.store.groups(), published.files()) == (groups, files)
    assert published.program("runs", "publish", ended.summary["run_id"]).status == 2


def test_too_many_rejected_rows_keep_the_results_of_a_first_run_aside(place):
    with place.goals.path.open("a") as file:
        file.writelines(f"x{number},,r1,\n" for number in range(20))
    ended = place.run()
    assert (ended.status, ended.summary["state"]) == (7, "held")
    assert "rejected_share" in ended.summary["reason"]
    assert (place.store.count("groups"), place.files()) == (0, {})


def decide_apart(published, pair):
    (published.goals.path.parent / "apart.csv").write_text(f"record_a,record_b,answer\n{pair[0]},{pair[1]},different\n")
    ended = published.program("decisions", "import", "apart.csv", "--profile", "goals")
    assert ended.status == 0, ended


def test_held_results_that_break_a_later_decision_are_not_released(published, held):
    ended, (groups, files) = held
    pair = sorted(next(members for members in published.store.groups().values() if len(members) > 1))[:2]
    decide_apart(published, pair)
    refused = published.program("runs", "publish", ended.summary["run_id"])
    assert refused.status == 2
    assert "decided" in refused.summary["reason"]
    assert (published.store.groups(), published.files()) == (groups, files)


def test_of_two_held_runs_the_newer_one_can_be_released_once(published, held):
    first, _ = held
    second = published.run()
    assert second.status == 7
    assert published.store.states() == ["published", "superseded", "held"]
    assert published.files_held(first.summary["run_id"]) == {}
    assert published.program("runs", "publish", first.summary["run_id"]).status == 2
    assert published.program("runs", "publish", second.summary["run_id"]).status == 0
