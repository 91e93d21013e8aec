"""Workflow: the steps of a run under DBOS, which remembers those that are done and goes on after any end.

A step that must stop raises an ``Interruption``, no ordinary exception: DBOS does not take it for the step's
outcome, so the workflow stays open and the next start goes on with that step.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, NoReturn, TypeVar

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, SetWorkflowID

from twicetold import __version__
from twicetold.errors import DependencyUnavailable
from twicetold.runs.outcome import Interruption
from twicetold.store.roles import DBOS_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable

    from twicetold.runs.work import Work

#: Seconds between two looks at whether a workflow is done.
_POLL = 0.1
_ENDED = frozenset({"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})
#: Steps are functions of the module, as DBOS wants it; the run that they belong to is this one.
_at_work: list[Work] = []
_interruptions: list[Interruption] = []
_interrupted = threading.Event()
_Outcome = TypeVar("_Outcome")


def config(engine: sa.Engine, *, executor: str) -> DBOSConfig:
    """How DBOS is to work on a store.

    Args:
        engine: The store's.
        executor: Whose open workflows are taken up again. It is part of the version, too, for DBOS lets any process
            go on with what another one of the same version has left, and a process here knows but one run.
    """
    is_sqlite = engine.dialect.name == "sqlite"
    settings: DBOSConfig = {
        "name": "twicetold-run",
        "system_database_url": engine.url.render_as_string(hide_password=False),
        "dbos_system_schema": DBOS_SCHEMA,
        "use_listen_notify": False,  # which no pooler passes on
        "executor_id": executor,
        "application_version": f"{__version__} {executor}",
        "run_migrations": is_sqlite,
        "console_log_level": "ERROR",
        "log_level": "ERROR",
        "max_executor_threads": 4,
    }
    if is_sqlite:
        settings["system_database_engine"] = _sqlite_engine(engine)
    else:
        settings["db_engine_kwargs"] = {
            "connect_args": {"prepare_threshold": None, "application_name": executor[:63]},
            "pool_size": 3,
            "max_overflow": 3,
            "pool_pre_ping": True,
        }
    return settings


def _sqlite_engine(engine: sa.Engine) -> sa.Engine:
    """Connections to a store's file as DBOS makes them, and as it expects SQLite to be.

    From Python 3.12 on, DBOS takes ``unixepoch('subsec')`` for granted, which came with SQLite 3.42; Python is often
    built with an older one, whose ``unixepoch`` then gives NULL.
    """
    made = sa.create_engine(engine.url, hide_parameters=True)

    @sa.event.listens_for(made, "connect")
    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in ("busy_timeout=30000", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        if sqlite3.sqlite_version_info < (3, 42):
            connection.create_function("unixepoch", -1, lambda *_arguments: time.time())

    return made


def run_to_end(work: Work) -> bool:
    """Does the steps of a run that are not done yet; says whether its results are published.

    Raises:
        Interruption: The work had to stop; it goes on when this is called again, in any process.
        Exception: A step failed for good.
    """
    return _under_dbos(work, work.run_id, _run)


def release(work: Work) -> bool:
    """Publishes the results of a run that were kept aside.

    Raises:
        Interruption: The work had to stop; it goes on when this is called again.
    """
    return _under_dbos(work, f"{work.run_id}/release", _release)


def quiet() -> None:
    """Keeps DBOS from logging in its own form: what goes wrong is told by the run, in a line of its own."""
    for logger in ("dbos", "sqlalchemy"):
        logging.getLogger(logger).disabled = True


def _under_dbos(work: Work, name: str, workflow: Callable[[str], bool]) -> bool:
    _at_work[:] = [work]
    _interruptions.clear()
    _interrupted.clear()
    quiet()
    DBOS(config=config(work.engine, executor=name))
    try:
        DBOS.launch()
        with SetWorkflowID(name):
            handle = DBOS.start_workflow(workflow, work.run_id)
        while handle.get_status().status not in _ENDED:
            if _interrupted.wait(_POLL):
                raise _interruptions[0]
        outcome = handle.get_result()
        # The store has what there is to know about the run, which may have been cut off in its other workflow.
        DBOS.delete_workflows(sorted({name, work.run_id}))
        return outcome
    finally:
        DBOS.destroy()


@DBOS.workflow(name="run", max_recovery_attempts=None)
def _run(run_id: str) -> bool:
    for number in range(_plan(run_id)):
        _compare(run_id, number)
    if not _conclude(run_id):
        _hold(run_id)
        return False
    _deliver(run_id)
    _publish(run_id)
    _announce(run_id)
    return True


@DBOS.workflow(name="release", max_recovery_attempts=None)
def _release(run_id: str) -> bool:
    _deliver(run_id)
    _publish(run_id)
    _announce(run_id)
    return True


@DBOS.step(name="plan")
def _plan(_run_id: str) -> int:
    return _guarded(lambda work: work.plan())


@DBOS.step(name="compare")
def _compare(_run_id: str, number: int) -> None:
    _guarded(lambda work: work.compare(number))


@DBOS.step(name="conclude")
def _conclude(_run_id: str) -> bool:
    return _guarded(lambda work: work.conclude())


@DBOS.step(name="hold")
def _hold(_run_id: str) -> None:
    _guarded(lambda work: work.hold())


@DBOS.step(name="deliver")
def _deliver(_run_id: str) -> None:
    _guarded(lambda work: work.deliver())


@DBOS.step(name="publish")
def _publish(_run_id: str) -> None:
    _guarded(lambda work: work.publish())


@DBOS.step(name="announce")
def _announce(_run_id: str) -> None:
    _guarded(lambda work: work.announce())


def _guarded(step: Callable[[Work], _Outcome]) -> _Outcome:
    """A step's outcome; what is missing now may be there at the next start."""
    try:
        return step(_at_work[0])
    except (DependencyUnavailable, OSError) as error:
        _interrupt(Interruption(error))
    except Interruption as stopped:
        _interrupt(stopped)


def _interrupt(interruption: Interruption) -> NoReturn:
    """Tells the thread that waits, which DBOS tells nothing about a workflow that it took up again."""
    _interruptions.append(interruption)
    _interrupted.set()
    raise interruption


def migrate_workflows(engine: sa.Engine) -> None:
    """Makes or upgrades the tables of DBOS; a role that only runs and publishes need not be able to."""
    settings = config(engine, executor="twicetold db upgrade")
    quiet()
    for may_change in (False, True):  # there is often nothing to do, which any role may find out
        DBOS(config={**settings, "run_migrations": may_change})
        try:
            DBOS.launch()
        except Exception:
            if may_change:
                raise
        else:
            return
        finally:
            DBOS.destroy()
