"""twicetold score: probabilities for given pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from twicetold.cli.console import console, load_model, load_settings, model_options


@click.command("score")
@click.argument("pairs", metavar="PAIRS.csv")
@click.option(
    "--out", metavar="FILE", type=click.Path(path_type=Path), help="Write here, not to standard output."
)
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@model_options
def command(pairs: str, out: Path | None, *, quiet: bool, **options: Any) -> None:
    r"""Add the columns probability and verdict to pairs with the columns id, text_a, text_b.

    \b
    Example:
      twicetold score pairs.csv --out scored.csv
    """
    settings = load_settings(options)
    from twicetold._api import score_file

    content, verdicts = score_file(pairs, model=load_model(settings), settings=settings)
    if out is None:
        click.get_binary_stream("stdout").write(content)
        return
    from twicetold.sinks.files import write_results

    write_results(out.parent, {out.name: content})
    if not quiet:
        counts = ", ".join(f"{count:,} {verdict}" for verdict, count in verdicts.items())
        console().print(f"{sum(verdicts.values()):,} pairs: {counts}. Written to {out}")
