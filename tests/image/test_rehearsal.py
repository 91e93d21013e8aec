"""A rehearsal of a night and a day: client, Cloud Foundry, containers of the image, PostgreSQL, S3, login, receiver."""

from __future__ import annotations

import json
import signal
from contextlib import contextmanager

import pytest

from containers.launcher import InContainers
from containers.tasks import podman
from program.running import Program, until
from servers.openid import Browser
from servers.process import free_ports
from ttahub.hub import EXPECTED, checksum
from twicetold.testing import FakeCloudFoundry

NIGHTLY = ("cf", "run", "--app", "twicetold", "--profile", "ttahub")


@pytest.fixture
def rehearse(tmp_path, receiver):
    """The stage: a Cloud Foundry whose app has services bound in a file, and a client that may use it."""

    @contextmanager
    def rehearse(bound):
        bound.platform.variables.pop("VCAP_SERVICES")  # the platform delivers them
        variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, "OTEL_EXPORTER_OTLP_HEADERS": "api-key=canary-key"}
        launch = InContainers(bound.platform)
        with FakeCloudFoundry(launch, services=bound.services, environment=variables, is_file_based=True) as foundry:
            client = Program(tmp_path, **foundry.variables)
            yield foundry, client, launch
            client.end_all()

    return rehearse


def summary_in(ended) -> dict:
    """The last line of the task, as the client has shown it."""
    (line,) = (line for line in ended.out.splitlines() if '"event":"run.summary"' in line)
    return json.loads(line)


def test_the_nightly_path_leads_from_a_client_to_results_in_both_places(bound, rehearse, postgres, s3, receiver):
    """the whole path: log in, upgrade the store, start the task, follow it; tables, files, summary and telemetry"""
    with (
        postgres.connect(bound.store.address.rpartition("/")[2]) as connection,
        rehearse(bound) as (foundry, client, launch),
    ):
        before = checksum(connection)
        assert client("cf", "run", "--app", "twicetold", "--", "db", "upgrade").status == 0
        ended = client(*NIGHTLY, "--key", "nightly-1")
        assert ended.status == 0, ended
        assert summary_in(ended)["state"] == "published"
        assert sorted(bound.store.groups().values(), key=min) == EXPECTED
        assert {"groups.csv", "pairs.csv", "report.html"} <= bound.published(s3).keys()
        assert checksum(connection) == before
        assert {path for path, _, _ in receiver.received} == {"/v1/traces", "/v1/metrics"}
        assert all("canary-key" in headers.values() for _, headers, _ in receiver.received)
        again = client(*NIGHTLY, "--key", "nightly-1")
        assert (again.status, len(foundry.tasks), len(launch.started)) == (0, 2, 2)
        secrets = [bound.bucket.secret_key.reveal(), foundry.password, "canary-key"]
        assert not [secret for secret in secrets if secret in ended.out + ended.err + again.out + again.err]


def test_people_log_in_at_the_same_image_as_an_app_and_the_next_night_obeys_them(bound, rehearse, openid):
    """after a night, `twicetold serve` on the same PostgreSQL: login, a decision, log-out; the next night obeys it"""
    login = {"name": "twicetold-login", "tags": [], "credentials": openid.login("by-key")}
    bound.services["user-provided"].append(login)
    (port,) = free_ports(1)
    with rehearse(bound) as (_, client, _):
        grant = ("people", "grant", "ann@example.gov", "--role", "reviewer", "--profile", "ttahub")
        assert client("cf", "run", "--app", "twicetold", "--", "db", "upgrade").status == 0
        assert client(*NIGHTLY, "--key", "night-1").status == 0
        assert client("cf", "run", "--app", "twicetold", "--", *grant).status == 0
        bound.deliver("VCAP_SERVICES_FILE_PATH")
        as_app = (f"--env=PORT={port}", "--env=VCAP_APPLICATION={}")
        app = bound.platform.task("twicetold serve --profile ttahub", *as_app)
        app.wait_for("service.started")
        ann, bob = Browser(port), Browser(port)
        assert bob.log_in("bob@example.gov").status_code == 403
        assert ann.log_in("ann@example.gov").status_code == 303
        group = ann.get("/v1/groups").json()["groups"][0]
        a, b = [row["id"] for row in ann.get(f"/v1/groups/{group['id']}").json()["members"]][:2]
        decided = {"decisions": [{"record_a": a, "record_b": b, "answer": "different"}]}
        assert ann.ask("POST", "/v1/decisions", decided).status_code == 201
        assert ann.ask("POST", "/v1/decisions", decided, Origin="https://evil.example").status_code == 403
        assert ann.ask("POST", "/v1/runs", {}).status_code == 403
        held = dict(ann.cookies)
        assert ann.ask("POST", "/logout").status_code == 303
        ann.cookies = held
        assert ann.get("/v1/groups").status_code == 401
        rows = bound.store.execute("select who, action from twicetold.audit order by id")
        assert [(row["who"], row["action"]) for row in rows] == [
            ("command line", "grant"),
            ("bob@example.gov", "refused"),
            *(("ann@example.gov", action) for action in ("login", "decide", "logout")),
        ]
        ended = app.cancel()
        assert ended.status == 128 + signal.SIGTERM, ended
        assert not [value for value in held.values() if value in ended.out + ended.err]
        assert any({a, b} <= members for members in bound.store.groups().values())
        assert client(*NIGHTLY, "--key", "night-2").status == 0
        assert not any({a, b} <= members for members in bound.store.groups().values())


def test_a_task_that_is_killed_is_told_as_that_and_the_next_one_goes_on(copy, undisturbed, rehearse, s3):
    """SIGKILL in the middle: the client ends with 3; a second task goes on, and its results are equal to the byte"""
    with rehearse(copy) as (foundry, client, launch):
        night = client.start(*NIGHTLY, "--key", "night-1")
        container = launch.until_started(0)
        until(lambda: copy.store.count("twicetold_dbos.operation_outputs", "function_name = 'compare'"))
        podman("kill", "--signal=9", container.name)
        ended = night.end()
        assert ended.status == 3
        assert "was killed" in ended.err
        assert foundry.tasks[0]["result"]["failure_reason"].endswith("Exited with status 137")
        again = client(*NIGHTLY, "--key", "night-2")
        assert again.status == 0, again
        assert summary_in(again)["stages"]["compare"]["counts"]["scopes"] < undisturbed["scopes"]
        assert copy.store.results() == undisturbed["results"]
        assert copy.published(s3) == undisturbed["files"]


def test_a_wrong_password_starts_nothing(bound, rehearse):
    """a wrong password: exit 2, its own message, no second attempt that would lock the account"""
    with rehearse(bound) as (foundry, client, launch):
        client.variables["TWICETOLD_CF_PASSWORD"] = "wrong-canary"
        ended = client(*NIGHTLY)
        assert ended.status == 2
        assert "does not accept the user and password" in ended.err
        assert "wrong-canary" not in ended.out + ended.err
        assert [path for method, path in foundry.requests if method == "POST"] == ["/uaa/oauth/token"]
        assert (foundry.tasks, launch.started) == ([], [])


def test_a_quota_that_is_full_is_told_as_that(bound, rehearse):
    """a full quota: exit 3, the platform's words, and what to do"""
    with rehearse(bound) as (foundry, client, launch):
        foundry.controller.memory_quota = 256
        ended = client(*NIGHTLY)
        assert ended.status == 3
        assert "exceeds organization memory quota" in ended.err
        assert "--memory" in ended.err
        assert launch.started == []


def test_a_task_that_the_kernel_ends_for_want_of_memory_is_told_as_that(bound, rehearse):
    """an OOM that no plan prevents, since not even Python's modules fit: exit 6, and what to do"""
    with rehearse(bound) as (foundry, client, _):
        ended = client(*NIGHTLY, "--memory", "32M")
        assert foundry.tasks[0]["result"]["failure_reason"].endswith("Exited with status 137 (out of memory)")
        assert ended.status == 6
        assert "used more memory than it may" in ended.err
        assert "--memory" in ended.err
