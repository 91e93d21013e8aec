"""Beside: two texts side by side, with the words and slots marked that tell them apart, and why they are judged so."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup, escape

from twicetold.matching.explanation import Explanation, explain_readings
from twicetold.report.diff import marked_words
from twicetold.report.waterfall import Waterfall, waterfall
from twicetold.text.reading import read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twicetold.service.models import Comparison
    from twicetold.text.lexicon import Lexicon

#: Characters of a text that a page shows.
CHARACTERS = 2000
_NUMBER = re.compile(r"\d[\d.,]*")
_MARK = re.compile("<mark>(.*?)</mark>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Beside:
    """Two texts, compared.

    Attributes:
        one: The first text as safe HTML, with words marked that the other lacks; what clashes is marked as such.
        other: The second one, likewise.
        cut_one: Characters of the first text that are not shown.
        cut_other: Those of the second.
        told: Why they are judged so; the first text is "here".
        fall: The evidence as bars; None where the two are identical after normalisation.
    """

    one: Markup
    other: Markup
    cut_one: int
    cut_other: int
    told: Explanation
    fall: Waterfall | None


def set_beside(
    one: str, other: str, compare: Comparison, lexicon: Lexicon, stored: Mapping[str, float] | None = None
) -> Beside:
    """Sets two texts side by side.

    Args:
        one: The first text.
        other: The second one.
        compare: What compares them.
        lexicon: What they are read with.
        stored: The log-odds of each piece of evidence, where a run has stored them.
    """
    told = explain_readings(
        read(one, lexicon), read(other, lexicon), compare.model, compare.thresholds, _terms(stored, compare)
    )
    marked_one, marked_other = marked_words(one[:CHARACTERS], other[:CHARACTERS])
    fall = waterfall(told.evidence, told.log_odds) if math.isfinite(told.log_odds) else None
    return Beside(
        _with_clashes(marked_one, [here for _, here, _ in told.clash]),
        _with_clashes(marked_other, [there for _, _, there in told.clash]),
        max(0, len(one) - CHARACTERS),
        max(0, len(other) - CHARACTERS),
        told,
        fall,
    )


def _terms(stored: Mapping[str, float] | None, compare: Comparison) -> np.ndarray[Any, np.dtype[np.float32]] | None:
    names = compare.model.coefficients.names
    if not stored or not set(stored) <= set(names):  # another model has compared them
        return None
    return np.array([stored.get(name, 0.0) for name in names], np.float32)


def _with_clashes(marked: Markup, surfaces: list[str]) -> Markup:
    """Marks, within the words that are marked, those as clashing that a clash names."""
    parts = {part for surface in surfaces for part in surface.split(", ")}
    # What a reading calls 90% may be written as 90 percent.
    named = parts | {number for part in parts for number in _NUMBER.findall(part)}
    longest_first = sorted(filter(None, named), key=lambda name: (-len(name), name))
    if not longest_first:
        return marked
    either = "|".join(re.escape(str(escape(name))) for name in longest_first)
    # An entity is passed over as a whole: no part of it is a word.
    pattern = re.compile(rf"&#?\w+;|(?<!\w)({either})(?!\w)", re.IGNORECASE)

    def apart(found: re.Match[str]) -> str:
        return f'</mark><mark class="clash">{found[1]}</mark><mark>' if found[1] else found[0]

    def again(found: re.Match[str]) -> str:
        return f"<mark>{pattern.sub(apart, found[1])}</mark>".replace("<mark></mark>", "")

    return Markup(_MARK.sub(again, str(marked)))  # noqa: S704 - escaped before, and only marks are added
