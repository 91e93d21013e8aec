"""Only what changed is compared again, and the results are those of a run that compares all."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from twicetold.engines.packing import unpack_scope


def grouped(place):
    """The members and keepers of the groups in a run's file, whatever the groups are called."""
    found = {}
    for row in csv.DictReader(io.StringIO(place.files()["groups.csv"].decode())):
        found.setdefault(row["group_id"], []).append((row["record_id"], row["keeper"]))
    return sorted(found.values())


def compared(place):
    """What was compared, by scope; beside it spare pairs are kept, which a fresh run has more of."""
    found = {}
    for row in place.store.execute("select scope, digest, content from compared order by 1, 2"):
        result = unpack_scope(bytes(row["content"]), row["scope"], np.arange(10_000, dtype=np.int32))
        columns = [(each.a, each.b, each.probability, each.log_odds) for each in (result.pairs, result.nearest)]
        shown = [column.tobytes() for pairs in columns for column in pairs]
        counted = (result.compared.histogram.tolist(), result.truncated, result.spanish, result.contradictions)
        found[row["scope"], row["digest"]] = (shown, result.groups, list(result.reasons), counted)
    return found


@pytest.fixture
def same_as_fresh(published, place_of, stores):
    """Whether the results in force are those that a run in an empty store finds."""

    def same_as_fresh():
        fresh = place_of(stores("sqlite" if published.store.is_file else "postgres"), "fresh")
        fresh.goals.add(*published.goals.by_id.values())
        assert fresh.run().summary["state"] == "published"
        for table in ("scopes", "pairs"):
            assert published.store.results()[table] == fresh.store.results()[table], table
        assert compared(published) == compared(fresh)
        assert published.files()["pairs.csv"] == fresh.files()["pairs.csv"]
        assert grouped(published) == grouped(fresh)
        return True

    return same_as_fresh


def test_a_changed_text_costs_its_scope_and_its_own_encoding(published, same_as_fresh):
    one, other = published.goals.in_scope("r00001")[:2]
    published.goals.edit(one.id, text="Paint the fence of the north yard in green.")
    published.goals.edit(other.id, text="Paint the fence in the north yard green.")
    ended = published.run()
    assert ended.counts("plan")["scopes_to_compare"] == 1
    assert ended.counts("compare")["texts_encoded"] == 2
    assert ended.counts("compare")["texts_compared"] == 2
    assert ended.counts("compare")["records"] == len(published.goals.in_scope("r00001"))
    assert ended.counts("publish")["records_changed"] == 2
    assert {one.id, other.id} in published.store.groups().values()
    assert same_as_fresh()


def test_removed_and_moved_records_change_their_scopes_only(published, same_as_fresh):
    gone, moved = published.goals.in_scope("r00000")[0], published.goals.in_scope("r00001")[0]
    published.goals.remove(gone.id)
    published.goals.edit(moved.id, scope="r00002")
    before = published.store.groups()
    ended = published.run()
    assert ended.summary["state"] == "published"
    assert ended.counts("plan")["scopes_to_compare"] == 3
    assert ended.counts("publish")["records_gone"] == 1
    assert published.store.execute("select scope from records where id = ?", moved.id) == [{"scope": "r00002"}]
    assert published.store.count("records", "last_seen is not null") == 1
    assert all(gone.id not in members for members in published.store.groups().values())
    assert len(before.keys() & published.store.groups().keys()) > len(before) / 2
    assert same_as_fresh()


def test_a_scope_that_is_gone_takes_its_results_along(published, same_as_fresh):
    published.profile(more="[publish.gates]\ngrouped_share_change = 1\nhistogram_drift = 1")
    published.goals.remove(*[goal.id for goal in published.goals.in_scope("r00002")])
    ended = published.run()
    assert (ended.counts("plan")["scopes_to_compare"], ended.counts("publish")["scopes_gone"]) == (0, 1)
    assert (
        published.store.count("groups", "scope = 'r00002'") == published.store.count("pairs", "scope = 'r00002'") == 0
    )
    assert same_as_fresh()


def test_a_run_over_one_scope_touches_no_other(published, same_as_fresh):
    elsewhere = {
        table: published.store.execute(f"select * from {table} where scope <> 'r00001' order by 1, 2, 3")
        for table in ("groups", "pairs", "records", "scopes")
    }
    for scope in ("r00001", "r00002"):
        published.goals.edit(published.goals.in_scope(scope)[0].id, text="Repair the roof of the gym.")
    ended = published.run("--scope", "r00001")
    assert ended.summary["state"] == "published"
    assert ended.counts("plan")["scopes"] == ended.counts("publish")["scopes_changed"] == 1
    for table, rows in elsewhere.items():
        assert published.store.execute(f"select * from {table} where scope <> 'r00001' order by 1, 2, 3") == rows
    assert published.store.count("records", "scope = 'r00001' and text = 'Repair the roof of the gym.'") == 1
    whole = published.run()
    assert whole.counts("plan")["scopes_to_compare"] == 1
    assert same_as_fresh()
