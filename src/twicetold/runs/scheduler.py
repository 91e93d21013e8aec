"""Scheduler: a process that stays, and starts the runs of profiles when their schedule says so or somebody asks.

Each run is a process of its own, so that it has the memory and the signals of a task. DBOS starts each point in time of
a schedule once, however many such processes there are, and goes on with a run that was cut off when it is back.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from dbos import DBOS

from twicetold.errors import DependencyUnavailable, SettingInvalid
from twicetold.platform import services
from twicetold.runs.fingerprint import digest_of
from twicetold.runs.profile import load_profile
from twicetold.runs.workflow import config, quiet
from twicetold.store.engine import transaction
from twicetold.store.migrate import open_usable
from twicetold.store.requests import waiting_profiles

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import sqlalchemy as sa
    from dbos import ScheduleInput

    from twicetold.platform.settings import Settings

#: Seconds between two looks at the table of requests.
_LOOK_EVERY = 10.0
#: Seconds that runs get to stop.
_PATIENCE = 8
_stopping = threading.Event()
#: Processes of runs.
_at_work: set[int] = set()


class _CutOff(BaseException):
    """A run was stopped since this process has to stop: DBOS is not to take that for its outcome."""


def stay(settings: Settings, profiles: Sequence[str], *, requests: bool) -> int:
    """Starts runs until the process is told to stop; returns its exit status.

    Args:
        settings: Of the program.
        profiles: Names or paths of profiles that have a schedule.
        requests: Whether to do what the table of requests asks for, too.

    Raises:
        SettingInvalid: A profile has no schedule.
    """
    schedules = [_schedule_of(name) for name in profiles]
    if settings.store:
        os.environ["TWICETOLD_STORE"] = settings.store.reveal()  # also for the runs
    engine = open_usable(services.store(settings))
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: (told.append(number), _stopping.set()))  # type: ignore[func-returns-value]
    quiet()
    # A name for each set of profiles: DBOS hands what is due to any process of the same name, and to no other.
    name = f"twicetold-schedule-{digest_of(sorted(each['schedule_name'] for each in schedules))[:8]}"
    DBOS(config={**config(engine, executor="schedule"), "name": name})
    try:
        DBOS.launch()
        DBOS.apply_schedules(schedules)
        while not _stopping.wait(_LOOK_EVERY):
            if requests and _somebody_waits(engine):
                _run(["run", "--requests"])
        _wait_for_runs()
    finally:
        DBOS.destroy()
    return 128 + told[0]


def _schedule_of(name: str) -> ScheduleInput:
    profile = load_profile(name)
    if profile.schedule is None:
        raise SettingInvalid(
            f"{profile.path} has no [schedule]", remedy='Add one, such as [schedule] cron = "30 2 * * *".'
        )
    return {
        "schedule_name": f"profile {profile.name}",
        "workflow_fn": _scheduled,
        "schedule": profile.schedule.cron,
        "cron_timezone": profile.schedule.timezone,
        "context": name,
    }


def _somebody_waits(engine: sa.Engine) -> bool:
    """Whether there are requests; a store that does not answer is asked again."""
    with suppress(DependencyUnavailable), transaction(engine) as connection:
        return bool(waiting_profiles(connection))
    return False


@DBOS.workflow(name="scheduled", max_recovery_attempts=None)
def _scheduled(_at: datetime, name: str) -> None:
    _start(name)


@DBOS.step(name="start")
def _start(name: str) -> int:
    status = _run(["run", "--profile", name])
    if _stopping.is_set():
        raise _CutOff
    return status


def _run(arguments: list[str]) -> int:
    """Runs the program and returns its exit status; what it says goes where this process's words go."""
    if _stopping.is_set():
        return 0
    with subprocess.Popen([sys.executable, "-m", "twicetold", *arguments]) as child:  # noqa: S603 - our own program
        _at_work.add(child.pid)
        while child.poll() is None and not _stopping.wait(0.2):
            pass
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                child.kill()
        status = child.wait()
        _at_work.discard(child.pid)
        return status


def _wait_for_runs() -> None:
    """Lets the threads that hold runs stop them."""
    until = time.monotonic() + _PATIENCE + 1
    while _at_work and time.monotonic() < until:
        time.sleep(0.1)
