"""Runs on the pages: asking for one, and seeing how far one is, with script and without."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from twicetold.runs.packing import pack


def follows(page):
    return [each["sse-connect"] for each in page.html.all("div") if "sse-connect" in each]


def test_a_run_is_asked_for_once_and_its_end_is_seen(site):
    fields = dict(site.get("/runs", key="ann").html.form()) | {"scope": "recipient-2"}
    noted = site.follow(site.post("/runs", fields, key="ann"), key="ann")
    assert "is noted" in noted.text
    site.post("/runs", fields, key="ann")
    assert site.store.count("requests") == 1
    waiting = site.get("/runs", key="ann")
    assert "is waiting since" in waiting.text
    assert follows(waiting) == ["/runs/events"]
    assert site.program("run", "--requests").status == 0
    done = site.get("/runs", key="ann")
    assert "is waiting since" not in done.text
    assert follows(done) == []


def test_a_page_that_is_loaded_again_shows_the_step_of_a_run_at_work(site):
    run_id = site.begin_run()
    assert "at work planning what to compare" in site.get("/runs", key="ann").text
    site.reach(run_id, "plan", pack({"blocks": [1, 2, 3]}))
    assert "comparing: 0 of 3 parts are done" in site.get(f"/runs/{run_id}", key="ann").text
    site.reach(run_id, "compared", pack({"done": 2, "of": 3}))
    for path in ("/runs", f"/runs/{run_id}"):
        assert "comparing: 2 of 3 parts are done" in site.get(path, key="ann").text
    site.reach(run_id, "conclusion", b"")
    assert "publishing" in site.get(f"/runs/{run_id}", key="ann").text


def test_findings_are_said_in_the_readers_language_with_what_the_run_wrote(site):
    (run,) = site.store.execute("select id from runs")
    add = "insert into findings (run_id, position, severity, code, message, count) values (?, ?, 'warning', ?, ?, ?)"
    site.store.execute(add, run["id"], 90, "blank-text", "Rows set aside as blank-text: 1200.", 1200)
    site.store.execute(add, run["id"], 91, "of-a-later-version", "Something new.", 1)
    shown = site.ask("GET", f"/runs/{run['id']}", key="ann", Accept_Language="es")
    assert "Aviso: Filas apartadas porque su texto está en blanco: 1,200." in shown.text
    assert "blank-text: Rows set aside as blank-text: 1200." in shown.text
    assert "of-a-later-version: Something new." in shown.text
    assert "Warning: Rows set aside since their text is blank: 1,200." in site.get(f"/runs/{run['id']}", key="ann").text


def test_whoever_follows_runs_gets_their_steps_and_their_end(site):
    run_id = site.begin_run()
    assert follows(site.get(f"/runs/{run_id}", key="ann")) == [f"/runs/{run_id}/events"]
    with ThreadPoolExecutor(2) as pool:
        streams = [pool.submit(site.get, path, key="ann") for path in ("/runs/events", f"/runs/{run_id}/events")]
        time.sleep(2)
        site.store.execute("update runs set state = 'cancelled' where id = ?", run_id)
        replies = [each.result() for each in streams]
    for reply in replies:
        events = [each for each in reply.body.decode().split("\n\n") if "event: " in each]
        names = [each.partition("event: ")[2].partition("\n")[0] for each in events]
        assert names == ["progress", "progress", "end"]
        assert ["planning" in each for each in events] == [True, False, False]
        assert ["cancelled" in each for each in events] == [False, True, True]
        assert all(line.startswith(("event: ", "data: ", "retry: ")) for each in events for line in each.splitlines())
