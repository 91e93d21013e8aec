"""Trouble on the way: what is asked again, how often, and when it is given up."""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from twicetold.errors import DependencyUnavailable
from twicetold.platform.cloudfoundry.exchange import Exchange, Pace
from twicetold.testing import FakeCloudFoundry

APPS = "^/v3/apps"


def asked(foundry, path: str) -> int:
    return sum(path in each for _, each in foundry.requests)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 0])
def test_trouble_that_passes_is_waited_for(foundry, connect, status):
    foundry.fail(status, times=3, path=APPS)
    assert connect().app("twicetold").name == "twicetold"
    assert asked(foundry, "/v3/apps") == 4


@pytest.mark.parametrize("status", [429, 502, 503, 0])
def test_trouble_that_stays_ends_after_all_attempts(foundry, connect, status):
    foundry.fail(status, times=100, path=APPS)
    with pytest.raises(DependencyUnavailable, match="at attempt 4 still") as found:
        connect().app("twicetold")
    assert found.value.exit_status == 3
    assert asked(foundry, "/v3/apps") == 4


@pytest.mark.parametrize("status", [400, 403, 404, 418])
def test_an_answer_about_the_request_is_not_asked_for_again(foundry, connect, status):
    foundry.fail(status, path=APPS)
    with pytest.raises(Exception, match=f"status {status}"):
        connect().app("twicetold")
    assert asked(foundry, "/v3/apps") == 1


def test_retry_after_is_obeyed(foundry, connect):
    foundry.fail(429, path=APPS, headers={"Retry-After": "1"})
    begin = time.monotonic()
    connect().app("twicetold")
    assert time.monotonic() - begin >= 1


def in_a_second(form: str) -> str:
    then = datetime.now(UTC) + timedelta(seconds=2)
    return format_datetime(then) if form == "date" else str(int(then.timestamp()))


@pytest.mark.parametrize("form", ["second of the epoch", "date"])
def test_retry_after_may_be_a_time(foundry, connect, form):
    foundry.fail(503, path=APPS, headers={"Retry-After": in_a_second(form)})
    begin = time.monotonic()
    connect().app("twicetold")
    assert 0.5 <= time.monotonic() - begin < 5


@pytest.mark.parametrize("text", ["", "soon", "-1", "1e9", "Wed, 99 Nov"])
def test_a_retry_after_that_is_none_is_no_reason_to_fail(foundry, connect, text):
    foundry.fail(429, path=APPS, headers={"Retry-After": text})
    assert connect().app("twicetold")


def test_whoever_is_to_wait_for_too_long_is_told_for_how_long(foundry, connect):
    foundry.fail(429, path=APPS, headers={"Retry-After": "3600"})
    with pytest.raises(DependencyUnavailable, match="asks to wait for 3,600 s"):
        connect().app("twicetold")


def test_a_real_limit_on_requests_is_kept_and_the_work_goes_on(foundry, connect):
    foundry.limit_requests(2, seconds=1)
    begin = time.monotonic()
    assert connect().app("twicetold").name == "twicetold"
    assert time.monotonic() - begin < 10
    assert asked(foundry, "/v3/") >= 4  # three, and what was refused


def test_an_answer_that_is_no_json_is_asked_for_again(foundry, connect):
    foundry.fail(200, path=APPS)  # with an empty body
    assert connect().app("twicetold")


def test_a_server_that_is_not_there_is_named(connect):
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(DependencyUnavailable, match=f"{place} refused the connection"):
            connect(cf_api=f"http://{place}")


def test_a_server_that_speaks_no_tls_is_named(foundry, connect):
    place = foundry.api.replace("http:", "https:")
    with pytest.raises(DependencyUnavailable, match="has no certificate that is trusted here, or failed at TLS"):
        connect(cf_api=place)


def test_a_server_that_is_no_cloud_foundry_is_named(connect):
    with FakeCloudFoundry() as other, pytest.raises(DependencyUnavailable, match="is no API of Cloud Foundry"):
        connect(cf_api=f"{other.api}/uaa")


def test_pauses_grow_to_a_bound_and_differ():
    exchange = Exchange(Pace(pause=1, longest_pause=5))
    pauses = [[exchange._pause(attempt) for _ in range(20)] for attempt in range(1, 7)]
    for bound, found in zip([1, 2, 4, 5, 5, 5], pauses, strict=True):
        assert all(bound / 2 <= pause <= bound for pause in found)
        assert len(set(found)) > 1


def test_the_usual_patience_lasts_about_a_minute():
    pace = Pace()
    exchange = Exchange(pace)
    assert 25 < sum(exchange._pause(attempt) for attempt in range(1, pace.attempts)) < 65


def test_who_is_in_a_hurry_asks_twice(foundry, connect):
    client = connect(replace(Pace(), pause=0.01))
    app = client.app("twicetold")
    client.hurry()
    foundry.fail(503, times=100, path="/tasks")
    begin = time.monotonic()
    with pytest.raises(DependencyUnavailable, match="at attempt 2 still"):
        list(client.tasks(app))
    assert time.monotonic() - begin < 3


def test_the_proxy_that_the_environment_names_is_used_but_not_for_this_machine(monkeypatch):
    import urllib3

    for name in ("https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://someone:canary%40@127.0.0.1:9")
    exchange = Exchange(Pace())
    pool = exchange._pool("https://api.example.gov")
    assert isinstance(pool, urllib3.ProxyManager)
    assert (pool.proxy.host, pool.proxy.port) == ("127.0.0.1", 9)
    assert "proxy-authorization" in pool.proxy_headers
    assert not isinstance(exchange._pool("https://127.0.0.1:1"), urllib3.ProxyManager)
    monkeypatch.setenv("no_proxy", "api.example.com")
    assert not isinstance(exchange._pool("https://api.example.com"), urllib3.ProxyManager)
