"""twicetold cf: runs as tasks of Cloud Foundry."""

from __future__ import annotations

import math
import time
import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from twicetold.cli.console import load_settings, plain, print_findings, print_json
from twicetold.errors import DependencyUnavailable, RunNotFound, SettingInvalid, TwicetoldError
from twicetold.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twicetold.platform.cloudfoundry.client import Client
    from twicetold.platform.cloudfoundry.endings import Ending
    from twicetold.platform.cloudfoundry.exchange import Pace
    from twicetold.platform.cloudfoundry.follow import Output
    from twicetold.platform.cloudfoundry.logs import Line
    from twicetold.platform.cloudfoundry.tasks import App, Order, Task

#: Seconds for a task, and how many more than its own deadline it gets at least.
TIMEOUT, MARGIN = 900.0, 300.0
#: How patient the client is; None for its own patience.
PACE: Pace | None = None

_APP = click.option("--app", "app_name", metavar="NAME", required=True, help="The app whose image has this program.")
_KEY = click.option("--key", metavar="KEY", help="The key of the task; without one, the latest that was started.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_SECONDS = click.FloatRange(min=0, min_open=True)


@click.group("cf")
def command() -> None:
    """Start runs as tasks of an app on Cloud Foundry, follow, look at and stop them.

    Reads the address, the account, the organization and the space from TWICETOLD_CF_API, TWICETOLD_CF_USERNAME,
    TWICETOLD_CF_PASSWORD, TWICETOLD_CF_ORG and TWICETOLD_CF_SPACE, or the same without TWICETOLD_.

    \b
    Example:
      twicetold cf run --app twicetold --profile ttahub --key nightly-2026-11-22
    """


@command.command("run")
@_APP
@click.option("--profile", metavar="NAME", help="The profile to run.")
@click.option("--scope", "scopes", metavar="SCOPE", multiple=True, help="Only this scope; may be given several times.")
@click.option("--deadline", type=_SECONDS, metavar="SECONDS", help="The run's own end; see 'twicetold run'.")
@click.option("--memory", "task_memory", metavar="SIZE", help="Memory of the task, such as 512M; else its process's.")
@click.option("--disk", "task_disk", metavar="SIZE", help="Disk of the task, such as 1G; else its process's.")
@click.option("--timeout", type=_SECONDS, metavar="SECONDS", help="Stop it then: 900, or 300 after --deadline.")
@click.option("--key", metavar="KEY", help="A task with this key is followed if there is one, and else started.")
@click.option("--wait/--no-wait", default=True, help="Follow it to its end, or only start it.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, and what the task prints on stderr.")
@click.argument("words", metavar="[COMMAND]...", nargs=-1)
def run(
    app_name: str,
    words: tuple[str, ...],
    *,
    profile: str | None,
    scopes: tuple[str, ...],
    deadline: float | None,
    task_memory: str | None,
    task_disk: str | None,
    timeout: float | None,
    key: str | None,
    wait: bool,
    as_json: bool,
) -> None:
    """Start a run as a task and follow it to its end, whose exit status is this command's.

    Instead of --profile, another command of this program can be named. Ctrl-C stops the task too, if this command
    started it.

    \b
    Examples:
      twicetold cf run --app twicetold --profile ttahub --memory 512M
      twicetold cf run --app twicetold --profile ttahub --scope 4711 --deadline 300 --json
      twicetold cf run --app twicetold --timeout 120 -- doctor --json
    """
    from twicetold.platform.cloudfoundry.tasks import order

    told = _command(profile, scopes, deadline, words)
    asked = order(told, key or _new_key(), memory=_bytes("memory", task_memory), disk=_bytes("disk", task_disk))
    client = _client()
    app = client.app(app_name)
    process = client.process(app)
    findings = [] if process or (asked.memory and asked.disk) else [_defaults(app)]
    print_findings(findings)
    with _stopped_too(client, app, asked):
        task = _start(client, app, asked, process)
        if not wait:
            _result(app, task, None, None, findings, as_json=as_json)
            return
        limit = timeout or max(TIMEOUT, (deadline or 0) + MARGIN)
        task, end, output = _follow(client, app, task, limit, to_stderr=as_json)
    findings += _missed(output)
    print_findings(_missed(output))
    _result(app, task, end, output, findings, as_json=as_json)
    raise click.exceptions.Exit(end.exit_status)


@command.command("status")
@_APP
@_KEY
@_JSON
def status(*, app_name: str, key: str | None, as_json: bool) -> None:
    """Show a task: its state, and what its end means.

    \b
    Example:
      twicetold cf status --app twicetold --key nightly-2026-11-22
    """
    from twicetold.platform.cloudfoundry.endings import ending

    client = _client()
    app = client.app(app_name)
    task = _found(client, app, key)
    _result(app, task, ending(task) if task.is_over else None, None, [], as_json=as_json)


@command.command("logs")
@_APP
@_KEY
@click.option("--follow", "-f", "is_followed", is_flag=True, help="Until the task ends.")
def logs(*, app_name: str, key: str | None, is_followed: bool) -> None:
    """Print what a task has printed, as far as the platform still has it.

    \b
    Example:
      twicetold cf logs --app twicetold --follow
    """
    from twicetold.platform.cloudfoundry.follow import watch

    client = _client()
    app = client.app(app_name)
    task = _found(client, app, key)
    output = _output(client, app, task, to_stderr=False)
    if is_followed:
        watch(client, output, math.inf, lambda _: None)
        output.drain()
    else:
        output.pass_on()
    print_findings(_missed(output))


@command.command("cancel")
@_APP
@_KEY
def cancel(*, app_name: str, key: str | None) -> None:
    """Tell a task to stop, and wait until it has; what the run has done so far is kept.

    \b
    Example:
      twicetold cf cancel --app twicetold --key nightly-2026-11-22
    """
    from twicetold.platform.cloudfoundry.endings import ending

    client = _client()
    app = client.app(app_name)
    task = _found(client, app, key)
    if task.is_over:
        click.echo(f"The {task} is over already: it {ending(task).message}.")
        return
    *_, task = client.looks(client.cancel(task), time.monotonic() + client.pace.grace)
    click.echo(f"The {task} {ending(task).message if task.is_over else 'was told to stop, and has not yet'}.")


def _command(
    profile: str | None, scopes: tuple[str, ...], deadline: float | None, words: tuple[str, ...]
) -> tuple[str, ...]:
    """The words that the task is told."""
    if bool(profile) == bool(words):
        raise click.UsageError("Name a profile with --profile, or another command after --.")
    if words:
        if scopes or deadline:
            raise click.UsageError("--scope and --deadline go with --profile.")
        return ("twicetold", *words)
    asked = ["--profile", profile or ""]
    for scope in scopes:
        asked += ["--scope", scope]
    return ("twicetold", "run", *asked, *(["--deadline", f"{deadline:g}"] if deadline else []))


def _client() -> Client:
    settings = load_settings({})
    from twicetold.platform.cloudfoundry.client import Client

    return Client(settings, PACE)


def _new_key() -> str:
    import secrets

    return secrets.token_hex(8)


def _bytes(option: str, text: str | None) -> int | None:
    from twicetold.platform.settings import parse_bytes

    size = parse_bytes(text) if text is not None else None
    if size is not None and not isinstance(size, int):
        raise SettingInvalid(
            f"--{option} {text!r} is no size.", remedy="Give a number with a unit, such as 512M or 2G."
        )
    return size


def _found(client: Client, app: App, key: str | None) -> Task:
    task = next(client.tasks(app, key), None)
    if task is None:
        which = "that was started by this program" if key is None else f"with the key {key!r}"
        raise RunNotFound(
            f"The app {app.name!r} has no task {which}.", remedy="The platform forgets tasks after 31 days."
        )
    return task


def _output(client: Client, app: App, task: Task, *, to_stderr: bool) -> Output:
    from twicetold.platform.cloudfoundry.follow import Output

    def say(line: Line) -> None:
        click.echo(_harmless(line.text), err=to_stderr or line.is_error)

    return Output(client, app, task, say)


def _start(client: Client, app: App, asked: Order, process: str | None) -> Task:
    try:
        task = client.start(app, asked, process)
    except DependencyUnavailable:
        _say(f"The key is {asked.key}: should the platform have heard, the same command with it finds the task.")
        raise
    is_new = task.name == asked.name
    _say(f"{'Started' if is_new else 'Found'} {task} of {app.name}, key {asked.key}: {asked.command}")
    return task


def _follow(client: Client, app: App, task: Task, limit: float, *, to_stderr: bool) -> tuple[Task, Ending, Output]:
    """The task at its end; should the platform be lost from sight before, the task is said to go on."""
    from twicetold.platform.cloudfoundry.follow import follow

    output = _output(client, app, task, to_stderr=to_stderr)
    try:
        task, end = follow(client, output, limit, lambda now: _say(f"The {now} is {now.state}."))
    except TwicetoldError:
        _say(f"The {task} may go on; the same command with --key {task.key} follows it again.")
        raise
    return task, end, output


@contextmanager
def _stopped_too(client: Client, app: App, asked: Order) -> Iterator[None]:
    """Stops the task that this command started when this command is stopped."""
    try:
        yield
    except Exception:
        raise
    except BaseException:  # Ctrl-C, or the system's signal
        client.hurry()
        own = f"twicetold cf cancel --app {app.name} --key {asked.key}"
        try:
            _stop(client, app, asked, own)
        except TwicetoldError as error:
            _say(f"{error.message} The task may go on; stop it with: {own}")
        raise


def _stop(client: Client, app: App, asked: Order, by_hand: str) -> None:
    for task in client.tasks(app, asked.key):
        if task.name != asked.name:
            _say(f"The {task} was started by another command and goes on; stop it with: {by_hand}")
        elif not task.is_over:
            client.cancel(task)
            _say(f"The {task} was told to stop.")


def _defaults(app: App) -> Finding:
    text = f"The app {app.name!r} has no process of the type 'task': what is not given is the platform's default."
    return Finding(Severity.WARNING, "task-defaults", text, 1)


def _missed(output: Output) -> list[Finding]:
    text = f"Lines of the task may be missing: {output.problem}"
    return [Finding(Severity.WARNING, "task-log-incomplete", text, 1)] if output.problem else []


def _result(
    app: App, task: Task, end: Ending | None, output: Output | None, findings: list[Finding], *, as_json: bool
) -> None:
    """Says what is known of a task: as JSON on standard output, or as a sentence."""
    if not as_json:
        text = f"The {task} {end.message if end else f'is {task.state}'}."
        click.echo(plain(text), err=output is not None)
        if end and end.remedy:
            click.echo(end.remedy, err=output is not None)
        return
    known: dict[str, Any] = {
        "app": app.name,
        "command": task.command,
        "created_at": task.created.isoformat(),
        "exit_status": end.exit_status if end else None,
        "findings": [{"code": each.code, "message": each.message} for each in findings],
        "guid": task.guid,
        "key": task.key,
        "message": end.message if end else None,
        "name": task.name,
        "number": task.number,
        "reason": task.reason or None,
        "remedy": end.remedy or None if end else None,
        "state": task.state,
        "summary": output.summary if output else None,
    }
    print_json(known)


def _say(text: str) -> None:
    click.echo(plain(text), err=True)


def _harmless(text: str) -> str:
    """A line without what would steer the terminal."""
    return "".join(
        f"\\x{ord(char):02x}" if unicodedata.category(char) == "Cc" and char != "\t" else char for char in text
    )
