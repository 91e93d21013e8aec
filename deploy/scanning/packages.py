"""Checks of packages: SBOMs of the lock and of the image, that they agree with what is installed, and licences."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from packaging.markers import default_environment
from packaging.requirements import Requirement

from scanning.image import normalised
from scanning.results import Finding, Result, found, not_run

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from email.message import Message
    from pathlib import Path

    from scanning.image import Installed
    from scanning.tools import Tools

OWN = "twicetold"
#: The machine in the image.
_THERE = {
    "python_version": "3.13",
    "python_full_version": "3.13.5",
    "sys_platform": "linux",
    "platform_system": "Linux",
}
#: Licences of packages that are only called, never changed, and may be passed on: identifiers of SPDX.
ALLOWED = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "PSF-2.0"),
    *("Python-2.0", "Unlicense", "Zlib"),
}
#: How packages write the same without SPDX.
_WRITTEN = {
    "mit": "MIT",
    "mit license": "MIT",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "3-clause bsd license": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "python software foundation license": "PSF-2.0",
    "isc license (iscl)": "ISC",
}


def wanted(lock: str, without: Collection[str]) -> dict[str, str]:
    """Names and versions of what a lock installs in the image.

    Args:
        lock: The text of the lock.
        without: Packages that the image leaves out.
    """
    pins = [Requirement(line.rstrip(" \\")) for line in lock.splitlines() if line[:1].isalnum()]
    there = {**default_environment(), **_THERE}
    chosen = [pin for pin in pins if pin.marker is None or pin.marker.evaluate(there)]
    names = {normalised(pin.name): str(pin.specifier).removeprefix("==") for pin in chosen}
    return {name: version for name, version in names.items() if name not in without}


def sbom_of_lock(tools: Tools, root: Path, pins: Mapping[str, str], out: Path) -> Result:
    """cyclonedx-py: what the lock says is installed."""
    listed, sbom = out / "lock.txt", out / "lock.cdx.json"
    listed.write_text("".join(f"{name}=={version}\n" for name, version in pins.items()), encoding="utf-8")
    command = ["cyclonedx-py", "requirements", str(listed), "--pyproject", str(root / "pyproject.toml")]
    command += ["--output-reproducible", "--sv", "1.6", "--of", "JSON", "-o", str(sbom)]
    answer = tools.run(command, cwd=root)
    if answer.status != 0:
        return not_run("lock-sbom", answer.error, command)
    return found(
        "lock-sbom", _difference("lock-sbom", pins, components(sbom)["pypi"], "lock", "SBOM"), command, sbom.name
    )


def sbom_of_image(tools: Tools, root: Path, archive: Path, out: Path) -> Result:
    """syft: what it finds in the image."""
    sbom = out / "image.cdx.json"
    command = ["syft", "scan", f"oci-archive:{archive}", "--output", f"cyclonedx-json={sbom}"]
    answer = tools.run(command, cwd=root)
    if answer.status != 0:
        return not_run("image-sbom", answer.error, command)
    count = sum(map(len, components(sbom).values()))
    if not count:
        return not_run("image-sbom", "syft finds nothing at all", command)
    return found("image-sbom", (), command, f"{sbom.name}, {count} components")


def equality(pins: Mapping[str, str], there: Installed, out: Path) -> Result:
    """Whether the lock, what the image says is installed, and the SBOM of the image agree."""
    sbom = out / "image.cdx.json"
    if not sbom.exists():
        return not_run("image-packages", "there is no SBOM of the image")
    known = components(sbom)
    check, have = "image-packages", dict(there.versions)
    findings = [] if have.pop(OWN, None) else [Finding(f"{check}:{OWN}", "the program itself is not in the image")]
    findings += _difference(check, pins, have, "lock", "image")
    findings += _difference(check, there.versions, known["pypi"], "image", "SBOM")
    findings += _difference(check, there.debian, known["deb"], "image", "SBOM")
    return found(check, findings, note=f"{len(have)} of Python, {len(there.debian)} of Debian, in {there.digest[:19]}")


def components(sbom: Path) -> dict[str, dict[str, str]]:
    """Names and versions in an SBOM, by kind: pypi, deb; not what only a note in a library tells of its source."""
    kinds: dict[str, dict[str, str]] = {"pypi": {}, "deb": {}}
    for each in json.loads(sbom.read_text(encoding="utf-8")).get("components", []):
        match = re.match(r"pkg:(pypi|deb(?=/debian))/(?:debian/)?([^@?]+)", each.get("purl", ""))
        if match:
            name = unquote(match[2])
            kinds[match[1]][normalised(name) if match[1] == "pypi" else name] = each["version"]
    return kinds


def _difference(check: str, one: Mapping[str, str], other: Mapping[str, str], name: str, second: str) -> list[Finding]:
    return [
        Finding(f"{check}:{each}", f"{name} has {one.get(each, 'none')}, {second} has {other.get(each, 'none')}")
        for each in sorted(one.keys() | other.keys())
        if one.get(each) != other.get(each)
    ]


def licences(metadata: Mapping[str, Message], pins: Mapping[str, str], note: str, *, check: str = "licences") -> Result:
    """Whether each package that is passed on has a licence of the list.

    Args:
        metadata: Of the packages, by normalised name.
        pins: Those that count.
        note: Where the metadata is from.
        check: The name of the check.
    """
    if not metadata:
        return not_run(check, "neither an image nor an environment with the packages is there")
    findings = []
    for name in sorted(pins):
        if name not in metadata:
            findings.append(Finding(f"{check}:unknown:{name}", "its metadata is not there"))
            continue
        licence = licence_of(metadata[name])
        if not _is_allowed(licence):
            findings.append(Finding(f"{check}:{licence or 'none'}:{name}", "its licence is not on the list"))
    return found(check, findings, note=note)


def licence_of(metadata: Message) -> str:
    """A package's licence, as an expression of SPDX where it can be told."""
    if metadata["License-Expression"]:
        return str(metadata["License-Expression"])
    written = [line.rpartition("::")[2] for line in metadata.get_all("Classifier", []) if line.startswith("License ::")]
    field = str(metadata["License"] or "")
    written += [field] if not written and "\n" not in field.strip() else []
    known = sorted({_WRITTEN.get(each.strip().lower(), each.strip()) for each in written if each.strip()})
    return " AND ".join(known)


def _is_allowed(expression: str) -> bool:
    """One of the alternatives must be on the list, and all that hold together; what is no expression is not."""
    tokens = re.findall(r"[()]|[^\s()]+", expression)

    def alternatives() -> bool:
        value = together()
        while tokens[:1] == ["OR"]:
            tokens.pop(0)
            value = together() or value
        return value

    def together() -> bool:
        value = single()
        while tokens[:1] == ["AND"]:
            tokens.pop(0)
            value = single() and value
        return value

    def single() -> bool:
        first = tokens.pop(0) if tokens else ""
        if first != "(":
            return first in ALLOWED
        value = alternatives()
        return value and bool(tokens) and tokens.pop(0) == ")"

    return alternatives() and not tokens
