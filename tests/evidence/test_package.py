"""The package is whole or not made: what is not shown is named, with its control."""

from __future__ import annotations

import hashlib
import json
import subprocess

import pytest

TEST = "tests/image/test_stand_in_shell.py::test_what_is_no_command_for_tasks_is_refused"
PAGES = (
    "assessment-results.json",
    "boundary.md",
    "component-definition.json",
    "cryptography.md",
    "index.md",
    "lato-answers.md",
    "model-card.md",
    "monitoring-calendar.md",
    "privacy.md",
    "SHA256SUMS",
    "test-results.md",
    "transparency-record.md",
)


@pytest.fixture(autouse=True)
def quick_commands(tree):
    """The commands of claims are run by `make evidence`; here they would only take time."""
    path = tree / "deploy/evidence/claims.toml"
    text = path.read_text(encoding="utf-8")
    for command in ("twicetold model verify", "ruff check src deploy"):
        assert f'commands = ["{command}"]' in text
        text = text.replace(command, "true")
    path.write_text(text, encoding="utf-8")


def test_with_everything_shown_the_package_is_whole_and_valid(judged, passed):
    status, said = judged(passed)
    assert status == 0, said
    assert sorted(path.name for path in judged.out.iterdir()) == sorted(PAGES)
    for line in (judged.out / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((judged.out / name).read_bytes()).hexdigest() == digest
    assert "`make scan` has left no results" in (judged.out / "index.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("outcome", "told"), [("skipped", "was skipped"), ("failure", "failed"), ("error", "failed"), (None, "did not run")]
)
def test_a_test_that_did_not_pass_is_named_with_control_and_claim(build, passed, outcome, told):
    outcomes = {test: end for test, end in (passed | {TEST: outcome}).items() if end}
    status, said = build(outcomes)
    assert status == 1
    assert f"claim 'allow-list': {TEST} {told}" in said
    assert "control cm-7.5, control si-10" in said
    assert "no-shell" not in said
    states = {
        finding["title"].partition(":")[0]: finding["target"]["status"]["state"]
        for finding in build.document("assessment-results")["results"][0]["findings"]
    }
    assert {control for control, state in states.items() if state == "not-satisfied"} == {"cm-7.5", "si-10"}
    assert not (build.out / "component-definition.json").exists()
    assert not (build.out / "index.md").exists()


def test_one_failed_case_of_a_test_is_enough(build, passed):
    others = {test: outcome for test, outcome in passed.items() if test != TEST}
    status, said = build({**others, f"{TEST}[one]": "passed", f"{TEST}[two]": "failure"})
    assert status == 1
    assert f"{TEST} failed" in said


def test_a_command_that_fails_is_named(build, passed, tree):
    path = tree / "deploy/evidence/claims.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('commands = ["true"]', 'commands = ["false"]', 1), encoding="utf-8")
    status, said = build(passed)
    assert status == 1
    assert "claim 'model-integrity': false failed" in said


def test_the_same_results_give_the_same_bytes(build, passed):
    build(passed)
    first = {path.name: path.read_bytes() for path in build.out.iterdir()}
    build(passed)
    assert {path.name: path.read_bytes() for path in build.out.iterdir()} == first


def test_another_run_has_the_same_ids_but_those_of_the_documents(build, passed):
    build(passed)
    first = build.document("component-definition")
    build.when = build.when.replace(year=2031)
    build(passed)
    later = build.document("component-definition")
    assert first["components"] == later["components"]
    assert first["back-matter"] == later["back-matter"]
    assert first["uuid"] != later["uuid"]
    assert later["metadata"]["last-modified"].startswith("2031-01-02T03:04:17")


def test_each_link_leads_to_a_resource_and_each_finding_to_an_observation(build, passed):
    build(passed)
    definition, assessed = build.document("component-definition"), build.document("assessment-results")
    resources = {f"#{each['uuid']}" for each in definition["back-matter"]["resources"]}
    required = definition["components"][0]["control-implementations"][0]["implemented-requirements"]
    assert {link["href"] for each in required for link in each.get("links", [])} == resources
    (result,) = assessed["results"]
    observed = {each["uuid"] for each in result["observations"]}
    found = {each["observation-uuid"] for finding in result["findings"] for each in finding["related-observations"]}
    assert found == observed
    assert all(finding["target"]["status"]["state"] == "satisfied" for finding in result["findings"])


def test_what_is_left_or_inherited_is_no_finding(build, passed):
    build(passed)
    required = build.document("component-definition")["components"][0]["control-implementations"][0]
    origins = {
        each["control-id"]: [prop["value"] for prop in each["props"]] for each in required["implemented-requirements"]
    }
    assert origins["ac-6.9"] == ["inherited"]
    assert origins["pt-2"] == ["customer-provided"]
    assert origins["ac-3"] == ["system-specific", "customer-provided", "inherited"]
    findings = build.document("assessment-results")["results"][0]["findings"]
    assert not {"ac-6.9", "pt-2"} & {each["title"].partition(":")[0] for each in findings}


def test_the_model_card_has_the_figures_of_the_shipped_model(build, passed):
    build(passed)
    manifest = json.loads((build.tree / "src/twicetold/data/model/manifest.json").read_text(encoding="utf-8"))
    card = (build.out / "model-card.md").read_text(encoding="utf-8")
    figures = [*manifest["metrics"].values(), *manifest["thresholds"].values(), *manifest["files"].values()]
    training = [str(each[key]) for each in manifest["training"] for key in ("file", "rows", "licence", "sha256")]
    assert [figure for figure in (*map(str, figures), *training) if figure not in card] == []
    assert "| average precision |" in card


def test_results_of_a_scan_are_part_of_it(build, passed, tree):
    scans = tree / "build/scan"
    scans.mkdir(parents=True)
    (scans / "image.cdx.json").write_text("{}")
    build(passed)
    assert "scans/image.cdx.json" in (build.out / "SHA256SUMS").read_text(encoding="utf-8")


def test_a_folder_that_is_not_a_package_is_left_alone(build, passed):
    build.out.mkdir()
    (build.out / "mine.txt").write_text("dear")
    status, said = build(passed)
    assert status == 1
    assert "is no former package" in said
    assert (build.out / "mine.txt").read_text() == "dear"


def test_results_from_before_the_commit_do_not_speak_for_it(build, passed, tree):
    for command in (["init", "-q"], ["add", "deploy"], ["commit", "-qm", "x"]):
        identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", *identity, *command], cwd=tree, check=True, capture_output=True)
    build.when = build.when.replace(year=2020)
    status, said = build(passed)
    assert status == 1
    assert "before the commit of" in said


@pytest.mark.parametrize(
    "broken",
    [
        lambda document: document["component-definition"].pop("metadata"),
        lambda document: document["component-definition"].update(uuid="none"),
        lambda document: document["component-definition"]["components"][0].update(colour="blue"),
    ],
)
def test_a_malformed_document_is_refused(judged, passed, monkeypatch, broken):
    from evidence import oscal

    def made(*given):
        document = whole(*given)
        broken(document)
        return document

    whole = oscal.component_definition
    monkeypatch.setattr(oscal, "component_definition", made)
    status, said = judged(passed)
    assert status == 1
    assert "component-definition.json is no valid OSCAL" in said
