"""Services: found in each form of delivery, chosen by name or tag, and never guessed."""

from __future__ import annotations

import json

import pytest
import sqlalchemy

from twicetold.errors import SettingInvalid
from twicetold.platform import services, settings
from twicetold.platform.bindings import LARGEST_VARIABLE, bindings

DATABASE = {
    "db_name": "cgdb",
    "host": "db.example",
    "name": "cgdb",
    "password": "p@ss:w/rd%41?#",
    "port": "5432",
    "uri": "postgres://stale:stale@stale:1/stale",
    "username": "me",
}
BUCKET = {
    "access_key_id": "AK",
    "secret_access_key": "S/K+",
    "region": "us-gov-west-1",
    "bucket": "cg-1",
    "endpoint": "s3-us-gov-west-1.amazonaws.com",
    "fips_endpoint": "s3-fips.us-gov-west-1.amazonaws.com",
    "uri": "s3://AK:SK@s3-us-gov-west-1.amazonaws.com/cg-1",
    "insecure_skip_verify": True,
    "additional_buckets": [],
}
REDIS = {"label": "aws-elasticache-redis", "name": "cache", "credentials": {"host": "h", "uri": "rediss://:x@h:1"}}
WITHOUT_ADDRESS = {key: value for key, value in DATABASE.items() if key != "uri"}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def bind(monkeypatch):
    """Binds services of a label by name, as Cloud Foundry does; the rest of the label's services are replaced."""
    bound: dict[str, list[dict]] = {}

    def bind(label="aws-rds", **named):
        bound[label] = [
            entry if "credentials" in (entry or {}) else {"name": name, "credentials": entry}
            for name, entry in named.items()
        ]
        monkeypatch.setenv("VCAP_SERVICES", json.dumps(bound))

    return bind


def url_of(secret):
    return sqlalchemy.make_url(secret.reveal())


def refusal(ask, *arguments):
    with pytest.raises(SettingInvalid) as found:
        ask(*arguments)
    assert found.value.exit_status == 2
    return found.value.message


def test_a_binding_of_cloud_foundry_becomes_a_url_for_sqlalchemy(bind):
    bind(hub=DATABASE)
    found = services.database()
    url = url_of(found.url)
    assert (found.name, found.origin, found.replica) == ("hub", "VCAP_SERVICES", None)
    assert url.drivername == "postgresql+psycopg"
    assert (url.username, url.password, url.host, url.port) == ("me", "p@ss:w/rd%41?#", "db.example", 5432)
    assert url.database == "cgdb"
    assert dict(url.query) == {"sslmode": "verify-full", "sslrootcert": services.authorities()}


@pytest.mark.parametrize("key", ["db_name", "name"])
def test_the_database_s_name_has_either_key(bind, key):
    bind(hub={"host": "h", "username": "u", "password": "p", key: "goals"})
    assert url_of(services.database().url).database == "goals"


def test_the_address_alone_is_enough(bind):
    bind(hub={"uri": "postgres://u:a@b/c@h:5433/goals?sslmode=disable"})
    url = url_of(services.database().url)
    assert (url.username, url.password, url.host, url.port, url.database) == ("u", "a@b/c", "h", 5433, "goals")
    assert url.query["sslmode"] == "verify-full"


@pytest.mark.parametrize("port", [5432, "5432"])
def test_a_port_may_be_text_or_number(bind, port):
    bind(hub=DATABASE | {"port": port})
    assert url_of(services.database().url).port == 5432


@pytest.mark.parametrize("port", ["x", "0", "70000", "-1", "5432; drop", "５４３２"])
def test_a_port_that_is_none_is_refused_without_its_value(bind, port):
    bind(hub=DATABASE | {"port": port})
    said = refusal(services.database)
    assert said == "VCAP_SERVICES: service 'hub': 'port' is no port number."


def test_a_replica_has_the_same_login_and_its_own_host(bind):
    bind(hub=DATABASE | {"replica_host": "replica.example"})
    replica = url_of(services.database().replica)
    assert (replica.host, replica.password, replica.database) == ("replica.example", "p@ss:w/rd%41?#", "cgdb")
    assert replica.query["sslmode"] == "verify-full"


def test_a_replica_may_be_given_by_its_address(bind):
    bind(hub=DATABASE | {"replica_uri": "postgres://you:other@replica.example:6/cgdb"})
    replica = url_of(services.database().replica)
    assert (replica.username, replica.password, replica.host, replica.port) == ("you", "other", "replica.example", 6)


def test_a_bucket_is_reached_by_its_fips_endpoint(bind):
    bind("s3", files=BUCKET)
    found = services.bucket()
    assert found.endpoint == "https://s3-fips.us-gov-west-1.amazonaws.com"
    assert (found.bucket, found.region, found.encrypt) == ("cg-1", "us-gov-west-1", True)
    assert (found.access_key.reveal(), found.secret_key.reveal()) == ("AK", "S/K+")


def test_a_bucket_without_fips_is_reached_by_its_endpoint(bind):
    bind("s3", files=BUCKET | {"fips_endpoint": ""})
    assert services.bucket().endpoint == "https://s3-us-gov-west-1.amazonaws.com"


def test_an_address_of_one_s_own_says_region_scheme_and_encryption(monkeypatch):
    address = "s3://AK:S/K+@127.0.0.1:8333/files?region=us-east-1&scheme=http&encrypt=false"
    monkeypatch.setenv("TWICETOLD_SERVICE_FILES", address)
    found = services.bucket("files")
    assert (found.endpoint, found.bucket, found.region) == ("http://127.0.0.1:8333", "files", "us-east-1")
    assert (found.secret_key.reveal(), found.encrypt) == ("S/K+", False)


def test_an_address_without_a_server_is_amazon_s(monkeypatch):
    monkeypatch.setenv("TWICETOLD_SERVICE_FILES", "s3://AK:SK@/files?region=us-east-1")
    found = services.bucket()
    assert (found.endpoint, found.place) == (None, "s3.us-east-1.amazonaws.com/files")


def test_a_database_of_one_s_own_keeps_what_its_address_says(monkeypatch):
    monkeypatch.setenv("TWICETOLD_SERVICE_HUB", "postgres://u:p@h/goals?sslmode=disable&application_name=x")
    url = url_of(services.database().url)
    assert dict(url.query) == {"sslmode": "disable", "application_name": "x"}


def test_a_file_can_be_a_database_of_one_s_own_only(monkeypatch, bind):
    bind("user-provided", hub={"uri": "sqlite:///x.db"})
    assert services.bound()[0]["kind"] == "other"
    monkeypatch.setenv("TWICETOLD_SERVICE_HERE", "sqlite:///here.db")
    assert services.database().url.reveal() == "sqlite:///here.db"


def test_the_same_bindings_may_come_in_a_file(folder, monkeypatch):
    path = folder / "vcap_services"
    path.write_text(json.dumps({"aws-rds": [{"name": "hub", "credentials": DATABASE}]}))
    monkeypatch.setenv("VCAP_SERVICES_FILE_PATH", str(path))
    found = services.database("hub")
    assert url_of(found.url).host == "db.example"
    assert found.origin == f"VCAP_SERVICES_FILE_PATH ({path})"


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_bindings_may_be_folders_with_a_file_for_each_key(folder, monkeypatch, ending):
    binding = folder / "bindings" / "hub"
    binding.mkdir(parents=True)
    keys = WITHOUT_ADDRESS | {"name": "hub", "type": "aws-rds", "provider": "aws-rds", "tags": '["database"]'}
    for name, text in keys.items():
        (binding / name).write_text(text + ending, newline="")
    (binding / "..data").mkdir()
    (folder / "bindings" / "readme").write_text("no folder")
    monkeypatch.setenv("SERVICE_BINDING_ROOT", str(binding.parent))
    for name in ("hub", "database", None):
        found = services.database(name)
        assert (found.name, found.origin) == ("hub", f"SERVICE_BINDING_ROOT ({binding})")
        url = url_of(found.url)
        assert (url.password, url.database, url.port) == ("p@ss:w/rd%41?#", "cgdb", 5432)


def test_the_name_in_a_folder_is_the_binding_s_and_no_database_s(folder, monkeypatch):
    binding = folder / "bindings" / "one"
    binding.mkdir(parents=True)
    for name, text in {"type": "postgresql", "name": "hub", "host": "h", "username": "u", "password": "p"}.items():
        (binding / name).write_text(text)
    monkeypatch.setenv("SERVICE_BINDING_ROOT", str(binding.parent))
    assert "service 'one' lacks 'db_name'" in refusal(services.database, "hub")


def test_the_settings_file_may_name_services(folder):
    text = '[services.hub]\nuri = "postgres://u:p@h/goals"\ntags = ["main"]\n[services.files]\nbucket = "b"\n'
    keys = (
        'region = "r"\naccess_key_id = "a"\nsecret_access_key = "s"\nendpoint = "http://127.0.0.1:1"\nencrypt = false\n'
    )
    (folder / "twicetold.toml").write_text("threads = 2\n" + text + keys)
    assert settings.load().threads == 2
    assert services.database("main").origin == "twicetold.toml"
    assert (services.bucket().endpoint, services.bucket().encrypt) == ("http://127.0.0.1:1", False)


def test_the_nearer_place_holds_for_one_name(monkeypatch, bind, folder):
    (folder / "twicetold.toml").write_text('[services."ttahub.prod"]\nuri = "postgres://file/d"\n')
    assert services.database("ttahub-prod").place == "file/d"
    bind(**{"ttahub-prod": DATABASE})
    assert services.database("ttahub-prod").place == "db.example:5432/cgdb"
    monkeypatch.setenv("TWICETOLD_SERVICE_TTAHUB_PROD", "postgres://variable/d")
    assert services.database("ttahub-prod").place == "variable/d"
    assert [row["service"] for row in services.bound()] == ["ttahub_prod"]


@pytest.mark.parametrize("name", ["hub-prod", "HUB_PROD", "hub.prod", "instance-1", "main"])
def test_a_service_answers_to_its_name_its_instance_s_name_and_its_tags(bind, name):
    bind(one={"name": "hub-prod", "instance_name": "instance-1", "tags": ["main"], "credentials": DATABASE})
    bind("s3", files={"name": "files", "tags": ["main"], "credentials": BUCKET})
    assert services.database(name).name == "hub-prod"


def test_a_name_goes_before_a_tag(bind):
    bind(a={"name": "a", "tags": ["b"], "credentials": DATABASE}, b=DATABASE)
    assert services.database("b").name == "b"


def test_several_that_fit_are_an_error_that_names_them(bind, monkeypatch):
    bind(
        a={"name": "a", "tags": ["t"], "credentials": DATABASE}, b={"name": "b", "tags": ["t"], "credentials": DATABASE}
    )
    monkeypatch.setenv("TWICETOLD_SERVICE_C", "postgres://h/d")
    everything = "'c' (TWICETOLD_SERVICE_C), 'a' (VCAP_SERVICES), 'b' (VCAP_SERVICES)."
    assert refusal(services.database) == f"3 services fit the database: {everything}"
    assert refusal(services.database, "t") == (
        "2 services fit the database 't': 'a' (VCAP_SERVICES), 'b' (VCAP_SERVICES)."
    )


def test_a_name_that_nothing_has_is_an_error_that_names_what_there_is(bind):
    bind(a=DATABASE, b=DATABASE)
    bind("s3", files=BUCKET)
    assert refusal(services.database, "c") == "No database 'c' is bound; of that kind there are: 'a', 'b'."
    assert refusal(services.database, "files").endswith(" 'files' is of kind bucket.")


def test_nothing_bound_is_said():
    assert refusal(services.database) == "No database is bound; of that kind there are: none."
    assert refusal(services.bucket) == "No bucket is bound; of that kind there are: none."


@pytest.mark.parametrize(
    ("label", "ask", "whole", "keys"),
    [
        ("aws-rds", services.database, WITHOUT_ADDRESS, ["host", "username", "password"]),
        ("s3", services.bucket, {**BUCKET, "uri": ""}, ["bucket", "region", "access_key_id", "secret_access_key"]),
    ],
)
def test_missing_keys_are_named(bind, label, ask, whole, keys):
    for key in keys:
        bind(label, it={name: value for name, value in whole.items() if name != key})
        assert refusal(ask) == f"VCAP_SERVICES: service 'it' lacks '{key}'."
    bind(label, it=None)
    assert all(f"'{key}'" in refusal(ask) for key in keys)


def test_a_database_s_name_may_not_be_missing(bind):
    bind(it={name: value for name, value in WITHOUT_ADDRESS.items() if not name.endswith("name")} | {"username": "u"})
    assert refusal(services.database) == "VCAP_SERVICES: service 'it' lacks 'db_name'."


def test_unknown_labels_and_keys_are_ignored(bind):
    bind("aws-elasticache-redis", cache=REDIS)
    bind("brand-new", thing={"a": {"b": [1]}, "uri": "new://x"})
    bind(hub=DATABASE | {"later": {"more": 1}, "list": [1], "none": None})
    assert services.database().name == "hub"
    assert [row["kind"] for row in services.bound()] == ["other", "other", "database"]


def test_a_service_that_says_nothing_of_its_kind_can_be_named(bind):
    bind("user-provided", hub={"host": "h", "username": "u", "password": "p", "name": "goals"})
    assert refusal(services.database).startswith("No database is bound")
    assert services.database("hub").place == "h/goals"


def test_a_database_of_another_make_is_none(bind):
    bind(hub={"uri": "mysql://u:p@h/d", "host": "h", "username": "u", "password": "p", "db_name": "d"})
    assert refusal(services.database, "hub").endswith("there are: none. 'hub' is of kind other.")


def test_the_variable_that_may_be_any_service_is_not_trusted(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://u:p@h/d")
    assert services.bound() == []
    assert services.store(settings.load()).origin == "default"


@pytest.mark.parametrize("text", ["{", "[", "nonsense", '{"a": [}', "\ufeff{}", "{" * 90_000, "[" * 90_000])
def test_broken_json_is_named_with_its_place(monkeypatch, text):
    monkeypatch.setenv("VCAP_SERVICES", text)
    assert refusal(services.bound).startswith("VCAP_SERVICES is no JSON: ")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], "VCAP_SERVICES should be an object with named values, and is a list."),
        ({"s3": {}}, "VCAP_SERVICES: 's3' should be a list of services, and is a dict."),
        ({"s3": ["x"]}, "VCAP_SERVICES: s3[0] should be an object with named values, and is a str."),
        ({"s3": [{"credentials": "x"}]}, "VCAP_SERVICES: s3[0]: credentials should be"),
        ({"s3": [{"tags": "x"}]}, "VCAP_SERVICES: s3[0]: tags should be a list, and is a str."),
    ],
)
def test_bindings_of_another_form_are_named_with_their_place(monkeypatch, content, said):
    monkeypatch.setenv("VCAP_SERVICES", json.dumps(content))
    assert refusal(services.bound).startswith(said)


@pytest.mark.parametrize("content", ["{}", '{"s3": []}', '{"s3": [{"name": null, "credentials": null, "tags": null}]}'])
def test_empty_bindings_are_no_error(monkeypatch, content):
    monkeypatch.setenv("VCAP_SERVICES", content)
    assert len(services.bound()) == content.count("name")


@pytest.mark.parametrize("variable", ["VCAP_SERVICES", "TWICETOLD_SERVICE_HUB"])
def test_a_variable_that_is_too_long_to_arrive_whole_is_refused(monkeypatch, variable):
    monkeypatch.setenv(variable, "{" + "ü" * (LARGEST_VARIABLE // 2) + "}")
    said = refusal(services.bound)
    assert said.startswith(f"{variable} has 130,002 bytes")


def test_a_large_variable_that_fits_is_read(bind):
    bind(**{f"hub{number}": DATABASE for number in range(500)})
    assert len(bindings()) == 500


@pytest.mark.parametrize("variable", ["VCAP_SERVICES_FILE_PATH", "SERVICE_BINDING_ROOT"])
def test_a_place_that_is_not_there_is_named(monkeypatch, variable):
    monkeypatch.setenv(variable, "/nowhere/at/all")
    assert refusal(services.bound).startswith(f"{variable} (/nowhere/at/all): No such file")


def test_a_file_of_bytes_is_named(folder, monkeypatch):
    (folder / "vcap").write_bytes(b'{"a": "\xff"}')
    monkeypatch.setenv("VCAP_SERVICES_FILE_PATH", str(folder / "vcap"))
    assert refusal(services.bound).endswith("is not UTF-8.")


@pytest.mark.parametrize("variable", ["VCAP_SERVICES", "VCAP_SERVICES_FILE_PATH", "SERVICE_BINDING_ROOT"])
def test_an_empty_variable_is_not_set(monkeypatch, variable):
    monkeypatch.setenv(variable, "")
    assert services.bound() == []


@pytest.mark.parametrize("text", ["services = 1\n", "[services]\nhub = 1\n", '[services.hub]\ntags = "x"\n'])
def test_services_in_the_file_that_are_none_are_named(folder, text):
    (folder / "twicetold.toml").write_text(text)
    assert refusal(services.bound).startswith("twicetold.toml: services")


def test_the_store_is_the_address_that_is_set(monkeypatch, bind):
    bind(hub=DATABASE)
    monkeypatch.setenv("TWICETOLD_STORE", "postgres://u:p@h/goals")
    found = services.store(settings.load())
    assert (found.name, found.origin, found.place) == ("store", "TWICETOLD_STORE", "h/goals")
    assert found.url.reveal() == "postgresql+psycopg://u:p@h/goals"
    assert services.store(settings.load({"store": "sqlite:///x.db"})).place == "x.db"


def test_the_store_is_else_the_service_that_is_named(monkeypatch, bind):
    bind(a=DATABASE, b=DATABASE)
    assert refusal(services.store, settings.load()).startswith("2 services fit the database")
    monkeypatch.setenv("TWICETOLD_DATABASE", "b")
    assert services.store(settings.load()).name == "b"


def test_the_store_is_else_the_only_postgresql(monkeypatch, bind):
    monkeypatch.setenv("TWICETOLD_SERVICE_LOCAL", "sqlite:///local.db")
    assert services.store(settings.load()).origin == "default"
    bind(hub=DATABASE)
    assert services.store(settings.load()).name == "hub"


def test_the_store_is_else_a_file_in_the_working_folder(bind):
    bind("s3", files=BUCKET)
    found = services.store(settings.load())
    assert (found.url.reveal(), found.place) == ("sqlite:///twicetold.db", "twicetold.db")


def test_a_store_given_as_an_option_is_blamed_there():
    said = refusal(services.store, settings.load({"store": "mysql://h/d"}))
    assert said.startswith("--store: service 'store': 'uri' is no address of the form postgres://")


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("sqlite:///a/b@c?.db", "a/b@c?.db"),
        ("sqlite:////a.db", "/a.db"),
        ("sqlite://", ":memory:"),
        ("postgresql+psycopg://u:p@h:5/d", "h:5/d"),
        ("postgresql+psycopg:///d?host=/tmp/s", "/tmp/s/d"),
    ],
)
def test_a_place_is_host_and_database_or_the_file(url, place):
    assert services.Database("x", "y", services.Secret(url)).place == place
