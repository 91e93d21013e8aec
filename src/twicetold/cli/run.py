"""twicetold run: a durable run of a profile."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from twicetold.cli.console import load_settings
from twicetold.errors import BudgetExceeded, TwicetoldError

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
    from twicetold.runs.execute import heed_signals, refuse

    stop = heed_signals()
    asked: dict[str, Any] = {
        "scopes": sorted(scopes) or None,
        "deadline": deadline,
        "traceparent": traceparent,
        "stop": stop,
    }
    try:
        settings = load_settings(options)
        if profile_name:
            status = _run(profile_name, settings, is_requested=is_requested, **asked)
        else:
            status = _run_requests(settings, asked)
    except TwicetoldError as error:
        refuse(profile_name or "", error)
        raise
    raise click.exceptions.Exit(status)


def _run(name: str, settings: Settings, *, within: float | None = None, **asked: Any) -> int:
    """Runs a profile; the process ends here if it is to end at once.

    Args:
        name: Of the profile.
        settings: Of the program.
        within: Seconds that are left for it; None where only its own deadline counts.
        asked: What else :func:`execute` takes.
    """
    from twicetold.runs.execute import DEADLINE, execute, leave
    from twicetold.runs.profile import load_profile

    profile = load_profile(name)
    if within is not None:
        asked["deadline"] = min(within, asked["deadline"] or profile.limits.deadline or DEADLINE)
    outcome = execute(profile, settings, **asked)
    leave(outcome)
    return outcome.exit_status


def _run_requests(settings: Settings, asked: dict[str, Any]) -> int:
    """Does what is asked of one profile after the other, all within one deadline."""
    from twicetold.runs.execute import DEADLINE
    from twicetold.runs.requested import requested_profiles

    until = time.monotonic() + (asked["deadline"] or DEADLINE)
    statuses: dict[str, int] = {}
    while names := [name for name in requested_profiles(settings) if not statuses.get(name)]:
        for name in names:
            if (left := until - time.monotonic()) <= 0:
                message = f"the deadline was reached before anything was done for the profile {name!r}"
                raise BudgetExceeded(message, remedy="Run again: the requests wait.")
            statuses[name] = _run_requested(name, settings, left, asked)
    if not statuses:
        click.echo("No request waits.", err=True)
    return next(filter(None, statuses.values()), 0)


def _run_requested(name: str, settings: Settings, left: float, asked: dict[str, Any]) -> int:
    """Does what is asked of a profile; if it cannot be read, the requests are answered, and the others do not wait."""
    from twicetold.runs.execute import refuse
    from twicetold.runs.requested import refuse_requests, require_known

    try:
        require_known(name)
        return _run(name, settings, within=left, is_requested=True, **asked)
    except TwicetoldError as error:
        refuse_requests(settings, name, error.exit_status)
        refuse(name, error)
        click.echo(f"Error {error.code}: {error.message}", err=True)
        return error.exit_status
