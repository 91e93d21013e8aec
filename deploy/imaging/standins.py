"""Images that stand in for the real bases where no registry can be reached, made of packages of Debian 13.

They have the layout of the real ones: CPython in /usr/local for building; for running, Debian's own in /usr and neither
shell nor package manager. They are for tests: nothing that is built on them may be deployed.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: Another recipe makes other images.
_RECIPE = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
BUILD, RUN = (f"localhost/twicetold-standin/{name}:{_RECIPE}" for name in ("build", "run"))
_SUITE = "trixie"
_PYTHON = "python3.13"
_TO_BUILD = f"base-files dash coreutils findutils sed tar libc-bin ca-certificates netbase {_PYTHON} python3-pip-whl"
#: What the real image is made of, as far as a program can notice.
_TO_RUN = f"""
base-files netbase tzdata media-types ca-certificates libc6 libgcc-s1 libgomp1 libstdc++6 libssl3t64 libzstd1 libcrypt1
libbz2-1.0 libcom-err2 libdb5.3t64 libexpat1 libffi8 libgssapi-krb5-2 libk5crypto3 libkeyutils1 libkrb5-3
libkrb5support0 liblzma5 libncursesw6 libnsl2 lib{_PYTHON}-minimal lib{_PYTHON}-stdlib libreadline8t64 libsqlite3-0
libtinfo6 libtirpc3t64 libuuid1 {_PYTHON}-minimal zlib1g
"""
#: What brings the rest along and is not in the real image, or speaks of the machine on which it was made.
_NOT_TO_RUN = """
etc/apt etc/debconf.conf etc/shells usr/lib/apt usr/lib/dpkg usr/share/perl5 usr/share/debconf usr/share/man
usr/share/doc-base usr/share/lintian usr/share/locale usr/share/bash-completion var/lib/apt var/cache var/log
"""
_HOME = "home/nonroot"
_ACCOUNTS = """\
root:x:0:0:root:/root:/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
nonroot:x:65532:65532:nonroot:{home}:/sbin/nologin
"""
_GROUPS = "root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n"
#: Distroless keeps what dpkg knows of each package in a file of its own; scanners look there.
_STATUS = r"""
mkdir -p "$1/var/lib/dpkg/status.d"
for deb in "$1"/var/cache/apt/archives/*.deb; do
  dpkg-deb --field "$deb" | sed '/^Package:/a Status: install ok installed' \
    > "$1/var/lib/dpkg/status.d/$(dpkg-deb --field "$deb" Package)"
done
"""


class CannotStandIn(Exception):
    """There is nothing to make the images of; the message says what is missing."""


def make() -> None:
    """Makes both images in the store of this machine; those that are there are kept.

    Raises:
        CannotStandIn: A tool is missing, or Debian's packages cannot be had.
    """
    missing = [tool for tool in ("buildah", "mmdebstrap", "dpkg-deb") if not shutil.which(tool)]
    if missing:
        raise CannotStandIn(f"stand-ins need {', '.join(missing)}: install the packages of those names")
    for image, packages, finish in ((BUILD, _TO_BUILD, _finish_build), (RUN, _TO_RUN, _finish_run)):
        if subprocess.run(["buildah", "inspect", "--type=image", image], capture_output=True, check=False).returncode:
            with tempfile.TemporaryDirectory() as folder:
                _make(image, packages.split(), finish, Path(folder))


def _make(image: str, packages: list[str], finish: Callable[[Path], list[str]], folder: Path) -> None:
    archive, hook = folder / "root.tar", folder / "hook"
    hook.write_text(f"#!/bin/sh\nset -e\n{_STATUS}")
    hook.chmod(0o755)
    options = ["--quiet", "--variant=extract", f"--extract-hook={hook}", f"--include={','.join(packages)}"]
    done = subprocess.run(
        ["mmdebstrap", *options, _SUITE, str(archive), _mirror()], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotStandIn(f"Debian's packages cannot be had:\n{done.stderr[-2000:]}")
    container = _buildah("from", "scratch")
    try:
        root = Path(_buildah("mount", container))
        subprocess.run(["tar", "-C", root, "-xf", archive, "--numeric-owner", "--exclude=./dev/*"], check=True)
        settings = finish(root)
        _buildah("umount", container)
        _buildah("config", *settings, container)
        _buildah("commit", "--quiet", "--timestamp=0", container, image)
    finally:
        _buildah("rm", container)


def _mirror() -> str:
    """Where this machine has its packages from."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)"], capture_output=True, text=True, check=False
    )
    found = [line for line in listed.stdout.splitlines() if line.rstrip("/").endswith("/debian")]
    if not found:
        raise CannotStandIn("apt knows no mirror of Debian; this machine is no Debian, or 'apt-get update' never ran")
    return found[0]


def _finish_build(root: Path) -> list[str]:
    """Moves CPython to /usr/local and gives it pip, as the official image has them."""
    local = root / "usr/local"
    for part in ("bin", "lib"):
        (local / part).mkdir(parents=True, exist_ok=True)
    shutil.move(root / "usr/bin" / _PYTHON, local / "bin" / _PYTHON)
    shutil.move(root / "usr/lib" / _PYTHON, local / "lib" / _PYTHON)
    (local / "lib" / _PYTHON / "sitecustomize.py").unlink()
    for alias in ("python3", "python"):
        (local / "bin" / alias).symlink_to(_PYTHON)
    for wheel in (root / "usr/share/python-wheels").glob("pip-*.whl"):
        shutil.unpack_archive(wheel, local / "lib" / _PYTHON / "dist-packages", format="zip")
    shutil.rmtree(root / "etc/apt")
    _trust(root)
    path = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
    return ["--env", f"PATH={path}", "--env", "LANG=C.UTF-8", "--cmd", "python3"]


def _finish_run(root: Path) -> list[str]:
    """Takes away all programs but Python, and names root, nobody and nonroot."""
    for folder in ("usr/bin", "usr/sbin"):
        for program in (root / folder).iterdir():
            if program.name != _PYTHON:
                program.unlink()
    for alias in ("python3", "python"):
        (root / "usr/bin" / alias).symlink_to(_PYTHON)
    for name in _NOT_TO_RUN.split():
        path = root / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    for name in ("status", "available", "info", "updates"):
        path = root / "var/lib/dpkg" / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    (root / "etc/passwd").write_text(_ACCOUNTS.format(home=f"/{_HOME}"))
    (root / "etc/group").write_text(_GROUPS)
    for name, mode, owner in ((_HOME, 0o700, 65532), ("tmp", 0o1777, 0), ("root", 0o700, 0)):
        path = root / name
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
        shutil.chown(path, owner, owner)
    _trust(root)
    subprocess.run(["ldconfig", "-r", root], check=False, capture_output=True)
    settings = ["--user", "65532", "--workingdir", f"/{_HOME}", "--entrypoint", f'["/usr/bin/{_PYTHON}"]']
    search = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    variables = (f"PATH={search}", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt", "LANG=C.UTF-8")
    return [*settings, "--cmd", "", *(word for variable in variables for word in ("--env", variable))]


def _trust(root: Path) -> None:
    """The bundle of authorities, which a script of the package would have made."""
    bundle = root / "etc/ssl/certs/ca-certificates.crt"
    bundle.parent.mkdir(parents=True, exist_ok=True)
    parts = sorted((root / "usr/share/ca-certificates/mozilla").glob("*.crt"))
    bundle.write_bytes(b"".join(part.read_bytes() for part in parts))


def _buildah(*arguments: str) -> str:
    done = subprocess.run(["buildah", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotStandIn(f"buildah {arguments[0]}: {done.stderr[-2000:]}")
    return done.stdout.strip()
