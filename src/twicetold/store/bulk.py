"""Bulk: many rows at once, by COPY on PostgreSQL."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from twicetold.store.tables import Json, Moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_Item = TypeVar("_Item")
#: Rows, or values of a list, that travel together; SQLite takes 32,766 values in a statement.
AT_A_TIME = 1000
_POSTGRES_TYPES = {
    sa.Text: "text",
    sa.Double: "float8",
    sa.Integer: "int4",
    sa.LargeBinary: "bytea",
    Moment: "timestamptz",
}


def insert(connection: sa.Connection, table: sa.Table, rows: Iterable[dict[str, Any]]) -> None:
    """Inserts rows that have the same columns, within the connection's transaction."""
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return
    if connection.dialect.name == "postgresql":
        _copy(connection, table, [table.c[name] for name in first], _chain(first, rows))
        return
    for some in chunks(_chain(first, rows)):
        connection.execute(table.insert(), some)


def upsert(
    connection: sa.Connection, table: sa.Table, rows: Iterable[dict[str, Any]], *, replacing: Sequence[str] = ()
) -> None:
    """Inserts rows; of those whose key is there already, the columns ``replacing`` are replaced, if any."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    key = [column.name for column in table.primary_key]
    chosen = (
        statement.on_conflict_do_update(index_elements=key, set_={name: statement.excluded[name] for name in replacing})
        if replacing
        else statement.on_conflict_do_nothing()
    )
    for some in chunks(rows):
        connection.execute(chosen, some)


def chunks(items: Iterable[_Item], size: int = AT_A_TIME) -> Iterator[list[_Item]]:
    """The items, some at a time."""
    items = iter(items)
    while some := list(islice(items, size)):
        yield some


def storable(text: str) -> str:
    """A text as databases take it: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode()


def _chain(first: dict[str, Any], rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield first
    yield from rows


def _copy(
    connection: sa.Connection, table: sa.Table, columns: Sequence[sa.Column[Any]], rows: Iterator[dict[str, Any]]
) -> None:
    import psycopg  # noqa: PLC0415 - only with PostgreSQL

    names = ", ".join(f'"{column.name}"' for column in columns)
    makers = [(column.name, _json if column.type is Json else _as_it_is) for column in columns]
    kinds = ["jsonb" if column.type is Json else _POSTGRES_TYPES[type(column.type)] for column in columns]
    statement = f"COPY {table.fullname} ({names}) FROM STDIN (FORMAT BINARY)"
    cursor = connection.connection.cursor()
    try:
        with cursor.copy(statement) as copy:
            copy.set_types(kinds)
            for row in rows:
                copy.write_row([make(row[name]) for name, make in makers])
    except psycopg.Error as error:  # as SQLAlchemy raises those of its own statements
        raise sa.exc.DBAPIError.instance(
            statement, None, error, psycopg.Error, hide_parameters=True, dialect=connection.dialect
        ) from error


def _as_it_is(value: object) -> object:
    return value


def _json(value: object) -> object:
    from psycopg.types.json import Jsonb  # noqa: PLC0415 - only with PostgreSQL

    return None if value is None else Jsonb(value, dumps=_dumps)


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
