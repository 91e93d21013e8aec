"""A run's results in S3: all files first, a manifest last, and then a pointer to the newest run.

    <prefix>/runs/<run id>/<name>           the files, each with its SHA-256 as metadata
    <prefix>/runs/<run id>/manifest.json    their sizes and digests: what it names is complete
    <prefix>/latest.json                    which run is the newest, and its manifest

Whatever stops the program, it can be run again: what is there already is not sent twice. Readers follow
``latest.json``, which is switched by a conditional put, so that of many writers the newest run wins.
"""

from __future__ import annotations

import base64
import hashlib
import json
import mimetypes
import random
import re
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from io import SEEK_END, BufferedReader, BytesIO
from typing import TYPE_CHECKING, Any

from twicetold.errors import DependencyUnavailable, OutputNotWritable
from twicetold.platform.s3 import Address, client, read_whole, translated

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from botocore.client import BaseClient

    from twicetold.platform.services import Bucket

MANIFEST = "manifest.json"
LATEST = "latest.json"
#: How often ``latest.json`` is tried for; each time that this fails, another writer has succeeded.
SWITCHES = 100
_TAKEN = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "404", "409", "412"}
_NAME = re.compile(r"[\w.-]+(/[\w.-]+)*")


def publish(
    bucket: Bucket, prefix: str, run_id: str, files: Mapping[str, Path | bytes], *, about: Mapping[str, object]
) -> dict[str, Any]:
    """Uploads the results of a run and points ``latest.json`` to them: :func:`upload` and :func:`switch_latest`."""
    manifest = upload(bucket, prefix, run_id, files, about=about)
    switch_latest(bucket, prefix, run_id)
    return manifest


def upload(
    bucket: Bucket, prefix: str, run_id: str, files: Mapping[str, Path | bytes], *, about: Mapping[str, object]
) -> dict[str, Any]:
    """Puts the results of a run into a bucket, the manifest last; called again, it sends only what is missing.

    Args:
        bucket: The bucket.
        prefix: What all keys begin with; blank for nothing.
        run_id: The run.
        files: Contents by name.
        about: What the manifest says besides; ``started_at``, with a time zone, decides which run is the newest.

    Returns:
        The manifest: ``about``, ``run_id``, and under ``files`` the size in bytes and SHA-256 of each by its name.

    Raises:
        OutputNotWritable: There is no such bucket, it may not be written, or a name cannot be used.
        DependencyUnavailable: S3 cannot be reached, or keeps failing.
    """
    run = _run(bucket, prefix, run_id)
    for name in (run_id, *files):
        if not _NAME.fullmatch(name) or {".", ".."} & set(name.split("/")) or name == MANIFEST:
            raise OutputNotWritable(f"{name!r} cannot be a name in {run}.", remedy="Choose another.")
    started_at = _moment(about["started_at"]).isoformat()
    with translated(bucket, run, OutputNotWritable), closing(client(bucket)) as s3:
        place = _Place(s3, bucket)
        listed = {name: place.put_unless_there(f"{run.key}/{name}", files[name]) for name in sorted(files)}
        manifest = {**about, "run_id": run_id, "started_at": started_at, "files": listed}
        place.put_unless_there(f"{run.key}/{MANIFEST}", _json(manifest))
    return manifest


def switch_latest(bucket: Bucket, prefix: str, run_id: str) -> None:
    """Points ``latest.json`` to a run that was uploaded, unless it points to one that was started later.

    Raises:
        OutputNotWritable: The run was not uploaded, or the bucket may not be written.
        DependencyUnavailable: S3 cannot be reached, or keeps failing.
    """
    run = _run(bucket, prefix, run_id)
    with translated(bucket, run, OutputNotWritable), closing(client(bucket)) as s3:
        place = _Place(s3, bucket)
        key = f"{run.key}/{MANIFEST}"
        found = place.get(key)
        if found is None:
            raise OutputNotWritable(f"{run} has no {MANIFEST}: it was not uploaded.", remedy="Upload it first.")
        pointer = {
            "run_id": run_id,
            "started_at": json.loads(found[0])["started_at"],
            "manifest": {"key": key, "size": len(found[0]), "sha256": hashlib.sha256(found[0]).hexdigest()},
        }
        _switch(place, _key(prefix, LATEST), _json(pointer))


def _run(bucket: Bucket, prefix: str, run_id: str) -> Address:
    return Address(bucket.bucket, _key(prefix, f"runs/{run_id}"))


def _key(prefix: str, name: str) -> str:
    return "/".join(filter(None, (prefix.strip("/"), name)))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where objects are put, and how."""

    s3: BaseClient
    bucket: Bucket

    def put_unless_there(self, key: str, content: Path | bytes) -> dict[str, Any]:
        """Size and SHA-256 of an object that is now there, sent only if it was not."""
        with _opened(content) as body:
            digest = hashlib.file_digest(body, "sha256").digest()
            known = {"size": body.seek(0, SEEK_END), "sha256": digest.hex()}
            if self._known(key) != known:
                body.seek(0)
                self.put(key, body, digest)
        return known

    def put(self, key: str, body: BytesIO | BufferedReader, digest: bytes, **condition: str) -> None:
        encryption = {"ServerSideEncryption": "AES256"} if self.bucket.encrypt else {}
        self.s3.put_object(
            Bucket=self.bucket.bucket,
            Key=key,
            Body=body,
            ContentType=mimetypes.guess_type(key)[0] or "application/octet-stream",
            ChecksumSHA256=base64.b64encode(digest).decode(),  # the server refuses what arrives as something else
            Metadata={"sha256": digest.hex()},
            **encryption,
            **condition,
        )

    def get(self, key: str) -> tuple[bytes, str] | None:
        """Content and tag of an object; None where there is none."""
        from botocore.exceptions import ClientError  # noqa: PLC0415

        try:
            return read_whole(self.s3, Address(self.bucket.bucket, key))
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchKey":
                raise
            return None

    def _known(self, key: str) -> dict[str, Any] | None:
        from botocore.exceptions import ClientError  # noqa: PLC0415

        try:
            there = self.s3.head_object(Bucket=self.bucket.bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] == "404":
                return None
            self.s3.get_object(Bucket=self.bucket.bucket, Key=key)  # which says why, as an answer to HEAD cannot
            raise
        return {"size": there["ContentLength"], "sha256": there["Metadata"].get("sha256")}


def _switch(place: _Place, key: str, body: bytes) -> None:
    """Puts a pointer in place of an older one; of two of one moment, the id decides."""
    from botocore.exceptions import ClientError  # noqa: PLC0415

    address = Address(place.bucket.bucket, key)
    for failed in range(SWITCHES):
        try:
            former = place.get(key)
            if former is not None and (former[0] == body or _age(former[0], address) > _age(body, address)):
                return
            condition = {"IfMatch": former[1]} if former else {"IfNoneMatch": "*"}
            place.put(key, BytesIO(body), hashlib.sha256(body).digest(), **condition)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _TAKEN:
                raise
            time.sleep(random.uniform(0, min(1, 0.05 * failed)))  # noqa: S311 - so that writers do not keep step
        else:
            return
    raise DependencyUnavailable(f"{address} was changed by others {SWITCHES} times while it was to be switched.")


def _age(pointer: bytes, address: Address) -> tuple[datetime, str]:
    try:
        content = json.loads(pointer)
        return _moment(content["started_at"]), str(content["run_id"])
    except (ValueError, KeyError, TypeError):
        raise OutputNotWritable(
            f"{address} is there and was not written by this program.", remedy="Choose another prefix, or remove it."
        ) from None


def _moment(value: object) -> datetime:
    """A time in UTC; one without a time zone is a ``ValueError``."""
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError(f"{value} has no time zone")
    return moment.astimezone(UTC)


def _opened(content: Path | bytes) -> BytesIO | BufferedReader:
    return BytesIO(content) if isinstance(content, bytes) else content.open("rb")


def _json(content: Mapping[str, object]) -> bytes:
    return f"{json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True)}\n".encode()
