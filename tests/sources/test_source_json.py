"""JSON Lines and JSON arrays."""

from __future__ import annotations

import pytest

from twicetold.errors import FormatNotRecognised
from twicetold.sources.files import read_records


def test_lines_of_objects_are_rows(write):
    found = read_records(write('{"id": "a", "text": "x", "scope": "r"}\n\n{"id": "b", "text": "y"}\n'))
    assert (found.records.ids, found.records.texts, found.records.scopes) == (
        ["a", "b"],
        ["x", "y"],
        ["r", ""],
    )


@pytest.mark.parametrize("number", ["123", "12345678901234567890", "1e5", "1.0", "-0", "0.1000", "9" * 5000])
def test_numbers_are_kept_as_they_are_written(write, number):
    assert read_records(write(f'{{"id": {number}, "text": "x"}}')).records.ids == [number]


def test_null_missing_and_nested_values(write):
    lines = '{"id": 1, "text": "x", "scope": null, "tags": ["a", "é"], "open": true}\n{"id": 2, "text": "y"}'
    found = read_records(write(lines))
    assert found.records.scopes == ["", ""]
    assert found.records.attributes == {"tags": ['["a", "é"]', ""], "open": ["true", ""]}


def test_a_key_that_comes_late_is_empty_before(write):
    found = read_records(write('{"id": 1, "text": "x"}\n{"text": "y", "note": "n", "id": 2}'))
    assert found.records.attributes == {"note": ["", "n"]}


@pytest.mark.parametrize("text", ["[\n", " [", "[  "])
def test_an_array_of_objects_is_read(write, text):
    found = read_records(write(text + '{"id": 1, "text": "a"},\n {"id": 2,\n "text": ""}, {"id": 3, "text": "c"}]\n'))
    assert found.records.ids == ["1", "3"]
    assert [row.reason for row in found.rejected] == ["blank-text"]


def test_rows_of_an_array_know_their_line(write):
    found = read_records(write('[\n{"id": 1, "text": "a"},\n{"id": 2,\n"text": ""},\n7,\n{"id": 1, "text": "b"}\n]'))
    assert [(row.line, row.reason) for row in found.rejected] == [
        (3, "blank-text"),
        (5, "bad-json"),
        (6, "duplicate-id"),
    ]


@pytest.mark.parametrize("end", ["", "]]", "] {}", ', {"id": '])
def test_a_broken_array_is_refused_with_its_line(write, end):
    with pytest.raises(FormatNotRecognised, match="line 2"):
        read_records(write('[{"id": 1, "text": "a"}\n' + end))


@pytest.mark.parametrize(
    "line",
    ['{"id": 2, "text": "b"', "null", '["id"]', "plain", '{"id": 2,}', '{"id": 2} {"id": 3}', "[" * 100_000],
)
def test_a_bad_line_is_set_aside_with_its_number(write, line):
    found = read_records(write(f'{{"id": 1, "text": "a"}}\n{line}\n{{"id": 4, "text": "d"}}\n'))
    assert found.records.ids == ["1", "4"]
    assert [(row.line, row.reason, row.row) for row in found.rejected] == [(2, "bad-json", (line,))]


def test_one_object_over_many_lines_is_refused_with_a_remedy(write):
    with pytest.raises(FormatNotRecognised, match="one object per line"):
        read_records(write('{\n  "goals": [\n    1\n  ]\n}\n'))


def test_the_name_of_a_file_tells_json_when_its_first_line_is_broken(write):
    found = read_records(write('oops\n{"id": 1, "text": "a"}\n', "goals.JSONL"))
    assert found.records.ids == ["1"]


def test_a_csv_header_in_square_brackets_is_no_json(write):
    found = read_records(write("[id],[text]\n1,a\n"))
    assert found.records.ids == ["1"]


def test_line_separators_of_unicode_do_not_end_a_line(write):
    assert read_records(write('{"id": 1, "text": "a\u2028b\x85c"}')).records.texts == ["a\u2028b\x85c"]
