"""GoldenMatch: the token-sort ratio of the text, blocked on the scope, or without scopes on the words of the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import goldenmatch
import polars as pl
from exchange import Joined, Task, main
from goldenmatch.config.schemas import (
    BlockingConfig,
    BlockingKeyConfig,
    GoldenMatchConfig,
    MatchkeyConfig,
    MatchkeyField,
    TokenBlockingConfig,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCORER, _CLEANING = "token_sort", ["lowercase", "strip"]


def find(task: Task) -> Iterator[Joined]:
    table = pl.DataFrame(
        {
            "recipient_id": [goal.scope for goal in task.goals],
            "goal_text": [goal.text for goal in task.goals],
        }
    )
    text = MatchkeyField(field="goal_text", scorer=_SCORER, weight=1.0, transforms=_CLEANING)
    blocking = (
        BlockingConfig(keys=[BlockingKeyConfig(fields=["recipient_id"], transforms=[])])
        if task.is_scoped
        else BlockingConfig(strategy="token", token=TokenBlockingConfig(column="goal_text"))
    )
    config = GoldenMatchConfig(
        matchkeys=[MatchkeyConfig(name="text", type="weighted", threshold=min(task.thresholds), fields=[text])],
        blocking=blocking,
    )
    ids = [goal.id for goal in task.goals]
    result = goldenmatch.dedupe_df(table, config=config)
    yield from task.above((ids[a], ids[b], score) for a, b, score in result.scored_pairs)


def score(texts_a: list[str], texts_b: list[str]) -> list[float]:
    pairs = zip(texts_a, texts_b, strict=True)
    return [goldenmatch.score_strings(a.strip().lower(), b.strip().lower(), _SCORER) for a, b in pairs]


main(find, score)
