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

#: How many of a layer's parts are named.
_NAMED = 6
_SITE = "dist-packages/"


@dataclass(frozen=True)
class Layer:
    """One layer.

    Attributes:
        step: What made it.
        digest: Of its content, uncompressed.
        packed: Bytes as it travels.
        paths: The files in it, with their bytes.
    """

    step: str
    digest: str
    packed: int
    paths: dict[str, int]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(self.paths.values())

    @property
    def parts(self) -> list[tuple[str, int]]:
        """The largest parts, with their bytes: packages by name, other files by folder."""
        sizes: Counter[str] = Counter()
        for path, size in self.paths.items():
            sizes[_part(path)] += size
        return sizes.most_common(_NAMED)


def layers(image: str) -> list[Layer]:
    """The layers of an image in buildah's store, lowest first."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["buildah", "push", "--quiet", image, f"oci:{folder}:image"], check=True, capture_output=True)
        index = json.loads(Path(folder, "index.json").read_text())
        blobs = Path(folder, "blobs/sha256")
        manifest = json.loads((blobs / index["manifests"][0]["digest"][7:]).read_text())
        config = json.loads((blobs / manifest["config"]["digest"][7:]).read_text())
        steps = [row.get("created_by", "") for row in config["history"] if not row.get("empty_layer")]
        rows = zip(manifest["layers"], config["rootfs"]["diff_ids"], steps, strict=True)
        return [_layer(blobs / row["digest"][7:], row["size"], digest, step) for row, digest, step in rows]


def _layer(blob: Path, packed: int, digest: str, step: str) -> Layer:
    with gzip.open(blob) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        paths = {entry.name.removeprefix("./"): entry.size for entry in archive if not entry.isdir()}
    return Layer(step, digest, packed, paths)


def _part(path: str) -> str:
    if _SITE in path:
        inside = path.partition(_SITE)[2]
        return inside.partition("/")[0].partition("-")[0].partition(".")[0].lstrip("_") or inside
    return "/".join(path.split("/")[:3])
