"""What runs while the image is built, by itself: what is left out and said so, and how the bases are pinned."""

from __future__ import annotations

import base64
import hashlib
import os
import py_compile
import shutil
import subprocess
import sys
from pathlib import Path

import finish
import pytest
import tokenizers

DEPLOY = Path(__file__).parents[2] / "deploy"
SITE = "site"


@pytest.fixture
def packages(tmp_path):
    """A folder with a package of ten files, two of which nobody needs."""
    files = {
        "pack/__init__.py": "x = 1\n",
        "pack/types.pyi": "x: int\n",
        "pack/tests/test_it.py": "y = 2\n",
        "botocore/data/s3/service.json": "{}",
        "botocore/data/ec2/service.json": "{}",
        "botocore/data/endpoints.json": "{}",
    }
    for name, text in files.items():
        path = tmp_path / SITE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o600)
    record = tmp_path / SITE / "pack-1.dist-info/RECORD"
    record.parent.mkdir()
    rows = "".join(f"{name},,{len(text)}\n" for name, text in files.items())
    record.write_text(rows + "../bin/pack,,3\npack-1.dist-info/RECORD,,\n")
    return tmp_path


def test_what_is_left_out_is_gone_from_the_folder_and_from_the_list_of_files(packages, capsys):
    finish.packages(packages, SITE)
    listed = {row.partition(",")[0] for row in (packages / SITE / "pack-1.dist-info/RECORD").read_text().splitlines()}
    there = {path.relative_to(packages / SITE).as_posix() for path in (packages / SITE).rglob("*") if path.is_file()}
    assert listed == {name for name in there if not name.endswith(".pyc")}
    gone = {"pack/types.pyi", "pack/tests/test_it.py", "botocore/data/ec2/service.json"}
    assert not gone & there
    assert {"botocore/data/s3/service.json", "botocore/data/endpoints.json"} <= there
    assert not (packages / SITE / "pack/tests").exists()
    assert all(reason in capsys.readouterr().out for reason in ("for type checkers",))


def test_a_library_loses_its_symbols_still_loads_and_is_listed_as_it_is(packages):
    site, whole = packages / SITE, Path(tokenizers.__file__).parent / "tokenizers.abi3.so"
    shutil.copy(whole, site / "tokenizers.abi3.so")
    record = site / "pack-1.dist-info/RECORD"
    record.write_text(record.read_text() + "tokenizers.abi3.so,sha256=old,1\n")
    (site / "text.so").write_bytes(b"no library")
    finish.packages(packages, SITE)
    content = (site / "tokenizers.abi3.so").read_bytes()
    assert len(content) < whole.stat().st_size
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    assert f"tokenizers.abi3.so,sha256={digest},{len(content)}" in record.read_text().splitlines()
    code = "import ctypes, os, sys; ctypes.CDLL(sys.argv[1], os.RTLD_NOW)"
    subprocess.run([sys.executable, "-c", code, site / "tokenizers.abi3.so"], check=True)
    assert (site / "text.so").read_bytes() == b"no library"


def test_everybody_may_read_what_is_compiled_for_its_final_place(packages):
    finish.packages(packages, SITE)
    (compiled,) = (packages / SITE / "pack/__pycache__").glob("*.pyc")
    data = compiled.read_bytes()
    assert data[4] == 0b01, "the result depends on the time or the content of its source"
    assert b"/site/pack/__init__.py" in data
    assert str(packages).encode() not in data
    assert compiled.stat().st_mode & 0o777 == 0o644
    assert (packages / SITE / "pack").stat().st_mode & 0o777 == 0o755
    assert py_compile.PycInvalidationMode.UNCHECKED_HASH


def test_the_lock_is_passed_on_without_what_no_run_needs(capsys):
    finish.requirements(DEPLOY.parent / "requirements/run.txt")
    shown = capsys.readouterr().out
    names = {line.partition("==")[0] for line in shown.splitlines() if line[:1].isalnum()}
    assert {"numpy", "onnxruntime", "psycopg-binary"} <= names
    assert not names & finish.WITHOUT.keys()
    assert shown.count("--hash=sha256:") > len(names)


def test_a_package_that_is_locked_no_more_has_to_be_taken_off_the_list(tmp_path):
    lock = tmp_path / "run.txt"
    lock.write_text("numpy==2.0.0 \\\n    --hash=sha256:00\n")
    with pytest.raises(SystemExit, match="hf-xet"):
        finish.requirements(lock)


def test_root_gets_the_shell_that_is_there_and_the_others_keep_theirs(tmp_path):
    accounts = tmp_path / "passwd"
    accounts.write_text("nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\nroot:x:0:0:root:/root:/sbin/nologin\n")
    finish.accounts(accounts)
    assert accounts.read_text().splitlines() == [
        "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin",
        "root:x:0:0:root:/root:/bin/sh",
    ]


@pytest.fixture
def pin(tmp_path):
    """Pins the bases of a copy, by tools that answer as they are told; the registries are not asked."""
    shutil.copytree(DEPLOY / "imaging", tmp_path / "imaging")
    for name in ("pin", "bases.env"):
        shutil.copy(DEPLOY / name, tmp_path)

    def pin(**tools):
        for name, script in tools.items():
            path = tmp_path / "bin" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"#!/bin/sh\n{script}\n")
            path.chmod(0o755)
        environment = os.environ | {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"}
        command = [sys.executable, tmp_path / "pin"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done, (tmp_path / "bases.env").read_text()

    return pin


SKOPEO = f"echo sha256:{'0123456789abcdef' * 4}"


def test_bases_are_pinned_to_what_the_registry_says_and_whoever_publishes_has_signed(pin):
    done, text = pin(skopeo=SKOPEO, cosign='case "$*" in *python3-debian13@sha256:0123*) exit 0;; esac; exit 1')
    assert done.returncode == 0, done
    assert text.count("_DIGEST=sha256:0123456789abcdef") == 2


@pytest.mark.parametrize(
    ("skopeo", "cosign"), [(SKOPEO, "exit 1"), ("exit 1", "exit 0")], ids=["not signed", "not to be looked up"]
)
def test_nothing_is_pinned_that_is_not_signed_or_cannot_be_looked_up(pin, skopeo, cosign):
    done, text = pin(skopeo=skopeo, cosign=cosign)
    assert done.returncode == 1
    assert "Nothing was pinned" in done.stderr
    assert text == (DEPLOY / "bases.env").read_text()


def test_a_release_is_not_built_while_a_base_is_not_pinned(tmp_path):
    shutil.copytree(DEPLOY / "imaging", tmp_path / "deploy/imaging")
    shutil.copy(DEPLOY / "build", tmp_path / "deploy")
    env = (DEPLOY / "bases.env").read_text()
    (tmp_path / "deploy/bases.env").write_text("\n".join(line.partition("sha256:")[0] for line in env.splitlines()))
    (tmp_path / "bin").mkdir()
    tool = tmp_path / "bin/buildah"
    tool.write_text("#!/bin/sh\ntouch called\n")
    tool.chmod(0o755)
    command = [sys.executable, tmp_path / "deploy/build", "--release"]
    environment = {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "BUILD_DIGEST is missing" in done.stderr
    assert not (tmp_path / "called").exists()
