"""Tasks: what is asked of the platform, and what it says of it."""

from __future__ import annotations

import re
import secrets
import shlex
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from twicetold.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: The label by which a task is found again; the platform keeps tasks for 31 days.
LABEL = "twicetold-key"
LONGEST_COMMAND = 4096
_KEY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
#: What a shell would act on; the image has none, and refuses it.
_ACTIVE = re.compile(r"[;|&<>`$\\\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class App:
    """An application, as messages name it and requests want it."""

    guid: str
    name: str


@dataclass(frozen=True, slots=True)
class Order:
    """What a task is to do.

    Attributes:
        words: Of the command, its name first.
        key: By which the task is found again.
        name: Of the task; no other has it.
        memory: MiB; None for what the app's process says.
        disk: MiB; None likewise.
    """

    words: tuple[str, ...]
    key: str
    name: str
    memory: int | None = None
    disk: int | None = None

    @property
    def command(self) -> str:
        """The words as one line, quoted for a shell."""
        return shlex.join(self.words)


@dataclass(frozen=True, slots=True)
class Task:
    """What the platform says of a task.

    Attributes:
        guid: Its name among machines.
        number: Its number within the app.
        name: What its log lines are marked with.
        state: ``PENDING``, ``RUNNING``, ``CANCELING``, ``SUCCEEDED`` or ``FAILED``.
        command: What it was told; None where the account may not see it.
        key: By which it is found again; empty if it was not started by this program.
        reason: Why it failed, in the platform's words.
        created: When it was asked for.
    """

    guid: str
    number: int
    name: str
    state: str
    command: str | None
    key: str
    reason: str
    created: datetime

    @property
    def is_over(self) -> bool:
        """Whether nothing about it will change."""
        return self.state in ("SUCCEEDED", "FAILED")

    def __str__(self) -> str:
        return f"task {self.number} ({self.name})"


def order(words: Sequence[str], key: str, *, memory: int | None, disk: int | None) -> Order:
    """What is asked for, if it can be.

    Args:
        words: Of the command, its name first.
        key: By which the task is found again.
        memory: Bytes; None for what the app's process says.
        disk: Bytes; None likewise.

    Raises:
        UsageError: The key is none of a label's values, or the command is one that the image would not execute.
    """
    if not _KEY.fullmatch(key):
        raise UsageError(
            f"The key {key!r} cannot be a label's value.",
            remedy="Take 1 to 63 letters, digits and . _ - with a letter or digit at both ends.",
        )
    active = [word for word in words if _ACTIVE.search(word)]
    if active:
        raise UsageError(
            f"The word {active[0]!r} has a character that a shell acts on; the image refuses such commands.",
            remedy="Leave out ; | & < > ` $ \\ and line ends.",
        )
    name = f"{'-'.join(words[:2])}-{secrets.token_hex(4)}"
    asked = Order(tuple(words), key, name, _mebibytes("--memory", memory), _mebibytes("--disk", disk))
    if len(asked.command) > LONGEST_COMMAND:
        raise UsageError(
            f"The command has {len(asked.command):,} characters; a task takes {LONGEST_COMMAND:,}.",
            remedy="Name fewer scopes, or ask for them in the table of requests and run with --requests.",
        )
    return asked


def read_task(content: Mapping[str, Any]) -> Task:
    """A task as the Cloud Controller presents it."""
    labels = (content.get("metadata") or {}).get("labels") or {}
    return Task(
        guid=str(content["guid"]),
        number=int(content.get("sequence_id", 0)),
        name=str(content.get("name", "")),
        state=str(content.get("state", "")),
        command=content.get("command"),
        key=str(labels.get(LABEL) or ""),
        reason=str((content.get("result") or {}).get("failure_reason") or ""),
        created=_time(str(content.get("created_at", ""))),
    )


def _time(text: str) -> datetime:
    """A time of the platform's; the begin of time where it says none, so that no line of a log comes before it."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)


def _mebibytes(option: str, size: int | None) -> int | None:
    if size is not None and size < 1 << 20:
        raise UsageError(f"{option} is {size:,} bytes, less than 1M.", remedy="Give a unit, such as 512M or 2G.")
    return None if size is None else size >> 20
