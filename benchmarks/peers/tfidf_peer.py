"""scikit-learn: the TF-IDF cosine of character n-grams of every pair within a scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from exchange import Joined, Task, main
from sklearn.feature_extraction.text import TfidfVectorizer

if TYPE_CHECKING:
    from collections.abc import Iterator


def find(task: Task) -> Iterator[Joined]:
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    vectorizer.fit(goal.text for goal in task.goals)
    for goals in task.scopes():
        vectors = vectorizer.transform([goal.text for goal in goals])
        cosines = (vectors @ vectors.T).toarray()
        near = np.argwhere(np.triu(cosines >= min(task.thresholds), 1)).tolist()
        yield from task.above((goals[a].id, goals[b].id, float(cosines[a, b])) for a, b in near)


main(find)
