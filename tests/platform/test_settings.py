"""Settings: options over environment over file, and an error that says what is wrong and where it came from."""

from __future__ import annotations

from pathlib import Path

import pytest

import twicetold
from twicetold.errors import SettingInvalid
from twicetold.platform.secret import Secret
from twicetold.platform.settings import Settings, load, origin

GIB = 1 << 30


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def toml(folder):
    return lambda text: (folder / "twicetold.toml").write_bytes(text.encode() if isinstance(text, str) else text)


def refusal(options=None):
    with pytest.raises(SettingInvalid) as found:
        load(options)
    assert found.value.exit_status == 2
    assert "config show" in str(found.value)
    return found.value.message


def test_without_anything_set_the_defaults_hold():
    chosen = load()
    assert chosen.keeper == ("curated", "oldest", "longest")
    others = chosen.model_dump(exclude={"keeper"})
    assert set(others.values()) == {None}


def test_every_setting_is_described():
    assert all(field.description for field in Settings.model_fields.values())


def test_options_win_over_the_environment_and_that_over_the_file(toml, monkeypatch):
    toml("threads = 2\n")
    assert (load().threads, origin("threads", {})) == (2, "twicetold.toml")
    monkeypatch.setenv("TWICETOLD_THREADS", "3")
    assert (load().threads, origin("threads", {})) == (3, "TWICETOLD_THREADS")
    options = {"threads": 4}
    assert (load(options).threads, origin("threads", options)) == (4, "--threads")


def test_an_option_that_was_not_given_leaves_the_others_in_force(toml):
    toml("threads = 2\n")
    options = {"threads": None, "memory": "1G"}
    assert (load(options).threads, load(options).memory) == (2, GIB)
    assert [origin(name, options) for name in ("threads", "memory", "keeper")] == [
        "twicetold.toml",
        "--memory",
        "default",
    ]


def test_the_file_may_set_everything(toml):
    toml('model = "m"\nlexicon = "l.csv"\nduplicate = 0.7\npossible = 0.2\nkeeper = ["longest"]\n')
    with Path("twicetold.toml").open("a", encoding="utf-8") as file:
        file.write('memory = "2G"\nthreads = 1\nwork_dir = "/big"\n')
        file.write('store = "sqlite:///s.db"\ndatabase = "hub"\nbucket = "files"\nca = "ca.pem"\n')
        file.write('cf_api = "https://a"\ncf_username = "u"\ncf_password = "p"\ncf_org = "o"\ncf_space = "s"\n')
    expected = {"model": Path("m"), "lexicon": Path("l.csv"), "duplicate": 0.7, "possible": 0.2}
    expected |= {"keeper": ("longest",), "memory": 2 * GIB, "threads": 1, "work_dir": Path("/big")}
    expected |= {"store": Secret("sqlite:///s.db"), "database": "hub", "bucket": "files", "ca": Path("ca.pem")}
    expected |= {"cf_api": "https://a", "cf_username": Secret("u"), "cf_password": Secret("p")}
    expected |= {"cf_org": "o", "cf_space": "s"}
    assert load().model_dump() == expected


@pytest.mark.parametrize("name", ["TWICETOLD_THREADS", "twicetold_threads"])
def test_the_environment_may_be_in_either_case(monkeypatch, name):
    monkeypatch.setenv(name, "3")
    assert load().threads == 3
    assert origin("threads", {}) == "TWICETOLD_THREADS"


def test_settings_of_cloud_foundry_are_also_read_from_the_variables_of_its_own_program(monkeypatch):
    monkeypatch.setenv("CF_ORG", "plain")
    assert (load().cf_org, origin("cf_org", {})) == ("plain", "CF_ORG")
    monkeypatch.setenv("TWICETOLD_CF_ORG", "own")
    assert (load().cf_org, origin("cf_org", {})) == ("own", "TWICETOLD_CF_ORG")
    monkeypatch.setenv("THREADS", "many")
    assert load().threads is None


@pytest.mark.parametrize("name", ["store", "cf_username", "cf_password"])
def test_a_secret_that_is_wrong_is_not_shown(toml, name):
    toml(f"{name} = 4711\n")
    assert refusal().startswith(f"{name} = ***: ")
    assert "4711" not in refusal()


@pytest.mark.parametrize("name", Settings.model_fields)
def test_an_empty_variable_sets_nothing(monkeypatch, name):
    monkeypatch.setenv(f"TWICETOLD_{name.upper()}", "")
    assert load() == load({})
    assert origin(name, {}) == "default"


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("512M", 512 << 20),
        ("512m", 512 << 20),
        ("512 MiB", 512 << 20),
        ("512MB", 512 << 20),
        ("1.5GiB", GIB * 3 // 2),
        (" 2T ", 2 << 40),
        ("64k", 64 << 10),
        ("100", 100),
        ("100B", 100),
        (100, 100),
        ("9007199254740993", 9007199254740993),
    ],
)
def test_a_size_has_a_unit_or_is_in_bytes(text, size):
    assert load({"memory": text}).memory == size


@pytest.mark.parametrize("text", ["x", "-5", "0", "0.5", "1.5.5G", "5 X", "G", "1e3", "NaN", "５１２Ｍ", []])
def test_a_size_that_is_none_is_refused_with_its_name_and_place(text):
    message = refusal({"memory": text})
    assert message.startswith("memory = ")
    assert message.endswith("(from --memory)")


def test_a_size_of_very_many_digits_is_no_crash():
    assert load({"memory": "9" * 400}).memory > 1 << 1000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("threads", "0"),
        ("threads", "many"),
        ("threads", "1.5"),
        ("duplicate", "1.1"),
        ("duplicate", "nan"),
        ("possible", "-0.1"),
        ("possible", "high"),
    ],
)
def test_a_wrong_value_is_named_with_its_setting_and_origin(toml, monkeypatch, name, value):
    assert refusal({name: value}).startswith(f"{name} = {value!r}: ")
    assert refusal({name: value}).endswith(f"(from --{name})")
    monkeypatch.setenv(f"TWICETOLD_{name.upper()}", value)
    assert refusal().startswith(f"{name} = {value!r}: ")
    assert refusal().endswith(f"(from TWICETOLD_{name.upper()})")
    monkeypatch.delenv(f"TWICETOLD_{name.upper()}")
    toml(f"{name} = {value!r}\n")
    assert refusal().startswith(f"{name} = {value!r}: ")
    assert refusal().endswith("(from twicetold.toml)")


@pytest.mark.parametrize("text", ["oldest, longest", "oldest,longest,", ["oldest", "longest"], ("oldest", "longest")])
def test_the_keeper_s_criteria_are_a_list_or_separated_by_commas(text):
    assert load({"keeper": text}).keeper == ("oldest", "longest")


def test_a_keeper_that_is_no_list_is_refused(toml):
    toml("keeper = 3\n")
    assert refusal().startswith("keeper = 3: ")


def test_an_unknown_criterion_is_refused_where_it_is_used():
    with pytest.raises(SettingInvalid, match="'youngest' is none of curated, oldest, longest"):
        twicetold.find([twicetold.Record("1", "Train staff")], settings={"keeper": "youngest"})


def test_an_unknown_setting_in_the_file_is_refused_with_those_there_are(toml):
    toml("treads = 2\n")
    message = refusal()
    assert message.startswith("twicetold.toml: there is no setting 'treads'")
    assert all(name in message for name in Settings.model_fields)


def test_an_unknown_option_is_not_blamed_on_the_file():
    assert refusal({"treads": 2}).startswith("settings: there is no setting 'treads'")


@pytest.mark.parametrize("text", ["threads = ", "[", b"\xff\xfe", b"\x00", "threads = 1\nthreads = 2\n"])
def test_a_broken_file_is_named(toml, text):
    toml(text)
    assert refusal().startswith("twicetold.toml: ")


def test_an_empty_file_sets_nothing(toml):
    toml("")
    assert load().threads is None


def test_a_folder_with_the_file_s_name_is_not_read(folder):
    (folder / "twicetold.toml").mkdir()
    assert load().threads is None


def test_no_env_file_is_read(folder):
    (folder / ".env").write_text("TWICETOLD_THREADS=7\n", encoding="utf-8")
    assert load().threads is None


def test_settings_reach_the_search(toml):
    toml("duplicate = 0.999999\npossible = 0.9999\n")
    found = twicetold.find([twicetold.Record("1", "Train staff"), twicetold.Record("2", "Hire a cook")])
    assert (found.thresholds.duplicate, found.thresholds.possible) == (0.999999, 0.9999)
