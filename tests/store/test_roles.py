"""Roles: with the rights that are printed, a whole run can be done, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from ttahub.hub import DUPLICATES, checksum

PROFILE = """
[source]
kind = "ttahub"
service = "hub"
[publish]
out = "out"
"""
FORBIDDEN = {
    "reader": [
        'update "Goals" set name = name',
        'delete from "Goals"',
        "create table public.x (n int)",
        "create schema x",
        "select * from twicetold.records",
        "select * from twicetold.decisions",
        'select * from "Goals"',
    ],
    "writer": [
        'select id from "Goals"',
        'update "Goals" set name = name',
        'delete from "Goals"',
        "create table public.x (n int)",
        "create table twicetold.x (n int)",
        "create table twicetold_dbos.x (n int)",
        "create schema x",
        "alter table twicetold.records add column x int",
        "drop table twicetold.records",
        "truncate twicetold.records",
        "update twicetold.audit set who = 'nobody'",
        "delete from twicetold.audit",
        "alter table twicetold.audit disable trigger all",
        "drop schema twicetold cascade",
    ],
}


@pytest.fixture
def command(tmp_path):
    """Runs the installed program with bound services."""

    def command(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        program = Path(sys.executable).parent / "twicetold"
        environment = os.environ | variables
        return subprocess.run(
            [program, *arguments], check=False, cwd=tmp_path, env=environment, capture_output=True, text=True
        )

    return command


@pytest.fixture
def bound(postgres, hub, command):
    """The program's variables with a reader as the source and a writer as the store, and how to connect as either."""
    database = hub.rpartition("/")[2]
    assert command("db", "upgrade", TWICETOLD_STORE=hub).returncode == 0
    with postgres.connect(database) as connection:
        for role in ("reader", "writer"):
            connection.execute(f"create role {role} login password '{role}pw'")
        connection.execute(command("db", "roles", "--reader", "reader", "--writer", "writer").stdout)
    urls = {role: postgres.url(database, user=role, password=f"{role}pw") for role in ("reader", "writer")}
    yield {"TWICETOLD_SERVICE_HUB": urls["reader"], "TWICETOLD_STORE": urls["writer"]}, urls
    with postgres.connect(database) as connection:
        for role in ("reader", "writer"):
            connection.execute(f"drop owned by {role}")
            connection.execute(f"drop role {role}")


def test_a_reader_and_a_writer_do_a_whole_run_and_nothing_else(postgres, hub, command, bound, tmp_path):
    variables, urls = bound
    (tmp_path / "hub.toml").write_text(PROFILE)
    database = hub.rpartition("/")[2]
    with postgres.connect(database) as connection:
        before = checksum(connection)
        first = command("run", "--profile", "hub", **variables)
        assert first.returncode == 0, first.stdout + first.stderr
        again = command("run", "--profile", "hub", **variables)
        assert '"state":"noop"' in again.stdout.replace(" ", "")
        assert checksum(connection) == before
        found = dict(connection.execute("select record_id, group_id from twicetold.members").fetchall())
        assert all(len({found[goal] for goal in duplicates}) == 1 for duplicates in DUPLICATES)
    upgraded = command("db", "upgrade", **variables)  # as the first command of a task, whoever it is
    assert (upgraded.returncode, upgraded.stderr) == (0, "")
    assert "nothing to do" in upgraded.stdout
    for role, statements in FORBIDDEN.items():
        with psycopg.connect(urls[role].replace("+psycopg", ""), autocommit=True) as connection:
            for statement in statements:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement)
