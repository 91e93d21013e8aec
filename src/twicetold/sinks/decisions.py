"""Decisions as files that can be imported again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from twicetold.sinks.tables import table_csv

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twicetold.decisions import Decision

COLUMNS = ("record_a", "record_b", "answer", "who", "at", "why")


def decisions_csv(made: Sequence[Decision]) -> bytes:
    """One row per decision, in their order."""
    rows = list(map(_cells, made))
    return table_csv({name: [row[name] for row in rows] for name in COLUMNS})


def decisions_jsonl(made: Sequence[Decision]) -> bytes:
    """One object per line and decision, in their order."""
    return b"".join(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace") + b"\n" for row in map(_cells, made))


def _cells(decision: Decision) -> dict[str, str]:
    at = decision.at.isoformat() if decision.at else ""
    values = (decision.record_a, decision.record_b, str(decision.answer), decision.who, at, decision.why)
    return dict(zip(COLUMNS, values, strict=True))
