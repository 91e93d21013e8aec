"""The rows of a query to PostgreSQL: one snapshot, read in blocks, without a chance to change anything."""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from twicetold.errors import (
    DependencyUnavailable,
    FormatNotRecognised,
    InputEmpty,
    SettingInvalid,
    TwicetoldError,
    UsageError,
)
from twicetold.findings import Finding, Severity
from twicetold.platform.services import redact
from twicetold.sources.postgres_values import FORMS, as_text, learn_arrays, read_as_text
from twicetold.sources.table import BLOCK, Table, share, tidy_header

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twicetold.platform.services import Database, Secret

#: Seconds until a server must have accepted a connection; ``connect_timeout`` in the URL says otherwise.
CONNECT_TIMEOUT = 10
_SCHEME = "postgresql+psycopg://"
_CURSOR = "twicetold"
_DECLARE = f'DECLARE "{_CURSOR}" NO SCROLL CURSOR FOR '
_MODULUS = 2**256
_ABOUT_QUERY = ("42", "0A", "26", "34")  # classes of errors: the query is wrong, not allowed, or not supported
_REMEDY = "Give one SELECT; where there are parameters, write %% for a percent sign."
_NO_PARAMETERS: dict[str, object] = {}


@dataclass(frozen=True, slots=True)
class _Request:
    """What is asked for, see :func:`read_query`."""

    query: str
    parameters: Mapping[str, object]
    limit: int | None
    statement_timeout: float
    name: str


def read_query(
    database: Database,
    query: str,
    parameters: Mapping[str, object] = _NO_PARAMETERS,
    *,
    limit: int | None = None,
    statement_timeout: float = 60,
    replica: bool = True,
    name: str = "query",
) -> Table:
    """Reads the rows of one SELECT in a read-only transaction that sees one moment of the database.

    Values become texts: NULL and not-a-number "", dates and times ISO 8601 in UTC, booleans ``true`` and
    ``false``, arrays JSON; everything else is as PostgreSQL writes it. Works through PgBouncer in transaction
    mode.

    Args:
        database: Where; TLS is as its URL says.
        query: One SELECT. Where there are parameters, ``%(name)s`` stands for one and ``%%`` for a percent sign.
        parameters: Values by name.
        limit: Read no more rows than this.
        statement_timeout: Seconds that the server may work before it gives the first or next rows; above 0.
        replica: Whether to ask the replica where the database has one; the primary is asked if that fails.
        name: What stands for a file where rows are named.

    Returns:
        The rows; the fingerprint is that of the set of rows, whatever their order.

    Raises:
        UsageError: The database does not accept the query, or it would write.
        DependencyUnavailable: The database cannot be reached, the connection is lost, or it takes too long.
        FormatNotRecognised: A value is not in the database's encoding.
        InputEmpty: There is no row.
    """
    request = _Request(query, parameters, limit, statement_timeout, name)
    try:
        if replica and database.replica is not None:
            return _read_replica(database, database.replica, request)
        return _read(database, database.url, request)
    except psycopg.Error as error:
        raise _translated(error, database, request) from None


def _read_replica(database: Database, replica: Secret, request: _Request) -> Table:
    """From the replica; from the primary where the replica is away, not where the query is wrong or takes too long."""
    try:
        return _read(database, replica, request)
    except errors.QueryCanceled:
        raise
    except psycopg.OperationalError:
        table = _read(database, database.url, request)
    message = f"The replica of {database.name} cannot be used; the primary was read instead."
    finding = Finding(Severity.WARNING, "replica-unavailable", message)
    return replace(table, findings=(finding, *table.findings))


def _read(database: Database, url: Secret, request: _Request) -> Table:
    with closing(psycopg.connect(**_connection_parameters(database, url))) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        _prepare(connection, request.statement_timeout)
        try:
            with _cursor(connection, request) as cursor:
                return _fetched(cursor, request)
        except UnicodeEncodeError as error:
            raise UsageError(f"{request.name}: the query or a parameter is no text: {error.reason}.") from None
        finally:
            if not connection.broken:
                connection.rollback()


def _connection_parameters(database: Database, url: Secret) -> dict[str, Any]:
    if not url.reveal().startswith(_SCHEME):
        raise UsageError(f"The service {database.name!r} ({database.origin}) is no PostgreSQL.")
    try:
        given = conninfo_to_dict(url.reveal().replace("+psycopg", "", 1))
    except psycopg.Error:  # which quotes what it does not understand, maybe the password
        raise SettingInvalid(f"The URL of the service {database.name!r} ({database.origin}) cannot be used.") from None
    own = {"application_name": "twicetold", "client_encoding": "UTF8", "prepare_threshold": None}
    return {"connect_timeout": CONNECT_TIMEOUT, **given, **own}


def _prepare(connection: psycopg.Connection[Any], statement_timeout: float) -> None:
    """Settings for the transaction only: behind PgBouncer, the next client gets the same connection."""
    settings = {"statement_timeout": f"{max(1, round(statement_timeout * 1000))}ms", **FORMS}
    calls = ", ".join(["set_config(%s, %s, true)"] * len(settings))
    connection.execute(f"SELECT {calls}", [part for setting in settings.items() for part in setting])
    read_as_text(connection)


def _cursor(connection: psycopg.Connection[Any], request: _Request) -> psycopg.ServerCursor[Any]:
    """A cursor of which all types are known; what is learnt about types holds for the cursors made after it."""
    for _ in range(2):
        cursor = connection.cursor(_CURSOR, scrollable=False)
        try:
            cursor.execute(request.query.encode(), dict(request.parameters) or None)
            kinds = [column.type_code for column in cursor.description or ()]
            if not learn_arrays(connection, kinds):
                return cursor
        except BaseException:
            cursor.close()
            raise
        cursor.close()
    return cursor


def _fetched(cursor: psycopg.ServerCursor[Any], request: _Request) -> Table:
    described = cursor.description or []
    names, repeated, findings = tidy_header(column.name for column in described)
    if not names:
        raise UsageError(f"{request.name} selects no column.", remedy="Name the columns to read.")
    readers = [as_text(column.type_code, cursor.connection.adapters.types) for column in described]
    columns: dict[str, list[str]] = {name: [] for name in names}
    rows, digest = 0, 0
    while block := cursor.fetchmany(_next(request.limit, rows)):
        texts = [
            share(["" if value is None else reader(value) for value in values])
            for reader, values in zip(readers, zip(*block, strict=True), strict=True)
        ]
        for column, values in zip(columns.values(), texts, strict=True):
            column.extend(values)
        digest += _sum_of_digests(zip(*texts, strict=True))
        rows += len(block)
        if rows == request.limit:
            findings += _about_limit(rows) if cursor.fetchone() else []
            break
    if not rows:
        raise InputEmpty(f"{request.name} gives no row.", remedy="Check the query and its parameters.")
    return Table(
        columns,
        lines=range(1, rows + 1),
        files=[request.name] * rows,
        findings=tuple(findings),
        repeated=repeated,
        name=request.name,
        fingerprint=hashlib.sha256(json.dumps([names, rows, digest % _MODULUS]).encode()).hexdigest(),
    )


def _next(limit: int | None, rows: int) -> int:
    return BLOCK if limit is None else min(BLOCK, limit - rows)


def _sum_of_digests(rows: Iterable[Sequence[str]]) -> int:
    """A number that does not depend on the order of the rows, which a query without ORDER BY leaves open."""
    return sum(int.from_bytes(hashlib.sha256(json.dumps(row).encode()).digest()) for row in rows)


def _about_limit(rows: int) -> list[Finding]:
    return [Finding(Severity.WARNING, "rows-limited", f"The query has more rows; the first {rows} were read.", rows)]


def _translated(error: psycopg.Error, database: Database, request: _Request) -> TwicetoldError:
    """One of ours for an error of the driver's.

    The server's message is shown where it is about the query; elsewhere it may quote data, and its code must do.
    """
    where = f"PostgreSQL at {database.place} ({database.name})"
    kind = f"{type(error).__name__}, {error.sqlstate}" if error.sqlstate else type(error).__name__
    if isinstance(error, errors.QueryCanceled):
        return DependencyUnavailable(
            f"{where} did not answer {request.name} within {request.statement_timeout:g} s ({kind}).",
            remedy="Allow it more time, let the query read less, or give it an index.",
        )
    if isinstance(error, errors.CharacterNotInRepertoire | errors.UntranslatableCharacter):
        return FormatNotRecognised(
            f"{where}: a value that {request.name} reads is no text in the database's encoding ({kind}).",
            remedy="Convert the column in the query, for instance with convert_from(column::bytea, 'LATIN1').",
        )
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return UsageError(f"{request.name} would write, and is only allowed to read ({kind}).", remedy=_REMEDY)
    if isinstance(error, psycopg.OperationalError):
        cause = "" if error.sqlstate else f": {redact(_first_line(error), database)}"
        return DependencyUnavailable(f"{where} cannot be reached, or the connection is lost ({kind}){cause}")
    is_about_query = error.sqlstate is None or error.sqlstate.startswith(_ABOUT_QUERY)
    said = f": {redact(_first_line(error), database)}" if is_about_query else ""
    return UsageError(
        f"{where} does not accept {request.name}{_position(error, request)} ({kind}){said}", remedy=_REMEDY
    )


def _first_line(error: psycopg.Error) -> str:
    return error.diag.message_primary or str(error).partition("\n")[0]


def _position(error: psycopg.Error, request: _Request) -> str:
    """Where in the query it is wrong; the columns are those of the query as it was sent."""
    if not error.diag.statement_position:
        return ""
    before = int(error.diag.statement_position) - 1 - len(_DECLARE)
    lines = request.query[: max(before, 0)].split("\n")
    column = "" if request.parameters else f", column {len(lines[-1]) + 1}"
    return f", line {len(lines)}{column}"
