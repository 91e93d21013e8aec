"""What another model changes on labelled pairs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.errors import InputEmpty
from twicetold.evaluation.changed_pairs import Judged, compare_pairs
from twicetold.evaluation.changes import Winner
from twicetold.pairs import Thresholds, Verdict

CUTS = Thresholds(0.7, 0.3)
CHANCES = st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0])
ROWS = st.lists(
    st.tuples(st.booleans(), CHANCES, CHANCES, st.sampled_from("uvwxyz"), st.sampled_from("kl")),
    min_size=1,
    max_size=12,
)


def compared(labels, old, new, *, cuts=(CUTS, CUTS), texts=None, **columns):
    texts = [f"text {row}" for row in range(len(labels))] if texts is None else texts
    return compare_pairs(
        labels,
        Judged(old, cuts[0]),
        Judged(new, cuts[1]),
        texts_a=texts,
        texts_b=[f"{text} again" for text in texts],
        ids=[str(row) for row in range(len(labels))],
        source="file.csv",
        **columns,
    )


def test_the_difference_of_a_metric_is_new_minus_old():
    found = compared([True, True, False, False], [0.9, 0.1, 0.1, 0.9], [0.9, 0.9, 0.1, 0.1])
    accuracy = found.metrics["accuracy"]
    assert (accuracy.old.value, accuracy.new.value, accuracy.difference.value) == (0.5, 1.0, 0.5)
    assert (found.mended, found.spoiled) == (2, 0)


def test_each_model_is_held_to_its_own_thresholds():
    strict = Thresholds(0.95, 0.3)
    found = compared([True, True], [0.9, 0.9], [0.9, 0.9], cuts=(CUTS, strict))
    assert (found.metrics["recall"].old.value, found.metrics["recall"].new.value) == (1.0, 0.0)
    assert found.verdicts[Verdict.DUPLICATE][Verdict.POSSIBLE] == 2


def test_a_model_that_is_right_far_more_often_wins():
    labels = [row % 2 == 0 for row in range(60)]
    right, wrong = ([0.9 if label is way else 0.1 for label in labels] for way in (True, False))
    better = compared(labels, wrong, right)
    assert {each.winner for each in better.metrics.values()} == {Winner.NEW}  # calibration too: lower is better
    worse = compared(labels, right, wrong)
    assert {each.winner for each in worse.metrics.values()} == {Winner.OLD}


def test_pairs_that_share_a_text_are_one_unit():
    shared = ["the same text"] * 60
    found = compared([True, False] * 30, [0.1] * 60, [0.9] * 60, texts=shared)
    assert found.resampling.units == 1
    assert all(math.isnan(each.difference.low) for each in found.metrics.values())
    assert {each.winner for each in found.metrics.values()} == {Winner.NEITHER}


def test_a_kind_with_few_pairs_has_no_winner_however_clear_it_looks():
    labels, old, new = [True] * 65, [0.1] * 65, [0.9] * 65
    kinds = ["many"] * 60 + ["few"] * 5
    rows = {row.name: row for row in compared(labels, old, new, kinds=kinds).kinds}
    assert (rows["many"].accuracy.winner, rows["few"].accuracy.winner) == (Winner.NEW, Winner.NEITHER)
    assert rows["few"].accuracy.difference.value == 1.0
    assert (rows["few"].pairs, rows["few"].units) == (5, 5)


def test_kinds_come_with_the_largest_gain_first():
    labels = [True] * 4
    kinds = ["same", "lost", "won", "won"]
    found = compared(labels, [0.9, 0.9, 0.1, 0.1], [0.9, 0.1, 0.9, 0.9], kinds=kinds, fields=list("ffgg"))
    assert [row.name for row in found.kinds] == ["won", "same", "lost"]
    assert [(row.name, row.pairs) for row in found.fields] == [("g", 2), ("f", 2)]


def test_without_kinds_and_fields_there_are_no_tables_of_them():
    found = compared([True, False], [0.9, 0.1], [0.9, 0.1])
    assert (found.kinds, found.fields) == ((), ())


def test_pairs_without_a_label_are_left_out_and_counted():
    found = compared([True, None, False], [0.9, 0.9, 0.9], [0.9, 0.9, 0.1])
    assert (found.pairs, found.unlabelled, found.mended) == (2, 1, 1)
    assert "labels-missing" in {finding.code for finding in found.findings}


@pytest.mark.parametrize("labels", [[], [None, None]])
def test_without_a_label_there_is_nothing_to_compare(labels):
    with pytest.raises(InputEmpty, match=r"file\.csv"):
        compared(labels, [0.5] * len(labels), [0.5] * len(labels))


def test_what_is_undefined_has_no_winner():
    found = compared([False] * 30, [0.1] * 30, [0.2] * 30)
    assert math.isnan(found.metrics["average_precision"].new.value)
    assert found.metrics["average_precision"].winner is Winner.NEITHER
    assert "one-class" in {finding.code for finding in found.findings}


def test_of_many_changed_pairs_the_ten_that_moved_furthest_are_listed():
    new = [0.7 + row / 100 for row in range(25)]
    found = compared([True] * 25, [0.0] * 25, new)
    assert found.mended == 25
    assert [pair.new for pair in found.mended_pairs] == sorted(new, reverse=True)[:10]
    assert found.spoiled_pairs == ()


@given(ROWS)
@settings(max_examples=40)
def test_the_other_way_round_everything_is_the_other_way_round(rows):
    labels, old, new, texts, kinds = map(list, zip(*rows, strict=True))
    there, back = (compared(labels, one, other, texts=texts, kinds=kinds) for one, other in ((old, new), (new, old)))
    opposite = {Winner.OLD: Winner.NEW, Winner.NEW: Winner.OLD, Winner.NEITHER: Winner.NEITHER}
    for name, each in there.metrics.items():
        assert each.difference.value == pytest.approx(-back.metrics[name].difference.value, nan_ok=True)
        assert back.metrics[name].winner is opposite[each.winner]
    assert (there.mended, there.spoiled) == (back.spoiled, back.mended)
    assert all(there.verdicts[one][other] == back.verdicts[other][one] for one in Verdict for other in Verdict)
    assert sum(row.pairs for row in there.kinds) == there.pairs == len(rows)


@given(ROWS, st.randoms())
@settings(max_examples=30)
def test_the_order_of_the_pairs_does_not_matter(rows, chance):
    names = [str(row) for row in range(len(rows))]
    shuffled = chance.sample(range(len(rows)), len(rows))

    def found(order):
        labels, old, new, texts, kinds = map(list, zip(*[rows[row] for row in order], strict=True))
        return compare_pairs(
            labels,
            Judged(np.array(old), CUTS),
            Judged(np.array(new), CUTS),
            texts_a=texts,
            texts_b=texts,
            ids=[names[row] for row in order],
            kinds=kinds,
            fields=kinds,
        )

    assert repr(found(range(len(rows)))) == repr(found(shuffled))  # nan is not equal to itself, its name is
