"""Launchers: what happens when a task of the fake Cloud Foundry starts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: What the platform says of a task that used more memory than it may.
OUT_OF_MEMORY = "Exited with status 137 (out of memory)"
#: Bytes of a line; what is longer becomes several.
LONGEST_LINE = 61_440


@dataclass(frozen=True, slots=True)
class Launch:
    """A task as the platform hands it to a container.

    A launcher takes one and returns how the task ended: an exit status, or the platform's words for why it failed.

    Attributes:
        command: What ``/bin/sh -c`` is to execute in the folder ``/``.
        environment: The variables that the platform sets; those of the image are the launcher's business.
        memory: MiB that it may use.
        disk: MiB that it may use.
        services: The bound services, as in VCAP_SERVICES.
        is_file_based: Whether the services are to be in the file that VCAP_SERVICES_FILE_PATH names; the launcher puts
            them there.
        say: Puts a line of output into the log: the line, and whether it went to standard error.
        cancelled: Set when the task is told to stop: SIGTERM, and SIGKILL ten seconds later.
    """

    command: str
    environment: Mapping[str, str]
    memory: int
    disk: int
    services: Mapping[str, Any]
    is_file_based: bool
    say: Callable[[str | bytes, bool], None] = field(repr=False)
    cancelled: threading.Event = field(repr=False)


@dataclass(frozen=True)
class Script:
    """A launcher that plays a part: prints lines, takes its time, and ends.

    Attributes:
        lines: Printed at once.
        seconds: Until it ends; less if it is told to stop.
        ends: Its exit status, or the platform's words for why it failed.
    """

    lines: tuple[str | bytes, ...] = ()
    seconds: float = 0.0
    ends: int | str = 0

    def __call__(self, launch: Launch) -> int | str:
        for line in self.lines:
            launch.say(line, False)
        return 128 + signal.SIGTERM if launch.cancelled.wait(self.seconds) else self.ends


@dataclass(frozen=True)
class LocalProcess:
    """A launcher that starts a real process on this machine as the platform does in a container.

    The process begins in ``/``, is started with ``/bin/sh -c`` and has no other variables than those of the image and
    of the platform; told to stop it gets SIGTERM, and SIGKILL after the grace. Its memory is not limited.

    Attributes:
        image: The variables of the image; by default a PATH on which this Python's programs are found.
        grace: Seconds between SIGTERM and SIGKILL.
    """

    image: Mapping[str, str] = field(default_factory=lambda: {"PATH": f"{Path(sys.executable).parent}:{os.defpath}"})
    grace: float = 10.0

    def __call__(self, launch: Launch) -> int:
        with tempfile.TemporaryDirectory(prefix="fake-cloud-foundry-") as folder:
            variables = {**self.image, **launch.environment}
            if launch.is_file_based:
                file = Path(folder) / "vcap_services"
                file.write_text(json.dumps(dict(launch.services)), encoding="utf-8")
                variables["VCAP_SERVICES_FILE_PATH"] = str(file)
            return self._run(launch, variables)

    def _run(self, launch: Launch, variables: Mapping[str, str]) -> int:
        process = subprocess.Popen(  # noqa: S603 - as the platform does; only its own launcher gives the command
            ["/bin/sh", "-c", launch.command],
            cwd="/",
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdout
        assert process.stderr
        readers = [
            threading.Thread(target=_pass_on, args=(stream, launch, stream is process.stderr), daemon=True)
            for stream in (process.stdout, process.stderr)
        ]
        for reader in readers:
            reader.start()
        status = self._wait(process, launch.cancelled)
        for reader in readers:
            reader.join()
        return 128 - status if status < 0 else status

    def _wait(self, process: subprocess.Popen[bytes], cancelled: threading.Event) -> int:
        while process.poll() is None and not cancelled.wait(0.02):
            pass
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(self.grace)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)  # with the container goes all that is in it
        return process.wait()


def _pass_on(stream: BinaryIO, launch: Launch, is_error: bool) -> None:  # noqa: FBT001 - a thread's target
    with stream:
        for line in stream:
            text = line.rstrip(b"\r\n")
            for begin in range(0, len(text) or 1, LONGEST_LINE):
                launch.say(text[begin : begin + LONGEST_LINE], is_error)
