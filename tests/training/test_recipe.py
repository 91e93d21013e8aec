"""A recipe and its files become a model folder; whatever is wrong with them is said."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import tomllib
from pathlib import Path

import pytest

from twicetold.errors import FileNotUsable, InputInvalid, OutputNotWritable, SettingInvalid
from twicetold.model.artifact import Model, read_manifest, shipped_folder, verify
from twicetold.model.evidence import FEATURES
from twicetold.model.scoring import score_pairs
from twicetold.training.recipe import half_of, train_model

SHIPPED = Path(__file__).parents[2] / "training" / "recipe.toml"
RECIPE = """
name = "small"
version = "1"
duplicate = 0.5
possible_recall = 0.9
[[file]]
path = "own.csv"
licence = "mine"
calibrates = true
"""
WHO = ("cooks", "teachers", "drivers", "nurses", "mentors", "aides")


def rows_of_numbers():
    """Goals that are the same in other words, and goals of which only the number differs."""
    for number, who in enumerate(WHO, start=12):
        yield f"Train {number} {who} in first aid", f"Provide first aid training to {number} {who}", "1", "paraphrase"
        yield f"Hire {number} {who} by May", f"By May, {number} {who} will be hired", "1", "reorder"
        yield f"Train {number} {who} in first aid", f"Provide first aid training to {number + 7} {who}", "0", "number"
        yield f"Hire {number} {who} by May", f"By May, {number + 9} {who} will be hired", "0", "number"


def write_csv(path, rows, header=("text_a", "text_b", "duplicate", "kind")):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])


@pytest.fixture
def folder(tmp_path):
    """A recipe with one small file."""
    write_csv(tmp_path / "own.csv", rows_of_numbers())
    (tmp_path / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def rewrite(folder):
    """Changes the recipe by replacing a part of its text, or by adding to its end."""

    def change(old, new=None):
        text = RECIPE + old if new is None else RECIPE.replace(old, new)
        assert text != RECIPE
        (folder / "recipe.toml").write_text(text, encoding="utf-8")

    return change


def train(folder, **arguments):
    return train_model(folder / "recipe.toml", folder / "out", **arguments)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The model of the small recipe."""
    folder = tmp_path_factory.mktemp("trained")
    write_csv(folder / "own.csv", rows_of_numbers())
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    train(folder)
    return folder


def test_the_folder_that_comes_of_it_is_a_model_that_verifies(trained):
    manifest = verify(trained / "out")
    model = Model(trained / "out")
    assert (manifest.name, manifest.version) == ("small", "1")
    assert list(model.coefficients.weights) == [feature.name for feature in FEATURES]
    assert all(model.coefficients.weights[f.name] * f.prior >= 0 for f in FEATURES)
    assert manifest.thresholds.duplicate == 0.5
    assert manifest.lexicon == model.lexicon.digest


def test_it_has_learnt_that_another_number_is_another_goal(trained):
    model = Model(trained / "out")
    assert model.coefficients.weights["number-clash"] < -0.5
    same, other = score_pairs(
        model, ["Train 5 painters in first aid"] * 2, [f"Provide first aid training to {n} painters" for n in (5, 6)]
    )
    assert same > 0.5 > other


def test_the_manifest_says_what_it_was_fitted_on_and_how_well(trained):
    manifest = read_manifest(trained / "out")
    sha256 = hashlib.sha256((trained / "own.csv").read_bytes()).hexdigest()
    assert manifest.training == [{"file": "own.csv", "sha256": sha256, "rows": 24, "licence": "mine"}]
    assert manifest.metrics["held_out_pairs"] == 24
    assert 0.5 < manifest.metrics["held_out_accuracy"] <= 1


def test_the_encoder_is_the_shipped_one(trained):
    ours, shipped = read_manifest(trained / "out").files, read_manifest(shipped_folder()).files
    assert {name: sha for name, sha in ours.items() if name != "coefficients.json"} == {
        name: sha for name, sha in shipped.items() if name != "coefficients.json"
    }


def test_the_same_recipe_gives_the_same_bytes(folder, trained):
    train(folder)
    for name in ("coefficients.json", "manifest.json"):
        assert (folder / "out" / name).read_bytes() == (trained / "out" / name).read_bytes()


def test_a_model_is_trained_over_itself(folder):
    first = train(folder)
    assert train(folder) == first
    verify(folder / "out")


def test_the_model_that_is_taken_over_may_itself_be_replaced(folder, monkeypatch):
    shutil.copytree(shipped_folder(), folder / "out")
    for module in ("twicetold.model.artifact", "twicetold.training.recipe"):
        monkeypatch.setattr(f"{module}.shipped_folder", lambda: folder / "out")
    assert train(folder) == verify(folder / "out")


def test_a_file_may_lie_in_the_data_folder(folder, tmp_path):
    write_csv(tmp_path / "elsewhere" / "own.csv", rows_of_numbers())
    (folder / "own.csv").unlink()
    assert train(folder, data=tmp_path / "elsewhere").training[0]["rows"] == 24


def test_a_file_that_is_nowhere_is_named_with_the_places_that_were_tried(folder, tmp_path):
    (folder / "own.csv").unlink()
    with pytest.raises(FileNotUsable, match=r"own\.csv: not in") as found:
        train(folder, data=tmp_path / "elsewhere")
    assert str(folder) in str(found.value)
    assert "elsewhere" in str(found.value)
    assert "--data" in str(found.value)


def test_a_file_with_another_digest_is_refused_with_both(folder, rewrite):
    rewrite(f'sha256 = "{"0" * 64}"\n')
    with pytest.raises(InputInvalid, match=rf"own\.csv: SHA-256 is [1-9a-f].*the recipe says {'0' * 64}"):
        train(folder)


def test_a_file_with_the_digest_that_the_recipe_says_is_read(folder, rewrite):
    rewrite(f'sha256 = "{hashlib.sha256((folder / "own.csv").read_bytes()).hexdigest()}"\n')
    assert train(folder).metrics["held_out_pairs"] == 24


def test_kinds_may_be_left_out(folder, rewrite):
    rewrite('leave_out_kinds = ["reorder"]\n')
    assert train(folder).training[0]["rows"] == 18


def test_canonically_equal_texts_teach_nothing(folder):
    write_csv(folder / "own.csv", [*rows_of_numbers(), ("Train ALL cooks.", "train all cooks", "1", "exact-variant")])
    assert train(folder).training[0]["rows"] == 24


def test_the_two_halves_of_a_file_share_no_text_and_are_all_of_it(folder, rewrite):
    pairs = [(a, b) for a, b, _, _ in rows_of_numbers()]
    halves = half_of([a for a, _ in pairs], [b for _, b in pairs]).tolist()
    texts = [
        {text for pair, half in zip(pairs, halves, strict=True) if half == side for text in pair} for side in (0, 1)
    ]
    assert not texts[0] & texts[1]
    assert 0 < halves.count(0) < len(halves)
    turned = half_of([b for _, b in reversed(pairs)], [a for a, _ in reversed(pairs)]).tolist()
    assert turned[::-1] == halves
    rewrite("half = 1\n")
    assert train(folder).training[0]["rows"] == halves.count(1)


def test_a_second_file_teaches_but_does_not_calibrate(folder, rewrite):
    write_csv(folder / "more.csv", rows_of_numbers())
    rewrite('[[file]]\npath = "more.csv"\nlicence = "theirs"\n')
    manifest = train(folder)
    assert [(file["file"], file["licence"]) for file in manifest.training] == [
        ("own.csv", "mine"),
        ("more.csv", "theirs"),
    ]
    assert manifest.metrics["held_out_pairs"] == 24


def test_a_higher_wish_for_recall_lowers_the_lower_threshold(folder, rewrite, trained):
    rewrite("possible_recall = 0.9", "possible_recall = 1.0")
    assert train(folder).thresholds.possible <= read_manifest(trained / "out").thresholds.possible


def test_the_lower_threshold_is_never_above_the_upper_one(folder, rewrite):
    rewrite("duplicate = 0.5", "duplicate = 0.1255")
    assert train(folder).thresholds.possible <= 0.1255


def test_a_threshold_that_nothing_reaches_leaves_the_precision_open(folder, rewrite):
    rewrite("duplicate = 0.5", "duplicate = 1.0")
    metrics = train(folder).metrics
    assert metrics["held_out_precision"] is None
    assert json.loads((folder / "out" / "manifest.json").read_text(encoding="utf-8"))["metrics"] == metrics


@pytest.mark.parametrize("line", ['name = "small"', 'version = "1"', "duplicate = 0.5", "possible_recall = 0.9"])
def test_what_the_recipe_lacks_is_named(folder, rewrite, line):
    rewrite(line, "")
    with pytest.raises(SettingInvalid, match=rf"recipe\.toml: {line.split()[0]}: Field required"):
        train(folder)


@pytest.mark.parametrize("line", ['path = "own.csv"', 'licence = "mine"'])
def test_what_a_file_of_the_recipe_lacks_is_named(folder, rewrite, line):
    rewrite(line, "")
    with pytest.raises(SettingInvalid, match=rf"recipe\.toml: file\.0\.{line.split()[0]}: Field required"):
        train(folder)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("possible_recall = 0.9", "possible_recall = 2", "possible_recall: Input should be less than"),
        ("duplicate = 0.5", "duplicate = 0", "duplicate: Input should be greater than 0"),
        ("duplicate = 0.5", 'duplicate = "high"', "duplicate: Input should be a valid number"),
        ("calibrates = true", "half = 2", r"file\.0\.half: Input should be 0 or 1"),
        ("calibrates", "calibrate", r"file\.0\.calibrate: Extra inputs"),
        ("calibrates = true", "", "no file calibrates"),
        ("[[file]]", "[file]", "file"),
        ("duplicate = 0.5", "duplicate = ", "Invalid value"),
    ],
)
def test_what_is_not_allowed_in_a_recipe_is_said(folder, rewrite, old, new, said):
    rewrite(old, new)
    with pytest.raises(SettingInvalid, match=rf"recipe\.toml: {said}"):
        train(folder)


def test_a_recipe_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotUsable, match=r"recipe\.toml: No such file"):
        train(tmp_path)


def test_a_recipe_that_is_no_text_is_refused(folder):
    (folder / "recipe.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingInvalid, match=r"recipe\.toml: .*decode"):
        train(folder)


@pytest.mark.parametrize("content", [b"", b"text_a,text_b\nx,y\n", b"a;b;c\n"])
def test_a_file_without_the_columns_is_refused_by_name(folder, content):
    (folder / "own.csv").write_bytes(content)
    with pytest.raises(InputInvalid, match=r"own\.csv: lacks the columns .*duplicate"):
        train(folder)


@pytest.mark.parametrize("label", ["unsure", "", "yes", "2"])
def test_a_label_that_is_neither_0_nor_1_is_refused(folder, label):
    write_csv(folder / "own.csv", [*rows_of_numbers(), ("a", "b", label, "x")])
    with pytest.raises(InputInvalid, match=rf"own\.csv: duplicate is '{label}' in 1 rows"):
        train(folder)


def test_a_row_that_breaks_off_is_refused(folder):
    with (folder / "own.csv").open("a", encoding="utf-8") as stream:
        stream.write("only one cell\n")
    with pytest.raises(InputInvalid, match="duplicate is ''"):
        train(folder)


def test_a_file_in_another_encoding_is_refused(folder):
    (folder / "own.csv").write_bytes("text_a,text_b,duplicate\né,b,1\n".encode("cp1252"))
    with pytest.raises(InputInvalid, match=r"own\.csv: .*decode"):
        train(folder)


def test_a_byte_order_mark_is_no_part_of_the_first_column(folder):
    content = (folder / "own.csv").read_bytes()
    (folder / "own.csv").write_bytes(b"\xef\xbb\xbf" + content)
    assert train(folder).training[0]["rows"] == 24


@pytest.mark.parametrize("label", ["0", "1", None])
def test_a_file_without_pairs_of_both_kinds_is_refused(folder, label):
    write_csv(folder / "own.csv", [row for row in rows_of_numbers() if row[2] == label])
    with pytest.raises(InputInvalid, match=r"own\.csv: of the \d+ pairs used, either all or none"):
        train(folder)


def test_a_folder_that_cannot_be_made_is_named_before_anything_is_trained(folder):
    (folder / "out").write_text("in the way", encoding="utf-8")
    with pytest.raises(OutputNotWritable, match=r"out: File exists"):
        train(folder)


def test_the_shipped_recipe_names_files_that_are_here_or_says_on_which_terms_they_can_be_had():
    content = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    assert len(content["file"]) >= 1
    for entry in content["file"]:
        assert entry["licence"]
        assert (SHIPPED.parent / entry["path"]).is_file() or not Path(entry["path"]).is_absolute()
    assert (SHIPPED.parent / content["file"][0]["path"]).is_file()


def test_the_shipped_model_was_fitted_on_what_the_shipped_recipe_says():
    content = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    manifest = read_manifest(shipped_folder())
    told = [(entry["path"], entry["licence"]) for entry in content["file"]]
    assert [(file["file"], file["licence"]) for file in manifest.training] == told
    assert (manifest.name, manifest.version) == (content["name"], content["version"])
    assert manifest.thresholds.duplicate == content["duplicate"]
    for file in manifest.training:
        path = SHIPPED.parent / file["file"]
        if path.is_file():
            assert hashlib.sha256(path.read_bytes()).hexdigest() == file["sha256"]
