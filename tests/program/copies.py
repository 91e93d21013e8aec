"""Copies of stores, so that each test has rows of its own and none of them waits for tables to be made."""

from __future__ import annotations

from contextlib import closing
from itertools import count
from typing import TYPE_CHECKING

import pytest

from program.running import Program
from program.stores import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from servers.postgres import Postgres

_numbers = count(1)


class Stores:
    """Makes stores.

    Args:
        server: Where those on PostgreSQL are.
        folder: Makes a folder for each of the others.
    """

    def __init__(self, server: Postgres, folder: Callable[[str], Path]) -> None:
        self._server, self._folder = server, folder
        self._upgraded: dict[str, Store] = {}

    def __call__(self, kind: str) -> Store:
        """A store on SQLite or PostgreSQL with tables and no rows in them."""
        if kind not in self._upgraded:
            empty = self._database("template1") if kind == "postgres" else self.file()
            Program(self._folder("upgrade"), TWICETOLD_STORE=empty.address)("db", "upgrade")
            self._upgraded[kind] = empty
        return self.copy(self._upgraded[kind])

    def file(self) -> Store:
        """The address of a file that is not there."""
        return Store(f"sqlite:///{self._folder('store')}/store.db")

    def copy(self, store: Store) -> Store:
        """Another store with the same rows."""
        if not store.is_file:
            return self._database(store.address.rpartition("/")[2])
        copied = self.file()
        with closing(store.connect()) as old, closing(copied.connect()) as new:
            old.backup(new)
        return copied

    def _database(self, like: str) -> Store:
        from psycopg import sql

        self._server.start()
        name = f"store_{next(_numbers)}"
        with self._server.connect() as connection:
            names = sql.Identifier(name), sql.Identifier(like)
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
        return Store(self._server.url(name))


@pytest.fixture(scope="session")
def stores(postgres, tmp_path_factory):
    """Makes stores: ``stores("sqlite")``, ``stores("postgres")``."""
    return Stores(postgres, tmp_path_factory.mktemp)
