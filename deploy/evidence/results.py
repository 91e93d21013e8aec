"""Results: how the tests and commands that claims point to have ended."""

from __future__ import annotations

import datetime as dt
import os
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The worse of two outcomes holds.
_WORSE = ("passed", "was skipped", "failed")


class ResultsWrong(Exception):
    """Results cannot be read, or do not speak for this tree; the message says why."""


@dataclass(frozen=True)
class Results:
    """How tests and commands ended.

    Attributes:
        outcomes: ``passed``, ``was skipped`` or ``failed`` by test function or command.
        cases: How many cases a test function had.
        begun: When the first test began.
        ended: When the last one was over.
    """

    outcomes: dict[str, str]
    cases: dict[str, int]
    begun: dt.datetime
    ended: dt.datetime


def run_tests(root: Path, tests: Iterable[str], report: Path) -> None:
    """Runs tests, two at a time, and writes their results; none of them may be skipped.

    Raises:
        ResultsWrong: Pytest did not get as far as running them.
    """
    command = [sys.executable, "-m", "pytest", "-n", "2", "--quiet", f"--junitxml={report}", *tests]
    done = subprocess.run(command, cwd=root, env=os.environ | {"TWICETOLD_REQUIRE": "all"}, check=False)
    if done.returncode not in {0, 1} or not report.is_file():
        raise ResultsWrong(f"pytest could not run the tests that claims point to: it ends with {done.returncode}")


def run_commands(root: Path, commands: Iterable[str]) -> dict[str, str]:
    """Runs each command in the repository; one that ends with 0 has passed."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    outcomes = {}
    for command in commands:
        done = subprocess.run(
            shlex.split(command), cwd=root, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
        )
        outcomes[command] = "passed" if done.returncode == 0 else "failed"
        if done.returncode:
            print(f"$ {command}\n{done.stdout}{done.stderr}", file=sys.stderr)
    return outcomes


def read(reports: Iterable[Path]) -> Results:
    """The results of one or several JUnit files that pytest has written.

    Raises:
        ResultsWrong: A file is missing or is none.
    """
    found: dict[str, list[str]] = defaultdict(list)
    begun, ended = [], []
    for report in reports:
        try:
            suites = list(ET.parse(report).getroot().iter("testsuite"))  # noqa: S314 - our own pytest wrote it
            for suite in suites:
                begun.append(_moment(suite.attrib["timestamp"]))
                ended.append(begun[-1] + dt.timedelta(seconds=float(suite.attrib["time"])))
                for case in suite.iter("testcase"):
                    file = case.attrib["classname"].replace(".", "/")
                    found[f"{file}.py::{case.attrib['name'].partition('[')[0]}"].append(_outcome(case))
        except (OSError, ET.ParseError, KeyError, ValueError) as error:
            raise ResultsWrong(f"{report} holds no results of pytest: {error}") from None
    if not begun:
        raise ResultsWrong("there are no results")
    outcomes = {test: max(cases, key=_WORSE.index) for test, cases in found.items()}
    return Results(
        outcomes, {test: len(cases) for test, cases in found.items()}, min(begun), max(ended).replace(microsecond=0)
    )


def _outcome(case: ET.Element) -> str:
    kinds = {child.tag for child in case}
    if kinds & {"failure", "error"}:
        return "failed"
    return "was skipped" if "skipped" in kinds else "passed"


def _moment(text: str) -> dt.datetime:
    found = dt.datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).astimezone(dt.UTC).replace(microsecond=0)
