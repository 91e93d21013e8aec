"""Endings: what the platform's words for the end of a task mean, as an exit status of this program."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twicetold.errors import BudgetExceeded, DependencyUnavailable

if TYPE_CHECKING:
    from twicetold.platform.cloudfoundry.tasks import Task

#: The platform has no field for it, only a sentence.
_EXITED = re.compile(r"exited with status (-?\d+)", re.IGNORECASE)
_MEMORY = "Give more with --memory, or compare within scopes; the next run goes on from what is kept."
_AGAIN = "Run again; the run goes on from what is kept."
_SEE = "See the lines above, or 'twicetold cf logs'."
#: Exit statuses of a task, those of this program first.
_STATUSES: dict[int, tuple[int, str, str]] = {
    1: (1, "ended in a defect of this program", "Report it with the lines above."),
    2: (2, "was asked in a way that cannot be done, or is not configured", _SEE),
    3: (3, "lacked something that it needs", _SEE),
    4: (4, "got input that breaks its contract", _SEE),
    5: (5, "found another run of the profile at work", "Wait until that one ends."),
    6: (6, "used up its time or memory; what is done so far is kept", _AGAIN),
    7: (7, "did not pass a quality gate; the old results stay", "See 'twicetold runs list' in the app's store."),
    126: (2, "was refused by the image, which executes this program's commands only", _SEE),
    127: (2, "named a program that the image does not have", _SEE),
    130: (130, "was stopped", _AGAIN),
    137: (3, "was killed: it used too much memory, or did not stop in time", _AGAIN),
    143: (143, "was told to stop, and kept what was done so far", _AGAIN),
}
#: Other words of the platform, in lower case; the first that is found holds.
_REASONS: tuple[tuple[str, int, str, str], ...] = (
    ("out of memory", BudgetExceeded.exit_status, "used more memory than it may", _MEMORY),
    ("cancel", 143, "was told to stop", _AGAIN),
    ("insufficient resources", 3, "was not started: the platform has no room for it", "Try again later."),
    ("compatible cell", 3, "was not started: the platform has no place for it", "Try again later."),
    ("within time limit", 3, "was not started: the platform found no room for it in time", "Try again later."),
    (
        "create container",
        3,
        "was not started: its container could not be made",
        "Check that the image is there, that the credentials of its registry are valid, and that it fits the disk.",
    ),
    ("initialize container", 3, "was not started: its container could not be made", "Try again later."),
    ("cell disappeared", 3, "was lost with the machine that it ran on", _AGAIN),
    ("disk", 3, "used more disk than it may", "Give more with --disk."),
)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a task ended.

    Attributes:
        exit_status: As on the page about errors.
        message: What happened, to be read after the task's name.
        remedy: What to do about it; empty if nothing is.
    """

    exit_status: int
    message: str
    remedy: str = ""


def ending(task: Task) -> Ending:
    """What the end of a task that is over means."""
    if task.state == "SUCCEEDED":
        return Ending(0, "succeeded")
    said = f" ({task.reason})" if task.reason else ""
    for words, status, meaning, remedy in _REASONS:
        if words in task.reason.lower():
            return Ending(status, meaning + said, remedy)
    exited = _EXITED.search(task.reason)
    if exited:
        other = (1, "failed", _SEE)
        status, meaning, remedy = _STATUSES.get(int(exited[1]), other)
        return Ending(status, meaning + said, remedy)
    return Ending(DependencyUnavailable.exit_status, f"failed{said}", "See 'cf events APP' and 'cf tasks APP'.")


def was_stopped(task: Task) -> bool:
    """Whether a task ended because it was told to: the platform says so, or the signals do that it sends."""
    exited = _EXITED.search(task.reason)
    return "cancel" in task.reason.lower() or (exited is not None and exited[1] in ("130", "137", "143"))


def overdue(seconds: float, *, has_begun: bool, kept_on: bool) -> Ending:
    """What it means that a task was not over in time and was therefore told to stop.

    Args:
        seconds: How long it was waited for.
        has_begun: Whether it ran.
        kept_on: Whether it was still not over a while after it was told to stop.
    """
    stopped = "it was told to stop, and has not yet" if kept_on else "it was stopped"
    if has_begun:
        remedy = "Give more with --timeout, or an earlier end with --deadline; the next run goes on from what is kept."
        return Ending(BudgetExceeded.exit_status, f"was not over after {seconds:g} s: {stopped}", remedy)
    message = f"was not started within {seconds:g} s, the platform had no room: {stopped}"
    return Ending(DependencyUnavailable.exit_status, message, "Try again later, or ask for less with --memory.")
