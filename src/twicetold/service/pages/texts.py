"""Texts: all that the pages say, in the language of whoever reads; one file for each language."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from twicetold.pairs import Thresholds

LANGUAGES = ("en", "es")
#: Keeps a text that is written from right to left, or says it is, from turning round the sentence that it stands in.
_ISOLATE, _POP = "\u2068", "\u2069"
_TURNING = frozenset(("R", "AL", "AN", "LRE", "LRO", "RLE", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"))
_CERTAIN, _NEARLY = 0.995, 0.95


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one language.

    Attributes:
        language: Its code.
        entries: By key a text with names of values in braces, or one for a single thing and one for any other number.
    """

    language: str
    entries: Mapping[str, str | Mapping[str, str]]

    def __call__(self, key: str, /, **values: object) -> str:
        """A text with its values; ``n`` chooses between one and many."""
        entry = self.entries[key]
        if not isinstance(entry, str):
            entry = entry["one" if values["n"] == 1 else "other"]
        return entry.format_map({name: self.written(value) for name, value in values.items()})

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in self.entries

    def written(self, value: object) -> str:
        """A value as it stands in a text."""
        if isinstance(value, int):
            return f"{value:,}"
        if isinstance(value, float):
            return f"{value:,.1f}"
        text = str(value)
        turns = any(unicodedata.bidirectional(sign) in _TURNING for sign in text)
        return f"{_ISOLATE}{text}{_POP}" if turns else text

    def percent(self, probability: float) -> str:
        """A probability as a whole percentage that claims neither certainty nor impossibility by rounding."""
        if _CERTAIN <= probability < 1.0:
            return self("percent.over")
        if 0.0 < probability < 1 - _CERTAIN:
            return self("percent.under")
        return f"{probability:.0%}"

    def chance(self, probability: float | None, thresholds: Thresholds) -> str:
        """A probability in words; None stands for one that was too small to be kept."""
        if probability is None or probability < thresholds.possible:
            return self("chance.different")
        if probability < thresholds.duplicate:
            return self("chance.possible")
        return self("chance.certain" if probability >= _NEARLY else "chance.duplicate")

    def name(self, group: str, name: str) -> str:
        """What a name of the program is called here; the name itself where it has none."""
        key = f"{group}.{name}"
        return self(key) if key in self.entries else name.replace("_", " ").replace("-", " ")

    def moment(self, at: datetime) -> str:
        """A point in time, in UTC."""
        return f"{at:%Y-%m-%d %H:%M} UTC"

    def day(self, at: datetime) -> str:
        """A day, in UTC."""
        return f"{at:%Y-%m-%d}"


@cache
def texts_in(language: str) -> Texts:
    """The texts of a language."""
    content = files("twicetold.service.pages").joinpath("texts", f"{language}.json").read_text(encoding="utf-8")
    return Texts(language, json.loads(content))


def choose(*wishes: str | None) -> Texts:
    """The texts in the first language that somebody wishes and that is there; else in English.

    Args:
        wishes: Codes of languages, or what ``Accept-Language`` says, the most important first.
    """
    for wish in wishes:
        for part in _by_weight(wish or ""):
            if (code := part.partition("-")[0].lower()) in LANGUAGES:
                return texts_in(code)
    return texts_in(LANGUAGES[0])


def _by_weight(wish: str) -> list[str]:
    """The languages of a header ``Accept-Language``, the dearest first."""
    weighted = []
    for part in wish[:500].split(","):
        name, _, weight = part.partition(";q=")
        try:
            weighted.append((-float(weight or 1), name.strip()))
        except ValueError:
            continue
    return [name for weight, name in sorted(weighted, key=lambda each: each[0]) if weight < 0]
