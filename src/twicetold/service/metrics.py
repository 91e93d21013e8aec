"""Metrics: what the service counts, in the text format of Prometheus (version 0.0.4).

Written here and not with prometheus_client: three kinds of lines are needed, of one process, and none of that
package's registries, collectors and files.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
#: Upper bounds of the histogram, in seconds.
BUCKETS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counts requests; may be shared by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._buckets: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = {}

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts a request that was answered.

        Args:
            method: Of HTTP.
            route: The route's pattern, never an address that was asked for.
            status: Of the answer.
            seconds: From its first byte to the answer's last.
        """
        with self._lock:
            self._requests[method, route, status] += 1
            self._seconds[route] = self._seconds.get(route, 0.0) + seconds
            counts = self._buckets.setdefault(route, [0] * (len(BUCKETS) + 1))
            counts[bisect_left(BUCKETS, seconds)] += 1

    def text(self, gauges: Mapping[str, tuple[str, float]], labels: Mapping[str, str]) -> str:
        """All counts as text.

        Args:
            gauges: By name what it tells, and its value now.
            labels: What the gauge ``twicetold_model_info`` says of the model.
        """
        with self._lock:
            lines = [*self._request_lines(), *self._latency_lines()]
        for name, (told, value) in gauges.items():
            lines += [f"# HELP {name} {told}", f"# TYPE {name} gauge", f"{name} {value:g}"]
        name = "twicetold_model_info"
        lines += [f"# HELP {name} The model in use.", f"# TYPE {name} gauge", f"{name}{_labels(**labels)} 1"]
        return "\n".join(lines) + "\n"

    def _request_lines(self) -> Iterator[str]:
        name = "twicetold_http_requests_total"
        yield f"# HELP {name} Requests that were answered."
        yield f"# TYPE {name} counter"
        for (method, route, status), count in sorted(self._requests.items()):
            yield f"{name}{_labels(method=method, route=route, status=str(status))} {count}"

    def _latency_lines(self) -> Iterator[str]:
        name = "twicetold_http_request_seconds"
        yield f"# HELP {name} Seconds from a request to its answer."
        yield f"# TYPE {name} histogram"
        for route, counts in sorted(self._buckets.items()):
            total = 0
            for bound, count in zip((*map(str, BUCKETS), "+Inf"), counts, strict=True):
                total += count
                yield f"{name}_bucket{_labels(route=route, le=bound)} {total}"
            yield f"{name}_sum{_labels(route=route)} {self._seconds[route]:.6f}"
            yield f"{name}_count{_labels(route=route)} {total}"


def _labels(**labels: str) -> str:
    escaped = {
        name: value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n") for name, value in labels.items()
    }
    return "{" + ",".join(f'{name}="{value}"' for name, value in escaped.items()) + "}"
