"""The scanners: programs of an environment of their own."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: Seconds after which a scanner is stopped.
LIMIT = 300
#: No scanner asks whether there is a newer one, or tells anybody that it runs.
_QUIET = {"SYFT_CHECK_FOR_APP_UPDATE": "false", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "DO_NOT_TRACK": "1"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a program printed, and how it ended.

    Attributes:
        status: Its exit status; None if it is not there or did not end in time.
        output: Its standard output.
        error: The last line of its standard error, or why it did not run.
    """

    status: int | None
    output: str
    error: str


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the programs are, before those of the path."""

    folder: Path

    def run(self, command: list[str], *, cwd: Path, limit: float = LIMIT) -> Answer:
        """Executes a command; nothing that it does is an error here."""
        path = os.pathsep.join([str(self.folder), os.environ.get("PATH", os.defpath)])
        try:
            done = subprocess.run(
                command,
                cwd=cwd,
                env=os.environ | _QUIET | {"PATH": path},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=limit,
            )
        except FileNotFoundError:
            return Answer(None, "", f"{command[0]} is not installed")
        except subprocess.TimeoutExpired:
            return Answer(None, "", f"{command[0]} was not over after {limit:g} s")
        lines = done.stderr.strip().splitlines()
        return Answer(done.returncode, done.stdout, lines[-1][:300] if lines else "")
