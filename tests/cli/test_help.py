"""Help: every command has it, with an example, at once."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from twicetold.cli import COMMANDS, main

HEAVY = {"numpy", "duckdb", "onnxruntime", "jinja2", "pydantic", "rich", "structlog", "tokenizers", "pandas", "pyarrow"}


def all_commands(command=main, path=()):
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from all_commands(command.get_command(context, name), (*path, name))


PATHS = list(all_commands())


def test_all_commands_of_the_plan_are_there():
    once = {"find", "score", "explain", "evaluate", "model", "config", "doctor"}
    again = {"run", "runs", "schedule", "cf", "decisions", "db", "profile", "serve", "keys", "people"}
    assert set(COMMANDS) == once | again
    assert {
        ("model", "show"),
        ("model", "verify"),
        ("model", "train"),
        ("model", "compare"),
        ("model", "calibrate"),
        ("config", "show"),
    } <= set(PATHS)


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_every_command_has_help_with_an_example(run, path, flag):
    result = run(*path, flag)
    assert result.exit_code == 0
    assert "Example" in result.stdout
    assert "\n  twicetold " in result.stdout or "\n    twicetold " in result.stdout
    assert "\\b" not in result.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_does(run, name):
    assert COMMANDS[name] in " ".join(run("--help").stdout.split())


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_help_imports_nothing_heavy(path):
    program = (
        "import sys\nfrom twicetold.cli import main\n"
        f"try:\n    main({[*path, '--help']!r})\nexcept SystemExit:\n    pass\nprint(*sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {name.split(".")[0] for name in answer.stdout.splitlines()[-1].split()} & HEAVY


def test_the_version_is_printed(run):
    from twicetold import __version__

    assert run("--version").stdout == f"twicetold, version {__version__}\n"


def test_an_unknown_command_is_refused(run):
    result = run("fnid")
    assert (result.exit_code, "No such command 'fnid'" in result.stderr) == (2, True)


def test_find_without_a_file_says_how_to_use_it(run):
    result = run("find")
    assert (result.exit_code, "Usage: " in result.stderr) == (2, True)


def test_a_defect_is_not_hidden_behind_a_message(run, monkeypatch):
    def defect(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("twicetold._api.explain", defect)
    with pytest.raises(ZeroDivisionError):
        run("explain", "a goal", "another")


def test_an_error_of_the_system_that_is_no_full_disk_is_not_hidden(run, monkeypatch):
    def defect(*_, **__):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("twicetold._api.explain", defect)
    with pytest.raises(OSError, match="Input/output"):
        run("explain", "a goal", "another")


def test_the_package_can_be_run_as_a_module():
    answer = subprocess.run(
        [sys.executable, "-m", "twicetold", "--version"], capture_output=True, text=True, check=True
    )
    assert "twicetold" in answer.stdout
