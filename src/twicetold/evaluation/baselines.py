"""Simple scorers that the model has to beat: from two columns of texts to a column of scores from 0 to 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz import fuzz, process, utils

from twicetold.evaluation.ngrams import TfIdf

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Scorer = Callable[[Sequence[str], Sequence[str]], NDArray[np.float64]]
    Encode = Callable[[list[str]], NDArray[np.float32]]


def scorers(canonical: Callable[[str], str], encode: Encode) -> Mapping[str, Scorer]:
    """Every baseline by name, the simplest first.

    Args:
        canonical: Normalises a text.
        encode: From n texts to unit rows of shape (n, d).
    """
    return {
        "exact-normalised": exact_normalised(canonical),
        "tfidf-char": tfidf_char,
        "token-set-ratio": token_set_ratio,
        "encoder-cosine": encoder_cosine(encode),
    }


def exact_normalised(canonical: Callable[[str], str]) -> Scorer:
    """1 where the normalised texts are equal, else 0."""

    def score(texts_a: Sequence[str], texts_b: Sequence[str]) -> NDArray[np.float64]:
        distinct, a, b = _distinct(texts_a, texts_b)
        normal = [canonical(text) for text in distinct]
        equal = [normal[left] == normal[right] for left, right in zip(a, b, strict=True)]
        return np.array(equal, np.float64)

    return score


def tfidf_char(texts_a: Sequence[str], texts_b: Sequence[str]) -> NDArray[np.float64]:
    """TF-IDF cosine of character 3- to 5-grams, the frequencies taken from the given texts themselves."""
    distinct, a, b = _distinct(texts_a, texts_b)
    return TfIdf.of(distinct).cosine(a, b)


def token_set_ratio(texts_a: Sequence[str], texts_b: Sequence[str]) -> NDArray[np.float64]:
    """The token_set_ratio of rapidfuzz over lower-case words without punctuation, divided by 100."""
    ratios = process.cpdist(
        texts_a, texts_b, scorer=fuzz.token_set_ratio, processor=utils.default_process, dtype=np.float64
    )
    return np.asarray(ratios, np.float64) / 100


def encoder_cosine(encode: Encode) -> Scorer:
    """The cosine of the encoder's vectors; below 0 counts as 0."""

    def score(texts_a: Sequence[str], texts_b: Sequence[str]) -> NDArray[np.float64]:
        distinct, a, b = _distinct(texts_a, texts_b)
        if not distinct:
            return np.empty(0)
        vectors = encode(distinct)
        cosines = [
            np.einsum("ij,ij->i", vectors[a[rows]], vectors[b[rows]], dtype=np.float64)
            for rows in np.array_split(np.arange(len(a)), max(1, len(a) // 10_000))
        ]
        return np.concatenate(cosines).clip(0.0, 1.0)

    return score


def _distinct(texts_a: Sequence[str], texts_b: Sequence[str]) -> tuple[list[str], NDArray[np.intp], NDArray[np.intp]]:
    """The distinct texts, sorted, and the row of each pair's two texts among them."""
    distinct = sorted({*texts_a, *texts_b})
    row = {text: number for number, text in enumerate(distinct)}
    a = np.array([row[text] for text in texts_a], np.intp)
    b = np.array([row[text] for text in texts_b], np.intp)
    return distinct, a, b
