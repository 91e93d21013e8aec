"""twicetold find: the main job."""

from __future__ import annotations

import gc
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twicetold.cli.console import (
    column_options,
    counted,
    load_model,
    load_settings,
    model_options,
    of_record,
    plain,
    print_findings,
    print_json,
    progress,
)
from twicetold.errors import UsageError

if TYPE_CHECKING:
    from twicetold._api import Result

#: Groups, and members of each, that are printed; the rest is in the files.
SHOWN = 10
_WIDTH = 110
#: Objects made between two searches for cycles: a run makes millions that live on, and hardly a cycle.
_OBJECTS = 100_000


@click.command("find")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@column_options
@click.option("--where", metavar="SQL", help="Read only rows for which this DuckDB condition is true.")
@click.option("--query", metavar="SQL", help="Read the result of this DuckDB SELECT over the table 'records'.")
@click.option("--decisions", metavar="FILE", help="What people decided: columns record_a, record_b, answer.")
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path), help="Write the results into this folder.")
@click.option("--engine", type=click.Choice(["local", "spark"]), default="local", help="Where the work is done.")
@click.option("--master", metavar="URL", help="Where Spark is: spark://host:7077; as Spark is configured if empty.")
@click.option("--keeper", metavar="RULE", help="What decides which record to keep: curated,oldest,longest.")
@click.option("--memory", metavar="SIZE", help="Memory that may be used, such as 512M.")
@click.option(
    "--work-dir",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder for what does not fit into memory; about 6 GB for a million records without scopes.",
)
@click.option("--strict", is_flag=True, help="Fail if any row has to be set aside.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@model_options
def command(
    files: tuple[str, ...],
    *,
    decisions: str | None,
    out: Path | None,
    engine: str,
    master: str | None,
    strict: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Find the duplicates in FILEs of records (CSV, TSV, JSON Lines, Parquet).

    A FILE may be - for standard input, or s3://bucket/key, or s3://bucket/prefix/ for all tables below it.

    \b
    Examples:
      twicetold find goals.csv --out results
      twicetold find goals.csv --id goal_id --text goal_text --scope recipient_id
      twicetold find export.parquet --where "status <> 'Closed'" --json
      twicetold find export.parquet --engine spark --master spark://host:7077 --out results
    """
    begin = time.monotonic()
    gc.set_threshold(_OBJECTS)
    _require_fitting(engine, master, options["memory"])
    settings = load_settings(options)
    from twicetold import _api

    if out is not None:
        _api.require_writable(out)
    found = _api.read_input(*files, **options)
    if strict:
        _api.require_complete(found, out)
    decided = _api.read_decisions(decisions) if decisions else ()
    is_silent = quiet or as_json
    print_findings(() if is_silent else found.findings)
    with progress("comparing", quiet=quiet) as report:
        model, master = load_model(settings), (master or "") if engine == "spark" else None
        result = _api.find_among(
            found, model=model, settings=settings, decisions=decided, master=master, progress=report
        )
    print_findings(() if is_silent else result.findings[len(found.findings) :])
    if out is not None:
        result.write(out)
    seconds = time.monotonic() - begin
    if as_json:
        print_json({**result.summary(), "seconds": round(seconds, 3)})
    elif not quiet:
        _print(result, out, seconds)


def _require_fitting(engine: str, master: str | None, memory: str | None) -> None:
    if engine == "local" and master is not None:
        raise UsageError("--master says where Spark is, and the engine is local", remedy="Add --engine spark.")
    if engine == "spark" and memory is not None:
        raise UsageError(
            "--memory bounds the local engine; on Spark the executors' settings do",
            remedy="Leave it out, and see the page 'Run on Spark' for spark.executor.memoryOverhead.",
        )


def _print(result: Result, out: Path | None, seconds: float) -> None:
    _print_groups(result)
    counts = result.counts
    click.echo(
        f"{counted(counts['records'], 'record')}, {counted(counts['pairs_compared'], 'pair')} compared "
        f"in {seconds:.1f} s: {counted(counts['groups'], 'group')} with "
        f"{counted(counts['records_in_groups'], 'record')}, "
        f"{counted(counts['pairs_possible'], 'possible pair')} to look at"
    )
    if out is not None:
        click.echo(f"Report: {out / 'report.html'}")
    else:
        click.echo("Nothing was written; --out DIR writes groups, pairs, a summary and a report.")


def _print_groups(result: Result) -> None:
    texts = dict(zip(result.records.ids, result.records.texts, strict=True))
    largest = sorted(result.groups, key=lambda group: (-len(group.members), group.scope, group.members))
    for group in largest[:SHOWN]:
        place = f" in {plain(group.scope)}" if group.scope else ""
        click.echo(f"{group.id}{place}: {len(group.members):,} records, keep {plain(group.keeper)}")
        for member in group.members[:SHOWN]:
            mark = "*" if member == group.keeper else " "
            click.echo(f"  {mark} {plain(member)}  {plain(of_record(texts[member]), _WIDTH)}")
        if len(group.members) > SHOWN:
            click.echo(f"    and {len(group.members) - SHOWN:,} more")
    if len(largest) > SHOWN:
        click.echo(f"and {counted(len(largest) - SHOWN, 'more group')}")
