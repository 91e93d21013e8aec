"""Gates: whether the results of a run look like those before; if not, a person has to look at them first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twicetold.pipeline import Result
    from twicetold.runs.profile import Gates


def measure(result: Result, rejected: int) -> dict[str, Any]:
    """The counts of a run, as they are stored with it and compared with those of the next one.

    Args:
        result: What the run found.
        rejected: Rows that were set aside.
    """
    # What was not compared, since nothing suggests it, counts as improbable: else a scope that grows large would drift.
    first, *others = result.histogram.tolist()
    histogram = [first + result.counts.get("pairs_not_compared", 0), *others]
    return {**result.counts, "rows_rejected": rejected, "histogram": histogram}


def judge(gates: Gates, now: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The verdict of each gate: its name, what was measured, the bound, and whether it is passed.

    Args:
        gates: The bounds.
        now: What :func:`measure` says of this run.
        before: What it said of the run whose results are in force; None if there is none.
    """
    rows = now["records"] + now["rows_rejected"]
    measured: dict[str, float] = {
        "rejected_share": now["rows_rejected"] / rows if rows else 0.0,
        "largest_group": now["largest_group"],
    }
    if before is not None:
        measured |= {
            "grouped_share_change": abs(_grouped_share(now) - _grouped_share(before)),
            "records_lost": max(0.0, 1 - now["records"] / before["records"]) if before["records"] else 0.0,
            "histogram_drift": _drift(now["histogram"], before["histogram"]),
        }
    if now.get("duplicates_sampled"):
        measured["duplicates_missed"] = now["duplicates_missed"] / now["duplicates_sampled"]
    bounds = {name: getattr(gates, name) for name in measured}
    return [
        {"gate": name, "measured": value, "bound": bounds[name], "passed": value <= bounds[name]}
        for name, value in sorted((name, round(value, 6)) for name, value in measured.items())
    ]


def _grouped_share(counts: Mapping[str, Any]) -> float:
    return counts["records_in_groups"] / counts["records"] if counts["records"] else 0.0


def _drift(now: list[int], before: list[int]) -> float:
    """Total variation distance of two histograms: the share of one that would have to move to make it the other."""
    one, other = np.array(now, float), np.array(before, float)
    if not one.sum() or not other.sum():
        return 0.0
    return float(np.abs(one / one.sum() - other / other.sum()).sum() / 2)
