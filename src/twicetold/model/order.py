"""Order: whether the same words in another order say who does what to whom the other way round."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, NamedTuple

from twicetold.text.phrases import word_set
from twicetold.text.words import STOP_WORDS, stem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twicetold.text.reading import Reading

# What stands before a phrase and says which part it plays; of those in one group it is the same part.
_CASES = {
    **dict.fromkeys(("to", "for", "into", "onto"), "to"),
    **dict.fromkeys(("in", "at", "on", "upon", "within", "inside", "during"), "in"),
    **dict.fromkeys(("after", "once"), "after"),
    **dict.fromkeys(("when", "if", "unless", "whenever", "until", "till"), "if"),
    **{case: case for case in word_set("from by of with without before between than instead against as because about")},
}
_CLAUSES = frozenset(("before", "after", "if", "than", "because"))
_BE = word_set("am are be been being is was were")
_DATED = word_set(
    "january february march april may june july august september october november december monday tuesday wednesday "
    "thursday friday saturday sunday end spring summer fall winter then noon midnight tomorrow next this last means "
    "default hand"
)
_DETERMINERS = word_set("the a an this that these those each every all any our its their his her your my both")
# How participles end that a passive is made of.
_PARTICIPLES = ("ed", "en", "wn", "ught", "uilt", "ade", "ept", "ent", "eld")
_MODALS = word_set("will shall should must may can could would")
_RELATIVES = word_set("who that which")
# A person who is named by a pronoun plays a part, too; possessives and "it" move with their noun.
_PERSONS = {
    **dict.fromkeys(("he", "him"), "he"),
    **dict.fromkeys(("they", "them"), "they"),
    **dict.fromkeys(("we", "us"), "we"),
    **dict.fromkeys(("i", "me"), "i"),
    **{person: person for person in ("she", "you")},
}
# Of these it does not matter who is named first: "cooks are close to teachers".
_MUTUAL = frozenset(
    stem(word)
    for word in word_set(
        "close near next similar related tied linked connected married engaged equal equivalent adjacent dating "
        "friend acquaintance cousin neighbor sibling partner"
    )
)
#: As many words as an order is told from.
_SHORTEST = 3
_EXCHANGE = 3  # blocks that an exchange around a third makes
_REACH = 8  # words between a participle and its "by"
_SETTLED = 2  # fewer runs that putting two where the other was must leave
_MOST_RUNS = 12  # of more, texts are told freely
_LIST = re.compile(r", (?!and\b|or\b)[^,]+,? (?:and|or) ")


class _Words(NamedTuple):
    """The words of one text that occur once in both, with the part that each plays.

    Attributes:
        stems: Their stems, in order.
        cases: The case of each: what stands between it and the one before; "" if nothing does.
        joined: Whether "and" or "or" stands before each.
        place: The place of each stem.
    """

    stems: list[str]
    cases: list[str]
    joined: list[bool]
    place: dict[str, int]


def roles_swapped(one: Reading, other: Reading, *, converse: bool = False) -> bool:
    """Whether two texts with (nearly) the same words give them other roles.

    "Cooks train teachers" and "teachers train cooks" exchange two blocks around a third; "carpet with tile" and
    "tile with carpet" exchange two that stand together and have each other's preposition. "At noon, cooks train
    teachers" only moves a block, which keeps its preposition. A passive ("are trained by") or a converse verb ("learn"
    for "teach") in one of the two texts turns this round: there the same order swaps the roles.

    Args:
        one: One text.
        other: The other text.
        converse: Whether one has the converse of a verb of the other.
    """
    words_a, words_b = one.words, other.words
    once = _once(words_a) & _once(words_b)
    a, b = _shared(words_a, once), _shared(words_b, once)
    if len(a.stems) < _SHORTEST - converse:
        return False
    if _is_passive(words_a, b) ^ _is_passive(words_b, a) ^ converse:
        return _have_one_subject(words_a, words_b, once) if converse else a.stems == b.stems
    if a.stems == b.stems:
        return _cases_exchanged(a, b)
    if all(_LIST.search(reading.cleaned) for reading in (one, other)) and _is_list(a, b):
        return False
    return _blocks_exchanged(a, b) or _head_changed(words_a, words_b, once) or _became_subject(words_a, words_b, a, b)


def _tokens(words: Sequence[str]) -> list[str]:
    """The words by stem, persons in their nominative; what has only a grammatical part is empty."""
    return list(map(_token, words))


@lru_cache(maxsize=1 << 14)
def _token(word: str) -> str:
    if word in _CASES or (word in STOP_WORDS and word not in _PERSONS):
        return ""
    return _PERSONS.get(word) or stem(word)


def _once(words: Sequence[str]) -> set[str]:
    return {token for token, count in Counter(_tokens(words)).items() if count == 1 and token}


def _shared(words: Sequence[str], once: set[str]) -> _Words:
    result = _Words([], [], [], {})
    case, joined = "", False
    for word, token in zip(words, _tokens(words), strict=True):
        if token in once:
            result.place[token] = len(result.stems)
            result.stems.append(token)
            result.cases.append(case)
            result.joined.append(joined)
            case, joined = "", False
        else:
            if word in _CASES and not (word == "of" and case):  # "instead of"
                case = word
            joined |= word in ("and", "or")
    return result


def _cases_exchanged(a: _Words, b: _Words) -> bool:
    """Whether of words in the same order two have each other's preposition: "from A to B", "to A from B"."""
    changed = [place for place, case in enumerate(a.cases) if not _is_same(case, b.cases[place])]
    if len(changed) != 2:
        return False
    x, y = changed
    had_both = bool(a.cases[x] and a.cases[y])
    return had_both and _is_same(a.cases[x], b.cases[y]) and _is_same(a.cases[y], b.cases[x])


def _runs(a: _Words, b: _Words) -> list[tuple[int, int]]:
    """First and last place in one text of each run that both have, without what both begin and end with."""
    places = [b.place[token] for token in a.stems]
    first, last = 0, len(places)
    while first < last and places[first] == first:
        first += 1
    while last > first and places[last - 1] == last - 1:
        last -= 1
    starts = [place for place in range(first, last) if place == first or places[place] != places[place - 1] + 1]
    return [(start, stop - 1) for start, stop in zip(starts, [*starts[1:], last], strict=True)]


def _blocks_exchanged(a: _Words, b: _Words) -> bool:
    """Whether two runs of words stand where the other did and play the other's part."""
    runs = _runs(a, b)
    if len(runs) == 2:
        return _neighbors_exchanged(a, b, runs[0][0], runs[1][0])
    if len(runs) == _EXCHANGE:
        (x, _), (first, last), (y, _) = runs
        x_b, m_b, y_b = (b.place[a.stems[place]] for place in (x, first, y))
        is_mutual = first == last and a.stems[first] in _MUTUAL
        return y_b < m_b < x_b and not is_mutual and _parts_exchanged(a, b, x, y)
    places = range(len(runs)) if len(runs) <= _MOST_RUNS else ()
    return any(_is_exchange(a, b, runs, x, y) for x, y in combinations(places, 2) if y > x + 1)


def _is_exchange(a: _Words, b: _Words, runs: list[tuple[int, int]], x: int, y: int) -> bool:
    """Whether two of several runs, put where the other is, bring most of the rest into order."""
    order = list(range(len(runs)))
    order[x], order[y] = y, x
    places = [b.place[token] for run in order for token in a.stems[runs[run][0] : runs[run][1] + 1]]
    left = 1 + sum(place != before + 1 for before, place in pairwise(places))
    return left <= len(runs) - _SETTLED and _parts_exchanged(a, b, runs[x][0], runs[y][0])


def _parts_exchanged(a: _Words, b: _Words, x: int, y: int) -> bool:
    """Whether two words that change places leave their cases behind, at least one of which says the same in both."""
    x_b, y_b = b.place[a.stems[x]], b.place[a.stems[y]]
    had, have = (a.cases[x], a.cases[y]), (b.cases[x_b], b.cases[y_b])
    if had == have and had[0] != had[1]:
        return False
    kept = sum(map(_is_same, had, have))
    taken = sum(map(_is_same, had, reversed(have)))
    return taken == 2 or (taken >= kept and all(had) and all(have))


def _is_same(case: str, other: str) -> bool:
    return _CASES.get(case) == _CASES.get(other)


def _neighbors_exchanged(a: _Words, b: _Words, x: int, y: int) -> bool:
    """Whether two runs that stand together have each other's case: "carpet with tile", "before eating wash"."""
    x_b, y_b = b.place[a.stems[x]], b.place[a.stems[y]]
    first, second = a.cases[x], a.cases[y]
    if not _is_same(first, b.cases[y_b]) or not _is_same(second, b.cases[x_b]):
        return False
    if _is_same(first, second) or "of" in (first, second):
        return False
    if a.joined[y] and b.joined[x_b]:
        return False
    return bool(second) or _CASES.get(first) in _CLAUSES


def _is_list(a: _Words, b: _Words) -> bool:
    """Whether what moved are items of one list, such as "phones, badges and desks"."""
    return all(_are_items(words, _runs(words, against)) for words, against in ((a, b), (b, a)))


def _are_items(words: _Words, runs: list[tuple[int, int]]) -> bool:
    if not runs:
        return False
    first, last = runs[0][0], runs[-1][1] + 1
    return any(words.joined[first : last + 1]) and not any(words.cases[first + 1 : last])


def _head_changed(words_a: Sequence[str], words_b: Sequence[str], once: set[str]) -> bool:
    """Whether what is told more about differs: "the number of partners who publish", "of plug-ins that partners"."""
    a, b = _head(words_a, once), _head(words_b, once)
    return a is not None and b is not None and a[0] == b[0] and a[1] <= b[2] and b[1] <= a[2]


def _head(words: Sequence[str], once: set[str]) -> tuple[str, set[str], set[str]] | None:
    """The word before a phrase with a relative clause, the words of the phrase, and the words behind it."""
    tokens = _tokens(words)
    for place in range(1, len(words)):
        start = place
        while start and tokens[start - 1] in once:
            start -= 1
        before = next((token for token in reversed(tokens[:start]) if token in once), "")
        if words[place] in _RELATIVES and start < place and before:
            return before, set(tokens[start:place]), set(tokens[place + 1 :])
    return None


def _became_subject(words_a: Sequence[str], words_b: Sequence[str], a: _Words, b: _Words) -> bool:
    """Whether those to whom something is done do it in the other text: "send forms to parents", "parents send the"."""
    return _gives_and_does(a, b, words_b) or _gives_and_does(b, a, words_a)


def _gives_and_does(given: _Words, doing: _Words, words: Sequence[str]) -> bool:
    runs = _runs(given, doing)
    if len(runs) != 2 or runs[0][0] != 0 or not _BE.isdisjoint(words):
        return False
    person, verb = runs[1][0], given.stems[0]
    if (
        _CASES.get(given.cases[person]) != "to"
        or given.cases[0]
        or doing.stems[0] != given.stems[person]
        or doing.cases[0]
    ):
        return False
    tokens = _tokens(words)
    at = tokens.index(verb)
    return words[at - 1] in _MODALS or not _DETERMINERS.isdisjoint(words[at + 1 : at + 2])


def _is_passive(words: Sequence[str], other: _Words) -> bool:
    """Whether somebody acts behind a participle and "by" who stands alone, or behind "by" too, in the other text."""
    for place, word in enumerate(words):
        if word != "by" or not any(before.endswith(_PARTICIPLES) for before in words[max(0, place - _REACH) : place]):
            continue
        behind = next((word for word in words[place + 1 :] if word not in _DETERMINERS), "")
        if behind in _DATED or behind.endswith("ing") or any(map(str.isdigit, behind)):
            continue
        actor = next((token for token in _tokens(words[place + 1 :]) if token in other.place), "")
        if actor and other.cases[other.place[actor]] in ("", "by"):
            return True
    return False


def _have_one_subject(words_a: Sequence[str], words_b: Sequence[str], once: set[str]) -> bool:
    """Whether the same shared words, and some, stand before the verb in both: before the first that is not shared."""
    subjects = []
    for words, others in ((words_a, words_b), (words_b, words_a)):
        tokens, known = _tokens(words), set(_tokens(others))
        verb = next((place for place, token in enumerate(tokens) if token and token not in known), 0)
        subjects.append(once.intersection(tokens[:verb]))
    return bool(subjects[0]) and subjects[0] == subjects[1]
