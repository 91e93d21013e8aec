"""The way of the data, top to bottom: records, canonical text, collapse, evidence, probability, groups.

Every step is a pure function of its arguments. An engine decides which scopes are worked on where and when, and hands
blocks of scopes to :func:`prepare_scopes` and what comes of them to :func:`compare_scopes`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from twicetold.groups import Group, group_id
from twicetold.matching.candidates import compare_all
from twicetold.matching.collapse import collapse
from twicetold.matching.decided import group_records
from twicetold.matching.keeper import choose_keeper
from twicetold.matching.sentences import Sentences, sentences_of
from twicetold.matching.suggested import EXACT, compare_suggested
from twicetold.matching.telling import Tell, stretch
from twicetold.model.blocks import encoded_text
from twicetold.pairs import Pairs
from twicetold.separations import rule_of_pairs, separated
from twicetold.text.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from twicetold.decisions import Constraints
    from twicetold.findings import Finding
    from twicetold.matching.candidates import Known
    from twicetold.matching.compared import Compared
    from twicetold.matching.explanation import Explanation
    from twicetold.matching.keeper import KeeperRule
    from twicetold.matching.suggested import Searched
    from twicetold.model.artifact import Model
    from twicetold.model.blocks import Block
    from twicetold.model.vectors import Meaning
    from twicetold.pairs import Thresholds
    from twicetold.records import Records
    from twicetold.separations import Separation
    from twicetold.text.abbreviations import Abbreviation, Learned


@dataclass(frozen=True, slots=True)
class Settings:
    """How records are compared and grouped.

    Attributes:
        thresholds: What makes a pair a duplicate, possible, or different.
        constraints: What people decided.
        keeper: Which member of a group is proposed to be kept.
        separations: Rules of the source by which records are never proposed as one group; weaker than ``constraints``.
    """

    thresholds: Thresholds
    constraints: Constraints
    keeper: KeeperRule
    separations: tuple[Separation, ...] = ()


@dataclass(frozen=True, slots=True)
class ScopeResult:
    """What one scope gave; rows are those of the records that the engine holds.

    Attributes:
        groups: Groups of two or more records.
        pairs: Pairs judged duplicate or possible, in row order; without those that people or rules keep apart.
        identical: Whether the two texts of each of ``pairs`` are canonically the same.
        reasons: The explanation of each of ``pairs`` in one sentence.
        compared: The comparison of its distinct texts.
        standing: The row that stands for each of them, ascending.
        truncated: Distinct texts that are longer than the model reads.
        spanish: Distinct texts that were read as Spanish.
        contradictions: Decisions "same" that other decisions forbid.
        separated: Pairs judged duplicate or possible that each separation keeps apart, by its name.
        searched: How the pairs were chosen that were compared; None where all were.
    """

    groups: tuple[Group, ...]
    pairs: Pairs
    identical: NDArray[np.bool_]
    reasons: Sequence[str]
    compared: Compared
    standing: NDArray[np.int32]
    truncated: int
    spanish: int
    contradictions: int
    separated: Mapping[str, int]
    searched: Searched | None = None

    @property
    def nearest(self) -> Pairs:
        """The most probable pairs judged different."""
        return by_row(self.compared.nearest, self.standing)


@dataclass(frozen=True, slots=True)
class Result:
    """What a run over some records found.

    Attributes:
        records: The records, sorted by scope and id; pairs refer to their rows.
        groups: Groups of two or more records, sorted by scope and first member.
        pairs: Pairs judged duplicate or possible, sorted by row; without those that a person called different. Of
            records with identical canonical text only the first stands for all: it is paired with each of the
            others (probability 1) and with other texts.
        nearest: The most probable pairs that were judged different, most probable first; at most 200.
        identical: One flag per pair of ``pairs``: the canonical texts are the same.
        reasons: The explanation of each pair of ``pairs`` in one sentence.
        histogram: How many compared pairs fell into each of 50 equal bins of probability; int64, shape (50,).
        thresholds: What made the verdicts.
        counts: Records, distinct texts, scopes, pairs compared, ... by name.
        model: Name, version and digest of the model.
        abbreviations: What the texts taught, by short form.
        findings: What was degraded or surprising.
        explain: Explains the pair of two rows of ``records``.
    """

    records: Records
    groups: tuple[Group, ...]
    pairs: Pairs
    nearest: Pairs
    identical: NDArray[np.bool_]
    reasons: Sequence[str]
    histogram: NDArray[np.int64]
    thresholds: Thresholds
    counts: Mapping[str, int]
    model: Mapping[str, str]
    abbreviations: tuple[Abbreviation, ...]
    findings: tuple[Finding, ...]
    explain: Callable[[int, int], Explanation]


@dataclass(frozen=True, slots=True)
class Prepared:
    """The records of some scopes, read and encoded.

    Attributes:
        scopes: The rows of each scope, ascending.
        first: For each record, in the order of the scopes, the first one with the same scope and canonical text.
        distinct: The records that stand for themselves, ascending.
        block: Their texts.
        forget: Gives back memory that the texts take but can do without.
        keep: Keeps sentences about the texts where there is room for them.
    """

    scopes: Sequence[NDArray[np.int32]]
    first: NDArray[np.int32]
    distinct: NDArray[np.intp]
    block: Block
    forget: Callable[[], None] = lambda: None
    keep: Callable[[Iterable[str]], Sequence[str]] = list

    def texts(self) -> Iterator[tuple[NDArray[np.int32], Block]]:
        """Of each scope the place of each row's text among its distinct ones, and these."""
        begin = 0
        for scope in self.scopes:
            end = begin + len(scope)
            first, last = np.searchsorted(self.distinct, [begin, end]).tolist()
            place = np.searchsorted(self.distinct, self.first[begin:end]) - first
            whole = len(self.scopes) == 1
            yield place.astype(np.int32), self.block if whole else self.block.part(first, last)
            begin = end


def prepare_scopes(
    records: Records,
    scopes: Sequence[NDArray[np.int32]],
    model: Model,
    learned: Learned,
    tell: Tell = lambda _share: None,
    *,
    known: Callable[[Sequence[str]], Mapping[str, Meaning]] = lambda _texts: {},
    keep: Callable[[str, Meaning], None] = lambda _text, _meaning: None,
) -> Prepared:
    """Reads and encodes the texts of some scopes, equal ones of a scope once.

    Args:
        records: All records, sorted by scope and id.
        scopes: The rows of each scope, ascending.
        model: Encodes the texts.
        learned: The abbreviations that all records teach, in these scopes and elsewhere.
        tell: Called now and then with the share of this work that is done.
        known: Tells what those of some texts mean that were encoded before.
        keep: Called with each text that was encoded and what it means.
    """
    rows = np.concatenate(scopes).tolist()
    readings = []
    for scope in scopes:
        lexicon = learned.lexicon_of(records.scopes[scope[0]])
        readings += [read(records.texts[row], lexicon) for row in scope.tolist()]
    first = collapse([records.scopes[row] for row in rows], [reading.canonical for reading in readings])
    distinct = np.flatnonzero(first == np.arange(len(rows)))
    different = [readings[place] for place in distinct.tolist()]
    block = model.block(different, tell, known=known(list(map(encoded_text, different))), keep=keep)
    return Prepared(scopes, first, distinct, block)


def compare_scopes(
    records: Records,
    prepared: Prepared,
    model: Model,
    settings: Settings,
    tell: Tell = lambda _share: None,
    known: Sequence[Known | None] | None = None,
) -> list[ScopeResult]:
    """Compares and groups the records of some scopes, each with its own kind only.

    Args:
        records: All records, sorted by scope and id.
        prepared: The scopes.
        model: Weighs the evidence.
        settings: How.
        tell: Called now and then with the share of this work that is done.
        known: What earlier comparisons of these scopes gave, with the same model and thresholds.

    Returns:
        One result per scope, in the same order; the same ones however scopes are divided among calls, and whatever is
        known.
    """
    results, begin, total = [], 0, len(prepared.first)
    before = known or [None] * len(prepared.scopes)
    for scope, (place, texts), past in zip(prepared.scopes, prepared.texts(), before, strict=True):
        end = begin + len(scope)
        told = stretch(_forgetting(tell, prepared), begin / total, end / total)
        searched = None
        if len(texts) > EXACT:
            linked = _linked(records, scope, place, settings.constraints)
            compared, searched = compare_suggested(
                texts, model.coefficients, settings.thresholds, told, linked, threads=model.threads
            )
        else:
            compared = compare_all(texts, model.coefficients, settings.thresholds, told, past)
        result = _scope_result(records, scope, place, texts, compared, settings, prepared.keep)
        results.append(replace(result, searched=searched))
        begin = end
    return results


def _linked(
    records: Records, rows: NDArray[np.int32], place: NDArray[np.int32], constraints: Constraints
) -> list[tuple[int, int]]:
    """The places of the texts of records that people called the same."""
    named = {record for pair in constraints.must_link for record in pair}
    ids = (records.ids[row] for row in rows.tolist())
    text = {record: at for record, at in zip(ids, place.tolist(), strict=True) if record in named}
    return [(text[a], text[b]) for a, b in constraints.must_link if a in text and b in text]


def _forgetting(tell: Tell, prepared: Prepared) -> Tell:
    """Tells, and gives back memory, since that is done at times when much has been read."""

    def told(share: float) -> None:
        prepared.forget()
        tell(share)

    return told


def _scope_result(
    records: Records,
    rows: NDArray[np.int32],
    place: NDArray[np.int32],
    texts: Block,
    compared: Compared,
    settings: Settings,
    keep: Callable[[Iterable[str]], Sequence[str]],
) -> ScopeResult:
    """Groups the records of one scope, explains its pairs; ``place`` is each row's text among the distinct ones."""
    standing = rows[np.unique(place, return_index=True)[1]]
    repeated = rows != standing[place]
    identical = identical_pairs(standing[place[repeated]], rows[repeated], compared.pairs.names)
    between = by_row(compared.pairs, standing)
    pairs = Pairs.concatenate([between.without_evidence(), identical.without_evidence()])
    rules = _rules(records, pairs, settings)
    apart = (rules >= 0) | _decided_apart(records, pairs, settings.constraints)
    order = np.lexsort((pairs.b, pairs.a))
    order = order[~apart[order]]
    told, places = sentences_of(texts, compared.pairs, settings.thresholds, keep)
    ids = [records.ids[row] for row in rows.tolist()]
    held_apart = _separated(records, rows, place, compared, settings)
    grouping = group_records(ids, place, compared, settings.constraints, settings.thresholds.duplicate, held_apart)
    return ScopeResult(
        groups=_groups(records, rows, grouping.labels, settings),
        pairs=_with_evidence(pairs.take(order), between, order),
        identical=np.r_[np.zeros(len(between), bool), np.ones(len(identical), bool)][order],
        reasons=Sentences(told, np.r_[places, np.full(len(identical), -1)][order]),
        compared=compared,
        standing=standing,
        truncated=int(texts.truncated.sum()),
        spanish=int(texts.spanish.sum()),
        contradictions=len(grouping.contradictions),
        separated={rule.name: int((rules == number).sum()) for number, rule in enumerate(settings.separations)},
    )


def _with_evidence(pairs: Pairs, between: Pairs, order: NDArray[np.intp]) -> Pairs:
    """Pairs with the evidence of those of ``between`` that stand in ``order``; none was weighed for others.

    Of millions of pairs it is more than a gigabyte, so it is copied only once.
    """
    log_odds = np.zeros((len(order), len(between.names)), np.float32)
    if len(between):
        np.take(between.log_odds, order, axis=0, mode="clip", out=log_odds)
        log_odds[order >= len(between)] = 0
    return replace(pairs, log_odds=log_odds, names=between.names)


def _rules(records: Records, pairs: Pairs, settings: Settings) -> NDArray[np.int8]:
    """Which separation keeps each pair apart, -1 for none, also where a person said that both are the same."""
    rules = rule_of_pairs(records.attributes, settings.separations, pairs.a, pairs.b)
    for place in np.flatnonzero(rules >= 0).tolist() if settings.constraints.must_link else ():
        named = records.ids[int(pairs.a[place])], records.ids[int(pairs.b[place])]
        if (min(named), max(named)) in settings.constraints.must_link:
            rules[place] = -1
    return rules


def _separated(
    records: Records, rows: NDArray[np.int32], place: NDArray[np.int32], compared: Compared, settings: Settings
) -> set[tuple[str, str]]:
    """The pairs of ids that rules keep apart, among records that could come into a group."""
    if not settings.separations:
        return set()
    repeated = np.bincount(place) > 1
    could = repeated[place] | np.isin(place, np.r_[compared.pairs.a, compared.pairs.b])
    joined = {record for pair in settings.constraints.must_link for record in pair}
    concerned = [
        row for row, may in zip(rows.tolist(), could.tolist(), strict=True) if may or records.ids[row] in joined
    ]
    return {
        (records.ids[a], records.ids[b]) for a, b, _ in separated(records.attributes, settings.separations, concerned)
    }


def _groups(
    records: Records, rows: NDArray[np.int32], labels: NDArray[np.int32], settings: Settings
) -> tuple[Group, ...]:
    """The clusters of two or more rows, by their first member."""
    members: dict[int, list[int]] = {}
    together = np.bincount(labels)[labels] > 1
    for row, label in zip(rows[together].tolist(), labels[together].tolist(), strict=True):
        members.setdefault(label, []).append(row)
    scope = records.scopes[int(rows[0])]
    found = []
    for group in members.values():
        ids = tuple(sorted(records.ids[row] for row in group))
        decided = [record for record in settings.constraints.keepers if record in ids]
        kept = decided[-1] if decided else records.ids[choose_keeper(records, group, settings.keeper)]
        found.append(Group(group_id(scope, ids), scope, ids, kept))
    return tuple(found)


def _decided_apart(records: Records, pairs: Pairs, constraints: Constraints) -> NDArray[np.bool_]:
    """Which pairs a person called different; they are nobody's duplicates any more, whatever their probability."""
    apart = constraints.cannot_link
    if not apart:
        return np.zeros(len(pairs), bool)
    named = ((records.ids[a], records.ids[b]) for a, b, _ in pairs)
    return np.array([(min(pair), max(pair)) in apart for pair in named], bool)


def by_row(pairs: Pairs, standing: NDArray[np.int32]) -> Pairs:
    """Pairs of texts as pairs of the rows that stand for them; these ascend as the texts do."""
    return replace(pairs, a=standing[pairs.a], b=standing[pairs.b])


def identical_pairs(a: NDArray[np.int32], b: NDArray[np.int32], names: Sequence[str]) -> Pairs:
    """Each repeated row with the row that stands for it; nothing was weighed, so all evidence is 0."""
    return Pairs(a, b, np.ones(len(a)), np.zeros((len(a), len(names)), np.float32), names)
