"""GET and POST /v1/runs: which runs there were, and asking for one."""

from __future__ import annotations


def test_runs_are_listed_and_shown(shared):
    (row,) = [row for row in shared.get("/v1/runs").json["runs"] if row["state"] == "published"]
    assert row["counts"]["records"] == 8
    whole = shared.get(f"/v1/runs/{row['id']}").json
    assert whole["model"]["digest"] == shared.get("/v1/model").json["digest"]
    assert isinstance(whole["findings"], list)
    assert shared.get("/v1/runs/none").status == 404


def test_a_run_that_is_asked_for_is_done_by_whoever_does_requests(service):
    asked = service.post("/v1/runs", {"scopes": ["own"]}, Idempotency_Key="once")
    assert asked.status == 202
    place = asked.headers["location"]
    assert service.get(place).json["state"] == "waiting"
    assert service.post("/v1/runs", {"scopes": ["own"]}, Idempotency_Key="once").headers["location"] == place
    with (service.program.folder / "goals.csv").open("a") as file:
        file.write("o8,Plant a garden.,own\n")
    assert service.program("run", "--requests").status == 0
    done = service.get(place).json
    assert (done["state"], done["exit_status"]) == ("done", 0)
    assert service.get(f"/v1/runs/{done['run_id']}", key="own").json["scopes"] == ["own"]
    assert [row["id"] for row in service.get("/v1/runs", key="own").json["runs"]] == [done["run_id"]]


def test_an_idempotency_key_stands_for_one_request_of_one_caller(service):
    service.post("/v1/runs", {"scopes": ["own"]}, Idempotency_Key="k")
    assert service.post("/v1/runs", {"scopes": ["foreign"]}, Idempotency_Key="k").status == 422
    other = service.post("/v1/runs", {"scopes": ["own"]}, key="own", Idempotency_Key="k")
    assert other.status == 202
    assert service.store.count("requests") == 2


def test_a_profile_that_is_not_there_cannot_be_asked_for(shared):
    for profile in ("nobody", "../goals", "/etc/passwd", "goals.toml"):
        assert shared.post("/v1/runs", {"profile": profile}).status == 404


def test_what_a_host_has_inserted_is_shown_whatever_it_is(service):
    service.store.execute("insert into requests (key, profile, scopes) values ('odd', 'goals', '{\"a\": 1}')")
    number = service.store.execute("select id from requests where key = 'odd'")[0]["id"]
    assert service.get(f"/v1/requests/{number}").json["scopes"] is None
    assert service.get(f"/v1/requests/{number}", key="own").status == 404
