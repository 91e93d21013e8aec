"""Comparison of two model folders on files, or on the example that the package ships."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from twicetold._api import effective_thresholds, find_among, load_model, score_texts
from twicetold._evaluate import CLUSTER_COLUMN
from twicetold.evaluation.changed_pairs import Judged, compare_pairs
from twicetold.evaluation.changed_records import compare_results
from twicetold.evaluation.changes import ModelChanges, Version
from twicetold.findings import Finding, Severity
from twicetold.sources.columns import choose_columns
from twicetold.sources.files import read_table, read_whole_table
from twicetold.sources.input import to_records
from twicetold.sources.pairs import read_pairs
from twicetold.text.reading import is_placeholder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twicetold.engines.local import Progress
    from twicetold.evaluation.changes import PairChanges, RecordChanges
    from twicetold.model.artifact import Model
    from twicetold.platform.settings import Settings
    from twicetold.sources.table import Table

#: The example's column of ids, which its labels refer to.
_EXAMPLE_ID = "goal_id"


def compare_models(
    old: Path,
    new: Path,
    *,
    settings: Settings,
    pairs: Sequence[str] = (),
    records: str | None = None,
    progress: Progress = lambda _done, _total: None,
    **columns: str | None,
) -> ModelChanges:
    """What a new model changes, on labelled pairs, on records, or without either on the shipped example.

    Args:
        old: Folder of the old model.
        new: Folder of the new model.
        settings: Thresholds, if they are not to be those of each model, lexicon and the rest.
        pairs: Files with the columns ``id``, ``text_a``, ``text_b`` and ``duplicate``, perhaps ``kind`` and ``field``.
        records: A file of records, perhaps with a column ``cluster_id``.
        progress: Called with how many records are done, of how many, for one model and then for the other.
        columns: ``id_column``, ``text_column`` and ``scope_column`` of the records; guessed when not given.

    Raises:
        ModelCorrupt: A folder is no model that this version can use, or a file differs from the manifest.
        ColumnNotFound: A file lacks a column that is needed.
        InputEmpty: A file has nothing that could be compared or measured.
    """
    models = load_model(_with_model(settings, old)), load_model(_with_model(settings, new))
    versions = _version(models[0], settings), _version(models[1], settings)
    table = read_table(records) if records else None if pairs else _example()
    return ModelChanges(
        *versions,
        files=_differing_files(*models),
        pairs=tuple(_on_pairs(path, models, settings) for path in pairs),
        records=None if table is None else _on_records(table, models, settings, progress, columns),
        findings=_same_version(*versions),
    )


def _with_model(settings: Settings, folder: Path) -> Settings:
    return settings.model_copy(update={"model": folder})


def _version(model: Model, settings: Settings) -> Version:
    return Version(folder=str(model.folder), **model.label, thresholds=effective_thresholds(model, settings))


def _differing_files(old: Model, new: Model) -> tuple[str, ...]:
    before, now = old.manifest.files, new.manifest.files
    return tuple(sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name)))


def _same_version(old: Version, new: Version) -> tuple[Finding, ...]:
    if old.digest == new.digest:
        return (Finding(Severity.WARNING, "models-equal", "Both folders hold the same model."),)
    if (old.name, old.version) != (new.name, new.version):
        return ()
    message = f"Two different models call themselves {old.name} {old.version}: raise the version of the new one."
    return (Finding(Severity.WARNING, "version-not-raised", message),)


def _on_pairs(path: str, models: tuple[Model, Model], settings: Settings) -> PairChanges:
    found = read_pairs(path)
    scored = [score_texts(model, found.texts_a, found.texts_b) for model in models]
    old, new = (
        Judged(chances, effective_thresholds(model, settings))
        for model, (chances, _) in zip(models, scored, strict=True)
    )
    changes = compare_pairs(
        found.labels,
        old,
        new,
        texts_a=found.texts_a,
        texts_b=found.texts_b,
        ids=found.ids,
        kinds=found.columns.get("kind"),
        fields=found.columns.get("field"),
        source=Path(path).name,
    )
    said = dict.fromkeys(finding for _, findings in scored for finding in findings)
    return replace(changes, findings=(*found.findings, *said, *changes.findings))


def _on_records(
    table: Table,
    models: tuple[Model, Model],
    settings: Settings,
    progress: Progress,
    columns: dict[str, str | None],
) -> RecordChanges:
    names = [name for name in table.columns if name != CLUSTER_COLUMN]
    chosen = choose_columns(names, **columns, repeated=table.repeated, source=table.name)
    found = to_records(table, chosen, is_placeholder)
    old, new = (find_among(found, model=model, settings=settings, progress=progress) for model in models)
    gold = new.records.attributes.get(CLUSTER_COLUMN)
    return compare_results(old, new, gold=gold, source=Path(table.name).name)


def _example() -> Table:
    """The goals of the shipped example with their labels."""
    folder = Path(str(files("twicetold").joinpath("data", "demo")))
    goals, labels = (read_whole_table(folder / name) for name in ("goals.csv", "labels.csv"))
    cluster_of = dict(zip(labels.columns[_EXAMPLE_ID], labels.columns[CLUSTER_COLUMN], strict=True))
    clusters = [cluster_of[goal] for goal in goals.columns[_EXAMPLE_ID]]
    return replace(goals, columns={**goals.columns, CLUSTER_COLUMN: clusters})
