"""Baseline scorers: from two columns of texts to scores from 0 to 1."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from twicetold.evaluation.baselines import (
    encoder_cosine,
    exact_normalised,
    scorers,
    tfidf_char,
    token_set_ratio,
)

A = "Raise the number of teachers with a degree to 60 percent."
B = "Raise the number of teachers with a degree to 80 percent."
C = "Open a lending library at the north site."


def encode(texts: list[str]) -> np.ndarray:
    """Unit rows that depend on the text alone."""
    seeds = [int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:4]) for text in texts]
    vectors = np.array([np.random.default_rng(seed).normal(size=8) for seed in seeds], np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


every = pytest.mark.parametrize("name", ["exact-normalised", "tfidf-char", "token-set-ratio", "encoder-cosine"])


def test_the_baselines_come_in_a_fixed_order() -> None:
    names = ["exact-normalised", "tfidf-char", "token-set-ratio", "encoder-cosine"]
    assert list(scorers(str.lower, encode)) == names


@every
def test_no_pairs_have_no_scores(name: str) -> None:
    assert scorers(str.lower, encode)[name]([], []).shape == (0,)


@every
def test_equal_texts_score_one(name: str) -> None:
    assert scorers(str.lower, encode)[name]([A], [A]) == pytest.approx([1.0])


@every
def test_both_sides_count_alike(name: str) -> None:
    score = scorers(str.lower, encode)[name]
    assert score([A, A, B], [B, C, C]) == pytest.approx(score([B, C, C], [A, A, B]))


@every
@settings(deadline=None, max_examples=30)
@given(rows=st.lists(st.tuples(st.text(max_size=12), st.text(max_size=12)), max_size=6))
def test_any_text_scores_between_zero_and_one(name: str, rows: list[tuple[str, str]]) -> None:
    scores = scorers(str.lower, encode)[name]([a for a, _ in rows], [b for _, b in rows])
    assert scores.dtype == np.float64
    assert scores.shape == (len(rows),)
    assert ((scores >= 0) & (scores <= 1)).all()


def test_exact_compares_what_the_canonical_form_leaves() -> None:
    assert exact_normalised(str.lower)(["ABC", "ABC"], ["abc", "abd"]).tolist() == [1.0, 0.0]


def test_a_text_is_made_canonical_only_once() -> None:
    seen: list[str] = []
    exact_normalised(lambda text: seen.append(text) or text)([A, A, A], [B, C, A])
    assert sorted(seen) == sorted([A, B, C])


def test_token_set_ratio_ignores_order_case_and_repetition() -> None:
    assert token_set_ratio(["Hire two, two aides"], ["aides hire TWO"]).tolist() == [1.0]


def test_encoder_cosine_is_the_dot_product_of_the_vectors() -> None:
    vectors = encode([A, B])
    expected = max(0.0, float(vectors[0] @ vectors[1]))
    assert encoder_cosine(encode)([A], [B]) == pytest.approx([expected], abs=1e-6)


def test_near_texts_score_above_far_ones() -> None:
    near, far = tfidf_char([A, A], [B, C])
    assert near > 0.8 > 0.2 > far


def test_blank_texts_are_like_nothing() -> None:
    assert tfidf_char(["", " \n", A], ["", "", ""]).tolist() == [0.0, 0.0, 0.0]


def test_white_space_and_case_do_not_matter_to_ngrams() -> None:
    assert tfidf_char([A, C], [f"  {A.upper()}\n", B])[0] == pytest.approx(1.0)


def test_a_text_of_a_million_characters_is_scored() -> None:
    assert tfidf_char(["goal " * 200_000], ["goal " * 200_000 + "x"])[0] > 0.99


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text("abcé 1", min_size=1, max_size=15), min_size=2, max_size=8))
def test_ngram_cosine_agrees_with_the_oracle(texts: list[str]) -> None:
    distinct = sorted(set(texts))
    padded = [f" {' '.join(text.lower().split())} " for text in distinct]
    if not any(text.strip() for text in padded):
        return
    matrix = TfidfVectorizer(analyzer="char", ngram_range=(3, 5)).fit_transform(padded)
    cosines = (matrix @ matrix.T).toarray()
    a, b = np.triu_indices(len(distinct))
    scores = tfidf_char([distinct[i] for i in a], [distinct[i] for i in b])
    assert scores == pytest.approx(cosines[a, b], abs=1e-9)
