"""The command line. Every command lives in its own module and is imported only when it is called."""

from __future__ import annotations

import errno
import importlib
import os
import signal
import sys
from io import TextIOWrapper
from typing import Any, NoReturn

import click

from twicetold import __version__
from twicetold.errors import StorageFull, TwicetoldError

#: Where each command lives, and what the list of commands says of it.
COMMANDS = {
    "find": "Find the duplicates in files of records.",
    "score": "Add a probability and a verdict to pairs of texts.",
    "explain": "Show why two texts are, or are not, judged the same.",
    "evaluate": "Measure how good the model is on labelled data.",
    "model": "Show, verify, train or compare models.",
    "run": "Run a profile: durable, incremental, published.",
    "schedule": "Stay, and start runs by the clock or on request.",
    "serve": "Stay, and answer over HTTP.",
    "keys": "Make keys for the service.",
    "people": "Let people in who log in at the service.",
    "cf": "Start runs as tasks of Cloud Foundry, and follow them.",
    "runs": "List runs, look at them, release what was held back.",
    "decisions": "Import and export what people decided.",
    "profile": "Check, list and show the profiles of runs.",
    "db": "Make, upgrade and look at the tables of the store.",
    "config": "Show the settings in force.",
    "doctor": "Check that everything needed is there and works.",
}
_BROKEN_PIPE = 128 + signal.SIGPIPE if hasattr(signal, "SIGPIPE") else 1


class _Commands(click.Group):
    """Lists commands without importing them, for help must be instant; and gives every way to end its exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"twicetold.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):  # a terminal that lacks a character shows its code
                stream.reconfigure(errors="backslashreplace")
        signal.signal(signal.SIGTERM, _stop)
        try:
            return super().invoke(ctx)
        except TwicetoldError as error:
            _fail(ctx, error)
        except KeyboardInterrupt:
            number = signal.SIGINT
        except _Terminated:
            number = signal.SIGTERM
        except BrokenPipeError:
            _forget_output()
            ctx.exit(_BROKEN_PIPE)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            _forget_output()
            _fail(ctx, StorageFull("There is no space left where the output goes."))
        # Not inside the handlers: an exception that is still held would keep threads with waiting work alive.
        click.echo("Stopped; no half-written file is left.", err=True)
        raise click.exceptions.Exit(128 + number)


class _Terminated(BaseException):
    """A task was told to stop: it ends as after Ctrl-C, and what is being written is taken back."""


def _stop(*_: object) -> NoReturn:
    raise _Terminated


def _fail(ctx: click.Context, error: TwicetoldError) -> NoReturn:
    click.echo(f"Error {error.code}: {error.message}\n{error.hint}", err=True)
    ctx.exit(error.exit_status)


def _forget_output() -> None:
    """Lets Python's last flush of standard output succeed: nobody takes what is still in its buffer."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="twicetold")
def main() -> None:
    """Find records that say the same thing in different words.

    \b
    Example:
      twicetold find goals.csv --out results
    """
