"""Time and peak memory of a command from a cold start, and the machine that it ran on."""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Measured:
    """What a command cost.

    Attributes:
        seconds: From the start of the process to its end.
        peak: Bytes of resident memory at the peak of its largest process.
        failure: Why it failed; empty if it did not.
    """

    seconds: float
    peak: int
    failure: str = ""


def measure(command: Sequence[str], limit: float) -> Measured:
    """Runs a command and ends it, with all that it started, after so many seconds.

    The kernel counts the peak of a process from what its parent held, so a small process in between does the work.
    """
    helper = [sys.executable, "-S", __file__, str(limit), *command]
    answer = json.loads(subprocess.run(helper, capture_output=True, text=True, check=True).stdout)
    return Measured(**answer)


def _measure(command: Sequence[str], limit: float) -> Measured:
    with tempfile.TemporaryFile() as output:
        begin = time.monotonic()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        late = threading.Event()
        timer = threading.Timer(limit, _end, (process.pid, late))
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begin
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        lines = output.read().decode("utf-8", "replace").strip().splitlines()
    if late.is_set():
        failure = f"stopped after {limit:.0f} s"
    elif process.returncode:
        reasons = [line for line in lines if line.startswith("Error")] or lines[-1:] or [f"exit {process.returncode}"]
        failure = f"failed: {reasons[0][:200]}"
    else:
        failure = ""
    return Measured(seconds, usage.ru_maxrss * 1024, failure)


def _end(group: int, late: threading.Event) -> None:
    late.set()
    os.killpg(group, signal.SIGKILL)


def machine() -> str:
    """The machine in one line."""
    cpu = next(iter(_fields("/proc/cpuinfo", "model name")), platform.processor() or platform.machine())
    memory = int(next(iter(_fields("/proc/meminfo", "MemTotal")), "0 kB").split()[0]) * 1024
    return (
        f"{len(os.sched_getaffinity(0))} cores of {cpu}, {memory / (1 << 30):.0f} GiB of memory, "
        f"{platform.system()} {platform.release().split('-')[0]}, Python {platform.python_version()}"
    )


def _fields(path: str, name: str) -> list[str]:
    lines = Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []
    return [line.partition(":")[2].strip() for line in lines if line.startswith(name)]


if __name__ == "__main__":
    print(json.dumps(asdict(_measure(sys.argv[2:], float(sys.argv[1])))))
