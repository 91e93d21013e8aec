"""Writes the reference pages that follow from the code, so that they cannot fall behind it."""

from __future__ import annotations

import inspect
import types
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Union, get_args, get_origin

import click
from pydantic import BaseModel

from twicetold import errors
from twicetold.cli import main
from twicetold.platform.settings import FILE, PREFIX, Settings
from twicetold.runs.profile import Profile
from twicetold.service.access import ACCESS, Rule
from twicetold.service.roles import ROLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic.fields import FieldInfo

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
| 5 | another run holds the lock |
| 6 | a memory budget or the deadline was reached; what is done so far is kept |
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
and where its value came from. From Python, `find` takes the same names in `settings`. Databases and buckets are
[bound](../how-to/services.md); `store`, `database`, `bucket` and `ca` say which of them are used, and how.

| setting | variable | default | meaning |
|---|---|---|---|
"""

PROFILES = """
# Profiles

A profile is a TOML file that says what a run reads, how it compares, and where it publishes. Any other key is an error
that names the file, the line and the keys that there are. Paths are relative to the folder of the file (in the shipped
profiles: to the working folder). The [how-to page](../how-to/profiles.md) has examples.
"""
_TAKES = {
    "str": "text",
    "bool": "true or false",
    "int": "whole number",
    "float": "number",
    "Path": "path",
    "NoneType": "",
}
ACCESS_TEXT = """# Access

What each route of [the service](../how-to/serve.md) says to each [role](../how-to/login.md#roles), and to somebody
without a key or a session. *answers / 404* means: it answers, but 404 to those whose access is limited to other
scopes. Lists that just *answer* show to everybody what is theirs. A key is treated like the role with its actions.

The tests ask every route as every role, with its own scope and another's; a route that is not in this table fails
them.

"""
_BOUNDS = {"ge": "from", "gt": "above", "le": "to"}


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


def profiles_page() -> str:
    sections = [f"{head}\n\n{text}\n\n{table}" for head, text, table in tables_of(Profile, "")]
    return "\n".join([NOTE + PROFILES, *sections])


def tables_of(model: type[BaseModel], path: str) -> Iterator[tuple[str, str, str]]:
    """Heading, text and table of a part of a profile, and of the parts in it."""
    parts = {name: list(models_in(field.annotation)) for name, field in model.model_fields.items()}
    rows = [
        f"| `{name}` | {takes(field)} | {default_of(field)} | {field.description} |\n"
        for name, field in model.model_fields.items()
        if not parts[name]
    ]
    kind = [
        f', kind = "{get_args(field.annotation)[0]}"' for name, field in model.model_fields.items() if name == "kind"
    ]
    head = f"## `[{path}]`{''.join(kind)}" if path else "## Above all tables"
    table = "| key | takes | default | meaning |\n|---|---|---|---|\n" + "".join(rows) if rows else ""
    yield head, inspect.getdoc(model) or "", table
    for name, models in parts.items():
        for part in models:
            inner = f"{path}.{name}".removeprefix(".")
            yield from tables_of(part, f"[{inner}]" if is_list(model.model_fields[name].annotation) else inner)


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


def is_list(annotation: object) -> bool:
    return get_origin(annotation) is tuple


def takes(field: FieldInfo) -> str:
    """What a key takes, in words, with its bounds."""
    return kind_of(field.annotation) + bounds(field.metadata)


def kind_of(annotation: object) -> str:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return kind_of(parts[0]) + bounds([rule for part in parts[1:] for rule in getattr(part, "metadata", [part])])
    if origin is Literal:
        return " or ".join(f"`{part}`" for part in parts)
    if origin in (Union, types.UnionType):
        return " or ".join(filter(None, map(kind_of, parts)))
    if origin is tuple:
        return f"list of {kind_of(parts[0])}"
    if origin is dict:
        return "table of true or false"
    return _TAKES[getattr(annotation, "__name__", "")]


def bounds(rules: Iterable[object]) -> str:
    found = [(word, getattr(rule, name)) for rule in rules for name, word in _BOUNDS.items() if hasattr(rule, name)]
    return "".join(f" {word} {bound}" for word, bound in found)


def default_of(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    return shown(str(value).lower() if isinstance(value, bool) else value) if value not in ((), {}, "") else ""


def shown(value: object) -> str:
    """A default as it would be written; none is left blank."""
    text = ",".join(value) if isinstance(value, tuple) else str(value)
    return f"`{text}`" if value is not None else ""


def access_page() -> str:
    """Each route with what it says to each role, with access to a record's scope or not."""
    head = "".join(f" {role} |" for role in ROLES)
    rows = [
        f"| `{route}` | {' or '.join(rule.needs) or 'nothing'} |{''.join(f' {answer(rule, role)} |' for role in ROLES)}"
        f" {'answers' if not rule.needs else 401} |\n"
        for route, rule in ACCESS.items()
    ]
    return f"{NOTE}{ACCESS_TEXT}| route | needs |{head} nobody |\n|---|---|{'---|' * len(ROLES)}---|\n{''.join(rows)}"


def answer(rule: Rule, role: str) -> str:
    """What somebody of a role is told: with access to the scope, and without."""
    if not rule.needs:
        return "answers"
    if not rule.allows(ROLES[role]):
        return "403"
    refused = rule.whole or rule.foreign
    return f"answers / {refused}" if refused else "answers"


def pages() -> dict[Path, str]:
    made = {
        "errors": errors_page(),
        "cli": command_line_page(),
        "settings": settings_page(),
        "profiles": profiles_page(),
        "access": access_page(),
    }
    return {REFERENCE / f"{name}.md": text for name, text in made.items()}


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
