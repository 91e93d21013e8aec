"""Evaluation of a labelled file: pairs with a column ``duplicate``, or records with a column ``cluster_id``."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from twicetold._api import effective_thresholds, find_among, score_texts
from twicetold.errors import ColumnNotFound
from twicetold.evaluation.baselines import scorers
from twicetold.evaluation.evaluate import evaluate_groups, evaluate_pairs
from twicetold.evaluation.grouping import baseline_groups
from twicetold.model.vectors import unit
from twicetold.sources.columns import choose_columns, list_columns
from twicetold.sources.files import read_whole_table
from twicetold.sources.input import to_records
from twicetold.sources.pairs import LABEL_COLUMN, pairs_of
from twicetold.text.canonical import canonical
from twicetold.text.cleaning import clean
from twicetold.text.reading import is_placeholder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twicetold.evaluation.baselines import Scorer
    from twicetold.evaluation.results import GroupEvaluation, PairEvaluation
    from twicetold.model.artifact import Model
    from twicetold.platform.settings import Settings
    from twicetold.sources.input import Input
    from twicetold.sources.pairs import PairsInput

CLUSTER_COLUMN = "cluster_id"


def evaluate_file(
    path: str, *, model: Model, settings: Settings, compare: bool = False, **columns: str | None
) -> PairEvaluation | GroupEvaluation:
    """How good the model is on a labelled file.

    Args:
        path: Pairs with the columns ``id``, ``text_a``, ``text_b`` and ``duplicate``, or records with ``cluster_id``.
        model: The model.
        settings: Thresholds and the rest.
        compare: Measure the baselines too.
        columns: ``id_column``, ``text_column`` and ``scope_column`` of records; guessed when not given.

    Raises:
        ColumnNotFound: The file has neither of the two columns, or lacks one that is needed.
        RowsRejected: Rows are broken.
    """
    table = read_whole_table(path)
    baselines = baseline_scorers(model) if compare else {}
    if LABEL_COLUMN in table.columns:
        return _of_pairs(pairs_of(table), model, settings, baselines)
    if CLUSTER_COLUMN in table.columns:
        names = [name for name in table.columns if name != CLUSTER_COLUMN]
        chosen = choose_columns(names, **columns, repeated=table.repeated, source=table.name)
        return _of_records(to_records(table, chosen, is_placeholder), model, settings, baselines)
    listed = list_columns(list(table.columns))
    raise ColumnNotFound(
        f"{table.name} has neither a column {LABEL_COLUMN!r} nor {CLUSTER_COLUMN!r}. {listed}",
        remedy=f"Label pairs in a column {LABEL_COLUMN!r}, or records in a column {CLUSTER_COLUMN!r}.",
    )


def _of_pairs(pairs: PairsInput, model: Model, settings: Settings, baselines: Mapping[str, Scorer]) -> PairEvaluation:
    chances, findings = score_texts(model, pairs.texts_a, pairs.texts_b)
    evaluation = evaluate_pairs(
        pairs.labels,
        chances,
        texts_a=pairs.texts_a,
        texts_b=pairs.texts_b,
        thresholds=effective_thresholds(model, settings),
        kinds=pairs.columns.get("kind"),
        ids=pairs.ids,
        baselines={name: score(pairs.texts_a, pairs.texts_b) for name, score in baselines.items()},
    )
    return replace(evaluation, findings=(*pairs.findings, *findings, *evaluation.findings))


def _of_records(found: Input, model: Model, settings: Settings, baselines: Mapping[str, Scorer]) -> GroupEvaluation:
    result = find_among(found, model=model, settings=settings)
    records = result.records
    gold = records.attributes[CLUSTER_COLUMN]
    group = {member: group.id for group in result.groups for member in group.members}
    others = baseline_groups(records.texts, records.scopes, gold, baselines)
    evaluation = evaluate_groups(
        gold,
        [group.get(record, "") for record in records.ids],
        records.scopes,
        ids=records.ids,
        texts=records.texts,
        baselines={name: found.labels for name, found in others.items()},
        hindsight={name: found.cut for name, found in others.items()},
    )
    return replace(evaluation, findings=(*result.findings, *evaluation.findings))


def baseline_scorers(model: Model) -> Mapping[str, Scorer]:
    """The baselines that a model is set beside, by name."""
    return scorers(partial(_canonical, model), partial(_sentences, model))


def _canonical(model: Model, text: str) -> str:
    return canonical(clean(text), model.lexicon)


def _sentences(model: Model, texts: list[str]) -> NDArray[np.float32]:
    """What the encoder alone makes of the texts as they are written."""
    meanings = model.encoder.encode([" ".join(text.split()) for text in texts])
    return unit(np.stack([meaning.sentence for meaning in meanings]))
