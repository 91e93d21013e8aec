"""The tables and the summary of a result, byte by byte."""

from __future__ import annotations

import csv
import io
import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twicetold.sinks.tables import groups_csv, pairs_csv, rejected_csv, summary_json, table_csv
from twicetold.sources.columns import Columns
from twicetold.sources.files import read_records
from twicetold.sources.table import Reason, RejectedRow

COLUMNS = Columns("goal_id", "goal_text", "", guessed=True)
DANGEROUS = re.compile(r"[\s\"']*[=+\-@＝＋－＠\t\r\n]")
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
ODD = st.text(st.sampled_from("=+-@ \t\r\n'\",a"), max_size=6)


def rows_of(data: bytes):
    return list(csv.reader(io.StringIO(data.decode("utf-8"), newline="")))


def as_it_was(cell: str) -> str:
    """What the documentation tells a reader to do."""
    return cell[1:] if cell.startswith("'") and DANGEROUS.match(cell[1:]) else cell


def test_a_group_has_one_row_per_member_and_one_keeper(make_result):
    result = make_result(["Raise attendance", 'Raise "it", now', "x\ny"], ids=["b", "a", "c"])
    key = result.groups[0].id
    assert groups_csv(result).decode() == (
        "record_id,group_id,size,keeper,text\n"
        f'a,{key},3,false,"Raise ""it"", now"\n'
        f"b,{key},3,false,Raise attendance\n"
        f'c,{key},3,true,"x\ny"\n'
    )


def test_a_result_without_groups_or_pairs_has_headers_only(make_result):
    result = make_result(["alone"])
    assert groups_csv(result) == b"record_id,group_id,size,keeper,text\n"
    assert b"".join(pairs_csv(result)) == b"record_a,record_b,probability,verdict,reason\n"


def test_a_pair_has_its_probability_verdict_and_reason(make_result):
    result = make_result(["a", "b", "c"], probabilities=[0.98765, 0.5], identical=[False, False])
    assert b"".join(pairs_csv(result)).decode().splitlines()[1:] == [
        "r0,r1,0.9877,duplicate,rows 0 and 1",
        "r0,r2,0.5000,possible,rows 0 and 2",
    ]


def test_pairs_come_in_parts_of_bounded_size(make_result):
    result = make_result(["same"] * 5001, identical=np.ones(5000, bool))
    parts = list(pairs_csv(result))
    assert len(parts) > 4
    assert len(rows_of(b"".join(parts))) == 5001


def test_a_hundred_thousand_equal_records_are_written(make_result):
    result = make_result(["Raise attendance in all centers."] * 100_000, identical=np.ones(99_999, bool))
    assert groups_csv(result).count(b"\n") == 100_001
    assert sum(part.count(b"\n") for part in pairs_csv(result)) == 100_000


@pytest.mark.parametrize(
    "cell",
    [
        "=cmd()",
        "+1",
        "-1",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "\nx",
        "  =x",
        '"=x',
        "'=x",
        " '\"@x",
        "＝x",
        "\u00a0=x",
    ],
)
def test_what_a_spreadsheet_would_run_is_disarmed_in_texts_ids_and_reasons(make_result, cell):
    result = make_result([cell, "b"], ids=[cell, "z"], reasons=[cell])
    written = rows_of(groups_csv(result)) + rows_of(b"".join(pairs_csv(result)))
    hits = [got for row in written for got in row if got.endswith(cell)]
    assert hits == ["'" + cell] * 4


@pytest.mark.parametrize("cell", ["a=b", "85% - 90%", "'quoted'", '"so"', "", " a", "é+", "1-2"])
def test_a_harmless_cell_is_written_as_it_is(make_result, cell):
    assert cell in [row[-1] for row in rows_of(groups_csv(make_result([cell, "b"])))]


@given(st.lists(TEXT | ODD, min_size=2, max_size=5), st.lists(ODD | TEXT, min_size=2, max_size=5, unique=True))
def test_groups_are_read_back_but_for_the_documented_apostrophe(make_result, texts, ids):
    size = min(len(texts), len(ids))
    result = make_result(texts[:size], ids=ids[:size])
    back = {as_it_was(row[0]): as_it_was(row[-1]) for row in rows_of(groups_csv(result))[1:]}
    assert back == dict(zip(ids[:size], texts[:size], strict=True))


def test_the_tables_can_be_read_as_input_again(make_result, tmp_path):
    path = tmp_path / "groups.csv"
    path.write_bytes(groups_csv(make_result(["a,\r b", "c"], ids=["00123", "1e5"])))
    found = read_records(path)
    assert found.records.ids == ["00123", "1e5"]
    assert found.records.texts == ["a,\r b", "c"]


def test_half_a_surrogate_pair_does_not_stop_the_writing(make_result):
    assert b"a?" in groups_csv(make_result(["a\ud83d", "b"]))


def test_rejected_rows_keep_file_line_reason_and_all_cells():
    row = RejectedRow(7, Reason.BROKEN_ROW, ("1", 'a "b", c', "x\ny"), "goals.csv")
    header, cells = rows_of(rejected_csv([row]))
    assert header == ["file", "line", "reason", "row"]
    assert cells[:3] == ["goals.csv", "7", "broken-row"]
    assert rows_of(cells[3].encode()) == [["1", 'a "b", c', "x\ny"]]


def test_no_rejected_rows_give_a_header():
    assert rejected_csv([]) == b"file,line,reason,row\n"


def test_the_summary_says_what_was_read_found_and_skipped(make_result, finding):
    result = make_result(["a", "b", "c"], probabilities=[0.9, 0.5], findings=[finding("z", 2), finding("a")])
    rejected = [RejectedRow(2, Reason.BLANK_TEXT, ("1", "")), RejectedRow(3, Reason.BLANK_TEXT, ("2", ""))]
    summary = json.loads(summary_json(result, rejected, COLUMNS, "f00d"))
    assert summary["columns"] == {"id": "goal_id", "text": "goal_text", "scope": "", "guessed": True}
    assert summary["counts"] == {
        "records": 3,
        "distinct_texts": 3,
        "groups": 1,
        "records_in_groups": 3,
        "pairs_duplicate": 1,
        "pairs_possible": 1,
        "rows_rejected": 2,
    }
    assert [(one["code"], one["count"], one["severity"]) for one in summary["findings"]] == [
        ("a", 1, "warning"),
        ("z", 2, "warning"),
    ]
    assert summary["input"] == {"sha256": "f00d"}
    assert summary["model"]["version"] == "1"
    assert summary["rejected"] == {"blank-text": 2}
    assert summary["thresholds"] == {"duplicate": 0.8, "possible": 0.4}


def test_the_summary_is_the_same_bytes_for_findings_in_any_order(make_result, finding):
    one = make_result(["a", "b"], findings=[finding("x"), finding("y")])
    two = make_result(["a", "b"], findings=[finding("y"), finding("x")])
    assert summary_json(one, [], COLUMNS, "f") == summary_json(two, [], COLUMNS, "f")


def test_the_summary_of_nothing_is_whole(make_result):
    summary = json.loads(summary_json(make_result([]), [], COLUMNS, "f"))
    assert summary["counts"]["groups"] == 0
    assert summary["rejected"] == {}


def test_columns_are_written_as_a_table_with_formulas_disarmed():
    assert rows_of(table_csv({"id": ["1", "2"], "=a,b": ["x", "@y"]})) == [
        ["id", "'=a,b"],
        ["1", "x"],
        ["2", "'@y"],
    ]


def test_columns_without_rows_are_a_header():
    assert table_csv({"id": [], "text": []}) == b"id,text\n"
