"""Explanation: a waterfall that adds up, and a sentence that a program officer understands."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.decisions import Constraints
from twicetold.engines import local
from twicetold.matching.explanation import Explainer, explain_readings
from twicetold.matching.keeper import KeeperRule
from twicetold.model.evidence import FAMILIES, FEATURES
from twicetold.model.scoring import pair_evidence, score_pairs
from twicetold.pairs import Pairs, Thresholds, Verdict
from twicetold.pipeline import Settings
from twicetold.records import Record, Records
from twicetold.text.abbreviations import learn
from twicetold.text.reading import read

WORDS = (
    "train teachers all staff raise attendance to 85% 90% by June May 2025 two three centers not infants 🙂 école the"
)
TEXTS = st.one_of(
    st.lists(
        st.sampled_from(WORDS.split()),
        max_size=9,
    ).map(" ".join),
    st.text(st.characters(), max_size=20),
)
CLASHES = [
    ("Raise attendance to 85% by June.", "Raise attendance to 90% by June.", "85%", "90%"),
    ("Hire 12 bus drivers", "Hire 15 bus drivers", "12", "15"),
    ("Open the kitchen in March 2025", "Open the kitchen in October 2025", "March 2025", "October 2025"),
    ("Train teachers of infants in talking", "Train teachers of toddlers in talking", "infants", "toddlers"),
    ("Meet with all parents weekly", "Meet with all parents monthly", "weekly", "monthly"),
]


@pytest.fixture(scope="module")
def explain(model):
    def explained(text_a, text_b, thresholds=model.thresholds):
        return explain_readings(read(text_a, model.lexicon), read(text_b, model.lexicon), model, thresholds)

    return explained


@given(TEXTS, TEXTS)
@settings(max_examples=60)
def test_the_waterfall_begins_with_the_baseline_falls_in_size_and_adds_up(explain, model, text_a, text_b):
    found = explain(text_a, text_b)
    if math.isinf(found.log_odds):
        assert [piece.name for piece in found.evidence] == ["identical"]
        return
    first, *rest = found.evidence
    assert (first.name, first.log_odds) == ("baseline", pytest.approx(model.coefficients.baseline, abs=1e-5))
    assert sum(piece.log_odds for piece in found.evidence) == pytest.approx(found.log_odds, abs=1e-6)
    sizes = [abs(piece.log_odds) for piece in rest]
    assert sizes == sorted(sizes, reverse=True)
    assert 0 not in sizes
    assert found.probability == pytest.approx(1 / (1 + math.exp(-found.log_odds)), abs=1e-6)


@given(TEXTS, TEXTS)
@settings(max_examples=60)
def test_here_and_there_change_places_when_the_texts_do(explain, text_a, text_b):
    one, other = explain(text_a, text_b), explain(text_b, text_a)
    assert (one.only_a, one.only_b) == (other.only_b, other.only_a)
    assert sorted(one.clash) == sorted((kind, there, here) for kind, here, there in other.clash)
    assert {kind for kind, _ in one.agree} == {kind for kind, _ in other.agree}
    assert one.probability == pytest.approx(other.probability, abs=1e-5)
    assert len(one.evidence) == len(other.evidence)


@given(TEXTS, TEXTS)
@settings(max_examples=60)
def test_a_clash_is_told_exactly_where_one_counts(explain, model, text_a, text_b):
    if math.isinf(explain(text_a, text_b).log_odds):
        return
    called = {"frequency": "rate", "age group": "age", "people": "role"}
    told = {called.get(kind, kind) for kind, _, _ in explain(text_a, text_b).clash}
    columns = pair_evidence(model, [text_a], [text_b]).columns[0]
    counted = {feature.name for feature, value in zip(FEATURES, columns, strict=True) if value}
    assert told == {family for family in FAMILIES if f"{family}-clash" in counted}


@pytest.mark.parametrize(("text_a", "text_b", "here", "there"), CLASHES)
def test_the_sentence_says_both_values_that_clash_in_the_order_of_the_texts(explain, text_a, text_b, here, there):
    for one, other, first, second in ((text_a, text_b, here, there), (text_b, text_a, there, here)):
        found = explain(one, other)
        assert f"{first} here, {second} there".casefold() in found.sentence.casefold()
        assert (first.casefold(), second.casefold()) in [tuple(map(str.casefold, clash[1:])) for clash in found.clash]


@pytest.mark.parametrize(("text_a", "text_b", "here", "there"), CLASHES)
def test_a_word_that_a_clash_names_is_not_named_again(explain, text_a, text_b, here, there):
    told = explain(text_a, text_b).sentence.casefold()
    assert [told.count(word) for word in (here.casefold(), there.casefold())] == [1, 1]


def test_texts_that_differ_in_a_clash_alone_are_not_called_the_same_words(explain):
    found = explain("Train the teachers", "Train the cooks", Thresholds(0.0, 0.0))
    assert found.sentence == "says the same; teachers here, cooks there"


def test_the_sentence_says_that_spanish_was_read_word_by_word(explain):
    told = explain("Los niños leerán dos libros en casa.", "Children will read three books at school.").sentence
    assert "Spanish was read word by word" in told
    assert "2 here, 3 there" in told
    assert "Spanish" not in explain("Hire cooks", "Hire teachers").sentence


def test_the_sentence_says_what_agrees(explain):
    found = explain("Train 12 teachers in May", "Teach 12 educators a course in May")
    assert ("number", "12") in found.agree
    assert "same number" in found.sentence


def test_the_sentence_says_when_one_text_reverses_the_other(explain):
    found = explain("Serve meals with nuts to children", "Do not serve meals with nuts to children")
    assert "one says the reverse of the other" in found.sentence


@pytest.mark.parametrize(
    ("thresholds", "verdict", "opening"),
    [
        (Thresholds(0.0, 0.0), Verdict.DUPLICATE, "says the same"),
        (Thresholds(1.0, 0.0), Verdict.POSSIBLE, "may say the same"),
        (Thresholds(1.0, 1.0), Verdict.DIFFERENT, "says something else"),
    ],
)
def test_the_sentence_opens_with_the_verdict(explain, thresholds, verdict, opening):
    found = explain("Train all teachers", "Coach every cook", thresholds)
    assert found.verdict is verdict
    assert found.sentence.startswith(opening)


def test_identical_texts_are_certain_and_have_nothing_to_weigh(explain):
    found = explain("Train ALL staff: 85 percent", "<p>train all staff, 85%</p>")
    assert (found.probability, found.verdict, found.log_odds) == (1.0, Verdict.DUPLICATE, math.inf)
    assert found.sentence == "identical after normalisation"
    assert (found.only_a, found.only_b, found.clash) == ((), (), ())
    assert {"train", "all", "staff"} >= set(found.shared) >= {"train", "staff"}


def test_words_are_told_once_in_order_with_forms_of_one_word_as_shared(explain):
    found = explain("Training teachers and teachers' mentors", "The trained teacher visits families, families")
    assert found.shared == ("training", "teachers")
    assert found.only_a == ("mentors",)
    assert found.only_b == ("visits", "families")


def test_words_on_one_side_only_are_said_so(explain):
    assert "only here: 'outdoor'" in explain("repair outdoor playgrounds", "repair playgrounds").sentence
    assert "only there: 'outdoor'" in explain("repair playgrounds", "repair outdoor playgrounds").sentence


def test_many_words_are_cut_short_in_the_sentence_but_not_in_the_list(explain):
    found = explain("repair roof", "apples bread carrots dates endives figs grapes")
    assert len(found.only_b) == 7
    assert "…" in found.sentence
    assert "grapes" not in found.sentence


@pytest.mark.parametrize("texts", [("", "the of"), ("🙂", "🎉"), ("...", "12"), ("\ud800", "a"), ("\x00", "日本語")])
def test_texts_with_nothing_to_say_are_explained_too(explain, texts):
    found = explain(*texts)
    assert found.sentence
    assert math.isfinite(found.log_odds)


ROWS = [
    ("1", "Train all teachers on safety"),
    ("2", "Provide safety training to all teachers"),
    ("3", "train all teachers on safety!"),
    ("4", "Train 12 cooks by May 2025"),
    ("5", "Train 15 cooks by May 2025"),
]


@pytest.fixture(scope="module")
def records():
    return Records.of(Record(name, text) for name, text in ROWS)


@pytest.fixture(scope="module")
def known(model, records):
    """The stored evidence of each two records, from 1 by 1 comparisons."""
    a, b = np.triu_indices(len(records), 1)
    texts = [[records.texts[row] for row in side.tolist()] for side in (a, b)]
    terms = model.coefficients.terms(pair_evidence(model, *texts).columns.T).T
    return Pairs(a.astype(np.int32), b.astype(np.int32), score_pairs(model, *texts), terms, model.coefficients.names)


def test_what_was_stored_and_what_is_computed_anew_agree(model, records, known):
    learned = learn(records.texts, records.scopes, model.lexicon)
    stored, anew = (
        Explainer(records, model, model.thresholds, learned, parts, np.arange(len(records)))
        for parts in ([Pairs.empty(), known], [])
    )
    for a in range(len(records)):
        for b in range(len(records)):
            one, other = stored.explain(a, b), anew.explain(a, b)
            assert one.probability == pytest.approx(other.probability, abs=1e-5)
            assert one.sentence == other.sentence
            told = [{piece.name: piece.log_odds for piece in found.evidence} for found in (one, other)]
            assert told[0] == pytest.approx(told[1], abs=1e-4)


def test_what_was_stored_for_a_text_counts_for_every_record_with_it(model, records, known):
    learned = learn(records.texts, records.scopes, model.lexicon)
    marked = known.take((known.a == 0) & (known.b == 1))
    marked.log_odds[:] = 0.25
    standing = np.array([0, 1, 0, 3, 4])  # the third text is the first one
    explainer = Explainer(records, model, model.thresholds, learned, [marked], standing)
    assert {piece.log_odds for piece in explainer.explain(2, 1).evidence} == {0.25}


def test_what_was_stored_is_not_computed_again(model, records, known):
    marked = Pairs(known.a, known.b, known.probability, np.full_like(known.log_odds, 0.25), known.names)
    learned = learn(records.texts, records.scopes, model.lexicon)
    explainer = Explainer(records, model, model.thresholds, learned, [marked], np.arange(len(records)))
    for found in (explainer.explain(0, 1), explainer.explain(1, 0)):
        assert {piece.log_odds for piece in found.evidence} == {0.25}


def test_a_result_explains_its_pairs_as_it_judged_them(model, records):
    result = local.run(records, model, Settings(Thresholds(0.5, 0.05), Constraints(), KeeperRule()))
    assert len(result.pairs)
    for pairs in (result.pairs, result.nearest):
        for a, b, chance in pairs:
            found = result.explain(a, b)
            assert found.probability == pytest.approx(chance, abs=1e-5)
            assert found.verdict is result.thresholds.verdict(chance)


def test_the_sentence_says_that_a_tail_was_set_aside(explain):
    found = explain("Train the bus drivers", "Train the bus drivers, as measured by 12 monthly reports")
    assert found.sentence.endswith("what only says how it is checked or filed is set aside")
    assert (found.only_a, found.only_b, found.clash) == ((), (), ())
