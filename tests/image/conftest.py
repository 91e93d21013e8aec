"""The image that is built from this tree, tasks of it, and the services that are bound to them."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from containers.network import Namespace
from containers.tasks import Platform, podman
from program.stores import Store
from servers.postgres import PASSWORD, USER

if TYPE_CHECKING:
    from servers.postgres import PgBouncer
    from twicetold.platform.services import Bucket

SCOPES = 24  # of the larger Hub
ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "deploy"), str(ROOT / "benchmarks")]
TOOLS = {"buildah": "buildah", "podman": "podman", "runc": "runc", "ip": "iproute2", "mmdebstrap": "mmdebstrap"}


@pytest.fixture(scope="session")
def image() -> str:
    """The image, built from this tree; tests that ask for it are skipped where it cannot be built and run."""
    missing = [package for tool, package in TOOLS.items() if not shutil.which(tool)]
    if missing:
        pytest.skip(f"needs containers: install the packages {', '.join(missing)}")
    if os.geteuid():
        pytest.skip("needs containers: run the tests as root")
    from imaging.build import TAG, build

    with (Path(tempfile.gettempdir()) / "twicetold-image.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        build(quiet=True)
    return TAG


@pytest.fixture(scope="session")
def root(image):
    """The image's files, to look at."""
    path = Path(podman("image", "mount", image))
    yield path
    podman("image", "unmount", image)


@pytest.fixture
def open_folder():
    """A folder that everybody may enter, as those of pytest are not."""
    with tempfile.TemporaryDirectory(prefix="twicetold-image-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def platform(image, open_folder):
    """Starts tasks of the image."""
    platform = Platform(image, open_folder)
    yield platform
    platform.end_all()


@dataclass
class Bound:
    """A Hub's database that is also the store, and a bucket, as services of the platform.

    Attributes:
        store: Looks into the results.
        bucket: Where files are published.
        services: What is bound.
    """

    platform: Platform
    store: Store
    bucket: Bucket
    services: dict[str, list[dict]]

    def deliver(self, form: str = "VCAP_SERVICES") -> None:
        """Gives the bindings to tasks in one of the platform's three forms."""
        platform = self.platform
        platform.variables.pop("VCAP_SERVICES", None)
        place = "/etc/cf-service-bindings"
        if form == "VCAP_SERVICES":
            platform.variables[form] = json.dumps(self.services)
        elif form == "VCAP_SERVICES_FILE_PATH":
            platform.mounts[f"{place}/vcap_services"] = platform.write("vcap_services", json.dumps(self.services))
            platform.variables[form] = f"{place}/vcap_services"
        else:
            for label, entries in self.services.items():
                for entry in entries:
                    keys = {
                        "type": label,
                        "tags": json.dumps(entry["tags"]),
                        **entry["credentials"],
                        "name": entry["name"],
                    }
                    for key, value in keys.items():
                        platform.write(f"bindings/{entry['name']}/{key}", str(value))
            platform.mounts[place] = platform.folder / "bindings"
            platform.variables[form] = place

    def published(self, s3) -> dict[str, bytes]:
        """The files that the last run published, by name."""
        client = s3.client()
        read = lambda key: client.get_object(Bucket=self.bucket.bucket, Key=key)["Body"].read()  # noqa: E731
        key = json.loads(read("twicetold/ttahub/latest.json"))["manifest"]["key"]
        files = {name: read(f"{key.rpartition('/')[0]}/{name}") for name in json.loads(read(key))["files"]}
        client.close()
        return files


def _services(pgbouncer: PgBouncer, database: str, bucket: Bucket) -> dict[str, list[dict]]:
    """What the platform would say of both: every value a text, and keys that nobody needs."""
    keys = {"host": "127.0.0.1", "port": str(pgbouncer.port), "username": USER, "password": PASSWORD}
    keys |= {"db_name": database, "name": database, "uri": pgbouncer.url(database).replace("+psycopg", "")}
    files = {
        "bucket": bucket.bucket,
        "region": bucket.region,
        "endpoint": bucket.endpoint,
        "access_key_id": bucket.access_key.reveal(),
        "secret_access_key": bucket.secret_key.reveal(),
        "additional_buckets": "[]",
    }
    return {
        "aws-rds": [{"name": "hub-db", "tags": ["database", "RDS"], "credentials": keys}],
        "s3": [{"name": "hub-files", "tags": ["AWS", "S3"], "credentials": files}],
        "user-provided": [{"name": "something-else", "tags": [], "credentials": {"license_key": "nothing"}}],
    }


@pytest.fixture
def make_bound(platform, pgbouncer, s3):
    """Binds a database, by its name, and a bucket."""

    def make_bound(database: str, bucket: Bucket) -> Bound:
        address = pgbouncer.behind.url(database)
        platform.mounts["/etc/authority.pem"] = platform.write("authority.pem", pgbouncer.authority.read_text())
        platform.variables["TWICETOLD_CA"] = "/etc/authority.pem"
        bound = Bound(platform, Store(address), bucket, _services(pgbouncer, database, bucket))
        bound.deliver()
        return bound

    return make_bound


@pytest.fixture
def bound(make_bound, hub, s3_bucket):
    """The small Hub of the tests, in which every duplicate is known, and an empty bucket."""
    return make_bound(hub.rpartition("/")[2], s3_bucket)


@pytest.fixture
def namespace(open_folder):
    """Makes namespaces in which only some ports can be reached."""
    made = []

    def namespace(*ports: int) -> Namespace:
        made.append(Namespace(open_folder, list(ports)))
        return made[-1].__enter__()

    yield namespace
    for each in made:
        each.__exit__()


@pytest.fixture(scope="session")
def filled(postgres):
    """A Hub of generated goals in a database that others are made from: large enough to be interrupted."""
    from generate_hub import fill

    with postgres.connect() as connection:
        connection.execute("CREATE DATABASE image_filled")
    with postgres.connect("image_filled") as connection:
        fill(connection, 3000, SCOPES, 7)
    yield "image_filled"
    with postgres.connect() as connection:
        connection.execute("DROP DATABASE image_filled WITH (FORCE)")


@pytest.fixture
def copy(filled, postgres, make_bound, s3_bucket):
    """The Hub in a database of the test's own, bound with an empty bucket."""
    with postgres.connect() as connection:
        connection.execute(f"CREATE DATABASE image_copy TEMPLATE {filled}")
    bound = make_bound("image_copy", s3_bucket)
    assert bound.platform("twicetold db upgrade").status == 0
    yield bound
    bound.platform.end_all()
    with postgres.connect() as connection:
        connection.execute("DROP DATABASE image_copy WITH (FORCE)")


@pytest.fixture(scope="session")
def known():
    """Results and files of a run that nobody disturbs; filled by the first test that asks."""
    return {}


@pytest.fixture
def undisturbed(copy, known, postgres, s3):
    """What a run leaves that nobody disturbs; store and bucket are as empty afterwards as before."""
    if not known:
        ended = copy.platform("twicetold run --profile ttahub")
        assert ended.summary["state"] == "published"
        known |= {"results": copy.store.results(), "files": copy.published(s3)}
        known |= {"scopes": ended.counts("compare")["scopes"]}
        with postgres.connect("image_copy") as connection:
            connection.execute("DROP SCHEMA twicetold, twicetold_dbos CASCADE")
        client = s3.client()
        for row in client.list_objects_v2(Bucket=copy.bucket.bucket)["Contents"]:
            client.delete_object(Bucket=copy.bucket.bucket, Key=row["Key"])
        client.close()
        assert copy.platform("twicetold db upgrade").status == 0
    return known
