"""twicetold model: show, verify, train, calibrate and compare models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from twicetold.cli import compare
from twicetold.cli.console import load_settings, print_json

_FOLDER = click.argument("folder", required=False, metavar="[DIR]", type=click.Path(path_type=Path))


@click.group("model")
def command() -> None:
    """Show, verify, train, calibrate or compare models.

    \b
    Example:
      twicetold model show
    """


@command.command("show")
@_FOLDER
@click.option("--json", "as_json", is_flag=True, help="Print the manifest as JSON.")
def show(folder: Path | None, *, as_json: bool) -> None:
    """Print what a model is: version, thresholds, weights, training data, metrics.

    \b
    Example:
      twicetold model show --json
    """
    from dataclasses import asdict

    from twicetold.model.artifact import read_coefficients, shipped_folder, verify

    folder = folder or shipped_folder()
    manifest, coefficients = verify(folder), read_coefficients(folder)
    if as_json:
        print_json({**asdict(manifest), "digest": manifest.digest, "coefficients": asdict(coefficients)})
        return
    thresholds = manifest.thresholds
    click.echo(f"{manifest.name} {manifest.version}, digest {manifest.digest}")
    click.echo(f"duplicate from {thresholds.duplicate}, possible from {thresholds.possible}")
    click.echo(f"\nbaseline {coefficients.baseline:+.2f}")
    for name, weight in sorted(coefficients.weights.items(), key=lambda item: -abs(item[1])):
        click.echo(f"{name:<22} {weight:+.2f}")
    click.echo("\nfitted on")
    for entry in manifest.training:
        click.echo(f"  {entry['file']}: {entry['rows']:,} pairs, {entry['licence']}")
    click.echo("\nmeasured on")
    for name, value in manifest.metrics.items():
        click.echo(f"  {name}: {value}")


@command.command("verify")
@_FOLDER
def verify(folder: Path | None) -> None:
    """Check every file of a model against its manifest.

    \b
    Example:
      twicetold model verify
    """
    from twicetold.model.artifact import shipped_folder, verify

    folder = folder or shipped_folder()
    manifest = verify(folder)
    for name, digest in sorted(manifest.files.items()):
        click.echo(f"{digest}  {name}")
    click.echo(f"{len(manifest.files)} files are as the manifest of {manifest.name} {manifest.version} says.")


@command.command("train")
@click.argument("recipe", metavar="RECIPE.toml", type=click.Path(path_type=Path))
@click.option("--out", required=True, metavar="DIR", type=click.Path(path_type=Path), help="The new model folder.")
@click.option("--data", metavar="DIR", type=click.Path(path_type=Path), help="Folder of the recipe's other files.")
def train(recipe: Path, out: Path, data: Path | None) -> None:
    """Fit a model's weights and thresholds on the labelled pairs that RECIPE names.

    \b
    Example:
      twicetold model train training/recipe.toml --out my-model
    """
    from twicetold.training.recipe import train_model

    manifest = train_model(recipe, out, data)
    click.echo(f"{out}: {manifest.name} {manifest.version}, digest {manifest.digest}")
    for name, value in manifest.metrics.items():
        click.echo(f"  {name}: {value}")


@command.command("calibrate")
@click.option("--profile", required=True, metavar="NAME", help="Whose decisions, and which model.")
@click.option("--out", required=True, metavar="DIR", type=click.Path(path_type=Path), help="The new model folder.")
@click.option("--store", metavar="URL", help="Which store; by default the bound database.")
def calibrate(profile: str, out: Path, **options: Any) -> None:
    """Bring a model's probabilities to what people decided, if that makes them better.

    Scale and shift of the log-odds are fitted on the last word about each pair, and measured on pairs that were not
    used. Too few decisions (exit 4), or no gain (exit 7), and nothing is written. Name DIR as model in the profile's
    [match] to use it.

    \b
    Example:
      twicetold model calibrate --profile ttahub --out calibrated
    """
    from twicetold.runs.calibrating import calibrate_profile

    found, manifest, labels = calibrate_profile(load_settings(options), profile, out)
    click.echo(f"{found.pairs:,} decided pairs, {found.duplicates:,} of them the same", nl=False)
    click.echo(f"; left out: {labels.edited:,} whose texts were edited since, {labels.gone:,} whose texts are gone")
    click.echo(f"scale {found.scale:.3f}, shift {found.shift:+.3f}; on pairs that were not used:")
    for name, told in (("log_loss", "log loss"), ("ece", "expected calibration error")):
        for which, figure in found.figures[name].items():
            click.echo(f"  {told:<27} {which:<7} {figure}")
    click.echo(f"{out}: {manifest.name} {manifest.version}, digest {manifest.digest}")


command.add_command(compare.command)
