"""Fields: what may stand in a log line, made safe, small and free of credentials."""

from __future__ import annotations

import json
import math
import numbers
import re
from bisect import bisect_right
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from twicetold.platform.secret import MASK, Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

#: Bytes of a line with its end. Cloud Foundry splits at 61,440; log systems behind it keep less.
LINE_BYTES = 16_000

_NAME_CHARACTERS = 200
_DEPTH = 8
_NOTE_BYTES = 500
_SMALL_BYTES = 64
_LARGEST_INTEGER_BITS = 63
_LONGEST_CREDENTIAL = 500
_USERINFO = re.compile(rf"(?<=://)[^\s\"'<>]{{0,{_LONGEST_CREDENTIAL}}}@")
_SECRETS = r"(?:password|passwd|pwd|secret|token|signature|credentials?|(?:api|access|license|secret)[-_]?key)"
_ASSIGNED = re.compile(rf"({_SECRETS}[\"']?\s*[=:]\s*[\"']?)[^\s\"'&;,]+", re.IGNORECASE)
_SECRET_NAME = re.compile(rf"(?:^|[-_.]){_SECRETS}$", re.IGNORECASE)


class _NoRoom(Exception):
    """Not even the shortest form of a value fits."""


def fit(fields: Mapping[str, object], room: int) -> dict[str, Json]:
    """Fields that can be written as JSON in a given number of bytes, the smallest ones whole.

    Numbers, texts, and lists and dictionaries of them stay; of anything else the name of its type stays, never its
    content. Secrets, texts named like one (``password``), assignments of one within a text (``password=...``) and the
    user part of addresses become ``***``. Halves of characters and NUL become U+FFFD.

    Args:
        fields: Values by name.
        room: Bytes that the fields may take as compact ASCII JSON; at least 1,000.

    Returns:
        A copy. If something had to be shortened or left out, ``cut`` names the fields, as many as fit.
    """
    safe = _safe_entries(dict(fields), 0)
    if size(safe) <= room:
        return safe
    kept = _smallest_entries(safe, room - _NOTE_BYTES - len('"cut":,'))
    cut = sorted(name for name, value in safe.items() if name not in kept or kept[name] != value)
    return {**kept, "cut": _note(cut)}


def _note(cut: list[str]) -> list[Json]:
    """Names of what was cut, and how many more there are if they do not fit."""
    named = _first_items(list(cut), _NOTE_BYTES - len('"and 16000 more",'))
    left = len(cut) - len(named)
    return [*named, f"and {left} more"] if left else named


def dump(value: Json) -> str:
    """JSON in ASCII, so that neither a terminal's encoding nor a rare line separator can break a line."""
    return json.dumps(value, sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def size(value: Json) -> int:
    """Bytes of a value in a line."""
    return len(dump(value))


def clean_name(text: str) -> str:
    """A name that is safe and not long."""
    return _clean(text)[:_NAME_CHARACTERS]


def _safe(value: object, depth: int) -> Json:
    """A value as JSON can hold it; of what could never fit a line, only a part that is too long as well."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, numbers.Real):
        return _number(value)
    if isinstance(value, list | tuple) and depth < _DEPTH:
        return [_safe(item, depth + 1) for item in islice(value, LINE_BYTES)]
    if isinstance(value, dict) and depth < _DEPTH:
        return _safe_entries(value, depth + 1)
    return MASK if isinstance(value, Secret) else f"<{type(value).__name__}>"


def _safe_entries(entries: dict[str, object], depth: int) -> dict[str, Json]:
    safe = {}
    for key, value in islice(list(entries.items()), LINE_BYTES):
        name = clean_name(key) if isinstance(key, str) else f"<{type(key).__name__}>"
        is_secret = isinstance(value, str) and _SECRET_NAME.search(name)
        safe[name] = MASK if is_secret else _safe(value, depth)
    return safe


def _clean(value: str) -> str:
    """A text without credentials, halves of characters, and NUL, which not every reader of JSON takes."""
    text = str.__str__(value)[: LINE_BYTES + 2 * _LONGEST_CREDENTIAL]
    text = _ASSIGNED.sub(rf"\1{MASK}", _USERINFO.sub(f"{MASK}@", text)).replace("\0", "\ufffd")
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _number(value: numbers.Real) -> Json:
    """A number that every reader of JSON takes: at most 64 bits, and no NaN."""
    try:
        number = int(value) if isinstance(value, numbers.Integral) else float(value)
    except (OverflowError, ValueError):
        return f"<{type(value).__name__}>"
    if isinstance(number, int):
        return number if number.bit_length() <= _LARGEST_INTEGER_BITS else f"<{type(value).__name__}>"
    return number if math.isfinite(number) else str(number)


def _shorten(value: Json, room: int) -> Json:
    """The most of a value that takes at most so many bytes.

    Raises:
        _NoRoom: Nothing of it does.
    """
    if size(value) <= room:
        return value
    if isinstance(value, str):
        return _beginning(value, room)
    if isinstance(value, dict):
        return _smallest_entries(value, room)
    if isinstance(value, list):
        return _first_items(value, room)
    raise _NoRoom


def _beginning(text: str, room: int) -> str:
    """As many whole characters as fit, and an ellipsis."""
    length = bisect_right(range(1, len(text) + 1), room, key=lambda end: size(text[:end] + "…"))
    if not length:
        raise _NoRoom
    return text[:length] + "…"


def _first_items(items: list[Json], room: int) -> list[Json]:
    kept: list[Json] = []
    left = room - 2
    if left < 0:
        raise _NoRoom
    for item in items:
        try:
            short = _shorten(item, left - len(","))
        except _NoRoom:
            break
        kept.append(short)
        left -= size(short) + len(",")
    return kept


def _smallest_entries(entries: dict[str, Json], room: int) -> dict[str, Json]:
    """Small entries whole, and the room that they leave shared among the others."""
    kept: dict[str, Json] = {}
    left = room - 2
    if left < 0:
        raise _NoRoom
    ordered = sorted(entries, key=lambda name: (size(entries[name]), name))
    for place, name in enumerate(ordered):
        share = min(left, max(left // (len(ordered) - place), _SMALL_BYTES))
        name_bytes = size(name) + len(":,")
        try:
            kept[name] = _shorten(entries[name], share - name_bytes)
        except _NoRoom:
            continue
        left -= size(kept[name]) + name_bytes
    return kept
