"""Parquet, written by another library."""

from __future__ import annotations

import datetime as dt
import decimal
import gzip
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from twicetold.errors import FormatNotRecognised, InputEmpty
from twicetold.sources.files import read_records


@pytest.fixture
def parquet(write):
    def parquet(name: str = "goals.parquet", **columns):
        out = io.BytesIO()
        pq.write_table(pa.table(columns), out)
        return write(out.getvalue(), name)

    return parquet


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (pa.array([1, 2**62]), ["1", str(2**62)]),
        (pa.array([2**64 - 1, 0], pa.uint64()), [str(2**64 - 1), "0"]),
        (pa.array([7.0, 1e15]), ["7", "1000000000000000"]),
        (pa.array([7.5, -2.0], pa.float32()), ["7.5", "-2"]),
        (pa.array(["00123", "1e5"]), ["00123", "1e5"]),
        (pa.array(["a", "b"]).dictionary_encode(), ["a", "b"]),
        (
            pa.array([decimal.Decimal(12345678901234567890), decimal.Decimal(1)]),
            ["12345678901234567890", "1"],
        ),
        (pa.array([b"a-1", "ñ".encode()]), ["a-1", "ñ"]),
    ],
)
def test_ids_become_text_without_loss(parquet, ids, expected):
    assert read_records(parquet(id=ids, text=["x", "y"])).records.ids == expected


def test_missing_values_are_empty_and_nothing_is_lost(parquet):
    found = read_records(parquet(id=[1, 2, None], text=["x", None, "z"], scope=pa.array([None, 5.0, float("nan")])))
    assert found.records.scopes == [""]
    assert [(row.line, row.reason, row.row) for row in found.rejected] == [
        (2, "blank-text", ("2", "", "5")),
        (3, "blank-id", ("", "z", "")),
    ]


def test_dates_lists_and_bytes_become_readable_text(parquet):
    at = dt.datetime(2024, 1, 2, 3, 4, tzinfo=dt.UTC)
    found = read_records(parquet(id=[1], text=["x"], at=[at], tags=[["a", "b"]], raw=[b"\xff\x00"]))
    assert found.records.attributes == {
        "at": ["2024-01-02 03:04:00+00"],
        "tags": ["[a, b]"],
        "raw": ["\\xFF\\x00"],
    }


def test_a_nul_in_a_text_is_removed_with_a_finding(parquet, codes):
    found = read_records(parquet(id=[1], text=["a\0b"]))
    assert found.records.texts == ["ab"]
    assert codes(found.findings)["nul-removed"] == 1


@pytest.mark.parametrize("name", ["goals[1].parquet", "go*ls?.parquet", "noname", "o'clock.parquet"])
def test_the_name_of_the_file_does_not_matter(parquet, name):
    assert read_records(parquet(name, id=[1], text=["x"])).records.ids == ["1"]


def test_a_folder_named_like_a_partition_adds_no_column(parquet, tmp_path):
    (tmp_path / "year=2024").mkdir()
    found = read_records(parquet("year=2024/goals.parquet", id=[1], text=["x"]))
    assert found.records.attributes == {}


def test_gzipped_parquet_is_read(parquet, write):
    packed = gzip.compress(parquet(id=[1], text=["x"]).read_bytes())
    assert read_records(write(packed)).records.ids == ["1"]


def test_parquet_is_read_from_standard_input(parquet):
    stdin = io.BytesIO(parquet(id=[1], text=["x"]).read_bytes())
    assert read_records("-", stdin=stdin).records.ids == ["1"]


def test_rows_keep_their_order(parquet):
    ids = [str((row * 7919) % 30_011) for row in range(30_011)]
    assert read_records(parquet(id=ids, text=["x"] * 30_011)).records.ids == ids


def test_parquet_without_rows_is_refused(parquet):
    with pytest.raises(InputEmpty, match="no rows"):
        read_records(parquet(id=pa.array([], pa.int64()), text=pa.array([], pa.string())))


@pytest.mark.parametrize("keep", [4, 40, -8])
def test_damaged_parquet_is_refused_without_naming_a_temporary_file(parquet, write, keep):
    whole = parquet(id=[1, 2], text=["x", "y"]).read_bytes()
    with pytest.raises(FormatNotRecognised, match=r"cut\.parquet") as caught:
        read_records(write(whole[:keep], "cut.parquet"))
    assert "/twicetold-" not in caught.value.message
    assert "\n" not in caught.value.message
