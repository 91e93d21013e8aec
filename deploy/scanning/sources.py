"""Checks of the tree: the Dockerfile, the code, and secrets in any file."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from scanning.results import Finding, Result, found, not_run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from scanning.tools import Tools

#: Detectors that guess: they see secrets in hashes, in words and in every address.
_GUESSING = ("Base64HighEntropyString", "HexHighEntropyString", "KeywordDetector", "IPPublicDetector")
_ADDRESS = re.compile(r"://[^/\s:@]*:[^/\s@]*@([^\s:/?'\"`)]*)")
#: Hosts that are nobody's, and places where an example's host is filled in.
_NOBODY = re.compile(
    r"localhost|127\.0\.0\.1|(.*\.)?(example|test|invalid)(\.(com|org|net))?|.*[{<$…].*|\[::1\]|", re.IGNORECASE
)


def dockerfile(
    tools: Tools, root: Path, paths: Sequence[str] = ("deploy/Dockerfile", "deploy/Dockerfile.spark")
) -> Result:
    """hadolint: no remark is too small."""
    command = ["hadolint", "--no-fail", "--format", "json", *paths]
    answer = tools.run(command, cwd=root)
    remarks = _json(answer.output)
    if answer.status != 0 or not isinstance(remarks, list):
        return not_run("dockerfile", answer.error or "hadolint gave no answer", command)
    findings = (
        Finding(f"dockerfile:{each['code']}:{each['file']}", f"line {each['line']}: {each['message']}")
        for each in remarks
    )
    return found("dockerfile", findings, command)


def code(tools: Tools, root: Path, folders: Sequence[str] = ("src", "deploy")) -> Result:
    """bandit: from medium severity on."""
    command = ["bandit", "--quiet", "--recursive", *folders, "-ll", "--format", "json"]
    answer = tools.run(command, cwd=root)
    report = _json(answer.output)
    if answer.status not in (0, 1) or not isinstance(report, dict) or not report["metrics"]["_totals"]["loc"]:
        return not_run("code", answer.error or "bandit gave no answer", command)
    if report["errors"]:
        return not_run("code", f"bandit could not read {len(report['errors'])} files", command)
    findings = (
        Finding(f"code:{each['test_id']}:{each['filename']}", f"line {each['line_number']}: {each['issue_text']}")
        for each in report["results"]
    )
    return found("code", findings, command)


def secrets(tools: Tools, root: Path) -> Result:
    """detect-secrets: in all files that git knows or could take up; made-up addresses in examples are none."""
    listing = tools.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root)
    names = [name for name in listing.output.split("\0") if name and (root / name).is_file()]
    disabled = [word for name in _GUESSING for word in ("--disable-plugin", name)]
    command = ["detect-secrets", "--cores", "2", "scan", *disabled]
    if not names:
        return not_run("secrets", listing.error or "git names no files", command)
    answer = tools.run([*command, *names], cwd=root)
    report = _json(answer.output)
    if answer.status != 0 or not isinstance(report, dict):
        return not_run("secrets", answer.error or "detect-secrets gave no answer", command)
    findings = [
        Finding(f"secrets:{each['type']}:{name}:{each['hashed_secret'][:8]}", f"line {each['line_number']}")
        for name, listed in report["results"].items()
        for each in listed
        if not (each["type"] == "Basic Auth Credentials" and _is_made_up(root / name, each["line_number"]))
    ]
    return found("secrets", findings, command, f"{len(names)} files")


def _is_made_up(path: Path, number: int) -> bool:
    line = path.read_text(encoding="utf-8", errors="replace").splitlines()[number - 1]
    hosts = _ADDRESS.findall(line)
    return bool(hosts) and all(_NOBODY.fullmatch(host) for host in hosts)


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None
