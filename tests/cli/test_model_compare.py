"""``twicetold model compare``: two model folders on labelled pairs, on records and on the shipped example."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil

import pytest

from twicetold.model.artifact import shipped_folder

PAIRS = """id,text_a,text_b,duplicate,kind,field
1,Train all staff on safety.,TRAIN ALL STAFF ON SAFETY,1,variant,goals
2,Raise attendance to 85%.,Bring attendance up to 85 percent.,1,paraphrase,goals
3,Train all staff on safety.,Provide safety training to every member of staff.,1,paraphrase,goals
4,Raise attendance to 85%.,Raise attendance to 90%.,0,number,goals
5,Repair the roof of the gym.,Count the buses at noon.,0,other,upkeep
6,Repair the roof of the gym.,Mend the gym's roof.,,paraphrase,upkeep
"""
RECORDS = """id,scope,text,cluster_id
a1,a,Train all staff on safety.,c1
a2,a,Provide safety training to every member of staff.,c1
a3,a,TRAIN ALL STAFF ON SAFETY,c1
a4,a,Repair the roof of the gym.,c2
b1,b,Raise attendance to 85%.,c3
b2,b,Bring attendance up to 85 percent.,c3
b3,b,Raise attendance to 90%.,c4
"""
VERDICTS = ("duplicate", "possible", "different")


def copy_of_shipped(folder):
    """The shipped model in another folder; the large files are linked, not copied."""
    shutil.copytree(shipped_folder(), folder, copy_function=os.link)
    return folder


def rewrite(path, text):
    path.unlink()  # or the shipped file that it is linked to would change too
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def old(tmp_path):
    return copy_of_shipped(tmp_path / "old")


@pytest.fixture
def new(tmp_path):
    """The shipped model, more doubtful: all log-odds are lower by 3; a version of its own."""
    folder = copy_of_shipped(tmp_path / "new")
    coefficients = json.loads((folder / "coefficients.json").read_text(encoding="utf-8"))
    coefficients["baseline"] -= 3.0
    rewrite(folder / "coefficients.json", json.dumps(coefficients))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    digest = hashlib.sha256((folder / "coefficients.json").read_bytes()).hexdigest()
    manifest["files"]["coefficients.json"] = digest
    manifest["version"] += "-doubtful"
    rewrite(folder / "manifest.json", json.dumps(manifest))
    return folder


@pytest.fixture
def pairs(write):
    return write(PAIRS, "pairs.csv")


@pytest.fixture
def records(write):
    return write(RECORDS, "records.csv")


def off_diagonal(verdicts):
    return sum(count for before, row in verdicts.items() for now, count in row.items() if before != now)


def test_the_two_models_are_named_with_what_differs(run, old, new, pairs):
    shown = json.loads(run("model", "compare", old, new, "--pairs", pairs, "--json").stdout)
    assert shown["files"] == ["coefficients.json"]
    assert shown["new"]["version"] == shown["old"]["version"] + "-doubtful"
    assert shown["old"]["digest"] != shown["new"]["digest"]
    assert set(shown["old"]["thresholds"]) == {"duplicate", "possible"}
    text = run("model", "compare", old, new, "--pairs", pairs).stdout
    assert re.search(rf"^old +\S+ \S+, digest {shown['old']['digest']}; duplicate from 0\.", text)
    assert "Files that differ: coefficients.json" in text


def test_pairs_are_measured_with_both_as_evaluate_measures_each(run, old, new, pairs):
    (found,) = json.loads(run("model", "compare", old, new, "--pairs", pairs, "--json").stdout)["pairs"]
    assert (found["source"], found["pairs"], found["duplicates"], found["unlabelled"]) == ("pairs.csv", 5, 3, 1)
    for side, folder in (("old", old), ("new", new)):
        alone = json.loads(run("evaluate", pairs, "--model", folder, "--json").stdout)["metrics"]
        assert {name: each[side] for name, each in found["metrics"].items()} == alone
    recall = found["metrics"]["recall"]
    assert recall["new"]["value"] < recall["old"]["value"]
    assert recall["difference"]["value"] == pytest.approx(recall["new"]["value"] - recall["old"]["value"], abs=2e-6)


def test_kinds_and_fields_are_compared_where_the_file_has_them(run, old, new, pairs, write):
    (found,) = json.loads(run("model", "compare", old, new, "--pairs", pairs, "--json").stdout)["pairs"]
    assert {row["name"] for row in found["kinds"]} == {"variant", "paraphrase", "number", "other"}
    assert {(row["name"], row["pairs"]) for row in found["fields"]} == {("goals", 4), ("upkeep", 1)}
    bare = write("".join(line.rsplit(",", 2)[0] + "\n" for line in PAIRS.splitlines()), "bare.csv")
    (found,) = json.loads(run("model", "compare", old, new, "--pairs", bare, "--json").stdout)["pairs"]
    assert (found["kinds"], found["fields"]) == ([], [])


def test_a_pair_that_only_the_old_model_gets_right_is_shown_with_its_texts(run, old, new, pairs):
    (found,) = json.loads(run("model", "compare", old, new, "--pairs", pairs, "--json").stdout)["pairs"]
    assert found["spoiled"] == len(found["spoiled_pairs"]) > 0
    assert all(pair["duplicate"] and pair["new"] < pair["old"] for pair in found["spoiled_pairs"])
    text = run("model", "compare", old, new, "--pairs", pairs).stdout
    first = found["spoiled_pairs"][0]
    assert f"{first['id']} (duplicate, {first['kind']}): {first['old']:.3f} -> {first['new']:.3f}" in text
    assert first["text_a"] in text
    assert first["text_b"] in text


def test_several_files_of_pairs_are_measured_each_on_its_own(run, old, new, pairs, write):
    other = write("id,text_a,text_b,duplicate\n1,Buy books.,BUY BOOKS,1\n2,Buy books.,Paint it.,0\n", "other.csv")
    found = json.loads(run("model", "compare", old, new, "--pairs", pairs, "--pairs", other, "--json").stdout)
    assert [each["source"] for each in found["pairs"]] == ["pairs.csv", "other.csv"]
    assert found["records"] is None


def test_verdicts_that_flip_on_records_agree_with_find(run, old, new, records, rows, tmp_path):
    found = json.loads(run("model", "compare", old, new, "--records", records, "--json").stdout)["records"]
    verdicts = {}
    for folder in (old, new):
        out = tmp_path / f"out-{folder.name}"
        assert run("find", records, "--model", folder, "--out", out).exit_code == 0
        pairs = [row for row in rows(out / "pairs.csv") if row["reason"] != "identical after normalisation"]
        verdicts[folder] = {(row["record_a"], row["record_b"]): row["verdict"] for row in pairs}
    expected = {before: dict.fromkeys(VERDICTS, 0) for before in VERDICTS}
    for pair in verdicts[old].keys() | verdicts[new].keys():
        expected[verdicts[old].get(pair, "different")][verdicts[new].get(pair, "different")] += 1
    unlisted = found["verdicts"]["different"].pop("different")
    expected["different"].pop("different")
    assert found["verdicts"] == expected
    assert found["flips"] == off_diagonal(expected) > 0
    assert unlisted + sum(map(sum, (row.values() for row in found["verdicts"].values()))) == found["pairs"] == 6


def test_flips_are_shown_with_both_explanations(run, old, new, records):
    found = json.loads(run("model", "compare", old, new, "--records", records, "--json").stdout)["records"]
    for flip in found["examples"]:
        assert flip["old"]["verdict"] != flip["new"]["verdict"]
        for side, folder in (("old", old), ("new", new)):
            alone = json.loads(run("explain", flip["text_a"], flip["text_b"], "--model", folder, "--json").stdout)
            assert flip[side]["reason"] == alone["sentence"]
            assert flip[side]["probability"] == pytest.approx(alone["probability"], abs=2e-6)
            weightiest = [piece["name"] for piece in alone["evidence"][1:5]]
            assert [piece["name"] for piece in flip[side]["evidence"]] == weightiest
    distances = [abs(flip["new"]["probability"] - flip["old"]["probability"]) for flip in found["examples"]]
    assert distances == sorted(distances, reverse=True)
    text = run("model", "compare", old, new, "--records", records).stdout
    assert all(flip["text_b"] in text and flip["old"]["reason"] in text for flip in found["examples"])


def test_groups_are_counted_and_measured_where_there_are_labels(run, old, new, records, write):
    found = json.loads(run("model", "compare", old, new, "--records", records, "--json").stdout)["records"]
    assert found["groups"]["old"] >= found["groups"]["same"]
    assert found["groups"]["records"] > 0
    assert found["metrics"]["pairwise_recall"]["new"]["value"] < found["metrics"]["pairwise_recall"]["old"]["value"]
    bare = write("".join(line.rsplit(",", 1)[0] + "\n" for line in RECORDS.splitlines()), "bare.csv")
    unlabelled = json.loads(run("model", "compare", old, new, "--records", bare, "--json").stdout)["records"]
    assert (unlabelled["metrics"], unlabelled["resampling"]) == ({}, None)
    assert unlabelled["groups"] == found["groups"]
    assert "pairwise_f1" not in run("model", "compare", old, new, "--records", bare).stdout


def test_without_a_file_the_shipped_example_is_compared_with_its_labels(run, old, new):
    result = run("model", "compare", old, new)
    assert result.exit_code == 0
    assert "goals.csv: " in result.stdout
    assert "b_cubed_f1" in result.stdout
    assert "Verdicts that flipped" in result.stdout


def test_a_model_against_itself_changes_nothing_and_that_is_said(run, old, pairs, records):
    result = run("model", "compare", old, shipped_folder(), "--pairs", pairs, "--records", records, "--json")
    found = json.loads(result.stdout)
    assert found["files"] == []
    assert [finding["code"] for finding in found["findings"]] == ["models-equal"]
    (on_pairs,), on_records = found["pairs"], found["records"]
    assert {each["difference"]["value"] for each in on_pairs["metrics"].values()} == {0.0}
    assert {each["winner"] for each in (*on_pairs["metrics"].values(), *on_records["metrics"].values())} == {"neither"}
    assert (on_pairs["mended"], on_pairs["spoiled"], on_records["flips"], on_records["groups"]["records"]) == (0,) * 4
    text = run("model", "compare", old, old, "--pairs", pairs).stdout
    assert "Right now and wrong before: none" in text


def test_two_models_of_one_version_are_warned_of(run, old, new, pairs):
    manifest = json.loads((new / "manifest.json").read_text(encoding="utf-8"))
    manifest["version"] = manifest["version"].removesuffix("-doubtful")
    rewrite(new / "manifest.json", json.dumps(manifest))
    result = run("model", "compare", old, new, "--pairs", pairs)
    assert result.exit_code == 0
    assert "warning: Two different models call themselves" in result.stderr


def test_the_same_comparison_gives_the_same_bytes_whatever_the_order_of_the_rows(run, old, new, pairs, records, write):
    def compared():
        return run("model", "compare", old, new, "--pairs", pairs, "--records", records, "--json").stdout

    before = compared()
    for text, name in ((PAIRS, "pairs.csv"), (RECORDS, "records.csv")):
        header, *rest = text.splitlines()
        write("\n".join([header, *reversed(rest)]) + "\n", name)
    assert compared() == before


@pytest.mark.parametrize("broken", ["old", "new"])
def test_a_model_that_does_not_verify_is_refused_before_the_work(run, request, old, new, pairs, broken):
    folder = request.getfixturevalue(broken)
    rewrite(folder / "coefficients.json", "{}")
    result = run("model", "compare", old, new, "--pairs", pairs)
    assert (result.exit_code, result.stdout) == (3, "")
    assert f"{broken}/coefficients.json: SHA-256 is " in result.stderr


def test_a_folder_that_is_missing_is_refused(run, old, pairs):
    result = run("model", "compare", old, "nowhere", "--pairs", pairs)
    assert (result.exit_code, "nowhere/manifest.json" in result.stderr) == (3, True)
    assert run("model", "compare", old).exit_code == 2


@pytest.mark.parametrize(
    ("option", "content", "status", "said"),
    [
        ("--pairs", None, 2, "data.csv"),
        ("--records", None, 2, "data.csv"),
        ("--pairs", "id,text\n1,x\n", 2, "text_a"),
        ("--pairs", "id,text_a,text_b\n1,x,y\n", 4, "none of 1 pairs of data.csv has a label"),
        ("--pairs", "id,text_a,text_b,duplicate\n1,x,y,maybe\n", 4, "line 2: 'maybe'"),
        ("--records", "id,text\n1,\n", 4, "no record to compare"),
        ("--records", "id,text,cluster_id\n1,a goal,\n", 4, "none of 1 records has a gold cluster"),
    ],
)
def test_data_that_cannot_be_compared_is_refused(run, old, new, write, option, content, status, said):
    if content is not None:
        write(content, "data.csv")
    result = run("model", "compare", old, new, option, "data.csv")
    assert (result.exit_code, result.stdout) == (status, "")
    assert said in result.stderr


def test_columns_of_records_can_be_named(run, old, new, write):
    write("key,body,place\n1,Train all staff.,a\n2,Train the staff.,a\n3,Buy books.,b\n", "r.csv")
    named = ("--id", "key", "--text", "body", "--scope", "place")
    found = json.loads(run("model", "compare", old, new, "--records", "r.csv", *named, "--json").stdout)["records"]
    assert (found["records"], found["scopes"], found["pairs"]) == (3, 2, 1)


def test_texts_cannot_steer_the_terminal(run, old, new, write):
    write(
        'id,text\n1,"Train all staff on \x1b[31msafety."\n2,Provide safety training to every member of staff.\n',
        "r.csv",
    )
    assert "\x1b" not in run("model", "compare", old, new, "--records", "r.csv").stdout
