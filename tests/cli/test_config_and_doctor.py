"""``twicetold config show`` and ``twicetold doctor``."""

from __future__ import annotations

import json
import os
import shutil

import pytest

from twicetold.model.artifact import shipped_folder


def settings_by_name(result):
    return {row["setting"]: row for row in json.loads(result.stdout)}


def test_each_setting_is_shown_with_its_value_and_origin(run, write):
    write('keeper = "oldest"\nduplicate = 0.9\n', "twicetold.toml")
    shown = settings_by_name(run("config", "show", "--json", TWICETOLD_THREADS="3", TWICETOLD_DUPLICATE="0.8"))
    assert (shown["keeper"]["value"], shown["keeper"]["from"]) == ("oldest", "twicetold.toml")
    assert (shown["duplicate"]["value"], shown["duplicate"]["from"]) == ("0.8", "TWICETOLD_DUPLICATE")
    assert (shown["threads"]["value"], shown["threads"]["from"]) == ("3", "TWICETOLD_THREADS")
    assert (shown["memory"]["value"], shown["memory"]["from"]) == ("", "default")
    assert shown["memory"]["variable"] == "TWICETOLD_MEMORY"


def test_people_get_one_line_for_each(run):
    lines = run("config", "show", TWICETOLD_MEMORY="1G").stdout.splitlines()
    assert len(lines) == 7
    memory = next(line for line in lines if line.startswith("memory"))
    assert "1073741824" in memory
    assert "TWICETOLD_MEMORY" in memory
    assert "(not set)" in next(line for line in lines if line.startswith("lexicon"))


def test_an_empty_variable_is_not_set(run):
    shown = settings_by_name(run("config", "show", "--json", TWICETOLD_MEMORY=""))
    assert (shown["memory"]["value"], shown["memory"]["from"]) == ("", "default")


@pytest.mark.parametrize(
    ("content", "variables", "said"),
    [
        ("", {"TWICETOLD_DUPLICATE": "2"}, "duplicate = '2'"),
        ("", {"TWICETOLD_DUPLICATE": "2"}, "from TWICETOLD_DUPLICATE"),
        ("duplicate = 2\n", {}, "from twicetold.toml"),
        ("dupplicate = 0.5\n", {}, "twicetold.toml: there is no setting 'dupplicate'"),
        ("duplicate = \n", {}, "twicetold.toml"),
    ],
)
def test_a_setting_that_cannot_be_names_value_and_place(run, write, content, variables, said):
    write(content, "twicetold.toml")
    result = run("config", "show", **variables)
    assert result.exit_code == 2
    assert said in result.stderr


def test_the_doctor_finds_nothing_wrong_here(run):
    result = run("doctor")
    assert result.exit_code == 0
    lines = [line.split()[:2] for line in result.stdout.splitlines()]
    names = ["settings", "limits", "temporary", "files", "model", "comparison", "extras"]
    assert lines == [["ok", name] for name in names]


def test_the_doctor_speaks_json(run):
    assert all(row["ok"] for row in json.loads(run("doctor", "--json").stdout))


def test_the_doctor_finds_a_broken_model(run, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(shipped_folder(), folder, copy_function=os.link)
    (folder / "coefficients.json").unlink()
    result = run("doctor", TWICETOLD_MODEL=str(folder))
    assert result.exit_code == 3
    assert "FAIL model" in result.stdout
    assert "FAIL comparison" in result.stdout
    assert "2 of 7 checks failed: model, comparison." in result.stderr


def test_the_doctor_finds_a_model_that_compares_nonsense(run, tmp_path):
    import hashlib

    folder = tmp_path / "model"
    shutil.copytree(shipped_folder(), folder, copy_function=os.link)
    coefficients = json.loads((folder / "coefficients.json").read_text())
    coefficients["baseline"] = 50.0
    (folder / "coefficients.json").unlink()
    (folder / "coefficients.json").write_text(json.dumps(coefficients))
    manifest = json.loads((folder / "manifest.json").read_text())
    digest = hashlib.sha256((folder / "coefficients.json").read_bytes()).hexdigest()
    manifest["files"]["coefficients.json"] = digest
    (folder / "manifest.json").unlink()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    result = run("doctor", TWICETOLD_MODEL=str(folder))
    assert result.exit_code == 3
    assert "1 of 7 checks failed: comparison." in result.stderr


def test_the_doctor_reports_wrong_settings_as_well(run):
    result = run("doctor", TWICETOLD_DUPLICATE="7")
    assert result.exit_code == 3
    assert "FAIL settings" in result.stdout
