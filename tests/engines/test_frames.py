"""Records that Spark reads, and groups and pairs that it writes: what the local engine finds in the same file."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest
from pyarrow import parquet

import twicetold
from twicetold.decisions import Answer, Decision

WORDS = ["Train", "Offer", "Visit", "Support", "Mentor", "Coach"]
WHOM = ["all teachers", "the new cooks", "families", "bus drivers", "every aide (EA)"]
TAILS = ["", " on safety", " in nutrition by May 2025", " in nutrtion by May 2025"]
TAILS += [" with the wellness policy training (WPT)", " with the WPT"]


@pytest.fixture(scope="module")
def rows():
    chosen = random.Random(3)
    rows = [
        {
            "goal": f"g{number:04}",
            "said": chosen.choice(WORDS) + " " + chosen.choice(WHOM) + chosen.choice(TAILS),
            "grant": f"s{number % 17}",
            "created_at": f"20{10 + number % 9}-05-01",
        }
        for number in range(500)
    ]
    odd = [("g0001", "again", "s1"), (" ", "no id", "s1"), ("b", "", "s1"), ("c", None, "s1"), ("d", "TBD", None)]
    odd.append(("é🙂", "Coach families", None))
    return rows + [{"goal": a, "said": b, "grant": c, "created_at": None} for a, b, c in odd]


@pytest.fixture(scope="module")
def found(rows, spark_session, tmp_path_factory):
    """What Spark wrote of a Parquet file that it read, by the name of the table; and the local result."""
    from twicetold.engines import frames

    folder = tmp_path_factory.mktemp("frames")
    parquet.write_table(pa.Table.from_pylist(rows), folder / "goals.parquet")
    said = [Decision("g0003", "g0020", Answer.SAME), Decision("g0004", "g0021", Answer.DIFFERENT)]
    here = twicetold.find(folder / "goals.parquet", id="goal", text="said", scope="grant", decisions=said)
    frame = spark_session.read.parquet(str(folder / "goals.parquet")).repartition(5)
    there = frames.find(frame, id="goal", text="said", scope="grant", decisions=said, bundle=60)
    tables = {}
    for name in ("groups", "pairs", "scopes", "rejected"):
        getattr(there, name).write.parquet(str(folder / name))
        tables[name] = parquet.read_table(folder / name).to_pylist()
    return here, there, tables


def test_the_groups_are_the_same(found):
    here, _, tables = found
    expected = [
        (member, group.id, group.scope, len(group.members), member == group.keeper)
        for group in here.groups
        for member in group.members
    ]
    assert len(here.groups) > 20
    assert sorted(map(tuple, map(dict.values, tables["groups"]))) == sorted(expected)


def test_the_pairs_are_the_same_to_the_last_bit(found):
    here, _, tables = found
    records = here.records
    expected = [
        (records.ids[a], records.ids[b], records.scopes[a], chance, here.thresholds.verdict(chance).value, reason)
        for (a, b, chance), reason in zip(here.pairs, here.reasons, strict=True)
    ]
    assert sorted(map(tuple, map(dict.values, tables["pairs"]))) == sorted(expected)


def test_what_the_texts_teach_is_the_same(found):
    here, there, _ = found
    assert there.abbreviations == here.abbreviations
    assert {each.short for each in here.abbreviations} >= {"WPT"}


def test_the_counts_of_the_scopes_add_up(found):
    here, _, tables = found
    for name in ("records", "distinct_texts", "pairs_compared", "groups"):
        assert sum(row[name] for row in tables["scopes"]) == here.counts[name]
    assert len(tables["scopes"]) == here.counts["scopes"]


def test_rows_that_cannot_be_used_are_set_aside_with_the_reason(found):
    here, _, tables = found
    assert sorted(row["reason"] for row in tables["rejected"]) == sorted(row.reason for row in here.input.rejected)


def test_without_a_scope_every_record_is_compared_with_every_other(spark_session):
    from twicetold.engines import frames

    rows = [("1", "Train all staff."), ("2", "TRAIN ALL STAFF"), ("3", "Paint the bus")]
    there = frames.find(spark_session.createDataFrame(rows, "id string, text string"))
    assert {(row["record_id"], row["scope"]) for row in there.groups.collect()} == {("1", ""), ("2", "")}
    assert there.scopes.first()["pairs_compared"] == 1
