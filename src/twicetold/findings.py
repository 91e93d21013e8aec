"""Findings: what was degraded or surprising in a run, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a reader should care."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a reader of the results must know.

    Attributes:
        severity: How much it matters.
        code: Stable name in kebab-case, such as ``encoding-guessed``.
        message: One sentence, with values, never with a record's text.
        count: How many records, rows or pairs it is about.
    """

    severity: Severity
    code: str
    message: str
    count: int = 1


def about_truncated(texts: int) -> tuple[Finding, ...]:
    """What to say where texts are longer than the model reads; nothing if none is."""
    message = f"{texts:,} texts are longer than the model reads; only their beginning was compared by meaning"
    return (Finding(Severity.WARNING, "text-truncated", message, texts),) if texts else ()
