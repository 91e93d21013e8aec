"""twicetold profile: what people see of a profile before they run it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from twicetold.cli import main

GOALS = """key,words,place,cause,reports
g1,Train all staff on safety.,north,heat,"1,2"
g2,TRAIN ALL STAFF ON SAFETY,north,cold,
g3,Repair the roof.,north,,"2"
g4,Repair the roof.,south,heat,"2"
"""
PROFILE = """
[source]
kind = "files"
files = ["goals.csv"]
[records]
id = "key"
text = "words"
scope = "place"
[[match.separate]]
name = "causes"
column = "cause"
when = "different"
[[match.separate]]
name = "one report"
column = "reports"
when = "shared"
[publish]
out = "results"
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command in an empty folder; a traceback fails the test, whatever the exit code."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments, **variables):
        result = CliRunner().invoke(main, ["profile", *arguments], env=variables)
        if not isinstance(result.exception, SystemExit | None):
            raise result.exception
        return result

    return run


@pytest.fixture
def mine(tmp_path):
    (tmp_path / "goals.csv").write_text(GOALS, encoding="utf-8")
    (tmp_path / "mine.toml").write_text(PROFILE, encoding="utf-8")


def test_check_shows_records_columns_rules_and_where_results_go(run, mine):
    result = run("check", "mine")
    assert result.exit_code == 0
    for line in [
        "  source   files: goals.csv",
        "  on   causes                   Records are kept apart by 'cause', when different.",
        "  words                    text",
        "  place                    scope",
        "  cause                    attribute",
        "  g1 in scope north: Train all staff on safety.",
        "      cause=heat, reports=1,2",
        "  g1 and g2: causes",
        "  g1 and g3: one report",
        "  the folder results",
    ]:
        assert line in result.stdout.splitlines()
    assert "g4:" not in result.stdout.partition("Pairs of these")[2]


def test_check_says_the_same_as_json(run, mine):
    said = json.loads(run("check", "mine.toml", "--json").stdout)
    assert said["columns"] == {"id": "key", "text": "words", "scope": "place", "guessed": False}
    assert said["records"][0] == {
        "id": "g1",
        "text": "Train all staff on safety.",
        "scope": "north",
        "attributes": {"cause": "heat", "reports": "1,2"},
    }
    assert said["apart"] == [
        {"record_a": "g1", "record_b": "g2", "rule": "causes"},
        {"record_a": "g1", "record_b": "g3", "rule": "one report"},
    ]


def test_check_writes_nothing(run, mine, tmp_path):
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert run("check", "mine").exit_code == 0
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_check_shows_no_more_than_ten_records(run, mine, tmp_path):
    rows = "".join(f"r{row},text {row},north,,\n" for row in range(30))
    (tmp_path / "goals.csv").write_text(GOALS.partition("\n")[0] + "\n" + rows, encoding="utf-8")
    assert len(json.loads(run("check", "mine", "--json").stdout)["records"]) == 10


def test_check_refuses_a_rule_whose_column_is_not_there(run, mine, tmp_path):
    (tmp_path / "mine.toml").write_text(PROFILE.replace('"cause"', '"causes"'), encoding="utf-8")
    result = run("check", "mine")
    assert result.exit_code == 2
    assert "the rule 'causes' looks at the column 'causes', which is no attribute of the source" in result.stderr
    assert "'cause', 'reports'" in result.stderr


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        (("goals.csv", "gone.csv"), 2, "gone.csv"),
        (('text = "words"', 'text = "word"'), 2, "has no column 'word'"),
        (("[records]", "[record]"), 2, "mine.toml, line 5: record is no key"),
    ],
)
def test_check_ends_with_the_status_of_what_is_wrong(run, mine, tmp_path, change, status, said):
    (tmp_path / "mine.toml").write_text(PROFILE.replace(*change), encoding="utf-8")
    result = run("check", "mine")
    assert result.exit_code == status
    assert said in result.stderr


def test_check_of_the_hub_shows_its_rules_and_its_goals(run, hub):
    result = run("check", "ttahub", TWICETOLD_SERVICE_HUB=hub)
    assert result.exit_code == 0
    assert "  source   ttahub: the service hub from TWICETOLD_SERVICE_HUB" in result.stdout
    assert "  on   same-grant " in result.stdout
    assert "  off  draft-goals " in result.stdout
    assert "  grant_id                 scope" in result.stdout
    assert "  100 in scope 10: Train all classroom staff" in result.stdout
    assert "Goals left out by the rule deleted-grants: 2." in result.stderr
    assert "NOT USABLE: No bucket is bound" in result.stdout


def test_check_never_shows_a_password(run, hub):
    result = run("check", "ttahub", TWICETOLD_SERVICE_HUB=hub)
    assert "canary" not in result.output


def test_check_of_a_hub_that_is_not_there_ends_with_3(run):
    result = run("check", "ttahub", TWICETOLD_SERVICE_HUB="postgres://reader:canary@127.0.0.1:1/hub")
    assert result.exit_code == 3
    assert "canary" not in result.output


def test_a_query_of_ones_own_is_checked_likewise(run, hub, tmp_path):
    query = 'SELECT id, name, "grantId" AS grant, "createdVia" FROM "Goals" WHERE "grantId" = 310 ORDER BY id'
    text = f"[source]\nkind = 'postgres'\nquery = '''{query}'''\n[records]\nscope = 'grant'\n"
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    said = json.loads(run("check", "own", "--json", TWICETOLD_SERVICE_HUB=hub).stdout)
    assert said["columns"] == {"id": "id", "text": "name", "scope": "grant", "guessed": True}
    assert [record["id"] for record in said["records"]][:3] == ["3000", "3001", "3002"]
    assert len(said["records"]) == 10


@pytest.fixture
def bound_bucket(s3_bucket):
    """The variable that binds a real bucket."""
    login = f"{s3_bucket.access_key.reveal()}:{s3_bucket.secret_key.reveal()}"
    where = s3_bucket.endpoint.partition("://")[2]
    return {
        "TWICETOLD_SERVICE_RESULTS": f"s3://{login}@{where}/{s3_bucket.bucket}?region={s3_bucket.region}&scheme=http"
    }


def test_objects_of_a_bucket_are_checked_likewise(run, s3, s3_bucket, bound_bucket, tmp_path):
    client = s3.client()
    client.put_object(Bucket=s3_bucket.bucket, Key="in/goals.csv", Body=GOALS.encode())
    client.close()
    address = f"s3://{s3_bucket.bucket}/in/"
    text = PROFILE.replace("files = [", "# ").replace('"files"', f'"s3"\naddress = "{address}"')
    (tmp_path / "objects.toml").write_text(text.replace('out = "results"', 's3 = { prefix = "a/b" }'), encoding="utf-8")
    result = run("check", "objects", **bound_bucket)
    assert result.exit_code == 0
    assert f"  source   s3: {address}" in result.stdout.splitlines()
    assert "  g1 in scope north: Train all staff on safety." in result.stdout.splitlines()
    assert f"/{s3_bucket.bucket} from TWICETOLD_SERVICE_RESULTS, under a/b/" in result.stdout
    assert s3_bucket.secret_key.reveal() not in result.output


def test_list_names_each_profile_its_place_and_what_is_wrong_with_it(run, mine, tmp_path):
    (tmp_path / "odd.toml").write_text("[source]\nkind = 'nothing'\n", encoding="utf-8")
    rows = {row["profile"]: row for row in json.loads(run("list", "--json").stdout)}
    assert list(rows) == ["mine", "odd", "files", "ttahub"]
    assert rows["files"]["from"] == "shipped"
    assert rows["mine"]["from"] == "mine.toml"
    assert "must be one of" in rows["odd"]["problem"]
    assert "cannot be used" in run("list").stdout


def test_show_fills_in_every_default(run, mine):
    said = json.loads(run("show", "mine").stdout)
    assert said["publish"]["gates"]["largest_group"] == 100
    assert said["source"]["kind"] == "files"
    assert len(said["digest"]) == 64


def test_show_says_of_every_rule_of_the_hub_whether_it_is_on(run, tmp_path):
    (tmp_path / "hub.toml").write_text(
        "[source]\nkind = 'ttahub'\n[source.rules]\nroot-causes = false\n", encoding="utf-8"
    )
    rules = json.loads(run("show", "hub").stdout)["source"]["rules"]
    assert rules["same-grant"]
    assert not rules["root-causes"]
    assert not rules["draft-goals"]


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_where_a_platform_keeps_what_is_printed_no_text_of_a_record_is(run, mine, more):
    ended = run("check", "mine.toml", *more, VCAP_APPLICATION="{}")
    assert ended.exit_code == 0
    assert "(26 characters)" in ended.output
    assert not any(told in ended.output for told in ("Train", "TRAIN", "Repair", "heat", "cold"))
