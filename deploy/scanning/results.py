"""How a check ended, as a row of a table and as JSON."""

from __future__ import annotations

import enum
import json
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Sequence


class State(enum.StrEnum):
    """How a check ended; what could not look has not passed."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a check has found.

    Attributes:
        id: What dispositions call it: the check, a rule and a place, without line numbers.
        message: What it is.
        disposition: What was decided about it; empty if nothing was.
    """

    id: str
    message: str
    disposition: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """A check.

    Attributes:
        check: Its name.
        state: How it ended.
        findings: All that it found, those with a disposition too.
        command: What was executed.
        note: Why it was not run, or what it looked at.
    """

    check: str
    state: State
    findings: tuple[Finding, ...] = ()
    command: str = ""
    note: str = ""


def found(check: str, findings: Iterable[Finding], command: Sequence[str] = (), note: str = "") -> Result:
    """The result of a check that could look at everything."""
    listed = tuple(dict.fromkeys(findings))
    return Result(check, State.FAILED if listed else State.PASSED, listed, shlex.join(command), note)


def not_run(check: str, why: str, command: Sequence[str] = ()) -> Result:
    """The result of a check that could not look."""
    return Result(check, State.NOT_RUN, (), shlex.join(command), why)


def decided(result: Result, dispositions: dict[str, str]) -> Result:
    """A result with what was decided about its findings; it has passed if something was decided about each."""
    findings = tuple(replace(each, disposition=dispositions.get(each.id, "")) for each in result.findings)
    if result.state is State.NOT_RUN:
        return result
    is_open = any(not each.disposition for each in findings)
    return replace(result, findings=findings, state=State.FAILED if is_open else State.PASSED)


def as_json(results: Iterable[Result], image: str, now: dt.datetime) -> str:
    """All results, for other programs.

    Args:
        results: The checks.
        image: Digest of the image that was looked at; empty if none was.
        now: When.
    """
    checks = [
        {
            "check": each.check,
            "state": str(each.state),
            "findings": [
                {"id": one.id, "message": one.message, "disposition": one.disposition or None} for one in each.findings
            ],
            "command": each.command,
            "note": each.note,
        }
        for each in results
    ]
    content = {"made": now.isoformat(timespec="seconds"), "image": image or None, "checks": checks}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def as_table(results: Iterable[Result]) -> str:
    """All results, for people: a row for each check, and a line for each finding that nothing was decided about."""
    lines = []
    for each in results:
        settled = sum(bool(one.disposition) for one in each.findings)
        count = f"{len(each.findings)} found, {settled} decided" if each.findings else ""
        lines.append(
            f"{each.check:<16} {str(each.state).upper():<8} {'; '.join(filter(None, (count, each.note)))}".rstrip()
        )
        lines += [f"  {one.id}\n      {one.message}" for one in each.findings if not one.disposition]
    return "\n".join(lines)


def exit_status(results: Iterable[Result], need: Collection[str]) -> int:
    """1 if a check failed, 3 if one that is needed could not look, else 0."""
    listed = list(results)
    if any(each.state is State.FAILED for each in listed):
        return 1
    return 3 if any(each.state is State.NOT_RUN and each.check in need for each in listed) else 0
