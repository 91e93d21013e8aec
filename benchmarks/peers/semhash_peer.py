"""SemHash over static vectors that come in a package, because its own model is downloaded."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from exchange import Joined, Task, main
from model2vec import StaticModel
from safetensors.numpy import load_file
from semhash import SemHash
from tokenizers import Tokenizer

if TYPE_CHECKING:
    from collections.abc import Iterator


def _model() -> StaticModel:
    folder = Path(find_spec("wordllama").submodule_search_locations[0])  # not imported: only its tables are wanted
    weights = load_file(str(folder / "weights" / "l2_supercat_256.safetensors"))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json"))
    return StaticModel(next(iter(weights.values())).astype(np.float32), tokenizer, normalize=True)


def find(task: Task) -> Iterator[Joined]:
    model = _model()
    for goals in task.scopes():
        records = [{"id": goal.id, "text": goal.text} for goal in goals]
        index = SemHash.from_records(records, columns=["text"], model=model)
        for threshold in task.thresholds:
            for found in index.self_deduplicate(threshold).filtered:
                yield threshold, found.record["id"], found.duplicate_of["id"]


def score(texts_a: list[str], texts_b: list[str]) -> list[float]:
    model = _model()
    return np.einsum("ij,ij->i", model.encode(texts_a), model.encode(texts_b)).tolist()


main(find, score)
