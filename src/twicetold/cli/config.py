"""twicetold config: the settings in force."""

from __future__ import annotations

import click

from twicetold.cli.console import print_json


@click.group("config")
def command() -> None:
    """Show the settings in force.

    \b
    Example:
      twicetold config show
    """


@command.command("show")
@click.option("--json", "as_json", is_flag=True, help="Print the settings as JSON.")
def show(*, as_json: bool) -> None:
    """Print each setting, its value, and where the value comes from.

    \b
    Examples:
      twicetold config show
      TWICETOLD_THREADS=1 twicetold config show
    """
    from twicetold.platform.settings import PREFIX, load, origin

    settings = load()
    rows = [
        {
            "setting": name,
            "value": _text(getattr(settings, name)),
            "from": origin(name, {}),
            "variable": PREFIX + name.upper(),
            "meaning": field.description or "",
        }
        for name, field in type(settings).model_fields.items()
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"{row['setting']:<10} {row['value'] or '(not set)':<26} from {row['from']:<20} {row['meaning']}")


def _text(value: object) -> str:
    if value is None:
        return ""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
