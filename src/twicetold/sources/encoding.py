"""From bytes in the encodings that people's files have to clean UTF-8."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from twicetold.errors import FormatNotRecognised
from twicetold.findings import Finding, Severity
from twicetold.sources.table import nul_finding

if TYPE_CHECKING:
    from twicetold.sources.content import Content

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\v\f\r\x1b")
_MOST_NUL = 0.1  # share of the bytes above which a file is taken for binary
_MOST_CONTROLS = 0.02  # the same for control characters, in a file that is not UTF-8
_WINDOWS_1252 = {
    code: bytes([code]).decode("cp1252", "ignore") or chr(code)  # five codes are free: they stay as they are
    for code in range(0x80, 0xA0)
}


def as_utf8(content: Content) -> tuple[bytes, list[Finding]]:
    """The text of a file as UTF-8 without byte-order mark and NUL, and what had to be guessed.

    Bytes marked as UTF-16 are read as such, all others as UTF-8; a line that is not UTF-8 is read as
    Windows-1252, for files glued together from several sources hold lines of both.

    Raises:
        FormatNotRecognised: The bytes are no text.
    """
    if content.data.startswith(_UTF16):
        data = _from_utf16(content)
        guessed: list[Finding] = []
    else:
        data, guessed = _from_utf8(content)
    nul = data.count(b"\0")
    if nul > _MOST_NUL * len(data):
        raise _binary(content)
    return (data.replace(b"\0", b"") if nul else data), guessed + nul_finding(nul)


def _from_utf16(content: Content) -> bytes:
    try:
        return content.data.decode("utf-16").encode()
    except UnicodeDecodeError as error:
        raise FormatNotRecognised(
            f"{content.name} is marked as UTF-16 but is not valid UTF-16 at byte {error.start}.",
            remedy="Save it again as UTF-8.",
        ) from error


def _from_utf8(content: Content) -> tuple[bytes, list[Finding]]:
    data = content.data.removeprefix(codecs.BOM_UTF8)
    if _is_utf8(data):
        return data, []
    if len(data) - len(data.translate(None, _CONTROLS)) > _MOST_CONTROLS * len(data):
        raise _binary(content)
    lines = data.split(b"\n")
    guessed = [row for row, line in enumerate(lines) if not _is_utf8(line)]
    for row in guessed:
        lines[row] = lines[row].decode("latin-1").translate(_WINDOWS_1252).encode()
    message = f"Lines of {content.name} that are not UTF-8 and were read as Windows-1252: {len(guessed)}."
    return b"\n".join(lines), [Finding(Severity.WARNING, "encoding-guessed", message, len(guessed))]


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _binary(content: Content) -> FormatNotRecognised:
    return FormatNotRecognised(f"{content.name} is no text: it holds too many control characters.")
