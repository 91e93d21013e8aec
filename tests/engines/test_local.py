"""The local engine: what a run promises about its groups, pairs, counts and findings."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import twicetold
from twicetold.decisions import Answer, Decision
from twicetold.errors import BudgetExceeded, InputEmpty
from twicetold.findings import Severity
from twicetold.matching.compared import BINS, NEAREST
from twicetold.matching.keeper import KeeperRule
from twicetold.model.scoring import score_pairs
from twicetold.pairs import Thresholds, Verdict
from twicetold.pipeline import compare_scopes, prepare_scopes
from twicetold.records import Record, Records
from twicetold.sinks import tables
from twicetold.text.abbreviations import learn
from twicetold.text.reading import read

POOL = [
    "Train all teachers on safety",
    "train all teachers on safety.",
    "Provide safety training to all teachers",
    "Train 12 cooks by May 2025",
    "Train 15 cooks by May 2025",
    "Raise attendance to 85%",
    "Increase attendance to 85 percent",
    "Reduce attendance to 85%",
    "🙂",
    "🙂🙂",
    " . ",
    "\u200b",
    "e\u0301cole",
    "école",
    "ÉCOLE",
    "رفع نسبة الحضور",
    "目標 を 達成",
    "=cmd()",
    "\x00",
    "\ud800",
    "a" * 400,
]
ROWS = st.lists(
    st.tuples(
        st.text("abc🙂ñ\ud800\n,\"'= ", min_size=1, max_size=4),
        st.sampled_from(POOL),
        st.sampled_from(["", "g", "G", "ğ"]),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda row: row[0],
)
ALIKE = ("Train all teachers on safety", "Provide safety training to all teachers")


def bytes_of(result):
    return tables.groups_csv(result), b"".join(tables.pairs_csv(result))


def named(result, pairs):
    return [(result.records.ids[a], result.records.ids[b]) for a, b, _ in pairs]


@given(ROWS, st.randoms())
@settings(max_examples=40)
def test_the_order_of_rows_changes_no_byte_of_the_results(run_locally, rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    one, other = run_locally(rows), run_locally(shuffled)
    assert bytes_of(one) == bytes_of(other)
    assert one.counts == other.counts
    assert named(one, one.nearest) == named(other, other.nearest)
    assert one.histogram.tolist() == other.histogram.tolist()


@given(ROWS)
@settings(max_examples=60)
def test_groups_pairs_and_counts_agree_with_each_other(run_locally, model, rows):
    result = run_locally(rows)
    scope = {name: scope for name, _, scope in rows}
    texts = {(scope, read(text, model.lexicon).canonical) for _, text, scope in rows}
    members = [member for group in result.groups for member in group.members]
    assert len(members) == len(set(members))
    for group in result.groups:
        assert len(group.members) >= 2
        assert list(group.members) == sorted(group.members)
        assert group.keeper in group.members
        assert {scope[member] for member in group.members} == {group.scope}
    firsts = [(group.scope, group.members[0]) for group in result.groups]
    assert firsts == sorted(firsts)
    for pairs in (result.pairs, result.nearest):
        assert (pairs.a < pairs.b).all()
        assert len(set(named(result, pairs))) == len(pairs)
        assert all(scope[a] == scope[b] for a, b in named(result, pairs))
    sizes = [sum(1 for other, _ in texts if other == name) for name in {name for name, _ in texts}]
    duplicate = result.pairs.probability >= result.thresholds.duplicate
    assert dict(result.counts) == {
        "records": len(rows),
        "scopes": len(set(scope.values())),
        "distinct_texts": len(texts),
        "pairs_compared": sum(size * (size - 1) // 2 for size in sizes),
        "pairs_duplicate": duplicate.sum(),
        "pairs_possible": len(result.pairs) - duplicate.sum(),
        "pairs_identical": len(rows) - len(texts),
        "groups": len(result.groups),
        "records_in_groups": len(members),
        "largest_group": max((len(group.members) for group in result.groups), default=0),
    }
    assert result.histogram.sum() == result.counts["pairs_compared"]
    assert result.histogram.shape == (BINS,)


@given(ROWS)
@settings(max_examples=40)
def test_every_pair_is_where_its_verdict_puts_it(run_locally, rows):
    result = run_locally(rows)
    assert (result.pairs.probability >= result.thresholds.possible).all()
    assert (result.nearest.probability < result.thresholds.possible).all()
    assert len(result.nearest) <= NEAREST
    for (a, b, chance), identical in zip(result.pairs, result.identical.tolist(), strict=True):
        found = result.explain(a, b)
        assert found.verdict is result.thresholds.verdict(chance)
        assert found.probability == pytest.approx(chance, abs=1e-5)
        assert identical == (found.evidence[0].name == "identical")
        assert not identical or chance == 1


@given(ROWS)
@settings(max_examples=40)
def test_identical_texts_of_one_scope_are_one_group(run_locally, model, rows):
    result = run_locally(rows)
    group_of = {member: group.id for group in result.groups for member in group.members}
    canonical = {name: (scope, read(text, model.lexicon).canonical) for name, text, scope in rows}
    for one, other in combinations(canonical, 2):
        if canonical[one] == canonical[other]:
            assert group_of[one] == group_of[other]


@given(ROWS, st.data())
@settings(max_examples=60)
def test_decisions_are_obeyed_whatever_the_texts_say(run_locally, rows, data):
    names = st.sampled_from([*(name for name, _, _ in rows), "nobody"])
    said = data.draw(st.lists(st.tuples(names, names, st.sampled_from(["same", "different", "unsure"])), max_size=4))
    result = run_locally(rows, *said)
    scope = {name: scope for name, _, scope in rows}
    group_of = {member: group.id for group in result.groups for member in group.members}
    last = {frozenset((a, b)): answer for a, b, answer in said}
    for pair, answer in last.items():
        one, other = min(pair), max(pair)
        together = one in group_of and group_of[one] == group_of.get(other)
        if one != other and answer == "different":
            assert not together
        if one != other and answer == "same" and one in scope and scope[one] == scope.get(other):
            assert together or [found for found in result.findings if found.code == "decisions-contradict"]


def test_no_records_are_refused(run):
    with pytest.raises(InputEmpty):
        run([])


def test_one_record_has_no_pairs_and_no_groups(run):
    result = run([("1", "Train all staff")])
    assert result.groups == ()
    assert len(result.pairs) == len(result.nearest) == len(result.identical) == 0
    assert (result.counts["records"], result.counts["pairs_compared"]) == (1, 0)
    assert bytes_of(result)[0] == b"record_id,group_id,size,keeper,text\n"


def test_a_hundred_thousand_equal_rows_in_one_scope_are_one_group_without_a_comparison(run_locally):
    count = 100_000
    result = run_locally([(f"{row:06}", "Train all staff on safety.") for row in range(count)])
    assert result.counts["pairs_compared"] == 0
    assert result.counts["distinct_texts"] == 1
    assert result.counts["pairs_identical"] == count - 1
    assert [len(group.members) for group in result.groups] == [count]


def test_records_of_two_scopes_are_never_compared(run):
    result = run([("1", ALIKE[0], "g1"), ("2", ALIKE[0], "g2")])
    assert result.groups == ()
    assert result.counts["pairs_compared"] == 0
    assert result.counts["scopes"] == 2


def test_scopes_that_differ_only_in_case_or_blanks_are_different_scopes(run):
    rows = [(str(row), ALIKE[0], scope) for row, scope in enumerate(["g", "G", "g ", ""])]
    assert run(rows).groups == ()


def test_records_without_a_scope_are_compared_with_each_other(run):
    assert [group.members for group in run([("1", ALIKE[0]), ("2", ALIKE[0])]).groups] == [("1", "2")]


def test_one_scope_changes_nothing_about_another(run):
    ours = [("1", ALIKE[0], "g1"), ("2", ALIKE[1], "g1"), ("3", "Hire a cook", "g1")]
    alone = run(ours, thresholds=Thresholds(0.01, 0.01))
    beside = run([*ours, ("4", ALIKE[0], "g2"), ("5", ALIKE[1], "g0")], thresholds=Thresholds(0.01, 0.01))
    assert [group for group in beside.groups if group.scope == "g1"] == list(alone.groups)
    assert named(beside, beside.pairs) == named(alone, alone.pairs)


def compared(records, scopes, model, settings):
    learned = learn(records.texts, records.scopes, model.lexicon)
    return compare_scopes(records, prepare_scopes(records, scopes, model, learned), model, settings)


def test_scopes_may_be_divided_among_calls_in_any_way(model, settings_with):
    rows = [(f"{number:02}", POOL[number % 9], f"g{number % 3}") for number in range(36)]
    records = Records.of(Record(*row) for row in rows).in_order()
    scopes = [np.arange(begin, begin + 12, dtype=np.int32) for begin in (0, 12, 24)]
    at_once = compared(records, scopes, model, settings_with())
    one_by_one = [compared(records, [scope], model, settings_with())[0] for scope in scopes]
    for one, other in zip(at_once, one_by_one, strict=True):
        assert one.groups == other.groups
        assert (one.compared.texts, one.truncated) == (other.compared.texts, other.truncated)
        assert list(zip(one.pairs.a, one.pairs.b, strict=True)) == list(zip(other.pairs.a, other.pairs.b, strict=True))
        assert one.pairs.probability.tobytes() == other.pairs.probability.tobytes()
        assert one.pairs.log_odds.tobytes() == other.pairs.log_odds.tobytes()


def test_of_identical_records_the_first_stands_for_all(run):
    rows = [("1", ALIKE[0]), ("2", ALIKE[1]), ("3", ALIKE[0]), ("4", ALIKE[0])]
    result = run(rows, thresholds=Thresholds(0.01, 0.01))
    assert named(result, result.pairs) == [("1", "2"), ("1", "3"), ("1", "4")]
    assert result.identical.tolist() == [False, True, True]
    assert result.pairs.log_odds[1:].any() is np.False_


def test_the_nearest_of_all_scopes_are_the_most_probable_and_at_most_200(run):
    texts = [
        f"{does} {whom}"
        for does in ("Train", "Hire", "Visit", "Thank")
        for whom in ("cooks", "aides", "nurses", "x", "y")
    ]
    rows = [(f"{scope}{row:02}", text, scope) for scope in "gh" for row, text in enumerate(texts)]
    nearest = run(rows, thresholds=Thresholds(1.0, 1.0)).nearest
    assert len(nearest) == NEAREST < 2 * 190
    assert (np.diff(nearest.probability) <= 0).all()
    alone = run(rows[:20], thresholds=Thresholds(1.0, 1.0)).nearest.probability[: NEAREST // 2]
    assert nearest.probability[::2] == pytest.approx(alone, abs=1e-5)


def test_a_group_s_id_depends_on_its_members_and_scope_only(run):
    alone = run([("1", ALIKE[0], "g"), ("2", ALIKE[0], "g")])
    beside = run([("1", "Hire a cook", "g"), ("2", "hire a cook!", "g"), ("3", "Open a center", "g")])
    elsewhere = run([("1", ALIKE[0], "h"), ("2", ALIKE[0], "h")])
    assert [group.id for group in alone.groups] == [group.id for group in beside.groups]
    assert alone.groups[0].id != elsewhere.groups[0].id


def test_work_that_does_not_fit_is_refused_before_any_text_is_read(run_locally):
    told = []
    with pytest.raises(BudgetExceeded, match="MiB"):
        run_locally([("1", "Train"), ("2", "Hire")], memory=1 << 20, progress=lambda *step: told.append(step))
    assert told == []


def test_progress_rises_to_the_number_of_records(run_locally):
    told = []
    rows = [(f"{row:04}", POOL[row % 5], f"g{row % 30}") for row in range(1200)]
    run_locally(rows, progress=lambda done, total: told.append((done, total)))
    assert len(told) > 1
    assert told == sorted(told)
    assert {total for _, total in told} == {1200}
    assert told[-1] == (1200, 1200)


def finding(result, code):
    return next((found for found in result.findings if found.code == code), None)


def test_a_clean_run_has_no_findings(run):
    assert run([("1", ALIKE[0]), ("2", ALIKE[1])]).findings == ()


def test_texts_that_are_too_long_are_counted_once_each(run):
    long = "train staff " * 400
    found = finding(run([("1", long), ("2", long.upper()), ("3", "cook " * 400), ("4", "short")]), "text-truncated")
    assert (found.severity, found.count) == (Severity.WARNING, 2)
    assert "cook" not in found.message


def test_texts_that_were_read_as_spanish_are_counted(run):
    rows = [("1", "Los niños visitarán el kínder en mayo."), ("2", "Children will visit the kindergarten in May.")]
    result = run([*rows, ("3", "Los padres leerán a sus hijos.")])
    found = finding(result, "texts-in-spanish")
    assert (found.severity, found.count) == (Severity.INFO, 2)
    assert [group.members for group in result.groups] == [("1", "2")]


def test_long_texts_that_differ_only_behind_what_is_read_are_compared_all_the_same(run):
    beginning = "train staff " * 400
    result = run([("1", beginning + "on 3 days"), ("2", beginning + "on 5 days")])
    assert result.counts["pairs_compared"] == 1
    assert finding(result, "text-truncated").count == 2


def test_decisions_that_contradict_each_other_are_a_finding(run):
    rows = [(str(row), text) for row, text in enumerate(POOL[:3])]
    result = run(rows, ("0", "1", "same"), ("1", "2", "same"), ("0", "2", "different"))
    assert finding(result, "decisions-contradict").count == 1
    assert finding(result, "decisions-unused") is None


def test_decisions_about_records_that_are_elsewhere_are_a_finding(run):
    rows = [("1", ALIKE[0], "g"), ("2", ALIKE[0], "g"), ("3", ALIKE[0], "h")]
    result = run(rows, ("1", "gone", "same"), ("x", "y", "different"), ("1", "3", "same"), ("1", "2", "same"))
    found = finding(result, "decisions-unused")
    assert (found.severity, found.count) == (Severity.INFO, 3)
    assert [group.members for group in result.groups] == [("1", "2")]


def test_decisions_are_obeyed_end_to_end():
    records = [Record("1", ALIKE[0]), Record("2", ALIKE[0]), Record("3", "Hire a cook"), Record("4", "Paint the bus")]
    said = [Decision("1", "2", Answer.DIFFERENT), Decision("3", "4", Answer.SAME)]
    assert [group.members for group in twicetold.find(records).groups] == [("1", "2")]
    assert [group.members for group in twicetold.find(records, decisions=said).groups] == [("3", "4")]


def test_the_configured_keeper_is_proposed(run):
    rows = [("1", ALIKE[0]), ("2", "<p>" + ALIKE[0] + "</p>")]
    assert run(rows).groups[0].keeper == "2"
    assert run(rows, keeper=KeeperRule(order=())).groups[0].keeper == "1"


def test_a_chain_whose_ends_clash_is_not_one_group_though_its_average_would_do(run, model):
    first, middle, last = (f"Train {number}cooks on safe meals by May 2025" for number in ("12 ", "", "15 "))
    near, clash = score_pairs(model, [first, first], [middle, last])
    assert clash < near / 2
    bound = (clash + near / 2) / 2  # the ends are below it; the average of both pairs is above
    result = run([("1", first), ("2", middle), ("3", last)], thresholds=Thresholds(bound, bound))
    assert len(result.pairs) == 2
    assert [len(group.members) for group in result.groups] == [2]


def test_the_model_and_the_thresholds_are_told(run, model):
    result = run([("1", "a"), ("2", "b")], thresholds=Thresholds(0.9, 0.1))
    assert result.model == model.label
    assert result.thresholds == Thresholds(0.9, 0.1)
    assert result.thresholds.verdict(0.5) is Verdict.POSSIBLE
