"""The image as an app: started as the platform starts one, asked from within its network, and told to stop."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from program.running import until
from servers.process import HOST
from twicetold.service.keys import new_key

PORT = 8080
#: Sends one request and prints the status and the body; run inside of the app's network.
ASK = """
import json, sys, urllib.error, urllib.request
method, path, key, body = sys.argv[1:]
headers = {"X-API-Key": key, "Content-Type": "application/json"} if key else {}
request = urllib.request.Request("http://127.0.0.1:8080" + path, body.encode() or None, headers, method=method)
try:
    answer = urllib.request.urlopen(request, timeout=20)
except urllib.error.HTTPError as error:
    answer = error
print(answer.status)
print(answer.read().decode())
"""
CONNECT = f"import socket; socket.create_connection(({HOST!r}, {PORT}), 1)"


@pytest.fixture
def closed(bound, namespace, pgbouncer):
    """The app's own network, in which PostgreSQL and S3 answer."""
    return namespace(pgbouncer.port, urlsplit(bound.bucket.endpoint).port)


@pytest.fixture
def key(bound):
    """A key whose entry is bound to the app, as a user-provided service."""
    key, entry = new_key("hub", may=["read", "decide", "run"], profiles=["ttahub"], scopes=None, days=1)
    service = {"name": "the-keys", "tags": ["twicetold-keys"], "credentials": {"hub": entry}}
    bound.services["user-provided"].append(service)
    bound.deliver()
    return key


def inside(closed, code: str, *arguments: str) -> subprocess.CompletedProcess:
    command = [*closed.inside, sys.executable, "-S", "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_an_app_answers_its_health_checks_and_whoever_has_a_key_and_ends_in_time(bound, closed, key):
    """`twicetold serve` as the process `web`: port and HTTP health checks, a key, a query, a decision, SIGTERM"""
    bound.platform.variables["PORT"] = str(PORT)
    network = f"ns:{closed.path}"
    for command in ("twicetold db upgrade", "twicetold run --profile ttahub"):
        assert bound.platform(command, network=network).status == 0
    app = bound.platform.task("twicetold serve --profile ttahub", network=network)

    def ask(method: str, path: str, body: object = "", *, by: str = key) -> tuple[int, dict]:
        said = inside(closed, ASK, method, path, by, json.dumps(body) if body else "")
        assert said.returncode == 0, said.stderr + "".join(app.said)
        status, _, text = said.stdout.partition("\n")
        return int(status), json.loads(text)

    until(lambda: inside(closed, CONNECT).returncode == 0 or not app.is_alive(), seconds=60)
    assert ask("GET", "/healthz", by="") == (200, {"status": "alive"})
    assert ask("GET", "/readyz", by="")[0] == 200
    assert ask("GET", "/v1/groups", by="")[0] == 401
    status, found = ask("GET", "/v1/groups")
    assert status == 200
    assert found["groups"]
    first = found["groups"][0]
    asked = {"text": first["text"], "scope": first["scope"]}
    status, matches = ask("POST", "/v1/matches", asked)
    assert (status, matches["matches"][0]["probability"]) == (200, 1.0)
    members = [row["id"] for row in ask("GET", f"/v1/groups/{first['id']}")[1]["members"]]
    decision = {"record_a": members[0], "record_b": members[1], "answer": "same"}
    assert ask("POST", "/v1/decisions", {"decisions": [decision]})[0] == 201
    assert bound.store.count("decisions") == 1

    ended = app.cancel()
    assert ended.status == 128 + signal.SIGTERM, ended
    assert ended.seconds < 10
    assert key not in ended.out + ended.err
    assert first["text"] not in ended.out + ended.err
    assert closed.attempts() <= {f"tcp:{HOST}:{PORT}"}


def test_an_app_without_keys_does_not_listen_where_others_could_reach_it(bound):
    """`twicetold serve --host 0.0.0.0` with no key bound: exit 2, a line that says what to bind"""
    ended = bound.platform("twicetold serve --host 0.0.0.0")
    assert ended.status == 2
    assert "twicetold-keys" in ended.err
