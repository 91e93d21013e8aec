"""rapidfuzz: the token-set ratio of every pair within a scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from exchange import Goal, Joined, Task, main
from rapidfuzz import fuzz, process, utils

if TYPE_CHECKING:
    from collections.abc import Iterator


def find(task: Task) -> Iterator[Joined]:
    for goals in task.scopes():
        yield from task.above(_pairs(goals, min(task.thresholds)))


def _pairs(goals: list[Goal], lowest: float) -> Iterator[tuple[str, str, float]]:
    texts = [utils.default_process(goal.text) for goal in goals]
    ratios = process.cdist(texts, texts, scorer=fuzz.token_set_ratio, score_cutoff=100 * lowest, dtype=np.float32)
    for a, b in np.argwhere(np.triu(ratios >= 100 * lowest, 1)).tolist():
        yield goals[a].id, goals[b].id, float(ratios[a, b]) / 100


main(find)
