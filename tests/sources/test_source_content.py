"""Files that are missing, damaged, packed or no tables at all."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import subprocess
import sys

import pytest

from twicetold.errors import FileNotUsable, FormatNotRecognised, InputEmpty
from twicetold.sources.files import read_records

TABLE = "id,text\n1,Raise attendance.\n"


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotUsable, match=r"no file .*gone\.csv"):
        read_records(tmp_path / "gone.csv")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(FileNotUsable, match="is a folder"):
        read_records(tmp_path)


def test_a_path_through_a_file_is_refused(write):
    with pytest.raises(FileNotUsable, match="Not a directory"):
        read_records(write(TABLE) / "inner.csv")


def test_a_path_with_a_nul_character_is_refused():
    with pytest.raises(FileNotUsable, match="null byte"):
        read_records("a\0b.csv")


def test_a_path_that_is_too_long_is_refused(tmp_path):
    with pytest.raises(FileNotUsable, match="too long"):
        read_records(tmp_path / ("x" * 300))


def test_a_file_that_may_not_be_read_is_refused(write):
    path = write(TABLE)
    path.chmod(0)
    script = (
        "import os, sys\n"
        "from twicetold.errors import FileNotUsable\n"
        "from twicetold.sources.files import read_records\n"
        "if os.getuid() == 0: os.setuid(65534)  # root may read everything\n"
        "try: read_records(sys.argv[1])\n"
        "except FileNotUsable as error: print(error.message)"
    )
    done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True)
    assert "Permission denied" in done.stdout


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"  \r\n ", b"\xef\xbb\xbf", b"\xff\xfe", b'""\n', gzip.compress(b"", mtime=0)]
)
def test_an_empty_file_is_refused(write, content):
    with pytest.raises(InputEmpty, match=r"goals\.csv is empty"):
        read_records(write(content))


@pytest.mark.parametrize("content", ["id,text", "id,text\n", "id,text\r\n\r\n", "\ufeffid\ttext\n"])
def test_a_file_with_only_a_header_is_refused(write, content):
    with pytest.raises(InputEmpty, match="no rows"):
        read_records(write(content))


def test_an_empty_json_array_is_refused(write):
    with pytest.raises(InputEmpty, match="no rows"):
        read_records(write("[]", "goals.json"))


def test_one_row_is_enough(write):
    assert read_records(write(TABLE)).records.ids == ["1"]


@pytest.mark.parametrize(
    ("start", "kind"),
    [(b"PK\x03\x04", "Excel"), (b"%PDF-1.7", "PDF"), (b"SQLite format 3\0", "SQLite"), (b"BZh9", "bzip2")],
)
def test_a_known_kind_of_file_is_named(write, start, kind):
    with pytest.raises(FormatNotRecognised, match=kind):
        read_records(write(start + b"..."))


@pytest.mark.parametrize(
    "content",
    [
        bytes(range(256)) * 40,
        b"\0" * 5000,
        b"\x89PNG\r\n\x1a\n" + bytes(range(0, 256, 3)) * 50,
        b"id,text\n" + os.urandom(4096),
        "id,text\n1,abc\n".encode("utf-32"),
    ],
)
def test_a_binary_file_is_refused(write, content):
    with pytest.raises(FormatNotRecognised, match="no text"):
        read_records(write(content))


def test_gzip_is_known_by_its_bytes_not_by_its_name(write):
    assert read_records(write(gzip.compress(TABLE.encode()), "goals.csv")).records.ids == ["1"]
    assert read_records(write(TABLE, "goals.csv.gz")).records.ids == ["1"]


def test_gzip_in_several_members_is_read_whole(write):
    packed = gzip.compress(TABLE.encode()) + gzip.compress(b"2,Train staff.\n")
    assert read_records(write(packed)).records.ids == ["1", "2"]


@pytest.mark.parametrize("damage", [lambda packed: packed[:-9], lambda packed: packed[:12] + b"\xff" * 20])
def test_damaged_gzip_is_refused(write, damage):
    with pytest.raises(FormatNotRecognised, match="damaged or cut-off gzip"):
        read_records(write(damage(gzip.compress(TABLE.encode() * 50))))


def test_a_dash_reads_standard_input():
    found = read_records("-", stdin=io.BytesIO(TABLE.encode()))
    assert found.records.texts == ["Raise attendance."]


def test_empty_standard_input_is_refused():
    with pytest.raises(InputEmpty, match="standard input is empty"):
        read_records("-", stdin=io.BytesIO())


def test_the_process_has_a_standard_input_of_its_own():
    script = "from twicetold.sources.files import read_records; print(read_records('-').records.ids)"
    done = subprocess.run([sys.executable, "-c", script], input=TABLE.encode(), capture_output=True, check=True)
    assert done.stdout.strip() == b"['1']"


def test_the_fingerprint_is_that_of_the_unpacked_content(write):
    expected = hashlib.sha256(TABLE.encode()).hexdigest()
    assert read_records(write(TABLE)).fingerprint == expected
    assert read_records(write(gzip.compress(TABLE.encode()), "packed")).fingerprint == expected


def test_reading_csv_does_not_import_duckdb(write):
    script = (
        "import sys; from twicetold.sources.files import read_records; read_records(sys.argv[1]);"
        "sys.exit('duckdb' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script, write(TABLE)], check=False).returncode == 0
