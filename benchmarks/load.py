"""How `twicetold serve` bears a mix of all that people and programs ask of it, for a while.

Starts the service as a process of its own, and asks it over HTTP on this machine; each request is one of the routes
below, drawn by its share. People who decide have the group before them, as reviewers do.

    python benchmarks/load.py             # writes the section into docs/benchmarks.md
    python benchmarks/load.py --seconds 600 --print-only
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import cycle
from typing import TYPE_CHECKING, Any

from document import publish, table
from generate import Row, generate
from measure import MIB
from served import FIGURES, LOAD, STORES, Answer, Person, Service, at_once, at_work, figures, keystrokes, parser

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

#: Of a hundred requests so many.
SHARES = {
    "POST /v1/matches": 60,
    "GET /v1/groups": 8,
    "GET /v1/groups/{id}": 7,
    "GET / (the queue)": 5,
    "GET /groups/{id} (the page)": 6,
    "POST /v1/decisions": 4,
    "POST /v1/compare": 4,
    "GET /v1/changes": 3,
    "GET /v1/decisions": 3,
}
COLUMNS = ("store, what is asked", "requests", "errors", *FIGURES)


def main() -> None:
    options = parser(__doc__, seconds=60)
    options.add_argument("--goals", type=int, default=10_000, help="records")
    options.add_argument("--scopes", type=int, default=100, help="of which each has a few, or many")
    chosen = options.parse_args()
    goals = generate(chosen.goals, chosen.scopes, 7)
    rows, told = list[list[str]](), list[str]()
    for kind in STORES:
        with at_work(kind, goals) as service:
            found, about = _measured(kind, service, goals, chosen)
            rows += found
            told.append(about)
    explained = (
        f"{chosen.goals:,} goals in {chosen.scopes} scopes; {chosen.people} people ask for {chosen.seconds:g} s, and"
        f" each waits {chosen.pause:g} s after an answer. Client, service and database share the machine, whose load"
        f" average was {LOAD:.1f} before. An error is whatever is not answered with 200 or 201."
    )
    publish("load", "\n\n".join([explained, table(COLUMNS, rows), "\n".join(told)]), print_only=chosen.print_only)


@dataclass
class Visitor:
    """One who asks for this and that.

    Attributes:
        person: Who asks.
        draw: What comes next.
        goals: What there is.
        groups: The ids of all groups.
        typed: What they type, keystroke by keystroke, and where.
        group: What they have opened last.
    """

    person: Person
    draw: random.Random
    goals: Sequence[Row]
    groups: Sequence[str]
    typed: Iterator[tuple[str, str]]
    group: dict[str, Any] = field(default_factory=dict)

    def asks(self) -> Iterator[tuple[str, Answer]]:
        """One thing after the other: what, and what came of it."""
        while True:
            (what,) = self.draw.choices(list(SHARES), list(SHARES.values()))
            if what == "POST /v1/decisions" and not self.group:
                what = "GET /v1/groups/{id}"
            yield what, self._ask(what)

    def _ask(self, what: str) -> Answer:
        method, _, path = what.partition(" (")[0].partition(" ")
        path = path.replace("{id}", self.draw.choice(self.groups))
        body: object = None
        if what == "POST /v1/matches":
            text, scope = next(self.typed)
            body = {"text": text, "scope": scope, "limit": 10}
        elif what == "POST /v1/compare":
            one, other = self.draw.sample(self.goals, 2)
            body = {"text_a": one.goal_text, "text_b": other.goal_text}
        elif what == "POST /v1/decisions":
            keeper = self.group["keeper"]
            other_id = self.draw.choice([each["id"] for each in self.group["members"] if each["id"] != keeper])
            answer = self.draw.choice(("same", "different", "unsure"))
            body = {"decisions": [{"record_a": keeper, "record_b": other_id, "answer": answer}]}
        elif what == "GET /v1/groups":
            path += "?state=open&limit=25"
        answered = self.person.asks(method, path, body)
        if what == "GET /v1/groups/{id}" and answered.status == 200:
            self.group = answered.json
        return answered


def _measured(
    kind: str, service: Service, goals: Sequence[Row], options: argparse.Namespace
) -> tuple[list[list[str]], str]:
    one = Person(service)
    for scope in sorted({row.recipient_id for row in goals}):  # warm
        one.matches("Train all staff", scope)
    groups, cursor = list[str](), ""
    while cursor is not None:
        page = one.asks("GET", f"/v1/groups?limit=100&cursor={cursor}").json
        groups += [row["id"] for row in page["groups"]]
        cursor = page["next"]

    def asks(person: Person, number: int) -> Iterator[tuple[str, Answer]]:
        own = goals[number :: options.people]
        typed = cycle((text, row.recipient_id) for row in own for text in keystrokes([row.goal_text]))
        return Visitor(person, random.Random(number), goals, groups, typed).asks()

    before, worked, begin = service.memory, service.worked, time.perf_counter()
    seen = at_once(service, options, asks)
    seconds, worked = time.perf_counter() - begin, service.worked - worked
    by_kind = defaultdict[str, list[Answer]](list)
    for what, answer in seen:
        by_kind[what].append(answer)
    rows = [_row(f"{kind}: {what}", by_kind[what]) for what in SHARES if by_kind[what]]
    rows.append(_row(f"**{kind}: all**", [answer for _, answer in seen]))
    told = (
        f"- {kind}: {len(seen) / seconds:.0f} answers a second over {len(groups):,} groups; processors worked"
        f" {worked / len(seen) * 1000:.1f} ms for each; memory {before / MIB:.0f} MiB at the start, its scopes read,"
        f" and {service.memory / MIB:.0f} MiB at the end."
    )
    return rows, told


def _row(told: str, answers: Sequence[Answer]) -> list[str]:
    errors = sum(answer.status not in (200, 201) for answer in answers)
    return [told, f"{len(answers):,}", f"{errors:,}", *figures([answer.seconds for answer in answers])]


if __name__ == "__main__":
    main()
