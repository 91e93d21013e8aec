"""Logs: the lines of a task out of Log Cache, each once, however they arrive.

Log Cache keeps the lines of an app by their times, in nanoseconds, and gives the first thousand from a time on. Lines
may have the same time, and may arrive later than younger ones. So each look begins some time before the last line that
was seen and counts how often it meets each line; what was met more often than ever before is new.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    _Read = Callable[[int, int], Sequence[Mapping[str, Any]]]

SECOND = 1_000_000_000
#: The most that Log Cache gives at once.
PAGE = 1000
#: How much later than its successors a line may arrive and be seen at once; later ones are found at the end.
OVERLAP = 15 * SECOND


@dataclass(frozen=True, slots=True)
class Line:
    """What a task printed.

    Attributes:
        time: Nanoseconds since 1970.
        text: Without its line end.
        is_error: Whether it went to standard error.
    """

    time: int
    text: str
    is_error: bool


class Tail:
    """The lines of one task that have not been seen yet."""

    def __init__(self, read: _Read, name: str, since: int, *, page: int = PAGE) -> None:
        """Reads nothing yet.

        Args:
            read: Gives the envelopes from a time on, oldest first, and as many as it is told.
            name: The task's; other tasks and processes of the app are left out.
            since: Nanoseconds since 1970, before its first line.
            page: How many envelopes to ask for at once.
        """
        self._read, self._source, self._since, self._page = read, f"APP/TASK/{name}", since, page
        self._newest = since
        self._seen: Counter[bytes] = Counter()

    def look(self, *, whole: bool = False) -> list[Line]:
        """The lines that are new, in the order of their times.

        Args:
            whole: Begin with the task's first line again, for the sake of those that are very late.
        """
        start = self._since if whole else max(self._since, self._newest - OVERLAP)
        new: list[Line] = []
        met: Counter[bytes] = Counter()
        for envelope in list(self._walk(start)):  # whole before it counts: should a page fail, nothing was seen
            time = _time(envelope)
            self._newest = max(self._newest, time)
            if (envelope.get("tags") or {}).get("source_type") != self._source:
                continue
            mark = _mark(envelope)
            met[mark] += 1
            if met[mark] > self._seen[mark]:
                self._seen[mark] += 1
                new.append(_line(time, envelope))
        return sorted(new, key=lambda line: line.time)

    def _walk(self, start: int) -> Iterator[Mapping[str, Any]]:
        """Every envelope from a time on, once, over all pages."""
        while True:
            envelopes = self._read(start, self._page)
            if len(envelopes) < self._page:
                yield from envelopes
                return
            following = _next(start, list(map(_time, envelopes)))
            yield from (envelope for envelope in envelopes if _time(envelope) < following)
            start = following


def _next(start: int, times: list[int]) -> int:
    """Where to read on after a full page, so that what begins there is read anew and whole.

    Log Cache keeps each envelope in a place of its own, the first that is free from its time on, nanosecond by
    nanosecond. Only after a free place it is certain that nothing older is missing in the page.
    """
    free, safe = start, start
    for time in sorted(times):
        if time > free:
            safe = time
        free = max(free, time) + 1
    return safe if safe > start else max(*times, start + 1)


def _time(envelope: Mapping[str, Any]) -> int:
    return int(envelope.get("timestamp") or 0)


def _mark(envelope: Mapping[str, Any]) -> bytes:
    """What makes an envelope the same as another, in 16 bytes."""
    log = envelope.get("log") or {}
    parts = (envelope.get("timestamp"), envelope.get("instance_id"), log.get("type"), log.get("payload"))
    return hashlib.blake2b(repr(parts).encode("utf-8", "replace"), digest_size=16).digest()


def _line(time: int, envelope: Mapping[str, Any]) -> Line:
    log = envelope.get("log") or {}
    try:
        text = base64.b64decode(str(log.get("payload") or "")).decode("utf-8", "replace")
    except binascii.Error:
        text = "(a line that arrived broken)"
    return Line(time, text.rstrip("\r\n"), log.get("type") == "ERR")
