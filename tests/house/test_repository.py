"""The repository: locks that fit pyproject.toml, and no trace of the machine it was made on."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
PYTHONS = ("3.11.7", "3.12.1", "3.13.0")
WANTED = {
    "run": PROJECT["project"]["dependencies"],
    "dev": PROJECT["project"]["dependencies"] + EXTRAS["dev"] + EXTRAS["frames"] + EXTRAS["train"],
    "build": PROJECT["build-system"]["requires"],
    "spark": PROJECT["project"]["dependencies"] + EXTRAS["spark"],
}
LOCKS = sorted({path.stem for path in (ROOT / "requirements").glob("*.txt")} - {"limits"})
REGISTRIES = ("pypi" + ".org", "python" + "hosted", "npm" + "js", "deb." + "debian", "test." + "pypi")
ABSOLUTE = re.compile(r"(?<![\w.$}>-])/(?:work|root|home)/\w")


def locked(name: str) -> list[Requirement]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    return [Requirement(line.rstrip(" \\")) for line in text.splitlines() if line[:1].isalnum()]


def pins(name: str, python: str) -> dict[str, Version]:
    """What the lock installs on Linux with one Python."""
    here = default_environment() | {
        "python_full_version": python,
        "python_version": python.rpartition(".")[0],
        "sys_platform": "linux",
    }
    chosen = [pin for pin in locked(name) if pin.marker is None or pin.marker.evaluate(here)]
    names = [canonicalize_name(pin.name) for pin in chosen]
    assert len(names) == len(set(names)), "two versions of one package"
    return {name: Version(str(pin.specifier).removeprefix("==")) for name, pin in zip(names, chosen, strict=True)}


def tracked() -> list[Path]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for name in answer.stdout.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("lock", WANTED)
def test_the_locks_satisfy_pyproject(lock, python):
    have = pins(lock, python)
    wanted = [Requirement(line) for line in WANTED[lock] if not line.startswith("twicetold")]
    assert [str(want) for want in wanted if have.get(canonicalize_name(want.name)) not in want.specifier] == []


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("group", PROJECT["dependency-groups"])
def test_the_tools_that_are_asked_for_are_locked(group, python):
    have = pins(group, python)
    wanted = [Requirement(line) for line in PROJECT["dependency-groups"][group]]
    assert [str(want) for want in wanted if have.get(canonicalize_name(want.name)) not in want.specifier] == []


@pytest.mark.parametrize("python", PYTHONS)
def test_the_locks_agree_with_each_other(python):
    run, dev, build, spark = (pins(name, python) for name in WANTED)
    assert run.items() <= dev.items()
    assert run.items() <= spark.items()
    assert all(dev.get(name, version) == version for name, version in build.items())


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes_and_no_address(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\w)", text.strip())
    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text
    assert "--index" not in text


def test_the_locks_keep_out_what_only_a_few_need():
    assert not {"torch", "transformers"} & {pin.name for name in WANTED for pin in locked(name)}
    assert not {"pyspark", "py4j"} & {pin.name for name in WANTED.keys() - {"spark"} for pin in locked(name)}


def test_the_locked_onnxruntime_is_one_without_telemetry():
    assert pins("run", "3.13.0")["onnxruntime"] < Version("1.29")


def index_hosts() -> set[str]:
    """Hosts of the package indexes this machine is set up with, if any."""
    command = [sys.executable, "-m", "pip", "config", "list"]  # a bare machine has no pip of its own on the path
    settings = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return {host for url in re.findall(r"https?://[^\s']+", settings) if (host := urlsplit(url).hostname)}


def test_no_file_names_a_registry_or_a_place_on_this_machine():
    hosts = (*REGISTRIES, *index_hosts())
    guilty = []
    for path in tracked():
        text = path.read_bytes().decode("utf-8", "replace")
        if any(host in text for host in hosts) or ABSOLUTE.search(text):
            guilty.append(path.relative_to(ROOT).as_posix())
    assert guilty == []


def test_the_changelog_names_what_is_being_released():
    from twicetold import __version__

    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in text or f"## [{__version__}]" in text


def test_the_licence_is_whole_and_what_is_vendored_is_named():
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "TERMS AND CONDITIONS FOR USE" in licence
    assert "END OF TERMS AND CONDITIONS" in licence
    assert "all-MiniLM-L6-v2" in (ROOT / "NOTICE").read_text(encoding="utf-8")


def test_every_target_of_the_makefile_is_explained():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE).group(1).split()
    assert [name for name in phony if not re.search(rf"^{name}:.*## \w", text, re.MULTILINE)] == []
