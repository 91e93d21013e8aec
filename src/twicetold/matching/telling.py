"""Telling how far some work is."""

from __future__ import annotations

from collections.abc import Callable

#: Is told the share of some work that is done.
Tell = Callable[[float], None]


def stretch(tell: Tell, first: float, last: float) -> Tell:
    """Tells the share of a whole by the share of its part from ``first`` to ``last``."""
    return lambda share: tell(first + (last - first) * share)
