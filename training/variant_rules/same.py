"""Rules that keep what a text says: its form, spelling, order and wording change, its goal does not."""

from __future__ import annotations

import re

from variant_rules.clauses import split
from variant_rules.numerals import clock_form, date_form, number_form, ordinal_form, sign_form
from variant_rules.wording import (
    Draw,
    Rule,
    body_and_stop,
    capitalized,
    contains,
    decapitalized,
    exchanged,
    is_one_statement,
    load,
    phrase,
    put,
    stopped,
)

TABLES = load("same.toml")
_NUMBER = r" (?:an? )?\$?(?:\d|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fif|twenty|thirty|forty)"
_DIGIT = r" \d"
_NOT_NO = "(?<![Nn]o )(?<![Nn]ot )"
_LETTERS = re.compile(r"(?<![\w'<&;-])[a-z]{6,}(?![\w'-])")
_LIST = re.compile(
    r"\b(?P<one>\w+), (?P<two>\w+),? (?P<join>and|or) (?P<three>\w+)"
    r"(?=$|[.,;]| (?:at|by|for|from|in|on|of|to|with|before)\b)"
)
_NAMES = re.compile(r"\b(?P<one>[A-Z]\w+) (?P<join>and|or) (?P<two>[A-Z]\w+)\b(?! [A-Z])")


# --- Only the form ----------------------------------------------------------------------------------------------


def in_capitals(text: str, draw: Draw) -> str | None:
    """All in capitals."""
    del draw
    return text.upper() if len(text) < 120 else None


def in_small_letters(text: str, draw: Draw) -> str | None:
    """Without a capital at the start and without the mark at the end."""
    del draw
    body, _ = body_and_stop(text)
    return decapitalized(body) if decapitalized(body) != text else None


def marked_up(text: str, draw: Draw) -> str | None:
    """With HTML around or inside it."""
    words = text.split(" ")
    cut = draw.randrange(1, max(2, len(words) - 1))
    first, rest = " ".join(words[:cut]), " ".join(words[cut:])
    forms = [
        f"<p>{text}</p>",
        f"<b>{first}</b> {rest}",
        f"{first}&nbsp;{rest}",
        f"<li>{text}</li>",
        f"{first}<br>{rest}",
        f"<div>{text}<br></div>",
    ]
    return draw.choice([*forms, *([text.replace(" and ", " &amp; ", 1)] * 2 if " and " in text else [])]).strip()


def spaced(text: str, draw: Draw) -> str | None:
    """With more white space than it needs."""
    gaps = [found.start() for found in re.finditer(" ", text)]
    for gap in sorted(draw.sample(gaps, min(2, len(gaps))), reverse=True):
        text = text[:gap] + draw.choice(["  ", "\u00a0", "   "]) + text[gap + 1 :]
    return text


def punctuated(text: str, draw: Draw) -> str | None:
    """With other marks at its end or around it."""
    body, _ = body_and_stop(text)
    if text.endswith("?"):
        return text + "??"
    return draw.choice([body, body, body + "!!", body + " ...", body + ";", f'"{text}"', f"\u201c{text}\u201d"])


def tagged(text: str, draw: Draw) -> str | None:
    """Behind a list number or a tag that files it under something."""
    tags: dict[str, list[str]] = TABLES["tags"]
    return draw.choice([*tags["any"], *tags[draw.field] * 2]) + text


# --- Spelling ---------------------------------------------------------------------------------------------------


def misspelt(text: str, draw: Draw) -> str | None:
    """With a word as it is often misspelt."""
    words = [word for word in TABLES["misspellings"] if re.search(rf"\b{word}\b", text)]
    for word in draw.sample(words, min(2, len(words))):
        text = re.sub(rf"\b{word}\b", TABLES["misspellings"][word], text)
    return text if words else None


def slipped(text: str, draw: Draw) -> str | None:
    """With slips of the hand in one or two long words: letters doubled, left out or in the wrong order."""
    places = [found.span() for found in _LETTERS.finditer(text) if found[0] != "through"]
    if not places:
        return None
    for start, end in sorted(draw.sample(places, min(len(places), draw.choice([1, 1, 2]))), reverse=True):
        text = text[:start] + _slip(text[start:end], draw) + text[end:]
    return text


def _slip(word: str, draw: Draw) -> str:
    at = draw.randrange(2, len(word) - 2)
    forms = [
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    ]
    return draw.choice([form for form in forms if form != word])


# --- Words ------------------------------------------------------------------------------------------------------


def reworded(text: str, draw: Draw) -> str | None:
    """With phrases exchanged for others of the same meaning, up to three."""
    both = [pair for one, two in TABLES["synonyms"] for pair in ([one, two], [two, one])]
    pairs = [(*pair, "") for pair in both + TABLES["one_way"]] + [(*pair, _NUMBER) for pair in TABLES["before_number"]]
    return _with_replaced(text, pairs, draw, most=3)


def abbreviated(text: str, draw: Draw) -> str | None:
    """With a long form cut short or a short form written out."""
    both = [pair for short, long in TABLES["abbreviations"] for pair in ([long, short], [short, long])]
    pairs = [(*pair, "") for pair in both + TABLES["shortened"]]
    return _with_replaced(
        text, [*pairs, *((*pair, _DIGIT) for pair in TABLES["shortened_before_number"])], draw, most=2
    )


def _with_replaced(text: str, pairs: list[tuple[str, str, str]], draw: Draw, most: int) -> str | None:
    fresh: set[str] = set()
    for old, new, before in draw.sample(pairs, len(pairs)):
        found = phrase((old,), _NOT_NO if before == _NUMBER else "", before).search(text)
        overlaps = any(set(old.lower().split()) & set(done.lower().split()) for done in fresh)
        if found and len(fresh) < 2 * most and not overlaps and not contains(text, new):
            text = put(text, found.start("word"), found.end("word"), new) if before else exchanged(text, old, new)
            fresh |= {new, old}
    return text if fresh else None


# --- Order ------------------------------------------------------------------------------------------------------


def moved(text: str, draw: Draw) -> str | None:
    """With the words on when, where or on what condition at the other end of the sentence."""
    del draw
    if not (parts := split(text)):
        return None
    if parts.is_in_front:
        return stopped(f"{parts.main} {parts.adjunct}", parts.stop)
    return stopped(f"{capitalized(parts.adjunct)}, {decapitalized(parts.main)}", parts.stop)


def turned_list(text: str, draw: Draw) -> str | None:
    """With the members of a list in another order."""
    del draw
    if found := _LIST.search(text):
        new = f"{found['one']}, {found['three']} {found['join']} {found['two']}"
    elif (
        (found := _NAMES.search(text))
        and not text[: found.start()].endswith(("between ", "Between "))
        and found.start()
    ):
        new = f"{found['two']} {found['join']} {found['one']}"
    else:
        return None
    return text[: found.start()] + new + text[found.end() :]


# --- The end ----------------------------------------------------------------------------------------------------


def with_tail(text: str, draw: Draw) -> str | None:
    """With words on measurement, reporting or reference behind it."""
    tails: dict[str, list[str]] = TABLES["tails"][draw.field]
    if is_one_statement(text) and draw.random() < 0.6:
        body, stop = body_and_stop(text)
        return body + draw.choice(tails["clauses"]) + (stop or ".")
    return (text if text.endswith((".", "?", "!")) else text + ".") + draw.choice(tails["sentences"])


def broken_off(text: str, draw: Draw) -> str | None:
    """Broken off inside its last word, or inside a tail that says nothing about its goal."""
    body, stop = body_and_stop(text)
    last = body.rsplit(" ", 1)[-1]
    if stop and len(last) >= 8 and last.isalpha() and last.islower() and draw.random() < 0.6:
        return body[: -draw.choice([2, 3, 4])] + draw.choice(["", "", "..."])
    if not is_one_statement(text):
        return None
    clauses: list[str] = TABLES["tails"][draw.field]["clauses"]
    tail = draw.choice([clause for clause in clauses if clause.startswith(", ") and len(clause) > 12])
    return body + tail[: draw.randrange(6, len(tail) - 2)].rstrip()


#: The rules of each kind, in the order in which two of them work on one text.
SAME: dict[str, tuple[Rule, ...]] = {
    "number-format": (number_form, sign_form, date_form, clock_form, ordinal_form),
    "abbreviation": (abbreviated,),
    "synonym": (reworded,),
    "reorder": (moved, turned_list),
    "tail": (with_tail,),
    "truncated": (broken_off,),
    "typo": (misspelt, slipped, slipped),
    "exact-variant": (in_capitals, in_small_letters, marked_up, spaced, punctuated, tagged, tagged),
}
