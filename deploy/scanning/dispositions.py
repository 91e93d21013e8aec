"""What was decided about findings: by whom, why, and until when it has to be looked at again."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanning.results import Finding, Result, State, found

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

CHECK = "dispositions"
DECISIONS = ("accepted", "deferred", "false positive")
#: No decision holds longer.
LONGEST = dt.timedelta(days=190)
_KEYS = {"id", "decision", "owner", "reason", "review-by"}


@dataclass(frozen=True, slots=True)
class Disposition:
    """A decision about one finding."""

    id: str
    decision: str
    owner: str
    reason: str
    review_by: dt.date

    def __str__(self) -> str:
        return f"{self.decision} by {self.owner} until {self.review_by}: {self.reason}"


def read(path: Path, today: dt.date) -> tuple[dict[str, str], list[Finding]]:
    """The decisions of a file that hold today, and what is wrong with the others.

    An entry that is wrong decides nothing.
    """
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("disposition", [])
    except (OSError, ValueError) as error:
        return {}, [Finding(f"{CHECK}:file", f"{path.name} cannot be read: {error}")]
    holding: dict[str, str] = {}
    wrong = []
    for number, entry in enumerate(entries, 1):
        problem = _problem(entry, today) or ("is there twice" if entry["id"] in holding else "")
        if problem:
            wrong.append(Finding(f"{CHECK}:{entry.get('id', number)}", f"the disposition {problem}"))
            continue
        each = Disposition(entry["id"], entry["decision"], entry["owner"], entry["reason"], entry["review-by"])
        holding[each.id] = str(each)
    return holding, wrong


def _problem(entry: dict[str, object], today: dt.date) -> str:
    missing = sorted(_KEYS - entry.keys())
    unknown = sorted(entry.keys() - _KEYS)
    until = entry.get("review-by")
    if missing or unknown:
        return f"has no {', '.join(missing)}" if missing else f"has the unknown keys {', '.join(unknown)}"
    if not isinstance(until, dt.date) or isinstance(until, dt.datetime):
        return "has a review-by that is no date"
    if not all(isinstance(entry[key], str) and str(entry[key]).strip() for key in _KEYS - {"review-by"}):
        return "has an empty id, decision, owner or reason"
    if entry["decision"] not in DECISIONS:
        return f"is none of {', '.join(DECISIONS)}"
    if until < today:
        return f"expired on {until}: look at the finding again"
    return "holds longer than 190 days" if until > today + LONGEST else ""


def unused(dispositions: Iterable[str], results: Sequence[Result], checks: Iterable[str]) -> list[Finding]:
    """Decisions about what is not found any more, or was never a finding of any check."""
    known = set(checks)
    looked = {each.check for each in results if each.state is not State.NOT_RUN}
    ids = {one.id for each in results for one in each.findings}
    wrong = []
    for id_ in dispositions:
        check = id_.partition(":")[0]
        if check not in known:
            wrong.append(Finding(f"{CHECK}:{id_}", f"there is no check {check!r}"))
        elif check in looked and id_ not in ids:
            wrong.append(Finding(f"{CHECK}:{id_}", "the finding is gone: take its disposition away"))
    return wrong


def result(wrong: Iterable[Finding], path: Path) -> Result:
    """How the file itself fares."""
    return found(CHECK, wrong, note=f"of {path.name}")
