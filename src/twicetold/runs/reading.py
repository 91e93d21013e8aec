"""Reading: the records of a profile's source."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from twicetold.errors import ColumnNotFound
from twicetold.platform import services
from twicetold.runs.profile import FilesSource, HubSource, PostgresSource
from twicetold.sources.columns import choose_columns, list_columns
from twicetold.sources.files import read_records
from twicetold.sources.input import to_records
from twicetold.text.reading import is_placeholder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from twicetold.runs.profile import Profile
    from twicetold.sources.input import Input
    from twicetold.sources.table import Table


def read_source(profile: Profile, *, limit: int | None = None) -> Input:
    """The records that a profile's source has now.

    Args:
        profile: Says where they are, and which columns make a record.
        limit: Read only so many, for a look at them; a database is asked for no more.

    Raises:
        TwicetoldError: It cannot be reached, or what it has breaks its contract.
        ColumnNotFound: A rule of the profile looks at a column that the source does not have.
    """
    source = profile.source
    if isinstance(source, PostgresSource | HubSource):
        found = _from_table(profile, _query(source, limit))
    else:
        found = _from_files(
            profile, source.files if isinstance(source, FilesSource) else (source.address,), source.where
        )
    _require_columns_of_rules(profile, found)
    if limit is not None and len(found.records) > limit:
        return replace(found, records=found.records.take(range(limit)))
    return found


def _from_files(profile: Profile, places: Sequence[str | Path], where: str | None) -> Input:
    return read_records(
        *places,
        id_column=profile.columns.id,
        text_column=profile.columns.text,
        scope_column=profile.columns.scope,
        where=where,
        skip=is_placeholder,
    )


def _query(source: PostgresSource | HubSource, limit: int | None) -> Table:
    database = services.database(source.service)
    if isinstance(source, HubSource):
        from twicetold.sources.ttahub import read_goals  # noqa: PLC0415 - few read the Hub

        return read_goals(
            database,
            source.rules_on,
            templates=source.templates,
            limit=limit,
            statement_timeout=source.statement_timeout,
            replica=source.replica,
        )
    from twicetold.sources.postgres import read_query  # noqa: PLC0415 - not with files

    return read_query(
        database,
        source.query,
        limit=limit,
        statement_timeout=source.statement_timeout,
        replica=source.replica,
        name="the query",
    )


def _from_table(profile: Profile, table: Table) -> Input:
    columns = choose_columns(
        list(table.columns),
        id_column=profile.columns.id,
        text_column=profile.columns.text,
        scope_column=profile.columns.scope,
        repeated=table.repeated,
        source=table.name,
    )
    return to_records(table, columns, is_placeholder)


def _require_columns_of_rules(profile: Profile, found: Input) -> None:
    """A rule without its column would keep nothing apart, and nobody would know."""
    for rule in profile.separations:
        if rule.column not in found.records.attributes:
            listed = list_columns(list(found.records.attributes))
            raise ColumnNotFound(
                f"{profile.path}: the rule {rule.name!r} looks at the column {rule.column!r}, which is no attribute of"
                f" the source. {listed}",
                remedy="Name one of the columns listed above; those of id, text and scope cannot separate.",
            )
