"""The program as people and platforms run it: a process of its own, whose log is read while it works."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATIENCE = 120  # seconds; a run of the tests takes a few on an idle machine


def until(condition: Callable[[], Any], *, seconds: float = PATIENCE) -> Any:
    """What the condition says once it says something true; a test that waits too long fails."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "what the test waits for does not come"
        time.sleep(0.01)
    return found


@dataclass(frozen=True)
class Ended:
    """How a process ended.

    Attributes:
        status: Its exit status; below 0 the signal that killed it.
        out: What it wrote to standard output.
        err: What it wrote to standard error.
        seconds: How long it took from its start, or from the signal that was sent to it.
    """

    status: int
    out: str
    err: str
    seconds: float

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def summary(self) -> dict[str, Any]:
        """The last line, and the only one of its kind."""
        last = self.lines[-1]
        assert [line["event"] for line in self.lines].count("run.summary") == 1, self
        assert last["event"] == "run.summary", self
        assert last["exit_status"] == self.status, self
        return last

    def counts(self, stage: str) -> dict[str, int]:
        """What a stage handled."""
        return self.summary["stages"][stage]["counts"]


class Running:
    """A process that was started; what it says is read at once, so that it never waits for a reader."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str], **how: Any) -> None:
        self._since = time.monotonic()
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **how,
        )
        self.said: list[str] = []
        self._errors: list[str] = []
        streams = ((self._process.stdout, self.said), (self._process.stderr, self._errors))
        self._readers = [threading.Thread(target=into.extend, args=(stream,)) for stream, into in streams]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def wait_for(self, event: str) -> None:
        """Waits until its log has a line of that event."""
        sign = f'"event":"{event}"'
        until(lambda: any(sign in line for line in self.said) or not self.is_alive())

    def end(self) -> Ended:
        """Waits for its end."""
        status = self._process.wait(PATIENCE)
        seconds = time.monotonic() - self._since
        for reader in self._readers:
            reader.join()
        for stream in (self._process.stdout, self._process.stderr):
            stream.close()
        return Ended(status, "".join(self.said), "".join(self._errors), seconds)

    def send(self, number: signal.Signals) -> Ended:
        """Sends a signal and waits for the end that it brings."""
        self._since = time.monotonic()
        self._process.send_signal(number)
        return self.end()

    def kill(self) -> Ended:
        return self.send(signal.SIGKILL)

    def terminate(self) -> Ended:
        return self.send(signal.SIGTERM)


class Program:
    """Runs commands in one folder, with the variables that it is given.

    Attributes:
        folder: Where profiles and files are.
        variables: Of the environment, beside those that a process needs anyway.
    """

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        self.variables = {"TWICETOLD_THREADS": "1", **variables}
        self._started: list[Running] = []

    def start(self, *arguments: object, **how: Any) -> Running:
        """Starts a command."""
        command = [sys.executable, "-m", "twicetold", *map(str, arguments)]
        running = Running(command, self.folder, {**os.environ, **self.variables}, **how)
        self._started.append(running)
        return running

    def __call__(self, *arguments: object, **how: Any) -> Ended:
        """Starts a command and waits for its end; nobody ever sees a traceback."""
        ended = self.start(*arguments, **how).end()
        assert "Traceback" not in ended.out
        assert "Traceback" not in ended.err, ended.err
        return ended

    def run(self, *arguments: object, profile: str = "goals", **how: Any) -> Ended:
        """Runs a profile."""
        return self("run", "--profile", profile, *arguments, **how)

    def end_all(self) -> None:
        """Ends what a test has left."""
        for running in self._started:
            if running.is_alive():
                running.kill()
