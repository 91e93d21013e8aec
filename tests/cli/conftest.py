"""The command line as people meet it: in this process for most tests, as a real process where that matters."""

from __future__ import annotations

import csv
import io
import os
import random
import signal
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
from click.testing import CliRunner

from twicetold.cli import main

GOALS = """id,text,scope,created_at
g1,Train all staff on safety.,north,2024-05-01
g2,TRAIN ALL STAFF ON SAFETY,north,2023-01-01
g3,Repair the roof of the gym.,north,
g4,Train all staff on safety.,south,2022-01-01
"""
WORDS = ["".join(letters) for letters in product("bdfgk", "aeiou", "lmnrt")]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command in an empty folder; a traceback fails the test, whatever the exit code."""
    monkeypatch.chdir(tmp_path)
    before = signal.getsignal(signal.SIGTERM)

    def run(*arguments, stdin=None, **variables):
        result = CliRunner().invoke(main, list(map(str, arguments)), input=stdin, env=variables)
        if not isinstance(result.exception, SystemExit | None):
            raise result.exception
        assert "Traceback" not in result.stderr
        return result

    yield run
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def write(tmp_path):
    """Writes text or bytes to a file in that folder and gives its path."""

    def write(content: str | bytes, name: str = "goals.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write


@pytest.fixture
def goals(write):
    """A file in which g1 and g2 say the same in one scope, and g4 the same in another."""
    return write(GOALS)


@pytest.fixture
def process(tmp_path):
    """Starts the installed command in that folder, its output in pipes; whatever still runs at the end is killed."""
    started = []

    def process(*arguments, **options):
        variables = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "TERM": "xterm"} | options.pop("env", {})
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        command = [Path(sys.executable).parent / "twicetold", *map(str, arguments)]
        started.append(subprocess.Popen(command, cwd=tmp_path, env=variables, **streams))
        return started[-1]

    yield process
    for child in started:
        child.kill()
        child.wait()
        for pipe in filter(None, (child.stdout, child.stderr)):
            pipe.close()


@pytest.fixture
def rows():
    """The rows of a CSV file or text as dictionaries."""

    def rows(source) -> list[dict[str, str]]:
        text = source.read_text(encoding="utf-8") if isinstance(source, Path) else source
        return list(csv.DictReader(io.StringIO(text)))

    return rows


@pytest.fixture
def many_texts(write):
    """A file whose texts all differ and lie in one scope: comparing them takes seconds."""
    chance = random.Random(7)
    lines = [f"{row},{' '.join(chance.sample(WORDS, 7))}" for row in range(4000)]
    return write("\n".join(["id,text", *lines]), "many.csv")
