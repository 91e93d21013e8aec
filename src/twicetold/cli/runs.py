"""twicetold runs: what was executed, and what waits."""

from __future__ import annotations

from typing import Any

import click

from twicetold.cli.console import counted, load_settings, print_json

_STORE = click.option("--store", metavar="URL", help="Which store; by default the bound database.")
_PROFILE = click.option("--profile", metavar="PATH", help="The run's profile, where its name does not lead to it.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("runs")
def command() -> None:
    """List runs, look at them, go on with them, give them up, release what was held back.

    \b
    Examples:
      twicetold runs list
      twicetold runs show r20261122T193000-1a2b3c
    """


@command.command("list")
@click.option("--profile", metavar="NAME", help="Only runs of this profile.")
@click.option("--limit", type=click.IntRange(min=1), default=20, help="How many, the latest first.")
@_STORE
@_JSON
def list_runs(*, profile: str | None, limit: int, as_json: bool, **options: Any) -> None:
    """List the latest runs.

    \b
    Example:
      twicetold runs list --profile ttahub
    """
    from twicetold.runs.operations import list_rows

    rows = list_rows(load_settings(options), profile=profile, limit=limit)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        groups = counted(row["counts"].get("groups", 0), "group") if row["counts"] else ""
        click.echo(f"{row['id']}  {row['profile']:<12} {row['state']:<11} {row['started_at']}  {groups}")
    if not rows:
        click.echo("No run yet.", err=True)


@command.command("show")
@click.argument("run_id")
@_STORE
@_JSON
def show(run_id: str, *, as_json: bool, **options: Any) -> None:
    """Show a run: what it read, what it found, how it ended.

    \b
    Example:
      twicetold runs show r20261122T193000-1a2b3c
    """
    from twicetold.runs.operations import show_row

    row = show_row(load_settings(options), run_id)
    if as_json:
        print_json(row)
        return
    for name, value in row.items():
        if name not in ("findings", "summary", "counts"):
            click.echo(f"{name:<15} {value if value not in (None, '') else '-'}")
    for name, value in (row["counts"] or {}).items():
        if isinstance(value, int):
            click.echo(f"  {name:<20} {value:,}")
    for gate in (row["summary"] or {}).get("gates", ()):
        verdict = "passed" if gate["passed"] else "NOT PASSED"
        click.echo(f"gate {gate['gate']}: {gate['measured']}, bound {gate['bound']}: {verdict}")
    for finding in row["findings"]:
        click.echo(f"{finding['severity']}: {finding['message']}")


@command.command("resume")
@click.argument("run_id")
@_PROFILE
@_STORE
def resume(run_id: str, *, profile: str | None, **options: Any) -> None:
    """Go on with a run that was interrupted, as the next 'twicetold run' of its profile would.

    \b
    Example:
      twicetold runs resume r20261122T193000-1a2b3c
    """
    _execute(run_id, profile, options, is_release=False)


@command.command("publish")
@click.argument("run_id")
@_PROFILE
@_STORE
def publish(run_id: str, *, profile: str | None, **options: Any) -> None:
    """Publish the results of a run that a quality gate kept aside.

    \b
    Example:
      twicetold runs publish r20261122T193000-1a2b3c
    """
    _execute(run_id, profile, options, is_release=True)


@command.command("cancel")
@click.argument("run_id")
@_STORE
def cancel(run_id: str, **options: Any) -> None:
    """Give up a run that is at work, was interrupted or held back; what is published stays.

    One at work notices within seconds, and ends with the exit status 143.

    \b
    Example:
      twicetold runs cancel r20261122T193000-1a2b3c
    """
    from twicetold.runs.operations import cancel_run

    cancel_run(load_settings(options), run_id)
    click.echo(f"The run {run_id} was given up.")


@command.command("changes")
@click.option("--profile", metavar="NAME", required=True, help="Whose groups.")
@click.option("--after", type=click.IntRange(min=0), default=0, help="Only changes after this number.")
@_STORE
def changes(*, profile: str, after: int, **options: Any) -> None:
    """Print what changed in the groups as JSON Lines, oldest first; 'id' numbers the changes.

    \b
    Example:
      twicetold runs changes --profile ttahub --after 1200
    """
    import json

    from twicetold.runs.operations import change_rows

    for row in change_rows(load_settings(options), profile, after):
        click.echo(json.dumps(row, ensure_ascii=False))


def _execute(run_id: str, profile: str | None, options: dict[str, Any], *, is_release: bool) -> None:
    settings = load_settings(options)
    from twicetold.runs.execute import execute, leave
    from twicetold.runs.operations import require_state
    from twicetold.runs.profile import load_profile

    row = require_state(settings, run_id, "held" if is_release else "working")
    release, resume = (run_id, None) if is_release else (None, run_id)
    asked = load_profile(profile or row["profile"])
    outcome = execute(asked, settings, scopes=row["scopes"], release=release, resume=resume)
    leave(outcome)
    raise click.exceptions.Exit(outcome.exit_status)
