"""The fake itself: that it answers as the platform's documents and sources say, and starts real processes."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from twicetold.testing import FakeCloudFoundry, Launch, LocalProcess, Script

SERVICES = {"aws-rds": [{"name": "hub", "credentials": {"uri": "postgres://u:p@h:5432/d"}}]}


class Plain:
    """A client without any patience: one request, its status, its body and its headers."""

    def __init__(self, foundry):
        self.foundry, self.token = foundry, ""

    def __call__(self, method, path, body=None, *, form=None, basic="Basic Y2Y6"):
        data = urlencode(form).encode() if form else json.dumps(body).encode() if body is not None else None
        headers = {"Authorization": basic if form else f"bearer {self.token}"} if form or self.token else {}
        request = Request(self.foundry.api + path, data=data, headers=headers, method=method)
        try:
            with urlopen(request, timeout=10) as answer:
                return answer.status, json.loads(answer.read() or b"{}"), answer.headers
        except HTTPError as error:
            with error:
                return error.code, json.loads(error.read() or b"{}"), error.headers

    def log_in(self, **other):
        user = {"username": self.foundry.username, "password": self.foundry.password}
        status, content, _ = self("POST", "/uaa/oauth/token", form={"grant_type": "password", **user, **other})
        self.token = content.get("access_token", "")
        return status, content

    @property
    def app(self):
        return self("GET", "/v3/apps?names=twicetold")[1]["resources"][0]["guid"]

    def start(self, **body):
        return self("POST", f"/v3/apps/{self.app}/tasks", {"command": "x", **body})

    def ended(self, guid, seconds=20):
        end = time.monotonic() + seconds
        while (task := self("GET", f"/v3/tasks/{guid}")[1])["state"] not in ("SUCCEEDED", "FAILED"):
            assert time.monotonic() < end
            time.sleep(0.01)
        return task


@pytest.fixture
def plain(foundry):
    client = Plain(foundry)
    client.log_in()
    return client


def title(answer):
    return answer[0], answer[1]["errors"][0]["code"], answer[1]["errors"][0]["title"]


def test_the_root_says_where_everything_is(plain):
    links = plain("GET", "/")[1]["links"]
    assert {"login", "uaa", "log_cache", "cloud_controller_v3"} <= links.keys()
    assert links["credhub"] is None


def test_a_login_gives_two_tokens(plain):
    status, content = plain.log_in()
    assert (status, content["token_type"]) == (200, "bearer")
    assert content["access_token"] != content["refresh_token"]
    assert content["expires_in"] > 500


@pytest.mark.parametrize(
    ("form", "basic", "status", "error"),
    [
        ({"grant_type": "password", "username": "x", "password": "y"}, "Basic Y2Y6", 401, "unauthorized"),
        ({"grant_type": "password"}, "Basic eDp5", 401, "unauthorized"),
        ({"grant_type": "refresh_token", "refresh_token": "old"}, "Basic Y2Y6", 401, "invalid_token"),
        ({"grant_type": "client_credentials"}, "Basic Y2Y6", 400, "unsupported_grant_type"),
    ],
)
def test_who_may_not_log_in_is_told_as_uaa_tells_it(plain, form, basic, status, error):
    found, content, _ = plain("POST", "/uaa/oauth/token", form=form, basic=basic)
    assert (found, content["error"]) == (status, error)


def test_an_expired_password_is_told_as_uaa_tells_it(foundry, plain):
    foundry.expire_password()
    said = "Your current password has expired. Please reset your password."
    assert plain.log_in() == (403, {"error": "access_denied", "error_description": said})


def test_who_has_no_token_or_an_old_one_is_told_so(foundry, plain):
    foundry.expire_tokens()
    assert title(plain("GET", "/v3/tasks")) == (401, 1000, "CF-InvalidAuthToken")
    plain.token = ""
    assert title(plain("GET", "/v3/tasks")) == (401, 10002, "CF-NotAuthenticated")


def test_a_task_goes_from_pending_to_its_end(foundry, plain):
    foundry.placing = 0.1
    foundry.launch = Script(seconds=0.2)
    status, task, _ = plain.start(name="migrate", metadata={"labels": {"a": "b"}})
    assert (status, task["state"], task["sequence_id"], task["result"]) == (202, "PENDING", 1, {"failure_reason": None})
    states = set()
    while (now := plain("GET", f"/v3/tasks/{task['guid']}")[1])["state"] != "SUCCEEDED":
        states.add(now["state"])
    assert states == {"PENDING", "RUNNING"}


def test_a_task_that_fails_says_why_in_a_sentence(foundry, plain):
    foundry.launch = Script(ends=3)
    task = plain.ended(plain.start(name="migrate")[1]["guid"])
    assert task["result"]["failure_reason"] == "APP/TASK/migrate: Exited with status 3"


def test_a_launcher_that_breaks_is_a_task_that_fails(foundry, plain):
    def broken(_launch):
        raise ValueError("no container")

    foundry.launch = broken
    task = plain.ended(plain.start()[1]["guid"])
    assert "the launcher broke" in task["result"]["failure_reason"]


def test_a_task_is_cancelled_once(foundry, plain):
    foundry.launch = Script(seconds=30)
    guid = plain.start()[1]["guid"]
    status, task, _ = plain("POST", f"/v3/tasks/{guid}/actions/cancel", {})
    assert (status, task["state"]) == (202, "CANCELING")
    assert plain.ended(guid)["result"]["failure_reason"] == "task was cancelled"
    answer = plain("POST", f"/v3/tasks/{guid}/actions/cancel", {})
    assert title(answer) == (422, 10008, "CF-UnprocessableEntity")
    assert answer[1]["errors"][0]["detail"] == "Task state is FAILED and therefore cannot be canceled"


def test_a_task_that_waits_for_its_place_can_be_cancelled(foundry, plain):
    foundry.placing = 30
    guid = plain.start()[1]["guid"]
    plain("POST", f"/v3/tasks/{guid}/actions/cancel", {})
    assert plain.ended(guid)["state"] == "FAILED"


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"command": ""}, "No command provided"),
        ({"environment_variables": {}}, "Unknown field(s): 'environment_variables'"),
        ({"command": "x" * 4097}, "command must be shorter than 4097 characters"),
        ({"metadata": {"labels": {"k": "a b"}}}, "Metadata label value error: 'a b' contains invalid characters"),
    ],
)
def test_an_order_that_is_wrong_is_refused(plain, body, detail):
    answer = plain.start(**body)
    assert title(answer) == (422, 10008, "CF-UnprocessableEntity")
    assert answer[1]["errors"][0]["detail"] == detail


def test_a_template_that_does_not_exist_is_refused(plain):
    assert title(plain.start(template={"process": {"guid": "none"}})) == (404, 10010, "CF-ResourceNotFound")


@pytest.mark.parametrize("path", ["/v3/nothing", "/v3/apps/none", "/v3/apps/none/tasks", "/v3/tasks/none"])
def test_what_is_not_there_is_not_found(plain, path):
    assert title(plain("GET", path)) == (404, 10010, "CF-ResourceNotFound")


@pytest.mark.parametrize(
    ("selector", "keys"),
    [
        ("k=a", ["a"]),
        ("k==a", ["a"]),
        ("k!=a", ["b", None]),
        ("k", ["a", "b"]),
        ("!k", [None]),
        ("k in (a,b)", ["a", "b"]),
        ("k notin (a)", ["b", None]),
        ("k,k!=b", ["a"]),
        ("k=c", []),
    ],
)
def test_labels_select_tasks(plain, selector, keys):
    for key in ("a", "b", None):
        plain.start(metadata={"labels": {"k": key} if key else {}})
    answer = plain("GET", "/v3/tasks?" + urlencode({"label_selector": selector, "order_by": "created_at"}))
    assert [task["metadata"]["labels"].get("k") for task in answer[1]["resources"]] == keys


def test_lists_have_pages(plain):
    for _ in range(5):
        plain.start()
    path = "/v3/tasks?per_page=2&order_by=-created_at"
    numbers = []
    while path:
        found = plain("GET", path)[1]
        assert found["pagination"]["total_results"] == 5
        assert found["pagination"]["total_pages"] == 3
        numbers += [task["sequence_id"] for task in found["resources"]]
        following = found["pagination"]["next"]
        path = following and following["href"].removeprefix(plain.foundry.api)
    assert numbers == [5, 4, 3, 2, 1]


@pytest.mark.parametrize("query", ["per_page=0", "per_page=5001", "page=0", "page=x", "order_by=name"])
def test_a_query_that_is_wrong_is_refused(plain, query):
    assert title(plain("GET", f"/v3/tasks?{query}")) == (400, 10005, "CF-BadQueryParameter")


def test_who_asks_too_often_is_told_when_to_come_back(foundry, plain):
    foundry.limit_requests(2, seconds=30)
    answers = [plain("GET", "/v3/tasks") for _ in range(3)]
    assert [status for status, _, _ in answers] == [200, 200, 429]
    assert [headers["X-RateLimit-Remaining"] for _, _, headers in answers] == ["1", "0", "0"]
    assert title(answers[2]) == (429, 10013, "CF-RateLimitExceeded")
    assert int(answers[2][2]["Retry-After"]) > time.time()


def test_a_quota_is_free_again_when_a_task_is_over(foundry, plain):
    foundry.controller.memory_quota = 512
    foundry.launch = Script(seconds=30)
    guid = plain.start()[1]["guid"]
    assert plain.start()[0] == 422
    plain("POST", f"/v3/tasks/{guid}/actions/cancel", {})
    plain.ended(guid)
    assert plain.start()[0] == 202


def test_a_process_starts_as_on_the_platform():
    given = {}

    def look(launch: Launch) -> int:
        given["launch"] = launch
        return LocalProcess()(launch)

    with FakeCloudFoundry(look, services=SERVICES, environment={"OWN": "1"}, memory=256) as foundry:
        plain = Plain(foundry)
        plain.log_in()
        assert (
            plain.ended(
                plain.start(
                    command="pwd; env; echo oops >&2; exit 3",
                    template={"process": {"guid": foundry._space.process_guid}},
                )[1]["guid"]
            )["state"]
            == "FAILED"
        )
        batch = plain("GET", f"/log-cache/api/v1/read/{plain.app}?limit=1000")[1]["envelopes"]["batch"]
    lines = {
        kind: [base64.b64decode(each["log"]["payload"]).decode() for each in batch if each["log"]["type"] == kind]
        for kind in ("OUT", "ERR")
    }
    names = dict(line.split("=", 1) for line in lines["OUT"][1:])
    assert lines["OUT"][0] == "/"
    assert lines["ERR"] == ["oops"]
    assert names.keys() - {"PWD", "OLDPWD", "SHLVL", "_"} == {
        "PATH",
        "OWN",
        "VCAP_APPLICATION",
        "VCAP_SERVICES",
        "DATABASE_URL",
        "MEMORY_LIMIT",
        "CF_INSTANCE_GUID",
        "CF_INSTANCE_IP",
        "CF_INSTANCE_INTERNAL_IP",
        "CF_INSTANCE_CERT",
        "CF_INSTANCE_KEY",
        "CF_SYSTEM_CERT_PATH",
    }
    assert (names["MEMORY_LIMIT"], given["launch"].memory) == ("256m", 256)
    assert json.loads(names["VCAP_SERVICES"]) == SERVICES
    assert json.loads(names["VCAP_APPLICATION"])["space_name"] == "dev"


def launched(launcher, command, cancelled=None, **more):
    """What a launcher makes of a command: its ending and its lines."""
    lines = []
    launch = Launch(
        command=command,
        environment=more.pop("environment", {}),
        memory=512,
        disk=1024,
        services=more.pop("services", {}),
        is_file_based=more.pop("is_file_based", False),
        say=lambda text, _is_error: lines.append(text),
        cancelled=cancelled or threading.Event(),
    )
    return launcher(launch), lines


def test_bound_services_can_come_in_a_file():
    status, lines = launched(LocalProcess(), 'cat "$VCAP_SERVICES_FILE_PATH"', services=SERVICES, is_file_based=True)
    assert status == 0
    assert json.loads(lines[0]) == SERVICES


def test_a_command_that_is_told_to_stop_gets_a_signal_first():
    cancelled = threading.Event()
    threading.Timer(0.3, cancelled.set).start()
    begin = time.monotonic()
    command = "trap 'echo stopping; exit 143' TERM; while true; do sleep 0.05; done"
    assert launched(LocalProcess(), command, cancelled) == (143, [b"stopping"])
    assert time.monotonic() - begin < 8


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that is over and not yet asked about by its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_command_that_does_not_stop_is_killed_with_all_that_it_started(until):
    cancelled = threading.Event()
    threading.Timer(0.3, cancelled.set).start()
    status, lines = launched(LocalProcess(grace=0.3), "trap '' TERM; sleep 60 & echo $!; wait; wait", cancelled)
    assert status == 128 + signal.SIGKILL
    until(lambda: not is_alive(int(lines[0])))


def test_a_long_line_becomes_several_as_on_the_platform():
    status, lines = launched(LocalProcess(), "head -c 61450 /dev/zero | tr '\\0' x; echo; echo")
    assert (status, [len(line) for line in lines]) == (0, [61_440, 10, 0])


def test_the_example_of_the_documents_works():
    with FakeCloudFoundry(Script(("done",), ends=4)) as foundry:
        assert foundry.settings["cf_api"] == foundry.api == foundry.variables["TWICETOLD_CF_API"]


def test_nothing_of_the_program_imports_the_fake():
    code = "import sys, twicetold.cli.cf, twicetold.platform.cloudfoundry.client as _\n"
    code += "print('twicetold.testing' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
