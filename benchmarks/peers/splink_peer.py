"""Splink: one text column, trained without labels, blocked on the scope, or without scopes on parts of the text."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pyarrow as pa
import splink.comparison_library as cl
from exchange import Joined, Task, main
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

if TYPE_CHECKING:
    from collections.abc import Iterator


#: Characters at both ends of a text; what is compared cannot be blocked on while weights are estimated.
_END = 20


def find(task: Task) -> Iterator[Joined]:
    logging.disable(logging.WARNING)
    table = pa.table(
        {
            "unique_id": [goal.id for goal in task.goals],
            "recipient_id": [goal.scope for goal in task.goals],
            "goal_text": [goal.text.lower() for goal in task.goals],
            "beginning": [goal.text.lower()[:_END] for goal in task.goals],
            "end": [goal.text.lower()[-_END:] for goal in task.goals],
        }
    )
    rules = [block_on(name) for name in (["recipient_id"] if task.is_scoped else ["beginning", "end"])]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[cl.JaroWinklerAtThresholds("goal_text", [0.95, 0.9, 0.8, 0.7])],
        blocking_rules_to_generate_predictions=rules,
    )
    linker = Linker(DuckDBAPI().register(table), settings)
    linker.training.estimate_probability_two_random_records_match([block_on("recipient_id", "goal_text")], recall=0.5)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    linker.training.estimate_parameters_using_expectation_maximisation(rules[0])
    lowest = min(task.thresholds)
    found = linker.inference.predict(threshold_match_probability=lowest).as_duckdbpyrelation()
    pairs = found.project("unique_id_l, unique_id_r, match_probability").fetchall()
    yield from task.above(pairs)


main(find)
