"""Connections to bound databases: only to the right server with the right certificate, never without TLS."""

from __future__ import annotations

import json

import psycopg
import pytest
import sqlalchemy

from servers.postgres import PASSWORD, USER
from twicetold.platform import services


@pytest.fixture(autouse=True)
def _no_settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def connect(monkeypatch):
    """Binds a database as the platform does and connects to it; gives whether TLS is in use."""

    def connect(host: str, port: int, *, authority: object = None) -> bool:
        login = {"username": USER, "password": PASSWORD, "db_name": "postgres"}
        uri = f"postgres://{USER}:{PASSWORD}@{host}:{port}/postgres?sslmode=disable"
        service = {"name": "hub", "credentials": {"host": host, "port": str(port), "uri": uri, **login}}
        monkeypatch.setenv("VCAP_SERVICES", json.dumps({"aws-rds": [service]}))
        if authority:
            monkeypatch.setenv("TWICETOLD_CA", str(authority))
        return speaks_tls(services.database().url.reveal())

    return connect


def speaks_tls(url: str) -> bool:
    with sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool).connect() as connection:
        assert connection.exec_driver_sql("select 1").scalar_one() == 1
        return bool(connection.connection.driver_connection.pgconn.ssl_in_use)


def refusal(connect, *arguments, **options) -> str:
    with pytest.raises(sqlalchemy.exc.OperationalError) as found:
        connect(*arguments, **options)
    assert isinstance(found.value.orig, psycopg.OperationalError)
    return str(found.value.orig)


def test_a_server_with_a_certificate_of_the_trusted_authority_is_used(connect, secure_server, certificates):
    assert connect("localhost", secure_server.port, authority=certificates.authority)


def test_a_server_with_a_certificate_of_another_authority_is_refused(connect, secure_server):
    assert "certificate verify failed" in refusal(connect, "localhost", secure_server.port)


def test_a_server_with_a_certificate_for_another_name_is_refused(connect, secure_server, certificates):
    said = refusal(connect, "127.0.0.1", secure_server.port, authority=certificates.authority)
    assert 'does not match host name "127.0.0.1"' in said


def test_a_server_without_tls_is_refused_even_if_the_binding_asks_for_none(connect, postgres):
    postgres.start()
    assert "does not support SSL" in refusal(connect, "127.0.0.1", postgres.port)


def test_a_file_of_authorities_that_is_not_there_is_refused(connect, secure_server, tmp_path):
    assert "does not exist" in refusal(connect, "localhost", secure_server.port, authority=tmp_path / "none.pem")


def test_a_server_that_insists_on_tls_is_not_reached_without(monkeypatch, secure_server):
    url = f"postgres://{USER}:{PASSWORD}@127.0.0.1:{secure_server.port}/postgres?sslmode=disable"
    monkeypatch.setenv("TWICETOLD_SERVICE_HUB", url)
    with pytest.raises(sqlalchemy.exc.OperationalError):
        speaks_tls(services.database().url.reveal())


def test_an_address_of_one_s_own_keeps_what_it_says(monkeypatch, postgres):
    postgres.start()
    url = f"postgres://{USER}:{PASSWORD}@127.0.0.1:{postgres.port}/postgres?sslmode=disable"
    monkeypatch.setenv("TWICETOLD_SERVICE_HUB", url)
    assert not speaks_tls(services.database().url.reveal())
