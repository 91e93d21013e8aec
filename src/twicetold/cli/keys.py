"""twicetold keys: keys for the service."""

from __future__ import annotations

import click

from twicetold.cli.console import access_options


@click.group("keys")
def command() -> None:
    """Make keys for 'twicetold serve'.

    \b
    Example:
      twicetold keys new frontend --may read,decide --profile ttahub
    """


@command.command("new")
@click.argument("name")
@click.option("--may", default="read", show_default=True, help="Actions: read, decide, run, separated by commas.")
@access_options
@click.option("--days", type=click.IntRange(1, 3650), default=90, show_default=True, help="For how long it is valid.")
def new(name: str, may: str, profiles: tuple[str, ...], scopes: tuple[str, ...], days: int) -> None:
    """Make a key for NAME: print it, once, and the entry by which the service knows it.

    The entry holds no secret: it is a credential of the service twicetold-keys, under the key's name. To replace a
    key, add the new entry under another name, restart the service, hand out the new key, and take the old entry away.

    \b
    Examples:
      twicetold keys new frontend --may read,decide --profile ttahub
      twicetold keys new grantee-4711 --scope 4711 --days 30
    """
    from twicetold.service.keys import SERVICE, new_key

    actions = [action.strip() for action in may.split(",")]
    key, entry = new_key(name, may=actions, profiles=profiles or None, scopes=scopes or None, days=days)
    click.echo(f"key    {key}")
    click.echo(f"entry  {entry}")
    told = f'In twicetold.toml:  [services.{SERVICE}] with the line  {name} = "{entry}"'
    click.echo(f"{told}\nThe key is shown this once only; only its SHA-256 is in the entry.", err=True)
