"""How right Twicetold and its peers are on labelled data: `python benchmarks/quality.py --data DIR`.

DIR, and DIR/train if it is there, hold CSV files: labelled pairs (text_a, text_b, duplicate) or records with clusters
(goal_id, recipient_id, goal_text, cluster_id). A generated file with planted clusters is added.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import twicetold
from document import publish, table, with_interval
from environments import Peer, notes, peers
from generate import generate, write
from labelled import PairSet, RecordSet, pair_sets, read_rows, record_sets
from measure import measure
from twicetold._evaluate import baseline_scorers
from twicetold.evaluation.evaluate import evaluate_groups, evaluate_pairs
from twicetold.evaluation.grouping import ScoredPairs, baseline_groups
from twicetold.evaluation.metrics import pairwise
from twicetold.model.artifact import Model
from twicetold.platform.container import cpu_limit
from twicetold.platform.settings import load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twicetold.evaluation.results import GroupEvaluation, PairEvaluation

_METRICS = {"average_precision": "Average precision", "roc_auc": "Area under the ROC curve", "accuracy": "Accuracy"}
_LIMIT = 1800.0


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that is compared."""

    model: Model
    peers: list[Peer]
    folder: Path

    def run(self, peer: Peer, command: list[str], out: Path) -> tuple[list[dict[str, str]], str]:
        """The rows that a peer writes, and why it failed."""
        print(f"{peer.title} ...", file=sys.stderr, flush=True)
        failure = peer.why_missing or measure(command, _LIMIT).failure
        return ([], failure) if failure else (read_rows(out), "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the labelled sets")
    parser.add_argument("--peers", nargs="*", help="only these")
    parser.add_argument("--goals", type=int, default=2_000, help="how many goals are generated")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--print", action="store_true", help="do not write the document")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Model(load().model, threads=cpu_limit()), peers(options.peers), Path(folder))
        made = bench.folder / "made"
        made.mkdir()
        write(generate(options.goals, max(1, options.goals // 25), options.seed), made / "generated.csv")
        content = [notes(bench.peers), _pairs_part(bench, pair_sets(options.data))]
        sets = record_sets(options.data, bench.folder) | record_sets(made, bench.folder)
        content += [_records_part(bench, name, records) for name, records in sets.items()]
    publish("quality", "\n\n".join(content), print_only=options.print, data=options.data)


def _pairs_part(bench: Bench, sets: Mapping[str, PairSet]) -> str:
    """One table for each metric, a row for each set."""
    theirs, failures = _peer_scores(bench, sets)
    evaluations = {}
    for name, pairs in sets.items():
        print(f"Twicetold: {name} ...", file=sys.stderr, flush=True)
        simple = {title: score(pairs.texts_a, pairs.texts_b) for title, score in baseline_scorers(bench.model).items()}
        evaluations[name] = evaluate_pairs(
            pairs.labels,
            twicetold.score(pairs.texts_a, pairs.texts_b, model=bench.model),
            texts_a=pairs.texts_a,
            texts_b=pairs.texts_b,
            thresholds=bench.model.thresholds,
            baselines=simple | theirs[name],
        )
    tables = [f"**{title}**\n\n{_metric_table(metric, evaluations)}" for metric, title in _METRICS.items()]
    missing = [f"- {title} is not in these tables: {reason}." for title, reason in failures.items()]
    return "\n\n".join(["### Pairs", _explain_pairs(bench), *tables, "\n".join(missing)])


def _peer_scores(
    bench: Bench, sets: Mapping[str, PairSet]
) -> tuple[dict[str, dict[str, NDArray[np.float64]]], dict[str, str]]:
    """The peers' scores of the pairs of each set, all scored in one run of each peer; and why peers have none."""
    file, out = bench.folder / "all_pairs.csv", bench.folder / "scores.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("text_a", "text_b"))
        for pairs in sets.values():
            writer.writerows(zip(pairs.texts_a, pairs.texts_b, strict=True))
    ends = np.cumsum([len(pairs.labels) for pairs in sets.values()])
    scores: dict[str, dict[str, NDArray[np.float64]]] = defaultdict(dict)
    failures = {}
    for peer in bench.peers:
        if peer.no_pair_score:
            failures[peer.title] = peer.no_pair_score
            continue
        rows, failure = bench.run(peer, peer.score(file, out), out)
        if failure:
            failures[peer.title] = failure
            continue
        parts = np.split(np.array([float(row["score"]) for row in rows]), ends[:-1])
        for name, part in zip(sets, parts, strict=True):
            scores[name][peer.title] = part
    return scores, failures


def _metric_table(metric: str, evaluations: Mapping[str, PairEvaluation]) -> str:
    titles = list(dict.fromkeys(row.name for evaluation in evaluations.values() for row in evaluation.baselines))
    rows = []
    for name, evaluation in evaluations.items():
        others = {row.name: row.metrics[metric].value for row in evaluation.baselines}
        best = max((value for value in others.values() if not math.isnan(value)), default=math.nan)
        shown = {title: f"**{value:.3f}**" if value == best else _number(value) for title, value in others.items()}
        ours = with_interval(evaluation.metrics[metric])
        rows.append([name, f"{evaluation.pairs:,}", ours, *(shown[title] for title in titles)])
    return table(["set", "pairs", "Twicetold", *titles], rows)


def _explain_pairs(bench: Bench) -> str:
    return (
        "Labelled pairs; in brackets the 95% interval, by bootstrap over pairs that share texts. The best of the "
        "others is bold. Accuracy: Twicetold's at its shipped threshold "
        f"({bench.model.thresholds.duplicate:.2f}), the others' at the threshold that is best for these very pairs, "
        "which flatters them. † marks sets that the model was fitted on: there its figures tell nothing. Of a set "
        "called half, the model was fitted on the other half, which shares no text with this one. Some of the sets "
        "have a looser or another notion of sameness than Twicetold."
    )


def _records_part(bench: Bench, name: str, records: RecordSet) -> str:
    """One table for a set of records, a row for each tool and threshold."""
    result = twicetold.find(records.path, id="goal_id", text="goal_text", scope="recipient_id", model=bench.model)
    group = {member: each.id for each in result.groups for member in each.members}
    labels: dict[str, list[str]] = {}
    failures = {}
    for peer in bench.peers:
        found, failure = _peer_groups(bench, peer, records)
        labels |= found
        if failure:
            failures[peer.title] = failure
    simple = baseline_groups(records.texts, records.scopes, records.clusters, baseline_scorers(bench.model))
    labels |= {f"{title}, best: {made.cut:.3g}": made.labels for title, made in simple.items()}
    evaluation = evaluate_groups(
        records.clusters,
        [group.get(each, "") for each in records.ids],
        records.scopes,
        ids=records.ids,
        texts=records.texts,
        baselines=labels,
    )
    return "\n\n".join([_explain_records(name, evaluation), _record_table(evaluation, failures)])


def _peer_groups(bench: Bench, peer: Peer, records: RecordSet) -> tuple[dict[str, list[str]], str]:
    """The groups at a peer's own threshold and at the best in hindsight, and why it failed."""
    thresholds = sorted({peer.threshold, *peer.thresholds})
    out = bench.folder / "pairs.csv"
    rows, failure = bench.run(peer, peer.find(records.path, out, thresholds), out)
    if failure:
        return {}, failure
    row_of = {each: number for number, each in enumerate(records.ids)}
    joined: dict[float, list[tuple[int, int]]] = {threshold: [] for threshold in thresholds}
    for row in rows:
        joined[float(row["threshold"])].append((row_of[row["goal_id_a"]], row_of[row["goal_id_b"]]))
    found = {threshold: _groups(len(row_of), pairs) for threshold, pairs in joined.items()}
    best = max(found, key=lambda threshold: np.nan_to_num(pairwise(records.clusters, found[threshold]).f1))
    own = {f"{peer.title}, own: {peer.threshold:.3g}": found[peer.threshold]}
    return own | {f"{peer.title}, best: {best:.3g}": found[best]}, ""


def _groups(n: int, pairs: list[tuple[int, int]]) -> list[str]:
    """A label per record: what the pairs connect."""
    a, b = np.array(pairs, np.intp).reshape(-1, 2).T
    return ScoredPairs(n, a, b, np.ones(len(a))).groups(1.0)


def _record_table(evaluation: GroupEvaluation, failures: Mapping[str, str]) -> str:
    names = ("pairwise_precision", "pairwise_recall", "pairwise_f1", "b_cubed_f1")
    rows = [["**Twicetold**", *(f"**{with_interval(evaluation.metrics[name])}**" for name in names), ""]]
    for row in evaluation.baselines:
        cells = (_number(row.metrics[name].value) for name in names)
        rows.append([row.name, *cells, with_interval(row.difference["pairwise_f1"], sign="+")])
    rows += [[title, failure, *[""] * len(names)] for title, failure in failures.items()]
    return table(["tool, threshold", "precision", "recall", "F1", "B-cubed F1", "Twicetold's F1 minus theirs"], rows)


def _explain_records(name: str, evaluation: GroupEvaluation) -> str:
    how = evaluation.resampling
    return (
        f"### Groups: {name}\n\n{evaluation.records:,} records of {evaluation.scopes:,} recipients, "
        f"{evaluation.clusters:,} true groups of two or more. Precision, recall and F1 over pairs of records; in "
        f"brackets the 95% interval, by bootstrap over {how.unit}. Each tool is shown at its own threshold and at the "
        "one that is best for these very records, which flatters it. Records whose texts the model was fitted on are "
        "left out."
    )


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"


if __name__ == "__main__":
    main()
