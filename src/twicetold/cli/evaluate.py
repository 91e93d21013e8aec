"""twicetold evaluate: how good the model is on labelled data."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twicetold.cli.console import column_options, load_model, load_settings, model_options, print_findings
from twicetold.errors import QualityGateFailed, SettingInvalid

if TYPE_CHECKING:
    from twicetold.evaluation.results import Estimate, GroupEvaluation, PairEvaluation


@click.command("evaluate")
@click.argument("labelled", metavar="LABELLED.csv")
@column_options
@click.option("--compare", is_flag=True, help="Measure simple baselines on the same data.")
@click.option("--minimum", multiple=True, metavar="METRIC=BOUND", help="Exit 7 if a metric is below the bound.")
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path), help="Write evaluation.html and .json here.")
@click.option("--json", "as_json", is_flag=True, help="Print the evaluation as JSON.")
@model_options
def command(
    labelled: str,
    *,
    compare: bool,
    minimum: tuple[str, ...],
    out: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Measure the model on pairs (column duplicate) or records (column cluster_id).

    \b
    Examples:
      twicetold evaluate pairs.csv --compare --out quality
      twicetold evaluate goals.csv --minimum pairwise_f1=0.8
    """
    settings = load_settings(options)
    bounds = dict(map(_bound, minimum))
    from twicetold._api import require_writable
    from twicetold._evaluate import evaluate_file

    if out is not None:
        require_writable(out)
    model = load_model(settings)
    evaluation = evaluate_file(labelled, model=model, settings=settings, compare=compare, **options)
    if out is not None:
        _write(evaluation, labelled, out)
    if as_json:
        click.echo(evaluation.to_json(), nl=False)
    else:
        _print(evaluation, out)
    _gate(evaluation, bounds)


def _bound(text: str) -> tuple[str, float]:
    """One ``--minimum``, refused before the work if it can never be met."""
    from twicetold.evaluation.scorecard import CALIBRATION, GROUPING, PAIR_METRICS

    name, _, bound = (part.strip() for part in text.partition("="))
    if name in CALIBRATION:
        raise SettingInvalid(f"--minimum {text!r}: {name} is the better the lower it is", remedy="Take another metric.")
    if name not in PAIR_METRICS + GROUPING:
        known = f"{', '.join(PAIR_METRICS)}; for records {', '.join(GROUPING)}"
        raise SettingInvalid(f"--minimum {text!r}: there is no metric {name!r}", remedy=f"For pairs there are {known}.")
    try:
        value = float(bound)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise SettingInvalid(f"--minimum {text!r}: {bound!r} is no number from 0 to 1", remedy="Write, say, f1=0.9.")
    return name, value


def _write(evaluation: PairEvaluation | GroupEvaluation, labelled: str, out: Path) -> None:
    from twicetold.report.evaluation import render_evaluation
    from twicetold.sinks.files import write_results

    page = render_evaluation(evaluation, title="How good the model is", source=Path(labelled).name)
    write_results(out, {"evaluation.html": page, "evaluation.json": evaluation.to_json()})


def _print(evaluation: PairEvaluation | GroupEvaluation, out: Path | None) -> None:
    print_findings(evaluation.findings)
    rows = {"twicetold": evaluation.metrics, **{row.name: row.metrics for row in evaluation.baselines}}
    width = max(map(len, evaluation.metrics))
    click.echo(" " * width + "".join(f"  {name:>16}" for name in rows))
    for name in evaluation.metrics:
        cells = (_cell(metrics.get(name), interval=scorer == "twicetold") for scorer, metrics in rows.items())
        click.echo(f"{name:<{width}}" + "".join(f"  {cell:>16}" for cell in cells))
    if out is not None:
        click.echo(f"Report: {out / 'evaluation.html'}")


def _cell(estimate: Estimate | None, *, interval: bool) -> str:
    if estimate is None or math.isnan(estimate.value):
        return "-"
    if not interval or math.isnan(estimate.low):
        return f"{estimate.value:.3f}"
    return f"{estimate.value:.3f} {estimate.low:.2f}-{estimate.high:.2f}"


def _gate(evaluation: PairEvaluation | GroupEvaluation, bounds: dict[str, float]) -> None:
    for name, bound in bounds.items():
        if name not in evaluation.metrics:
            known = ", ".join(evaluation.metrics)
            raise SettingInvalid(f"--minimum {name}: not measured on this kind of data", remedy=f"There are {known}.")
        value = evaluation.metrics[name].value
        if not value >= bound:  # also where the metric is not defined
            raise QualityGateFailed(f"{name} is {value:.4f}, not at least {bound}")
