"""Writes variants.csv: pairs made by rule from the hand-written texts of seeds.csv and pairs.csv.

    python training/variants.py

Each text gives a few pairs. Half of the duplicates, and half of the others that a rule makes, stand on a hand-written
paraphrase; the same slips, tails and markup are put on both kinds, so that none of them tells the label. The same
files give the same bytes.
"""

from __future__ import annotations

import csv
import html
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from variant_rules.other import OTHER, with_condition, with_second_task
from variant_rules.same import SAME
from variant_rules.wording import Draw, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

HERE = Path(__file__).parent
COLUMNS = ("id", "text_a", "text_b", "duplicate", "kind", "field")
SEED = 20
FIRST_NUMBER = 101  # families of pairs.csv go on with their numbers from here
LABELLED_FAMILIES = 18  # of pairs.csv, in each field
CONDITION_ON_BOTH = 0.12
#: For each row of a seed: the label, what it stands on, and how many rules that keep the meaning work on it.
OF_A_SEED = (
    (1, "paraphrase", (0, 1)),
    (1, "paraphrase", (1, 2)),
    (1, "text", (1, 1)),
    (1, "text", (2, 3)),
    (0, "text", (0, 2)),
    (0, "text", (1, 2)),
    (0, "paraphrase", (0, 2)),
    (0, "near", (0, 2)),
)
OF_A_LABELLED_FAMILY = (
    (1, "paraphrase", (1, 1)),
    (1, "text", (1, 2)),
    (0, "text", (1, 2)),
    (0, "paraphrase", (0, 2)),
)
TRIES = 12
EVENNESS = 6  # how far chance may win over the kind least used
VOICE = 0.4


@dataclass(frozen=True, slots=True)
class Seed:
    """Hand-written texts around one intention.

    Attributes:
        family: Names the texts that must not be trained and judged on at once.
        field: The kind of work.
        text: The intention.
        paraphrase: The same in other words.
        near: Another intention on the same topic; may be empty.
        far: One with nothing in common; may be empty.
        voice: The text in the other voice; may be empty.
        swaps: Words of the text with words that would make it another intention, "kind: old>new; ...".
    """

    family: str
    field: str
    text: str
    paraphrase: str
    near: str = ""
    far: str = ""
    voice: str = ""
    swaps: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """Two texts, whether they say the same, and which phenomenon they show."""

    text_a: str
    text_b: str
    duplicate: int
    kind: str


@dataclass(slots=True)
class Maker:
    """Makes variants so that kinds come up about equally often and no pair twice.

    Attributes:
        seen: Pairs that exist already, as the words of both texts.
        counts: How often a kind of rule was used, and for what.
    """

    seen: set[frozenset[str]]
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def of_seed(self, seed: Seed) -> Iterator[Variant]:
        """The variants of a seed; fewer than planned where rules do not apply."""
        draw = Draw(f"{SEED} {seed.family}")
        draw.field, draw.swaps = seed.field, _swaps(seed.swaps)
        for duplicate, base, keeps in OF_A_SEED if seed.near else OF_A_LABELLED_FAMILY:
            for _ in range(TRIES):
                variant = self._variant(seed, duplicate, base, draw.randint(*keeps), draw)
                if variant and self._is_new(variant):
                    yield variant
                    break

    def _variant(self, seed: Seed, duplicate: int, base: str, keeps: int, draw: Draw) -> Variant | None:
        texts, kind = self._start(seed, base, draw)
        if not duplicate and base != "near":
            kind = self._changed(texts, draw)
            if not kind:
                return None
            kind += ", reworded" if base == "paraphrase" else ""
        kept = self._kept(texts, duplicate, keeps, draw)
        if duplicate:
            kind = _kind_of_duplicate(base, kind, kept)
        draw.shuffle(texts)
        return Variant(texts[0], texts[1], duplicate, kind) if kind else None

    def _start(self, seed: Seed, base: str, draw: Draw) -> tuple[list[str], str]:
        """Two texts to start from, and the kind if they are a pair of it as they are."""
        if base == "near":
            other, kind = (seed.far, "other") if seed.far and draw.random() < 0.5 else (seed.near, "near-topic")
            return [draw.choice([seed.text, seed.paraphrase]), other], kind
        if base == "text" and seed.voice and draw.random() < VOICE:
            return [seed.text, seed.voice], "voice"
        one = (
            draw.choice([seed.text, seed.text, seed.paraphrase, seed.near or seed.text])
            if base == "text"
            else seed.text
        )
        texts = [one, seed.paraphrase if base == "paraphrase" else one]
        if draw.random() < CONDITION_ON_BOTH:
            texts = _narrowed(texts, draw)
        return texts, ""

    def _kept(self, texts: list[str], duplicate: int, keeps: int, draw: Draw) -> list[str]:
        """Puts rules that keep the meaning to work on either text; gives their kinds."""
        used: tuple[list[str], list[str]] = ([], [])
        for _ in range(keeps):
            side = draw.randrange(2)
            allowed = _after(used[side])
            if not allowed:
                side = 1 - side
                allowed = _after(used[side])
            if made := self._apply(allowed, texts[side], "kept" if duplicate else "kept beside", draw):
                used[side].append(made[0])
                texts[side] = made[1]
        return used[0] + used[1]

    def _changed(self, texts: list[str], draw: Draw) -> str:
        """Puts a rule that changes the meaning to work on one of the texts; gives its kind, or "" if none applies."""
        for kind in self._least_used(OTHER, "changed", draw):
            for side in draw.sample((0, 1), 2):
                if made := self._apply({kind: OTHER[kind]}, texts[side], "changed", draw):
                    texts[side] = made[1]
                    return kind
        return ""

    def _least_used(self, kinds: Iterable[str], use: str, draw: Draw) -> list[str]:
        return sorted(kinds, key=lambda kind: self.counts[use, kind] + EVENNESS * draw.random())

    def _apply(self, rules: Mapping[str, tuple[Rule, ...]], text: str, use: str, draw: Draw) -> tuple[str, str] | None:
        """The kind and the text made by a rule of the kind least used so far that applies."""
        for kind in self._least_used(rules, use, draw):
            for rule in draw.sample(rules[kind], len(rules[kind])):
                made = rule(text, draw)
                if made and made != text and (use != "changed" or words_of(made) != words_of(text)):
                    self.counts[use, kind] += 1
                    return kind, made
        return None

    def _is_new(self, variant: Variant) -> bool:
        pair = frozenset((words_of(variant.text_a), words_of(variant.text_b)))
        if variant.text_a == variant.text_b or pair in self.seen or (len(pair) == 1 and not variant.duplicate):
            return False
        if len(pair) > 1:
            self.seen.add(pair)
        return True


def _after(used: list[str]) -> dict[str, tuple[Rule, ...]]:
    """The rules that may still work on a text; a text has one tail or one broken end."""
    kinds = list(SAME)
    left = kinds[kinds.index(used[-1]) + 1 :] if used else kinds
    return {kind: SAME[kind] for kind in left if not (kind == "truncated" and "tail" in used)}


def _swaps(cell: str) -> dict[str, list[tuple[str, str]]]:
    """What may be swapped for what, by kind."""
    swaps: dict[str, list[tuple[str, str]]] = {}
    for entry in filter(None, cell.split("; ")):
        kind, _, words = entry.partition(": ")
        old, _, new = words.partition(">")
        swaps.setdefault(kind, []).append((old, new))
    return swaps


def _kind_of_duplicate(base: str, kind: str, kept: list[str]) -> str:
    if base == "paraphrase":
        return ", ".join(["paraphrase", *kept[:1]])
    return "combined" if len(kept) + bool(kind) > 1 else "".join([kind, *kept])


def _narrowed(texts: list[str], draw: Draw) -> list[str]:
    """Both texts with the same condition or second task added, where it fits both."""
    for rule in (with_condition, with_second_task):
        state = draw.getstate()
        made = []
        for text in texts:
            draw.setstate(state)
            made.append(rule(text, draw))
        endings = {text[len(before.rstrip(".")) :] for text, before in zip(made, texts, strict=True) if text}
        if all(made) and len(endings) == 1:
            return [text for text in made if text]
    return texts


def words_of(text: str) -> str:
    """The words of a text without case, markup and punctuation."""
    plain = unicodedata.normalize("NFKC", html.unescape(re.sub(r"<[^>]+>", " ", text)))
    return " ".join(re.findall(r"\w+", plain.casefold()))


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of a file beside this one."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def seeds() -> list[Seed]:
    """The seeds of seeds.csv, then the families of pairs.csv that have a paraphrase of their main text."""
    return [Seed(**row) for row in rows_of("seeds.csv")] + list(_labelled_families())


def _labelled_families() -> Iterator[Seed]:
    families: dict[str, list[dict[str, str]]] = {}
    for row in rows_of("pairs.csv"):
        families.setdefault(row["id"].rpartition("-")[0], []).append(row)
    taken: Counter[str] = Counter()
    for family, rows in families.items():
        texts = Counter(row[column] for row in rows for column in ("text_a", "text_b"))
        main = max(texts, key=lambda text: texts[text])
        others = [
            row["text_b"] if row["text_a"] == main else row["text_a"]
            for row in rows
            if row["kind"].startswith("paraphrase") and main in (row["text_a"], row["text_b"])
        ]
        if others and taken[rows[0]["field"]] < LABELLED_FAMILIES:
            taken[rows[0]["field"]] += 1
            yield Seed(family=family, field=rows[0]["field"], text=main, paraphrase=others[0])


def variants() -> list[dict[str, str]]:
    """All rows of variants.csv."""
    maker = Maker({frozenset((words_of(row["text_a"]), words_of(row["text_b"]))) for row in rows_of("pairs.csv")})
    result = []
    for seed in seeds():
        first = 1 if seed.near else FIRST_NUMBER
        for number, variant in enumerate(maker.of_seed(seed), start=first):
            cells = (
                f"{seed.family}-{number}",
                variant.text_a,
                variant.text_b,
                str(variant.duplicate),
                variant.kind,
                seed.field,
            )
            result.append(dict(zip(COLUMNS, cells, strict=True)))
    return result


def main() -> None:
    """Writes the file and says how many rows it has."""
    rows = variants()
    with (HERE / "variants.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{len(rows)} pairs, {sum(row['duplicate'] == '1' for row in rows)} duplicates")


if __name__ == "__main__":
    main()
