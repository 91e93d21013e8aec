"""Secrets that can be recognised wherever they come out, and a server that speaks TLS."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import traceback
from pathlib import Path
from urllib.parse import quote

import pytest

from servers.postgres import PgBouncer, Postgres
from servers.process import running

#: Every secret has a mark of its own that no encoding changes, between characters that every encoding changes.
MARKS = ("canaryUser", "canaryPassword", "canaryKey", "canarySecret", "canaryLicense", "canaryReplica", "canaryExtra")
USER, PASSWORD, KEY, SECRET, LICENSE, REPLICA, EXTRA = (f"{mark}%41@:/?#[]'\"\\ ü" for mark in MARKS)
DATABASE = {
    "host": "127.0.0.1",
    "port": "1",
    "db_name": "goals",
    "username": USER,
    "password": PASSWORD,
    "uri": f"postgres://{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@127.0.0.1:1/goals",
    "replica_uri": f"postgres://{quote(USER, safe='')}:{quote(REPLICA, safe='')}@127.0.0.2:1/goals",
    "unknown": EXTRA,
}
BUCKET = {
    "bucket": "artifacts",
    "region": "us-gov-west-1",
    "endpoint": "127.0.0.1:1",
    "access_key_id": KEY,
    "secret_access_key": SECRET,
    "uri": f"s3://{quote(KEY, safe='')}:{quote(SECRET, safe='')}@127.0.0.1:1/artifacts?region=us-gov-west-1",
    "insecure_skip_verify": False,
    "additional_buckets": [EXTRA],
}
SERVICES = {
    "aws-rds": [{"name": "hub", "instance_name": "hub", "tags": ["database"], "credentials": DATABASE}],
    "s3": [{"name": "files", "tags": None, "credentials": BUCKET}],
    "user-provided": [{"name": "metrics", "credentials": {"license_key": LICENSE, "nested": {"key": EXTRA}}}],
}


class Canaries:
    """Plants secrets in a form of delivery, and finds them again.

    Attributes:
        forms: The names of all forms.
        services: What ``plant`` binds: a database, a bucket, and another service.
    """

    forms = ("variables", "VCAP_SERVICES", "VCAP_SERVICES_FILE_PATH", "SERVICE_BINDING_ROOT", "twicetold.toml", "store")
    services = SERVICES

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._monkeypatch = monkeypatch

    def plant(self, form: str, services: dict[str, list[dict]] = SERVICES) -> None:
        """Binds services in one form; addresses where the form has nothing else."""
        named = {service["name"]: service["credentials"] for entries in services.values() for service in entries}
        if form == "variables":
            for name, credentials in named.items():
                self.set(f"TWICETOLD_SERVICE_{name.upper()}", credentials.get("uri", credentials.get("license_key")))
        elif form == "VCAP_SERVICES":
            self.set(form, json.dumps(services))
        elif form == "VCAP_SERVICES_FILE_PATH":
            self.set(form, str(self.write("vcap_services", json.dumps(services))))
        elif form == "SERVICE_BINDING_ROOT":
            self.set(form, str(self._folder / "bindings"))
            for label, entries in services.items():
                for service in entries:
                    self._folders(label, service)
        elif form == "twicetold.toml":
            lines = [
                line for name, credentials in named.items() for line in (f"[services.{name}]", *_toml(credentials))
            ]
            self.write("twicetold.toml", "\n".join(lines))
        else:
            self.set("TWICETOLD_STORE", DATABASE["uri"])

    def set(self, variable: str, value: str) -> None:
        self._monkeypatch.setenv(variable, value)

    def write(self, name: str, text: str) -> Path:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def found_in(self, *shown: object) -> list[str]:
        """The marks of the secrets that came out; of an exception all that it and those behind it hold."""
        text = "\n".join(_all_of(each) if isinstance(each, BaseException) else str(each) for each in shown)
        return [mark for mark in MARKS if mark.lower() in text.lower()]

    def _folders(self, label: str, service: dict) -> None:
        keys = {"type": label, "name": service["name"], "tags": json.dumps(service.get("tags") or [])}
        for name, value in (service["credentials"] | keys).items():
            text = value if isinstance(value, str) else json.dumps(value)
            self.write(f"bindings/{service['name']}/{name}", text)


def _toml(credentials: dict) -> list[str]:
    return [f"{name} = {json.dumps(value)}" for name, value in credentials.items() if not isinstance(value, dict)]


def _all_of(error: BaseException | None) -> str:
    """An error's traceback, texts and arguments, and those of every error that it came from, shown or not."""
    texts = []
    while error is not None:
        texts += traceback.format_exception(error)
        texts += [str(error), repr(error), repr(error.args), repr(vars(error))]
        error = error.__cause__ or error.__context__
    return "\n".join(texts)


@pytest.fixture
def canaries(tmp_path, monkeypatch):
    """Secrets to plant; the working folder is an empty one."""
    monkeypatch.chdir(tmp_path)
    return Canaries(tmp_path, monkeypatch)


class Certificates:
    """An authority, and a certificate that it gave to the server ``localhost``."""

    def __init__(self, folder: Path) -> None:
        self.authority = folder / "authority.pem"
        self.certificate = folder / "server.pem"
        self.key = folder / "server.key"
        new = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2")
        run = lambda *words: subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)  # noqa: E731
        run(*new, "-subj", "/CN=Some Authority", "-keyout", folder / "authority.key", "-out", self.authority)
        signed = ("-CA", self.authority, "-CAkey", folder / "authority.key", "-addext", "subjectAltName=DNS:localhost")
        leaf = ("-addext", "basicConstraints=critical,CA:FALSE")
        run(*new, *leaf, "-subj", "/CN=localhost", *signed, "-keyout", self.key, "-out", self.certificate)

    def give(self, folder: Path, user: str | None) -> None:
        """Copies for a server, which takes a key only if nobody else may read it."""
        for path in (self.certificate, self.key):
            shutil.copy(path, folder / path.name)
            (folder / path.name).chmod(0o600)
            if user:
                shutil.chown(folder / path.name, user)


class SecurePostgres(Postgres):
    """PostgreSQL as Debian builds it, which knows TLS, and takes no connection without it."""

    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))

    def __init__(self, certificates: Certificates) -> None:
        super().__init__()
        self._certificates = certificates

    def prepare(self) -> None:
        super().prepare()
        self._certificates.give(self.folder / "data", self.as_user.get("user"))
        (self.folder / "data/pg_hba.conf").write_text("hostssl all all all scram-sha-256\n")

    def command(self) -> list[str]:
        return [*super().command(), "-c", "ssl=on", "-c", "ssl_cert_file=server.pem", "-c", "ssl_key_file=server.key"]

    def _bin(self) -> Path:
        return self.programs[-1]


class SecurePgBouncer(PgBouncer):
    """PgBouncer that takes no connection without TLS."""

    def __init__(self, program: str, behind: Postgres, certificates: Certificates) -> None:
        super().__init__(program, behind)
        self._certificates = certificates

    def prepare(self) -> None:
        super().prepare()
        self._certificates.give(self.folder, self.as_user.get("user"))
        with (self.folder / "pgbouncer.ini").open("a") as file:
            file.write("client_tls_sslmode = require\n")
            file.write("client_tls_cert_file = server.pem\nclient_tls_key_file = server.key\n")


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """An authority of our own and a server's certificate, made by OpenSSL."""
    if not shutil.which("openssl"):
        pytest.skip("needs OpenSSL: install the package 'openssl'")
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session", params=[*(["postgres"] if SecurePostgres.programs else []), "pgbouncer"])
def secure_server(request, certificates, postgres):
    """A server that insists on TLS: PostgreSQL itself where Debian's is installed, and PgBouncer."""
    program = shutil.which("pgbouncer", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))
    if request.param == "postgres":
        server = SecurePostgres(certificates)
    elif program:
        server = SecurePgBouncer(program, postgres, certificates)
    else:
        pytest.skip("needs PgBouncer: install the package 'pgbouncer'")
    with running(server):
        yield server
