"""The command on a cluster, as a user starts it."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from servers.spark import ENVIRONMENT

GENERATE = Path(__file__).parents[2] / "benchmarks" / "generate.py"
COLUMNS = ("--id", "goal_id", "--text", "goal_text", "--scope", "recipient_id")


@pytest.fixture
def launch(tmp_path, spark_settings):
    """Starts a program with Spark's settings in its environment; whatever still runs at the end is killed."""
    started = []

    def launch(*words):
        command = list(map(str, words))
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        environment = os.environ | spark_settings
        started.append(subprocess.Popen(command, cwd=tmp_path, env=environment, text=True, **streams))
        return started[-1]

    yield launch
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def start(launch):
    """Starts a command of the program, of the tests' environment or of that with Spark."""

    def start(*arguments, has_spark):
        program = ENVIRONMENT / "bin" / "twicetold" if has_spark else Path(sys.executable).with_name("twicetold")
        return launch(program, *arguments)

    return start


@pytest.fixture
def submit(launch, spark_home):
    """Starts spark-submit."""
    return lambda *words: launch(spark_home / "bin" / "spark-submit", *words)


@pytest.fixture
def find(start):
    """Starts 'twicetold find' into a folder, here or, with the address of a master, on a cluster."""

    def find(file, out, *options, master=None):
        there = ["--engine", "spark", "--master", master] if master else []
        return start("find", file, "--out", out, *COLUMNS, *options, *there, has_spark=master is not None)

    return find


@pytest.fixture(scope="session")
def generated(tmp_path_factory):
    """Files of generated goals; on demand half of them are of one recipient."""
    folder = tmp_path_factory.mktemp("generated")

    def generated(count, *, skewed=False):
        file = folder / f"{count}.csv"
        options = [str(count), str(file), "--scopes", str(count // 25)]
        subprocess.run([sys.executable, str(GENERATE), *options], check=True)
        if not skewed:
            return file
        with file.open(encoding="utf-8", newline="") as source:
            rows = list(csv.DictReader(source))
        for row in rows[::2]:
            row["recipient_id"] = "r00000"
        with file.open("w", encoding="utf-8", newline="") as target:
            writer = csv.DictWriter(target, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        return file

    return generated
