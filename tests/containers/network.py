"""A network namespace in which only some ports of the machine answer, and every other attempt is written down."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from program.running import until
from servers.process import HOST

PASSAGE = Path(__file__).with_name("passage.py")
#: An address that a program could have been told by a platform's resolver; nobody answers there.
RESOLVER = "192.0.2.53"

_numbers = itertools.count(1)


class Namespace:
    """Its own loopback and nothing else; every address leads to it, so that whoever asks for one is seen.

    The ports given are those of the machine, under the same numbers.

    Attributes:
        path: Where a container joins it.
    """

    def __init__(self, folder: Path, ports: list[int]) -> None:
        self.name = f"twicetold-{os.getpid()}-{next(_numbers)}"
        self.path = Path("/run/netns") / self.name
        self._folder, self._ports = folder, ports
        self._processes: list[subprocess.Popen[Any]] = []

    def __enter__(self) -> Self:
        _ip("netns", "add", self.name)
        _ip("-n", self.name, "link", "set", "lo", "up")
        _ip("-n", self.name, "route", "add", "local", "default", "dev", "lo")
        self._seen = self._folder / f"{self.name}.seen"
        self._start(self.inside, "watch", self._seen)
        for port in self._ports:
            door = self._folder / f"{port}.sock"
            self._start([], "outside", door, port)
            self._start(self.inside, "inside", door, port)
        until(lambda: self._seen.exists() and all(self._answers(port) for port in self._ports), seconds=10)
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        _ip("netns", "del", self.name)

    @property
    def inside(self) -> list[str]:
        """What to put before a command so that it runs inside."""
        return ["ip", "netns", "exec", self.name]

    def attempts(self) -> set[str]:
        """The addresses and ports that anybody asked for, without those that are allowed."""
        seen = set(self._seen.read_text().split())
        return seen - {f"tcp:{HOST}:{port}" for port in self._ports}

    def _start(self, before: list[str], *arguments: object) -> None:
        command = [*before, sys.executable, "-S", str(PASSAGE), *map(str, arguments)]
        self._processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL))

    def _answers(self, port: int) -> bool:
        probe = f"import socket; socket.create_connection(({HOST!r}, {port}), 1)"
        command = [*self.inside, sys.executable, "-S", "-c", probe]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
