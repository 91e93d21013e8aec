"""Running: a task from PENDING to its end, in a thread of its own."""

from __future__ import annotations

import threading
import time
import traceback
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from twicetold.testing.launchers import Launch
from twicetold.testing.log_cache import envelope
from twicetold.testing.variables import variables

if TYPE_CHECKING:
    from collections.abc import Callable

    from twicetold.testing.log_cache import LogCache
    from twicetold.testing.space import Space

OVER = ("SUCCEEDED", "FAILED")
CANCELLED = "task was cancelled"
#: Seconds that a task spends in CANCELING: the platform does not wait for its process.
CANCELING = 0.05


@dataclass
class Running:
    """A task.

    Attributes:
        space: Where it belongs.
        number: Within the app.
        name: Of the task.
        command: What it is to execute.
        memory: MiB.
        disk: MiB.
        labels: Of its metadata.
        state: As the platform names it.
        reason: Why it failed.
        guid: Of the task.
        cancelled: Set when it is told to stop.
    """

    space: Space
    number: int
    name: str
    command: str
    memory: int
    disk: int
    labels: dict[str, Any]
    state: str = "PENDING"
    reason: str | None = None
    guid: str = field(default_factory=lambda: str(uuid.uuid4()))
    cancelled: threading.Event = field(default_factory=threading.Event)
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _thread: threading.Thread | None = field(default=None, repr=False)

    @property
    def is_over(self) -> bool:
        """Whether nothing about it will change."""
        return self.state in OVER

    def start(self, launch: Callable[[Launch], int | str], logs: LogCache, placing: float, refusal: str) -> None:
        """Lets it begin.

        Args:
            launch: What it does.
            logs: Where its lines go.
            placing: Seconds in PENDING.
            refusal: Why the platform does not start it; empty if it does.
        """
        arguments = (launch, logs, placing, refusal)
        self._thread = threading.Thread(target=self._run, args=arguments, daemon=True, name=self.name)
        self._thread.start()

    def cancel(self, base: str) -> dict[str, Any] | None:
        """Tells it to stop, and gives what the Cloud Controller presents then; None if it is over."""
        with self._lock:
            if self.is_over:
                return None
            self._become("CANCELING")
            shown = self.shown(base)
        self.cancelled.set()
        threading.Timer(CANCELING, self._end, (CANCELLED,)).start()
        return shown

    def join(self) -> None:
        """Waits until its launcher has ended."""
        if self._thread:
            self._thread.join()

    def shown(self, base: str) -> dict[str, Any]:
        """It as the Cloud Controller presents it."""
        app, droplet = f"{base}/v3/apps/{self.space.app}", f"{base}/v3/droplets/{self.space.droplet}"
        return {
            "guid": self.guid,
            "created_at": f"{self.created:%Y-%m-%dT%H:%M:%SZ}",
            "updated_at": f"{self.updated:%Y-%m-%dT%H:%M:%SZ}",
            "sequence_id": self.number,
            "name": self.name,
            "command": self.command,
            "state": self.state,
            "user": "vcap",
            "memory_in_mb": self.memory,
            "disk_in_mb": self.disk,
            "log_rate_limit_in_bytes_per_second": 65_536,
            "result": {"failure_reason": self.reason},
            "droplet_guid": self.space.droplet,
            "metadata": {"labels": self.labels, "annotations": {}},
            "relationships": {"app": {"data": {"guid": self.space.app}}},
            "links": {
                "self": {"href": f"{base}/v3/tasks/{self.guid}"},
                "app": {"href": app},
                "cancel": {"href": f"{base}/v3/tasks/{self.guid}/actions/cancel", "method": "POST"},
                "droplet": {"href": droplet},
            },
        }

    def _run(self, launch: Callable[[Launch], int | str], logs: LogCache, placing: float, refusal: str) -> None:
        if self.cancelled.wait(placing):
            return
        if refusal:
            self._end(refusal)
            return
        with self._lock:
            if self.state == "PENDING":
                self._become("RUNNING")

        def say(text: str | bytes, is_error: bool) -> None:  # noqa: FBT001 - the launchers' contract
            kind = f"APP/TASK/{self.name}"
            at, source = time.time_ns(), self.space.app
            logs.put(source, envelope(text, at=at, source=source, kind=kind, instance="0", is_error=is_error))

        try:
            ended = launch(
                Launch(
                    command=self.command,
                    environment=variables(self.space, self),
                    memory=self.memory,
                    disk=self.disk,
                    services=self.space.services,
                    is_file_based=self.space.is_file_based,
                    say=say,
                    cancelled=self.cancelled,
                )
            )
        except Exception:  # noqa: BLE001 - a broken launcher must not leave its task running for ever
            for line in traceback.format_exc().splitlines():
                say(line, True)
            ended = "the launcher broke; its traceback is in the log"
        self._end(f"Exited with status {ended}" if isinstance(ended, int) else ended)

    def _end(self, reason: str) -> None:
        with self._lock:
            if self.is_over or (self.state == "CANCELING" and reason != CANCELLED):
                return
            if reason == "Exited with status 0":
                self._become("SUCCEEDED")
                return
            self.reason = f"APP/TASK/{self.name}: {reason}" if reason.startswith("Exited") else reason
            self._become("FAILED")

    def _become(self, state: str) -> None:
        self.state = state
        self.updated = datetime.now(UTC)
