"""What a run needs breaks while it works: nothing half-done is visible, and the next run finishes."""

from __future__ import annotations

import resource
from contextlib import closing

import pytest

from program.running import Program, until
from program.stores import Store
from servers.postgres import Postgres


@pytest.fixture
def own_server(tmp_path):
    """A PostgreSQL of the test's own, to be broken, with an upgraded store in it."""
    server = Postgres()
    try:
        server.create()
        store = Store(server.url())
        Program(tmp_path, TWICETOLD_STORE=store.address)("db", "upgrade")
        yield server, store
    finally:
        server.destroy()


def test_after_the_database_was_killed_in_the_middle_the_next_run_goes_on(own_server, place_of):
    server, store = own_server
    place = place_of(store)
    place.goals.generate(700, 8)
    running = place.begin()
    until(lambda: store.has_reached("compare"))
    server.stop(kill=True)
    ended = running.end()
    assert (ended.status, ended.summary["state"]) == (3, "interrupted")
    assert "Traceback" not in ended.out + ended.err
    server.start()
    assert store.count("published") == 0
    again = place.run()
    assert again.summary["state"] == "published"
    assert again.summary["run_id"] == ended.summary["run_id"]
    assert store.states() == ["published"]


def test_without_its_database_a_run_ends_with_a_summary(own_server, place_of):
    server, store = own_server
    server.stop()
    ended = place_of(store).run()
    assert (ended.status, ended.summary["error"]) == (3, "TT300")


def test_errors_and_slow_answers_of_s3_are_waited_out(place, bucket, s3_proxy):
    place.bind(bucket.service, s3_proxy.endpoint)
    s3_proxy.fail(2, 500, method="PUT")
    s3_proxy.fail(1, 503, method="HEAD")
    s3_proxy.delay(1, 1, method="PUT", path="manifest")
    s3_proxy.cut(1, method="PUT", path="latest")
    ended = place.run()
    assert ended.summary["state"] == "published"
    assert bucket.latest() == {"run_id": ended.summary["run_id"], **place.files()}


def test_while_s3_is_down_nothing_new_is_visible_and_then_all_of_it(place, bucket, s3_proxy):
    place.bind(bucket.service, s3_proxy.endpoint)
    place.run()
    before, groups = bucket.latest(), place.store.results("compared", "vectors", "findings")
    place.goals.remove(*[goal.id for goal in place.goals.in_scope("r00000")][::2])
    s3_proxy.fail(100, 500)
    ended = place.run()
    assert (ended.status, ended.summary["state"]) == (3, "interrupted")
    assert bucket.latest() == before
    assert place.store.results("compared", "vectors", "findings") == groups
    s3_proxy.heal()
    again = place.run()
    assert again.summary["state"] == "published"
    assert bucket.latest() == {"run_id": again.summary["run_id"], **place.files()}
    assert place.store.results("compared", "vectors", "findings") != groups


def test_a_kill_between_the_tables_and_the_pointer_in_s3_is_healed_by_the_next_run(place, bucket, s3_proxy):
    place.bind(bucket.service, s3_proxy.endpoint)
    s3_proxy.delay(60, 10, path="latest")
    running = place.begin()
    until(lambda: any("latest" in path for _, path in s3_proxy.seen))
    running.kill()
    s3_proxy.heal()
    assert place.store.count("published") == 1
    assert bucket.latest() == {}
    ended = place.run()
    assert ended.status == 0
    (published,) = place.store.execute("select run_id from published")
    assert bucket.latest() == {**published, **place.files()}
    assert place.store.count("stages") == 0
    assert place.store.workflows() == 0
    assert place.run().summary["state"] == "noop"


def limited(size):
    """No file may grow beyond so many bytes: what a full disk is to a process."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_a_full_disk_leaves_earlier_files_as_they_were(place_of, stores):
    place = place_of(stores("postgres"))
    place.goals.generate(90, 3)
    place.run()
    before, groups = place.files(), place.store.groups()
    place.goals.remove(*[goal.id for goal in place.goals.in_scope("r00000")][::2])
    ended = place.run(preexec_fn=limited(2000))
    assert (ended.status, ended.summary["error"]) == (3, "TT303")
    assert (place.files(), place.store.groups()) == (before, groups)
    again = place.run()
    assert again.summary["state"] == "published"
    assert place.store.groups() != groups


def test_a_full_disk_under_a_store_in_a_file_keeps_earlier_results(place_of, stores):
    place = place_of(stores("sqlite"))
    place.goals.generate(90, 3)
    place.run()
    with closing(place.store.connect()) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    groups = place.store.groups()
    place.goals.generate(300, 5, seed=8)
    ended = place.run(preexec_fn=limited(200_000))
    assert ended.status == 3, ended
    assert place.store.groups() == groups
    assert place.run().summary["state"] == "published"
    assert place.store.groups() != groups
