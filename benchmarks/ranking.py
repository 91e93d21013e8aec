"""What it costs to know again which groups are worth looking at: all of them, and after one more decision.

python benchmarks/ranking.py          # writes the section into docs/benchmarks.md
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from document import publish, table
from served import STORES, store_of
from twicetold.decisions import Answer, Decision
from twicetold.groups import Group
from twicetold.platform.secret import Secret
from twicetold.platform.services import Database
from twicetold.service.rankings import Rankings
from twicetold.store import migrate, results
from twicetold.store.decisions import add_decisions
from twicetold.store.engine import open_engine, reading, transaction

if TYPE_CHECKING:
    import sqlalchemy as sa

AT = datetime(2026, 1, 1, tzinfo=UTC)
SIZE = 4
DECISIONS = 20
COLUMNS = ("store", "all of them, after a run", "after a decision", "the longest of them")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--groups", type=int, default=30_000)
    parser.add_argument("--print-only", action="store_true", help="leave the page alone")
    options = parser.parse_args()
    rows = [_measured(kind, options.groups) for kind in STORES]
    told = f"{options.groups:,} groups of {SIZE} records; a decision about two of them, {DECISIONS} times."
    publish("ranking", f"{told}\n\n{table(COLUMNS, rows)}", print_only=options.print_only)


def _measured(kind: str, groups: int) -> list[str]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        engine = open_engine(Database("store", "the benchmark", Secret(stack.enter_context(store_of(kind, folder)))))
        stack.callback(engine.dispose)
        migrate.upgrade(engine)
        _fill(engine, groups)
        rankings = Rankings()
        whole = _seconds(engine, rankings)
        after = []
        for number in range(DECISIONS):
            made = Decision(f"r{number}-0", f"r{number}-1", Answer.SAME, "ann")
            with transaction(engine) as connection:
                add_decisions(connection, "p", [made])
            after.append(_seconds(engine, rankings))
    return [kind, f"{whole:.2f} s", f"{statistics.median(after) * 1000:.1f} ms", f"{max(after) * 1000:.1f} ms"]


def _seconds(engine: sa.Engine, rankings: Rankings) -> float:
    begin = time.perf_counter()
    with reading(engine) as connection:
        rankings.of(connection, "p")
    return time.perf_counter() - begin


def _fill(engine: sa.Engine, groups: int) -> None:
    ids = [[f"r{number}-{place}" for place in range(SIZE)] for number in range(groups)]
    found = [Group(f"g{number}", f"s{number % 500}", tuple(own), own[0]) for number, own in enumerate(ids)]
    pairs = [_pair(a, b, group.scope) for group in found for a, b in combinations(group.members, 2)]
    fresh = [{"scope": f"s{number}", "digest": "d", "records": 1, "groups": 1} for number in range(500)]
    with transaction(engine) as connection:
        results.publish_scopes(connection, "p", AT, gone={}, fresh=fresh, found_groups=found, found_pairs=pairs)


def _pair(a: str, b: str, scope: str) -> dict[str, Any]:
    chance = 0.5 + len(a + b) * 7919 % 400 / 1000
    told = {"verdict": "duplicate", "reason": "", "evidence": {}}
    return {"record_a": a, "record_b": b, "scope": scope, "probability": chance, **told}


if __name__ == "__main__":
    main()
