"""Rules that change what a text says: one value, the direction, who does it to whom, a step, or how far it reaches."""

from __future__ import annotations

import re
from functools import cache, partial
from itertools import pairwise
from typing import Any

from variant_rules.clauses import split, without_second_part
from variant_rules.numerals import (
    in_words,
    other_count,
    other_day,
    other_hour,
    other_identifier,
    other_month,
    other_percentage,
    other_year,
)
from variant_rules.wording import (
    Draw,
    Rule,
    body_and_stop,
    capitalized,
    contains,
    decapitalized,
    exchanged,
    load,
    phrase,
    put,
    stopped,
)

TABLES = load("other.toml")
_REPORTS = ("tickets", "maintenance")  # where many texts say what is wrong, and a deadline would make no sense
_ONE_WAY = ("comparator", "direction", "polarity")
_MODAL = re.compile(r"\b(will|shall|must|should|can|may)\b")
_NOT = re.compile(r"\b(will|shall|must|should|may|[Dd]o) not (?=\w)")
_CLAUSE_START = re.compile(
    r"\b(?:that|which|who|whose|where|so|when|if|because|while|before|after|as|what|how|until|since|unless|than)\b",
    re.IGNORECASE,
)
_NEGATIVE = re.compile(
    r"\b(?:not|no|never|nobody|none|nothing|cannot|only|without|neither|nor|unless|any|anyone|few|fewer|less)\b",
    re.IGNORECASE,
)
_AMOUNT = rf"(?:\$?\d[\d,]*%?|{'|'.join(map(in_words, range(2, 21)))})(?: percent| weeks)?"
_DETERMINER = re.compile(r"\b(?:an?|the|each|every) $", re.IGNORECASE)
_MEANWHILE = re.compile(r"[,;.]| (?:and|or|of|with|that) ")
_FROM_TO = re.compile(rf"\bfrom (?P<one>{_AMOUNT}) to (?P<two>{_AMOUNT})(?=[ .]|$)")
_PLACE = re.compile(
    r"\b(?:site|center|rooms?|building|floor|office|hall|campus|county|online|in the|at|classrooms?|home|website"
    r"|apartment|entrance|wing|block|kitchen)\b|(?<=[a-z] )[A-Z][a-z]"
)
_BEFORE_NOUN = r"(?:^|\b(?:all|every|each|the|for|of|with|to|by|from|our|more|which|fewer|that|most) )"
_AFTER_NOUN = r"(?! (?:who|with|under|over|of|in|that)\b|'|-)"
_TIME = re.compile(
    r"\b(?:by|before|after|until|within|during|when|while|every|each|daily|weekly|monthly|quarterly|yearly|since|once|twice|year"
    r"|month|week|day|days|hours|minutes|20\d\d|January|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?|spring|summer|fall|winter|morning|whenever|if|always|never|longer|late|soon)\b"
)


def other_value(kind: str, text: str, draw: Draw) -> str | None:
    """A value of a table replaced by one that excludes it."""
    groups = TABLES["values"][kind]
    for group in draw.sample(groups, len(groups)):
        entry: dict[str, Any] = group if isinstance(group, dict) else {"words": group}
        words = entry["words"][:1] if kind in _ONE_WAY else entry["words"]
        found = phrase(tuple(words), entry.get("after", ""), entry.get("before", "")).search(text)
        if not found:
            continue
        old = found["word"].lower()
        others = [word for word in entry["words"] if not any(contains(text, part) for part in _added(old, word))]
        others = [word for word in others if word.lower() != old]
        if others and len(entry) > 1:
            return put(text, found.start("word"), found.end("word"), draw.choice(others))
        if others:
            return exchanged(text, found["word"], draw.choice(others))
    return None


def _added(old: str, new: str) -> list[str]:
    """The words by which a value differs from the one before; a text that has one of them would mention it twice."""
    return [word for word in new.split() if word.lower() not in old.split()]


def swapped_words(kind: str, text: str, draw: Draw) -> str | None:
    """Words replaced as the seed says: an action, a topic or a role."""
    fitting = [(old, new) for old, new in draw.swaps.get(kind, ()) if contains(text, old)]
    return exchanged(text, *draw.choice(fitting)) if fitting else None


def other_direction(text: str, draw: Draw) -> str | None:
    """The opposite direction; a range turns round with it."""
    if not (changed := other_value("direction", text, draw)):
        return None
    if found := _FROM_TO.search(changed):
        changed = f"{changed[: found.start()]}from {found['two']} to {found['one']}{changed[found.end() :]}"
    return changed


def negated(text: str, draw: Draw) -> str | None:
    """The opposite by a "not" more or less."""
    del draw
    if text.rstrip().endswith("?"):
        return None
    if (found := _NOT.search(text)) and _is_main(text[: found.start()]):
        verb = "" if found[1].lower() == "do" else f"{found[1]} "
        return (
            put(text, found.start(), found.end(), verb)
            if verb
            else capitalized(text[: found.start()] + text[found.end() :])
        )
    if _NEGATIVE.search(text):
        return None
    if (found := _MODAL.search(text)) and _is_main(text[: found.start()]):
        new = "cannot" if found[1] == "can" else f"{found[1]} not"
        return text[: found.start()] + new + text[found.end() :]
    first = text.split(" ", 1)[0]
    return f"Do not {decapitalized(text)}" if _is_order(text, first) else None


def _is_main(before: str) -> bool:
    """Whether a verb after these words is the one of the main sentence."""
    return _CLAUSE_START.search(before.rpartition(", ")[2]) is None


def other_polarity(text: str, draw: Draw) -> str | None:
    """A word that allows in place of one that forbids, or the like, where nothing else in the text negates."""
    changed = other_value("polarity", text, draw)
    if not changed or _NEGATIVE.search(" ".join(word for word in text.split() if word in changed.split())):
        return None
    return changed


def swapped_agents(text: str, draw: Draw) -> str | None:
    """Who does it and to whom it is done exchanged."""
    del draw
    for one, two in pairwise(_agents().finditer(text)):
        if _may_change_places(text[: one.start()], one["agent"], text[one.end() : two.start()], two["agent"]):
            changed = put(text, *two.span("agent"), decapitalized(one["agent"]))
            return put(changed, *one.span("agent"), two["agent"])
    return None


def _may_change_places(before: str, one: str, between: str, two: str) -> bool:
    """Whether one does something to the other, and the sentence stands the exchange."""
    words = between.split()
    acts = len(words) <= 7 and not set(words).isdisjoint(TABLES["one_to_another"]) and not _MEANWHILE.search(between)
    agree = one.endswith("s") == two.endswith("s")
    fits_any = _MODAL.match(between.strip()) and not any(_DETERMINER.search(lead) for lead in (before, between))
    return acts and one.lower() != two.lower() and bool(agree or fits_any)


@cache
def _agents() -> re.Pattern[str]:
    groups = [*TABLES["values"]["role"], *TABLES["values"]["age"], TABLES["agents"]]
    words = {word for group in groups for word in (group["words"] if isinstance(group, dict) else group)}
    words = {word for word in words if not word.endswith((" room", " rooms", "classroom", "classrooms", " yard"))}
    either = "|".join(
        re.escape(form) for word in sorted(words, key=lambda w: (-len(w), w)) for form in (word, capitalized(word))
    )
    return re.compile(rf"(?<![\w-])(?P<agent>{either})(?![\w'-]| figures)")


def two_values(text: str, draw: Draw) -> str | None:
    """Two details replaced."""
    kinds = ["site", "role", "number", "date", "rate", "age", "topic", "order"]
    changed, done = text, 0
    for kind in draw.sample(kinds, len(kinds)):
        for rule in draw.sample(OTHER[kind], len(OTHER[kind])):
            if done < 2 and (new := rule(changed, draw)):
                changed, done = new, done + 1
                break
    return changed if done == 2 else None


# --- How far it reaches ------------------------------------------------------------------------------------------


def narrowed_noun(text: str, draw: Draw) -> str | None:
    """One noun made to mean only some of what it meant."""
    for noun in draw.sample(list(TABLES["narrower"]), len(TABLES["narrower"])):
        found = re.search(rf"{_BEFORE_NOUN}(?P<noun>{noun})\b{_AFTER_NOUN}", text, re.IGNORECASE)
        if found:
            return put(text, *found.span("noun"), draw.choice(TABLES["narrower"][noun]))
    return None


def with_condition(text: str, draw: Draw) -> str | None:
    """With a place or a time added that it did not name."""
    body, stop = body_and_stop(text)
    field = TABLES["narrowings"][draw.field]
    if draw.field in _REPORTS and not _is_order(text, text.split(" ", 1)[0]) and not text.startswith("Please "):
        return None
    named = {"place": _PLACE.search(text), "time": _TIME.search(text)}
    fitting: list[str] = [words for kind, found in named.items() if not found for words in field[kind]]
    if not fitting or "," in body or ";" in body or ". " in body or not stop:
        return None
    return body + draw.choice(fitting) + stop


def with_second_task(text: str, draw: Draw) -> str | None:
    """With a second thing asked for."""
    if not text.endswith("."):
        return None
    fresh = [sentence for sentence in TABLES["narrowings"][draw.field]["second"] if not _shares_topic(text, sentence)]
    return text + draw.choice(fresh) if fresh else None


def _shares_topic(text: str, sentence: str) -> bool:
    """Whether a text names already what a sentence would add, if in other words."""
    return contains(text, " ".join(sentence.rstrip(".").split()[-2:]))


def with_amount(text: str, draw: Draw) -> str | None:
    """With an amount where there was none."""
    if re.search(r"\d|\b(?:two|three|four|five|half|twice)\b", text):
        return None
    if found := re.search(r"^(?:Recruit|Hire|Find|Enroll|Plant|Build|Train|Win) (more )?(?=[a-z]+s\b)", text):
        return (
            text[: found.end()].replace("more ", "")
            + draw.choice(["five ", "ten ", "twelve "])
            + (found[1] or "")
            + text[found.end() :]
        )
    body, stop = body_and_stop(text)
    if re.match(r"(?:Increase|Decrease|Reduce|Lower|Raise|Grow|Cut|Shorten) ", text) and "," not in body:
        return body + draw.choice([" by 10 percent", " by a third", " by at least 5 percent"]) + stop
    return None


def with_condition_left_out(text: str, draw: Draw) -> str | None:
    """Without the words on when, where or on what condition."""
    del draw
    parts = split(text)
    return stopped(parts.main, parts.stop) if parts else None


def with_task_left_out(text: str, draw: Draw) -> str | None:
    """Without the second thing that is asked for."""
    del draw
    return without_second_part(text)


def with_limit_left_out(text: str, draw: Draw) -> str | None:
    """Without the place, group or manner that limits it."""
    del draw
    for pattern in TABLES["limits"]:
        changed = re.sub(rf" {pattern}(?=[ .,])", "", text, count=1)
        if changed != text and len(changed.split()) >= 4:
            return changed
    return None


def _is_order(text: str, first: str) -> bool:
    """Whether a text begins with a verb that gives an order, and not with a noun that is written like it."""
    rest = " ".join(text.split()[1:6])
    return (
        first.lower() in TABLES["orders"] and not _MODAL.search(rest) and not re.match(r"(?:is|are|has|have)\b", rest)
    )


def _table(kind: str) -> Rule:
    return partial(other_value, kind)


#: The rules of each kind.
OTHER: dict[str, tuple[Rule, ...]] = {
    "number": (other_count, other_count, other_count, _table("number")),
    "date": (other_month, other_day, other_year, other_hour, _table("date")),
    "rate": (other_percentage, _table("rate")),
    "site": (_table("site"), other_identifier),
    "role": (partial(swapped_words, "role"), _table("role")),
    "age": (_table("age"),),
    "order": (_table("order"),),
    "comparator": (_table("comparator"),),
    "topic": (partial(swapped_words, "topic"),),
    "action": (partial(swapped_words, "action"),),
    "direction": (other_direction,),
    "polarity": (other_polarity, other_polarity, negated),
    "agent-swap": (swapped_agents,),
    "scope-added": (
        narrowed_noun,
        with_condition,
        with_second_task,
        with_amount,
        with_condition_left_out,
        with_task_left_out,
        with_limit_left_out,
    ),
    "two-slots": (two_values,),
}
