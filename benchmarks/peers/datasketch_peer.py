"""datasketch: MinHash of the words of a text, looked up by locality-sensitive hashing within a scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasketch import MinHash, MinHashLSH
from exchange import Joined, Task, main

if TYPE_CHECKING:
    from collections.abc import Iterator


def find(task: Task) -> Iterator[Joined]:
    for goals in task.scopes():
        words = [[word.encode() for word in goal.text.lower().split()] for goal in goals]
        hashes = list(MinHash.generator(words, num_perm=128))
        for threshold in task.thresholds:
            index = MinHashLSH(threshold=threshold, num_perm=128)
            for goal, hashed in zip(goals, hashes, strict=True):
                for other in index.query(hashed):
                    yield threshold, other, goal.id
                index.insert(goal.id, hashed)


def score(texts_a: list[str], texts_b: list[str]) -> list[float]:
    sides = [list(MinHash.generator([text.lower().encode().split() for text in side])) for side in (texts_a, texts_b)]
    return [one.jaccard(other) for one, other in zip(*sides, strict=True)]


main(find, score)
