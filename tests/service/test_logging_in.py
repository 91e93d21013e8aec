"""Logging in at a real identity provider: the whole way, who gets in, and what a session is worth afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from servers.openid import URL
from twicetold.service.limits import REFUSALS

COOKIE = "__Host-twicetold"
KINDS = {"all": (["read", "decide", "run", "admin"], None)}
CLAIMS = {"role_claim": "roles", "profile_claim": "profiles", "scope_claim": "scopes"}
DECIDED = {"decisions": [{"record_a": "o1", "record_b": "o2", "answer": "same"}]}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def service(request, start, openid):
    """A service at which only those get in who were let in by name."""
    service = start(request.param, kinds=KINDS, login=openid.login())
    assert service.program("people", "grant", "Ann@Example.gov", "--role", "reviewer").status == 0
    return service


@pytest.fixture(scope="module")
def by_claims(start, talkative_openid):
    """A service at which the provider's claims say who may do what."""
    return start("sqlite", kinds={}, login=talkative_openid.login("by-key", **CLAIMS))


def entries(service):
    return [(row["who"], row["action"]) for row in service.get("/v1/audit", limit=1000).json["entries"]]


def groups(browser):
    return browser.get("/v1/groups").status_code


def set_session(service, **columns):
    """Changes the only sessions there are behind the service's back."""
    table = "sessions" if service.store.is_file else "twicetold.sessions"
    for name, value in columns.items():
        service.store.execute(f"update {table} set {name} = '{value.isoformat(sep=' ')}'")


def test_a_person_who_was_let_in_logs_in_and_decides_under_their_name(service, browser):
    ann = browser(service)
    page = ann.get("/groups?scope=own", Accept="text/html")
    assert (page.status_code, page.headers["location"]) == (303, "/login?back=/groups%3Fscope%3Down")
    came = ann.log_in("ann@example.gov", page.headers["location"])
    assert (came.status_code, came.headers["location"]) == (303, "/groups?scope=own")
    assert groups(ann) == 200
    assert ann.ask("POST", "/v1/decisions", DECIDED).json()["decisions"][0]["who"] == "ann@example.gov"
    assert ann.ask("POST", "/v1/runs", {}).status_code == 403
    assert ("ann@example.gov", "login") in entries(service)
    assert ("ann@example.gov", "decide") in entries(service)


def test_the_request_to_the_provider_has_all_that_protects_it(service, browser, openid):
    address = urlsplit(browser(service).go())
    asked = {name: value for name, (value,) in parse_qs(address.query).items()}
    assert address.geturl().startswith(openid.description()["authorization_endpoint"])
    assert asked["response_type"] == "code"
    assert asked["redirect_uri"] == f"{URL}/login/callback"
    assert asked["code_challenge_method"] == "S256"
    assert {len(asked[name]) for name in ("state", "nonce", "code_challenge")} == {43}


def test_cookies_are_of_this_host_alone_and_no_script_reads_them(service, browser):
    ann = browser(service)
    ann.log_in("ann@example.gov")
    (made,) = [each for each in ann.last.raw.headers.getlist("set-cookie") if each.startswith(f"{COOKIE}=")]
    parts = {part.strip().lower() for part in made.split(";")[1:]}
    assert {"httponly", "secure", "samesite=lax", "path=/"} == parts
    assert ann.last.headers["strict-transport-security"] == "max-age=31536000"
    assert set(ann.cookies) == {COOKIE}


def test_cookies_of_others_are_in_nobody_s_way(service, browser):
    ann = browser(service)
    ann.log_in("ann@example.gov")
    held = f'{{"x": [1]}}; a b=c; =; {COOKIE}={ann.cookies[COOKIE]}; other="\\x'
    assert ann.get("/v1/groups", Cookie=held).status_code == 200


def test_the_store_does_not_hold_what_the_browser_holds(service, browser):
    ann = browser(service)
    ann.log_in("ann@example.gov")
    table = "sessions" if service.store.is_file else "twicetold.sessions"
    assert ann.cookies[COOKIE] not in str(service.store.execute(f"select * from {table}"))


def test_the_client_may_sign_instead_of_having_a_secret(by_claims, browser):
    ann = browser(by_claims)
    assert ann.log_in("ann@example.gov;roles=reader;profiles=*;scopes=*").status_code == 303
    assert groups(ann) == 200


@pytest.mark.parametrize(
    ("claims", "mine", "foreign", "decides"),
    [
        ("roles=reader;profiles=goals;scopes=own", 200, 403, 403),
        ("roles=reader,reviewer,other;profiles=*;scopes=own,foreign", 200, 200, 201),
        ("roles=admin;profiles=other;scopes=*", 403, 403, 403),
        ("roles=operator;profiles=*", 403, 403, 404),
    ],
)
def test_claims_say_which_role_profiles_and_scopes(by_claims, browser, claims, mine, foreign, decides):
    ann = browser(by_claims)
    ann.log_in(f"ann@example.gov;{claims}")
    assert [ann.get(f"/v1/groups?scope={scope}").status_code for scope in ("own", "foreign")] == [mine, foreign]
    assert ann.ask("POST", "/v1/decisions", DECIDED).status_code == decides


def test_what_an_admin_grants_counts_more_than_claims(by_claims, browser):
    assert by_claims.program("people", "grant", "eve@example.gov", "--role", "reader").status == 0
    eve = browser(by_claims)
    eve.log_in("eve@example.gov;roles=admin;profiles=*;scopes=*")
    assert eve.ask("POST", "/v1/decisions", DECIDED).status_code == 403


@pytest.mark.parametrize("person", ["bob@example.gov", "ann@example.com", "unverified-ann@example.gov"])
def test_nobody_gets_in_whom_nobody_let_in(service, browser, person):
    bob = browser(service)
    refused = bob.log_in(person)
    assert refused.status_code == 403
    assert COOKIE not in bob.cookies
    assert groups(bob) == 401
    assert any(action == "refused" for _, action in entries(service))


def test_a_default_role_lets_everybody_in_who_can_log_in(start, browser, openid):
    service = start("sqlite", login=openid.login(default_role="reader"))
    bob = browser(service)
    bob.log_in("bob@example.gov")
    assert groups(bob) == 200
    assert bob.ask("POST", "/v1/decisions", DECIDED).status_code == 403


def test_a_grant_that_is_revoked_ends_the_session_at_once(service, browser):
    assert service.program("people", "grant", "cy@example.gov", "--role", "reader").status == 0
    cy = browser(service)
    cy.log_in("cy@example.gov")
    assert groups(cy) == 200
    assert service.program("people", "revoke", "cy@example.gov").status == 0
    assert groups(cy) == 401
    assert cy.log_in("cy@example.gov").status_code == 403


def test_a_role_that_is_changed_holds_from_the_next_request_on(service, browser):
    ann = browser(service)
    ann.log_in("ann@example.gov")
    assert service.program("people", "grant", "ann@example.gov", "--role", "reader").status == 0
    assert groups(ann) == 401  # what was granted before has ended
    ann.log_in("ann@example.gov")
    assert ann.ask("POST", "/v1/decisions", DECIDED).status_code == 403
    assert service.program("people", "grant", "ann@example.gov", "--role", "reviewer").status == 0


def test_who_logs_out_is_out_in_all_processes(service, start, browser, openid):
    other = start("sqlite", login=openid.login(), like=service)
    ann = browser(service)
    ann.log_in("ann@example.gov")
    held = dict(ann.cookies)
    there = browser(other)
    there.cookies = dict(held)
    assert groups(there) == 200
    assert '<form method="post" action="/logout">' in ann.get("/").text
    left = ann.ask("POST", "/logout")
    assert (left.status_code, left.headers["location"]) == (303, "/logout/away")
    away = ann.get("/logout/away").headers["refresh"]
    assert away.startswith(f"0; url={openid.description()['end_session_endpoint']}?client_id=by-secret&")
    assert ann.cookies == {}
    ann.cookies = dict(held)
    assert (groups(ann), groups(there)) == (401, 401)
    assert entries(service)[-1] == ("ann@example.gov", "logout")
    assert "Ha cerrado la sesión" in ann.get("/logout", Accept_Language="es").text


@pytest.mark.parametrize("column", ["began_at", "seen_at"])
def test_a_session_ends_by_itself(service, browser, column):
    ann = browser(service)
    ann.log_in("ann@example.gov")
    assert groups(ann) == 200
    ages = {"began_at": timedelta(hours=12), "seen_at": timedelta(minutes=30)}
    now = datetime.now(UTC).replace(tzinfo=None) if service.store.is_file else datetime.now(UTC)
    set_session(service, **{column: now - ages[column] + timedelta(minutes=1)})
    assert groups(ann) == 200
    set_session(service, **{column: now - ages[column]})
    assert groups(ann) == 401
    page = ann.get("/groups", Accept="text/html")
    assert (page.status_code, page.headers["location"]) == (303, "/login?back=/groups")


def test_each_login_makes_a_new_session_and_ends_the_one_before(service, browser):
    ann = browser(service)
    ann.cookies[COOKIE] = "chosen-by-an-attacker"
    ann.log_in("ann@example.gov")
    first = ann.cookies[COOKIE]
    ann.log_in("ann@example.gov")
    assert len({first, ann.cookies[COOKIE], "chosen-by-an-attacker"}) == 3
    assert groups(ann) == 200
    ann.cookies[COOKIE] = first
    assert groups(ann) == 401


def test_an_answer_of_the_provider_lets_in_once(service, browser):
    ann = browser(service)
    back = ann.authorize(ann.go(), "ann@example.gov")
    held = dict(ann.cookies)
    assert ann.get(back).status_code == 303
    ann.cookies = held
    again = ann.get(back)
    assert (again.status_code, again.json()["code"]) == (403, "TT220")


def test_an_answer_lets_in_only_the_browser_that_began(service, browser):
    ann, eve = browser(service), browser(service)
    back = ann.authorize(ann.go(), "ann@example.gov")
    assert eve.get(back).status_code == 403
    eve.go()
    assert eve.get(back).status_code == 403


@pytest.mark.parametrize(
    "change",
    [
        lambda back: back.replace("state=", "state=x"),
        lambda back: back.replace("code=", "code=x"),
        lambda back: back.replace("iss=http", "iss=https"),
        lambda back: back.partition("?")[0],
        lambda back: back.replace("code=", "error=access_denied&x="),
        lambda back: back.replace("code=", "error=<script>&x="),
    ],
    ids=["state", "code", "issuer", "nothing", "refused", "markup"],
)
def test_an_answer_that_was_changed_lets_nobody_in(service, browser, change):
    ann = browser(service)
    refused = ann.get(change(ann.authorize(ann.go(), "ann@example.gov")))
    assert refused.status_code == 403
    assert COOKIE not in ann.cookies
    assert "<" not in refused.text


@pytest.mark.parametrize(
    "back", ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "/a\r\nb", "/" + "x" * 3000, ""]
)
def test_a_login_leads_to_no_other_host(service, browser, back):
    ann = browser(service)
    answer = ann.get(f"/login?back={quote(back, safe='')}")
    if answer.status_code == 303:
        came = ann.get(ann.authorize(answer.headers["location"], "ann@example.gov"))
        assert came.headers["location"] == "/"
    else:
        assert answer.status_code == 422


def test_other_sites_change_nothing_with_the_cookie(service, browser):
    ann = browser(service)
    ann.log_in("ann@example.gov")
    for headers in (
        {"Origin": "https://evil.example", "Sec_Fetch_Site": "cross-site"},
        {"Origin": "https://other.example.gov", "Sec_Fetch_Site": "same-site"},
        {"Origin": URL.replace("https", "http")},
        {"Origin": "null", "Sec_Fetch_Site": "cross-site"},
    ):
        assert ann.ask("POST", "/v1/decisions", DECIDED, **headers).status_code == 403
        assert ann.ask("POST", "/logout", **headers).status_code == 403
    assert ann.ask("POST", "/v1/decisions", DECIDED, Origin="null").status_code == 201  # by the browser's own word
    assert ann.get("/logout").status_code == 200
    assert groups(ann) == 200


def test_keys_go_on_beside_the_login_and_need_no_origin(service):
    assert service.post("/v1/decisions", DECIDED, Origin="https://evil.example").status == 201
    assert service.get("/v1/groups", key=None).status == 401


def test_neither_tokens_nor_codes_nor_cookies_are_in_the_log(start, browser, openid):
    service = start("sqlite", login=openid.login(default_role="reader"))
    ann = browser(service)
    back = ann.authorize(ann.go(), "ann@example.gov")
    held = dict(ann.cookies)
    ann.get(back)
    ann.get(back)
    ended = service.end()
    query = parse_qs(urlsplit(back).query)
    for secret in (*held.values(), *ann.cookies.values(), *query["code"], *query["state"], "secret-of-the-tests"):
        assert secret not in ended.out + ended.err


def test_a_provider_that_is_away_is_said_and_keys_go_on(start, browser):
    login = {"url": URL, "issuer": "http://127.0.0.1:1", "client_id": "x", "client_secret": "y"}
    service = start("sqlite", login=login)
    answer = browser(service).get("/login")
    assert (answer.status_code, answer.json()["code"]) == (503, "TT300")
    assert service.get("/v1/groups").status == 200


def test_who_is_logged_in_goes_on_while_their_address_is_locked_out_and_nobody_logs_in_there(start, openid, browser):
    service = start("sqlite", kinds=KINDS, login=openid.login(), VCAP_APPLICATION="{}")
    assert service.program("people", "grant", "ann@example.gov", "--role", "reader").status == 0
    ann, office = browser(service), {"X_Forwarded_For": "9.9.9.9"}
    ann.log_in("ann@example.gov")
    guesses = [service.ask("GET", "/v1/groups", key="tt_wrong", **office).status for _ in range(REFUSALS + 1)]
    assert guesses == [401] * REFUSALS + [429]
    assert ann.get("/v1/groups", **office).status_code == 200
    assert browser(service).get("/v1/groups", **office).status_code == 429
    assert browser(service).get("/login", **office).status_code == 429
    assert browser(service).get("/login").status_code == 303
