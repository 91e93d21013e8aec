"""What must hold for the evidence of any two texts, whichever its columns are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rapidfuzz import process

from twicetold.model.encoder import MAX_CHARACTERS
from twicetold.model.evidence import FEATURES, evidence
from twicetold.model.probability import probability
from twicetold.model.scoring import pair_evidence, score_pairs

WORDS = (
    "train teachers staff all families safety attendance increase reduce by 85% 90% two three not without before after "
    "June 2025 monthly weekly infants center A B Springfield the of and provide cooks parents enrollment (CLASS) ERSEA "
    "🙂 日本語 école مرحبا ½ 1,000 $5 3-year-olds <b> &amp; \x00 \u200b \u202e"
)
TEXTS = st.one_of(
    st.lists(st.sampled_from(WORDS.split(" ")), max_size=10).map(" ".join), st.text(st.characters(), max_size=30)
)
#: Two ways to say one thing about a number.
TEMPLATES = [
    ("Train {} teachers in the new curriculum.", "Provide training to {} teachers in the new curriculum."),
    ("Raise attendance to {}% by the end of the year.", "By the end of the year, raise attendance to {} percent."),
    ("Hire {} bus drivers for rural routes", "{} bus drivers will be hired for the rural routes"),
    ("Buy {} tablets for the classrooms.", "Purchase {} tablets for the classrooms."),
    ("Hold {} parent meetings about nutrition", "Hold {} meetings with parents about nutrition"),
]


def columns(model, text_a, text_b):
    return pair_evidence(model, [text_a], [text_b]).columns[0]


@given(TEXTS, TEXTS)
@settings(max_examples=60)
def test_evidence_lies_between_0_and_1_and_is_the_same_both_ways(model, text_a, text_b):
    one, other = columns(model, text_a, text_b), columns(model, text_b, text_a)
    assert one.shape == (len(FEATURES),)
    assert one.dtype == np.float32
    assert (one >= 0).all()
    assert (one <= 1 + 1e-6).all()
    assert one == pytest.approx(other, abs=1e-5)


@given(TEXTS, TEXTS)
@settings(max_examples=40)
def test_the_terms_of_any_two_texts_add_up_to_their_log_odds(model, text_a, text_b):
    values = columns(model, text_a, text_b)
    total = model.coefficients.terms(values).astype(np.float64).sum()
    assert total == pytest.approx(model.coefficients.log_odds(values), abs=1e-4)
    assert score_pairs(model, [text_a], [text_b])[0] in (1, pytest.approx(probability(np.array(total)), abs=1e-5))


@given(st.lists(TEXTS, min_size=1, max_size=6), st.lists(TEXTS, min_size=1, max_size=6))
@settings(max_examples=25)
def test_texts_side_by_side_have_the_evidence_of_each_two_alone(block, ours, theirs):
    together = evidence(block(*ours), block(*theirs))
    assert together.shape == (len(FEATURES), len(ours), len(theirs))
    for row, text_a in enumerate(ours):
        for column, text_b in enumerate(theirs):
            alone = evidence(block(text_a), block(text_b))[:, 0, 0]
            assert together[:, row, column] == pytest.approx(alone, abs=1e-5)


@given(TEXTS)
@settings(max_examples=40)
def test_a_text_and_itself_never_clash(model, text):
    values = columns(model, text, text)
    clashing = [feature.name for feature, value in zip(FEATURES, values, strict=True) if value and feature.prior < 0]
    assert [name for name in clashing if name.endswith(("-clash", "-one-sided"))] == []


@given(TEXTS)
@settings(max_examples=40)
def test_identical_canonical_texts_are_certainly_the_same(model, text):
    assert score_pairs(model, [text, f"  {text}  "], [text, text]).tolist() == [1, 1]


@given(st.sampled_from(TEMPLATES), st.integers(2, 3000), st.integers(2, 3000))
@settings(max_examples=60)
def test_another_number_makes_the_same_sentence_less_likely_the_same(model, template, number, other):
    assume(number != other)
    first, second = template
    same, changed = score_pairs(model, [first.format(number)] * 2, [second.format(number), second.format(other)])
    assert changed < same


@pytest.mark.parametrize(
    ("text", "near", "changed"),
    [
        ("Train all infant teachers.", "Provide training to all infant teachers.", "Train all bus drivers."),
        ("Open the kitchen in June.", "Open the kitchens in June.", "Open the kitchen in October."),
        ("Increase family attendance.", "Raise family attendance.", "Reduce family attendance."),
        ("Meet parents weekly.", "Meet with parents every week.", "Meet parents once a year."),
        ("Repair the roof in Springfield.", "Fix the roof in Springfield.", "Repair the roof in Riverton."),
    ],
)
def test_a_paraphrase_is_likelier_the_same_than_a_changed_slot(model, text, near, changed):
    likely, unlikely = score_pairs(model, [text, text], [near, changed])
    assert unlikely < likely


@pytest.mark.parametrize("text", ["", "the of and", "!!!", "🙂", "12", "\u200b"])
def test_texts_without_content_words_have_finite_evidence_with_any_text(model, text):
    for other in ("", "and the", "...", "Train all teachers", "13", "日本"):
        assert np.isfinite(columns(model, text, other)).all()


def test_no_pairs_have_no_evidence_and_no_score(model):
    found = pair_evidence(model, [], [])
    assert found.columns.shape == (0, len(FEATURES))
    assert found.identical.shape == (0,)
    assert score_pairs(model, [], []).shape == (0,)


@pytest.mark.parametrize(("texts_a", "texts_b"), [(["a"], []), ([], ["a"]), (["a"], ["a", "b"])])
def test_columns_of_different_lengths_are_refused(model, texts_a, texts_b):
    with pytest.raises(ValueError):
        score_pairs(model, texts_a, texts_b)


def test_a_score_does_not_depend_on_the_other_pairs(model):
    pairs = [
        ("Train 3 cooks", "Train 4 cooks"),
        ("Open a center", "Close a center"),
        ("a", "b"),
        ("Train 3 cooks", "x"),
    ]
    together = score_pairs(model, *zip(*pairs, strict=True))
    alone = [score_pairs(model, [a], [b])[0] for a, b in pairs]
    assert together == pytest.approx(alone, abs=1e-5)


def test_case_markup_and_framing_make_no_difference(model):
    plain = "Train all teachers on safety."
    others = [
        "TRAIN ALL TEACHERS ON SAFETY",
        "<p>Train&nbsp;all teachers on safety</p>",
        "1. Train all teachers on safety",
    ]
    assert score_pairs(model, [plain] * 3, others).tolist() == [1, 1, 1]


def test_spelling_is_compared_on_no_more_characters_than_the_encoder_is_given(model, monkeypatch):
    compared = []
    cpdist = process.cpdist
    monkeypatch.setattr(process, "cpdist", lambda *sides, **how: compared.extend(sides) or cpdist(*sides, **how))
    score_pairs(model, ["x" * 1_000_000], ["y" * 1_000_000])
    assert [len(text) for side in compared for text in side] == [MAX_CHARACTERS] * 2
