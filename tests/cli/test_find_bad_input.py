"""``twicetold find`` on bad input: a clear error or a finding, nothing lost, never a traceback."""

from __future__ import annotations

import json

import pytest

NORTH = "id,text,scope\n"
CANARY = "canarytext"


def codes(result) -> dict[str, int]:
    return {finding["code"]: finding["count"] for finding in json.loads(result.stdout)["findings"]}


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        ("", 4, ["goals.csv is empty", "Check the file"]),
        ("\n\n", 4, ["goals.csv is empty"]),
        ("id,text\n", 4, ["goals.csv has columns but no rows", "Check the file"]),
        ("id,text\n1,\n2, \n", 4, ["goals.csv has no record to compare", "2 blank-text"]),
        ("id,text\n1,TBD\n2,n/a\n", 4, ["2 placeholder-text"]),
        (bytes(range(256)) * 40, 4, ["goals.csv is no text", "control characters", "Give CSV"]),
        (b"PK\x03\x04" + b"x" * 100, 4, ["goals.csv is an Excel workbook"]),
        (b"\x1f\x8b\x08broken", 4, ["damaged or cut-off gzip", "again"]),
        ("a,b\n1,2\n", 2, ["no column looks like the text", "'a', 'b'", "--text"]),
        ("id,title,summary\n1,x,y\n", 2, ["'title' and 'summary' could each be the text", "--text"]),
        ("id,text,text\n1,x,y\n", 2, ["'text' that would be the text occurs more than once"]),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_file_that_cannot_be_used_says_why_and_what_to_do(run, write, content, status, said):
    write(content)
    result = run("find", "goals.csv")
    assert result.exit_code == status
    assert [part for part in said if part not in result.stderr] == []
    assert result.stdout == ""


def test_a_missing_file_and_a_folder_are_named(run, tmp_path):
    missing = run("find", "missing.csv")
    assert (missing.exit_code, "There is no file missing.csv." in missing.stderr) == (2, True)
    (tmp_path / "folder").mkdir()
    folder = run("find", "folder")
    assert (folder.exit_code, "folder is a folder, not a file." in folder.stderr) == (2, True)


def test_a_column_that_is_missing_is_named_with_those_that_are_there(run, goals):
    result = run("find", goals, "--text", "txt")
    assert result.exit_code == 2
    assert "has no column 'txt'. Did you mean 'text'? Its columns are: 'id', 'text', 'scope'" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--duplicate", "2"], "duplicate = '2'"),
        (["--duplicate", "0.3", "--possible", "0.4"], "possible = 0.4 is above duplicate = 0.3"),
        (["--memory", "lots"], "memory = 'lots'"),
        (["--threads", "0"], "threads = '0'"),
        (["--keeper", "newest"], "keeper = 'newest': 'newest' is none of curated, oldest, longest"),
        (["--where", "nothing = 1"], "--where"),
        (["--query", "DROP TABLE records"], "--query needs one SELECT"),
        (["--lexicon", "missing.toml"], "missing.toml"),
        (["--decisions", "missing.csv"], "There is no file missing.csv"),
        (["--engine", "cloud"], "'cloud'"),
        (["--master", "spark://host:7077"], "--master says where Spark is, and the engine is local"),
        (["--engine", "spark", "--memory", "1G"], "--memory bounds the local engine"),
        (["--no-such-option"], "--no-such-option"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_option_that_cannot_be_is_refused_by_name(run, goals, arguments, said):
    result = run("find", goals, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("record_a,record_b,answer\ng1,g2,maybe\n", "decisions.csv, line 2: 'maybe' is no answer"),
        ("record_a,record_b,answer\ng1,g1,same\n", "decisions.csv, line 2: 'g1' is decided about with itself"),
        ("record_a,record_b,answer\ng1,g2,same,x\n", "rows that cannot be read, on the lines 2"),
    ],
)
def test_broken_decisions_are_refused_by_line(run, goals, write, content, said):
    write(content, "decisions.csv")
    result = run("find", goals, "--decisions", "decisions.csv")
    assert result.exit_code == 4
    assert said in result.stderr


def test_decisions_without_their_columns_are_refused(run, goals, write):
    write("a,b,c\n1,2,3\n", "decisions.csv")
    result = run("find", goals, "--decisions", "decisions.csv")
    assert (result.exit_code, "has no column 'record_a'" in result.stderr) == (2, True)


def test_one_row_is_compared_with_nothing(run, write):
    write("id,text\n1,a goal\n")
    result = run("find", "goals.csv", "--out", "out")
    assert result.exit_code == 0
    assert "1 record, 0 pairs compared" in result.stdout


def test_rows_that_are_all_equal_leave_the_first(run, write):
    write("id,text\n" + "1,Train all staff.\n" * 5)
    result = run("find", "goals.csv", "--json")
    assert codes(result)["duplicate-id"] == 4
    assert json.loads(result.stdout)["counts"]["records"] == 1


def test_a_hundred_thousand_equal_texts_are_one_group(run, write, rows, tmp_path):
    write("id,text,scope\n" + "".join(f"{row},Train all staff.,a\n" for row in range(100_000)))
    result = run("find", "goals.csv", "--out", "out", "--json")
    counts = json.loads(result.stdout)["counts"]
    assert (counts["groups"], counts["records_in_groups"], counts["pairs_compared"]) == (1, 100_000, 0)
    assert len(rows(tmp_path / "out" / "groups.csv")) == 100_000


def test_a_text_of_a_megabyte_is_compared_and_its_cut_is_a_finding(run, write, rows, tmp_path):
    long = "Train all staff on safety. " * 40_000
    write(f"id,text\n1,{long}\n2,Repair the roof.\n")
    result = run("find", "goals.csv", "--json", "--out", "out")
    assert result.exit_code == 0
    assert codes(result)["text-truncated"] == 1


def test_rows_that_cannot_be_compared_are_set_aside_with_line_and_reason(run, write, rows, tmp_path):
    write("id,text\n1,a goal\n2,\n1,b\n3,x,y\n,c\n4,TBD\n")
    result = run("find", "goals.csv", "--out", "out")
    found = [(row["line"], row["reason"]) for row in rows(tmp_path / "out" / "rejected.csv")]
    assert found == [
        ("3", "blank-text"),
        ("4", "duplicate-id"),
        ("5", "broken-row"),
        ("6", "blank-id"),
        ("7", "placeholder-text"),
    ]
    assert "warning: Rows set aside as broken-row: 1." in result.stderr


def test_strict_refuses_them_and_lists_them_first(run, write, rows, tmp_path):
    write("id,text\n1,a goal\n2,\n")
    result = run("find", "goals.csv", "--strict", "--out", "out")
    assert result.exit_code == 4
    assert "set aside: 1 blank-text. They are: goals.csv, line 3, blank-text." in result.stderr
    assert "rejected.csv" in result.stderr
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["rejected.csv"]
    assert rows(tmp_path / "out" / "rejected.csv")[0]["line"] == "3"


def test_strict_without_a_folder_names_the_first_lines(run, write, tmp_path):
    path = write("id,text\n1,a goal\n" + "2,\n" * 9)
    result = run("find", "goals.csv", "--strict")
    assert result.exit_code == 4
    assert "line 7, blank-text; ..." in result.stderr
    assert "--out DIR lists all" in result.stderr
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("out", [[], ["--out", "out"]])
def test_strict_lets_a_sound_file_pass(run, goals, out):
    assert run("find", goals, "--strict", *out).exit_code == 0


def test_memory_that_cannot_suffice_is_refused_with_the_number_needed(run, goals, tmp_path):
    result = run("find", goals, "--memory", "1M", "--out", "out")
    assert result.exit_code == 6
    assert "MiB; 1 MiB may be used" in result.stderr
    assert "--memory" in result.stderr
    assert not (tmp_path / "out").exists()


def test_windows_text_is_read_with_a_finding(run, write, rows, tmp_path):
    write("id,text\n1,Visit the café – daily.\n2,VISIT THE CAFÉ – daily\n".encode("cp1252"))
    result = run("find", "goals.csv", "--json", "--out", "out")
    assert codes(result)["encoding-guessed"] == 2
    assert rows(tmp_path / "out" / "groups.csv")[0]["text"] == "Visit the café – daily."


def test_ids_that_differ_in_case_are_two_ids_and_a_finding(run, write):
    write("id,text\na1,Train all staff.\nA1,Train all staff.\n")
    result = run("find", "goals.csv", "--json")
    assert codes(result)["ids-differ-in-case"] == 1
    assert json.loads(result.stdout)["counts"]["records_in_groups"] == 2


def test_records_without_a_scope_are_compared_with_each_other_and_counted(run, write):
    write('{"id": 1, "text": "Train all staff.", "scope": null}\n{"id": 2, "text": "Train all staff."}\n', "g.jsonl")
    write(NORTH + "3,Train all staff.,\n4,Train all staff.,a\n")
    result = run("find", "g.jsonl", "goals.csv", "--json")
    assert codes(result)["scope-blank"] == 3
    assert json.loads(result.stdout)["counts"]["records_in_groups"] == 3


@pytest.mark.parametrize(
    "text",
    ["👩‍👧‍👦 families", "مرحبا بالعالم", "\u200fשלום עולם\u200f", "cafe\u0301 visits", "ﬁnd ﬁve", "🎉", "𝒳 marks"],
)
def test_texts_of_every_script_are_grouped_printed_and_written_as_they_are(run, write, rows, tmp_path, text):
    write(f"id,text\n1,{text}\n2,{text}\n")
    result = run("find", "goals.csv", "--out", "out")
    assert result.exit_code == 0
    assert [row["text"] for row in rows(tmp_path / "out" / "groups.csv")] == [text, text]
    assert text in result.stdout


def test_nul_characters_are_removed_with_a_finding(run, write):
    write("id,text\n1,Train\0 staff\n2,train staff\n")
    result = run("find", "goals.csv", "--json")
    assert codes(result)["nul-removed"] == 1
    assert json.loads(result.stdout)["counts"]["groups"] == 1


def test_formulas_are_written_safely_for_spreadsheets(run, write, tmp_path):
    write("id,text\n=1+1,=cmd()\n@2,=CMD()\n")
    run("find", "goals.csv", "--out", "out")
    for name in ("groups.csv", "pairs.csv"):
        cells = (tmp_path / "out" / name).read_text().replace("\n", ",").split(",")
        assert any(cell.startswith("'=") for cell in cells), name
        assert not [cell for cell in cells if cell[:1] in {"=", "@", "+", "-"}], name


@pytest.mark.parametrize(
    "content",
    [
        f"id,text\n1,{CANARY}\n1,{CANARY}\n2,\n3,{CANARY},{CANARY}\n,{CANARY}\n",
        f"id,text\n1,{CANARY}\0\n2,{CANARY}\n".encode(),
        f"id,text\n1,{CANARY} é\n2,{CANARY}\n".encode("cp1252"),
        f'id,text\n1,"{CANARY}\n2,{CANARY}\n',
        f'{{"id": 1, "text": "{CANARY}"}}\n{{"id": 2, "text": "{CANARY}"\n',
        f'{{"id": 1, "text": ["{CANARY}"]}}\n',
        f"id,title,summary\n1,{CANARY},{CANARY}\n",
        f"a,b\n1,{CANARY}\n",
        f"id,text\n1,{CANARY} " + "long " * 300 + "\n2,x\n",
    ],
    ids=range(9),
)
@pytest.mark.parametrize(
    "arguments",
    [[], ["--strict"], ["--where", "text::INT > 1"], ["--query", "SELECT text::DATE AS text FROM records"]],
    ids=lambda arguments: " ".join(arguments[:1]),
)
def test_no_text_of_a_record_reaches_the_log_or_an_error(run, write, content, arguments, monkeypatch):
    monkeypatch.setattr("twicetold.cli.console._LOG_EVERY", 0.0)
    write(content, "goals")
    assert CANARY not in run("find", "goals", *arguments).stderr
