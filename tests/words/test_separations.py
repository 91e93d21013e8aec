"""Separations: which pairs of records the rules of a source keep apart."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twicetold.separations import Separation, rule_of_pairs, separated

BOTH = Separation("standard goals", "template", "both")
DIFFERENT = Separation("root causes", "cause", "different")
SHARED = Separation("one report", "reports", "shared")
RULES = (BOTH, DIFFERENT, SHARED)

cells = st.sampled_from(["", " ", "1", "2", " 2 ", "1,2", "2, 3", ",", "3,,4", "ä"])
tables = st.lists(st.tuples(cells, cells, cells), max_size=12)
rule_sets = st.lists(st.sampled_from(RULES), max_size=3)


def columns_of(table) -> dict[str, list[str]]:
    return {name: [row[place] for row in table] for place, name in enumerate(("template", "cause", "reports"))}


def is_apart(rule: Separation, one: str, other: str) -> bool:
    """The rule in the plainest words."""
    one, other = one.strip(), other.strip()
    if rule.when == "both":
        return bool(one and other)
    if rule.when == "different":
        return bool(one and other and one != other)
    entries = [{entry.strip() for entry in value.split(",")} - {""} for value in (one, other)]
    return bool(entries[0] & entries[1])


def expected(columns, rules, pairs):
    return {
        (a, b): next(
            (rule.name for rule in rules if is_apart(rule, columns[rule.column][a], columns[rule.column][b])), ""
        )
        for a, b in pairs
    }


@given(tables, rule_sets)
def test_exactly_the_pairs_are_apart_that_a_rule_keeps_apart(table, rules):
    columns = columns_of(table)
    wanted = expected(columns, rules, combinations(range(len(table)), 2))
    assert {(a, b): name for a, b, name in separated(columns, rules)} == {
        pair: name for pair, name in wanted.items() if name
    }


@given(tables, rule_sets, st.data())
def test_given_pairs_are_judged_as_all_pairs_are(table, rules, data):
    columns = columns_of(table)
    pairs = list(combinations(range(len(table)), 2))
    chosen = data.draw(st.lists(st.sampled_from(pairs), max_size=20)) if pairs else []
    a, b = np.array(chosen, np.int32).reshape(-1, 2).T
    places = rule_of_pairs(columns, rules, b, a).tolist()
    named = [rules[place].name if place >= 0 else "" for place in places]
    assert named == [expected(columns, rules, [pair])[pair] for pair in chosen]


@given(tables, rule_sets, st.data())
def test_some_rows_give_the_pairs_among_them_in_the_numbers_of_all(table, rules, data):
    columns = columns_of(table)
    rows = sorted(data.draw(st.sets(st.sampled_from(range(len(table)))))) if table else []
    among = [each for each in separated(columns, rules) if {*each[:2]} <= {*rows}]
    assert list(separated(columns, rules, rows)) == among


@given(tables, rule_sets)
def test_pairs_come_once_and_in_ascending_order(table, rules):
    apart = separated(columns_of(table), rules)
    pairs = list(zip(apart.a.tolist(), apart.b.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    assert all(a < b for a, b in pairs)


def test_the_first_rule_of_several_names_the_reason():
    columns = {"template": ["1", "1"], "reports": ["7", "7"]}
    assert list(separated(columns, [SHARED, BOTH])) == [(0, 1, "one report")]
    assert list(separated(columns, [BOTH, SHARED])) == [(0, 1, "standard goals")]


@pytest.mark.parametrize("rules", [(), RULES])
def test_nothing_is_apart_among_no_records(rules):
    assert len(separated({}, rules)) == 0
    assert len(separated({"template": []}, rules)) == 0


def test_a_column_that_is_missing_keeps_nothing_apart():
    assert list(separated({"other": ["1", "2"]}, RULES)) == []


def test_pairs_of_records_beyond_one_block_are_found():
    columns = {"reports": [""] * 1200}
    columns["reports"][3] = columns["reports"][511] = columns["reports"][1199] = "9"
    assert list(separated(columns, [SHARED])) == [
        (3, 511, "one report"),
        (3, 1199, "one report"),
        (511, 1199, "one report"),
    ]


def test_a_scope_of_five_thousand_records_is_compared_whole():
    columns = {
        "template": ["1" if row % 100 == 0 else "" for row in range(5000)],
        "cause": ["open" if row % 50 else "closed" for row in range(5000)],
        "reports": [f"{row % 1000},{row + 10_000}" for row in range(5000)],
    }
    apart = separated(columns, RULES)
    counts = np.bincount(apart.rule)
    assert counts[0] == 50 * 49 // 2
    assert counts[1] == 100 * 4900
    assert len(apart) > counts[0] + counts[1]
