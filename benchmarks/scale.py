"""Without scopes: time, memory and what is found as records grow, beside peers: `python benchmarks/scale.py`.

Every record could be the duplicate of every other one. Each tool starts cold on the same generated files, one after
another, and is given as many records as its own method can do.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import sys
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from document import publish, table
from environments import Peer, notes, peers
from generate import generate, write
from loglog import plot
from measure import MIB, Measured, measure
from twicetold import Model
from twicetold.matching.components import components
from twicetold.matching.explanation import IDENTICAL
from twicetold.matching.recall import wilson
from twicetold.model.scoring import score_pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from generate import Row

PLOT = Path(__file__).parents[1] / "docs" / "images" / "scale.svg"
#: Goals per recipient, whose sites and near misses they share; the recipients are not told to anybody.
_PER_SCOPE = 25
#: Planted pairs whose probability is looked up.
_PLANTED = 20_000


@dataclass(frozen=True, slots=True)
class Run:
    """What a tool did with a file; precision and recall are of all pairs within its groups."""

    measured: Measured
    precision: float = 0.0
    recall: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--peers", nargs="*", help="only these")
    parser.add_argument("--limit", type=float, default=1800, help="seconds after which a run is stopped")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--print", action="store_true", help="do not write the document and the plot")
    options = parser.parse_args()
    chosen = [peer for peer in peers(options.peers) if peer.unscoped]
    runs: dict[str, dict[int, Run]] = defaultdict(dict)
    searches = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in options.sizes:
            rows = generate(size, max(1, size // _PER_SCOPE), options.seed, scoped=False)
            file, out = folder / "goals.csv", folder / "out"
            write(rows, file)
            print(f"{size:,} ...", file=sys.stderr, flush=True)
            runs["Twicetold"][size] = _run(
                measure(ours(file, out), options.limit), rows, lambda out=out: groups_of_ours(out)
            )
            if not runs["Twicetold"][size].measured.failure:
                searches.append(_search(size, rows, out, options.seed))
            for peer in chosen:
                if size <= peer.unscoped:
                    print(f"  {peer.title} ...", file=sys.stderr, flush=True)
                    runs[peer.title][size] = _run_peer(peer, file, rows, options.limit)
    header = ["tool", *(f"{size:,} records" for size in options.sizes)]
    lines = [[tool, *(_cell(runs[tool].get(size)) for size in options.sizes)] for tool in runs]
    search = table(["records", "pairs", "compared", "found of sampled", "found of planted"], searches)
    content = "\n\n".join([_explain(options.limit, options.seed), table(header, lines), _SEARCH, search, notes(chosen)])
    publish("scale", content, print_only=options.print)
    if not options.print:
        seconds = {
            tool: {size: run.measured.seconds for size, run in by_size.items() if not run.measured.failure}
            for tool, by_size in runs.items()
        }
        PLOT.write_text(plot(seconds, "records", "seconds"), encoding="utf-8")


def ours(file: Path, out: Path) -> list[str]:
    """The command that finds duplicates in a file as one scope."""
    command = str(Path(sys.executable).with_name("twicetold"))
    columns = ["--id", "goal_id", "--text", "goal_text", "--scope", ""]
    return [command, "find", str(file), *columns, "--out", str(out), "--work-dir", str(out.parent), "--quiet"]


def _run_peer(peer: Peer, file: Path, rows: list[Row], limit: float) -> Run:
    out = file.with_name("pairs.csv")
    return _run(measure_peer(peer, file, out, limit), rows, lambda: groups_of_peer(out, rows))


def measure_peer(peer: Peer, file: Path, pairs: Path, limit: float) -> Measured:
    """What it takes a peer to write its pairs of a file, or why it is not there."""
    if peer.why_missing:
        return Measured(0, 0, peer.why_missing)
    return measure(peer.find(file, pairs, [peer.threshold]), limit)


def _run(measured: Measured, rows: list[Row], groups: Callable[[], dict[str, object]]) -> Run:
    return Run(measured) if measured.failure else Run(measured, *_judged(rows, groups()))


def groups_of_peer(pairs: Path, rows: list[Row]) -> dict[str, object]:
    """Of each record what hangs together through the pairs that a peer wrote."""
    ids = {row.goal_id: place for place, row in enumerate(rows)}
    with pairs.open(encoding="utf-8", newline="") as lines:
        joined = [(ids[a], ids[b]) for _, a, b in list(csv.reader(lines))[1:]]
    a, b = np.array(joined, np.int64).reshape(-1, 2).T
    return dict(zip(ids, components(len(rows), a, b).tolist(), strict=True))


def groups_of_ours(out: Path) -> dict[str, object]:
    """Of each record in a group its group."""
    with (out / "groups.csv").open(encoding="utf-8", newline="") as lines:
        return {row["record_id"]: row["group_id"] for row in csv.DictReader(lines)}


def _judged(rows: list[Row], groups: dict[str, object]) -> tuple[float, float]:
    """Precision and recall of all pairs within groups."""
    cluster = {row.goal_id: row.cluster_id for row in rows}
    found, planted = _pairs(groups.values()), _pairs(cluster.values())
    both = _pairs((group, cluster[record]) for record, group in groups.items())
    return both / max(1, found), both / max(1, planted)


def _pairs(labels: Iterable[object]) -> int:
    return sum(count * (count - 1) // 2 for count in Counter(labels).values())


def _cell(run: Run | None) -> str:
    if run is None:
        return "not run"
    if run.measured.failure:
        return run.measured.failure
    return (
        f"{run.measured.seconds:,.1f} s, {run.measured.peak / MIB:,.0f} MB, P {run.precision:.2f}, R {run.recall:.2f}"
    )


def _search(size: int, rows: list[Row], out: Path, seed: int) -> list[str]:
    """What share of the duplicates was compared, by the run itself and by the planted pairs."""
    counts = json.loads((out / "summary.json").read_text(encoding="utf-8"))["counts"]
    pairs = counts["pairs_compared"] + counts.get("pairs_not_compared", 0)
    told = "all pairs compared"
    if sampled := counts.get("duplicates_sampled"):
        told = f"{1 - counts['duplicates_missed'] / sampled:.1%} of {sampled:,}"
    wanted, found = _planted(rows, out, seed)
    low, high = wilson(found / wanted, wanted)
    planted = f"{found / wanted:.1%} of {wanted:,} ({low:.1%} to {high:.1%})"
    return [f"{size:,}", f"{pairs:,}", f"{counts['pairs_compared']:,}", told, planted]


def _planted(rows: list[Row], out: Path, seed: int) -> tuple[int, int]:
    """Planted pairs that the model calls duplicates, and how many of them are in one group or listed."""
    clusters = defaultdict(list)
    for row in rows:
        clusters[row.cluster_id].append(row)
    pairs = [pair for cluster in clusters.values() for pair in combinations(cluster, 2)]
    chosen = random.Random(seed).sample(pairs, min(len(pairs), _PLANTED))
    chances = score_pairs(Model(), [a.goal_text for a, _ in chosen], [b.goal_text for _, b in chosen])
    threshold = Model().thresholds.duplicate
    wanted = [(a.goal_id, b.goal_id) for (a, b), chance in zip(chosen, chances, strict=True) if chance >= threshold]
    first, looked_for = dict[str, str](), set()
    with (out / "pairs.csv").open(encoding="utf-8", newline="") as lines:
        first = {row["record_b"]: row["record_a"] for row in csv.DictReader(lines) if row["reason"] == IDENTICAL}
    looked_for = {tuple(sorted((first.get(a, a), first.get(b, b)))) for a, b in wanted}
    with (out / "pairs.csv").open(encoding="utf-8", newline="") as lines:
        seen = {pair for row in csv.DictReader(lines) if (pair := _pair(row)) in looked_for}
    group = groups_of_ours(out)
    hits = (tuple(sorted((first.get(a, a), first.get(b, b)))) for a, b in wanted)
    return len(wanted), sum(a == b or (a, b) in seen or (a in group and group[a] == group.get(b)) for a, b in hits)


def _pair(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(sorted((row["record_a"], row["record_b"])))


def _explain(limit: float, seed: int) -> str:
    return (
        f"Generated goals, seed {seed}, without scopes. Seconds from the start of the process to its end; the peak of "
        "resident memory; precision and recall of all pairs within groups, against the planted truth. Twicetold also "
        "writes the report, the peers only their pairs; what hangs together through these is a group. A run is "
        f"stopped after {limit:,.0f} s."
    )


_SEARCH = (
    "How many of all pairs Twicetold compared, and which share of the duplicates was among them: of texts that the run "
    "itself sampled and compared with all others, and, of planted pairs that the model calls duplicates, how many are "
    "in one group or listed (with a 95% interval after Wilson)."
)

if __name__ == "__main__":
    main()
