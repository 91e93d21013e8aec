"""twicetold explain: the evidence of one pair, as a waterfall."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from twicetold.cli.console import load_model, load_settings, model_options, print_json

if TYPE_CHECKING:
    from twicetold.matching.explanation import Explanation

_WIDTH = 24


@click.command("explain")
@click.argument("text_a")
@click.argument("text_b")
@click.option("--json", "as_json", is_flag=True, help="Print the explanation as JSON.")
@model_options
def command(text_a: str, text_b: str, *, as_json: bool, **options: Any) -> None:
    r"""Show the evidence for and against TEXT_A and TEXT_B being the same.

    \b
    Example:
      twicetold explain "Raise attendance to 85%." "Raise attendance to 90%."
    """
    settings = load_settings(options)
    from twicetold._api import compare

    explanation = compare(text_a, text_b, model=load_model(settings), settings=settings)
    if as_json:
        content = asdict(explanation)
        content["log_odds"] = explanation.log_odds if math.isfinite(explanation.log_odds) else None
        for piece in content["evidence"]:
            piece["log_odds"] = piece["log_odds"] if math.isfinite(piece["log_odds"]) else None
        print_json(content)
    else:
        click.echo(_waterfall(explanation))


def _waterfall(explanation: Explanation) -> str:
    lines = [f"{explanation.verdict} (probability {explanation.probability:.3f}): {explanation.sentence}"]
    if not math.isfinite(explanation.log_odds):
        return lines[0]
    largest = max(abs(piece.log_odds) for piece in explanation.evidence)
    lines += ["", f"{'evidence':<22}{'log-odds':>9}"]
    for piece in explanation.evidence:
        bar = round(abs(piece.log_odds) / largest * _WIDTH)
        left, right = ("█" * bar, "") if piece.log_odds < 0 else ("", "█" * bar)
        lines.append(f"{piece.name:<22}{piece.log_odds:>+9.2f}  {left:>{_WIDTH}}│{right}".rstrip())
    lines.append(f"{'total':<22}{explanation.log_odds:>+9.2f}")
    for label, words in (
        ("in both", explanation.shared),
        ("only in the first", explanation.only_a),
        ("only in the second", explanation.only_b),
    ):
        if words:
            lines.append(f"{label}: {', '.join(words)}")
    return "\n".join(lines)
