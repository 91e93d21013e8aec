"""Follow: a task from its order to its end, with what it prints on the way."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twicetold.errors import DependencyUnavailable
from twicetold.platform.cloudfoundry.endings import Ending, ending, overdue, was_stopped
from twicetold.platform.cloudfoundry.logs import SECOND, Tail

if TYPE_CHECKING:
    from collections.abc import Callable

    from twicetold.platform.cloudfoundry.client import Client
    from twicetold.platform.cloudfoundry.logs import Line
    from twicetold.platform.cloudfoundry.tasks import App, Task

#: Seconds by which the clocks of the platform's machines may differ.
_SKEW = 60
#: Times the silence that is waited for after a task's end, whatever else still comes.
_PATIENCE = 5


@dataclass(slots=True)
class Output:
    """The lines of a task, passed on as they come.

    The platform does its best with logs and promises nothing: what cannot be read is said, and spoils nothing else.

    Attributes:
        summary: The fields of the line ``run.summary``; None as long as there is none.
        problem: Why lines could not be read the last time; empty if they could.
    """

    client: Client
    app: App
    task: Task
    say: Callable[[Line], None]
    summary: dict[str, Any] | None = None
    problem: str = ""
    _tail: Tail = field(init=False)

    def __post_init__(self) -> None:
        since = max(0, int((self.task.created.timestamp() - _SKEW) * SECOND))
        self._tail = Tail(lambda start, limit: self.client.envelopes(self.app, start, limit), self.task.name, since)

    def pass_on(self, *, whole: bool = False) -> int:
        """Passes on what is new; how many lines that was."""
        try:
            lines = self._tail.look(whole=whole)
        except DependencyUnavailable as error:
            self.problem = error.message
            return 0
        self.problem = ""
        for line in lines:
            self.summary = _summary(line.text) or self.summary
            self.say(line)
        return len(lines)

    def drain(self) -> None:
        """Passes on the lines of a task that is over until there are no more, late ones included.

        The platform counts a task as over when it tells it to stop, and its process may go on for a while.
        """
        pace, begin = self.client.pace, time.monotonic()
        limit, last = begin + pace.stop + _PATIENCE * pace.settle, begin
        while True:
            stops = begin + pace.stop if was_stopped(self.task) and self.summary is None else 0.0
            now = time.monotonic()
            if now >= min(max(last + pace.settle, stops), limit):
                self.pass_on(whole=True)
                if not self.problem or now >= limit:
                    return
            time.sleep(pace.settle / 4)
            last = time.monotonic() if self.pass_on() else last


def follow(client: Client, output: Output, timeout: float, tell: Callable[[Task], None]) -> tuple[Task, Ending]:
    """Waits for a task's end; one that takes too long is told to stop.

    Args:
        client: Of the task's space.
        output: Of the task.
        timeout: Seconds.
        tell: Called with the task whenever its state is another.

    Returns:
        The task as it is now, over unless it did not stop in time, and what its end means.

    Raises:
        DependencyUnavailable: The platform cannot be reached any more; the task may go on.
    """
    until = time.monotonic() + timeout
    task = watch(client, output, until, tell)
    if task.is_over:
        output.drain()
        return task, ending(task)
    has_begun = task.state != "PENDING"
    output.task = client.cancel(task)
    task = watch(client, output, time.monotonic() + client.pace.grace, tell)
    output.drain()
    if task.is_over and not was_stopped(task):
        return task, ending(task)  # it came to an end of its own just then
    return task, overdue(timeout, has_begun=has_begun, kept_on=not task.is_over)


def watch(client: Client, output: Output, until: float, tell: Callable[[Task], None]) -> Task:
    """Looks at a task, and passes on what it prints, until it is over or the time is."""
    state = ""
    for task in client.looks(output.task, until):
        output.task = task
        if task.state != state:
            tell(task)
            state = task.state
        output.pass_on()
    return output.task


def _summary(text: str) -> dict[str, Any] | None:
    """The fields of a line that is a run's summary."""
    if '"run.summary"' not in text:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) and found.get("event") == "run.summary" else None
