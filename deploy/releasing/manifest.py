"""Manifests of Cloud Foundry: filled in as ``cf push`` does, and looked at before the platform sees them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER = Path(__file__).parents[1] / "cloudfoundry"
ENVIRONMENTS = ("dev", "staging", "production")
_SCHEMA = json.loads((FOLDER / "manifest.schema.json").read_text(encoding="utf-8"))
_VARIABLE = re.compile(r"\(\(([A-Za-z0-9_-]+)\)\)")
_SECRET = re.compile(r"pass(word|wd)|secret|token|credential|(access|license|private|api)[-_]?key", re.IGNORECASE)
#: user:password@ in an address, a key in PEM, a key of Amazon's.
_PLAIN_SECRET = re.compile(r"://[^/\s:@]*:[^/\s@]+@|-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b")


class ManifestWrong(Exception):
    """A manifest must not be pushed as it is; the message has a line for each reason."""


def variables(path: Path) -> dict[str, str]:
    """The variables of a file.

    Raises:
        ManifestWrong: A value is no word or number, or looks like a secret.
    """
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise ManifestWrong(f"{path.name}: there are no variables in it")
    wrong = [f"{path.name}: {name} is no word" for name, value in found.items() if not isinstance(value, str | int)]
    wrong += [f"{path.name}: {name}" for name in _secrets({str(name): str(value) for name, value in found.items()})]
    if wrong:
        raise ManifestWrong("\n".join(wrong))
    return {str(name): str(value) for name, value in found.items()}


def filled(path: Path, given: Mapping[str, str]) -> dict[str, Any]:
    """A manifest with its variables filled in, if it may be pushed.

    Args:
        path: The manifest.
        given: The variables, ``image`` among them.

    Raises:
        ManifestWrong: It may not; every reason is told.
    """
    text = path.read_text(encoding="utf-8")
    if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
        raise ManifestWrong(f"{path.name}: the platform takes no anchors and aliases")
    missing = names(path) - given.keys()
    if missing:
        raise ManifestWrong(f"{path.name}: no value for {', '.join(sorted(missing))}")
    manifest = _fill(yaml.safe_load(text), given)
    wrong = [f"{path.name}: {problem}" for problem in _problems(manifest)]
    if wrong:
        raise ManifestWrong("\n".join(wrong))
    content: dict[str, Any] = manifest
    return content


def names(path: Path) -> set[str]:
    """The variables that a manifest has places for; those in comments do not count."""
    return set(_VARIABLE.findall(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")))))


def _fill(node: Any, given: Mapping[str, str]) -> Any:  # noqa: ANN401 - any YAML
    if isinstance(node, dict):
        return {key: _fill(value, given) for key, value in node.items()}
    if isinstance(node, list):
        return [_fill(each, given) for each in node]
    return _VARIABLE.sub(lambda match: given[match[1]], node) if isinstance(node, str) else node


def _problems(manifest: Any) -> Iterator[str]:  # noqa: ANN401 - any YAML
    for error in sorted(
        Draft202012Validator(_SCHEMA).iter_errors(manifest), key=lambda error: list(map(str, error.path))
    ):
        yield f"{'.'.join(map(str, error.path)) or 'top'}: {_shortened(error.message)}"
    for app in manifest.get("applications", []) if isinstance(manifest, dict) else []:
        if isinstance(app, dict):
            yield from _problems_of_app(app)


def _problems_of_app(app: Mapping[str, Any]) -> Iterator[str]:
    """What a schema cannot say."""
    name, processes = app.get("name"), [each for each in app.get("processes", []) if isinstance(each, dict)]
    types = [process.get("type") for process in processes]
    if len(set(types)) < len(types):
        yield f"{name}: a type of process is there twice"
    if not app.get("no-route") and not app.get("routes"):
        yield f"{name}: neither routes nor no-route: the platform would make a public route"
    if app.get("no-route") and app.get("routes"):
        yield f"{name}: routes and no-route: the platform would take the routes away"
    for process in processes:
        check = process.get("health-check-type")
        if app.get("no-route") and check != "process":
            yield f"{name}.{process.get('type')}: a check by {check} where nothing listens ends the app again and again"
        if check == "http" and "health-check-http-endpoint" not in process:
            yield f"{name}.{process.get('type')}: a check by http without an endpoint"
    yield from (f"{name}: env {each}" for each in _secrets({str(k): str(v) for k, v in (app.get("env") or {}).items()}))


def _secrets(values: Mapping[str, str]) -> Iterator[str]:
    """Names whose values everybody with a role in the space could read; the values themselves are not repeated."""
    for name, value in values.items():
        if _SECRET.search(name) or _PLAIN_SECRET.search(value):
            yield f"{name} looks like a secret: bind a service instead"


def _shortened(message: str) -> str:
    """Without what could be the value of a secret, and on one line."""
    return " ".join(_PLAIN_SECRET.sub("…", message).split())[:200]
