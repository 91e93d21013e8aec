"""What the model card says, as the program and the pages that benchmarks write have it; no figure is typed here."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from evidence.claims import SourceWrong

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGE = "docs/model.md"
_DATA = ("file", "rows", "licence", "sha256")


@cache
def shown(root: Path) -> dict[str, Any]:
    """What ``twicetold model show`` says of the shipped model.

    Raises:
        SourceWrong: The command fails; its message says why.
    """
    command = [sys.executable, "-m", "twicetold", "model", "show", "--json"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SourceWrong(f"twicetold model show: {done.stderr.strip()}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def tables(shown: dict[str, Any]) -> dict[str, Callable[[], list[list[Any]]]]:
    """The rows of the tables of the model card, by the name under which a page asks for them."""
    weights = sorted(shown["coefficients"]["weights"].items(), key=lambda item: -abs(item[1]))
    return {
        "thresholds": lambda: [list(item) for item in shown["thresholds"].items()],
        "weights": lambda: [list(item) for item in weights],
        "training": lambda: [[each[key] for key in _DATA] for each in shown["training"]],
        "model_files": lambda: [list(item) for item in shown["files"].items()],
        "metrics": lambda: [list(item) for item in shown["metrics"].items()],
    }


def measured(root: Path, section: str) -> str:
    """A section that a benchmark has written into the page about the model.

    Raises:
        SourceWrong: There is no such section, or nothing in it.
    """
    text = (root / PAGE).read_text(encoding="utf-8")
    found = re.search(rf"<!-- begin {section} -->\n(.*?)\n<!-- end {section} -->", text, re.DOTALL)
    if not found or not found[1].strip():
        raise SourceWrong(f"{PAGE}: no section {section!r}")
    return found[1].strip()


def chapter(root: Path, heading: str) -> str:
    """What stands below a heading of that page.

    Raises:
        SourceWrong: There is no such heading.
    """
    text = (root / PAGE).read_text(encoding="utf-8")
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    if not found:
        raise SourceWrong(f"{PAGE}: no heading {heading!r}")
    without_markers = re.sub(r"<!--.*?-->\n*", "", found[1])
    return re.sub(r"\]\((?!https:)[^)]*\)", "]", without_markers).strip().replace("[", "").replace("]", "")
