"""Texts in the encodings that people's files have."""

from __future__ import annotations

import pytest

from twicetold.errors import FormatNotRecognised
from twicetold.sources.files import read_records

ODD = "Familias añaden “3” – Δ العربية 👩‍👧 e\u0301 ﬁne"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_unicode_encoding_reads_the_same(write, codes, encoding):
    found = read_records(write(f"id,text\n1,{ODD}\n".encode(encoding)))
    assert found.records.texts == [ODD]
    assert "encoding-guessed" not in codes(found.findings)


@pytest.mark.parametrize(("encoding", "mark"), [("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")])
def test_utf_16_is_read_in_either_byte_order(write, encoding, mark):
    assert read_records(write(mark + f"id,text\n1,{ODD}\n".encode(encoding))).records.texts == [ODD]


def test_utf_16_that_breaks_off_is_refused(write):
    with pytest.raises(FormatNotRecognised, match="UTF-16 at byte"):
        read_records(write("id,text\n1,abc\n".encode("utf-16")[:-1]))


def test_windows_1252_is_read_with_a_finding(write, codes):
    found = read_records(write("id,text\n1,plain\n2,“85%” – año\n3,It’s €5\n".encode("cp1252")))
    assert found.records.texts == ["plain", "“85%” – año", "It’s €5"]
    assert codes(found.findings)["encoding-guessed"] == 2


def test_a_file_with_lines_in_both_encodings_keeps_both(write, codes):
    found = read_records(write(b"id,text\n" + "1,año\n".encode() + "2,niño\n".encode("cp1252")))
    assert found.records.texts == ["año", "niño"]
    assert codes(found.findings)["encoding-guessed"] == 1


def test_bytes_that_windows_1252_leaves_free_are_kept(write):
    assert read_records(write(b"id,text\n1,a\x81b\xe9\n")).records.texts == ["a\x81bé"]


def test_a_finding_about_encoding_quotes_no_text(write):
    found = read_records(write("id,text\n1,señal\n".encode("cp1252")))
    assert not any("se" in finding.message.split() or "ñ" in finding.message for finding in found.findings)


def test_nul_bytes_are_removed_and_counted(write, codes):
    found = read_records(write(b"id,text\n1,Raise\0 attendance by\0 5 percent in all centers\n"))
    assert found.records.texts == ["Raise attendance by 5 percent in all centers"]
    assert codes(found.findings)["nul-removed"] == 2


def test_nul_escaped_in_json_is_removed_and_counted(write, codes):
    found = read_records(write(r'{"id": 1, "text": "a\u0000b"}'))
    assert found.records.texts == ["ab"]
    assert codes(found.findings)["nul-removed"] == 1


def test_half_a_surrogate_pair_is_replaced_and_counted(write, codes):
    found = read_records(write(r'{"id": "\uD83D", "text": "a \ud83d\ude00 b\uDE00"}'))
    assert found.records.ids == ["\ufffd"]
    assert found.records.texts == ["a 😀 b\ufffd"]
    assert codes(found.findings)["characters-replaced"] == 2
