"""Anchors: where a text has changed since somebody decided about it, somebody is asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from twicetold.decisions import Answer, Decision
from twicetold.model.artifact import Model
from twicetold.platform.secret import Secret
from twicetold.platform.services import Database
from twicetold.records import Record, Records
from twicetold.runs.anchors import about_edited, anchor
from twicetold.store import decisions, migrate
from twicetold.store.engine import open_engine

AT = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def connection(request, tmp_path):
    is_sqlite = request.param == "sqlite"
    address = f"sqlite:///{tmp_path / 'store.db'}" if is_sqlite else request.getfixturevalue("postgres_url")
    engine = open_engine(Database("store", "the tests", Secret(address), None))
    migrate.upgrade(engine)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def see(connection):
    """What a run over records asks again, and what it notes then."""
    model = Model()

    def see(obeyed=(), **texts: str):
        records = Records.of(Record(name, text) for name, text in texts.items())
        found = list(about_edited(connection, "files", records, model.lexicon))
        anchor(connection, "files", records, model.lexicon, obeyed or decisions.read_decisions(connection, "files"))
        return found

    return see


def decide(connection, a, b, answer, day=0):
    made = [Decision(a, b, Answer(answer), at=AT + timedelta(days=day))]
    decisions.add_decisions(connection, "files", made)


def test_nothing_is_asked_without_decisions(see):
    assert see(a="Train all staff.") == []


def test_a_decision_is_noted_by_the_first_run_that_sees_its_records(connection, see):
    decide(connection, "a", "b", "same")
    assert see(a="Train all staff.") == []
    (row,) = decisions.decided_texts(connection, "files")
    assert (len(row["text_a"]), row["text_b"]) == (64, None)
    assert see(a="Train all staff.", b="Train the staff.") == []
    assert None not in decisions.decided_texts(connection, "files")[0].values()


def test_a_text_that_says_something_else_is_asked_about_until_somebody_decides_again(connection, see):
    decide(connection, "a", "b", "different")
    see(a="Train all staff.", b="Train the staff.")
    for _ in range(2):
        (found,) = see(a="Repair the roof.", b="Train the staff.")
        assert (found.code, found.count) == ("decisions-text-changed", 1)
        assert found.message.endswith("a/b")
    decide(connection, "a", "b", "different", day=1)
    assert see(a="Repair the roof.", b="Train the staff.") == []
    assert see(a="Repair the roof.", b="Train the staff.") == []


def test_a_decision_that_the_run_has_not_read_yet_is_not_noted(connection, see):
    decide(connection, "a", "b", "same")
    other = Decision("a", "c", Answer.SAME)
    see(obeyed=[other], a="Train all staff.", b="Train the staff.")
    (row,) = decisions.decided_texts(connection, "files")
    assert (row["text_a"], row["text_b"]) == (None, None)


def test_a_short_form_that_another_text_explains_is_no_change(connection, see):
    decide(connection, "a", "b", "same")
    see(a="Train the QXZ.", b="Train the staff.")
    assert see(a="Train the QXZ.", b="Train the staff.", c="The Quality Xenon Zone (QXZ) opens.") == []


def test_case_blanks_and_punctuation_are_no_change(connection, see):
    decide(connection, "a", "b", "same")
    see(a="Train all staff.", b="Train the staff.")
    assert see(a="  TRAIN all\tstaff", b="train the staff!") == []


def test_a_keeper_whose_text_has_changed_is_asked_about(connection, see):
    decide(connection, "a", "", "keeper")
    see(a="Train all staff.")
    (found,) = see(a="Repair the roof.")
    assert found.message.endswith(": a")


def test_what_was_taken_back_is_not_asked_about(connection, see):
    decide(connection, "a", "b", "same")
    decide(connection, "a", "b", "unsure", day=1)
    see(a="Train all staff.", b="Train the staff.")
    assert see(a="Repair the roof.", b="Train the staff.") == []


def test_only_the_last_answer_counts_in_whatever_order_it_came(connection, see):
    decide(connection, "a", "b", "unsure", day=5)
    decide(connection, "a", "b", "same")
    see(a="Train all staff.", b="Train the staff.")
    assert see(a="Repair the roof.", b="Train the staff.") == []


def test_a_record_that_is_gone_is_not_asked_about(connection, see):
    decide(connection, "a", "b", "same")
    see(a="Train all staff.", b="Train the staff.")
    assert see(a="Train all staff.") == []


def test_the_first_ten_are_named_and_all_are_counted(connection, see):
    for n in range(12):
        decide(connection, f"a{n:02}", f"b{n:02}", "same", day=n)
    texts = {f"{side}{n:02}": f"Train staff number {n}." for n in range(12) for side in "ab"}
    see(**texts)
    (found,) = see(**dict.fromkeys(texts, "Repair the roof."))
    assert found.count == 12
    assert found.message.endswith("a09/b09 and 2 more")
