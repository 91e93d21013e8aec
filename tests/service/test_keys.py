"""Keys: what an entry may say, how long it holds, and how one replaces another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from twicetold.errors import KeyRefused, NotAllowed, SettingInvalid
from twicetold.service.keys import Keys, new_key, read_entry

TODAY = datetime.now(UTC).date()


def made(**more):
    chosen = {"may": ["read"], "profiles": None, "scopes": None, "days": 1} | more
    return new_key("frontend", **chosen)


def test_a_key_is_known_by_its_entry_which_does_not_hold_it():
    key, entry = made()
    assert len(key) > 40
    assert key not in entry
    assert Keys([read_entry("frontend", entry, "here")]).caller(key).name == "frontend"


def test_two_keys_are_never_the_same():
    assert made()[0] != made()[0]


def test_a_key_holds_through_its_last_day_and_no_longer():
    key, entry = made(days=3)
    keys = Keys([read_entry("frontend", entry, "here")])
    assert keys.caller(key, today=TODAY + timedelta(days=3))
    with pytest.raises(KeyRefused, match="expired"):
        keys.caller(key, today=TODAY + timedelta(days=4))


@pytest.mark.parametrize("key", ["", "tt_", "x" * 100_000, "\ud800", "é"])
def test_what_is_no_key_is_refused(key):
    with pytest.raises(KeyRefused):
        Keys([read_entry("frontend", made()[1], "here")]).caller(key)


def test_names_with_odd_characters_survive_in_an_entry():
    scopes = ["a b", "c,d", "e&f=g", "", "ü%2C", "h+i"]
    caller = read_entry("frontend", made(scopes=scopes)[1], "here").caller
    assert caller.scopes == set(scopes)


def test_a_key_for_some_profiles_and_scopes_is_for_no_others():
    caller = read_entry("frontend", made(profiles=["p"], scopes=["s"])[1], "here").caller
    caller.require("read", "p", ["s"])
    for action, profile, scope in (("decide", "p", "s"), ("read", "q", "s"), ("read", "p", "t")):
        with pytest.raises(NotAllowed):
            caller.require(action, profile, [scope])
    assert caller.sees_all_of(["s"])
    assert not caller.sees_all_of(["s", "t"])
    assert not caller.sees_all_of(None)


@pytest.mark.parametrize("part", ["sha256", "may", "profile", "scope", "until"])
def test_an_entry_that_lacks_a_part_is_refused(part):
    entry = "&".join(each for each in made()[1].split("&") if not each.startswith(part))
    with pytest.raises(SettingInvalid):
        read_entry("frontend", entry, "here")


@pytest.mark.parametrize("more", ["&may=everything", "&colour=red", "&sha256=" + "0" * 64, "&until=tomorrow"])
def test_an_entry_that_says_something_else_is_refused_without_being_repeated(more):
    with pytest.raises(SettingInvalid) as raised:
        read_entry("frontend", made()[1] + more, "here")
    assert more.partition("=")[2] not in str(raised.value)


def test_keys_come_from_bound_services_in_whatever_form(tmp_path, monkeypatch):
    import json

    from twicetold.service.keys import bound_keys

    monkeypatch.chdir(tmp_path)
    assert len(bound_keys()) == 0
    (old, one), (new, two), (third, three) = made(), made(), made()
    service = {"name": "whatever", "tags": ["twicetold-keys"], "credentials": {"old": one, "new": two}}
    monkeypatch.setenv("VCAP_SERVICES", json.dumps({"user-provided": [service]}))
    (tmp_path / "twicetold.toml").write_text(f'[services.twicetold-keys]\nlocal = "{three}"\n')
    keys = bound_keys()
    assert [keys.caller(key).name for key in (old, new, third)] == ["old", "new", "local"]
    monkeypatch.setenv("VCAP_SERVICES", json.dumps({"user-provided": [service | {"credentials": {"old": "secret"}}]}))
    with pytest.raises(SettingInvalid) as raised:
        bound_keys()
    assert "'old'" in str(raised.value)
    assert "secret" not in str(raised.value)
