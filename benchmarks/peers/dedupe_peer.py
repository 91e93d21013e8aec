"""dedupe: a text field, trained on labelled pairs, each scope partitioned on its own."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import dedupe
from dedupe import variables
from exchange import Joined, Task, main

if TYPE_CHECKING:
    from collections.abc import Iterator


def find(task: Task) -> Iterator[Joined]:
    model = _trained(task)
    for goals in task.scopes():
        data = {goal.id: {"text": goal.text} for goal in goals}
        for threshold in task.thresholds:
            for (first, *others), _ in _partition(model, data, threshold):
                yield from ((threshold, first, other) for other in others)


def _trained(task: Task) -> dedupe.Dedupe:
    pairs = {True: [], False: []}
    for pair in task.labelled:
        pairs[pair.duplicate].append(({"text": pair.text_a}, {"text": pair.text_b}))
    labels = io.StringIO()
    dedupe.write_training({"match": pairs[True], "distinct": pairs[False]}, labels)
    labels.seek(0)
    model = dedupe.Dedupe([variables.Text("text")], num_cores=1)
    model.prepare_training({goal.id: {"text": goal.text} for goal in task.goals}, labels)
    model.train()
    return model


def _partition(model: dedupe.Dedupe, data: dict[str, dict[str, str]], threshold: float) -> list:
    """Its clusters; it raises an error where it finds no pair at all."""
    try:
        return model.partition(data, threshold)
    except (RuntimeError, dedupe.core.BlockingError) as error:
        if isinstance(error, RuntimeError) and "StopIteration" not in f"{error.__cause__}{error}":
            raise
        return []


if __name__ == "__main__":  # it may start processes that import this file
    main(find)
