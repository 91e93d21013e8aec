"""Objects and prefixes in a real S3 server."""

from __future__ import annotations

import gzip
import json
import os
import socket
import subprocess
import sys
from dataclasses import replace

import pytest

from twicetold.errors import (
    DependencyUnavailable,
    FileNotUsable,
    FormatNotRecognised,
    InputEmpty,
    SettingInvalid,
    UsageError,
)
from twicetold.platform import s3 as platform
from twicetold.platform.services import Secret
from twicetold.sources.files import read_records, read_table
from twicetold.sources.pairs import read_pairs

CSV = b"id,text\n1,Train all staff\n2,Raise attendance\n"


@pytest.fixture
def bound(s3_bucket, monkeypatch):
    """The bucket as a service that the environment names."""

    def bind(bucket=s3_bucket, name="artifacts"):
        where = (bucket.endpoint or "").partition("://")[2]
        login = f"{bucket.access_key.reveal()}:{bucket.secret_key.reveal()}"
        address = f"s3://{login}@{where}/{bucket.bucket}?region={bucket.region}&scheme=http"
        monkeypatch.setenv(f"TWICETOLD_SERVICE_{name.upper()}", address)
        return bucket

    return bind


@pytest.fixture
def put(s3, bound):
    """Puts an object into the bound bucket and gives its address."""
    bucket = bound()
    client = s3.client()

    def put(key, data, **options):
        data = data if isinstance(data, bytes) else data.encode()
        client.put_object(Bucket=bucket.bucket, Key=key, Body=data, **options)
        return f"s3://{bucket.bucket}/{key}"

    yield put
    client.close()


@pytest.fixture
def behind_proxy(s3_proxy, s3_bucket, bound, monkeypatch):
    """The bound bucket through the proxy, with a client of little patience."""
    monkeypatch.setattr(platform, "READ_TIMEOUT", 0.5)
    bound(replace(s3_bucket, endpoint=s3_proxy.endpoint))
    return s3_proxy


def ids(*addresses, **options):
    return read_records(*addresses, **options).records.ids


def parquet(tmp_path, rows: int) -> bytes:
    import duckdb

    path = tmp_path / "records.parquet"
    duckdb.sql(f"COPY (SELECT i AS id, 'goal ' || i AS text FROM range({rows}) t (i)) TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


def test_an_object_is_read_as_a_file_is(put, write):
    found = read_records(put("goals.csv", CSV))
    same = read_records(write(CSV))
    assert found.records == same.records
    assert found.fingerprint == same.fingerprint


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_every_format_is_known_by_its_content(put, tmp_path, kind, pack):
    rows = [{"id": str(row), "text": f"goal {row}"} for row in range(2)]
    data = {
        "csv": b"id,text\n0,goal 0\n1,goal 1\n",
        "jsonl": "\n".join(map(json.dumps, rows)).encode(),
        "parquet": parquet(tmp_path, 2),
    }[kind]
    found = read_records(put("whatever", pack(data)))
    assert found.records.ids == ["0", "1"]
    assert found.records.texts == ["goal 0", "goal 1"]


@pytest.mark.parametrize(
    "key", ["a b.csv", "ü/ß#1?x=y&z%20.csv", "a//b.csv", "a+b.csv", ".csv", "deep/er/and/deeper.csv", "ends with ~"]
)
def test_a_key_is_taken_as_it_is(put, key):
    assert ids(put(key, CSV)) == ["1", "2"]


def test_all_tables_below_a_prefix_are_read_in_the_order_of_their_keys(put, tmp_path, codes):
    put("in/b.jsonl", '{"id": "b", "text": "second"}')
    put("in/a.csv", "id,text\na,first\n")
    put("in/deep/c.parquet", parquet(tmp_path, 1))
    put("in/c.CSV.GZ", gzip.compress(b"id,text\nc,third\n"))
    put("in/", b"")
    put("in/_SUCCESS", b"")
    put("in/notes.pdf", b"%PDF")
    put("in/picture.png", b"x")
    prefix = put("outside.csv", "id,text\nx,not this\n").replace("outside.csv", "in/")
    found = read_records(prefix)
    assert found.records.ids == ["a", "b", "c", "0"]
    assert codes(found.findings)["objects-skipped"] == 3
    assert ids(prefix.replace("in/", "")) == ["a", "b", "c", "0", "x"]
    assert ids(prefix.replace("/in/", "")) == ["a", "b", "c", "0", "x"]


def test_more_objects_than_one_page_lists_are_all_read(put, behind_proxy, monkeypatch):
    for number in range(30):
        prefix = put(f"in/{number:02}.csv", f"id,text\n{number},goal {number}\n").rpartition("/")[0] + "/"
    make = platform.client

    def in_small_pages(bucket):
        client = make(bucket)
        client.meta.events.register(
            "before-parameter-build.s3.ListObjectsV2", lambda params, **_: params.update(MaxKeys=7)
        )
        return client

    monkeypatch.setattr("twicetold.sources.s3.client", in_small_pages)
    assert len(ids(prefix)) == 30
    assert sum("list-type" in path for _, path in behind_proxy.seen) == 5


def test_files_and_objects_are_read_together(put, write):
    assert ids(write("id,text\n9,mine\n"), put("in/a.csv", CSV)) == ["9", "1", "2"]


def test_rows_that_are_set_aside_are_named_with_their_object(put):
    address = put("in/a.csv", "id,text\n1,\n2,b\n")
    rejected = read_records(address.rpartition("/")[0] + "/").rejected
    assert [(row.file, row.line) for row in rejected] == [(address, 2)]


def test_tables_without_rows_below_a_prefix_are_counted_and_the_others_read(put, codes):
    put("in/a.csv", "id,text\n")
    put("in/b.csv", b"")
    prefix = put("in/c.csv", CSV).rpartition("/")[0] + "/"
    found = read_records(prefix)
    assert found.records.ids == ["1", "2"]
    assert codes(found.findings)["objects-empty"] == 2


def test_a_prefix_with_nothing_but_empty_tables_is_an_error(put):
    prefix = put("in/a.csv", "id,text\n").rpartition("/")[0] + "/"
    with pytest.raises(InputEmpty, match="have no rows"):
        read_records(prefix)


def test_an_empty_object_is_an_error(put):
    with pytest.raises(InputEmpty):
        read_records(put("a.csv", b""))


def test_a_prefix_without_tables_is_an_error_that_says_what_is_there(put):
    prefix = put("in/a.pdf", b"%PDF").rpartition("/")[0] + "/"
    with pytest.raises(FileNotUsable, match=r"no table below .* but 1 with the endings \.pdf"):
        read_records(prefix)
    with pytest.raises(FileNotUsable, match="no table below"):
        read_records(prefix.replace("/in/", "/nothing/"))


def test_what_is_no_table_is_refused_by_its_content(put):
    with pytest.raises(FormatNotRecognised, match="is a PDF"):
        read_records(put("a.csv", b"%PDF-1.7"))
    with pytest.raises(FormatNotRecognised, match="damaged"):
        read_records(put("a.csv.gz", gzip.compress(CSV)[:-9]))


def test_decisions_and_pairs_can_be_objects_too(put):
    assert read_table(put("a.csv", CSV)).columns["id"] == ["1", "2"]
    assert list(read_pairs(put("p.csv", "id,text_a,text_b\n1,a,b\n")).texts_a) == ["a"]


@pytest.mark.parametrize("address", ["s3://", "s3:///key"])
def test_an_address_without_a_bucket_is_refused(address):
    with pytest.raises(UsageError, match="names no bucket"):
        read_records(address)


def test_a_missing_object_is_named(put):
    address = put("a.csv", CSV)
    with pytest.raises(FileNotUsable, match=r"There is no object s3://.*/b\.csv") as error:
        read_records(address.replace("a.csv", "b.csv"))
    assert error.value.__cause__ is None


def test_a_missing_bucket_is_named(s3_bucket, bound):
    bound(replace(s3_bucket, bucket="nowhere"))
    with pytest.raises(FileNotUsable, match="no bucket 'nowhere'"):
        read_records("s3://nowhere/a.csv")
    with pytest.raises(FileNotUsable, match="no bucket 'nowhere'"):
        read_records("s3://nowhere/a/")


@pytest.mark.parametrize(("key", "secret"), [("unknown", "x-canary"), ("testkey", "wrong-canary")])
def test_credentials_that_are_not_accepted_are_named_by_their_service(s3_bucket, put, bound, key, secret):
    address = put("a.csv", CSV)
    bound(replace(s3_bucket, access_key=Secret(key), secret_key=Secret(secret)))
    for path in (address, address.replace("a.csv", "")):
        with pytest.raises(DependencyUnavailable, match="credentials are not accepted") as error:
            read_records(path)
        assert "'artifacts' (TWICETOLD_SERVICE_ARTIFACTS)" in str(error.value)
        assert "canary" not in str(error.value)
        assert key not in str(error.value)


def test_an_object_that_may_not_be_read_is_named(s3_bucket, put, bound):
    address = put("a.csv", CSV)
    bound(replace(s3_bucket, access_key=Secret("writekey"), secret_key=Secret("writesecret-canary")))
    with pytest.raises(FileNotUsable, match=r"a\.csv: this is not allowed .*AccessDenied"):
        read_records(address)


def test_a_server_that_is_not_there_is_named(s3_bucket, bound, monkeypatch):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    monkeypatch.setattr(platform, "ATTEMPTS", 1)
    bound(replace(s3_bucket, endpoint=f"http://127.0.0.1:{port}"))
    with pytest.raises(DependencyUnavailable, match=f"127.0.0.1:{port}") as error:
        read_records(f"s3://{s3_bucket.bucket}/a.csv")
    assert "canary" not in str(error.value)


def test_errors_of_the_server_are_asked_for_again(put, behind_proxy):
    address = put("in/a.csv", CSV)
    bind_again = address.rpartition("/")[0] + "/"
    behind_proxy.fail(2, 503)
    assert ids(bind_again) == ["1", "2"]
    assert len(behind_proxy.seen) == 4


def test_a_server_that_keeps_failing_is_given_up(put, behind_proxy, monkeypatch):
    monkeypatch.setattr(platform, "ATTEMPTS", 2)
    address = put("a.csv", CSV)
    behind_proxy.fail(99, 500)
    with pytest.raises(DependencyUnavailable, match="answers InternalError, after all attempts"):
        read_records(address)
    assert len(behind_proxy.seen) == 2


def test_a_slow_answer_is_asked_for_again(put, behind_proxy):
    address = put("a.csv", CSV)
    behind_proxy.delay(5)
    assert ids(address) == ["1", "2"]


def test_a_server_that_is_always_slow_is_given_up(put, behind_proxy, monkeypatch):
    monkeypatch.setattr(platform, "ATTEMPTS", 2)
    address = put("a.csv", CSV)
    behind_proxy.delay(5, 99)
    with pytest.raises(DependencyUnavailable, match="imeout"):
        read_records(address)


def test_an_answer_that_breaks_off_is_asked_for_again(put, behind_proxy):
    address = put("a.csv", CSV * 1000)
    behind_proxy.cut(2, method="GET")
    assert len(read_table(address)) == 2999
    assert [method for method, _ in behind_proxy.seen] == ["GET", "GET", "GET"]


def test_answers_that_always_break_off_are_given_up(put, behind_proxy):
    address = put("a.csv", CSV)
    behind_proxy.cut(99, method="GET")
    with pytest.raises(DependencyUnavailable):
        read_records(address)


def test_an_object_that_is_replaced_while_it_is_read_is_never_mixed(put, behind_proxy):
    """The first answer breaks off; before it is asked for again, somebody has put another object there."""
    address = put("a.csv", CSV)
    behind_proxy.cut(1, method="GET", then=lambda: put("a.csv", CSV.replace(b"1", b"7")))
    with pytest.raises(DependencyUnavailable, match=r"a\.csv was replaced while it was read"):
        read_records(address)


def test_the_service_that_has_the_bucket_is_chosen(s3_bucket, put, bound):
    address = put("a.csv", CSV)
    bound(replace(s3_bucket, bucket="other", secret_key=Secret("wrong")), name="another")
    assert ids(address) == ["1", "2"]


def test_two_services_with_one_bucket_are_an_error_that_names_both(put, bound):
    address = put("a.csv", CSV)
    bound(name="another")
    with pytest.raises(SettingInvalid, match="belongs to several services: 'another', 'artifacts'"):
        read_records(address)


def test_without_a_service_the_variables_of_aws_are_used(s3, s3_bucket, put, monkeypatch):
    address = put("a.csv", CSV)
    monkeypatch.delenv("TWICETOLD_SERVICE_ARTIFACTS")
    with pytest.raises(SettingInvalid, match=r"No bound service has the bucket .*: none\.") as error:
        read_records(address)
    assert "AWS_ACCESS_KEY_ID" in str(error.value)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3_bucket.access_key.reveal())
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3_bucket.secret_key.reveal())
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3.endpoint)
    assert ids(address) == ["1", "2"]


def test_find_reads_a_prefix_and_shows_no_secret(put, tmp_path, s3_bucket):
    put("in/a.csv", "id,text\n1,Train all staff on safety\n")
    prefix = put("in/b.csv", "id,text\n2,TRAIN ALL STAFF on safety.\n").rpartition("/")[0] + "/"
    command = [sys.executable, "-m", "twicetold", "find", prefix, "--out", str(tmp_path / "out")]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    assert answer.returncode == 0, answer.stderr
    assert "1 group with 2 records" in answer.stdout
    assert "canary" not in answer.stdout + answer.stderr


def test_find_of_what_is_not_there_ends_with_a_usage_error(put):
    address = put("a.csv", CSV).replace("a.csv", "b.csv")
    command = [sys.executable, "-m", "twicetold", "find", address]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    assert answer.returncode == 2
    assert "There is no object" in answer.stderr
    assert "Traceback" not in answer.stderr
