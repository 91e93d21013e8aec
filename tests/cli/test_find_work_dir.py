"""``twicetold find`` in a scope that counts as large: where its files go, and what is said of the search."""

from __future__ import annotations

import json

import pytest

from twicetold import pipeline
from twicetold.engines import large
from twicetold.matching import plan


@pytest.fixture
def made_in(monkeypatch):
    """The folders in which files were made, once a few texts count as very many."""
    monkeypatch.setattr(pipeline, "EXACT", 30)
    monkeypatch.setattr(plan, "LARGE", 40)
    monkeypatch.setattr(large, "LARGE", 40)
    folders, whole = [], large.Spill
    monkeypatch.setattr(large, "Spill", lambda folder, parts: folders.append(folder) or whole(folder, parts))
    return folders


@pytest.fixture
def many(write):
    rows = [f"{row},Train {row} cooks on safe meals" for row in range(1, 60)]
    return write("\n".join(["id,text", *rows, "60,Train 1 cook on safe meals", "61,TRAIN 2 cooks on safe meals"]))


@pytest.mark.parametrize("how", ["option", "variable", "nothing", "an empty variable"])
def test_files_are_made_where_the_option_or_the_variable_says(run, many, made_in, tmp_path, how):
    (tmp_path / "spare").mkdir()
    option = ["--work-dir", "spare"] if how == "option" else []
    variables = {"variable": {"TWICETOLD_WORK_DIR": "spare"}, "an empty variable": {"TWICETOLD_WORK_DIR": ""}}
    result = run("find", many, "--json", *option, **variables.get(how, {}))
    assert result.exit_code == 0
    assert list(map(str, made_in)) == (["spare"] if how in ("option", "variable") else ["None"])
    assert list((tmp_path / "spare").iterdir()) == []
    assert json.loads(result.stdout)["counts"]["groups"] > 0


def test_the_option_wins_over_the_variable(run, many, made_in, tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    run("find", many, "--work-dir", "one", TWICETOLD_WORK_DIR="other")
    assert list(map(str, made_in)) == ["one"]


def test_what_was_not_compared_is_printed_and_in_the_summary(run, many, made_in, tmp_path):
    result = run("find", many, "--out", "out")
    assert made_in
    assert "only pairs were compared that meaning, slots or rare words suggest" in " ".join(result.stderr.split())
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert {"pairs_not_compared", "duplicates_sampled", "duplicates_missed"} < summary["counts"].keys()
    assert "pairs-not-compared" in {finding["code"] for finding in summary["findings"]}
    assert "only pairs were compared" in (tmp_path / "out" / "report.html").read_text()


@pytest.mark.parametrize("name", ["missing", "goals.csv"])
@pytest.mark.usefixtures("made_in")
def test_a_folder_that_cannot_be_used_ends_with_what_helps(run, many, tmp_path, name):
    result = run("find", many, "--work-dir", name, "--out", "out")
    assert result.exit_code == 2
    assert "TT205" in result.stderr
    assert f"no files can be made in {name}: No" in result.stderr
    assert "--work-dir" in result.stderr
    assert list(tmp_path.iterdir()) == [many]
