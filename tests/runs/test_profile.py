"""Profiles: found by name, read, and refused with file, line, key, value and what is allowed."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from twicetold.errors import FileNotUsable, SettingInvalid
from twicetold.matching.keeper import CRITERIA
from twicetold.runs.profile import Match, list_profiles, load_profile
from twicetold.separations import Separation
from twicetold.sources import ttahub

FILES = """
[source]
kind = "files"
files = ["goals.csv", "more/goals.csv"]
"""
RULE = "[[match.separate]]\nname='a'\ncolumn='a'\nwhen='both'\n"
WHOLE = """
description = "All that can be said"
[source]
kind = "postgres"
service = "ttahub"
query = '''
SELECT id, name AS text
FROM "Goals"
'''
statement_timeout = 5.5
replica = false
[records]
id = "id"
text = "text"
scope = ""
[match]
duplicate = 0.9
possible = 0.5
keeper = ["oldest", "curated"]
model = "model"
lexicon = "words/lexicon.toml"
[[match.separate]]
name = "grants"
column = "grant"
when = "different"
[publish]
out = "results"
parquet = true
report = false
s3 = { service = "results", prefix = "a/b" }
[publish.gates]
rejected_share = 0
grouped_share_change = 1
largest_group = 7
histogram_drift = 0.5
[schedule]
cron = "*/15 0-6,22 1 JAN-jun mon,3"
timezone = "America/New_York"
[limits]
deadline = 60
memory = "512M"
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TWICETOLD_PROFILES", raising=False)
    return tmp_path


@pytest.fixture
def write(tmp_path):
    def write(text: str, name: str = "mine.toml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def complaint(write):
    """What is said about a profile, without its folder."""

    def complaint(text: str) -> str:
        with pytest.raises(SettingInvalid) as caught:
            load_profile(write(text))
        return caught.value.message.replace(str(Path.cwd()) + "/", "")

    return complaint


def test_a_profile_needs_only_a_source(write):
    profile = load_profile(write(FILES))
    assert profile.name == "mine"
    assert profile.publish.gates.largest_group == 100
    assert profile.schedule is None
    assert profile.separations == ()


def test_everything_that_can_be_said_is_kept(write):
    profile = load_profile(write(WHOLE))
    assert profile.source.statement_timeout == 5.5
    assert profile.columns.scope == ""
    assert profile.match.keeper == ("oldest", "curated")
    assert profile.separations == (Separation("grants", "grant", "different"),)
    assert profile.publish.s3.prefix == "a/b"
    assert profile.publish.gates.rejected_share == 0
    assert profile.schedule.timezone == "America/New_York"
    assert profile.limits.memory == 512 << 20


def test_paths_are_relative_to_the_file(write):
    profile = load_profile(write(WHOLE, "deep/er/mine.toml"))
    folder = Path.cwd() / "deep" / "er"
    assert profile.match.lexicon == folder / "words" / "lexicon.toml"
    assert profile.publish.out == folder / "results"
    assert load_profile(write(FILES, "deep/files.toml")).source.files[1] == Path.cwd() / "deep" / "more" / "goals.csv"


def test_paths_of_a_shipped_profile_are_relative_to_the_working_folder():
    assert load_profile("files").source.files == (Path("goals.csv"),)


def test_an_absolute_path_stays(write):
    assert load_profile(write(FILES.replace("goals.csv", "/data/goals.csv", 1))).source.files[0] == Path(
        "/data/goals.csv"
    )


def test_a_name_is_looked_for_from_the_nearest_to_the_shipped(write, monkeypatch):
    monkeypatch.setenv("TWICETOLD_PROFILES", "elsewhere")
    places = ["files.toml", "profiles/files.toml", "elsewhere/files.toml"]
    for place in places:
        write(FILES, place)
    for place in places:
        assert load_profile("files").path == Path(place)
        Path(place).unlink()
    assert load_profile("files").path.parent.name == "profiles"
    assert "goals.csv of the working folder" in load_profile("files").description


def test_all_profiles_are_listed_once_and_other_toml_files_are_not(write):
    write(FILES, "profiles/nightly.toml")
    write(FILES, "ttahub.toml")
    write("[project]\nname = 'x'\n", "pyproject.toml")
    write("[source\n", "broken.toml")
    assert list(list_profiles()) == ["ttahub", "nightly", "files"]


def test_an_unknown_name_lists_what_there_is(write):
    write(FILES, "profiles/nightly.toml")
    with pytest.raises(
        FileNotUsable, match=r"no profile 'nigthly'. There are: nightly \(profiles/nightly.toml\), files"
    ):
        load_profile("nigthly")


@pytest.mark.parametrize("name", ["gone.toml", "folder/gone", "."])
def test_a_path_that_leads_nowhere_is_said(name):
    with pytest.raises(FileNotUsable):
        load_profile(name)


@pytest.mark.parametrize("name", ["files", "ttahub"])
def test_the_shipped_profiles_are_sound(name):
    profile = load_profile(name)
    assert profile.name == name
    assert profile.description


def test_the_shipped_profile_of_the_hub_says_each_rule_as_it_is_by_default():
    assert load_profile("ttahub").source.rules == {rule.name: rule.default for rule in ttahub.RULES}


def test_the_hub_has_its_own_columns_and_rules(write):
    hub = '[source]\nkind = "ttahub"\n'
    profile = load_profile(write(hub))
    assert (profile.columns.id, profile.columns.text, profile.columns.scope) == ("id", "text", "grant_id")
    assert [rule.name for rule in profile.separations] == [
        "open-and-closed",
        "standard-goals",
        "root-causes",
        "same-report",
    ]
    other = load_profile(write(hub + "[source.rules]\nsame-grant = false\nroot-causes = false\n"))
    assert other.columns.scope == "recipient_id"
    assert "root-causes" not in [rule.name for rule in other.separations]


def test_the_keepers_are_those_that_can_be_chosen():
    (chosen, _) = get_args(Match.model_fields["keeper"].annotation)
    assert get_args(get_args(chosen)[0]) == CRITERIA


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "mine.toml, line 1: source is missing."),
        (
            "[source]\nfiles = ['a']",
            "line 1: source.kind is missing: must be one of 'files', 's3', 'postgres', 'ttahub'.",
        ),
        (
            "[source]\n\nkind = 'csv'",
            "line 3: source.kind = 'csv': must be one of 'files', 's3', 'postgres', 'ttahub'.",
        ),
        ("[source]\nkind = 'files'", "line 1: source.files is missing."),
        ("[source]\nkind = 'files'\nfiles = []", "line 3: source.files = []: "),
        ("[source]\nkind = 'files'\nfiles = 'a.csv'", "line 3: source.files = 'a.csv': must be a list."),
        (
            "[source]\nkind = 'files'\nfiles = ['a']\nquery = 'SELECT 1'",
            "line 4: source.query is no key that is known here; there are kind, files, where.",
        ),
        ("[source]\nkind = 's3'\naddress = 'bucket/key'", "line 3: source.address = 'bucket/key': "),
        ("[source]\nkind = 'postgres'", "line 1: source.query is missing."),
        (
            "[source]\nkind = 'ttahub'\nstatement_timeout = 0",
            "line 3: source.statement_timeout = 0: must be greater than 0.",
        ),
        (
            "[source]\nkind = 'ttahub'\n[source.rules]\nsame-grant = true\ndeleted = false",
            "line 5: source.rules.deleted = 'deleted': there is no such rule; there are same-grant, deleted-goals,",
        ),
        (
            "[source]\nkind = 'ttahub'\n[source.rules]\nsame-grant = 'sometimes'",
            "line 4: source.rules.same-grant = 'sometimes': must be a valid boolean",
        ),
        ("[source]\nkind = 'ttahub'\n[records]\nid = 'id'", "needs no [records]"),
        (
            FILES + "[sauce]",
            "line 5: sauce is no key that is known here; there are description, source, records, match,",
        ),
        (FILES + "[match]\nduplicate = 1.5", "line 6: match.duplicate = 1.5: must be less than or equal to 1."),
        (FILES + "[match]\nduplicate = 0.5\npossible = 0.6", "line 5: match: possible = 0.6 is above duplicate = 0.5."),
        (
            FILES + "[match]\nkeeper = ['oldest', 'newest']",
            "line 6: match.keeper[1] = 'newest': must be 'curated', 'oldest' or 'longest'.",
        ),
        (
            FILES + RULE + "[[match.separate]]\nname='b'\ncolumn='b'\n\nwhen='never'",
            "line 13: match.separate[1].when = 'never': must be 'both', 'different' or 'shared'.",
        ),
        (FILES + "[[match.separate]]\nname='a'\nwhen='both'", "line 5: match.separate[0].column is missing."),
        (
            FILES + RULE + "colour='red'",
            "line 9: match.separate[0].colour is no key that is known here; there are name, column, when.",
        ),
        (
            FILES + RULE + RULE,
            "match: the names of its rules 'separate' must differ; they are a, a.",
        ),
        (FILES + "[publish]\nreport = 'perhaps'", "line 6: publish.report = 'perhaps': must be a valid boolean"),
        (FILES + "[publish]\n\ns3 = { prefix = '/a/' }", "line 7: publish.s3.prefix = '/a/': "),
        (
            FILES + "publish.s3.services = 'x'",
            "line 5: source.publish is no key that is known here; there are kind, files, where.",
        ),
        (
            FILES + "[publish.gates]\nlargest_group = 1",
            "line 6: publish.gates.largest_group = 1: must be greater than or",
        ),
        (
            FILES + "[publish.gates]\nsize = 1",
            "grouped_share_change, records_lost, largest_group, duplicates_missed, histogram_drift.",
        ),
        (FILES + "[schedule]\ncron = '* * *'", "line 6: schedule.cron = '* * *': a cron expression has five fields"),
        (
            FILES + "[schedule]\ncron = '61 * * * *'",
            "line 6: schedule.cron = '61 * * * *': '61' is no minute: allowed are 0 to 59",
        ),
        (
            FILES + "[schedule]\ncron = '0 0 * * *'\ntimezone = 'Mars'",
            "line 7: schedule.timezone = 'Mars': there is no such",
        ),
        (FILES + "[limits]\nmemory = 'much'", "line 6: limits.memory = 'much': must be a valid integer"),
        (FILES + "[limits]\ndeadline = -1", "line 6: limits.deadline = -1: must be greater than 0."),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_what_is_allowed(complaint, text, said):
    assert said in complaint(text)


def test_all_that_is_wrong_is_said_at_once_in_the_order_of_the_lines(complaint):
    lines = complaint(FILES + "[match]\nduplicate = 2\n[limits]\ndeadline = 0\n[records]\nname = 'x'").split("\n")
    assert [line.partition(":")[0] for line in lines] == [f"mine.toml, line {number}" for number in (6, 8, 10)]


def test_a_file_that_is_no_toml_is_refused_with_the_line(complaint):
    assert "mine.toml: not TOML:" in complaint("[source]\nkind = files")
    assert "line 2" in complaint("[source]\nkind = files")


def test_a_password_in_a_profile_is_refused_and_not_repeated(complaint):
    said = complaint("[source]\nkind = 'ttahub'\nservice = 'postgres://reader:canary@db/hub'")
    assert "source.service" in said
    assert "name a bound service" in said
    assert "canary" not in said


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("SELECT id,", "SELECT  id,"),
        ('scope = ""', 'scope = "grant"'),
        ("duplicate = 0.9", "duplicate = 0.8"),
        ('"oldest", "curated"', '"curated", "oldest"'),
        ('when = "different"', 'when = "both"'),
        ('service = "ttahub"', 'service = "other"'),
    ],
)
def test_what_can_change_results_changes_the_digest(write, old, new):
    write("", "words/lexicon.toml")
    assert old in WHOLE
    assert load_profile(write(WHOLE)).digest != load_profile(write(WHOLE.replace(old, new))).digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("statement_timeout = 5.5", "statement_timeout = 6"),
        ("replica = false", ""),
        ('out = "results"', 'out = "elsewhere"'),
        ('timezone = "America/New_York"', ""),
        ("largest_group = 7", "largest_group = 8"),
        ("deadline = 60", "# no deadline"),
        ('description = "All', 'description = "Nearly all'),
        ('model = "model"', ""),
    ],
)
def test_what_cannot_change_results_leaves_the_digest(write, old, new):
    write("", "words/lexicon.toml")
    assert old in WHOLE
    assert load_profile(write(WHOLE)).digest == load_profile(write(WHOLE.replace(old, new))).digest


def test_the_digest_changes_with_the_content_of_the_lexicon(write):
    write("", "words/lexicon.toml")
    profile = load_profile(write(WHOLE))
    before = profile.digest
    write("# other words", "words/lexicon.toml")
    assert profile.digest != before


def test_the_digest_is_the_same_wherever_the_folder_lies(write):
    assert load_profile(write(FILES, "a/x.toml")).digest == load_profile(write(FILES, "b/c/x.toml")).digest


def test_a_rule_of_the_hub_changes_the_digest_but_naming_its_default_does_not(write):
    hub = '[source]\nkind = "ttahub"\n[source.rules]\n'
    plain, named, other = (
        load_profile(write(hub + line)).digest for line in ("", "same-grant = true", "deleted-goals = false")
    )
    assert plain == named
    assert plain != other


@pytest.mark.parametrize(
    "cron", ["* * * * *", "0 0 1 1 0", "59 23 31 12 7", "*/5 1-5/2 * feb sun-sat", "1,2,3-4 0 * * *"]
)
def test_cron_expressions_that_can_be_are_taken(write, cron):
    assert load_profile(write(FILES + f"[schedule]\ncron = '  {cron.replace(' ', '   ')} '")).schedule.cron == cron


@pytest.mark.parametrize(
    "cron",
    [
        *("", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "5-1 * * * *"),
        *("*/0 * * * *", "a * * * *", "* * * monday *", "1- * * * *", ", * * * *", "٣ * * * *", "1;2 * * * *"),
    ],
)
def test_cron_expressions_that_cannot_be_are_refused(complaint, cron):
    assert "schedule.cron" in complaint(FILES + f"[schedule]\ncron = '{cron}'")
