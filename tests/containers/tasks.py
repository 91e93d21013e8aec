"""Containers as Cloud Foundry starts them, on podman and runc: a command for a shell, a folder, an environment."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from program.running import Ended, Running

if TYPE_CHECKING:
    import signal

#: Without systemd, and with the limits that a process without all rights may set.
PODMAN = ["podman", "--cgroup-manager=cgroupfs", "--runtime=runc", "--events-backend=file"]
LIMITS = ["--ulimit=nofile=16384:16384", "--ulimit=nproc=4096:4096"]
#: Less than the platform leaves: there only ownership keeps a process from writing.
CONFINED = [
    "--read-only",
    "--read-only-tmpfs=false",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--pids-limit=200",
]
GRACE = 10  # seconds between SIGTERM and SIGKILL
USER = "65532:65532"
#: What the platform says to every task, besides services. DATABASE_URL may be any service's, so it leads nowhere.
PLATFORM = {
    "CF_INSTANCE_CERT": "/etc/cf-instance-credentials/instance.crt",
    "CF_INSTANCE_GUID": "2b5cb1a7-6a0f-4b1e-9f5d-6f1f6f3f2a10",
    "CF_INSTANCE_INTERNAL_IP": "10.255.0.7",
    "CF_INSTANCE_IP": "10.0.0.7",
    "CF_INSTANCE_KEY": "/etc/cf-instance-credentials/instance.key",
    "CF_SYSTEM_CERT_PATH": "/etc/cf-system-certificates",
    "DATABASE_URL": "postgres://nobody:nothing@127.0.0.1:1/none",
    "LANG": "en_US.UTF-8",
    "VCAP_APPLICATION": json.dumps({"application_name": "twicetold", "space_name": "tests", "process_type": "task"}),
}

_numbers = itertools.count(1)


def podman(*arguments: object, check: bool = True) -> str:
    """What podman says."""
    done = subprocess.run([*PODMAN, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0 or not check, done.stderr
    return done.stdout.strip()


class Container(Running):
    """A container at work; what it says is read at once.

    Attributes:
        name: What podman calls it.
    """

    def __init__(self, options: list[str], image: str, arguments: list[str]) -> None:
        self.name = f"twicetold-tests-{os.getpid()}-{next(_numbers)}"
        command = [*PODMAN, "run", "--rm", "--pull=never", f"--name={self.name}", *LIMITS, *options, image, *arguments]
        super().__init__(command, Path("/"), dict(os.environ))

    def signal(self, number: signal.Signals) -> Ended:
        """Sends a signal to its first process and waits for the end that it brings."""
        podman("kill", f"--signal={number.value}", self.name)
        return self.end()

    def cancel(self) -> Ended:
        """Ends it as the platform does: asked, and killed when the grace is over."""
        podman("stop", f"--time={GRACE}", self.name)
        return self.end()

    def remove(self) -> None:
        """Leaves nothing of it."""
        podman("rm", "--force", "--time=0", "--ignore", self.name, check=False)


class Platform:
    """Starts tasks of one image.

    Attributes:
        image: The image.
        variables: What tasks get besides what the platform says to all.
        mounts: Files and folders of the machine, by where they are in the container; read-only.
    """

    def __init__(self, image: str, folder: Path) -> None:
        self.image, self.folder = image, folder
        self.variables: dict[str, str] = {}
        self.mounts: dict[str, Path] = {}
        self._started: list[Container] = []

    def task(self, command: str, *more: str, memory: str = "512m", network: str = "host", **how: Any) -> Container:
        """Starts a task as the platform's launcher does."""
        return self.start(["-c", command], "--entrypoint=/bin/sh", *more, memory=memory, network=network, **how)

    def start(
        self,
        arguments: list[str],
        *more: str,
        memory: str = "512m",
        network: str = "host",
        user: str = USER,
        confined: bool = True,
        temporary: Path | None = None,
    ) -> Container:
        """Starts a container.

        Args:
            arguments: For its entry point.
            more: Options of podman.
            memory: Its limit, swap included.
            network: ``host``, ``none`` or the path of a namespace.
            user: Who runs it.
            confined: Whether it may write nothing but /tmp and has no rights.
            temporary: What /tmp is; otherwise memory.
        """
        variables = PLATFORM | {"MEMORY_LIMIT": memory} | self.variables
        options = [*CONFINED] if confined else []
        options += [f"--env={name}={value}" for name, value in variables.items()]
        options += [f"--volume={path}:{place}:ro" for place, path in self.mounts.items()]
        options += [f"--volume={temporary}:/tmp:rw"] if temporary else ["--tmpfs=/tmp:rw,noexec,nosuid,size=128m"]
        options += [
            f"--memory={memory}",
            f"--memory-swap={memory}",
            f"--network={network}",
            "--workdir=/",
            f"--user={user}",
        ]
        container = Container([*options, *more], self.image, arguments)
        self._started.append(container)
        return container

    def __call__(self, command: str, *more: str, **how: Any) -> Ended:
        """Starts a task and waits for its end."""
        return self.task(command, *more, **how).end()

    def python(self, code: str, *more: str, **how: Any) -> Ended:
        """Lets the image's Python do something that no task can."""
        return self.start(["-I", "-c", code], "--entrypoint=/usr/bin/python3.13", *more, **how).end()

    def write(self, name: str, text: str) -> Path:
        """A file of the machine that everybody may read."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def end_all(self) -> None:
        """Ends what a test has left."""
        for container in self._started:
            if container.is_alive():
                container.remove()
                container.end()
