"""twicetold runs: what was executed is listed, shown and given up."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from twicetold.findings import Finding, Severity
from twicetold.platform.secret import Secret
from twicetold.platform.services import Database
from twicetold.store import migrate, results
from twicetold.store import runs as stored
from twicetold.store.engine import open_engine, transaction
from twicetold.store.tables import audit

AT = datetime(2026, 11, 22, 19, 30, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request, tmp_path):
    """A store with a published, an interrupted and a held run."""
    sqlite = f"sqlite:///{tmp_path / 'store.db'}"
    address = sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    engine = open_engine(Database("store", "the tests", Secret(address), None), application="the run at work")
    migrate.upgrade(engine)
    with transaction(engine) as connection:
        for n, state in enumerate(["published", "working", "held"]):
            stored.begin_run(
                connection,
                id=f"r{n}",
                profile="goals",
                settings_digest="s",
                code_version="1",
                scopes=["ü"] if n else None,
                input_digest="i",
                fingerprint="f",
                model={"name": "m"},
                started_at=AT + timedelta(hours=n),
            )
            stored.keep_stage(connection, f"r{n}", "input", [b"x"])
            stored.set_state(connection, f"r{n}", state, counts={"groups": n, "histogram": [1]})
        stored.keep_findings(connection, "r0", [Finding(Severity.WARNING, "odd", "something is odd", 3)])
        row = {"group_id": "g1", "scope": "ü", "kind": "created", "added": ["a", "b"], "removed": [], "others": []}
        results.add_changes(connection, "goals", "r0", AT, [row, {**row, "group_id": "g2"}])
    yield engine
    engine.dispose()


@pytest.fixture
def runs(run, engine):
    address = engine.url.render_as_string(hide_password=False)
    return lambda *arguments: run("runs", *arguments, "--store", address)


def test_the_latest_runs_are_listed_first(runs):
    lines = runs("list").output.splitlines()
    assert [line.split()[0] for line in lines] == ["r2", "r1", "r0"]
    assert [row["id"] for row in json.loads(runs("list", "--limit", 1, "--json").output)] == ["r2"]
    assert "No run yet" in runs("list", "--profile", "other").stderr


def test_a_run_is_shown_with_its_findings(runs):
    shown = runs("show", "r0").output
    assert "published" in shown
    assert "warning: something is odd" in shown
    assert json.loads(runs("show", "r0", "--json").output)["findings"][0]["count"] == 3


def test_a_run_that_is_not_there_is_named(runs):
    for command in ("show", "cancel", "resume", "publish"):
        result = runs(command, "r9")
        assert (result.exit_code, "no run 'r9'" in result.stderr) == (2, True)


@pytest.mark.parametrize("name", ["r1", "r2"])
def test_a_run_that_was_interrupted_or_held_is_given_up_once(runs, engine, name):
    for _ in range(2):
        assert runs("cancel", name).exit_code == 0
    with transaction(engine) as connection:
        assert stored.read_run(connection, name)["state"] == "cancelled"
        (entry,) = connection.execute(sa.select(audit)).mappings()
    assert (entry["who"], entry["action"], entry["about"]) == ("command line", "cancel-run", name)


def test_a_run_that_has_ended_is_not_given_up(runs):
    result = runs("cancel", "r0")
    assert (result.exit_code, "r0 is published" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("command", "name"), [("resume", "r2"), ("publish", "r1"), ("resume", "r0"), ("publish", "r0")]
)
def test_only_what_waits_can_go_on_or_be_released(runs, command, name):
    result = runs(command, name)
    assert result.exit_code == 2
    assert "this is for runs that" in result.stderr


def test_changes_are_read_on_from_where_they_were_left(runs):
    first, second = map(json.loads, runs("changes", "--profile", "goals").output.splitlines())
    assert (first["group_id"], first["added"], first["scope"]) == ("g1", ["a", "b"], "ü")
    (again,) = runs("changes", "--profile", "goals", "--after", first["id"]).output.splitlines()
    assert json.loads(again) == second
