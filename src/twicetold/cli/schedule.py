"""twicetold schedule: runs by the clock, in a process that stays."""

from __future__ import annotations

from typing import Any

import click

from twicetold.cli.console import load_settings


@click.command("schedule")
@click.option("--profile", "profiles", metavar="NAME", multiple=True, help="A profile with a [schedule].")
@click.option("--requests", is_flag=True, help="Also do what the table of requests asks for, every ten seconds.")
@click.option("--store", metavar="URL", help="Which store; by default the bound database.")
def command(*, profiles: tuple[str, ...], requests: bool, **options: Any) -> None:
    """Stay, and start the runs of profiles when their [schedule] says so; for an app rather than a task.

    Several such processes over one store start each run once. What a run says goes to standard output.

    \b
    Examples:
      twicetold schedule --profile ttahub
      twicetold schedule --requests
    """
    if not profiles and not requests:
        raise click.UsageError("Name a profile with --profile, or give --requests.")
    settings = load_settings(options)
    from twicetold.runs.scheduler import stay

    raise click.exceptions.Exit(stay(settings, profiles, requests=requests))
