"""Files of pairs."""

from __future__ import annotations

import io

import pytest

from twicetold.errors import ColumnNotFound, FileNotUsable, InputEmpty, InputInvalid, RowsRejected
from twicetold.sources.pairs import read_pairs


def test_rows_and_columns_keep_their_order(write):
    found = read_pairs(write("kind,id,text_b,text_a,duplicate\nz,2,b,a,1\na,1,d,c,0\n"))
    assert list(found.columns) == ["kind", "id", "text_b", "text_a", "duplicate"]
    assert found.columns["kind"] == ["z", "a"]
    assert (found.ids, found.texts_a, found.texts_b) == (["2", "1"], ["a", "c"], ["b", "d"])
    assert found.labels == [True, False]
    assert len(found) == 2


@pytest.mark.parametrize(
    ("cell", "label"),
    [("1", True), ("TRUE", True), (" Yes", True), ("0", False), ("False", False), ("no ", False), ("", None)],
)
def test_labels_are_read(write, cell, label):
    assert read_pairs(write(f"id,text_a,text_b,duplicate\n1,a,b,{cell}\n")).labels == [label]


def test_without_a_column_of_labels_there_are_none(write):
    assert read_pairs(write("id,text_a,text_b\n1,a,b\n")).labels == [None]


def test_another_label_is_an_error_with_its_line(write):
    with pytest.raises(InputInvalid, match="line 3: 'maybe'"):
        read_pairs(write("id,text_a,text_b,duplicate\n1,a,b,1\n2,a,b,maybe\n"))


@pytest.mark.parametrize("header", ["key,text_a,text_b", "id,text_b,x", "id,text_a,texts"])
def test_a_missing_column_is_an_error(write, header):
    with pytest.raises(ColumnNotFound, match="Its columns are"):
        read_pairs(write(f"{header}\n1,a,b\n"))


def test_broken_rows_are_an_error_with_their_lines(write):
    with pytest.raises(RowsRejected, match="on the lines 2, 4"):
        read_pairs(write("id,text_a,text_b\n1,a\n2,a,b\n3,a,b,c\n"))


def test_blank_texts_and_repeated_ids_stay(write):
    found = read_pairs(write("id,text_a,text_b\n1,,b\n1,a,\n"))
    assert (found.texts_a, found.texts_b) == (["", "a"], ["b", ""])


def test_pairs_come_as_json_lines_too(write):
    found = read_pairs(write('{"id": 7, "text_a": "a", "text_b": "b", "duplicate": true}'))
    assert (found.ids, found.labels) == (["7"], [True])


def test_of_many_broken_rows_the_first_are_named(write):
    with pytest.raises(RowsRejected, match="10, 11 and more"):
        read_pairs(write("id,text_a,text_b\n" + "1,a\n" * 20))


def test_findings_about_the_file_are_kept(write, codes):
    found = read_pairs(write("id,text_a,text_b\n1,año,b\n".encode("cp1252")))
    assert codes(found.findings) == {"encoding-guessed": 1}


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotUsable, match="gone"):
        read_pairs(tmp_path / "gone")


def test_standard_input_is_read():
    assert read_pairs("-", stdin=io.BytesIO(b"id,text_a,text_b\n1,a,b\n")).texts_a == ["a"]


def test_a_header_alone_is_refused(write):
    with pytest.raises(InputEmpty):
        read_pairs(write("id,text_a,text_b\n"))
