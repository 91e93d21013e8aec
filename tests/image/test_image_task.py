"""Tasks: the image does what a command says and nothing else, whoever it runs as and however services are bound."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ttahub.hub import EXPECTED, checksum

EXAMPLE = Path(__file__).parents[2] / "src/twicetold/data/demo/goals.csv"
DELIVERIES = ("VCAP_SERVICES", "VCAP_SERVICES_FILE_PATH", "SERVICE_BINDING_ROOT")
FIND = "twicetold find /data/goals.csv --out /tmp/found --quiet"


def checks(ended) -> dict[str, bool]:
    return {row["check"]: row["ok"] for row in json.loads(ended.out)}


def test_doctor_is_the_self_test(platform):
    """`/bin/sh -c "twicetold doctor"` in `/` as 65532: settings, limits, temporary space, files, model, comparison"""
    ended = platform("twicetold doctor --json")
    assert ended.status == 0, ended
    found = checks(ended)
    assert found.keys() >= {"settings", "limits", "temporary", "files", "model", "comparison"}
    assert all(found.values())
    assert "512 MiB" in ended.out


@pytest.mark.parametrize("form", DELIVERIES)
def test_a_nightly_run_finds_what_is_planted_however_services_are_bound(bound, form, postgres, s3):
    """the three ways in which the platform delivers bindings; PostgreSQL by TLS, verify-full; results in both"""
    with postgres.connect(bound.store.address.rpartition("/")[2]) as connection:
        before = checksum(connection)
        bound.deliver(form)
        assert checks(bound.platform("twicetold doctor --json")).keys() >= {"store", "bucket"}
        assert bound.platform("twicetold db upgrade").status == 0
        ended = bound.platform("twicetold run --profile ttahub")
        assert ended.status == 0, ended
        assert ended.summary["state"] == "published"
        assert sorted(bound.store.groups().values(), key=min) == EXPECTED
        assert {"groups.csv", "pairs.csv", "report.html", "groups.parquet"} <= bound.published(s3).keys()
        assert checksum(connection) == before


def test_the_entry_point_takes_the_words_after_the_image(platform):
    """`docker run IMAGE find …`: a read-only root, files mounted, results under /tmp"""
    platform.mounts["/data"] = platform.write("data/goals.csv", EXAMPLE.read_text(encoding="utf-8")).parent
    ended = platform.start(["find", "/data/goals.csv", "--out", "/tmp/found", "--json"]).end()
    assert ended.status == 0, ended
    assert json.loads(ended.out)


def test_a_shell_command_with_quotation_marks_keeps_words_together(platform):
    """arguments with blanks, as a person writes them in `cf run-task`"""
    platform.mounts["/data"] = platform.write("data/the goals.csv", EXAMPLE.read_text(encoding="utf-8")).parent
    ended = platform("""twicetold find '/data/the goals.csv' --out "/tmp/so found" --json""")
    assert ended.status == 0, ended
    assert json.loads(ended.out)


REFUSED = (
    "twicetold doctor; twicetold doctor",
    "twicetold doctor && twicetold doctor",
    "twicetold doctor | cat",
    "twicetold doctor & ",
    "twicetold doctor > /tmp/out",
    "twicetold doctor < /etc/passwd",
    "twicetold find $HOME",
    "twicetold find `id`",
    "twicetold find $(id)",
    "twicetold find *.csv",
    "twicetold find ~/goals.csv",
    "twicetold doctor\ntwicetold doctor",
    "twicetold doctor #",
    "twicetold \\doctor",
    "twicetold 'doctor",
    "TWICETOLD_STORE=x twicetold doctor",
    "exec twicetold doctor",
    "python3 -c print",
    "/usr/bin/python3.13 -m twicetold doctor",
    "/bin/sh",
    "twicetold",
    "twicetold score",
    "twicetold doctor2",
    "doctor",
    "",
)


@pytest.mark.parametrize("command", REFUSED)
def test_whatever_is_no_plain_command_is_refused_and_nothing_is_executed(platform, command):
    """the platform's launcher with a command that a shell would understand: 126, one line, nothing executed"""
    ended = platform(command)
    assert ended.status == 126
    assert ended.out == ""
    assert len(ended.err.splitlines()) == 1, ended.err
    assert "nothing was started" in ended.err


@pytest.mark.parametrize(
    "arguments", [[], ["-i"], ["-c"], ["-c", "twicetold doctor", "more"], ["-lc", "twicetold doctor"]]
)
def test_the_stand_in_is_no_shell_to_whoever_calls_it_otherwise(platform, arguments):
    """`cf ssh` and other ways to ask for a shell"""
    ended = platform.start(arguments, "--entrypoint=/bin/sh").end()
    assert (ended.status, ended.out) == (126, "")


@pytest.mark.parametrize("user", ["65532:65532", "1234567:0", "2000000000:2000000000"])
def test_any_user_can_run_it(platform, user):
    """the image's own user, and high ids that no account has"""
    ended = platform("twicetold doctor --json", user=user)
    assert ended.status == 0, ended
    assert all(checks(ended).values())


@pytest.mark.parametrize("how", [["--unsetenv=HOME"], ["--env=HOME=/nowhere"]])
def test_a_home_is_not_needed(platform, how):
    """HOME unset, and HOME that does not exist"""
    ended = platform("twicetold doctor --json", *how)
    assert ended.status == 0, ended
    assert all(checks(ended).values())


def test_nothing_is_written_outside_tmp_even_where_it_could_be(platform):
    """the platform's root, which is not read-only: what a whole run leaves there"""
    platform.mounts["/data"] = platform.write("data/goals.csv", EXAMPLE.read_text(encoding="utf-8")).parent
    listing = """
import os, runpy, sys
def files():
    return {os.path.join(folder, name) for top in ("/usr", "/home", "/etc", "/var", "/root", "/opt")
            for folder, _, names in os.walk(top) for name in names}
before = files()
sys.argv = ["twicetold", "find", "/data/goals.csv", "--out", "/tmp/found", "--quiet"]
try:
    runpy.run_module("twicetold", run_name="__main__")
except SystemExit as end:
    print(end.code, sorted(files() - before), len(before) > 1000)
"""
    ended = platform.python(listing, confined=False)
    assert ended.out.split() == ["0", "[]", "True"], ended


WRITABLE = """
import os
for folder, names, files in os.walk("/"):
    if folder == "/":
        names[:] = set(names) - {"proc", "sys", "dev"}
    for path in [folder, *(os.path.join(folder, name) for name in files)]:
        if not os.path.islink(path) and os.access(path, os.W_OK):
            print(path)
"""


def test_on_a_read_only_root_only_tmp_can_be_written(platform):
    """a read-only root with /tmp as the only place to write, as 65532"""
    assert platform.python(WRITABLE).out.split() == ["/tmp"]


def test_on_the_platforms_root_nothing_of_the_image_can_be_changed(platform):
    """the platform's root, which only ownership protects: besides /tmp, the user's home and Debian's shared folders"""
    shared = {"/tmp", "/var/tmp", "/var/lock", "/run/lock"}
    made_by_podman = {"/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/run/.containerenv"}
    found = set(platform.python(WRITABLE, confined=False).out.split())
    assert found - made_by_podman - {path for path in found if path.startswith("/home/")} <= shared


def test_results_can_be_found_without_the_network(platform):
    """no network at all: `find` and the model need none"""
    platform.mounts["/data"] = platform.write("data/goals.csv", EXAMPLE.read_text(encoding="utf-8")).parent
    ended = platform(FIND, network="none")
    assert (ended.status, ended.out, ended.err) == (0, "", "")


def test_every_module_of_the_program_can_be_imported_and_is_compiled(platform):
    """what was left out of the packages is missed by nobody; a start does not compile anything"""
    code = """
import importlib.util, os, pkgutil, sys, twicetold
for module in pkgutil.walk_packages(twicetold.__path__, "twicetold."):
    on_a_cluster = module.name in ("twicetold.engines.bundles", "twicetold.engines.frames")
    if not module.name.endswith("__main__") and module.name != "twicetold.store.migrations.env" and not on_a_cluster:
        importlib.import_module(module.name)
import dbos, sqlalchemy.dialects.postgresql.psycopg, sqlalchemy.dialects.sqlite, psycopg_binary, boto3, alembic.command
import duckdb, onnxruntime, tokenizers, rich.console, rich.table, rich.traceback
for module in list(sys.modules.values()):
    cached = getattr(module, "__cached__", None)
    if cached and not (os.path.exists(cached) and open(cached, "rb").read(4) == importlib.util.MAGIC_NUMBER):
        print(module.__name__)
"""
    ended = platform.python(code)
    assert (ended.status, ended.out) == (0, ""), ended


def test_groups_are_those_of_the_program_outside_the_image(platform, tmp_path):
    """the image against the tree that it was built from: the same file, the same bytes"""
    from program.running import Program

    platform.mounts["/data"] = platform.write("data/goals.csv", EXAMPLE.read_text(encoding="utf-8")).parent
    (platform.folder / "tmp").mkdir(mode=0o777)
    (platform.folder / "tmp").chmod(0o777)
    assert platform(FIND, temporary=platform.folder / "tmp").status == 0
    (tmp_path / "goals.csv").write_bytes(EXAMPLE.read_bytes())
    assert Program(tmp_path)("find", "goals.csv", "--out", "found", "--quiet").status == 0
    for name in ("groups.csv", "pairs.csv"):
        assert (platform.folder / "tmp/found" / name).read_bytes() == (tmp_path / "found" / name).read_bytes()
