"""The two images that the Dockerfile builds in and on, as ``deploy/bases.env`` names and pins them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parents[1] / "bases.env"
KEYS = ("BUILD_IMAGE", "BUILD_DIGEST", "RUN_IMAGE", "RUN_DIGEST")
_LINE = re.compile(r"([A-Z_]+)=(\S*)")
#: Registry, repository and tag: a short name may mean another image elsewhere.
_IMAGE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?(/[a-z0-9._-]+)+:[A-Za-z0-9_][A-Za-z0-9._-]*")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
#: What the Python of both images must be; wheels are chosen for it in one and run in the other.
_SERIES = {"BUILD_IMAGE": "python:3.13-slim-trixie", "RUN_IMAGE": "python3-debian13:nonroot"}


class BasesWrong(Exception):
    """``bases.env`` cannot be built from as it is; the message says why."""


@dataclass(frozen=True)
class Bases:
    """The images.

    Attributes:
        build: In which wheels are put together; by digest where it is pinned.
        run: On which the result stands; by digest where it is pinned.
    """

    build: str
    run: str

    @property
    def are_pinned(self) -> bool:
        """Whether both can only ever be the same bytes."""
        return all("@sha256:" in image for image in (self.build, self.run))


def read(path: Path = FILE, *, release: bool = False) -> Bases:
    """The bases of a file.

    Args:
        path: The file.
        release: Whether both have to be pinned.

    Raises:
        BasesWrong: A line, a name or a digest is none, or a release is asked for and a digest is missing.
    """
    known = values(path)
    for key, series in _SERIES.items():
        if not _IMAGE.fullmatch(known[key]):
            raise BasesWrong(f"{path.name}: {key} is no full name with a tag, such as docker.io/library/{series}.")
        if not known[key].endswith(series):
            raise BasesWrong(f"{path.name}: {key} must end with {series}; both images need the same Python and libc.")
    for key in ("BUILD_DIGEST", "RUN_DIGEST"):
        if known[key] and (not _DIGEST.fullmatch(known[key]) or len(set(known[key][7:])) < 8):
            raise BasesWrong(f"{path.name}: {key} is no digest; run deploy/pin.")
        if release and not known[key]:
            raise BasesWrong(f"{path.name}: {key} is missing; run deploy/pin where the registries can be reached.")
    return Bases(*(_reference(known[f"{name}_IMAGE"], known[f"{name}_DIGEST"]) for name in ("BUILD", "RUN")))


def values(path: Path = FILE) -> dict[str, str]:
    """The file's values as they are.

    Raises:
        BasesWrong: A line is no assignment, or the keys are not exactly those that are needed.
    """
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    found = [_LINE.fullmatch(line) for line in lines]
    if None in found or sorted(match[1] for match in found if match) != sorted(KEYS):
        raise BasesWrong(f"{path.name} must have the lines {', '.join(f'{key}=…' for key in KEYS)} and no other.")
    return {match[1]: match[2] for match in found if match}


def write(digests: dict[str, str], path: Path = FILE) -> None:
    """Puts digests into the file and leaves the rest of it as it is."""
    text = path.read_text(encoding="utf-8")
    for key, digest in digests.items():
        text = re.sub(rf"^{key}=.*$", f"{key}={digest}", text, flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")


def _reference(image: str, digest: str) -> str:
    """With a digest the tag goes: not every tool takes both."""
    return f"{image.rpartition(':')[0]}@{digest}" if digest else image
