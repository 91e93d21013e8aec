"""The shipped profile as a task would run it: from the Hub's own database to the store beside it, and to S3."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict

import psycopg
import pytest

from program.running import Program
from ttahub.hub import CASES, EXPECTED, checksum

PASSWORD = "only-of-this-test"


def plain(url: str) -> str:
    return url.replace("+psycopg", "")


@pytest.fixture
def program(hub, s3_bucket, tmp_path):
    keys = f"{s3_bucket.access_key.reveal()}:{s3_bucket.secret_key.reveal()}"
    address = s3_bucket.endpoint.removeprefix("http://")
    files = f"s3://{keys}@{address}/{s3_bucket.bucket}?region={s3_bucket.region}&scheme=http"
    program = Program(tmp_path, TWICETOLD_SERVICE_HUB=plain(hub), TWICETOLD_SERVICE_FILES=files)
    yield program
    program.end_all()


@pytest.fixture
def connection(hub):
    with psycopg.connect(plain(hub), autocommit=True) as connection:
        yield connection


@pytest.fixture
def published(program, connection):
    """The Hub after a run, and its checksum before."""
    before = checksum(connection)
    assert program("db", "upgrade").status == 0
    ended = program("run", "--profile", "ttahub")
    assert ended.status == 0, ended
    return before


def groups_of(rows) -> list[set[str]]:
    members = defaultdict(set)
    for group, record in rows:
        members[group].add(record)
    return sorted(members.values(), key=min)


def test_the_run_finds_what_is_planted_and_nothing_that_a_rule_keeps_apart(published, connection):
    rows = connection.execute("SELECT group_id, record_id FROM twicetold.members").fetchall()
    found = groups_of(rows)
    assert found == EXPECTED
    apart = [set(case.ids) for case in CASES if not case.is_together]
    assert apart
    assert not any(ids <= group for ids in apart for group in found)


def test_the_host_tables_stay_as_they_were(published, connection):
    assert checksum(connection) == published


def test_the_files_in_s3_say_the_same_as_the_tables(published, connection, s3, s3_bucket):
    client = s3.client()

    def read(key: str) -> bytes:
        return client.get_object(Bucket=s3_bucket.bucket, Key=key)["Body"].read()

    latest = json.loads(read("twicetold/ttahub/latest.json"))
    folder = latest["manifest"]["key"].rpartition("/")[0]
    manifest = json.loads(read(latest["manifest"]["key"]))
    assert set(manifest["files"]) >= {"groups.csv", "pairs.csv", "report.html", "groups.parquet", "changes.jsonl"}
    rows = csv.DictReader(io.StringIO(read(f"{folder}/groups.csv").decode()))
    assert groups_of((row["group_id"], row["record_id"]) for row in rows) == EXPECTED
    assert b"</html>" in read(f"{folder}/report.html")
    client.close()


def test_nothing_is_left_when_the_schemas_are_dropped(published, connection):
    connection.execute("DROP SCHEMA twicetold, twicetold_dbos CASCADE")
    left = "SELECT nspname FROM pg_namespace WHERE nspname LIKE '%twicetold%' OR nspname LIKE '%dbos%'"
    assert connection.execute(left).fetchall() == []
    assert checksum(connection) == published
