"""``twicetold find`` on good input: every option does what its help says."""

from __future__ import annotations

import gzip
import json
import random
import re
from importlib.resources import files

import pytest

OUTPUTS = ["groups.csv", "pairs.csv", "rejected.csv", "report.html", "summary.json"]


def grouped(rows, out):
    """The members of each group, by scope-free comparison of ids."""
    found = {}
    for row in rows(out / "groups.csv"):
        found.setdefault(row["group_id"], []).append(row["record_id"])
    return sorted(found.values())


def test_results_are_written_and_the_groups_are_printed(run, goals, rows, tmp_path):
    result = run("find", goals, "--out", "out")
    assert result.exit_code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == OUTPUTS
    assert grouped(rows, tmp_path / "out") == [["g1", "g2"]]
    assert re.search(r"^g[0-9a-f]{12} in north: 2 records, keep g2$", result.stdout, re.MULTILINE)
    assert "* g2  TRAIN ALL STAFF ON SAFETY" in result.stdout
    assert f"Report: {'out'}/report.html" in result.stdout


def test_where_a_platform_keeps_what_is_printed_no_text_is(run, goals, monkeypatch):
    monkeypatch.setenv("VCAP_APPLICATION", "{}")
    printed = run("find", goals).stdout
    assert "* g2  (25 characters)" in printed
    assert "staff" not in printed.casefold()


def test_without_a_folder_nothing_is_written_and_that_is_said(run, goals, tmp_path):
    assert "Nothing was written; --out DIR" in run("find", goals).stdout
    assert list(tmp_path.iterdir()) == [goals]


def test_guessed_columns_are_printed(run, goals):
    guess = "info: The columns were guessed: id from 'id', text from 'text', scope from 'scope'."
    assert guess in run("find", goals).stderr


def test_named_columns_are_taken_and_nothing_is_guessed(run, write, rows, tmp_path):
    write("text,key,body,place\nx,1,Train all staff.,a\ny,2,TRAIN ALL STAFF,a\nz,3,Train all staff,b\n")
    result = run("find", "goals.csv", "--id", "key", "--text", "body", "--scope", "place", "--out", "out")
    assert grouped(rows, tmp_path / "out") == [["1", "2"]]
    assert "guessed" not in result.stderr


def test_an_empty_scope_option_compares_everything(run, goals, rows, tmp_path):
    run("find", goals, "--scope", "", "--out", "out")
    assert grouped(rows, tmp_path / "out") == [["g1", "g2", "g4"]]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_standard_input_is_read(run, goals, pack):
    result = run("find", "-", stdin=pack(goals.read_bytes()))
    assert result.exit_code == 0
    assert "4 records" in result.stdout


def test_a_pipe_into_a_real_process_is_read(process, goals):
    with goals.open("rb") as stream:
        child = process("find", "-", "--json", stdin=stream)
        out, _ = child.communicate()
    assert child.returncode == 0
    assert json.loads(out)["counts"]["groups"] == 1


def test_packed_files_are_read(run, write):
    write(gzip.compress(b"id,text\n1,a goal\n2,A goal\n"), "goals.csv.gz")
    assert "1 group with 2 records" in run("find", "goals.csv.gz").stdout


def test_several_files_of_several_formats_are_one_input(run, write, rows, tmp_path):
    one = write("id,text\n1,Train all staff.\n", "one.csv")
    two = write('{"id": "2", "text": "train ALL staff"}\n', "two.jsonl")
    three = write("id\ttext\n3\tTrain all staff!\n", "three.tsv")
    run("find", one, two, three, "--out", "out")
    assert grouped(rows, tmp_path / "out") == [["1", "2", "3"]]


def test_ids_come_out_as_they_went_in(run, write, rows, tmp_path):
    ids = ["00123", "1e5", "12345678901234567890", " x ", "0.10"]
    write("id,text\n" + "".join(f"{key},Train all staff.\n" for key in ids))
    run("find", "goals.csv", "--out", "out")
    assert sorted(row["record_id"] for row in rows(tmp_path / "out" / "groups.csv")) == sorted(ids)


def test_where_chooses_rows(run, goals):
    result = run("find", goals, "--where", "scope = 'south'")
    assert "--where kept 1 of 4 rows" in result.stderr
    assert "1 record" in result.stdout


def test_query_makes_the_rows(run, goals):
    sql = "SELECT id, text, '' AS scope FROM records WHERE id <> 'g3'"
    result = run("find", goals, "--query", sql)
    assert "1 group with 3 records" in result.stdout


@pytest.mark.parametrize(("rule", "kept"), [("oldest", "g2"), ("longest,oldest", "g1"), ("curated", "g1")])
def test_the_keeper_follows_the_rule(run, goals, rows, tmp_path, rule, kept):
    run("find", goals, "--keeper", rule, "--out", "out")
    assert [row["record_id"] for row in rows(tmp_path / "out" / "groups.csv") if row["keeper"] == "true"] == [kept]


def test_decisions_win_over_the_model(run, goals, write, rows, tmp_path):
    write("record_a,record_b,answer\ng1,g2,different\ng3,g1,Same\n", "decisions.csv")
    run("find", goals, "--decisions", "decisions.csv", "--out", "out")
    assert grouped(rows, tmp_path / "out") == [["g1", "g3"]]


def test_decisions_about_records_that_are_not_there_are_counted(run, goals, write):
    write("record_a,record_b,answer\nx,y,same\ng1,g4,same\n", "decisions.csv")
    assert "info: 2 decisions name records" in run("find", goals, "--decisions", "decisions.csv").stderr


def test_a_list_of_decisions_without_rows_changes_nothing(run, goals, write):
    write("record_a,record_b,answer\n", "decisions.csv")
    assert "1 group" in run("find", goals, "--decisions", "decisions.csv").stdout


def test_json_is_all_there_is_on_standard_output(run, goals):
    result = run("find", goals, "--json", "--out", "out")
    summary = json.loads(result.stdout)
    assert summary["counts"]["records"] == 4
    assert summary["seconds"] > 0
    assert {"columns-guessed"} <= {finding["code"] for finding in summary["findings"]}
    assert result.stderr == ""


def test_quiet_prints_nothing_but_writes(run, goals, tmp_path):
    result = run("find", goals, "--quiet", "--out", "out")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert (tmp_path / "out" / "groups.csv").is_file()


def test_quiet_still_prints_errors(run):
    assert "There is no file" in run("find", "missing.csv", "--quiet").stderr


@pytest.mark.parametrize("variable", ["option", "variable"])
def test_thresholds_are_obeyed_from_options_and_environment(run, goals, variable):
    given = {"duplicate": "1", "possible": "1"}
    if variable == "option":
        result = run("find", goals, "--json", "--duplicate", "1", "--possible", "1")
    else:
        result = run("find", goals, "--json", **{f"TWICETOLD_{name.upper()}": value for name, value in given.items()})
    assert json.loads(result.stdout)["thresholds"] == {"duplicate": 1.0, "possible": 1.0}


def test_a_lexicon_of_ones_own_makes_words_the_same(run, write):
    write('[synonyms]\nzorp = ["blarg"]\n', "words.toml")
    write("id,text\n1,Paint the zorp blue.\n2,Paint the blarg blue.\n")
    result = run("find", "goals.csv", "--lexicon", "words.toml", "--json")
    assert json.loads(result.stdout)["counts"]["pairs_identical"] == 1


def test_long_lists_are_cut_and_what_is_left_out_is_counted(run, write):
    texts = [
        f"{row},Goal of kind {row % 12}: paint {'x' * 120} room {'abcdefghijkl'[row % 12] * 3}" for row in range(24)
    ]
    texts += [f"same{row},Train all staff." for row in range(15)]
    write("id,text\n" + "\n".join(texts) + "\n")
    result = run("find", "goals.csv", "--duplicate", "1")
    assert "    and 5 more\n" in result.stdout
    assert "and 3 more groups\n" in result.stdout
    assert max(map(len, result.stdout.splitlines())) < 140
    assert "…" in result.stdout


def test_whoever_writes_control_characters_does_not_steer_the_terminal(run, write):
    write("id,text,scope\n1\x1b[2J,Train \x1b[31mall staff.,a\x07\n2,Train \x1b[31mall STAFF.,a\x07\n")
    result = run("find", "goals.csv")
    assert "1 group" in result.stdout
    assert not {"\x1b", "\x07"} & set(result.stdout + result.stderr)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_the_rows_changes_no_byte(run, write, tmp_path, seed):
    demo = files("twicetold").joinpath("data", "demo", "goals.csv")
    header, *lines = demo.read_text(encoding="utf-8").splitlines()
    shuffled = random.Random(seed).sample(lines, len(lines))
    write("\n".join([header, *lines]), "one.csv")
    write("\n".join([header, *shuffled]), "two.csv")
    assert run("find", "one.csv", "--out", "a", "--quiet").exit_code == 0
    assert run("find", "two.csv", "--out", "b", "--quiet").exit_code == 0
    for name in ("groups.csv", "pairs.csv", "summary.json", "report.html"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_a_changed_text_is_another_input(run, goals, write):
    digests = set()
    for text in (goals.read_text(), goals.read_text().replace("roof", "floor")):
        write(text)
        digests.add(json.loads(run("find", "goals.csv", "--json").stdout)["input"]["sha256"])
    assert len(digests) == 2


def test_settings_come_from_a_file_in_the_folder(run, goals, write):
    write("duplicate = 1.0\n", "twicetold.toml")
    assert json.loads(run("find", goals, "--json").stdout)["thresholds"]["duplicate"] == 1.0


def test_progress_is_logged_as_json_where_there_is_no_terminal(run, goals, monkeypatch):
    monkeypatch.setattr("twicetold.cli.console._LOG_EVERY", 0.0)
    lines = [line for line in run("find", goals).stderr.splitlines() if line.startswith("{")]
    last = json.loads(lines[-1])
    assert (last["step"], last["done"], last["total"], last["seconds_left"]) == ("comparing", 4, 4, 0)
    assert {"event", "level", "timestamp"} < set(last)


def test_a_short_run_logs_no_progress(run, goals):
    assert not any(line.startswith("{") for line in run("find", goals).stderr.splitlines())
