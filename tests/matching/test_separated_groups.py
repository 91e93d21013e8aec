"""Rules of a source and decisions of people in the groups of a scope: people win, and "different" over all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.decisions import Answer, Constraints, Decision, conflicts
from twicetold.engines import local
from twicetold.matching.keeper import KeeperRule
from twicetold.pairs import Thresholds
from twicetold.pipeline import Settings
from twicetold.records import Record, Records
from twicetold.separations import Separation

TEXT = "Train all classroom staff on active supervision of the playground."
OTHER = "Train all staff of the classrooms on the active supervision of the playground."
UNLIKE = "Repair the roof of the gym."
RULE = Separation("open-and-closed", "status", "different")


@pytest.fixture
def grouped(model):
    """The groups as sets of ids, and the result, of rows (id, text, status) with what people answered."""

    def grouped(rows, *answers, rules=(RULE,)):
        said = Constraints.of(Decision(a, b, Answer(answer)) for a, b, answer in answers)
        records = Records.of(Record(name, text, "s", {"status": status}) for name, text, status in rows)
        result = local.run(records, model, Settings(Thresholds(0.5, 0.2), said, KeeperRule(), tuple(rules)))
        return sorted("".join(group.members) for group in result.groups), result

    return grouped


def test_identical_texts_are_kept_apart_by_a_rule(grouped):
    groups, result = grouped([("a", TEXT, "open"), ("b", TEXT, "closed")])
    assert groups == []
    assert len(result.pairs) == 0


def test_identical_texts_that_no_rule_names_stay_together(grouped):
    rows = [("a", TEXT, "open"), ("b", TEXT, "closed"), ("c", TEXT, "open"), ("d", TEXT, "closed")]
    assert grouped(rows)[0] == ["ac", "bd"]
    assert grouped([*rows[:2], ("e", TEXT, "")], rules=())[0] == ["abe"]


def test_what_a_rule_keeps_apart_is_counted(grouped):
    result = grouped([("a", TEXT, "open"), ("b", TEXT, "closed")])[1]
    assert [finding.count for finding in result.findings if "separated" in finding.code] == [1]


def test_similar_texts_are_kept_apart_by_a_rule(grouped):
    rows = [("a", TEXT, "open"), ("b", OTHER, "closed")]
    assert grouped(rows, rules=())[0] == ["ab"]
    assert grouped(rows)[0] == []


def test_a_person_who_says_same_wins_over_a_rule(grouped):
    rows = [("a", TEXT, "open"), ("b", TEXT, "closed")]
    groups, result = grouped(rows, ("a", "b", "same"))
    assert groups == ["ab"]
    assert len(result.pairs) == 1


def test_a_person_who_says_same_brings_unlike_texts_together_against_a_rule(grouped):
    assert grouped([("a", TEXT, "open"), ("b", UNLIKE, "closed")], ("a", "b", "same"))[0] == ["ab"]


def test_different_wins_over_same_and_over_identical_texts(grouped):
    rows = [("a", TEXT, ""), ("b", TEXT, ""), ("c", TEXT, "")]
    groups, _ = grouped(rows, ("a", "b", "same"), ("b", "c", "same"), ("a", "c", "different"))
    assert "ac" not in groups
    assert "abc" not in groups


def test_a_record_without_a_value_does_not_bring_separated_records_together(grouped):
    groups, _ = grouped([("a", TEXT, "open"), ("b", TEXT, ""), ("c", TEXT, "closed")])
    assert not any({"a", "c"} <= set(group) for group in groups)
    assert len(groups) == 1


def test_no_joining_ever_brings_together_what_a_rule_or_a_person_keeps_apart(grouped):
    ids = "abcdef"
    pair = st.tuples(st.sampled_from(ids), st.sampled_from(ids)).filter(lambda both: both[0] < both[1])
    answers = st.dictionaries(pair, st.sampled_from(["same", "different"]), max_size=4)
    rows = st.lists(
        st.tuples(st.sampled_from([TEXT, OTHER, UNLIKE]), st.sampled_from(["", "open", "closed"])),
        min_size=1,
        max_size=6,
    )

    @settings(max_examples=40)
    @given(rows, answers)
    def holds(cells, said):
        table = [(name, *cell) for name, cell in zip(ids, cells, strict=False)]
        status = {name: value for name, _, value in table}
        decided = [(*pair, answer) for pair, answer in said.items()]
        groups, _ = grouped(table, *decided)
        place = {member: group for group in groups for member in group}
        together = {(a, b) for a in place for b in place if a < b and place[a] == place[b]}
        same = frozenset(p for p, answer in said.items() if answer == "same" and set(p) <= set(status))
        different = frozenset(p for p, answer in said.items() if answer == "different")
        assert not together & different
        for a, b in together:
            if status[a] and status[b] and status[a] != status[b]:
                linked = conflicts(Constraints(same, frozenset({(a, b)})))
                assert linked, "only people bring separated records together"
        if not conflicts(Constraints(same, different)):
            assert same <= together

    holds()
