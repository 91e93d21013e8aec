"""Tokens: asked for once, renewed when they are no longer taken, and shown to nobody."""

from __future__ import annotations

import logging
import pickle
import time
import traceback

import pytest

from twicetold.errors import DependencyUnavailable, SettingInvalid
from twicetold.platform.cloudfoundry.exchange import checked
from twicetold.testing import FakeCloudFoundry, Script


def logins(foundry) -> int:
    return [path for _, path in foundry.requests].count("/uaa/oauth/token")


def all_of(error: BaseException | None) -> str:
    """All that an error and those behind it hold, shown or not."""
    text = ""
    while error is not None:
        text += "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error)) + repr(error.args)
        error = error.__cause__ or error.__context__
    return text


def test_one_login_serves_all_requests(foundry, connect):
    client = connect()
    for _ in range(3):
        client.app("twicetold")
    assert logins(foundry) == 1


def test_nothing_secret_is_sent_before_something_is_asked(foundry, connect):
    connect()
    assert foundry.requests == [("GET", "/")]


def test_a_token_that_is_not_taken_any_more_is_renewed_without_the_password(foundry, connect):
    client = connect()
    app = client.app("twicetold")
    foundry.expire_tokens()
    foundry.expire_password()  # so a login would fail
    assert client.app("twicetold") == app
    assert logins(foundry) == 2


def test_where_it_cannot_be_renewed_the_password_is_sent_again(foundry, connect):
    client = connect()
    client.app("twicetold")
    foundry.expire_tokens(renewing=True)
    client.app("twicetold")
    assert logins(foundry) == 3


def test_tokens_expire_by_themselves_and_the_work_goes_on(connect):
    with FakeCloudFoundry(token_seconds=0.2) as foundry:
        client = connect(**foundry.settings)
        app = client.app("twicetold")
        time.sleep(0.25)
        assert client.app("twicetold") == app


def test_log_cache_says_404_to_an_old_token_and_is_read_all_the_same(connect):
    with FakeCloudFoundry(token_seconds=0.5) as foundry:
        client = connect(**foundry.settings)
        app = client.app("twicetold")
        foundry.log("a line")
        assert len(client.envelopes(app, 0, 10)) == 1
        time.sleep(0.55)
        assert len(client.envelopes(app, 0, 10)) == 1


def test_a_server_that_takes_no_token_is_not_asked_for_ever(foundry, connect):
    client = connect()
    foundry.fail(401, times=1000, path="/v3/")
    with pytest.raises(DependencyUnavailable, match="does not take the token"):
        client.app("twicetold")
    assert logins(foundry) <= 3


def test_a_wrong_password_is_sent_once(foundry, connect):
    with pytest.raises(SettingInvalid, match=r"does not accept the user and password \(401\)") as found:
        connect(cf_password="wrong").app("twicetold")
    assert logins(foundry) == 1
    assert "TWICETOLD_CF_PASSWORD" in found.value.hint


def test_a_password_that_is_90_days_old_has_a_message_of_its_own(foundry, connect):
    foundry.expire_password()
    with pytest.raises(SettingInvalid, match="the password of the account has expired") as found:
        connect().app("twicetold")
    assert "90 days" in found.value.hint
    assert "cf create-service-key" in found.value.hint


def test_a_locked_account_has_a_message_of_its_own(foundry, connect):
    foundry.lock_account()
    with pytest.raises(SettingInvalid, match="locked"):
        connect().app("twicetold")
    assert logins(foundry) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 0])
def test_a_uaa_in_trouble_is_asked_again(foundry, connect, status):
    foundry.fail(status, times=2, path="/oauth/token")
    assert connect().app("twicetold").name == "twicetold"


@pytest.mark.parametrize("name", ["cf_api", "cf_username", "cf_password", "cf_org", "cf_space"])
def test_what_is_not_set_is_named(connect, name):
    with pytest.raises(SettingInvalid, match=f"not set: TWICETOLD_{name.upper()}"):
        connect(**{name: ""})


@pytest.mark.parametrize("address", ["http://api.example.gov", "http://127.evil.example.gov:80"])
def test_a_password_goes_nowhere_without_tls(address):
    with pytest.raises(SettingInvalid, match="without TLS"):
        checked(address)


@pytest.mark.parametrize(
    "address", ["", "https://", "ftp://x", "https://u:p@api.gov", "https://[", "https://x?y=z", "http://:80"]
)
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(SettingInvalid, match="not of the form"):
        checked(address)


def test_an_address_needs_no_scheme_and_may_end_in_a_slash():
    assert checked(" api.fr.cloud.gov/ ") == "https://api.fr.cloud.gov"


def test_a_redirect_is_not_followed(foundry, connect):
    client = connect()
    with FakeCloudFoundry() as other:
        foundry.fail(302, path="/v3/", headers={"Location": f"{other.api}/v3/organizations"})
        with pytest.raises(DependencyUnavailable, match="status 302"):
            client.app("twicetold")
        assert other.requests == []


def test_no_secret_comes_out_of_any_error_log_or_repr(foundry, connect, ask, caplog):
    caplog.set_level(logging.DEBUG)
    foundry.launch = Script(seconds=5)
    client, shown = connect(), []
    app = client.app("twicetold")
    login = client._login
    secrets = [foundry.username, foundry.password, login._token.reveal(), login._refresher.reveal()]

    def provoke(action):
        try:
            action()
        except (SettingInvalid, DependencyUnavailable) as error:
            shown.append(all_of(error))

    for status in (401, 500, 0):
        foundry.fail(status, times=8, path="/v3")
        provoke(lambda: client.app("twicetold"))
    foundry.expire_tokens(renewing=True)  # UAA repeats the token that it refuses
    foundry.expire_password()
    provoke(lambda: client.start(app, ask()))
    provoke(lambda: connect(cf_username="wrong").app("twicetold"))
    assert len(shown) >= 4
    text = "\n".join([*shown, caplog.text, repr(client), repr(vars(client)), repr(login), repr(vars(login))])
    secrets += [login._token.reveal(), login._refresher.reveal()]
    assert [secret for secret in secrets if secret in text] == []
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(login._token)


def test_a_platform_that_repeats_a_secret_is_not_repeated(foundry, connect):
    client = connect()
    client.app("twicetold")
    token = client._login._token.reveal()
    assert token not in client._login.redact(f"said {token} to {foundry.username} {foundry.password}")
    assert client._login.redact("said").count("*") == 0
