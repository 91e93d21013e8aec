"""Results in a real S3 server: whole or not visible, whatever is killed, slow or at the same time."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from twicetold.errors import DependencyUnavailable, OutputNotWritable
from twicetold.platform import s3 as platform
from twicetold.platform.services import Secret
from twicetold.sinks.s3 import publish, switch_latest, upload

FILES = {"groups.csv": b"record_id\n1\n", "pairs.csv": b"", "summary.json": b"{}\n", "report.html": b"<p>" * 9}
ABOUT = {"started_at": "2026-05-01T06:00:00+00:00", "profile": "hub"}
LATER = {**ABOUT, "started_at": "2026-05-01T06:00:01+00:00"}


@pytest.fixture
def stored(s3, s3_bucket):
    """All objects of the bucket: contents by key."""
    client = s3.client()

    def stored():
        listed = client.list_objects_v2(Bucket=s3_bucket.bucket).get("Contents", [])
        return {
            entry["Key"]: client.get_object(Bucket=s3_bucket.bucket, Key=entry["Key"])["Body"].read()
            for entry in listed
        }

    yield stored
    client.close()


@pytest.fixture
def latest(stored):
    return lambda prefix="out": json.loads(stored()[f"{prefix}/latest.json"])


@pytest.fixture
def head(s3, s3_bucket):
    client = s3.client()
    yield lambda key: client.head_object(Bucket=s3_bucket.bucket, Key=key)
    client.close()


@pytest.fixture
def behind_proxy(s3_proxy, s3_bucket, monkeypatch):
    """The bucket through the proxy, with a client of little patience."""
    monkeypatch.setattr(platform, "READ_TIMEOUT", 0.5)
    return replace(s3_bucket, endpoint=s3_proxy.endpoint)


def require_whole(objects, prefix="out"):
    """What ``latest.json`` points to is there, with the sizes and digests that are said of it."""
    pointer = json.loads(objects[f"{prefix}/latest.json"])
    manifest = objects[pointer["manifest"]["key"]]
    assert hashlib.sha256(manifest).hexdigest() == pointer["manifest"]["sha256"]
    assert len(manifest) == pointer["manifest"]["size"]
    for name, said in json.loads(manifest)["files"].items():
        data = objects[f"{prefix}/runs/{pointer['run_id']}/{name}"]
        assert said == {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return pointer["run_id"]


def test_the_files_a_manifest_and_a_pointer_are_there(s3_bucket, stored):
    manifest = publish(s3_bucket, "out", "run-1", FILES, about=ABOUT)
    objects = stored()
    assert {key: objects.pop(f"out/runs/run-1/{key}") for key in FILES} == FILES
    assert json.loads(objects["out/runs/run-1/manifest.json"]) == manifest
    assert set(objects) == {"out/runs/run-1/manifest.json", "out/latest.json"}
    assert manifest["profile"] == "hub"
    assert manifest["run_id"] == "run-1"
    assert manifest["files"]["groups.csv"] == {
        "size": len(FILES["groups.csv"]),
        "sha256": hashlib.sha256(FILES["groups.csv"]).hexdigest(),
    }
    assert require_whole(stored()) == "run-1"


def test_files_of_the_disk_are_put_as_they_are(s3_bucket, stored, tmp_path):
    large = os.urandom(9 << 20)
    (tmp_path / "pairs.csv").write_bytes(large)
    (tmp_path / "empty.csv").write_bytes(b"")
    names = {path.name: path for path in tmp_path.iterdir()}
    publish(s3_bucket, "out", "run-1", names, about=ABOUT)
    assert stored()["out/runs/run-1/pairs.csv"] == large
    assert require_whole(stored()) == "run-1"


def test_no_files_give_an_empty_manifest(s3_bucket, stored):
    assert publish(s3_bucket, "out", "run-1", {}, about=ABOUT)["files"] == {}
    assert require_whole(stored()) == "run-1"


@pytest.mark.parametrize("prefix", ["", "/", "a/b", "/a/b/"])
def test_a_prefix_may_be_blank_or_have_slashes_around(s3_bucket, stored, prefix):
    publish(s3_bucket, prefix, "run-1", FILES, about=ABOUT)
    folder = f"{prefix.strip('/')}/".lstrip("/")
    assert f"{folder}runs/run-1/manifest.json" in stored()
    assert f"{folder}latest.json" in stored()


def test_every_object_is_encrypted_and_has_its_checksum_and_its_type(s3_bucket, stored, head):
    publish(s3_bucket, "out", "run-1", FILES, about=ABOUT)
    for key, data in stored().items():
        answer = head(key)
        assert answer["ServerSideEncryption"] == "AES256"
        assert answer["Metadata"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert head("out/runs/run-1/groups.csv")["ContentType"] == "text/csv"
    assert head("out/runs/run-1/report.html")["ContentType"] == "text/html"


def test_a_server_that_cannot_encrypt_is_not_asked_to(s3_bucket, head):
    publish(replace(s3_bucket, encrypt=False), "out", "run-1", FILES, about=ABOUT)
    assert "ServerSideEncryption" not in head("out/runs/run-1/groups.csv")


def test_publishing_again_sends_nothing(behind_proxy, s3_proxy, stored):
    publish(behind_proxy, "out", "run-1", FILES, about=ABOUT)
    before = stored()
    s3_proxy.seen.clear()
    publish(behind_proxy, "out", "run-1", FILES, about=ABOUT)
    assert [method for method, _ in s3_proxy.seen if method == "PUT"] == []
    assert stored() == before


def test_only_what_differs_is_sent_again(behind_proxy, s3_proxy, stored):
    publish(behind_proxy, "out", "run-1", FILES, about=ABOUT)
    s3_proxy.seen.clear()
    publish(behind_proxy, "out", "run-1", {**FILES, "pairs.csv": b"new"}, about=ABOUT)
    sent = [path.rpartition("/")[2] for method, path in s3_proxy.seen if method == "PUT"]
    assert sent == ["pairs.csv", "manifest.json", "latest.json"]
    assert require_whole(stored()) == "run-1"


def test_an_upload_is_seen_by_nobody_until_the_switch(s3_bucket, stored):
    publish(s3_bucket, "out", "run-1", FILES, about=ABOUT)
    before = stored()["out/latest.json"]
    upload(s3_bucket, "out", "run-2", FILES, about=LATER)
    assert stored()["out/latest.json"] == before
    switch_latest(s3_bucket, "out", "run-2")
    assert require_whole(stored()) == "run-2"


def test_a_run_that_was_not_uploaded_cannot_be_the_latest(s3_bucket, stored):
    with pytest.raises(OutputNotWritable, match=r"run-9 has no manifest\.json"):
        switch_latest(s3_bucket, "out", "run-9")
    assert stored() == {}


def test_the_pointer_goes_forwards_and_never_backwards(s3_bucket, latest, stored):
    publish(s3_bucket, "out", "new", FILES, about=LATER)
    publish(s3_bucket, "out", "old", FILES, about=ABOUT)
    assert latest()["run_id"] == "new"
    assert "out/runs/old/manifest.json" in stored()
    publish(s3_bucket, "out", "newest", FILES, about={"started_at": "2026-05-01T08:30:00+02:00"})
    assert latest()["run_id"] == "newest"
    assert latest()["started_at"] == "2026-05-01T06:30:00+00:00"


def test_of_two_runs_of_one_moment_the_same_wins_in_both_orders(s3_bucket, latest):
    for prefix, runs in (("one", ("a", "b")), ("other", ("b", "a"))):
        for run in runs:
            publish(s3_bucket, prefix, run, FILES, about=ABOUT)
        assert latest(prefix)["run_id"] == "b"


@pytest.mark.parametrize("started_at", ["2026-05-01T06:00:00", "yesterday", None])
def test_a_start_without_a_time_zone_is_a_mistake_of_the_program(s3_bucket, stored, started_at):
    with pytest.raises(ValueError, match=r"time zone|isoformat"):
        upload(s3_bucket, "out", "run-1", FILES, about={"started_at": started_at})
    assert stored() == {}


@pytest.mark.parametrize("name", ["manifest.json", "", "../x", "/x", "a//b", "a b", "x/..", "."])
def test_names_that_would_lead_astray_are_refused_before_anything_is_sent(s3_bucket, stored, name):
    with pytest.raises(OutputNotWritable, match="cannot be a name"):
        publish(s3_bucket, "out", "run-1", {**FILES, name: b""}, about=ABOUT)
    with pytest.raises(OutputNotWritable, match="cannot be a name"):
        publish(s3_bucket, "out", name, FILES, about=ABOUT)
    assert stored() == {}


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"run_id": "x", "started_at": "soon"}', b"\xff"])
def test_a_pointer_of_somebody_elses_is_left_alone(s3, s3_bucket, stored, content):
    client = s3.client()
    client.put_object(Bucket=s3_bucket.bucket, Key="out/latest.json", Body=content)
    client.close()
    with pytest.raises(OutputNotWritable, match=r"latest\.json is there and was not written by this program"):
        publish(s3_bucket, "out", "run-1", FILES, about=ABOUT)
    assert stored()["out/latest.json"] == content


def test_sixteen_writers_at_once_leave_the_newest(s3_bucket, stored):
    def write(number):
        about = {"started_at": f"2026-05-01T06:00:{number:02}+00:00"}
        publish(s3_bucket, "out", f"run-{number:02}", {"a.csv": str(number).encode()}, about=about)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(16)))
    assert require_whole(stored()) == "run-15"


def test_while_many_write_a_reader_never_sees_an_older_run_after_a_newer(s3_bucket, stored, latest):
    publish(s3_bucket, "out", "run-00", FILES, about={"started_at": "2026-05-01T05:00:00+00:00"})
    seen, done = [], threading.Event()

    def watch():
        while not done.is_set():
            seen.append(latest()["started_at"])

    def write(number):
        about = {"started_at": f"2026-05-01T06:00:{number:02}+00:00"}
        publish(s3_bucket, "out", f"run-{number:02}", {}, about=about)

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, [3, 1, 7, 2, 8, 5, 6, 4]))
    done.set()
    watcher.join()
    assert len(seen) > 1
    assert seen == sorted(seen)
    assert require_whole(stored()) == "run-08"


def test_a_switch_that_was_done_but_not_answered_is_done(behind_proxy, s3_proxy, stored):
    s3_proxy.cut(1, method="PUT", path=r"latest\.json")
    publish(behind_proxy, "out", "run-1", FILES, about=ABOUT)
    assert require_whole(stored()) == "run-1"


@pytest.mark.parametrize("status", [500, 502, 503])
def test_errors_of_the_server_are_overcome(behind_proxy, s3_proxy, stored, status):
    s3_proxy.fail(2, status, method="PUT", path=r"groups\.csv")
    s3_proxy.fail(1, status, method="HEAD")
    s3_proxy.fail(1, status, path=r"latest\.json")
    publish(behind_proxy, "out", "run-1", FILES, about=ABOUT)
    assert require_whole(stored()) == "run-1"


def test_slow_and_broken_answers_are_overcome(behind_proxy, s3_proxy, stored, tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_bytes(b"x" * 100_000)
    s3_proxy.delay(3, 1, method="PUT", path=r"pairs\.csv")
    s3_proxy.cut(1, method="PUT", path=r"groups\.csv")
    publish(behind_proxy, "out", "run-1", {**FILES, "pairs.csv": path}, about=ABOUT)
    s3_proxy.cut(2, method="GET", path=r"latest\.json")
    publish(behind_proxy, "out", "run-2", FILES, about=LATER)
    assert require_whole(stored()) == "run-2"


@pytest.mark.parametrize("where", [r"groups\.csv", r"manifest\.json", r"latest\.json"])
def test_a_server_that_keeps_failing_is_given_up_and_readers_see_the_former_run(
    behind_proxy, s3_proxy, stored, monkeypatch, where
):
    publish(behind_proxy, "out", "run-1", FILES, about=ABOUT)
    monkeypatch.setattr(platform, "ATTEMPTS", 2)
    s3_proxy.fail(99, 503, method="PUT", path=where)
    with pytest.raises(DependencyUnavailable, match="after all attempts") as error:
        publish(behind_proxy, "out", "run-2", FILES, about=LATER)
    assert "canary" not in str(error.value)
    assert require_whole(stored()) == "run-1"
    s3_proxy.heal()
    publish(behind_proxy, "out", "run-2", FILES, about=LATER)
    assert require_whole(stored()) == "run-2"


def test_a_server_that_is_always_slow_is_given_up(behind_proxy, s3_proxy, monkeypatch):
    monkeypatch.setattr(platform, "ATTEMPTS", 2)
    s3_proxy.delay(5, 99)
    with pytest.raises(DependencyUnavailable, match="imeout"):
        publish(behind_proxy, "out", "run-1", FILES, about=ABOUT)


@pytest.mark.parametrize("number", [1, 2, 6, 9, 10, 12, 13])
def test_a_publication_that_is_killed_at_any_request_is_completed_by_the_next(behind_proxy, s3_proxy, stored, number):
    """The proxy lets request ``number`` through and then holds every answer back, until the writer is killed."""
    publish(behind_proxy, "out", "run-1", FILES, about=ABOUT)
    whole = {re.sub("run-1", "run-2", key): data for key, data in stored().items() if "run-1/" in key}
    s3_proxy.seen.clear()
    s3_proxy.delay(0, number - 1)
    s3_proxy.delay(30, 99)
    script = (
        "import sys\nfrom twicetold.platform.services import Bucket, Secret\nfrom twicetold.sinks.s3 import publish\n"
        f"bucket = Bucket('s', 'tests', {behind_proxy.bucket!r}, {behind_proxy.region!r}, {behind_proxy.endpoint!r},"
        f" Secret({behind_proxy.access_key.reveal()!r}), Secret({behind_proxy.secret_key.reveal()!r}))\n"
        f"publish(bucket, 'out', 'run-2', {FILES!r}, about={LATER!r})\n"
    )
    with subprocess.Popen([sys.executable, "-c", script]) as child:
        while len(s3_proxy.seen) < number and child.poll() is None:
            threading.Event().wait(0.01)
        assert child.poll() is None
        child.send_signal(signal.SIGKILL)
    s3_proxy.heal()
    objects = stored()
    assert require_whole(objects) == "run-1"
    assert "out/runs/run-2/manifest.json" not in objects or number > 10
    publish(behind_proxy, "out", "run-2", FILES, about=LATER)
    objects = stored()
    assert require_whole(objects) == "run-2"
    assert {key: objects[key] for key in whole if "manifest" not in key} == {
        key: data for key, data in whole.items() if "manifest" not in key
    }


def test_a_missing_bucket_is_named(s3_bucket):
    with pytest.raises(OutputNotWritable, match="no bucket 'nowhere'"):
        publish(replace(s3_bucket, bucket="nowhere"), "out", "run-1", FILES, about=ABOUT)


def test_a_bucket_that_may_not_be_written_is_named(s3_bucket, stored):
    reader = replace(s3_bucket, access_key=Secret("readkey"), secret_key=Secret("readsecret-canary"))
    with pytest.raises(OutputNotWritable, match="this is not allowed") as error:
        publish(reader, "out", "run-1", FILES, about=ABOUT)
    assert "canary" not in str(error.value)
    assert stored() == {}


def test_credentials_that_are_not_accepted_are_a_dependency_that_is_unavailable(s3_bucket):
    stranger = replace(s3_bucket, secret_key=Secret("wrong-canary"))
    with pytest.raises(DependencyUnavailable, match="credentials are not accepted") as error:
        publish(stranger, "out", "run-1", FILES, about=ABOUT)
    assert "canary" not in str(error.value)
