"""A run that nothing disturbs: what it leaves, and what it does not touch again."""

from __future__ import annotations

import csv
import io
import json

import pytest

FILES = {"changes.jsonl", "groups.csv", "pairs.csv", "rejected.csv", "report.html", "summary.json"}


def rows_of(content):
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_a_run_fills_tables_and_folder_with_the_same_results_and_says_so_last(place):
    ended = place.run()
    assert (ended.status, ended.summary["state"], ended.err) == (0, "published", "")
    files = place.files()
    assert set(files) == FILES
    rows = rows_of(files["groups.csv"])
    groups = {}
    for row in rows:
        groups.setdefault(row["group_id"], set()).add(row["record_id"])
    assert groups == place.store.groups()
    assert len(groups) == ended.summary["counts"]["groups"] > 10
    assert place.store.count("pairs") == len(rows_of(files["pairs.csv"])) > 10
    assert place.store.count("records") == 90
    assert place.store.count("stages") == 0
    assert place.store.states() == ["published"]
    assert len(files["changes.jsonl"].splitlines()) == len(groups) == place.store.count("group_changes")
    (row,) = place.store.execute("select id, exit_status, summary from runs")
    kept = json.loads(row["summary"]) if isinstance(row["summary"], str) else row["summary"]
    assert (row["id"], row["exit_status"]) == (ended.summary["run_id"], 0)
    assert kept["counts"] == ended.summary["counts"]
    assert {"load", "read", "plan", "compare", "conclude", "deliver", "publish"} <= set(ended.summary["stages"])


def test_the_first_run_makes_the_tables_of_a_store_in_a_file(place_of, stores):
    place = place_of(stores.file())
    place.goals.generate(20, 1)
    assert place.run().summary["state"] == "published"
    assert place.store.states() == ["published"]


def test_a_second_run_over_the_same_writes_nothing(published):
    before, files = published.store.everything(), published.files()
    ended = published.run()
    assert (ended.status, ended.summary["state"]) == (0, "noop")
    assert "compare" not in ended.summary["stages"]
    assert published.store.everything() == before
    assert published.files() == files


def test_a_run_over_some_scopes_of_what_is_in_force_writes_nothing(published):
    first, second, _ = published.goals.scopes
    before = published.store.everything()
    ended = published.run("--scope", first)
    assert (ended.summary["state"], published.store.everything()) == ("noop", before)
    published.goals.edit(published.goals.in_scope(first)[0].id, text="Repair the roof of the gym.")
    assert published.run("--scope", first).summary["state"] == "published"
    before = published.store.everything()
    ended = published.run("--scope", first)
    assert (ended.summary["state"], published.store.everything()) == ("noop", before)
    assert published.run("--scope", second).summary["state"] == "published"
    assert published.run().summary["state"] == "published"


def test_a_source_that_cannot_be_read_leaves_a_run_that_failed(place):
    place.goals.path.unlink()
    ended = place.run()
    assert (ended.status, ended.summary["state"]) == (2, "failed")
    assert place.store.states() == ["failed"]
    shown = place.program("runs", "show", ended.summary["run_id"], "--json")
    assert (shown.status, json.loads(shown.out)["summary"]["error"]) == (0, "TT201")


@pytest.mark.parametrize("profile", ["missing", "broken"])
def test_a_profile_that_cannot_be_used_is_told_in_the_last_line_too(place, profile):
    place.profile("out = 5", name="broken")
    ended = place.run(profile=profile)
    assert (ended.status, ended.summary["state"], ended.summary["profile"]) == (2, "failed", profile)
    assert ended.summary["reason"] in ended.err


def test_what_a_run_left_that_was_killed_as_it_ended_is_cleared_away_by_the_next(published):
    (row,) = published.store.execute("select id from runs")
    published.store.leave_workflow(row["id"])
    published.store.leave_workflow("somebody else's")
    assert published.run().summary["state"] == "noop"
    assert published.store.workflows() == 1


def test_pruning_forgets_old_runs_and_records_that_are_gone_and_nothing_in_force(published):
    gone = published.goals.in_scope(published.goals.scopes[0])[0].id
    published.goals.remove(gone)
    published.run()
    kept = published.store.results("records", "findings")
    ended = published.program("db", "prune", "--before", "2020-01-01")
    assert (ended.status, ended.out) == (0, "0 vectors, 0 runs, 0 records forgotten\n")
    ended = published.program("db", "prune", "--before", "2999-01-01")
    assert (ended.status, ended.out) == (0, "0 vectors, 1 run, 1 record forgotten\n")
    assert published.store.results("records", "findings") == kept
    assert published.store.states() == ["published"]
    assert published.store.count("records", f"id = '{gone}'") == 0
    assert published.run().summary["state"] == "noop"


def test_results_of_several_profiles_do_not_touch_each_other(published):
    published.profile('out = "other"', name="other")
    before = published.store.groups()
    published.run(profile="other")
    assert published.store.count("members") == 2 * sum(map(len, before.values()))
    assert published.run().summary["state"] == "noop"


def test_files_in_s3_are_those_in_the_folder(place, bucket):
    place.bind(bucket.service)
    ended = place.run()
    assert bucket.latest() == {"run_id": ended.summary["run_id"], **place.files()}
