"""The report of a run: one offline HTML file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby, islice
from typing import TYPE_CHECKING

import numpy as np

from twicetold.findings import Severity
from twicetold.report.lookup import Lookup
from twicetold.report.page import fragment, render_page
from twicetold.report.plots import histogram
from twicetold.report.views import view_group, view_pair
from twicetold.report.wording import counted, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from markupsafe import Markup

    from twicetold.pairs import Pairs
    from twicetold.pipeline import Result

# What one page holds. Sizes are in bytes of HTML and keep the page usable whatever the texts are.
GROUPS, GROUPS_SIZE = 300, 5_000_000
PAIRS, PAIRS_SIZE = 200, 1_500_000
NEAREST, NEAREST_SIZE = 50, 500_000
LINES = 200


@dataclass(frozen=True, slots=True)
class Scope:
    """The groups of one scope, as far as the page holds them."""

    name: str
    anchor: str
    groups: int
    records: int
    shown: Sequence[Markup]


@dataclass(frozen=True, slots=True)
class Listing:
    """Pairs as far as the page holds them, and how many there are."""

    shown: Sequence[Markup]
    total: int


def render_report(
    result: Result,
    *,
    rejected: Sequence[tuple[str, int]] = (),
    title: str = "Duplicate report",
    source: str = "",
    columns: str = "",
) -> bytes:
    """The report of a run as one HTML file that needs no network and no script.

    The largest groups are shown in full, by scope, with what tells their members apart; then pairs for
    review and near misses. What the page does not hold is counted in it. Same arguments, same bytes.

    Args:
        result: What the run found. Pairs are explained only as far as they are shown.
        rejected: Why rows of the input were set aside, and how many: (reason, count).
        title: The page's heading.
        source: Where the records came from, in words.
        columns: Which columns were read, in words.
    """
    lookup = Lookup.of(result)
    shown = _shown_groups(result, lookup)
    open_pairs = _not_in_one_group(lookup)
    linked = frozenset(result.groups[number].id for number in shown)
    order = {severity: rank for rank, severity in enumerate((Severity.ERROR, Severity.WARNING, Severity.INFO))}
    return render_page(
        "report.html.j2",
        title=title,
        source=source,
        columns=columns,
        result=result,
        grouped=sum(len(group.members) for group in result.groups),
        findings=sorted(result.findings, key=lambda finding: order[finding.severity])[:LINES],
        histogram=histogram(result.histogram, result.thresholds),
        scopes=_scopes(result, shown),
        groups_shown=len(shown),
        review=_listing(result, lookup, open_pairs, linked, (PAIRS, PAIRS_SIZE)),
        nearest=_listing(result, lookup, result.nearest, linked, (NEAREST, NEAREST_SIZE)),
        rejected=rejected[:LINES],
        rejected_total=sum(count for _, count in rejected),
        abbreviations=_abbreviations(result),
        lines=LINES,
        rejected_reasons=len(rejected),
    )


def _abbreviations(result: Result) -> list[tuple[str, str, str, str]]:
    """What was learned: short form, long form, how, and from how many texts."""
    return [
        (
            each.short,
            each.long,
            f"initials, {counted(each.scopes, 'scope')}" if each.scopes else "a definition",
            number(each.texts),
        )
        for each in result.abbreviations[:LINES]
    ]


def _shown_groups(result: Result, lookup: Lookup) -> dict[int, Markup]:
    """The groups that the page holds, the largest of all, in their own order."""
    by_size = sorted(range(len(result.groups)), key=lambda number: (-len(result.groups[number].members), number))
    views = (view_group(result, lookup, result.groups[number]) for number in by_size)
    lists_all = "pairs_not_compared" not in result.counts
    rendered = (
        fragment("group.html.j2", view=view, thresholds=result.thresholds, lists_all=lists_all) for view in views
    )
    shown = dict(zip(by_size, _within(rendered, GROUPS, GROUPS_SIZE), strict=False))
    return dict(sorted(shown.items()))


def _scopes(result: Result, shown: dict[int, Markup]) -> list[Scope]:
    """The scopes of which something is shown, in order."""
    groups = Counter(group.scope for group in result.groups)
    records: Counter[str] = Counter()
    for group in result.groups:
        records[group.scope] += len(group.members)
    by_scope = groupby(shown, key=lambda number: result.groups[number].scope)
    return [
        Scope(name, f"scope-{place}", groups[name], records[name], [shown[number] for number in numbers])
        for place, (name, numbers) in enumerate(by_scope, 1)
    ]


def _not_in_one_group(lookup: Lookup) -> Pairs:
    """Pairs judged duplicate or possible whose records did not end up in one group, most probable first."""
    groups_a, groups_b = lookup.group_of[lookup.pairs.a], lookup.group_of[lookup.pairs.b]
    apart = lookup.pairs.take((groups_a != groups_b) | (groups_a < 0))
    return apart.take(np.argsort(-apart.probability, kind="stable"))


def _listing(result: Result, lookup: Lookup, pairs: Pairs, linked: frozenset[str], limits: tuple[int, int]) -> Listing:
    views = (view_pair(result, lookup, a, b) for a, b, _ in pairs)
    rendered = (
        fragment("pair.html.j2", view=view, number=number, linked=linked) for number, view in enumerate(views, 1)
    )
    return Listing(list(_within(rendered, *limits)), len(pairs))


def _within(rendered: Iterable[Markup], count: int, size: int) -> Iterator[Markup]:
    """The first pieces, no more than a count, and none after their size in bytes is reached."""
    for piece in islice(rendered, count):
        yield piece
        size -= len(piece.encode("utf-8", "replace"))
        if size <= 0:
            return
