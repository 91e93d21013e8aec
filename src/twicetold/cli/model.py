"""twicetold model: show, verify, train and compare models."""

from __future__ import annotations

from pathlib import Path

import click

from twicetold.cli import compare
from twicetold.cli.console import print_json

_FOLDER = click.argument("folder", required=False, metavar="[DIR]", type=click.Path(path_type=Path))


@click.group("model")
def command() -> None:
    """Show, verify, train or compare models.

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


command.add_command(compare.command)
