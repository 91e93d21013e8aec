"""Terms: slots for what the lexicon knows: roles, ages, settings, topics, directions and negations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twicetold.text.phrases import word_set
from twicetold.text.words import stem

if TYPE_CHECKING:
    from twicetold.text.lexicon import Lexicon
    from twicetold.text.scan import Scan

# A setting is where something happens only behind one of these: "in classrooms", but not "classroom scores".
_WHERE = word_set("in at on inside outside within across near into from to en all every each")
_REACH = 4  # words between the preposition and the setting


def find_terms(scan: Scan, lexicon: Lexicon) -> None:
    """Finds the longest terms of each kind; terms of different kinds may overlap."""
    words, stems = scan.words, [stem(word) for word in scan.words]
    busy: dict[str, int] = {}
    for position, first in enumerate(stems):
        for term in lexicon.terms.get(first, ()):
            stop = position + len(term.words)
            if (words if term.is_exact else stems)[position:stop] != term.words:
                continue
            for kind, value in term.meanings:
                if busy.get(kind, 0) > position:
                    continue
                busy[kind] = stop
                if value and (kind != "place" or _is_where(scan, position)):
                    scan.note(kind, value, position, stop)


def _is_where(scan: Scan, position: int) -> bool:
    before = scan.words[max(0, position - _REACH) : position]
    return position not in scan.claimed and not _WHERE.isdisjoint(before)
