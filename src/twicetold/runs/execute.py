"""Execute: one run from its start to its exit status, whatever comes in between.

The work happens in a thread of its own. This one waits, for the work's end or for what ends it: a signal, the
deadline, the memory, a lost lock. Since a run can stop anywhere, it stops at once; what is done so far is kept.
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from twicetold.errors import BudgetExceeded, DependencyUnavailable, RunCancelled, TwicetoldError
from twicetold.platform.container import memory_limit, resident_memory, share_memory_among_threads
from twicetold.platform.log import Log
from twicetold.platform.telemetry import export
from twicetold.runs.outcome import Order, Stop
from twicetold.runs.summary import Trace, summary

if TYPE_CHECKING:
    from twicetold.findings import Finding
    from twicetold.platform.settings import Settings
    from twicetold.runs.job import Job
    from twicetold.runs.outcome import Outcome
    from twicetold.runs.profile import Profile

#: Seconds for all that a run does, unless something else is asked for: a platform that moves it waits ten minutes.
DEADLINE = 540.0
#: Of the memory that may be used, what may be held before the run stops by itself.
_FULL = 0.97
#: Seconds between two looks at the memory and the lock.
_WATCH_EVERY = 1.0
#: Seconds that the work gets to stop by itself, and that telemetry gets after that; together well under the ten
#: that a platform gives.
_STOP, _TELL = 3.0, 2.0


def execute(
    profile: Profile,
    settings: Settings,
    *,
    scopes: list[str] | None = None,
    deadline: float | None = None,
    is_requested: bool = False,
    release: str | None = None,
    resume: str | None = None,
    traceparent: str | None = None,
    stop: Stop | None = None,
) -> Outcome:
    """Runs a profile; the last line of the log says what became of it.

    Args:
        profile: What to run.
        settings: Of the program.
        scopes: Only these scopes; None for all.
        deadline: Seconds after which the run keeps what is done and ends; None for the profile's or the usual one.
        is_requested: Whether to do what the table of requests asks for, and nothing else.
        release: A run whose results were kept aside, to be published now.
        resume: The interrupted run to go on with; None for the one that fits.
        traceparent: The trace of whoever asked for the run, as W3C Trace Context has it.
        stop: What ends it from outside, where the caller heeds signals already.
    """
    share_memory_among_threads()
    stop, trace = stop or heed_signals(), Trace()
    from twicetold.runs.job import Job  # noqa: PLC0415 - slow to import, and signals are heeded before

    chosen = with_profile(settings, profile)
    memory = chosen.memory or memory_limit()
    order = Order(
        profile=profile,
        settings=chosen,
        memory=memory,
        scopes=scopes,
        is_requested=is_requested,
        release=release,
        resume=resume,
    )
    job = Job(order, new_run_id(), stop, trace)
    thread = threading.Thread(target=job.run, name="run", daemon=True)
    thread.start()
    threading.Thread(target=_watch, args=(stop, job, memory, thread), daemon=True).start()
    _wait(thread, stop, time.monotonic() + (deadline or profile.limits.deadline or DEADLINE))
    if stop.event.is_set() and (thread.is_alive() or job.outcome.state == "interrupted"):
        state = "cancelled" if isinstance(stop.cause, RunCancelled) else "interrupted"
        job.outcome = replace(job.outcome, state=state, exit_status=stop.exit_status, error=stop.cause)
    _tell(job, trace, order, traceparent)
    return job.outcome


def _wait(thread: threading.Thread, stop: Stop, until: float) -> None:
    """Waits for the work's end, or for what ends it."""
    while thread.is_alive() and not stop.event.is_set():
        thread.join(0.1)
        if time.monotonic() >= until:
            message = "the deadline was reached; what is done so far is kept, and the next run goes on from there"
            stop.request(BudgetExceeded.exit_status, BudgetExceeded(message, remedy="Run again."))
    thread.join(_STOP)


def with_profile(settings: Settings, profile: Profile) -> Settings:
    """The settings in force for a profile: what the profile says wins over the rest."""
    match = profile.match
    own = {
        "duplicate": match.duplicate,
        "possible": match.possible,
        "keeper": match.keeper,
        "model": match.model,
        "lexicon": match.lexicon,
        "memory": profile.limits.memory,
    }
    return settings.model_copy(update={name: value for name, value in own.items() if value is not None})


def new_run_id() -> str:
    """A name that sorts by time: ``r20261122T193000-1a2b3c``."""
    return f"r{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def leave(outcome: Outcome) -> None:
    """Ends the process where threads of an interrupted run may still be there: nobody has to wait for them."""
    if outcome.state in ("interrupted", "cancelled"):
        sys.stdout.flush()
        os._exit(outcome.exit_status)


def heed_signals() -> Stop:
    """What SIGTERM and SIGINT end from now on."""
    stop = Stop()

    def heed(number: int, _frame: object) -> None:
        stop.request(128 + number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, heed)
    return stop


def refuse(profile: str, error: TwicetoldError) -> None:
    """The last line of the log where a run cannot even begin: the profile or a setting is wrong, the store is away."""
    run_id = new_run_id()
    fields = summary(
        Trace(),
        run_id=run_id,
        profile=profile,
        state="failed",
        exit_status=error.exit_status,
        error=error,
        memory_limit=memory_limit(),
    )
    Log(run_id).summary(fields)


def _watch(stop: Stop, job: Job, memory: int | None, thread: threading.Thread) -> None:
    """Stops the run that holds too much memory, has lost its lock, or was cancelled; ends with the run."""
    while not stop.event.wait(_WATCH_EVERY) and thread.is_alive():
        held = resident_memory()
        if memory and held and held > memory * _FULL:
            message = f"{held >> 20:,} MiB of {memory >> 20:,} MiB are in use; what is done so far is kept"
            stop.request(BudgetExceeded.exit_status, BudgetExceeded(message))
        if not job.holds_lock():
            lost = DependencyUnavailable("the connection to the store was lost; what is done so far is kept")
            stop.request(lost.exit_status, lost)
        if job.is_cancelled():
            stop.request(RunCancelled.exit_status, RunCancelled(f"somebody has cancelled the run {job.outcome.run_id}"))


def _tell(job: Job, trace: Trace, order: Order, traceparent: str | None) -> None:
    """The last line of the log, after whoever else is to know was told."""
    outcome = job.outcome
    log = job.log or Log(outcome.run_id)

    def said(findings: list[Finding]) -> dict[str, Any]:
        return summary(
            trace,
            run_id=outcome.run_id,
            profile=order.profile.name,
            state=outcome.state,
            exit_status=outcome.exit_status,
            error=outcome.error,
            counts=outcome.counts,
            findings=findings,
            model=outcome.model,
            input_digest=outcome.input_digest,
            gates=outcome.gates,
            memory_limit=memory_limit(),
        )

    findings = list(outcome.findings)
    if (problem := export(trace, said(findings), budget=_TELL, traceparent=traceparent)) is not None:
        log.finding(problem)
        findings.append(problem)
    fields = said(findings)
    job.keep_summary(fields)
    log.summary(fields)
