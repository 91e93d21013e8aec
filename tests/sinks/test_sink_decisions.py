"""Decisions as files: whatever they say, they are the same when they are imported again."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twicetold.decisions import Answer, Decision
from twicetold.sinks.decisions import COLUMNS, decisions_csv, decisions_jsonl
from twicetold.sources.decisions import read_decisions

ODD = [
    "=1+1",
    " @x",
    "'=1",
    "''=1",
    "'plain",
    "-5",
    "\uff1d1",
    "a,b",
    'q"q',
    "x\ny",
    "x\ry",
    "x\r\ny",
    "\tlead",
    "\u2028",
]
FORMATS = {"csv": decisions_csv, "jsonl": decisions_jsonl}
#: What the readers of files keep: text without NUL.
cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6) | st.sampled_from(ODD)
moments = st.none() | st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5))]))
made = st.builds(
    lambda a, b, answer, who, why, at: Decision(a, "" if answer is Answer.KEEPER else b, answer, who, why, at),
    cells.filter(str.strip).map("a{}".format) | st.sampled_from(ODD),
    cells.map("b{}".format),
    st.sampled_from(Answer),
    cells,
    cells,
    moments,
)


@pytest.mark.parametrize("form", FORMATS)
@given(rows=st.lists(made, max_size=5))
def test_decisions_are_the_same_when_they_are_read_again(form, rows, tmp_path_factory):
    path = tmp_path_factory.mktemp("decided") / f"decided.{form}"
    path.write_bytes(FORMATS[form](rows))
    assert read_decisions(path) == tuple(rows)


def test_no_cell_of_the_csv_is_run_by_a_spreadsheet():
    content = decisions_csv([Decision(odd, "b", Answer.SAME, odd, odd) for odd in ODD]).decode()
    rows = list(csv.reader(io.StringIO(content, newline="")))[1:]
    assert len(rows) == len(ODD)
    assert not [
        cell for row in rows for cell in row if cell.lstrip(" \"'")[:1] in "=@-＝" and cell[:1] not in ("'", "")
    ]


def test_no_decisions_are_a_header_or_nothing():
    assert decisions_csv([]).decode() == ",".join(COLUMNS) + "\n"
    assert decisions_jsonl([]) == b""


def test_a_line_of_json_holds_all_columns():
    (line,) = decisions_jsonl(
        [Decision("a", "", Answer.KEEPER, "ann", "é", datetime(2026, 1, 2, tzinfo=UTC))]
    ).splitlines()
    assert json.loads(line) == {
        "record_a": "a",
        "record_b": "",
        "answer": "keeper",
        "who": "ann",
        "at": "2026-01-02T00:00:00+00:00",
        "why": "é",
    }


@pytest.mark.parametrize("write", FORMATS.values())
def test_half_a_surrogate_pair_is_no_reason_to_fail(write):
    assert b"x?" in write([Decision("x\ud800", "b", Answer.SAME)])
