"""Makes a file of goals with planted duplicates: `python benchmarks/generate.py 10000 --scopes 400 --seed 7 out.csv`.

Records of one cluster_id say one goal in different words: other sentences, synonyms, abbreviations, numbers in words,
tails, typos, case. A good third of the clusters is a near miss of another one in the same scope: one slot differs, such
as the number, the site, the role or the direction. The same arguments give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import random
import string
from dataclasses import astuple, dataclass, fields
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from grammar import load, made_up_site, said_of_site

if TYPE_CHECKING:
    from collections.abc import Iterator

_GRAMMAR = load()
#: Share of clusters by size, from 1 to 6 records.
_SIZES = (62, 18, 9, 5, 4, 2)
_NEAR_MISS = 0.35
_EXACT_REPEAT = 0.2
_ADJUNCT = 0.6


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file."""

    goal_id: str
    recipient_id: str
    status: str
    created_at: str
    goal_text: str
    cluster_id: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a goal says: its intent, and the value of each slot."""

    intent: int
    values: tuple[tuple[str, str], ...]


def generate(n: int, scopes: int, seed: int, *, scoped: bool = True) -> list[Row]:
    """n goals of at most so many recipients, whose numbers of goals are skewed, in random order.

    Where they are not ``scoped``, recipients are not told apart: goals of all that say one thing are one cluster. Their
    sites have made-up names then, as so many recipients would have other places than a few hundred.
    """
    rng = random.Random(seed)
    told = [
        (scope, *each)
        for scope, size in enumerate(_scope_sizes(n, scopes, rng))
        for each in _scope(size, rng, scoped=scoped)
    ]
    rng.shuffle(told)
    if not scoped:
        told = [(0, meaning, text) for _, meaning, text in told]
    clusters = {key: number for number, key in enumerate(dict.fromkeys((scope, meaning) for scope, meaning, _ in told))}
    return [
        Row(
            goal_id=f"g{number:07}",
            recipient_id=f"r{scope:05}",
            status=rng.choice(_GRAMMAR.statuses),
            created_at=f"{rng.randint(2021, 2025)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
            goal_text=text,
            cluster_id=f"c{clusters[scope, meaning]:07}",
        )
        for number, (scope, meaning, text) in enumerate(told)
    ]


def _scope_sizes(n: int, scopes: int, rng: random.Random) -> list[int]:
    """How many goals each recipient has: most few, some many (log-normal)."""
    weights = list(accumulate(rng.lognormvariate(0, 1) for _ in range(scopes)))
    sizes = [0] * scopes
    for scope in rng.choices(range(scopes), cum_weights=weights, k=n):
        sizes[scope] += 1
    return sizes


def _scope(size: int, rng: random.Random, *, scoped: bool) -> Iterator[tuple[Meaning, str]]:
    """The goals of one recipient, which has a few sites of its own."""
    sites = rng.sample(_GRAMMAR.sites, 4) if scoped else [made_up_site(rng) for _ in range(4)]
    known: list[Meaning] = []
    left = size
    while left:
        near = bool(known) and rng.random() < _NEAR_MISS
        meaning = meaning_of_near_miss(rng.choice(known), sites, rng) if near else new_meaning(sites, rng)
        known.append(meaning)
        texts: list[str] = []
        for _ in range(min(left, rng.choices(range(1, 7), _SIZES)[0])):
            repeat = texts and rng.random() < _EXACT_REPEAT
            texts.append(rng.choice(texts) if repeat else tell(meaning, rng))
            yield meaning, texts[-1]
        left -= len(texts)


def new_meaning(sites: list[str], rng: random.Random) -> Meaning:
    number = rng.randrange(len(_GRAMMAR.intents))
    intent = _GRAMMAR.intents[number]
    named = set(map(slot_of, fields_of(intent.do[0])))
    adjuncts = {slot for slot in intent.adjuncts if rng.random() < _ADJUNCT}
    return Meaning(number, tuple((slot, _value(slot, sites, rng)) for slot in sorted(named | adjuncts)))


def meaning_of_near_miss(meaning: Meaning, sites: list[str], rng: random.Random) -> Meaning:
    """The same goal but for the value of one slot."""
    changed = rng.randrange(len(meaning.values))
    slot, old = meaning.values[changed]
    new = old
    while new == old:
        new = _value(slot, sites, rng)
    return Meaning(meaning.intent, (*meaning.values[:changed], (slot, new), *meaning.values[changed + 1 :]))


def _value(slot: str, sites: list[str], rng: random.Random) -> str:
    return rng.choice(sites if slot == "site" else list(_GRAMMAR.slots[slot]))


def _wordings(field: str, value: str) -> list[str]:
    return said_of_site(value) if field == "site" else _GRAMMAR.slots[field][value]


def fields_of(sentence: str) -> list[str]:
    """The fields of a sentence, in order."""
    return [field for _, field, _, _ in string.Formatter().parse(sentence) if field]


def slot_of(field: str) -> str:
    """The slot whose value a field of a sentence says."""
    return field.partition("_")[0]


def tell(meaning: Meaning, rng: random.Random) -> str:
    """Says it in one of very many ways."""
    values = dict(meaning.values)
    intent = _GRAMMAR.intents[meaning.intent]
    ordered = rng.random() < len(intent.do) / (len(intent.do) + len(intent.say))
    sentence = rng.choice(intent.do if ordered else intent.say)
    said = fields_of(sentence)
    text = sentence.format(**{field: rng.choice(_wordings(field, values[slot_of(field)])) for field in said})
    if ordered and rng.random() < 0.5:
        text = f"{rng.choice(_GRAMMAR.openings)} {text}"
    adjuncts = [rng.choice(_wordings(slot, values[slot])) for slot in values if slot not in map(slot_of, said)]
    rng.shuffle(adjuncts)
    if adjuncts and rng.random() < 0.3:
        text = f"{adjuncts.pop()}, {text}"
    elif rng.random() < 0.15:
        text = f"{rng.choice(_GRAMMAR.reasons)} {text}"
    return _noise(" ".join([text, *adjuncts]), rng)


def _noise(text: str, rng: random.Random) -> str:
    """What keeps the meaning: tags, tails, typos, case, punctuation, white space."""
    if rng.random() < 0.3:
        tail = rng.choice(_GRAMMAR.tails)
        text = f"{text} {tail[: rng.randint(8, len(tail))] if rng.random() < 0.1 and len(tail) > 8 else tail}"
    text = text[0].upper() + text[1:] + ("." if rng.random() < 0.7 else "")
    if rng.random() < 0.15:
        text = _typo(text, rng)
    if rng.random() < 0.15:
        text = f"{rng.choice(_GRAMMAR.tags)} {text}"
    kind = rng.random()
    if kind < 0.03:
        return text.upper()
    if kind < 0.08:
        return text.lower()
    if kind < 0.12:
        return text.replace(" ", "  ", 1) + rng.choice((" ", "\n", "!"))
    return text


def _typo(text: str, rng: random.Random) -> str:
    """Two letters swapped, one left out or one doubled, inside a long word; numbers are left alone."""
    words = text.split(" ")
    long = [place for place, word in enumerate(words) if len(word) > 5 and word.isalpha()]
    if not long:
        return text
    place = rng.choice(long)
    word = words[place]
    at = rng.randrange(1, len(word) - 2)
    edits = (
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
    )
    words[place] = rng.choice(edits)
    return " ".join(words)


def write(rows: list[Row], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(field.name for field in fields(Row))
        writer.writerows(map(astuple, rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("n", type=int, help="how many goals")
    parser.add_argument("out", type=Path)
    parser.add_argument("--scopes", type=int, default=400, help="how many recipients")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--unscoped", action="store_true", help="one scope for all, and clusters across recipients")
    options = parser.parse_args()
    write(generate(options.n, options.scopes, options.seed, scoped=not options.unscoped), options.out)


if __name__ == "__main__":
    main()
