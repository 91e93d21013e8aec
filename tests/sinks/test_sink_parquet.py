"""Groups and pairs as Parquet: the rows of the CSV files, the same bytes each time."""

from __future__ import annotations

import csv
import hashlib
import io
import subprocess
import sys

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from twicetold.sinks.parquet import groups_parquet, pairs_parquet
from twicetold.sinks.tables import groups_csv, pairs_csv


@pytest.fixture
def read(tmp_path):
    """Names, types and rows of a Parquet file."""

    def read(data: bytes):
        path = tmp_path / "read.parquet"
        path.write_bytes(data)
        with duckdb.connect() as connection:
            cursor = connection.execute(f"SELECT * FROM '{path}'")
            return [(name, str(kind)) for name, kind, *_ in cursor.description], cursor.fetchall()

    return read


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


def test_groups_have_the_rows_of_the_csv_with_types(make_result, read):
    result = make_result(["one", "two", "three"])
    columns, rows = read(groups_parquet(result))
    assert columns == [
        ("record_id", "VARCHAR"),
        ("group_id", "VARCHAR"),
        ("size", "BIGINT"),
        ("keeper", "BOOLEAN"),
        ("text", "VARCHAR"),
    ]
    as_text = [[key, group, str(size), str(keeper).lower(), text] for key, group, size, keeper, text in rows]
    assert as_text == rows_of(groups_csv(result))[1:]


def test_pairs_have_the_rows_of_the_csv_with_types(make_result, read):
    result = make_result(["one", "two", "three"], probabilities=[0.87654321, 0.5])
    columns, rows = read(pairs_parquet(result))
    assert columns == [
        ("record_a", "VARCHAR"),
        ("record_b", "VARCHAR"),
        ("probability", "DOUBLE"),
        ("verdict", "VARCHAR"),
        ("reason", "VARCHAR"),
    ]
    assert [row[2] for row in rows] == [0.8765, 0.5]
    as_text = [[*row[:2], f"{row[2]:.4f}", *row[3:]] for row in rows]
    assert as_text == rows_of(b"".join(pairs_csv(result)))[1:]


@pytest.mark.parametrize("texts", [[], ["only one"]])
def test_nothing_found_gives_files_with_columns_and_no_rows(make_result, read, texts):
    for data in (groups_parquet(make_result(texts)), pairs_parquet(make_result(texts))):
        columns, rows = read(data)
        assert len(columns) == 5
        assert rows == []


def test_a_text_that_a_spreadsheet_would_run_is_as_it_was(make_result, read):
    _, rows = read(groups_parquet(make_result(["=1+1", "-x", "'quoted'"])))
    assert sorted(row[4] for row in rows) == ["'quoted'", "-x", "=1+1"]


@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2))
def test_every_text_comes_back(make_result, read, texts):
    ids = [f"r{row:06}" for row in range(len(texts))]
    _, rows = read(groups_parquet(make_result(texts, ids=ids)))
    assert [row[4] for row in rows] == texts


def test_half_a_character_becomes_a_question_mark_as_in_the_csv(make_result, read):
    result = make_result(["a\ud800b", "c"])
    _, rows = read(groups_parquet(result))
    assert [row[4] for row in rows] == [row[4] for row in rows_of(groups_csv(result))[1:]]


def test_rows_keep_their_order_over_many_blocks(make_result, read):
    ids = [f"r{row:06}" for row in range(20_000)]
    _, rows = read(groups_parquet(make_result(ids, ids=ids)))
    assert [row[0] for row in rows] == ids


@pytest.mark.parametrize("write", [groups_parquet, pairs_parquet])
def test_the_same_result_gives_the_same_bytes(make_result, write):
    texts = [f"goal {row % 977} and more" for row in range(20_000)]
    assert len({hashlib.sha256(write(make_result(texts))).hexdigest() for _ in range(3)}) == 1


def test_another_process_writes_the_same_bytes(make_result):
    rows = [(f"r{row}", "g", "2", "true", f"text {row % 17}") for row in range(9000)]
    script = (
        "import hashlib, sys\nfrom twicetold.sinks import parquet\n"
        "rows = [(f'r{row}', 'g', '2', 'true', f'text {row % 17}') for row in range(9000)]\n"
        "print(hashlib.sha256(parquet._parquet(parquet.GROUPS, iter(rows))).hexdigest())"
    )
    from twicetold.sinks import parquet

    other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip()
    assert other == hashlib.sha256(parquet._parquet(parquet.GROUPS, iter(rows))).hexdigest()


def test_a_folder_for_temporary_files_with_a_quote_in_its_name_is_fine(make_result, read, tmp_path, monkeypatch):
    (tmp_path / "it's").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "it's"))
    assert len(read(groups_parquet(make_result(["a", "b"])))[1]) == 2
    assert list((tmp_path / "it's").iterdir()) == []
