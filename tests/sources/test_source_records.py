"""From rows to records: what is kept, what is set aside, what is worth a finding."""

from __future__ import annotations

import pytest

from twicetold.errors import ColumnNotFound, InputEmpty, RowsRejected
from twicetold.sources.files import read_records

COMBINED = "cafe\u0301 ﬁne"


def reasons(found):
    return [(row.line, row.reason) for row in found.rejected]


def test_all_other_columns_are_attributes(write):
    found = read_records(write("id,text,scope,status,source\n1,a,r,Open,\n"))
    assert found.records.attributes == {"status": ["Open"], "source": [""]}


def test_all_rows_equal_but_for_their_ids_are_kept(write):
    found = read_records(write("id,text,scope\n" + "".join(f"{row},same,r\n" for row in range(1000))))
    assert len(found.records) == 1000
    assert found.rejected == ()


def test_wholly_equal_rows_leave_the_first(write, codes):
    found = read_records(write("id,text\n" + "1,same\n" * 3))
    assert found.records.ids == ["1"]
    assert reasons(found) == [(3, "duplicate-id"), (4, "duplicate-id")]
    assert codes(found.findings)["duplicate-id"] == 2


def test_of_a_repeated_id_the_first_row_with_a_text_stays(write):
    found = read_records(write("id,text\n1,\n1,a\n1,b\n"))
    assert found.records.texts == ["a"]
    assert reasons(found) == [(2, "blank-text"), (4, "duplicate-id")]


@pytest.mark.parametrize("blank", ["", "  ", "\t", "\u00a0", "\u200b\u200d", "\ufeff", "\u2028", '"\n\n"', "\u3000"])
def test_a_text_with_nothing_to_see_is_blank(write, blank):
    found = read_records(write(f"id,text\n1,a\n2,{blank}\n"))
    assert reasons(found) == [(3, "blank-text")]


@pytest.mark.parametrize("text", ["👩‍👧‍👦", "مرحبا", "\u200fשלום\u200f", COMBINED, "\u0301", ".", "–", "0", "Ⅷ"])
def test_every_visible_text_is_kept_exactly(write, text):
    assert read_records(write(f"id,text\n1,{text}\n")).records.texts == [text]


@pytest.mark.parametrize("separator", [",", "\t"])
def test_all_blank_is_an_error_that_counts(write, separator):
    rows = ["id text", "1 ", "2 "]
    with pytest.raises(InputEmpty, match=r"no record .* set aside: 2 blank-text"):
        read_records(write("\n".join(rows).replace(" ", separator)))


def test_placeholders_are_set_aside_when_a_test_for_them_is_given(write):
    path = write("id,text\n1,TBD\n2,a\n")
    assert reasons(read_records(path, skip=lambda text: text == "TBD")) == [(2, "placeholder-text")]
    assert reasons(read_records(path)) == []


@pytest.mark.parametrize("key", ["", "   ", "\u00a0"])
def test_a_row_without_an_id_is_set_aside(write, key):
    assert reasons(read_records(write(f"id,text\n{key},a\n2,b\n"))) == [(2, "blank-id")]


def test_ids_that_differ_only_in_case_are_different(write, codes):
    found = read_records(write("id,text\nA1,a\na1,b\nB1,c\n"))
    assert found.records.ids == ["A1", "a1", "B1"]
    assert codes(found.findings)["ids-differ-in-case"] == 1


def test_a_missing_scope_is_empty_and_counted(write, codes):
    found = read_records(write("id,text,scope\n1,a,\n2,b,r\n3,c,\n"))
    assert found.records.scopes == ["", "r", ""]
    assert codes(found.findings)["scope-blank"] == 2


def test_strict_reading_counts_what_was_set_aside_by_reason(write):
    found = read_records(write("id,text\n1,a\n1,b\n2,\n3,x,y\n4,\n"))
    with pytest.raises(RowsRejected, match="set aside: 2 blank-text, 1 broken-row, 1 duplicate-id"):
        found.require_complete()


def test_strict_reading_of_a_sound_file_is_no_error(write):
    read_records(write("id,text\n1,a\n")).require_complete()


def test_findings_never_quote_a_text(write):
    found = read_records(write("id,text\n1,secretgoal\n1,secretgoal\n2,\n3,secretgoal,secretgoal\n"))
    assert not any("secretgoal" in finding.message for finding in found.findings)


def test_many_files_are_one_input_with_ids_unique_over_all(write):
    one = write("id,text,status\n1,a,Open\n2,\n", "one.csv")
    two = write('{"id": 1, "text": "b"}\n{"id": 3, "text": "c", "note": "n"}\n', "two.jsonl")
    found = read_records(one, two)
    assert found.records.ids == ["1", "3"]
    assert found.records.attributes == {"status": ["Open", ""], "note": ["", "n"]}
    assert [(row.file, row.line, row.reason) for row in found.rejected] == [
        (str(one), 3, "broken-row"),
        (str(two), 1, "duplicate-id"),
    ]


def test_columns_that_only_some_files_have_are_a_finding(write, codes):
    found = read_records(write("id,text,a\n1,x,y\n", "1.csv"), write("id,text,b\n2,x,y\n", "2.csv"))
    assert codes(found.findings)["columns-differ"] == 2


def test_a_file_without_the_column_of_texts_is_refused_by_name(write):
    one, two = write("id,text\n1,x\n", "1.csv"), write("id,body\n2,y\n", "2.csv")
    with pytest.raises(ColumnNotFound, match=r"2\.csv"):
        read_records(one, two)


def test_lines_as_ids_name_their_file_when_there_are_many(write):
    one, two = write("text\nx\n", "1.csv"), write("text\ny\n", "2.csv")
    assert read_records(one, two).records.ids == [f"{one}:2", f"{two}:2"]


def test_the_fingerprint_of_many_files_depends_on_each_and_their_order(write):
    one, two = write("id,text\n1,x\n", "1.csv"), write("id,text\n2,y\n", "2.csv")
    prints = {read_records(*paths).fingerprint for paths in ([one, two], [two, one], [one], [two])}
    assert len(prints) == 4
