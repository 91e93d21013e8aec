"""Recipe: which labelled pairs a model is fitted on, and the model folder that comes of it."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import tomllib
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, Field, ValidationError

from twicetold.errors import FileNotUsable, InputInvalid, OutputNotWritable, SettingInvalid
from twicetold.model.artifact import COEFFICIENTS, MANIFEST, Manifest, Model, shipped_folder
from twicetold.model.probability import probability
from twicetold.model.scoring import pair_evidence
from twicetold.pairs import Thresholds
from twicetold.training.fit import Labelled, Trained, bare, connected_parts, train

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

#: Files that a new model takes over from the shipped one.
_KEPT = ("encoder.onnx", "encoder.json", "tokenizer.json")
_PAIR_COLUMNS = ("text_a", "text_b", "duplicate")
_GROUP_COLUMNS = ("scope", "text", "cluster_id")
_Share = Annotated[float, Field(gt=0, le=1)]


class _Entry(BaseModel, extra="forbid"):
    """One table ``[[file]]`` of a recipe."""

    path: str
    licence: str
    sha256: str | None = None
    leave_out_kinds: tuple[str, ...] = ()
    half: Literal[0, 1] | None = None
    calibrates: bool = False
    steadies: bool = False
    grouped: bool = False


class _Recipe(BaseModel, extra="forbid"):
    name: str
    version: str
    duplicate: _Share
    possible_recall: _Share
    file: tuple[_Entry, ...]


@dataclass(frozen=True, slots=True)
class _File:
    """One entry of a recipe and what it read."""

    file: str
    licence: str
    sha256: str
    labelled: Labelled

    def as_training(self) -> dict[str, Any]:
        rows = len(self.labelled.labels)
        return {"file": self.file, "sha256": self.sha256, "rows": rows, "licence": self.licence}


def train_model(recipe: Path, out: Path, data: Path | None = None) -> Manifest:
    """Fits a model and writes its folder.

    The recipe is TOML: ``name``, ``version``, ``duplicate`` (probability from which a pair is a duplicate),
    ``possible_recall`` (share of duplicates that shall be at least possible), and one table ``[[file]]`` per file
    with ``path``, ``licence`` and optionally ``sha256``, ``leave_out_kinds``, ``half`` (0 or 1: only that half, see
    :func:`half_of`), ``calibrates`` and ``steadies`` (see :class:`~twicetold.training.fit.Labelled`), and ``grouped``:
    the file holds records, of which every two of one ``scope`` are a pair, and a duplicate if they have one
    ``cluster_id``.

    Args:
        recipe: The recipe; relative paths in it are relative to its folder, or to ``data`` where not found there.
        out: Folder of the new model; made if missing.
        data: Where files lie that the recipe's folder lacks.

    Raises:
        FileNotUsable: The recipe or a file is missing.
        SettingInvalid: The recipe lacks something, or says something that is not allowed.
        OutputNotWritable: The folder cannot be made.
        InputInvalid: A file is not what the recipe says.
        ExtraMissing: scipy is not installed.
    """
    content = _read_recipe(recipe)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputNotWritable(f"{out}: {error.strerror}") from error
    model = Model.for_training()
    files = [_read_file(entry, [recipe.parent, *([data] if data else [])], model) for entry in content.file]
    trained = train([file.labelled for file in files])
    thresholds = _thresholds(trained, content.duplicate, content.possible_recall)
    for name in _KEPT:
        if (shipped_folder() / name).resolve() != (out / name).resolve():
            shutil.copyfile(shipped_folder() / name, out / name)
    (out / COEFFICIENTS).write_text(trained.coefficients.to_json(), encoding="utf-8")
    manifest = Manifest(
        name=content.name,
        version=content.version,
        thresholds=thresholds,
        files={name: _sha256(out / name) for name in sorted((*_KEPT, COEFFICIENTS))},
        lexicon=model.lexicon.digest,
        training=[file.as_training() for file in files],
        metrics=_metrics(trained.held_out, trained.labels, thresholds),
    )
    (out / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
    return manifest


def _read_recipe(path: Path) -> _Recipe:
    try:
        recipe = _Recipe(**tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise FileNotUsable(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"]))
        raise SettingInvalid(f"{path}: {place}: {problem['msg']}", remedy="Mend the recipe.") from error
    except ValueError as error:
        raise SettingInvalid(f"{path}: {error}", remedy="Mend the recipe.") from error
    if not any(entry.calibrates for entry in recipe.file):
        raise SettingInvalid(f"{path}: no file calibrates", remedy="Write calibrates = true below one [[file]].")
    return recipe


def _read_file(entry: _Entry, folders: list[Path], model: Model) -> _File:
    found = [folder / entry.path for folder in folders if (folder / entry.path).is_file()]
    if not found:
        places = ", ".join(map(str, folders))
        raise FileNotUsable(f"{entry.path}: not in {places}", remedy="Say where the files lie with --data.")
    digest = _sha256(found[0])
    if entry.sha256 not in (None, digest):
        raise InputInvalid(f"{found[0]}: SHA-256 is {digest}, the recipe says {entry.sha256}")
    texts_a, texts_b, labels = (
        _read_grouped(found[0]) if entry.grouped else _read_pairs(found[0], entry.leave_out_kinds)
    )
    evidence = pair_evidence(model, texts_a, texts_b)
    # Canonically equal texts need no evidence; leaving them in would teach the weights what they never see.
    kept = ~evidence.identical
    parts = connected_parts(texts_a, texts_b)
    if entry.half is not None:
        kept &= half_of(texts_a, texts_b) == entry.half
    labelled = Labelled(evidence.columns, labels, parts, entry.calibrates, entry.steadies).take(kept)
    if labelled.labels.all() or not labelled.labels.any():
        raise InputInvalid(f"{found[0]}: of the {len(labelled.labels):,} pairs used, either all or none are duplicates")
    return _File(entry.path, entry.licence, digest, labelled)


def _read_pairs(path: Path, leave_out_kinds: Sequence[str]) -> tuple[list[str], list[str], NDArray[np.bool_]]:
    """The two texts and the label of each pair."""
    rows = [row for row in _read_rows(path, _PAIR_COLUMNS) if row.get("kind") not in leave_out_kinds]
    if unclear := [row["duplicate"] for row in rows if row["duplicate"] not in ("0", "1")]:
        raise InputInvalid(f"{path}: duplicate is {unclear[0]!r} in {len(unclear):,} rows; it must be 0 or 1")
    labels = np.array([row["duplicate"] == "1" for row in rows], bool)
    return [row["text_a"] for row in rows], [row["text_b"] for row in rows], labels


def _read_grouped(path: Path) -> tuple[list[str], list[str], NDArray[np.bool_]]:
    """The two texts of every two records of a scope, and whether they are of one cluster."""
    pairs = pairs_of_records(_read_rows(path, _GROUP_COLUMNS))
    labels = np.array([a["cluster_id"] == b["cluster_id"] for a, b in pairs], bool)
    return [a["text"] for a, _ in pairs], [b["text"] for _, b in pairs], labels


def pairs_of_records(rows: Sequence[dict[str, str]]) -> list[tuple[dict[str, str], dict[str, str]]]:
    """Every two rows of one scope."""
    scopes: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        scopes.setdefault(row["scope"], []).append(row)
    return [pair for inside in scopes.values() for pair in combinations(inside, 2)]


def _read_rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, restval="")
            if lacking := [name for name in columns if name not in (reader.fieldnames or ())]:
                raise InputInvalid(f"{path}: lacks the columns {', '.join(lacking)}")
            return list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputInvalid(f"{path}: {error}") from error


def half_of(texts_a: Sequence[str], texts_b: Sequence[str]) -> NDArray[np.int64]:
    """Half 0 or 1 of each pair, so that no text is in both; it depends on the texts alone, not on their order."""
    parts = connected_parts(texts_a, texts_b)
    smallest: dict[int, str] = {}
    for part, text_a, text_b in zip(parts.tolist(), texts_a, texts_b, strict=True):
        smallest[part] = min(smallest.get(part, bare(text_a)), bare(text_a), bare(text_b))
    side = {part: hashlib.sha256(text.encode()).digest()[0] % 2 for part, text in smallest.items()}
    return np.array([side[part] for part in parts.tolist()], np.int64)


def _thresholds(trained: Trained, duplicate: float, possible_recall: float) -> Thresholds:
    """The given upper threshold, and the lower one that the wanted share of held-out duplicates reaches."""
    duplicates = np.sort(trained.held_out[trained.labels])
    possible = float(probability(duplicates[int(len(duplicates) * (1 - possible_recall))]))
    return Thresholds(duplicate=duplicate, possible=min(round(possible, 2), duplicate))


def _metrics(odds: NDArray[np.float64], labels: NDArray[np.bool_], thresholds: Thresholds) -> dict[str, Any]:
    flagged = probability(odds) >= thresholds.duplicate
    return {
        "held_out_pairs": len(labels),
        "held_out_accuracy": round(float((flagged == labels).mean()), 4),
        "held_out_precision": round(float(labels[flagged].mean()), 4) if flagged.any() else None,
        "held_out_recall": round(float(flagged[labels].mean()), 4),
    }


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
