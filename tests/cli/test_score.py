"""``twicetold score``: a table of pairs comes back with two columns more."""

from __future__ import annotations

import re

import pytest

PAIRS = (
    "note,id,text_a,text_b\n"
    "x,2,Train all staff.,TRAIN ALL STAFF\n"
    "y,1,Train all staff on safety.,Repair the roof of the gym.\n"
)


def test_rows_columns_and_their_order_stay(run, write, rows):
    write(PAIRS, "pairs.csv")
    result = run("score", "pairs.csv")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "note,id,text_a,text_b,probability,verdict"
    scored = rows(result.stdout)
    assert [(row["note"], row["id"]) for row in scored] == [("x", "2"), ("y", "1")]
    assert [row["verdict"] for row in scored] == ["duplicate", "different"]
    assert all(re.fullmatch(r"[01]\.\d{4}", row["probability"]) for row in scored)


def test_labels_are_neither_needed_nor_used(run, write, rows):
    write(PAIRS, "bare.csv")
    lines = PAIRS.splitlines()
    write("\n".join([lines[0] + ",duplicate", lines[1] + ",0", lines[2] + ","]), "labelled.csv")
    bare, labelled = (rows(run("score", name).stdout) for name in ("bare.csv", "labelled.csv"))
    assert [row["probability"] for row in bare] == [row["probability"] for row in labelled]
    assert [row["duplicate"] for row in labelled] == ["0", ""]


def test_standard_input_is_scored(run):
    assert run("score", "-", stdin=PAIRS).stdout.count("\n") == 3


def test_a_file_is_written_and_the_verdicts_are_counted(run, write, tmp_path):
    write(PAIRS, "pairs.csv")
    result = run("score", "pairs.csv", "--out", "new/scored.csv")
    assert result.stdout == ""
    assert "2 pairs: 1 different, 1 duplicate. Written to new/scored.csv" in result.stderr
    assert (tmp_path / "new" / "scored.csv").read_text() == run("score", "pairs.csv").stdout


def test_quiet_prints_the_table_or_nothing(run, write):
    write(PAIRS, "pairs.csv")
    assert run("score", "pairs.csv", "--quiet", "--out", "scored.csv").output == ""


def test_scoring_again_replaces_the_columns_with_a_finding(run, write, rows):
    write(PAIRS, "pairs.csv")
    write(run("score", "pairs.csv").stdout.replace("duplicate\n", "wrong\n"), "scored.csv")
    again = run("score", "scored.csv")
    assert again.stdout == run("score", "pairs.csv").stdout
    assert "warning: Columns that were there and have been replaced: probability, verdict." in again.stderr


@pytest.mark.parametrize("text", ["", "  ", "\u200b", ".", "TBD"])
def test_a_text_that_says_nothing_is_the_same_as_nothing(run, write, rows, text):
    write(f"id,text_a,text_b\n1,{text},{text}\n2,Train all staff.,{text}\n3,a goal,A goal\n", "pairs.csv")
    result = run("score", "pairs.csv")
    assert [row["probability"] for row in rows(result.stdout)] == ["0.0000", "0.0000", "1.0000"]
    assert "which got the probability 0: 2." in result.stderr


def test_thresholds_decide_the_verdicts(run, write, rows):
    write(PAIRS, "pairs.csv")
    result = run("score", "pairs.csv", "--duplicate", "0", "--possible", "0")
    assert {row["verdict"] for row in rows(result.stdout)} == {"duplicate"}


def test_formulas_in_pairs_are_written_safely(run, write):
    write("id,text_a,text_b\n=1+1,=cmd(),-x\n", "pairs.csv")
    assert run("score", "pairs.csv").stdout.splitlines()[1].startswith("'=1+1,'=cmd(),'-x,")


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        ("id,text_a\n1,x\n", 2, "pairs.csv has no column 'text_b'"),
        ("text_a,text_b\n1,x\n", 2, "pairs.csv has no column 'id'"),
        ("id,text_a,text_b\n1,x\n", 4, "pairs.csv has rows that cannot be read, on the lines 2."),
        ("id,text_a,text_b,duplicate\n1,x,y,perhaps\n", 4, "pairs.csv, line 2: 'perhaps' in the column 'duplicate'"),
        ("id,text_a,text_b\n", 4, "pairs.csv has columns but no rows"),
        ("", 4, "pairs.csv is empty"),
        (bytes(range(256)) * 9, 4, "pairs.csv is no text"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_bad_pairs_are_refused_by_name_and_line(run, write, content, status, said):
    write(content, "pairs.csv")
    result = run("score", "pairs.csv")
    assert (result.exit_code, result.stdout) == (status, "")
    assert said in result.stderr


def test_a_place_that_cannot_be_written_is_found_out_before_the_work(run, write):
    write("mine", "file")
    result = run("score", "missing.csv", "--out", "file/scored.csv")
    assert result.exit_code == 2
    assert "cannot be written to file" in result.stderr


def test_texts_longer_than_the_model_reads_are_said(run, write):
    write(f"id,text_a,text_b\n1,{'train staff ' * 200},Train staff\n", "pairs.csv")
    assert "1 texts are longer than the model reads" in run("score", "pairs.csv").stderr
