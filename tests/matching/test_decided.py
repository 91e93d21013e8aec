"""Decisions are about records: two records with one text stay apart if a person said so."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.decisions import Answer, Constraints, Decision
from twicetold.matching.compared import Compared
from twicetold.matching.decided import group_records
from twicetold.pairs import Pairs


def compared(chances, vetoed=()):
    """What the comparison of distinct texts found; pairs by place."""
    pairs = list(chances)
    columns = [np.array([pair[side] for pair in pairs], np.int32) for side in (0, 1)]
    found = Pairs(*columns, np.array(list(chances.values()), float), np.zeros((len(pairs), 0), np.float32), ())
    clashes = np.array(list(vetoed), np.int32).reshape(-1, 2)
    return Compared(0, found, Pairs.empty(), -1, clashes, np.empty((0, 3), np.int32))


def decided(*answers):
    return Constraints.of(Decision(a, b, Answer(answer)) for a, b, answer in answers)


NOTHING = Constraints()


def groups(places, constraints=NOTHING, chances=None, vetoed=()):
    """The ids of the groups of records named a, b, c ...; place by record."""
    ids = [chr(ord("a") + row) for row in range(len(places))]
    found = group_records(ids, np.array(places, np.int32), compared(chances or {}, vetoed), constraints, 0.5)
    assert all(found.labels[label] == label for label in found.labels.tolist())
    members = {}
    for name, label in zip(ids, found.labels.tolist(), strict=True):
        members[label] = members.get(label, "") + name
    return sorted(members.values())


def test_no_records_have_no_groups():
    assert groups([]) == []


def test_one_record_is_alone():
    assert groups([0]) == ["a"]


def test_records_with_one_text_are_one_group():
    assert groups([0, 0, 0]) == ["abc"]


def test_texts_that_are_alike_bring_their_records_together():
    assert groups([0, 1, 0, 2], chances={(0, 1): 0.9}) == ["abc", "d"]


def test_records_with_one_text_are_split_if_a_person_said_they_differ():
    assert groups([0, 0], decided(("a", "b", "different"))) == ["a", "b"]


def test_a_third_record_of_that_text_stays_with_one_of_them():
    assert groups([0, 0, 0], decided(("a", "b", "different"))) == ["ac", "b"]


def test_all_records_of_one_text_can_be_kept_apart():
    said = decided(("a", "b", "different"), ("a", "c", "different"), ("b", "c", "different"))
    assert groups([0, 0, 0], said) == ["a", "b", "c"]


def test_the_split_holds_through_another_text_that_is_like_both():
    found = groups([0, 0, 1], decided(("a", "b", "different")), chances={(0, 1): 1.0})
    assert all(not {"a", "b"} <= set(members) for members in found)


def test_texts_that_were_found_different_are_joined_if_a_person_said_so():
    assert groups([0, 1, 2], decided(("a", "c", "same"))) == ["ac", "b"]


def test_a_person_who_joins_two_records_overrules_a_clash_of_their_texts():
    assert groups([0, 1], decided(("a", "b", "same")), vetoed=[(0, 1)]) == ["ab"]


def test_a_clash_of_texts_holds_for_the_records_that_a_decision_names_too():
    alike = {(0, 1): 1.0, (1, 2): 1.0}
    said = decided(("c", "d", "same"))  # two records of the third text; both clash with the first
    found = groups([0, 1, 2, 2], said, chances=alike, vetoed=[(0, 2)])
    assert all(not ("a" in members and {"c", "d"} & set(members)) for members in found)


def test_a_clash_of_texts_holds_for_each_of_the_records_that_a_person_keeps_apart():
    alike = {(0, 1): 1.0, (1, 2): 1.0}
    found = groups([0, 1, 2, 2], decided(("c", "d", "different")), chances=alike, vetoed=[(0, 2)])
    assert found == ["ab", "c", "d"]


def test_a_decision_that_names_unknown_records_changes_nothing():
    for answer in ("same", "different"):
        assert groups([0, 0, 1], decided(("a", "nobody", answer), ("x", "y", answer))) == ["ab", "c"]


def test_the_last_answer_about_a_pair_counts_and_unsure_takes_it_back():
    assert groups([0, 1], decided(("a", "b", "same"), ("b", "a", "different"))) == ["a", "b"]
    assert groups([0, 1], decided(("a", "b", "different"), ("b", "a", "same"))) == ["ab"]
    assert groups([0, 0], decided(("a", "b", "different"), ("b", "a", "unsure"))) == ["ab"]


def test_a_text_s_records_stay_together_when_one_of_them_is_joined_with_many_others():
    said = decided(("a", "c", "same"), ("a", "d", "same"), ("a", "e", "same"))
    assert groups([0, 0, 1, 2, 3], said) == ["abcde"]


def test_decisions_that_contradict_each_other_are_counted():
    said = decided(("a", "b", "same"), ("b", "c", "same"), ("a", "c", "different"))
    found = group_records(["a", "b", "c"], np.zeros(3, np.int32), compared({}), said, 0.5)
    assert len(found.contradictions) == 1


@given(st.data())
@settings(max_examples=200)
def test_whatever_was_decided_is_obeyed_and_other_records_of_one_text_stay_together(data):
    count = data.draw(st.integers(2, 8))
    places = [0, *sorted(data.draw(st.lists(st.integers(0, 2), min_size=count - 1, max_size=count - 1)))]
    places = [sorted(set(places)).index(place) for place in places]
    names = st.sampled_from([chr(ord("a") + row) for row in range(count)])
    answers = data.draw(st.lists(st.tuples(names, names, st.sampled_from(["same", "different"])), max_size=4))
    constraints = decided(*(answer for answer in answers if answer[0] != answer[1]))
    found = groups(places, constraints, chances={(0, 1): 0.8} if max(places) else {})
    together = {frozenset((a, b)) for members in found for a in members for b in members if a < b}
    assert sorted("".join(found)) == [chr(ord("a") + row) for row in range(count)]
    assert not {frozenset(pair) for pair in constraints.cannot_link} & together
    if not constraints.cannot_link:
        assert {frozenset(pair) for pair in constraints.must_link} <= together
        by_text = [
            "".join(name for name, place in zip("abcdefgh", places, strict=False) if place == text) for text in places
        ]
        assert all(any(set(records) <= set(members) for members in found) for records in by_text)
