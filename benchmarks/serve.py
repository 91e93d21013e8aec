"""How fast `twicetold serve` answers while people type: one of them after another, and a hundred at once.

Starts the service as a process of its own over a store with the results of a run over generated goals, on SQLite and on
PostgreSQL, and asks it over HTTP on this machine. A person's keystrokes are the beginnings of a goal, three characters
apart.

    python benchmarks/serve.py            # writes the section into docs/benchmarks.md
    python benchmarks/serve.py --print-only
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from document import publish, table
from generate import generate
from measure import MIB
from served import FIGURES, LOAD, STORES, Person, Service, at_once, at_work, figures, keystrokes, parser

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

COLUMNS = ("store, what is asked", "requests", "a second", *FIGURES, "CPU each")


def main() -> None:
    options = parser(__doc__, seconds=30)
    options.add_argument("--goals", type=int, default=500, help="records of the scope")
    chosen = options.parse_args()
    goals = generate(chosen.goals, 1, 7)
    # Who types has something else in mind, but in the same trade.
    texts = [row.goal_text for row in (*goals[::10], *generate(chosen.goals, 1, 8)[::10])]
    rows, memory = list[list[str]](), list[str]()
    for kind in STORES:
        with at_work(kind, goals) as service:
            rows += _rows(kind, service, goals[0].recipient_id, texts, chosen)
            memory.append(f"{service.memory / MIB:.0f} MiB on {kind}")
    told = (
        f"{chosen.goals} goals in one scope, the text of whoever types against all of them; "
        f"{chosen.people} people type at once, and each sends a text {chosen.pause:g} s after the last answer, at"
        " times of their own. Client, service and database share the machine, whose load average was"
        f" {LOAD:.1f} before. *CPU each* is what processors have worked for the service, by answer; other work on the"
        " machine makes answers slower, and changes this little."
        f" The service's memory at the end: {', '.join(memory)}."
    )
    publish("serve", f"{told}\n\n{table(COLUMNS, rows)}", print_only=chosen.print_only)


def _rows(
    kind: str, service: Service, scope: str, texts: Sequence[str], options: argparse.Namespace
) -> Iterator[list[str]]:
    one = Person(service)

    def types(person: Person, texts: Sequence[str]) -> Iterator[float]:
        for text in keystrokes(texts):
            answer = person.matches(text, scope)
            if answer.status != 200:
                raise SystemExit(f"{answer.status}: {answer.content.decode()}")
            yield answer.seconds

    def people(person: Person, number: int) -> Iterator[float]:
        while True:
            yield from types(person, texts[number % len(texts) :])

    for told, ask in (
        ("the first text, its scope not yet in memory", lambda: [one.matches(texts[0], scope).seconds]),
        ("warming up", lambda: list(types(one, texts[:5]))),
        ("one person, keystroke after keystroke", lambda: list(types(one, texts[5:45]))),
        (f"{options.people} people at once", lambda: at_once(service, options, people)),
    ):
        begin, worked = time.perf_counter(), service.worked
        took = ask()
        each, speed = (service.worked - worked) / len(took), len(took) / (time.perf_counter() - begin)
        if told != "warming up":
            yield [f"{kind}: {told}", f"{len(took):,}", f"{speed:.0f}", *figures(took), f"{each * 1000:.1f} ms"]


if __name__ == "__main__":
    main()
