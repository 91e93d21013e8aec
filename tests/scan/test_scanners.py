"""Each scanner finds what was planted for it, passes what is clean, and says 'not run' where it could not look."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
from scanning import advisories as feed
from scanning import packages, sources
from scanning.image import NoImage, installed
from scanning.results import State
from scanning.tools import Tools

NOBODY = "nobody-has-these-tools"
PINS = {"good": "1.0", "other-name": "2.0"}
MIT = "License-Expression: MIT"


def ids(result):
    return [each.id for each in result.findings]


@pytest.fixture
def tree(tmp_path):
    """A folder that git knows, with files."""

    def tree(**files):
        subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/").replace("_py", ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return tree


def test_hadolint_finds_a_careless_dockerfile(tools, tree):
    root = tree(Dockerfile="FROM debian\nRUN apt-get install curl\n")
    result = sources.dockerfile(tools, root, ["Dockerfile"])
    assert result.state is State.FAILED
    assert "dockerfile:DL3006:Dockerfile" in ids(result)


def test_bandit_finds_a_shell_that_executes_what_it_is_told(tools, tree):
    root = tree(src__bad_py="import subprocess\ndef f(x):\n    subprocess.call(x, shell=True)\n")
    assert ids(sources.code(tools, root, ["src"])) == ["code:B602:src/bad.py"]


def test_bandit_that_has_read_nothing_has_not_run(tools, tree):
    assert sources.code(tools, tree(README="x"), ["src"]).state is State.NOT_RUN


SECRETS = {
    "AWS Access Key": "key = '" + "AKIA" + "Q3EGRIZLEW5T7K2P" + "'",
    "Private Key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "GitHub Token": "ghp_" + "a1B2c3D4e5F6g7H8i9J0" * 2,
    "Basic Auth Credentials": "postgres://u:" + "hunter2x@db.agency.gov/x",
}


@pytest.mark.parametrize("kind", SECRETS)
def test_detect_secrets_finds_a_planted_secret_and_does_not_repeat_it(tools, tree, kind):
    result = sources.secrets(tools, tree(notes=f"# nothing\n{SECRETS[kind]}\n"))
    assert result.state is State.FAILED
    assert result.findings[0].id.startswith(f"secrets:{kind}:notes:")
    assert SECRETS[kind] not in str(result)


def test_an_address_of_nobody_is_no_secret(tools, tree):
    text = "postgres://u:" + "pass@db.example:5432/x\ns3://K:" + "S@127.0.0.1:8333/b\n"
    assert sources.secrets(tools, tree(notes=text)).state is State.PASSED


def test_a_secret_beside_an_address_of_nobody_is_one(tools, tree):
    text = "postgres://u:" + "pass@db.example/x postgres://u:" + "hunter2x@db.agency.gov/x\n"
    assert sources.secrets(tools, tree(notes=text)).state is State.FAILED


def test_a_folder_that_git_does_not_know_is_not_scanned(tools, tmp_path):
    assert sources.secrets(tools, tmp_path).state is State.NOT_RUN


def test_a_scanner_that_is_not_there_has_not_run(tree, tmp_path):
    nothing = Tools(tmp_path / NOBODY)
    root = tree(Dockerfile="FROM debian\n")
    assert sources.dockerfile(nothing, root, ["Dockerfile"]).state is State.NOT_RUN
    assert sources.secrets(nothing, root).state is State.NOT_RUN
    assert packages.sbom_of_lock(nothing, root, PINS, tmp_path).state is State.NOT_RUN
    assert feed.vulnerabilities(nothing, root, PINS).state is State.NOT_RUN


def test_the_sbom_of_the_lock_lists_what_is_locked(tools, tree, tmp_path):
    root = tree(**{"pyproject.toml": '[project]\nname = "x"\nversion = "1"\n'})
    result = packages.sbom_of_lock(tools, root, PINS, tmp_path)
    assert result.state is State.PASSED, result
    assert packages.components(tmp_path / "lock.cdx.json")["pypi"] == PINS


SYSTEM = {"etc/os-release": 'ID=debian\nVERSION_ID="13"\n'}


def looked_at(tools, archive, tmp_path, *layers):
    path = archive(*layers)
    first = packages.sbom_of_image(tools, tmp_path, path, tmp_path)
    assert first.state is State.PASSED, first
    return packages.equality(PINS, installed(path), tmp_path)


def test_lock_image_and_sbom_agree(tools, archive, package, tmp_path):
    own = package("twicetold", "0.1.0")
    result = looked_at(tools, archive, tmp_path, SYSTEM, package("good", "1.0"), package("Other_Name", "2.0"), own)
    assert result.state is State.PASSED, result
    assert result.note.startswith("2 of Python, 0 of Debian")


@pytest.mark.parametrize(
    ("there", "wrong"),
    [
        ([("good", "1.0")], ["image-packages:other-name"]),
        ([("good", "1.1"), ("other-name", "2.0")], ["image-packages:good"]),
        ([("good", "1.0"), ("other-name", "2.0"), ("sneaked-in", "6")], ["image-packages:sneaked-in"]),
    ],
    ids=["missing", "another version", "more"],
)
def test_what_is_installed_and_not_locked_is_found(tools, archive, package, tmp_path, there, wrong):
    layers = [package(*each) for each in (*there, ("twicetold", "0.1.0"))]
    assert ids(looked_at(tools, archive, tmp_path, SYSTEM, *layers)) == wrong


def test_a_package_of_debian_that_the_sbom_has_not_is_found(archive, package, tmp_path):
    libc = "Package: libc6\nStatus: install ok installed\nVersion: 2.41-12\n"
    files = {"var/lib/dpkg/status.d/libc6": libc, "var/lib/dpkg/status.d/libc6.md5sums": "00  usr/lib/libc.so.6\n"}
    path = archive(files, package("twicetold", "0.1.0"))
    purls = ("pkg:pypi/twicetold@0.1.0", "pkg:deb/debian/tzdata@2026a?arch=all", "pkg:deb/gcc-14@14.2.0")
    listed = [{"name": "x", "purl": purl, "version": re.split("[@?]", purl)[1]} for purl in purls]
    (tmp_path / "image.cdx.json").write_text(json.dumps({"components": listed}))
    result = packages.equality({}, installed(path), tmp_path)
    assert ids(result) == ["image-packages:libc6", "image-packages:tzdata"]


def test_an_image_without_the_program_is_found(tools, archive, package, tmp_path):
    result = looked_at(tools, archive, tmp_path, package("good", "1.0"), package("other-name", "2.0"))
    assert ids(result) == ["image-packages:twicetold"]


def test_equality_without_an_sbom_has_not_run(archive, package, tmp_path):
    path = archive(package("good", "1.0"))
    assert packages.equality(PINS, installed(path), tmp_path).state is State.NOT_RUN


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_a_file_that_is_no_image_is_an_error(tmp_path, content):
    path = tmp_path / "image.tar"
    path.write_bytes(content)
    with pytest.raises(NoImage, match=r"image\.tar is no OCI archive"):
        installed(path)


LICENCES = {
    MIT: None,
    "License-Expression: MIT OR GPL-3.0-only": None,
    "License-Expression: (MIT OR GPL-3.0-only) AND Zlib": None,
    "License: MIT": None,
    "Classifier: License :: OSI Approved :: Apache Software License": None,
    "License-Expression: GPL-3.0-only": "GPL-3.0-only",
    "License-Expression: MIT AND GPL-3.0-only": "MIT AND GPL-3.0-only",
    "License-Expression: (MIT": "(MIT",
    "License-Expression: MIT MIT": "MIT MIT",
    "Classifier: License :: Other/Proprietary License": "Other/Proprietary License",
    "License: Dual License": "Dual License",
    "Summary: nothing about a licence": "none",
}


@pytest.mark.parametrize(("line", "told"), LICENCES.items())
def test_a_package_needs_a_licence_of_the_list(archive, package, line, told):
    there = installed(archive(package("good", "1.0", line)))
    result = packages.licences(there.python, {"good": "1.0"}, "")
    assert ids(result) == ([f"licences:{told}:good"] if told else [])


def test_a_package_without_metadata_has_no_known_licence(archive, package):
    there = installed(archive(package("good", "1.0", MIT)))
    assert ids(packages.licences(there.python, PINS, "")) == ["licences:unknown:other-name"]


def test_licences_of_nothing_have_not_run():
    assert packages.licences({}, PINS, "").state is State.NOT_RUN


def test_a_finding_about_a_licence_names_its_check(archive, package):
    there = installed(archive(package("good", "1.0", "License: GPL-3.0-only")))
    result = packages.licences(there.python, {"good": "1.0", "lost": "1.0"}, "", check="licences-spark")
    assert result.check == "licences-spark"
    assert ids(result) == ["licences-spark:GPL-3.0-only:good", "licences-spark:unknown:lost"]


def test_the_lock_is_read_as_for_the_image():
    lock = 'a==1 \\\n    --hash=sha256:00\nb==2 ; sys_platform == "win32" \\\n    --hash=sha256:00\nC_d==3\n'
    assert packages.wanted(lock, ()) == {"a": "1", "c-d": "3"}
    assert packages.wanted(lock, ("a",)) == {"c-d": "3"}


def test_a_known_vulnerability_is_found(tools, advisories, tmp_path):
    advisories.known["other-name", "2.0"] = "GHSA-aaaa-bbbb-cccc"
    result = feed.vulnerabilities(tools, tmp_path, PINS, source=advisories.address)
    assert ids(result) == ["vulnerabilities:GHSA-aaaa-bbbb-cccc:other-name"]
    assert "mended in 99" in result.findings[0].message


def test_packages_without_a_known_vulnerability_pass(tools, advisories, tmp_path):
    assert feed.vulnerabilities(tools, tmp_path, PINS, source=advisories.address).state is State.PASSED


def test_a_source_that_knows_nothing_is_no_source(tools, advisories, tmp_path):
    advisories.known.clear()
    result = feed.vulnerabilities(tools, tmp_path, PINS, source=advisories.address)
    assert result.state is State.NOT_RUN
    assert "does not know those of jinja2 2.10" in result.note


def test_a_source_that_cannot_be_reached_has_not_been_asked(tools, tmp_path):
    result = feed.vulnerabilities(tools, tmp_path, PINS, source="http://127.0.0.1:9/v1/query")
    assert result.state is State.NOT_RUN
    assert "cannot be had" in result.note


def test_snyk_without_a_token_has_not_run(tools, tmp_path, monkeypatch):
    monkeypatch.delenv("SNYK_TOKEN", raising=False)
    results = list(feed.snyk(tools, tmp_path, None))
    assert [(each.check, each.state) for each in results] == [
        ("snyk-image", State.NOT_RUN),
        ("snyk-code", State.NOT_RUN),
    ]


ANSWERS = {
    "clean": ("0", '{"vulnerabilities": []}', State.PASSED),
    "vulnerable": (
        "1",
        '{"vulnerabilities": [{"id": "SNYK-1", "packageName": "x", "severity": "high", "title": "t"}]}',
        State.FAILED,
    ),
    "out of reach": ("2", "", State.NOT_RUN),
    "findings that it does not name": ("1", "{}", State.NOT_RUN),
    "no JSON": ("0", "fine", State.NOT_RUN),
}


@pytest.mark.parametrize(("status", "said", "state"), ANSWERS.values(), ids=ANSWERS)
def test_what_snyk_says_is_read(tmp_path, monkeypatch, status, said, state):
    program = tmp_path / "snyk"
    program.write_text(f"#!/bin/sh\nprintf %s '{said}'\nexit {status}\n")
    program.chmod(0o755)
    monkeypatch.setenv("SNYK_TOKEN", "x")
    image, _ = feed.snyk(Tools(tmp_path), tmp_path, tmp_path / "image.tar")
    assert image.state is state
