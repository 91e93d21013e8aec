"""Rows: what a run found, as the tables of the store have it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from twicetold.matching.plan import scope_rows
from twicetold.store.bulk import storable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from twicetold.matching.identity import Change
    from twicetold.pipeline import Result


def rows_of_scopes(result: Result, digests: Mapping[str, str], changed: Collection[str]) -> Iterator[dict[str, Any]]:
    """Rows of the table ``scopes`` for the scopes that have changed."""
    groups = dict.fromkeys(changed, 0)
    for group in result.groups:
        if group.scope in groups:
            groups[group.scope] += 1
    for rows in scope_rows(result.records):
        scope = result.records.scopes[int(rows[0])]
        if scope in groups:
            yield {"scope": storable(scope), "digest": digests[scope], "records": len(rows), "groups": groups[scope]}


def rows_of_pairs(result: Result, changed: Collection[str]) -> Iterator[dict[str, Any]]:
    """Rows of the table ``pairs`` for the scopes that have changed."""
    records, names = result.records, result.pairs.names
    for place, (a, b, chance) in enumerate(result.pairs):
        if records.scopes[a] in changed:
            log_odds = result.pairs.log_odds[place]
            yield {
                "record_a": storable(records.ids[a]),
                "record_b": storable(records.ids[b]),
                "scope": storable(records.scopes[a]),
                "probability": chance,
                "verdict": str(result.thresholds.verdict(chance)),
                "reason": storable(result.reasons[place]),
                "evidence": {names[k]: round(float(log_odds[k]), 4) for k in np.flatnonzero(log_odds).tolist()},
            }


def row_of_change(change: Change) -> dict[str, Any]:
    """A change as the feed and the files have it."""
    row = asdict(change)
    return {"group_id": row.pop("group"), **row}
