"""Typing errors, from the texts to the groups, their explanations and the finding that counts them."""

from __future__ import annotations

import twicetold
from twicetold.model.scoring import pair_evidence

RIGHT = ("1", "Offer training to volunteer drivers by September 2026", "north")
WRONG = ("2", "Ofer traning to volunter drivers by Septmber 2026", "north")
OTHER = ("3", "Inspect all hydrants each spring", "north")


def finding(result):
    return [(each.count, each.message) for each in result.findings if each.code == "words-misspelled"]


def test_typing_errors_do_not_part_what_is_the_same(run):
    result = run([RIGHT, WRONG, OTHER])
    assert [group.members for group in result.groups] == [("1", "2")]
    assert result.explain(0, 1).only_a == ()


def test_the_words_are_counted_and_not_named(run):
    ((count, message),) = finding(run([RIGHT, WRONG, OTHER]))
    assert count == 4
    assert "traning" not in message


def test_texts_spelled_right_give_no_finding(run):
    assert finding(run([RIGHT, OTHER])) == []


def test_the_words_of_another_scope_do_not_count(run):
    rows = [RIGHT, ("2", "Ofer traning to volunter drivers", "south")]
    assert finding(run(rows)) == []


def test_the_model_is_the_same_whatever_is_misspelled(run):
    assert run([RIGHT, WRONG]).model == run([RIGHT, OTHER]).model


def test_a_pair_is_a_scope(model):
    found = pair_evidence(model, [RIGHT[1], RIGHT[1]], [WRONG[1], OTHER[1]])
    assert found.identical.tolist() == [True, False]


def test_one_pair_is_compared_as_many_are(model):
    assert twicetold.compare(RIGHT[1], WRONG[1], model=model).probability == 1
    assert twicetold.score([RIGHT[1]], [WRONG[1]], model=model) == [1.0]
