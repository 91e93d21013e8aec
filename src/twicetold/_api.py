"""The Python surface: what the package offers, put together from its parts."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twicetold.decisions import Constraints, Decision
from twicetold.engines import local, spark
from twicetold.engines.setup import effective_thresholds, load_model, pipeline_settings
from twicetold.errors import InputEmpty, InputInvalid
from twicetold.findings import Finding, Severity, about_truncated
from twicetold.matching.explanation import Explanation, explain_readings
from twicetold.model.scoring import pair_chances, pair_evidence
from twicetold.pipeline import Result as _Result
from twicetold.platform.container import memory_limit
from twicetold.platform.settings import Settings, load
from twicetold.sinks import tables
from twicetold.sinks.files import require_writable, write_results
from twicetold.sources.decisions import read_decisions
from twicetold.sources.files import Input, read_records
from twicetold.sources.frames import read_frame
from twicetold.sources.pairs import read_pairs
from twicetold.text.abbreviations import learn_pairs
from twicetold.text.reading import is_placeholder, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

    from twicetold.model.artifact import Model
    from twicetold.pairs import Verdict
    from twicetold.records import Record, Records

__all__ = [
    "Result",
    "Scored",
    "compare",
    "effective_thresholds",
    "explain",
    "find",
    "find_among",
    "load_model",
    "read_decisions",
    "read_input",
    "require_complete",
    "require_writable",
    "score",
    "score_file",
    "score_texts",
    "write_results",
]


@dataclass(frozen=True, slots=True)
class Result(_Result):
    """What :func:`find` found, with ways to take it elsewhere."""

    input: Input

    def summary(self) -> dict[str, Any]:
        """Counts, thresholds, model, columns, learned abbreviations and findings, as in ``summary.json``."""
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
        """Writes the report alone.

        Raises:
            OutputNotWritable: The file cannot be written.
            StorageFull: The disk filled up; a former report is still there.
        """
        path = Path(path)
        write_results(path.parent, {path.name: self._report()})

    def to_arrow(self) -> pa.Table:
        """The groups as an Arrow table: record_id, group_id, scope, size, keeper, text.

        Raises:
            ExtraMissing: pyarrow is not installed.
        """
        from twicetold.sinks.frames import groups_table  # noqa: PLC0415

        return groups_table(self)

    def to_pandas(self) -> pd.DataFrame:
        """The same as a DataFrame.

        Raises:
            ExtraMissing: pandas is not installed.
        """
        from twicetold.sinks.frames import groups_frame  # noqa: PLC0415

        return groups_frame(self)

    def _report(self) -> bytes:
        from twicetold.report.html import render_report  # noqa: PLC0415

        reasons = Counter(row.reason for row in self.input.rejected)
        columns = self.input.columns
        roles = {"id": columns.id, "text": columns.text, "scope": columns.scope}
        described = ", ".join(f"{role} from {name!r}" for role, name in roles.items() if name)
        return render_report(self, rejected=sorted(reasons.items()), columns=described)

    def _summary(self) -> bytes:
        return tables.summary_json(self, self.input.rejected, self.input.columns, self.records.digest)


@dataclass(frozen=True, slots=True)
class Scored:
    """A table of pairs with their probabilities.

    Attributes:
        table: The table as CSV, with the columns ``probability`` and ``verdict`` added.
        verdicts: How often each verdict came.
        findings: What was mended, odd or left out.
    """

    table: bytes
    verdicts: Counter[Verdict]
    findings: tuple[Finding, ...]


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
        scope: Column with the scopes, likewise; "" for no scope.
        model: The model; by default the shipped one, loaded once.
        decisions: What people decided; it is obeyed.
        settings: Values for settings such as ``duplicate``, ``keeper`` or ``memory``; see ``twicetold config show``.
        progress: Called with how many records are done, of how many.

    Raises:
        TwicetoldError: The input, the settings or the model cannot be used; see :mod:`twicetold.errors`.

    >>> from twicetold import Record
    >>> result = find([Record("1", "Train all staff on safety."), Record("2", "TRAIN ALL STAFF on safety")])
    >>> [group.members for group in result.groups]
    [('1', '2')]
    """
    chosen = load(settings)
    reader = partial(read_input, source) if isinstance(source, str | Path) else partial(read_frame, source)
    found = reader(id_column=id, text_column=text, scope_column=scope, skip=is_placeholder)
    return find_among(found, model=model or load_model(chosen), settings=chosen, decisions=decisions, progress=progress)


#: Reads the records of files, without those that say nothing.
read_input = partial(read_records, skip=is_placeholder)


def require_complete(found: Input, out: Path | None) -> None:
    """Refuses an input of which rows had to be set aside; they are written to ``rejected.csv`` first.

    Raises:
        RowsRejected: There are such rows.
    """
    if out is None:
        found.require_complete(remedy="Mend these rows, or run without --strict; --out DIR lists all in rejected.csv.")
    elif found.rejected:
        write_results(out, {"rejected.csv": tables.rejected_csv(found.rejected)})
        found.require_complete()


def find_among(
    found: Input,
    *,
    model: Model,
    settings: Settings,
    decisions: Iterable[Decision] = (),
    master: str | None = None,
    progress: local.Progress = lambda _done, _total: None,
) -> Result:
    """The duplicates among records that were read, found within the memory that may be used, or on a Spark cluster.

    Args:
        found: The records.
        model: Compares the texts.
        settings: How.
        decisions: What people decided.
        master: Where Spark is, empty for what it is configured to be; None compares here.
        progress: Called with how many records are done, of how many.

    Raises:
        SettingInvalid: A threshold or the keeper's rule cannot be.
        BudgetExceeded: The work does not fit the memory.
        DependencyUnavailable: Spark is not there.
    """
    chosen = pipeline_settings(model, settings, Constraints.of(decisions))
    if master is not None:
        result = spark.run(found.records, model, chosen, master=master, progress=progress)
    else:
        memory = settings.memory or memory_limit()
        result = local.run(found.records, model, chosen, memory=memory, work_dir=settings.work_dir, progress=progress)
    known = {field.name: getattr(result, field.name) for field in fields(result)}
    return Result(**{**known, "findings": (*found.findings, *result.findings)}, input=found)


def compare(text_a: str, text_b: str, *, model: Model | None = None) -> Explanation:
    """Compares two texts.

    Raises:
        InputEmpty: A text says nothing.

    >>> compare("Raise attendance to 85%.", "raise attendance to 85 percent").verdict
    <Verdict.DUPLICATE: 'duplicate'>
    """
    settings = load()
    return explain(text_a, text_b, model=model or load_model(settings), settings=settings)


def explain(text_a: str, text_b: str, *, model: Model, settings: Settings) -> Explanation:
    """As :func:`compare`, with the thresholds of some settings.

    Raises:
        InputEmpty: A text says nothing.
    """
    for place, text in (("first", text_a), ("second", text_b)):
        if is_placeholder(text):
            raise InputEmpty(f"the {place} text says nothing that could be compared", remedy="Give two texts.")
    lexicon = learn_pairs([text_a], [text_b], model.lexicon, model.is_known).lexicon_of("0")
    one, other = (read(text, lexicon) for text in (text_a, text_b))
    return explain_readings(one, other, model, effective_thresholds(model, settings))


def score(texts_a: Sequence[str], texts_b: Sequence[str], *, model: Model | None = None) -> list[float]:
    """The probability that each pair (texts_a[i], texts_b[i]) says the same; 0 where a text says nothing.

    Raises:
        InputInvalid: The two sequences differ in length.

    >>> score(["Train all staff.", "Train all staff."], ["TRAIN ALL STAFF", ""])
    [1.0, 0.0]
    """
    if len(texts_a) != len(texts_b):
        raise InputInvalid(
            f"there are {len(texts_a)} first and {len(texts_b)} second texts",
            remedy="Give as many second texts as first ones.",
        )
    chances: list[float] = score_texts(model or load_model(load()), texts_a, texts_b)[0].tolist()
    return chances


def score_texts(
    model: Model, texts_a: Sequence[str], texts_b: Sequence[str]
) -> tuple[NDArray[np.float64], tuple[Finding, ...]]:
    """Probabilities of pairs, float64 of shape (n,), and what was found on the way; 0 where a text says nothing."""
    says_nothing = np.array(
        [is_placeholder(one) or is_placeholder(other) for one, other in zip(texts_a, texts_b, strict=True)], bool
    )
    evidence = pair_evidence(model, texts_a, texts_b)
    findings = (*about_truncated(evidence.truncated), *evidence.learned.findings)
    if count := int(says_nothing.sum()):
        message = f"Pairs in which a text says nothing, which got the probability 0: {count}."
        findings += (Finding(Severity.WARNING, "texts-say-nothing", message, count),)
    return np.where(says_nothing, 0.0, pair_chances(model, evidence)), findings


def score_file(path: str, *, model: Model, settings: Settings) -> Scored:
    """A table of pairs with their probabilities and verdicts; rows, columns and their order stay."""
    pairs = read_pairs(path)
    thresholds = effective_thresholds(model, settings)
    scores, findings = score_texts(model, pairs.texts_a, pairs.texts_b)
    chances = scores.tolist()
    verdicts = [thresholds.verdict(chance) for chance in chances]
    added = {"probability": [f"{chance:.4f}" for chance in chances], "verdict": [str(each) for each in verdicts]}
    replaced = [name for name in added if name in pairs.columns]
    if replaced:
        message = f"Columns that were there and have been replaced: {', '.join(replaced)}."
        findings += (Finding(Severity.WARNING, "columns-replaced", message, len(replaced)),)
    kept = {name: cells for name, cells in pairs.columns.items() if name not in added}
    return Scored(tables.table_csv({**kept, **added}), Counter(verdicts), (*pairs.findings, *findings))
