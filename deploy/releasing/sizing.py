"""What tasks and apps need and cost, computed from what real runs said of themselves."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twicetold.runs.summary import USD_PER_GB_MONTH

if TYPE_CHECKING:
    from collections.abc import Iterable

MIB = 1 << 20
HOURS_PER_MONTH = 730
#: Room above the measured peak, and the steps in which memory is given.
ROOM, STEP = 1.25, 64
#: Prices of a month in dollars and where they stand; USD_PER_GB_MONTH has its source in the package.
PRICED = "cloud.gov's published prices of April 2026: 50 credits are $30,000 a year"
USD_PER_CREDIT_MONTH = 30_000 / 50 / 12
CREDITS_OF_DATABASES = {"micro-psql": 1, "small-psql": 2, "medium-psql": 4}


class NotASummary(Exception):
    """A line is no run.summary with time and memory; the message says which."""


@dataclass(frozen=True)
class Run:
    """What a run said of itself.

    Attributes:
        name: What it did.
        seconds: From its start to its end.
        peak: The most bytes that its process held.
    """

    name: str
    seconds: float
    peak: int

    @property
    def memory(self) -> int:
        """MiB that a task for it should be given."""
        return math.ceil(self.peak / MIB * ROOM / STEP) * STEP

    def monthly(self, times: float) -> float:
        """Dollars for so many such tasks a month."""
        return self.memory / 1024 * USD_PER_GB_MONTH * times * self.seconds / 3600 / HOURS_PER_MONTH


def read(lines: Iterable[str]) -> list[Run]:
    """The runs of which lines of JSON tell; other lines of a log are passed over.

    Raises:
        NotASummary: There is none, or one has no time or memory.
    """
    runs = []
    for number, line in enumerate(lines, 1):
        try:
            fields = json.loads(line)
        except ValueError:
            continue
        if isinstance(fields, dict) and fields.get("event") == "run.summary":
            runs.append(_run(fields, number))
    if not runs:
        raise NotASummary("no line is a run.summary: give the output of twicetold run")
    return runs


def _run(fields: dict[str, object], number: int) -> Run:
    seconds, memory = fields.get("wall_seconds"), fields.get("memory")
    peak = memory.get("process_peak") if isinstance(memory, dict) else None
    if not isinstance(seconds, int | float) or not isinstance(peak, int):
        raise NotASummary(f"line {number}: the run.summary has no wall_seconds or no memory.process_peak")
    name = fields.get("measured") or f"{fields.get('profile')}, {fields.get('state')}"
    return Run(str(name), float(seconds), peak)


def table(runs: Iterable[Run], times: float) -> str:
    """A Markdown table: what each run needs, and what it costs as a task and as an app that stays up.

    Args:
        runs: What was measured.
        times: Tasks a month.
    """
    head = ["run", "seconds", "peak, MB", "memory of the task", f"{times:g} tasks a month", "the same memory all month"]
    rows = [
        [
            run.name,
            f"{run.seconds:,.1f}",
            f"{run.peak / MIB:,.0f}",
            f"{run.memory}M",
            dollars(run.monthly(times)),
            dollars(run.memory / 1024 * USD_PER_GB_MONTH),
        ]
        for run in runs
    ]
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def databases() -> str:
    """A Markdown table: what a database costs, which is paid for all month."""
    rows = [f"| `aws-rds` {plan} | {dollars(n * USD_PER_CREDIT_MONTH)} |" for plan, n in CREDITS_OF_DATABASES.items()]
    return "\n".join(["| database | a month |", "| --- | ---: |", *rows])


def dollars(amount: float) -> str:
    """An amount as it is read: cents where they matter."""
    return f"${amount:,.0f}" if amount >= 10 else f"${amount:,.2f}" if amount >= 0.01 else "under $0.01"
