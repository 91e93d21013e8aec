"""Whatever becomes of a run, nobody reads a secret or a record in what it says."""

from __future__ import annotations

import pytest

from program.running import until

TEXT, ID, SCOPE = "canarytext", "canaryid", "canaryscope"
PASSWORD, SECRET, LICENSE = "apppw-canary", "testsecret-canary", "canarylicense"
MARKS = (TEXT, ID, SCOPE, PASSWORD, SECRET, LICENSE)


@pytest.fixture
def planted(place_of, stores, bucket, s3_proxy):
    """A run on PostgreSQL and S3 with a mark in every secret and in every part of a record."""
    place = place_of(stores("postgres"))
    rows = [f"{ID}{each},Train {TEXT} {each % 3} staff daily,{SCOPE}{each % 2},2024-01-01" for each in range(40)]
    rejected = [f"{ID}{each},,{SCOPE},x" for each in range(2)]
    place.goals.path.write_text("\n".join(["id,text,scope,created_at", *rows, *rejected, ""]))
    place.bind(bucket.service, s3_proxy.endpoint)
    place.program.variables["NEW_RELIC_LICENSE_KEY"] = LICENSE
    return place


def published(place, s3_proxy):
    return place.run(), "published"


def nothing_new(place, s3_proxy):
    assert place.run().status == 0
    return place.run(), "noop"


def bucket_down(place, s3_proxy):
    s3_proxy.fail(100)
    return place.run(), "interrupted"


def told_to_stop(place, s3_proxy):
    running = place.begin()
    until(lambda: place.store.count("stages") > 0)
    return running.terminate(), "interrupted"


def too_little_memory(place, s3_proxy):
    return place.run("--memory", "150M"), "interrupted failed"


def wrong_password(place, s3_proxy):
    place.program.variables["TWICETOLD_STORE"] = place.store.address.replace(":apppw", ":wrong-apppw")
    return place.run(), "failed interrupted"


def store_without_tables(place, s3_proxy):
    place.program.variables["TWICETOLD_STORE"] = place.store.address.rpartition("/")[0] + "/postgres"
    return place.run(), "failed"


def refused_by_the_database(place, s3_proxy):
    """The database's own message quotes the row."""
    place.store.execute("alter table members add constraint refused check (left(record_id, 6) <> 'canary')")
    return place.run(), "failed interrupted"


def held_back(place, s3_proxy):
    with place.goals.path.open("a") as file:
        file.writelines(f"{ID}x{number},,{SCOPE},\n" for number in range(30))
    return place.run(), "held"


OUTCOMES = (
    published,
    nothing_new,
    bucket_down,
    told_to_stop,
    too_little_memory,
    wrong_password,
    store_without_tables,
    refused_by_the_database,
    held_back,
)


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.__name__)
def test_no_secret_and_no_record_is_in_what_a_run_says(planted, s3_proxy, outcome):
    ended, states = outcome(planted, s3_proxy)
    assert ended.summary["state"] in states.split()
    said = (ended.out + ended.err).lower()
    assert [mark for mark in MARKS if mark in said] == []
