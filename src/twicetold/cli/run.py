"""twicetold run: a durable run of a profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from twicetold.cli.console import load_settings
from twicetold.errors import TwicetoldError

if TYPE_CHECKING:
    from twicetold.platform.settings import Settings


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
    if not profile_name and not is_requested:
        raise click.UsageError("Name a profile with --profile, or give --requests.")
    if scopes and is_requested:
        raise click.UsageError("--requests does what the requests name; it takes no --scope.")
    settings = load_settings(options)
    from twicetold.runs.requested import requested_profiles

    asked = {"scopes": sorted(scopes) or None, "deadline": deadline, "traceparent": traceparent}
    if profile_name:
        raise click.exceptions.Exit(_run(profile_name, settings, is_requested=is_requested, **asked))
    statuses: dict[str, int] = {}
    while names := [name for name in requested_profiles(settings) if not statuses.get(name)]:
        statuses |= {name: _run_requested(name, settings, asked) for name in names}
    if not statuses:
        click.echo("No request waits.", err=True)
    raise click.exceptions.Exit(next(filter(None, statuses.values()), 0))


def _run(name: str, settings: Settings, **asked: Any) -> int:
    """Runs a profile; the process ends here if it is to end at once."""
    from twicetold.runs.execute import execute, leave
    from twicetold.runs.profile import load_profile

    outcome = execute(load_profile(name), settings, **asked)
    leave(outcome)
    return outcome.exit_status


def _run_requested(name: str, settings: Settings, asked: dict[str, Any]) -> int:
    """Does what is asked of a profile; if it cannot be read, the requests are answered, and the others do not wait."""
    from twicetold.runs.requested import refuse_requests, require_known

    try:
        require_known(name)
        return _run(name, settings, is_requested=True, **asked)
    except TwicetoldError as error:
        refuse_requests(settings, name, error.exit_status)
        click.echo(f"Error {error.code}: {error.message}", err=True)
        return error.exit_status
