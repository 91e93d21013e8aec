"""twicetold run: a durable run of a profile."""

from __future__ import annotations

from typing import Any

import click

from twicetold.cli.console import load_settings


@click.command("run")
@click.option("--profile", "profile_name", metavar="NAME", help="Name or path of a profile; see 'twicetold profile'.")
@click.option("--scope", "scopes", metavar="SCOPE", multiple=True, help="Only this scope; may be given several times.")
@click.option("--requests", "is_requested", is_flag=True, help="Do what the table of requests asks for.")
@click.option("--deadline", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", help="End by then: 540.")
@click.option("--traceparent", metavar="ID", help="The caller's trace (W3C), to which the run's is added.")
@click.option("--memory", metavar="SIZE", help="Memory that may be used, such as 512M.")
@click.option("--threads", metavar="N", help="Texts encoded at a time.")
@click.option("--store", metavar="URL", help="Where results are kept; by default the bound database.")
def command(
    *,
    profile_name: str | None,
    scopes: tuple[str, ...],
    is_requested: bool,
    deadline: float | None,
    traceparent: str | None,
    **options: Any,
) -> None:
    """Run a profile: read its source, find the duplicates, publish; what was interrupted goes on.

    Says what it does in lines of JSON; the last one, run.summary, says what became of the run.

    \b
    Examples:
      twicetold run --profile ttahub
      twicetold run --profile ttahub --scope 4711 --scope 4712
      twicetold run --requests --deadline 300
    """
    settings = load_settings(options)
    from twicetold.runs.execute import execute, leave
    from twicetold.runs.profile import load_profile
    from twicetold.runs.requested import requested_profiles

    if not profile_name and not is_requested:
        raise click.UsageError("Name a profile with --profile, or give --requests.")
    if scopes and is_requested:
        raise click.UsageError("--requests does what the requests name; it takes no --scope.")
    names = [profile_name] if profile_name else requested_profiles(settings)
    status = 0
    for name in names:
        outcome = execute(
            load_profile(name),
            settings,
            scopes=sorted(scopes) or None,
            deadline=deadline,
            is_requested=is_requested,
            traceparent=traceparent,
        )
        leave(outcome)
        status = status or outcome.exit_status
    if not names:
        click.echo("No request waits.", err=True)
    raise click.exceptions.Exit(status)
