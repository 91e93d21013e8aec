"""The pipeline keeps its rules, and each defect of the first one, put back in, breaks the rule against it."""

from __future__ import annotations

import copy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from releasing.pipeline import CONFIG, ROOT, RULES, SCRIPTS, Pipeline, broken

TOOLS = Path(sys.executable).parent


@pytest.fixture(scope="module")
def pipeline():
    return Pipeline.read()


@pytest.mark.parametrize("rule", RULES)
def test_the_pipeline_keeps_the_rule(rule, pipeline):
    assert broken(pipeline).get(rule) is None


def checked(path):
    command = [TOOLS / "check-jsonschema", "--builtin-schema", "vendor.circle-ci", path]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_configuration_is_what_the_published_schema_says():
    done = checked(CONFIG)
    assert done.returncode == 0, done.stdout


def test_the_schema_would_find_a_wrong_one(tmp_path):
    config = tmp_path / "config.yml"
    config.write_text(CONFIG.read_text(encoding="utf-8").replace("version: 2.1", "version: 9"), encoding="utf-8")
    assert checked(config).returncode == 1


def test_the_scripts_have_no_fault_that_shellcheck_knows():
    scripts = [*SCRIPTS.iterdir(), ROOT / "requirements/lock", ROOT / "requirements/system", ROOT / ".ci/run"]
    done = subprocess.run([TOOLS / "shellcheck", *scripts], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("script", sorted(SCRIPTS.iterdir()), ids=lambda path: path.name)
def test_a_script_says_in_one_line_what_it_does(script):
    told = script.read_text(encoding="utf-8").splitlines()[:3]
    assert any(line.startswith("# ") and len(line) > 8 and "shellcheck" not in line for line in told)


def script(name, old, new):
    def change(it):
        assert old in it.scripts[name]
        return replace(it, scripts={**it.scripts, name: it.scripts[name].replace(old, new)})

    return change


def config(change):
    def changed(it):
        content = copy.deepcopy(it.config)
        change(content)
        return replace(it, config=content)

    return changed


def call(workflow, name, **told):
    """Changes how a workflow calls a job; None takes a key away."""

    def change(content):
        for each in content["workflows"][workflow]["jobs"]:
            ((job, known),) = each.items() if isinstance(each, dict) else [(each, {})]
            if known.get("name", job) == name:
                known |= told
                for key in [key for key, value in known.items() if value is None]:
                    del known[key]

    return config(change)


def without(workflow, name):
    def change(content):
        jobs = content["workflows"][workflow]["jobs"]
        content["workflows"][workflow]["jobs"] = [
            each for each in jobs if not isinstance(each, dict) or next(iter(each.values())).get("name") != name
        ]

    return config(change)


def put(*path, value):
    def change(content):
        for key in path[:-1]:
            content = content[key]
        content[path[-1]] = value

    return config(change)


PUSH = 'cf push -f deploy/cloudfoundry/manifest.yml --vars-file "$vars" --var "image=$image"'
AUTH = "cf auth || {"
#: What the first pipeline did, the rule against it, and the change that does it again.
DEFECTS = {
    "1 the app's name where the image belongs": (
        "arguments",
        script("deploy", PUSH, 'cf push --docker-image twicetold "$image"'),
    ),
    "2 a command that ends before its options": (
        "whole commands",
        script("deploy", PUSH, 'cf push -f deploy/cloudfoundry/manifest.yml\n  --vars-file "$vars"'),
    ),
    "2 a backslash before a comment": ("whole commands", script("deploy", PUSH, f"cf push \\ # not sure\n{PUSH}")),
    "3 a rolling deployment of tasks": ("no strategy", script("deploy", PUSH, f"{PUSH} --strategy rolling --task")),
    "4 a password as an argument": (
        "secrets",
        script("deploy", AUTH, 'cf login -u "$CF_USERNAME" -p "$CF_PASSWORD" || {'),
    ),
    "4 a password as a word of cf auth": (
        "secrets",
        script("deploy", AUTH, 'cf auth "$CF_USERNAME" "$CF_PASSWORD" || {'),
    ),
    "4 a password for the registry as an argument": (
        "secrets",
        script("publish", "--password-stdin", '--password "$REGISTRY_PASSWORD"'),
    ),
    "4 commands that are printed": ("secrets", script("deploy", "need CF_API", "set -x\nneed CF_API")),
    "4 nobody logs out": ("secrets", script("deploy", "cf logout >/dev/null 2>&1 || true; ", "")),
    "4 nobody knows that passwords expire": ("secrets", script("deploy", "90 days", "long")),
    "5 secrets as variables of the manifest": (
        "variables",
        script("deploy", PUSH, f'{PUSH} --var "session-secret=$SESSION_SECRET"'),
    ),
    "5 secrets as variables of the app": (
        "variables",
        script("deploy", PUSH, f'{PUSH}\ncf set-env twicetold KEY "$KEY"'),
    ),
    "6 no image is built": ("supply chain", call("change", "publish", requires=["lint", "types", "tests"])),
    "6 nothing is pushed": ("supply chain", script("publish", "skopeo copy", "true skopeo")),
    "6 nothing is signed": ("supply chain", script("publish", "cosign sign", "true")),
    "6 no signature is looked at": ("supply chain", script("deploy", "cosign verify", "true")),
    "6 nothing is scanned": ("supply chain", call("change", "publish", requires=["lint", "types", "tests", "image"])),
    "6 no list of what is in it": ("supply chain", script("publish", "cosign attest", "true")),
    "6 a tag that can be moved": (
        "supply chain",
        script("publish", "$IMAGE_REPOSITORY:$CIRCLE_SHA1", "$IMAGE_REPOSITORY:latest"),
    ),
    "6 bases that are not pinned": ("supply chain", script("image", "(--release)", "()")),
    "6 no password for the registry": ("supply chain", script("deploy", "CF_DOCKER_PASSWORD", "OTHER")),
    "7 no task is started": ("tasks", without("change", "smoke-staging")),
    "7 a task that nobody waits for": ("tasks", script("nightly", "--json", "--no-wait --json")),
    "7 a failure that nobody hears of": ("tasks", script("nightly", "result.json", "result.json || true")),
    "7 nothing on schedule": ("tasks", put("workflows", "nightly", "when", value=True)),
    "7 no context": ("bounds", call("change", "deploy-production", context=None)),
    "7 the context of another environment": ("bounds", call("change", "deploy-dev", context="twicetold-production")),
    "7 a context for whoever runs tests": (
        "bounds",
        put("workflows", "change", "jobs", value=[{"tests": {"context": "twicetold-production"}}]),
    ),
    "7 any branch": ("bounds", call("change", "deploy-production", filters=None)),
    "7 two at a time": ("bounds", call("change", "deploy-staging", **{"serial-group": None})),
    "7 nobody approves": ("approval", call("change", "deploy-production", requires=["smoke-staging"])),
    "7 staging is passed by": ("approval", call("change", "approve-production", requires=["smoke-dev"])),
    "8 a parameter says where": ("parameters", put("parameters", "org", value={"type": "string", "default": "x"})),
    "8 a parameter in a command": (
        "parameters",
        put("jobs", "rollback", "steps", value=[{"run": "deploy/ci/rollback << pipeline.parameters.rollback-to >>"}]),
    ),
    "8 an address in a job": (
        "parameters",
        put("jobs", "deploy", "environment", value={"CF_API": "https://x.example"}),
    ),
    "8 anything for a digest": ("parameters", script("rollback", "^sha256:[0-9a-f]{64}$", ".")),
    "a command that is written out": ("steps are scripts", put("jobs", "lint", "steps", value=[{"run": "make lint"}])),
    "a script that is not there": ("steps are scripts", put("jobs", "lint", "steps", value=[{"run": "deploy/ci/lnt"}])),
    "a job that nobody calls": (
        "every job is reached",
        put("jobs", "more", value={"steps": [{"run": "deploy/ci/lint"}]}),
    ),
    "a job that waits for nobody": ("every job is reached", call("change", "scan", requires=["imagge"])),
    "a rollback by itself": ("approval", call("rollback", "rollback-production", requires=None)),
    "any environment": ("bounds", put("jobs", "deploy", "parameters", value={"environment": {"type": "string"}})),
}


@pytest.mark.parametrize(("rule", "change"), DEFECTS.values(), ids=DEFECTS)
def test_a_defect_of_the_first_pipeline_breaks_its_rule(rule, change, pipeline):
    changed = change(pipeline)
    assert changed != pipeline
    assert rule in broken(changed)


def test_all_eight_defects_are_put_back_in():
    assert {name[0] for name in DEFECTS if name[0].isdigit()} == set("12345678")


def test_the_configuration_has_no_tab_and_no_secret():
    text = CONFIG.read_text(encoding="utf-8")
    assert "\t" not in text
    assert "PASSWORD" not in text
    assert yaml.safe_load(text)["version"] == 2.1
