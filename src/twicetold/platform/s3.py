"""S3: addresses, clients for buckets, and what goes wrong there as errors that tell a person what to do."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Self

from twicetold.errors import DependencyUnavailable, SettingInvalid, TwicetoldError, UsageError
from twicetold.platform import services
from twicetold.platform.services import Bucket, Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.client import BaseClient

#: Seconds until a server must have accepted a connection, and between two pieces of its answer.
CONNECT_TIMEOUT = 5
READ_TIMEOUT = 20
#: How often a request is made in all: between two, up to 1, 2 and 4 seconds pass.
ATTEMPTS = 4
_SCHEME = "s3://"
_ABSENT = {"NoSuchKey", "NoSuchBucket", "404"}
_REFUSED = {"AccessDenied", "AllAccessDisabled", "InvalidBucketName", "KeyTooLongError", "403"}
_STRANGERS = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "RequestTimeTooSkewed"}


class Address(NamedTuple):
    """``s3://bucket/key``; the key is taken as it is, nothing in it is decoded."""

    bucket: str
    key: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Takes an address apart.

        Raises:
            UsageError: There is no bucket in it.
        """
        bucket, _, key = text[len(_SCHEME) :].partition("/")
        if not bucket:
            raise UsageError(f"{text!r} names no bucket.", remedy="Write s3://bucket/key, or s3://bucket/prefix/.")
        return cls(bucket, key)

    @property
    def is_prefix(self) -> bool:
        """Whether it means all objects below it: it ends with a slash, or is a whole bucket."""
        return not self.key or self.key.endswith("/")

    def __str__(self) -> str:
        return f"{_SCHEME}{self.bucket}/{self.key}"


def is_address(path: object) -> bool:
    """Whether a path means an object or a prefix in S3 rather than a file."""
    return isinstance(path, str) and path[: len(_SCHEME)].lower() == _SCHEME


def bucket_named(name: str) -> Bucket:
    """The bound service that has a bucket of this name in S3; without one, who the variables of AWS say.

    Raises:
        SettingInvalid: Several services have that bucket, or neither a service nor the variables say who asks.
    """
    buckets = [row for row in services.bound() if row["kind"] == "bucket"]
    having = [row["service"] for row in buckets if row["place"].partition("/")[2] == name]
    if len(having) > 1:
        listed = ", ".join(map(repr, having))
        raise SettingInvalid(
            f"The bucket {name!r} belongs to several services: {listed}.", remedy="Unbind all but one of them."
        )
    if having:
        return services.bucket(having[0])
    access_key, secret_key = (os.environ.get(key, "") for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"))
    if not access_key or not secret_key:
        bound = ", ".join(repr(row["service"]) for row in buckets) or "none"
        raise SettingInvalid(
            f"No bound service has the bucket {name!r}; services with buckets are: {bound}.",
            remedy="Bind the service, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        )
    return Bucket(
        name="AWS_ACCESS_KEY_ID",
        origin="the environment",
        bucket=name,
        region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1",
        endpoint=os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL"),
        access_key=Secret(access_key),
        secret_key=Secret(secret_key),
    )


def client(bucket: Bucket) -> BaseClient:
    """A client of boto3's for one bucket: bounded in time and attempts, asking nobody else for credentials.

    Where the binding names an endpoint, the bucket is in the path, which every server understands.
    """
    import boto3  # noqa: PLC0415 - slow to import
    from botocore.config import Config  # noqa: PLC0415

    # Temporary credentials have a third part, which is the environment's own.
    is_environment = bucket.access_key.reveal() == os.environ.get("AWS_ACCESS_KEY_ID")
    return boto3.client(
        "s3",
        region_name=bucket.region,
        endpoint_url=bucket.endpoint,
        aws_access_key_id=bucket.access_key.reveal(),
        aws_secret_access_key=bucket.secret_key.reveal(),
        aws_session_token=os.environ.get("AWS_SESSION_TOKEN") if is_environment else None,
        config=Config(
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            s3={"addressing_style": "path" if bucket.endpoint else "auto"},
            ignore_configured_endpoint_urls=True,
            user_agent_extra="twicetold",
        ),
    )


@contextmanager
def translated(bucket: Bucket, place: object, refused: type[UsageError]) -> Iterator[None]:
    """Every error of a client as one of ours.

    Args:
        bucket: The bucket.
        place: What is read or written, for messages.
        refused: What is raised where the place is missing or forbidden.

    Raises:
        DependencyUnavailable: The server cannot be reached, keeps failing, or does not know the credentials.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        yield
    except ClientError as error:
        raise _translated(error.response, bucket, place, refused) from None
    except (BotoCoreError, ValueError) as error:  # botocore takes an endpoint that is no URL for a ValueError
        cause = services.redact(str(error), bucket).rstrip(".")
        raise DependencyUnavailable(f"{place}: {bucket.place} cannot be used: {cause}.") from None


def read_whole(s3: BaseClient, address: Address) -> tuple[bytes, str]:
    """The bytes of an object, all of one version, and its tag.

    An answer that breaks off is asked for again; should the object have been replaced since, the server's refusal is
    raised as it comes.
    """
    from botocore.exceptions import HTTPClientError, IncompleteReadError  # noqa: PLC0415

    same: dict[str, str] = {}
    for attempts_left in reversed(range(ATTEMPTS)):
        answer = s3.get_object(Bucket=address.bucket, Key=address.key, **same)
        same = {"IfMatch": answer["ETag"]}
        try:
            return answer["Body"].read(), answer["ETag"]
        except (HTTPClientError, IncompleteReadError):  # the client itself tries again only until an answer begins
            if not attempts_left:
                raise
    raise AssertionError("the last attempt returns or raises")


def _translated(
    answer: dict[str, dict[str, object]], bucket: Bucket, place: object, refused: type[UsageError]
) -> TwicetoldError:
    """The error for a server's answer; what it says is left out, its code is not."""
    code = str(answer.get("Error", {}).get("Code", ""))
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
    said = f"{bucket.place} answers {code or status}"
    if code == "NoSuchBucket":
        return refused(f"{place}: there is no bucket {bucket.bucket!r} ({said}).", remedy="Check the bucket's name.")
    if code == "PreconditionFailed":
        return DependencyUnavailable(f"{place} was replaced while it was read.", remedy="Run again.")
    if code in _ABSENT:
        return refused(f"There is no object {place} ({said}).", remedy="Check the address; keys are case-sensitive.")
    if code in _REFUSED:
        remedy = f"Check what the credentials of {bucket.name!r} ({bucket.origin}) may do, and the address."
        return refused(f"{place}: this is not allowed ({said}).", remedy=remedy)
    if code in _STRANGERS:
        remedy = f"Check the credentials of {bucket.name!r} ({bucket.origin}); bind the service again if they changed."
        return DependencyUnavailable(f"{place}: the credentials are not accepted ({said}).", remedy=remedy)
    return DependencyUnavailable(f"{place}: {said}, after all attempts.")
