"""What pages are made of, by itself: choices, texts side by side, thresholds."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from twicetold.decisions import Answer, Constraints
from twicetold.engines.setup import pipeline_settings
from twicetold.errors import InputInvalid
from twicetold.model.artifact import Model
from twicetold.platform.settings import Settings
from twicetold.service.models import Comparison
from twicetold.service.pages.beside import CHARACTERS, _with_clashes, set_beside
from twicetold.service.pages.card import outcome, outcomes
from twicetold.service.pages.choices import MOST, Choices
from twicetold.store.review import Label


@pytest.fixture(scope="module")
def compare():
    model = Model()
    return Comparison(model, pipeline_settings(model, Settings(), Constraints()))


def made(fields, members=("a", "b", "c"), last=()):
    known = {frozenset((row["record_a"], row["record_b"])): row for row in last}
    found = Choices.of(fields).decisions(members, known, "ann")
    return {(each.record_a, each.record_b, str(each.answer)) for each in found}


def row(a, b, answer):
    return {"record_a": a, "record_b": b, "answer": answer}


FORM = [("beside", "a"), ("stands", "a"), ("keeper", "a")]


def test_answers_are_about_the_record_beside():
    fields = [*FORM, ("do", "save"), ("answer:b", "same"), ("answer:c", "unsure")]
    assert made(fields) == {("a", "b", "same"), ("a", "c", "unsure")}


def test_an_answer_that_already_stands_is_not_given_again():
    fields = [*FORM, ("answer:b", "same"), ("answer:c", "different")]
    assert made(fields, last=[row("b", "a", "same"), row("a", "c", "same")]) == {("a", "c", "different")}


def test_another_keeper_is_a_decision_of_its_own():
    assert made([("beside", "a"), ("stands", "a"), ("keeper", "c")]) == {("c", "", "keeper")}
    assert made([("beside", "a"), ("stands", "c"), ("keeper", "a")]) == {("a", "", "keeper")}
    assert made([("beside", "a"), ("stands", "c"), ("keeper", "c")]) == set()


def test_a_split_sets_ticked_and_other_records_apart():
    assert made([*FORM, ("do", "split"), ("tick", "b"), ("tick", "nobody")]) == {
        ("b", "a", "different"),
        ("b", "c", "different"),
    }


def test_dismissing_sets_each_record_apart_from_each_other():
    found = made([*FORM, ("do", "dismiss")], last=[row("c", "b", "different")])
    assert found == {("a", "b", "different"), ("a", "c", "different")}


def test_all_are_the_same_as_the_record_beside():
    assert made([*FORM, ("do", "all")]) == {("a", "b", "same"), ("a", "c", "same")}


@pytest.mark.parametrize("do", ["all", "dismiss"])
def test_more_than_a_form_may_decide_is_refused(do):
    members = [str(number) for number in range(MOST + 2)]
    with pytest.raises(InputInvalid, match="1,000 decisions"):
        made([*FORM, ("do", do)], members)


@pytest.mark.parametrize("fields", [[("decision", "x")], [("number", "")], [("change", "1e9")]])
def test_a_form_of_somebody_elses_making_is_refused(fields):
    with pytest.raises(InputInvalid, match="not one of this page"):
        Choices.of(fields)


def test_an_answer_that_is_none_is_passed_over():
    assert Choices.of([("answer:b", "perhaps"), ("answer:c", "keeper")]).answers == {}
    assert Choices.of([("answer:b", "same")]).answers == {"b": Answer.SAME}


def test_words_that_differ_are_marked_and_clashing_ones_as_such(compare):
    found = set_beside(
        "Raise attendance to 85% by June.", "Raise daily attendance to 90% by June.", compare, compare.model.lexicon
    )
    assert '<mark class="clash">85%</mark>' in found.one
    assert '<mark class="clash">90%</mark>' in found.other
    assert "<mark>daily</mark>" in found.other


def test_only_what_clashes_is_marked_as_clashing(compare):
    found = set_beside(
        "Raise attendance to 85% by June.", "By June, 90 percent of children attend.", compare, compare.model.lexicon
    )
    assert '<mark>Raise attendance to </mark><mark class="clash">85%</mark> by June.' in found.one
    assert '<mark class="clash">90</mark>' in found.other


def test_no_part_of_an_escaped_sign_is_taken_for_a_word():
    marked = Markup("<mark>it&#39;s 39 &lt; lt &amp; amp</mark>")
    found = _with_clashes(marked, ["39, lt, amp, &"])
    assert found == (
        '<mark>it&#39;s </mark><mark class="clash">39</mark><mark> &lt; </mark><mark class="clash">lt</mark>'
        '<mark> &amp; </mark><mark class="clash">amp</mark>'
    )


@pytest.mark.parametrize("text", ["<b>bold</b>", "<script>x</script>", '"><mark>', "a & b < c", "</mark><i>"])
def test_texts_never_become_markup(compare, text):
    found = set_beside(f"Raise it to 85% {text}", f"Raise it to 90% {text} more", compare, compare.model.lexicon)
    without = found.other.replace('<mark class="clash">', "").replace("<mark>", "").replace("</mark>", "")
    assert "<" not in without
    assert ">" not in without


def test_long_texts_are_cut_and_said_to_be(compare):
    found = set_beside("word " * 1000, "Word " * 500, compare, compare.model.lexicon)
    assert (found.cut_one, found.cut_other) == (5000 - CHARACTERS, 2500 - CHARACTERS)


def test_identical_texts_have_nothing_to_weigh(compare):
    found = set_beside("Train all staff.", "train ALL staff", compare, compare.model.lexicon)
    assert (found.fall, found.told.probability) == (None, 1.0)


def test_stored_evidence_is_shown_as_it_was_stored(compare):
    names = compare.model.coefficients.names
    found = set_beside("Train all staff.", "Teach all staff.", compare, compare.model.lexicon, {names[0]: 2.0})
    assert found.told.log_odds == pytest.approx(2.0)
    other = set_beside("Train all staff.", "Teach all staff.", compare, compare.model.lexicon, {"another model": 2.0})
    assert other.told.log_odds != pytest.approx(2.0)


LABELS = [Label(True, 0.9), Label(True, 0.5), Label(False, 0.7), Label(False, None), Label(True, None)]


@pytest.mark.parametrize(
    ("threshold", "figures"),
    [(0.4, (2, 1, 1)), (0.6, (1, 1, 2)), (0.8, (1, 0, 2)), (0.9, (1, 0, 2)), (0.95, (0, 0, 3)), (0.0, (2, 1, 1))],
)
def test_a_threshold_is_held_against_the_labels(threshold, figures):
    found = outcome(LABELS, threshold)
    assert (found.right, found.wrong, found.missed) == figures


def test_precision_and_recall_are_shares_and_none_of_nothing():
    assert (outcome(LABELS, 0.6).precision, outcome(LABELS, 0.6).recall) == (0.5, pytest.approx(1 / 3))
    assert (outcome(LABELS, 0.95).precision, outcome([], 0.5).recall) == (None, None)


def test_thresholds_below_what_is_kept_are_left_out():
    assert [each.threshold for each in outcomes(LABELS, 0.55, 0.625, 0.66)] == [0.6, 0.625, 0.66, 0.7, 0.8, 0.9, 0.95]
