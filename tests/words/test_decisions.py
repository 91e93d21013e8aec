"""Decisions: the last answer counts, and those that contradict each other are told with the chain."""

from __future__ import annotations

from itertools import combinations, pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twicetold.decisions import Answer, Conflict, Constraints, Decision, conflicts

names = st.sampled_from("abcdef")
pairs = st.tuples(names, names).filter(lambda pair: pair[0] < pair[1])
constraints = st.builds(
    lambda same, different: Constraints(frozenset(same), frozenset(different)),
    st.frozensets(pairs, max_size=9),
    st.frozensets(pairs, max_size=4),
)


def said(*rows):
    return Constraints.of(Decision(a, b, Answer(answer)) for a, b, answer in rows)


def test_no_decisions_ask_nothing():
    assert said() == Constraints()
    assert conflicts(Constraints()) == ()


def test_the_order_of_two_records_makes_no_difference():
    assert said(("b", "a", "same")).must_link == {("a", "b")}
    assert said(("a", "b", "same"), ("b", "a", "different")) == said(("a", "b", "different"))


@pytest.mark.parametrize("answers", list(permutations(["same", "different", "unsure"])))
def test_of_all_answers_about_a_pair_the_last_counts(answers):
    found = said(*(("a", "b", answer) for answer in answers))
    assert bool(found.must_link) == (answers[-1] == "same")
    assert bool(found.cannot_link) == (answers[-1] == "different")


def test_answers_about_other_pairs_stay():
    found = said(("a", "b", "same"), ("a", "c", "different"), ("a", "b", "unsure"))
    assert (found.must_link, found.cannot_link) == (frozenset(), {("a", "c")})


def test_keepers_come_in_the_order_in_which_they_were_last_named():
    assert said(("a", "", "keeper"), ("b", "", "keeper"), ("a", "", "keeper")).keepers == ("b", "a")


def test_a_keeper_is_taken_back_by_unsure():
    assert said(("a", "", "keeper"), ("b", "", "keeper"), ("a", "", "unsure")).keepers == ("b",)


def test_a_keeper_says_nothing_about_pairs():
    found = said(("a", "b", "same"), ("a", "", "keeper"))
    assert (found.must_link, found.keepers) == ({("a", "b")}, ("a",))


@given(st.lists(st.tuples(names, names, st.sampled_from(["same", "different", "unsure"])), max_size=12))
def test_exactly_the_last_answer_about_each_pair_is_in_force(rows):
    found = said(*rows)
    last = {tuple(sorted((a, b))): answer for a, b, answer in rows}
    assert found.must_link == {pair for pair, answer in last.items() if answer == "same"}
    assert found.cannot_link == {pair for pair, answer in last.items() if answer == "different"}


def test_a_chain_against_a_decision_is_told_whole():
    (found,) = conflicts(said(("a", "b", "same"), ("c", "b", "same"), ("c", "a", "different")))
    assert found == Conflict(("a", "b", "c"))
    assert found.apart == ("a", "c")
    assert str(found) == "a = b = c, but a ≠ c"


def test_of_two_chains_the_shorter_one_is_told():
    same = [("a", "b", "same"), ("b", "c", "same"), ("c", "d", "same"), ("a", "x", "same"), ("x", "d", "same")]
    assert conflicts(said(*same, ("a", "d", "different"))) == (Conflict(("a", "x", "d")),)


def test_a_chain_of_thousands_is_found():
    ids = [f"r{n:05}" for n in range(20_000)]
    same = frozenset(pairwise(ids))
    (found,) = conflicts(Constraints(same, frozenset({(ids[0], ids[-1])})))
    assert found.chain == tuple(ids)


def shortest_by_trying(same, begin, end):
    """The first of the shortest chains, by trying all of them."""
    others = sorted({name for pair in same for name in pair} - {begin, end})
    for between in range(len(others) + 1):
        chains = [
            (begin, *some, end)
            for some in permutations(others, between)
            if all(tuple(sorted(step)) in same for step in zip((begin, *some), (*some, end), strict=True))
        ]
        if chains:
            return min(chains)
    return None


@given(constraints)
def test_conflicts_are_those_that_trying_every_chain_finds(given_):
    wanted = [shortest_by_trying(given_.must_link, a, b) for a, b in sorted(given_.cannot_link)]
    assert [found.chain for found in conflicts(given_)] == [chain for chain in wanted if chain]


@given(constraints)
def test_without_conflicts_every_decision_can_be_obeyed(given_):
    leader = {name: name for name in "abcdef"}
    for _ in leader:
        for a, b in given_.must_link:
            leader[a] = leader[b] = min(leader[a], leader[b])
    clash = any(leader[a] == leader[b] for a, b in given_.cannot_link)
    assert bool(conflicts(given_)) == clash


def test_every_pair_that_is_both_is_named():
    found = conflicts(Constraints(frozenset(combinations("abc", 2)), frozenset(combinations("abc", 2))))
    assert [each.chain for each in found] == [("a", "b"), ("a", "c"), ("b", "c")]
