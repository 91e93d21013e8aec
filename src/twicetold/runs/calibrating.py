"""Calibrating: a profile's model, on what people decided about its records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twicetold.engines.setup import load_model
from twicetold.runs.execute import with_profile
from twicetold.runs.labels import Labels, read_labels
from twicetold.runs.learning import learned_by_runs
from twicetold.runs.operations import usable
from twicetold.runs.profile import load_profile
from twicetold.store.engine import reading
from twicetold.training.calibrate import Calibration, calibrate, write_model

if TYPE_CHECKING:
    from pathlib import Path

    from twicetold.model.artifact import Manifest
    from twicetold.platform.settings import Settings


def calibrate_profile(settings: Settings, name: str, out: Path) -> tuple[Calibration, Manifest, Labels]:
    """Calibrates the model of a profile and writes it as a folder of its own.

    Raises:
        FileNotUsable: There is no such profile.
        InputInvalid: There are too few decisions.
        QualityGateFailed: The probabilities would not become better.
        OutputNotWritable: The folder cannot be written.
    """
    profile = load_profile(name)
    model = load_model(with_profile(settings, profile))
    with usable(settings) as engine, reading(engine, seconds=60) as connection:
        labels = read_labels(connection, profile.name, model.lexicon)
        learned = learned_by_runs(connection, profile.name, model)
    found = calibrate(model, labels.texts_a, labels.texts_b, labels.same, learned, labels.scopes)
    return found, write_model(model, found, out, f"decisions of the profile {profile.name}"), labels
