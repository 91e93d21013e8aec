"""How right the model is on pairs and goals that nothing was fitted on: `python benchmarks/heldout.py --data DIR`.

DIR holds goal_pairs_dev.csv and goals_dev.csv. Half of the pairs calibrate the model; only the other half, which
shares no text with it, is measured here. Of the goals nothing is fitted. Writes sections of docs/model.md.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from pathlib import Path

from document import publish, table
from twicetold._evaluate import evaluate_file
from twicetold.evaluation.results import Estimate, GroupEvaluation, PairEvaluation
from twicetold.model.artifact import Model
from twicetold.platform.settings import load
from twicetold.training.recipe import half_of

DOCUMENT = Path(__file__).parents[1] / "docs" / "model.md"
#: The half that training/recipe.toml does not name.
HELD_BACK = 1


def held_back(source: Path, target: Path) -> None:
    """Writes the pairs of the half that nothing was fitted on."""
    with source.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    halves = half_of([row["text_a"] for row in rows], [row["text_b"] for row in rows])
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(row for row, half in zip(rows, halves, strict=True) if half == HELD_BACK)


def metrics_table(evaluation: PairEvaluation | GroupEvaluation) -> str:
    """Each metric of the model with its interval, and of the baselines."""
    header = ["metric", "Twicetold (95% interval)", *(row.name for row in evaluation.baselines)]
    rows = []
    for name, estimate in evaluation.metrics.items():
        others = [_plain(row.metrics.get(name)) for row in evaluation.baselines]
        rows.append([name.replace("_", " "), _with_interval(estimate), *others])
    return table(header, rows)


def kinds_table(evaluation: PairEvaluation) -> str:
    """Accuracy by phenomenon."""
    rows = [[row.kind, str(row.pairs), f"{row.duplicate_share:.2f}", f"{row.accuracy:.2f}"] for row in evaluation.kinds]
    return table(["phenomenon", "pairs", "share of duplicates", "accuracy"], rows)


def _with_interval(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} ({estimate.low:.2f} to {estimate.high:.2f})"


def _plain(estimate: Estimate | None) -> str:
    return "" if estimate is None else f"{estimate.value:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of the labelled sets")
    parser.add_argument("--print-only", action="store_true", help="leave docs/model.md alone")
    options = parser.parse_args()
    model, settings = Model(), load()
    with tempfile.TemporaryDirectory() as scratch:
        half = Path(scratch, "pairs.csv")
        held_back(options.data / "goal_pairs_dev.csv", half)
        pairs = evaluate_file(str(half), model=model, settings=settings, compare=True)
    goals = evaluate_file(str(options.data / "goals_dev.csv"), model=model, settings=settings, compare=True)
    assert isinstance(pairs, PairEvaluation)
    assert isinstance(goals, GroupEvaluation)
    for name, content in {
        "pairs": f"{pairs.pairs} pairs, {pairs.duplicates} of them duplicates.\n\n{metrics_table(pairs)}",
        "kinds": kinds_table(pairs),
        "goals": f"{goals.records} goals in {goals.scopes} scopes.\n\n{metrics_table(goals)}",
    }.items():
        publish(name, content, print_only=options.print_only, data=options.data, document=DOCUMENT)


if __name__ == "__main__":
    main()
