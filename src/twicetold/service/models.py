"""Models: what compares the texts of each profile, loaded once."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twicetold.decisions import Constraints
from twicetold.engines.setup import pipeline_settings
from twicetold.model.artifact import Model
from twicetold.runs.execute import with_profile
from twicetold.runs.profile import list_profiles, load_profile
from twicetold.text.lexicon import Lexicon

if TYPE_CHECKING:
    from pathlib import Path

    from twicetold.pairs import Thresholds
    from twicetold.pipeline import Settings as PipelineSettings
    from twicetold.platform.settings import Settings
    from twicetold.separations import Separation


#: Profiles that are remembered.
_MOST = 200


@dataclass(frozen=True, slots=True)
class Comparison:
    """What compares the texts of a profile.

    Attributes:
        model: The model with the profile's lexicon.
        settings: How records are grouped, without what people decided.
    """

    model: Model
    settings: PipelineSettings

    @property
    def thresholds(self) -> Thresholds:
        """What makes the verdicts."""
        return self.settings.thresholds


class Models:
    """The models of all profiles; profiles that agree in model and lexicon share one.

    Args:
        settings: Of the program; they hold where a profile says nothing else, and for profiles of which there is no
            file here.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loaded: dict[tuple[Path | None, Path | None], Model] = {}
        self._known: dict[str, Comparison] = {}
        self._lock = threading.Lock()
        self.usual = self._comparison(settings)

    def of(self, profile: str) -> Comparison:
        """What compares the texts of a profile; one that is known is told without waiting."""
        if (known := self._known.get(profile)) is not None:
            return known
        with self._lock:
            if profile not in self._known:
                if len(self._known) >= _MOST:  # names that requests have made up
                    self._known.clear()
                is_file = profile in list_profiles()
                if is_file:
                    found = load_profile(profile)
                    settings, separations = with_profile(self._settings, found), found.separations
                else:
                    settings, separations = self._settings, ()
                self._known[profile] = self._comparison(settings, separations)
            return self._known[profile]

    def _comparison(self, settings: Settings, separations: tuple[Separation, ...] = ()) -> Comparison:
        key = settings.model, settings.lexicon
        if key not in self._loaded:
            words = Lexicon.default()
            lexicon = words.extended_with(settings.lexicon) if settings.lexicon else words
            # One text at a time is encoded in the thread that asks: there are as many of them as processors.
            self._loaded[key] = Model(settings.model, lexicon=lexicon, threads=1)
            list(self._loaded[key].encoder.encode(["warm"]))
        model = self._loaded[key]
        return Comparison(model, pipeline_settings(model, settings, Constraints(), separations))
