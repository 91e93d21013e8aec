"""The command line. Every command lives in its own module and is imported only when it is called."""

from __future__ import annotations

import importlib
import signal
import sys
from typing import Any

import click

from twicetold import __version__
from twicetold.errors import TwicetoldError

#: Where each command lives, and what the list of commands says of it.
COMMANDS = {
    "find": "Find the duplicates in files of records.",
    "score": "Add a probability and a verdict to pairs of texts.",
    "explain": "Show why two texts are, or are not, judged the same.",
    "evaluate": "Measure how good the model is on labelled data.",
    "model": "Show, verify or train a model.",
    "config": "Show the settings in force.",
    "doctor": "Check that everything needed is there and works.",
}


class _LazyGroup(click.Group):
    """Lists commands without importing them: help must be instant."""

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

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Turns errors into a message and an exit status; a traceback is left to real bugs."""
        kwargs["standalone_mode"] = False
        # A task that is told to stop ends as after Ctrl-C: nothing half-written stays.
        signal.signal(signal.SIGTERM, _terminate)
        try:
            result = super().main(*args, **kwargs)
        except TwicetoldError as error:
            click.echo(f"Error {error.code}: {error.message}", err=True)
            click.echo(error.hint, err=True)
            sys.exit(error.exit_status)
        except click.ClickException as error:
            error.show()
            sys.exit(error.exit_code)
        except (click.Abort, KeyboardInterrupt):
            click.echo("Interrupted; nothing was written.", err=True)
            sys.exit(130)
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(141)
        sys.exit(result if isinstance(result, int) else 0)


def _terminate(number: int, frame: object) -> None:
    del frame
    sys.exit(128 + number)


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="twicetold")
def main() -> None:
    r"""Find records that say the same thing in different words.

    \b
    Example:
      twicetold find goals.csv --out results
    """
