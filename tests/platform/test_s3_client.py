"""Addresses and clients of S3, without a server: what a client would do is signed into an address that it makes."""

from __future__ import annotations

from contextlib import closing
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twicetold.errors import DependencyUnavailable, UsageError
from twicetold.platform.s3 import Address, bucket_named, client, is_address, translated
from twicetold.platform.services import Bucket, Secret


@pytest.fixture
def bucket():
    def make(endpoint=None, name="goals", access_key="AKIA"):
        return Bucket("service", "the tests", name, "us-gov-west-1", endpoint, Secret(access_key), Secret("canary"))

    return make


def asked(bucket):
    """Where a client would ask for an object."""
    with closing(client(bucket)) as s3:
        return urlsplit(s3.generate_presigned_url("get_object", {"Bucket": bucket.bucket, "Key": "a/b.csv"}))


@given(key=st.text())
def test_an_address_is_written_as_it_is_read(key):
    address = Address.parse(f"s3://goals/{key}")
    assert address == ("goals", key)
    assert str(address) == f"s3://goals/{key}"


@pytest.mark.parametrize(
    ("text", "is_prefix"), [("s3://b", True), ("s3://b/", True), ("s3://b/a/", True), ("s3://b/a", False)]
)
def test_a_slash_at_the_end_makes_a_prefix(text, is_prefix):
    assert Address.parse(text).is_prefix == is_prefix


def test_capitals_in_the_scheme_do_not_count():
    assert is_address("S3://b/a")
    assert Address.parse("S3://b/a") == ("b", "a")


@pytest.mark.parametrize("path", ["goals.csv", "s3:/b/a", "./s3://b/a", "-", "", None])
def test_other_paths_are_no_addresses(path):
    assert not is_address(path)


def test_an_address_needs_a_bucket():
    with pytest.raises(UsageError, match="names no bucket"):
        Address.parse("s3:///a")


@pytest.mark.parametrize(
    ("endpoint", "host", "path"),
    [
        (None, "goals.s3.us-gov-west-1.amazonaws.com", "/a/b.csv"),
        ("https://s3-fips.us-gov-west-1.amazonaws.com", "s3-fips.us-gov-west-1.amazonaws.com", "/goals/a/b.csv"),
        ("https://minio.internal:9000", "minio.internal:9000", "/goals/a/b.csv"),
        ("http://127.0.0.1:8333", "127.0.0.1:8333", "/goals/a/b.csv"),
    ],
)
def test_the_bucket_is_in_the_path_where_an_endpoint_is_named(bucket, endpoint, host, path):
    address = asked(bucket(endpoint))
    assert (address.netloc, address.path) == (host, path)


def test_a_bucket_with_dots_is_in_the_path_since_no_certificate_fits_its_host(bucket):
    assert asked(bucket(name="goals.of.the.hub")).path == "/goals.of.the.hub/a/b.csv"


def test_the_environment_does_not_lead_a_bound_bucket_elsewhere(bucket, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://elsewhere.invalid")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token-canary")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "SOMEONE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "else")
    address = asked(bucket())
    assert address.netloc == "goals.s3.us-gov-west-1.amazonaws.com"
    assert "token-canary" not in address.query
    assert "AKIA" in address.query


def test_temporary_credentials_of_the_environment_keep_their_third_part(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-gov-east-1")
    query = parse_qs(asked(bucket_named("goals")).query)
    assert "token" in {value for values in query.values() for value in values}
    assert "goals" in asked(bucket_named("goals")).netloc
    assert bucket_named("goals").encrypt


def test_a_client_has_bounds(bucket):
    with closing(client(bucket())) as s3:
        config = s3.meta.config
        assert (config.connect_timeout, config.read_timeout, config.retries["total_max_attempts"]) == (5, 20, 4)


@pytest.mark.parametrize("endpoint", ["https://", "nonsense", "http://[::1", "https://exa mple"])
def test_an_endpoint_that_cannot_be_is_an_error_without_the_secret(bucket, endpoint):
    broken = bucket(endpoint)
    with pytest.raises(DependencyUnavailable) as error, translated(broken, "s3://goals/a", UsageError):
        client(broken)
    assert "canary" not in str(error.value)
