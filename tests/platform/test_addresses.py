"""Addresses: taken apart and put together without losing a character."""

from __future__ import annotations

import pytest
import sqlalchemy
from hypothesis import given
from hypothesis import strategies as st

from twicetold.platform.addresses import database_url, parts

ANYTHING = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=20)


@given(user=ANYTHING, password=ANYTHING, name=ANYTHING)
def test_what_is_put_together_is_what_sqlalchemy_and_we_take_apart(user, password, name):
    known = {"username": user, "password": password, "host": "db.example", "port": "5432", "db_name": name}
    url = database_url(known, {"sslmode": "verify-full", "sslrootcert": "/a b/c&d.pem"})
    assert not set("@:/?#") & set(url.partition("://")[2].rpartition("@")[0].replace(":", "", 1))
    read = sqlalchemy.make_url(url)
    assert (read.username, read.password, read.host, read.port) == (user, password, "db.example", 5432)
    assert dict(read.query) == {"sslmode": "verify-full", "sslrootcert": "/a b/c&d.pem"}
    ours = parts(url)
    assert (ours["user"], ours["password"], ours["path"], ours["port"]) == (user, password, name, "5432")
    assert ours["?sslrootcert"] == "/a b/c&d.pem"


@given(password=st.text("ab%:@/#[]&=+ ü'\"\\", min_size=1, max_size=12))
def test_a_password_may_be_written_as_it_is(password):
    found = parts(f"postgres://me:{password}@db.example:5432/goals?sslmode=require")
    assert found == {
        "scheme": "postgres",
        "user": "me",
        "password": _decoded(password),
        "host": "db.example",
        "port": "5432",
        "path": "goals",
        "?sslmode": "require",
    }


def _decoded(text):
    from urllib.parse import unquote

    return unquote(text)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgres://h/d", {"host": "h", "path": "d"}),
        ("POSTGRES://h/d", {"host": "h", "path": "d"}),
        (" postgres://h/d\n", {"host": "h", "path": "d"}),
        ("postgres:///d?host=/tmp/s", {"path": "d", "?host": "/tmp/s"}),
        ("postgres://u@h/d", {"user": "u", "host": "h", "path": "d"}),
        ("postgres://u:p@[::1]:5/d", {"user": "u", "password": "p", "host": "[::1]", "port": "5", "path": "d"}),
        ("postgres://u:p@h/d?name=a@b", {"user": "u", "password": "p", "host": "h", "path": "d", "?name": "a@b"}),
        ("postgres://u:p%40@h/d%2Fe", {"user": "u", "password": "p@", "host": "h", "path": "d/e"}),
        ("postgres://h/", {"host": "h"}),
    ],
)
def test_absent_parts_are_left_out(address, expected):
    assert parts(address) == {"scheme": "postgres", **expected}


@pytest.mark.parametrize(
    "text", ["", " ", "x", "postgres", "postgres:", "postgres://", "postgres://h", "/a/b", "h:5/d"]
)
def test_what_is_no_address_has_no_parts(text):
    assert parts(text) is None


@pytest.mark.parametrize(
    "address",
    ["postgres://u:@/?@h/d", "postgres://u:x@evil/d?z@h/d", "postgres://u:1/d?z@h/d"],
)
def test_an_address_that_could_mean_two_hosts_is_none(address):
    assert parts(address) is None


def test_an_address_of_the_sixth_internet_protocol_keeps_its_brackets():
    assert database_url({"host": "::1", "db_name": "d"}, {}) == "postgresql+psycopg://[::1]/d"
    assert database_url({"host": "[::1]", "db_name": "d"}, {}) == "postgresql+psycopg://[::1]/d"


def test_a_very_long_text_is_judged_at_once():
    assert "host" not in parts("postgres://" + ":@/?" * 30_000)
    assert parts("postgres://" + ":" * 60_000 + "@" * 60_000) is None
