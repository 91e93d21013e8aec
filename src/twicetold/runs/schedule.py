"""Schedules: what a cron expression of five fields and a time zone may say."""

from __future__ import annotations

import re

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
#: Name, least and greatest value of each field, and the names of its values from the least on.
_FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 7, _DAYS),
)
_PART = re.compile(r"(?:\*|(\w+)(?:-(\w+))?)(?:/(\d+))?")


def check_cron(expression: str) -> str:
    """The expression with single blanks between its five fields.

    Raises:
        ValueError: It is no cron expression; the message names the field and its allowed values.
    """
    fields = expression.split()
    if len(fields) != len(_FIELDS):
        raise ValueError(
            f"a cron expression has five fields ({', '.join(name for name, *_ in _FIELDS)}), not {len(fields)}"
        )
    for field, (name, least, most, names) in zip(fields, _FIELDS, strict=True):
        for part in field.split(","):
            _check_part(part, name, least, most, names)
    return " ".join(fields)


def check_timezone(name: str) -> str:
    """The name, if the system knows a time zone of that name.

    Raises:
        ValueError: It knows none.
    """
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - reads the file system

    try:
        ZoneInfo(name)
    except (OSError, ValueError):  # ZoneInfoNotFoundError is a KeyError
        pass
    except KeyError:
        pass
    else:
        return name
    raise ValueError("there is no such time zone; names are like 'UTC' and 'America/New_York'")


def _check_part(part: str, name: str, least: int, most: int, names: tuple[str, ...]) -> None:
    match = _PART.fullmatch(part)
    if match:
        first, last, step = match.groups()
        ends = [_number(end, least, names) for end in (first, last) if end is not None]
        in_range = all(end is not None and least <= end <= most for end in ends)
        if in_range and ends == sorted(ends, key=lambda end: end or 0) and step != "0":
            return
    also = f" or {names[0]} to {names[-1]}" if names else ""
    raise ValueError(
        f"{part!r} is no {name}: allowed are {least} to {most}{also}, *, ranges a-b, lists a,b and steps */n"
    )


def _number(text: str, least: int, names: tuple[str, ...]) -> int | None:
    if text.isascii() and text.isdigit():
        return int(text)
    return names.index(text.lower()) + least if text.lower() in names else None
