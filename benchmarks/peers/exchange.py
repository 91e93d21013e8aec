"""What the peers' scripts have in common: they read goals or pairs, and write what they find.

    python X_peer.py find GOALS OUT --thresholds 0.8 0.9 [--labelled PAIRS]
    python X_peer.py score PAIRS OUT

`find` writes threshold,goal_id_a,goal_id_b: the pairs that it would join at each threshold. `score` writes one number
for each row of PAIRS. The interpreter is the peer's own, so only the standard library may be used here.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

#: At this threshold, these two are joined.
Joined = tuple[float, str, str]


@dataclass(frozen=True)
class Goal:
    """A record to compare within its scope."""

    id: str
    scope: str
    text: str


@dataclass(frozen=True)
class LabelledPair:
    """A pair of texts to learn from."""

    text_a: str
    text_b: str
    duplicate: bool


@dataclass(frozen=True)
class Task:
    """What `find` is given; `labelled` is empty for peers that do not learn."""

    goals: Sequence[Goal]
    thresholds: Sequence[float]
    labelled: Sequence[LabelledPair]

    @property
    def is_scoped(self) -> bool:
        """Whether there is more than one scope; what blocks on these must block on the text else."""
        return len({goal.scope for goal in self.goals}) > 1

    def scopes(self) -> list[list[Goal]]:
        """The goals of each scope that has two or more."""
        members: dict[str, list[Goal]] = defaultdict(list)
        for goal in self.goals:
            members[goal.scope].append(goal)
        return [goals for goals in members.values() if len(goals) > 1]

    def above(self, pairs: Iterable[tuple[str, str, float]]) -> Iterator[Joined]:
        """The scored pairs that each threshold joins."""
        for a, b, score in pairs:
            for threshold in self.thresholds:
                if score >= threshold:
                    yield threshold, a, b


def main(
    find: Callable[[Task], Iterable[Joined]],
    score: Callable[[list[str], list[str]], Iterable[float]] | None = None,
) -> None:
    """Runs one of the two commands."""
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["find", "score"])
    parser.add_argument("file")
    parser.add_argument("out")
    parser.add_argument("--thresholds", nargs="+", type=float, default=[])
    parser.add_argument("--labelled")
    given = parser.parse_args()
    if given.command == "find":
        goals = [Goal(row["goal_id"], row["recipient_id"], row["goal_text"]) for row in _rows(given.file)]
        labelled = [
            LabelledPair(row["text_a"], row["text_b"], row["duplicate"] == "1")
            for row in (_rows(given.labelled) if given.labelled else ())
        ]
        _write(given.out, ("threshold", "goal_id_a", "goal_id_b"), find(Task(goals, given.thresholds, labelled)))
    elif score:
        rows = list(_rows(given.file))
        scores = score([row["text_a"] for row in rows], [row["text_b"] for row in rows])
        _write(given.out, ("score",), ((float(each),) for each in scores))
    else:
        parser.error("this peer cannot score a pair on its own")


def _rows(path: str) -> Iterator[dict[str, str]]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _write(path: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
