"""The evaluation of groups: within scopes, with errors listed, whatever the order of the records."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twicetold.errors import InputEmpty
from twicetold.evaluation.evaluate import evaluate_groups


def codes(evaluation) -> dict[str, int]:
    return {finding.code: finding.count for finding in evaluation.findings}


def test_metrics_count_pairs_within_scopes(records):
    found = evaluate_groups(**records)
    # True pairs: 3 of c1 in s, 1 each of c2, c4 and c1 in t. Grouped: 1 + 1 + 3 + 1, one each is right.
    assert found.metrics["pairwise_precision"].value == pytest.approx(4 / 6)
    assert found.metrics["pairwise_recall"].value == pytest.approx(4 / 6)
    assert found.metrics["b_cubed_precision"].value == pytest.approx((9 + 1 / 3 + 2 / 3 + 2 / 3) / 12)
    assert found.metrics["b_cubed_recall"].value == pytest.approx((9 + 2 / 3 + 2 / 3 + 1 / 3) / 12)


def test_clusters_groups_and_exact_matches_are_counted(records):
    found = evaluate_groups(**records)
    assert (found.records, found.scopes, found.clusters, found.groups, found.exact) == (12, 2, 4, 4, 2)


def test_one_label_in_two_scopes_is_two_groups():
    found = evaluate_groups(["a", "a"], ["x", "x"], ["s", "t"])
    assert found.clusters == found.groups == 0
    assert codes(found)["no-clusters"] == 1
    assert math.isnan(found.metrics["pairwise_f1"].value)
    assert found.metrics["b_cubed_f1"].value == 1.0


def test_records_without_a_gold_cluster_are_counted_and_left_out(records):
    records["gold_clusters"][5:7] = [None, ""]
    found = evaluate_groups(**records)
    assert (found.records, found.unlabelled) == (10, 2)
    assert codes(found)["labels-missing"] == 2
    assert found.joined == ()


def test_records_without_any_gold_cluster_are_refused():
    with pytest.raises(InputEmpty, match="none of 2 records has a gold cluster"):
        evaluate_groups(["", None], ["x", "x"], ["s", "s"])
    with pytest.raises(InputEmpty, match="none of 0 records"):
        evaluate_groups([], [], [])


def test_columns_of_different_lengths_are_refused(records):
    records["scopes"] = ["s"]
    with pytest.raises(ValueError, match="different lengths"):
        evaluate_groups(**records)


def test_one_record_has_no_pairs_and_no_intervals():
    found = evaluate_groups(["a"], [None], ["s"])
    assert found.metrics["b_cubed_f1"].value == 1.0
    assert math.isnan(found.metrics["b_cubed_f1"].low)
    assert json.loads(found.to_json())["metrics"]["pairwise_f1"]["value"] is None


def test_wrongly_joined_groups_name_their_records(records):
    (error,) = evaluate_groups(**records).joined
    assert (error.scope, error.wrong_pairs, error.records) == ("s", 2, 3)
    assert [(each.id, each.cluster) for each in error.shown] == [("r05", "c3"), ("r06", "c4"), ("r07", "c4")]


def test_wrongly_parted_clusters_name_their_records(records):
    (error,) = evaluate_groups(**records).parted
    assert (error.scope, error.wrong_pairs, error.records) == ("s", 2, 3)
    assert [(each.id, each.group) for each in error.shown] == [("r02", ""), ("r00", "g1"), ("r01", "g1")]


def test_perfect_groups_have_no_errors(records):
    records["predicted_groups"] = records["gold_clusters"]
    found = evaluate_groups(**records)
    assert found.joined == found.parted == ()
    assert found.exact == found.clusters
    assert found.metrics["pairwise_f1"].value == 1.0


def test_only_the_worst_errors_are_listed_and_the_rest_is_counted():
    n = 60
    found = evaluate_groups(
        [str(k) for k in range(n)], [f"g{k // 2}" for k in range(n)], [f"s{k // 4}" for k in range(n)]
    )
    assert len(found.joined) == 20
    assert codes(found)["errors-not-listed"] == 10


def test_a_huge_wrong_group_is_listed_with_its_first_records():
    (error,) = evaluate_groups([str(k) for k in range(500)], ["g"] * 500, ["s"] * 500).joined
    assert (error.wrong_pairs, error.records, len(error.shown)) == (500 * 499 // 2, 500, 20)


def test_few_scopes_make_clusters_the_unit_and_many_make_scopes(records):
    assert evaluate_groups(**records).resampling.unit == "clusters"
    many = evaluate_groups(["a", "a"] * 20, ["x", "x"] * 20, [f"s{k // 2}" for k in range(40)])
    assert (many.resampling.unit, many.resampling.units) == ("scopes", 20)
    assert "intervals-rough" not in codes(many)


def test_records_without_a_scope_are_one_unit_among_many():
    found = evaluate_groups(["a", "a"] * 20, ["x", "x"] * 20, [f"s{k // 2}" if k > 3 else "" for k in range(42)][2:])
    assert (found.resampling.unit, found.resampling.units) == ("scopes", 20)


def test_rough_intervals_are_said(records):
    assert codes(evaluate_groups(**records))["intervals-rough"] == 7


def test_the_empty_scope_is_a_scope():
    found = evaluate_groups(["a", "a", "a"], ["x", "x", "x"], ["", "", "s"])
    assert (found.scopes, found.clusters, found.exact) == (2, 1, 1)


def test_baselines_are_compared_on_the_same_resamples(records):
    alone, everything = evaluate_groups(**records).baselines
    assert alone.metrics["b_cubed_precision"].value == 1.0
    assert alone.difference["b_cubed_precision"].value < 0
    assert everything.metrics["pairwise_recall"].value == 1.0
    assert everything.difference["pairwise_precision"].value > 0


def test_ourselves_as_a_baseline_make_no_difference(records):
    records["baselines"] = {"ourselves": records["predicted_groups"]}
    (row,) = evaluate_groups(**records).baselines
    assert {(each.value, each.low, each.high) for each in row.difference.values()} == {(0.0, 0.0, 0.0)}


def test_where_a_cut_came_from_is_said(records):
    alone, everything = evaluate_groups(**records, hindsight={"alone": 0.9}, tuned={"all": 0.1}).baselines
    assert (alone.cuts, alone.hindsight) == ({"pairwise_f1": 0.9}, True)
    assert (everything.cuts, everything.hindsight) == ({"pairwise_f1": 0.1}, False)


def test_a_tuned_cut_is_no_hindsight_whatever_else_is_known(records):
    alone, _ = evaluate_groups(**records, hindsight={"alone": 0.9}, tuned={"alone": 0.8}).baselines
    assert (alone.cuts, alone.hindsight) == ({"pairwise_f1": 0.8}, False)


def test_a_baseline_without_a_cut_claims_no_hindsight(records):
    found = evaluate_groups(**records)
    assert [row.hindsight for row in found.baselines] == [False, False]
    assert "baseline-cut-in-hindsight" not in codes(found)


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(12)))
def test_the_order_of_the_records_does_not_change_a_byte(records, order):
    shuffled = {name: [column[row] for row in order] for name, column in records.items() if isinstance(column, list)}
    shuffled["baselines"] = {name: [column[row] for row in order] for name, column in records["baselines"].items()}
    assert evaluate_groups(**shuffled).to_json() == evaluate_groups(**records).to_json()


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(*[st.sampled_from(["", "a", "b"])] * 3), max_size=12))
def test_any_records_are_evaluated_or_refused_for_want_of_clusters(rows):
    gold, predicted, scopes = ([row[column] for row in rows] for column in range(3))
    if any(gold):
        found = evaluate_groups(gold, predicted, scopes, baselines={"other": scopes})
        json.loads(found.to_json())
        assert found.exact <= min(found.clusters, found.groups)
        assert bool(found.parted) == (found.metrics["pairwise_recall"].value < 1)
        assert bool(found.joined) == (found.metrics["pairwise_precision"].value < 1)
    else:
        with pytest.raises(InputEmpty):
            evaluate_groups(gold, predicted, scopes)
