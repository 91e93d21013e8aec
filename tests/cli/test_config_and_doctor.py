"""``twicetold config show`` and ``twicetold doctor``: the settings, the bound services, and what works."""

from __future__ import annotations

import json
import os
import shutil
import socket
import time

import pytest

from twicetold.model.artifact import shipped_folder


def settings_by_name(result):
    return {row["setting"]: row for row in json.loads(result.stdout)["settings"]}


HUB = {"host": "db.example", "port": "5432", "db_name": "goals", "username": "me", "password": "pw"}
FILES = {"bucket": "b", "region": "us-gov-west-1", "access_key_id": "k", "secret_access_key": "s"}
SERVICES = {
    "aws-rds": [{"name": "hub", "credentials": HUB}, {"name": "half", "credentials": {"host": "h"}}],
    "s3": [{"name": "files", "credentials": FILES}],
    "user-provided": [{"name": "metrics", "credentials": {"license_key": "k"}}],
}


def address_of(bucket):
    host = bucket.endpoint.partition("://")[2]
    login = f"{bucket.access_key.reveal()}:{bucket.secret_key.reveal()}"
    return f"s3://{login}@{host}/{bucket.bucket}?region={bucket.region}&scheme=http"


def test_each_setting_is_shown_with_its_value_and_origin(run, write):
    write('keeper = "oldest"\nduplicate = 0.9\n', "twicetold.toml")
    shown = settings_by_name(run("config", "show", "--json", TWICETOLD_THREADS="3", TWICETOLD_DUPLICATE="0.8"))
    assert (shown["keeper"]["value"], shown["keeper"]["from"]) == ("oldest", "twicetold.toml")
    assert (shown["duplicate"]["value"], shown["duplicate"]["from"]) == ("0.8", "TWICETOLD_DUPLICATE")
    assert (shown["threads"]["value"], shown["threads"]["from"]) == ("3", "TWICETOLD_THREADS")
    assert (shown["memory"]["value"], shown["memory"]["from"]) == ("", "default")
    assert shown["memory"]["variable"] == "TWICETOLD_MEMORY"


def test_people_get_one_line_for_each(run):
    lines = run("config", "show", TWICETOLD_MEMORY="1G").stdout.splitlines()
    assert len(lines) == 19
    assert lines[-2:] == ["", "services   (none bound)"]
    memory = next(line for line in lines if line.startswith("memory"))
    assert "1073741824" in memory
    assert "TWICETOLD_MEMORY" in memory
    assert "(not set)" in next(line for line in lines if line.startswith("lexicon"))


def test_the_store_is_shown_without_its_login(run):
    shown = settings_by_name(run("config", "show", "--json", TWICETOLD_STORE="postgres://me:pw@h:5432/goals"))
    assert (shown["store"]["value"], shown["store"]["from"]) == ("h:5432/goals", "TWICETOLD_STORE")


def test_bound_services_are_listed_with_kind_place_and_origin(run):
    shown = json.loads(run("config", "show", "--json", VCAP_SERVICES=json.dumps(SERVICES)).stdout)["services"]
    assert [(row["service"], row["kind"], row["place"], row["problem"]) for row in shown] == [
        ("hub", "database", "db.example:5432/goals", ""),
        ("half", "database", "", "VCAP_SERVICES: service 'half' lacks 'username', 'password', 'db_name'."),
        ("files", "bucket", "s3.us-gov-west-1.amazonaws.com/b", ""),
        ("metrics", "other", "", ""),
    ]
    assert {row["from"] for row in shown} == {"VCAP_SERVICES"}


def test_people_get_one_line_for_each_service(run):
    lines = run("config", "show", VCAP_SERVICES=json.dumps(SERVICES)).stdout.partition("\nservices\n")[2].splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["hub", "database"],
        ["half", "database"],
        ["files", "bucket"],
        ["metrics", "other"],
    ]
    assert lines[0].split()[2:] == ["db.example:5432/goals", "from", "VCAP_SERVICES"]
    assert "cannot be used: VCAP_SERVICES: service 'half' lacks 'username'" in lines[1]


def test_a_name_that_would_steer_the_terminal_does_not(run):
    services = {"s3": [{"name": "\x1b[2Jfiles\n", "credentials": FILES}]}
    result = run("config", "show", VCAP_SERVICES=json.dumps(services))
    assert "\x1b" not in result.stdout
    assert len(result.stdout.splitlines()) == 20


def test_bindings_that_cannot_be_read_are_an_error_with_their_place(run):
    result = run("config", "show", VCAP_SERVICES="{")
    assert result.exit_code == 2
    assert "VCAP_SERVICES is no JSON" in result.stderr


def test_an_empty_variable_is_not_set(run):
    shown = settings_by_name(run("config", "show", "--json", TWICETOLD_MEMORY=""))
    assert (shown["memory"]["value"], shown["memory"]["from"]) == ("", "default")


@pytest.mark.parametrize(
    ("content", "variables", "said"),
    [
        ("", {"TWICETOLD_DUPLICATE": "2"}, "duplicate = '2'"),
        ("", {"TWICETOLD_DUPLICATE": "2"}, "from TWICETOLD_DUPLICATE"),
        ("duplicate = 2\n", {}, "from twicetold.toml"),
        ("dupplicate = 0.5\n", {}, "twicetold.toml: there is no setting 'dupplicate'"),
        ("duplicate = \n", {}, "twicetold.toml"),
    ],
)
def test_a_setting_that_cannot_be_names_value_and_place(run, write, content, variables, said):
    write(content, "twicetold.toml")
    result = run("config", "show", **variables)
    assert result.exit_code == 2
    assert said in result.stderr


def test_the_doctor_finds_nothing_wrong_here(run):
    result = run("doctor")
    assert result.exit_code == 0
    lines = [line.split()[:2] for line in result.stdout.splitlines()]
    names = ["settings", "limits", "temporary", "files", "model", "comparison", "extras"]
    assert lines == [["ok", name] for name in names]


def test_the_doctor_speaks_json(run):
    assert all(row["ok"] for row in json.loads(run("doctor", "--json").stdout))


def test_the_doctor_finds_a_broken_model(run, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(shipped_folder(), folder, copy_function=os.link)
    (folder / "coefficients.json").unlink()
    result = run("doctor", TWICETOLD_MODEL=str(folder))
    assert result.exit_code == 3
    assert "FAIL model" in result.stdout
    assert "FAIL comparison" in result.stdout
    assert "2 of 7 checks failed: model, comparison." in result.stderr


def test_the_doctor_finds_a_model_that_compares_nonsense(run, tmp_path):
    import hashlib

    folder = tmp_path / "model"
    shutil.copytree(shipped_folder(), folder, copy_function=os.link)
    coefficients = json.loads((folder / "coefficients.json").read_text())
    coefficients["baseline"] = 50.0
    (folder / "coefficients.json").unlink()
    (folder / "coefficients.json").write_text(json.dumps(coefficients))
    manifest = json.loads((folder / "manifest.json").read_text())
    digest = hashlib.sha256((folder / "coefficients.json").read_bytes()).hexdigest()
    manifest["files"]["coefficients.json"] = digest
    (folder / "manifest.json").unlink()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    result = run("doctor", TWICETOLD_MODEL=str(folder))
    assert result.exit_code == 3
    assert "1 of 7 checks failed: comparison." in result.stderr


def test_the_doctor_reports_wrong_settings_as_well(run):
    result = run("doctor", TWICETOLD_DUPLICATE="7")
    assert result.exit_code == 3
    assert "FAIL settings" in result.stdout


def check(result, name):
    return next((row for row in json.loads(result.stdout) if row["check"] == name), None)


def test_the_doctor_leaves_out_a_store_and_a_bucket_that_nobody_set(run):
    result = run("doctor", "--json")
    assert check(result, "store") is check(result, "bucket") is None


def test_the_doctor_asks_the_store_and_the_bucket(run, postgres_url, s3_bucket):
    variables = {"TWICETOLD_STORE": postgres_url, "TWICETOLD_SERVICE_FILES": address_of(s3_bucket)}
    result = run("doctor", "--json", **variables)
    assert result.exit_code == 0
    host, name = postgres_url.rpartition("@")[2].split("/")
    assert check(result, "store")["detail"].startswith("PostgreSQL 16")
    assert check(result, "store")["detail"].endswith(f"answers at {host}/{name} (TWICETOLD_STORE)")
    assert check(result, "bucket")["detail"] == f"{s3_bucket.place} answers (TWICETOLD_SERVICE_FILES)"


def test_the_doctor_names_the_store_that_refuses(run, postgres_url):
    result = run("doctor", TWICETOLD_STORE=postgres_url + "_of_somebody_else")
    assert result.exit_code == 3
    assert "FAIL store" in result.stdout
    assert '_of_somebody_else" does not exist' in result.stdout
    assert "1 of 8 checks failed: store." in result.stderr


def test_the_doctor_names_the_bucket_that_is_not_there(run, s3_bucket):
    result = run("doctor", TWICETOLD_SERVICE_FILES=address_of(s3_bucket).replace(f"/{s3_bucket.bucket}?", "/missing?"))
    assert result.exit_code == 3
    assert "1 of 8 checks failed: bucket." in result.stderr
    assert "/missing (TWICETOLD_SERVICE_FILES): " in result.stdout


def test_the_doctor_asks_the_bucket_that_is_named_among_several(run, s3_bucket):
    variables = {f"TWICETOLD_SERVICE_{name}": address_of(s3_bucket) for name in ("ONE", "TWO")}
    assert check(run("doctor", "--json", **variables), "bucket") is None
    assert (
        "TWICETOLD_SERVICE_TWO"
        in check(run("doctor", "--json", TWICETOLD_BUCKET="two", **variables), "bucket")["detail"]
    )


def test_the_doctor_does_not_wait_for_a_server_that_never_answers(run, monkeypatch):
    monkeypatch.setattr("twicetold.cli.doctor._LIMIT", 0.3)
    begin = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}/goals"
        result = run("doctor", TWICETOLD_STORE=f"postgres://me:pw@{place}")
    assert result.exit_code == 3
    assert f"{place} (TWICETOLD_STORE): no answer within 0.3 s" in result.stdout
    assert time.monotonic() - begin < 15


def test_the_doctor_says_that_several_databases_are_bound(run):
    services = {"aws-rds": [{"name": name, "credentials": HUB} for name in ("a", "b")]}
    result = run("doctor", VCAP_SERVICES=json.dumps(services))
    assert result.exit_code == 3
    assert "2 services fit the database: 'a' (VCAP_SERVICES), 'b' (VCAP_SERVICES)." in result.stdout


def test_the_doctor_makes_no_store_of_its_own(run, tmp_path):
    result = run("doctor", "--json", TWICETOLD_STORE="sqlite:///new.db")
    assert check(result, "store")["detail"] == "new.db will be made by the first run"
    assert not (tmp_path / "new.db").exists()
    (tmp_path / "new.db").touch()
    assert check(run("doctor", "--json", TWICETOLD_STORE="sqlite:///new.db"), "store")["detail"] == "new.db is there"


def test_the_doctor_finds_a_store_that_cannot_be_written(run):
    result = run("doctor", TWICETOLD_STORE="sqlite:////nowhere/at/all/new.db")
    assert result.exit_code == 3
    assert "/nowhere/at/all cannot be written" in result.stdout
