"""Answers: what comparing gives, as the service says it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from twicetold.matching.explanation import IDENTICAL, REVERSED, Said, explain_readings, sentence
from twicetold.matching.ranking import rank
from twicetold.text.abbreviations import learn_pairs
from twicetold.text.reading import read

if TYPE_CHECKING:
    from twicetold.matching.explanation import Explanation
    from twicetold.service.index import Index
    from twicetold.service.models import Comparison


def matches(text: str, index: Index, compare: Comparison, *, limit: int, with_evidence: bool) -> list[dict[str, Any]]:
    """The records of a scope that are most probably the same as a text, most probable first.

    Args:
        text: Whatever somebody has typed so far.
        index: The records.
        compare: What compares them.
        limit: Records at most.
        with_evidence: Whether to say what each piece of evidence counts.
    """
    reading = read(text, index.lexicon)
    ranked = rank(compare.model.block([reading]), index.block, compare.model.coefficients, limit)
    here, names, found = Said.of(reading), compare.model.coefficients.names, list[dict[str, Any]]()
    reversed_at = names.index(REVERSED)
    for place, chance, terms in zip(ranked.places.tolist(), ranked.chances.tolist(), ranked.terms, strict=True):
        verdict = compare.thresholds.verdict(chance)
        other = index.block.readings[place]
        if reading.canonical == other.canonical:
            reason = IDENTICAL
        else:
            reason = sentence(here, index.said_by(place), verdict, is_reversed=bool(terms[reversed_at] < 0))
        answer = {"probability": chance, "verdict": verdict, "reason": reason, "evidence": None}
        if with_evidence:
            answer |= evidence_of(explain_readings(reading, other, compare.model, compare.thresholds, terms))
        rows = index.standing[place]
        found += [{"id": index.records.ids[row], "text": index.records.texts[row], **answer} for row in rows]
    return found[:limit]


def comparison(text_a: str, text_b: str, compare: Comparison) -> dict[str, Any]:
    """Two texts, compared and explained."""
    model = compare.model
    learned = learn_pairs([text_a], [text_b], model.lexicon, model.is_known)
    lexicon = learned.lexicon_of("0")
    told = explain_readings(read(text_a, lexicon), read(text_b, lexicon), model, compare.thresholds)
    return {
        "probability": told.probability,
        "verdict": told.verdict,
        "reason": told.sentence,
        "shared": told.shared,
        "only_a": told.only_a,
        "only_b": told.only_b,
        **evidence_of(told),
    }


def evidence_of(told: Explanation) -> dict[str, Any]:
    """The evidence, the baseline first, then by what it counts; JSON knows no infinity, so identity counts null."""
    rows = [
        {"name": each.name, "log_odds": round(each.log_odds, 4) if math.isfinite(each.log_odds) else None}
        for each in told.evidence
    ]
    return {"evidence": rows}
