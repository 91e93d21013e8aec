"""The evaluation of pairs: its tables, its honesty about what it left out, and its bytes."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from twicetold.errors import InputEmpty, InputInvalid
from twicetold.evaluation.cuts import Cut
from twicetold.evaluation.evaluate import evaluate_pairs
from twicetold.evaluation.metrics import expected_calibration_error
from twicetold.evaluation.results import Estimate
from twicetold.pairs import Thresholds

HALF = Thresholds(0.5, 0.5)


def evaluate(labels, probabilities, **more):
    texts = [f"text {k}" for k in range(len(labels))]
    more = {"texts_a": texts, "texts_b": [f"other {text}" for text in texts], "thresholds": HALF, **more}
    return evaluate_pairs(labels, probabilities, **more)


def codes(evaluation) -> dict[str, int]:
    return {finding.code: finding.count for finding in evaluation.findings}


def test_the_headline_metrics_agree_with_the_oracle(pairs):
    found = evaluate_pairs(**pairs)
    labels, probabilities = pairs["labels"], pairs["probabilities"]
    flagged = np.array(probabilities) >= 0.5
    expected = {
        "accuracy": oracle.accuracy_score(labels, flagged),
        "precision": oracle.precision_score(labels, flagged),
        "recall": oracle.recall_score(labels, flagged),
        "f1": oracle.f1_score(labels, flagged),
        "average_precision": oracle.average_precision_score(labels, probabilities),
        "roc_auc": oracle.roc_auc_score(labels, probabilities),
        "brier": oracle.brier_score_loss(labels, probabilities),
        "log_loss": oracle.log_loss(labels, probabilities),
        "expected_calibration_error": expected_calibration_error(labels, probabilities),
    }
    assert {name: found.metrics[name].value for name in expected} == pytest.approx(expected)


def test_every_interval_holds_its_value(pairs):
    for name, estimate in evaluate_pairs(**pairs).metrics.items():
        if name != "expected_calibration_error":  # resampling can only add noise to it
            assert estimate.low < estimate.value < estimate.high


def test_pairs_that_share_a_text_are_resampled_together():
    texts_a, texts_b = ["a", "B ", "c", "d"], ["b", "c", "x", "y"]
    found = evaluate([1, 0, 1, 0], [0.9, 0.8, 0.2, 0.1], texts_a=texts_a, texts_b=texts_b)
    assert found.resampling.units == 2
    assert found.resampling.largest == 0.75
    assert "intervals-rough" in codes(found)


def test_one_unit_with_most_of_the_pairs_makes_the_intervals_rough():
    texts_a = ["hub" if k < 31 else f"alone {k}" for k in range(60)]
    found = evaluate([k % 2 for k in range(60)], [0.5] * 60, texts_a=texts_a)
    assert found.resampling.units == codes(found)["intervals-rough"] == 30


def test_the_interval_grows_when_pairs_share_texts(pairs):
    apart = evaluate_pairs(**pairs).metrics["accuracy"]
    joined = {"texts_a": [f"hub {k // 6}" for k in range(60)], "texts_b": [f"spoke {k}" for k in range(60)]}
    wrong = [k // 6 % 3 == 0 for k in range(60)]
    flipped = [1 - label if bad else label for label, bad in zip(pairs["labels"], wrong, strict=True)]
    dependent = evaluate(flipped, pairs["labels"], **joined).metrics["accuracy"]
    independent = evaluate(flipped, pairs["labels"]).metrics["accuracy"]
    assert dependent.high - dependent.low > 1.5 * (independent.high - independent.low)
    assert apart.high - apart.low < dependent.high - dependent.low


def test_missing_labels_are_counted_and_left_out(pairs):
    pairs["labels"][:5] = [None, math.nan, None, None, math.nan]
    found = evaluate_pairs(**pairs)
    assert (found.pairs, found.unlabelled) == (55, 5)
    assert codes(found)["labels-missing"] == 5


def test_pairs_without_any_label_are_refused():
    with pytest.raises(InputEmpty, match="none of 2 pairs has a label"):
        evaluate([None, None], [0.5, 0.5])
    with pytest.raises(InputEmpty, match="none of 0 pairs"):
        evaluate([], [])


@pytest.mark.parametrize("wrong", [math.nan, -0.01, 1.01])
def test_a_value_that_is_no_probability_is_refused(wrong):
    with pytest.raises(InputInvalid, match="probability in row 2"):
        evaluate([1, 0], [0.5, wrong])


def test_a_label_that_is_neither_0_nor_1_is_refused():
    with pytest.raises(InputInvalid, match=r"label in row 1 is 0\.7"):
        evaluate([0.7, 0], [0.5, 0.5])


def test_a_baseline_score_that_is_no_number_is_refused():
    with pytest.raises(InputInvalid, match="score in row 2 is nan"):
        evaluate([1, 0], [0.5, 0.5], baselines={"x": [1.0, math.nan]})


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="different lengths"):
        evaluate([1, 0], [0.5, 0.5], ids=["a"])


@pytest.mark.parametrize("column", ["texts_a", "texts_b"])
def test_texts_of_another_length_are_refused(column):
    with pytest.raises(ValueError, match="different lengths"):
        evaluate([1, 0], [0.5, 0.5], **{column: ["a", "b", "c"]})


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_leaves_undefined_what_it_cannot_tell(label):
    found = evaluate([label] * 3, [0.2, 0.6, 0.9])
    assert math.isnan(found.metrics["roc_auc"].value)
    assert codes(found)["one-class"] == 3
    assert json.loads(found.to_json())["metrics"]["roc_auc"] == {"value": None, "low": None, "high": None}


def test_one_pair_has_values_and_no_intervals():
    found = evaluate([1], [0.9])
    assert found.metrics["accuracy"].value == 1.0
    assert math.isnan(found.metrics["accuracy"].low)


def test_constant_probabilities_are_evaluated():
    found = evaluate([1, 0, 0, 0], [0.25] * 4)
    assert found.metrics["expected_calibration_error"].value == 0.0
    assert found.metrics["roc_auc"].value == 0.5
    assert math.isnan(found.metrics["precision"].value)


def test_the_table_by_kind_adds_up(pairs):
    found = evaluate_pairs(**pairs)
    assert [row.kind for row in found.kinds] == ["number", "paraphrase"]
    assert sum(row.pairs for row in found.kinds) == 60
    errors = found.confusion.false_positive + found.confusion.false_negative
    assert sum(row.errors for row in found.kinds) == errors
    right = sum(row.accuracy * row.pairs for row in found.kinds)
    assert right == pytest.approx(found.metrics["accuracy"].value * 60)


def test_pairs_without_a_kind_share_a_row_and_are_counted(pairs):
    pairs["kinds"][:3] = ["", "", ""]
    found = evaluate_pairs(**pairs)
    assert found.kinds[0].kind == ""
    assert found.kinds[0].pairs == codes(found)["kinds-missing"] == 3


def test_without_kinds_there_is_no_table_of_them(pairs):
    assert evaluate_pairs(**{**pairs, "kinds": None}).kinds == ()


def test_the_threshold_table_holds_the_thresholds_in_use_and_flags_ever_less(pairs):
    table = evaluate_pairs(**{**pairs, "thresholds": Thresholds(0.62, 0.2)}).table
    assert [row.threshold for row in table] == sorted({*(k / 20 for k in range(1, 20)), 0.62})
    assert [row.flagged for row in table] == sorted((row.flagged for row in table), reverse=True)
    assert table[0].recall >= table[-1].recall


def test_the_most_confident_errors_come_first_and_the_rest_is_counted():
    probabilities = [k / 100 for k in range(50, 80)]
    found = evaluate([0] * 30, probabilities, ids=[f"e{k}" for k in range(30)])
    assert [error.probability for error in found.errors] == sorted(probabilities, reverse=True)[:20]
    assert found.errors[0].id == "e29"
    assert codes(found)["errors-not-listed"] == 10


def test_an_error_names_its_texts_and_label():
    (error,) = evaluate([1, 0], [0.1, 0.2]).errors
    assert (error.id, error.text_a, error.text_b) == ("1", "text 0", "other text 0")
    assert error.duplicate


def test_a_probability_at_the_threshold_is_flagged():
    assert evaluate([1], [0.5]).confusion.true_positive == 1


def test_baselines_keep_their_order_and_get_the_best_cut_in_hindsight(pairs):
    found = evaluate_pairs(**pairs)
    assert [row.name for row in found.baselines] == ["coin", "half"]
    half = found.baselines[1]
    assert half.hindsight
    assert half.metrics["accuracy"].value == half.metrics["f1"].value == 1.0
    assert half.cuts == pytest.approx({"accuracy": 0.45, "f1": 0.45})
    assert codes(found)["baseline-cut-in-hindsight"] == 2


def test_a_tuned_cut_is_used_and_said(pairs):
    found = evaluate_pairs(**pairs, tuned={"half": Cut(0.9, 0.9)})
    coin, half = found.baselines
    assert (coin.hindsight, half.hindsight) == (True, False)
    assert half.metrics["accuracy"].value == pytest.approx(40 / 60)
    assert half.metrics["recall"].value == 0.0


def test_accuracy_and_f1_are_each_measured_at_their_own_cut():
    texts = {"baselines": {"x": [0.9, 0.6, 0.4, 0.1]}, "tuned": {"x": Cut(accuracy=0.8, f1=0.5)}}
    (row,) = evaluate([1, 0, 1, 0], [0.5] * 4, **texts).baselines
    assert row.metrics["accuracy"].value == 0.75
    assert row.metrics["precision"].value == row.metrics["recall"].value == 0.5


def test_a_difference_is_ours_minus_theirs_on_the_same_resamples(pairs):
    pairs["baselines"] = {"ourselves": pairs["probabilities"], "coin": pairs["baselines"]["coin"]}
    cut = {"ourselves": Cut(0.5, 0.5)}
    ourselves, coin = evaluate_pairs(**pairs, tuned=cut).baselines
    assert {(each.value, each.low, each.high) for each in ourselves.difference.values()} == {(0.0, 0.0, 0.0)}
    gain = coin.difference["average_precision"]
    ours = evaluate_pairs(**pairs).metrics["average_precision"]
    assert gain.value == pytest.approx(ours.value - coin.metrics["average_precision"].value)
    assert 0 < gain.low < gain.value < gain.high


def test_scores_of_any_range_can_be_a_baseline(pairs):
    pairs["baselines"] = {"wide": [1000 * score - 7 for score in pairs["probabilities"]]}
    found = evaluate_pairs(**pairs)
    assert found.baselines[0].metrics["roc_auc"] == found.metrics["roc_auc"]


def test_json_is_sorted_and_says_what_was_measured(pairs):
    content = evaluate_pairs(**pairs).to_json()
    read = json.loads(content)
    assert read["what"] == "pairs"
    assert list(read) == sorted(read)
    assert read["thresholds"] == {"duplicate": 0.5, "possible": 0.2}
    assert content.endswith(b"}\n")


def test_a_tiny_negative_number_is_a_plain_zero_in_json(pairs):
    found = replace(evaluate_pairs(**{**pairs, "baselines": None}), metrics={"x": Estimate(-1e-9, -0.0, 0.0)})
    assert json.loads(found.to_json())["metrics"] == {"x": {"value": 0, "low": 0, "high": 0}}
    assert b"-0.0" not in found.to_json()


def test_json_survives_text_that_is_no_unicode():
    found = evaluate([1], [0.1], texts_a=["\udc80 🎈 \x00"], texts_b=["é"])
    assert json.loads(found.to_json())["errors"][0]["text_a"] == "\udc80 🎈 \x00"
    assert "é".encode() in found.to_json()


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(60)))
def test_the_order_of_the_pairs_does_not_change_a_byte(pairs, order):
    shuffled = {
        name: [column[row] for row in order] if isinstance(column, list) else column for name, column in pairs.items()
    }
    shuffled["baselines"] = {name: [column[row] for row in order] for name, column in pairs["baselines"].items()}
    assert evaluate_pairs(**shuffled).to_json() == evaluate_pairs(**pairs).to_json()


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(st.sampled_from([0, 1, None]), st.floats(0, 1), st.sampled_from("abcd"), st.sampled_from("wxyz")),
        max_size=12,
    )
)
def test_any_pairs_are_evaluated_or_refused_for_want_of_labels(rows):
    labels = [row[0] for row in rows]
    arguments = {"texts_a": [row[2] for row in rows], "texts_b": [row[3] for row in rows]}
    scores = [row[1] for row in rows]
    if any(label is not None for label in labels):
        found = evaluate(labels, scores, baselines={"same": scores}, kinds=["k"] * len(rows), **arguments)
        json.loads(found.to_json())
        assert found.pairs + found.unlabelled == len(rows)
        assert sum(each.count for each in found.reliability) == found.pairs
    else:
        with pytest.raises(InputEmpty):
            evaluate(labels, scores, **arguments)
