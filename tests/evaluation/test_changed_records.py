"""What another model changes on records."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from twicetold.decisions import Constraints
from twicetold.engines import local
from twicetold.evaluation.changed_records import FLIPS_SHOWN, compare_results
from twicetold.matching.keeper import KeeperRule
from twicetold.model.artifact import Model
from twicetold.pairs import Pairs, Thresholds, Verdict
from twicetold.pipeline import Settings
from twicetold.records import Record, Records

TEXTS = [
    "Train all staff on safety.",
    "TRAIN ALL STAFF ON SAFETY",
    "Provide safety training to every member of staff.",
    "Train all staff on nutrition.",
    "Repair the roof of the gym.",
    "Fix the gym's roof.",
    "Repair the roof of the school.",
]
STRICT, LENIENT = Thresholds(0.99, 0.95), Thresholds(0.3, 0.0)


@pytest.fixture(scope="module")
def found():
    """What the shipped model finds at other thresholds: a stricter and a more lenient model."""
    model = Model()
    records = Records.of(Record(str(row), text, "s") for row, text in enumerate(TEXTS))

    def found(thresholds):
        return local.run(records, model, Settings(thresholds, Constraints(), KeeperRule()))

    return found


def test_every_pair_of_different_texts_is_counted_once(found):
    changes = compare_results(found(STRICT), found(LENIENT))
    assert sum(count for row in changes.verdicts.values() for count in row.values()) == changes.pairs == 15
    assert set(changes.verdicts) == set(Verdict)


def test_verdicts_are_those_of_the_thresholds_of_each(found):
    everything = found(Thresholds(0.0, 0.0))
    chances = everything.pairs.probability[~everything.identical].tolist()
    changes = compare_results(found(STRICT), found(LENIENT))
    for before in Verdict:
        for now in Verdict:
            expected = sum((STRICT.verdict(each), LENIENT.verdict(each)) == (before, now) for each in chances)
            assert changes.verdicts[before][now] == expected
    moved = sum(STRICT.verdict(each) is not LENIENT.verdict(each) for each in chances)
    assert changes.flips == moved > 0


def test_what_one_result_does_not_list_is_explained_all_the_same(found):
    changes = compare_results(found(STRICT), found(LENIENT))
    for flip in changes.examples:
        assert flip.old.probability == pytest.approx(flip.new.probability, abs=1e-5)
        assert (flip.old.verdict, flip.new.verdict) == (
            STRICT.verdict(flip.old.probability),
            LENIENT.verdict(flip.new.probability),
        )
        assert flip.text_a == TEXTS[int(flip.record_a)]
        assert 0 < len(flip.new.evidence) <= 4
        assert flip.new.reason


def test_the_flips_that_moved_furthest_are_listed_though_probabilities_have_to_be_computed(found):
    """The stricter side lists nothing, so each distance is known only once the pair is explained."""
    new = found(LENIENT)
    pairs = new.pairs.take(~new.identical)
    assert FLIPS_SHOWN < len(pairs) < 17
    said = {(a, b): place / 17 for place, (a, b, _) in enumerate(pairs)}

    def explain(a, b):
        return replace(new.explain(a, b), probability=said[a, b], verdict=Verdict.DIFFERENT)

    nothing = {"pairs": Pairs.empty(pairs.names), "identical": np.empty(0, bool), "groups": ()}
    old = replace(new, **nothing, thresholds=STRICT, explain=explain)
    distance = {(a, b): abs(chance - said[a, b]) for a, b, chance in pairs}
    changes = compare_results(old, new)
    listed = [abs(flip.new.probability - flip.old.probability) for flip in changes.examples]
    assert listed == pytest.approx(sorted(distance.values(), reverse=True)[:FLIPS_SHOWN], abs=1e-5)


def test_groups_are_the_same_only_with_the_very_same_members(found):
    strict, lenient = found(STRICT), found(LENIENT)
    groups = compare_results(strict, lenient).groups
    before, now = ({group.members for group in result.groups} for result in (strict, lenient))
    assert (groups.old, groups.new, groups.same) == (len(before), len(now), len(before & now))
    moved = {member for members in before ^ now for member in members}
    assert groups.records == len(moved) > 0


def test_nothing_changes_against_itself(found):
    result = found(STRICT)
    changes = compare_results(result, result)
    assert (changes.flips, changes.examples, changes.groups.records) == (0, (), 0)


def test_gold_clusters_measure_both(found):
    gold = ["a", "a", "a", "b", "c", "c", "d"]
    changes = compare_results(found(STRICT), found(LENIENT), gold=gold)
    recall = changes.metrics["pairwise_recall"]
    assert recall.difference.value == pytest.approx(recall.new.value - recall.old.value)
    assert recall.new.value > recall.old.value
    assert changes.resampling.unit == "clusters"
    assert compare_results(found(STRICT), found(LENIENT)).metrics == {}


def test_one_record_has_nothing_to_compare():
    records = Records.of([Record("1", "Train all staff.")])
    result = local.run(records, Model(), Settings(STRICT, Constraints(), KeeperRule()))
    changes = compare_results(result, result)
    assert (changes.records, changes.pairs, changes.flips, changes.groups.old) == (1, 0, 0, 0)
