"""SQL over the records: --where and --query."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from twicetold.errors import ColumnAmbiguous, InputEmpty, UsageError
from twicetold.sources.files import read_records

GOALS = "id,text,scope,status,year\n1,a,r1,Open,2023\n00123,b,,Closed,2024\n3,,r2,Open,\n1e5,d,r2,Open,2025\n"


@pytest.fixture
def goals(write):
    return write(GOALS)


def test_where_keeps_rows_and_their_exact_ids(goals, codes):
    found = read_records(goals, where="year::INT > 2023")
    assert found.records.ids == ["00123", "1e5"]
    assert codes(found.findings)["rows-chosen"] == 2


def test_rows_that_where_leaves_out_are_not_rejected(goals):
    assert read_records(goals, where="text IS NOT NULL").rejected == ()


def test_rejected_rows_keep_their_line_under_where(goals):
    found = read_records(goals, where="status = 'Open'")
    assert [(row.line, row.reason) for row in found.rejected] == [(4, "blank-text")]


def test_an_empty_cell_is_null_in_sql_and_empty_after_it(goals):
    found = read_records(goals, where="scope IS NULL")
    assert found.records.ids == ["00123"]
    assert found.records.scopes == [""]


def test_a_condition_that_is_null_is_not_true(goals):
    assert read_records(goals, where="scope <> 'r2'").records.ids == ["1"]


def test_where_can_look_at_all_records(goals):
    assert read_records(goals, where="id IN (SELECT min(id) FROM records)").records.ids == ["00123"]


def test_a_comment_at_the_end_of_sql_is_harmless(goals):
    assert read_records(goals, where="id = '1' -- only one").records.ids == ["1"]
    assert read_records(goals, query="SELECT * FROM records WHERE id = '1' -- only one").records.ids == ["1"]


def test_query_gives_other_columns(goals):
    found = read_records(goals, query="SELECT id AS key, upper(text) AS title, scope FROM records;")
    assert found.records.texts == ["A", "B", "D"]
    assert (found.columns.id, found.columns.text) == ("key", "title")
    assert [(row.line, row.file, row.reason) for row in found.rejected] == [(3, "--query", "blank-text")]


def test_query_can_aggregate(goals):
    query = "SELECT status AS id, string_agg(text, ' ' ORDER BY id) AS text FROM records GROUP BY 1 ORDER BY 1"
    assert read_records(goals, query=query).records.texts == ["b", "a d"]


def test_query_sees_what_where_kept(goals):
    found = read_records(goals, where="status = 'Open'", query="SELECT count(*) AS id, 'x' AS text FROM records")
    assert found.records.ids == ["3"]


def test_whole_numbers_in_a_result_are_digits(goals):
    found = read_records(goals, query="SELECT avg(4.0::DOUBLE) AS id, 'x' AS text FROM records")
    assert found.records.ids == ["4"]


def test_the_columns_are_looked_up_in_the_result(goals):
    with pytest.raises(ColumnAmbiguous, match="--query"):
        read_records(goals, query="SELECT id, status FROM records")


@pytest.mark.parametrize("option", [{"where": "false"}, {"query": "FROM records WHERE id = 'none'"}])
def test_nothing_left_is_an_error(goals, option):
    with pytest.raises(InputEmpty, match="nothing is left"):
        read_records(goals, **option)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"where": "statu = 'Open'"}, r'--where: .*"statu" not found.*Candidate.*"status"'),
        ({"where": "status ="}, "--where: Parser Error"),
        ({"where": "year > 2023"}, "--where: .*cast"),
        ({"where": "true) IS TRUE; DROP TABLE records; SELECT (1"}, "--where needs one condition"),
        ({"where": """ 'a """}, "--where: "),
        ({"query": "SELECT * FROM goals"}, "--query: .*goals does not exist"),
        ({"query": "SELECT 1; SELECT 2"}, "--query needs one SELECT"),
        ({"query": "DELETE FROM records"}, "--query needs one SELECT"),
        ({"query": "-- nothing"}, "--query needs one SELECT"),
    ],
)
def test_wrong_sql_is_a_usage_error_of_one_line(goals, option, message):
    with pytest.raises(UsageError, match=message) as caught:
        read_records(goals, **option)
    assert "\n" not in caught.value.message
    assert caught.value.exit_status == 2
    assert "records" in caught.value.hint


@pytest.mark.parametrize("where", ["text::INT > 1", "text::DATE > '2024-01-01'", "strptime(text, '%Y') IS NULL"])
def test_a_failing_cast_does_not_quote_the_cell(write, where):
    with pytest.raises(UsageError) as caught:
        read_records(write("id,text\n1,secret 'goal'\n"), where=where)
    assert "secret" not in str(caught.value)
    assert "goal" not in caught.value.message


@pytest.mark.parametrize(
    "query",
    [
        "SELECT content AS text, 1 AS id FROM read_text('{path}')",
        "SELECT * FROM read_csv('{path}')",
        "SELECT * FROM '{path}'",
        "SELECT file AS text, 1 AS id FROM glob('/*')",
        "SELECT 1 AS id, text FROM read_csv('https://example.invalid/x.csv')",
        "FROM duckdb_secrets(), read_blob('{path}')",
    ],
)
def test_sql_reaches_no_file_and_no_network(goals, query):
    with pytest.raises(UsageError):
        read_records(goals, query=query.format(path=goals))


def test_sql_writes_no_file(goals, tmp_path):
    with pytest.raises(UsageError):
        read_records(goals, query=f"COPY records TO '{tmp_path}/out.csv'")
    assert [path.name for path in tmp_path.iterdir()] == [goals.name]


def test_sql_sees_no_variables_of_the_program(goals):
    others = pa.table({"id": ["x"], "text": ["y"]})
    with pytest.raises(UsageError, match="does not exist"):
        read_records(goals, query="SELECT * FROM others")
    assert others


def test_columns_that_differ_only_in_case_can_be_queried(write):
    path = write("id,Text,text,\n1,a,b,c\n")
    assert read_records(path, text_column="text", where="text_3 = 'b' AND Text = 'a'").records.texts == ["b"]


def test_quotes_in_names_of_columns_are_no_sql(write):
    found = read_records(write('id,text,"a""; DROP TABLE records; --"\n1,x,y\n'), where="id = '1'")
    assert found.records.attributes == {'a"; DROP TABLE records; --': ["y"]}


def test_numbers_of_parquet_are_numbers_in_sql(write):
    out = io.BytesIO()
    columns = {"id": [1, 2, 3], "text": ["x", "y", "z"], "score": [2.0, None, 0.5], "tags": [["a"], [], None]}
    pq.write_table(pa.table(columns), out)
    path = write(out.getvalue())
    assert read_records(path, where="id >= 2 AND score IS NULL").records.ids == ["2"]
    assert read_records(path, query="SELECT id + 1 AS id, text, score FROM records").records.ids == [
        "2",
        "3",
        "4",
    ]


def test_sql_runs_over_all_files_together(write):
    out = io.BytesIO()
    pq.write_table(pa.table({"id": [7], "text": ["x"]}), out)
    found = read_records(write(out.getvalue(), "a"), write("id,text\n8,y\n9,z\n", "b"), where="id <> '9'")
    assert found.records.ids == ["7", "8"]


def test_ten_thousand_rows_survive_sql_in_order(write):
    path = write("id,text\n" + "".join(f"{row:05},goal {row}\n" for row in range(20_000)))
    found = read_records(path, where="id::INT % 2 = 0")
    assert found.records.ids == [f"{row:05}" for row in range(0, 20_000, 2)]
    assert found.records.texts[-1] == "goal 19998"
