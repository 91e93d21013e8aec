"""How pages write metrics: tables of values with their intervals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from markupsafe import Markup

from twicetold.report.page import fragment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from twicetold.evaluation.results import BaselineRow, Estimate

UNDEFINED = "undefined"
NAMES = {
    "accuracy": "Accuracy",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
    "average_precision": "Average precision",
    "roc_auc": "ROC AUC",
    "recall_at_precision_95": "Recall at precision 0.95",
    "expected_calibration_error": "Expected calibration error",
    "brier": "Brier score",
    "log_loss": "Log loss",
    "pairwise_precision": "Pairwise precision",
    "pairwise_recall": "Pairwise recall",
    "pairwise_f1": "Pairwise F1",
    "b_cubed_precision": "B-cubed precision",
    "b_cubed_recall": "B-cubed recall",
    "b_cubed_f1": "B-cubed F1",
}


def decimal(value: float) -> str:
    """Three digits after the point, or that there is no value."""
    return UNDEFINED if math.isnan(value) else f"{value:.3f}"


def change(value: float) -> str:
    """A difference with its sign: ``+0.041``, ``−0.012``, ``0.000``."""
    written = decimal(abs(value))
    if written in {UNDEFINED, "0.000"}:
        return written
    return ("+" if value > 0 else "\N{MINUS SIGN}") + written


def share(value: float) -> str:
    """A share as a percentage with one digit after the point, or that there is none."""
    return UNDEFINED if math.isnan(value) else f"{value:.1%}"


def table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """A table whose first column names its rows."""
    return fragment("table.html.j2", caption=caption, head=head, rows=rows)


def metrics_table(caption: str, metrics: Mapping[str, Estimate]) -> Markup:
    """One metric per row, with its interval."""
    rows = [(NAMES[name], decimal(each.value), _interval(each, decimal)) for name, each in metrics.items()]
    return table(caption, ("Metric", "Value", "95% interval"), rows)


def baseline_tables(
    ours: Mapping[str, Estimate], baselines: Sequence[BaselineRow], names: Sequence[str]
) -> list[Markup]:
    """The named metrics of ours and the baselines, the differences, and where the baselines were cut."""
    head = ("Scorer", *(NAMES[name] for name in names))
    beside = [("Twicetold", ours), *((row.name, row.metrics) for row in baselines)]
    values = [(name, *(_estimate(metrics[each], decimal) for each in names)) for name, metrics in beside]
    gains = [(row.name, *(_estimate(row.difference[each], change) for each in names)) for row in baselines]
    return [
        table("Metrics, and below each its 95% interval", head, values),
        table("Twicetold minus baseline, and below each its 95% interval", ("Baseline", *head[1:]), gains),
        table(
            "Where the baselines were cut",
            ("Baseline", "Cut", "Chosen"),
            [(row.name, _cuts(row), _chosen(row)) for row in baselines],
        ),
    ]


def _cuts(row: BaselineRow) -> str:
    return ", ".join(f"{value:.3f} for {NAMES[name]}" for name, value in row.cuts.items()) or "none"


def _chosen(row: BaselineRow) -> str:
    if row.hindsight:
        return "in hindsight, as the best for these very rows: flatters it"
    return "on other data" if row.cuts else "before"


def _estimate(each: Estimate, write: Callable[[float], str]) -> Markup:
    cell = Markup('{}<br><span class="small">{}</span>')
    return cell.format(write(each.value), _interval(each, write))


def _interval(each: Estimate, write: Callable[[float], str]) -> str:
    return UNDEFINED if math.isnan(each.low) else f"{write(each.low)} to {write(each.high)}"
