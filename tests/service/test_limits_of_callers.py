"""How often callers and addresses may ask, and who is locked out, by a clock of the test's own."""

from __future__ import annotations

import pytest

from servers.openid import URL
from servers.process import HOST
from twicetold.errors import TooManyRequests
from twicetold.service.keys import Caller
from twicetold.service.limits import ADDRESS, KEY, LOCKED, PERSON, REFUSALS, WITHIN, Limits, address_of

ANN = Caller("ann", frozenset({"read"}), is_person=True)
PROGRAM = Caller("ann", frozenset({"read"}))


class Clock:
    """A clock that goes where the test wants."""

    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def limits(clock):
    return Limits(clock=clock)


def spend(call, times):
    for _ in range(times):
        call()


@pytest.mark.parametrize(
    ("limit", "spender"),
    [
        (KEY, lambda limits: limits.spend_caller(PROGRAM)),
        (PERSON, lambda limits: limits.spend_caller(ANN)),
        (ADDRESS, lambda limits: limits.spend_address("192.0.2.1")),
    ],
    ids=["key", "person", "address"],
)
def test_so_many_at_once_and_then_so_many_a_second(limits, clock, limit, spender):
    rate, most = limit
    spend(lambda: spender(limits), most)
    with pytest.raises(TooManyRequests) as raised:
        spender(limits)
    assert raised.value.seconds == 1
    clock.now += 2
    spend(lambda: spender(limits), int(2 * rate))
    with pytest.raises(TooManyRequests):
        spender(limits)
    clock.now += 86_400
    spend(lambda: spender(limits), most)
    with pytest.raises(TooManyRequests):
        spender(limits)


def test_one_caller_does_not_use_up_what_another_has(limits):
    with pytest.raises(TooManyRequests):
        spend(lambda: limits.spend_caller(ANN), PERSON[1] + 1)
    limits.spend_caller(PROGRAM)
    limits.spend_caller(Caller("bob", frozenset(), is_person=True))
    limits.spend_address("192.0.2.1")


def test_who_was_refused_too_often_is_locked_out_for_a_while(limits, clock):
    locks = [limits.refuse("192.0.2.1") for _ in range(REFUSALS)]
    assert locks == [False] * (REFUSALS - 1) + [True]
    for left in (LOCKED, 1):
        clock.now = 1000.0 + LOCKED - left
        with pytest.raises(TooManyRequests) as raised:
            limits.require_open("192.0.2.1")
        assert raised.value.seconds == left
    limits.require_open("192.0.2.2")
    clock.now = 1000.0 + LOCKED
    limits.require_open("192.0.2.1")
    assert not limits.refuse("192.0.2.1")


def test_refusals_that_are_far_apart_lock_nobody_out(limits, clock):
    for _ in range(3 * REFUSALS):
        limits.refuse("192.0.2.1")
        clock.now += WITHIN / (REFUSALS - 1)
        limits.require_open("192.0.2.1")


def test_this_machine_is_never_locked_out(limits):
    spend(lambda: limits.refuse(""), 100)
    spend(lambda: limits.spend_address(""), 1000)
    limits.require_open("")


def test_addresses_without_end_do_not_fill_the_memory(limits):
    for number in range(25_000):
        address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        limits.refuse(address)
        limits.spend_address(address)
    assert max(len(limits._left), len(limits._refused)) <= 10_000


@pytest.mark.parametrize(
    ("direct", "named", "routed", "found"),
    [
        ("127.0.0.1", "", False, ""),
        ("::1", "", False, ""),
        ("::ffff:127.0.0.1", "", False, ""),
        ("8.8.8.8", "9.9.9.9", False, "8.8.8.8"),
        ("10.0.0.1", "9.9.9.9", True, "9.9.9.9"),
        ("10.0.0.1", "1.1.1.1, 9.9.9.9, 10.1.2.3", True, "9.9.9.9"),
        ("10.0.0.1", "not-an-address, 9.9.9.9, x", True, "9.9.9.9"),
        ("10.0.0.1", "10.9.9.9", True, "10.0.0.1"),
        ("10.0.0.1", "", True, "10.0.0.1"),
        ("::ffff:8.8.8.8", "", False, "8.8.8.8"),
        ("2001:4860:4860:1:2:3:4:5", "", False, "2001:4860:4860:1::/64"),
        ("10.0.0.1", "2001:4860:4860::8888, 10.0.0.2", True, "2001:4860:4860::/64"),
        ("", "", False, ""),
    ],
)
def test_the_address_is_the_one_that_the_platform_saw(direct, named, routed, found):
    scope = {"client": (direct, 1)} if direct else {"client": None}
    assert address_of(scope, {"x-forwarded-for": named}, is_routed=routed) == found


@pytest.fixture(scope="module")
def routed(start):
    """A service behind the router of a platform."""
    login = {"url": URL, "issuer": f"http://{HOST}:1", "client_id": "x", "client_secret": "y"}
    return start("sqlite", login=login, VCAP_APPLICATION="{}")


def test_an_address_that_guesses_keys_or_logins_is_locked_out_but_for_who_brings_a_right_one(routed):
    def ask(path, key, address="9.9.9.9"):
        return routed.ask("GET", path, key=key, X_Forwarded_For=f"1.1.1.1, {address}, 10.0.0.1")

    for number in range(REFUSALS):
        path, key = (("/v1/groups", "tt_wrong"), ("/login/callback?code=x&state=y", None))[number % 2]
        assert ask(path, key).status in (401, 403)
    for path, key in (
        ("/v1/groups", "tt_wrong"),
        ("/v1/groups", None),
        ("/login", None),
        ("/login/callback?code=x&state=y", None),
        ("/login", "all"),
    ):
        locked = ask(path, key)
        assert (locked.status, locked.json["code"]) == (429, "TT221")
        assert 0 < int(locked.headers["retry-after"]) <= LOCKED
    for path, key in (("/healthz", None), ("/readyz", None), ("/v1/groups", "all"), ("/v1/groups", "own")):
        assert ask(path, key).status == 200  # colleagues behind the same address
    assert ask("/v1/groups", "all", "8.8.8.8").status == 200
    assert ask("/login", None, "8.8.8.8").status != 429
    rows = routed.store.execute("select * from audit order by id")
    assert [row["action"] for row in rows] == ["refused"] * (REFUSALS // 2) + ["locked-out"]
    assert {row["who"] for row in rows} == {"9.9.9.9"}


def test_an_address_that_only_lacks_a_session_is_slowed_and_not_locked_out(routed):
    statuses = [
        routed.ask("GET", "/v1/groups", key=None, X_Forwarded_For="8.8.4.4").status for _ in range(ADDRESS[1] * 2)
    ]
    assert set(statuses) == {401, 429}
    assert statuses[: ADDRESS[1]] == [401] * ADDRESS[1]
    assert routed.ask("GET", "/v1/groups", X_Forwarded_For="8.8.4.4").status == 200


def test_every_answer_protects_the_browser(routed):
    for path in ("/v1/groups", "/none", "/login/callback", "/healthz"):
        headers = routed.ask("GET", path).headers
        assert headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "same-origin"
        assert headers["strict-transport-security"] == "max-age=31536000"


def test_only_who_came_by_https_is_told_to_come_back_so(start):
    platform = start("sqlite", VCAP_APPLICATION="{}")
    assert "strict-transport-security" in platform.ask("GET", "/healthz", X_Forwarded_Proto="https").headers
    assert "strict-transport-security" not in platform.ask("GET", "/healthz", X_Forwarded_Proto="http").headers
    alone = start("sqlite")
    assert "strict-transport-security" not in alone.ask("GET", "/healthz", X_Forwarded_Proto="https").headers
