"""A launcher for the fake Cloud Foundry: its tasks are containers."""

from __future__ import annotations

import json
import subprocess
import time
from typing import TYPE_CHECKING

from containers.tasks import podman
from twicetold.testing import OUT_OF_MEMORY

if TYPE_CHECKING:
    from containers.tasks import Container, Platform
    from twicetold.testing import Launch

_SERVICES = "/etc/cf-service-bindings/vcap_services"


class InContainers:
    """Starts each task as a container of the image, tells what it says line by line, and how it ended.

    Attributes:
        started: The containers, oldest first.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.started: list[Container] = []

    def __call__(self, launch: Launch) -> int | str:
        if launch.is_file_based:
            file = self._platform.write("vcap_services", json.dumps(launch.services))
            self._platform.mounts[_SERVICES] = file
        variables = [f"--env={name}={value}" for name, value in launch.environment.items()]
        container = self._platform.task(launch.command, *variables, memory=f"{launch.memory}m")
        self.started.append(container)
        told, identity = 0, ""
        while container.is_alive() and not launch.cancelled.wait(0.05):
            identity = identity or podman("inspect", container.name, "--format={{.Id}}", check=False)
            told = _tell(launch, container.said, told)
        ended = container.cancel() if container.is_alive() else container.end()
        _tell(launch, container.said, told)
        for line in ended.err.splitlines():
            launch.say(line, True)
        return OUT_OF_MEMORY if ended.status == 137 and _lacked_memory(identity) else ended.status

    def until_started(self, number: int) -> Container:
        """The container of a task, the first of which is 0."""
        end = time.monotonic() + 60
        while len(self.started) <= number:
            assert time.monotonic() < end, "no container is started"
            time.sleep(0.02)
        return self.started[number]


def _tell(launch: Launch, said: list[str], told: int) -> int:
    """Passes on the lines that were not yet; returns how many were."""
    lines = said[told:]
    for line in lines:
        launch.say(line.rstrip("\n"), False)
    return told + len(lines)


def _lacked_memory(identity: str) -> bool:
    """Whether the kernel has ended something in a container for want of memory."""
    heard = subprocess.run(["dmesg"], capture_output=True, text=True, check=True).stdout
    return any("oom-kill:" in line and identity in line for line in heard.splitlines() if identity)
