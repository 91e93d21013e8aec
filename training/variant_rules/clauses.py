"""The part of a sentence that says when, where or on what condition, at its start or end."""

from __future__ import annotations

import re
from dataclasses import dataclass

from variant_rules.numerals import MONTHS
from variant_rules.wording import body_and_stop, capitalized, decapitalized, is_one_statement

_TIME_WORD = (
    rf"(?:{'|'.join(MONTHS)}|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?|20\d\d|Q[1-4]|days?|weeks?|months?|quarters?|years?"
    r"|semester|hours?|minutes|[ap]\.m\.|morning|weekends|nights?|spring|summer|fall|winter|season|sunset|trip|meeting|frost)"
)
_NO_TIME = "(?!(?:for|to|every|each|of|itself|what|hand|phone|support|same) )"
_WHEN = re.compile(
    rf" (?:by(?! (?:\d+ [a-z]|an? (?:quarter|third|half)))|before|until|in|on|during|within|between|throughout|after)"
    rf" (?:{_NO_TIME}\S+ ){{0,4}}?{_TIME_WORD}\b[^,;]*$"
)
_HOW_OFTEN = re.compile(
    r" (?:(?:at least |no more than )?(?:once|twice|(?:two|three|four) times) (?:a|per|each|every) \w+"
    r"|(?:every|each) (?:(?:two|three|six) )?(?:days?|weeks?|months?|quarter|year|morning|Monday)"
    r"|(?:daily|weekly|monthly|quarterly|yearly))$"
)
_CLAUSE = re.compile(r" (?:before|after|when|while|if|unless|whenever|as soon as) (?!to )(?:\S+ ){2,}\S+$")
_WHERE = re.compile(
    r" (?:at|in) (?:the )?(?:[A-Z]\w+ )*[A-Z]\w+(?: (?:[A-Z]|site|sites|center|office|campus|hall|clinic|County))?$"
)
_IN_FRONT = re.compile(
    r"(?:By|Before|In|On|Within|During|After|Between|Until|When|While|If|Unless|Whenever|As soon as|At|Throughout|Every"
    r"|Each)\b[^,;]*(?:, 20\d\d)?"
)
_POINTS_BACK = re.compile(r"\b(?:they|them|their|it|its|he|his|she|her|this|that|these|who|whose|which|there)\b")
_SUBORDINATE = re.compile(
    r"\b(?:who|whose|what|that|which|how|where|when|while|if|because|since|whether|unless|before|after|until|so|but"
    r"|not|found)\b"
)
_OPEN_END = re.compile(r" and |\b(?:of|on|in|at|for|by|to|until|than|only|with)$")
_VERB = re.compile(r"\b(?:and|or|using|should|will|shall|must|may|can)\b")


@dataclass(frozen=True, slots=True)
class Split:
    """A sentence in two.

    Attributes:
        main: What is left, beginning with a capital and without the mark that ends it.
        adjunct: When, where or on what condition, without a capital.
        stop: The mark that ends the sentence.
        is_in_front: Whether the adjunct stood at the start.
    """

    main: str
    adjunct: str
    stop: str
    is_in_front: bool


def split(text: str) -> Split | None:
    """Takes a sentence apart where that leaves a whole sentence, or gives None."""
    if not is_one_statement(text):
        return None
    body, stop = body_and_stop(text)
    return _split_in_front(body, stop) or _split_at_end(body, stop)


def _split_in_front(body: str, stop: str) -> Split | None:
    found = _IN_FRONT.match(body)
    if not found or not body.startswith(", ", found.end()):
        return None
    main, adjunct = body[found.end() + 2 :], found[0]
    if len(main.split()) < 4 or "," in main or _POINTS_BACK.search(main) or _SUBORDINATE.search(main):
        return None
    return Split(capitalized(main), decapitalized(adjunct), stop, is_in_front=True)


def _split_at_end(body: str, stop: str) -> Split | None:
    if "," in re.sub(r", 20\d\d", "", body):
        return None
    starts = [found.start() for pattern in (_WHEN, _CLAUSE) if (found := _last(pattern, body))]
    starts = [max(starts)] if starts else []
    starts += [found.start() for pattern in (_HOW_OFTEN, _WHERE) if (found := pattern.search(body))]
    for start in starts:
        main, adjunct = body[:start], body[start + 1 :]
        is_whole = len(main.split()) >= 4 and not _SUBORDINATE.search(main) and not _OPEN_END.search(main)
        if is_whole and not _POINTS_BACK.search(adjunct) and not _reaches_too_far(adjunct):
            return Split(main, adjunct, stop, is_in_front=False)
    return None


def _reaches_too_far(adjunct: str) -> bool:
    """Whether an adjunct may hold a part of the main sentence: a further verb."""
    return not adjunct.startswith("between ") and _VERB.search(adjunct) is not None


def _last(pattern: re.Pattern[str], body: str) -> re.Match[str] | None:
    """The match of a pattern that reaches to the end and starts last."""
    for start in range(len(body) - 1, -1, -1):
        if body[start] == " " and (found := pattern.match(body, start)):
            return found
    return None


def without_second_part(text: str) -> str | None:
    """The text without the second thing that it asks for (", and ..."), where that is a part of its own."""
    body, stop = body_and_stop(text)
    found = re.search(r", and (?:\S+ ){2,}\S+$", body)
    if (
        not found
        or "," in body[: found.start()]
        or "," in found[0][1:]
        or body.lower().startswith(("if ", "when ", "while ", "because ", "in "))
    ):
        return None
    return body[: found.start()] + stop
