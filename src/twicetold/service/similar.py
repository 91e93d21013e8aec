"""Similar: the pairs and groups of a scope as of now, for clients that ask for them instead of reading results.

Unlike results in force, they are made at a threshold that the client names, and obey what was decided since the last
run. Every record is compared with every other one of its scope, in whatever order they come.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np

from twicetold.matching.candidates import compare_all
from twicetold.matching.ranking import rank
from twicetold.pairs import Thresholds
from twicetold.pipeline import compare_scopes
from twicetold.separations import rule_of_pairs
from twicetold.text.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twicetold.decisions import Constraints
    from twicetold.pipeline import Settings
    from twicetold.records import Record
    from twicetold.service.index import Index
    from twicetold.service.models import Comparison


@dataclass(frozen=True, slots=True)
class Like:
    """A record, and how probably it says the same as something else."""

    record: Record
    probability: float


def like_text(text: str, index: Index, compare: Comparison, least: float) -> list[Like]:
    """The records that say the same as a text with some probability at least, most probable first."""
    block = compare.model.block([read(text, index.lexicon)])
    ranked = rank(block, index.block, compare.model.coefficients, len(index.block.readings))
    return [
        Like(index.records[row], chance)
        for place, chance in zip(ranked.places.tolist(), ranked.chances.tolist(), strict=True)
        if chance >= least
        for row in index.standing[place]
    ]


def pairs(
    index: Index, compare: Comparison, constraints: Constraints, least: float
) -> list[tuple[Record, Record, float]]:
    """All pairs of a scope's records that are as probable, each once, but for those that people or rules keep apart.

    Pairs that people called the same are among them, whatever the model says.
    """
    settings = _settings(compare, constraints, least)
    compared = compare_all(index.block, compare.model.coefficients, settings.thresholds).pairs
    chances = dict[tuple[int, int], float]()
    for standing in index.standing:
        chances |= dict.fromkeys(combinations(standing, 2), 1.0)
    for one, other, chance in compared:
        for a, b in product(index.standing[one], index.standing[other]):
            chances[min(a, b), max(a, b)] = chance
    for pair in _apart(index, list(chances), settings):
        del chances[pair]
    place = {name: row for row, name in enumerate(index.records.ids)}
    for name, other_name in constraints.must_link - constraints.cannot_link:
        if name in place and other_name in place:
            a, b = sorted((place[name], place[other_name]))
            chances.setdefault((a, b), 1.0)
    found = sorted(chances.items(), key=lambda item: (-item[1], item[0]))
    return [(index.records[a], index.records[b], chance) for (a, b), chance in found]


def groups(index: Index, compare: Comparison, constraints: Constraints, least: float) -> list[list[Like]]:
    """The groups of a scope's records, each with its keeper first, and how probably each member says what that says."""
    settings = _settings(compare, constraints, least)
    (result,) = compare_scopes(index.records, index.prepared, compare.model, settings)
    place = {name: row for row, name in enumerate(index.records.ids)}
    return [
        _from_keeper(index, compare, place[group.keeper], [place[name] for name in group.members])
        for group in result.groups
    ]


def _from_keeper(index: Index, compare: Comparison, keeper: int, rows: list[int]) -> list[Like]:
    text_of = {row: place for place, standing in enumerate(index.standing) for row in standing}
    places = sorted({text_of[row] for row in rows})
    block = index.block
    ranked = rank(
        block.part(text_of[keeper], text_of[keeper] + 1), block, compare.model.coefficients, len(block.readings)
    )
    chances = dict(zip(ranked.places.tolist(), ranked.chances.tolist(), strict=True))
    assert set(places) <= chances.keys()
    found = [Like(index.records[row], chances[text_of[row]]) for row in rows]
    return sorted(
        found, key=lambda each: (each.record.id != index.records.ids[keeper], -each.probability, each.record.id)
    )


def _settings(compare: Comparison, constraints: Constraints, least: float) -> Settings:
    return replace(compare.settings, thresholds=Thresholds(least, least), constraints=constraints)


def _apart(index: Index, found: list[tuple[int, int]], settings: Settings) -> Iterator[tuple[int, int]]:
    """Which of some pairs a person called different, or a rule keeps apart and no person called the same."""
    if not found:
        return
    a, b = np.array(found, np.int32).T
    rules = rule_of_pairs(index.records.attributes, settings.separations, a, b)
    ids, decided = index.records.ids, settings.constraints
    for pair, rule in zip(found, rules.tolist(), strict=True):
        first, second = sorted((ids[pair[0]], ids[pair[1]]))
        is_same = (first, second) in decided.must_link
        if (first, second) in decided.cannot_link or (rule >= 0 and not is_same):
            yield pair
