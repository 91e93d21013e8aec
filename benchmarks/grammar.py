"""The grammar of the generated goals: grammar.toml, and the slots whose wordings are made by rule."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random

#: The wordings of each value of a slot.
Wordings = dict[str, list[str]]

_UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *(f"{stem}teen" for stem in ("thir", "four", "fif", "six", "seven", "eigh", "nine")),
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_RATES = (10, 15, 25, 30, 40, 50, 55, 60, 65, 70, 75, 80, 85, 90, 92, 95, 97, 98, 100)
_COUNTS = (2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 15, 18, 20, 24)
_DAYS = (5, 10, 14, 20, 30, 45, 60, 90)
_ONSETS = (
    "bal",
    "cor",
    "dar",
    "el",
    "fen",
    "gal",
    "hol",
    "kel",
    "lor",
    "mar",
    "nor",
    "pel",
    "ral",
    "sel",
    "tal",
    "val",
)
_MIDDLES = (
    "a",
    "be",
    "co",
    "da",
    "e",
    "fi",
    "ga",
    "ha",
    "i",
    "ke",
    "la",
    "mo",
    "na",
    "o",
    "pe",
    "ro",
    "si",
    "ta",
    "u",
    "ve",
)
_ENDINGS = (
    "bury",
    "dale",
    "field",
    "ford",
    "ham",
    "land",
    "ley",
    "low",
    "mere",
    "mora",
    "ness",
    "port",
    "rane",
    "sted",
)
_LANDMARKS = (
    *("Hill", "Street", "Park", "Creek", "Square", "Bridge", "Grove", "Landing", "Avenue", "Road", "Lake", "Valley"),
    *("Point", "Ridge", "Springs", "Heights", "Crossing", "Mills"),
)
_YEARS = range(2024, 2028)
#: Roles that nobody is hired into.
_BODIES = ("policy council", "governing body")


@dataclass(frozen=True, slots=True)
class Intent:
    """One kind of goal.

    Attributes:
        do: Ways to order it: "train {role}".
        say: Ways to state it: "{role} will be trained".
        adjuncts: Slots that a goal of this kind may have beside those that its sentences name.
    """

    do: list[str]
    say: list[str]
    adjuncts: tuple[str, ...] = ("site", "when")


@dataclass(frozen=True, slots=True)
class Grammar:
    """What goals can mean, and how it can be said; the lists are explained in grammar.toml."""

    intents: list[Intent]
    slots: dict[str, Wordings]
    sites: list[str]
    openings: list[str]
    reasons: list[str]
    tags: list[str]
    tails: list[str]
    statuses: list[str]


def load() -> Grammar:
    """The grammar of the file, completed."""
    content: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    months, first, second = (content.pop(name) for name in ("months", "site_first", "site_second"))
    sites = [f"{one} {two}" for one in first for two in second]
    slots: dict[str, Wordings] = content.pop("slots")
    slots["staff"] = {value: said for value, said in slots["role"].items() if value not in _BODIES}
    slots["rate"] = {str(n): [f"{n}%", f"{n} percent", f"{in_words(n)} percent"] for n in _RATES}
    slots["count"] = {str(n): [str(n), in_words(n)] for n in _COUNTS}
    slots["days"] = {str(n): [f"{n} days", f"{in_words(n)} days"] for n in _DAYS}
    slots["site"] = {site: said_of_site(site) for site in sites}
    slots["when"] = {name: said for year in _YEARS for name, said in _whens(year, months)}
    intents = [Intent(**intent) for intent in content.pop("intents")]
    return Grammar(intents=intents, slots=slots, sites=sites, **content)


def said_of_site(site: str) -> list[str]:
    """How a goal says where it is to be reached."""
    return [f"at the {site} center", f"at {site}", f"at the {site} site", f"in the {site} center"]


def made_up_site(rng: random.Random) -> str:
    """One of some hundred thousand names, such as "Talmora Creek"."""
    name = rng.choice(_ONSETS) + rng.choice(_MIDDLES) + rng.choice(_ENDINGS)
    return f"{name.capitalize()} {rng.choice(_LANDMARKS)}"


def in_words(number: int) -> str:
    """A number from 0 to 100 in words."""
    if number < len(_UNITS):
        return _UNITS[number]
    if number == 100:
        return "one hundred"
    tens, units = divmod(number, 10)
    return _TENS[tens] + (f"-{_UNITS[units]}" if units else "")


def _whens(year: int, months: list[str]) -> list[tuple[str, list[str]]]:
    """Deadlines and periods of one year."""
    dates = [(f"{month} {year}", f"{month[:3]}. {year}") for month in months]
    whens = [(date, [f"by {date}", f"no later than {date}", f"by {short}"]) for date, short in dates]
    span = [
        f"in program year {year}-{year + 1}",
        f"during the {year}-{(year + 1) % 100} program year",
        f"in PY {year}-{(year + 1) % 100}",
    ]
    fiscal = [f"in fiscal year {year}", f"in FY {year}", f"during FY{year % 100}"]
    return [*whens, (f"program year {year}", span), (f"fiscal year {year}", fiscal)]
