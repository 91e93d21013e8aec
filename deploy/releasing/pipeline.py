"""What the pipeline must keep to, so that only what was tested, scanned, signed and approved is deployed.

A schema knows how a configuration is written; these rules are about what it does. Each has a name, and says what
breaks it.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / ".circleci/config.yml"
SCRIPTS = ROOT / "deploy/ci"
#: Jobs that reach an environment, and those that may have what they need for it.
REACHING = {"deploy", "smoke", "nightly", "rollback"}
_COMMAND = re.compile(r"deploy/ci/([a-z]+)( << parameters\.environment >>)?")
#: The app of the tasks, which has no instance; and the app that answers, whose instances take turns.
_PUSHES = [
    'cf push -f deploy/cloudfoundry/manifest.yml --vars-file "$vars" --var "image=$image"',
    'cf push -f deploy/cloudfoundry/web.yml --vars-file "$vars" --var "image=$image" --strategy rolling',
]
_IN_ARGUMENTS = re.compile(
    r"\bcf login\b|\bcf auth\s+[^|&;\s]|\blogin\b.*\s-p[ =]?\S*\$|--password[= ]"
    r"|\becho\s[^|]*\$\{?\w*(PASSWORD|KEY|TOKEN)"
)
_DEPLOYED_AS = ("check-manifest", "cosign verify", "cf push", "db upgrade")
_PUBLISHED_AS = ("skopeo copy --preserve-digests", "cosign sign", "cosign attest")


@dataclass(frozen=True)
class Pipeline:
    """The configuration, and the scripts that its steps call, by name."""

    config: dict[str, Any]
    scripts: dict[str, str]

    @classmethod
    def read(cls) -> Pipeline:
        """Those of this tree."""
        files = [path for path in sorted(SCRIPTS.iterdir()) if os.access(path, os.X_OK) or path.suffix == ".sh"]
        scripts = {path.name: path.read_text(encoding="utf-8") for path in files}
        return cls(yaml.safe_load(CONFIG.read_text(encoding="utf-8")), scripts)

    def runs(self, job: str) -> list[str]:
        """The commands of a job's steps."""
        steps = [step["run"] for step in self.config["jobs"][job]["steps"] if isinstance(step, dict) and "run" in step]
        return [step if isinstance(step, str) else step["command"] for step in steps]

    def calls(self, workflow: str) -> dict[str, dict[str, Any]]:
        """The jobs of a workflow by the names that they have in it; ``job`` is what they are called in ``jobs``."""
        found = {}
        for each in self.config["workflows"][workflow]["jobs"]:
            ((job, told),) = each.items() if isinstance(each, dict) else ((each, {}),)
            found[(told or {}).get("name", job)] = {"job": job, **(told or {})}
        return found

    def every_call(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Workflow, name and call of each job."""
        for workflow in self.config["workflows"]:
            for name, call in self.calls(workflow).items():
                yield workflow, name, call

    def before(self, workflow: str, name: str) -> set[str]:
        """All jobs that have to succeed first."""
        calls = self.calls(workflow)
        found: set[str] = set()
        waiting = list(calls[name].get("requires", []))
        while waiting:
            found.add(job := waiting.pop())
            waiting += set(calls.get(job, {}).get("requires", [])) - found
        return found


def _commands(script: str) -> list[str]:
    """A script's commands, each on one line and without comments."""
    lines = [re.sub(r"(^|\s)#.*", "", line) for line in script.splitlines()]
    return [line.strip() for line in re.sub(r"(\\|\||&&)\n\s*", r"\1 ", "\n".join(lines)).splitlines() if line.strip()]


def _steps(it: Pipeline) -> Iterator[str]:
    """Every step is a script that is there and can be executed; nothing is written out in the configuration."""
    for job in it.config["jobs"]:
        if not it.runs(job):
            yield f"{job} does nothing"
        for command in it.runs(job):
            match = _COMMAND.fullmatch(command)
            if not match or match[1] not in it.scripts or not os.access(SCRIPTS / match[1], os.X_OK):
                yield f"{job}: {command!r} is no script of deploy/ci"


def _reachable(it: Pipeline) -> Iterator[str]:
    """Every job is in a workflow, and every job that is waited for is there."""
    used = {call["job"] for _, _, call in it.every_call()}
    yield from (f"{job} is in no workflow" for job in it.config["jobs"].keys() - used)
    for workflow, name, call in it.every_call():
        if call.get("type") != "approval" and call["job"] not in it.config["jobs"]:
            yield f"{workflow}: there is no job {call['job']}"
        for wanted in set(call.get("requires", [])) - it.calls(workflow).keys():
            yield f"{workflow}: {name} waits for {wanted}, which is not there"


def _arguments(it: Pipeline) -> Iterator[str]:
    """An image is pushed by manifest, variables and digest, in whole commands that the platform's program takes."""
    pushes = [(name, line) for name, text in it.scripts.items() for line in _commands(text) if "cf push" in line]
    if [line for _, line in pushes] != _PUSHES:
        yield f"what pushes is {pushes}"


def _whole(it: Pipeline) -> Iterator[str]:
    """No command ends before its end."""
    for name, text in it.scripts.items():
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(r"\\\s+(#.*)?$", line):
                yield f"{name}:{number}: the backslash is not the last character"
            if re.match(r"\s*--?\w", line) and not re.search(r"(\\|\|)$", text.splitlines()[number - 2]):
                yield f"{name}:{number}: an option that belongs to no command"


def _strategy(it: Pipeline) -> Iterator[str]:
    """An app without instances has nothing to roll."""
    for name, text in it.scripts.items():
        for line in _commands(text):
            if re.search(r"--strategy|--task\b", line) and line not in _PUSHES:
                yield f"{name}: --strategy and --task exclude each other, and neither has a use for an app of tasks"


def _secrets(it: Pipeline) -> Iterator[str]:
    """No secret is an argument or printed; who logs in logs out, and hears why the account is refused."""
    for name, text in it.scripts.items():
        lines = _commands(text)
        yield from (f"{name}: {line.split()[0]} is told a secret" for line in lines if _IN_ARGUMENTS.search(line))
        if re.search(r"\bset\s+(-\w*x|-o\s+xtrace)", text):
            yield f"{name}: set -x prints what it executes"
        if any(re.match(r"cf auth\b", line) for line in lines):
            if not re.search(r"^trap '[^']*cf logout[^']*' EXIT$", text, re.MULTILINE):
                yield f"{name}: does not log out at its end"
            if "90 days" not in text:
                yield f"{name}: does not say that passwords expire"
        if name != "environment.sh" and '. "$(dirname "$0")/environment.sh"' not in text:
            yield f"{name}: does not begin as the others do"
    if "set +o xtrace" not in it.scripts["environment.sh"] or "set -euo pipefail" not in it.scripts["environment.sh"]:
        yield "environment.sh: does not end at errors, or prints what it executes"


def _variables(it: Pipeline) -> Iterator[str]:
    """What a manifest is told is no secret, and no variable of an app is set beside it."""
    for name, text in it.scripts.items():
        for line in _commands(text):
            if re.search(r"--var(?!s-file)[= ](?!\"image=)", line) or "cf set-env" in line:
                yield f"{name}: a variable that 'cf env' would show"


def _supply(it: Pipeline) -> Iterator[str]:
    """What is deployed was built, held to its contract, scanned, signed, and is named by its digest."""
    for script, wanted in (("publish", _PUBLISHED_AS), ("deploy", _DEPLOYED_AS), ("image", ("--release",))):
        text = "\n".join(_commands(it.scripts[script]))
        places = [text.find(each) for each in wanted]
        if -1 in places or places != sorted(places):
            yield f"{script}: {' and '.join(wanted)} are not all there, in that order"
    if "CF_DOCKER_PASSWORD" not in it.scripts["deploy"]:
        yield "deploy: no password for the registry"
    if "deploy/ci/contract" not in it.runs("image"):
        yield "image: nobody holds it to its contract"
    for name, text in it.scripts.items():
        if re.search(r"\$\w*(REPOSITORY|image)\w*\"?:latest", text):
            yield f"{name}: a tag that can be moved"
    for name, call in it.calls("change").items():
        missing = {"lint", "types", "tests", "image", "scan", "publish"} - it.before("change", name)
        if call["job"] == "deploy" and missing:
            yield f"{name}: does not wait for {', '.join(sorted(missing))}"


def _tasks(it: Pipeline) -> Iterator[str]:
    """After each deployment a task looks and a task runs; one runs every night, and its end is the job's end."""
    for workflow, name, call in it.every_call():
        if call["job"] in ("deploy", "rollback"):
            after = [
                each
                for each in it.calls(workflow).values()
                if each["job"] == "smoke" and name in each.get("requires", [])
            ]
            if [each.get("environment") for each in after] != [call["environment"]]:
                yield f"{workflow}: nobody looks after {name}"
    for script, words in (("smoke", ("-- doctor", "--profile")), ("nightly", ("--profile", "--key"))):
        text = "\n".join(line for line in _commands(it.scripts[script]) if line.startswith("twicetold cf run "))
        if not all(word in text for word in words) or re.search(r"\|\| true|; true|--no-wait", text):
            yield f"{script}: does not run and wait for {', '.join(words)}"
    if "scheduled_pipeline" not in str(it.config["workflows"].get("nightly", {}).get("when")):
        yield "nothing is on schedule"


def _bounds(it: Pipeline) -> Iterator[str]:
    """Who reaches an environment has its context, is on main, and is alone; nobody else has any of that."""
    for workflow, name, call in it.every_call():
        environment, context = call.get("environment"), call.get("context")
        is_on_main = call.get("filters") == {"branches": {"only": "main"}}
        if call["job"] in REACHING:
            if context != f"twicetold-{environment}":
                yield f"{workflow}: {name} has the context {context}"
            if not str(call.get("serial-group", "")).endswith(f"/{environment}"):
                yield f"{workflow}: {name} may meet another one in {environment}"
        elif context not in (None, f"twicetold-{call['job']}"):
            yield f"{workflow}: {name} has the context {context}"
        if (call["job"] in REACHING | {"publish"} or call.get("type") == "approval") and not is_on_main:
            yield f"{workflow}: {name} is not bound to main"
    for job in it.config["jobs"].keys() & REACHING:
        kinds = it.config["jobs"][job].get("parameters", {}).get("environment", {})
        if kinds != {"type": "enum", "enum": ["dev", "staging", "production"]}:
            yield f"{job}: takes any environment"


def _approval(it: Pipeline) -> Iterator[str]:
    """Somebody approves what goes to production; staging went well before, and nothing goes back by itself."""
    for workflow, name, call in it.every_call():
        is_deployed = call["job"] == "deploy" and call.get("environment") == "production"
        if not is_deployed and call["job"] != "rollback":
            continue
        direct = [it.calls(workflow).get(each, {}) for each in call.get("requires", [])]
        if not any(each.get("type") == "approval" for each in direct):
            yield f"{workflow}: nobody approves {name}"
        if is_deployed and not {"smoke-dev", "smoke-staging"} <= it.before(workflow, name):
            yield f"{workflow}: {name} does not wait for dev and staging"


def _parameters(it: Pipeline) -> Iterator[str]:
    """Whoever starts a pipeline may say what goes back, never where; and no parameter is part of a command."""
    known = it.config.get("parameters", {})
    if known.keys() - {"rollback-to"}:
        yield f"parameters {', '.join(sorted(known))}"
    text = str({job: it.runs(job) for job in it.config["jobs"]})
    if "pipeline.parameters" in text or "${<<" in text:
        yield "a parameter is part of a command"
    for job, told in it.config["jobs"].items():
        given = told.get("environment") or {}
        if given != ({"ROLLBACK_TO": "<< pipeline.parameters.rollback-to >>"} if job == "rollback" else {}):
            yield f"{job}: sets {', '.join(given)}"
    if "^sha256:[0-9a-f]{64}$" not in it.scripts["rollback"]:
        yield "rollback: takes anything for a digest"


RULES: dict[str, Callable[[Pipeline], Iterator[str]]] = {
    "steps are scripts": _steps,
    "every job is reached": _reachable,
    "arguments": _arguments,
    "whole commands": _whole,
    "no strategy": _strategy,
    "secrets": _secrets,
    "variables": _variables,
    "supply chain": _supply,
    "tasks": _tasks,
    "bounds": _bounds,
    "approval": _approval,
    "parameters": _parameters,
}


def broken(pipeline: Pipeline) -> dict[str, list[str]]:
    """The rules that a pipeline breaks, and what breaks each."""
    found = {name: list(rule(pipeline)) for name, rule in RULES.items()}
    return {name: problems for name, problems in found.items() if problems}
