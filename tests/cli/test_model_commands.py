"""``twicetold model``: show, verify and train."""

from __future__ import annotations

import json
import os
import re
import shutil

import pytest

from twicetold.model.artifact import shipped_folder

ELSEWHERE = """
name = "x"
version = "1"
duplicate = 0.6
possible_recall = 0.9
[[file]]
path = "gone.csv"
licence = "-"
calibrates = true
"""


@pytest.fixture
def copy(tmp_path):
    """A model folder of our own; the large file is linked, not copied."""
    folder = tmp_path / "model"
    shutil.copytree(shipped_folder(), folder, copy_function=os.link)
    return folder


def corrupt(path):
    """Changes one byte of a file without touching the file that it was linked to."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.unlink()
    path.write_bytes(data)


def test_show_prints_version_thresholds_weights_training_and_metrics(run):
    text = run("model", "show").stdout
    assert re.search(r"^[\w-]+ [\d.]+, digest [0-9a-f]{16}$", text, re.MULTILINE)
    assert re.search(r"^duplicate from \d", text, re.MULTILINE)
    assert re.search(r"^meaning +\+\d", text, re.MULTILINE)
    assert "fitted on" in text
    assert "measured on" in text


def test_show_as_json_holds_every_weight_and_hash(run):
    shown = json.loads(run("model", "show", "--json").stdout)
    assert len(shown["coefficients"]["weights"]) > 10
    assert set(shown["files"]) >= {"encoder.onnx", "coefficients.json"}


def test_verify_lists_what_it_checked(run, copy):
    for arguments in ([], [copy]):
        result = run("model", "verify", *arguments)
        assert result.exit_code == 0
        assert "encoder.onnx" in result.stdout
        assert "files are as the manifest of" in result.stdout


@pytest.mark.parametrize("name", ["encoder.onnx", "coefficients.json", "tokenizer.json"])
def test_a_corrupted_file_is_named_with_both_hashes(run, copy, name):
    corrupt(copy / name)
    result = run("model", "verify", copy)
    assert result.exit_code == 3
    expected = json.loads((copy / "manifest.json").read_text())["files"][name]
    found = re.search(rf"{name}: SHA-256 is ([0-9a-f]{{64}}), the manifest says ([0-9a-f]{{64}})", result.stderr)
    assert found[2] == expected != found[1]
    assert "--model" in result.stderr


@pytest.mark.parametrize(
    "arguments", [["find", "goals.csv"], ["explain", "a goal", "b"], ["model", "show", "model"]], ids=" ".join
)
def test_no_command_works_with_a_corrupted_model(run, goals, copy, arguments):
    corrupt(copy / "coefficients.json")
    result = run(*arguments, TWICETOLD_MODEL=str(copy))
    assert result.exit_code == 3
    assert "SHA-256" in result.stderr


def test_a_missing_file_and_a_missing_folder_are_named(run, copy):
    (copy / "tokenizer.json").unlink()
    assert "tokenizer.json: No such file" in run("model", "verify", copy).stderr
    result = run("find", "x.csv", "--model", "nowhere")
    assert result.exit_code in {2, 3}
    assert run("model", "show", "nowhere").exit_code == 3


def test_a_broken_manifest_is_no_traceback(run, copy):
    (copy / "manifest.json").unlink()
    (copy / "manifest.json").write_text("{}")
    assert run("model", "verify", copy).exit_code == 3


def test_a_model_of_ones_own_is_used(run, goals, copy):
    assert run("find", goals, "--model", copy).exit_code == 0


@pytest.fixture
def recipe(write):
    """A recipe over sixty short pairs, half of them duplicates."""
    nouns = ["roof", "bus", "kitchen", "garden", "library", "clinic"]
    lines = ["id,text_a,text_b,duplicate,kind"]
    for row in range(60):
        one, other = nouns[row % 6], nouns[(row + 1 + row // 6 % 4) % 6]
        text = f"Repair the {one} near gate {row // 6}."
        lines.append(
            f"{row},{text},Mend the {one} close to gate {row // 6} please.,1,same"
            if row % 2
            else f"{row},{text},Repair the {other} near gate {row // 6}.,0,other"
        )
    write("\n".join(lines) + "\n", "train.csv")
    file = '[[file]]\npath = "train.csv"\nlicence = "our own"\ncalibrates = true\n'
    return write(f'name = "tiny"\nversion = "9"\nduplicate = 0.6\npossible_recall = 0.9\n{file}', "recipe.toml")


def test_training_makes_a_model_that_verifies_and_compares(run, recipe):
    result = run("model", "train", recipe, "--out", "new")
    assert result.exit_code == 0
    assert re.search(r"^new: tiny 9, digest [0-9a-f]{16}$", result.stdout, re.MULTILINE)
    assert run("model", "verify", "new").exit_code == 0
    assert run("explain", "Repair the roof.", "Mend the roof.", "--model", "new").exit_code == 0


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (None, 2, "recipe.toml"),
        ("name = ", 2, "recipe.toml"),
        ('name = "x"\n', 2, "version"),
        (ELSEWHERE, 2, "gone.csv"),
    ],
)
def test_a_recipe_that_cannot_be_followed_is_refused(run, tmp_path, content, status, said):
    if content is not None:
        (tmp_path / "recipe.toml").write_text(content)
    result = run("model", "train", "recipe.toml", "--out", "new")
    assert (result.exit_code, said in result.stderr) == (status, True)
    assert not list(tmp_path.glob("new/*"))
