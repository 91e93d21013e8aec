"""The shipped model, and a run of the local engine with few words."""

from __future__ import annotations

import pytest

from twicetold.decisions import Answer, Constraints, Decision
from twicetold.engines import local
from twicetold.matching.keeper import KeeperRule
from twicetold.model.artifact import Model
from twicetold.pairs import Thresholds
from twicetold.pipeline import Settings
from twicetold.records import Record, Records


@pytest.fixture(scope="session")
def model():
    return Model()


@pytest.fixture(scope="session")
def settings_with():
    def made(*answers, thresholds=None, keeper=None):
        said = Constraints.of(Decision(a, b, Answer(answer)) for a, b, answer in answers)
        return Settings(thresholds or Thresholds(0.5, 0.2), said, keeper or KeeperRule())

    return made


@pytest.fixture(scope="session")
def run(model, settings_with):
    """Runs over (id, text) or (id, text, scope) with what people answered."""

    def ran(rows, *answers, memory=None, progress=lambda _done, _total: None, **changes):
        records = Records.of(Record(*row) for row in rows)
        return local.run(records, model, settings_with(*answers, **changes), memory=memory, progress=progress)

    return ran
