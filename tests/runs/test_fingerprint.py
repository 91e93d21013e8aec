"""Fingerprints change exactly when a result could: that is what a run without work, and work that is kept, rest on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from twicetold.decisions import Answer, Constraints, Decision
from twicetold.matching.keeper import KeeperRule
from twicetold.matching.plan import scope_rows
from twicetold.model.artifact import Model
from twicetold.pairs import Thresholds
from twicetold.pipeline import Settings
from twicetold.records import Record, Records
from twicetold.runs.fingerprint import digest_of, run_fingerprint, scope_digests
from twicetold.separations import Separation
from twicetold.sources.table import RejectedRow
from twicetold.text.abbreviations import learn
from twicetold.text.reading import read

LABEL = {"name": "m", "version": "1", "digest": "d"}
BASE = Settings(Thresholds(0.5, 0.2), Constraints(), KeeperRule(), (Separation("rule", "status", "different"),))
ROWS = (
    Record("a", "Train all staff on safety.", "north", {"status": "open", "created_at": "2024-01-01", "color": "red"}),
    Record("b", "Repair the roof.", "north", {"status": "", "created_at": "", "color": ""}),
    Record("c", "Train all staff on safety.", "south", {"status": "open"}),
    Record("d", "Teach the children to read.", "south"),
)
DEFINITION = "The Quality Zebra Team (QZT) meets weekly."


@pytest.fixture(scope="module")
def model():
    return Model()


@pytest.fixture(scope="module")
def digests(model):
    def digests(rows=ROWS, settings=BASE, label=LABEL):
        records = Records.of(rows).in_order()
        learned = learn(records.texts, records.scopes, model.lexicon, model.is_known)
        return scope_digests(records, scope_rows(records), learned, settings, label)

    return digests


def said(*rows):
    return replace(BASE, constraints=Constraints.of(Decision(a, b, Answer(answer)) for a, b, answer in rows))


def edited(place, **changes):
    return [replace(row, **changes) if n == place else row for n, row in enumerate(ROWS)]


def with_attribute(place, **attributes):
    return edited(place, attributes={**ROWS[place].attributes, **attributes})


def test_every_scope_has_a_digest_of_its_own(digests):
    found = digests()
    assert sorted(found) == ["north", "south"]
    assert found["north"] != found["south"]
    assert digests([]) == {}


def test_the_order_of_the_rows_makes_no_difference(digests):
    assert digests(ROWS[::-1]) == digests()


@pytest.mark.parametrize(
    "rows",
    [
        edited(0, text="Train all staff on safety"),
        edited(0, id="a2"),
        edited(0, scope="south"),
        ROWS[1:],
        [*ROWS, Record("e", "More.", "north")],
        with_attribute(0, status="closed"),
        with_attribute(0, created_at="2025-01-01"),
        with_attribute(0, curated="true"),
    ],
    ids=["text", "id", "moved", "removed", "added", "rule's column", "keeper's column", "new keeper's column"],
)
def test_what_a_scope_is_compared_by_changes_its_digest(digests, rows):
    assert digests(rows)["north"] != digests()["north"]


@pytest.mark.parametrize(
    "rows",
    [
        with_attribute(0, color="blue"),
        with_attribute(0, brand_new="x"),
        edited(2, text="Something else entirely."),
        with_attribute(2, status="closed"),
        [*ROWS, Record("e", "More.", "east")],
    ],
    ids=["attribute", "new attribute", "text elsewhere", "attribute elsewhere", "new scope"],
)
def test_what_does_not_concern_a_scope_leaves_its_digest(digests, rows):
    assert digests(rows)["north"] == digests()["north"]


@pytest.mark.parametrize(
    "settings",
    [
        replace(BASE, thresholds=Thresholds(0.6, 0.2)),
        replace(BASE, thresholds=Thresholds(0.5, 0.3)),
        replace(BASE, keeper=KeeperRule(("oldest",))),
        replace(BASE, keeper=KeeperRule(curated_column="status")),
        replace(BASE, separations=()),
        replace(BASE, separations=(Separation("rule", "status", "both"),)),
        replace(BASE, separations=(Separation("rule", "color", "different"),)),
        replace(BASE, separations=(Separation("other name", "status", "different"),)),
    ],
)
def test_how_records_are_compared_changes_every_digest(digests, settings):
    found, before = digests(settings=settings), digests()
    assert all(found[scope] != before[scope] for scope in before)


def test_a_keepers_columns_are_told_apart(digests):
    one = replace(BASE, keeper=KeeperRule(curated_column="x", created_column="y"))
    other = replace(BASE, keeper=KeeperRule(curated_column="y", created_column="x"))
    assert digests(settings=one) != digests(settings=other)


def test_equal_values_of_different_columns_are_told_apart(digests):
    one = [replace(ROWS[0], attributes={"status": "1"})]
    other = [replace(ROWS[0], attributes={"created_at": "1"})]
    assert digests(one) != digests(other)


def test_another_model_changes_every_digest(digests):
    found, before = digests(label={**LABEL, "digest": "e"}), digests()
    assert all(found[scope] != before[scope] for scope in before)


@pytest.mark.parametrize("answer", ["same", "different"])
def test_a_decision_changes_the_digest_of_its_scope_only(digests, answer):
    found, before = digests(settings=said(("a", "b", answer))), digests()
    assert found["north"] != before["north"]
    assert found["south"] == before["south"]


def test_a_keeper_changes_the_digest_of_its_scope_only(digests):
    found, before = digests(settings=said(("a", "", "keeper"))), digests()
    assert found["north"] != before["north"]
    assert found["south"] == before["south"]


def test_the_order_of_keepers_counts(digests):
    one, other = said(("a", "", "keeper"), ("b", "", "keeper")), said(("b", "", "keeper"), ("a", "", "keeper"))
    assert digests(settings=one)["north"] != digests(settings=other)["north"]


@pytest.mark.parametrize("row", ["ac same", "xy different", "ab unsure"])
def test_decisions_that_no_scope_can_obey_change_nothing(digests, row):
    pair, answer = row.split()
    assert digests(settings=said((*pair, answer), ("x", "", "keeper"))) == digests()


@pytest.mark.parametrize(
    "text",
    [
        "QZT meets.",
        "Ask the QZTs.",
        "Q.Z.T. meets.",
        "\uff31\uff3a\uff34 meets.",
        "Q\u200bZT meets.",
        "\u24c6ZT meets.",
        "Q&#90;T meets.",
        "QZT/board",
        "Q<b>ZT</b> meets.",
    ],
    ids=ascii,
)
def test_a_definition_elsewhere_changes_the_digest_of_a_scope_that_reads_by_it(digests, model, text):
    rows = [Record("a", text, "north"), Record("z", "Repair the roof.", "east")]
    taught = [*rows, *(Record(f"t{n}", f"{DEFINITION} {n}", "south") for n in range(3))]

    def canonical(some):
        learned = learn([row.text for row in some], [row.scope for row in some], model.lexicon, model.is_known)
        return read(text, learned.lexicon_of("north")).canonical

    before, after = digests(rows), digests(taught)
    if canonical(rows) != canonical(taught):
        assert before["north"] != after["north"]
    else:
        assert text.startswith("Q<b>")
    assert before["east"] == after["east"]


def test_what_initials_or_misspellings_teach_in_a_scope_changes_its_digest(digests, model):
    records = Records.of(ROWS).in_order()
    learned = learn(records.texts, records.scopes, model.lexicon, model.is_known)
    rows = scope_rows(records)
    before = scope_digests(records, rows, learned, BASE, LABEL)
    for name in ("by_scope", "misspellings"):
        more = replace(learned, **{name: {"north": {"sfety": "safety"}}})
        found = scope_digests(records, rows, more, BASE, LABEL)
        assert found["north"] != before["north"]
        assert found["south"] == before["south"]


# Whole runs


def fingerprint(rows=ROWS, rejected=(), settings="s", label=LABEL, decisions=()):
    return run_fingerprint(Records.of(rows).in_order().digest, rejected, settings, label, decisions)


def test_the_same_again_has_the_same_fingerprint():
    again = Decision("a", "b", Answer.SAME, "somebody else", "another reason", datetime.now(UTC))
    assert fingerprint(decisions=[Decision("a", "b", Answer.SAME)]) == fingerprint(ROWS[::-1], decisions=[again])


@pytest.mark.parametrize(
    "change",
    [
        {"rows": with_attribute(0, color="blue")},
        {"rows": ROWS[1:]},
        {"rejected": [RejectedRow(3, "blank-text", ("x", ""))]},
        {"settings": "t"},
        {"label": {**LABEL, "digest": "e"}},
        {"decisions": [Decision("a", "b", Answer.SAME)]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_a_run_reads_changes_its_fingerprint(change):
    assert fingerprint(**change) != fingerprint()


def test_the_order_and_place_of_rejected_rows_make_no_difference():
    one, other = RejectedRow(3, "blank-text", ("x",), "a.csv"), RejectedRow(9, "blank-id", ("", "y"), "a.csv")
    moved = [replace(other, line=1), replace(one, line=2, file="b.csv")]
    assert fingerprint(rejected=[one, other]) == fingerprint(rejected=moved)


def test_a_digest_tells_apart_what_json_tells_apart():
    assert digest_of("a", ["b"]) != digest_of("a", "b") != digest_of("ab")
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    assert len(digest_of(np.float64(0.5).item(), None, "\ud800")) == 64
