"""twicetold explain: the evidence of one pair, as a waterfall."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from twicetold.cli.console import load_model, load_settings, model_options, plain, print_json

if TYPE_CHECKING:
    from twicetold.matching.explanation import Explanation

_WIDTH = 24


# A text may begin with a hyphen: what is no option of ours is a text.
@click.command("explain", context_settings={"ignore_unknown_options": True})
@click.argument("text_a")
@click.argument("text_b")
@click.option("--json", "as_json", is_flag=True, help="Print the explanation as JSON.")
@model_options
def command(text_a: str, text_b: str, *, as_json: bool, **options: Any) -> None:
    """Show the evidence for and against TEXT_A and TEXT_B being the same.

    \b
    Example:
      twicetold explain "Raise attendance to 85%." "Raise attendance to 90%."
    """
    settings = load_settings(options)
    from twicetold import _api

    explanation = _api.explain(text_a, text_b, model=load_model(settings), settings=settings)
    if as_json:
        print_json(_finite(asdict(explanation)))
    else:
        click.echo(_waterfall(explanation))


def _finite(value: Any) -> Any:
    """The same with null for infinite numbers, which JSON does not know: the log-odds of identical texts."""
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _waterfall(explanation: Explanation) -> str:
    lines = [f"{explanation.verdict} (probability {explanation.probability:.3f}): {plain(explanation.sentence)}"]
    if not math.isfinite(explanation.log_odds):
        return lines[0]
    largest = max(abs(piece.log_odds) for piece in explanation.evidence) or 1.0
    lines += ["", f"{'evidence':<22}{'log-odds':>9}"]
    for piece in explanation.evidence:
        bar = "█" * round(abs(piece.log_odds) / largest * _WIDTH)
        left, right = (bar, "") if piece.log_odds < 0 else ("", bar)
        lines.append(f"{piece.name:<22}{piece.log_odds:>+9.2f}  {left:>{_WIDTH}}│{right}".rstrip())
    lines.append(f"{'total':<22}{explanation.log_odds:>+9.2f}")
    words = {
        "in both": explanation.shared,
        "only in the first": explanation.only_a,
        "only in the second": explanation.only_b,
    }
    lines += [f"{label}: {plain(', '.join(said))}" for label, said in words.items() if said]
    return "\n".join(lines)
