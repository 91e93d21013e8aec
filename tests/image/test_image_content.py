"""What is in the image: looked at from outside, file by file."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import os
import re
import stat
from pathlib import Path

import pytest

from containers.tasks import podman

ROOT = Path(__file__).parents[2]
SITE = "usr/local/lib/python3.13/dist-packages"
LIMIT = 350_000_000
OPT_OUTS = {
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "PYTHONUNBUFFERED": "1",
}


@pytest.fixture(scope="module")
def config(image) -> dict:
    return json.loads(podman("image", "inspect", image))[0]


@pytest.fixture(scope="module")
def files(root) -> dict[str, os.stat_result]:
    """Every file that is no folder, by its path in the image."""
    found = {}
    for folder, _, names in os.walk(root):
        found |= {f"{folder.removeprefix(str(root))}/{name}": os.lstat(f"{folder}/{name}") for name in names}
    assert len(found) > 1000
    return found


def test_only_python_and_the_stand_in_can_be_started(files):
    """every file that is marked executable: Python and /usr/bin/sh, and what the loader needs"""
    marked = {
        path
        for path, state in files.items()
        if stat.S_ISREG(state.st_mode) and state.st_mode & 0o111 and not re.search(r"\.so(\.|$)", path)
    }
    assert {"/usr/bin/python3.13", "/usr/bin/sh"} <= marked
    beside = {
        path for path in marked if path.startswith(("/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/bin/", "/sbin/"))
    }
    assert beside == {"/usr/bin/python3.13", "/usr/bin/sh"}


SHELLS = re.compile(r"/(ba|da|a|k|z|c|tc|fi|sa|r|mk)?sh$|/busybox[^/]*$|/toybox$")
MANAGERS = re.compile(
    r"/(pip|setuptools|ensurepip/_bundled)([-/.]|$)|/(apt|apt-get|dpkg|uv|conda|gcc|cc|ld|as|make|perl|curl|wget)$"
)


def test_there_is_no_shell_no_installer_and_no_compiler(files):
    """names that shells, installers, compilers and download tools have"""
    assert [path for path in files if SHELLS.search(path)] == ["/usr/bin/sh"]
    assert [path for path in files if MANAGERS.search(path) and "/share/doc/" not in path] == []


def test_no_file_changes_who_runs_it_and_nobody_else_may_change_one(files):
    """setuid, setgid, and files that others than their owner may write"""
    assert [path for path, state in files.items() if state.st_mode & 0o6000] == []
    shared = [path for path, state in files.items() if state.st_mode & 0o022 and not stat.S_ISLNK(state.st_mode)]
    assert shared == []
    assert [path for path, state in files.items() if state.st_uid and not path.startswith("/home/")] == []


def test_everybody_may_read_what_the_program_needs(files):
    """an id that is not root's reads packages, model and certificates"""
    closed = [path for path, state in files.items() if path.startswith("/usr/") and not state.st_mode & 0o004]
    assert closed == []


def test_root_has_a_home_and_a_shell_as_the_platform_wants(root):
    """the platform's rules for images: `/etc/passwd` with root, whose home and shell exist"""
    rows = [line.split(":") for line in (root / "etc/passwd").read_text().splitlines()]
    accounts = {row[0]: row for row in rows}
    assert (root / accounts["root"][5].lstrip("/")).is_dir()
    assert accounts["root"][6] == "/bin/sh"
    assert (root / "usr/bin/sh").stat().st_mode & 0o555 == 0o555
    assert any(row[2] == "65532" for row in rows)


def test_the_image_says_who_runs_it_and_what_it_is(config):
    """user, entry point, opt-outs of telemetry and OCI labels, as `docker inspect` shows them"""
    told = config["Config"]
    assert told["User"] == "65532:65532"
    assert told["Entrypoint"] == ["/usr/bin/python3.13", "-I", "-u", "-m", "twicetold"]
    assert not told.get("Cmd")
    variables = dict(line.split("=", 1) for line in told["Env"])
    assert OPT_OUTS.items() <= variables.items()
    labels = {name.removeprefix("org.opencontainers.image."): value for name, value in told["Labels"].items()}
    assert labels.keys() >= {"title", "description", "licenses", "version", "revision", "created", "base.name"}
    from twicetold import __version__

    assert labels["version"] == __version__


def test_it_is_smaller_than_350_megabytes(files):
    """the disk that a cell needs for it: the bytes of all files"""
    assert sum(state.st_size for state in files.values()) < LIMIT


def test_the_program_lies_above_the_packages_and_the_model_between(image):
    """a cell that has the last release fetches only what changed: the last layer is the program alone"""
    from imaging.layers import layers

    names = [layer.paths for layer in layers(image)]
    holding = lambda text: next(number for number, paths in enumerate(names) if any(text in path for path in paths))  # noqa: E731
    assert holding("/numpy/") < holding("/twicetold/data/model/") < holding("/twicetold/cli/")
    assert holding("/twicetold/cli/") == len(names) - 1
    assert all(path.startswith(f"{SITE}/twicetold") for path in names[-1])


def test_the_lists_of_files_are_true(root):
    """each package's RECORD: every file is there, with its hash"""
    records = list((root / SITE).glob("*.dist-info/RECORD"))
    assert len(records) > 20
    for record in records:
        for name, digest, _ in csv.reader(record.read_text().splitlines()):
            data = (root / SITE / name).read_bytes()
            kind, _, value = digest.partition("=")
            if kind:
                assert base64.urlsafe_b64encode(hashlib.new(kind, data).digest()).decode().rstrip("=") == value, name


def test_the_packages_are_those_of_the_lock(platform):
    """what is installed against the lock: the same names and versions, without those that no run needs"""
    import finish
    from packaging.markers import default_environment
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    code = "import importlib.metadata as m; print(*(f'{d.name}=={d.version}' for d in m.distributions()), sep='\\n')"
    installed = {
        canonicalize_name(line.partition("==")[0]): line.partition("==")[2]
        for line in platform.python(code).out.split()
    }
    here = default_environment() | {"python_full_version": "3.13.5", "python_version": "3.13", "sys_platform": "linux"}
    lines = (ROOT / "requirements/run.txt").read_text().splitlines()
    pins = [Requirement(line.rstrip(" \\")) for line in lines if line[:1].isalnum()]
    pins = [pin for pin in pins if pin.marker is None or pin.marker.evaluate(here)]
    locked = {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in pins}
    assert finish.WITHOUT.keys() <= locked.keys()
    del installed["twicetold"]
    assert installed == {name: version for name, version in locked.items() if name not in finish.WITHOUT}


def test_the_model_is_the_one_that_was_published(platform):
    """`twicetold model verify`: every file of the model has the digest of its manifest"""
    ended = platform("twicetold model verify")
    assert ended.status == 0, ended


def test_a_model_that_was_changed_is_noticed(platform):
    """a bit of the model's coefficients turned around"""
    folder = ROOT / "src/twicetold/data/model"
    changed = bytearray((folder / "coefficients.json").read_bytes())
    changed[len(changed) // 2] ^= 1
    (platform.folder / "coefficients.json").write_bytes(changed)
    platform.mounts[f"/{SITE}/twicetold/data/model/coefficients.json"] = platform.folder / "coefficients.json"
    assert platform("twicetold model verify").status == 3
    assert platform("twicetold doctor").status == 3


def test_the_certificates_of_the_databases_are_inside(root):
    """verify-full on the platform: Amazon's roots, which no base image has"""
    inside = root / SITE / "twicetold/data/certificates/rds-us-gov-west-1.pem"
    assert inside.read_bytes() == (ROOT / "src/twicetold/data/certificates/rds-us-gov-west-1.pem").read_bytes()


def test_nothing_of_the_machine_that_built_it_is_left(root, config):
    """settings of package managers, and the places from which they fetched"""
    assert not (root / "etc/apt").exists()
    assert not (root / "etc/pip.conf").exists()
    assert "PIP_" not in json.dumps(config["Config"]["Env"])
    assert list((root / SITE).glob("*.dist-info/direct_url.json")) == []
