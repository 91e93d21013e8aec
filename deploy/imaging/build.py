"""Builds the image with what the machine has: buildah, podman or docker."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from imaging import standins
from imaging.bases import Bases, BasesWrong, read

ROOT = Path(__file__).parents[2]
TAG = "localhost/twicetold:latest"
SPARK_TAG = "localhost/twicetold-spark:latest"
FILE, SPARK_FILE = "deploy/Dockerfile", "deploy/Dockerfile.spark"
#: How each tool builds, so that the same sources give the same layers: all files are of one moment.
TOOLS = {
    "buildah": ["buildah", "bud", "--layers", "--timestamp=0", "--isolation=chroot", "--network=host"],
    "podman": ["podman", "build", "--layers", "--timestamp=0", "--network=host"],
    "docker": ["docker", "buildx", "build", "--network=host", "--output=type=docker,rewrite-timestamp=true"],
}


class CannotBuild(Exception):
    """The image could not be built; the message says why."""


def build(*, tag: str = TAG, release: bool = False, fresh: bool = False, quiet: bool = False, file: str = FILE) -> str:
    """Builds the image.

    Args:
        file: What it is made by.
        tag: Its name.
        release: Only on bases that are pinned; else stand-ins are taken where the real ones cannot be had.
        fresh: Take no layer from a former build.
        quiet: Keep the tool's own words to errors.

    Returns:
        What it stands on: ``pinned``, ``unpinned`` or ``stand-in``.

    Raises:
        CannotBuild: A tool or a base is missing, or a step fails.
    """
    tool = _tool()
    try:
        bases = read(release=release)
    except BasesWrong as error:
        raise CannotBuild(str(error)) from None
    kind = "pinned" if bases.are_pinned else "unpinned"
    missing = [image for image in (bases.build, bases.run) if not _has(tool, image)]
    if missing and (release or file != FILE):  # the stand-ins are for the image of FILE: they have no package manager
        raise CannotBuild(f"cannot be had: {', '.join(missing)}")
    if missing:
        bases, kind = _stand_in(tool), "stand-in"
    with tempfile.TemporaryDirectory() as folder:
        command = [*TOOLS[tool], *_arguments(bases), *_network(tool, Path(folder)), "--tag", tag]
        command += ["--no-cache"] if fresh else []
        _run([*command, "--file", str(ROOT / file), str(ROOT)], quiet=quiet)
    return kind


def diff_ids(tag: str = TAG) -> list[str]:
    """The digests of the layers of an image in buildah's store, lowest first."""
    shown = subprocess.run(
        ["buildah", "inspect", "--type=image", "--format={{range .OCIv1.RootFS.DiffIDs}}{{.}} {{end}}", tag],
        capture_output=True,
        text=True,
        check=True,
    )
    return shown.stdout.split()


def _tool() -> str:
    found = [tool for tool in TOOLS if shutil.which(tool)]
    if not found:
        raise CannotBuild("needs buildah, podman or docker: install one of them")
    return found[0]


def _has(tool: str, image: str) -> bool:
    """Whether a base is here or can be fetched."""
    there = subprocess.run([tool, "inspect", "--type=image", image], capture_output=True, check=False).returncode == 0
    return there or subprocess.run([tool, "pull", image], capture_output=True, check=False).returncode == 0


def _stand_in(tool: str) -> Bases:
    if tool != "buildah":
        raise CannotBuild("the bases cannot be fetched, and only buildah can make stand-ins")
    try:
        standins.make()
    except standins.CannotStandIn as error:
        raise CannotBuild(str(error)) from None
    return Bases(standins.BUILD, standins.RUN)


def _arguments(bases: Bases) -> list[str]:
    version = re.search(r'^__version__ = "(.*)"$', (ROOT / "src/twicetold/__init__.py").read_text(), re.MULTILINE)
    assert version
    told = {
        "BUILD_BASE": bases.build,
        "RUN_BASE": bases.run,
        "VERSION": version[1],
        "REVISION": _git("rev-parse", "HEAD") or "unknown",
        "CREATED": _git("show", "--no-patch", "--format=%cI", "HEAD") or "1970-01-01T00:00:00Z",
    }
    return [word for name, value in told.items() for word in ("--build-arg", f"{name}={value}")]


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def _network(tool: str, folder: Path) -> list[str]:
    """Lets pip reach the index as this machine does; mounted for the build's steps, and so in no layer."""
    if tool == "docker":
        return []
    shown = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    known = dict(re.findall(r"^(?::env:|global)\.([a-z-]+)='(.*)'$", shown.stdout, re.MULTILINE))
    settings = {name: known[name] for name in ("index-url", "trusted-host", "proxy") if name in known}
    authorities = known.get("cert") or os.environ.get("PIP_CERT")
    mounts = []
    if authorities:
        settings["cert"] = "/etc/authorities.pem"
        mounts.append(f"{authorities}:/etc/authorities.pem:ro")
    file = folder / "pip.conf"
    file.write_text("[global]\n" + "".join(f"{name} = {value}\n" for name, value in settings.items()))
    mounts.append(f"{file}:/etc/pip.conf:ro")
    return [word for mount in mounts for word in ("--volume", mount)]


def _run(command: list[str], *, quiet: bool) -> None:
    environment = os.environ | {"SOURCE_DATE_EPOCH": "0", "BUILDAH_FORMAT": "oci"}
    kept = subprocess.PIPE if quiet else None
    done = subprocess.run(
        command, env=environment, stdout=kept, stderr=subprocess.STDOUT if quiet else None, text=True, check=False
    )
    if done.returncode:
        raise CannotBuild(f"{command[0]} fails with {done.returncode}:\n{(done.stdout or '')[-4000:]}")
