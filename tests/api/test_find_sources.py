"""``twicetold.find`` on everything that it takes: paths, records, DataFrames, Arrow tables."""

from __future__ import annotations

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

import twicetold
from twicetold import Record, Records
from twicetold.errors import ColumnAmbiguous, ColumnNotFound, FileNotUsable, InputEmpty, InputInvalid
from twicetold.sources.frames import read_frame

COLUMNS = {
    "key": ["1", "2", "3"],
    "goal": ["Train all staff.", "TRAIN ALL STAFF", "Repair the roof."],
    "grant": ["a", "a", "a"],
    "note": ["x", "", "z"],
}


def codes(result):
    return {finding.code: finding.count for finding in result.findings}


@pytest.mark.parametrize("kind", [list, tuple, iter, Records.of, lambda rows: (row for row in rows)])
def test_records_in_any_container_are_compared(records, members, kind):
    assert members(twicetold.find(kind(records))) == [("g1", "g2")]


def test_paths_are_read_as_text_or_path(tmp_path, members):
    path = tmp_path / "goals.csv"
    path.write_text("id,text\n1,Train all staff.\n2,TRAIN ALL STAFF\n")
    assert members(twicetold.find(path)) == members(twicetold.find(str(path))) == [("1", "2")]


@pytest.mark.parametrize("make", [pd.DataFrame, pa.table, pa.RecordBatch.from_pydict])
def test_tables_are_compared_and_their_columns_guessed(members, make):
    result = twicetold.find(make(COLUMNS))
    assert members(result) == [("1", "2")]
    assert result.input.columns.scope == "grant"
    assert "columns-guessed" in codes(result)


def test_whatever_speaks_arrow_is_read(members):
    relation = duckdb.sql("SELECT 1 AS id, 'a goal' AS text UNION ALL SELECT 2, 'A goal' ORDER BY 1")
    assert members(twicetold.find(relation)) == [("1", "2")]


@pytest.mark.parametrize("make", [pd.DataFrame, pa.table])
def test_columns_can_be_named(members, make):
    columns = {"a": COLUMNS["key"], "b": COLUMNS["goal"], "c": ["x", "y", "x"]}
    assert members(twicetold.find(make(columns), id="a", text="b", scope="c")) == []
    assert members(twicetold.find(make(columns), id="a", text="b")) == [("1", "2")]


def test_other_columns_are_attributes(records):
    assert twicetold.find(pd.DataFrame(COLUMNS)).records[0].attributes == {"note": "x"}
    kept = {record.id: record.attributes for record in twicetold.find(records).records}
    assert kept["g1"] == {"created_at": "2024-05-01", "status": "open"}
    assert kept["g4"] == {}


def test_attributes_choose_the_keeper(records):
    assert twicetold.find(records).groups[0].keeper == "g2"
    assert twicetold.find(records, settings={"keeper": "longest"}).groups[0].keeper == "g1"


def test_an_attribute_called_like_a_part_of_a_record_is_kept_under_another_name():
    result = twicetold.find([Record("1", "a goal", "", {"text": "other", "id": "7"})])
    assert result.records[0].text == "a goal"
    assert sorted(result.records[0].attributes.values()) == ["7", "other"]
    assert codes(result)["header-repaired"] == 2


def test_records_are_not_guessed_at(records):
    found = codes(twicetold.find(records))
    assert not {"columns-guessed", "no-scope", "scope-blank"} & set(found)
    assert "no-scope" in codes(twicetold.find([Record("1", "a goal")]))


def test_duplicate_ids_and_blank_texts_are_set_aside_with_findings(members):
    rows = [Record("1", "a goal"), Record("1", "another"), Record("2", ""), Record("3", "TBD"), Record("", "x")]
    result = twicetold.find([*rows, Record("4", "A goal")])
    assert members(result) == [("1", "4")]
    assert [(row.line, row.reason) for row in result.input.rejected] == [
        (2, "duplicate-id"),
        (3, "blank-text"),
        (4, "placeholder-text"),
        (5, "blank-id"),
    ]
    reasons = {"duplicate-id": 1, "blank-text": 1, "placeholder-text": 1, "blank-id": 1}
    assert codes(result) == {**codes(result), **reasons}


def test_missing_values_of_every_kind_are_blank():
    missing = pd.DataFrame(
        {"id": ["1", "2", "3", "4"], "text": ["a goal", None, float("nan"), pd.NA], "when": [pd.NaT, 1, None, "x"]}
    )
    found = read_frame(missing)
    assert found.records.texts == ["a goal"]
    assert found.records.attributes["when"] == [""]
    assert {row.row[2] for row in found.rejected} == {"1", "", "x"}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([1, 2], ["1", "2"]),
        ([1.0, None], ["1", ""]),
        (["00123", "1e5"], ["00123", "1e5"]),
        ([1e20, 0.5], ["100000000000000000000", "0.5"]),
        ([True, False], ["True", "False"]),
        (pd.array([7, pd.NA], dtype="Int64"), ["7", ""]),
        (pd.Categorical(["a", None]), ["a", ""]),
        (pd.to_datetime(["2024-05-01", None]), ["2024-05-01 00:00:00", ""]),
    ],
)
def test_cells_become_text_without_turning_into_floats(cells, expected):
    frame = pd.DataFrame({"id": ["1", "2"], "text": ["a", "b"], "cell": cells})
    assert read_frame(frame).records.attributes["cell"] == expected


def test_numbers_of_arrow_become_text():
    table = pa.table({"id": pa.array([1, 2]), "text": ["a", "b"], "cell": pa.array([3.0, None])})
    found = read_frame(table).records
    assert (found.ids, found.attributes["cell"]) == (["1", "2"], ["3", ""])


@pytest.mark.parametrize(
    "make",
    [
        lambda: pd.DataFrame([["1", "a", "b"]], columns=["id", "text", "text"]),
        lambda: pa.table([["1"], ["a"], ["b"]], names=["id", "text", "text"]),
    ],
)
def test_a_text_column_that_is_there_twice_is_refused(make):
    with pytest.raises(ColumnAmbiguous, match="'text' that would be the text occurs more than once"):
        twicetold.find(make())


def test_a_column_that_is_there_twice_but_not_needed_is_kept_twice():
    frame = pd.DataFrame([["1", "a", "x", "y"]], columns=["id", "text", "note", "note"])
    assert sorted(twicetold.find(frame).records[0].attributes.values()) == ["x", "y"]


def test_names_of_columns_may_be_numbers():
    assert len(twicetold.find(pd.DataFrame([["1", "a"]]), id="0", text="1").records) == 1


@pytest.mark.parametrize("text", ["a\0 goal", "a \ud83d goal"])
def test_what_cannot_be_written_is_mended_with_a_finding(text):
    result = twicetold.find([Record("1", text)])
    assert result.records.texts[0].isprintable() or "\ufffd" in result.records.texts[0]
    assert {"nul-removed", "characters-replaced"} & set(codes(result))


@pytest.mark.parametrize(
    "source",
    [
        [],
        Records([], [], []),
        pd.DataFrame({"id": [], "text": []}),
        pa.table({"id": [], "text": []}),
        [Record("1", ""), Record("2", " ")],
    ],
)
def test_nothing_to_compare_is_an_error(source):
    with pytest.raises(InputEmpty, match="the data has no record to compare"):
        twicetold.find(source)


@pytest.mark.parametrize("source", [None, 7, b"id,text", ["a.csv"], [("1", "text")], {"id": ["1"]}, Record("1", "x")])
def test_what_holds_no_records_is_refused_by_its_type(source):
    with pytest.raises(InputInvalid, match=f"cannot be read from {type(source).__name__}"):
        twicetold.find(source)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (Record(7, "a"), "the id of record 2 is of type int"),
        (Record("7", None), "the text of record 2 is of type NoneType"),
        (Record("7", "a", 3), "the scope of record 2 is of type int"),
        (Record("7", "a", "", {"status": 1}), "the status of record 2 is of type int"),
    ],
)
def test_a_part_of_a_record_that_is_no_text_is_refused_by_place_and_type(record, said):
    with pytest.raises(InputInvalid, match=said):
        twicetold.find([Record("1", "x"), record])


def test_a_frame_without_columns_or_with_others_is_refused():
    with pytest.raises(ColumnAmbiguous, match="no column looks like the text"):
        twicetold.find(pd.DataFrame())
    with pytest.raises(ColumnNotFound, match="the data has no column 'txt'"):
        twicetold.find(pd.DataFrame(COLUMNS), text="txt")
    with pytest.raises(FileNotUsable):
        twicetold.find("missing.csv")


def test_the_order_of_the_records_does_not_matter(records, members):
    one, two = twicetold.find(records), twicetold.find(records[::-1])
    assert one.groups == two.groups
    assert one.summary() == two.summary()
