"""How the pages write numbers, counts and long values."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MINUS = "\N{MINUS SIGN}"
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


def percent(probability: float) -> str:
    """A probability as a whole percentage that claims neither certainty nor impossibility by rounding."""
    if 0.995 <= probability < 1.0:
        return "over 99%"
    if 0.0 < probability < 0.005:
        return "under 1%"
    return f"{probability:.0%}"


def exact_percent(probability: float) -> str:
    """A percentage with three digits, for thresholds: ``62.5%``."""
    return f"{probability * 100:.3g}%"


def number(value: int) -> str:
    """An integer with thousands apart."""
    return f"{value:,}".replace("-", _MINUS)


def short(value: int) -> str:
    """A round number in few letters, for axes: ``100``, ``10k``, ``1M``."""
    for unit, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if value >= unit:
            return f"{value // unit}{letter}"
    return str(value)


def counted(value: int, noun: str, plural: str = "") -> str:
    """A count with its noun: ``1 record``, ``2,000 records``."""
    return f"{number(value)} {noun if value == 1 else plural or noun + 's'}"


def signed(value: float) -> str:
    """A log-odds value with its sign always shown: ``+1.20``, ``−0.85``, ``0.00``."""
    text = f"{abs(value):.2f}"
    if text == "0.00":
        return text
    return ("+" if value > 0 else _MINUS) + text


def cut(text: str, limit: int = 200) -> str:
    """The text, or its beginning and an ellipsis if it is longer than the limit."""
    return text if len(text) <= limit else text[:limit].rstrip() + _ELLIPSIS


def words(name: str) -> str:
    """A name of the program as words: ``pairs_compared`` becomes ``Pairs compared``."""
    spaced = name.replace("_", " ").replace("-", " ").strip()
    return spaced[:1].upper() + spaced[1:]


def listed(values: Iterable[str], limit: int = 40) -> str:
    """Values in one line, each and all of them of bounded length."""
    shown = [cut(value, 80) for value in values]
    rest = len(shown) - limit
    return ", ".join(shown[:limit]) + (f" and {number(rest)} more" if rest > 0 else "")
