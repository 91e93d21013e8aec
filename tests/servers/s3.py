"""A real S3 server, SeaweedFS, and a proxy in front of it that can misbehave."""

from __future__ import annotations

import json
import shutil
import sys
from itertools import count
from pathlib import Path

import pytest

from servers.process import HOST, Server, running
from servers.proxy import FaultProxy

ACCESS_KEY, SECRET_KEY = "testkey", "testsecret-canary"
REGION = "us-gov-west-1"
#: Who may do what: all, only read, only write.
PEOPLE = {
    "app": (ACCESS_KEY, SECRET_KEY, ["Admin"]),
    "reader": ("readkey", "readsecret-canary", ["Read", "List"]),
    "writer": ("writekey", "writesecret-canary", ["Write"]),
}
PORTS = (
    "s3.port",
    "s3.port.grpc",
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "admin.port",
    "admin.port.grpc",
)


class SeaweedFS(Server):
    """SeaweedFS as one process; encrypts at rest where it is asked to."""

    needs_ports = len(PORTS)

    @property
    def endpoint(self) -> str:
        return f"http://{HOST}:{self.port}"

    def client(self):
        """A plain client of boto3's, for the tests to prepare and to look."""
        import boto3
        from botocore.config import Config

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 2}),
        )

    def prepare(self) -> None:
        identities = [
            {"name": name, "credentials": [{"accessKey": key, "secretKey": secret}], "actions": actions}
            for name, (key, secret, actions) in PEOPLE.items()
        ]
        (self.folder / "data").mkdir(exist_ok=True)
        (self.folder / "s3.json").write_text(json.dumps({"identities": identities}))

    def command(self) -> list[str]:
        options = {
            "dir": self.folder / "data",
            "ip": HOST,
            "ip.bind": HOST,
            "s3.config": self.folder / "s3.json",
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "s3.allowDeleteBucketNotEmpty": "false",
            "s3.autoCreateBucket": "false",
            "master.telemetry": "false",
            "admin.ui": "false",
            "webdav": "false",
            **dict(zip(PORTS, self.ports, strict=True)),
        }
        weed = shutil.which("weed", path=str(Path(sys.executable).parent)) or "weed"
        return [weed, "-logtostderr", "mini", *(f"-{name}={value}" for name, value in options.items())]

    def environment(self) -> dict[str, str]:
        return {"WEED_S3_SSE_KEK": "5e" * 32}

    def ready(self) -> bool:
        from botocore.exceptions import BotoCoreError, ClientError

        if not super().ready():
            return False
        client = self.client()
        try:
            client.create_bucket(Bucket="ready")
        except client.exceptions.BucketAlreadyOwnedByYou:
            return True
        except (BotoCoreError, ClientError):
            return False
        finally:
            client.close()
        return True


@pytest.fixture(scope="session")
def s3():
    """A running server; a test that stops it need not start it again."""
    with running(SeaweedFS()) as server:
        yield server


_numbers = count(1)


@pytest.fixture
def s3_bucket(s3):
    """A fresh bucket as a bound service."""
    from twicetold.platform.services import Bucket, Secret

    s3.start()
    name = f"bucket-{next(_numbers)}"
    client = s3.client()
    client.create_bucket(Bucket=name)
    yield Bucket(
        name=f"service-{name}",
        origin="the tests",
        bucket=name,
        region=REGION,
        endpoint=s3.endpoint,
        access_key=Secret(ACCESS_KEY),
        secret_key=Secret(SECRET_KEY),
        encrypt=True,
    )
    # Each bucket holds volumes of its own, of which there are so many as the disk has room for.
    s3.start()
    for page in client.get_paginator("list_object_versions").paginate(Bucket=name):
        for entry in [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]:
            client.delete_object(Bucket=name, Key=entry["Key"], VersionId=entry["VersionId"])
    client.delete_bucket(Bucket=name)
    client.close()


@pytest.fixture
def s3_proxy(s3):
    """A proxy in front of ``s3`` that fails, waits or cuts as it is told."""
    s3.start()
    with FaultProxy(HOST, s3.port) as proxy:
        yield proxy
