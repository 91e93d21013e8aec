"""How the model does on fields that it was not fitted on: `python benchmarks/transfer.py --data DIR`.

DIR, and DIR/train if it is there, hold labelled pairs (text_a, text_b, duplicate). Every set, and every field of the
labelled data in training/, is judged by weights that were fitted by the recipe without it; all that is about Head Start
leaves together. Writes sections of docs/model.md.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from document import publish, table, with_interval
from heldout import DOCUMENT, kinds_table
from labelled import read_rows
from twicetold._evaluate import baseline_scorers
from twicetold.evaluation.evaluate import evaluate_pairs
from twicetold.model.artifact import Model
from twicetold.model.probability import probability
from twicetold.model.scoring import pair_evidence
from twicetold.pairs import Thresholds
from twicetold.training.fit import Labelled, fit_scale, fit_weights
from twicetold.training.recipe import pairs_of_records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from twicetold.evaluation.results import PairEvaluation

    #: Weights of the evidence, scale and shift.
    Fitted = tuple[NDArray[np.float64], float, float]

TRAINING = Path(__file__).parents[1] / "training"
HEAD_START = "head-start"
#: Sets that are judged, by the field of the recipe's files that must leave with them.
TOGETHER = {"goal_pairs_dev": HEAD_START}
#: Pairs of a large set that are judged; the first of them, since the sets are in random order.
MOST = 1500
OWN = "pairs.csv"
#: Weights for judging have no thresholds of their own; a pair counts as a duplicate if that is the likelier.
EVEN = Thresholds(duplicate=0.5, possible=0.5)


@dataclass(frozen=True, slots=True)
class Set:
    """Labelled pairs of one field and their evidence."""

    name: str
    file: str
    field: str
    rows: list[dict[str, str]]
    columns: NDArray[np.float32]
    identical: NDArray[np.bool_]

    @property
    def labels(self) -> NDArray[np.bool_]:
        return np.array([row["duplicate"] == "1" for row in self.rows])

    def as_training(self) -> Labelled:
        # Nothing is held out here by pairs that share texts, so the parts are not told apart.
        parts = np.zeros(len(self.rows), np.int32)
        return Labelled(self.columns, self.labels, parts).take(~self.identical)


def pairs_of(path: Path, entry: dict[str, object]) -> list[dict[str, str]]:
    """The labelled pairs of a file; of records, every two of a scope."""
    rows = read_rows(path)
    if not entry.get("grouped"):
        return [row for row in rows if row.get("kind") not in entry.get("leave_out_kinds", ())]
    return [
        {
            "text_a": a["text"],
            "text_b": b["text"],
            "duplicate": str(int(a["cluster_id"] == b["cluster_id"])),
            "field": a["field"],
        }
        for a, b in pairs_of_records(rows)
    ]


def sets_of(data: Path, model: Model) -> Iterator[Set]:
    """The sets of the recipe, own files cut by field, and then those that no model is fitted on."""
    entries = {
        Path(entry["path"]).name: entry
        for entry in tomllib.loads((TRAINING / "recipe.toml").read_text(encoding="utf-8"))["file"]
    }
    paths = [path for folder in (TRAINING, data, data / "train") for path in sorted(folder.glob("*.csv"))]
    for path in paths:
        own = path.parent == TRAINING
        if own and path.name not in entries:
            continue
        rows = pairs_of(path, entries.get(path.name, {}))
        if not rows or not rows[0].keys() >= {"text_a", "text_b", "duplicate"}:
            continue
        by_field: dict[str, list[dict[str, str]]] = {}
        for row in rows:
            by_field.setdefault(row["field"] if own else TOGETHER.get(path.stem, path.stem), []).append(row)
        for field, part in by_field.items():
            kept = part if path.name in entries else part[:MOST]
            found = pair_evidence(model, [row["text_a"] for row in kept], [row["text_b"] for row in kept])
            name = f"{path.stem}: {field}" if own else path.stem
            yield Set(name, path.name if path.name in entries else "", field, kept, found.columns, found.identical)


def fit_without(sets: Sequence[Set], field: str) -> Fitted:
    """Weights by all files of the recipe without what is of a field, scale and shift by the rest of our own pairs."""
    files: dict[str, list[Labelled]] = {}
    for each in sets:
        if each.file and each.field != field:
            files.setdefault(each.file, []).append(each.as_training())
    joined = {file: _joined(parts) for file, parts in files.items()}
    weights = fit_weights(list(joined.values()))
    own = joined[OWN]
    return weights, *fit_scale(own.columns @ weights, own.labels, np.ones(len(own.labels)))


def _joined(parts: Sequence[Labelled]) -> Labelled:
    columns, labels, numbers = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("columns", "labels", "parts")
    )
    return Labelled(columns, labels, numbers)


def judge(judged: Sequence[Set], fitted: Callable[[str], Fitted], model: Model) -> PairEvaluation:
    """What is said of sets by weights that were fitted without the field of each."""
    chances = []
    for each in judged:
        weights, scale, shift = fitted(each.field if each.file else "")
        said = probability((each.columns @ weights) * scale + shift)
        chances.append(np.where(each.identical, 1.0, said))
    rows = [row for each in judged for row in each.rows]
    texts_a, texts_b = [row["text_a"] for row in rows], [row["text_b"] for row in rows]
    rivals = baseline_scorers(model)
    return evaluate_pairs(
        [float(row["duplicate"]) for row in rows],
        np.concatenate(chances),
        texts_a=texts_a,
        texts_b=texts_b,
        thresholds=EVEN,
        kinds=[row.get("kind", "") for row in rows],
        baselines={name: rivals[name](texts_a, texts_b) for name in ("encoder-cosine", "token-set-ratio")},
    )


def row_of(name: str, found: PairEvaluation) -> list[str]:
    """A set's row: average precision of the model with its interval, and of the baselines."""
    ours = found.metrics["average_precision"]
    theirs = [row.metrics["average_precision"].value for row in found.baselines]
    share = found.duplicates / found.pairs
    return [
        name,
        f"{found.pairs:,}",
        f"{share:.2f}",
        with_interval(ours),
        *(f"{value:.3f}" for value in theirs),
        f"{ours.value - theirs[0]:+.3f}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of the labelled sets")
    parser.add_argument("--print", dest="print_only", action="store_true", help="leave docs/model.md alone")
    options = parser.parse_args()
    model = Model.for_training()
    sets = list(sets_of(options.data, model))
    # Sets that are in no recipe share one fit, and the files of one field another.
    fitted = cache(partial(fit_without, sets))
    header = [
        "left out",
        "pairs",
        "share of duplicates",
        "Twicetold (95% interval)",
        "encoder-cosine",
        "token-set-ratio",
    ]
    rows = []
    for each in sets:
        if 0 < each.labels.sum() < len(each.labels):
            print(f"{each.name} ...", file=sys.stderr, flush=True)
            rows.append(row_of(each.name, judge([each], fitted, model)))
    publish(
        "fields",
        table([*header, "difference to cosine"], rows),
        print_only=options.print_only,
        data=options.data,
        document=DOCUMENT,
    )
    own = judge([each for each in sets if each.file == OWN], fitted, model)
    publish(
        "own-kinds",
        kinds_table(own),
        print_only=options.print_only,
        data=options.data,
        document=DOCUMENT,
    )


if __name__ == "__main__":
    main()
