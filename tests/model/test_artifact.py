"""A model is used only if every file of its folder is what the manifest says."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace

import pytest

from twicetold.errors import ModelCorrupt
from twicetold.model.artifact import Model, read_coefficients, read_manifest, shipped_folder, verify
from twicetold.model.evidence import FEATURES
from twicetold.model.probability import Coefficients
from twicetold.pairs import Thresholds
from twicetold.text.lexicon import Lexicon

FILES = ("coefficients.json", "encoder.json", "encoder.onnx", "tokenizer.json")


@pytest.fixture
def folder(tmp_path):
    """A copy of the shipped model."""
    return shutil.copytree(shipped_folder(), tmp_path / "model")


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def rewrite(folder, **changes):
    path = folder / "manifest.json"
    content = {**json.loads(path.read_text(encoding="utf-8")), **changes}
    path.write_text(json.dumps(content), encoding="utf-8")


def replace_coefficients(folder, text):
    """Coefficients that the manifest vouches for."""
    path = folder / "coefficients.json"
    path.write_text(text, encoding="utf-8")
    rewrite(folder, files={**read_manifest(folder).files, "coefficients.json": sha256(path)})


def test_the_shipped_model_is_what_its_manifest_says():
    manifest = verify(shipped_folder())
    assert set(FILES) <= set(manifest.files)
    assert manifest.name
    assert manifest.version


def test_the_manifest_vouches_for_every_file_of_the_shipped_folder():
    found = {path.name for path in shipped_folder().iterdir() if path.is_file()}
    assert found == {*read_manifest(shipped_folder()).files, "manifest.json"}


def test_the_shipped_coefficients_were_fitted_with_the_shipped_lexicon():
    assert read_manifest(shipped_folder()).lexicon == Lexicon.default().digest


def test_the_encoder_says_where_it_came_from():
    origin = json.loads((shipped_folder() / "encoder.json").read_text(encoding="utf-8"))
    assert {"name", "revision", "licence", "published_sha256"} <= origin.keys()
    assert origin["published_sha256"]["tokenizer.json"] == sha256(shipped_folder() / "tokenizer.json")


@pytest.mark.parametrize("name", FILES)
def test_one_flipped_bit_is_found_and_the_error_names_the_file_and_both_digests(folder, name):
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(ModelCorrupt) as found:
        Model(folder)
    for part in (str(folder / name), read_manifest(folder).files[name], hashlib.sha256(content).hexdigest()):
        assert part in str(found.value)
    assert found.value.exit_status == 3


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelCorrupt, match=rf"{name}: No such file"):
        Model(folder)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ModelCorrupt, match=r"nowhere.*manifest\.json: No such file"):
        Model(tmp_path / "nowhere")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"1", b"{}", b'"text"', b"null"])
def test_a_manifest_that_is_none_is_refused(folder, content):
    (folder / "manifest.json").write_bytes(content)
    with pytest.raises(ModelCorrupt, match=r"manifest\.json: not a model manifest"):
        Model(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"thresholds": {"duplicate": 0.2, "possible": 0.9}},
        {"thresholds": {"duplicate": "high", "possible": "low"}},
        {"thresholds": {"duplicate": 0.5}},
        {"thresholds": None},
        {"files": ["encoder.onnx"]},
        {"files": None},
        {"surprise": 1},
    ],
)
def test_a_manifest_with_wrong_content_is_refused(folder, change):
    rewrite(folder, **change)
    with pytest.raises(ModelCorrupt, match=r"manifest\.json: not a model manifest"):
        Model(folder)


@pytest.mark.parametrize("name", ["coefficients.json", "encoder.onnx", "tokenizer.json"])
def test_a_manifest_must_vouch_for_every_file_that_a_model_needs(folder, name):
    files = read_manifest(folder).files
    del files[name]
    rewrite(folder, files=files)
    with pytest.raises(ModelCorrupt, match=rf"manifest\.json: has no SHA-256 of {name}"):
        Model(folder)


def test_coefficients_for_other_evidence_are_refused_with_both_lists(folder):
    replace_coefficients(folder, Coefficients(0.0, {"telepathy": 1.0}).to_json())
    with pytest.raises(ModelCorrupt, match=r"coefficients\.json: has weights for \['telepathy'\].*'meaning'"):
        Model(folder)


def test_coefficients_in_another_order_are_refused(folder):
    shipped = read_coefficients(folder)
    turned = Coefficients(shipped.baseline, dict(reversed(shipped.weights.items())))
    replace_coefficients(folder, turned.to_json())
    with pytest.raises(ModelCorrupt, match="this version needs"):
        Model(folder)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"baseline": 1, "weights": [1]}', '{"baseline": "x", "weights": {}}', '{"baseline": 1}']
)
def test_coefficients_that_cannot_be_read_are_refused(folder, text):
    replace_coefficients(folder, text)
    with pytest.raises(ModelCorrupt, match=r"coefficients\.json: not a set of coefficients"):
        Model(folder)


def test_a_copy_of_the_model_says_the_same_as_the_model(folder, model, block):
    copy = Model(folder)
    assert copy.label == model.label
    assert copy.coefficients == model.coefficients
    assert copy.thresholds == model.thresholds
    ours = block("Train all staff.")
    theirs = copy.block(ours.readings)
    assert ours.sentences.whole.tobytes() == theirs.sentences.whole.tobytes()
    assert ours.rarity.tobytes() == theirs.rarity.tobytes()


def test_the_digest_changes_with_whatever_decides_a_score():
    manifest = read_manifest(shipped_folder())
    changed = [
        replace(manifest, lexicon="0" * 64),
        replace(manifest, thresholds=Thresholds(duplicate=0.99, possible=0.01)),
        *(replace(manifest, files={**manifest.files, name: "0" * 64}) for name in manifest.files),
        replace(manifest, files={**manifest.files, "more.bin": "0" * 64}),
    ]
    digests = {manifest.digest, *(other.digest for other in changed)}
    assert len(digests) == len(changed) + 1


def test_the_digest_does_not_change_with_what_is_only_told():
    manifest = read_manifest(shipped_folder())
    turned = dict(reversed(manifest.files.items()))
    assert replace(manifest, files=turned, training=[], metrics={}).digest == manifest.digest


def test_a_lexicon_of_ones_own_changes_the_digest_that_results_carry(tmp_path, model):
    (tmp_path / "own.csv").write_text("term,means\nflurble,attendance\n", encoding="utf-8")
    own = Model(lexicon=Lexicon.default().extended_with(tmp_path / "own.csv"))
    assert own.label["digest"] != model.label["digest"]
    assert own.label["version"] == model.label["version"]


def test_the_coefficients_round_trip_through_json():
    coefficients = read_coefficients(shipped_folder())
    assert Coefficients.from_json(coefficients.to_json()) == coefficients
    assert Coefficients.from_json(coefficients.to_json()).names == coefficients.names


def test_a_model_for_training_has_no_opinion():
    model = Model.for_training()
    assert model.coefficients.names == ("baseline", *(feature.name for feature in FEATURES))
    assert {model.coefficients.baseline, *model.coefficients.weights.values()} == {0.0}
