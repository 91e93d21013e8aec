"""Peak memory of `twicetold find` beside what its plan says beforehand: `python benchmarks/memory.py`.

The plan must never promise less than the work takes: a run that was let through would be killed. Its constants, in
twicetold/matching/plan.py, come from this table.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from document import publish, table
from environments import notes
from generate import Row, generate, write
from measure import MIB, Measured, measure
from speed import ours

_TEXT = "Train all bus drivers on first aid and CPR by the end of June 2026 at the Harbor Street center."


def shapes(sizes: list[int], seed: int) -> dict[str, list[Row]]:
    """Files by name: distinct texts in one scope, the same number in many scopes, and equal texts in one scope."""
    made = {}
    for size in sizes:
        one_scope = {row.goal_text.casefold(): row for row in generate(size * 3 // 2, 1, seed)}
        made[f"{size:,} distinct goals in one scope"] = list(one_scope.values())[:size]
    for size in sizes:
        made[f"{10 * size:,} goals in {10 * size // 25:,} scopes"] = generate(10 * size, 10 * size // 25, seed)
    largest = 10 * sizes[-1]
    equal = [replace(row, goal_text=_TEXT) for row in generate(largest, 1, seed)]
    made[f"{largest:,} equal goals in one scope"] = equal
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[1_000, 3_000, 10_000], help="distinct goals in a scope"
    )
    parser.add_argument("--limit", type=float, default=600, help="seconds after which a run is stopped")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--print", action="store_true", help="do not write the document")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder) / "goals.csv", Path(folder) / "out"
        for name, goals in shapes(options.sizes, options.seed).items():
            print(f"{name} ...", file=sys.stderr, flush=True)
            write(goals, file)
            rows.append([name, *_cells(measure(ours(file, out), options.limit), _planned(file))])
    header = ["file", "seconds", "peak, MB", "planned, MB", "peak / planned"]
    content = "\n\n".join([_EXPLAIN, table(header, rows), notes([])])
    publish("memory", content, print_only=options.print)


def _cells(measured: Measured, planned: int) -> list[str]:
    if measured.failure:
        return [measured.failure, "", f"{planned / MIB:,.0f}", ""]
    share = f"{measured.peak / planned:.2f}"
    return [f"{measured.seconds:.1f}", f"{measured.peak / MIB:,.0f}", f"{planned / MIB:,.0f}", share]


def _planned(file: Path) -> int:
    """What the plan says of a file, in bytes."""
    from twicetold.matching.plan import plan
    from twicetold.sources.files import read_records

    records = read_records(file, id_column="goal_id", text_column="goal_text", scope_column="recipient_id").records
    return plan(records.in_order(), None).needed


_EXPLAIN = (
    "Resident memory of `twicetold find` at its peak, and what the plan, made before the work, says that it will take. "
    "A share above 1 would be a defect: the plan is what keeps a run from being killed half-way."
)


if __name__ == "__main__":
    main()
