"""The shipped profile on the small Hub: what is told twice on one grant is found, and nothing that a rule forbids."""

from __future__ import annotations

import pytest

from ttahub.hub import CASES, DUPLICATES, EXPECTED, SINGLES
from twicetold.decisions import Answer, Constraints, Decision
from twicetold.engines import local
from twicetold.engines.setup import load_model, pipeline_settings
from twicetold.platform.settings import load
from twicetold.runs.profile import load_profile
from twicetold.runs.reading import read_source


@pytest.fixture
def profile(hub, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TWICETOLD_SERVICE_HUB", hub)
    return load_profile("ttahub")


@pytest.fixture
def found(profile):
    return read_source(profile)


@pytest.fixture
def compare(profile, found):
    """The groups among the goals, obeying decisions."""

    def compare(*decisions: Decision):
        model = load_model(load())
        settings = pipeline_settings(model, load(), Constraints.of(decisions), profile.separations)
        return local.run(found.records, model, settings).groups

    return compare


def test_exactly_the_planted_duplicates_are_found(compare):
    groups = sorted((set(group.members) for group in compare()), key=min)
    assert groups == EXPECTED
    assert not SINGLES & set().union(*groups)
    assert all(duplicates in groups for duplicates in DUPLICATES)


def test_of_a_standard_goal_and_a_free_one_the_standard_goal_is_kept(compare):
    assert [group.keeper for group in compare() if "2400" in group.members] == ["2401"]


@pytest.mark.parametrize("rule", ["open-and-closed", "standard-goals", "root-causes", "same-report"])
def test_people_win_over_a_rule_that_keeps_goals_apart(compare, rule):
    ids = next(case.ids for case in CASES if case.rule == rule)
    together = [group for group in compare(Decision(*ids, Answer.SAME)) if ids[0] in group.members]
    assert [group.members for group in together] == [ids]


def test_goals_are_in_the_scope_of_their_grant(found):
    scopes = dict(zip(found.records.ids, found.records.scopes, strict=True))
    assert scopes["100"] != scopes["101"]
    assert scopes["3000"] == scopes["3051"]


def test_what_the_rules_left_out_is_among_the_findings(found):
    assert {finding.count for finding in found.findings if finding.code == "left-out-by-rule"} == {1, 2, 4}
