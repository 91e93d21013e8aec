"""Summary: how long each stage of a run took, and the one line that says what became of the run."""

from __future__ import annotations

import math
import os
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twicetold.errors import TwicetoldError
from twicetold.findings import Severity
from twicetold.platform.container import memory_peak, resident_memory
from twicetold.platform.fields import LINE_BYTES, fit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from twicetold.findings import Finding
    from twicetold.platform.log import Log

#: US dollars for one GiB of memory held for one month on cloud.gov: memory is metered at 3 credits per GB, and 50
#: credits cost 30,000 a year (its published pricing, April 2026). An estimate, not an invoice.
USD_PER_GB_MONTH = 30_000 / 50 * 3 / 12
_SECONDS_PER_MONTH = 365.25 / 12 * 86_400
_GIB = 1 << 30
_LISTED_FINDINGS = 25
_MESSAGE_CHARACTERS = 200
#: What the first-class fields of a log line and its "dropped" need at most.
_FIRST_CLASS_BYTES = 3_000
_BY_SEVERITY = (Severity.ERROR, Severity.WARNING, Severity.INFO)


@dataclass(slots=True)
class Stage:
    """One stage of a run; entered several times, its times and counts add up.

    Attributes:
        name: Such as ``read``.
        start_ns: When it was first entered, in nanoseconds since 1970.
        end_ns: When it was last left.
        busy_ns: Time inside it.
        entries: How often it was entered.
        counts: What it handled, by name.
        status: ``ok``, or the code or class of the error that ended it.
        resident: Bytes that the process held when it was last left; None where the system does not say.
    """

    name: str
    start_ns: int
    end_ns: int
    busy_ns: int = 0
    entries: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    status: str = "ok"
    resident: int | None = None

    def count(self, **counts: int) -> None:
        """Adds to the counts."""
        for name, number in counts.items():
            self.counts[name] = self.counts.get(name, 0) + number


class Trace:
    """The stages of a run in the order in which they were first entered; stages inside stages stand beside them.

    Attributes:
        start_ns: When the run began, in nanoseconds since 1970.
        end_ns: When :meth:`finish` was called; 0 before.
        stages: By name.
        log: Gets one line, ``stage.finished``, whenever a stage is left; may be given later.
    """

    def __init__(self, log: Log | None = None) -> None:
        """Begins a trace.

        Args:
            log: Gets one line, ``stage.finished``, whenever a stage is left.
        """
        self.start_ns, self._zero = time.time_ns(), time.perf_counter_ns()
        self.end_ns = 0
        self.stages: dict[str, Stage] = {}
        self.log = log
        self._lock = threading.Lock()

    @contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """Times what happens inside, and notes the error that ends it."""
        start = self._now()
        with self._lock:
            stage = self.stages.setdefault(name, Stage(name, start, start))
        try:
            yield stage
        except BaseException as error:
            stage.status = error_code(error)
            raise
        finally:
            end = self._now()
            with self._lock:
                stage.end_ns = max(stage.end_ns, end)
                stage.busy_ns += end - start
                stage.entries += 1
                stage.resident = resident_memory()
            if self.log:
                ms = round((end - start) / 1e6, 1)
                self.log.info("stage.finished", stage=name, ms=ms, status=stage.status, counts=dict(stage.counts))

    def finish(self) -> None:
        """Ends the run's time; a second call changes nothing."""
        self.end_ns = self.end_ns or self._now()

    def _now(self) -> int:
        """Wall-clock time that never goes back, whatever is done to the machine's clock meanwhile."""
        return self.start_ns + time.perf_counter_ns() - self._zero


def error_code(error: BaseException) -> str:
    """The code of an error of ours; of any other error its class, since its message may hold a record's text."""
    return error.code if isinstance(error, TwicetoldError) else type(error).__name__


def summary(
    trace: Trace,
    *,
    run_id: str,
    profile: str,
    state: str,
    exit_status: int,
    error: BaseException | None = None,
    counts: Mapping[str, int] | None = None,
    findings: Sequence[Finding] = (),
    model: Mapping[str, str] | None = None,
    input_digest: str | None = None,
    gates: Sequence[Mapping[str, object]] = (),
    memory_limit: int | None = None,
) -> dict[str, Any]:
    """What became of a run, as the fields of its last log line, which they fit whatever is given.

    Args:
        trace: The stages; its time ends here.
        run_id: The run.
        profile: What was run.
        state: Such as ``published`` or ``failed``.
        exit_status: Of the process.
        error: What ended the run, if anything did.
        counts: What the run handled, by name.
        findings: All of them; the most severe are listed, all are counted.
        model: Name, version and digest.
        input_digest: Of the records that were read.
        gates: One object per quality gate.
        memory_limit: Bytes that the container holds; None where nothing limits it.
    """
    trace.finish()
    fields = {
        "run_id": run_id,
        "profile": profile,
        "state": state,
        "exit_status": exit_status,
        **_about_error(error),
        **_used(trace, memory_limit),
        "counts": dict(counts or {}),
        "stages": {stage.name: _timings(stage) for stage in trace.stages.values()},
        **_about_findings(findings),
        "model": dict(model) if model else None,
        "input_digest": input_digest,
        "gates": [dict(gate) for gate in gates],
    }
    return fit(fields, LINE_BYTES - _FIRST_CLASS_BYTES)


def _about_error(error: BaseException | None) -> dict[str, object]:
    """What ended the run; a defect has no reason, since its message may hold a record's text."""
    return {
        "error": error_code(error) if error else None,
        "reason": error.message if isinstance(error, TwicetoldError) else None,
    }


def _timings(stage: Stage) -> dict[str, object]:
    return {
        "ms": round(stage.busy_ns / 1e6, 1),
        "entries": stage.entries,
        "status": stage.status,
        "resident": stage.resident,
        "counts": dict(stage.counts),
    }


def _about_findings(findings: Sequence[Finding]) -> dict[str, object]:
    """The most severe findings, each in a few words, and how many there are; the log has each in full."""
    worst = sorted(findings, key=lambda finding: _BY_SEVERITY.index(finding.severity))
    listed = [
        {
            "severity": str(finding.severity),
            "code": finding.code,
            "count": finding.count,
            "message": finding.message[:_MESSAGE_CHARACTERS],
        }
        for finding in worst[:_LISTED_FINDINGS]
    ]
    return {
        "findings": listed,
        "findings_by_severity": {
            str(level): sum(finding.severity == level for finding in findings) for level in _BY_SEVERITY
        },
        "findings_left_out": len(findings) - len(listed),
    }


def _used(trace: Trace, memory_limit: int | None) -> dict[str, object]:
    """Time and memory that the run took, and what that costs."""
    wall = (trace.end_ns - trace.start_ns) / 1e9
    memory = _memory(memory_limit)
    return {
        "started": datetime.fromtimestamp(trace.start_ns / 1e9, UTC).isoformat().replace("+00:00", "Z"),
        "wall_seconds": round(wall, 3),
        "cpu_seconds": round(_cpu_seconds(), 3),
        "memory": memory,
        "cost": _cost(memory, wall),
    }


def _memory(limit: int | None) -> dict[str, int | None]:
    process, container = process_peak(), memory_peak()
    peak = max((known for known in (process, container) if known is not None), default=None)
    return {"peak": peak, "process_peak": process, "container_peak": container, "limit": limit}


def _cost(memory: Mapping[str, int | None], wall: float) -> dict[str, float]:
    """What is paid for: memory held times time, whether it was used or not."""
    held = (memory["limit"] or memory["peak"] or 0) / _GIB
    usd = held * wall / _SECONDS_PER_MONTH * USD_PER_GB_MONTH
    return {
        "gb_seconds": round(held * wall, 3),
        "usd": _significant(usd),
        "usd_per_gb_month": USD_PER_GB_MONTH,
    }


def _significant(number: float) -> float:
    """Three significant digits: a run costs fractions of a cent."""
    return round(number, 2 - math.floor(math.log10(number))) if number > 0 else 0.0


def process_peak() -> int | None:
    """Most bytes that this process held at once, or the largest child that has ended, if that is more.

    The kernel's ``ru_maxrss`` of a process counts what its parent held when it started it, so the peak of the own
    address space is read instead where there is one.
    """
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    own = _high_water() or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) * unit


def _high_water() -> int | None:
    """KiB of this process's own peak, where the system keeps such a page."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), None)


def _cpu_seconds() -> float:
    """Processor time of this process and of its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
