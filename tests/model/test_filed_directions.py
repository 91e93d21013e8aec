"""Rows that are copied from a file some at a time."""

from __future__ import annotations

import numpy as np
import pytest

from twicetold.model import spill
from twicetold.model.artifact import Model
from twicetold.model.spill import Spill
from twicetold.text.lexicon import Lexicon
from twicetold.text.reading import read


@pytest.mark.parametrize("rows", [[], [0], [2, 0, 1, 2, 2], [1, 2]])
def test_rows_are_those_of_memory(rows: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill, "_ROWS", 2)
    texts = ["Train all teachers", "Hire a nurse", "", "Read with the children every day"]
    block = Model().block([read(text, Lexicon.default()) for text in texts])
    filed = Spill(None, [block.part(0, 2), block.part(2, 4)]).block
    some = np.array(rows, np.intp)
    assert np.array_equal(filed.words[some].whole, block.words[some].whole)
    assert np.array_equal(filed.words[1:][some].whole, block.words[1:][some].whole)
    assert np.array_equal(filed.words[some].scale, block.words[some].scale)
