"""A server of the tests: one process, in a folder of its own, on free ports of 127.0.0.1, ended by its pid."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "127.0.0.1"
PATIENCE = 30  # seconds; a server answers in under one on an idle machine
CHANCES = 5  # between finding a free port and listening on it another program may take it
NOBODY = "nobody"  # whom root becomes for servers that refuse to run as root


def free_ports(count: int) -> list[int]:
    """Ports on which nobody listens now, all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """A server that runs for as long as it is needed, and leaves nothing."""
    try:
        server.create()
        yield server
    finally:
        server.destroy()


class Server:
    """What all have in common; ports and data outlive ``stop`` and ``start``.

    Attributes:
        folder: Configuration, data and log.
        ports: As many as the server needs; clients use the first.
    """

    needs_ports = 1
    unprivileged = False  # whether it refuses to run as root
    farewell = signal.SIGTERM  # what ends it in peace

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="twicetold-server-"))
        self.ports: list[int] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        return self.ports[0]

    @property
    def as_user(self) -> dict[str, object]:
        """Arguments for ``subprocess`` that give up root where the server wants it."""
        return {"user": NOBODY, "extra_groups": []} if self.unprivileged and os.geteuid() == 0 else {}

    def prepare(self) -> None:
        """Makes the folder ready; called again if other ports are tried."""

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return {}

    def ready(self) -> bool:
        """Whether it answers."""
        with socket.socket() as probe:
            return probe.connect_ex((HOST, self.port)) == 0

    def create(self) -> None:
        """Starts it for the first time, on other ports if somebody was quicker."""
        for chance in range(1, CHANCES + 1):
            self.ports = free_ports(self.needs_ports)
            self.prepare()
            try:
                self.start()
            except RuntimeError:
                if chance == CHANCES:
                    raise
            else:
                return

    def start(self) -> None:
        """Starts it and returns when it answers; does nothing if it runs."""
        if self.runs():
            return
        until = time.monotonic() + PATIENCE
        while True:
            self._launch()
            while self.runs() and time.monotonic() < until:
                if self.ready():
                    return
                time.sleep(0.02)
            self.stop(kill=True)
            log = (self.folder / "log").read_text(errors="replace")[-2000:]
            if time.monotonic() > until or not self.passes(log):
                raise RuntimeError(f"{self.command()[0]} does not start on {self.ports}: {log}")
            time.sleep(0.1)

    def passes(self, log: str) -> bool:
        """Whether the reason why it did not start, at the end of its log, goes away by itself."""
        return False

    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self, *, kill: bool = False) -> None:
        """Ends it in peace, or as a power cut would."""
        if self._guard is not None:
            self._guard.kill()
            self._guard.communicate()
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL if kill else self.farewell)
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = self._guard = None

    def destroy(self) -> None:
        self.stop(kill=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _launch(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                env={"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": str(self.folder), **self.environment()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the tests, which then end it
                **self.as_user,
            )
        # Should the tests be killed, this pipe closes, and whoever waits for that ends the server.
        guard = 'cat >/dev/null; kill -9 "$0"; rm -rf "$1"'
        command = ["sh", "-c", guard, str(self._process.pid), str(self.folder)]
        self._guard = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
