"""twicetold people: who may log in, and what they may do."""

from __future__ import annotations

from typing import Any

import click

from twicetold.cli.console import access_options, load_settings

_STORE = click.option("--store", metavar="URL", help="Which store; by default the bound database.")


@click.group("people")
def command() -> None:
    """Let people in who log in at 'twicetold serve', and take it back.

    A person is what the identity provider calls them, mostly their address of mail. What is said here counts more than
    what the provider's claims say.

    \b
    Example:
      twicetold people grant ann@example.gov --role reviewer --scope 4711
    """


@command.command("grant")
@click.argument("person")
@click.option(
    "--role", type=click.Choice(["reader", "reviewer", "operator", "admin"]), required=True, help="What they may do."
)
@access_options
@_STORE
def grant(*, person: str, role: str, profiles: tuple[str, ...], scopes: tuple[str, ...], **options: Any) -> None:
    """Let PERSON in; what they could do before is replaced, and they log in anew.

    A reader looks at results, a reviewer decides too, an operator asks for runs too, an admin reads the audit log too.

    \b
    Examples:
      twicetold people grant ann@example.gov --role reviewer
      twicetold people grant bob@example.gov --role reader --profile ttahub --scope 4711
    """
    from twicetold.service.granting import grant_person

    grant_person(load_settings(options), person, role, profiles or None, scopes or None)
    click.echo(f"{person} is let in as {role}.")


@command.command("revoke")
@click.argument("person")
@_STORE
def revoke(*, person: str, **options: Any) -> None:
    """Take back what PERSON was granted, and end their sessions, in every process.

    \b
    Example:
      twicetold people revoke ann@example.gov
    """
    from twicetold.service.granting import revoke_person

    revoke_person(load_settings(options), person)
    click.echo(f"{person} is no longer let in by name.")


@command.command("list")
@_STORE
def list_all(**options: Any) -> None:
    """List who was let in, by name, with role, profiles and scopes.

    \b
    Example:
      twicetold people list
    """
    from twicetold.service.granting import list_grants

    for person, role, profiles, scopes in list_grants(load_settings(options)):
        click.echo(f"{person}  {role}  profiles {profiles}  scopes {scopes}")
