"""What each layer of an image holds: sizes, and the largest parts of it."""

from __future__ import annotations

import gzip
import json
import subprocess
import tarfile
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from imaging.dockerfile import Dockerfile

FILE = Path(__file__).parents[1] / "Dockerfile"

#: How many of a layer's parts are named.
_NAMED = 6
_SITE = "dist-packages/"


@dataclass(frozen=True)
class Layer:
    """One layer.

    Attributes:
        digest: Of its content, uncompressed.
        packed: Bytes as it travels.
        paths: The files in it, with their bytes.
    """

    digest: str
    packed: int
    paths: dict[str, int]


def layers(image: str) -> list[Layer]:
    """The layers of an image in buildah's store, lowest first."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["buildah", "push", "--quiet", image, f"oci:{folder}:image"], check=True, capture_output=True)
        index = json.loads(Path(folder, "index.json").read_text())
        blobs = Path(folder, "blobs/sha256")
        manifest = json.loads((blobs / index["manifests"][0]["digest"][7:]).read_text())
        config = json.loads((blobs / manifest["config"]["digest"][7:]).read_text())
        rows = zip(manifest["layers"], config["rootfs"]["diff_ids"], strict=True)
        return [Layer(digest, row["size"], _paths(blobs / row["digest"][7:])) for row, digest in rows]


def described(image: str) -> list[list[str]]:
    """Rows for people, the header first: each layer of the Dockerfile, the base as one, and the sum."""
    steps = Dockerfile.parse(FILE.read_text(encoding="utf-8")).all("COPY", final=True)
    known = layers(image)
    above = len(known) - len(steps)
    names = ["the base", *(f"`COPY {step.text}`" for step in steps)]
    groups = [known[:above], *([layer] for layer in known[above:])]
    rows = [_row(name, group) for name, group in zip(names, groups, strict=True)]
    return [["layer", "MB", "MB packed", "files", "its largest parts, MB"], *rows, [*_row("all", known)[:4], ""]]


def _row(name: str, group: list[Layer]) -> list[str]:
    sizes: Counter[str] = Counter()
    for layer in group:
        for path, size in layer.paths.items():
            sizes[_part(path)] += size
    parts = ", ".join(f"{part} {size / 1e6:.1f}" for part, size in sizes.most_common(_NAMED))
    total, packed = sizes.total() / 1e6, sum(layer.packed for layer in group) / 1e6
    return [name, f"{total:.1f}", f"{packed:.1f}", f"{sum(len(layer.paths) for layer in group):,}", parts]


def _paths(blob: Path) -> dict[str, int]:
    with gzip.open(blob) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        return {entry.name.removeprefix("./"): entry.size for entry in archive if not entry.isdir()}


def _part(path: str) -> str:
    """The package that a file belongs to; elsewhere the folder."""
    if _SITE in path:
        inside = path.partition(_SITE)[2]
        return inside.partition("/")[0].partition("-")[0].partition(".")[0].lstrip("_") or inside
    return "/".join(path.split("/")[:3])
