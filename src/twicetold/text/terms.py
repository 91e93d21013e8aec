"""Terms: slots for what the lexicon knows: roles, ages, settings, topics, directions, contrasts and negations."""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING

from twicetold.text.phrases import word_set
from twicetold.text.words import stem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twicetold.text.lexicon import Lexicon, Term
    from twicetold.text.scan import Scan

# A setting is where something happens only behind one of these: "in classrooms", but not "classroom scores".
_WHERE = word_set("in at on inside outside within across near into from to en all every each behind beside")
_REACH = 4  # words between the preposition and the setting
# Kinds of which a word says nothing more once it is part of a bound or a negation of several words.
_CLAIMABLE = frozenset(("negation", "direction", "contrast"))
# "Turn the lights off": the second word of a term may stand behind what the first word is done to.
_PARTICLES = word_set("on off in out up down")
_MOST_BETWEEN = 4
# "On" and "in" begin a phrase of their own unless one of these, or nothing, follows.
_ALSO_PREPOSITIONS = frozenset(("on", "in"))
_BEHIND_PARTICLE = word_set(
    "and or but at when whenever before after by during every each from for to until till if while once again with "
    "without as so than overnight early late later first twice automatically manually immediately daily remotely"
)
_ENDS_PHRASE = word_set("and or but to for from of with by at in on into when if before after that which who not")


def find_terms(scan: Scan, lexicon: Lexicon) -> None:
    """Finds the longest terms of each kind; terms of different kinds may overlap."""
    words, stems, terms = scan.words, [*map(stem, scan.words), ""], lexicon.terms
    if not _PARTICLES.isdisjoint(words):
        _find_split(scan, stems, terms)
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
            if size == 1 and words[position] in _ALSO_PREPOSITIONS and not _is_particle(scan, position):
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


def _find_split(scan: Scan, stems: list[str], terms: Mapping[str, tuple[Term, ...]]) -> None:
    """Finds the terms of a verb and a particle that stand apart, and claims both words."""
    for place, particle in enumerate(scan.words):
        if particle not in _PARTICLES or not scan.is_free(place) or not _is_particle(scan, place):
            continue
        for start in range(place - 1, max(-1, place - _MOST_BETWEEN - 2), -1):
            both = [stems[start], particle]
            found = next((term for term in terms.get(" ".join(both), ()) if term.words == both), None)
            if found and scan.is_free(start):
                if start < place - 1:
                    for kind, value in found.meanings:
                        scan.note(kind, value, start, place + 1)
                    scan.claimed.update((start, place))
                break
            if scan.words[start] in _ENDS_PHRASE:
                break


def _is_particle(scan: Scan, place: int) -> bool:
    following = scan.at(place + 1)
    return scan.words[place] not in _ALSO_PREPOSITIONS or not following or following in _BEHIND_PARTICLE
