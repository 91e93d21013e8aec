"""Log: what a run says on standard output, one JSON object per line, made for machines to read.

There is no way to log a record: values are numbers, texts of the program's own making, and lists and objects of
them; anything else appears by the name of its type. Secrets and the user part of addresses appear as ``***``.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from twicetold.platform.fields import LINE_BYTES, clean_name, dump, fit, size

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TextIO

    from structlog.typing import EventDict, WrappedLogger

    from twicetold.findings import Finding

#: Bytes a second in the long run, and at once; a platform drops what comes faster, and not only the unimportant.
RATE, BURST = 16_000, 160_000
#: Seconds between two lines of progress.
PROGRESS_EVERY = 10.0
#: The event that ends every run.
SUMMARY = "run.summary"
#: Exit statuses after which the next run goes on by itself: lock held, budget used up, interrupted, told to stop.
GOES_ON = frozenset({5, 6, 130, 143})

_FIRST_CLASS = ("event", "level", "time", "run_id", "dropped")


class Log:
    """Writes the lines of one run; may be shared by threads.

    Attributes:
        lost: Lines that the stream did not take, or that came after the summary.
    """

    def __init__(
        self, run_id: str, stream: TextIO | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Opens the log of a run.

        Args:
            run_id: Stands in every line.
            stream: Where lines go; by default standard output as it is now.
            clock: Seconds of a clock that never goes back.
        """
        import structlog  # noqa: PLC0415 - 0.1 s that only a run pays

        self.lost = 0
        self._stream: TextIO | None = stream if stream is not None else sys.stdout
        self._clock = clock
        self._lock = threading.RLock()  # a signal's handler may log while its thread does
        self._ended = False
        self._dropped = 0
        self._allowance, self._filled = float(BURST), clock()
        self._progressed = clock()
        self._dropped_event = structlog.DropEvent
        self._log = structlog.wrap_logger(
            _Lines(self._write),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
                self._render,
            ],
            wrapper_class=structlog.BoundLogger,
            context_class=dict,
            run_id=clean_name(run_id),
        ).bind()

    def info(self, event: str, /, **fields: object) -> None:
        """Says what happened."""
        self._emit("info", event, fields)

    def warning(self, event: str, /, **fields: object) -> None:
        """Says what somebody should know."""
        self._emit("warning", event, fields)

    def error(self, event: str, /, **fields: object) -> None:
        """Says what somebody must look at; never dropped for coming too fast."""
        self._emit("error", event, fields)

    def finding(self, finding: Finding) -> None:
        """Says a finding, at the level of its severity."""
        fields = {"code": finding.code, "message": finding.message, "count": finding.count}
        self._emit(str(finding.severity), "finding", fields)

    def progress(self, step: str, done: int, total: int) -> None:
        """Says how far a step is, at most every ten seconds; call it as often as you like."""
        with self._lock:
            now = self._clock()
            if now - self._progressed >= PROGRESS_EVERY:
                self._progressed = now
                self._emit("info", "progress", {"step": step, "done": done, "total": total})

    def summary(self, fields: Mapping[str, object]) -> None:
        """Says the summary, which is the last line: nothing is written after it, not even a second summary."""
        status = fields.get("exit_status")
        level = "info" if status == 0 else "warning" if status in GOES_ON else "error"
        with self._lock:
            self._emit(level, SUMMARY, fields)
            self._ended = True

    def _emit(self, level: str, event: str, fields: Mapping[str, object]) -> None:
        with self._lock:
            if self._ended:
                self.lost += 1
            else:
                getattr(self._log, level)(event, fields=fields)

    def _render(self, _logger: WrappedLogger, level: str, entry: EventDict) -> str:
        """The line of an entry, unless it comes too fast; the next line then says how many did not come."""
        given = entry.pop("fields")
        event = entry["event"] = clean_name(entry["event"])
        if self._dropped:
            entry["dropped"] = self._dropped
        fields = {
            f"{name}_" if name in _FIRST_CLASS else name: value
            for name, value in given.items()
            if name not in entry or value != entry[name]
        }
        line = dump({**fit(fields, LINE_BYTES - size(dict(entry))), **entry}) + "\n"
        if not self._allow(len(line)) and level != "error" and event != SUMMARY:
            self._dropped += 1
            raise self._dropped_event
        self._dropped = 0
        return line

    def _allow(self, size: int) -> bool:
        """Takes bytes out of what may be written now; without enough of them it takes nothing and says so."""
        now = self._clock()
        self._allowance = min(BURST, self._allowance + (now - self._filled) * RATE)
        self._filled = now
        is_allowed = self._allowance >= size
        self._allowance = max(0.0, self._allowance - size) if is_allowed else self._allowance
        return is_allowed

    def _write(self, line: str) -> None:
        """One write for one line; a stream that is gone is remembered, and no reason to stop the work."""
        if self._stream is None:  # as Python leaves it where standard output was closed before the start
            self.lost += 1
            return
        try:
            self._stream.write(line)
            self._stream.flush()
        except (BlockingIOError, ValueError, RuntimeError):  # full, closed, or a signal came in the midst of a write
            self.lost += 1
        except OSError:
            self.lost += 1
            self._forget(self._stream)

    def _forget(self, stream: TextIO) -> None:
        """Lets Python's last flush succeed, which would otherwise change the exit status: nobody reads on."""
        self._stream = None
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class _Lines:
    """What structlog hands its lines to."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self.info = self.warning = self.error = write
