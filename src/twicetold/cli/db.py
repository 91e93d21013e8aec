"""twicetold db: the tables of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from twicetold.cli.console import counted, load_settings, print_json

if TYPE_CHECKING:
    from datetime import datetime

_STORE = click.option("--store", metavar="URL", help="Which store; by default the bound database.")


@click.group("db")
def command() -> None:
    """Make, upgrade and look at the tables of the store.

    \b
    Examples:
      twicetold db upgrade
      twicetold db status
    """


@command.command("upgrade")
@_STORE
def upgrade(**options: Any) -> None:
    """Bring the tables to what this program needs; several callers wait for each other.

    \b
    Examples:
      twicetold db upgrade
      twicetold db upgrade --store sqlite:///results.db
    """
    from twicetold.runs.operations import upgrade_store

    before, now = upgrade_store(load_settings(options))
    if before == now:
        click.echo(f"The store stands at revision {now}; there was nothing to do.")
    else:
        click.echo(f"The store was brought from revision {before or 'nothing'} to {now}.")


@command.command("status")
@_STORE
@click.option("--json", "as_json", is_flag=True, help="Print the status as JSON.")
def status(*, as_json: bool, **options: Any) -> None:
    """Show the revision of the tables; exit 2 if this program cannot work with them.

    \b
    Example:
      twicetold db status
    """
    from twicetold.runs.operations import store_status

    row, problem = store_status(load_settings(options))
    if as_json:
        print_json(row)
    else:
        for name, value in row.items():
            click.echo(f"{name:<13} {value if value != '' else '(none)'}")
    if problem is not None:
        raise problem


@command.command("prune")
@_STORE
@click.option("--model", metavar="DIR", help="Model folder; by default the shipped one.")
@click.option(
    "--before",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Forget runs that had ended, and records that had left their source, before this day (UTC), too.",
)
def prune(*, before: datetime | None, **options: Any) -> None:
    """Forget what nothing needs any more: the vectors of other models than the one in use, and old runs and records.

    What is in force, decisions, and the feed of changes are kept.

    \b
    Examples:
      twicetold db prune
      twicetold db prune --before 2026-01-01
    """
    from twicetold.runs.operations import prune_store

    pruned = prune_store(load_settings(options), before)
    click.echo(", ".join(counted(count, kind) for kind, count in pruned.items()) + " forgotten")


@command.command("roles")
@click.option("--writer", metavar="ROLE", required=True, help="The role that runs and publishes.")
@click.option("--reader", metavar="ROLE", help="The role that reads the goals of a TTA Hub.")
def roles(*, writer: str, reader: str | None) -> None:
    """Print the SQL that gives two roles of PostgreSQL no more rights than they need.

    \b
    Example:
      twicetold db roles --reader twicetold_reader --writer twicetold_writer > roles.sql
    """
    from twicetold.sources.ttahub import reader_sql
    from twicetold.store.roles import writer_sql

    click.echo(writer_sql(writer))
    if reader is not None:
        click.echo(reader_sql(reader))
