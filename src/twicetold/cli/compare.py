"""twicetold model compare: what a new model changes."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twicetold.cli.console import column_options, counted, load_settings, of_record, plain, print_findings, progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from twicetold.evaluation.changes import (
        Contrast,
        Flip,
        ModelChanges,
        MovedPair,
        Opinion,
        PairChanges,
        PartRow,
        RecordChanges,
        Verdicts,
        Version,
    )
    from twicetold.evaluation.results import Estimate
    from twicetold.findings import Finding

_FOLDER = click.Path(path_type=Path)
#: Widths of the first column and of a text.
_NAME = 30
_TEXT = 160


@click.command("compare")
@click.argument("old", metavar="OLD", type=_FOLDER)
@click.argument("new", metavar="NEW", type=_FOLDER)
@click.option("--pairs", multiple=True, metavar="FILE", help="Labelled pairs; may be given several times.")
@click.option("--records", metavar="FILE", help="Records, with or without a column cluster_id.")
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
@column_options
def command(
    old: Path, new: Path, *, pairs: tuple[str, ...], records: str | None, as_json: bool, **columns: Any
) -> None:
    """Show what the model folder NEW changes against OLD: who wins where, and which verdicts flip.

    Without a file, on the example that the package ships.

    \b
    Examples:
      twicetold model compare old-model new-model
      twicetold model compare old-model new-model --pairs labelled.csv --records goals.csv
    """
    settings = load_settings({})
    from twicetold._compare import compare_models

    with progress("Comparing records", quiet=as_json) as tell:
        changes = compare_models(old, new, settings=settings, pairs=pairs, records=records, progress=tell, **columns)
    if as_json:
        click.echo(changes.to_json(), nl=False)
        return
    print_findings(_findings(changes))
    click.echo("\n".join(_lines(changes)))


def _findings(changes: ModelChanges) -> dict[Finding, None]:
    """All findings, each once."""
    found = [*changes.findings, *(finding for part in changes.pairs for finding in part.findings)]
    return dict.fromkeys([*found, *(changes.records.findings if changes.records else ())])


def _lines(changes: ModelChanges) -> Iterator[str]:
    yield _version("old", changes.old)
    yield _version("new", changes.new)
    yield f"Files that differ: {', '.join(changes.files) or 'none'}"
    for each in changes.pairs:
        yield from _pair_lines(each)
    if changes.records:
        yield from _record_lines(changes.records)


def _version(which: str, model: Version) -> str:
    cuts = f"duplicate from {model.thresholds.duplicate}, possible from {model.thresholds.possible}"
    return f"{which}  {model.name} {model.version}, digest {model.digest}; {cuts}; {plain(model.folder)}"


def _pair_lines(found: PairChanges) -> Iterator[str]:
    yield f"\n{plain(found.source)}: {counted(found.pairs, 'pair')}, {counted(found.duplicates, 'duplicate')}"
    yield from _metric_lines("metric", found.metrics)
    for title, rows in (("accuracy by kind", found.kinds), ("accuracy by field", found.fields)):
        if rows:
            yield from _part_lines(title, rows)
    yield from _verdict_lines(found.verdicts)
    yield from _moved_lines("Right now and wrong before", found.mended, found.mended_pairs)
    yield from _moved_lines("Wrong now and right before", found.spoiled, found.spoiled_pairs)


def _record_lines(found: RecordChanges) -> Iterator[str]:
    size = f"{counted(found.records, 'record')} in {counted(found.scopes, 'scope')}"
    yield f"\n{plain(found.source)}: {size}, {counted(found.pairs, 'pair')} of different texts"
    yield from _verdict_lines(found.verdicts)
    groups = found.groups
    yield (
        f"Groups: {groups.old:,} before, {groups.new:,} now, {groups.same:,} of them the same; "
        f"{counted(groups.records, 'record')} together with others than before"
    )
    if found.metrics:
        yield from _metric_lines("groups", found.metrics)
    if found.examples:
        yield f"\nVerdicts that flipped: {found.flips:,}; moved furthest:"
    for flip in found.examples:
        yield from _flip_lines(flip)


def _metric_lines(title: str, metrics: Mapping[str, Contrast]) -> Iterator[str]:
    yield f"\n{title:<{_NAME}}{'old':>7}{'new':>7}  {'new - old':<26}better"
    for name, each in metrics.items():
        yield f"{name:<{_NAME}}{_contrast(each)}"


def _part_lines(title: str, rows: Sequence[PartRow]) -> Iterator[str]:
    yield f"\n{title:<{_NAME - 6}}{'pairs':>6}{'old':>7}{'new':>7}  {'new - old':<26}better"
    for row in rows:
        yield f"{plain(row.name or '(none)', _NAME - 7):<{_NAME - 6}}{row.pairs:>6,}{_contrast(row.accuracy)}"


def _contrast(each: Contrast) -> str:
    return f"{_value(each.old)}{_value(each.new)}  {_difference(each.difference):<26}{each.winner}"


def _value(estimate: Estimate) -> str:
    return f"{'-' if math.isnan(estimate.value) else f'{estimate.value:.3f}':>7}"


def _difference(estimate: Estimate) -> str:
    if math.isnan(estimate.value):
        return "-"
    interval = "" if math.isnan(estimate.low) else f" ({estimate.low:+.3f} to {estimate.high:+.3f})"
    return f"{estimate.value:+.3f}{interval}"


def _verdict_lines(verdicts: Verdicts) -> Iterator[str]:
    yield "\n" + f"{'verdict, old down, new across':<31}" + "".join(f"{name:>11}" for name in verdicts)
    for before, counts in verdicts.items():
        yield f"{before:<31}" + "".join(f"{count:>11,}" for count in counts.values())


def _moved_lines(title: str, count: int, shown: Sequence[MovedPair]) -> Iterator[str]:
    if not count:
        yield f"\n{title}: none"
        return
    yield f"\n{title}: {count:,}; moved furthest:"
    for pair in shown:
        label = "duplicate" if pair.duplicate else "different"
        kind = f", {plain(pair.kind)}" if pair.kind else ""
        yield f"  {plain(pair.id)} ({label}{kind}): {pair.old:.3f} -> {pair.new:.3f}"
        yield f"    {plain(of_record(pair.text_a), _TEXT)}"
        yield f"    {plain(of_record(pair.text_b), _TEXT)}"


def _flip_lines(flip: Flip) -> Iterator[str]:
    old, new = flip.old, flip.new
    moved = f"{old.verdict} {old.probability:.3f} -> {new.verdict} {new.probability:.3f}"
    yield f"  {plain(flip.record_a)}, {plain(flip.record_b)}: {moved}"
    yield f"    {plain(of_record(flip.text_a), _TEXT)}"
    yield f"    {plain(of_record(flip.text_b), _TEXT)}"
    yield f"    old: {_opinion(old)}"
    yield f"    new: {_opinion(new)}"


def _opinion(opinion: Opinion) -> str:
    weights = ", ".join(f"{piece.name} {piece.log_odds:+.1f}" for piece in opinion.evidence)
    return f"{plain(of_record(opinion.reason), _TEXT)} [{weights}]"
