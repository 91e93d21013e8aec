"""The Python surface: what the package offers, put together from its parts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twicetold.decisions import Constraints, Decision
from twicetold.engines import local
from twicetold.errors import SettingInvalid
from twicetold.matching.explanation import Explanation, explain_readings
from twicetold.matching.keeper import CRITERIA, KeeperRule
from twicetold.model.artifact import Model
from twicetold.model.scoring import score_pairs
from twicetold.pairs import Thresholds, Verdict
from twicetold.pipeline import Result as _Result
from twicetold.pipeline import Settings as _Settings
from twicetold.platform.container import cpu_limit, memory_limit
from twicetold.platform.settings import Settings, load
from twicetold.sinks import tables
from twicetold.sinks.files import write_results
from twicetold.sources.decisions import read_decisions
from twicetold.sources.files import Input, read_many
from twicetold.sources.frames import read_frame
from twicetold.sources.pairs import read_pairs
from twicetold.text.lexicon import Lexicon
from twicetold.text.reading import is_placeholder, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    import pyarrow as pa

    from twicetold.records import Record, Records

__all__ = ["Result", "compare", "find", "find_in_files", "score", "score_file"]


@dataclass(frozen=True, slots=True)
class Result(_Result):
    """What :func:`find` found, with ways to take it elsewhere."""

    input: Input

    def summary(self) -> dict[str, Any]:
        """Counts, thresholds, model, columns and findings, as in ``summary.json``."""
        import json  # noqa: PLC0415

        content: dict[str, Any] = json.loads(self._summary())
        return content

    def write(self, out: str | Path) -> None:
        """Writes ``groups.csv``, ``pairs.csv``, ``rejected.csv``, ``report.html`` and ``summary.json``.

        Raises:
            OutputNotWritable: The folder cannot be written.
            StorageFull: The disk filled up; what was in the folder before is still there.
        """
        files: dict[str, bytes | Iterable[bytes]] = {
            "groups.csv": tables.groups_csv(self),
            "pairs.csv": tables.pairs_csv(self),
            "rejected.csv": tables.rejected_csv(self.input.rejected),
            "report.html": self._report(),
            "summary.json": self._summary(),
        }
        write_results(Path(out), files)

    def report(self, path: str | Path) -> None:
        """Writes the report alone."""
        path = Path(path)
        write_results(path.parent, {path.name: self._report()})

    def to_arrow(self) -> pa.Table:
        """The groups as an Arrow table: record_id, group_id, size, keeper, scope, text.

        Raises:
            ExtraMissing: pyarrow is not installed.
        """
        from twicetold.sinks.frames import groups_table  # noqa: PLC0415

        return groups_table(self)

    def to_pandas(self) -> pd.DataFrame:
        """The same as a DataFrame.

        Raises:
            ExtraMissing: pandas or pyarrow is not installed.
        """
        from twicetold.sinks.frames import groups_frame  # noqa: PLC0415

        return groups_frame(self)

    def _report(self) -> bytes:
        from twicetold.report.html import render_report  # noqa: PLC0415

        reasons = Counter(row.reason for row in self.input.rejected)
        return render_report(self, rejected=sorted(reasons.items()))

    def _summary(self) -> bytes:
        found = self.input
        return tables.summary_json(self, found.rejected, found.columns, found.fingerprint)


def find(
    source: str | Path | Records | Iterable[Record] | object,
    *,
    id: str | None = None,  # noqa: A002 - the command line's word
    text: str | None = None,
    scope: str | None = None,
    model: Model | None = None,
    decisions: Iterable[Decision] = (),
    settings: Mapping[str, Any] | None = None,
    progress: local.Progress = lambda _done, _total: None,
) -> Result:
    """Finds the records that say the same.

    Args:
        source: A path, records, a pandas DataFrame, or an Arrow table.
        id: Column with the ids, for a path, DataFrame or table; guessed when not given.
        text: Column with the texts, likewise.
        scope: Column with the scopes, likewise.
        model: The model; by default the shipped one, loaded once.
        decisions: What people decided; it is obeyed.
        settings: Values for settings such as ``duplicate``, ``keeper`` or ``memory``; see ``twicetold config show``.
        progress: Called with how many records are done, of how many.

    Raises:
        TwicetoldError: The input, the settings or the model cannot be used; see :mod:`twicetold.errors`.

    >>> result = find([Record("1", "Train all staff on safety."), Record("2", "All staff: train on safety")])
    >>> [group.members for group in result.groups]
    [('1', '2')]
    """
    chosen = load(settings)
    reader = partial(read_many, [source]) if isinstance(source, str | Path) else partial(read_frame, source)
    found = reader(id_column=id, text_column=text, scope_column=scope, skip=is_placeholder)
    return _run(found, model or _model(chosen), chosen, decisions, progress)


def find_in_files(
    files: Sequence[str],
    *,
    model: Model,
    settings: Settings,
    strict: bool = False,
    decisions: str | None = None,
    progress: local.Progress = lambda _done, _total: None,
    **columns: Any,
) -> Result:
    """What the command does: as :func:`find`, for several files at once and with decisions from a file.

    Raises:
        RowsRejected: ``strict``, and rows had to be set aside.
    """
    found = read_many(files, **columns, skip=is_placeholder)
    if strict:
        found.require_complete()
    return _run(found, model, settings, read_decisions(decisions) if decisions else (), progress)


def compare(
    text_a: str, text_b: str, *, model: Model | None = None, settings: Settings | None = None
) -> Explanation:
    """Compares two texts.

    >>> compare("Raise attendance to 85%.", "raise attendance to 85 percent").verdict
    <Verdict.DUPLICATE: 'duplicate'>
    """
    chosen = settings or load()
    model = model or _model(chosen)
    return explain_readings(
        read(text_a, model.lexicon), read(text_b, model.lexicon), model, effective_thresholds(model, chosen)
    )


def score(texts_a: Sequence[str], texts_b: Sequence[str], *, model: Model | None = None) -> list[float]:
    """The probability that each pair (texts_a[i], texts_b[i]) says the same.

    Raises:
        ValueError: The two sequences differ in length.
    """
    return [float(chance) for chance in score_pairs(model or _model(load()), texts_a, texts_b)]


def score_file(path: str, *, model: Model, settings: Settings) -> tuple[bytes, Counter[Verdict]]:
    """A table of pairs with the columns ``probability`` and ``verdict`` added, and how often each verdict came."""
    pairs = read_pairs(path)
    thresholds = effective_thresholds(model, settings)
    chances = score_pairs(model, pairs.texts_a, pairs.texts_b).tolist()
    verdicts = [thresholds.verdict(chance) for chance in chances]
    added = {"probability": [f"{chance:.4f}" for chance in chances], "verdict": [str(v) for v in verdicts]}
    return tables.table_csv({**pairs.columns, **added}), Counter(verdicts)


def _run(
    found: Input, model: Model, settings: Settings, decisions: Iterable[Decision], progress: local.Progress
) -> Result:
    """Compares what was read, within the memory that may be used."""
    unknown = [criterion for criterion in settings.keeper if criterion not in CRITERIA]
    if unknown:
        raise SettingInvalid(f"keeper = {settings.keeper!r}: {unknown[0]!r} is none of {', '.join(CRITERIA)}")
    chosen = _Settings(effective_thresholds(model, settings), Constraints.of(decisions), KeeperRule(settings.keeper))
    memory = settings.memory or memory_limit()
    result = local.run(found.records, model, chosen, memory=memory, progress=progress)
    known = {field.name: getattr(result, field.name) for field in fields(result)}
    return Result(**{**known, "findings": (*found.findings, *result.findings)}, input=found)


def effective_thresholds(model: Model, settings: Settings) -> Thresholds:
    """The model's thresholds where none are set."""
    duplicate = model.thresholds.duplicate if settings.duplicate is None else settings.duplicate
    possible = min(model.thresholds.possible, duplicate) if settings.possible is None else settings.possible
    if possible > duplicate:
        raise SettingInvalid(f"possible = {possible} is above duplicate = {duplicate}", remedy="Lower it.")
    return Thresholds(duplicate=duplicate, possible=possible)


@lru_cache(maxsize=1)
def _shipped(lexicon: Path | None, folder: Path | None, threads: int) -> Model:
    words = Lexicon.default()
    return Model(folder, lexicon=words.extended_with(lexicon) if lexicon else words, threads=threads)


def _model(settings: Settings) -> Model:
    """The model that the settings name; loaded once for settings that are the same."""
    return _shipped(settings.lexicon, settings.model, settings.threads or cpu_limit())
