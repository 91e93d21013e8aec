"""Small results made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from twicetold.findings import Finding, Severity
from twicetold.groups import Group, group_id
from twicetold.pairs import Pairs, Thresholds
from twicetold.pipeline import Result
from twicetold.records import Records


def explained(a, b):
    raise AssertionError(f"nothing that is written needs an explanation of {a} and {b}")


@pytest.fixture(scope="session")
def make_result():
    """A result over texts of which all are one group; each row is paired with row 0."""

    def make(texts, *, ids=None, probabilities=None, identical=None, reasons=None, findings=(), abbreviations=()):
        size = len(texts)
        ids = ids or [f"r{row}" for row in range(size)]
        none = Pairs.empty()
        others = np.arange(1, size, dtype=np.int32)
        chances = np.full(len(others), 0.9) if probabilities is None else np.array(probabilities)
        pairs = Pairs(np.zeros_like(others), others, chances, np.zeros((len(others), 0), np.float32), ())
        return Result(
            records=Records(ids, texts, [""] * size),
            groups=(Group(group_id("", ids), "", tuple(sorted(ids)), ids[-1]),) if size > 1 else (),
            pairs=pairs if size > 1 else none,
            nearest=none,
            identical=np.zeros(len(others), bool) if identical is None else np.array(identical),
            reasons=reasons or [f"rows 0 and {row}" for row in others],
            histogram=np.zeros(50, np.int64),
            thresholds=Thresholds(0.8, 0.4),
            counts={"records": np.int64(size), "distinct_texts": size},
            model={"name": "m", "version": "1", "digest": "ab"},
            abbreviations=tuple(abbreviations),
            findings=tuple(findings),
            explain=explained,
        )

    return make


@pytest.fixture
def finding():
    return lambda code, count=1: Finding(Severity.WARNING, code, f"about {code}", count)
