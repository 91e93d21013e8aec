"""What the image asks of the network: PostgreSQL and S3, and nobody else."""

from __future__ import annotations

import json
import signal
import time
from urllib.parse import urlsplit

import pytest

from containers.network import HOST, RESOLVER
from containers.tasks import podman
from program.running import until

RESOLVE = f"--dns={RESOLVER}"


@pytest.fixture
def closed(bound, namespace, pgbouncer):
    """A namespace in which PostgreSQL and S3 answer on their ports, and every other attempt is seen."""
    bucket = urlsplit(bound.bucket.endpoint)
    assert bucket.hostname == HOST
    return namespace(pgbouncer.port, bucket.port)


def test_an_attempt_to_reach_anybody_else_is_seen(bound, closed):
    """the audit itself: a connection, a datagram and a name asked for on purpose"""
    code = """
import socket
for kind, address in ((socket.SOCK_STREAM, ("192.0.2.7", 443)), (socket.SOCK_DGRAM, ("8.8.8.8", 53))):
    try:
        with socket.socket(socket.AF_INET, kind) as asked:
            asked.connect(address)
            asked.send(b"?")
    except OSError:
        pass
try:
    socket.getaddrinfo("www.example.com", 443)
except OSError:
    pass
"""
    bound.platform.mounts["/etc/resolv.conf"] = bound.platform.write("resolv.conf", f"nameserver {RESOLVER}\n")
    assert bound.platform.python(code, network=f"ns:{closed.path}").status == 0
    until(lambda: len(closed.attempts()) == 3, seconds=5)
    assert closed.attempts() == {"tcp:192.0.2.7:443", "udp:8.8.8.8:53", f"udp:{RESOLVER}:53"}


def test_a_nightly_run_asks_nobody_but_postgresql_and_s3(bound, closed):
    """space egress closed but for PostgreSQL and S3: doctor, db, run; every packet of the namespace is looked at"""
    bound.platform.mounts["/etc/resolv.conf"] = bound.platform.write("resolv.conf", f"nameserver {RESOLVER}\n")
    for command in (
        "twicetold doctor",
        "twicetold db upgrade",
        "twicetold run --profile ttahub",
        "twicetold runs list",
    ):
        ended = bound.platform(command, network=f"ns:{closed.path}")
        assert ended.status == 0, ended
    assert bound.store.count("published") == 1
    time.sleep(0.2)  # the last packets are written down
    assert closed.attempts() == set()


def test_without_its_database_a_task_says_so_and_ends(bound):
    """a space whose egress is closed to the database: exit 3, a message without the password"""
    started = time.monotonic()
    ended = bound.platform("twicetold doctor", network="none")
    assert ended.status == 3
    assert time.monotonic() - started < 30
    assert "FAIL store" in ended.out
    assert "canary" not in ended.out + ended.err


def test_an_app_that_has_no_port_stays_up_and_ends_in_time_when_asked(bound, closed):
    """the process type `worker`: `twicetold schedule` with health check `process`, in its own network, then SIGTERM"""
    bound.platform.variables["PORT"] = "8080"
    network = f"ns:{closed.path}"
    assert bound.platform("twicetold db upgrade", network=network).status == 0
    app = bound.platform.task("twicetold schedule --requests", network=network)
    until(lambda: podman("inspect", "--format={{.State.Running}}", app.name, check=False) == "true", seconds=10)
    time.sleep(3)
    assert app.is_alive()
    ended = app.cancel()
    assert ended.status in {0, 128 + signal.SIGTERM}, ended
    assert ended.seconds < 10
    assert closed.attempts() == set()


def test_opting_out_of_telemetry_is_done_before_the_program_starts(platform):
    """variables of the image as the process sees them, and the one that the network's engine reads"""
    code = """
import json, os
from twicetold.cli.doctor import _comparison
_comparison()
import onnxruntime
print(json.dumps({name: os.environ.get(name) for name in
    ("ORT_DISABLE_TELEMETRY", "HF_HUB_OFFLINE", "DO_NOT_TRACK", "AWS_EC2_METADATA_DISABLED")}))
"""
    ended = platform.python(code, network="none")
    assert ended.status == 0, ended
    assert set(json.loads(ended.out).values()) == {"1", "true"}
