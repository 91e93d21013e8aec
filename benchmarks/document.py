"""The sections of docs/benchmarks.md that the benchmarks write, each between two markers."""

from __future__ import annotations

import datetime as dt
import math
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from measure import machine

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from twicetold.evaluation.results import Estimate

DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def section(text: str, name: str) -> str:
    """What lies between the markers of a section."""
    begin, end = _markers(text, name)
    return text[begin:end].strip("\n")


def with_section(text: str, name: str, content: str) -> str:
    """The text with another content of one section; the rest stays as it is."""
    begin, end = _markers(text, name)
    return f"{text[:begin]}\n\n{content.strip()}\n\n{text[end:]}"


def _markers(text: str, name: str) -> tuple[int, int]:
    opening, closing = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    begin, end = text.find(opening), text.find(closing)
    if not 0 <= begin < end or text.count(opening) + text.count(closing) != 2:
        raise ValueError(f"the document needs {opening} before {closing}, each once")
    return begin + len(opening), end


def publish(name: str, content: str, *, print_only: bool, data: Path | None = None, document: Path = DOCUMENT) -> None:
    """Prints a section and writes it into the document, headed by the day, the command and the machine.

    Args:
        name: The section.
        content: What to write.
        print_only: Leave the document alone.
        data: A folder on the command line that the document shall not name.
        document: Where the section is.
    """
    arguments = ["DIR" if data and argument == str(data) else argument for argument in sys.argv[1:]]
    command = shlex.join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *arguments])
    today = dt.datetime.now(tz=dt.UTC).date()
    told = f"Made on {today} by `{command}` on {machine()}.\n\n{content}"
    print(told)
    if not print_only:
        text = document.read_text(encoding="utf-8")
        document.write_text(with_section(text, name, told), encoding="utf-8")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first are aligned to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def with_interval(estimate: Estimate, sign: str = "") -> str:
    """A figure and its 95% interval; a dash where it cannot be told."""
    if math.isnan(estimate.value):
        return "–"
    return f"{estimate.value:{sign}.3f} ({estimate.low:{sign}.2f} to {estimate.high:{sign}.2f})"
