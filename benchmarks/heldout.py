"""How right the model is on pairs and goals that it was not fitted on: `python benchmarks/heldout.py --data DIR`.

DIR holds the sets that training/recipe.toml names, and goals_dev.csv. goal_pairs_dev is cut into two halves that share
no text. Twice, a model is fitted by the recipe with one half only; it then judges the other half, and those goals of
goals_dev whose texts are not in its own half. Writes sections of docs/model.md.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import twicetold
from document import publish, table, with_interval
from twicetold._evaluate import baseline_scorers
from twicetold.evaluation.evaluate import evaluate_groups, evaluate_pairs
from twicetold.evaluation.grouping import baseline_groups
from twicetold.model.artifact import Model
from twicetold.model.scoring import score_pairs
from twicetold.training.fit import bare
from twicetold.training.recipe import half_of, train_model

if TYPE_CHECKING:
    from twicetold.evaluation.results import Estimate, GroupEvaluation, PairEvaluation

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "model.md"
PAIRS = "goal_pairs_dev.csv"


@dataclass
class Judged:
    """What the models said of all that they had not seen."""

    pairs: list[dict[str, str]] = field(default_factory=list)
    chances: list[float] = field(default_factory=list)
    goals: list[dict[str, str]] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def fit_on_half(half: int, data: Path, folder: Path) -> Model:
    """The model that the recipe makes of one half of the pairs and of everything else."""
    recipe = (ROOT / "training" / "recipe.toml").read_text(encoding="utf-8")
    entry = f'path = "{PAIRS}"\n'
    assert entry in recipe
    (folder / "recipe.toml").write_text(recipe.replace(entry, f"{entry}half = {half}\n"), encoding="utf-8")
    for own in (ROOT / "training").glob("*.csv"):
        shutil.copy(own, folder)
    train_model(folder / "recipe.toml", folder / "model", data)
    return Model(folder / "model", threads=2)


def judge_other_half(half: int, data: Path, judged: Judged) -> Model:
    """Adds what the model fitted on one half says of the rest."""
    pairs = read(data / PAIRS)
    halves = half_of([row["text_a"] for row in pairs], [row["text_b"] for row in pairs])
    seen = {bare(row[side]) for row, h in zip(pairs, halves, strict=True) if h == half for side in ("text_a", "text_b")}
    unseen = [row for row, h in zip(pairs, halves, strict=True) if h != half]
    with tempfile.TemporaryDirectory() as scratch:
        model = fit_on_half(half, data, Path(scratch))
        chances = score_pairs(model, [row["text_a"] for row in unseen], [row["text_b"] for row in unseen])
        goals = [row for row in read(data / "goals_dev.csv") if bare(row["goal_text"]) not in seen]
        # A goal that is in neither half is judged by the first model only.
        goals = [row for row in goals if row["goal_id"] not in {goal["goal_id"] for goal in judged.goals}]
        records = [twicetold.Record(row["goal_id"], row["goal_text"], row["recipient_id"]) for row in goals]
        found = twicetold.find(records, model=model).groups
    group = {member: one.id for one in found for member in one.members}
    judged.pairs += unseen
    judged.chances += chances.tolist()
    judged.goals += goals
    judged.groups += [group.get(row["goal_id"], "") for row in goals]
    return model


def evaluate(judged: Judged, model: Model) -> tuple[PairEvaluation, GroupEvaluation]:
    """Both evaluations, beside baselines that get the best cut in hindsight."""

    others = baseline_scorers(model)
    texts_a, texts_b = ([row[side] for row in judged.pairs] for side in ("text_a", "text_b"))
    pairs = evaluate_pairs(
        [float(row["duplicate"]) for row in judged.pairs],
        judged.chances,
        texts_a=texts_a,
        texts_b=texts_b,
        thresholds=model.thresholds,
        kinds=[row["kind"] for row in judged.pairs],
        baselines={name: score(texts_a, texts_b) for name, score in others.items()},
    )
    texts, scopes, gold = ([row[c] for row in judged.goals] for c in ("goal_text", "recipient_id", "cluster_id"))
    rivals = baseline_groups(texts, scopes, gold, others)
    goals = evaluate_groups(
        gold,
        judged.groups,
        scopes,
        baselines={name: rival.labels for name, rival in rivals.items()},
        hindsight={name: rival.cut for name, rival in rivals.items()},
    )
    return pairs, goals


def metrics_table(evaluation: PairEvaluation | GroupEvaluation) -> str:
    """Each metric of the model with its interval, and of the baselines."""
    header = ["metric", "Twicetold (95% interval)", *(row.name for row in evaluation.baselines)]
    rows = []
    for name, estimate in evaluation.metrics.items():
        rivals = [_plain(row.metrics.get(name)) for row in evaluation.baselines]
        rows.append([name.replace("_", " "), with_interval(estimate), *rivals])
    return table(header, rows)


def kinds_table(evaluation: PairEvaluation) -> str:
    """Accuracy by phenomenon."""
    rows = [[row.kind, str(row.pairs), f"{row.duplicate_share:.2f}", f"{row.accuracy:.2f}"] for row in evaluation.kinds]
    return table(["phenomenon", "pairs", "share of duplicates", "accuracy"], rows)


def targets_table(pairs: PairEvaluation, goals: GroupEvaluation) -> str:
    """What the project asks of itself on texts never seen, and what is measured here."""
    kinds = {row.kind: row for row in pairs.kinds}

    def accuracy(*names: str) -> float:
        rows = [kinds[name] for name in names]
        return sum(row.accuracy * row.pairs for row in rows) / sum(row.pairs for row in rows)

    measured = [
        ("accuracy of pairs", pairs.metrics["accuracy"].value, 0.88),
        ("area under the ROC curve", pairs.metrics["roc_auc"].value, 0.93),
        ("recall at precision .95", pairs.metrics["recall_at_precision_95"].value, 0.65),
        ("accuracy of number and date near misses", accuracy("number", "date"), 0.95),
        ("accuracy of trivial variants", accuracy("exact", "case_punct", "whitespace_html"), 1.0),
        ("pairwise F1 of groups", goals.metrics["pairwise_f1"].value, 0.80),
        ("pairwise precision of groups", goals.metrics["pairwise_precision"].value, 0.85),
        ("B-cubed F1 of groups", goals.metrics["b_cubed_f1"].value, 0.92),
    ]
    rows = [
        [name, f"{value:.3f}", f"at least {floor}", "yes" if value >= floor else "no"]
        for name, value, floor in measured
    ]
    error = pairs.metrics["expected_calibration_error"].value
    rows.append(["expected calibration error", f"{error:.3f}", "at most 0.06", "yes" if error <= 0.06 else "no"])
    return table(["figure", "measured", "target", "met"], rows)


def _plain(estimate: Estimate | None) -> str:
    return "" if estimate is None else f"{estimate.value:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of the labelled sets")
    parser.add_argument("--print", dest="print_only", action="store_true", help="leave docs/model.md alone")
    options = parser.parse_args()
    judged = Judged()
    models = [judge_other_half(half, options.data, judged) for half in (0, 1)]
    pairs, goals = evaluate(judged, models[0])
    for name, content in {
        "pairs": f"{pairs.pairs} pairs, {pairs.duplicates} of them duplicates.\n\n{metrics_table(pairs)}",
        "targets": targets_table(pairs, goals),
        "kinds": kinds_table(pairs),
        "goals": f"{goals.records} goals in {goals.scopes} scopes.\n\n{metrics_table(goals)}",
    }.items():
        publish(name, content, print_only=options.print_only, data=options.data, document=DOCUMENT)


if __name__ == "__main__":
    main()
