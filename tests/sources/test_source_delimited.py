"""CSV and its kin: delimiters, quotes, line numbers, broken rows."""

from __future__ import annotations

import pytest

from twicetold.errors import FormatNotRecognised, InputEmpty
from twicetold.sources.delimited import sniff_delimiter
from twicetold.sources.files import read_records


def rejected(found):
    return [(row.line, row.reason, row.row) for row in found.rejected]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found(write, as_csv, delimiter):
    rows = [["id", "text", "scope"], ["1", "one, two; three | four\tfive", "r1"], ["2", "plain", ""]]
    found = read_records(write(as_csv(rows, delimiter=delimiter)))
    assert found.records.texts == [rows[1][1], "plain"]
    assert found.records.scopes == ["r1", ""]


@pytest.mark.parametrize(
    ("data", "delimiter"),
    [
        (b"id;text\n1;a, b\n2;c, d\n", ";"),
        (b"id,text;long\n1,a;b\n2,c\n", ","),
        (b'"a;b;c",d\n1,2\n', ","),
        (b"id\ttext\n", "\t"),
    ],
)
def test_a_delimiter_within_texts_does_not_win(data, delimiter):
    assert sniff_delimiter(data) == delimiter


def test_a_list_of_texts_is_one_column(write):
    found = read_records(write("text\nRaise attendance, then hold it\nTrain staff\n"))
    assert found.records.texts == ["Raise attendance, then hold it", "Train staff"]


def test_a_header_with_a_comma_over_a_list_of_texts_is_one_column(write):
    found = read_records(write("Goals, all\nTrain staff\nHire staff\n"), text_column="Goals, all")
    assert found.records.texts == ["Train staff", "Hire staff"]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_ending_is_read(write, ending):
    found = read_records(write(ending.join(["id,text", "1,a", '2,"b', 'c"', "3,d"])))
    assert found.records.texts == ["a", f"b{ending}c", "d"]


def test_quoted_newlines_delimiters_and_quotes_are_kept(write):
    found = read_records(write('id,text\n1,"a\n\nb, ""c""\r\nd"\n2,e\n'))
    assert found.records.texts == ['a\n\nb, "c"\r\nd', "e"]


@pytest.mark.parametrize("key", ["00123", "1e5", "12345678901234567890", " 7 ", "1.0", "-0", "٣", "NULL", "=1"])
def test_ids_are_kept_exactly_as_written(write, key):
    assert read_records(write(f"id,text\n{key},a\n")).records.ids == [key]


def test_line_numbers_count_the_lines_of_the_file(write):
    found = read_records(write('\nid,text\n1,"a\nb\nc"\n\n2,\n3,d,extra\n4,"e\nf"\n,g\n'))
    assert rejected(found) == [
        (7, "blank-text", ("2", "")),
        (8, "broken-row", ("3", "d", "extra")),
        (11, "blank-id", ("", "g")),
    ]
    assert found.records.ids == ["1", "4"]


def test_rows_with_too_few_or_too_many_cells_are_set_aside(write, codes):
    found = read_records(write("id,text,scope\n1,a,r\n2,b\n3,c,r,s\n4,d,r\n"))
    assert found.records.ids == ["1", "4"]
    assert rejected(found) == [(3, "broken-row", ("2", "b")), (4, "broken-row", ("3", "c", "r", "s"))]
    assert codes(found.findings)["broken-row"] == 2


def test_empty_cells_after_the_last_column_are_no_harm(write):
    assert read_records(write("id,text\n1,a,,\n2,b,\n")).records.ids == ["1", "2"]


def test_a_quote_that_is_never_closed_costs_only_its_own_line(write):
    found = read_records(write('id,text\n1,a\n2,"b\n3,c\n4,"d"\n5,e'))
    assert found.records.ids == ["1", "3", "4", "5"]
    assert rejected(found) == [(3, "broken-row", ('2,"b',))]


def test_a_stray_quote_costs_only_its_own_line(write):
    found = read_records(write('id,text\n1,"a\n2,"b"\n3,c\n'))
    assert found.records.ids == ["2", "3"]
    assert [row.line for row in found.rejected] == [2]


def test_text_after_a_closing_quote_is_kept_with_a_finding(write, codes):
    found = read_records(write('id,text\n1,"Stay and Play" sessions grow\n2,b\n'))
    assert found.records.texts == ["Stay and Play sessions grow", "b"]
    assert codes(found.findings)["quotes-loose"] == 1


def test_quotes_within_unquoted_text_are_kept(write):
    assert read_records(write('id,text\n1,the "big" one\n')).records.texts == ['the "big" one']


def test_tab_separated_files_that_never_quote_are_read_literally(write, codes):
    found = read_records(write('id\ttext\n1\t"Big" goal\n2\t"open\n3\tplain\n'))
    assert found.records.texts == ['"Big" goal', '"open', "plain"]
    assert "quotes-literal" in codes(found.findings)


def test_tab_separated_files_that_quote_are_read_with_quotes(write):
    found = read_records(write('id\ttext\n1\t"a\n""b"""\n2\tc\td\n3\te\n'))
    assert found.records.texts == ['a\n"b"', "e"]


def test_a_header_with_an_open_quote_is_refused(write):
    with pytest.raises(FormatNotRecognised, match="line 1: the header"):
        read_records(write('id,"text\n1,a\n'))


def test_a_header_of_nothing_but_commas_is_no_header(write):
    with pytest.raises(InputEmpty):
        read_records(write(",,\n"))


def test_blank_lines_are_no_rows(write):
    found = read_records(write("id,text\n\n1,a\n   \n\r\n2,b\n\n\n"))
    assert found.records.ids == ["1", "2"]
    assert found.rejected == ()


def test_a_text_of_one_megabyte_is_read_whole(write):
    text = "Raise attendance; " * 60_000
    assert read_records(write(f"id,text\n1,{text}\n2,b\n")).records.texts == [text, "b"]


def test_a_field_of_ten_megabytes_with_newlines_is_read_whole(write):
    text = "Raise\nattendance," * 620_000
    assert len(text) > 10 * 2**20
    assert read_records(write(f'id,text\n1,"{text}"\n2,b\n')).records.texts == [text, "b"]


def test_a_field_beyond_the_limit_is_set_aside_and_the_rest_is_read(write):
    found = read_records(write(f"id,text\n1,{'x' * (17 * 2**20)}\n2,b\n"))
    assert found.records.ids == ["2"]
    assert [(row.line, row.reason) for row in found.rejected] == [(2, "broken-row")]


def test_an_unclosed_quote_early_in_a_long_file_costs_one_line(write):
    body = "".join(f"{row},goal number {row}\n" for row in range(30_000))
    found = read_records(write('id,text\nx,"open\n' + body))
    assert len(found.records) == 30_000
    assert len(found.rejected) == 1


def test_all_rows_broken_counts_them(write):
    with pytest.raises(InputEmpty, match="2 broken-row"):
        read_records(write("id,text\n1,a,b\n2,a,b\n"))
