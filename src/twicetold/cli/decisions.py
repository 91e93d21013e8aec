"""twicetold decisions: what people decided, in and out of the store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from twicetold.cli.console import counted, load_settings

_STORE = click.option("--store", metavar="URL", help="Which store; by default the bound database.")
_PROFILE = click.option("--profile", metavar="NAME", required=True, help="Whose records were decided about.")


@click.group("decisions")
def command() -> None:
    """Import and export what people decided about records.

    \b
    Examples:
      twicetold decisions import decided.csv --profile ttahub
      twicetold decisions export --profile ttahub --out decisions.csv
    """


@command.command("import")
@click.argument("file")
@_PROFILE
@_STORE
def import_(file: str, *, profile: str, **options: Any) -> None:
    """Add the decisions of a FILE (CSV or JSON Lines) to the store; those that are there already are left out.

    Columns: record_a, record_b, answer (same, different, unsure; keeper, with record_b empty), and if there are any
    who, at (ISO 8601) and why. The last answer about two records counts.

    \b
    Example:
      twicetold decisions import decided.csv --profile ttahub
    """
    from twicetold.runs.operations import import_decisions
    from twicetold.sources.decisions import read_decisions

    made = read_decisions(file)
    added, conflicts = import_decisions(load_settings(options), profile, made)
    click.echo(f"{counted(added, 'decision')} added, {len(made) - added:,} there already")
    for conflict in conflicts:
        click.echo(f"warning: contradiction: {conflict}; 'different' is obeyed", err=True)


@command.command("export")
@_PROFILE
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="A .csv or .jsonl file.")
@_STORE
def export(*, profile: str, out: Path | None, **options: Any) -> None:
    """Write all decisions, oldest first, as CSV or, where FILE ends so, as JSON Lines.

    \b
    Examples:
      twicetold decisions export --profile ttahub
      twicetold decisions export --profile ttahub --out decisions.jsonl
    """
    from twicetold.runs.operations import export_decisions
    from twicetold.sinks.decisions import decisions_csv, decisions_jsonl
    from twicetold.sinks.files import write_results

    made = export_decisions(load_settings(options), profile)
    content = decisions_jsonl(made) if out and out.suffix == ".jsonl" else decisions_csv(made)
    if out is None:
        click.echo(content, nl=False)
    else:
        write_results(out.parent, {out.name: content})
        click.echo(f"{counted(len(made), 'decision')} written to {out}")
