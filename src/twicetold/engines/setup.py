"""Setup: the model and the settings of the pipeline, from the settings of the program."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from twicetold.errors import SettingInvalid
from twicetold.matching.keeper import CRITERIA, KeeperRule
from twicetold.model.artifact import Model
from twicetold.pairs import Thresholds
from twicetold.pipeline import Settings as PipelineSettings
from twicetold.platform.container import cpu_limit
from twicetold.text.lexicon import Lexicon

if TYPE_CHECKING:
    from pathlib import Path

    from twicetold.decisions import Constraints
    from twicetold.platform.settings import Settings
    from twicetold.separations import Separation


def load_model(settings: Settings) -> Model:
    """The model that the settings name; loaded once for settings that are the same.

    Raises:
        ModelCorrupt: A file of the model is missing or differs from the manifest.
        FileNotUsable: The lexicon cannot be read.
    """
    return _loaded(settings.model, settings.lexicon, settings.threads or cpu_limit())


def pipeline_settings(
    model: Model, settings: Settings, constraints: Constraints, separations: tuple[Separation, ...] = ()
) -> PipelineSettings:
    """How records are compared and grouped.

    Raises:
        SettingInvalid: A threshold or the keeper's rule cannot be.
    """
    unknown = [criterion for criterion in settings.keeper if criterion not in CRITERIA]
    if unknown:
        rule = ",".join(settings.keeper)
        raise SettingInvalid(f"keeper = {rule!r}: {unknown[0]!r} is none of {', '.join(CRITERIA)}")
    thresholds = effective_thresholds(model, settings)
    return PipelineSettings(thresholds, constraints, KeeperRule(settings.keeper), separations)


def effective_thresholds(model: Model, settings: Settings) -> Thresholds:
    """The model's thresholds where none are set.

    Raises:
        SettingInvalid: The lower one is above the upper one.
    """
    duplicate = model.thresholds.duplicate if settings.duplicate is None else settings.duplicate
    possible = min(model.thresholds.possible, duplicate) if settings.possible is None else settings.possible
    if possible > duplicate:
        raise SettingInvalid(
            f"possible = {possible} is above duplicate = {duplicate}", remedy="Lower possible or raise duplicate."
        )
    return Thresholds(duplicate=duplicate, possible=possible)


@lru_cache(maxsize=1)
def _loaded(folder: Path | None, lexicon: Path | None, threads: int) -> Model:
    words = Lexicon.default()
    return Model(folder, lexicon=words.extended_with(lexicon) if lexicon else words, threads=threads)
