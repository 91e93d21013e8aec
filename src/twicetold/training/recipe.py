"""Recipe: which labelled pairs a model is fitted on, and the model folder that comes of it."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import tomllib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from twicetold.errors import FileNotUsable, InputInvalid, SettingInvalid
from twicetold.model.artifact import COEFFICIENTS, MANIFEST, Manifest, Model, shipped_folder
from twicetold.model.scoring import pair_evidence
from twicetold.pairs import Thresholds
from twicetold.training.fit import Labelled, Trained, connected_parts, train

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

#: Files that a new model takes over from the shipped one.
_KEPT = ("encoder.onnx", "encoder.json", "tokenizer.json")


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
    :func:`half_of`) and ``calibrates``.

    Args:
        recipe: The recipe; relative paths in it are relative to its folder, or to ``data`` where not found there.
        out: Folder of the new model; made if missing.
        data: Where files lie that the recipe's folder lacks.

    Raises:
        FileNotUsable: The recipe or a file is missing.
        SettingInvalid: The recipe lacks something.
        InputInvalid: A file is not what the recipe says.
        ExtraMissing: scipy is not installed.
    """
    content = _read_recipe(recipe)
    model = Model.for_training()
    files = [
        _read_file(entry, [recipe.parent, *([data] if data else [])], model) for entry in content["file"]
    ]
    trained = train([file.labelled for file in files])
    thresholds = _thresholds(trained, float(content["duplicate"]), float(content["possible_recall"]))
    out.mkdir(parents=True, exist_ok=True)
    for name in _KEPT:
        if (shipped_folder() / name).resolve() != (out / name).resolve():
            shutil.copyfile(shipped_folder() / name, out / name)
    (out / COEFFICIENTS).write_text(trained.coefficients.to_json(), encoding="utf-8")
    manifest = Manifest(
        name=content["name"],
        version=content["version"],
        thresholds=thresholds,
        files={name: _sha256(out / name) for name in sorted((*_KEPT, COEFFICIENTS))},
        lexicon=model.lexicon.digest,
        training=[file.as_training() for file in files],
        metrics=_metrics(trained.held_out, trained.labels, thresholds),
    )
    (out / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
    return manifest


def _read_recipe(path: Path) -> Mapping[str, Any]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileNotUsable(f"{path}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingInvalid(f"{path}: {error}", remedy="Mend the recipe.") from error
    missing = [key for key in ("name", "version", "duplicate", "possible_recall", "file") if not content.get(key)]
    if missing:
        raise SettingInvalid(f"{path}: lacks {', '.join(missing)}", remedy="See training/recipe.toml.")
    return content


def _read_file(entry: Mapping[str, Any], folders: list[Path], model: Model) -> _File:
    found = [folder / entry["path"] for folder in folders if (folder / entry["path"]).is_file()]
    if not found:
        places = ", ".join(map(str, folders))
        raise FileNotUsable(
            f"{entry['path']}: not in {places}", remedy="Say where the files lie with --data."
        )
    digest = _sha256(found[0])
    if entry.get("sha256", digest) != digest:
        raise InputInvalid(f"{found[0]}: SHA-256 is {digest}, the recipe says {entry['sha256']}")
    left_out = set(entry.get("leave_out_kinds", ()))
    with found[0].open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row.get("kind") not in left_out]
    texts_a, texts_b = [row["text_a"] for row in rows], [row["text_b"] for row in rows]
    evidence = pair_evidence(model, texts_a, texts_b)
    labels = np.array([row["duplicate"] == "1" for row in rows])
    # Canonically equal texts need no evidence; leaving them in would teach the weights what they never see.
    kept = ~evidence.identical
    parts = connected_parts(texts_a, texts_b)
    if "half" in entry:
        kept &= half_of(texts_a, texts_b) == entry["half"]
    labelled = Labelled(evidence.columns, labels, parts, bool(entry.get("calibrates"))).take(kept)
    return _File(str(entry["path"]), entry["licence"], digest, labelled)


def half_of(texts_a: Sequence[str], texts_b: Sequence[str]) -> NDArray[np.int64]:
    """Half 0 or 1 of each pair, so that no text is in both; it depends on the texts alone, not on their order."""
    parts = connected_parts(texts_a, texts_b)
    smallest: dict[int, str] = {}
    for part, text_a, text_b in zip(parts.tolist(), texts_a, texts_b, strict=True):
        smallest[part] = min(smallest.get(part, text_a), text_a, text_b)
    side = {part: hashlib.sha256(text.encode()).digest()[0] % 2 for part, text in smallest.items()}
    return np.array([side[part] for part in parts.tolist()], np.int64)


def _thresholds(trained: Trained, duplicate: float, possible_recall: float) -> Thresholds:
    """The given upper threshold, and the lower one that the wanted share of held-out duplicates reaches."""
    duplicates = np.sort(trained.held_out[trained.labels])
    possible = 1 / (1 + np.exp(-duplicates[int(len(duplicates) * (1 - possible_recall))]))
    return Thresholds(duplicate=duplicate, possible=round(float(min(possible, duplicate)), 2))


def _metrics(odds: NDArray[np.float64], labels: NDArray[np.bool_], thresholds: Thresholds) -> dict[str, Any]:
    chances = 1 / (1 + np.exp(-odds))
    flagged = chances >= thresholds.duplicate
    return {
        "held_out_pairs": len(labels),
        "held_out_accuracy": round(float((flagged == labels).mean()), 4),
        "held_out_precision": round(float(labels[flagged].mean()), 4),
        "held_out_recall": round(float(flagged[labels].mean()), 4),
    }


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
