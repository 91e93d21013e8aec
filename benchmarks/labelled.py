"""The labelled sets of a folder: pairs, and records with clusters."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from environments import LABELLED
from twicetold.training.recipe import half_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

#: What the model is fitted on.
_RECIPE = LABELLED.with_name("recipe.toml")
_PAIRS = {"text_a", "text_b", "duplicate"}
_RECORDS = {"goal_id", "recipient_id", "goal_text", "cluster_id"}


@dataclass(frozen=True, slots=True)
class PairSet:
    """Pairs of texts and whether each is a duplicate (1.0) or not (0.0)."""

    texts_a: list[str]
    texts_b: list[str]
    labels: list[float]


@dataclass(frozen=True, slots=True)
class RecordSet:
    """A file of goals, and its columns."""

    path: Path
    ids: list[str]
    texts: list[str]
    scopes: list[str]
    clusters: list[str]


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def pair_sets(data: Path) -> dict[str, PairSet]:
    """The sets of labelled pairs of a folder and of its folder train, by name.

    Of a file that the model is fitted on by half, the other half; the name of one that it is fitted on as a whole ends
    with a dagger.
    """
    sets = {}
    for path, rows in _tables(data, _PAIRS):
        known = _fitted_on(path, rows)
        mark = "†" if known.all() else ", half" if known.any() else ""
        kept = [row for row, fitted in zip(rows, known, strict=True) if known.all() or not fitted]
        sets[path.stem + mark] = PairSet(
            [row["text_a"] for row in kept],
            [row["text_b"] for row in kept],
            [float(row["duplicate"]) for row in kept],
        )
    return sets


def record_sets(data: Path, folder: Path) -> dict[str, RecordSet]:
    """The sets of records with clusters by name; without the records whose texts the model was fitted on.

    Args:
        data: Where to look.
        folder: Where to write files of which records were left out.
    """
    seen = {
        row[side]
        for path, rows in _tables(data, _PAIRS)
        for row, fitted in zip(rows, _fitted_on(path, rows), strict=True)
        for side in ("text_a", "text_b")
        if fitted
    }
    sets = {}
    for path, rows in _tables(data, _RECORDS):
        kept = [row for row in rows if row["goal_text"] not in seen]
        if len(kept) == len(rows):
            sets[path.stem] = _records(path, rows)
        elif kept:
            part = folder / path.name
            with part.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]))
                writer.writeheader()
                writer.writerows(kept)
            sets[f"{path.stem}, {len(kept)} of {len(rows)}"] = _records(part, kept)
    return sets


def _records(path: Path, rows: list[dict[str, str]]) -> RecordSet:
    names = ("goal_id", "goal_text", "recipient_id", "cluster_id")
    ids, texts, scopes, clusters = ([row[name] for row in rows] for name in names)
    return RecordSet(path, ids, texts, scopes, clusters)


def _tables(data: Path, columns: set[str]) -> Iterator[tuple[Path, list[dict[str, str]]]]:
    """The files that have some rows and these columns."""
    for path in sorted(data.glob("*.csv")) + sorted(data.glob("train/*.csv")):
        rows = read_rows(path)
        if rows and rows[0].keys() >= columns:
            yield path, rows


def _fitted_on(path: Path, rows: list[dict[str, str]]) -> NDArray[np.bool_]:
    """Which pairs of a file the shipped model was fitted on; shape (n,)."""
    recipe = tomllib.loads(_RECIPE.read_text(encoding="utf-8"))
    entries = {entry["path"].rpartition("/")[2]: entry for entry in recipe["file"]}
    if path.name not in entries:
        return np.zeros(len(rows), bool)
    half = entries[path.name].get("half")
    if half is None:
        return np.ones(len(rows), bool)
    known: NDArray[np.bool_] = half_of([row["text_a"] for row in rows], [row["text_b"] for row in rows]) == half
    return known
