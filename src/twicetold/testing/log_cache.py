"""Log Cache: keeps what apps and tasks print in memory, and gives it out page by page."""

from __future__ import annotations

import base64
import threading
import time
from bisect import bisect_left, insort
from typing import Any

#: Envelopes of one source; the oldest make room.
LARGEST_SOURCE = 100_000
#: The most and the usual number of envelopes of one answer.
LARGEST_PAGE, USUAL_PAGE = 1000, 100
#: How far from its time an envelope may be kept.
_FARTHEST = 4000


class LogCache:
    """The envelopes of every source.

    An envelope is kept at its time, or at the next nanosecond that is free; so equal times keep the order in which they
    came. Reading goes by the envelopes' own times.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: dict[str, list[int]] = {}
        self._kept: dict[str, dict[int, dict[str, Any]]] = {}

    def put(self, source: str, envelope: dict[str, Any]) -> None:
        """Keeps an envelope of a source."""
        with self._lock:
            places, kept = self._places.setdefault(source, []), self._kept.setdefault(source, {})
            place = first = int(envelope["timestamp"])
            while place in kept and place < first + _FARTHEST:
                place += 1
            if place not in kept:
                insort(places, place)
            kept[place] = envelope
            if len(places) > LARGEST_SOURCE:
                del kept[places.pop(0)]

    def read(self, source: str, start: int, end: int, limit: int) -> list[dict[str, Any]]:
        """The first envelopes from a time on and before another; a few more than asked for where times are equal."""
        found: list[dict[str, Any]] = []
        with self._lock:
            places, kept = self._places.get(source, []), self._kept.get(source, {})
            for place in places[bisect_left(places, start) :]:
                own = int(kept[place]["timestamp"])
                if start <= own < end:
                    found.append(kept[place])
                # The real one does not stop within a sequence of equal times, and takes one more after it.
                if len(found) >= limit and place == own:
                    break
        return found

    def answer(self, source: str, query: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """What it says to a request for a source."""
        try:
            start, end = int(query.get("start_time", 0)), int(query.get("end_time", 0)) or time.time_ns()
            limit = int(query.get("limit", 0)) or USUAL_PAGE
        except ValueError:
            return 400, {"error": "a number is none", "code": 3, "message": "a number is none", "details": []}
        if not 0 <= limit <= LARGEST_PAGE:
            message = f"Limit ({limit}) must be {LARGEST_PAGE} or less"
            return 500, {"error": message, "code": 2, "message": message, "details": []}
        return 200, {"envelopes": {"batch": self.read(source, start, end, limit)}}


def envelope(text: str | bytes, *, at: int, source: str, kind: str, instance: str, is_error: bool) -> dict[str, Any]:
    """A line of a log as Log Cache gives it out.

    Args:
        text: The line.
        at: Nanoseconds since 1970.
        source: The app's guid.
        kind: Which part of the app printed it, such as ``APP/TASK/name``.
        instance: The number of the process's instance.
        is_error: Whether it went to standard error.
    """
    data = text if isinstance(text, bytes) else text.encode("utf-8")
    return {
        "timestamp": str(at),
        "source_id": source,
        "instance_id": instance,
        "deprecated_tags": {},
        "tags": {"source_type": kind, "origin": "rep", "deployment": "cf", "app_id": source, "__v1_type": "LogMessage"},
        "log": {"payload": base64.b64encode(data).decode("ascii"), "type": "ERR" if is_error else "OUT"},
    }
