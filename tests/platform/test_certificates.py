"""The certificates that are shipped: those of Amazon, whole, self-signed and valid."""

from __future__ import annotations

import re
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from twicetold.platform import services

#: Checked as the README beside the certificates says.
FINGERPRINTS = {
    "Amazon RDS us-gov-west-1 Root CA RSA2048 G1": "4f9a3f476897123ffd6f4be6950b31f60869848eddc64103d729afa91746b0a8",
    "Amazon RDS us-gov-west-1 Root CA RSA4096 G1": "fbb52646a87a80da5a7e0781219aef06549b7031f58f0faea475839fc113fced",
    "Amazon RDS us-gov-west-1 Root CA ECC384 G1": "df862cd419975345e6a52009206b24279ee5628089aa74be9a8bf0b553c5e713",
}


@pytest.fixture(scope="module")
def shipped():
    """Each certificate as PEM."""
    from importlib.resources import files

    text = (files("twicetold") / services.CERTIFICATES).read_text(encoding="ascii")
    return re.findall(r"-----BEGIN CERTIFICATE-----\n.*?-----END CERTIFICATE-----\n", text, re.DOTALL)


def loaded(shipped):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata="".join(shipped))
    return context.get_ca_certs()


def test_they_are_the_three_roots_of_the_region_and_nothing_else(shipped):
    names = [dict(part[0] for part in each["subject"])["commonName"] for each in loaded(shipped)]
    digests = [sha256(ssl.PEM_cert_to_DER_cert(each)).hexdigest() for each in shipped]
    assert dict(zip(names, digests, strict=True)) == FINGERPRINTS


def test_each_names_itself_as_its_issuer(shipped):
    assert all(each["subject"] == each["issuer"] for each in loaded(shipped))


def test_each_is_valid_for_years_to_come(shipped):
    soon = datetime.now(UTC) + timedelta(days=5 * 365)
    for each in loaded(shipped):
        assert ssl.cert_time_to_seconds(each["notBefore"]) < datetime.now(UTC).timestamp()
        assert ssl.cert_time_to_seconds(each["notAfter"]) > soon.timestamp()


def test_each_is_signed_by_its_own_key(shipped, tmp_path, certificates):
    for number, text in enumerate(shipped):
        path = tmp_path / f"{number}.pem"
        path.write_text(text)
        verify = ["openssl", "verify", "-check_ss_sig", "-x509_strict", "-CAfile", path, path]
        assert subprocess.run(verify, capture_output=True, check=False, text=True).stdout == f"{path}: OK\n"


def test_there_is_no_private_key(shipped):
    from importlib.resources import files

    assert all(b"PRIVATE" not in each.read_bytes() for each in (files("twicetold") / "data/certificates").iterdir())


def test_they_are_what_bound_databases_are_checked_against(tmp_path, monkeypatch, shipped):
    from pathlib import Path

    monkeypatch.chdir(tmp_path)
    assert Path(services.authorities()).read_text() == "".join(shipped)
    monkeypatch.setenv("TWICETOLD_CA", "/own.pem")
    assert services.authorities() == "/own.pem"
