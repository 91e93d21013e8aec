"""Objects in S3: one by its key, or all tables below a prefix."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from twicetold.errors import FileNotUsable
from twicetold.findings import Finding, Severity
from twicetold.platform.s3 import Address, bucket_named, client, read_whole, translated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Endings of the objects that are taken from a prefix, gzipped or not.
TABLES = frozenset({".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet"})
_NAMED = 5


def list_tables(prefix: Address) -> tuple[list[Address], list[Finding]]:
    """The tables below a prefix, in the order of their keys, and a finding about what else is there.

    Raises:
        SettingInvalid: Nothing says with which credentials to read the bucket.
        FileNotUsable: There is no table, or the bucket may not be listed.
        DependencyUnavailable: S3 cannot be reached.
    """
    bucket = bucket_named(prefix.bucket)
    with translated(bucket, prefix, FileNotUsable), closing(client(bucket)) as s3:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=prefix.bucket, Prefix=prefix.key)
        keys = sorted(entry["Key"] for page in pages for entry in page.get("Contents", ()))
    tables = [key for key in keys if _ending(key) in TABLES]
    others = [key for key in keys if _ending(key) not in TABLES and not key.endswith("/")]  # which marks a folder
    if not tables:
        there = f", but {_listed(others)}" if others else ""
        raise FileNotUsable(
            f"There is no table below {prefix}{there}.",
            remedy=f"The keys of tables end with {', '.join(sorted(TABLES))}, or these and .gz.",
        )
    findings = []
    if others:
        message = f"Objects below {prefix} that were not read, since they do not end like tables: {_listed(others)}."
        findings.append(Finding(Severity.INFO, "objects-skipped", message, len(others)))
    return [Address(prefix.bucket, key) for key in tables], findings


def read_objects(addresses: Sequence[Address]) -> Iterator[tuple[str, bytes]]:
    """Objects of one bucket with their addresses, each of one version.

    An answer that breaks off is asked for again; should the object have been replaced since, that is an error.

    Raises:
        SettingInvalid: Nothing says with which credentials to read the bucket.
        FileNotUsable: There is no such object, or it may not be read.
        DependencyUnavailable: S3 cannot be reached, or the object was replaced while it was read.
    """
    bucket = bucket_named(addresses[0].bucket)
    with translated(bucket, addresses[0], FileNotUsable):
        s3 = client(bucket)
    with closing(s3):
        for address in addresses:
            with translated(bucket, address, FileNotUsable):
                data, _ = read_whole(s3, address)
            yield str(address), data


def _ending(key: str) -> str:
    return PurePosixPath(key.lower().removesuffix(".gz")).suffix


def _listed(keys: Sequence[str]) -> str:
    endings = Counter(_ending(key) or "none" for key in keys)
    more = ", and others" if len(endings) > _NAMED else ""
    return f"{len(keys)} with the endings {', '.join(ending for ending, _ in endings.most_common(_NAMED))}{more}"
