"""Transactions that only read: they wait for no writer, see one moment, and change nothing."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa

from twicetold.errors import DependencyUnavailable
from twicetold.store.engine import reading, transaction
from twicetold.store.requests import add_request
from twicetold.store.tables import requests


def count(connection) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(requests)).scalar()


def test_reading_waits_for_no_writer_and_sees_nothing_unfinished(engine):
    begin = time.monotonic()
    with transaction(engine) as writer:
        add_request(writer, "k", "p")
        with reading(engine) as connection:
            assert count(connection) == 0
    assert time.monotonic() - begin < 10
    with reading(engine) as connection:
        assert count(connection) == 1


def test_reading_sees_one_moment_whatever_others_write_meanwhile(engine):
    with reading(engine) as connection:
        before = count(connection)
        with transaction(engine) as writer:
            add_request(writer, "k", "p")
        assert count(connection) == before


def test_a_connection_that_has_read_can_write_again(engine):
    with reading(engine):
        pass
    with transaction(engine) as connection:
        assert add_request(connection, "k", "p")


def test_a_statement_that_takes_too_long_is_ended(postgres_url, open_store):
    engine = open_store(postgres_url)
    with pytest.raises(DependencyUnavailable), reading(engine, seconds=0.2) as connection:
        connection.execute(sa.text("select pg_sleep(20)"))
