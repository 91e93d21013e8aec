"""The bytes of a file, an object in S3 or standard input: found, unpacked, and known by their first bytes."""

from __future__ import annotations

import gzip
import hashlib
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from twicetold.errors import FileNotUsable, FormatNotRecognised
from twicetold.platform.s3 import Address, is_address

if TYPE_CHECKING:
    from typing import BinaryIO

STANDARD_INPUT = "standard input"
_GZIP = b"\x1f\x8b"
_NOT_TABLES = {
    b"PK\x03\x04": "an Excel workbook or a zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"SQLite format 3\0": "an SQLite database",
    b"ARROW1": "an Arrow file",
    b"ORC": "an ORC file",
    b"Obj\x01": "an Avro file",
    b"BZh": "packed with bzip2",
    b"\xfd7zXZ": "packed with xz",
    b"\x28\xb5\x2f\xfd": "packed with zstd",
}


@dataclass(frozen=True, slots=True)
class Content:
    """What a file says.

    Attributes:
        name: The file as it was named, for messages.
        data: Its bytes, unpacked.
    """

    name: str
    data: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the unpacked bytes, so that packing a file does not make it another one."""
        return hashlib.sha256(self.data).hexdigest()


def read_content(path: str | Path, stdin: BinaryIO | None = None) -> Content:
    """Reads a file, an ``s3://`` object, or standard input when the path is ``-``; unpacks gzip whatever its name.

    Raises:
        FileNotUsable: There is no such file or object, or it may not be read.
        FormatNotRecognised: It is damaged gzip, or a known kind of file that is no table.
        DependencyUnavailable: S3 cannot be reached.
    """
    if str(path) == "-":
        return known_content(STANDARD_INPUT, (stdin or sys.stdin.buffer).read())
    if is_address(path):
        from twicetold.sources.s3 import read_objects  # noqa: PLC0415 - its driver is slow to import

        return next(known_content(name, data) for name, data in read_objects([Address.parse(str(path))]))
    return known_content(str(path), _bytes_of(Path(path)))


def known_content(name: str, data: bytes) -> Content:
    """Unpacks gzip, and refuses what is known to be no table.

    Raises:
        FormatNotRecognised: It is damaged gzip, or a known kind of file that is no table.
    """
    content = Content(name, _unpacked(name, data))
    for start, kind in _NOT_TABLES.items():
        if content.data.startswith(start):
            raise FormatNotRecognised(f"{name} is {kind}, not a table in a format that can be read.")
    return content


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise FileNotUsable(f"There is no file {path}.") from None
    except IsADirectoryError:
        raise FileNotUsable(f"{path} is a folder, not a file.", remedy="Name the files in it.") from None
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL character
        cause = getattr(error, "strerror", None) or error
        raise FileNotUsable(f"{str(path)!r} cannot be read: {cause}.") from error


def _unpacked(name: str, data: bytes) -> bytes:
    if not data.startswith(_GZIP):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise FormatNotRecognised(
            f"{name} is a damaged or cut-off gzip file: {error}.", remedy="Pack or download it again."
        ) from error
