"""Writes the reference pages that follow from the code, so that they cannot fall behind it."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING

import click

from twicetold import errors
from twicetold.cli import main
from twicetold.platform.settings import FILE, PREFIX, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

REFERENCE = Path(__file__).parent / "reference"
NOTE = "<!-- Written by docs/generate.py from the code; change it there and run `make docs`. -->\n"
ERRORS = """
# Errors

Every error that Twicetold raises on purpose is a `twicetold.errors.TwicetoldError`. It has a code that never
changes its meaning, says what happened and with which value, and what to do about it. The command line prints
both and ends with the exit status of the error's family; a traceback is always a defect.

## Exit statuses

| exit status | means |
|---|---|
| 0 | done |
| 1 | a defect of Twicetold: please report it |
| 2 | usage or configuration |
| 3 | something that is needed is missing or broken |
| 4 | the input breaks its contract |
| 6 | a memory budget would be exceeded; nothing was started |
| 7 | a quality gate failed |
| 130, 143 | stopped with Ctrl-C or by the system; no half-written file is left |
| 141 | whoever read the output stopped reading |
"""
COMMANDS = """
# Command line

What `--help` says, for every command. The exit statuses are on the page about
[errors](errors.md#exit-statuses).
"""
SETTINGS = f"""
# Settings

Each setting can come from an option of the command line, from the environment or from the file `{FILE}` in
the working folder; the first that names it wins. `twicetold config show` prints every setting in force
and where its value came from. From Python, `find` takes the same names in `settings`.

| setting | variable | default | meaning |
|---|---|---|---|
"""


def family(cls: type[errors.TwicetoldError]) -> Iterator[type[errors.TwicetoldError]]:
    """A class and all below it, in the order of their codes."""
    yield cls
    for child in sorted(cls.__subclasses__(), key=lambda child: child.code):
        yield from family(child)


def errors_page() -> str:
    sections = [
        f"## {cls.code} {cls.__name__}\n\n{inspect.getdoc(cls)}\n\n"
        f"- What to do: {cls.remedy}\n- Exit status {cls.exit_status}, HTTP status {cls.http_status}\n"
        for cls in family(errors.TwicetoldError)
    ]
    return "\n".join([NOTE + ERRORS, *sections])


def commands(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    """The path and the help of a command and of all below it."""
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                below = click.Context(child, context, info_name=name, terminal_width=100)
                yield from commands(child, below)


def command_line_page() -> str:
    root = click.Context(main, info_name="twicetold", terminal_width=100, **main.context_settings)
    sections = [f"## {path}\n\n```text\n{text}\n```\n" for path, text in commands(main, root)]
    return "\n".join([NOTE + COMMANDS, *sections])


def settings_page() -> str:
    rows = [
        f"| `{name}` | `{PREFIX}{name.upper()}` | {shown(field.default)} | {field.description} |\n"
        for name, field in Settings.model_fields.items()
    ]
    return NOTE + SETTINGS + "".join(rows)


def shown(value: object) -> str:
    """A default as it would be written; none is left blank."""
    text = ",".join(value) if isinstance(value, tuple) else str(value)
    return f"`{text}`" if value is not None else ""


def pages() -> dict[Path, str]:
    made = {"errors": errors_page(), "cli": command_line_page(), "settings": settings_page()}
    return {REFERENCE / f"{name}.md": text for name, text in made.items()}


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
