"""A durable run from PostgreSQL to PostgreSQL and S3, whole and after a day's changes: `python benchmarks/runs.py`.

A real PostgreSQL and a real S3 server are started for it, and filled with a Hub of generated goals. The memory limit is
the one that a run enforces upon itself with --memory.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from document import publish, table
from generate_hub import edit, fill
from measure import MIB
from servers.postgres import Postgres
from servers.s3 import ACCESS_KEY, REGION, SECRET_KEY, SeaweedFS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--goals", type=int, default=100_000)
    parser.add_argument("--scopes", type=int, default=4_000, help="grants")
    parser.add_argument("--changed", type=int, default=500, help="goals that get other texts before the last run")
    parser.add_argument("--memory", default="512M", help="what a run may use")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--summaries", type=Path, help="put the last lines of the runs there, for deploy/sizing")
    parser.add_argument("--print", action="store_true", help="do not write the document")
    options = parser.parse_args()
    database, objects = Postgres(), SeaweedFS()
    try:
        database.create()
        objects.create()
        publish("runs", _measured(database, objects, options), print_only=options.print)
    finally:
        database.destroy()
        objects.destroy()


def _measured(database: Postgres, objects: SeaweedFS, options: argparse.Namespace) -> str:
    objects.client().create_bucket(Bucket="results")
    address = objects.endpoint.removeprefix("http://")
    environment = {
        **os.environ,
        "TWICETOLD_SERVICE_HUB": database.url().replace("+psycopg", ""),
        "TWICETOLD_SERVICE_FILES": f"s3://{ACCESS_KEY}:{SECRET_KEY}@{address}/results?region={REGION}&scheme=http",
    }
    url = database.url().replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        fill(connection, options.goals, options.scopes, options.seed)
    _twicetold(environment, "db", "upgrade")
    run = ("run", "--profile", "ttahub", "--memory", options.memory, "--deadline", "36000")
    told = {"all goals, nothing known": _summary(environment, *run)}
    told["again, nothing changed"] = _summary(environment, *run)
    with psycopg.connect(url, autocommit=True) as connection:
        changed = len(edit(connection, options.changed, options.seed))
        told[f"{changed:,} goals changed"] = _summary(environment, *run)
        size = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    if options.summaries:
        lines = [
            json.dumps(summary | {"measured": f"{options.goals:,} goals: {name}"}) for name, summary in told.items()
        ]
        options.summaries.write_text("\n".join(lines) + "\n", encoding="utf-8")
    whole = told["all goals, nothing known"]
    rows = [_row(name, summary, whole) for name, summary in told.items()]
    header = [
        "run",
        "state",
        "seconds",
        "CPU s",
        "of the whole",
        "peak, MB",
        "texts encoded",
        "texts compared",
        "goals in their scopes",
    ]
    assert size
    return "\n\n".join([_EXPLAIN, table(header, rows), f"The database held {size[0] / MIB:,.0f} MB at the end."])


def _row(name: str, summary: dict[str, Any], whole: dict[str, Any]) -> list[str]:
    counts = summary["stages"].get("compare", {"counts": {}})["counts"]
    return [
        name,
        summary["state"],
        f"{summary['wall_seconds']:.1f}",
        f"{summary['cpu_seconds']:.1f}",
        f"{summary['cpu_seconds'] / whole['cpu_seconds']:.0%}",
        f"{summary['memory']['process_peak'] / MIB:,.0f}",
        f"{counts.get('texts_encoded', 0):,}",
        f"{counts.get('texts_compared', 0):,}",
        f"{counts.get('records', 0):,}",
    ]


def _summary(environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    """The last line of a run, which must have ended well."""
    print(*arguments, file=sys.stderr, flush=True)
    summary: dict[str, Any] = json.loads(_twicetold(environment, *arguments).splitlines()[-1])
    for name, stage in summary["stages"].items():
        print(
            f"  {name}: {stage['ms'] / 1000:.1f} s, {(stage['resident'] or 0) / MIB:,.0f} MB",
            file=sys.stderr,
            flush=True,
        )
    return summary


def _twicetold(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-m", "twicetold", *arguments]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, check=False, env=environment, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)}: exit {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


_EXPLAIN = (
    "`twicetold run --profile ttahub` as a task would run it: from the Hub's tables in PostgreSQL to the store in "
    "PostgreSQL, and to S3 with report and Parquet. What is known are vectors and results of scopes; of a scope that "
    "has changed only the texts that are new to it are compared, with all others of the scope. The peak is that of the "
    "process alone, without the servers."
)


if __name__ == "__main__":
    main()
