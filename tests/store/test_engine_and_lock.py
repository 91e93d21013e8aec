"""Connections and locks: errors that tell a person what to do and nothing else, and one run of a profile at a time."""

from __future__ import annotations

import subprocess
import sys
import traceback

import pytest
import sqlalchemy as sa

from twicetold.decisions import Answer, Decision
from twicetold.errors import DependencyUnavailable, LockHeld, SettingInvalid, StorageFull
from twicetold.platform.secret import Secret
from twicetold.platform.services import Database
from twicetold.store import bulk, decisions, migrate, results
from twicetold.store.engine import open_engine, reached, transaction
from twicetold.store.lock import holder_name, profile_lock
from twicetold.store.roles import writer_sql
from twicetold.store.tables import scopes

CANARY = "canary-5f1d"
#: Takes the lock of a profile, says so, and holds it until it is killed.
HOLD = """
import sys, time
from twicetold.platform.secret import Secret
from twicetold.platform.services import Database
from twicetold.store.engine import open_engine
from twicetold.store.lock import profile_lock
engine = open_engine(Database("store", "the tests", Secret(sys.argv[1]), None), application="holder r1")
with profile_lock(engine, "files", "holder r1"):
    print("held", flush=True)
    time.sleep(60)
"""


def told(error: BaseException) -> str:
    """All that a log or a traceback would show of an error."""
    return f"{error!r} {error} {''.join(traceback.format_exception(error))}"


# Addresses


@pytest.mark.parametrize(
    "address",
    [f"no address {CANARY}", f"mysql://u:{CANARY}@host/db", "sqlite://", "sqlite:///:memory:", f"://{CANARY}"],
)
def test_an_address_that_is_no_store_is_refused_without_quoting_it(address):
    with pytest.raises(SettingInvalid) as caught:
        open_engine(Database("store", "the tests", Secret(address), None))
    assert CANARY not in told(caught.value)


def test_a_password_is_in_no_error_of_a_server_that_refuses_it(postgres, open_store):
    postgres.start()
    engine = open_store(postgres.url(user="app", password=CANARY))
    with pytest.raises(DependencyUnavailable, match=r"password authentication failed for user \*\*\*") as caught:
        migrate.status(engine)
    assert CANARY not in told(caught.value) + repr(engine)
    assert "127.0.0.1" not in str(caught.value)
    assert str(postgres.port) not in str(caught.value)


def test_a_server_that_is_not_there_is_a_dependency_that_is_unavailable(open_store):
    engine = open_store(f"postgresql://user-{CANARY}:{CANARY}@127.0.0.1:1/db")
    with pytest.raises(DependencyUnavailable, match="the store cannot be used: ") as caught:
        migrate.status(engine)
    assert CANARY not in str(caught.value)
    assert f":{CANARY}@" not in told(caught.value)


def test_a_folder_that_is_not_there_is_a_dependency_that_is_unavailable(tmp_path, open_store):
    with pytest.raises(DependencyUnavailable, match="unable to open database file"):
        migrate.status(open_store(f"sqlite:///{tmp_path}/none/store.db"))


def test_what_a_user_may_not_do_is_told_without_a_traceback(postgres_url, open_store):
    owner = open_store(postgres_url)
    migrate.upgrade(owner)

    def read_as_a_stranger():
        with transaction(owner) as connection:
            connection.execute(sa.text("create role stranger"))
            connection.execute(sa.text("set local role stranger"))
            results.scopes_in_force(connection, "files")

    with pytest.raises(DependencyUnavailable, match="permission denied for schema twicetold"):
        read_as_a_stranger()


def test_rows_are_in_no_error(engine):
    rows = [{"profile": "files", "scope": CANARY, "digest": "d", "records": 1, "groups": 0}]

    def insert(how):
        with transaction(engine) as connection:
            how(connection, scopes, [*rows, *rows])

    with pytest.raises(sa.exc.IntegrityError) as caught:
        insert(lambda connection, table, some: connection.execute(table.insert(), some))
    assert f"'{CANARY}'" not in str(caught.value)
    with transaction(engine) as connection:
        assert results.scopes_in_force(connection, "files") == {}


@pytest.mark.parametrize("how", ["statement", "copy"])
def test_a_connection_that_is_lost_is_a_dependency_that_is_unavailable(postgres, postgres_url, open_store, how):
    engine = open_store(postgres_url)
    migrate.upgrade(engine)
    with transaction(engine) as connection:
        connection.execute(sa.text("checkpoint"))  # the server of the tests forces nothing else to disk

    def rows():
        yield {"profile": "files", "scope": "s", "digest": "d", "records": 1, "groups": 0}
        postgres.stop(kill=True)
        for n in range(100_000):
            yield {"profile": "files", "scope": f"s{n}", "digest": "d", "records": 1, "groups": 0}

    def insert():
        with transaction(engine) as connection:
            if how == "copy":
                bulk.insert(connection, scopes, rows())
            postgres.stop(kill=True)
            results.scopes_in_force(connection, "files")

    with pytest.raises(DependencyUnavailable):
        insert()
    postgres.start()
    with transaction(engine) as connection:
        assert results.scopes_in_force(connection, "files") == {}


def test_a_full_disk_is_told_as_one(tmp_path, open_store):
    engine = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    migrate.upgrade(engine)
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("pragma page_count").scalar()
        connection.exec_driver_sql(f"pragma max_page_count = {pages + 2}")
        connection.commit()
        rows = (
            {"profile": "files", "scope": f"s{n}" * 50, "digest": "d", "records": 1, "groups": 0} for n in range(999)
        )
        with pytest.raises(StorageFull, match="no space left"), reached(), connection.begin():
            bulk.insert(connection, scopes, rows)


def test_writers_of_one_process_take_turns_before_they_ask_for_the_file(tmp_path, monkeypatch, at_once):
    monkeypatch.setattr("twicetold.store.engine._BUSY", 0)  # who finds the file taken fails at once
    engine = open_engine(Database("store", "the tests", Secret(f"sqlite:///{tmp_path / 'store.db'}")))
    migrate.upgrade(engine)

    def add(place):
        made = [Decision(f"{place}-{number}", "b", Answer.SAME) for number in range(50)]
        for each in made:
            with transaction(engine) as connection:
                decisions.add_decisions(connection, "p", [each])

    assert at_once(add, 4) == [None] * 4
    with transaction(engine) as connection:
        assert len(decisions.read_decisions(connection, "p")) == 200
    engine.dispose()


def test_writers_of_one_file_wait_for_each_other(engine, at_once):
    def add(place):
        with transaction(engine) as connection:
            before = len(decisions.read_decisions(connection, "files"))
            decisions.add_decisions(connection, "files", [Decision(f"a{place}", "b", Answer.SAME)])
            return before

    assert not [outcome for outcome in at_once(add, 4) if isinstance(outcome, Exception)]
    with transaction(engine) as connection:
        assert len(decisions.read_decisions(connection, "files")) == 4


# The lock


def test_of_two_runs_of_one_profile_one_works_and_the_other_is_told_who(engine, address, open_store):
    first = open_store(address, application="the first run")
    with (
        profile_lock(first, "files", "the first run") as lock,
        pytest.raises(LockHeld, match="the profile 'files': the first run"),
        profile_lock(open_store(address), "files", "the second run"),
    ):
        pytest.fail("both work")
    with profile_lock(open_store(address), "files", "the second run") as lock:
        assert lock.is_held()


def test_runs_of_different_profiles_do_not_wait(engine, address, open_store):
    with profile_lock(engine, "files", "one") as one, profile_lock(open_store(address), "Files", "other") as other:
        assert one.is_held()
        assert other.is_held()


def test_a_lock_is_let_go_of_when_its_work_fails(engine):
    def work():
        with profile_lock(engine, "files", "one"):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    with profile_lock(engine, "files", "other") as lock:
        assert lock.is_held()


def test_a_lock_is_let_go_of_when_its_process_is_killed(engine, address):
    with subprocess.Popen([sys.executable, "-c", HOLD, address], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(LockHeld, match="holder r1"), profile_lock(engine, "files", "other"):
            pytest.fail("both work")
        process.kill()
        process.wait()
    for _attempt in range(100):  # the server needs a moment to notice
        try:
            with profile_lock(engine, "files", "other") as lock:
                assert lock.is_held()
                return
        except LockHeld:
            continue
    pytest.fail("the lock is still held")


def test_the_lock_of_another_database_is_not_this_ones(postgres, postgres_url, open_store):
    elsewhere = open_store(postgres.url(), application="elsewhere")
    here = open_store(postgres_url, application="here")
    with profile_lock(elsewhere, "files", ""), profile_lock(here, "files", "") as lock:
        assert lock.is_held()
        with pytest.raises(LockHeld, match="here"), profile_lock(open_store(postgres_url), "files", ""):
            pytest.fail("both work")


def test_a_lock_is_lost_with_its_connection_and_says_so(postgres_url, open_store):
    engine, other = open_store(postgres_url, application="loser"), open_store(postgres_url)
    with profile_lock(engine, "files", "") as lock:
        assert lock.is_held()
        with transaction(other) as connection:
            connection.execute(
                sa.text("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'loser'")
            )
        assert not lock.is_held()


def test_the_lock_holds_through_a_pooler_that_gives_connections_away(pgbouncer_url, postgres_url, open_store):
    first, second = open_store(pgbouncer_url, application="the first"), open_store(pgbouncer_url)
    migrate.upgrade(second)
    with profile_lock(first, "files", "") as lock:
        for _ in range(5):
            migrate.require_usable(second)
        with pytest.raises(LockHeld, match="the first"), profile_lock(second, "files", ""):
            pytest.fail("both work")
        with pytest.raises(LockHeld), profile_lock(open_store(postgres_url), "files", ""):
            pytest.fail("both work")
        assert lock.is_held()
    with profile_lock(second, "files", "") as lock:
        assert lock.is_held()


def test_a_lock_that_another_user_holds_is_told_without_what_may_not_be_seen(postgres, postgres_url, open_store):
    owner = open_store(postgres_url, application="owner's run")
    database = postgres_url.rpartition("/")[2]
    with transaction(owner) as connection:
        connection.execute(sa.text("create role locker login password 'lockerpw'"))
    try:
        stranger = open_store(postgres.url(database, user="locker", password="lockerpw"))
        with (
            profile_lock(owner, "files", ""),
            pytest.raises(LockHeld, match="owner's run"),
            profile_lock(stranger, "files", ""),
        ):
            pytest.fail("both work")
    finally:
        stranger.dispose()
        with transaction(owner) as connection:
            connection.execute(sa.text("drop role locker"))


def test_a_holders_name_fits_where_the_server_shows_it():
    name = holder_name("r20261122T193000-1a2b3c" * 5)
    assert name.startswith("twicetold r2026")
    assert len(name.encode()) <= 63


# Roles


def test_a_role_with_an_odd_name_is_quoted():
    assert 'TO "odd ""name";' in writer_sql('odd "name')
