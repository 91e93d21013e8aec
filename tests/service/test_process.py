"""The process: where it listens, how it ends, what it says and what it never says."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import time
from contextlib import closing

import pytest

from servers.process import HOST


def test_probes_tell_what_platforms_ask(shared):
    assert shared.get("/healthz", key=None).json == {"status": "alive"}
    assert shared.get("/readyz", key=None).json["status"] == "ready"
    shared.match("x")
    reply = shared.get("/metrics", key=None)
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    text = reply.body.decode()
    assert re.search(r'twicetold_http_requests_total\{method="POST",route="/v1/matches",status="200"\} \d+', text)
    assert "twicetold_store_up 1" in text
    assert re.search(r'twicetold_model_info\{name="[^"]+",version="[^"]+",digest="[0-9a-f]+"\} 1', text)
    for line in text.splitlines():
        assert re.fullmatch(r'# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? \S+', line), line


def test_addresses_that_are_no_routes_make_no_metrics(shared):
    for number in range(3):
        shared.get(f"/v1/canary-{number}")
    assert "canary" not in shared.get("/metrics", key=None).body.decode()


def test_a_store_that_is_away_is_told_and_comes_back(start, postgres):
    service = start("postgres")
    postgres.stop()
    try:
        assert service.get("/healthz", key=None).status == 200
        reply = service.get("/readyz", key=None)
        assert (reply.status, reply.json["code"]) == (503, "TT300")
        assert service.get("/v1/groups").status == 503
        assert "twicetold_store_up 0" in service.get("/metrics", key=None).body.decode()
    finally:
        postgres.start()
    assert service.get("/readyz", key=None).status == 200
    assert service.get("/v1/groups").status == 200
    assert "apppw-canary" not in service.said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_time_when_it_is_told_to(start, number):
    service = start("sqlite")
    ended = service.process.send(number)
    assert ended.status == 128 + number
    assert ended.seconds < 8
    assert "Traceback" not in ended.err
    assert '"service.stopped"' in ended.out.splitlines()[-1]


def test_what_is_at_work_is_answered_before_it_ends(start):
    service = start("sqlite")
    service.match("x")
    with closing(http.client.HTTPConnection(HOST, service.port, timeout=20)) as connection:
        connection.putrequest("POST", "/v1/compare")
        body = b'{"text_a": "Train staff", "text_b": "Train teachers"}'
        for name, value in {"X-API-Key": service.keys["all"], "Content-Length": str(len(body))}.items():
            connection.putheader(name, value)
        connection.putheader("Content-Type", "application/json")
        connection.endheaders(body[:10])
        time.sleep(0.3)
        service.process._process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((HOST, service.port), 2)
        connection.send(body[10:])
        assert connection.getresponse().status == 200
    assert service.process.end().status == 143


def test_somebody_who_never_finishes_does_not_keep_it_from_ending(start):
    service = start("sqlite")
    with socket.create_connection((HOST, service.port)) as slow:
        slow.sendall(b"POST /v1/matches HTTP/1.1\r\nHost: x\r\nX-API-Key: " + service.keys["all"].encode())
        slow.sendall(b"\r\nContent-Length: 100\r\n\r\n{")
        time.sleep(0.3)
        ended = service.end()
    assert ended.status == 143
    assert ended.seconds < 10


def test_without_keys_it_listens_on_this_machine_only(start):
    service = start("sqlite", "--host", "0.0.0.0", kinds={}, wait=False)
    ended = service.process.end()
    assert ended.status == 2
    assert "this machine only" in ended.err


def test_a_port_that_is_taken_is_said_in_a_line(start, shared):
    ended = start("sqlite", "--port", str(shared.port), wait=False).process.end()
    assert ended.status == 2
    assert "Traceback" not in ended.err


def test_the_port_is_the_platforms(start):
    service = start("sqlite")
    again = service.program
    again.variables["PORT"] = str(service.port)
    ended = again("serve", "--host", HOST)
    assert ended.status == 2
    assert str(service.port) in ended.err


def test_without_keys_the_printed_link_lets_one_person_in_once(start):
    service = start("sqlite", kinds={})
    link = re.search(r"http://127\.0\.0\.1:\d+(/login\?token=\S+)", service.said).group(1)
    assert service.get("/v1/groups", key=None).status == 401
    assert service.ask("GET", "/login?token=wrong", key=None).status == 401
    entered = service.ask("GET", link, key=None)
    assert entered.status == 303
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert service.ask("GET", link, key=None).status == 401
    mine = {"Cookie": cookie.partition(";")[0]}
    assert service.ask("GET", "/v1/groups", key=None, **mine).status == 200
    assert service.ask("GET", "/v1/groups", key=None, Cookie="twicetold=other").status == 401
    decided = {"decisions": [{"record_a": "o1", "record_b": "o2", "answer": "same"}]}
    assert service.ask("POST", "/v1/decisions", decided, key=None, **mine, Origin="http://evil.example").status == 403
    assert service.ask("POST", "/v1/decisions", decided, key=None, **mine).status == 201
    assert service.ask("GET", "/v1/groups", key=None, **mine, Host="evil.example").status == 403


def test_a_body_that_is_too_large_is_not_read(shared):
    body = b'{"text": "' + b"x" * 70_000 + b'"}'
    assert shared.ask("POST", "/v1/matches", body).status == 413
    with socket.create_connection((HOST, shared.port), 10) as chunked:
        head = f"POST /v1/matches HTTP/1.1\r\nHost: x\r\nX-API-Key: {shared.keys['all']}\r\n"
        chunked.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        chunked.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n10\r\n" + b"x" * 16 + b"\r\n")
        assert b" 413 " in chunked.recv(1000)
    assert shared.ask("POST", "/v1/matches", b"x" * 70_000, key=None).status == 401


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[" * 50_000, b"null", b"[]", b'{"text": 1e999}', b"\xff\xfe", b'"\\ud800"']
)
def test_a_body_that_is_no_request_is_a_problem(shared, body):
    reply = shared.ask("POST", "/v1/matches", body, Content_Type="application/json")
    assert 400 <= reply.status < 500
    assert reply.json.keys() >= {"type", "title", "status", "code", "detail", "remedy"}


def test_a_problem_names_the_value_and_never_repeats_it(shared):
    reply = shared.match("canary-text", limit=0, nonsense="canary-value")
    assert reply.status == 422
    assert {row["at"] for row in reply.json["errors"]} == {"body.limit", "body.nonsense"}
    assert b"canary" not in reply.body


def test_every_answer_tells_browsers_to_keep_and_run_nothing(shared):
    for reply in (shared.get("/v1/groups"), shared.get("/none"), shared.match("x")):
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in reply.headers["content-security-policy"]
        assert "server" not in reply.headers
    assert shared.match("x").headers["cache-control"] == "no-store"


def test_neither_keys_nor_texts_nor_tokens_are_in_the_log(start):
    service = start("sqlite")
    service.match("canary-text of a person who types", scope="foreign")
    service.match("canary-text", scope="canary-scope")
    service.post("/v1/compare", {"text_a": "canary-text", "text_b": "canary-text"})
    decided = {"decisions": [{"record_a": "f1", "record_b": "f2", "answer": "same", "why": "canary-why"}]}
    service.post("/v1/decisions", {**decided, "who": "canary-who"})
    service.ask("GET", "/v1/groups?text=canary-query")
    service.get("/v1/groups", key="tt_canary-key")
    service.ask("POST", "/v1/decisions", b"canary-body")
    ended = service.end()
    said = ended.out + ended.err
    assert "canary" not in said
    assert not any(key in said for key in service.keys.values())
    assert '"caller":"all"' in ended.out
