"""twicetold find: the main job."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twicetold.cli.console import (
    console,
    load_model,
    load_settings,
    model_options,
    print_findings,
    print_json,
    progress,
)

if TYPE_CHECKING:
    from twicetold._api import Result

#: Groups that are printed; the rest is in the files.
SHOWN = 10


@click.command("find")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--id", "id_column", metavar="COLUMN", help="Column with the ids.")
@click.option("--text", "text_column", metavar="COLUMN", help="Column with the texts.")
@click.option(
    "--scope", "scope_column", metavar="COLUMN", help="Compare only within equal values of this column."
)
@click.option("--where", metavar="SQL", help="Read only rows for which this DuckDB condition is true.")
@click.option(
    "--query", metavar="SQL", help="Read the result of this DuckDB SELECT over the table 'records'."
)
@click.option("--decisions", metavar="FILE", help="What people decided: columns record_a, record_b, answer.")
@click.option(
    "--out", metavar="DIR", type=click.Path(path_type=Path), help="Write the results into this folder."
)
@click.option("--engine", type=click.Choice(["local"]), default="local", help="Where the work is done.")
@click.option("--keeper", metavar="RULE", help="What decides which record to keep: curated,oldest,longest.")
@click.option("--memory", metavar="SIZE", help="Memory that may be used, such as 512M.")
@click.option("--strict", is_flag=True, help="Fail if any row has to be set aside.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@model_options
def command(files: tuple[str, ...], out: Path | None, **options: Any) -> None:
    r"""Find the duplicates in FILEs of records (CSV, TSV, JSON Lines, Parquet, or - for standard input).

    \b
    Examples:
      twicetold find goals.csv --out results
      twicetold find goals.csv --id goal_id --text goal_text --scope recipient_id
      twicetold find export.parquet --where "status <> 'Closed'" --json
    """
    as_json, quiet, strict = (options.pop(name) for name in ("as_json", "quiet", "strict"))
    options.pop("engine")
    screen = console(quiet=quiet or as_json)
    begin = time.monotonic()
    settings = load_settings(options)
    from twicetold._api import find_in_files

    model = load_model(settings)
    with progress("comparing", quiet=quiet or as_json) as report:
        result = find_in_files(
            files, model=model, settings=settings, strict=strict, progress=report, **options
        )
    print_findings(screen, result.findings)
    if out is not None:
        result.write(out)
    if as_json:
        print_json({**result.summary(), "seconds": round(time.monotonic() - begin, 3)})
    elif not quiet:
        _print(result, out, time.monotonic() - begin)


def _print(result: Result, out: Path | None, seconds: float) -> None:
    counts = result.counts
    texts = dict(zip(result.records.ids, result.records.texts, strict=True))
    largest = sorted(result.groups, key=lambda group: (-len(group.members), group.scope, group.members))
    for group in largest[:SHOWN]:
        place = f" in {group.scope}" if group.scope else ""
        click.echo(f"{group.id}{place}: {len(group.members)} records, keep {group.keeper}")
        for member in group.members[:SHOWN]:
            click.echo(f"  {'*' if member == group.keeper else ' '} {member}  {_line(texts[member])}")
        if len(group.members) > SHOWN:
            click.echo(f"    and {len(group.members) - SHOWN:,} more")
    if len(largest) > SHOWN:
        click.echo(f"and {len(largest) - SHOWN:,} more groups")
    click.echo(
        f"{counts['records']:,} records, {counts['pairs_compared']:,} pairs compared in {seconds:.1f} s: "
        f"{counts['groups']:,} groups with {counts['records_in_groups']:,} records, "
        f"{counts['pairs_possible']:,} possible pairs to look at"
    )
    if out is not None:
        click.echo(f"Report: {out / 'report.html'}")
    else:
        click.echo("Nothing was written; --out DIR writes groups, pairs, a summary and a report.")


def _line(text: str, width: int = 110) -> str:
    """A text on one line that fits a terminal, without control characters."""
    flat = " ".join(text.split())
    plain = "".join(char if char.isprintable() else " " for char in flat)
    return plain if len(plain) <= width else plain[: width - 1] + "…"
