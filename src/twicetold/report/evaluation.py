"""The page of an evaluation: one offline HTML file, in the style of the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from twicetold.evaluation.results import PairEvaluation
from twicetold.findings import Severity
from twicetold.report.diff import marked_words
from twicetold.report.measures import NAMES, baseline_tables, decimal, metrics_table, share, table
from twicetold.report.page import fragment, render_page
from twicetold.report.plots import precision_recall, reliability
from twicetold.report.wording import counted, exact_percent, number, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twicetold.evaluation.results import GroupEvaluation, GroupingError, PairError

CHARACTERS_PER_TEXT = 2000
PAIR_COLUMNS = ("accuracy", "f1", "average_precision", "roc_auc", "recall_at_precision_95")
GROUP_COLUMNS = ("pairwise_precision", "pairwise_recall", "pairwise_f1", "b_cubed_f1")
GRAVEST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.INFO)

METRICS_WORDS = (
    "Precision is the share of what was called a duplicate that is one; "
    "recall is the share of the duplicates that were found. "
    "A value is undefined where the labels cannot tell it."
)
BASELINES_WORDS = (
    "What simpler methods get on the same rows. A difference whose interval does not include 0 is more than chance."
)
THRESHOLDS_WORDS = "A lower threshold finds more duplicates and raises more false alarms."
CALIBRATION_WORDS = (
    "If the probabilities are right, pairs given about 80% are duplicates in about 80% of the cases. "
    "The expected calibration error is the mean distance between the two, over ten bins."
)
KINDS_WORDS = "What each kind of pair gets at the threshold in use."
ERRORS_WORDS = "The most confident wrong answers come first. Words that the other text lacks are marked."
JOINED_WORDS = (
    "Groups that join records of different clusters, most wrong pairs first. "
    "Words that the first text lacks are marked."
)
PARTED_WORDS = (
    "Clusters whose records were not all put into one group, most missed pairs first. "
    "Words that the first text lacks are marked."
)


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the page: a heading, a paragraph, and pieces of safe HTML."""

    anchor: str
    title: str
    words: str
    parts: Sequence[Markup]


@dataclass(frozen=True, slots=True)
class Written:
    """A text as safe HTML, how many characters were cut off, and what is said about it."""

    text: Markup
    cut: int
    about: str


def render_evaluation(evaluation: PairEvaluation | GroupEvaluation, *, title: str, source: str) -> bytes:
    """The evaluation as one HTML file that needs no network and no script.

    Args:
        evaluation: What was measured; the same evaluation gives the same bytes.
        title: The page's heading.
        source: Where the labelled data came from, in words.
    """
    if isinstance(evaluation, PairEvaluation):
        lead, figures, sections = (
            _lead_of_pairs(evaluation),
            _figures_of_pairs(evaluation),
            _of_pairs(evaluation),
        )
    else:
        lead, figures, sections = (
            _lead_of_groups(evaluation),
            _figures_of_groups(evaluation),
            _of_groups(evaluation),
        )
    return render_page(
        "evaluation.html.j2",
        title=title,
        source=source,
        lead=lead,
        figures=figures,
        findings=sorted(evaluation.findings, key=lambda finding: GRAVEST_FIRST.index(finding.severity)),
        sections=[section for section in sections if section.parts],
        resampling=evaluation.resampling,
    )


def _lead_of_pairs(evaluation: PairEvaluation) -> str:
    counts = evaluation.confusion
    right = counts.true_positive + counts.true_negative
    return (
        f"{number(right)} of {counted(evaluation.pairs, 'labelled pair')} got the right answer "
        f"at the threshold of {exact_percent(evaluation.thresholds.duplicate)}. "
        f"{counted(counts.false_positive, 'different pair')} would be called duplicates, and "
        f"{counted(counts.false_negative, 'duplicate')} would be missed."
    )


def _figures_of_pairs(evaluation: PairEvaluation) -> list[tuple[str, str]]:
    names = ("accuracy", "precision", "recall", "average_precision")
    error = evaluation.metrics["expected_calibration_error"].value
    return [
        ("Pairs", number(evaluation.pairs)),
        *((NAMES[name], decimal(evaluation.metrics[name].value)) for name in names),
        ("Calibration error", decimal(error)),
    ]


def _of_pairs(evaluation: PairEvaluation) -> list[Section]:
    return [
        Section("metrics", "Metrics", METRICS_WORDS, [metrics_table("Metrics of the pairs", evaluation.metrics)]),
        Section("baselines", "Beside simple baselines", BASELINES_WORDS, _baselines(evaluation, PAIR_COLUMNS)),
        Section("kinds", "By kind", KINDS_WORDS, _kinds(evaluation)),
        Section("thresholds", "Other thresholds", THRESHOLDS_WORDS, _thresholds(evaluation)),
        Section("calibration", "Calibration", CALIBRATION_WORDS, [reliability(evaluation.reliability)]),
        Section(
            "errors",
            "Worst errors",
            ERRORS_WORDS,
            [_pair_error(number, each) for number, each in enumerate(evaluation.errors, 1)],
        ),
    ]


def _baselines(evaluation: PairEvaluation | GroupEvaluation, columns: Sequence[str]) -> list[Markup]:
    return baseline_tables(evaluation.metrics, evaluation.baselines, columns) if evaluation.baselines else []


def _kinds(evaluation: PairEvaluation) -> list[Markup]:
    rows = [
        (
            row.kind or "(no kind)",
            number(row.pairs),
            share(row.duplicate_share),
            share(row.accuracy),
            share(row.mean_probability),
            number(row.errors),
        )
        for row in evaluation.kinds
    ]
    head = ("Kind", "Pairs", "Duplicates", "Accuracy", "Mean probability", "Errors")
    return [table("Pairs by kind", head, rows)] if rows else []


def _thresholds(evaluation: PairEvaluation) -> list[Markup]:
    used = evaluation.thresholds.duplicate
    rows = [
        (
            exact_percent(row.threshold) + (" (in use)" if row.threshold == used else ""),
            share(row.precision),
            share(row.recall),
            share(row.f1),
            share(row.accuracy),
            number(row.flagged),
        )
        for row in evaluation.table
    ]
    head = ("Threshold", "Precision", "Recall", "F1", "Accuracy", "Flagged")
    return [precision_recall(evaluation.table, used), table("What each threshold would do", head, rows)]


def _pair_error(place: int, error: PairError) -> Markup:
    (text_a, cut_a), (text_b, cut_b) = _beginning(error.text_a), _beginning(error.text_b)
    marked_a, marked_b = marked_words(text_a, text_b)
    label = "duplicate" if error.duplicate else "different"
    return fragment(
        "mistake.html.j2",
        verdict="different" if error.duplicate else "duplicate",
        title=f"Error {place}: labelled {label}, given {percent(error.probability)}",
        about=[("Pair", error.id), ("Kind", error.kind)],
        sides=[Written(marked_a, cut_a, ""), Written(marked_b, cut_b, "")],
        layout="two",
        more=0,
    )


def _lead_of_groups(evaluation: GroupEvaluation) -> str:
    return (
        f"{number(evaluation.exact)} of {counted(evaluation.clusters, 'cluster')} of two or more records "
        f"were found exactly, among {counted(evaluation.records, 'labelled record')} in "
        f"{counted(evaluation.scopes, 'scope')}. {counted(evaluation.groups, 'group')} were made."
    )


def _figures_of_groups(evaluation: GroupEvaluation) -> list[tuple[str, str]]:
    names = ("pairwise_precision", "pairwise_recall", "pairwise_f1", "b_cubed_f1")
    return [
        ("Records", number(evaluation.records)),
        ("Clusters found exactly", number(evaluation.exact)),
        *((NAMES[name], decimal(evaluation.metrics[name].value)) for name in names),
    ]


def _of_groups(evaluation: GroupEvaluation) -> list[Section]:
    metrics = metrics_table("Metrics of the groups", evaluation.metrics)
    return [
        Section("metrics", "Metrics", METRICS_WORDS, [metrics]),
        Section("baselines", "Beside simple baselines", BASELINES_WORDS, _baselines(evaluation, GROUP_COLUMNS)),
        Section("joined", "Wrongly joined", JOINED_WORDS, _misgroupings("group", evaluation.joined)),
        Section("parted", "Wrongly parted", PARTED_WORDS, _misgroupings("cluster", evaluation.parted)),
    ]


def _misgroupings(what: str, errors: Sequence[GroupingError]) -> list[Markup]:
    return [_misgrouping(f"{what} {place}", error) for place, error in enumerate(errors, 1)]


def _misgrouping(name: str, error: GroupingError) -> Markup:
    first, _ = _beginning(error.shown[0].text)
    sides = []
    for place, each in enumerate(error.shown):
        text, cut = _beginning(each.text)
        marked = marked_words(first, text)[1] if place else escape(text)
        sides.append(Written(marked, cut, f"{each.id}: cluster {each.cluster}, {_group(each.group)}"))
    return fragment(
        "mistake.html.j2",
        verdict="duplicate",
        title=f"{name}: {counted(error.wrong_pairs, 'wrong pair')} among {counted(error.records, 'record')}",
        about=[("Scope", error.scope)],
        sides=sides,
        layout="",
        more=error.records - len(sides),
    )


def _group(group: str) -> str:
    return f"group {group}" if group else "in no group"


def _beginning(text: str) -> tuple[str, int]:
    shown = text[:CHARACTERS_PER_TEXT]
    return shown, len(text) - len(shown)
