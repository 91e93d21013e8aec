"""``twicetold evaluate``: measures on labelled pairs and records, and a gate."""

from __future__ import annotations

import json
import random
import re

import pytest

SAME = [("Train all staff.", "TRAIN ALL STAFF"), ("Repair the roof.", "repair the roof"), ("Buy books.", "BUY BOOKS")]
OTHER = [
    ("Train all staff.", "Repair the roof."),
    ("Buy books.", "Count the buses at noon."),
    ("Paint it.", "Buy milk."),
]


@pytest.fixture
def pairs(write):
    lines = [f"{row},{a},{b},{int((a, b) in SAME)},k{row % 2}" for row, (a, b) in enumerate(SAME + OTHER)]
    return write("\n".join(["id,text_a,text_b,duplicate,kind", *lines]), "pairs.csv")


@pytest.fixture
def records(write):
    chance = random.Random(5)
    texts = [("Train all staff.", "c1"), ("train all STAFF", "c1"), ("Repair the roof.", "c2"), ("Buy books.", "c3")]
    lines = [f"{scope}{row},{scope},{text},{gold}" for scope in "ab" for row, (text, gold) in enumerate(texts)]
    return write("\n".join(["id,scope,text,cluster_id", *chance.sample(lines, len(lines))]), "records.csv")


def test_pairs_are_measured_with_intervals(run, pairs):
    result = run("evaluate", pairs)
    assert result.exit_code == 0
    lines = {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines()}
    assert float(lines["f1"][0]) > 0.7
    assert "expected_calibration_error" in lines


def test_records_are_measured_as_groups(run, records):
    result = run("evaluate", records, "--json")
    measured = json.loads(result.stdout)
    assert (measured["what"], measured["records"], measured["scopes"], measured["clusters"]) == ("groups", 8, 2, 2)
    assert measured["metrics"]["b_cubed_recall"]["value"] == 1.0


@pytest.mark.parametrize("data", ["pairs", "records"])
def test_baselines_stand_beside_the_model_when_asked(run, request, data):
    path = request.getfixturevalue(data)
    names = {row["name"] for row in json.loads(run("evaluate", path, "--compare", "--json").stdout)["baselines"]}
    assert len(names) == 4
    table = run("evaluate", path, "--compare").stdout
    assert all(name in table.splitlines()[0] for name in names)
    assert json.loads(run("evaluate", path, "--json").stdout)["baselines"] == []


def test_a_page_and_data_are_written(run, pairs, tmp_path):
    result = run("evaluate", pairs, "--out", "quality")
    assert sorted(path.name for path in (tmp_path / "quality").iterdir()) == ["evaluation.html", "evaluation.json"]
    assert "pairs.csv" in (tmp_path / "quality" / "evaluation.html").read_text()
    assert "Report: quality/evaluation.html" in result.stdout
    assert (tmp_path / "quality" / "evaluation.json").read_text() == run("evaluate", pairs, "--json").stdout


@pytest.mark.parametrize("data", ["pairs", "records"])
def test_standard_input_is_measured(run, request, data):
    content = request.getfixturevalue(data).read_bytes()
    assert run("evaluate", "-", stdin=content).exit_code == 0


def test_columns_of_records_can_be_named(run, write):
    write("key,body,place,cluster_id\n1,Train all staff.,a,c\n2,TRAIN ALL STAFF,a,c\n3,Buy books.,a,d\n", "r.csv")
    result = run("evaluate", "r.csv", "--id", "key", "--text", "body", "--scope", "place", "--json")
    assert json.loads(result.stdout)["metrics"]["pairwise_f1"]["value"] == 1.0


def test_the_labels_cannot_be_the_scope(run, records):
    assert run("evaluate", records, "--scope", "cluster_id").exit_code == 2


@pytest.mark.parametrize(
    ("minimum", "status"), [("f1=0", 0), (" f1 = 0 ", 0), ("accuracy=0.5", 0), ("expected", 2), ("f1=1", None)]
)
def test_a_minimum_is_a_gate(run, pairs, minimum, status):
    result = run("evaluate", pairs, "--minimum", minimum)
    if status is None:  # whatever the model thinks of these, it must agree with its own figure
        value = json.loads(run("evaluate", pairs, "--json").stdout)["metrics"]["f1"]["value"]
        status = 0 if value == 1.0 else 7
    assert result.exit_code == status


def test_below_the_minimum_the_exit_status_is_7_and_the_figures_are_still_there(run, write, tmp_path):
    write("id,text_a,text_b,duplicate\n1,Buy books.,BUY BOOKS,0\n2,Buy books.,Repair the roof.,1\n", "wrong.csv")
    result = run("evaluate", "wrong.csv", "--minimum", "accuracy=0.9", "--out", "q")
    assert result.exit_code == 7
    assert "accuracy is 0.0000, not at least 0.9" in result.stderr
    assert "accuracy" in result.stdout
    assert (tmp_path / "q" / "evaluation.json").is_file()


def test_a_metric_that_is_undefined_does_not_pass(run, write):
    write("id,text_a,text_b,duplicate\n1,Buy books.,Repair the roof.,0\n", "one.csv")
    result = run("evaluate", "one.csv", "--minimum", "recall=0")
    assert result.exit_code == 7
    assert re.search(r"^recall +-$", result.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    ("minimum", "said"),
    [
        ("fame=0.5", "there is no metric 'fame'"),
        ("brier=0.1", "brier is the better the lower it is"),
        ("expected_calibration_error=0.1", "the better the lower"),
        ("f1=much", "'much' is no number from 0 to 1"),
        ("f1", "'' is no number from 0 to 1"),
        ("f1=nan", "'nan' is no number"),
        ("f1=90", "'90' is no number from 0 to 1"),
        ("pairwise_f1=0.5", "not measured on this kind of data"),
    ],
)
def test_a_minimum_that_makes_no_sense_is_refused(run, pairs, minimum, said):
    result = run("evaluate", pairs, "--minimum", minimum)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        ("id,text\n1,x\n", 2, "neither a column 'duplicate' nor 'cluster_id'. Its columns are: 'id', 'text'."),
        ("id,text_a,text_b,duplicate\n1,x,y,maybe\n", 4, "line 2: 'maybe'"),
        ("id,text_a,text_b,duplicate\n1,x,y,\n", 4, "none of 1 pairs has a label"),
        ("id,text_a,text_b,duplicate\n1,x,y\n", 4, "on the lines 2"),
        ("id,text,cluster_id\n1,a goal,\n", 4, "none of 1 records has a gold cluster"),
        ("id,text,cluster_id\n1,,c\n", 4, "no record to compare"),
        ("id,text,cluster_id\n", 4, "has columns but no rows"),
    ],
)
def test_data_that_cannot_be_measured_is_refused(run, write, content, status, said):
    write(content, "data.csv")
    result = run("evaluate", "data.csv")
    assert (result.exit_code, result.stdout) == (status, "")
    assert said in result.stderr


def test_what_was_left_out_is_said(run, write):
    write("id,text,cluster_id\n1,a goal,c\n2,A goal,c\n3,,c\n4,another,\n", "records.csv")
    result = run("evaluate", "records.csv", "--json")
    codes = {finding["code"] for finding in json.loads(result.stdout)["findings"]}
    assert {"blank-text", "columns-guessed", "labels-missing"} <= codes
    assert "Rows set aside as blank-text: 1." in run("evaluate", "records.csv").stderr


def test_texts_longer_than_the_model_reads_are_said(run, write):
    write(f"id,text_a,text_b,duplicate\n1,{'train staff ' * 200},Train staff,1\n2,a cook,a bus,0\n", "pairs.csv")
    assert "1 texts are longer than the model reads" in run("evaluate", "pairs.csv").stderr


def test_pairs_with_a_text_that_says_nothing_are_said(run, write):
    write("id,text_a,text_b,duplicate\n1,a goal,A goal,1\n2,a goal,,0\n", "pairs.csv")
    assert "a text says nothing" in run("evaluate", "pairs.csv").stderr


def test_a_folder_that_cannot_be_written_is_found_out_before_the_work(run, write):
    write("mine", "file")
    result = run("evaluate", "missing.csv", "--out", "file/out")
    assert (result.exit_code, "cannot be written" in result.stderr) == (2, True)
