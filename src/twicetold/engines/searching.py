"""What a reader must know of scopes so large that not all their pairs were compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twicetold.findings import Finding, Severity
from twicetold.matching.recall import Recall
from twicetold.matching.suggested import EXACT, LISTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twicetold.matching.suggested import Searched

#: Share of the duplicates below which missing them is more than a remark.
_GOOD = 0.98


def about_searched(searched: Sequence[Searched]) -> list[Finding]:
    """Findings about the search in large scopes; none where there is no such scope."""
    if not searched:
        return []
    recall = Recall(
        *(sum(getattr(each.recall, name) for each in searched) for name in ("sampled", "texts", "wanted", "found"))
    )
    low, high = recall.interval
    scopes = "1 scope" if len(searched) == 1 else f"{len(searched):,} scopes"
    told = (
        f"in {scopes} with more than {EXACT:,} texts only pairs were compared that meaning, slots or "
        f"rare words suggest; of {recall.wanted:,} duplicates of {recall.sampled:,} sampled texts {recall.found:,} "
        f"were found: {recall.share:.1%} (95% interval {low:.1%} to {high:.1%})"
    )
    severity = Severity.INFO if recall.share >= _GOOD else Severity.WARNING
    findings = [Finding(severity, "pairs-not-compared", told, len(searched))]
    if saturated := sum(each.saturated for each in searched):
        message = f"{saturated:,} texts have so many duplicates that not all were looked for; their groups may be split"
        findings.append(Finding(Severity.WARNING, "neighbors-saturated", message, saturated))
    if unfinished := sum(each.unfinished for each in searched):
        message = (
            f"{unfinished:,} texts hang together in numbers too large to compare every two; their groups may be split"
        )
        findings.append(Finding(Severity.WARNING, "groups-unfinished", message, unfinished))
    if left_out := sum(each.left_out for each in searched):
        message = (
            f"{left_out:,} pairs are not listed: of each text in these scopes only the {LISTED} most probable possible "
            f"pairs are, and where there are more than {LISTED} duplicates a text only as many of these; groups are "
            "made of all"
        )
        findings.append(Finding(Severity.INFO, "pairs-left-out", message, left_out))
    return findings
