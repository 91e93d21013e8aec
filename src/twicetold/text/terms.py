"""Terms: slots for what the lexicon knows: roles, ages, settings, topics, directions, contrasts and negations."""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING

from twicetold.text.phrases import word_set
from twicetold.text.words import stem

if TYPE_CHECKING:
    from twicetold.text.lexicon import Lexicon
    from twicetold.text.scan import Scan

# A setting is where something happens only behind one of these: "in classrooms", but not "classroom scores".
_WHERE = word_set("in at on inside outside within across near into from to en all every each behind beside")
_REACH = 4  # words between the preposition and the setting
# Kinds of which a word says nothing more once it is part of a bound or a negation of several words.
_CLAIMABLE = frozenset(("negation", "direction", "contrast"))


def find_terms(scan: Scan, lexicon: Lexicon) -> None:
    """Finds the longest terms of each kind; terms of different kinds may overlap."""
    words, stems, terms = scan.words, [*map(stem, scan.words), ""], lexicon.terms
    # A direction hides the shorter contrasts in it, and the other way round: "slow down" says one thing, not two.
    busy: dict[str, int] = {}
    claimed = scan.claimed
    for position in compress(range(len(stems)), map(terms.__contains__, stems)):
        longer = terms.get(" ".join(stems[position : position + 2]), ())
        for term in (*longer, *terms[stems[position]]):
            size = len(term.words)
            stop = position + size
            if (size > 1 or term.is_exact) and (words if term.is_exact else stems)[position:stop] != term.words:
                continue
            for kind, value in term.meanings:
                layer = "direction" if kind == "contrast" else kind
                if busy.get(layer, 0) > position or (position in claimed and kind in _CLAIMABLE):
                    continue
                busy[layer] = stop
                if value and (kind != "place" or _is_where(scan, position)):
                    scan.note(kind, value, position, stop)


def _is_where(scan: Scan, position: int) -> bool:
    before = scan.words[max(0, position - _REACH) : position]
    return position not in scan.claimed and not _WHERE.isdisjoint(before)
