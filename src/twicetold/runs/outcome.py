"""Outcome: what was asked of a run, what may end it, and what became of it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twicetold.findings import Finding
    from twicetold.platform.settings import Settings
    from twicetold.runs.profile import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked of a run.

    Attributes:
        profile: What to run.
        settings: With what the profile says in them.
        memory: Bytes that may be used; None where nothing limits it.
        scopes: Only these scopes; None for all.
        is_requested: Whether to do what the table of requests asks for, and nothing else.
        release: A run whose results were kept aside, to be published now.
        resume: The interrupted run to go on with; None for the one that fits.
    """

    profile: Profile
    settings: Settings
    memory: int | None
    scopes: list[str] | None = None
    is_requested: bool = False
    release: str | None = None
    resume: str | None = None


@dataclass(slots=True)
class Outcome:
    """What became of a run.

    Attributes:
        run_id: The run.
        state: ``published``, ``noop``, ``held``, ``interrupted``, ``cancelled``, ``locked`` or ``failed``.
        exit_status: For the process.
        error: What ended it, if anything did.
        counts: What it handled.
        findings: What a reader must know.
        model: Name, version and digest.
        input_digest: Of the records.
        gates: Verdicts of the gates.
    """

    run_id: str
    state: str = "failed"
    exit_status: int = 1
    error: BaseException | None = None
    counts: dict[str, int] = field(default_factory=dict)
    findings: Sequence[Finding] = ()
    model: dict[str, str] | None = None
    input_digest: str | None = None
    gates: Sequence[dict[str, Any]] = ()


class Interruption(BaseException):
    """The work stops here and goes on at the next start; not to be caught as an error.

    Attributes:
        cause: What came in between; None if the process was told to stop.
    """

    def __init__(self, cause: Exception | None = None) -> None:
        super().__init__()
        self.cause = cause


class Stop:
    """What ends a run from outside; the first reason counts.

    Attributes:
        event: Set when the run has to end.
        exit_status: The status to end with.
        cause: The error to end with, if it is one.
    """

    def __init__(self) -> None:
        self.event = threading.Event()
        self.exit_status = 0
        self.cause: Exception | None = None

    def request(self, exit_status: int, cause: Exception | None = None) -> None:
        """Asks the work to stop."""
        if not self.event.is_set():
            self.exit_status, self.cause = exit_status, cause
            self.event.set()

    def check(self) -> None:
        """Stops the thread that asks, if the work has to stop.

        Raises:
            Interruption: It has.
        """
        if self.event.is_set():
            raise Interruption(self.cause)
