"""Decisions from files: every row counts, and what cannot be one is named with its line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from twicetold.decisions import Answer, Decision
from twicetold.errors import ColumnNotFound, FileNotUsable, InputInvalid, RowsRejected
from twicetold.sources.decisions import read_decisions

HEADER = "record_a,record_b,answer,who,at,why\n"


def test_columns_may_come_in_any_order_and_others_are_left(write):
    path = write("answer,x,record_b,record_a\nsame,1,b,a\n DIFFERENT ,2,c,a\n")
    assert read_decisions(path) == (Decision("a", "b", Answer.SAME), Decision("a", "c", Answer.DIFFERENT))


def test_json_lines_are_read_alike(write):
    path = write('{"record_a": "a", "record_b": "b", "answer": "unsure", "why": "é"}\n', "d.jsonl")
    assert read_decisions(path) == (Decision("a", "b", Answer.UNSURE, why="é"),)


def test_a_file_without_rows_holds_no_decision(write):
    assert read_decisions(write(HEADER)) == ()
    assert read_decisions(write("", "empty.csv")) == ()


def test_a_keeper_is_one_record(write):
    assert read_decisions(write(HEADER + "a,,keeper,,,\n")) == (Decision("a", "", Answer.KEEPER),)


@pytest.mark.parametrize(
    "written",
    ["2026-11-22T19:30:00Z", "2026-11-22T19:30:00", " 2026-11-22 20:30:00+01:00 "],
)
def test_a_time_is_in_utc_unless_it_says_otherwise(write, written):
    (found,) = read_decisions(write(f"{HEADER}a,b,same,,{written},\n"))
    assert found.at == datetime(2026, 11, 22, 19, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,b,maybe,,,", "line 3: 'maybe' is no answer"),
        ("a,b,,,,", "line 3: '' is no answer"),
        ("a,a,same,,,", "line 3: 'a' is decided about with itself"),
        ("a,,same,,,", "line 3: a record is missing"),
        (",b,different,,,", "line 3: a record is missing"),
        ("a,b,keeper,,,", "line 3: a keeper is one record"),
        (",,keeper,,,", "line 3: '' is decided about with itself"),
        ("a,b,same,,yesterday,", "line 3: 'yesterday' is no time"),
    ],
)
def test_a_row_that_is_no_decision_is_named_with_its_line(write, row, message):
    path = write(f"{HEADER}x,y,same,,,\n{row}\n")
    with pytest.raises(InputInvalid, match=message) as caught:
        read_decisions(path)
    assert str(path) in str(caught.value)


def test_a_row_with_too_few_cells_is_named_with_its_line(write):
    with pytest.raises(RowsRejected, match="lines 2"):
        read_decisions(write(HEADER + "a,b\nx,y,same,,,\n"))


def test_a_column_that_is_missing_is_named(write):
    with pytest.raises(ColumnNotFound, match="answer"):
        read_decisions(write("record_a,record_b\na,b\n"))


def test_a_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(FileNotUsable, match=r"none\.csv"):
        read_decisions(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("written", "meant"), [("-5", "-5"), ("'-5", "-5"), ("''-5", "'-5"), ("'five", "'five"), ("' =x", " =x")]
)
def test_the_apostrophe_of_written_tables_is_taken_away_from_csv(write, written, meant):
    (found,) = read_decisions(write(f"{HEADER}{written},b,same,,,\n"))
    assert found.record_a == meant


def test_json_lines_need_no_apostrophe_and_lose_none(write):
    (found,) = read_decisions(write('{"record_a": "\'-5", "record_b": "=b", "answer": "same"}\n', "d.jsonl"))
    assert (found.record_a, found.record_b) == ("'-5", "=b")
