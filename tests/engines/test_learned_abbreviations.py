"""Another agency's abbreviations, from the texts to the groups and their explanations."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

import twicetold
from twicetold.model.scoring import score_pairs
from twicetold.pairs import Verdict

DEFINED = ("1", "Offer every SNAP-Ed educator the wellness policy training (WPT) before school starts", "north")
SHORT = ("2", "Before school starts, offer every SNAP-Ed educator the WPT", "north")
LONG = ("3", "Before school starts, offer every SNAP-Ed educator the wellness policy training", "north")
OTHER = ("4", "Inspect all hydrants each spring", "north")


def members(result):
    return [group.members for group in result.groups]


def test_a_definition_joins_the_short_form_and_the_long_form(run):
    assert members(run([DEFINED, SHORT, LONG, OTHER])) == [("1", "2", "3")]


def test_a_definition_serves_other_scopes(run):
    rows = [DEFINED, ("5", "Repeat the WPT", "south"), ("6", "Repeat the wellness policy training", "south")]
    result = run(rows)
    assert members(result) == [("5", "6")]
    assert list(result.reasons) == ["identical after normalisation"]


def test_initials_join_without_a_definition(run):
    result = run([SHORT, LONG, OTHER])
    assert members(result) == [("2", "3")]
    assert [(each.short, each.long, each.scopes) for each in result.abbreviations] == [
        ("WPT", "wellness policy training", 1)
    ]


def test_what_was_learned_is_in_the_explanation(run):
    result = run([SHORT, LONG, OTHER])
    rows = [result.records.ids.index(name) for name in "23"]
    assert result.explain(*rows).verdict is Verdict.DUPLICATE
    assert result.explain(*rows).only_a == ()


def test_the_model_is_the_same_whatever_is_learned(run, model):
    digest = model.lexicon.digest
    taught, plain = run([DEFINED, SHORT]), run([OTHER, LONG])
    assert taught.model == plain.model
    assert model.lexicon.digest == digest


@settings(max_examples=5)
@given(st.permutations([DEFINED, SHORT, LONG, OTHER, ("5", "Repeat the WPT", "south")]))
def test_the_order_of_the_rows_makes_no_difference(run_locally, rows):
    one, other = run_locally([DEFINED, SHORT, LONG, OTHER, ("5", "Repeat the WPT", "south")]), run_locally(rows)
    assert one.abbreviations == other.abbreviations
    assert members(one) == members(other)
    assert one.findings == other.findings


def test_pairs_teach_each_other_definitions_and_themselves_initials(model):
    texts_a = [DEFINED[1], "Repeat the WPT", "Use the QRR today", "Use the QRR today"]
    texts_b = [
        OTHER[1],
        "Repeat the wellness policy training",
        "Use the quiet room rule today",
        "Use the quiet day rule",
    ]
    chances = score_pairs(model, texts_a, texts_b)
    assert chances[1:3].tolist() == [1, 1]
    assert chances[3] < 1


def test_two_texts_are_compared_by_what_they_explain():
    assert twicetold.compare("Use the QRR today", "Use the quiet room rule today").probability == 1


def test_find_writes_down_what_it_learned(tmp_path):
    path = tmp_path / "goals.csv"
    lines = [",".join(['"' + cell + '"' for cell in row]) for row in (DEFINED, SHORT, LONG, OTHER)]
    path.write_text("\n".join(["id,text,scope", *lines]), encoding="utf-8")
    twicetold.find(path).write(tmp_path)
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    learned = {"short": "WPT", "long": "wellness policy training", "texts": 1, "scopes": 0}
    assert summary["abbreviations"] == [learned]
    assert "abbreviations-learned" in [finding["code"] for finding in summary["findings"]]
    assert "wellness policy training" in (tmp_path / "report.html").read_text(encoding="utf-8")
