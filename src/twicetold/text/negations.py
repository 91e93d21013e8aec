"""Negations of several words: what turns a statement round, and what only looks as if it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twicetold.text.phrases import word_set
from twicetold.text.words import stem

if TYPE_CHECKING:
    from twicetold.text.scan import Scan

_NEGATING = word_set("not no never nobody none nothing neither without nowhere")
_NO_ONE = word_set("nobody none nothing anything anyone anybody")
_EXCEPTIONS = word_set("except unless until")
_REACH = 12  # words from a negation to its exception
# "Stop doing", "keep someone from doing": with a verb in -ing these negate it.
_STOPPING = word_set(
    "stop stops stopped stopping cease ceases ceased quit quits discontinue discontinued end ends ended refrain abstain"
)
_KEEPING = frozenset(map(stem, word_set("keep prevent stop block prohibit forbid ban discourage deter")))
_BETWEEN = 5  # words from "keep" to "from"
_NO_VERBS = word_set(
    "evening morning meeting training building housing funding spring string thing king ring nothing something "
    "anything everything during following sibling ceiling clothing pricing wing crossing beginning ending"
)
_AVOIDING = word_set("avoid avoids avoided avoiding")
#: Words without one of which there is no negation of several words.
TURNING = _EXCEPTIONS | _STOPPING | _AVOIDING | {"but", "from"}


def find_negations(scan: Scan) -> None:
    """Finds negations of several words, and claims the words of those that negate nothing.

    "Nobody but the author may" and "no one may unless" allow, "not until" sets a time; "stop doing" and "keep them
    from doing" are each one negation, as "do not do" is.
    """
    for position, word in enumerate(scan.words):
        if word not in TURNING:
            continue
        if word in _EXCEPTIONS or (word == "but" and scan.at(position - 1) in _NO_ONE):
            _except(scan, position)
        elif word in _AVOIDING or (word in _STOPPING and _is_doing(scan.at(position + 1))):
            scan.add("negation", "not", position, position + 1)
        elif word == "from" and _is_doing(scan.at(position + 1)):
            _keep_from(scan, position)


def _except(scan: Scan, position: int) -> None:
    """Claims the negation that an exception takes back."""
    for before in range(position - 1, max(-1, position - _REACH), -1):
        if scan.words[before] in _NEGATING and scan.is_free(before):
            scan.claimed.add(before)
            if scan.words[position] == "until" and scan.is_free(position):
                scan.add("contrast", "after", position, position + 1)
            return


def _keep_from(scan: Scan, position: int) -> None:
    for before in range(position - 1, max(-1, position - _BETWEEN - 1), -1):
        word = scan.words[before]
        if word in _STOPPING or stem(word) in _KEEPING:
            if scan.is_free(before):
                scan.add("negation", "not", before, before + 1)
            return


def _is_doing(word: str) -> bool:
    return word.endswith("ing") and len(word) > len("doing") - 1 and word not in _NO_VERBS
