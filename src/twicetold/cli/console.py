"""Console: what commands have in common on the terminal: options, progress, findings, JSON."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.console import Console

    from twicetold.findings import Finding
    from twicetold.model.artifact import Model
    from twicetold.platform.settings import Settings

_STYLES = {"info": "dim", "warning": "yellow", "error": "red"}
#: Seconds between two lines of progress where there is no terminal.
_LOG_EVERY = 10.0


def model_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that compares texts."""
    for option in reversed(
        (
            click.option("--model", metavar="DIR", help="Model folder; by default the shipped one."),
            click.option(
                "--lexicon", metavar="FILE", help="Acronyms and synonyms of your own (TOML or CSV)."
            ),
            click.option("--duplicate", metavar="P", help="Probability from which a pair is a duplicate."),
            click.option("--possible", metavar="P", help="Probability from which a pair is possible."),
            click.option("--threads", metavar="N", help="Texts encoded at a time."),
        )
    ):
        command = option(command)
    return command


def load_settings(options: dict[str, Any]) -> Settings:
    """The settings in force, with numerical libraries told how many processors they may use."""
    from twicetold.platform import settings

    return settings.load({name: options.pop(name, None) for name in settings.Settings.model_fields})


def load_model(settings: Settings) -> Model:
    """The model that the settings name, with the lexicon that they name."""
    from twicetold.platform.container import cpu_limit

    threads = settings.threads or cpu_limit()
    # Read by the numerical library when numpy is imported; its default is every processor of the machine.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", str(threads))
    from twicetold.model.artifact import Model
    from twicetold.text.lexicon import Lexicon

    lexicon = Lexicon.default()
    if settings.lexicon:
        lexicon = lexicon.extended_with(settings.lexicon)
    return Model(settings.model, lexicon=lexicon, threads=threads)


def console(*, quiet: bool = False) -> Console:
    """Writes for people, on standard error; plain where it is no terminal or NO_COLOR is set."""
    from rich.console import Console

    return Console(stderr=True, quiet=quiet, highlight=False, soft_wrap=True)


def print_json(content: object) -> None:
    """One JSON document on standard output."""
    click.echo(json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False))


def print_findings(out: Console, findings: Iterable[Finding]) -> None:
    from rich.text import Text

    for finding in findings:
        out.print(Text(f"{finding.severity}: {finding.message}", style=_STYLES[finding.severity]))


@contextmanager
def progress(label: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar with the time left on a terminal, a log line now and then elsewhere."""
    out = console(quiet=quiet)
    if quiet:
        yield lambda _done, _total: None
    elif out.is_terminal:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        with Progress(*columns, console=out, transient=True) as bar:
            task = bar.add_task(label, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
    else:
        yield _Log(label)


class _Log:
    """Progress as JSON lines on standard error."""

    def __init__(self, label: str) -> None:
        import structlog

        self._log = structlog.wrap_logger(
            structlog.PrintLogger(sys.stderr),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.JSONRenderer(),
            ],
        )
        self._label = label
        self._begin = self._last = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._last >= _LOG_EVERY:
            self._last = now
            left = (now - self._begin) * (total - done) / max(done, 1)
            self._log.info("progress", step=self._label, done=done, total=total, seconds_left=round(left))
