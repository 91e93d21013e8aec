"""The manifests are what the platform takes, and each way of getting one wrong is found before it is pushed."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from releasing.manifest import ENVIRONMENTS, FOLDER, ManifestWrong, filled, names, variables

ROOT = FOLDER.parents[1]
IMAGE = "registry.example/agency/twicetold@sha256:" + "0123456789abcdef" * 4
TASK, WEB = FOLDER / "manifest.yml", FOLDER / "web.yml"


def vars_of(environment):
    return variables(FOLDER / f"vars-{environment}.yml") | {"image": IMAGE}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("manifest", [TASK, WEB], ids=lambda path: path.stem)
def test_a_manifest_may_be_pushed_everywhere(manifest, environment):
    (app,) = filled(manifest, vars_of(environment))["applications"]
    assert app["docker"]["image"] == IMAGE
    assert app["metadata"]["labels"]["environment"] == environment


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_variable_has_a_place(environment):
    assert vars_of(environment).keys() == names(TASK) | names(WEB)


def test_the_app_of_the_tasks_costs_nothing_by_itself():
    (app,) = filled(TASK, vars_of("production"))["applications"]
    assert app["no-route"] is True
    assert [process["instances"] for process in app["processes"]] == [0, 0]
    assert "task" in {process["type"] for process in app["processes"]}


def test_the_app_for_people_is_pushed_as_soon_as_it_can_start_and_not_before():
    commands = runpy.run_path(str(ROOT / "deploy/sh.py"))["COMMANDS"]
    deploys = (ROOT / "deploy/ci/deploy").read_text(encoding="utf-8")
    assert ("serve" in commands) == ("web.yml" in deploys)


PROCESS = "      - type: task\n"
WRONG = {
    "an unknown key of an app": (
        TASK,
        "    no-route: true\n",
        "    no-route: true\n    random-rout: true\n",
        "random-rout",
    ),
    "an unknown key of a process": (TASK, PROCESS, f"{PROCESS}        mem: 1G\n", "'mem' was unexpected"),
    "an unknown key at the top": (TASK, "version: 1\n", "version: 1\ninherit: base.yml\n", "inherit"),
    "memory that is missing": (TASK, "        memory: ((memory))\n", "", "'memory' is a required property"),
    "memory without a unit": (TASK, "memory: ((memory))", "memory: '512'", "does not match"),
    "disk that is missing": (TASK, "        disk_quota: ((disk))\n", "", "disk_quota"),
    "no limit for the log": (TASK, "        log-rate-limit-per-second: 32K\n", "", "log-rate-limit"),
    "a password among the variables": (
        TASK,
        "    services:\n",
        "      TWICETOLD_CF_PASSWORD: hunter2\n    services:\n",
        "TWICETOLD_CF_PASSWORD looks like a secret",
    ),
    "a password in an address": (
        TASK,
        "TWICETOLD_DATABASE: ((database))",
        "TWICETOLD_STORE: postgres://u:hunter2@db.example/x",
        "TWICETOLD_STORE looks like a secret",
    ),
    "a variable that is none of the program's": (TASK, "TWICETOLD_BUCKET: ((bucket))", "PATH: /bin", "PATH"),
    "bindings in the environment": (TASK, "file-based-vcap-services: true", "file-based-vcap-services: false", "True"),
    "a health check of a port that nobody listens at": (
        TASK,
        "health-check-type: process",
        "health-check-type: port",
        "where nothing listens",
    ),
    "the platform's own public route": (TASK, "    no-route: true\n", "", "neither routes nor no-route"),
    "a route and no route": (WEB, "    routes:\n", "    no-route: true\n    routes:\n", "routes and no-route"),
    "a type of process twice": (TASK, "type: task", "type: web", "twice"),
    "a health check without an endpoint": (
        WEB,
        "        health-check-http-endpoint: /healthz\n",
        "",
        "without an endpoint",
    ),
    "a command for a shell": (TASK, "twicetold run --profile", "twicetold run | tee --profile", "does not match"),
    "a command of somebody else": (TASK, "twicetold run", "python3 app.py", "does not match"),
    "no label": (TASK, "        component: twicetold\n", "", "component"),
    "an anchor": (TASK, "    services:\n      - ((database))", "    services: &s\n      - *s", "anchors"),
    "a variable without a value": (TASK, "((profile))", "((nightly-profile))", "no value for nightly-profile"),
}


@pytest.mark.parametrize(("manifest", "old", "new", "told"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_found(manifest, old, new, told, tmp_path):
    text = manifest.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "manifest.yml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ManifestWrong, match=re.escape(told)) as caught:
        filled(path, vars_of("dev"))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "image",
    [
        "registry.example/agency/twicetold:latest",
        "registry.example/agency/twicetold",
        "registry.example/agency/twicetold:1.0@sha256:" + "0" * 64,
        "registry.example/agency/twicetold@sha256:0123",
        "twicetold@sha256:" + "0" * 64,
        "",
    ],
)
def test_an_image_is_named_by_its_digest(image):
    with pytest.raises(ManifestWrong, match=r"docker\.image"):
        filled(TASK, vars_of("dev") | {"image": image})


@pytest.mark.parametrize("line", ["registry-password: x", "store: postgres://u:p@h/d", "key: AKIA" + "A" * 16])
def test_a_file_of_variables_holds_no_secret(line, tmp_path):
    path = tmp_path / "vars-dev.yml"
    path.write_text(f"app: twicetold\n{line}\n", encoding="utf-8")
    with pytest.raises(ManifestWrong, match="looks like a secret"):
        variables(path)


@pytest.mark.parametrize(("text", "told"), [("", "no variables"), ("- a\n", "no variables"), ("app: [a]\n", "no word")])
def test_a_file_of_variables_holds_words(text, told, tmp_path):
    path = tmp_path / "vars-dev.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ManifestWrong, match=told):
        variables(path)


def check(*arguments):
    command = [sys.executable, str(ROOT / "deploy/check-manifest"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_says_what_would_be_pushed():
    done = check("production", IMAGE)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("twicetold in production: web 0 x 768M, task 0 x 768M; registry.example")


def test_the_command_refuses_a_tag():
    done = check("dev", "registry.example/agency/twicetold:latest")
    assert done.returncode == 1
    assert "Nothing was pushed" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_folder_has_nothing_but_what_is_checked():
    known = {"manifest.yml", "web.yml", "manifest.schema.json", *(f"vars-{each}.yml" for each in ENVIRONMENTS)}
    assert {path.name for path in Path(FOLDER).iterdir()} == known
