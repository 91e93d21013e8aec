"""The stand-in for a shell, by itself: what it starts, and what it refuses without starting anything."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import sh
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold import __version__
from twicetold.cli import COMMANDS

SOURCE = Path(__file__).parents[2] / "deploy/sh.py"
#: What the stand-in lets through, so often that most texts are accepted.
PLAIN = st.text(st.sampled_from("ab1_ -./:=,@+%\"'é"), max_size=30)


@pytest.fixture(scope="session")
def shell(tmp_path_factory):
    """Calls a copy that starts the Python of the tests."""
    path = tmp_path_factory.mktemp("shell") / "sh"
    text = SOURCE.read_text(encoding="utf-8")
    text = re.sub(r"^PYTHON = .*$", f"PYTHON = {sys.executable!r}", text, count=1, flags=re.MULTILINE)
    path.write_text(re.sub(r"^#!.*$", f"#!{sys.executable} -IS", text, count=1, flags=re.MULTILINE))
    path.chmod(0o755)

    def shell(*arguments):
        return subprocess.run([path, *arguments], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)

    return shell


@pytest.mark.parametrize("command", ["twicetold --version", "  'twicetold'   \"--version\" ", "twice'told' --version"])
def test_a_plain_command_is_started(shell, command):
    done = shell("-c", command)
    assert (done.returncode, done.stdout) == (0, f"twicetold, version {__version__}\n")


def test_the_exit_status_is_the_programs(shell):
    assert shell("-c", "twicetold find /nowhere/goals.csv").returncode == 2


@pytest.mark.parametrize(
    "command", ["", "twicetold", "twicetold explain a b", "twicetold -m", "ls", "sh", "/bin/sh -c ls"]
)
def test_what_is_no_command_for_tasks_is_refused(shell, command):
    done = shell("-c", command)
    assert (done.returncode, done.stdout) == (126, "")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [[], ["-c"], ["-i"], ["-l", "-c", "twicetold --version"], ["twicetold", "--version"]]
)
def test_there_is_no_other_way_to_call_it(shell, arguments):
    done = shell(*arguments)
    assert (done.returncode, done.stdout) == (126, "")


@pytest.mark.parametrize("sign", list(";|&<>()$`\\*?[]{}~#!^\n\t\r\0\x1b\u2028"))
def test_a_sign_that_means_something_to_a_shell_is_refused_wherever_it_stands(sign):
    for command in (
        f"twicetold --version{sign}",
        f"twicetold{sign}--version",
        f"{sign}twicetold --version",
        f"twicetold '{sign}'",
    ):
        assert sh.main(["-c", command]) == 126


def test_a_refusal_does_not_repeat_the_command(capsys):
    assert sh.main(["-c", "echo canary; twicetold --version"]) == 126
    assert "canary" not in capsys.readouterr().err


@given(command=PLAIN)
@settings(max_examples=150)
def test_what_it_accepts_has_the_words_that_a_shell_would_read(command):
    if not sh.PLAIN.fullmatch(command):
        return
    script = f"printf '%s\\n' a {command}"
    real = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
    try:
        words = shlex.split(command)
    except ValueError:
        assert real.returncode != 0
    else:
        assert real.stdout == "".join(f"{word}\n" for word in ["a", *words])


def test_every_command_that_it_starts_is_one_of_the_programs():
    assert {name for name in sh.COMMANDS if not name.startswith("-")} < COMMANDS.keys()


def test_commands_that_print_the_text_of_records_are_not_started():
    assert not {"score", "explain"} & sh.COMMANDS
