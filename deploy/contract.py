"""Builds the image, looks into its layers, times its start, holds it to its contract and writes docs/operate/image.md.

Run it as `make image-test`, as root. With arguments, which go to pytest, it runs those tests and leaves the page alone.
"""

import datetime as dt
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "deploy"), str(ROOT / "benchmarks"), str(ROOT / "tests")]

from imaging.build import TAG, build  # noqa: E402
from imaging.layers import described  # noqa: E402

from containers.tasks import CONFINED, LIMITS, PODMAN  # noqa: E402 - the folders of all three were named just now
from document import with_section  # noqa: E402
from measure import machine  # noqa: E402

PAGE = ROOT / "docs/operate/image.md"
STARTS = {
    "Python alone: `python3.13 -I -c pass`": ["--entrypoint=/usr/bin/python3.13", TAG, "-I", "-c", "pass"],
    "`twicetold --version`": ["--entrypoint=/bin/sh", TAG, "-c", "twicetold --version"],
    "`twicetold doctor`": ["--entrypoint=/bin/sh", TAG, "-c", "twicetold doctor"],
}
TIMES = 7
DEFECT = "test_a_defect_of_the_first_dockerfile_breaks_its_rule"


class Record:
    """Hears from pytest how each test ended.

    Attributes:
        told: What stands in the table for each test function: its name, and what it emulates.
        rules: The rule that each defect breaks.
        ended: How its cases ended, by their ids.
    """

    def __init__(self) -> None:
        self.told: dict[str, tuple[str, str]] = {}
        self.rules: dict[str, str] = {}
        self.ended: dict[str, dict[str, str]] = defaultdict(dict)

    def pytest_collection_modifyitems(self, items: list[pytest.Function]) -> None:
        """Notes what the tests say of themselves; those that say nothing are told by their file."""
        for item in items:
            name, said = item.originalname, item.function.__doc__
            file = (f"`{item.path.name}`", item.module.__doc__.strip().rstrip("."))
            self.told[name] = (sentence(name), said.strip()) if said else file
            self.rules |= {defect: rule for defect, (rule, *_) in getattr(item.module, "DEFECTS", {}).items()}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keeps the worst of a test's phases."""
        name, _, case = report.nodeid.rpartition("::")[2].partition("[")
        if report.when == "call" or report.outcome != "passed":
            self.ended[name][case.rstrip("]")] = report.outcome

    def rows(self) -> list[list[str]]:
        """One row for each test that says what it emulates, and one for the others of a file."""
        grouped: dict[tuple[str, str], list[str]] = defaultdict(list)
        for name, cases in self.ended.items():
            grouped[self.told[name]] += cases.values()
        return [[test, told, result(outcomes)] for (test, told), outcomes in grouped.items()]

    def defects(self) -> list[list[str]]:
        """Each defect, the rule that it breaks, and whether it does."""
        return [[case, self.rules[case], result([outcome])] for case, outcome in self.ended[DEFECT].items()]


def sentence(name: str) -> str:
    """A test's name as it is read."""
    return name.removeprefix("test_").replace("_", " ")


def result(outcomes: list[str]) -> str:
    """How the cases of a test ended."""
    good = outcomes.count("passed")
    return "passed" if good == len(outcomes) == 1 else f"{good} of {len(outcomes)} passed"


def table(rows: list[list[str]], aligned: str) -> str:
    """A Markdown table; the columns are aligned to the left (l) or right (r)."""
    line = ["---:" if side == "r" else "---" for side in aligned]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in [rows[0], line, *rows[1:]])


def starts() -> str:
    """Seconds from the start of a container to its end."""
    rows = []
    for name, arguments in STARTS.items():
        command = [*PODMAN, "run", "--rm", "--network=none", "--tmpfs=/tmp", *LIMITS, *CONFINED, *arguments]
        seconds = []
        for _ in range(TIMES):
            begin = time.monotonic()
            subprocess.run(command, check=True, capture_output=True)
            seconds.append(time.monotonic() - begin)
        rows.append([name, f"{statistics.median(seconds):.2f}", f"{min(seconds):.2f}", f"{max(seconds):.2f}"])
    return table([["container", "median s", "least s", "most s"], *rows], "lrrr")


def main(arguments: list[str]) -> int:
    """Does all of it."""
    kind = build()
    record = Record()
    chosen = arguments or ["-m", "long or not long", "tests/image"]
    status = pytest.main(["--rootdir", str(ROOT), "--durations=10", *chosen], plugins=[record])
    parts = {
        "layers": table(described(TAG), "lrrrl"),
        "starts": starts(),
        "contract": table([["test", "what it emulates", "result"], *record.rows()], "lll"),
        "defects": table([["the first Dockerfile had", "what breaks", "test"], *record.defects()], "lll"),
    }
    today = dt.datetime.now(tz=dt.UTC).date()
    told = f"Made on {today} by `make image-test` on {machine()}; the image stands on {kind} bases."
    text = PAGE.read_text(encoding="utf-8")
    for name, content in parts.items():
        print(f"\n{content}")
        text = with_section(text, name, f"{told}\n\n{content}")
    if status == 0 and not arguments:
        PAGE.write_text(text, encoding="utf-8")
    return int(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
