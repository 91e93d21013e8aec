"""What others write is read back exactly."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from twicetold.errors import TwicetoldError
from twicetold.sources.content import Content
from twicetold.sources.delimited import parse_delimited
from twicetold.sources.files import read_records

CELL = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
ODD = st.text(st.sampled_from("ab \"',;|\t\n\r=é😀\u200b"), max_size=12)
ROWS = st.lists(st.tuples(CELL | ODD, CELL | ODD, CELL | ODD), min_size=1, max_size=6)
HEADER = ("id", "text", "note")


def read_back(data: bytes, *, packed: bool):
    """The rows of a file that were kept and those that were set aside."""
    found = read_records("-", stdin=io.BytesIO(gzip.compress(data) if packed else data))
    records = found.records
    kept = list(zip(records.ids, records.texts, records.attributes["note"], strict=True))
    return kept, [row.row for row in found.rejected]


def with_one_sound(rows):
    return [*rows, ("sure", "Raise attendance", "")]


def as_csv(rows, delimiter, quoting, ending):
    out = io.StringIO(newline="")
    # Up to Python 3.12 a lone carriage return is only quoted when it is part of the line ending.
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=ending)
    writer.writerow(HEADER)
    writer.writerows(rows)
    return out.getvalue()


@given(
    ROWS,
    st.sampled_from(",\t;|"),
    st.sampled_from([(csv.QUOTE_MINIMAL, "\r\n"), (csv.QUOTE_ALL, "\n"), (csv.QUOTE_ALL, "\r\n")]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.booleans(),
)
@settings(max_examples=150)
def test_any_csv_is_read_back_exactly(rows, delimiter, style, encoding, packed):
    rows = with_one_sound(rows)
    kept, rejected = read_back(as_csv(rows, delimiter, *style).encode(encoding), packed=packed)
    assert sorted([*kept, *rejected]) == sorted(rows)
    in_order = iter(rows)
    assert all(row in in_order for row in kept)


@given(ROWS, st.booleans(), st.booleans(), st.sampled_from(["utf-8", "utf-16"]), st.booleans())
@settings(max_examples=100)
def test_any_json_lines_are_read_back_exactly(rows, array, ascii_only, encoding, packed):
    rows = with_one_sound(rows)
    objects = [dict(zip(HEADER, row, strict=True)) for row in rows]
    if array:
        text = json.dumps(objects, ensure_ascii=ascii_only, indent=1)
    else:
        text = "\n".join(json.dumps(one, ensure_ascii=ascii_only) for one in objects)
    kept, rejected = read_back(text.encode(encoding), packed=packed)
    assert sorted([*kept, *rejected]) == sorted(rows)


@given(st.lists(ODD, min_size=1, max_size=8))
@example(['"', "a"])
@example(['a,"b', 'c"', '"d'])
@settings(max_examples=200)
def test_of_any_lines_none_is_lost_without_a_trace(lines):
    """Each line that is not blank is in a row that was read or in one that was set aside."""
    data = "\n".join(["id,text", *lines]).encode()
    table = parse_delimited(data, "goals.csv")
    read = [cell for column in table.columns.values() for cell in column]
    aside = [cell for row in table.rejected for cell in row.row]
    letters = sorted(char for char in "".join(lines) if char in "abé😀=")
    assert sorted(char for cell in [*read, *aside] for char in cell if char in "abé😀=") == letters


@given(st.binary(max_size=300))
@settings(max_examples=200)
def test_any_bytes_are_read_or_refused_never_a_traceback(data):
    with contextlib.suppress(TwicetoldError):
        assert len(read_records("-", stdin=io.BytesIO(data)).records)


@given(st.binary(max_size=60))
def test_the_fingerprint_depends_on_the_bytes_alone(data):
    assert Content("a", data).fingerprint == Content("b", data).fingerprint
