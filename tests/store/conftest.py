"""Stores on either database: one suite, two engines."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from twicetold.platform.secret import Secret
from twicetold.platform.services import Database
from twicetold.store import migrate
from twicetold.store.engine import open_engine

if TYPE_CHECKING:
    import sqlalchemy as sa


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path):
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def open_store():
    """Opens the store of an address; every one of them is closed at the end."""
    opened = []

    def open_store(address: str, **options) -> sa.Engine:
        opened.append(open_engine(Database("store", "the tests", Secret(address), None), **options))
        return opened[-1]

    yield open_store
    for each in opened:
        each.dispose()


@pytest.fixture
def empty_engine(address, open_store):
    """A store without a schema."""
    return open_store(address)


@pytest.fixture
def engine(empty_engine):
    """A store with the newest schema."""
    migrate.upgrade(empty_engine)
    return empty_engine


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_engine(request, tmp_path_factory):
    """A store that several tests use, none of which leaves anything there."""
    address = f"sqlite:///{tmp_path_factory.mktemp('shared') / 'store.db'}"
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        server.start()
        with server.connect() as connection:
            connection.execute("CREATE DATABASE shared")
        address = server.url("shared")
    engine = open_engine(Database("store", "the tests", Secret(address), None))
    migrate.upgrade(engine)
    yield engine
    engine.dispose()
    if request.param == "postgresql":
        with server.connect() as connection:
            connection.execute("DROP DATABASE shared WITH (FORCE)")


@pytest.fixture
def at_once():
    """Calls something from several threads that begin together; what each returned or raised."""

    def at_once(call, times: int) -> list:
        barrier, outcomes = threading.Barrier(times), [None] * times

        def one(place: int) -> None:
            barrier.wait()
            try:
                outcomes[place] = call(place)
            except Exception as error:  # noqa: BLE001 - the test judges it
                outcomes[place] = error

        threads = [threading.Thread(target=one, args=(place,)) for place in range(times)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        return outcomes

    return at_once
