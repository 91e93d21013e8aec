"""twicetold score: probabilities for given pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from twicetold.cli.console import counted, load_model, load_settings, model_options, print_findings


@click.command("score")
@click.argument("pairs", metavar="PAIRS.csv")
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="Write here, not to standard output.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@model_options
def command(pairs: str, *, out: Path | None, quiet: bool, **options: Any) -> None:
    """Add the columns probability and verdict to pairs with the columns id, text_a, text_b.

    \b
    Example:
      twicetold score pairs.csv --out scored.csv
    """
    settings = load_settings(options)
    from twicetold import _api

    if out is not None:
        _api.require_writable(out.parent)
    scored = _api.score_file(pairs, model=load_model(settings), settings=settings)
    print_findings(() if quiet else scored.findings)
    if out is None:
        click.echo(scored.table, nl=False)
        return
    _api.write_results(out.parent, {out.name: scored.table})
    counts = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(scored.verdicts.items()))
    if not quiet:
        click.echo(f"{counted(scored.verdicts.total(), 'pair')}: {counts}. Written to {out}", err=True)
