"""Goals that Spark reads from a database, and groups that it writes there, by the driver that PySpark brings."""

from __future__ import annotations

import csv

import pytest

import twicetold


@pytest.fixture
def database(spark_session, tmp_path):
    """The address of an empty Derby database in the memory of Spark's Java."""
    spark_session._jvm.java.lang.System.setProperty("derby.system.home", str(tmp_path))  # where its log goes
    return "jdbc:derby:memory:goals;create=true"


def test_groups_of_goals_from_a_database_are_those_of_one_machine(generated, spark_session, database):
    from twicetold.engines import frames

    file = generated(600)
    with file.open(encoding="utf-8", newline="") as source:
        header, *rows = csv.reader(source)
    schema = ", ".join(["number int", *(f"{name} string" for name in header)])
    frame = spark_session.createDataFrame([(number, *row) for number, row in enumerate(rows)], schema)
    frame.write.jdbc(database, "goals")
    goals = spark_session.read.jdbc(database, "goals", column="number", lowerBound=0, upperBound=600, numPartitions=3)
    assert goals.rdd.getNumPartitions() == 3
    found = frames.find(goals, id="goal_id", text="goal_text", scope="recipient_id", bundle=100)
    found.groups.write.jdbc(database, "groups")
    result = twicetold.find(file, id="goal_id", text="goal_text", scope="recipient_id")
    assert len(result.groups) > 50
    assert sorted(map(tuple, spark_session.read.jdbc(database, "groups").collect())) == sorted(
        (member, group.id, group.scope, len(group.members), member == group.keeper)
        for group in result.groups
        for member in group.members
    )
