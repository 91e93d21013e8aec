"""The scanners of 'make scan', images small enough to make here, and a source of advisories on this machine."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sys
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "deploy")]


@pytest.fixture(scope="session")
def tools():
    from scanning.tools import Tools

    folder = ROOT / ".venv-scan/bin"
    if not (folder / "hadolint").exists():
        pytest.skip("needs the scanners: run 'make scan' once")
    return Tools(folder)


def metadata(name, version, *more):
    return "\n".join(["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *more]) + "\n"


def layer(files):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, text in files.items():
            add(tar, name, text.encode())
    return stream.getvalue()


def add(tar, name, content):
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))


@pytest.fixture
def archive(tmp_path):
    """Makes an OCI archive of an image; each layer is a table of paths and texts."""

    def make(*layers):
        blobs, path = {}, tmp_path / "image.tar"

        def put(content):
            digest = hashlib.sha256(content).hexdigest()
            blobs[f"blobs/sha256/{digest}"] = content
            return {"digest": f"sha256:{digest}", "size": len(content)}

        kind = "application/vnd.oci.image"
        made = [layer(files) for files in layers]
        ids = [f"sha256:{hashlib.sha256(gzip.decompress(each)).hexdigest()}" for each in made]
        config = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": ids}}
        manifest = {
            "schemaVersion": 2,
            "mediaType": f"{kind}.manifest.v1+json",
            "config": {"mediaType": f"{kind}.config.v1+json", **put(json.dumps(config).encode())},
            "layers": [{"mediaType": f"{kind}.layer.v1.tar+gzip", **put(each)} for each in made],
        }
        entry = {"mediaType": f"{kind}.manifest.v1+json", **put(json.dumps(manifest).encode())}
        with tarfile.open(path, "w") as tar:
            add(tar, "oci-layout", b'{"imageLayoutVersion": "1.0.0"}')
            add(tar, "index.json", json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode())
            for name in ("blobs", "blobs/sha256"):
                folder = tarfile.TarInfo(name)
                folder.type, folder.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(folder)
            for name, content in blobs.items():
                add(tar, name, content)
        return path

    return make


SITE = "usr/local/lib/python3.13/dist-packages"


@pytest.fixture
def package():
    """The files of an installed package, as far as anybody looks at them."""

    def package(name, version, *more):
        folder = f"{SITE}/{name}-{version}.dist-info"
        return {f"{folder}/METADATA": metadata(name, version, *more), f"{folder}/RECORD": ""}

    return package


@pytest.fixture
def advisories():
    """A source of advisories as OSV serves them: it knows what a test tells it."""
    known = {("jinja2", "2.10"): "GHSA-462w-v97r-4m45"}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            id_ = known.get((asked["package"]["name"], asked["version"]))
            events = [{"introduced": "0"}, {"fixed": "99"}]
            affected = [{"package": asked["package"], "ranges": [{"type": "ECOSYSTEM", "events": events}]}]
            vulns = [{"id": id_, "summary": "bad", "affected": affected, "aliases": []}] if id_ else []
            body = json.dumps({"vulns": vulns} if vulns else {}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.known = known
    server.address = f"http://127.0.0.1:{server.server_port}/v1/query"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
