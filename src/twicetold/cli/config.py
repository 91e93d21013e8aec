"""twicetold config: the settings in force, and the services that are bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from twicetold.cli.console import plain, print_json

if TYPE_CHECKING:
    from twicetold.platform.settings import Settings


@click.group("config")
def command() -> None:
    """Show the settings in force and the services that are bound.

    \b
    Example:
      twicetold config show
    """


@command.command("show")
@click.option("--json", "as_json", is_flag=True, help="Print settings and services as JSON.")
def show(*, as_json: bool) -> None:
    """Print each setting, its value and where it comes from, then the bound services; never a user or a password.

    \b
    Examples:
      twicetold config show
      TWICETOLD_THREADS=1 twicetold config show
    """
    from twicetold.platform import services
    from twicetold.platform.settings import load

    settings = _settings(load())
    bound = services.bound()
    if as_json:
        print_json({"settings": settings, "services": bound})
        return
    for row in settings:
        click.echo(f"{row['setting']:<11} {row['value'] or '(not set)':<26} from {row['from']:<20} {row['meaning']}")
    click.echo("\nservices" if bound else "\nservices   (none bound)")
    for row in bound:
        where = row["place"] or (f"cannot be used: {row['problem']}" if row["problem"] else "")
        click.echo(
            f"  {plain(row['service']):<24} {row['kind']:<9} {plain(where):<40} from {plain(row['from'])}".rstrip()
        )


def _settings(chosen: Settings) -> list[dict[str, str]]:
    from twicetold.platform.settings import PREFIX, origin

    return [
        {
            "setting": name,
            "value": _text(chosen, name),
            "from": origin(name, {}),
            "variable": PREFIX + name.upper(),
            "meaning": field.description or "",
        }
        for name, field in type(chosen).model_fields.items()
    ]


def _text(chosen: Settings, name: str) -> str:
    value = getattr(chosen, name)
    if value is None:
        return ""
    if name == "store":
        from twicetold.platform import services

        return services.store(chosen).place
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
