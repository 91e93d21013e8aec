"""What is installed in an image, as the image itself says: read from its layers, without any scanner."""

from __future__ import annotations

import email
import json
import re
import tarfile
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from email.message import Message
    from pathlib import Path

_METADATA = re.compile(
    r"(?:\./)?usr/(?:local/)?lib/python3[\d.]*/(?:dist|site)-packages/([^/]+)\.(?:dist|egg)-info/(?:METADATA|PKG-INFO)"
)
_DEBIAN = re.compile(r"(?:\./)?var/lib/dpkg/status\.d/([^/]+)(?<!\.md5sums)")


class NoImage(Exception):
    """A file is no OCI archive of one image; the message says why."""


@dataclass
class Installed:
    """What is installed.

    Attributes:
        digest: Of the image.
        python: Metadata of the Python packages, by normalised name.
        debian: Versions of the packages of Debian.
    """

    digest: str
    python: dict[str, Message] = field(default_factory=dict)
    debian: dict[str, str] = field(default_factory=dict)

    @property
    def versions(self) -> dict[str, str]:
        """Versions of the Python packages."""
        return {name: str(metadata["Version"]) for name, metadata in self.python.items()}


def normalised(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed(archive: Path) -> Installed:
    """Reads an OCI archive.

    Raises:
        NoImage: It is none.
    """
    try:
        with tarfile.open(archive) as outer:
            index = json.load(_member(outer, "index.json"))
            digest = index["manifests"][0]["digest"]
            manifest = json.load(_member(outer, _blob(digest)))
            found = Installed(digest)
            for layer in manifest["layers"]:
                with tarfile.open(fileobj=_member(outer, _blob(layer["digest"])), mode="r|*") as inner:
                    _read(inner, found)
    except (OSError, KeyError, IndexError, ValueError, tarfile.TarError) as error:
        raise NoImage(f"{archive.name} is no OCI archive of an image: {error}") from None
    return found


def _read(layer: tarfile.TarFile, found: Installed) -> None:
    for member in layer:
        content = layer.extractfile(member) if member.isfile() else None
        if content and _METADATA.fullmatch(member.name):
            metadata = email.message_from_bytes(content.read())
            found.python[normalised(str(metadata["Name"]))] = metadata
        elif content and (match := _DEBIAN.fullmatch(member.name)):
            known = dict(
                re.findall(r"^(Package|Version): (.*)$", content.read().decode("utf-8", "replace"), re.MULTILINE)
            )
            found.debian[known.get("Package", match[1])] = known.get("Version", "")


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    content = archive.extractfile(name)
    if content is None:
        raise KeyError(name)
    return content


def _blob(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"
