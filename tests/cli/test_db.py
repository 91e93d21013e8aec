"""twicetold db: tables are made, shown and never taken backwards."""

from __future__ import annotations

import json
import sqlite3

import pytest

from twicetold.store.migrate import newest_revision

NEWEST = newest_revision()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    return request.getfixturevalue("postgres_url")


def test_tables_are_made_once(run, store):
    first = run("db", "upgrade", "--store", store)
    assert (first.exit_code, first.output) == (0, f"The store was brought from revision nothing to {NEWEST}.\n")
    assert "there was nothing to do" in run("db", "upgrade", "--store", store).output


def test_the_status_says_where_the_tables_stand(run, store):
    before = run("db", "status", "--json", "--store", store)
    assert before.exit_code == 2
    assert "has no schema yet" in before.stderr
    assert "db upgrade" in before.stderr
    run("db", "upgrade", "--store", store)
    after = run("db", "status", "--json", "--store", store)
    found = json.loads(after.stdout)
    assert (after.exit_code, found["revision"], found["usable"]) == (0, NEWEST, True)
    assert "revision" in run("db", "status", "--store", store).output
    assert "apppw-canary" not in before.output + after.output


def test_a_newer_schema_is_refused(run, tmp_path):
    run("db", "upgrade", "--store", "sqlite:///store.db")
    with sqlite3.connect(tmp_path / "store.db") as connection:
        connection.execute("update schema_version set version_num = '0009'")
        connection.execute("update about set oldest_code = '0009'")
    connection.close()
    for command in ("upgrade", "status"):
        result = run("db", command, "--store", "sqlite:///store.db")
        assert result.exit_code == 2
        assert f"newer than the {NEWEST} that this program knows" in result.stderr


def test_a_store_that_does_not_answer_exits_with_3(run):
    result = run("db", "status", "--store", "postgresql://app:canary-pw@127.0.0.1:1/db")
    assert result.exit_code == 3
    assert "canary-pw" not in result.output


def test_roles_are_printed_as_sql(run):
    printed = run("db", "roles", "--reader", "r", "--writer", 'w"x')
    assert printed.exit_code == 0
    assert 'TO "w""x";' in printed.output
    assert "GRANT SELECT" in printed.output
    assert "DROP" not in printed.output
    assert "CREATE" not in printed.output


def test_prune_forgets_the_vectors_of_other_models(run, store):
    from twicetold.model.artifact import Model
    from twicetold.platform.services import Database, Secret
    from twicetold.store.engine import open_engine, transaction
    from twicetold.store.vectors import keep_vectors, read_vectors

    run("db", "upgrade", "--store", store)
    engine = open_engine(Database("store", "the test", Secret(store)))
    current = Model().encoding
    with transaction(engine) as connection:
        keep_vectors(connection, current, {"one": b"1"})
        keep_vectors(connection, "a former one", {"one": b"2", "two": b"3"})
    assert run("db", "prune", "--store", store).output == "2 vectors forgotten\n"
    with transaction(engine) as connection:
        assert read_vectors(connection, current, ["one", "two"]) == {"one": b"1"}
        assert read_vectors(connection, "a former one", ["one", "two"]) == {}
    engine.dispose()
