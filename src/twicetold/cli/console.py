"""Console: what commands have in common: options, messages for people, progress, JSON."""

from __future__ import annotations

import json
import os
import sys
import time
import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from twicetold.findings import Finding
    from twicetold.model.artifact import Model
    from twicetold.platform.settings import Settings

_STYLES: dict[str, dict[str, Any]] = {"info": {"dim": True}, "warning": {"fg": "yellow"}, "error": {"fg": "red"}}
#: Seconds between two lines of progress where there is no terminal.
_LOG_EVERY = 10.0

_MODEL_OPTIONS = (
    click.option("--model", metavar="DIR", help="Model folder; by default the shipped one."),
    click.option("--lexicon", metavar="FILE", help="Acronyms and synonyms of your own (TOML or CSV)."),
    click.option("--duplicate", metavar="P", help="Probability from which a pair is a duplicate."),
    click.option("--possible", metavar="P", help="Probability from which a pair is possible."),
    click.option("--threads", metavar="N", help="Texts encoded at a time."),
)
_COLUMN_OPTIONS = (
    click.option("--id", "id_column", metavar="COLUMN", help="Column with the ids."),
    click.option("--text", "text_column", metavar="COLUMN", help="Column with the texts."),
    click.option("--scope", "scope_column", metavar="COLUMN", help="Compare only within equal values of this column."),
)
_ACCESS_OPTIONS = (
    click.option(
        "--profile", "profiles", metavar="NAME", multiple=True, help="Only this profile; may be given repeatedly."
    ),
    click.option("--scope", "scopes", metavar="SCOPE", multiple=True, help="Only this scope; may be given repeatedly."),
)


def model_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that compares texts."""
    return _with(command, _MODEL_OPTIONS)


def column_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that reads records."""
    return _with(command, _COLUMN_OPTIONS)


def access_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that says what somebody may see."""
    return _with(command, _ACCESS_OPTIONS)


def _with(command: Callable[..., Any], options: tuple[Callable[..., Any], ...]) -> Callable[..., Any]:
    for option in reversed(options):
        command = option(command)
    return command


def load_settings(options: dict[str, Any]) -> Settings:
    """The settings in force, taken out of a command's options; numpy is told to use one thread."""
    from twicetold.platform import settings

    chosen = settings.load({name: options.pop(name, None) for name in settings.Settings.model_fields})
    # Read when numpy is imported; its default is every processor of the machine, however few are granted, and on
    # matrices of this size several threads are slower than one as soon as something else runs.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    return chosen


def load_model(settings: Settings) -> Model:
    """The model and the lexicon that the settings name."""
    from twicetold import _api

    return _api.load_model(settings)


def counted(number: int, noun: str) -> str:
    """A number with its noun: 1 group, 2 groups."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def plain(text: str, width: int | None = None) -> str:
    """A text on one line, cut to a width, without characters that would steer the terminal."""
    flat = "".join(" " if unicodedata.category(char) in {"Cc", "Cs"} else char for char in " ".join(text.split()))
    return flat if width is None or len(flat) <= width else flat[: width - 1] + "…"


def of_record(text: str) -> str:
    """What a record says; where a platform keeps what is printed in its log, only how long that is."""
    return f"({len(text):,} characters)" if "VCAP_APPLICATION" in os.environ else text


def print_json(content: object) -> None:
    """One JSON document on standard output, in UTF-8 whatever the terminal's encoding."""
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
    click.echo(text.encode("utf-8", "replace"))


def print_findings(findings: Iterable[Finding]) -> None:
    """Writes findings for people, on standard error; without colours where it is no terminal or NO_COLOR is set."""
    color = False if os.environ.get("NO_COLOR") else None
    for finding in findings:
        text = f"{finding.severity}: {plain(finding.message)}"
        click.secho(text, err=True, color=color, **_STYLES[finding.severity])


@contextmanager
def progress(label: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar with the time left on a terminal; elsewhere a log line now and then, if it takes long."""
    if quiet:
        yield lambda _done, _total: None
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(label, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
    else:
        yield _Log(label)


class _Log:
    """Progress as JSON lines on standard error: every ten seconds, and at the end of what took longer."""

    def __init__(self, label: str) -> None:
        import structlog

        self._log = structlog.wrap_logger(
            structlog.PrintLogger(sys.stderr),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.JSONRenderer(sort_keys=True),
            ],
        )
        self._label = label
        self._begin = self._last = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        is_due = now - self._last >= _LOG_EVERY
        is_end_of_long = done == total and now - self._begin >= _LOG_EVERY
        if is_due or is_end_of_long:
            self._last = now
            left = (now - self._begin) * (total - done) / max(done, 1)
            self._log.info("progress", step=self._label, done=done, total=total, seconds_left=round(left))
