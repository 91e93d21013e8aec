"""A scan: the words of one canonical text, and the slots found in them so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple


class Slot(NamedTuple):
    """One thing that a text states and another text may state otherwise.

    Attributes:
        kind: number, percent, money, range, bound, change, date, period, rate, age, role, place, name, topic,
            direction, contrast, converse or negation.
        value: The thing in its one spelling, such as "2024-06-30" or "up"; equal values mean the same.
        surface: The words that say it.
    """

    kind: str
    value: str
    surface: str


@dataclass(slots=True)
class Scan:
    """The words of a canonical text with what is already read.

    Attributes:
        words: The words in order.
        claimed: Positions of words that belong to a slot, so that no other family reads them again.
        found: Slots with the position of their first word.
    """

    words: list[str]
    claimed: set[int] = field(default_factory=set)
    found: list[tuple[int, Slot]] = field(default_factory=list)

    def at(self, position: int) -> str:
        """The word at a position; "" outside the text."""
        return self.words[position] if 0 <= position < len(self.words) else ""

    def is_free(self, position: int) -> bool:
        """Whether there is a word that no slot has claimed."""
        return 0 <= position < len(self.words) and position not in self.claimed

    def add(self, kind: str, value: str, start: int, stop: int) -> None:
        """Keeps a slot of the words from ``start`` to before ``stop`` and claims them."""
        self.note(kind, value, start, stop)
        self.claimed.update(range(start, stop))

    def note(self, kind: str, value: str, start: int, stop: int) -> None:
        """Keeps a slot without claiming its words."""
        surface = self.words[start] if stop == start + 1 else " ".join(self.words[start:stop])
        self.found.append((start, Slot(kind, value, surface)))

    def slots(self) -> tuple[Slot, ...]:
        """What was found, in the order of the text."""
        return tuple([slot for _, slot in sorted(self.found, key=itemgetter(0))])
