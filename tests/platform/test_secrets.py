"""Secrets: planted in every credential of every form of delivery, and looked for in all that comes out."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle

import pytest
import sqlalchemy
from click.testing import CliRunner

from twicetold.cli import main
from twicetold.errors import TwicetoldError
from twicetold.platform import services, settings
from twicetold.platform.bindings import bindings
from twicetold.platform.secret import Secret
from twicetold.platform.services import Bucket, Database

FORMS = ("variables", "VCAP_SERVICES", "VCAP_SERVICES_FILE_PATH", "SERVICE_BINDING_ROOT", "twicetold.toml", "store")
all_forms = pytest.mark.parametrize("form", FORMS)


def run(*words):
    return CliRunner().invoke(main, words)


def error_of(ask, *arguments):
    """The error of ours that a call raises, if it does; any other fails the test."""
    try:
        ask(*arguments)
    except TwicetoldError as error:
        return error
    return None


def test_every_form_is_tested(canaries):
    assert canaries.forms == FORMS


@pytest.mark.parametrize("text", ["canaryPassword", "x canarysecret%41 y", "CANARYKEY"])
def test_what_comes_out_is_found(canaries, text):
    assert canaries.found_in(text)
    error = ValueError("harmless")
    error.__context__ = KeyError(text)
    error.__suppress_context__ = True
    assert canaries.found_in(error)


@all_forms
@pytest.mark.parametrize("words", [("config", "show"), ("config", "show", "--json"), ("doctor",), ("doctor", "--json")])
def test_no_command_shows_a_secret(canaries, form, words):
    canaries.plant(form)
    result = run(*words)
    assert "127.0.0.1:1/goals" in result.stdout
    assert canaries.found_in(result.stdout, result.stderr, result.exception) == []


@all_forms
def test_no_representation_shows_a_secret(canaries, form):
    canaries.plant(form)
    chosen = settings.load()
    found = [
        services.store(chosen),
        *bindings(),
        *services.bound(),
        chosen,
        chosen.model_dump(),
        chosen.model_dump_json(),
    ]
    if form != "store":
        found.append(services.bucket())
    for each in found:
        assert canaries.found_in(repr(each), str(each), f"{each}", json.dumps([each], default=str)) == []


@all_forms
def test_the_secrets_themselves_arrive_whole(canaries, form):
    canaries.plant(form)
    url = sqlalchemy.make_url(services.store(settings.load()).url.reveal())
    assert canaries.found_in(url.username) == ["canaryUser"]
    assert url.password == "canaryPassword%41@:/?#[]'\"\\ ü"
    if form != "store":
        assert services.bucket().secret_key.reveal() == "canarySecret%41@:/?#[]'\"\\ ü"


@pytest.mark.parametrize("form", ["VCAP_SERVICES", "VCAP_SERVICES_FILE_PATH", "SERVICE_BINDING_ROOT", "twicetold.toml"])
@pytest.mark.parametrize(
    ("label", "key", "other"),
    [
        ("aws-rds", "uri", "host"),
        ("aws-rds", "port", "uri"),
        ("aws-rds", "username", "uri"),
        ("aws-rds", "replica_uri", "uri"),
        ("s3", "uri", "region"),
        ("s3", "secret_access_key", "uri"),
    ],
)
@pytest.mark.parametrize("damage", ["canaryExtra", "", "://canaryExtra@", "s3://canaryKey:canarySecret@/?@a/b"])
def test_no_error_of_a_broken_binding_shows_a_secret(canaries, form, label, key, other, damage):
    broken = copy.deepcopy({label: canaries.services[label]})
    credentials = broken[label][0]["credentials"]
    credentials[key] = damage
    del credentials[other]
    canaries.plant(form, broken)
    for ask in (services.database, services.bucket):
        assert canaries.found_in(error_of(ask, broken[label][0]["name"])) == []
    result = run("config", "show")
    assert canaries.found_in(result.stdout, result.stderr, result.exception) == []


@pytest.mark.parametrize(
    "text",
    [
        '{"s3": [{"credentials": {"secret_access_key": "canarySecret" "canaryKey"}}]}',
        '{"s3": [{"credentials": "canarySecret"}]}',
        '{"s3": ["canarySecret"]}',
        '{"s3": "canarySecret"}',
        '["canarySecret"]',
        '"canarySecret"',
        "canarySecret",
        '{"s3": [{"tags": "canarySecret", "credentials": {}}]}',
        '{"s3": [{"credentials": {"bucket": {"canarySecret": 1}}}]}',
        '{"x": "canarySecret' + "x" * 130_000 + '"}',
    ],
)
@pytest.mark.parametrize("place", ["VCAP_SERVICES", "VCAP_SERVICES_FILE_PATH"])
def test_no_error_of_broken_bindings_shows_a_secret(canaries, text, place):
    canaries.set(place, text if place == "VCAP_SERVICES" else str(canaries.write("vcap", text)))
    for ask in (services.bound, services.database, services.bucket):
        assert canaries.found_in(error_of(ask)) == []
    result = run("config", "show")
    assert canaries.found_in(result.stdout, result.stderr, result.exception) == []


@pytest.mark.parametrize(
    "text",
    [
        'store = "canarySecret',
        'store = ["canarySecret"]',
        'store = {uri = "canarySecret"}',
        'store = "nonsense://canaryUser:canarySecret@h/d"',
        '[services.hub]\nuri = "canarySecret',
        '[services.hub]\nuri = "postgres://canarySecret"',
        '[services]\nhub = "canarySecret"',
        'services = "canarySecret"',
        'stor = "canarySecret"',
        'threads = 0\nstore = "canarySecret"',
    ],
)
def test_no_error_of_the_settings_file_shows_a_secret(canaries, text):
    canaries.write("twicetold.toml", text)
    for ask in (settings.load, services.bound, lambda: services.store(settings.load())):
        assert canaries.found_in(error_of(ask)) == []
    for words in (("config", "show"), ("doctor",)):
        result = run(*words)
        assert canaries.found_in(result.stdout, result.stderr, result.exception) == []


@pytest.mark.parametrize(
    "address", ["postgres://canaryUser:canarySecret@", "canarySecret", "postgres://canaryUser:x@h:canarySecret/d"]
)
@pytest.mark.parametrize("variable", ["TWICETOLD_STORE", "TWICETOLD_SERVICE_HUB"])
def test_no_error_of_an_address_shows_a_secret(canaries, variable, address):
    canaries.set(variable, address)
    for ask in (lambda: services.store(settings.load()), lambda: services.database("hub")):
        assert canaries.found_in(error_of(ask)) == []
    for words in (("config", "show"), ("doctor",)):
        result = run(*words)
        assert canaries.found_in(result.stdout, result.stderr, result.exception) == []


def test_a_server_s_refusal_is_shown_without_the_login(canaries, postgres):
    postgres.start()
    login = "canaryUser%2F:canaryPassword%40"
    canaries.set("TWICETOLD_STORE", f"postgres://{login}@127.0.0.1:{postgres.port}/postgres")
    result = run("doctor")
    assert result.exit_code == 3
    assert 'password authentication failed for user "***"' in result.stdout
    assert canaries.found_in(result.stdout, result.stderr, result.exception) == []


def test_a_driver_s_text_loses_every_secret_in_any_spelling():
    url = Secret("postgresql+psycopg://me:p%40%27ss@h/d")
    database = Database("a", "b", url, Secret("postgresql+psycopg://you:other@h/d"))
    said = services.redact("me at home: p@'ss, p%40%27ss, \"p@'ss\" and you: other; some meat", database)
    assert said == '*** at home: ***, ***, "***" and ***: ***; some meat'
    bucket = Bucket("a", "b", "c", "d", None, Secret("AK"), Secret("S/K"))
    assert services.redact("AK S/K S%2FK", bucket) == "*** *** ***"
    assert services.redact("as it is", dataclasses.replace(bucket, access_key=Secret(""))) == "as it is"


def test_a_secret_shows_itself_only_when_asked():
    secret = Secret("canarySecret")
    shown = [
        str(secret),
        repr(secret),
        f"{secret}",
        f"{secret!s:>20}",
        f"{secret:>5}",
        json.dumps({"a": secret}, default=str),
    ]
    assert not any("canary" in each for each in shown)
    assert secret.reveal() == "canarySecret"
    assert not isinstance(secret, str)
    with pytest.raises(TypeError):
        json.dumps(secret)


def test_a_secret_does_not_leave_the_process():
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(Secret("canarySecret"))


def test_secrets_are_equal_if_their_texts_are_and_can_be_copied():
    secret = Secret("a")
    assert secret == Secret("a") != Secret("b")
    assert secret != "a"
    assert len({secret, Secret("a"), Secret("b")}) == 2
    assert copy.deepcopy(secret) == copy.copy(secret) == secret
    assert bool(secret)
    assert not Secret("")
    assert dataclasses.asdict(Database("a", "b", secret))["url"] == secret
