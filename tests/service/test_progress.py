"""Watching runs by server-sent events, cancelling them, and taking requests for them back."""

from __future__ import annotations

import http.client
import json
import signal
import time
from contextlib import closing

import pytest

from servers.process import HOST


def events(service, path, *, key="all", seconds=40):
    """Names and data of the events that come until the stream ends."""
    with closing(http.client.HTTPConnection(HOST, service.port, timeout=seconds)) as connection:
        connection.request("GET", path, headers={"Authorization": f"Bearer {service.keys[key]}"})
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.getheader("Content-Type").startswith("text/event-stream")
        parts = answer.read().decode().split("\n\n")
    assert parts[0].startswith("retry: ")
    lines = [part.splitlines()[-2:] for part in parts if "event: " in part]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in lines]


def only_run(service):
    return service.store.execute("select id from runs")[0]["id"]


def begin(service, run_id="r20990101T000000-aaaaaa", state="working"):
    """A run at which no process is at work any more."""
    service.store.execute(
        "insert into runs (id, profile, state, settings_digest, code_version, input_digest, fingerprint, model,"
        " started_at) values (?, 'goals', ?, '', '', '', '', '{}', '2099-01-01')",
        run_id,
        state,
    )
    return run_id


def test_a_run_that_has_ended_is_told_and_the_stream_ends(shared):
    run_id = only_run(shared)
    (first, told), (last, again) = events(shared, f"/v1/runs/{run_id}/events")
    assert (first, last) == ("progress", "end")
    assert (
        told
        == again
        == {"run_id": run_id, "state": "published", "exit_status": 0, "step": None, "done": None, "of": None}
    )


def test_a_request_is_watched_until_a_run_has_done_it(service):
    with (service.program.folder / "goals.csv").open("a") as file:
        file.write("o8,Plant a garden.,own\n")
    number = service.post("/v1/runs", {}).json["id"]
    process = service.program.start("run", "--requests")
    told = events(service, f"/v1/requests/{number}/events")
    assert process.end().status == 0
    assert told[0][1]["state"] in {"waiting", "working"}
    name, last = told[-1]
    assert (name, last["state"], last["run"]["state"]) == ("end", "done", "published")


def test_what_a_key_may_not_see_it_may_not_watch(shared):
    run_id = only_run(shared)
    for path in (f"/v1/runs/{run_id}/events", "/v1/runs/none/events", "/v1/requests/999999/events"):
        assert shared.get(path, key="own").status == 404
    assert shared.get(f"/v1/runs/{run_id}/events", key="runner").status == 403


def test_an_interrupted_run_is_cancelled_once_and_does_not_go_on(service):
    run_id = begin(service)
    assert service.post(f"/v1/runs/{run_id}/cancel", {}, key="reader").status == 403
    assert service.post(f"/v1/runs/{run_id}/cancel", {}, key="own").status == 404
    for _ in range(2):
        assert service.post(f"/v1/runs/{run_id}/cancel", {}).json["state"] == "cancelled"
    assert events(service, f"/v1/runs/{run_id}/events")[-1][1]["state"] == "cancelled"


def test_a_run_that_has_published_cannot_be_cancelled(shared):
    reply = shared.post(f"/v1/runs/{only_run(shared)}/cancel", {})
    assert reply.status == 422
    assert "published" in reply.json["detail"]
    assert shared.post("/v1/runs/none/cancel", {}).status == 404


@pytest.mark.parametrize("by", ["the route", "the command"])
def test_a_run_at_work_that_is_cancelled_stops_and_publishes_nothing(service, follows, by):
    words = ("garden", "roof", "family", "meeting", "teacher", "safety", "attendance", "kitchen", "playground", "bus")
    rows = [f"x{n},Plan {words[n % 10]} {words[n // 10 % 10]} {words[n // 100 % 10]} {n},own" for n in range(1500)]
    (service.program.folder / "goals.csv").write_text("\n".join(["id,text,scope", *rows]) + "\n")
    before = service.get("/v1/groups").json
    process = service.program.start("run", "--profile", "goals")
    working = "select id from runs where state = 'working'"
    follows(lambda: service.store.execute(working))
    run_id = service.store.execute(working)[0]["id"]
    if by == "the route":
        assert service.post(f"/v1/runs/{run_id}/cancel", {}).json["state"] == "cancelled"
    else:
        assert service.program("runs", "cancel", run_id).status == 0
    ended = process.end()
    assert ended.status == 143
    assert json.loads(ended.out.splitlines()[-1])["state"] == "cancelled"
    assert service.get(f"/v1/runs/{run_id}").json["state"] == "cancelled"
    assert service.get("/v1/groups").json == before
    (entry,) = service.store.execute("select * from audit where action = 'cancel-run'")
    assert entry["who"] == {"the route": "all", "the command": "command line"}[by]


def test_a_request_that_waits_is_taken_back(service):
    number = service.post("/v1/runs", {}, Idempotency_Key="once").json["id"]
    assert service.ask("DELETE", f"/v1/requests/{number}", key="reader").status == 403
    assert service.ask("DELETE", f"/v1/requests/{number}", key="own").status == 404
    assert service.ask("DELETE", f"/v1/requests/{number}").status == 204
    assert service.ask("DELETE", f"/v1/requests/{number}").status == 404
    assert service.store.count("requests") == 0


@pytest.mark.parametrize("state", ["working", "done", "failed"])
def test_a_request_that_a_run_has_begun_to_do_is_not_taken_back(service, state):
    number = service.post("/v1/runs", {}).json["id"]
    service.store.execute("update requests set state = ?", state)
    assert service.ask("DELETE", f"/v1/requests/{number}").status == 422
    assert service.store.count("requests") == 1


def test_a_stream_that_is_open_does_not_keep_the_service_from_ending(start):
    service = start("sqlite")
    number = service.post("/v1/runs", {}).json["id"]
    with closing(http.client.HTTPConnection(HOST, service.port, timeout=20)) as connection:
        connection.request("GET", f"/v1/requests/{number}/events", headers={"X-API-Key": service.keys["all"]})
        answer = connection.getresponse()
        assert answer.read(6) == b"retry:"
        begin = time.monotonic()
        ended = service.process.send(signal.SIGTERM)
    assert ended.status == 143
    assert time.monotonic() - begin < 7
