"""Checks that need somebody else's data: known vulnerabilities, by pip-audit and by Snyk."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from scanning.results import Finding, Result, found, not_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scanning.tools import Tools

#: A release whose vulnerabilities have been public for years: a source that does not know it knows nothing.
CANARY = ("jinja2", "2.10")
SOURCE = "https://api.osv.dev/v1/query"


def vulnerabilities(tools: Tools, root: Path, pins: Mapping[str, str], *, source: str = SOURCE) -> Result:
    """pip-audit: every package of the lock; and a known bad one before, to see whether the source answers.

    Args:
        tools: The scanners.
        root: Where to run.
        pins: Names and versions.
        source: The advisories, as OSV serves them.
    """
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "packages.txt"
        canary, release = CANARY
        bad = _audit(tools, root, listed, [f"{canary}=={release}"], source)
        own = _audit(tools, root, listed, [f"{name}=={version}" for name, version in pins.items()], source)
    command = ["pip-audit", "--strict", "--disable-pip", "--no-deps", "--vulnerability-service", "osv", "-r", "LOCK"]
    if isinstance(bad, str) or isinstance(own, str):
        why = bad if isinstance(bad, str) else str(own)
        return not_run("vulnerabilities", f"the advisories cannot be had: {why[:120]}", command)
    if not any(name == canary for name, _, _ in bad):
        return not_run(
            "vulnerabilities", f"the source of advisories does not know those of {canary} {release}", command
        )
    findings = (Finding(f"vulnerabilities:{id_}:{name}", fixed) for name, id_, fixed in own)
    return found("vulnerabilities", findings, command, f"{len(pins)} packages")


def _audit(tools: Tools, root: Path, listed: Path, lines: list[str], source: str) -> list[tuple[str, str, str]] | str:
    """Package, advisory and remedy of each vulnerability; or why nothing can be told."""
    listed.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = ["pip-audit", "--strict", "--disable-pip", "--no-deps", "--vulnerability-service", "osv"]
    command += [
        "--osv-url",
        source,
        "--progress-spinner",
        "off",
        "--timeout",
        "15",
        "--format",
        "json",
        "-r",
        str(listed),
    ]
    answer = tools.run(command, cwd=root, limit=120)
    try:
        report = json.loads(answer.output)
    except ValueError:
        return answer.error or "pip-audit gave no answer"
    skipped = [each["name"] for each in report["dependencies"] if "skip_reason" in each]
    if skipped or len(report["dependencies"]) != len(lines):
        return f"pip-audit passed over {', '.join(skipped) or 'packages'}"
    return list(_vulnerable(report))


def _vulnerable(report: Mapping[str, list[dict[str, object]]]) -> Iterator[tuple[str, str, str]]:
    for package in report["dependencies"]:
        for each in package["vulns"]:  # type: ignore[attr-defined]
            fixed = ", ".join(each["fix_versions"]) or "no release"
            yield str(package["name"]), str(each["id"]), f"{package['version']} is affected; mended in {fixed}"


def snyk(tools: Tools, root: Path, archive: Path | None) -> Iterator[Result]:
    """Snyk's scans of the image and of the code, where a token allows them."""
    container = ["snyk", "container", "test", f"oci-archive:{archive or 'IMAGE'}", "--file=deploy/Dockerfile", "--json"]
    for check, command in (("snyk-image", container), ("snyk-code", ["snyk", "code", "test", "--json"])):
        if not os.environ.get("SNYK_TOKEN"):
            yield not_run(check, "SNYK_TOKEN is not set", command)
        elif check == "snyk-image" and archive is None:
            yield not_run(check, "no image was given", command)
        else:
            yield _snyk(tools, root, check, command)


def _snyk(tools: Tools, root: Path, check: str, command: list[str]) -> Result:
    answer = tools.run(command, cwd=root)
    # Snyk ends with 0 or 1 when it has looked, and with more when it could not.
    if answer.status not in (0, 1):
        return not_run(check, answer.error or "snyk gave no answer", command)
    try:
        report = json.loads(answer.output)
    except ValueError:
        return not_run(check, "snyk's answer cannot be read", command)
    findings = [
        Finding(f"{check}:{each['id']}:{each['packageName']}", f"{each['severity']}: {each['title']}")
        for each in report.get("vulnerabilities", [])
    ]
    findings += [
        Finding(f"{check}:{each['ruleId']}:{_place(each)}", each["message"]["text"])
        for run in report.get("runs", [])
        for each in run["results"]
    ]
    if answer.status == 1 and not findings:
        return not_run(check, "snyk has findings and does not say which", command)
    return found(check, findings, command)


def _place(each: Mapping[str, list[dict[str, dict[str, dict[str, str]]]]]) -> str:
    return each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
