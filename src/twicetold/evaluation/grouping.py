"""Groups made from a baseline's scores, as the usual tools make them: every pair above a cut is joined."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twicetold.errors import BudgetExceeded
from twicetold.evaluation.cuts import between
from twicetold.evaluation.metrics import codes
from twicetold.matching.components import components

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from twicetold.evaluation.baselines import Scorer

MOST_PAIRS = 5_000_000


@dataclass(frozen=True, slots=True)
class BaselineGroups:
    """What a baseline makes of the records.

    Attributes:
        labels: A label per record, empty for a record on its own.
        cut: Pairs that score at or above it were joined.
    """

    labels: list[str]
    cut: float


def baseline_groups(
    texts: Sequence[str],
    scopes: Sequence[str],
    gold: Sequence[str | None],
    scorers: Mapping[str, Scorer],
    *,
    tuned: Mapping[str, float] | None = None,
) -> dict[str, BaselineGroups]:
    """Each baseline's groups; records without a gold cluster are left out, as they are from the evaluation.

    Args:
        texts: The records' texts.
        scopes: Records are compared within one scope.
        gold: The cluster of each record; empty or None where it is not known.
        scorers: The baselines by name.
        tuned: Cuts chosen on other data; without one the best in hindsight is taken.

    Raises:
        BudgetExceeded: There are more than ``MOST_PAIRS`` pairs within scopes.
    """
    known = [row for row, cluster in enumerate(gold) if cluster]
    a, b = pairs_within([scopes[row] for row in known])
    columns = [[texts[known[row]] for row in side.tolist()] for side in (a, b)]
    found = {}
    for name, score in scorers.items():
        pairs = ScoredPairs(len(known), a, b, score(*columns))
        cut = (tuned or {}).get(name)
        if cut is None:
            cut = pairs.best_cut([f"{scopes[row]}\x1f{gold[row]}" for row in known])
        labels = [""] * len(texts)
        for row, label in zip(known, pairs.groups(cut), strict=True):
            labels[row] = label
        found[name] = BaselineGroups(labels, cut)
    return found


def pairs_within(scopes: Sequence[str]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Every pair of rows of one scope.

    Raises:
        BudgetExceeded: There are more than ``MOST_PAIRS``.
    """
    rows_of: dict[str, list[int]] = {}
    for row, scope in enumerate(scopes):
        rows_of.setdefault(scope, []).append(row)
    count = sum(len(rows) * (len(rows) - 1) // 2 for rows in rows_of.values())
    if count > MOST_PAIRS:
        raise BudgetExceeded(
            f"the baselines would have to compare {count:,} pairs; at most {MOST_PAIRS:,} are compared",
            remedy="Evaluate a sample of the scopes, or leave out --compare.",
        )
    parts = [(np.array(rows), *np.triu_indices(len(rows), 1)) for rows in rows_of.values()]
    none = np.empty(0, np.intp)
    a = np.concatenate([none, *(rows[first] for rows, first, _ in parts)])
    b = np.concatenate([none, *(rows[second] for rows, _, second in parts)])
    return a, b


@dataclass(frozen=True, slots=True)
class ScoredPairs:
    """Pairs (a, b) of n records with a score each; columns of equal length."""

    n: int
    a: NDArray[np.intp]
    b: NDArray[np.intp]
    scores: NDArray[np.float64]

    def groups(self, cut: float) -> list[str]:
        """A label per record, empty for a record on its own: components of the pairs at or above the cut."""
        near = self.scores >= cut
        root = components(self.n, self.a[near], self.b[near])
        size = np.bincount(root, minlength=self.n)
        return [str(row) if size[row] > 1 else "" for row in root.tolist()]

    def best_cut(self, gold: Sequence[str]) -> float:
        """The cut whose groups have the highest pairwise F1; of equally good ones the highest.

        Exact: only the pairs that join two groups change anything (Kruskal 1956), so there are fewer than n
        cuts to try.
        """
        clusters = codes(gold).tolist()
        true = sum(size * (size - 1) // 2 for size in Counter(clusters).values())
        joins = np.array([(-1.0, 0.0, 0.0), *self._joins(clusters)])[1:]
        ends = np.flatnonzero(np.diff(joins[:, 0], append=-np.inf))
        score, both, flagged = joins[ends].T
        f1 = np.append(0.0, 2 * both / (flagged + true))
        return float(between(score)[f1.argmax()])

    def _joins(self, clusters: list[int]) -> Iterator[tuple[float, int, int]]:
        """Joins groups from the highest score down; yields the score, and the right and all pairs so far."""
        parent = list(range(self.n))
        members = [Counter([cluster]) for cluster in clusters]
        size = [1] * self.n
        both = flagged = 0
        for pair in np.argsort(-self.scores, kind="stable"):
            kept, gone = _root(parent, int(self.a[pair])), _root(parent, int(self.b[pair]))
            if kept == gone:
                continue
            if len(members[kept]) < len(members[gone]):
                kept, gone = gone, kept
            both += sum(count * members[kept][cluster] for cluster, count in members[gone].items())
            flagged += size[kept] * size[gone]
            members[kept].update(members[gone])
            size[kept] += size[gone]
            parent[gone] = kept
            yield float(self.scores[pair]), both, flagged


def _root(parent: list[int], row: int) -> int:
    while parent[row] != row:
        parent[row] = row = parent[parent[row]]
    return row
