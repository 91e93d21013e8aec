"""The shipped model."""

from __future__ import annotations

import pytest

from twicetold.model.artifact import Model


@pytest.fixture(scope="session")
def model():
    return Model()
