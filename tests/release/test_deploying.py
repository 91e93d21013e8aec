"""The scripts of the pipeline, really run: against a Cloud Foundry on this machine, with stand-ins for cf and cosign.

The stand-ins take nothing but the calls that the programs' manuals have, and write down what they were told. What they
do not show: that the platform accepts the manifest, that a registry hands over the image, and that a signature is true.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
from releasing.pipeline import SCRIPTS

from twicetold.testing import FakeCloudFoundry, Script

DIGEST = "sha256:" + "0123456789abcdef" * 4
IMAGE = f"registry.example/agency/twicetold@{DIGEST}"
SUMMARY = json.dumps({"event": "run.summary", "state": "noop", "exit_status": 0})
#: Writes down its arguments, the secrets that it finds in its environment, and what it reads; refuses unknown calls.
STAND_IN = """#!{python}
import json, os, sys
told = {{"argv": sys.argv[1:], "knows": sorted(k for k in os.environ if k in {secrets})}}
if "--password-stdin" in sys.argv:
    told["stdin"] = sys.stdin.read()
with open({log!r}, "a") as log:
    log.write(json.dumps(told) + "\\n")
known = {known}
if not any(sys.argv[1 : 1 + len(each.split())] == each.split() for each in known):
    sys.exit("unknown call: " + " ".join(sys.argv[1:]))
sys.exit({failing!r} in " ".join(sys.argv[1:]))
"""
SIGNING = [f"{verb} --yes --key env://COSIGN_PRIVATE_KEY" for verb in ("sign", "attest")]
SECRETS = {"CF_PASSWORD": "cf-pass-77", "CF_DOCKER_PASSWORD": "registry-pass-88"}


@pytest.fixture
def foundry():
    with FakeCloudFoundry(Script((SUMMARY,))) as foundry:
        yield foundry


class Rehearsal:
    """A folder for what the jobs hand each other, and calls of the scripts."""

    def __init__(self, folder, foundry):
        self.folder, self.foundry = folder, foundry
        (folder / "bin").mkdir(parents=True)
        self.stand_in()

    def stand_in(self, failing="nothing fails"):
        calls = {
            "cf": ["api", "auth", "target -o", "push -f", "logout"],
            "cosign": ["login --username", "verify --key env://COSIGN_PUBLIC_KEY", *SIGNING],
            "skopeo": ["login --authfile", "copy --preserve-digests"],
        }
        for name, known in calls.items():
            path = self.folder / "bin" / name
            log = str(self.folder / f"{name}.log")
            path.write_text(
                STAND_IN.format(python=sys.executable, log=log, known=known, failing=failing, secrets=[*SECRETS])
            )
            path.chmod(0o755)

    def calls(self, program):
        log = self.folder / f"{program}.log"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def publish(self, image=IMAGE):
        (self.folder / "release").mkdir(exist_ok=True)
        (self.folder / "release/image").write_text(f"{image}\n")

    def __call__(self, script, *arguments, **variables):
        plain = {name.removeprefix("TWICETOLD_"): value for name, value in self.foundry.variables.items()}
        SECRETS["CF_PASSWORD"] = plain["CF_PASSWORD"]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PYTHONPATH": os.environ["PYTHONPATH"],
            "TWICETOLD_PYTHON": sys.executable,
            "TWICETOLD_BUILD": str(self.folder),
            "COSIGN_PUBLIC_KEY": "-----BEGIN PUBLIC KEY-----",
            "IMAGE_REPOSITORY": "registry.example/agency/twicetold",
            **plain,
            "CF_DOCKER_PASSWORD": SECRETS["CF_DOCKER_PASSWORD"],
            **variables,
        }
        done = subprocess.run(
            ["bash", "-x", str(SCRIPTS / script), *arguments],
            env={name: value for name, value in environment.items() if value},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        for secret in SECRETS.values():
            assert secret not in done.stdout + done.stderr
            for program in ("cf", "cosign", "skopeo"):
                assert not any(secret in " ".join(call["argv"]) for call in self.calls(program))
        return done


@pytest.fixture
def rehearse(tmp_path, foundry):
    return Rehearsal(tmp_path / "build", foundry)


def commands(foundry):
    return [task["command"] for task in foundry.tasks]


def test_a_deployment_verifies_pushes_by_digest_upgrades_the_tables_and_logs_out(rehearse, foundry):
    rehearse.publish()
    done = rehearse("deploy", "staging")
    assert done.returncode == 0, done.stderr
    verbs = [call["argv"][0] for call in rehearse.calls("cf")]
    assert verbs == ["api", "auth", "target", "push", "push", "logout"]
    push = rehearse.calls("cf")[3]["argv"]
    wanted = "push -f deploy/cloudfoundry/manifest.yml --vars-file deploy/cloudfoundry/vars-staging.yml --var"
    assert push == [*wanted.split(), f"image={IMAGE}"]
    assert rehearse.calls("cosign")[1]["argv"][-1] == IMAGE
    assert rehearse.calls("cosign")[0]["stdin"] == SECRETS["CF_DOCKER_PASSWORD"]
    assert commands(foundry) == ["twicetold db upgrade"]


def test_what_is_not_signed_is_not_pushed(rehearse, foundry):
    rehearse.publish()
    rehearse.stand_in(failing="verify")
    assert rehearse("deploy", "dev").returncode != 0
    assert [call["argv"][0] for call in rehearse.calls("cf")] == ["logout"]
    assert foundry.tasks == []


def test_a_failed_push_ends_the_job_and_logs_out(rehearse, foundry):
    rehearse.publish()
    rehearse.stand_in(failing="push")
    assert rehearse("deploy", "dev").returncode != 0
    assert rehearse.calls("cf")[-1]["argv"] == ["logout"]
    assert foundry.tasks == []


def test_a_refused_account_is_told_that_passwords_expire(rehearse):
    rehearse.publish()
    rehearse.stand_in(failing="auth")
    done = rehearse("deploy", "dev")
    assert done.returncode == 2
    assert "90 days" in done.stderr


@pytest.mark.parametrize("image", ["registry.example/agency/twicetold:latest", "", "twicetold@sha256:00"])
def test_an_image_without_a_digest_is_not_deployed(rehearse, image):
    rehearse.publish(image)
    assert rehearse("deploy", "dev").returncode != 0
    assert rehearse.calls("cf") == []


def test_a_failed_upgrade_of_the_tables_fails_the_deployment(rehearse, foundry):
    foundry.launch = Script(ends=3)
    rehearse.publish()
    assert rehearse("deploy", "dev").returncode == 3


@pytest.mark.parametrize("environment", ["", "prod", "dev;id"])
def test_an_environment_is_one_of_three(rehearse, environment):
    rehearse.publish()
    for script in ("deploy", "smoke", "nightly"):
        assert rehearse(script, environment).returncode != 0
    assert rehearse.calls("cf") == []


def test_a_missing_variable_is_named(rehearse):
    rehearse.publish()
    done = rehearse("deploy", "dev", CF_ORG="", CF_DOCKER_PASSWORD="")
    assert done.returncode == 2
    assert "not set: CF_ORG CF_DOCKER_PASSWORD" in done.stderr


def test_after_a_deployment_one_task_looks_and_one_runs(rehearse, foundry):
    done = rehearse("smoke", "dev")
    assert done.returncode == 0, done.stderr
    assert commands(foundry) == ["twicetold doctor", "twicetold run --profile ttahub"]


def test_a_task_that_finds_something_missing_fails_the_job_before_anything_runs(rehearse, foundry):
    foundry.launch = Script(ends=3)
    assert rehearse("smoke", "dev").returncode == 3
    assert commands(foundry) == ["twicetold doctor"]


def test_the_nightly_run_is_started_once_a_night_and_told(rehearse, foundry):
    assert rehearse("nightly", "production").returncode == 0
    assert rehearse("nightly", "production").returncode == 0
    assert commands(foundry) == ["twicetold run --profile ttahub"]
    result = json.loads((rehearse.folder / "nightly/result.json").read_text())
    assert result["summary"]["state"] == "noop"


@pytest.mark.parametrize("ends", [4, 7])
def test_the_nightly_job_fails_as_its_run_does(rehearse, foundry, ends):
    foundry.launch = Script(ends=ends)
    assert rehearse("nightly", "production").returncode == ends


def test_a_rollback_deploys_a_former_digest(rehearse, foundry):
    done = rehearse("rollback", "production", ROLLBACK_TO=DIGEST)
    assert done.returncode == 0, done.stderr
    assert rehearse.calls("cf")[3]["argv"][-1] == f"image={IMAGE}"
    assert commands(foundry) == ["twicetold db upgrade"]


@pytest.mark.parametrize(
    "digest", ["", "latest", f"{DIGEST}0", f"x@{DIGEST}", f"{DIGEST} --var a=b", "sha256:" + "G" * 64]
)
def test_a_rollback_takes_a_digest_only(rehearse, digest):
    assert rehearse("rollback", "production", ROLLBACK_TO=digest).returncode == 2
    assert rehearse.calls("cf") == []


def test_a_program_that_is_not_pinned_is_not_fetched(rehearse):
    done = rehearse("tools", "nothing")
    assert done.returncode == 2
    assert "nothing is not pinned" in done.stderr
    assert not (rehearse.folder / "bin/nothing").exists()


def test_a_pin_is_a_whole_digest_or_missing():
    pins = re.findall(r"^(\w+)_SHA256=(.*)$", (SCRIPTS / "tools.env").read_text(), re.MULTILINE)
    assert [name for name, _ in pins] == ["CF", "COSIGN", "SNYK"]
    assert [name for name, pin in pins if pin and not re.fullmatch("[0-9a-f]{64}", pin)] == []


def test_the_image_that_was_tested_is_pushed_signed_and_named_by_its_digest(rehearse):
    for folder, name, content in (
        ("image", "image.tar", "tar"),
        ("image", "digest", DIGEST),
        ("scan", "image.cdx.json", "{}"),
    ):
        (rehearse.folder / folder).mkdir(exist_ok=True)
        (rehearse.folder / folder / name).write_text(content)
    signing = {"REGISTRY_USER": "ci", "COSIGN_PRIVATE_KEY": "key", "COSIGN_PASSWORD": "pass", "CIRCLE_SHA1": "c0ffee"}
    done = rehearse("publish", REGISTRY_PASSWORD=SECRETS["CF_DOCKER_PASSWORD"], **signing)
    assert done.returncode == 0, done.stderr
    login, copy = rehearse.calls("skopeo")
    assert login["stdin"] == SECRETS["CF_DOCKER_PASSWORD"]
    tar = rehearse.folder / "image/image.tar"
    assert copy["argv"][2:] == [f"oci-archive:{tar}", "docker://registry.example/agency/twicetold:c0ffee"]
    assert [call["argv"][0] for call in rehearse.calls("cosign")] == ["sign", "attest"]
    assert all(call["argv"][-1] == IMAGE for call in rehearse.calls("cosign"))
    assert (rehearse.folder / "release/image").read_text() == f"{IMAGE}\n"
