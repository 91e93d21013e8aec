"""The shipped model and ways to read texts with it."""

from __future__ import annotations

import pytest

from twicetold.model.artifact import Model
from twicetold.text.reading import read


@pytest.fixture(scope="session")
def model():
    return Model()


@pytest.fixture(scope="session")
def block(model):
    """Texts as the comparison sees them."""

    def of(*texts):
        return model.block([read(text, model.lexicon) for text in texts])

    return of
