"""The shipped model, and runs of the engines with few words."""

from __future__ import annotations

import pytest

from twicetold.decisions import Answer, Constraints, Decision
from twicetold.engines import local, spark
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
    def made(*answers, thresholds=None, keeper=None, separations=()):
        said = Constraints.of(Decision(a, b, Answer(answer)) for a, b, answer in answers)
        return Settings(thresholds or Thresholds(0.5, 0.2), said, keeper or KeeperRule(), separations)

    return made


@pytest.fixture(scope="session")
def run_locally(model, settings_with):
    """Runs over (id, text), (id, text, scope) or (id, text, scope, attributes) with what people answered."""

    def ran(rows, *answers, memory=None, progress=lambda _done, _total: None, **changes):
        records = Records.of(Record(*row) for row in rows)
        return local.run(records, model, settings_with(*answers, **changes), memory=memory, progress=progress)

    return ran


@pytest.fixture(scope="session")
def run_on_spark(model, settings_with, spark_session):
    """The same on Spark."""

    def ran(rows, *answers, bundle=spark.BUNDLE, progress=lambda _done, _total: None, **changes):
        records = Records.of(Record(*row) for row in rows)
        return spark.run(records, model, settings_with(*answers, **changes), bundle=bundle, progress=progress)

    return ran


@pytest.fixture(scope="session", params=["local", "spark"])
def run(request):
    """Either, for what holds of both; made only where it is asked for, since Spark may not be there."""
    return request.getfixturevalue("run_locally" if request.param == "local" else "run_on_spark")
