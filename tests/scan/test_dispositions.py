"""Decisions about findings: they hold for what they name, until their date, and no longer."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
from pathlib import Path

import pytest
from scanning import dispositions
from scanning.results import Finding, Result, State, as_json, as_table, decided, exit_status, found, not_run

ROOT = Path(__file__).parents[2]
TODAY = dt.date(2026, 11, 23)
ENTRY = {"id": "code:B608:a.py", "decision": "accepted", "owner": "ann", "reason": "ours", "review-by": "2027-01-31"}
FOUND = Finding("code:B608:a.py", "line 3: SQL")


@pytest.fixture
def file(tmp_path):
    def file(**changes):
        entry = {key: value for key, value in (ENTRY | changes).items() if value is not None}
        lines = [f"{key} = {value if key == 'review-by' else json.dumps(value)}" for key, value in entry.items()]
        path = tmp_path / "dispositions.toml"
        path.write_text("[[disposition]]\n" + "\n".join(lines) + "\n")
        return path

    return file


def test_a_finding_with_a_decision_passes_and_is_still_told(file):
    holding, wrong = dispositions.read(file(), TODAY)
    result = decided(found("code", [FOUND]), holding)
    assert wrong == []
    assert result.state is State.PASSED
    assert result.findings[0].disposition == "accepted by ann until 2027-01-31: ours"


def test_a_finding_without_a_decision_fails():
    assert decided(found("code", [FOUND]), {}).state is State.FAILED


def test_one_decision_does_not_cover_another_finding(file):
    holding, _ = dispositions.read(file(), TODAY)
    other = Finding("code:B608:b.py", "line 3: SQL")
    assert decided(found("code", [FOUND, other]), holding).state is State.FAILED


def test_what_was_not_run_does_not_pass_by_a_decision(file):
    holding, _ = dispositions.read(file(), TODAY)
    assert decided(not_run("code", "no tool"), holding).state is State.NOT_RUN


WRONG = {
    "expired": ({"review-by": "2026-11-22"}, "expired on 2026-11-22"),
    "for ever": ({"review-by": "2099-01-01"}, "longer than 190 days"),
    "no date": ({"review-by": '"soon"'}, "no date"),
    "nobody's": ({"owner": None}, "has no owner"),
    "an empty reason": ({"reason": " "}, "empty"),
    "an unknown decision": ({"decision": "ignored"}, "is none of accepted"),
    "an unknown key": ({"note": "x"}, "unknown keys note"),
}


@pytest.mark.parametrize(("changes", "told"), WRONG.values(), ids=WRONG)
def test_a_decision_that_is_wrong_decides_nothing_and_fails(file, changes, told):
    holding, wrong = dispositions.read(file(**changes), TODAY)
    assert holding == {}
    assert told in wrong[0].message
    assert dispositions.result(wrong, Path("d")).state is State.FAILED


def test_a_decision_holds_on_its_last_day(file):
    assert dispositions.read(file(**{"review-by": "2026-11-23"}), TODAY)[1] == []


def test_a_decision_is_there_once(file):
    path = file()
    path.write_text(path.read_text() * 2)
    assert "twice" in dispositions.read(path, TODAY)[1][0].message


@pytest.mark.parametrize("text", ["[[disposition", None])
def test_a_file_that_cannot_be_read_fails(tmp_path, text):
    path = tmp_path / "dispositions.toml"
    if text:
        path.write_text(text)
    assert "cannot be read" in dispositions.read(path, TODAY)[1][0].message


CHECKS = ("code", "secrets")


def test_a_decision_about_what_is_gone_has_to_go():
    wrong = dispositions.unused([ENTRY["id"]], [Result("code", State.PASSED)], CHECKS)
    assert "the finding is gone" in wrong[0].message


def test_a_decision_about_no_check_has_to_go():
    wrong = dispositions.unused(["cod:B608:a.py"], [Result("code", State.PASSED)], CHECKS)
    assert "no check 'cod'" in wrong[0].message


def test_a_decision_stays_while_nobody_could_look():
    assert dispositions.unused([ENTRY["id"]], [not_run("code", "no tool")], CHECKS) == []


def test_the_results_are_told_to_people_and_to_programs():
    results = [found("code", [FOUND], ["bandit", "a b"]), not_run("secrets", "no tool")]
    content = json.loads(as_json(results, "sha256:00", dt.datetime(2026, 11, 23, tzinfo=dt.UTC)))
    assert [each["state"] for each in content["checks"]] == ["failed", "not run"]
    assert content["checks"][0]["findings"] == [{"id": FOUND.id, "message": FOUND.message, "disposition": None}]
    assert content["checks"][0]["command"] == "bandit 'a b'"
    assert "NOT RUN  no tool" in as_table(results)
    assert "PASSED" not in as_table(results)


@pytest.mark.parametrize(
    ("states", "need", "status"),
    [
        ((), (), 0),
        ((State.PASSED, State.NOT_RUN), (), 0),
        ((State.PASSED, State.NOT_RUN), ("check-0",), 0),
        ((State.PASSED, State.NOT_RUN), ("check-1",), 3),
        ((State.NOT_RUN, State.FAILED), ("check-0",), 1),
    ],
)
def test_what_failed_ends_with_1_and_what_is_needed_and_could_not_look_with_3(states, need, status):
    results = [Result(f"check-{number}", state) for number, state in enumerate(states)]
    assert exit_status(results, need) == status


def test_the_command_refuses_a_file_that_is_no_image(tools, tmp_path):
    (tmp_path / "image.tar").write_text("x")
    command = [tools.folder / "python", ROOT / "deploy/scan", "--out", tmp_path / "out"]
    done = subprocess.run([*command, "--image", tmp_path / "image.tar"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Nothing was scanned: image.tar is no OCI archive" in done.stderr


def test_the_checks_have_names_that_the_command_knows(tools):
    done = subprocess.run(
        [tools.folder / "python", ROOT / "deploy/scan", "--help"], capture_output=True, text=True, check=True
    )
    assert {"vulnerabilities", "image-packages", "snyk-image"} <= set(re.findall(r"[a-z-]+", done.stdout))
