"""Evaluation of a labelled file: pairs with a column ``duplicate``, or records with a column ``cluster_id``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from twicetold._api import effective_thresholds, find_in_files
from twicetold.errors import ColumnNotFound
from twicetold.evaluation.baselines import scorers
from twicetold.evaluation.evaluate import evaluate_groups, evaluate_pairs
from twicetold.evaluation.grouping import baseline_groups
from twicetold.model.scoring import score_pairs
from twicetold.sources.files import read_whole_table
from twicetold.sources.pairs import LABEL_COLUMN, read_pairs
from twicetold.text.canonical import canonical
from twicetold.text.cleaning import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twicetold.evaluation.baselines import Scorer
    from twicetold.evaluation.results import GroupEvaluation, PairEvaluation
    from twicetold.model.artifact import Model
    from twicetold.platform.settings import Settings

CLUSTER_COLUMN = "cluster_id"


def evaluate_file(
    path: str, *, model: Model, settings: Settings, compare: bool = False
) -> PairEvaluation | GroupEvaluation:
    """How good the model is on a labelled file.

    Args:
        path: Pairs with the columns ``id``, ``text_a``, ``text_b`` and ``duplicate``, or records with ``cluster_id``.
        model: The model.
        settings: Thresholds and the rest.
        compare: Measure the baselines too.

    Raises:
        ColumnNotFound: The file has neither of the two columns.
    """
    columns = read_whole_table(path).columns
    if LABEL_COLUMN in columns:
        return _pairs(path, model, settings, compare=compare)
    if CLUSTER_COLUMN in columns:
        return _records(path, model, settings, compare=compare)
    raise ColumnNotFound(
        f"{path} has the columns {', '.join(columns)}; neither {LABEL_COLUMN!r} nor {CLUSTER_COLUMN!r} is among them.",
        remedy=f"Label pairs in a column {LABEL_COLUMN!r}, or records in a column {CLUSTER_COLUMN!r}.",
    )


def _pairs(path: str, model: Model, settings: Settings, *, compare: bool) -> PairEvaluation:
    pairs = read_pairs(path)
    baselines = {name: score(pairs.texts_a, pairs.texts_b) for name, score in _scorers(model, compare=compare).items()}
    return evaluate_pairs(
        pairs.labels,
        score_pairs(model, pairs.texts_a, pairs.texts_b),
        texts_a=pairs.texts_a,
        texts_b=pairs.texts_b,
        thresholds=effective_thresholds(model, settings),
        kinds=pairs.columns.get("kind"),
        ids=pairs.ids,
        baselines=baselines,
    )


def _records(path: str, model: Model, settings: Settings, *, compare: bool) -> GroupEvaluation:
    result = find_in_files([path], model=model, settings=settings)
    records = result.records
    gold = records.attributes[CLUSTER_COLUMN]
    group = {member: group.id for group in result.groups for member in group.members}
    baselines = baseline_groups(records.texts, records.scopes, gold, _scorers(model, compare=compare))
    return evaluate_groups(
        gold,
        [group.get(record, "") for record in records.ids],
        records.scopes,
        ids=records.ids,
        texts=records.texts,
        baselines={name: found.labels for name, found in baselines.items()},
        hindsight={name: found.cut for name, found in baselines.items()},
    )


def _scorers(model: Model, *, compare: bool) -> Mapping[str, Scorer]:
    return scorers(partial(_canonical, model), partial(_sentences, model)) if compare else {}


def _canonical(model: Model, text: str) -> str:
    return canonical(clean(text), model.lexicon)


def _sentences(model: Model, texts: list[str]) -> NDArray[np.float32]:
    """What the encoder alone makes of the texts as they are written."""
    return np.stack([meaning.sentence for meaning in model.encoder.encode([" ".join(text.split()) for text in texts])])
